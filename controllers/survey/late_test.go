// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package survey_test

import (
	"slices"
	"testing"
	"time"
)

func TestHowLateAWaveIsCreatedIsToldOnce(t *testing.T) {
	w := newWorld(t)
	w.advance(-time.Minute)
	var late []time.Duration
	w.surveys.Measures(func(d time.Duration) { late = append(late, d) })
	w.pass()
	if len(late) > 0 {
		t.Errorf("told %v before a wave was due", late)
	}
	w.advance(time.Minute + 7*time.Second)
	w.pass()
	w.pass()
	if want := []time.Duration{7 * time.Second}; !slices.Equal(late, want) {
		t.Errorf("told %v, want %v", late, want)
	}
}
