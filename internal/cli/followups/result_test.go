// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package followups

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

func TestFollowUpsFitIntoATerminalInBothLanguages(t *testing.T) {
	due := metav1.Date(2027, time.January, 6, 9, 0, 0, 0, time.UTC)
	list := &List{zone: time.UTC, FollowUps: []FollowUp{
		{Name: "pickup-k5u2n7q4xa", Rule: "unhappy", Touchpoint: "pickup-desk", Owner: "store-lead", DueBy: due, Overdue: true},
		{Name: "pickup-a", Rule: "unhappy", Journey: "collect", DueBy: due, Response: "Reached"},
		{Name: "pickup-b", Rule: "unhappy", DueBy: due, Response: "NotReached", RootCause: "other"},
	}}
	for name, tc := range map[string]struct {
		page *kit.Page
		want string
	}{
		"no terminal": {kit.NewPage(cxv1.LanguageEN, 0), `NAME                DUE                              OWNER        STATE           RULE      WHERE
pickup-k5u2n7q4xa   2027-01-06 09:00 +0000 overdue   store-lead   open            unhappy   pickup-desk
pickup-a            2027-01-06 09:00 +0000                        reached         unhappy   collect
pickup-b            2027-01-06 09:00 +0000                        closed: other   unhappy
`},
		"narrow, in Russian": {kit.NewPage(cxv1.LanguageRU, 100), `pickup-k5u2n7q4xa
  срок 2027-01-06 09:00 +0000 просрочено, владелец store-lead, состояние открыто, правило unhappy,
  где pickup-desk
pickup-a
  срок 2027-01-06 09:00 +0000, состояние связались, правило unhappy, где collect
pickup-b
  срок 2027-01-06 09:00 +0000, состояние закрыто: other, правило unhappy
`},
	} {
		list.Text(tc.page)
		if diff := cmp.Diff(tc.want, tc.page.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
