// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

var found = &Report{Namespace: "retail", Errors: 1, Warnings: 1, Findings: []Finding{
	{Check: "server", Severity: Fine, What: "The API server answers."},
	{Check: "policies", Severity: Warning, What: "The admission policies are not in force.", Why: "Nobody installed them.", Do: "Install them."},
	{Check: "objects", Severity: Error, What: "Goal/loyalty must be edited (Cycle).", Why: "It serves itself, by way of another goal."},
}}

func TestWhatIsWrongComesFirstAndFitsIntoATerminal(t *testing.T) {
	for name, tc := range map[string]struct {
		page *kit.Page
		want string
	}{
		"narrow": {kit.NewPage(cxv1.LanguageEN, 40), `ERROR: Goal/loyalty must be edited
(Cycle).
    It serves itself, by way of another
    goal.
warning: The admission policies are not
in force.
    Nobody installed them.
    → Install them.
fine: The API server answers.

Errors: 1, warnings: 1.
`},
		"in Russian": {kit.NewPage(cxv1.LanguageRU, 0), `ОШИБКА: Goal/loyalty must be edited (Cycle).
    It serves itself, by way of another goal.
внимание: The admission policies are not in force.
    Nobody installed them.
    → Install them.
в порядке: The API server answers.

Ошибок: 1, предупреждений: 1.
`},
	} {
		found.Text(tc.page)
		if diff := cmp.Diff(tc.want, tc.page.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
