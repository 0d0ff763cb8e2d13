// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package questionnaire_test

import (
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

func page() questionnaire.Page {
	return questionnaire.Page{
		Questionnaire: every(), Organization: "Example Retail", Languages: []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU},
		Anonymity: cxv1.AnonymityConfidential,
	}
}

func TestAPageComesBackAsItWasPublished(t *testing.T) {
	full := page()
	full.Brand = &cxv1.Brand{Name: "Example", Colour: "#0b6e4f", Logo: "data:image/png;base64,AAAA"}
	full.PrivacyNotice = &cxv1.PrivacyNotice{Text: text("We keep it", "Мы храним"), URL: "https://example.com/privacy"}
	full.ContactConsent = cxv1.ConsentAsk
	full.ThankYou = &cxv1.ThankYou{Text: text("Thanks", "Спасибо"), RedirectURL: "https://example.com/"}
	for name, p := range map[string]questionnaire.Page{"full": full, "smallest": page()} {
		t.Run(name, func(t *testing.T) {
			data, err := p.Encode()
			if err != nil {
				t.Fatal(err)
			}
			back, err := questionnaire.ParsePage(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(p, back); diff != "" {
				t.Errorf("(-published +read):\n%s", diff)
			}
		})
	}
	if full.Name() != "Example" || page().Name() != "Example Retail" {
		t.Errorf("names are %q and %q", full.Name(), page().Name())
	}
}

func TestAPageThatNobodyCanAnswerIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*questionnaire.Page){
		"no question":  func(p *questionnaire.Page) { p.Questionnaire.Questions = nil },
		"no language":  func(p *questionnaire.Page) { p.Languages = nil },
		"no anonymity": func(p *questionnaire.Page) { p.Anonymity = "" },
	} {
		t.Run(name, func(t *testing.T) {
			p := page()
			spoil(&p)
			if _, err := p.Encode(); err == nil {
				t.Error("it is published")
			}
		})
	}
	for _, data := range []string{"", "{}", "null", `{"questionnaire": 7}`} {
		if _, err := questionnaire.ParsePage([]byte(data)); err == nil {
			t.Errorf("%q passes for a page", data)
		}
	}
	if _, err := questionnaire.ParsePage([]byte(`{"later": true, "questionnaire": {"questions": [{"id": "nps"}]}, "languages": ["en"], "anonymity": "Anonymous"}`)); err != nil {
		t.Errorf("a page of a newer version: %v", err)
	}
}

func TestConsentIsNeverAskedOfTheAnonymous(t *testing.T) {
	for _, tc := range []struct {
		anonymity cxv1.Anonymity
		consent   cxv1.ContactConsent
		want      bool
	}{
		{cxv1.AnonymityConfidential, cxv1.ConsentAsk, true},
		{cxv1.AnonymityIdentified, cxv1.ConsentAsk, true},
		{cxv1.AnonymityIdentified, cxv1.ConsentDontAsk, false},
		{cxv1.AnonymityConfidential, "", false},
		{cxv1.AnonymityAnonymous, cxv1.ConsentAsk, false},
	} {
		p := page()
		p.Anonymity, p.ContactConsent = tc.anonymity, tc.consent
		if got := p.AsksToContact(); got != tc.want {
			t.Errorf("%s, %q: asks %t", tc.anonymity, tc.consent, got)
		}
	}
}

