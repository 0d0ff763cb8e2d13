// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"encoding/json"
	"runtime"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

// BenchmarkHeap measures what the operator keeps in memory per 1,000 objects, with everything Ready and garbage collected,
// next to the size of the same objects as JSON. The objects that it made itself count like those that were applied.
func BenchmarkHeap(b *testing.B) {
	for b.Loop() {
		w := newWorld(b)
		objs := w.companies(b, companies)
		before := heap()
		op := operator.Start(b, w.plane.Config, operator.Options{})
		w.createAll(b, objs)
		waitReady(b, op, len(objs), writtenLists()...)
		count, size := w.cached(b, op)
		const kib = 1024
		perThousand := 1000.0 / float64(count) / kib
		b.ReportMetric(float64(count), "objects")
		b.ReportMetric(float64(heap()-before)*perThousand, "heap-KiB/1000")
		b.ReportMetric(float64(size)*perThousand, "JSON-KiB/1000")
		b.ReportMetric(float64(heap()-before)/float64(size), "of-JSON")
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

// cached counts the objects in the operator's cache and their size as JSON, managed fields left out as they are there.
func (w *world) cached(b *testing.B, op *operator.Operator) (count, size int) {
	b.Helper()
	for _, list := range append(writtenLists(), &cxv1.OwnerAssignmentList{}, &cxv1.ScorecardList{}, &cxv1.SurveyWaveList{}) {
		if err := op.Manager.GetCache().List(b.Context(), list, client.UnsafeDisableDeepCopy); err != nil {
			b.Fatal(err)
		}
		items, err := meta.ExtractList(list)
		if err != nil {
			b.Fatal(err)
		}
		for _, item := range items {
			text, err := json.Marshal(item)
			if err != nil {
				b.Fatal(err)
			}
			count, size = count+1, size+len(text)
		}
	}
	return count, size
}
