// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package survey_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// When many surveys are due at once their waves come first. Nothing is lost by that: a wave is recorded at once, and what
// is reported later is the same, at the same cost.
func TestInARushWavesAreCreatedFirstAndReportedAfterwards(t *testing.T) {
	rush := &kube.Rush{}
	w := newWorld(t)
	w.control(rush)
	var over []func()
	for range 8 {
		over = append(over, rush.Begin(kube.Creation))
	}
	slot := w.slot()
	result := w.pass()
	w.expectNames(slot + " ")
	if diff := cmp.Diff(map[string]int{"create SurveyWave": 1}, w.writes.ByKind()); diff != "" {
		t.Errorf("writes in the rush (-want +got):\n%s", diff)
	}
	if result.RequeueAfter <= 0 || *result.Priority >= 0 {
		t.Errorf("looks again after %s with priority %d, want it after all that is due", result.RequeueAfter, *result.Priority)
	}
	if len(w.events.Events) > 0 {
		t.Errorf("an event in the rush: %s", <-w.events.Events)
	}
	totals, err := w.store.WaveTotals(t.Context(), programID, "nps")
	if err != nil || totals.Started != 1 {
		t.Errorf("the store knows %d waves (%v), want the one that was created", totals.Started, err)
	}

	for _, done := range over {
		done()
	}
	result = w.pass()
	w.pass()
	w.expectNames(slot + " Open")
	if news := w.news(); len(news) != 1 || !strings.Contains(news[0], cxv1.ReasonWaveCreated) {
		t.Errorf("events %q, want one that says %s", news, cxv1.ReasonWaveCreated)
	}
	if diff := cmp.Diff(map[string]int{
		"create SurveyWave": 1, "patch Survey/status": 1, "patch SurveyWave/status": 1,
	}, w.writes.ByKind()); diff != "" {
		t.Errorf("writes in all (-want +got):\n%s", diff)
	}
	if w.surveyed.Status.LastWave != slot || *w.surveyed.Status.WavesDone != 1 {
		t.Errorf("the survey reports %d waves, the last one %q, want %q", *w.surveyed.Status.WavesDone, w.surveyed.Status.LastWave, slot)
	}
	if *result.Priority != 0 {
		t.Errorf("the next wave has priority %d: it would wait behind everything else", *result.Priority)
	}
}

// A creation that fails is over too: a rush that never ended would put off every report for ever.
func TestFailedCreationsDoNotMakeARushForEver(t *testing.T) {
	rush := &kube.Rush{}
	w := newWorld(t)
	w.control(rush)
	for range 6 {
		w.Create(build.SurveyWave(w.slot())) // somebody else's
		w.pass()
		w.expectReason(cxv1.ConditionOnSchedule, cxv1.ReasonWaveNameTaken)
		w.advance(time.Hour)
	}
	if rush.On(kube.Creation) {
		t.Error("after six failed creations it is still a rush")
	}
}

// news takes the events recorded so far that speak of a wave.
func (w *world) news() (news []string) {
	for len(w.events.Events) > 0 {
		if event := <-w.events.Events; strings.Contains(event, "wave") {
			news = append(news, event)
		}
	}
	return news
}
