// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"slices"
	"testing"
	"time"
)

var noon = time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC)

// oneRule is the smallest ladder: two stages, one competency, one observed criterion.
func oneRule(rule string) *Framework {
	return &Framework{
		Name: "tiny", Competencies: []string{"culture"}, Profiles: []string{"standard"},
		Evaluation: Evaluation{Attestation: Attestation{AtLeast: 1, Share: 0.6}},
		Stages: []Stage{
			{Number: 1, Name: "Floor", RU: "Пол", Advance: Advance{EN: []string{"Begin"}, RU: []string{"Начните"}}},
			{Number: 2, Name: "Top", RU: "Верх", Criteria: []Criterion{
				{ID: "only", Competency: "culture", Required: true, Mode: ModeObserved, Rule: rule, Text: Text{EN: "The only one", RU: "Единственный"}},
			}},
		},
	}
}

// asking adds a question to the only criterion; mode is ModeAttested or ModeBoth.
func asking(f *Framework, mode Mode) *Framework {
	f.Scales = map[string][]ScaleStep{"yesno": {
		{Value: 0, Text: Text{EN: "No", RU: "Нет"}}, {Value: 1, Text: Text{EN: "Yes", RU: "Да"}},
	}}
	f.Questions = map[string]Question{"Q1": {Scale: "yesno", DontKnow: "zero", Text: Text{EN: "Is it so?", RU: "Это так?"}}}
	c := &f.Stages[1].Criteria[0]
	c.Mode, c.Questions = mode, []string{"Q1"}
	if mode == ModeAttested {
		c.Rule = ""
	}
	return f
}

func compiled(t testing.TB, f *Framework, profile string) *Model {
	t.Helper()
	model, err := Compile(f, profile)
	if err != nil {
		t.Fatalf("Compile: %v", err)
	}
	return model
}

func sixStages(t testing.TB, profile string) *Model {
	t.Helper()
	framework, err := Builtin(SixStages)
	if err != nil {
		t.Fatalf("Builtin: %v", err)
	}
	return compiled(t, framework, profile)
}

// lessIsBetter lists the facts that a company wants small.
var lessIsBetter = map[string]bool{"publishLagDaysP90": true, "conflictingMetricDefinitions": true, "standardReviewedDaysAgo": true}

// good and bad are values that satisfy, or fail, every criterion of six-stages that reads the fact.
func good(def FactDef) Fact {
	return Fact{Value: graded(def, !lessIsBetter[def.Name]), Grade: GradeSystem}
}
func bad(def FactDef) Fact {
	return Fact{Value: graded(def, lessIsBetter[def.Name]), Grade: GradeSystem}
}

func graded(def FactDef, high bool) any {
	switch {
	case def.Type == TypeBool:
		return high
	case !high:
		return 0
	case def.Unit == UnitRatio:
		return 1.0
	default:
		return 1000
	}
}

// factsTo gives facts that satisfy every rule of stages up to stage, and fail the facts that only later stages read.
func factsTo(model *Model, stage int) map[string]Fact {
	needed := map[string]bool{}
	for _, doc := range Describe(model) {
		if doc.Stage <= stage {
			for _, fact := range doc.Facts {
				needed[fact] = true
			}
		}
	}
	facts := map[string]Fact{}
	for _, def := range Facts {
		facts[def.Name] = bad(def)
		if needed[def.Name] {
			facts[def.Name] = good(def)
		}
	}
	return facts
}

// verdicts gives every question the same verdict.
func verdicts(model *Model, result Outcome) map[Asked]Verdict {
	all := map[Asked]Verdict{}
	for _, asked := range model.Framework().Asked() {
		all[asked] = Verdict{Result: result}
	}
	return all
}

func criterion(t testing.TB, result Result, id string) CriterionResult {
	t.Helper()
	i := slices.IndexFunc(result.Criteria, func(c CriterionResult) bool { return c.ID == id })
	if i < 0 {
		t.Fatalf("no criterion %s in the result", id)
	}
	return result.Criteria[i]
}

func fact(value any) Fact { return Fact{Value: value, Grade: GradeSystem} }
