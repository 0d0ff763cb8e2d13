// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"encoding/json"
	"strings"
	"testing"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
)

func askedOf() cxv1.Questionnaire {
	return cxv1.Questionnaire{Questions: []cxv1.Question{
		{ID: "nps", Type: cxv1.QuestionNPS},
		{ID: "first-reason", Type: cxv1.QuestionSingleChoice},
		{ID: "topics", Type: cxv1.QuestionMultipleChoice},
		{ID: "why", Type: cxv1.QuestionFreeText},
	}}
}

func TestTheFirstFollowUpRuleThatFitsCounts(t *testing.T) {
	rules, err := program.CompileFollowUpRules(askedOf(), []cxv1.FollowUpRule{
		{Name: "lost-parcel", When: "a.first_reason == 'delivery' && a.nps <= 8"},
		{Name: "detractor", When: "a.nps <= 6"},
		{Name: "privacy", When: "'privacy' in a.topics"},
		{Name: "either", When: "a.nps == 10 || a.first_reason == 'price'"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for answer, want := range map[string]string{
		`{"nps": 7, "first-reason": "delivery"}`: "lost-parcel",
		`{"nps": 3, "first-reason": "price"}`:    "detractor",
		`{"nps": 9}`:                             "",
		`{"nps": 9, "topics": ["privacy"]}`:      "privacy",
		`{"nps": 9, "topics": []}`:               "",
		// What was not answered does not fit, and does not keep another reason from fitting.
		`{}`:                        "",
		`{"first-reason": "price"}`: "either",
		`{"nps": 10}`:               "either",
	} {
		var values map[string]any
		if err := json.Unmarshal([]byte(answer), &values); err != nil {
			t.Fatal(err)
		}
		got := ""
		if rule := rules.First(values); rule != nil {
			got = rule.Name
		}
		if got != want {
			t.Errorf("%s opens %q, want %q", answer, got, want)
		}
	}
}

func TestAFollowUpRuleThatCannotBeUsedSaysWhatToDo(t *testing.T) {
	for when, want := range map[string]string{
		"a.nps <=":                 "not valid CEL",
		"a.npps <= 6":              "hyphens as underscores",
		"a.nps":                    "no yes or no",
		"a.why.contains('refund')": "not valid CEL", // free text is no reason to act
		"a.nps == 'six'":           "not valid CEL",
	} {
		_, err := program.CompileFollowUpRules(askedOf(), []cxv1.FollowUpRule{{Name: "detractor", When: when}})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `rule "detractor"`) {
			t.Errorf("%q: %v, want an error with %q that names the rule", when, err, want)
		}
	}
}

func TestAFollowUpRuleThatCostsTooMuchDoesNotFit(t *testing.T) {
	loop := "a.topics.all(x, a.topics.all(y, a.topics.all(z, a.topics.all(w, x != '' && y != '' && z != '' && w != ''))))"
	rules, err := program.CompileFollowUpRules(askedOf(), []cxv1.FollowUpRule{{Name: "slow", When: loop}, {Name: "quick", When: "a.nps == 1"}})
	if err != nil {
		t.Fatal(err)
	}
	topics := make([]any, 30)
	for i := range topics {
		topics[i] = strings.Repeat("x", i+1)
	}
	if rule := rules.First(map[string]any{"nps": float64(1), "topics": topics}); rule == nil || rule.Name != "quick" {
		t.Errorf("the rule in force is %v, want quick", rule)
	}
	if rule := rules.First(map[string]any{"topics": topics[:1]}); rule == nil || rule.Name != "slow" {
		t.Errorf("with one topic the rule in force is %v, want slow", rule)
	}
}
