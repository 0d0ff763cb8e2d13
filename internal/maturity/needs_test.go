// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRulesReadAsSentencesWithoutValues(t *testing.T) {
	for _, tc := range []struct {
		name, rule string
		want       []Text
	}{
		{"each part of an && stands by itself", "f.groupMembers >= 3 && 2 <= f.groupFunctions", []Text{
			{"accepted members of the working group: at least 3", "участники рабочей группы, принявшие роль: не меньше 3"},
			{"functions in the working group: at least 2", "подразделения, представленные в рабочей группе: не меньше 2"},
		}},
		{"a flag is its label", "f.standardExists", []Text{{
			"the company has its own CX standard, at least a draft", "есть свой CX-стандарт, хотя бы в черновике"}}},
		{"a flag that must be false says so", "!f.standardExists", []Text{{
			"the company has its own CX standard, at least a draft: no", "есть свой CX-стандарт, хотя бы в черновике: нет"}}},
		{"alternatives and what belongs together", "f.topGoals <= 1 || (f.journeys > 0 && f.leafGoals == 0)", []Text{{
			"top experience goals: at most 1, or (journeys: more than 0 and lowest goals: exactly 0)",
			"CX-цели верхнего уровня: не больше 1 или (пути клиента: больше 0 и цели нижнего уровня: ровно 0)"}}},
		{"a sum names its facts", "f.journeys + f.topGoals >= 5", []Text{{
			"journeys + top experience goals: at least 5", "пути клиента + CX-цели верхнего уровня: не меньше 5"}}},
		{"shares are in percent", "f.journeysWithNeedRatio >= 0.9", []Text{{
			"journeys that state the person's need: at least 90 %", "пути, в которых названа потребность человека: не меньше 90 %"}}},
		{"what has no simple form stays as written", "f.journeys in [1, 2]", []Text{{
			"journeys: f.journeys in [1, 2]", "пути клиента: f.journeys in [1, 2]"}}},
		{"a part that asks for nothing is left out", "f.journeys >= 0 && f.topGoals >= 1", []Text{{
			"top experience goals: at least 1", "CX-цели верхнего уровня: не меньше 1"}}},
		{"a number may be below 0", "f.budgetAmount >= 0.0", []Text{{"CX budget: at least 0", "бюджет CX: не меньше 0"}}},
		{"a limit that is a fact stays as written", "f.journeysWithPersona >= f.journeys", []Text{{
			"journeys with a persona: at least f.journeys", "пути с персоной: не меньше f.journeys"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			docs := Describe(compiled(t, oneRule(tc.rule), "standard"))
			if diff := cmp.Diff(tc.want, docs[0].Needs); diff != "" {
				t.Errorf("Needs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWordsOfARuleHaveTheThresholdsOfTheProfile(t *testing.T) {
	for profile, want := range map[string]string{
		"standard": "accepted members of the working group: at least 3",
		"small":    "accepted members of the working group: at least 2",
	} {
		if got := Describe(sixStages(t, profile))[0].Needs[0].EN; got != want {
			t.Errorf("%s: %q, want %q", profile, got, want)
		}
	}
}

func TestEveryBuiltinRuleHasWords(t *testing.T) {
	model := sixStages(t, "standard")
	for _, doc := range Describe(model) {
		if (len(doc.Facts) > 0) != (len(doc.Needs) > 0) {
			t.Errorf("%s reads %v and says %v", doc.ID, doc.Facts, doc.Needs)
		}
	}
	signs := DescribeIndicators(model)
	want := IndicatorDoc{
		ID: "ign-no-inside-feedback", Title: Text{"Employees and partners are not asked", "Сотрудников и партнёров не спрашивают"},
		Seed: "S3", Rule: "f.insideWavesClosed365d == 0", Facts: []string{"insideWavesClosed365d"},
		Needs: []Text{{"answered waves of employees or partners in a year: exactly 0",
			"волны опросов сотрудников или партнёров, собравшие ответы, за год: ровно 0"}},
		ClearedBy: []string{"mob-inside-voice", "ops-employee-experience"},
	}
	if len(signs) != 3 {
		t.Fatalf("%d signs, want 3", len(signs))
	}
	if diff := cmp.Diff(want, signs[2]); diff != "" {
		t.Errorf("the third sign (-want +got):\n%s", diff)
	}
}