func TestCheckNamesConditionsThatCannotHold(t *testing.T) {
	for name, tc := range map[string]struct {
		showIf cxv1.ShowIf
		on     int
		want   string
	}{
		"a number":                    {cxv1.ShowIf{Question: "nps", AtMost: upTo(6)}, 4, ""},
		"a choice":                    {cxv1.ShowIf{Question: "channel", OneOf: []string{"web"}}, 5, ""},
		"several choices":             {cxv1.ShowIf{Question: "why", OneOf: []string{"price", "staff"}}, 2, ""},
		"a question further down":     {cxv1.ShowIf{Question: "shop", AtMost: upTo(6)}, 1, `question "why" is shown after answers to "shop", which is not asked before it`},
		"itself":                      {cxv1.ShowIf{Question: "why", OneOf: []string{"price"}}, 1, "not asked before"},
		"no question at all":          {cxv1.ShowIf{Question: "age", AtMost: upTo(6)}, 1, "not asked before"},
		"a free text":                 {cxv1.ShowIf{Question: "fair", OneOf: []string{"ten"}}, 4, "a free text"},
		"an option of nobody's":       {cxv1.ShowIf{Question: "channel", OneOf: []string{"web", "mail"}}, 5, `the option "mail", which "channel" does not have`},
		"a choice compared as number": {cxv1.ShowIf{Question: "channel", AtMost: upTo(6)}, 5, "choices by oneOf"},
		"a number compared as choice": {cxv1.ShowIf{Question: "nps", OneOf: []string{"6"}}, 5, "numbers compare by atMost"},
		"more than the scale has":     {cxv1.ShowIf{Question: "nps", AtLeast: upTo(11)}, 5, "its scale from 0 to 10"},
		"less than the scale has":     {cxv1.ShowIf{Question: "csat", AtMost: upTo(0)}, 5, "its scale from 1 to 5"},
	} {
		t.Run(name, func(t *testing.T) {
			q := every()
			q.Questions[tc.on].ShowIf = &tc.showIf
			err := questionnaire.Check(q, nil)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Check: %v, want %q", err, tc.want)
			}
		})
	}
	both := every()
	both.Title.RU = ""
	both.Questions[1].ShowIf.Question = "age"
	err := questionnaire.Check(both, []cxv1.Language{cxv1.LanguageRU})
	for _, want := range []string{"the title has no text", "add the texts", "not asked before", "correct showIf"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("with both kinds of problems: %v does not say %q", err, want)
		}
	}
}

func stored(answers ...store.StoredAnswer) iter.Seq2[store.StoredAnswer, error] {
	return func(yield func(store.StoredAnswer, error) bool) {
		for _, a := range answers {
			if !yield(a, nil) {
				return
			}
		}
	}
}

func answer(values string, complete bool) store.StoredAnswer {
	return store.StoredAnswer{Answer: store.Answer{Values: []byte(values), Complete: complete}}
}

func TestCountsAreOfThoseWhoAnsweredEachQuestion(t *testing.T) {
	yes := answer(`{"nps":10}`, true)
	yes.MayContact = true
	counts, err := questionnaire.Count(every(), stored(
		yes,
		answer(`{"nps":10,"csat":4}`, true),
		answer(`{"nps":0,"why":["price","staff"],"fair":"ten"}`, true),
		answer(`{"nps":6,"channel":"web"}`, false),
		answer(`{}`, false),
	))
	if err != nil {
		t.Fatal(err)
	}
	want := questionnaire.Counts{Complete: 3, Partial: 2, MayContact: 1, Questions: []questionnaire.QuestionCounts{
		{ID: "nps", Type: cxv1.QuestionNPS, N: 4, Numbers: map[int]int64{0: 1, 6: 1, 10: 2}},
		{ID: "why", Type: cxv1.QuestionMultipleChoice, N: 1, Options: map[string]int64{"price": 1, "staff": 1, "place": 0}},
		{ID: "fair", Type: cxv1.QuestionFreeText, N: 1},
		{ID: "csat", Type: cxv1.QuestionCSAT, N: 1, Numbers: map[int]int64{4: 1}},
		{ID: "channel", Type: cxv1.QuestionSingleChoice, N: 1, Options: map[string]int64{"shop": 0, "web": 1}},
		{ID: "shop", Type: cxv1.QuestionScale, Numbers: map[int]int64{}},
	}}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCountingEndsAtTheFirstError(t *testing.T) {
	broken := errors.New("the disk is gone")
	fails := func(yield func(store.StoredAnswer, error) bool) {
		_ = yield(answer(`{"nps":1}`, false), nil) && yield(store.StoredAnswer{}, broken)
	}
	if counts, err := questionnaire.Count(every(), fails); !errors.Is(err, broken) || counts.Partial != 0 {
		t.Errorf("a store that fails: %+v, %v", counts, err)
	}
	if _, err := questionnaire.Count(every(), stored(answer(`{"age":7}`, true))); err == nil {
		t.Error("an answer to another questionnaire is counted")
	}
}
