// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"strings"
	"testing"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
)

func TestThePromiseStandsBeforeTheFirstQuestion(t *testing.T) {
	type told [2]string // in English and Russian
	for _, c := range []struct {
		anonymity cxv1.Anonymity
		consent   cxv1.ContactConsent
		told
	}{
		{cxv1.AnonymityIdentified, cxv1.ConsentAsk, told{"Example Retail can see who gave them", "Example Retail видит, кто их дал"}},
		{cxv1.AnonymityConfidential, "", told{"never shown with your name.", "никогда не показывают."}},
		{cxv1.AnonymityConfidential, cxv1.ConsentAsk, told{"never shown with your name, unless you agree below", "не показывают, если только вы ниже не согласитесь"}},
		{cxv1.AnonymityAnonymous, cxv1.ConsentAsk, told{"stores nothing that links them to you", "не хранит ничего"}},
	} {
		t.Run(string(c.anonymity)+" "+string(c.consent), func(t *testing.T) {
			w := newWorld(t)
			to := "/s/" + w.one(pulse(func(p *questionnaire.Page) {
				p.Anonymity, p.ContactConsent = c.anonymity, c.consent
				p.PrivacyNotice = &cxv1.PrivacyNotice{Text: text("We keep it a year.", "Храним год."), URL: "https://example.com/privacy"}
			})).Answer
			for i, lang := range []string{"en", "ru"} {
				read := w.get(to+"?lang="+lang).says(c.told[i], []string{"We keep it a year.", "Храним год."}[i]).text()
				if first := []string{"Would you recommend", "Порекомендуете"}[i]; strings.Index(read, c.told[i]) > strings.Index(read, first) {
					t.Errorf("%s: the promise comes after the question", lang)
				}
			}
			if !strings.Contains(w.get(to).Body.String(), `href="https://example.com/privacy"`) {
				t.Error("the whole notice is not linked")
			}
		})
	}
}
