// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// deeds is six-stages for a company of which resources show every criterion up to a stage, and none above: its one journey
// satisfies the former and could never satisfy the latter.
func deeds(t *testing.T, stage int, profile string) *maturity.Model {
	t.Helper()
	framework := *sixStages(t)
	framework.Stages = slices.Clone(framework.Stages)
	for i := range framework.Stages {
		s := &framework.Stages[i]
		s.Criteria = slices.Clone(s.Criteria)
		for j := range s.Criteria {
			c := &s.Criteria[j]
			c.Params = nil
			switch {
			case c.Rule == "":
			case s.Number <= stage:
				c.Rule = "f.journeys >= 1"
			default:
				c.Rule = "f.journeys >= 1000"
			}
		}
	}
	model, err := maturity.Compile(&framework, profile)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// answersTo are answers of many people, of whom all say yes, to the given questions, or to all.
func answersTo(name string, date cxv1.Date, questions ...string) *cxv1.Assessment {
	a := &cxv1.Assessment{ObjectMeta: meta(name), Spec: cxv1.AssessmentSpec{Framework: maturity.SixStages, Date: date}}
	if len(questions) == 0 {
		for i := range 20 {
			questions = append(questions, fmt.Sprintf("Q%02d", i+1))
		}
	}
	for _, q := range questions {
		a.Spec.Counts = append(a.Spec.Counts, polled(q, cxv1.AttestationAll, 90, 100))
	}
	return a
}

// firmWith is a program with one journey.
func firmWith(objs ...program.Object) *program.Snapshot {
	return program.New("retail", append(objs, firm(2000), &cxv1.Journey{ObjectMeta: meta("visit")})...)
}

// stages are stage, observed and attested stage.
func stages(a *program.Assessment) [3]int {
	return [3]int{a.Result.Stage, a.Result.ObservedStage, a.Result.AttestedStage}
}

func criterionOf(t *testing.T, a *program.Assessment, id string) maturity.CriterionResult {
	t.Helper()
	i := slices.IndexFunc(a.Result.Criteria, func(c maturity.CriterionResult) bool { return c.ID == id })
	if i < 0 {
		t.Fatalf("no criterion %s", id)
	}
	return a.Result.Criteria[i]
}

// conditionOf is a condition as "Status/Reason: message".
func conditionOf(t *testing.T, a *program.Assessment, standing maturity.Standing, kind string) string {
	t.Helper()
	for _, c := range a.Conditions(standing) {
		if c.Type == kind {
			return fmt.Sprintf("%s/%s: %s", c.Status, c.Reason, c.Message)
		}
	}
	t.Fatalf("no condition %s", kind)
	return ""
}

func expectSaid(t *testing.T, a *program.Assessment, standing maturity.Standing, kind, want string) {
	t.Helper()
	if got := conditionOf(t, a, standing, kind); !strings.HasPrefix(got, want) {
		t.Errorf("%s is %s\nwant %s...", kind, got, want)
	}
}

// heldStage is evidence of a program that reached a stage a year ago.
func heldStage(stage int64) *store.Evidence {
	return &store.Evidence{Stages: []store.StageChange{{Framework: maturity.SixStages, Stage: stage, At: now.AddDate(-1, 0, 0)}}}
}

func builtin(t *testing.T, profile string) *maturity.Model {
	t.Helper()
	model, err := maturity.Compile(sixStages(t), profile)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

func TestEverybodySaysYesAndNothingIsDone(t *testing.T) {
	a := program.Assess(builtin(t, "standard"), program.New("retail", firm(2000), answersTo("spring", dayAgo(1))), &store.Evidence{}, now)
	if diff := cmp.Diff([3]int{1, 1, 6}, stages(a)); diff != "" {
		t.Errorf("stage, observed, attested (-want +got):\n%s", diff)
	}
	expectSaid(t, a, maturity.Standing{Stage: 1}, cxv1.ConditionEvidenceGap,
		"True/WordsAheadOfDeeds: People attest what resources do not show: ops-redesign, ali-incentives, ali-one-definition, emb-ideas")
	if got := conditionOf(t, a, maturity.Standing{Stage: 1}, cxv1.ConditionEvidenceGap); strings.Contains(got, "mob-known") {
		t.Errorf("%s names a criterion that only people can say", got)
	}
	expectSaid(t, a, maturity.Standing{Stage: 1}, cxv1.ConditionFresh, "True/Fresh")
}

func TestFortySurveysAndNoOwnerAreStageOne(t *testing.T) {
	objs := []program.Object{firm(2000)}
	ev := &store.Evidence{}
	for i := range 40 {
		name := fmt.Sprintf("survey-%02d", i)
		objs = append(objs, &cxv1.Survey{ObjectMeta: meta(name), Spec: cxv1.SurveySpec{Schedule: cxv1.Schedule{Cron: "0 9 * * 1"}}})
		ev.Waves = append(ev.Waves, wave(name, 10, "Customer"), wave(name, 20, "Employee"))
	}
	a := program.Assess(builtin(t, "standard"), program.New("retail", objs...), ev, now)
	if diff := cmp.Diff([3]int{1, 1, 0}, stages(a)); diff != "" || criterionOf(t, a, "exp-research").Result != maturity.True {
		t.Errorf("exp-research is %s; stage, observed, attested (-want +got):\n%s", criterionOf(t, a, "exp-research").Result, diff)
	}
}

func TestAllIsDoneAndNobodyWasAsked(t *testing.T) {
	a := program.Assess(deeds(t, 5, "standard"), firmWith(), &store.Evidence{}, now)
	if diff := cmp.Diff([3]int{2, 5, 0}, stages(a)); diff != "" {
		t.Errorf("stage, observed, attested (-want +got):\n%s", diff)
	}
	held := maturity.Standing{Stage: 2}
	expectSaid(t, a, held, cxv1.ConditionEvidenceGap, "Unknown/NotAttested: Nobody was asked")
	expectSaid(t, a, held, cxv1.ConditionFresh, "Unknown/NotAttested")
	var status cxv1.ScorecardStatus
	a.Report(&status, held, nil, "en")
	if len(status.NextSteps) != 1 || !strings.HasPrefix(status.NextSteps[0].Do, "Run the assessment and ask Q03") || status.Counts.Unknown == 0 ||
		status.AttestedStage != nil {
		t.Errorf("steps %+v, counts %+v, attested %v", status.NextSteps, status.Counts, status.AttestedStage)
	}
}

func TestTheAnswersOfStageFourExpiredYesterday(t *testing.T) {
	model, grace := deeds(t, 5, "standard"), 14*24*time.Hour
	late := answersTo("autumn", dayAgo(182), "Q06", "Q07", "Q08", "Q09") // they counted until the day before yesterday was over
	fresh := answersTo("spring", dayAgo(30), "Q01", "Q02", "Q03", "Q04", "Q05", "Q10", "Q11", "Q12")
	s, ev := firmWith(late, fresh), heldStage(5)
	a := program.Assess(model, s, ev, now)
	if diff := cmp.Diff([3]int{3, 5, 3}, stages(a)); diff != "" {
		t.Errorf("stage, observed, attested (-want +got):\n%s", diff)
	}
	marks := a.Marks()
	if marks["falling"] != "yes" {
		t.Fatalf("marks %v", marks)
	}
	began := now.Add(-24 * time.Hour)
	for _, tt := range []struct {
		after time.Duration
		stage int
		fresh string
	}{
		{0, 5, "False/AttestationExpired: The answers to Q06, Q07, Q08, Q09 are older than they may be: repeat the assessment before 2027-06-28."},
		{grace - 24*time.Hour - time.Second, 5, "False/AttestationExpired"},
		{grace - 24*time.Hour, 3, "False/AttestationExpired: The answers to Q06, Q07, Q08, Q09 are older than they may be: repeat the assessment."},
	} {
		a := program.Assess(model, s, ev, now.Add(tt.after))
		standing := a.Settle(map[string]time.Time{"falling": began})
		if standing.Stage != tt.stage {
			t.Errorf("after %s: stage %d, want %d", tt.after, standing.Stage, tt.stage)
		}
		expectSaid(t, a, standing, cxv1.ConditionFresh, tt.fresh)
	}
	standing := a.Settle(map[string]time.Time{"falling": began})
	if want := "Stage 5 Align; 4 of 8 required criteria of stage 4 are met; the stage is kept until 2027-06-28, by then these must be met " +
		"again: ops-spread, ops-internal-customer, ops-same-customer, ops-redesign."; a.Message(standing) != want {
		t.Errorf("message %q\nwant    %q", a.Message(standing), want)
	}
	var status cxv1.ScorecardStatus
	a.Report(&status, standing, nil, "en")
	if *status.Stage != 5 || status.KeptUntil == nil || !status.KeptUntil.Time.Equal(began.Add(grace)) || !a.Wake(standing).Equal(began.Add(grace)) {
		t.Errorf("stage %d, kept until %v, wakes %s", *status.Stage, status.KeptUntil, a.Wake(standing))
	}
	// Asked again in time, nothing is lost.
	s.Add(answersTo("summer", dayAgo(0), "Q06", "Q07", "Q08", "Q09"))
	a = program.Assess(model, s, ev, now)
	if standing = a.Settle(map[string]time.Time{"falling": began}); standing.Stage != 5 || !standing.FallingSince.IsZero() {
		t.Errorf("asked again: %+v", standing)
	}
	expectSaid(t, a, standing, cxv1.ConditionFresh, "True/Fresh")
}

func TestAStageThatFallsForAnotherReasonSetsNoDateForOldAnswers(t *testing.T) {
	late := answersTo("autumn", dayAgo(182), "Q06", "Q07", "Q08", "Q09") // of stage 4
	denied := answersTo("spring", dayAgo(30), "Q03")
	denied.Spec.Counts[0].Answers = []int64{100, 0, 0, 0}
	a := program.Assess(deeds(t, 5, "standard"), firmWith(late, denied), heldStage(3), now)
	standing := a.Settle(map[string]time.Time{"falling": now})
	if standing.Stage != 3 || standing.FallingSince.IsZero() {
		t.Fatalf("%+v", standing)
	}
	want := "False/AttestationExpired: The answers to Q06, Q07, Q08, Q09 are older than they may be: repeat the assessment."
	if got := conditionOf(t, a, standing, cxv1.ConditionFresh); got != want {
		t.Errorf("Fresh is %s\nwant     %s", got, want)
	}
}

func TestAnswersThatNoCriterionNeedsMayBeOld(t *testing.T) {
	old := answersTo("autumn", dayAgo(300), "Q02") // advisory
	a := program.Assess(deeds(t, 2, "standard"), firmWith(old, answersTo("spring", dayAgo(1), "Q03")), &store.Evidence{}, now)
	expectSaid(t, a, maturity.Standing{Stage: 2}, cxv1.ConditionFresh, "True/Fresh")
	if c := criterionOf(t, a, "exp-attention"); c.Result != maturity.Unknown || c.Reason != maturity.ReasonAttestationExpired {
		t.Errorf("exp-attention is %s %s", c.Result, c.Reason)
	}
}

func TestTheFrontLineDoesNotKnowTheCustomer(t *testing.T) {
	answers := answersTo("spring", dayAgo(1))
	answers.Spec.Counts = slices.DeleteFunc(answers.Spec.Counts, func(c cxv1.AttestationCounts) bool { return c.Question == "Q07" })
	answers.Spec.Counts = append(answers.Spec.Counts, polled("Q07", "Staff", 10, 50), polled("Q07", "Manager", 95, 100))
	a := program.Assess(deeds(t, 6, "standard"), firmWith(answers), &store.Evidence{}, now)
	c := criterionOf(t, a, "ops-same-customer")
	if c.Result != maturity.False || c.Reason != maturity.ReasonLevelBelowMinimum || !strings.Contains(c.Message.EN, "(Staff)") || a.Result.Stage != 3 {
		t.Errorf("stage %d, %s %s: %s", a.Result.Stage, c.Result, c.Reason, c.Message.EN)
	}
}

func TestTheLeadLeaves(t *testing.T) {
	p, lead := firm(0), owner("lead", "service", cxv1.LevelSeniorManager)
	p.Spec.Lead, p.Spec.Ownership.FallbackOwner, lead.Spec.SharePercent = "lead", "boss", new(int32(100))
	s := program.New("retail", p, lead, owner("boss", "board", cxv1.LevelExecutive))
	ev := &store.Evidence{Decisions: approvals(p)}
	led := func() (cxv1.CriterionOutcome, cxv1.AssignmentPhase, string) {
		after := program.Evaluate(s, ev, now).Snapshot
		card := after.Scorecard(maturity.SixStages).Status.Criteria
		i := slices.IndexFunc(card, func(c cxv1.CriterionResult) bool { return c.ID == "mob-lead" })
		return card[i].Result, after.Assignments[0].Status.Phase, after.Assignments[0].Status.Suggested
	}
	if result, phase, suggested := led(); result != cxv1.OutcomeTrue || phase != cxv1.AssignmentActive || suggested != "" {
		t.Errorf("before: mob-lead %s, %s, suggested %q", result, phase, suggested)
	}
	lead.Spec.State = cxv1.OwnerLeft
	if result, phase, suggested := led(); result != cxv1.OutcomeFalse || phase != cxv1.AssignmentOrphaned || suggested != "boss" {
		t.Errorf("after: mob-lead %s, %s, suggested %q", result, phase, suggested)
	}
}

func TestDeedsThatPeopleDoNotNotice(t *testing.T) {
	answers := answersTo("spring", dayAgo(1))
	for i := range answers.Spec.Counts {
		if c := &answers.Spec.Counts[i]; c.Question == "Q09" {
			c.Answers = []int64{80, 10, 5, 5}
		}
	}
	a := program.Assess(deeds(t, 6, "standard"), firmWith(answers), &store.Evidence{}, now)
	expectSaid(t, a, maturity.Standing{Stage: 3}, cxv1.ConditionEvidenceGap,
		"False/NotFelt: People do not notice what resources show: ops-redesign.")
	denied := answersTo("spring", dayAgo(1), "Q03")
	denied.Spec.Counts[0].Answers = []int64{100, 0, 0, 0}
	a = program.Assess(deeds(t, 6, "standard"), firmWith(denied), &store.Evidence{}, now)
	expectSaid(t, a, maturity.Standing{Stage: 2}, cxv1.ConditionEvidenceGap,
		"False/NotFelt: People do not notice what resources show: answers show stage 2, resources show stage 6.")
}

func TestWordsAndDeedsAgree(t *testing.T) {
	a := program.Assess(deeds(t, 6, "standard"), firmWith(answersTo("spring", dayAgo(1))), &store.Evidence{}, now)
	if diff := cmp.Diff([3]int{6, 6, 6}, stages(a)); diff != "" {
		t.Errorf("stage, observed, attested (-want +got):\n%s", diff)
	}
	expectSaid(t, a, maturity.Standing{Stage: 6}, cxv1.ConditionEvidenceGap, "False/NoGap")
	if wake, want := a.Wake(maturity.Standing{Stage: 6}), now.Truncate(24*time.Hour).AddDate(0, 0, 179); !wake.Equal(want) {
		t.Errorf("wakes %s, want %s: the answers expire", wake, want)
	}
	few := answersTo("spring", dayAgo(1), "Q03")
	few.Spec.Counts[0] = polled("Q03", cxv1.AttestationAll, 2, 4)
	a = program.Assess(deeds(t, 6, "standard"), firmWith(few), &store.Evidence{}, now)
	expectSaid(t, a, maturity.Standing{Stage: 2}, cxv1.ConditionEvidenceGap, "Unknown/NotAttested: There are too few answers")
	a = program.Assess(deeds(t, 6, "standard"), firmWith(answersTo("old", dayAgo(400), "Q03")), &store.Evidence{}, now)
	expectSaid(t, a, maturity.Standing{Stage: 2}, cxv1.ConditionEvidenceGap, "Unknown/AttestationExpired")
}

// Eight people in one room are everybody: their answers decide without a margin, and the firm can reach the top.
func TestASmallFirmRecordsAJointSession(t *testing.T) {
	session := answersTo("session", dayAgo(1))
	for i := range session.Spec.Counts {
		session.Spec.Counts[i].Answers = []int64{1, 2, 4, 1} // five of eight
	}
	p := firm(8)
	p.Spec.Frameworks = []cxv1.FrameworkUse{{Name: maturity.SixStages, Profile: "small"}}
	s := program.New("retail", p, &cxv1.Journey{ObjectMeta: meta("visit")}, session)
	a := program.Assess(deeds(t, 6, "small"), s, &store.Evidence{}, now)
	if diff := cmp.Diff([3]int{6, 6, 6}, stages(a)); diff != "" {
		t.Errorf("stage, observed, attested (-want +got):\n%s", diff)
	}
	if c := criterionOf(t, a, "emb-cx-director"); c.Result != maturity.NotApplicable {
		t.Errorf("emb-cx-director is %s", c.Result)
	}
	p.Spec.Headcount = new(int64(200))
	if a = program.Assess(deeds(t, 6, "small"), s, &store.Evidence{}, now); a.Result.Stage != 2 {
		t.Errorf("in a firm of two hundred the same answers give stage %d, want 2", a.Result.Stage)
	}
}

func TestBothHalvesOfACriterionAreShown(t *testing.T) {
	a := program.Assess(deeds(t, 6, "standard"), firmWith(answersTo("spring", dayAgo(1), "Q06")), &store.Evidence{}, now)
	var status cxv1.ScorecardStatus
	a.Report(&status, maturity.Standing{Stage: 2}, nil, "en")
	got := map[string][2]cxv1.CriterionOutcome{}
	for _, c := range status.Criteria {
		got[c.ID] = [2]cxv1.CriterionOutcome{c.Observed, c.Attested}
	}
	for id, want := range map[string][2]cxv1.CriterionOutcome{
		"exp-group": {cxv1.OutcomeTrue, ""}, "mob-known": {"", cxv1.OutcomeUnknown}, "ops-spread": {cxv1.OutcomeTrue, cxv1.OutcomeTrue},
		"ops-redesign": {cxv1.OutcomeTrue, cxv1.OutcomeUnknown}, "emb-ceo-owner": {"", ""},
	} {
		if got[id] != want {
			t.Errorf("%s: %v, want %v", id, got[id], want)
		}
	}
	sum := status.Counts.Met + status.Counts.Unmet + status.Counts.Unknown + status.Counts.Exempted + status.Counts.NotApplicable
	if int(sum) != len(status.Criteria) || status.Counts.NotApplicable != 1 {
		t.Errorf("%+v of %d criteria", status.Counts, len(status.Criteria))
	}
}

func TestTheProgramShowsTheConditionsOfItsScorecard(t *testing.T) {
	if got := program.CopyConditions(nil); got != nil {
		t.Errorf("without a scorecard: %v", got)
	}
	card := &cxv1.Scorecard{}
	card.Status.Conditions = []metav1.Condition{
		{Type: cxv1.ConditionReady, Status: metav1.ConditionTrue, Reason: "Ready", Message: "Stage 1."},
		{Type: cxv1.ConditionEvidenceGap, Status: metav1.ConditionTrue, Reason: "WordsAheadOfDeeds", Message: "Words.", ObservedGeneration: 7},
		{Type: cxv1.ConditionFresh, Status: metav1.ConditionFalse, Reason: "AttestationExpired", Message: "Old."},
	}
	want := []metav1.Condition{
		{Type: cxv1.ConditionEvidenceGap, Status: metav1.ConditionTrue, Reason: "WordsAheadOfDeeds", Message: "Words."},
		{Type: cxv1.ConditionFresh, Status: metav1.ConditionFalse, Reason: "AttestationExpired", Message: "Old."},
	}
	if diff := cmp.Diff(want, program.CopyConditions(card)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
