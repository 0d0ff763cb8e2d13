// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"sync/atomic"
	"time"
)

const (
	// rushing is how many creations at once are a rush.
	rushing = 4
	// afterRush is how long a report is put off in a rush, again and again while it lasts.
	afterRush = 2 * time.Second
)

// Rush knows when many objects are being created at once, as when a thousand surveys are due at nine. What people wait for
// then is the waves, and the API server takes three times as long when it writes all their first reports in between: in a
// rush those are put off until the creations are done. Whoever puts off a report makes it later from what is there, as after
// a crash. Controllers that shall notice each other's rush share one; without one (nil) it is never a rush.
type Rush struct{ creating atomic.Int32 }

// Begin counts a creation until the returned function is called.
func (r *Rush) Begin() (done func()) {
	if r == nil {
		return func() {}
	}
	r.creating.Add(1)
	return func() { r.creating.Add(-1) }
}

// PutOff returns an outcome for the step to return when it is a rush, else nil: nothing is reported now, and the step runs
// again in two seconds, after everything that is not put off.
func (r *Rush) PutOff() error {
	if r == nil || r.creating.Load() < rushing {
		return nil
	}
	return &outcome{kind: putOff, message: "reported after the rush", after: afterRush}
}
