// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"context"
	"sync"
	"time"

	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// Pace keeps objects that depend on many others from being reconciled for each of them: the first event wakes such an object
// at once, and those that follow wake it together, no sooner than an interval after its last reconcile began. The workqueue
// does the waiting; a key that waits already is not added again.
type Pace struct {
	clock    clock.PassiveClock
	interval time.Duration

	mu    sync.Mutex
	began map[reconcile.Request]time.Time
}

// NewPace makes a pace for one controller.
func NewPace(clk clock.PassiveClock, interval time.Duration) *Pace {
	return &Pace{clock: clk, interval: interval, began: map[reconcile.Request]time.Time{}}
}

// Handler delays what another handler enqueues.
func (p *Pace) Handler(inner handler.EventHandler) handler.EventHandler {
	return pacedHandler{inner: inner, pace: p}
}

// Reconciler notes when reconciles begin.
func (p *Pace) Reconciler(inner reconcile.Reconciler) reconcile.Reconciler {
	return reconcile.Func(func(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
		p.begin(request)
		return inner.Reconcile(ctx, request)
	})
}

func (p *Pace) begin(request reconcile.Request) {
	now := p.clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, began := range p.began {
		if now.Sub(began) >= p.interval {
			delete(p.began, key) // it delays nobody any more
		}
	}
	p.began[request] = now
}

// delay is how long a request must wait: never negative.
func (p *Pace) delay(request reconcile.Request) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	began, ok := p.began[request]
	if !ok {
		return 0
	}
	return max(0, began.Add(p.interval).Sub(p.clock.Now()))
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

type pacedHandler struct {
	inner handler.EventHandler
	pace  *Pace
}

func (h pacedHandler) Create(ctx context.Context, e event.CreateEvent, q queue) {
	h.inner.Create(ctx, e, pacedQueue{q, h.pace})
}

func (h pacedHandler) Update(ctx context.Context, e event.UpdateEvent, q queue) {
	h.inner.Update(ctx, e, pacedQueue{q, h.pace})
}

func (h pacedHandler) Delete(ctx context.Context, e event.DeleteEvent, q queue) {
	h.inner.Delete(ctx, e, pacedQueue{q, h.pace})
}

func (h pacedHandler) Generic(ctx context.Context, e event.GenericEvent, q queue) {
	h.inner.Generic(ctx, e, pacedQueue{q, h.pace})
}

// pacedQueue adds later what is added to it.
type pacedQueue struct {
	queue
	pace *Pace
}

func (q pacedQueue) Add(request reconcile.Request) {
	q.AddAfter(request, q.pace.delay(request)) // without a delay AddAfter is Add
}
