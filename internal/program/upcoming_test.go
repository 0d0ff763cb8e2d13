// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

// A wave that is under way by the evidence is under way in a folder, too, and is there once.
func TestAFolderHasTheWavesThatAreUnderWay(t *testing.T) {
	ev := &store.Evidence{
		Waves: []store.WaveOutcome{
			{Survey: "pulse", Slot: "20261228t0900", DueAt: build.Monday.AddDate(0, 0, -7), ClosedAt: build.Monday, Phase: store.WaveClosed},
			{Survey: "pulse", Slot: "20270104t0900", DueAt: build.Monday, Phase: store.WaveStarted},
		},
		Surveys: []store.WaveTotals{{Survey: "pulse", Started: 2, Ended: 1, Closed: 1, LastSlot: "20270104t0900", LastDueAt: build.Monday}},
	}
	s := New("", build.Program(), build.Persona("shopper"), build.Survey("pulse"))
	for _, look := range []string{"first", "second"} {
		s = Evaluate(s, ev, build.Monday.Add(time.Hour)).Snapshot
		if len(s.Waves) != 1 || s.Waves[0].Name != "pulse-20270104t0900" || s.Waves[0].Status.Phase != cxv1.WaveOpen {
			t.Fatalf("%s look: waves %+v", look, s.Waves)
		}
		status := s.Surveys[0].Status
		if status.Phase != cxv1.SurveyRunning || *status.OpenWaves != 1 || *status.WavesDone != 2 || status.LastWave != "pulse-20270104t0900" {
			t.Errorf("%s look: status %+v", look, status)
		}
	}
	over := Evaluate(New("", build.Program(), build.Persona("shopper"), build.Survey("pulse")), &store.Evidence{Surveys: ev.Surveys}, build.Monday.AddDate(0, 2, 0))
	if status := over.Snapshot.Surveys[0].Status; len(over.Snapshot.Waves) > 0 || status.LastWave != "pulse-20270104t0900" ||
		!status.LastWaveAt.Equal(new(metav1.NewTime(build.Monday))) {
		t.Errorf("afterwards: %+v", status)
	}
}
