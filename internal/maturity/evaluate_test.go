// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMessagesSayWhatTheValuesAreAndWhatIsNeeded(t *testing.T) {
	tests := []struct {
		name, rule, en, ru string
		facts              map[string]Fact
	}{
		{"a count that falls short", "f.groupMembers >= 3",
			"accepted members of the working group (groupMembers): 1, needs at least 3",
			"участники рабочей группы, принявшие роль (groupMembers): 1, нужно не меньше 3",
			map[string]Fact{"groupMembers": fact(1)}},
		{"the threshold written first", "3 < f.groupMembers",
			"accepted members of the working group (groupMembers): 1, needs more than 3",
			"участники рабочей группы, принявшие роль (groupMembers): 1, нужно больше 3",
			map[string]Fact{"groupMembers": fact(1)}},
		{"only what is false or unknown of an &&", "f.journeys >= 1 && f.topGoals >= 2 && f.leafGoals >= 1",
			"top experience goals (topGoals): 1, needs at least 2; lowest goals (leafGoals): no data, needs at least 1",
			"CX-цели верхнего уровня (topGoals): 1, нужно не меньше 2; цели нижнего уровня (leafGoals): нет данных, нужно не меньше 1",
			map[string]Fact{"journeys": fact(1), "topGoals": fact(1)}},
		{"all of a failing ||", "f.standardExists || f.journeys >= 1",
			"one of these is enough: the company has its own CX standard, at least a draft (standardExists): no, needs yes; " +
				"journeys (journeys): 0, needs at least 1",
			"достаточно одного: есть свой CX-стандарт, хотя бы в черновике (standardExists): нет, нужно да; " +
				"пути клиента (journeys): 0, нужно не меньше 1",
			map[string]Fact{"standardExists": fact(false), "journeys": fact(0)}},
		{"what made an || true", "f.standardExists || f.journeys >= 1",
			"the company has its own CX standard, at least a draft (standardExists): yes",
			"есть свой CX-стандарт, хотя бы в черновике (standardExists): да",
			map[string]Fact{"standardExists": fact(true), "journeys": fact(0)}},
		{"an || inside an &&", "f.topGoals > 0 && (f.standardExists || f.journeys >= 1)",
			"top experience goals (topGoals): 0, needs more than 0; (one of these is enough: " +
				"the company has its own CX standard, at least a draft (standardExists): no, needs yes; " +
				"journeys (journeys): 0, needs at least 1)",
			"CX-цели верхнего уровня (topGoals): 0, нужно больше 0; (достаточно одного: " +
				"есть свой CX-стандарт, хотя бы в черновике (standardExists): нет, нужно да; " +
				"пути клиента (journeys): 0, нужно не меньше 1)",
			map[string]Fact{"topGoals": fact(0), "standardExists": fact(false), "journeys": fact(0)}},
		{"a sum, part by part", "f.journeys + f.topGoals >= 5",
			"journeys (journeys): 1 + top experience goals (topGoals): no data, together they need at least 5",
			"пути клиента (journeys): 1 + CX-цели верхнего уровня (topGoals): нет данных, вместе нужно не меньше 5",
			map[string]Fact{"journeys": fact(1)}},
		{"a ratio in percent", "f.journeysWithNeedRatio >= 0.9",
			"journeys that state the person's need (journeysWithNeedRatio): 66.7 %, needs at least 90 %",
			"пути, в которых названа потребность человека (journeysWithNeedRatio): 66,7 %, нужно не меньше 90 %",
			map[string]Fact{"journeysWithNeedRatio": fact(2.0 / 3)}},
		{"a ratio that would round to its threshold", "f.journeysWithNeedRatio >= 0.9",
			"journeys that state the person's need (journeysWithNeedRatio): 89.999 %, needs at least 90 %",
			"пути, в которых названа потребность человека (journeysWithNeedRatio): 89,999 %, нужно не меньше 90 %",
			map[string]Fact{"journeysWithNeedRatio": fact(0.89999)}},
		{"a flag that must be off", "!f.standardExists",
			"the company has its own CX standard, at least a draft (standardExists): yes, needs no",
			"есть свой CX-стандарт, хотя бы в черновике (standardExists): да, нужно нет",
			map[string]Fact{"standardExists": fact(true)}},
		{"two facts compared", "f.journeysWithPersona >= f.journeys",
			"journeys with a persona (journeysWithPersona): 1, needs at least f.journeys, which is 3",
			"пути с персоной (journeysWithPersona): 1, нужно не меньше f.journeys, то есть 3",
			map[string]Fact{"journeysWithPersona": fact(1), "journeys": fact(3)}},
		{"an expression of no simple form", "f.journeys in [1, 2]",
			"journeys (journeys): 3, needs f.journeys in [1, 2]",
			"пути клиента (journeys): 3, нужно f.journeys in [1, 2]",
			map[string]Fact{"journeys": fact(3)}},
		{"a rule with a list macro, as a whole", "[f.journeys > 1, f.topGoals > 1].filter(x, x).size() >= 2",
			"journeys (journeys): 3, top experience goals (topGoals): 0, needs [f.journeys > 1, f.topGoals > 1].filter(x, x).size() >= 2",
			"пути клиента (journeys): 3, CX-цели верхнего уровня (topGoals): 0, нужно [f.journeys > 1, f.topGoals > 1].filter(x, x).size() >= 2",
			map[string]Fact{"journeys": fact(3), "topGoals": fact(0)}},
		{"the note of a fact", "f.journeys >= 1",
			"journeys (journeys): no data (source is stale), needs at least 1",
			"пути клиента (journeys): нет данных (источник устарел), нужно не меньше 1",
			map[string]Fact{"journeys": {Note: Text{"source is stale", "источник устарел"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Evaluate(compiled(t, oneRule(tt.rule), "standard"), Input{Facts: tt.facts}).Criteria[0].Message
			if diff := cmp.Diff(Text{tt.en, tt.ru}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestGradeIsTheWeakestThatTheResultRestsOn(t *testing.T) {
	with := func(value any, grade Grade) Fact { return Fact{Value: value, Grade: grade} }
	tests := []struct {
		name, rule string
		facts      map[string]Fact
		want       Grade
	}{
		{"all of a true &&", "f.journeys > 0 && f.topGoals > 0",
			map[string]Fact{"journeys": with(1, GradeSystem), "topGoals": with(1, GradeDeclared)}, GradeDeclared},
		{"an attested fact is weaker than what was seen", "f.journeys > 0 && f.topGoals > 0",
			map[string]Fact{"journeys": with(1, GradeSystem), "topGoals": with(1, GradeAttested)}, GradeAttested},
		{"a typed fact is weaker than an attested one", "f.journeys > 0 && f.topGoals > 0",
			map[string]Fact{"journeys": with(1, GradeDeclared), "topGoals": with(1, GradeAttested)}, GradeDeclared},
		{"the true side of an ||", "f.journeys > 0 || f.topGoals > 0",
			map[string]Fact{"journeys": with(1, GradeSystem), "topGoals": with(0, GradeDeclared)}, GradeSystem},
		{"the stronger of two true sides, since one would do", "f.journeys > 0 || f.topGoals > 0",
			map[string]Fact{"journeys": with(1, GradeDeclared), "topGoals": with(1, GradeSystem)}, GradeSystem},
		{"the false side of an &&", "f.journeys > 0 && f.topGoals > 0",
			map[string]Fact{"journeys": with(1, GradeDeclared), "topGoals": with(0, GradeSystem)}, GradeSystem},
		{"all of a false ||", "f.journeys > 0 || f.topGoals > 0",
			map[string]Fact{"journeys": with(0, GradeSystem), "topGoals": with(0, GradeDeclared)}, GradeDeclared},
		{"a false && does not rest on what is unknown", "f.journeys > 0 && f.topGoals > 0",
			map[string]Fact{"journeys": with(0, GradeSystem), "topGoals": with(nil, GradeDeclared)}, GradeSystem},
		{"both sides of a comparison", "f.journeysWithPersona >= f.journeys",
			map[string]Fact{"journeys": with(1, GradeDeclared), "journeysWithPersona": with(1, GradeSystem)}, GradeDeclared},
		{"no grade given counts as typed", "f.journeys > 0", map[string]Fact{"journeys": with(1, "")}, GradeDeclared},
		{"unknown rests on nothing", "f.journeys > 0", map[string]Fact{"journeys": with(nil, GradeSystem)}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Evaluate(compiled(t, oneRule(tt.rule), "standard"), Input{Facts: tt.facts}).Criteria[0]
			if got.Grade != tt.want {
				t.Errorf("%s is %q, want %q", got.Result, got.Grade, tt.want)
			}
		})
	}
}

func TestGradeOfAskedCriteria(t *testing.T) {
	model := compiled(t, asking(oneRule("f.standardExists"), ModeBoth), "standard")
	for _, tt := range []struct {
		deed    bool
		grade   Grade
		verdict Outcome
		want    Grade
	}{
		{true, GradeSystem, True, GradeAttested}, {true, GradeDeclared, True, GradeDeclared},
		{true, GradeDeclared, False, GradeAttested}, {false, GradeSystem, True, GradeSystem}, {true, GradeSystem, Unknown, ""},
	} {
		in := Input{Facts: map[string]Fact{"standardExists": {Value: tt.deed, Grade: tt.grade}}}
		in.Verdicts = map[Asked]Verdict{{"Q1", 1}: {Result: tt.verdict}}
		if got := Evaluate(model, in).Criteria[0]; got.Grade != tt.want {
			t.Errorf("%+v: %s is %q", tt, got.Result, got.Grade)
		}
	}
}

func TestObjectsAreThoseOfTheDecidingFactsOnceAndCapped(t *testing.T) {
	model := compiled(t, oneRule("f.journeys > 0 && f.topGoals > 0"), "standard")
	in := Input{Facts: map[string]Fact{
		"journeys": {Value: 4, Objects: []string{"Journey/a", "Journey/b", "Journey/c", "Journey/d"}},
		"topGoals": {Value: 3, Objects: []string{"Journey/d", "Goal/a", "Goal/b", "Goal/c"}},
	}}
	got := Evaluate(model, in).Criteria[0]
	want := []string{"Journey/a", "Journey/b", "Journey/c", "Journey/d", "Goal/a"}
	if diff := cmp.Diff(want, got.Objects); diff != "" || got.ObjectsLeftOut != 2 {
		t.Errorf("left out %d, objects (-want +got):\n%s", got.ObjectsLeftOut, diff)
	}
	in.Facts["topGoals"] = Fact{Value: 0, Objects: []string{"Goal/a"}}
	if diff := cmp.Diff([]string{"Goal/a"}, Evaluate(model, in).Criteria[0].Objects); diff != "" {
		t.Errorf("false by one side (-want +got):\n%s", diff)
	}
}

func TestMissingFactsAreThoseThatDecide(t *testing.T) {
	model := compiled(t, oneRule("f.journeys > 0 && (f.topGoals > 0 || f.leafGoals > 0)"), "standard")
	for _, tt := range []struct {
		facts map[string]Fact
		want  []string
	}{
		{map[string]Fact{}, []string{"journeys", "topGoals", "leafGoals"}},
		{map[string]Fact{"journeys": fact(1)}, []string{"topGoals", "leafGoals"}},
		{map[string]Fact{"journeys": fact(1), "topGoals": fact(0)}, []string{"leafGoals"}},
		{map[string]Fact{"journeys": fact(0)}, nil},
		{map[string]Fact{"journeys": fact(1), "topGoals": fact(1)}, nil},
	} {
		if diff := cmp.Diff(tt.want, Evaluate(model, Input{Facts: tt.facts}).Criteria[0].MissingFacts); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.facts, diff)
		}
	}
}

func TestAnswersAreExplained(t *testing.T) {
	model := compiled(t, asking(oneRule("f.standardExists"), ModeAttested), "standard")
	tests := []struct {
		name    string
		verdict Verdict
		reason  string
		en, do  string
	}{
		{"nobody was asked", Verdict{}, ReasonNotAttested, "Q1 “Is it so?”: nobody was asked", "Run the assessment and ask Q1 “Is it so?”"},
		{"enough say yes", Verdict{Result: True, Reached: 9, Answers: 10}, ReasonAttestedTrue,
			"Q1 “Is it so?”: 9 of 10 answers reach \"Yes\", needs 60 %", ""},
		{"a secret vote", Verdict{Result: True}, ReasonAttestedTrue, "Q1 “Is it so?”: yes", ""},
		{"too few say yes", Verdict{Result: False, Reached: 1, Answers: 10}, ReasonAttestedFalse,
			"Q1 “Is it so?”: 1 of 10 answers reach \"Yes\", needs 60 %", "Change what people see, then ask again Q1 “Is it so?”"},
		{"too few answers", Verdict{Result: Unknown, Reason: ReasonTooFewAnswers, Reached: 2, Answers: 3}, ReasonTooFewAnswers,
			"Q1 “Is it so?”: too few answers to tell; 2 of 3 answers reach \"Yes\", needs 60 %", "Get more answers to Q1 “Is it so?”"},
		{"old answers", Verdict{Result: Unknown, Reason: ReasonAttestationExpired}, ReasonAttestationExpired,
			"Q1 “Is it so?”: the answers are too old", "Repeat the assessment and ask Q1 “Is it so?”"},
		{"one level says no", Verdict{Result: False, Reason: ReasonLevelBelowMinimum, Level: "Staff"}, ReasonLevelBelowMinimum,
			"Q1 “Is it so?”: one organisational level falls short (Staff)", "Change what people see, then ask again Q1 “Is it so?”"},
		{"one level says no and must not be named", Verdict{Result: False, Reason: ReasonLevelBelowMinimum}, ReasonLevelBelowMinimum,
			"Q1 “Is it so?”: one organisational level falls short", "Change what people see, then ask again Q1 “Is it so?”"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := Input{Verdicts: map[Asked]Verdict{{"Q1", 1}: tt.verdict}}
			result := Evaluate(model, in)
			got, do := result.Criteria[0], ""
			if len(result.NextSteps) > 0 {
				do = result.NextSteps[0].Do.EN
			}
			if diff := cmp.Diff([]string{tt.reason, tt.en, tt.do}, []string{got.Reason, got.Message.EN, do}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnExemptionCountsAsTrueUntilTheInstantItEnds(t *testing.T) {
	model := compiled(t, asking(oneRule("f.journeys > 0"), ModeBoth), "standard")
	exempt := map[string]Exemption{"only": {Reason: "merger under way", ApprovedBy: "board", Until: noon}}
	in := Input{Facts: map[string]Fact{"journeys": fact(0)}, Exemptions: exempt, Now: noon.Add(-time.Nanosecond)}
	before := Evaluate(model, in)
	in.Now = noon
	after := Evaluate(model, in)
	if got := before.Criteria[0]; before.Stage != 2 || got.Result != Exempt || got.Reason != ReasonExempted || before.Counts.Exempt != 1 ||
		got.Observed != "" || got.Grade != "" || got.Message.EN != "exempt until 2027-03-01 12:00 UTC, approved by board: merger under way" {
		t.Errorf("before the end: stage %d, %+v", before.Stage, got)
	}
	if got := after.Criteria[0]; after.Stage != 1 || got.Result != False || after.Counts.Exempt != 0 {
		t.Errorf("at the end: stage %d, %+v", after.Stage, got)
	}
}

func TestCheckFactsNamesWhatEvaluateWouldIgnore(t *testing.T) {
	fine := map[string]Fact{"journeys": fact(3), "cxLeadShare": fact(1), "standardExists": fact(true), "topGoals": {}}
	if err := CheckFacts(fine); err != nil {
		t.Errorf("refused: %v", err)
	}
	err := CheckFacts(map[string]Fact{"journeys": fact(2.5), "smiles": fact(1), "standardExists": fact("yes")})
	want := "facts: journeys is 2.5 (float64), not a count; smiles is not declared in Facts; standardExists is yes (string), not a bool"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestAStandardWithoutStagesIsJudgedCriterionByCriterion(t *testing.T) {
	f := &Framework{Name: "list", Competencies: []string{"culture"}, Profiles: []string{"standard"}, Criteria: []Criterion{
		{ID: "first", Competency: "culture", Required: true, Mode: ModeObserved, Rule: "f.standardExists", Text: Text{EN: "First"}},
		{ID: "second", Competency: "culture", Mode: ModeObserved, Rule: "f.journeys > 0", Text: Text{EN: "Second"}},
	}}
	result := Evaluate(compiled(t, f, "standard"), Input{Facts: map[string]Fact{"standardExists": fact(true)}})
	if result.Stage != 0 || result.StageName != (Text{}) || len(result.Competencies) != 0 || len(result.NextSteps) != 0 {
		t.Errorf("a standard has a stage: %+v", result)
	}
	if diff := cmp.Diff(Counts{True: 1, Unknown: 1}, result.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestLongTextsAreClippedByCharacters(t *testing.T) {
	f := oneRule("f.journeys > 0")
	long := Text{EN: strings.Repeat("x", 900), RU: strings.Repeat("ж", 900)}
	got := Evaluate(compiled(t, f, "standard"), Input{Facts: map[string]Fact{"journeys": {Note: long}}}).Criteria[0].Message
	if n := len([]rune(got.RU)); n != MaxMessage || !strings.HasSuffix(got.RU, "ж…") || len([]rune(got.EN)) != MaxMessage {
		t.Errorf("%d characters: %s", n, got.RU)
	}
}

func TestAModelIsSafeForConcurrentUse(t *testing.T) {
	model := sixStages(t, "standard")
	in := Input{Facts: factsTo(model, 3), Verdicts: verdicts(model, True), Now: noon}
	want := Evaluate(model, in)
	var group sync.WaitGroup
	results := make([]Result, 8)
	for i := range results {
		group.Go(func() { results[i] = Evaluate(model, in) })
	}
	group.Wait()
	for i, got := range results {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("run %d differs (-want +got):\n%s", i, diff)
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	model := sixStages(b, "standard")
	for name, in := range map[string]Input{
		"stage 2": {Facts: factsTo(model, 2), Now: noon},
		"stage 6": {Facts: factsTo(model, 6), Verdicts: verdicts(model, True), Now: noon},
		"no data": {Now: noon},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Evaluate(model, in)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	framework, err := Builtin(SixStages)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		compiled(b, framework, "standard")
	}
}
