// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package questionnaire_test

import (
	"strings"
	"testing"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
)

func text(en, ru string) cxv1.LocalizedText { return cxv1.LocalizedText{EN: en, RU: ru} }

func sample() cxv1.Questionnaire {
	return cxv1.Questionnaire{
		Title: text("Your visit", "Ваш визит"),
		Questions: []cxv1.Question{
			{ID: "nps", Type: cxv1.QuestionNPS, Text: text("Would you recommend us?", "Порекомендуете нас?")},
			{ID: "why", Type: cxv1.QuestionSingleChoice, Text: text("Why?", "Почему?"), Options: []cxv1.Option{
				{ID: "price", Text: text("Price", "Цена")}, {ID: "staff", Text: text("Staff", "Персонал")},
			}},
		},
	}
}

func TestCheckNamesEveryMissingTranslation(t *testing.T) {
	both := []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU}
	for name, tc := range map[string]struct {
		change    func(*cxv1.Questionnaire)
		languages []cxv1.Language
		want      []string
	}{
		"complete in both languages":                   {func(*cxv1.Questionnaire) {}, both, nil},
		"a missing text of an unused language is fine": {func(q *cxv1.Questionnaire) { q.Title.RU = "" }, both[:1], nil},
		"a title":    {func(q *cxv1.Questionnaire) { q.Title.RU = "" }, both, []string{`the title has no text in "ru"`}},
		"a question": {func(q *cxv1.Questionnaire) { q.Questions[0].Text.EN = "" }, both, []string{`question "nps" has no text in "en"`}},
		"an option": {
			func(q *cxv1.Questionnaire) { q.Questions[1].Options[1].Text.RU = "" }, both,
			[]string{`option "staff" of question "why" has no text in "ru"`},
		},
		"many at once are counted": {func(q *cxv1.Questionnaire) {
			q.Title, q.Questions[0].Text, q.Questions[1].Text = cxv1.LocalizedText{}, cxv1.LocalizedText{}, cxv1.LocalizedText{}
		}, both, []string{"the title", "and 2 more"}},
	} {
		t.Run(name, func(t *testing.T) {
			q := sample()
			tc.change(&q)
			err := questionnaire.Check(q, tc.languages)
			if (err == nil) != (tc.want == nil) {
				t.Fatalf("Check: %v, want an error: %t", err, tc.want != nil)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestHashesTellWhatIsTheSame(t *testing.T) {
	base := sample()
	for name, tc := range map[string]struct {
		change                func(*cxv1.Questionnaire)
		sameHash, sameScoring bool
	}{
		"nothing":                   {func(*cxv1.Questionnaire) {}, true, true},
		"the title":                 {func(q *cxv1.Questionnaire) { q.Title.EN = "Another" }, false, true},
		"an option":                 {func(q *cxv1.Questionnaire) { q.Questions[1].Options[0].Text.EN = "Cost" }, false, true},
		"the words of the score":    {func(q *cxv1.Questionnaire) { q.Questions[0].Text.EN = "Would you?" }, false, false},
		"the type of the score":     {func(q *cxv1.Questionnaire) { q.Questions[0].Type = cxv1.QuestionCSAT }, false, false},
		"the order of what is read": {func(q *cxv1.Questionnaire) { q.Questions[0], q.Questions[1] = q.Questions[1], q.Questions[0] }, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			changed := sample()
			tc.change(&changed)
			if got := questionnaire.Hash(changed) == questionnaire.Hash(base); got != tc.sameHash {
				t.Errorf("hash unchanged: %t, want %t", got, tc.sameHash)
			}
			if got := questionnaire.ScoredHash(changed) == questionnaire.ScoredHash(base); got != tc.sameScoring {
				t.Errorf("scored hash unchanged: %t, want %t", got, tc.sameScoring)
			}
		})
	}
	unscored := sample()
	unscored.Questions = unscored.Questions[1:]
	if got := questionnaire.ScoredHash(unscored); got != "" {
		t.Errorf("a questionnaire without scores has the scored hash %q, want none", got)
	}
}
