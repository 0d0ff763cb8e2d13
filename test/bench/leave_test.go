// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

const (
	// leftBehind is how many things the one who leaves answers for.
	leftBehind = 200
	// touchpoints is how many subjects a Journey is, itself included: fewer calls make as many assignments.
	touchpoints = 100
	leaver      = "owner-001"
	manager     = "owner-000"
)

// BenchmarkAnOwnerLeaves measures what it takes until somebody else is asked about the 200 things of an owner who leaves, among
// 10,000 subjects and 500 owners; a short run has 2,000 and 100. The least is a write of the spec and one of the status of each
// assignment, and one for each of the two owners. The floor is the same number of plain patches of the same objects, as many at a
// time as the controllers do.
func BenchmarkAnOwnerLeaves(b *testing.B) {
	subjects, owners := 10_000, 500
	if testing.Short() {
		subjects, owners = 2_000, 100
	}
	for b.Loop() {
		w := newWorld(b)
		evidence := operator.Store(b)
		objs := w.ownedCompany(b, evidence, subjects, owners)
		op := operator.Start(b, w.plane.Config, operator.Options{Store: evidence})
		w.createAll(b, objs)
		waitReady(b, op, subjects, &cxv1.OwnerAssignmentList{})
		settle(b, op)
		op.Writes.Reset()

		began := time.Now()
		w.leave(b)
		asked := waitAsked(b, op).Sub(began)
		settled := settle(b, op).Sub(began)
		least := 2*leftBehind + 2
		b.ReportMetric(float64(op.Writes.Total()), "writes")
		b.ReportMetric(float64(op.Writes.Total())/float64(least), "of-the-least")
		b.Logf("%d writes: %v", op.Writes.Total(), op.Writes.ByKind())
		if err := op.Stop(); err != nil {
			b.Error(err)
		}
		floor := w.patchPlainly(b, least)
		b.ReportMetric(asked.Seconds(), "asked-s")
		b.ReportMetric(settled.Seconds(), "settled-s")
		b.ReportMetric(floor.Seconds(), "floor-s")
		b.ReportMetric(floor.Seconds()/asked.Seconds(), "of-floor's-rate")
		w.stop(b)
	}
	b.ReportMetric(0, "ns/op") // the time of a whole run says nothing
}

// ownedCompany makes owners who all report to the first, 200 KPIs of the second and journeys of the rest. All is accepted
// already, as after everything was applied again: that takes no call for each.
func (w *world) ownedCompany(b *testing.B, evidence store.Store, subjects, owners int) []client.Object {
	b.Helper()
	prog := build.Program()
	objs := []client.Object{prog, build.Persona("shopper")}
	name := func(i int) string { return fmt.Sprintf("owner-%03d", i%owners) }
	for i := range owners {
		objs = append(objs, build.Owner(name(i), func(o *cxv1.Owner) {
			if i > 0 {
				o.Spec.ReportsTo = manager
			}
		}))
	}
	for i := range leftBehind {
		objs = append(objs, build.KPI(fmt.Sprintf("kpi-%03d", i), func(k *cxv1.KPI) {
			k.Spec.OwnerRef, k.Spec.Source.Manual.AsOf = leaver, metav1.NewTime(time.Now().Add(-time.Hour).Truncate(time.Second))
		}))
	}
	for i := range (subjects - leftBehind) / touchpoints {
		objs = append(objs, journey(i, func(n int) cxv1.Ref { return cxv1.Ref(name(2 + (i*touchpoints+n)%(owners-2))) }))
	}
	w.accept(b, evidence, prog.Spec.ID, objs)
	return objs
}

func journey(number int, owner func(int) cxv1.Ref) client.Object {
	const stages = 10
	return build.Journey(fmt.Sprintf("journey-%03d", number), func(j *cxv1.Journey) {
		j.Spec.OwnerRef, j.Spec.Personas, j.Spec.Stages = owner(0), []cxv1.Ref{"shopper"}, nil
		for i := range touchpoints - 1 {
			if i%stages == 0 {
				j.Spec.Stages = append(j.Spec.Stages, cxv1.JourneyStage{Name: cxv1.TouchpointName(fmt.Sprintf("stage-%d", i/stages))})
			}
			stage := &j.Spec.Stages[len(j.Spec.Stages)-1]
			stage.Touchpoints = append(stage.Touchpoints, cxv1.Touchpoint{
				Name: cxv1.TouchpointName(fmt.Sprintf("touchpoint-%02d", i)), OwnerRef: owner(i + 1),
			})
		}
	})
}

