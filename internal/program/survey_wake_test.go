// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"testing"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// A pass costs reads, so there is none that has nothing to do; and none is forgotten.
func TestASurveyIsLookedAtAgainWhenThereIsSomethingToDo(t *testing.T) {
	nextWeek := monday.AddDate(0, 0, 7)
	for name, tc := range map[string]struct {
		change func(*cxv1.Survey)
		now    time.Time
		want   time.Time
	}{
		"before a wave, when it is due":          {nil, monday.Add(-time.Hour), monday},
		"with a wave to start, when the next is": {nil, monday, nextWeek},
		"after the last wave, never":             {func(s *cxv1.Survey) { s.Spec.Schedule.MaxWaves = new(int32(1)) }, monday, time.Time{}},
		"suspended, never":                       {func(s *cxv1.Survey) { s.Spec.Suspend = true }, monday, time.Time{}},
		"with a request beside a wave, at once": {func(s *cxv1.Survey) {
			s.Annotations = map[string]string{cxv1.AnnotationWaveRequestedAt: "2027-01-04T08:30:00Z"}
		}, monday, monday},
	} {
		t.Run(name, func(t *testing.T) {
			var changes []func(*cxv1.Survey)
			if tc.change != nil {
				changes = append(changes, tc.change)
			}
			if _, plan := seen(t, input(weekly(changes...), tc.now)); !plan.Wake.Equal(tc.want) {
				t.Errorf("looked at again %s, want %s", plan.Wake, tc.want)
			}
		})
	}
}
