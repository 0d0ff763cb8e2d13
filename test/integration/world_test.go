// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/invariants"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

const (
	pollEvery = operator.LookEvery
	// patience bounds every wait; a machine under load needs more than people have.
	patience = 5 * time.Minute
)

// world is a namespace with an operator that runs.
type world struct {
	*harness.Harness
	*testing.T
	// Operators run on one store; most worlds have one.
	operators []*operator.Operator
	store     store.Store
	clock     clock.PassiveClock
}

// newWorld starts operators on a fresh store. At the end of the test the rules of every status are checked and every object
// is deleted: operators see all namespaces, those of later tests too.
func newWorld(t *testing.T, clk clock.PassiveClock, operators int) *world {
	t.Helper()
	w := &world{Harness: harness.New(t), T: t, clock: clk}
	t.Cleanup(w.clear)
	w.store = operator.Store(t)
	for range operators {
		w.operators = append(w.operators, operator.Start(t, w.Config, operator.Options{Store: w.store, Clock: clk}))
	}
	t.Cleanup(w.checkInvariants)
	return w
}

// beside is another namespace for a subtest, looked after by the same operators.
func (w *world) beside(t *testing.T) *world {
	t.Helper()
	b := &world{Harness: harness.New(t), T: t, operators: w.operators, store: w.store, clock: w.clock}
	t.Cleanup(b.clear)
	t.Cleanup(b.checkInvariants)
	return b
}

func (w *world) clear() {
	w.Helper()
	for _, list := range lists() {
		obj := objectOf(list)
		if err := w.Client.DeleteAllOf(context.WithoutCancel(w.Context()), obj, client.InNamespace(w.Namespace)); err != nil {
			w.Errorf("delete all %T: %v", obj, err)
		}
	}
}

func (w *world) checkInvariants() {
	w.Helper()
	for _, obj := range w.objects() {
		for _, broken := range invariants.Check(obj) {
			w.Error(broken)
		}
	}
}

func lists() []client.ObjectList {
	return []client.ObjectList{
		&cxv1.ProgramList{}, &cxv1.OwnerList{}, &cxv1.PersonaList{}, &cxv1.JourneyList{}, &cxv1.GoalList{}, &cxv1.KPIList{},
		&cxv1.SurveyList{}, &cxv1.SurveyWaveList{}, &cxv1.InitiativeList{}, &cxv1.OwnerAssignmentList{}, &cxv1.ScorecardList{},
		&cxv1.FrameworkList{}, &cxv1.AssessmentList{}, &cxv1.FollowUpList{},
	}
}

// objectOf makes an empty object of a list's kind.
func objectOf(list client.ObjectList) client.Object {
	kinds, _, err := harness.Scheme.ObjectKinds(list)
	if err != nil {
		panic(err)
	}
	obj, err := harness.Scheme.New(kinds[0].GroupVersion().WithKind(strings.TrimSuffix(kinds[0].Kind, "List")))
	if err != nil {
		panic(err)
	}
	return obj.(client.Object)
}

// objects lists everything of ours in the namespace.
func (w *world) objects() []kube.Object {
	w.Helper()
	var all []kube.Object
	for _, list := range lists() {
		if err := w.Client.List(context.WithoutCancel(w.Context()), list, client.InNamespace(w.Namespace)); err != nil {
			w.Fatal(err)
		}
		if err := meta.EachListItem(list, func(item runtime.Object) error {
			all = append(all, item.(kube.Object))
			return nil
		}); err != nil {
			w.Fatal(err)
		}
	}
	return all
}

func key(obj client.Object) string { return program.KindOf(obj.(kube.Object)) + "/" + obj.GetName() }

// await polls until nothing is missing any more.
func (w *world) await(what string, missing func() string) {
	w.Helper()
	var last string
	err := wait.PollUntilContextTimeout(w.Context(), pollEvery, patience, true, func(context.Context) (bool, error) {
		last = missing()
		return last == "", nil
	})
	if err != nil {
		w.Fatalf("waited for %s: %v: %s", what, err, last)
	}
}

// said is what Ready says, "" while that is not about the present spec.
func said(obj kube.Object) string {
	ready := kube.Condition(obj, cxv1.ConditionReady)
	if ready == nil || ready.ObservedGeneration != obj.GetGeneration() {
		return ""
	}
	return fmt.Sprintf("%s/%s: %s", ready.Status, ready.Reason, ready.Message)
}

// unready names the objects that are not Ready for the spec that they have, except those of the given keys.
func unready(objs []kube.Object, except ...string) string {
	var names []string
	for _, obj := range objs {
		if !strings.HasPrefix(said(obj), string(metav1.ConditionTrue)) && !slices.Contains(except, key(obj)) {
			names = append(names, fmt.Sprintf("%s is %q", key(obj), said(obj)))
		}
	}
	return strings.Join(names, "\n")
}

// awaitReady waits until there are n objects and all of them are Ready. OwnerAssignments, Scorecards and waves do not count.
func (w *world) awaitReady(n int, except ...string) {
	w.Helper()
	w.await(fmt.Sprintf("%d objects to be Ready", n), func() string {
		objs := slices.DeleteFunc(w.objects(), generated)
		if len(objs) != n {
			return fmt.Sprintf("there are %d objects", len(objs))
		}
		return unready(objs, except...)
	})
}

