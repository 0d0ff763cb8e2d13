// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownerassignment_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/util/retry"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/ownerassignment"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/invariants"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

func TestMain(m *testing.M) { harness.Main(m) }

// world has a Program whose id is claimed, the owners a and b, the KPI nps that names a, and the controllers, called by
// hand and in turn.
type world struct {
	*harness.Harness
	*testing.T
	clock       *clocktesting.FakePassiveClock
	store       store.Store
	offers      store.Offers
	writes      *operator.Writes
	assignments *ownerassignment.Reconciler
	subjects    []*ownerassignment.SubjectReconciler
	events      *events
	kpi         *cxv1.KPI
	// programID is another one for each world: managers see all of them.
	programID string
	// kinds are the kinds of subject that settle looks at.
	kinds []string
	// forgives is an error after which the controllers are simply called again.
	forgives error
}

var worlds atomic.Int64

func newWorld(t *testing.T, change ...func(*cxv1.Program)) *world {
	t.Helper()
	t.Parallel()
	h := harness.New(t)
	w := &world{
		Harness: h, T: t, programID: fmt.Sprint("ownership-", worlds.Add(1)), kinds: []string{"Program", "KPI"}, store: operator.Store(t), writes: operator.NewWrites(), events: &events{},
		clock: clocktesting.NewFakePassiveClock(build.Monday),
	}
	w.offers = w.store.(store.Offers)
	w.use(h.Client, w.store)
	w.claimedProgram(change...)
	h.Create(build.Owner("a"), build.Owner("b"))
	w.kpi = build.KPI("nps", func(k *cxv1.KPI) { k.Spec.OwnerRef = "a" })
	h.Create(w.kpi)
	return w
}

// use makes the controllers work through a client and a store.
func (w *world) use(c client.WithWatch, evidence ownerassignment.Evidence) {
	w.Helper()
	indexes := harness.NewIndexes()
	if err := ownerassignment.Index(w.Context(), indexes); err != nil {
		w.Fatal(err)
	}
	kit := kube.Kit{Client: w.writes.Count(indexes.Client(c)), Clock: w.clock, Events: w.events}
	w.assignments, w.subjects = ownerassignment.New(kit, evidence, w.offers), ownerassignment.Subjects(kit, evidence, w.offers)
}

// events remembers what was said about whom.
type events struct {
	mu    sync.Mutex
	notes []string
}

func (e *events) all() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.notes)
}

func (e *events) Eventf(regarding, _ runtime.Object, _, reason, _, format string, args ...any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.notes = append(e.notes, fmt.Sprintf("%s %s: ", regarding.(client.Object).GetName(), reason)+fmt.Sprintf(format, args...))
}

func (w *world) claimedProgram(change ...func(*cxv1.Program)) {
	w.Helper()
	program := build.Program(append([]func(*cxv1.Program){func(p *cxv1.Program) { p.Spec.ID = w.programID }}, change...)...)
	w.Create(program)
	if _, err := w.store.Claim(w.Context(), w.programID, store.Holder{
		NamespaceUID: w.Namespace, Namespace: w.Namespace, ProgramUID: string(program.UID),
	}, "", w.clock.Now()); err != nil {
		w.Fatal(err)
	}
	kube.SetCondition(program, w.clock.Now(), cxv1.ConditionReady, metav1.ConditionTrue, cxv1.ReasonReady, "It is.")
	program.Status.ObservedGeneration = program.Generation
	if err := w.Client.Status().Update(w.Context(), program); err != nil {
		w.Fatal(err)
	}
}

// settle runs the controllers over everything until they write nothing, and checks the rules of every status. It returns
// the shortest time after which one of them wants to look again.
func (w *world) settle() (after time.Duration) {
	w.Helper()
	for range 5 {
		before := w.writes.Total()
		after = 0
		for _, subjects := range w.subjects {
			if slices.Contains(w.kinds, subjects.Kind()) {
				w.look(subjects, w.list(subjects.Kind()))
			}
		}
		for _, result := range w.look(w.assignments, w.list("OwnerAssignment")) {
			if result.RequeueAfter > 0 && (after == 0 || result.RequeueAfter < after) {
				after = result.RequeueAfter
			}
		}
		if w.writes.Total() == before {
			w.check()
			return after
		}
	}
	w.Fatalf("the controllers do not come to rest: %v", w.writes.ByKind())
	return 0
}

type reconciler interface {
	Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error)
}

