// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package scorecard_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/scorecard"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/invariants"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

func TestMain(m *testing.M) { harness.Main(m) }

const programID = "scorecard-test"

// world has a Program that is seen and claimed, and a Scorecard whose controller is called by hand.
type world struct {
	*harness.Harness
	*testing.T
	clock     *clocktesting.FakePassiveClock
	store     *counted
	writes    *operator.Writes
	scorecard *scorecard.Reconciler
	card      *cxv1.Scorecard
}

// counted counts what the controller asks of the store, and fails on request.
type counted struct {
	store.Store
	revisions, evidence int
	err                 error
}

func (c *counted) Revision(ctx context.Context, id string) (int64, error) {
	c.revisions++
	if c.err != nil {
		return 0, c.err
	}
	return c.Store.Revision(ctx, id)
}

func (c *counted) Evidence(ctx context.Context, id string, q store.EvidenceQuery) (*store.Evidence, error) {
	c.evidence++
	return c.Store.Evidence(ctx, id, q)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	h := harness.New(t)
	w := &world{
		Harness: h, T: t, store: &counted{Store: operator.Store(t)}, writes: operator.NewWrites(),
		clock: clocktesting.NewFakePassiveClock(build.Monday),
	}
	w.scorecard = scorecard.New(kube.Kit{Client: w.writes.Count(h.Client), Clock: w.clock}, w.store)
	program := build.Program(func(p *cxv1.Program) {
		p.Spec.ID, p.Spec.Sponsor = programID, "boss"
		p.Spec.WorkingGroup = []cxv1.Ref{"one", "two", "three"}
	})
	h.Create(program)
	holder := store.Holder{NamespaceUID: h.Namespace, Namespace: h.Namespace, ProgramUID: string(program.UID)}
	if _, err := w.store.Claim(t.Context(), programID, holder, "", w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	program.Status.ObservedGeneration = program.Generation
	w.card = cardOf(t, program)
	h.Create(w.card)
	w.writeStatus(program)
	return w
}

// cardOf is the Scorecard that the Program made.
func cardOf(t *testing.T, program *cxv1.Program) *cxv1.Scorecard {
	t.Helper()
	card := build.Scorecard("six-stages")
	card.Namespace = program.Namespace
	if err := ctrl.SetControllerReference(program, card, harness.Scheme); err != nil {
		t.Fatal(err)
	}
	return card
}

func TestAScorecardThatTheProgramDidNotMakeIsNotAssessed(t *testing.T) {
	w := newWorld(t)
	w.card = build.Scorecard("mine")
	w.Create(w.card)
	w.mustPass()
	ready := kube.Condition(w.card, cxv1.ConditionReady)
	if ready.Reason != cxv1.ReasonForeignObject || w.card.Status.Stage != nil {
		t.Errorf("Ready is %s/%s with stage %v, want ForeignObject and none", ready.Status, ready.Reason, w.card.Status.Stage)
	}
}

func (w *world) writeStatus(obj client.Object) {
	w.Helper()
	if err := w.Client.Status().Update(w.Context(), obj); err != nil {
		w.Fatal(err)
	}
}

func (w *world) pass() (ctrl.Result, error) {
	w.Helper()
	result, err := w.scorecard.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(w.card)})
	w.Get(w.card)
	if broken := invariants.Check(w.card); len(broken) > 0 {
		w.Error(strings.Join(broken, "\n"))
	}
	return result, err
}

func (w *world) mustPass() ctrl.Result {
	w.Helper()
	result, err := w.pass()
	if err != nil {
		w.Fatal(err)
	}
	return result
}

func (w *world) expectStage(want int32, name string) {
	w.Helper()
	if s := w.card.Status; s.Stage == nil || *s.Stage != want || s.StageName != name {
		w.Fatalf("stage %v %q, want %d %q", s.Stage, s.StageName, want, name)
	}
}

func (w *world) criterion(id string) cxv1.CriterionResult {
	w.Helper()
	for _, c := range w.card.Status.Criteria {
		if c.ID == id {
			return c
		}
	}
	w.Fatalf("no criterion %s", id)
	return cxv1.CriterionResult{}
}