// accept records that everybody accepted what they are named for.
func (w *world) accept(b *testing.B, evidence store.Store, programID string, objs []client.Object) {
	b.Helper()
	home := &corev1.Namespace{}
	if err := w.client.Get(b.Context(), client.ObjectKey{Name: namespace}, home); err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	holder := store.Holder{NamespaceUID: string(home.UID), Namespace: namespace, ProgramUID: "before"}
	if _, err := evidence.Claim(b.Context(), programID, holder, "", now); err != nil {
		b.Fatal(err)
	}
	group, ctx := errgroup.WithContext(b.Context())
	group.SetLimit(writers)
	for _, obj := range objs {
		for _, claim := range ownership.Subjects(obj) {
			group.Go(func() error {
				_, err := evidence.RecordDecision(ctx, programID, store.Decision{
					OfferID: ownership.OfferID(programID, claim, 0), SubjectKind: string(claim.Subject.Kind), SubjectName: string(claim.Subject.Name),
					Touchpoint: string(claim.Subject.Touchpoint), Role: string(claim.Role), Owner: claim.Owner,
					Result: store.Accepted, DecidedBy: ownership.DecidedByUnknown, Means: ownership.MeansResource, At: now,
				})
				return err
			})
		}
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
}

func (w *world) leave(b *testing.B) {
	b.Helper()
	owner := build.Owner(leaver)
	if err := w.client.Get(b.Context(), client.ObjectKey{Namespace: namespace, Name: leaver}, owner); err != nil {
		b.Fatal(err)
	}
	before := owner.DeepCopy()
	owner.Spec.State = cxv1.OwnerLeft
	if err := w.client.Patch(b.Context(), owner, client.MergeFrom(before)); err != nil {
		b.Fatal(err)
	}
}

// waitAsked waits until each assignment of the one who left reports that their manager is asked.
func waitAsked(b *testing.B, op *operator.Operator) time.Time {
	b.Helper()
	deadline := time.Now().Add(patience)
	for {
		list := &cxv1.OwnerAssignmentList{}
		if err := op.Manager.GetCache().List(b.Context(), list, client.UnsafeDisableDeepCopy); err != nil {
			b.Fatal(err)
		}
		asked := 0
		for i := range list.Items {
			if status := &list.Items[i].Status; status.Phase == cxv1.AssignmentOrphaned && status.WaitsFor == manager {
				asked++
			}
		}
		switch now := time.Now(); {
		case asked >= leftBehind:
			return now
		case now.After(deadline):
			b.Fatalf("the manager is asked about %d of %d after %s", asked, leftBehind, patience)
		}
		<-time.After(pollEvery)
	}
}

// patchPlainly writes n times to the assignments of the one who left: half to their specs, half to their statuses.
func (w *world) patchPlainly(b *testing.B, n int) time.Duration {
	b.Helper()
	list := &cxv1.OwnerAssignmentList{}
	if err := w.client.List(b.Context(), list, client.InNamespace(namespace), client.MatchingFields{"spec.proposed.owner": manager}); err != nil {
		b.Fatal(err)
	}
	if len(list.Items) != leftBehind {
		b.Fatalf("the manager is asked about %d things", len(list.Items))
	}
	began := time.Now()
	group, ctx := errgroup.WithContext(b.Context())
	group.SetLimit(controllers.Workers)
	for i := range n {
		group.Go(func() error {
			a := list.Items[i%leftBehind].DeepCopy()
			before := a.DeepCopy()
			if i < n/2 {
				a.Spec.Owner, a.Spec.Proposed = leaver, nil
				return w.client.Patch(ctx, a, client.MergeFrom(before))
			}
			a.Status.Phase, a.Status.WaitsFor, a.Status.Owner = cxv1.AssignmentActive, "", leaver
			return w.client.Status().Patch(ctx, a, client.MergeFrom(before))
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}
