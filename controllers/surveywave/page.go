// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave

import (
	"context"
	"encoding/json"
	"fmt"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

// publish writes what pages and mails say.
func (p *pass) publish(ctx context.Context, state store.WaveState) error {
	page := questionnaire.Page{
		Questionnaire: p.t.Questionnaire, Organization: p.prog.Spec.Organization, Brand: p.prog.Spec.Brand,
		Languages: p.prog.Spec.Languages, Anonymity: p.t.Anonymity, PrivacyNotice: p.t.PrivacyNotice,
		ContactConsent: p.t.ContactConsent, ThankYou: p.t.ThankYou,
	}
	if len(page.Languages) == 0 {
		page.Languages = []cxv1.Language{cxv1.LanguageEN}
	}
	shown, err := page.Encode()
	if err != nil {
		return fmt.Errorf("making the page of a wave: %w", err)
	}
	mail, err := json.Marshal(p.mail(page))
	if err != nil {
		return fmt.Errorf("making the mail of a wave: %w", err)
	}
	var kept []string
	for _, question := range p.t.Questionnaire.Questions {
		if question.Type != cxv1.QuestionFreeText {
			kept = append(kept, question.ID)
		}
	}
	return p.people.PublishWave(ctx, store.PublishedWave{
		WaveKey: p.key, State: state, OpensAt: p.t.OpensAt.Time, ClosesAt: p.t.ClosesAt.Time, GraceUntil: p.t.GraceUntil.Time,
		Anonymity: string(p.t.Anonymity), QuestionnaireHash: p.t.QuestionnaireHash, Page: shown, Mail: mail, Kept: kept,
	})
}

func (p *pass) mail(page questionnaire.Page) delivery.Mail {
	m := delivery.Mail{
		Organization: page.Name(), Title: p.t.Questionnaire.Title, Promise: p.t.Anonymity,
		First: delivery.FirstOf(p.t.Questionnaire), Languages: page.Languages,
		QuietHours: p.t.QuietHours, TimeZone: p.t.TimeZone,
	}
	if page.Brand != nil {
		m.Colour = page.Brand.Colour
	}
	if d := p.t.Delivery; d != nil {
		m.Channel, m.Subject, m.Body = d.Channel, d.Subject, d.Body
	}
	return m
}
