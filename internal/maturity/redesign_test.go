// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A firm of eight has no units that could redesign something together; two people are what it has. A large one has units.
func TestARedesignTakesTwoPeopleInASmallFirmAndTwoUnitsInOthers(t *testing.T) {
	for name, tc := range map[string]struct {
		profile         string
		units, byPeople int
		want            Outcome
		says, silent    string
		object          string
	}{
		"two people of a small firm":        {"small", 0, 1, True, "several people", "several units", "Initiative/people"},
		"nobody in a small firm":            {"small", 0, 0, False, "several people", "several units", "Initiative/people"},
		"two people of a large firm":        {"standard", 0, 5, False, "several units", "several people", "Initiative/units"},
		"units of a large firm, once":       {"standard", 1, 5, False, "several units", "several people", "Initiative/units"},
		"units of a large firm, repeatedly": {"standard", 2, 2, True, "several units", "several people", "Initiative/units"},
	} {
		t.Run(name, func(t *testing.T) {
			model := sixStages(t, tc.profile)
			in := Input{Now: noon, Verdicts: verdicts(model, True), Facts: map[string]Fact{
				"redesignCrossFunctional365d": {Value: tc.units, Objects: []string{"Initiative/units"}},
				"redesignByPeople365d":        {Value: tc.byPeople, Objects: []string{"Initiative/people"}},
			}}
			got := criterion(t, Evaluate(model, in), "ops-redesign")
			if got.Result != tc.want || !strings.Contains(got.Message.EN, tc.says) || strings.Contains(got.Message.EN, tc.silent) {
				t.Errorf("%s, %q; want %s, about %s and not about %s", got.Result, got.Message.EN, tc.want, tc.says, tc.silent)
			}
			if diff := cmp.Diff([]string{tc.object}, got.Objects); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
		})
	}
	unknown := Evaluate(sixStages(t, "small"), Input{Now: noon})
	if got := criterion(t, unknown, "ops-redesign").Result; got != Unknown {
		t.Errorf("without data: %s", got)
	}
}

// A part that asks for nothing is not shown, unless nothing else is there to show.
func TestACountOfAtLeastZeroIsNotSpokenOf(t *testing.T) {
	for rule, want := range map[string][]string{
		"f.journeys >= 0 && f.experienceGoals >= 2":                {"experience goals: at least 2"},
		"f.journeys >= 0 && (f.topGoals >= 0 && f.leafGoals >= 1)": {"lowest goals: at least 1"},
		"f.journeys >= 0":                                              {"journeys: at least 0"},
		"f.journeys >= 0 && f.topGoals >= 0":                           {"journeys: at least 0", "top experience goals: at least 0"},
		"f.standardReviewedDaysAgo >= 0.0 && f.experienceGoals >= 2":   {"experience goals: at least 2"},
		"f.journeys + f.topGoals >= 0 && f.experienceGoals >= 2":       {"experience goals: at least 2"},
		"f.ideaFundSpent365d >= 0 && f.experienceGoals >= 2":           {"spent from the idea fund in a year: at least 0", "experience goals: at least 2"},
		"f.journeys > 0 && f.experienceGoals >= 2":                     {"journeys: more than 0", "experience goals: at least 2"},
		"f.journeys >= 0 || f.experienceGoals >= 2":                    {"journeys: at least 0, or experience goals: at least 2"},
		"f.topGoalsWithBusinessOutcomeRatio >= 0.0 && f.topGoals >= 1": {"top experience goals: at least 1"},
	} {
		var got []string
		for _, need := range Describe(compiled(t, oneRule(rule), "standard"))[0].Needs {
			got = append(got, need.EN)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", rule, diff)
		}
	}
}

func TestAPartOfARuleThatAProfileSwitchesOffNeedsNoData(t *testing.T) {
	model := sixStages(t, "standard")
	for name, tc := range map[string]struct {
		units any
		want  Outcome
	}{
		"enough by units":    {2, True},
		"too few by units":   {1, False},
		"not known by units": {nil, Unknown},
	} {
		facts := map[string]Fact{"redesignCrossFunctional365d": {Value: tc.units}} // and nothing of people
		if got := criterion(t, Evaluate(model, Input{Facts: facts}), "ops-redesign").Observed; got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}
