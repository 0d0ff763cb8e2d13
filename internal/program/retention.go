// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// LeastKept is how long answers are kept after a wave was closed, however long ago it should have been: its figures, the points of
// KPIs and Assessments are made of them.
const LeastKept = 24 * time.Hour

// KeepUntil is until when the answers to a wave are kept: the retention that it was made with, from its end on. Zero keeps them for
// good. now matters when the wave takes nothing any more: it may have been cancelled before its time, or closed long after it.
func KeepUntil(t *cxv1.WaveTemplate, state store.WaveState, now time.Time) time.Time {
	retention := t.Retention.Or(0)
	if retention <= 0 {
		return time.Time{}
	}
	end := later(t.ClosesAt.Time, t.GraceUntil.Time)
	if state != store.WaveTakesNothing {
		return end.Add(retention)
	}
	if now.Before(end) {
		end = now
	}
	return later(end.Add(retention), now.Add(LeastKept))
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
