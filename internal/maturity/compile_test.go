// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestCompileRefusesARuleAndSaysWhatToDo(t *testing.T) {
	tests := []struct{ name, rule, want string }{
		{"a fact nobody declared", "f.customerLove > 3", "f.customerLove, which is no fact; use one of the declared facts"},
		{"a slip of the finger", "f.groupMember >= 3", "did you mean f.groupMembers?"},
		{"a parameter nobody gave", "f.journeys > p.many", "p.many, which has no value for this profile; add one"},
		{"an unknown name", "journeys > 3", "undeclared reference to 'journeys'"},
		{"all facts at once", "f == f && f.journeys > 0", "undeclared reference to 'f'"},
		{"a number for an answer", "f.journeys + 1", "gives int, not true or false; compare it"},
		{"no fact", "1 < 2", "reads no fact"},
		{"half a rule", "f.journeys >", "not valid CEL at character"},
		{"a truth value compared with a number", "f.sponsorAccepted >= 1", "no matching overload"},
		{"a ratio set equal to a whole number", "f.cxLeadShare == 1", "write double(f.count), and 1.0 rather than 1"},
		{"division, which drops the fraction", "f.journeysWithPersona / f.journeys > 0", "rules do not divide"},
		{"modulo", "f.journeys % 2 == 0", "rules do not divide"},
		{"has(), which knows no missing data", "has(f.journeys)", "has(f.journeys) is not available"},
		{"text", "f.journeys > 0 || 'a' < 'b'", "rules have no string values"},
		{"a regular expression", "'aaa'.matches('a+') && f.standardExists", "rules cannot call matches"},
		{"a conversion to text", "string(f.journeys) == string(f.topGoals)", "rules cannot call string"},
		{"a time", "timestamp(f.journeys) < timestamp(5)", "rules cannot call timestamp"},
		{"a map", "{f.journeys: 1}[0] == 1", "rules cannot call [_]"},
		{"a map behind in", "f.journeys in {1: 2}", "rules have no maps"},
		{"a loop variable that hides the facts", "[1].all(f, f > 0) && f.standardExists", "hides the facts"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Compile(oneRule(tt.rule), "standard")
			var problems Problems
			if !errors.As(err, &problems) || problems[0].ID != "only" || !strings.Contains(problems[0].Message, tt.want) {
				t.Errorf("got %v, want a problem of criterion only with %q", err, tt.want)
			}
		})
	}
}

func TestCompileAcceptsWhatRulesNeed(t *testing.T) {
	facts := map[string]Fact{"journeys": fact(3), "topGoals": fact(1), "cxLeadShare": fact(0.5), "standardExists": fact(true)}
	for rule, want := range map[string]Outcome{
		"f.journeys >= 3":                                          True,
		"f.journeys == 3":                                          True,
		"f.journeys >= 2.5":                                        True,
		"f.cxLeadShare <= 1":                                       True,
		"f.journeys + f.topGoals >= 5":                             False,
		"double(f.journeys) * f.cxLeadShare > 1":                   True,
		"-f.journeys < 0 && !(f.topGoals > 3)":                     True,
		"f.standardExists ? f.journeys > 5 : true":                 False,
		"f.journeys in [1, 2, 3]":                                  True,
		"(f.journeys > 0 ? 1 : 0) + (f.topGoals > 1 ? 1 : 0) >= 2": False,
		"[f.journeys > 0, f.topGoals > 0, f.standardExists].filter(x, x).size() >= 2": True,
		"[f.journeys, f.topGoals].all(n, n >= 2)":                                     False,
	} {
		result := Evaluate(compiled(t, oneRule(rule), "standard"), Input{Facts: facts})
		if got := result.Criteria[0]; got.Result != want {
			t.Errorf("%s is %s (%s), want %s", rule, got.Result, got.Message.EN, want)
		}
	}
}

func TestParametersComeFromTheProfile(t *testing.T) {
	f := oneRule("f.journeys >= p.journeys && f.cxLeadShare >= p.share")
	f.Profiles = []string{"standard", "small"}
	f.Stages[1].Criteria[0].Params = map[string]map[string]float64{
		"standard": {"journeys": 3, "share": 1}, "small": {"journeys": 1, "share": 0.2},
	}
	facts := map[string]Fact{"journeys": fact(2), "cxLeadShare": fact(0.5)}
	for profile, want := range map[string]Outcome{"standard": False, "small": True} {
		if got := Evaluate(compiled(t, f, profile), Input{Facts: facts}).Criteria[0].Result; got != want {
			t.Errorf("%s: %s, want %s", profile, got, want)
		}
	}
	if _, err := Compile(f, "huge"); err == nil || !strings.Contains(err.Error(), `"huge" is not one of [standard small]`) {
		t.Errorf("profile huge: %v", err)
	}
	f.Stages[1].Criteria[0].Rule = "f.journeys >= p.journeys"
	if _, err := Compile(f, "standard"); err == nil || !strings.Contains(err.Error(), "share is not read") {
		t.Errorf("an unused parameter: %v", err)
	}
}

func TestCompileAllReportsWhatOnlyOneProfileGetsWrongAndNothingTwice(t *testing.T) {
	f := oneRule("f.nothing > 0")
	f.Profiles = []string{"standard", "small"}
	f.Stages[1].Criteria = append(f.Stages[1].Criteria, Criterion{
		ID: "few", Competency: "culture", Mode: ModeObserved, Rule: "f.missing > 0", AppliesTo: []string{"small"}, Text: Text{EN: "Few"},
	})
	models, err := CompileAll(f)
	var problems Problems
	if models != nil || !errors.As(err, &problems) || len(problems) != 2 || problems[0].ID != "only" || problems[1].ID != "few" {
		t.Errorf("models %v, error %v", models, err)
	}
}