func (w *world) look(r reconciler, objects []client.Object) (results []ctrl.Result) {
	w.Helper()
	for _, obj := range objects {
		result, err := r.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(obj)})
		if err != nil && (w.forgives == nil || !errors.Is(err, w.forgives)) {
			w.Fatal(err)
		}
		results = append(results, result)
	}
	return results
}

func (w *world) list(kind string) []client.Object {
	w.Helper()
	list, err := harness.Scheme.New(cxv1.GroupVersion.WithKind(kind + "List"))
	if err != nil {
		w.Fatal(err)
	}
	if err := w.Client.List(w.Context(), list.(client.ObjectList), client.InNamespace(w.Namespace)); err != nil {
		w.Fatal(err)
	}
	extracted, err := meta.ExtractList(list)
	if err != nil {
		w.Fatal(err)
	}
	objects := make([]client.Object, len(extracted))
	for i, item := range extracted {
		objects[i] = item.(client.Object)
	}
	return objects
}

func (w *world) check() {
	w.Helper()
	var broken []string
	for _, a := range w.all() {
		broken = append(broken, invariants.Check(&a)...)
	}
	if len(broken) > 0 {
		w.Error(strings.Join(broken, "\n"))
	}
}

func (w *world) all() []cxv1.OwnerAssignment {
	w.Helper()
	list := &cxv1.OwnerAssignmentList{}
	if err := w.Client.List(w.Context(), list, client.InNamespace(w.Namespace)); err != nil {
		w.Fatal(err)
	}
	return list.Items
}

// one is the assignment of the KPI.
func (w *world) one() *cxv1.OwnerAssignment {
	w.Helper()
	a := &cxv1.OwnerAssignment{ObjectMeta: metav1.ObjectMeta{Name: kpiAssignment()}}
	w.Get(a)
	return a
}

func kpiAssignment() string {
	return ownership.Claim{Subject: cxv1.AssignmentSubject{Kind: cxv1.SubjectKPI, Name: "nps"}, Role: cxv1.RoleAccountable}.Name()
}

// edit changes an object as people do.
func edit[T client.Object](w *world, obj T, change func(T)) {
	w.Helper()
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error { // running controllers write the status meanwhile
		w.Get(obj)
		change(obj)
		return w.Client.Update(w.Context(), obj)
	})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) names(owner cxv1.Ref) {
	w.Helper()
	edit(w, w.kpi, func(k *cxv1.KPI) { k.Spec.OwnerRef = owner })
}

// decides writes a decision on the offer that the KPI's assignment shows.
func (w *world) decides(result cxv1.DecisionResult) {
	w.Helper()
	a := w.one()
	if a.Spec.Proposed == nil {
		w.Fatalf("nobody is asked: %+v", a.Spec)
	}
	offer := a.Spec.Proposed.OfferID
	edit(w, a, func(a *cxv1.OwnerAssignment) {
		a.Spec.Decision = &cxv1.Decision{OfferID: offer, Result: result, Reason: "no time"}
	})
}

func (w *world) advance(d time.Duration) { w.clock.SetTime(w.clock.Now().Add(d)) }

// standing says where an assignment stands: phase, who is shown, who is asked.
func standing(a *cxv1.OwnerAssignment) string {
	line := string(a.Status.Phase) + " " + a.Status.Owner
	if a.Spec.Proposed != nil {
		line += " asks " + string(a.Spec.Proposed.Owner)
	}
	return line
}

func (w *world) expect(want string) {
	w.Helper()
	if got := standing(w.one()); got != want {
		w.Errorf("the KPI's assignment stands at %q, want %q", got, want)
	}
}

func (w *world) expectWrites(want map[string]int) {
	w.Helper()
	if diff := cmp.Diff(want, w.writes.ByKind()); diff != "" {
		w.Errorf("writes (-want +got):\n%s", diff)
	}
	w.writes.Reset()
}

func (w *world) expectNames(want ...string) {
	w.Helper()
	var got []string
	for _, a := range w.all() {
		got = append(got, a.Name[:strings.LastIndex(a.Name, "-")])
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("assignments (-want +got):\n%s", diff)
	}
}

func evidenceQuery(now time.Time) store.EvidenceQuery { return store.EvidenceQuery{Now: now} }

var errRead = errors.New("the list could not be read")

// brokenReads is a client that cannot list assignments.
type brokenReads struct{ client.Client }

func (b brokenReads) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	if _, assignments := list.(*cxv1.OwnerAssignmentList); assignments {
		return errRead
	}
	return b.Client.List(ctx, list, options...)
}
