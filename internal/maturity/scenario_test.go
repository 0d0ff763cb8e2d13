// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// empty is what a namespace without resources gives: counts are zero, flags are off, ratios have no data.
func empty() map[string]Fact {
	facts := map[string]Fact{}
	for _, def := range Facts {
		switch def.Type {
		case TypeBool:
			facts[def.Name] = fact(false)
		case TypeCount:
			facts[def.Name] = fact(0)
		default:
			facts[def.Name] = Fact{}
		}
	}
	return facts
}

// standing sums up a result: stage, observed, attested.
func standing(r Result) [3]int { return [3]int{r.Stage, r.ObservedStage, r.AttestedStage} }

func steps(r Result) []string {
	var ids []string
	for _, step := range r.NextSteps {
		ids = append(ids, step.Criterion)
	}
	return ids
}

func TestAnEmptyNamespaceIsStageOneAndItsSignsSayWhy(t *testing.T) {
	result := Evaluate(sixStages(t, "standard"), Input{Facts: empty(), Now: noon})
	if diff := cmp.Diff([3]int{1, 1, 0}, standing(result)); diff != "" {
		t.Errorf("stage, observed, attested (-want +got):\n%s", diff)
	}
	for _, sign := range result.Indicators {
		if sign.Result != True {
			t.Errorf("%s is %s: %s", sign.ID, sign.Result, sign.Message.EN)
		}
	}
	want := []string{"exp-group", "exp-goal", "exp-kpi", "exp-research", "exp-first-proof"}
	if diff := cmp.Diff(want, steps(result)); diff != "" {
		t.Errorf("next steps (-want +got):\n%s", diff)
	}
	if result.StageName.EN != "Ignore" || len(result.Advice) != 4 || result.EvidenceGap || result.NotFelt {
		t.Errorf("%s, %d lines of advice, gap %v, not felt %v", result.StageName.EN, len(result.Advice), result.EvidenceGap, result.NotFelt)
	}
	if diff := cmp.Diff(Progress{Stage: 2, Met: 0, Required: 5}, result.Progress); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}

func TestFortySurveysAreNoMerit(t *testing.T) {
	facts := empty()
	for _, name := range []string{
		"wavesClosedOnTime365d", "insideWavesClosed365d", "employeeWavesClosed365d", "researchStarted365d", "followUpRulesWorking",
	} {
		facts[name] = fact(40)
	}
	result := Evaluate(sixStages(t, "standard"), Input{Facts: facts, Now: noon})
	if result.Stage != 1 || criterion(t, result, "exp-research").Result != True {
		t.Errorf("stage %d", result.Stage)
	}
	if slices.ContainsFunc(Facts, func(def FactDef) bool { return def.Unit == "surveys" || def.Unit == "answers" }) {
		t.Error("a fact counts surveys or answers")
	}
}

func TestOneMissingCriterionOfStageTwoHoldsAPerfectProgramAtStageOne(t *testing.T) {
	model := sixStages(t, "standard")
	facts := factsTo(model, 6)
	facts["experienceGoalsOwnerAccepted"] = fact(0)
	result := Evaluate(model, Input{Facts: facts, Verdicts: verdicts(model, True), Now: noon})
	if result.Stage != 1 || result.Weakest != "strategy" {
		t.Errorf("stage %d, weakest %s", result.Stage, result.Weakest)
	}
	if diff := cmp.Diff([]string{"exp-goal"}, steps(result)); diff != "" {
		t.Errorf("next steps (-want +got):\n%s", diff)
	}
	want := []CompetencyLevel{{"culture", 6}, {"strategy", 1}, {"metrics", 6}, {"listening", 6}, {"change", 6}}
	if diff := cmp.Diff(want, result.Competencies); diff != "" {
		t.Errorf("competencies (-want +got):\n%s", diff)
	}
}

func TestEveryStageIsReachedByItsFactsAndAnswers(t *testing.T) {
	for _, profile := range []string{"standard", "small"} {
		model := sixStages(t, profile)
		for stage := 2; stage <= 6; stage++ {
			result := Evaluate(model, Input{Facts: factsTo(model, stage), Verdicts: verdicts(model, True), Now: noon})
			if diff := cmp.Diff([3]int{stage, stage, 6}, standing(result)); diff != "" {
				t.Errorf("%s: stage, observed, attested (-want +got):\n%s", profile, diff)
			}
		}
	}
}

