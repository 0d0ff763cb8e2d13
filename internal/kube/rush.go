// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"sync"
	"time"

	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/handler"
)

const (
	// rushing is how many writes at once are a rush.
	rushing = 4
	// calm is how long there must be no rush until it is over.
	calm = 500 * time.Millisecond
	// afterRush is how long other work is put off in a rush, again and again while it lasts.
	afterRush = 2 * time.Second
)

// Urgency orders writes by what people wait for. Everything else is not urgent: it follows from what is there already, and
// one write later says as much as ten in between.
type Urgency int

const (
	// Creation is that of a wave: a thousand surveys may be due at nine.
	Creation Urgency = iota
	// FirstReport is the first status for a spec: a thousand files may be applied at once.
	FirstReport
	urgencies
)

// Rush knows when many urgent writes are under way, so that other writes can be put off until they are done: the API server
// has no time for both. Who puts off a write makes it later from what is there then, as after a crash. Controllers that
// shall give way to each other share one; without one (nil) there is never a rush.
type Rush struct {
	clock clock.PassiveClock

	mu       sync.Mutex
	underWay [urgencies]int
	// last is when it was last a rush of work at least as urgent.
	last [urgencies]time.Time
}

// NewRush makes a Rush. The clock is the real one, however the controllers see time: it measures how busy the machine is.
func NewRush(clk clock.PassiveClock) *Rush { return &Rush{clock: clk} }

// Begin counts an urgent write until the returned function is called.
func (r *Rush) Begin(u Urgency) (done func()) {
	if r == nil {
		return func() {}
	}
	r.count(u, 1)
	return func() { r.count(u, -1) }
}

func (r *Rush) count(u Urgency, change int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before, now := r.underWay, r.clock.Now()
	r.underWay[u] += change
	n := 0
	for i := range urgencies {
		n += max(before[i], r.underWay[i])
		if n >= rushing {
			r.last[i] = now
		}
	}
}

// On reports whether it is a rush of work at least as urgent as that.
func (r *Rush) On(u Urgency) bool {
	if r == nil {
		return false
	}
	r.count(u, 0)
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.last[u].IsZero() && r.clock.Since(r.last[u]) < calm
}

// AfterRush is the result of a pass that put its writes off: it is made again in two seconds, after all that is not put
// off. wake is when it was to be made again anyhow, zero for never: nothing due is missed.
func AfterRush(wake time.Duration) ctrl.Result {
	if wake > 0 && wake < afterRush {
		return later(wake)
	}
	return ctrl.Result{RequeueAfter: afterRush, Priority: new(handler.LowPriority)}
}

// later is the result of a pass that is over. The next one has a priority of its own: one of low priority, as after a start,
// must not pass that on for ever.
func later(after time.Duration) ctrl.Result {
	return ctrl.Result{RequeueAfter: after, Priority: new(0)}
}
