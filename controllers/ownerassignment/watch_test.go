// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownerassignment_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/ownerassignment"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

// run starts a manager with the controllers of this package on the world.
func (w *world) run() *operator.Operator {
	w.Helper()
	return operator.Start(w.T, w.Config, operator.Options{Store: w.store, Setup: func(ctx context.Context, mgr ctrl.Manager) error {
		owners := []kube.Object{&cxv1.Program{}, &cxv1.Owner{}, &cxv1.Journey{}, &cxv1.Goal{}, &cxv1.KPI{}, &cxv1.Survey{}, &cxv1.Initiative{},
			&cxv1.Assessment{}}
		err := errors.Join(kube.IndexReferences(ctx, mgr.GetFieldIndexer(), owners...), ownerassignment.Index(ctx, mgr.GetFieldIndexer()))
		kit := kube.Kit{Client: mgr.GetClient(), Clock: w.clock, Events: w.events}
		err = errors.Join(err, ownerassignment.New(kit, w.store, w.offers).Register(mgr))
		for _, subjects := range ownerassignment.Subjects(kit, w.store, w.offers) {
			err = errors.Join(err, subjects.Register(mgr))
		}
		return err
	}})
}

// awaits waits until the KPI's assignment stands somewhere.
func (w *world) awaits(want string) {
	w.Helper()
	w.eventually("the KPI's assignment to stand at "+want, func() (string, bool) {
		a := &cxv1.OwnerAssignment{ObjectMeta: metav1.ObjectMeta{Name: kpiAssignment(), Namespace: w.Namespace}}
		if err := w.Client.Get(w.Context(), client.ObjectKeyFromObject(a), a); err != nil {
			return err.Error(), want == "gone"
		}
		got := standing(a)
		return got + ", acting " + a.Status.Acting, got == want || got+", acting "+a.Status.Acting == want
	})
}

func (w *world) eventually(what string, check func() (string, bool)) {
	w.Helper()
	last := ""
	err := wait.PollUntilContextTimeout(w.Context(), 20*time.Millisecond, 5*time.Minute, true, func(context.Context) (bool, error) {
		got, done := check()
		last = got
		return done, nil
	})
	if err != nil {
		w.Fatalf("waited for %s, last seen: %s", what, last)
	}
}

func TestEveryChangeThatMattersWakesTheAssignment(t *testing.T) {
	w := newWorld(t)
	w.run()
	w.awaits("Pending (a) asks a")

	w.decides(cxv1.DecisionAccepted)
	w.awaits("Active a")

	edit(w, build.Owner("a"), func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerLeft })
	w.awaits("Orphaned (a)")
	edit(w, build.Owner("a"), func(o *cxv1.Owner) {
		o.Spec.State, o.Spec.Deputy = cxv1.OwnerActive, "b"
		o.Spec.Away = []cxv1.Absence{{From: build.At(-time.Hour), Until: build.At(time.Hour)}}
	})
	w.awaits("Active a, acting b")
	edit(w, build.Owner("b"), func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerLeft }) // named by nothing but a
	w.awaits("Active a, acting ")

	w.names("c")
	w.eventually("the condition to say that c does not exist", func() (string, bool) {
		c := kube.Condition(w.one(), cxv1.ConditionAccepted)
		return c.Reason, c.Reason == cxv1.ReasonOwnerNotFound
	})
	w.Create(build.Owner("c"))
	w.awaits("HandingOver a asks c")

	if err := w.Client.Delete(t.Context(), w.one()); err != nil {
		t.Fatal(err)
	}
	w.awaits("HandingOver a asks c")

	edit(w, build.Program(), func(p *cxv1.Program) { p.Spec.Ownership.Acceptance = cxv1.AcceptanceTrusted })
	w.awaits("Active c asks c")

	w.names("")
	w.awaits("gone")
}

