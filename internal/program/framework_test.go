// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

func en(text string) cxv1.FrameworkText { return cxv1.FrameworkText{EN: text} }

func enRU(en, ru string) cxv1.FrameworkText { return cxv1.FrameworkText{EN: en, RU: ru} }

// checklist makes a standard: criteria without stages.
func checklist(name string, rules ...string) *cxv1.Framework {
	return build.Framework(name, func(f *cxv1.Framework) {
		f.Spec.Stages = nil
		for i, rule := range rules {
			f.Spec.Criteria = append(f.Spec.Criteria, cxv1.FrameworkCriterion{
				ID: fmt.Sprintf("item-%d", i), Competency: "culture", Rule: rule, FrameworkText: en("An item")})
		}
	})
}

// costly is a rule that may cost a little more than cost, at least 100,000.
func costly(cost int) string {
	n := 1
	for 5*n*n < cost {
		n++
	}
	list := "[" + strings.TrimSuffix(strings.Repeat("1,", n), ",") + "]"
	return list + ".all(x, " + list + ".all(y, f.journeys >= 0))"
}

func TestAFrameworkOfTheNamespaceReplacesTheBuiltInOne(t *testing.T) {
	builtin, err := maturity.Builtin(maturity.SixStages)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := program.FrameworkOf(program.New("retail"), maturity.SixStages); got != builtin || err != nil {
		t.Errorf("without an own one: %v, %v", got, err)
	}
	own := program.New("retail", build.Framework(maturity.SixStages), build.Framework("ours"))
	for _, name := range []string{maturity.SixStages, "ours"} {
		got, err := program.FrameworkOf(own, name)
		if err != nil || got.Name != name || len(got.Stages) != 2 {
			t.Errorf("%s: %+v, %v, want the namespace's own of two stages", name, got, err)
		}
	}
	_, err = program.FrameworkOf(own, "theirs")
	if !errors.Is(err, program.ErrNoFramework) || !strings.Contains(err.Error(), `"theirs" is neither`) {
		t.Errorf("a name of nothing: %v", err)
	}
}

// everyField uses every field.
func everyField() *cxv1.Framework {
	f := build.Framework("ours")
	f.Spec = cxv1.FrameworkSpec{
		Competencies: []string{"culture", "change"}, Profiles: []string{"big", "little"},
		Evaluation: cxv1.FrameworkEvaluation{DemotionGrace: "7d", Attestation: cxv1.AttestationRule{
			AtLeast: new(int32(1)), SharePercent: new(int32(55)), LowerBoundPercent: new(int32(0)), MinLevelSharePercent: new(int32(33)), ValidFor: "36h"}},
		Scales: []cxv1.FrameworkScale{{Name: "yesno", Steps: []cxv1.FrameworkScaleStep{
			{Value: 1, FrameworkText: en("Yes")}, {Value: 0, FrameworkText: enRU("No", "Нет")}}}},
		Questions: []cxv1.FrameworkQuestion{{ID: "Q1", Scale: "yesno", DontKnow: cxv1.DontKnowZero, FrameworkText: enRU("Is it so?", "Это так?")}},
		Stages: []cxv1.FrameworkStage{
			{Number: 2, Name: "Top", RU: "Верх", Criteria: []cxv1.FrameworkCriterion{
				{ID: "deeds", Competency: "culture", Weight: cxv1.CriterionRequired, Mode: cxv1.ModeBoth, Seed: "§ 4.2", Questions: []string{"Q1"},
					Rule: "f.cxLeadShare >= p.share && f.journeys >= p.n", AtLeast: new(int32(1)), FrameworkText: enRU("Deeds", "Дела"),
					Parameters: []cxv1.CriterionParameter{{Profile: "big", Name: "share", Value: "0.8"}, {Profile: "big", Name: "n", Value: "3"},
						{Profile: "little", Name: "share", Value: "0.2"}, {Profile: "little", Name: "n", Value: "-1"}}},
				{ID: "words", Competency: "change", Mode: cxv1.ModeAttested, Questions: []string{"Q1"}, FrameworkText: en("Words")},
				{ID: "perhaps", Competency: "change", Weight: cxv1.CriterionAdvisory, Rule: "f.standardExists", AppliesTo: []string{"big"}, FrameworkText: en("Perhaps")},
			}},
			{Number: 1, Name: "Floor", Advance: []cxv1.FrameworkText{enRU("Begin", "Начните"), en("Go on")},
				Indicators: []cxv1.FrameworkIndicator{{ID: "sign", Rule: "f.journeys == 0", ClearedBy: []string{"deeds"}, Seed: "§ 1", FrameworkText: enRU("A sign", "Признак")}}},
		},
	}
	return f
}

