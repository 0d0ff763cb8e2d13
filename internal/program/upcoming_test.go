// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

func TestWavesToCome(t *testing.T) {
	monday := func(week int) time.Time { return build.Monday.AddDate(0, 0, 7*week) }
	weekly := func(change func(*cxv1.SurveySpec)) *cxv1.Survey {
		return build.Survey("pulse", func(s *cxv1.Survey) {
			s.Spec.Schedule.Cron, s.Spec.OpenFor = "0 9 * * MON", "3d"
			change(&s.Spec)
		})
	}
	started := &store.Evidence{
		Waves:   []store.WaveOutcome{{Survey: "pulse", Slot: "20270104t0900", DueAt: monday(0), OpenedAt: monday(0), Phase: store.WaveStarted}},
		Surveys: []store.WaveTotals{{Survey: "pulse", Started: 1, LastSlot: "20270104t0900", LastDueAt: monday(0)}},
	}
	for name, tc := range map[string]struct {
		change func(*cxv1.SurveySpec)
		ev     *store.Evidence
		most   int
		want   []time.Time
		more   bool
	}{
		"one each week":                 {func(*cxv1.SurveySpec) {}, nil, 9, []time.Time{monday(1), monday(2), monday(3), monday(4)}, false},
		"no more than asked for":        {func(*cxv1.SurveySpec) {}, nil, 2, []time.Time{monday(1), monday(2)}, true},
		"a suspended survey has none":   {func(s *cxv1.SurveySpec) { s.Suspend = true }, nil, 9, nil, false},
		"those that overlap are missed": {func(s *cxv1.SurveySpec) { s.OpenFor = "10d" }, nil, 9, []time.Time{monday(1), monday(3)}, false},
		"unless they may": {func(s *cxv1.SurveySpec) { s.OpenFor, s.Overlap = "10d", cxv1.OverlapAllow }, nil, 9,
			[]time.Time{monday(1), monday(2), monday(3), monday(4)}, false},
		"also with one that is open by the evidence": {func(s *cxv1.SurveySpec) { s.OpenFor = "10d" }, started, 9, []time.Time{monday(2), monday(4)}, false},
		"those that were count":                      {func(s *cxv1.SurveySpec) { s.Schedule.MaxWaves = new(int32(3)) }, started, 9, []time.Time{monday(1), monday(2)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := New("", build.Program(), build.Persona("shopper"), weekly(tc.change))
			in, err := InputOf(s, s.Surveys[0], tc.ev, monday(0).Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			in.Waves = StartedWaves(in, tc.ev)
			waves, more, err := Upcoming(in, monday(4).Add(time.Hour), tc.most)
			if err != nil {
				t.Fatal(err)
			}
			var got []time.Time
			for _, wave := range waves {
				got = append(got, wave.Spec.Template.DueAt.UTC())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || more != tc.more {
				t.Errorf("more %t, want %t (-want +got):\n%s", more, tc.more, diff)
			}
		})
	}
	broken := weekly(func(s *cxv1.SurveySpec) { s.Schedule.Cron = "0 9 31 2 *" })
	if _, _, err := Upcoming(SurveyInput{Survey: broken, Program: build.Program(), Now: monday(0)}, monday(4), 9); err == nil {
		t.Error("a survey that never comes due has waves")
	}
}