func TestDeedsWithoutAnyAnswerStopAtStageTwoAndAskForTheAssessment(t *testing.T) {
	model := sixStages(t, "standard")
	result := Evaluate(model, Input{Facts: factsTo(model, 5), Now: noon})
	if diff := cmp.Diff([3]int{2, 5, 0}, standing(result)); diff != "" {
		t.Errorf("stage, observed, attested (-want +got):\n%s", diff)
	}
	known := criterion(t, result, "mob-known")
	if result.Counts.Unknown == 0 || known.Result != Unknown || known.Reason != ReasonNotAttested {
		t.Errorf("%d unknown; mob-known is %s %s", result.Counts.Unknown, known.Result, known.Reason)
	}
	want := []NextStep{{
		Criterion: "mob-known", Result: Unknown,
		Missing: Text{"People know who leads CX", "Люди знают, кто руководит CX"}, Now: known.Message,
		Do: Text{"Run the assessment and ask Q03 “I know who leads CX and how to get help.”",
			"Проведите оценку и задайте вопрос Q03 «Я знаю, кто отвечает за CX и как получить помощь.»"},
		Questions: []string{"Q03"},
	}}
	if diff := cmp.Diff(want, result.NextSteps); diff != "" {
		t.Errorf("next steps (-want +got):\n%s", diff)
	}
	if result.EvidenceGap || result.NotFelt {
		t.Errorf("nobody was asked, yet gap %v, not felt %v", result.EvidenceGap, result.NotFelt)
	}
}

func TestWordsWithoutDeedsAreAnEvidenceGap(t *testing.T) {
	model := sixStages(t, "standard")
	result := Evaluate(model, Input{Facts: empty(), Verdicts: verdicts(model, True), Now: noon})
	if diff := cmp.Diff([3]int{1, 1, 6}, standing(result)); diff != "" {
		t.Errorf("stage, observed, attested (-want +got):\n%s", diff)
	}
	if !result.EvidenceGap || result.NotFelt || !slices.Contains(result.EvidenceGapCriteria, "ops-redesign") {
		t.Errorf("gap %v (%v), not felt %v", result.EvidenceGap, result.EvidenceGapCriteria, result.NotFelt)
	}
}

func TestDeedsThatPeopleDenyAreNotFelt(t *testing.T) {
	model := sixStages(t, "standard")
	in := Input{Facts: factsTo(model, 6), Verdicts: verdicts(model, True), Now: noon}
	in.Verdicts[Asked{"Q09", 2}] = Verdict{Result: False, Reached: 10, Answers: 100}
	result := Evaluate(model, in)
	got := criterion(t, result, "ops-redesign")
	if result.Stage != 3 || result.ObservedStage != 6 || !result.NotFelt || result.EvidenceGap {
		t.Errorf("stage %d, observed %d, not felt %v, gap %v", result.Stage, result.ObservedStage, result.NotFelt, result.EvidenceGap)
	}
	if got.Reason != ReasonNotFelt || got.Grade != GradeAttested {
		t.Errorf("%s %s", got.Reason, got.Grade)
	}
	if diff := cmp.Diff([]string{"ops-redesign"}, result.NotFeltCriteria); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	in.Verdicts = map[Asked]Verdict{{"Q03", 2}: {Result: False}}
	if result = Evaluate(model, in); !result.NotFelt || len(result.NotFeltCriteria) != 0 {
		t.Errorf("a stage-3 no against deeds of stage 6: not felt %v", result.NotFelt)
	}
}

func TestARefutedExperimentThatWasToldIsProof(t *testing.T) {
	facts := empty()
	facts["experimentsPublished365d"], facts["experimentsRefutedPublished365d"] = fact(1), fact(1)
	result := Evaluate(sixStages(t, "standard"), Input{Facts: facts, Now: noon})
	got := criterion(t, result, "exp-first-proof")
	if got.Result != True || got.Message.EN != "experiments finished and told in a year (experimentsPublished365d): 1, needs at least 1" {
		t.Errorf("%s: %s", got.Result, got.Message.EN)
	}
}

