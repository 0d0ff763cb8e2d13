// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

// companies is how often the sample company of about fifty objects is applied, each time in a namespace of its own.
const companies = 40

// BenchmarkUntilReady measures how long it takes from the first create until every one of 2,000 mixed objects is Ready:
// forty copies of the sample company, in any order. The floor is a set of controllers that does nothing but write each
// object's status once. Ours go on after that: settled is when the OwnerAssignments that they make of the objects, as many
// again, are there and reported on too, all sums are drawn, and nothing is written any more.
func BenchmarkUntilReady(b *testing.B) {
	for b.Loop() {
		floor := measureReady(b, doNothing)
		ours := measureReady(b, nil)
		b.ReportMetric(float64(ours.objects), "objects")
		b.ReportMetric(ours.ready.Seconds(), "ours-s")
		b.ReportMetric(floor.ready.Seconds(), "floor-s")
		b.ReportMetric(floor.ready.Seconds()/ours.ready.Seconds(), "of-floor's-rate")
		b.ReportMetric(ours.settled.Seconds(), "ours-settled-s")
		b.ReportMetric(float64(ours.writes), "ours-writes")
	}
	b.ReportMetric(0, "ns/op") // the time of a whole run says nothing
}

// readiness is how long it took, from the first create.
type readiness struct {
	ready, settled  time.Duration
	objects, writes int
}

func measureReady(b *testing.B, setup func(context.Context, ctrl.Manager) error) readiness {
	w := newWorld(b)
	defer w.stop(b)
	op := operator.Start(b, w.plane.Config, operator.Options{Setup: setup})
	defer func() { _ = op.Stop() }() // its error is reported by the test's own cleanup
	objs := w.companies(b, companies)
	began := time.Now()
	w.createAll(b, objs)
	ready := waitReady(b, op, len(objs), writtenLists()...).Sub(began)
	settled := settle(b, op).Sub(began)
	return readiness{ready: ready, settled: settled, objects: len(objs), writes: op.Writes.Total()}
}

// companies makes copies of the sample company, one to a namespace, which it creates. The order of all objects is random,
// and the same each time.
func (w *world) companies(b *testing.B, copies int) []client.Object {
	b.Helper()
	root, err := controlplane.Root()
	if err != nil {
		b.Fatal(err)
	}
	sample := program.Load(os.DirFS(filepath.Join(root, "config", "samples", "retailer")), nil)
	if len(sample.Problems) > 0 {
		b.Fatal(sample.Problems)
	}
	// Some surveys of the sample are due every minute: a minute that passes must not count.
	for _, survey := range sample.Snapshot.Surveys {
		if survey.Spec.Schedule.Cron == "* * * * *" {
			survey.Spec.Schedule.Start = new(metav1.NewTime(time.Now().AddDate(0, 0, 1)))
		}
	}
	var objs []client.Object
	for i := range copies {
		name := fmt.Sprintf("company-%02d", i)
		w.createNamespace(b, name)
		for _, original := range sample.Snapshot.All() {
			obj := original.DeepCopyObject().(client.Object)
			obj.SetNamespace(name)
			if prog, ok := obj.(*cxv1.Program); ok {
				prog.Spec.ID = name
			}
			objs = append(objs, obj)
		}
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(objs), func(i, j int) { objs[i], objs[j] = objs[j], objs[i] })
	return objs
}

// writtenLists are the kinds that people write.
func writtenLists() []client.ObjectList {
	return []client.ObjectList{
		&cxv1.ProgramList{}, &cxv1.OwnerList{}, &cxv1.PersonaList{}, &cxv1.JourneyList{},
		&cxv1.GoalList{}, &cxv1.KPIList{}, &cxv1.SurveyList{}, &cxv1.InitiativeList{}, &cxv1.AssessmentList{},
	}
}

// doNothing sets up a controller for each kind that says Ready once, and nothing else.
func doNothing(_ context.Context, mgr ctrl.Manager) error {
	return errors.Join(
		sayReady(mgr, &cxv1.Program{}), sayReady(mgr, &cxv1.Owner{}), sayReady(mgr, &cxv1.Persona{}),
		sayReady(mgr, &cxv1.Journey{}), sayReady(mgr, &cxv1.Goal{}), sayReady(mgr, &cxv1.KPI{}),
		sayReady(mgr, &cxv1.Survey{}), sayReady(mgr, &cxv1.Initiative{}), sayReady(mgr, &cxv1.Assessment{}),
	)
}

func sayReady[T kube.Object](mgr ctrl.Manager, kind T) error {
	c := mgr.GetClient()
	return ctrl.NewControllerManagedBy(mgr).For(kind, builder.WithPredicates(kube.SpecChanged())).
		Complete(reconcile.AsReconciler(c, sayer[T]{c}))
}

type sayer[T kube.Object] struct{ client client.Client }

func (s sayer[T]) Reconcile(ctx context.Context, obj T) (ctrl.Result, error) {
	before := obj.DeepCopyObject().(T)
	kube.SetCondition(obj, time.Now(), cxv1.ConditionReady, metav1.ConditionTrue, cxv1.ReasonReady, "Somebody said so.")
	obj.CommonStatus().ObservedGeneration = obj.GetGeneration()
	return ctrl.Result{}, s.client.Status().Patch(ctx, obj, client.MergeFrom(before))
}