func TestAnOwnerWhoIsBackGetsBackWhatNobodyElseAcceptedYet(t *testing.T) {
	w := newWorld(t)
	w.run()
	w.awaits("Pending (a) asks a")
	w.decides(cxv1.DecisionAccepted)
	w.awaits("Active a")
	w.names("b")
	w.awaits("HandingOver a asks b")
	edit(w, build.Owner("a"), func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerLeft }) // named by nothing any more
	w.awaits("Pending (b) asks b")
	edit(w, build.Owner("a"), func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerActive })
	w.awaits("HandingOver a asks b")
}

func TestAssignmentsComeWithTheProgramAndWhenTheirNameIsFree(t *testing.T) {
	w := newWorld(t)
	program := build.Program()
	w.Get(program)
	program.Status.ObservedGeneration = -1
	if err := w.Client.Status().Update(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	taken := build.OwnerAssignment(kpiAssignment())
	w.Create(taken)
	w.run()
	program.Status.ObservedGeneration = program.Generation
	if err := w.Client.Status().Update(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	w.eventually("somebody to say that the name is taken", func() (string, bool) {
		notes := w.events.all()
		return fmt.Sprint(notes), len(notes) > 0
	})
	if err := w.Client.Delete(t.Context(), taken); err != nil {
		t.Fatal(err)
	}
	w.awaits("Pending (a) asks a")
}

// errLost is what a writer sees of a crash.
var errLost = errors.New("the connection is lost")

// flaky does one write and loses the answer. A write that never arrives is no other case: that is where the world stands
// after the write before it.
type flaky struct{ writes, failAt int }

func (f *flaky) client(c client.WithWatch) client.WithWatch {
	return interceptor.NewClient(c, interceptor.Funcs{
		Apply: func(ctx context.Context, c client.WithWatch, obj runtime.ApplyConfiguration, o ...client.ApplyOption) error {
			return f.write(func() error { return c.Apply(ctx, obj, o...) })
		},
		Delete: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.DeleteOption) error {
			return f.write(func() error { return c.Delete(ctx, obj, o...) })
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, obj client.Object, p client.Patch, o ...client.SubResourcePatchOption) error {
			return f.write(func() error { return c.SubResource(sub).Patch(ctx, obj, p, o...) })
		},
	})
}

// evidence is a store that takes part in the crash.
func (f *flaky) evidence(e ownerassignment.Evidence) ownerassignment.Evidence {
	return flakyEvidence{e, f}
}

type flakyEvidence struct {
	ownerassignment.Evidence
	*flaky
}

func (f flakyEvidence) RecordDecision(ctx context.Context, programID string, d store.Decision) (stored store.Decision, err error) {
	err = f.write(func() error {
		stored, err = f.Evidence.RecordDecision(ctx, programID, d)
		return err
	})
	return stored, err
}

func (f *flaky) write(do func() error) error {
	f.writes++
	if f.writes == f.failAt {
		return errors.Join(do(), errLost)
	}
	return do()
}

// handover is the story that crashes interrupt.
func (w *world) handover() string {
	w.Helper()
	w.settle()
	w.decides(cxv1.DecisionAccepted)
	w.settle()
	w.names("b")
	w.settle()
	w.decides(cxv1.DecisionAccepted)
	edit(w, build.Program(), func(p *cxv1.Program) { p.Spec.Lead = "" })
	w.settle()
	return fmt.Sprint(standing(w.one()), w.one().Status.AcceptedAt, w.one().Spec.Proposed, len(w.all()))
}

func TestACrashAfterAnyWriteChangesNothingInTheEnd(t *testing.T) {
	prepare := func(t *testing.T, f *flaky) *world {
		w := newWorld(t, func(p *cxv1.Program) { p.Spec.Lead = "a" })
		w.use(f.client(w.Client), f.evidence(w.store))
		return w
	}
	clean := &flaky{}
	want := prepare(t, clean).handover()
	for k := 1; k <= clean.writes; k++ {
		t.Run(fmt.Sprintf("write %d of %d", k, clean.writes), func(t *testing.T) {
			w := prepare(t, &flaky{failAt: k})
			w.forgives = errLost
			if got := w.handover(); got != want {
				t.Errorf("ended with %s, want %s", got, want)
			}
		})
	}
}
