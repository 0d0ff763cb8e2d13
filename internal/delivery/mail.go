// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"encoding/json"
	"fmt"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
)

// Mail is what the invitations of a wave say and how they go out; the JSON of store.PublishedWave.Mail.
type Mail struct {
	// Channel is the name of the Program's channel.
	Channel string `json:"channel"`
	// Organization signs the mail; Colour is the brand's, empty for the usual one.
	Organization string `json:"organization"`
	Colour       string `json:"colour,omitempty"`
	// Title is the questionnaire's. Subject and Body are the survey's own; empty ones have defaults.
	Title   cxv1.LocalizedText `json:"title"`
	Subject cxv1.LocalizedText `json:"subject,omitzero"`
	Body    cxv1.LocalizedText `json:"body,omitzero"`
	// Promise is the anonymity that the wave promises.
	Promise cxv1.Anonymity `json:"promise"`
	// First is the first question, for buttons in the mail; nil without a scale.
	First *FirstQuestion `json:"first,omitempty"`
	// Languages are those that the questionnaire has, the first one first.
	Languages []cxv1.Language `json:"languages"`
	// QuietHours are kept also by mail that goes out later than planned: in the contact's zone, else in TimeZone.
	QuietHours *cxv1.QuietHours `json:"quietHours,omitempty"`
	TimeZone   string           `json:"timeZone,omitempty"`

	quiet audience.QuietHours
}

// FirstQuestion is a question that is answered by a number.
type FirstQuestion struct {
	ID   string             `json:"id"`
	Text cxv1.LocalizedText `json:"text"`
	Min  int32              `json:"min"`
	Max  int32              `json:"max"`
}

// maxButtons is the longest scale that has buttons in the mail.
const maxButtons = 11

// FirstOf makes the buttons' question of a questionnaire; nil when its first question is not answered by a short scale.
func FirstOf(questionnaire cxv1.Questionnaire) *FirstQuestion {
	if len(questionnaire.Questions) == 0 {
		return nil
	}
	question := questionnaire.Questions[0]
	first := &FirstQuestion{ID: question.ID, Text: question.Text}
	switch {
	case question.Type == cxv1.QuestionNPS:
		first.Max = 10
	case question.Scale != nil && question.Scale.Max-question.Scale.Min < maxButtons:
		first.Min, first.Max = question.Scale.Min, question.Scale.Max
	default:
		return nil
	}
	return first
}

// ParseMail reads what was published.
func ParseMail(text []byte) (Mail, error) {
	var mail Mail
	if err := json.Unmarshal(text, &mail); err != nil {
		return Mail{}, fmt.Errorf("reading what a wave's mail says: %w", err)
	}
	var err error
	mail.quiet, err = audience.QuietOf(mail.QuietHours)
	return mail, err
}
