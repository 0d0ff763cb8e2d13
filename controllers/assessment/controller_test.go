// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package assessment_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/assessment"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

func TestMain(m *testing.M) { harness.Main(m) }

const day = 24 * time.Hour

// waiver is an assessment that excuses from a budget until the last day of January.
func waiver() *cxv1.Assessment {
	return build.Assessment("waiver", func(a *cxv1.Assessment) {
		a.Spec.Counts = nil
		a.Spec.Exemptions = []cxv1.Exemption{{
			Criterion: "mob-budget", Reason: "merger under way", RequestedBy: "lead", ApprovedBy: "boss", Until: "2027-01-31",
		}}
	})
}

// decide records what the approver of an exemption says to it as it stands, and reports it on the assignment as its controller
// does.
func decide(t *testing.T, w *world.World, a *cxv1.Assessment, result store.DecisionResult) {
	t.Helper()
	claim := ownership.Subjects(a)[0]
	assignment := build.OwnerAssignment(claim.Name(), func(o *cxv1.OwnerAssignment) {
		o.Spec = cxv1.OwnerAssignmentSpec{Subject: claim.Subject, Role: claim.Role, Owner: cxv1.Ref(claim.Owner)}
	})
	key := client.ObjectKeyFromObject(w.In(assignment))
	if err := w.Client.Get(t.Context(), key, assignment); apierrors.IsNotFound(err) {
		w.Create(assignment)
	}
	round++
	if _, err := w.Store.RecordDecision(t.Context(), world.ProgramID, store.Decision{
		OfferID: fmt.Sprintf("offer-%d", round), SubjectKind: string(claim.Subject.Kind), SubjectName: string(claim.Subject.Name),
		Item: claim.Subject.Item, Terms: claim.Terms.String(), Role: string(claim.Role), Owner: claim.Owner, Result: result,
		DecidedBy: "boss", Means: "test", At: build.Monday.Add(time.Duration(round) * time.Second),
	}); err != nil {
		t.Fatal(err)
	}
	assignment.Status.Owner, assignment.Status.AcceptedAt = claim.Owner, new(build.At(time.Duration(round)*time.Second))
	w.SetStatus(assignment)
}

// round tells offers apart.
var round int

func TestAnswersAreJudgedWithOneWriteUntilTheyExpire(t *testing.T) {
	w := world.New(t)
	a := build.Assessment("spring")
	w.Create(a)
	assessments := assessment.New(w.Kit, w.Store)
	// The answers are of Monday, and it is nine o'clock.
	if after, want := w.Look(assessments, a), 180*day-9*time.Hour; after != want {
		t.Errorf("looks again after %s, want %s", after, want)
	}
	w.Expect(a, cxv1.ConditionReady, "True/Ready", "1 of 1 questions came out true.")
	w.Expect(a, cxv1.ConditionFresh, "True/Fresh", "2027-07-03")
	want := []cxv1.QuestionVerdict{{
		Question: "Q03", AtLeast: 2, Result: cxv1.OutcomeTrue, Reason: "AttestedTrue", N: new(int64(35)),
		SharePercent: "80", LowPercent: "64.1", HighPercent: "89.96", Message: `28 of 35 answers reach "Usually", needs 60 %`,
	}}
	if diff := cmp.Diff(want, a.Status.Verdicts); diff != "" || a.Status.Summary != "1/1" {
		t.Errorf("summary %s, verdicts (-want +got):\n%s", a.Status.Summary, diff)
	}
	if diff := cmp.Diff(map[string]int{"patch Assessment/status": 1}, w.Writes.ByKind()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	w.Still(assessments, a)
	w.Clock.SetTime(a.Status.ExpiresAt.Time)
	if after := w.Look(assessments, a); after != 0 {
		t.Errorf("looks again after %s though nothing changes any more", after)
	}
	w.Expect(a, cxv1.ConditionReady, "True/Ready", "0 of 1 questions")
	w.Expect(a, cxv1.ConditionFresh, "False/AttestationExpired", "ask again")
	if len(w.Events) != 1 {
		t.Errorf("events %v, want one: the answers are too old", w.Events)
	}
	w.Still(assessments, a)
}

func TestAnExemptionWaitsForItsApproverAndEnds(t *testing.T) {
	w := world.New(t)
	a := waiver()
	boss := build.Owner("boss")
	w.Create(a, boss, build.Owner("lead"))
	assessments := assessment.New(w.Kit, w.Store)
	state := func(want cxv1.ExemptionPhase, message string) {
		t.Helper()
		w.Look(assessments, a)
		if got := a.Status.Exemptions[0].State; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		w.Expect(a, cxv1.ConditionReady, "True/Ready", message)
		w.Still(assessments, a)
	}
	state(cxv1.ExemptionPending, "0 of 1 exemptions are in force.")
	w.Expect(a, cxv1.ConditionFresh, "Unknown/NotAttested", "no answers")
	decide(t, w, a, store.Accepted)
	state(cxv1.ExemptionInForce, "1 of 1")
	world.Update(w, a, func(a *cxv1.Assessment) { a.Spec.Exemptions[0].Reason = "we have no money" })
	state(cxv1.ExemptionPending, "0 of 1") // boss said yes to something else
	decide(t, w, a, store.Accepted)
	state(cxv1.ExemptionInForce, "1 of 1")
	world.Update(w, boss, func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerLeft })
	state(cxv1.ExemptionPending, "0 of 1")
	world.Update(w, boss, func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerActive })
	w.Clock.SetTime(time.Date(2027, 1, 31, 23, 59, 0, 0, time.UTC))
	state(cxv1.ExemptionInForce, "1 of 1")
	if after := w.Look(assessments, a); after != time.Minute {
		t.Errorf("looks again after %s, want a minute: then it is over", after)
	}
	w.Clock.SetTime(time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC))
	state(cxv1.ExemptionExpired, "0 of 1")
}

