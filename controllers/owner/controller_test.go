// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package owner_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/owner"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/invariants"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

func TestMain(m *testing.M) { harness.Main(m) }

// world has a Program and the controller, called by hand.
type world struct {
	*harness.Harness
	*testing.T
	clock  *clocktesting.FakePassiveClock
	writes *operator.Writes
	owners *owner.Reconciler
}

func newWorld(t *testing.T, change ...func(*cxv1.Program)) *world {
	t.Helper()
	w := &world{
		Harness: harness.New(t), T: t, writes: operator.NewWrites(), clock: clocktesting.NewFakePassiveClock(build.Monday),
	}
	indexes := harness.NewIndexes()
	if err := owner.Index(t.Context(), indexes); err != nil {
		t.Fatal(err)
	}
	w.owners = owner.New(kube.Kit{Client: w.writes.Count(indexes.Client(w.Client)), Clock: w.clock})
	program := build.Program(change...)
	w.Create(program)
	program.Status.ObservedGeneration = program.Generation
	kube.SetCondition(program, w.clock.Now(), cxv1.ConditionReady, metav1.ConditionTrue, cxv1.ReasonReady, "It is.")
	if err := w.Client.Status().Update(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	return w
}

// look runs the controller on an owner and returns what it made of it.
func (w *world) look(name string) (*cxv1.Owner, ctrl.Result) {
	w.Helper()
	key := client.ObjectKey{Namespace: w.Namespace, Name: name}
	result, err := w.owners.Reconcile(w.Context(), ctrl.Request{NamespacedName: key})
	if err != nil {
		w.Fatal(err)
	}
	o := w.get(name)
	if broken := invariants.Check(o); len(broken) > 0 {
		w.Error(strings.Join(broken, "\n"))
	}
	return o, result
}

func (w *world) get(name string) *cxv1.Owner {
	w.Helper()
	o := build.Owner(name)
	w.Get(o)
	return o
}

func (w *world) edit(name string, change func(*cxv1.Owner)) {
	w.Helper()
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error { // a running controller writes the status meanwhile
		o := w.get(name)
		change(o)
		return w.Client.Update(w.Context(), o)
	})
	if err != nil {
		w.Fatal(err)
	}
}

// carries makes an assignment in which the owner is in force, asked, or neither.
func carries(name string, role cxv1.AssignmentRole, inForce, asked cxv1.Ref) *cxv1.OwnerAssignment {
	return build.OwnerAssignment(name, func(a *cxv1.OwnerAssignment) {
		a.Spec.Role, a.Spec.Owner, a.Spec.Proposed = role, inForce, nil
		if asked != "" {
			a.Spec.Proposed = &cxv1.Proposal{Owner: asked, OfferID: "the-offer-" + name}
		}
	})
}

func reportsTo(manager cxv1.Ref) func(*cxv1.Owner) {
	return func(o *cxv1.Owner) { o.Spec.ReportsTo = manager }
}

// ready is the condition Ready, or Stalled while the owner is stalled, as "reason: message".
func ready(o *cxv1.Owner) string {
	c := kube.Condition(o, cxv1.ConditionReady)
	if stalled := kube.Condition(o, cxv1.ConditionStalled); stalled != nil {
		c = stalled
	}
	return c.Reason + ": " + c.Message
}

func TestAnOwnerSeesWhatTheyCarry(t *testing.T) {
	w := newWorld(t, func(p *cxv1.Program) { p.Spec.Ownership.MaxPerOwner = ptr.To[int32](1) })
	w.Create(build.Owner("a"), build.Owner("b"),
		carries("one", cxv1.RoleAccountable, "a", ""), carries("two", cxv1.RoleAccountable, "a", "b"),
		carries("three", cxv1.RoleLead, "a", ""), carries("four", cxv1.RoleSponsor, "", "a"),
		carries("five", cxv1.RoleAccountable, "b", ""))
	a, _ := w.look("a")
	want := cxv1.OwnerStatus{
		Accountable: ptr.To[int32](2), Roles: ptr.To[int32](1), Pending: ptr.To[int32](1), PendingAssignments: []string{"four"},
	}
	got := a.Status
	got.ObjectStatus = cxv1.ObjectStatus{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if c := kube.Condition(a, cxv1.ConditionWithinCapacity); c.Status != metav1.ConditionFalse || c.Reason != cxv1.ReasonOverloaded {
		t.Errorf("condition WithinCapacity is %+v", c)
	}
	if got, want := ready(a), "Ready: Accountable for 2, other roles: 1, offers waiting: 1."; got != want {
		t.Errorf("condition Ready is %q, want %q: too much to do is no failure of the controller", got, want)
	}
	w.edit("a", func(o *cxv1.Owner) { o.Spec.Capacity = ptr.To[int32](2) })
	a, _ = w.look("a")
	if !kube.IsTrue(a, cxv1.ConditionWithinCapacity) {
		t.Errorf("condition WithinCapacity is %+v", kube.Condition(a, cxv1.ConditionWithinCapacity))
	}
	w.writes.Reset()
	w.look("a")
	if n := w.writes.Total(); n != 0 {
		t.Errorf("%d writes when nothing changed: %v", n, w.writes.ByKind())
	}
}

func TestAnOwnerSeesSinceWhenOffersWaitAndWhatIsOrphaned(t *testing.T) {
	w := newWorld(t)
	w.Create(build.Owner("a", func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerLeft }), build.Owner("b"))
	for i, name := range []string{"one", "two"} {
		assignment := carries(name, cxv1.RoleAccountable, "", "b")
		w.Create(assignment)
		assignment.Status.Phase, assignment.Status.Owner = cxv1.AssignmentOrphaned, "(a)"
		assignment.Status.WaitsFor, assignment.Status.OfferedAt = "b", ptr.To(build.At(time.Duration(i-2)*time.Hour))
		if err := w.Client.Status().Update(t.Context(), assignment); err != nil {
			t.Fatal(err)
		}
	}
	if b, _ := w.look("b"); *b.Status.Pending != 2 || !b.Status.WaitingSince.Time.Equal(build.Monday.Add(-2*time.Hour)) || b.Status.Orphaned != nil {
		t.Errorf("%d offers wait since %v, orphaned: %v", *b.Status.Pending, b.Status.WaitingSince, b.Status.Orphaned)
	}
	a, _ := w.look("a")
	if a.Status.Orphaned == nil || *a.Status.Orphaned != 2 || a.Status.WaitingSince != nil {
		t.Errorf("orphaned: %v, waiting since %v", a.Status.Orphaned, a.Status.WaitingSince)
	}
	if got := ready(a); !strings.HasSuffix(got, "Still named for 2 that nobody answers for: name other owners there.") {
		t.Errorf("condition Ready is %q", got)
	}
}