func TestASponsorNamedButNotAcceptedCountsForNothing(t *testing.T) {
	model := sixStages(t, "standard")
	facts := factsTo(model, 2)
	facts["sponsorAccepted"], facts["experimentsPublished365d"] = Fact{Value: false, Objects: []string{"Owner/director"}}, fact(0)
	result := Evaluate(model, Input{Facts: facts, Now: noon})
	got := criterion(t, result, "exp-first-proof")
	if result.Stage != 1 || got.Result != False || !slices.Equal(got.Objects, []string{"Owner/director"}) {
		t.Errorf("stage %d, %s, %v", result.Stage, got.Result, got.Objects)
	}
	want := "Win a manager, name them in Program spec.sponsor and let them accept, or finish a small Initiative of spec.type Experiment"
	if len(result.NextSteps) != 1 || !strings.HasPrefix(result.NextSteps[0].Do.EN, want) {
		t.Errorf("steps %+v", result.NextSteps)
	}
	if diff := cmp.Diff([]string{"Program.spec.sponsor", "Initiative.spec.publications"}, result.NextSteps[0].Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestWhenTheLeadLeavesTheStageFallsToTwoAfterGrace(t *testing.T) {
	model := sixStages(t, "standard")
	in := Input{Facts: factsTo(model, 4), Verdicts: verdicts(model, True), Now: noon}
	held := Standing{}.Settle(Evaluate(model, in).Stage, model.DemotionGrace(), noon)
	in.Facts["cxLeadAccepted"] = fact(false)
	result := Evaluate(model, in)
	if criterion(t, result, "mob-lead").Result != False || result.Stage != 2 {
		t.Fatalf("assessed stage %d", result.Stage)
	}
	var got []int
	for _, day := range []int{1, 14, 15} {
		held = held.Settle(result.Stage, model.DemotionGrace(), noon.AddDate(0, 0, day))
		got = append(got, held.Stage)
	}
	if diff := cmp.Diff([]int{4, 4, 2}, got); diff != "" {
		t.Errorf("stage on day 1, 14 and 15 (-want +got):\n%s", diff)
	}
}

func TestExpiredAnswersOfStageFourFallToThreeAfterGrace(t *testing.T) {
	model := sixStages(t, "standard")
	in := Input{Facts: factsTo(model, 5), Verdicts: verdicts(model, True), Now: noon}
	held := Standing{}.Settle(Evaluate(model, in).Stage, model.DemotionGrace(), noon)
	for _, id := range []string{"Q06", "Q07", "Q08", "Q09"} {
		in.Verdicts[Asked{id, 2}] = Verdict{Result: Unknown, Reason: ReasonAttestationExpired}
	}
	result := Evaluate(model, in)
	if got := criterion(t, result, "ops-same-customer"); got.Result != Unknown || got.Reason != ReasonAttestationExpired {
		t.Errorf("ops-same-customer is %s %s", got.Result, got.Reason)
	}
	held = held.Settle(result.Stage, model.DemotionGrace(), noon)
	if held.Stage != 5 {
		t.Errorf("stage %d on the first day", held.Stage)
	}
	if held = held.Settle(result.Stage, model.DemotionGrace(), noon.Add(14*24*time.Hour)); held.Stage != 3 {
		t.Errorf("stage %d after grace", held.Stage)
	}
}

func TestASmallFirmWhoseCEOOwnsCXCanReachStageSix(t *testing.T) {
	model := sixStages(t, "small")
	facts := factsTo(model, 6)
	facts["cxDirectorAccepted"], facts["groupMembers"], facts["groupFunctions"] = fact(false), fact(2), fact(1)
	result := Evaluate(model, Input{Facts: facts, Verdicts: verdicts(model, True), Now: noon})
	director, ceo := criterion(t, result, "emb-cx-director"), criterion(t, result, "emb-ceo-owner")
	if result.Stage != 6 || director.Result != NotApplicable || director.Reason != ReasonOtherProfile || ceo.Result != True {
		t.Errorf("stage %d, director %s, CEO %s", result.Stage, director.Result, ceo.Result)
	}
	if result.Weakest != "" || len(result.NextSteps) != 0 || result.Progress != (Progress{}) || len(result.Advice) != 3 {
		t.Errorf("at the top: weakest %q, steps %v, progress %v, advice %v", result.Weakest, steps(result), result.Progress, result.Advice)
	}
}

func TestAWaiverOfTheBudgetEndsInOneStep(t *testing.T) {
	model := sixStages(t, "standard")
	in := Input{Facts: factsTo(model, 3), Verdicts: verdicts(model, True), Now: noon.Add(-time.Second),
		Exemptions: map[string]Exemption{"mob-budget": {Until: noon}}}
	in.Facts["budgetApproved"] = fact(false)
	before := Evaluate(model, in)
	in.Now = noon
	after := Evaluate(model, in)
	if before.Stage != 3 || after.Stage != 2 || criterion(t, after, "mob-budget").Result != False {
		t.Errorf("stage %d, then %d", before.Stage, after.Stage)
	}
}

// At stage 2 the list shows what the demo shows: False before Unknown, each in the order of the framework.
func TestNextStepsAreAtMostTenFalseFirstAndOnlyOfTheNextStage(t *testing.T) {
	model := sixStages(t, "standard")
	facts := factsTo(model, 2)
	facts["cxLeadAccepted"], facts["leafGoals"] = Fact{}, Fact{}
	facts["cxLeadShare"] = Fact{}
	result := Evaluate(model, Input{Facts: facts, Now: noon})
	want := []string{"mob-training", "mob-exec-sponsor", "mob-budget", "mob-priorities", "mob-baseline", "mob-kpi-chain", "mob-research",
		"mob-listening-process", "mob-journeys", "mob-standard-draft"}
	if diff := cmp.Diff(want, steps(result)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if result.Stage != 2 || result.NextStepsLeftOut != 2 {
		t.Errorf("stage %d, %d left out; want mob-known and mob-lead, both Unknown", result.Stage, result.NextStepsLeftOut)
	}
	if len(result.Advice) != 4 || result.Advice[3].EN != "Present CX as a strategic direction, not a project" {
		t.Errorf("advice %v", result.Advice)
	}
}
