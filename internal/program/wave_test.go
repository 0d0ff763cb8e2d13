// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

const twoWeeks = 14 * 24 * time.Hour

func cancelled(w *cxv1.SurveyWave) {
	w.Spec.Control.Cancel = &cxv1.CancelRequest{Reason: "wrong audience"}
}

func TestAWaveGoesThroughItsPhasesByTime(t *testing.T) {
	for name, tc := range map[string]struct {
		at     time.Duration
		had    cxv1.WavePhase
		cancel bool
		want   cxv1.WavePhase
		record bool
		wake   time.Duration
	}{
		"before it opens":                 {at: -time.Hour, want: cxv1.WavePending, wake: 0},
		"when it opens":                   {at: 0, had: cxv1.WavePending, want: cxv1.WaveOpen, wake: twoWeeks},
		"when it closes":                  {at: twoWeeks, had: cxv1.WaveOpen, want: cxv1.WaveClosing, wake: twoWeeks + time.Hour},
		"when the grace is over":          {at: twoWeeks + time.Hour, had: cxv1.WaveClosing, want: cxv1.WaveClosed, record: true},
		"first looked at when it is over": {at: twoWeeks + 48*time.Hour, want: cxv1.WaveClosed, record: true},
		"cancelled while open":            {at: time.Hour, had: cxv1.WaveOpen, cancel: true, want: cxv1.WaveCancelled, record: true},
		"cancelled before it opened":      {at: -time.Hour, had: cxv1.WavePending, cancel: true, want: cxv1.WaveCancelled, record: true},
		"closed stays closed":             {at: twoWeeks + 48*time.Hour, had: cxv1.WaveClosed, want: cxv1.WaveClosed},
		"cancelling comes too late":       {at: twoWeeks + 48*time.Hour, had: cxv1.WaveClosed, cancel: true, want: cxv1.WaveClosed},
		"cancelled stays cancelled":       {at: time.Hour, had: cxv1.WaveCancelled, want: cxv1.WaveCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			wave := build.SurveyWave("pulse-20270104t0900", func(w *cxv1.SurveyWave) {
				w.Status.Phase = tc.had
				if tc.cancel {
					cancelled(w)
				}
			})
			plan := program.DecideWave(wave, monday.Add(tc.at))
			if plan.Status.Phase != tc.want {
				t.Errorf("phase %s, want %s", plan.Status.Phase, tc.want)
			}
			if got := plan.Outcome != nil; got != tc.record {
				t.Errorf("an outcome to record: %t, want %t", got, tc.record)
			}
			if plan.Outcome != nil && string(plan.Outcome.Phase) != string(tc.want) {
				t.Errorf("recorded as %s, want %s", plan.Outcome.Phase, tc.want)
			}
			final := tc.want.Finished()
			if wake := plan.Wake.Sub(monday); final != plan.Wake.IsZero() || (!final && wake != tc.wake) {
				t.Errorf("wakes %s after it was due, want %s (never: %t)", wake, tc.wake, final)
			}
		})
	}
}

// However often and whenever it is looked at, a wave ends the same way, and its end is recorded exactly once.
func TestAWaveEndsTheSameWayHoweverOftenItIsLookedAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wave := build.SurveyWave("pulse-20270104t0900")
		now, recorded := monday.Add(-time.Hour), 0
		order := map[cxv1.WavePhase]int{"": 0, cxv1.WavePending: 1, cxv1.WaveOpen: 2, cxv1.WaveClosing: 3, cxv1.WaveClosed: 4}
		for now.Before(monday.Add(twoWeeks + 2*time.Hour)) {
			plan := program.DecideWave(wave, now)
			if order[plan.Status.Phase] < order[wave.Status.Phase] {
				t.Fatalf("went from %s back to %s", wave.Status.Phase, plan.Status.Phase)
			}
			wave.Status = plan.Status
			if plan.Outcome != nil {
				recorded++
			}
			now = now.Add(time.Duration(rapid.Int64Range(1, int64(100*time.Hour)).Draw(t, "pause")))
		}
		wave.Status = program.DecideWave(wave, now).Status
		if wave.Status.Phase != cxv1.WaveClosed || recorded > 1 {
			t.Fatalf("ended %s, recorded %d times; want Closed, at most once before the end", wave.Status.Phase, recorded)
		}
	})
}