// explore adds what makes stage 2: a group, a goal and a KPI with owners who accepted, a study, a sponsor.
func (w *world) explore() {
	w.Helper()
	for name, function := range map[string]cxv1.Function{"one": "it", "two": "shops", "three": "service", "boss": "board"} {
		w.Create(build.Owner(name, func(o *cxv1.Owner) { o.Spec.Function = function }))
	}
	study := build.Initiative("interviews", func(i *cxv1.Initiative) { i.Spec.Type = cxv1.InitiativeResearch })
	w.Create(
		build.Goal("loyalty", func(g *cxv1.Goal) { g.Spec.OwnerRef = "one" }),
		build.KPI("nps", func(k *cxv1.KPI) { k.Spec.Class, k.Spec.OwnerRef = cxv1.KPIExperience, "one" }),
		study,
	)
	study.Status.Phase, study.Status.ActiveSince = cxv1.InitiativeActive, new(build.At(-time.Hour))
	w.writeStatus(study)
	w.accept(cxv1.SubjectGoal, "loyalty", cxv1.RoleAccountable, "one")
	w.accept(cxv1.SubjectProgram, cxv1.ProgramName, cxv1.RoleSponsor, "boss")
	for _, name := range []string{"one", "two", "three"} {
		w.accept(cxv1.SubjectProgram, cxv1.ProgramName, cxv1.RoleGroupMember, name)
	}
}

func (w *world) accept(kind cxv1.SubjectKind, name string, role cxv1.AssignmentRole, owner string) {
	w.Helper()
	a := build.OwnerAssignment(strings.ToLower(fmt.Sprintf("%s-%s-%s-%s", kind, name, role, owner)), func(a *cxv1.OwnerAssignment) {
		a.Spec = cxv1.OwnerAssignmentSpec{
			Subject: cxv1.AssignmentSubject{Kind: kind, Name: cxv1.Ref(name)}, Role: role, Owner: cxv1.Ref(owner),
		}
	})
	w.Create(a)
	a.Status.Phase, a.Status.Owner, a.Status.AcceptedAt = cxv1.AssignmentActive, owner, new(build.At(-time.Minute))
	w.writeStatus(a)
}

func (w *world) history() (stages []int64) {
	w.Helper()
	ev, err := w.store.Store.Evidence(w.Context(), programID, store.EvidenceQuery{Now: w.clock.Now()})
	if err != nil {
		w.Fatal(err)
	}
	for _, change := range ev.Stages {
		stages = append(stages, change.Stage)
	}
	return stages
}

