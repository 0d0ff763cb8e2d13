// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// truth gives the facts for an outcome; Unknown is a fact without data.
func truth(name string, outcome Outcome, facts map[string]Fact) {
	switch outcome {
	case True:
		facts[name] = fact(true)
	case False:
		facts[name] = fact(false)
	default:
		facts[name] = Fact{}
	}
}

func TestAndOrNotFollowKleene(t *testing.T) {
	and := map[[2]Outcome]Outcome{
		{True, True}: True, {True, False}: False, {True, Unknown}: Unknown,
		{False, True}: False, {False, False}: False, {False, Unknown}: False,
		{Unknown, True}: Unknown, {Unknown, False}: False, {Unknown, Unknown}: Unknown,
	}
	or := map[[2]Outcome]Outcome{
		{True, True}: True, {True, False}: True, {True, Unknown}: True,
		{False, True}: True, {False, False}: False, {False, Unknown}: Unknown,
		{Unknown, True}: True, {Unknown, False}: Unknown, {Unknown, Unknown}: Unknown,
	}
	not := map[Outcome]Outcome{True: False, False: True, Unknown: Unknown}
	models := map[string]*Model{}
	for _, rule := range []string{
		"f.sponsorAccepted && f.standardExists", "f.sponsorAccepted || f.standardExists", "!f.sponsorAccepted && (f.standardExists || true)",
	} {
		models[rule] = compiled(t, oneRule(rule), "standard")
	}
	for pair := range and {
		facts := map[string]Fact{}
		truth("sponsorAccepted", pair[0], facts)
		truth("standardExists", pair[1], facts)
		want := map[string]Outcome{
			"f.sponsorAccepted && f.standardExists": and[pair], "f.sponsorAccepted || f.standardExists": or[pair],
			"!f.sponsorAccepted && (f.standardExists || true)": not[pair[0]],
		}
		got := map[string]Outcome{}
		for rule, model := range models {
			got[rule] = Evaluate(model, Input{Facts: facts}).Criteria[0].Result
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", pair, diff)
		}
	}
}

func TestUnknownGoesThroughComparisonsSumsAndConditions(t *testing.T) {
	facts := map[string]Fact{"topGoals": fact(2), "standardExists": fact(false)}
	for rule, want := range map[string]Outcome{
		"f.journeys >= 0":                                    Unknown,
		"f.journeys == f.journeys":                           Unknown,
		"f.journeys + f.topGoals >= 0":                       Unknown,
		"f.sponsorAccepted ? true : f.topGoals > 5":          Unknown,
		"f.standardExists ? f.journeys > 0 : f.topGoals > 1": True,
		"f.journeys > 0 && f.topGoals > 5":                   False,
		"f.journeys > 0 || f.topGoals > 1":                   True,
		"f.journeys in [1, 2]":                               Unknown,
		"[f.journeys, 1].exists(x, x == 1)":                  Unknown,
	} {
		if got := Evaluate(compiled(t, oneRule(rule), "standard"), Input{Facts: facts}).Criteria[0].Result; got != want {
			t.Errorf("%s is %s, want %s", rule, got, want)
		}
	}
}

func TestBothIsFalseIfEitherIsElseUnknownIfEitherIs(t *testing.T) {
	model := compiled(t, asking(oneRule("f.standardExists"), ModeBoth), "standard")
	want := map[[2]Outcome]string{
		{True, True}: "True DoneAndFelt", {True, False}: "False NotFelt", {True, Unknown}: "Unknown NotAttested",
		{False, True}: "False WordsOnly", {False, False}: "False RuleFalse", {False, Unknown}: "False RuleFalse",
		{Unknown, True}: "Unknown NoData", {Unknown, False}: "False AttestedFalse", {Unknown, Unknown}: "Unknown NoData",
	}
	got := map[[2]Outcome]string{}
	for pair := range want {
		in := Input{Facts: map[string]Fact{}, Verdicts: map[Asked]Verdict{{"Q1", 1}: {Result: pair[1]}}}
		truth("standardExists", pair[0], in.Facts)
		c := Evaluate(model, in).Criteria[0]
		got[pair] = string(c.Result) + " " + c.Reason
		if c.Observed != pair[0] || c.Attested != pair[1] {
			t.Errorf("%v: halves %s and %s", pair, c.Observed, c.Attested)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSeveralQuestionsMustAllBeTrue(t *testing.T) {
	f := asking(oneRule("f.standardExists"), ModeAttested)
	f.Questions["Q2"] = f.Questions["Q1"]
	f.Stages[1].Criteria[0].Questions = []string{"Q1", "Q2"}
	model := compiled(t, f, "standard")
	for pair, want := range map[[2]Outcome]Outcome{
		{True, True}: True, {True, False}: False, {Unknown, False}: False, {False, Unknown}: False, {True, Unknown}: Unknown,
	} {
		c := Evaluate(model, Input{Verdicts: map[Asked]Verdict{{"Q1", 1}: {Result: pair[0]}, {"Q2", 1}: {Result: pair[1]}}}).Criteria[0]
		if c.Result != want {
			t.Errorf("%v: %s, want %s", pair, c.Result, want)
		}
	}
	c := Evaluate(model, Input{Verdicts: map[Asked]Verdict{{"Q1", 1}: {Result: True}}}).Criteria[0]
	if c.Result != Unknown || c.Reason != ReasonNotAttested {
		t.Errorf("one question never asked: %s %s", c.Result, c.Reason)
	}
}

func TestAValueOfTheWrongTypeIsNoData(t *testing.T) {
	model := compiled(t, oneRule("f.journeys >= 1"), "standard")
	for _, value := range []any{nil, true, "3", 1.5, 1e300, math.NaN(), math.Inf(1), int8(3), []int{1}} {
		c := Evaluate(model, Input{Facts: map[string]Fact{"journeys": fact(value)}}).Criteria[0]
		if c.Result != Unknown || c.Reason != ReasonNoData {
			t.Errorf("%v (%T): %s %s", value, value, c.Result, c.Reason)
		}
	}
	for _, value := range []any{1, int32(1), int64(1), 1.0} {
		if c := Evaluate(model, Input{Facts: map[string]Fact{"journeys": fact(value)}}).Criteria[0]; c.Result != True {
			t.Errorf("%v (%T): %s", value, value, c.Result)
		}
	}
}