func list(n int) string { return "[" + strings.TrimSuffix(strings.Repeat("1,", n), ",") + "]" }

// nested writes depth loops over n numbers each, around a condition that never ends them early.
func nested(depth, n int) string {
	rule := "f.journeys >= 0"
	for i := range depth {
		rule = fmt.Sprintf("%s.all(x%d, %s)", list(n), i, rule)
	}
	return rule
}

// Who mends a framework wants to see everything that is wrong, and each thing once.
func TestCompileReportsRulesBesideOtherProblems(t *testing.T) {
	f := oneRule("f.nothing > 0")
	f.Stages[1].Criteria = append(f.Stages[1].Criteria, Criterion{
		ID: "elsewhere", Competency: "speed", Mode: ModeObserved, Rule: "f.missing > 0", Text: Text{EN: "Elsewhere"},
	})
	_, err := Compile(f, "huge")
	if err == nil || strings.Contains(err.Error(), "f.nothing") || !strings.Contains(err.Error(), `the profile "huge"`) {
		t.Errorf("a profile that there is not: %v", err)
	}
	_, err = Compile(f, "standard")
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 2 || problems[0].ID != "elsewhere" || !strings.Contains(problems[0].Message, `"speed"`) ||
		problems[1].ID != "only" || !strings.Contains(problems[1].Message, "f.nothing") {
		t.Errorf("problems %v", err)
	}
}

func TestCostsAreNamed(t *testing.T) {
	if _, err := Compile(oneRule(nested(2, 480)), "standard"); err == nil ||
		!strings.Contains(err.Error(), "more than 1000000; use fewer or shorter lists") {
		t.Errorf("a rule too costly: %v", err)
	}
	if _, err := Compile(oneRule(nested(3, 1)), "standard"); err == nil || !strings.Contains(err.Error(), "3 deep, more than 2") {
		t.Errorf("loops in loops: %v", err)
	}
	if _, err := Compile(oneRule(strings.Repeat("f.standardExists || ", 200)+"true"), "standard"); err == nil ||
		!strings.Contains(err.Error(), "4004 characters, more than 2000; split it") {
		t.Errorf("a rule too long: %v", err)
	}
	f := oneRule("f.standardExists")
	for i := range 20 {
		f.Stages[1].Criteria = append(f.Stages[1].Criteria, Criterion{ID: fmt.Sprintf("heavy-%d", i), Competency: "culture",
			Mode: ModeObserved, Rule: nested(2, 330), Text: Text{EN: "Heavy"}})
	}
	if _, err := Compile(f, "standard"); err == nil || !strings.HasPrefix(err.Error(), "heavy-0: the rules together may cost") {
		t.Errorf("rules too costly together: %v", err)
	}
}

// The runtime limits are the second fence; reach them by planning a rule that Compile would refuse.
func TestARuleThatRunsTooLongIsUnknownAndSaysSo(t *testing.T) {
	env, err := baseEnv()
	if err != nil {
		t.Fatal(err)
	}
	parsed, _ := env.Parse(nested(3, 70))
	checked, _ := env.Check(parsed)
	rule, err := planRule(env, checked, readings{facts: []int{factIndex["journeys"]}, loops: true}, MaxRuleCost)
	if err != nil {
		t.Fatal(err)
	}
	facts := values(map[string]Fact{"journeys": fact(1)})
	ruled := rule.evaluate(t.Context(), facts)
	if ruled.outcome != Unknown || ruled.err == nil || !strings.HasPrefix(ruled.err.Error(), "it ") {
		t.Errorf("with the deadline: %s, %v", ruled.outcome, ruled.err)
	}
	_, _, err = rule.program.Eval(facts)
	if err = plain(err); err == nil || err.Error() != "it cost more than 1000000" {
		t.Errorf("without the deadline: %v", err)
	}
}

func TestTheDeadlineOfAllRulesStopsOnlyThoseWithLongLoops(t *testing.T) {
	late, cancel := context.WithDeadline(t.Context(), noon.AddDate(-10, 0, 0))
	defer cancel()
	facts := values(map[string]Fact{"journeys": fact(1)})
	for source, want := range map[string]Outcome{nested(2, 20): Unknown, nested(2, 5): True, "f.journeys == 1": True} {
		env, err := baseEnv()
		if err != nil {
			t.Fatal(err)
		}
		rule, _, err := compileRule(env, source, nil)
		if err != nil {
			t.Fatal(err)
		}
		if ruled := rule.evaluate(late, facts); ruled.outcome != want || (want == Unknown) != (ruled.err != nil) {
			t.Errorf("%.20s: %s, %v", source, ruled.outcome, ruled.err)
		}
	}
}

func TestOverflowIsUnknownNotFalse(t *testing.T) {
	model := compiled(t, oneRule("f.journeys * 9223372036854775807 > 1"), "standard")
	result := Evaluate(model, Input{Facts: map[string]Fact{"journeys": fact(5)}})
	got := result.Criteria[0]
	if got.Result != Unknown || got.Reason != ReasonRuleFailed || !strings.Contains(got.Message.EN, "integer overflow") {
		t.Errorf("%s %s %s", got.Result, got.Reason, got.Message.EN)
	}
	if len(result.NextSteps) != 1 || result.NextSteps[0].Do.EN != "Mend the criterion's rule in the Framework" {
		t.Errorf("steps %v", result.NextSteps)
	}
}