func generated(obj kube.Object) bool {
	switch obj.(type) {
	case *cxv1.OwnerAssignment, *cxv1.Scorecard, *cxv1.SurveyWave, *cxv1.FollowUp:
		return true
	}
	return false
}

// expect waits until Ready of the object has that status and reason, and a message with these words.
func (w *world) expect(obj kube.Object, want string, words ...string) {
	w.Helper()
	w.await(fmt.Sprintf("%s to be %s %q", key(obj), want, words), func() string {
		w.Get(obj)
		now := said(obj)
		if !strings.HasPrefix(now, want+":") {
			return "it is " + now
		}
		for _, word := range words {
			if !strings.Contains(now, word) {
				return "it is " + now
			}
		}
		return ""
	})
}

// edit changes an object as it is now, while controllers write its status.
func edit[T client.Object](w *world, obj T, change func(T)) {
	w.Helper()
	if err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		w.Get(obj)
		change(obj)
		return w.Client.Update(w.Context(), obj)
	}); err != nil {
		w.Fatalf("edit %T %s: %v", obj, obj.GetName(), err)
	}
}

// createAll creates objects, many at a time.
func (w *world) createAll(objs ...client.Object) {
	w.Helper()
	group, ctx := errgroup.WithContext(w.Context())
	group.SetLimit(16)
	for _, obj := range objs {
		group.Go(func() error { return w.Client.Create(ctx, w.In(obj)) })
	}
	if err := group.Wait(); err != nil {
		w.Fatal(err)
	}
}

// writes counts what all operators wrote.
func (w *world) writes() map[string]int {
	all := map[string]int{}
	for _, op := range w.operators {
		for what, n := range op.Writes.ByKind() {
			all[what] += n
		}
	}
	return all
}

// awaitRest waits until nobody has written for a while.
func (w *world) awaitRest() {
	w.Helper()
	var rest operator.Rest
	w.await("the operator to rest", func() string {
		wrote := w.writes()
		if over, err := rest.Over(w.Context(), w.Client, wrote); err != nil || !over {
			return fmt.Sprintf("it wrote %v (%v)", wrote, err)
		}
		return ""
	})
}

// acceptAll waits until n objects are Ready, every offer is accepted, those that follow from others too, and nobody writes
// any more.
func (w *world) acceptAll(n int) {
	w.Helper()
	w.awaitReady(n)
	for {
		w.await("every offer to be accepted", func() string {
			if accepted := w.acceptOffers(); accepted > 0 {
				return fmt.Sprintf("%d were just accepted", accepted)
			}
			return unready(w.objects())
		})
		w.awaitRest()
		if w.acceptOffers() == 0 {
			return
		}
	}
}

func (w *world) acceptOffers() (accepted int) {
	w.Helper()
	for _, a := range w.assignments() {
		offer := a.Spec.Proposed
		if offer == nil || (a.Spec.Decision != nil && a.Spec.Decision.OfferID == offer.OfferID) {
			continue
		}
		edit(w, &a, func(a *cxv1.OwnerAssignment) {
			a.Spec.Decision = &cxv1.Decision{OfferID: offer.OfferID, Result: cxv1.DecisionAccepted}
		})
		accepted++
	}
	return accepted
}

func (w *world) assignments() []cxv1.OwnerAssignment {
	w.Helper()
	list := &cxv1.OwnerAssignmentList{}
	if err := w.Client.List(w.Context(), list, client.InNamespace(w.Namespace)); err != nil {
		w.Fatal(err)
	}
	return list.Items
}

// resync lets every controller of an operator look at every object, as after a restart.
func (w *world) resync(op *operator.Operator) {
	w.Helper()
	all := controllers.All(kube.Kit{Client: op.Manager.GetClient(), Clock: w.clock}, op.Manager.GetAPIReader(), controllers.Services{Evidence: w.store})
	objs := w.objects()
	for name, controller := range all {
		for _, obj := range objs {
			if program.KindOf(obj) != controller.Kind() {
				continue
			}
			if _, err := controller.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(obj)}); err != nil {
				w.Errorf("%s of %s: %v", name, key(obj), err)
			}
		}
	}
}

// expectNoWrites fails the test when a resync of every operator, which rests before it, writes anything.
func (w *world) expectNoWrites() {
	w.Helper()
	for _, op := range w.operators {
		op.Writes.Reset()
	}
	for _, op := range w.operators {
		w.resync(op)
	}
	w.awaitRest()
	if wrote := w.writes(); len(wrote) != 0 {
		w.Errorf("nothing changed, but this was written: %v", wrote)
	}
}

// retailer is the sample, its program under another id. Surveys that are due every minute begin in two days: what follows
// from a minute that passes differs from run to run.
func retailer(t *testing.T, id string) []client.Object {
	t.Helper()
	root, err := controlplane.Root()
	if err != nil {
		t.Fatal(err)
	}
	folder := program.Load(os.DirFS(filepath.Join(root, "config", "samples", "retailer")), nil)
	if len(folder.Problems) > 0 {
		t.Fatal(folder.Problems)
	}
	s := folder.Snapshot
	s.Program.Spec.ID = id
	begin := metav1.NewTime(time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 2))
	for _, survey := range s.Surveys {
		if survey.Spec.Schedule.Cron == "* * * * *" {
			survey.Spec.Schedule.Start = &begin
		}
	}
	var objs []client.Object
	for _, obj := range s.All() {
		obj.SetResourceVersion("")
		objs = append(objs, obj)
	}
	return objs
}
