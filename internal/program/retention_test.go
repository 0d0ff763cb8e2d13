// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

func TestUntilWhenAnswersAreKept(t *testing.T) {
	const day = 24 * time.Hour
	opens := build.Monday
	for name, tc := range map[string]struct {
		retention cxv1.Duration
		state     store.WaveState
		now, want time.Duration // after it opens; want 0 is for good
	}{
		"none is promised":               {state: store.WaveTakesNothing, now: 15 * day},
		"while it is open":               {retention: "30d", state: store.WaveTakesAnswers, want: 45 * day},
		"at the last moment, the same":   {retention: "30d", state: store.WaveTakesUnderWay, now: 15*day - 1, want: 45 * day},
		"closed in time":                 {retention: "30d", state: store.WaveTakesNothing, now: 15 * day, want: 45 * day},
		"closed long after":              {retention: "30d", state: store.WaveTakesNothing, now: 60 * day, want: 61 * day},
		"hardly promised at all":         {retention: "10s", state: store.WaveTakesNothing, now: 15 * day, want: 16 * day},
		"cancelled while it was open":    {retention: "30d", state: store.WaveTakesNothing, now: 3 * day, want: 33 * day},
		"cancelled before it was opened": {retention: "5d", state: store.WaveTakesNothing, now: -10 * day, want: -5 * day},
	} {
		template := &cxv1.WaveTemplate{OpensAt: metav1.NewTime(opens), ClosesAt: metav1.NewTime(opens.Add(14 * day)),
			GraceUntil: metav1.NewTime(opens.Add(15 * day))}
		template.Retention = tc.retention
		want := opens.Add(tc.want)
		if tc.want == 0 {
			want = time.Time{}
		}
		if got := program.KeepUntil(template, tc.state, opens.Add(tc.now)); !got.Equal(want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
