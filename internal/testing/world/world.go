// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package world gives a test of one controller everything around it: a namespace on a real API server, a Program whose id
// is claimed, an evidence store and a clock that stands still. The controller is called by hand, one pass at a time, or run
// by a manager where its watches matter.
package world

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/util/retry"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/invariants"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

// ProgramID is the id of the Program.
const ProgramID = "world-test"

// World is what is around a controller.
type World struct {
	*harness.Harness
	// Clock shows build.Monday until somebody moves it.
	Clock *clocktesting.FakePassiveClock
	Store store.Store
	// People is the same store; its clock is Clock.
	People store.People
	// Writes counts what went through the kit's client.
	Writes *operator.Writes
	// Kit reads and writes without a cache.
	Kit kube.Kit
	// Events has what was recorded, as "name Reason: note".
	Events []string

	t testing.TB
}

// New makes a world with a Program that its controller has seen.
func New(t testing.TB, changes ...func(*cxv1.Program)) *World {
	t.Helper()
	w := Empty(t)
	program := build.Program(append([]func(*cxv1.Program){func(p *cxv1.Program) { p.Spec.ID = ProgramID }}, changes...)...)
	w.Create(program)
	w.Claim()
	w.Report(program, cxv1.ConditionReady, metav1.ConditionTrue)
	return w
}

// Empty makes a world without a Program.
func Empty(t testing.TB) *World {
	t.Helper()
	w := &World{
		Harness: harness.New(t), Writes: operator.NewWrites(), Clock: clocktesting.NewFakePassiveClock(build.Monday), t: t,
	}
	kept := operator.StoreAt(t, w.Clock.Now)
	w.Store, w.People = kept, kept
	w.Kit = kube.Kit{Client: w.Writes.Count(harness.NewIndexes().Client(w.Client)), Clock: w.Clock, Events: recorder{w}}
	return w
}

// Claim takes the program's id for the namespace, as the controller of the Program does.
func (w *World) Claim() {
	w.t.Helper()
	holder := store.Holder{NamespaceUID: w.Namespace, Namespace: w.Namespace, ProgramUID: w.Namespace}
	if _, err := w.Store.Claim(w.t.Context(), ProgramID, holder, "", w.Clock.Now()); err != nil {
		w.t.Fatal(err)
	}
}

type recorder struct{ w *World }

func (r recorder) Eventf(regarding, _ runtime.Object, _, reason, _, format string, args ...any) {
	r.w.Events = append(r.w.Events,
		fmt.Sprintf("%s %s: ", regarding.(client.Object).GetName(), reason)+fmt.Sprintf(format, args...))
}

// Look runs one pass over each object, reads the object back and checks the rules of every status. It returns when the
// controller wants to look at the last one again.
func (w *World) Look(r reconcile.Reconciler, objects ...kube.Object) (after time.Duration) {
	w.t.Helper()
	for _, obj := range objects {
		result, err := w.Try(r, obj)
		if err != nil {
			w.t.Fatalf("%T %s: %v", obj, obj.GetName(), err)
		}
		after = result.RequeueAfter
	}
	return after
}

// Try is Look for one object and a pass that may fail.
func (w *World) Try(r reconcile.Reconciler, obj kube.Object) (ctrl.Result, error) {
	w.t.Helper()
	key := client.ObjectKeyFromObject(w.In(obj))
	result, err := r.Reconcile(w.t.Context(), reconcile.Request{NamespacedName: key})
	w.Get(obj)
	if broken := invariants.Check(obj); len(broken) > 0 {
		w.t.Error(strings.Join(broken, "\n"))
	}
	return result, err
}

// Update changes an object as it is now on the API server, also while a controller writes its status.
func Update[T client.Object](w *World, obj T, change func(T)) {
	w.t.Helper()
	w.retry(obj, func() error {
		change(obj)
		return w.Client.Update(w.t.Context(), obj)
	})
}

// retry reads the object and writes it until nobody else wrote in between.
func (w *World) retry(obj client.Object, write func() error) {
	w.t.Helper()
	if err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		w.Get(obj)
		return write()
	}); err != nil {
		w.t.Fatalf("write %T %s: %v", obj, obj.GetName(), err)
	}
}

// Delete deletes objects of the test's namespace.
func (w *World) Delete(objects ...client.Object) {
	w.t.Helper()
	for _, obj := range objects {
		if err := w.Client.Delete(w.t.Context(), w.In(obj)); err != nil {
			w.t.Fatalf("delete %T %s: %v", obj, obj.GetName(), err)
		}
	}
}

