// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/testing/people"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

// shown is what people see of the wave.
func (a *asking) shown() (page questionnaire.Page, mail delivery.Mail) {
	a.t.Helper()
	wave, err := a.People.PublishedWave(a.t.Context(), aWave)
	if err != nil {
		a.t.Fatal(err)
	}
	if page, err = questionnaire.ParsePage(wave.Page); err != nil {
		a.t.Fatal(err)
	}
	if err := json.Unmarshal(wave.Mail, &mail); err != nil {
		a.t.Fatal(err)
	}
	return page, mail
}

// What people were promised when the wave was made stays while it is open, whatever becomes of the Program. Who asks is shown as
// they look now.
func TestAnOpenWaveKeepsItsPromiseWhateverBecomesOfTheProgram(t *testing.T) {
	both := []cxv1.Language{cxv1.LanguageRU, cxv1.LanguageEN}
	a := ask(t, func(w *cxv1.SurveyWave) {
		w.Spec.Template.Languages = both
		w.Spec.Template.PrivacyNotice = &cxv1.PrivacyNotice{URL: "https://example.com/privacy"}
	})
	a.importContacts(people.Contacts("shopper", 1)...)
	a.look()
	page, mail := a.shown()
	if diff := cmp.Diff([][]cxv1.Language{both, both}, [][]cxv1.Language{page.Languages, mail.Languages}); diff != "" {
		t.Errorf("languages of page and mail (-want +got):\n%s", diff)
	}
	world.Update(a.World, a.program, func(p *cxv1.Program) {
		p.Spec.Languages = []cxv1.Language{cxv1.LanguageEN}
		p.Spec.Brand = &cxv1.Brand{Name: "Example Stores", Colour: "#112233"}
	})
	a.after(10 * time.Second)
	laterPage, laterMail := a.shown()
	page.Brand = &cxv1.Brand{Name: "Example Stores", Colour: "#112233"}
	mail.Organization, mail.Colour = "Example Stores", "#112233"
	if diff := cmp.Diff(page, laterPage); diff != "" {
		t.Errorf("the page, but for its looks (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(mail, laterMail, cmpopts.IgnoreUnexported(delivery.Mail{})); diff != "" {
		t.Errorf("the mail, but for its looks (-before +after):\n%s", diff)
	}
}

// A wave from before waves kept their languages goes on as it did.
func TestAWaveWithoutLanguagesSpeaksThoseOfTheProgram(t *testing.T) {
	a := ask(t)
	a.look()
	if page, _ := a.shown(); !cmp.Equal(page.Languages, a.program.Spec.Languages) || len(page.Languages) == 0 {
		t.Errorf("the page is in %v, the Program in %v", page.Languages, a.program.Spec.Languages)
	}
}
