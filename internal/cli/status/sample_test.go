// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/crdcheck"
	"github.com/cx-operator/cx-operator/internal/initiative"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

var now = time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC)

func load(t *testing.T, sample string) *program.Snapshot {
	t.Helper()
	schemas, err := crdcheck.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return program.Load(os.DirFS("../../../config/samples/"+sample), schemas).Snapshot
}

// everybodyAccepts is the evidence of a day on which every offer is accepted and every initiative is where its people want
// it.
func everybodyAccepts(s *program.Snapshot) *store.Evidence {
	ev := &store.Evidence{}
	for range 2 { // what was approved in the first round may go on in the second
		evaluated := program.Evaluate(s, ev, now).Snapshot
		ev = &store.Evidence{Decisions: ev.Decisions}
		for _, a := range evaluated.Assignments {
			if offer := a.Spec.Proposed; offer != nil {
				ev.Decisions = append(ev.Decisions, store.Decision{
					OfferID: offer.OfferID, SubjectKind: string(a.Spec.Subject.Kind), SubjectName: string(a.Spec.Subject.Name),
					Touchpoint: string(a.Spec.Subject.Touchpoint), Item: a.Spec.Subject.Item, Role: string(a.Spec.Role), Owner: string(offer.Owner),
					Terms: offer.Terms, Result: store.Accepted, At: now.Add(-time.Hour),
				})
			}
		}
		for _, i := range evaluated.Initiatives {
			for key, value := range initiative.Marks(i) {
				if value != "" {
					ev.Marks = append(ev.Marks, store.Mark{Scope: initiative.MarkScope, Key: key, Value: value, Since: now.Add(-time.Hour)})
				}
			}
		}
	}
	return ev
}

// The comment at the top of the retailer's program.yaml says what this test expects.
func TestTheRetailerIsAtStageTwoOnceEverybodyAccepted(t *testing.T) {
	s := load(t, "retailer")
	if before := program.Evaluate(s, &store.Evidence{}, now).Snapshot.Program.Status; *before.Stage != 1 {
		t.Errorf("stage %d before anybody accepted, want 1", *before.Stage)
	}
	after := program.Evaluate(s, everybodyAccepts(s), now).Snapshot
	if *after.Program.Status.Stage != 2 || after.Program.Status.StageName != "2 Explore" {
		t.Errorf("stage %q, want 2 Explore", after.Program.Status.StageName)
	}
	got := map[string]cxv1.CriterionOutcome{}
	for _, c := range after.Scorecard("six-stages").Status.Criteria {
		if c.Stage <= 3 {
			got[c.ID] = c.Result
		}
	}
	const yes, no, unknown, exempt = cxv1.OutcomeTrue, cxv1.OutcomeFalse, cxv1.OutcomeUnknown, cxv1.OutcomeExempt
	want := map[string]cxv1.CriterionOutcome{
		"exp-group": yes, "exp-goal": yes, "exp-kpi": yes, "exp-research": yes, "exp-first-proof": yes, "exp-ambassadors": yes,
		"exp-attention": yes,
		"mob-lead":      yes, "mob-priorities": yes, "mob-baseline": yes, "mob-kpi-chain": yes, "mob-journeys": yes,
		"mob-standard-draft": yes, "mob-exec-sponsor": no, "mob-budget": no, "mob-training": exempt, "mob-research": no,
		"mob-known": yes, "mob-listening-process": no, "mob-events": yes, "mob-inside-voice": no,
		"mob-heard": yes, "mob-authority": unknown, "mob-method": unknown,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("criteria of stages 2 and 3 (-want +got):\n%s", diff)
	}
	steps := []string{after.Program.Status.Progress}
	for _, step := range after.Program.Status.NextSteps {
		steps = append(steps, step.Criterion)
	}
	if diff := cmp.Diff([]string{"8/12", "mob-exec-sponsor", "mob-budget", "mob-research", "mob-listening-process"}, steps); diff != "" {
		t.Errorf("the way to stage 3 (-want +got):\n%s", diff)
	}
	if c := after.Program.Status.Coverage; c.Accepted != c.Subjects || c.Subjects == 0 {
		t.Errorf("coverage %+v: everybody accepted", c)
	}
}

// The comment at the top of the retailer's assessments.yaml says what this test expects.
func TestTheRetailersQuestionnaireProvesSomeThingsAndOthersNot(t *testing.T) {
	s := load(t, "retailer")
	after := program.Evaluate(s, everybodyAccepts(s), now).Snapshot
	assessment := after.Assessments[0].Status
	got := map[string]string{}
	for _, v := range assessment.Verdicts {
		got[v.Question] = string(v.Result) + " " + v.Reason
	}
	want := map[string]string{
		"Q01": "True AttestedTrue", "Q02": "True AttestedTrue", "Q03": "True AttestedTrue", "Q04": "Unknown TooFewAnswers",
		"Q06": "Unknown TooFewAnswers", "Q07": "False LevelBelowMinimum", "Q08": "True AttestedTrue",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	exemptions := []cxv1.ExemptionState{{Criterion: "mob-training", State: cxv1.ExemptionInForce}}
	if diff := cmp.Diff(exemptions, assessment.Exemptions); diff != "" {
		t.Errorf("exemptions (-want +got):\n%s", diff)
	}
	gap := meta.FindStatusCondition(after.Program.Status.Conditions, cxv1.ConditionEvidenceGap)
	if gap == nil || gap.Reason != cxv1.ReasonNoGap {
		t.Errorf("gap between words and deeds: %+v, want none", gap)
	}
}

func TestTheFirstDayStaysAtStageOne(t *testing.T) {
	s := load(t, "first-day")
	status := program.Evaluate(s, everybodyAccepts(s), now).Snapshot.Program.Status
	if *status.Stage != 1 || status.Progress != "2/5" {
		t.Errorf("stage %d, progress %s: want 1 and the goal and the KPI met", *status.Stage, status.Progress)
	}
}