// SetStatus writes a status as another controller would.
func (w *World) SetStatus(obj kube.Object) {
	w.t.Helper()
	obj.CommonStatus().ObservedGeneration = obj.GetGeneration()
	if err := w.Client.Status().Update(w.t.Context(), w.In(obj)); err != nil {
		w.t.Fatalf("status of %T %s: %v", obj, obj.GetName(), err)
	}
}

// Report writes one condition as another controller would.
func (w *World) Report(obj kube.Object, condition string, status metav1.ConditionStatus) {
	w.t.Helper()
	w.retry(obj, func() error {
		kube.SetCondition(obj, w.Clock.Now(), condition, status, "Reported", "It is so.")
		obj.CommonStatus().ObservedGeneration = obj.GetGeneration()
		return w.Client.Status().Update(w.t.Context(), obj)
	})
}

// Expect fails the test unless the object has the condition with that "Status/Reason" and a message that contains the
// text. "absent" is for a condition that must not be there.
func (w *World) Expect(obj kube.Object, condition, want, text string) {
	w.t.Helper()
	if got := Said(obj, condition); got != want {
		w.t.Errorf("%T %s: %s is %s, want %s%s", obj, obj.GetName(), condition, got, want, messageOf(obj, condition))
	}
	if message := messageOf(obj, condition); !strings.Contains(message, text) {
		w.t.Errorf("%T %s: %s says%s\nwant ...%s...", obj, obj.GetName(), condition, message, text)
	}
}

// Said is a condition as "Status/Reason", or "absent".
func Said(obj kube.Object, condition string) string {
	if c := kube.Condition(obj, condition); c != nil {
		return fmt.Sprintf("%s/%s", c.Status, c.Reason)
	}
	return "absent"
}

func messageOf(obj kube.Object, condition string) string {
	if c := kube.Condition(obj, condition); c != nil {
		return ": " + c.Message
	}
	return ""
}

// Still fails the test if another pass over the objects writes anything.
func (w *World) Still(r reconcile.Reconciler, objects ...kube.Object) {
	w.t.Helper()
	w.Writes.Reset()
	w.Look(r, objects...)
	if w.Writes.Total() != 0 {
		w.t.Errorf("looking again wrote %v", w.Writes.ByKind())
	}
}

// FailList makes a client whose lists fail.
func FailList(c client.Client) client.Client { return failing{c} }

type failing struct{ client.Client }

func (failing) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return errors.New("the API server is away")
}

// Controller is what can be registered with a manager.
type Controller interface{ Register(ctrl.Manager) error }

// Run runs one controller, and no other, in a manager that sees this namespace only, until the test ends.
func (w *World) Run(make func(kube.Kit) Controller) {
	w.t.Helper()
	operator.Start(w.t, w.Config, operator.Options{
		Store: w.Store, Clock: w.Clock,
		Namespaces: []string{w.Namespace}, // other tests left programs of the same id behind
		Setup: func(ctx context.Context, mgr ctrl.Manager) error {
			if err := controllers.Indexes(ctx, mgr.GetFieldIndexer()); err != nil {
				return err
			}
			return make(kube.Kit{Client: mgr.GetClient(), Clock: w.Clock}).Register(mgr)
		},
	})
}

// Await waits until the object on the API server is as it should be, and leaves it in obj.
func Await[T kube.Object](w *World, obj T, what string, ok func(T) bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Minute) // a machine under load needs more than people have
	defer cancel()
	list, err := w.listOf(obj)
	if err != nil {
		w.t.Fatal(err)
	}
	watched, err := w.Client.Watch(ctx, list, client.InNamespace(w.Namespace), client.MatchingFields{"metadata.name": obj.GetName()})
	if err != nil {
		w.t.Fatal(err)
	}
	defer watched.Stop()
	var last kube.Object = obj
	for event := range watched.ResultChan() {
		seen, isObject := event.Object.(T)
		if !isObject {
			continue
		}
		last = seen
		if ok(seen) {
			w.Get(obj)
			if broken := invariants.Check(seen); len(broken) > 0 {
				w.t.Error(strings.Join(broken, "\n"))
			}
			return
		}
	}
	w.t.Fatalf("waited for %T %s: %s; it has %+v", obj, obj.GetName(), what, last.CommonStatus())
}

func (w *World) listOf(obj client.Object) (client.ObjectList, error) {
	kind, err := w.Client.GroupVersionKindFor(obj)
	if err != nil {
		return nil, err
	}
	kind.Kind += "List"
	list, err := w.Client.Scheme().New(kind)
	if err != nil {
		return nil, err
	}
	return list.(client.ObjectList), nil
}
