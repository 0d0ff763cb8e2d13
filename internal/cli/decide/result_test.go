// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package decide

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

var asked = []Offer{
	{
		Name: "kpi-nps-utz3uyntai", Subject: "KPI/nps", Role: cxv1.RoleAccountable, Owner: "head-of-cx", OfferID: "offer-0001",
		Since: new(metav1.Date(2027, time.January, 4, 23, 30, 0, 0, time.UTC)), Next: "goes to ceo on 2027-01-18",
	},
	{Name: "program-budget", Subject: "Program/program/budget", Role: cxv1.RoleApprover, Owner: "cfo", Terms: "budget 120000 EUR for 2027"},
}

func TestOffersFitIntoATerminalInBothLanguages(t *testing.T) {
	madrid := time.FixedZone("CET", 3600)
	for name, tc := range map[string]struct {
		page *kit.Page
		want string
	}{
		"no terminal": {kit.NewPage(cxv1.LanguageEN, 0), `NAME                 SUBJECT                  ROLE          SINCE        TERMS, AND WHAT HAPPENS NEXT
kpi-nps-utz3uyntai   KPI/nps                  accountable   2027-01-05   goes to ceo on 2027-01-18
program-budget       Program/program/budget   approver                   budget 120000 EUR for 2027

Accept with: kubectl cx accept NAME, or decline with: kubectl cx decline NAME --reason WHY
`},
		"narrow, in Russian": {kit.NewPage(cxv1.LanguageRU, 90), `kpi-nps-utz3uyntai
  за что KPI/nps, роль отвечает, с 2027-01-05, условия и что дальше goes to ceo on
  2027-01-18
program-budget
  за что Program/program/budget, роль утверждает, условия и что дальше budget 120000 EUR
  for 2027

Принять: kubectl cx accept ИМЯ, отказаться: kubectl cx decline ИМЯ --reason ПОЧЕМУ
`},
	} {
		(&Offers{User: "head-of-cx", Offers: asked, zone: madrid}).Text(tc.page)
		if diff := cmp.Diff(tc.want, tc.page.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	page := kit.NewPage(cxv1.LanguageRU, 0)
	(&Offers{User: "a_b"}).Markdown(page)
	if page.String() != "a\\_b ничего не ждёт.\n" {
		t.Errorf("%q", page.String())
	}
}