func TestMistakesAreRepairedByCorrectingThem(t *testing.T) {
	for name, tc := range map[string]struct {
		wrong, right       func(*cxv1.Assessment)
		condition, message string
		stalled            bool
	}{
		"an unknown question": {
			func(a *cxv1.Assessment) { a.Spec.Counts[0].Question = "Q99" }, func(a *cxv1.Assessment) { a.Spec.Counts[0].Question = "Q03" },
			"False/UnknownQuestion", "Q99 is not a question of the framework six-stages", true,
		},
		"another scale": {
			func(a *cxv1.Assessment) { a.Spec.Counts[0].Answers = []int64{1, 2, 3} },
			func(a *cxv1.Assessment) { a.Spec.Counts[0].Answers = []int64{1, 2, 3, 4} },
			"False/UnknownQuestion", "Q03 has 4 answers to choose from, the counts have 3", true,
		},
		"an unknown criterion": {
			func(a *cxv1.Assessment) {
				a.Spec.Exemptions = waiver().Spec.Exemptions
				a.Spec.Exemptions[0].Criterion = "mob-money"
			},
			func(a *cxv1.Assessment) { a.Spec.Exemptions[0].Criterion = "mob-budget" },
			"False/UnknownCriterion", "mob-money is not a criterion", true,
		},
		"an approver who is not there": {
			func(a *cxv1.Assessment) {
				a.Spec.Exemptions = waiver().Spec.Exemptions
				a.Spec.Exemptions[0].ApprovedBy = "ghost"
			},
			func(a *cxv1.Assessment) { a.Spec.Exemptions[0].ApprovedBy = "boss" },
			"False/ReferenceNotFound", `spec.exemptions.approvedBy names Owner "ghost"`, false,
		},
		"a framework that is not there": {
			func(a *cxv1.Assessment) { a.Spec.Framework = "seven-stages" }, func(a *cxv1.Assessment) { a.Spec.Framework = "six-stages" },
			"False/FrameworkNotReady", `"seven-stages"`, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := world.New(t)
			a := build.Assessment("spring", tc.wrong)
			w.Create(a, build.Owner("boss"), build.Owner("lead"))
			assessments := assessment.New(w.Kit, w.Store)
			w.Look(assessments, a)
			w.Expect(a, cxv1.ConditionReady, tc.condition, tc.message)
			if got := kube.IsTrue(a, cxv1.ConditionStalled); got != tc.stalled {
				t.Errorf("stalled is %t", got)
			}
			w.Still(assessments, a)
			world.Update(w, a, tc.right)
			w.Look(assessments, a)
			w.Expect(a, cxv1.ConditionReady, "True/Ready", "")
			if kube.IsTrue(a, cxv1.ConditionStalled) || len(a.Status.Verdicts) != 1 {
				t.Errorf("verdicts %+v, conditions %+v", a.Status.Verdicts, a.Status.Conditions)
			}
		})
	}
}

func TestWhatIsRightBesideAMistakeCounts(t *testing.T) {
	w := world.New(t)
	a := build.Assessment("spring", func(a *cxv1.Assessment) {
		a.Spec.Counts = append(a.Spec.Counts, cxv1.AttestationCounts{Question: "Q99", Answers: []int64{1, 2}})
	})
	w.Create(a)
	if after := w.Look(assessment.New(w.Kit, w.Store), a); after == 0 {
		t.Error("it never looks whether the answers have expired")
	}
	w.Expect(a, cxv1.ConditionStalled, "True/UnknownQuestion", "what is right beside it counts")
	if a.Status.Summary != "1/1" || a.Status.Verdicts[0].Question != "Q03" {
		t.Errorf("%+v", a.Status)
	}
}

