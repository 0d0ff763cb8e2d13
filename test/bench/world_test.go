// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package bench measures the operator side by side with a peer or a floor, in one run on one machine. Its figures are
// ratios; docs/benchmarks.md says what they were and on what.
package bench

import (
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

const (
	namespace = "bench"
	// writers is how many clients write at once; more make the API server of two cores no faster.
	writers = 32
	// patience bounds every wait.
	patience = 15 * time.Minute
	// pollEvery is how exact a time is that was waited for.
	pollEvery = 50 * time.Millisecond
)

// world is a fresh control plane with a namespace.
type world struct {
	plane  *controlplane.ControlPlane
	client client.Client
}

func newWorld(b *testing.B) *world {
	b.Helper()
	assets, err := controlplane.Assets()
	if err != nil {
		b.Fatal(err)
	}
	plane, err := controlplane.Start(assets)
	if err != nil {
		b.Fatal(err)
	}
	c, err := client.New(plane.Config, client.Options{Scheme: controllers.Scheme()})
	if err != nil {
		b.Fatal(err)
	}
	w := &world{plane: plane, client: c}
	w.createNamespace(b, namespace)
	return w
}

func (w *world) createNamespace(b *testing.B, name string) {
	b.Helper()
	if err := w.client.Create(b.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
		b.Fatal(err)
	}
}

// stop ends the control plane, so that the next one has the machine to itself.
func (w *world) stop(b *testing.B) {
	if err := w.plane.Stop(); err != nil {
		b.Error(err)
	}
}

// createAll creates the objects, many at a time; those without a namespace in that of the world.
func (w *world) createAll(b *testing.B, objs []client.Object) {
	b.Helper()
	group, ctx := errgroup.WithContext(b.Context())
	group.SetLimit(writers)
	for _, obj := range objs {
		group.Go(func() error {
			if obj.GetNamespace() == "" {
				obj.SetNamespace(namespace)
			}
			return w.client.Create(ctx, obj)
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
}

// waitCount waits until there are n objects of a kind and says when that was seen: at most a pollEvery too late. Counting
// costs the API server next to nothing; a watch costs it as much as the objects, and is dropped when it does not keep up.
func (w *world) waitCount(b *testing.B, list client.ObjectList, n int) time.Time {
	b.Helper()
	deadline := time.Now().Add(patience)
	for {
		if err := w.client.List(b.Context(), list, client.InNamespace(namespace), client.Limit(1)); err != nil {
			b.Fatal(err)
		}
		now, count := time.Now(), meta.LenList(list)
		if more := list.GetRemainingItemCount(); more != nil {
			count += int(*more)
		}
		switch {
		case count >= n:
			return now
		case now.After(deadline):
			b.Fatalf("only %d of %d objects after %s", count, n, patience)
		}
		<-time.After(pollEvery)
	}
}

// waitReady waits until n objects of these kinds are Ready for the generation they have, and says when that was seen. It
// reads the operator's cache, which costs the API server nothing.
func waitReady(b *testing.B, op *operator.Operator, n int, lists ...client.ObjectList) time.Time {
	b.Helper()
	deadline := time.Now().Add(patience)
	for {
		ready := 0
		for _, list := range lists {
			ready += countReady(b, op, list)
		}
		switch now := time.Now(); {
		case ready >= n:
			return now
		case now.After(deadline):
			b.Fatalf("only %d of %d are Ready after %s", ready, n, patience)
		}
		<-time.After(pollEvery)
	}
}

// settle waits until the operator has written nothing for longer than it ever puts a write off, and says when it wrote last.
func settle(b *testing.B, op *operator.Operator) time.Time {
	b.Helper()
	const quiet = 4 * time.Second
	began, last, at := time.Now(), -1, time.Now()
	for time.Since(at) < quiet {
		if n := op.Writes.Total(); n != last {
			last, at = n, time.Now()
		}
		if time.Since(began) > patience {
			b.Fatalf("the operator still writes after %s: %v", patience, op.Writes.ByKind())
		}
		<-time.After(pollEvery)
	}
	return at
}

func countReady(b *testing.B, op *operator.Operator, list client.ObjectList) int {
	b.Helper()
	if err := op.Manager.GetCache().List(b.Context(), list, client.UnsafeDisableDeepCopy); err != nil {
		b.Fatal(err)
	}
	ready := 0
	if err := meta.EachListItem(list, func(item runtime.Object) error {
		obj := item.(kube.Object)
		if obj.CommonStatus().ObservedGeneration == obj.GetGeneration() && kube.IsTrue(obj, cxv1.ConditionReady) {
			ready++
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	return ready
}
