// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"encoding/json"
	"fmt"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Published is what the pages and mails of a wave say: a store.PublishedWave that lacks only its key, state and times. The
// Program's name, brand and colours are those of now: who asks looks the same everywhere. All else is what the wave was made with.
func Published(prog *cxv1.Program, t *cxv1.WaveTemplate) (store.PublishedWave, error) {
	page := questionnaire.Page{
		Questionnaire: t.Questionnaire, Organization: prog.Spec.Organization, Brand: prog.Spec.Brand,
		Languages: t.Languages, Anonymity: t.Anonymity, PrivacyNotice: t.PrivacyNotice,
		ContactConsent: t.ContactConsent, ThankYou: t.ThankYou,
	}
	if len(page.Languages) == 0 { // a wave from before it kept them
		page.Languages = prog.Spec.Languages
	}
	if len(page.Languages) == 0 {
		page.Languages = []cxv1.Language{cxv1.LanguageEN}
	}
	shown, err := page.Encode()
	if err != nil {
		return store.PublishedWave{}, fmt.Errorf("making the page of a wave: %w", err)
	}
	mail, err := json.Marshal(mailOf(page, t))
	if err != nil {
		return store.PublishedWave{}, fmt.Errorf("making the mail of a wave: %w", err)
	}
	var kept []string
	for _, question := range t.Questionnaire.Questions {
		if question.Type != cxv1.QuestionFreeText {
			kept = append(kept, question.ID)
		}
	}
	return store.PublishedWave{
		Anonymity: string(t.Anonymity), QuestionnaireHash: t.QuestionnaireHash, Page: shown, Mail: mail, Kept: kept,
	}, nil
}

func mailOf(page questionnaire.Page, t *cxv1.WaveTemplate) Mail {
	m := Mail{
		Organization: page.Name(), Title: t.Questionnaire.Title, Promise: t.Anonymity, First: FirstOf(t.Questionnaire),
		Languages: page.Languages, QuietHours: t.QuietHours, TimeZone: t.TimeZone,
	}
	if page.Brand != nil {
		m.Colour = page.Brand.Colour
	}
	if d := t.Delivery; d != nil {
		m.Channel, m.Subject, m.Body = d.Channel, d.Subject, d.Body
	}
	return m
}