func TestWhatPeopleWriteIsWhatRulesAreCompiledFrom(t *testing.T) {
	got, err := program.FrameworkOf(program.New("retail", everyField()), "ours")
	if err != nil {
		t.Fatal(err)
	}
	want := &maturity.Framework{
		Name: "ours", Competencies: []string{"culture", "change"}, Profiles: []string{"big", "little"},
		Evaluation: maturity.Evaluation{DemotionGrace: maturity.Duration(7 * day), Attestation: maturity.Attestation{
			AtLeast: 1, Share: 0.55, LowerBound: 0, MinLevelShare: 0.33, ValidFor: maturity.Duration(36 * time.Hour)}},
		Scales:    map[string][]maturity.ScaleStep{"yesno": {{Value: 0, Text: maturity.Text{EN: "No", RU: "Нет"}}, {Value: 1, Text: maturity.Text{EN: "Yes"}}}},
		Questions: map[string]maturity.Question{"Q1": {Scale: "yesno", DontKnow: "zero", Text: maturity.Text{EN: "Is it so?", RU: "Это так?"}}},
		Stages: []maturity.Stage{
			{Number: 1, Name: "Floor", Advance: maturity.Advance{EN: []string{"Begin", "Go on"}, RU: []string{"Начните", "Go on"}},
				Indicators: []maturity.Indicator{{ID: "sign", Seed: "§ 1", Text: maturity.Text{EN: "A sign", RU: "Признак"}, Rule: "f.journeys == 0", ClearedBy: []string{"deeds"}}}},
			{Number: 2, Name: "Top", RU: "Верх", Criteria: []maturity.Criterion{
				{ID: "deeds", Competency: "culture", Required: true, Seed: "§ 4.2", Mode: maturity.ModeBoth, Questions: []string{"Q1"}, AtLeast: 1,
					Text: maturity.Text{EN: "Deeds", RU: "Дела"}, Rule: "f.cxLeadShare >= p.share && f.journeys >= p.n",
					Params: map[string]map[string]float64{"big": {"share": 0.8, "n": 3}, "little": {"share": 0.2, "n": -1}}},
				{ID: "words", Competency: "change", Required: true, Mode: maturity.ModeAttested, Questions: []string{"Q1"}, Text: maturity.Text{EN: "Words"}},
				{ID: "perhaps", Competency: "change", Mode: maturity.ModeObserved, Rule: "f.standardExists", AppliesTo: []string{"big"}, Text: maturity.Text{EN: "Perhaps"}},
			}},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(maturity.Framework{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := maturity.CompileAll(got); err != nil {
		t.Errorf("it does not compile: %v", err)
	}
}

// A file that is read without schemas has no defaults filled in.
func TestWhatIsNotWrittenHasTheDefaultsOfTheSchema(t *testing.T) {
	got, err := program.FrameworkOf(program.New("retail", build.Framework("ours")), "ours")
	if err != nil {
		t.Fatal(err)
	}
	want := maturity.Evaluation{DemotionGrace: maturity.Duration(14 * day), Attestation: maturity.Attestation{
		AtLeast: 2, Share: 0.6, LowerBound: 0.5, MinLevelShare: 0.4, ValidFor: maturity.Duration(180 * day)}}
	criterion := got.Stages[1].Criteria[0]
	if diff := cmp.Diff(want, got.Evaluation); diff != "" || criterion.Mode != maturity.ModeObserved || !criterion.Required ||
		cmp.Diff([]string{"standard"}, got.Profiles) != "" {
		t.Errorf("criterion %+v, profiles %v, evaluation (-want +got):\n%s", criterion, got.Profiles, diff)
	}
}

func TestAFrameworkIsJudged(t *testing.T) {
	rule := func(rule string) func(*cxv1.Framework) {
		return func(f *cxv1.Framework) { f.Spec.Stages[1].Criteria[0].Rule = rule }
	}
	for name, tc := range map[string]struct {
		change func(*cxv1.Framework)
		want   []cxv1.FrameworkProblem
	}{
		"as it should be": {func(*cxv1.Framework) {}, nil},
		"a fact that there is not": {rule("f.journey >= 1"), []cxv1.FrameworkProblem{{ID: "has-journey",
			Message: "the rule reads f.journey, which is no fact (did you mean f.journeys?); use one of the declared facts"}}},
		"a rule that is too costly": {rule(costly(1_000_000)), []cxv1.FrameworkProblem{{ID: "has-journey",
			Message: "the rule may cost 1009803, more than 1000000; use fewer or shorter lists"}}},
		"a parameter that one profile lacks": {func(f *cxv1.Framework) {
			f.Spec.Profiles = []string{"big", "little"}
			f.Spec.Stages[1].Criteria[0].Rule = "f.journeys >= p.n"
			f.Spec.Stages[1].Criteria[0].Parameters = []cxv1.CriterionParameter{{Profile: "big", Name: "n", Value: "3"}}
		}, []cxv1.FrameworkProblem{{ID: "has-journey", Message: "the parameter n has no value for the profile little; add one"}}},
		"a parameter that is too large": {func(f *cxv1.Framework) {
			f.Spec.Stages[1].Criteria[0].Parameters = []cxv1.CriterionParameter{{Profile: "standard", Name: "n", Value: "1234567890123"}}
		}, []cxv1.FrameworkProblem{{ID: "has-journey",
			Message: "the parameter n has the value 1234567890123 in the profile standard; write at most 12 digits, and 6 after the point"}}},
		"a stage that asks nothing of a competency": {func(f *cxv1.Framework) { f.Spec.Competencies = append(f.Spec.Competencies, "change") },
			[]cxv1.FrameworkProblem{{Message: "stage 2 has no required criterion for change in the profile standard; add one"}}},
	} {
		t.Run(name, func(t *testing.T) {
			f := build.Framework("ours", tc.change)
			problems := program.JudgeFramework(f)
			if diff := cmp.Diff(tc.want, f.Status.Problems); diff != "" || len(problems) != len(tc.want) {
				t.Errorf("%d problems (-want +got):\n%s", len(problems), diff)
			}
			if *f.Status.Stages != 2 || *f.Status.Criteria != 1 || *f.Status.Questions != 0 || (f.Status.Cost == nil) != (tc.want != nil) {
				t.Errorf("status %+v", f.Status)
			}
		})
	}
}

func TestOfManyProblemsTwentyAreShownAndACorrectionTakesThemAway(t *testing.T) {
	rules := make([]string, 25)
	for i := range rules {
		rules[i] = "f.nothing"
	}
	f := checklist("ours", rules...)
	program.JudgeFramework(f)
	if len(f.Status.Problems) != 20 || f.Status.ProblemsMore != 5 || f.Status.Cost != nil {
		t.Errorf("%d problems, %d more, cost %v", len(f.Status.Problems), f.Status.ProblemsMore, f.Status.Cost)
	}
	for i := range f.Spec.Criteria {
		f.Spec.Criteria[i].Rule = "f.standardExists"
	}
	program.JudgeFramework(f)
	if len(f.Status.Problems) != 0 || f.Status.ProblemsMore != 0 || *f.Status.Cost == 0 {
		t.Errorf("after the correction %+v", f.Status)
	}
	if got, want := program.FrameworkMessage(f), "A standard without stages: 25 criteria, 0 questions; its rules cost at most 25."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// evaluated is a sound program that is judged by the given frameworks, named in that order.
func evaluated(frameworks ...*cxv1.Framework) (*program.Snapshot, []program.Finding) {
	s := program.New("retail", sound()...)
	for _, f := range frameworks {
		s.Add(f)
		s.Program.Spec.Frameworks = append(s.Program.Spec.Frameworks, cxv1.FrameworkUse{Name: f.Name})
	}
	e := program.Evaluate(s, known, now)
	return e.Snapshot, e.Findings
}

func expectCondition(t *testing.T, obj program.Object, kind, want, says string) {
	t.Helper()
	for _, c := range obj.CommonStatus().Conditions {
		if c.Type == kind {
			if got := string(c.Status) + "/" + c.Reason; got != want || !strings.Contains(c.Message, says) {
				t.Errorf("%s: %s is %s: %q, want %s with %q", program.Key(obj), kind, got, c.Message, want, says)
			}
			return
		}
	}
	t.Errorf("%s has no %s", program.Key(obj), kind)
}

func TestAFolderIsJudgedByItsOwnFramework(t *testing.T) {
	s, findings := evaluated(build.Framework("six-stages"))
	if stage := s.Program.Status; *stage.Stage != 2 || stage.StageName != "2 Journeys" || len(findings) != 0 {
		t.Errorf("stage %d %q, findings %v: want the top of the own ladder", *stage.Stage, stage.StageName, findings)
	}
	expectCondition(t, s.Frameworks[0], cxv1.ConditionReady, "True/Ready", "")
	if s.Frameworks[0].Status.Cost == nil {
		t.Error("the framework was not judged")
	}
}

func TestABrokenFrameworkIsNamedOnceAndDecidesNothing(t *testing.T) {
	broken := build.Framework("ours", func(f *cxv1.Framework) { f.Spec.Stages[1].Criteria[0].Rule = "f.nothing > 0" })
	s, findings := evaluated(broken)
	want := []program.Finding{{
		Object: "Framework/ours", Rule: program.RuleFrameworkInvalid, Field: "spec.stages.criteria.id", Value: "has-journey", Reason: cxv1.ReasonInvalidFramework,
		Severity: program.SeverityError, Message: "has-journey: the rule reads f.nothing, which is no fact; use one of the declared facts",
	}}
	if diff := cmp.Diff(want, findings); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	expectCondition(t, s.Frameworks[0], cxv1.ConditionReady, "False/InvalidFramework", "has-journey")
	expectCondition(t, s.Scorecard("ours"), cxv1.ConditionReady, "False/FrameworkNotReady", "has-journey: the rule reads f.nothing")
	expectCondition(t, s.Program, cxv1.ConditionMaturityAssessed, "False/FrameworkNotReady", "has-journey")
	expectCondition(t, s.Program, cxv1.ConditionReady, "False/FrameworkNotReady", "has-journey")
	if s.Program.Status.Stage != nil {
		t.Errorf("stage %d out of nothing", *s.Program.Status.Stage)
	}
}

func TestAStandardDecidesNoStage(t *testing.T) {
	s, findings := evaluated(checklist("items", "f.journeys >= 1", "f.journeys >= 9", "f.sponsorAccepted"))
	card := s.Scorecard("items")
	if got := card.Status; got.Stage != nil || got.StageName != "" || got.ObservedStage != nil || got.Progress != "1/3" || len(got.Criteria) != 3 ||
		got.Competencies != nil || got.Since != nil {
		t.Errorf("scorecard %+v", got)
	}
	expectCondition(t, card, cxv1.ConditionReady, "True/Ready", "1 of 3 required criteria are met.")
	expectCondition(t, s.Program, cxv1.ConditionReady, "True/Ready", "")
	expectCondition(t, s.Program, cxv1.ConditionMaturityAssessed, "False/NoStages", `"items" is a standard`)
	if s.Program.Status.Stage != nil || len(findings) != 1 || findings[0].Reason != cxv1.ReasonNoStages || findings[0].Severity != program.SeverityWarning {
		t.Errorf("stage %v, findings %v", s.Program.Status.Stage, findings)
	}
	s, findings = evaluated(build.Framework("ours"), checklist("items", "f.journeys >= 1"))
	if *s.Program.Status.Stage != 2 || s.Scorecard("items").Status.Progress != "1/1" || len(findings) != 0 {
		t.Errorf("behind a ladder: stage %v, %v", s.Program.Status.Stage, findings)
	}
}

// What the Program said while another framework decided is not the answer of one that has no stages.
func TestAStandardTakesAwayTheStageOfTheLadderBeforeIt(t *testing.T) {
	card := &cxv1.Scorecard{Spec: cxv1.ScorecardSpec{Framework: "items"}}
	card.Status.Conditions = []metav1.Condition{{Type: cxv1.ConditionReady, Status: metav1.ConditionTrue, Message: "1 of 3."}}
	status := &cxv1.ProgramStatus{Stage: new(int32(3)), StageName: "3 Mobilize", Progress: "1/9", NextSteps: []cxv1.NextStep{{Criterion: "x"}}}
	if c := program.CopyStage(card, status); c.Reason != cxv1.ReasonNoStages || !strings.Contains(c.Message, "1 of 3.") {
		t.Errorf("condition %+v", c)
	}
	if diff := cmp.Diff(&cxv1.ProgramStatus{}, status); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAllFrameworksOfAProgramShareOneBudget(t *testing.T) {
	heavy := func(name string, rules int) *cxv1.Framework {
		list := make([]string, rules)
		for i := range list {
			list[i] = costly(900_000)
		}
		return checklist(name, list...)
	}
	s, findings := evaluated(heavy("first", 6), heavy("second", 6), heavy("third", 4))
	expectCondition(t, s.Scorecard("first"), cxv1.ConditionReady, "True/Ready", "")
	expectCondition(t, s.Scorecard("second"), cxv1.ConditionReady, "False/FrameworkNotReady", "together more than the 10000000 that a program has")
	expectCondition(t, s.Scorecard("third"), cxv1.ConditionReady, "True/Ready", "") // what is not used costs nothing
	if len(findings) != 2 || findings[1].Object != "Program/program" && findings[0].Object != "Program/program" {
		t.Errorf("findings %v, want the standard in front and the budget", findings)
	}
}
