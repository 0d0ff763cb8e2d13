// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawFacts starts from a good or an empty program and changes a few facts, so that all stages occur.
func drawFacts(t *rapid.T) map[string]Fact {
	facts, full := map[string]Fact{}, rapid.IntRange(0, 3).Draw(t, "full") > 0
	for _, def := range Facts {
		facts[def.Name] = bad(def)
		if full {
			facts[def.Name] = good(def)
		}
	}
	for _, def := range rapid.SliceOfN(rapid.SampledFrom(Facts), 0, 8).Draw(t, "changed") {
		facts[def.Name] = rapid.SampledFrom([]Fact{bad(def), {}, good(def)}).Draw(t, def.Name)
	}
	return facts
}

func drawVerdicts(t *rapid.T, model *Model) map[Asked]Verdict {
	drawn := verdicts(model, rapid.SampledFrom([]Outcome{True, True, Unknown}).Draw(t, "answers"))
	for _, asked := range rapid.SliceOfN(rapid.SampledFrom(model.Framework().Asked()), 0, 3).Draw(t, "asked otherwise") {
		drawn[asked] = Verdict{Result: rapid.SampledFrom([]Outcome{True, False, Unknown}).Draw(t, asked.Question)}
	}
	return drawn
}

func drawExemptions(t *rapid.T, model *Model) map[string]Exemption {
	drawn := map[string]Exemption{}
	for _, doc := range rapid.SliceOfN(rapid.SampledFrom(Describe(model)), 0, 3).Draw(t, "exempt") {
		drawn[doc.ID] = Exemption{Until: noon.Add(time.Hour)}
	}
	return drawn
}

func drawInput(t *rapid.T, model *Model) Input {
	return Input{Facts: drawFacts(t), Verdicts: drawVerdicts(t, model), Exemptions: drawExemptions(t, model), Now: noon}
}

// ladderStage is the second definition of the stage, written without climb: the highest s whose stages up to s hold.
func ladderStage(result Result, top int) int {
	for s := top; s > 1; s-- {
		holds := true
		for _, c := range result.Criteria {
			holds = holds && (c.Stage > s || !c.Required || c.Result == True || c.Result == Exempt || c.Result == NotApplicable)
		}
		if holds {
			return s
		}
	}
	return 1
}

func TestTheStageIsTheLadderAndTheWeakestLink(t *testing.T) {
	models := []*Model{sixStages(t, "standard"), sixStages(t, "small")}
	seen := map[int]bool{}
	rapid.Check(t, func(t *rapid.T) {
		model := rapid.SampledFrom(models).Draw(t, "model")
		result := Evaluate(model, drawInput(t, model))
		lowest := 6
		for _, competency := range result.Competencies {
			lowest = min(lowest, competency.Level)
		}
		if ladder := ladderStage(result, 6); result.Stage != ladder || result.Stage != lowest {
			t.Fatalf("stage %d, ladder %d, lowest competency %d", result.Stage, ladder, lowest)
		}
		seen[result.Stage] = true
	})
	if len(seen) < 4 {
		t.Errorf("the property saw only stages %v", seen)
	}
}

// checkShape holds for every result whatsoever.
func checkShape(t *rapid.T, model *Model, in Input) {
	result := Evaluate(model, in)
	if result.Stage > result.ObservedStage || (result.AttestedStage > 0 && result.Stage > result.AttestedStage) {
		t.Fatalf("stage %d is above observed %d or attested %d", result.Stage, result.ObservedStage, result.AttestedStage)
	}
	if len(result.NextSteps) > MaxNextSteps {
		t.Fatalf("%d steps", len(result.NextSteps))
	}
	failing := result.Progress.Required - result.Progress.Met
	if failing != len(result.NextSteps)+result.NextStepsLeftOut || result.Stage < 6 && failing == 0 {
		t.Fatalf("stage %d: %d criteria fail, %d steps and %d left out", result.Stage, failing, len(result.NextSteps), result.NextStepsLeftOut)
	}
	total := result.Counts
	if sum := total.True + total.False + total.Unknown + total.Exempt + total.NotApplicable; sum != len(result.Criteria) {
		t.Fatalf("counts %+v do not add up to %d", total, len(result.Criteria))
	}
	for _, c := range result.Criteria {
		if c.Reason == "" || c.Message.EN == "" || c.Message.RU == "" || c.Result == True && c.Grade == "" {
			t.Fatalf("%+v", c)
		}
	}
	for _, step := range result.NextSteps {
		if step.Do.EN == "" || step.Do.RU == "" || len(step.Fields)+len(step.Questions) == 0 {
			t.Fatalf("%+v", step)
		}
	}
}

func TestEveryResultIsWholeAndConsistent(t *testing.T) {
	model := sixStages(t, "standard")
	rapid.Check(t, func(t *rapid.T) { checkShape(t, model, drawInput(t, model)) })
}

func TestEqualInputsGiveEqualResults(t *testing.T) {
	model := sixStages(t, "standard")
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, model)
		again := Input{Facts: map[string]Fact{}, Verdicts: map[Asked]Verdict{}, Exemptions: in.Exemptions, Now: in.Now}
		for _, name := range sortedKeys(in.Facts) {
			again.Facts[name] = in.Facts[name]
		}
		for _, asked := range model.Framework().Asked() {
			again.Verdicts[asked] = in.Verdicts[asked]
		}
		if diff := cmp.Diff(Evaluate(model, in), Evaluate(model, again)); diff != "" {
			t.Fatalf("(-first +second):\n%s", diff)
		}
	})
}

// More of a good thing never costs a stage. It holds because every built-in rule only rises with its facts.
func TestABetterFactNeverLowersTheStage(t *testing.T) {
	model := sixStages(t, "standard")
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, model)
		before := Evaluate(model, in)
		def := rapid.SampledFrom(Facts).Draw(t, "better")
		in.Facts[def.Name] = good(def)
		after := Evaluate(model, in)
		if after.Stage < before.Stage || after.ObservedStage < before.ObservedStage {
			t.Fatalf("a good %s lowers the stage from %d to %d", def.Name, before.Stage, after.Stage)
		}
	})
}

// A program gains nothing by hiding a figure.
func TestLosingDataNeverRaisesTheStage(t *testing.T) {
	model := sixStages(t, "standard")
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, model)
		before := Evaluate(model, in)
		lost := rapid.SampledFrom(Facts).Draw(t, "lost").Name
		delete(in.Facts, lost)
		delete(in.Verdicts, rapid.SampledFrom(model.Framework().Asked()).Draw(t, "unasked"))
		if after := Evaluate(model, in); after.Stage > before.Stage || after.ObservedStage > before.ObservedStage {
			t.Fatalf("without %s the stage is %d, with it %d", lost, after.Stage, before.Stage)
		}
	})
}

func TestWeakestIsTheLowestThenTheOneWithTheSmallestShare(t *testing.T) {
	model := sixStages(t, "standard")
	facts := factsTo(model, 3)
	result := Evaluate(model, Input{Facts: facts, Verdicts: verdicts(model, True), Now: noon})
	if result.Stage != 3 || result.Weakest != "strategy" {
		t.Errorf("stage %d, weakest %s; culture meets half of stage 4, the others nothing, strategy comes first", result.Stage, result.Weakest)
	}
	facts["steeringFunctions"], facts["reviewsHeldOnTimeRatio"] = fact(3), fact(1)
	if result = Evaluate(model, Input{Facts: facts, Verdicts: verdicts(model, True), Now: noon}); result.Weakest != "metrics" {
		t.Errorf("weakest %s, though strategy has reached stage 4", result.Weakest)
	}
}
