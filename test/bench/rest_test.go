// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"encoding/json"
	"runtime"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	apiruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

// BenchmarkAtRest lets the operator bring 2,000 objects, and all that it makes of them, to rest. Then it measures how much
// it keeps in memory for each object, next to the object's size as JSON, and what a resync of everything costs: every
// controller looks at every object again and must not write.
func BenchmarkAtRest(b *testing.B) {
	for b.Loop() {
		w := newWorld(b)
		objs := w.companies(b, companies)
		evidence := operator.Store(b)
		empty := heap()
		op := operator.Start(b, w.plane.Config, operator.Options{Store: evidence})
		idle := heap()
		w.createAll(b, objs)
		waitReady(b, op, len(objs), writtenLists()...)
		settle(b, op)
		const mib = 1 << 20
		cached, size := cachedObjects(b, op)
		full := heap()
		perThousand := 1000.0 / float64(len(cached)) / mib
		b.ReportMetric(float64(len(cached)), "objects")
		b.ReportMetric(float64(idle-empty)/mib, "MiB-without-objects")
		b.ReportMetric(float64(full-idle)*perThousand, "MiB/1000-objects")
		b.ReportMetric(float64(size)*perThousand, "JSON-MiB/1000-objects")
		b.ReportMetric(float64(full-idle)/float64(size), "of-JSON")

		op.Writes.Reset()
		began := time.Now()
		reconciles := resync(b, op, evidence, cached)
		b.ReportMetric(float64(reconciles)/time.Since(began).Seconds(), "resynced/s")
		b.ReportMetric(float64(op.Writes.Total()), "idle-writes")
		if n := op.Writes.Total(); n != 0 {
			b.Errorf("%d writes although nothing changed: %v", n, op.Writes.ByKind())
		}
		if err := op.Stop(); err != nil {
			b.Error(err)
		}
		w.stop(b)
		runtime.KeepAlive(objs)
	}
	b.ReportMetric(0, "ns/op") // the time of a whole run says nothing
}

func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC() // what the first one finalized
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// cachedObjects lists the objects in the operator's cache and sums up their size as JSON, managed fields left out as they
// are there.
func cachedObjects(b *testing.B, op *operator.Operator) (objs []kube.Object, size int) {
	b.Helper()
	for _, list := range append(writtenLists(), &cxv1.OwnerAssignmentList{}, &cxv1.ScorecardList{}, &cxv1.SurveyWaveList{}) {
		if err := op.Manager.GetCache().List(b.Context(), list, client.UnsafeDisableDeepCopy); err != nil {
			b.Fatal(err)
		}
		if err := meta.EachListItem(list, func(item apiruntime.Object) error {
			text, err := json.Marshal(item)
			objs, size = append(objs, item.(kube.Object)), size+len(text)
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	return objs, size
}

// resync calls every controller for every object of its kind and says how many calls that were.
func resync(b *testing.B, op *operator.Operator, evidence store.Store, objs []kube.Object) (reconciles int) {
	b.Helper()
	kit := kube.Kit{Client: op.Manager.GetClient(), Clock: clock.RealClock{}}
	for name, controller := range controllers.All(kit, op.Manager.GetAPIReader(), controllers.Services{Evidence: evidence}) {
		for _, obj := range objs {
			if program.KindOf(obj) != controller.Kind() {
				continue
			}
			reconciles++
			if _, err := controller.Reconcile(b.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(obj)}); err != nil {
				b.Fatalf("%s of %s: %v", name, program.Key(obj), err)
			}
		}
	}
	return reconciles
}