func TestStageTwoIsReachedWithReasonsAndASince(t *testing.T) {
	w := newWorld(t)
	w.mustPass()
	w.expectStage(1, "1 Ignore")
	if diff := cmp.Diff([]string{"Nobody plans or counts the value of CX", "Those who raise CX are single voices, unheard",
		"Employees and partners are not asked"}, w.card.Status.Indicators); diff != "" {
		t.Errorf("signs of stage 1 (-want +got):\n%s", diff)
	}
	group := w.criterion("exp-group")
	if group.Result != cxv1.OutcomeFalse || group.Reason != "RuleFalse" || !strings.Contains(group.Message, "groupMembers): 0") {
		t.Errorf("exp-group before: %+v", group)
	}
	w.explore()
	w.clock.SetTime(w.clock.Now().Add(time.Hour))
	w.mustPass()
	w.expectStage(2, "2 Explore")
	group = w.criterion("exp-group")
	want := cxv1.CriterionResult{
		ID: "exp-group", Stage: 2, Competency: "culture", Weight: cxv1.CriterionRequired, Result: cxv1.OutcomeTrue, Observed: cxv1.OutcomeTrue,
		Grade: cxv1.GradeSystem, Reason: "RuleTrue", Message: group.Message,
		Objects: []string{"Owner/one", "Owner/three", "Owner/two"}, Since: group.Since,
	}
	if diff := cmp.Diff(want, group); diff != "" {
		t.Errorf("exp-group (-want +got):\n%s", diff)
	}
	if !group.Since.Time.Equal(w.clock.Now()) || !w.criterion("exp-attention").Since.Time.Equal(build.Monday) {
		t.Errorf("since %s and %s, want the hour of the change and the start", group.Since, w.criterion("exp-attention").Since)
	}
	if w.card.Status.Since == nil || !w.card.Status.Since.Time.Equal(w.clock.Now()) {
		t.Errorf("stage since %v, want %s", w.card.Status.Since, w.clock.Now())
	}
	if diff := cmp.Diff([]int64{1, 2}, w.history()); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func TestNothingIsWrittenWhenNothingChanged(t *testing.T) {
	w := newWorld(t)
	w.explore()
	if result := w.mustPass(); result.RequeueAfter != time.Hour {
		t.Errorf("looks again after %s, want an hour", result.RequeueAfter)
	}
	w.mustPass()
	w.writes.Reset()
	before, err := w.store.Store.Revision(t.Context(), programID)
	if err != nil {
		t.Fatal(err)
	}
	reads := w.store.evidence
	for range 5 {
		w.clock.SetTime(w.clock.Now().Add(time.Minute))
		w.mustPass()
	}
	after, err := w.store.Store.Revision(t.Context(), programID)
	if err != nil {
		t.Fatal(err)
	}
	if w.writes.Total() != 0 || before != after || w.store.evidence != reads {
		t.Errorf("%d writes, revision %d to %d, evidence read %d times: want none", w.writes.Total(), before, after, w.store.evidence-reads)
	}
}

func TestALostStageIsKeptForItsGraceAndRegainedWithout(t *testing.T) {
	w := newWorld(t)
	w.explore()
	w.mustPass()
	w.expectStage(2, "2 Explore")
	const grace = 14 * 24 * time.Hour
	boss := &cxv1.Owner{ObjectMeta: metav1.ObjectMeta{Name: "boss"}}
	w.Get(boss)
	state := func(s cxv1.OwnerState) {
		boss.Spec.State = s
		if err := w.Client.Update(t.Context(), boss); err != nil {
			t.Fatal(err)
		}
	}
	state(cxv1.OwnerLeft)
	w.mustPass()
	w.expectStage(2, "2 Explore")
	if ready := kube.Condition(w.card, cxv1.ConditionReady); !strings.Contains(ready.Message, "kept until 2027-01-18") {
		t.Errorf("the message %q does not say until when the stage is kept", ready.Message)
	}
	w.clock.SetTime(build.Monday.Add(grace - 30*time.Minute))
	if result := w.mustPass(); result.RequeueAfter != 30*time.Minute {
		t.Errorf("looks again after %s, want the rest of the grace", result.RequeueAfter)
	}
	w.expectStage(2, "2 Explore")
	w.clock.SetTime(build.Monday.Add(grace))
	w.mustPass()
	w.expectStage(1, "1 Ignore")
	state(cxv1.OwnerActive)
	w.mustPass()
	w.expectStage(2, "2 Explore")
	if diff := cmp.Diff([]int64{2, 1, 2}, w.history()); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func TestDeletingTheScorecardForgetsNothing(t *testing.T) {
	w := newWorld(t)
	w.explore()
	w.mustPass()
	since := w.criterion("exp-group").Since
	if err := w.Client.Delete(t.Context(), w.card); err != nil {
		t.Fatal(err)
	}
	program := build.Program()
	w.Get(program)
	w.card = cardOf(t, program)
	w.Create(w.card)
	w.clock.SetTime(w.clock.Now().Add(time.Hour))
	w.mustPass()
	if got := w.criterion("exp-group").Since; !got.Equal(since) || !w.card.Status.Since.Time.Equal(build.Monday) {
		t.Errorf("since %s, want %s: the store remembers", got, since)
	}
	if diff := cmp.Diff([]int64{2}, w.history()); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func TestAStoreThatCannotBeReadMakesTheScorecardUnknownNotFalse(t *testing.T) {
	w := newWorld(t)
	w.explore()
	w.mustPass()
	w.store.err = fmt.Errorf("%w: disk", store.ErrUnavailable)
	if _, err := w.pass(); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("error %v, want the store's, so that it is retried", err)
	}
	if c := kube.Condition(w.card, cxv1.ConditionReady); c.Status != metav1.ConditionUnknown || c.Reason != cxv1.ReasonStoreUnavailable {
		t.Errorf("Ready is %s/%s", c.Status, c.Reason)
	}
	w.expectStage(2, "2 Explore")
	w.store.err = nil
	w.mustPass()
	if !kube.IsTrue(w.card, cxv1.ConditionReady) {
		t.Error("not Ready after the store is back")
	}
}

func TestAnUnknownFrameworkKeepsTheLastResult(t *testing.T) {
	w := newWorld(t)
	w.explore()
	w.mustPass()
	w.card.Spec.Framework = "seven-stages"
	if err := w.Client.Update(t.Context(), w.card); err != nil {
		t.Fatal(err)
	}
	w.mustPass()
	w.expectStage(2, "2 Explore")
	c := kube.Condition(w.card, cxv1.ConditionReconciling) // it may still come
	if c == nil || c.Reason != cxv1.ReasonFrameworkNotReady || !strings.Contains(c.Message, `"seven-stages" is neither`) {
		t.Errorf("Reconciling is %+v", c)
	}
	w.card.Spec.Framework = "six-stages"
	if err := w.Client.Update(t.Context(), w.card); err != nil {
		t.Fatal(err)
	}
	w.mustPass()
	if !kube.IsTrue(w.card, cxv1.ConditionReady) {
		t.Error("not Ready after the framework was corrected")
	}
}
