// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"sync/atomic"
	"time"
)

// Clock is the real one, put forward as a test wishes: what takes an hour can be waited for without one.
type Clock struct{ by atomic.Int64 }

// Now is later than the real one by all steps so far.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.by.Load())) }

// Since is how long ago that was.
func (c *Clock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

// Step puts it forward.
func (c *Clock) Step(by time.Duration) { c.by.Add(int64(by)) }