func TestADeputyIsShownFromTheFirstInstantToTheLast(t *testing.T) {
	w := newWorld(t)
	w.Create(build.Owner("b"), build.Owner("a", func(o *cxv1.Owner) {
		o.Spec.Deputy, o.Spec.Away = "b", []cxv1.Absence{{From: build.At(time.Hour), Until: build.At(3 * time.Hour)}}
	}))
	for _, step := range []struct {
		at, next time.Duration
		acting   string
	}{
		{0, time.Hour, ""}, {time.Hour, 2 * time.Hour, "b"}, {2 * time.Hour, time.Hour, "b"}, {3 * time.Hour, 0, ""},
	} {
		w.clock.SetTime(build.Monday.Add(step.at))
		a, result := w.look("a")
		if a.Status.ActingDeputy != step.acting || result.RequeueAfter != step.next {
			t.Errorf("after %s %q acts and the next look is in %s, want %q and %s",
				step.at, a.Status.ActingDeputy, result.RequeueAfter, step.acting, step.next)
		}
		if (a.Status.ActingUntil != nil) != (step.acting != "") {
			t.Errorf("after %s acting until %v", step.at, a.Status.ActingUntil)
		}
	}
}

func TestNobodyActsForAnOwnerWhoLeft(t *testing.T) {
	w := newWorld(t)
	w.Create(build.Owner("b"), build.Owner("a", func(o *cxv1.Owner) {
		o.Spec.State, o.Spec.Deputy = cxv1.OwnerLeft, "b"
		o.Spec.Away = []cxv1.Absence{{From: build.At(-time.Hour), Until: build.At(time.Hour)}}
	}))
	if a, result := w.look("a"); a.Status.ActingDeputy != "" || result.RequeueAfter != 0 {
		t.Errorf("%q acts for somebody who left; next look in %s", a.Status.ActingDeputy, result.RequeueAfter)
	}
}

func TestACircleIsNamedByEachMemberAndEnds(t *testing.T) {
	w := newWorld(t)
	w.Create(build.Owner("c", reportsTo("a")), build.Owner("a", reportsTo("b")), build.Owner("b", reportsTo("c")),
		build.Owner("d", reportsTo("a")))
	want := "ReferenceCycle: The owner reports to themselves: a → b → c → a. Change reportsTo of one of them."
	for _, name := range []string{"a", "b", "c"} {
		if o, _ := w.look(name); ready(o) != want {
			t.Errorf("%s: %s\nwant %s", name, ready(o), want)
		}
	}
	if d, _ := w.look("d"); !strings.HasPrefix(ready(d), "Ready: ") {
		t.Errorf("d only reports into the circle: %s", ready(d))
	}
	w.edit("c", reportsTo(""))
	for _, name := range []string{"a", "b", "c"} {
		if o, _ := w.look(name); !strings.HasPrefix(ready(o), "Ready: ") {
			t.Errorf("%s after the circle is cut: %s", name, ready(o))
		}
	}
}

