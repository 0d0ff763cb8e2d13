// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package scorecard_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

// patience bounds every wait; a machine under load needs more than people have.
const patience = 5 * time.Minute

// evaluations counts how often the scorecard of one program is computed, and tells whoever listens.
type evaluations struct {
	store.Store
	program string
	n       atomic.Int64
	next    chan struct{}
}

func (e *evaluations) Revision(ctx context.Context, programID string) (int64, error) {
	if programID == e.program {
		e.n.Add(1)
		select {
		case e.next <- struct{}{}:
		default:
		}
	}
	return e.Store.Revision(ctx, programID)
}

// running is a program under operators that run by themselves.
type running struct {
	*harness.Harness
	*testing.T
	store *evaluations
	ops   []*operator.Operator
}

func run(t *testing.T, id string, operators int) *running {
	t.Helper()
	r := &running{Harness: harness.New(t), T: t}
	id += r.Namespace[strings.LastIndex(r.Namespace, "-"):] // the Program of an earlier run may still be there
	r.store = &evaluations{Store: operator.Store(t), program: id, next: make(chan struct{}, 1)}
	for range operators {
		r.ops = append(r.ops, operator.Start(t, r.Config, operator.Options{Store: r.store}))
	}
	r.Create(build.Program(func(p *cxv1.Program) { p.Spec.ID = id }))
	return r
}

// await returns the Program as soon as it is as wanted. It watches; the test's own time limit ends it.
func (r *running) await(what string, wanted func(*cxv1.Program) bool) *cxv1.Program {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	changes, err := r.Client.Watch(ctx, &cxv1.ProgramList{}, client.InNamespace(r.Namespace))
	if err != nil {
		r.Fatal(err)
	}
	defer changes.Stop()
	for change := range changes.ResultChan() {
		if p, ok := change.Object.(*cxv1.Program); ok && wanted(p) {
			return p
		}
	}
	r.Fatalf("waited for %s", what)
	return nil
}

func assessed(p *cxv1.Program) bool {
	return kube.IsTrue(p, cxv1.ConditionMaturityAssessed) && kube.IsTrue(p, cxv1.ConditionReady)
}

func TestABurstOfObjectsMakesOneEvaluationASecond(t *testing.T) {
	const objects = 80
	r := run(t, "burst", 1)
	r.await("a stage", assessed)
	began, before := time.Now(), r.store.n.Load()
	for i := range objects {
		r.Create(build.Goal(fmt.Sprintf("goal-%03d", i)))
	}
	r.await("all goals", func(p *cxv1.Program) bool { return p.Status.Coverage != nil && p.Status.Coverage.Subjects == objects })
	made, elapsed := r.store.n.Load()-before, time.Since(began)
	// One more at either end: the first at once, and one that began just before its second was over.
	if most := int64(elapsed.Seconds()) + 2; made == 0 || made > most {
		t.Errorf("%d objects in %s made %d evaluations, want 1 to %d", objects, elapsed.Round(time.Millisecond), made, most)
	}
}

func TestTwoManagersMakeOneScorecardAndOneHistory(t *testing.T) {
	r := run(t, "two-managers", 2)
	r.await("a stage", assessed)
	cards := &cxv1.ScorecardList{}
	if err := r.Client.List(t.Context(), cards, client.InNamespace(r.Namespace)); err != nil {
		t.Fatal(err)
	}
	ev, err := r.store.Evidence(t.Context(), r.store.program, store.EvidenceQuery{Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if len(cards.Items) != 1 || len(ev.Stages) != 1 || ev.Stages[0].Stage != 1 {
		t.Errorf("%d scorecards, history %+v: want one and the one stage", len(cards.Items), ev.Stages)
	}
}

func TestAnIdleProgramIsNotWrittenWhenAskedAgain(t *testing.T) {
	r := run(t, "idle", 1)
	r.Create(build.Owner("lead"), build.Goal("loyalty", func(g *cxv1.Goal) { g.Spec.OwnerRef = "lead" }))
	r.await("the offer", func(p *cxv1.Program) bool {
		return assessed(p) && p.Status.Coverage != nil && p.Status.Coverage.Pending == 1
	})
	r.rest()
	r.settle()
	program := build.Program()
	r.Get(program)
	before := program.DeepCopy()
	program.SetAnnotations(map[string]string{cxv1.AnnotationReconcileRequestedAt: "again"})
	if err := r.Client.Patch(t.Context(), program, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
	asked := program.ResourceVersion
	card := r.settle()
	r.Get(program)
	if program.ResourceVersion != asked {
		t.Errorf("the Program was written although nothing changed: %+v", program.Status)
	}
	asked = card.ResourceVersion
	r.Get(card)
	if card.ResourceVersion != asked {
		t.Errorf("the Scorecard was written although nothing changed: %+v", card.Status)
	}
}

// rest waits until the operators have written all that follows from what is there.
func (r *running) rest() {
	r.Helper()
	var rest operator.Rest
	if err := wait.PollUntilContextTimeout(r.Context(), operator.LookEvery, patience, true, func(ctx context.Context) (bool, error) {
		wrote := map[string]int{}
		for _, op := range r.ops {
			for what, n := range op.Writes.ByKind() {
				wrote[what] += n
			}
		}
		return rest.Over(ctx, r.Client, wrote)
	}); err != nil {
		r.Fatalf("waited for the operators to rest: %v", err)
	}
}

// settle asks for two more evaluations and waits for them: what was under way before is over by then. It returns the Scorecard
// as it asked for the last one.
func (r *running) settle() *cxv1.Scorecard {
	r.Helper()
	card := build.Scorecard("six-stages")
	for range 2 {
		r.Get(card)
		select {
		case <-r.store.next: // an earlier one
		default:
		}
		before := card.DeepCopy()
		card.SetAnnotations(map[string]string{cxv1.AnnotationReconcileRequestedAt: fmt.Sprint(r.store.n.Load())})
		if err := r.Client.Patch(r.Context(), card, client.MergeFrom(before)); err != nil { // whoever writes the status meanwhile
			r.Fatal(err)
		}
		select {
		case <-r.store.next:
		case <-time.After(patience):
			r.Fatal("waited for an evaluation")
		}
	}
	return card
}

// What was done about a follow-up counts when it is reported, not an hour later.
func TestAFollowUpThatIsReportedOnWakesTheScorecard(t *testing.T) {
	r := run(t, "follow-ups", 1)
	r.await("a stage", assessed)
	followUp := build.FollowUp("case")
	r.Create(followUp)
	r.settle()
	for _, phase := range []cxv1.FollowUpPhase{cxv1.FollowUpResponded, cxv1.FollowUpClosed} {
		select {
		case <-r.store.next:
		default:
		}
		r.Get(followUp)
		before := followUp.DeepCopy()
		followUp.Status.Phase = phase
		if err := r.Client.Status().Patch(t.Context(), followUp, client.MergeFrom(before)); err != nil {
			t.Fatal(err)
		}
		select {
		case <-r.store.next:
		case <-time.After(patience):
			t.Fatalf("nobody looked although a follow-up is %s", phase)
		}
	}
}
