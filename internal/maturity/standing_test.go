// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const day = 24 * time.Hour

func TestStandingRisesAtOnceAndFallsAfterGrace(t *testing.T) {
	type look struct{ day, assessed, held int }
	tests := []struct {
		name  string
		looks []look
	}{
		{"the first assessment is taken as it is", []look{{0, 3, 3}}},
		{"a rise counts at once", []look{{0, 2, 2}, {1, 5, 5}}},
		{"a fall waits for the whole grace", []look{{0, 5, 5}, {1, 3, 5}, {14, 3, 5}, {15, 3, 3}}},
		{"a recovery ends the fall, the next one starts afresh", []look{{0, 5, 5}, {1, 3, 5}, {10, 5, 5}, {20, 3, 5}, {33, 3, 5}, {34, 3, 3}}},
		{"a rise below the held stage does not end the fall", []look{{0, 5, 5}, {1, 2, 5}, {10, 4, 5}, {15, 4, 4}}},
		{"nobody looked for a month: the fall starts when it is seen", []look{{0, 5, 5}, {30, 3, 5}, {44, 3, 3}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var standing Standing
			got := make([]look, len(tt.looks))
			for i, l := range tt.looks {
				standing = standing.Settle(l.assessed, 14*day, noon.Add(time.Duration(l.day)*day))
				got[i] = look{l.day, l.assessed, standing.Stage}
			}
			if diff := cmp.Diff(tt.looks, got, cmp.AllowUnexported(look{})); diff != "" {
				t.Errorf("day, assessed, held (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSinceIsWhenTheStageWasReachedAndFallsAtSaysWhenItGoes(t *testing.T) {
	standing := Standing{}.Settle(4, 14*day, noon).Settle(4, 14*day, noon.Add(time.Hour))
	if _, falling := standing.FallsAt(14 * day); falling {
		t.Error("a new standing is falling")
	}
	standing = standing.Settle(2, 14*day, noon.Add(day))
	at, falling := standing.FallsAt(14 * day)
	if !falling || !at.Equal(noon.Add(15*day)) || !standing.Since.Equal(noon) {
		t.Errorf("falls at %v, since %v", at, standing.Since)
	}
	if fallen := standing.Settle(2, 14*day, at); fallen != (Standing{Stage: 2, Since: at}) {
		t.Errorf("after the fall: %+v", fallen)
	}
	if now := (Standing{Stage: 4}).Settle(2, 0, noon); now.Stage != 2 {
		t.Errorf("without grace the stage is %d", now.Stage)
	}
}

func TestSettlingTheSameAssessmentTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now, standing := noon, Standing{}
		for range rapid.IntRange(1, 20).Draw(t, "looks") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "days")) * day)
			assessed := rapid.IntRange(1, 6).Draw(t, "assessed")
			standing = standing.Settle(assessed, 14*day, now)
			if again := standing.Settle(assessed, 14*day, now); again != standing {
				t.Fatalf("%+v became %+v", standing, again)
			}
			if standing.Stage < assessed || standing.Stage == assessed && !standing.FallingSince.IsZero() {
				t.Fatalf("assessed %d, standing %+v", assessed, standing)
			}
		}
	})
}
