// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package survey_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// When many surveys are due at once their waves come first. Nothing is lost by that: a wave is recorded at once, and what
// is reported later is the same, at the same cost.
func TestInARushWavesAreCreatedFirstAndReportedAfterwards(t *testing.T) {
	w := newWorld(t)
	over := w.rush(kube.Creation)
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

	over()
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
	w := newWorld(t)
	rush := kube.NewRush(w.clock)
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

// In a rush of first reports a survey that waits for its persona says nothing, as the persona may be on its way; one that
// has all it needs, and one with a mistake, say so.
func TestInARushOfFirstReportsOnlyWhatWaitsIsSilent(t *testing.T) {
	w := newWorld(t, func(s *cxv1.Survey) { s.Spec.PersonaRefs = []cxv1.Ref{"late"} })
	over := w.rush(kube.FirstReport)
	w.pass()
	if n := w.writes.Total(); n != 0 {
		t.Errorf("%d writes while the persona is missing: %v", n, w.writes.ByKind())
	}
	w.Create(build.Persona("late"))
	w.advance(-time.Minute)
	w.pass()
	w.expectReason(cxv1.ConditionReady, cxv1.ReasonReady)

	w.surveyed.Spec.Schedule.Cron = "0 9 31 2 *"
	if err := w.Client.Update(t.Context(), w.surveyed); err != nil {
		t.Fatal(err)
	}
	w.pass()
	w.expectReason(cxv1.ConditionReady, cxv1.ReasonInvalidSchedule)
	over()
}

// What is given up or refused now would not be found at the next look, so it does not wait.
func TestInARushARefusalIsReportedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.advance(-time.Minute)
	w.pass()
	w.rush(kube.Creation)
	w.surveyed.Annotations = map[string]string{cxv1.AnnotationWaveRequestedAt: "soon"}
	if err := w.Client.Update(t.Context(), w.surveyed); err != nil {
		t.Fatal(err)
	}
	w.pass()
	if got := w.surveyed.Status.HandledRequest; got != "soon" {
		t.Errorf("the request that was answered is %q, want %q", got, "soon")
	}
}

// rush makes it one, with controllers that know of it, until the returned function is called.
func (w *world) rush(u kube.Urgency) (over func()) {
	w.Helper()
	clock := clocktesting.NewFakePassiveClock(time.Now())
	rush := kube.NewRush(clock)
	w.control(rush)
	var done []func()
	for range 8 {
		done = append(done, rush.Begin(u))
	}
	return func() {
		for _, d := range done {
			d()
		}
		clock.SetTime(clock.Now().Add(time.Second))
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