// away is a store that cannot be read.
type away struct{}

func (away) Decisions(context.Context, string, string, string) ([]store.Decision, error) {
	return nil, fmt.Errorf("%w: disk", store.ErrUnavailable)
}

func TestAStoreThatCannotBeReadEndsNoExemption(t *testing.T) {
	w := world.New(t)
	a := waiver()
	w.Create(a, build.Owner("boss"), build.Owner("lead"))
	decide(t, w, a, store.Accepted)
	w.Look(assessment.New(w.Kit, w.Store), a)
	if _, err := w.Try(assessment.New(w.Kit, away{}), a); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("error %v, want the store's, so that it is retried", err)
	}
	w.Expect(a, cxv1.ConditionReady, "Unknown/StoreUnavailable", "")
	if got := a.Status.Exemptions[0].State; got != cxv1.ExemptionInForce {
		t.Errorf("the exemption is %s", got)
	}
}

func TestAnAssessmentNeedsAProgram(t *testing.T) {
	w := world.Empty(t)
	a := build.Assessment("spring")
	w.Create(a)
	w.Look(assessment.New(w.Kit, w.Store), a)
	w.Expect(a, cxv1.ConditionReady, "False/NoProgram", `create one named "program"`)
}

// What an assessment rests on changes without the assessment: each of these must wake its controller.
func TestAnAssessmentFollowsWhatItRestsOn(t *testing.T) {
	w := world.New(t)
	a := waiver()
	a.Spec.Counts = []cxv1.AttestationCounts{{Question: "Q03", Level: cxv1.AttestationAll, Answers: []int64{1, 0, 4, 0}}}
	w.Create(a)
	w.Run(func(kit kube.Kit) world.Controller { return assessment.New(kit, w.Store) })
	shows := func(what string, ok func(*cxv1.Assessment) bool) {
		t.Helper()
		world.Await(w, a, what, ok)
	}
	ready := func(want string) func(*cxv1.Assessment) bool {
		return func(a *cxv1.Assessment) bool { return world.Said(a, cxv1.ConditionReady) == want }
	}
	state := func(want cxv1.ExemptionPhase) func(*cxv1.Assessment) bool {
		return func(a *cxv1.Assessment) bool {
			return len(a.Status.Exemptions) == 1 && a.Status.Exemptions[0].State == want
		}
	}
	verdict := func(want cxv1.CriterionOutcome) func(*cxv1.Assessment) bool {
		return func(a *cxv1.Assessment) bool {
			return len(a.Status.Verdicts) == 1 && a.Status.Verdicts[0].Result == want
		}
	}
	shows("the owners are not there", ready("False/ReferenceNotFound"))
	boss := build.Owner("boss")
	w.Create(boss, build.Owner("lead"))
	shows("they are", ready("True/Ready"))
	shows("nobody approved", state(cxv1.ExemptionPending))
	decide(t, w, a, store.Accepted)
	shows("boss approved", state(cxv1.ExemptionInForce))
	world.Update(w, boss, func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerLeft })
	shows("boss left", state(cxv1.ExemptionPending))
	world.Update(w, boss, func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerActive })
	shows("boss is back", state(cxv1.ExemptionInForce))
	decide(t, w, a, store.Declined)
	shows("boss has second thoughts", state(cxv1.ExemptionPending))

	shows("five answers of many", verdict(cxv1.OutcomeUnknown))
	p := build.Program()
	world.Update(w, p, func(p *cxv1.Program) { p.Spec.Headcount = new(int64(6)) })
	shows("five answers of six", verdict(cxv1.OutcomeTrue))
	own := build.Framework("six-stages", func(f *cxv1.Framework) {
		f.Spec.Scales = []cxv1.FrameworkScale{{Name: "yesno", Steps: []cxv1.FrameworkScaleStep{
			{Value: 0, FrameworkText: cxv1.FrameworkText{EN: "No"}}, {Value: 1, FrameworkText: cxv1.FrameworkText{EN: "Yes"}}}}}
		f.Spec.Questions = []cxv1.FrameworkQuestion{{ID: "Q03", Scale: "yesno", FrameworkText: cxv1.FrameworkText{EN: "Is it so?"}}}
		c := &f.Spec.Stages[1].Criteria[0]
		c.Mode, c.Rule, c.Questions, c.AtLeast = cxv1.ModeAttested, "", []string{"Q03"}, new(int32(1))
	})
	w.Create(own)
	shows("another framework of that name", ready("False/UnknownQuestion"))
	w.Delete(own)
	shows("the built-in one again", ready("True/Ready"))
	w.Delete(p)
	shows("no Program", ready("False/NoProgram"))
}
