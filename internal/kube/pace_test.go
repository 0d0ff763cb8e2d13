// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
)

// paced is a controller with one worker on a clock that only the test moves.
type paced struct {
	*testing.T
	clock   *clocktesting.FakeClock
	queue   workqueue.TypedRateLimitingInterface[reconcile.Request]
	handler handler.EventHandler
	worker  reconcile.Reconciler
	ran     []time.Duration // since the start
}

func newPaced(t *testing.T) *paced {
	start := time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	p := &paced{T: t, clock: clocktesting.NewFakeClock(start)}
	p.queue = workqueue.NewTypedRateLimitingQueueWithConfig(
		workqueue.DefaultTypedControllerRateLimiter[reconcile.Request](),
		workqueue.TypedRateLimitingQueueConfig[reconcile.Request]{Clock: p.clock})
	t.Cleanup(p.queue.ShutDown)
	pace := kube.NewPace(p.clock, time.Second)
	p.handler = pace.Handler(kube.Enqueue(func(*cxv1.Goal) []string { return []string{"program"} }))
	p.worker = pace.Reconciler(reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) {
		p.ran = append(p.ran, p.clock.Since(start))
		return reconcile.Result{}, nil
	}))
	return p
}

// change is an event of some goal.
func (p *paced) change() {
	goal := &cxv1.Goal{ObjectMeta: metav1.ObjectMeta{Namespace: "retail", Name: "g"}}
	p.handler.Update(p.Context(), event.UpdateEvent{ObjectOld: goal, ObjectNew: goal}, p.queue)
}

// work handles one request; it blocks until there is one.
func (p *paced) work() {
	p.Helper()
	request, _ := p.queue.Get()
	if _, err := p.worker.Reconcile(p.Context(), request); err != nil {
		p.Fatal(err)
	}
	p.queue.Done(request)
}

func TestABurstOfChangesMakesOneReconcileASecond(t *testing.T) {
	p := newPaced(t)
	for range 100 {
		p.change()
	}
	p.work() // the first at once
	for range 3 {
		for range 100 {
			p.change()
		}
		if n := p.queue.Len(); n != 0 {
			t.Fatalf("%d requests within the second", n)
		}
		waitForTimers(p.clock)
		p.clock.Step(time.Second)
		p.work()
	}
	want := []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second}
	for i, at := range p.ran {
		if len(p.ran) != len(want) || at != want[i] {
			t.Fatalf("400 changes in three seconds were handled at %v, want %v", p.ran, want)
		}
	}
}

func TestAfterAQuietWhileAChangeIsHandledAtOnce(t *testing.T) {
	p := newPaced(t)
	p.change()
	p.work()
	p.clock.Step(time.Second)
	p.change()
	p.work()
	if len(p.ran) != 2 || p.ran[1] != time.Second {
		t.Errorf("handled at %v, want at 0 and after a second", p.ran)
	}
}

// waitForTimers returns once the queue has taken in what was added and waits on the clock for it.
func waitForTimers(c *clocktesting.FakeClock) {
	for c.Waiters() < 2 { // the queue's own heartbeat, and the timer of the request
		runtime.Gosched()
	}
}