func TestAMissingManagerOrDeputyIsSaidAndRecoversByItself(t *testing.T) {
	tests := map[string]func(*cxv1.Owner){
		`ReferenceNotFound: Not found in this namespace: spec.reportsTo names Owner "boss"`: reportsTo("boss"),
		`ReferenceNotFound: Not found in this namespace: spec.deputy names Owner "boss"`: func(o *cxv1.Owner) {
			o.Spec.Deputy = "boss"
		},
		`ReferenceNotFound: Not found in this namespace: spec.away.deputy names Owner "boss"`: func(o *cxv1.Owner) {
			o.Spec.Away = []cxv1.Absence{{From: build.At(0), Until: build.At(time.Hour), Deputy: "boss"}}
		},
	}
	for want, change := range tests {
		t.Run(want, func(t *testing.T) {
			w := newWorld(t)
			w.Create(build.Owner("a", change))
			a, _ := w.look("a")
			if !strings.HasPrefix(ready(a), want) {
				t.Errorf("got %s", ready(a))
			}
			if a.Status.Accountable == nil {
				t.Error("what the owner carries is known all the same")
			}
			w.Create(build.Owner("boss"))
			if a, _ := w.look("a"); !strings.HasPrefix(ready(a), "Ready: ") {
				t.Errorf("the boss is there now, yet: %s", ready(a))
			}
		})
	}
}

func TestWithoutAProgramAnOwnerWaits(t *testing.T) {
	w := newWorld(t)
	if err := w.Client.Delete(t.Context(), w.In(build.Program())); err != nil {
		t.Fatal(err)
	}
	w.Create(build.Owner("a"))
	if a, _ := w.look("a"); !strings.HasPrefix(ready(a), "NoProgram: ") {
		t.Errorf("got %s", ready(a))
	}
}

func TestEveryChangeThatMattersWakesTheOwner(t *testing.T) {
	w := newWorld(t)
	operator.Start(t, w.Config, operator.Options{Setup: func(ctx context.Context, mgr ctrl.Manager) error {
		return errors.Join(kube.IndexReferences(ctx, mgr.GetFieldIndexer(), &cxv1.Owner{}), owner.Index(ctx, mgr.GetFieldIndexer()),
			owner.New(kube.Kit{Client: mgr.GetClient(), Clock: w.clock}).Register(mgr))
	}})
	line := func(name string) string {
		o := w.get(name)
		if o.Status.Accountable == nil {
			return ""
		}
		orphaned := ""
		if o.Status.Orphaned != nil {
			orphaned = fmt.Sprintf("%d orphaned, ", *o.Status.Orphaned)
		}
		return fmt.Sprintf("%d accountable, %d pending, %sacting %q, ", *o.Status.Accountable, *o.Status.Pending, orphaned, o.Status.ActingDeputy) +
			strings.SplitN(ready(o), ":", 2)[0]
	}
	await := func(name, want string) {
		t.Helper()
		last := ""
		err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, 5*time.Minute, true, func(context.Context) (bool, error) {
			last = line(name)
			return last == want, nil
		})
		if err != nil {
			t.Fatalf("%s: %q, want %q", name, last, want)
		}
	}
	w.Create(build.Owner("a", func(o *cxv1.Owner) {
		o.Spec.ReportsTo, o.Spec.Away = "b", []cxv1.Absence{{From: build.At(0), Until: build.At(time.Hour), Deputy: "b"}}
	}))
	await("a", `0 accountable, 0 pending, acting "", ReferenceNotFound`)
	w.Create(build.Owner("b", func(o *cxv1.Owner) { o.Spec.Deputy = "c" }), build.Owner("c"))
	await("a", `0 accountable, 0 pending, acting "b", Ready`)
	w.edit("b", func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerLeft })
	await("a", `0 accountable, 0 pending, acting "c", Ready`)
	w.edit("c", func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerLeft }) // deputy of a deputy
	await("a", `0 accountable, 0 pending, acting "", Ready`)

	assignment := carries("one", cxv1.RoleAccountable, "", "a")
	w.Create(assignment)
	await("a", `0 accountable, 1 pending, acting "", Ready`)
	assignment.Spec.Owner, assignment.Spec.Proposed = "a", nil
	if err := w.Client.Update(t.Context(), assignment); err != nil {
		t.Fatal(err)
	}
	await("a", `1 accountable, 0 pending, acting "", Ready`)
	if err := w.Client.Delete(t.Context(), assignment); err != nil {
		t.Fatal(err)
	}
	await("a", `0 accountable, 0 pending, acting "", Ready`)

	orphan := carries("two", cxv1.RoleAccountable, "", "")
	w.Create(orphan)
	for i, phase := range []cxv1.AssignmentPhase{cxv1.AssignmentDeclined, cxv1.AssignmentOrphaned, cxv1.AssignmentDeclined} {
		orphan.Status.Phase, orphan.Status.Owner = phase, "(b)"
		if err := w.Client.Status().Update(t.Context(), orphan); err != nil {
			t.Fatal(err)
		}
		await("b", fmt.Sprintf(`0 accountable, 0 pending, %sacting "", Ready`, []string{"", "1 orphaned, ", ""}[i]))
	}

	w.edit("b", reportsTo("c"))
	w.edit("c", reportsTo("a"))
	await("a", `0 accountable, 0 pending, acting "", ReferenceCycle`)
	w.edit("b", reportsTo(""))
	await("a", `0 accountable, 0 pending, acting "", Ready`)
}
