// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kpi_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/kpi"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

func TestMain(m *testing.M) { harness.Main(m) }

const day = 24 * time.Hour

// nps makes the KPI "nps" with a target of 30, as of a day before Monday.
func nps(promoters, passives, detractors int64, changes ...func(*cxv1.KPI)) *cxv1.KPI {
	return build.KPI("nps", append([]func(*cxv1.KPI){func(k *cxv1.KPI) {
		k.Spec.Method, k.Spec.Class, k.Spec.Metric = cxv1.MethodNPS, cxv1.KPIExperience, "nps"
		k.Spec.Target = &cxv1.KPITarget{Value: "30"}
		enter(-day, promoters, passives, detractors)(k)
	}}, changes...)...)
}

// enter enters new counts.
func enter(after time.Duration, promoters, passives, detractors int64) func(*cxv1.KPI) {
	return func(k *cxv1.KPI) {
		k.Spec.Source.Manual = &cxv1.ManualSource{AsOf: build.At(after), Counts: &cxv1.Counts{
			Promoters: &promoters, Passives: &passives, Detractors: &detractors,
		}}
	}
}

// values are the points in status.
func values(k *cxv1.KPI) string {
	var all []string
	for _, p := range k.Status.Points {
		all = append(all, string(p.Value))
	}
	return strings.Join(all, " ")
}

func (w *worldOf) history() []store.KPIPoint {
	w.t.Helper()
	points, err := w.Store.Points(w.t.Context(), world.ProgramID, "nps", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return points
}

// worldOf has the controller and its one KPI.
type worldOf struct {
	*world.World
	t    *testing.T
	kpis *kpi.Reconciler
	kpi  *cxv1.KPI
}

func with(t *testing.T, k *cxv1.KPI) *worldOf {
	t.Helper()
	w := &worldOf{World: world.New(t), t: t, kpi: k}
	w.kpis = kpi.New(w.Kit, w.Store, nil)
	w.Create(k)
	return w
}

// look looks once, and once more to see that nothing is left to write.
func (w *worldOf) look() time.Duration {
	w.t.Helper()
	after := w.Look(w.kpis, w.kpi)
	writes := w.Writes.ByKind()
	w.Still(w.kpis, w.kpi)
	if diff := cmp.Diff(map[string]int{"patch KPI/status": 1}, writes); diff != "" {
		w.t.Errorf("writes (-want +got):\n%s", diff)
	}
	return after
}

func (w *worldOf) update(change func(*cxv1.KPI)) {
	w.t.Helper()
	world.Update(w.World, w.kpi, change)
}

func TestAKPIIsJudgedWithOneWrite(t *testing.T) {
	w := with(t, nps(60, 25, 15))
	if after := w.look(); after != 89*day {
		t.Errorf("looks again after %s, the value is a day old and good for 90", after)
	}
	w.Expect(w.kpi, cxv1.ConditionReady, "True/Ready", "45 (n = 100, 95 % interval 29.34 to 58.04). 45 against a target of at least 30: met.")
	w.Expect(w.kpi, cxv1.ConditionFresh, "True/Fresh", "2027-01-03")
	w.Expect(w.kpi, cxv1.ConditionTargetMet, "True/TargetMet", "")
	if s := w.kpi.Status; s.Value != "45" || s.Margin != "14.35" || *s.N != 100 || s.Trend != cxv1.TrendInsufficientData {
		t.Errorf("status %+v", s)
	}
	if len(w.Events) != 0 {
		t.Errorf("a new object is no event: %v", w.Events)
	}
}

func TestATimeWithAFractionIsNoReasonToWrite(t *testing.T) {
	w := with(t, nps(60, 25, 15))
	fraction := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"source":{"manual":{"asOf":"2027-01-04T08:59:58.5Z"}}}}`))
	if err := w.Client.Patch(t.Context(), w.kpi, fraction); err != nil {
		t.Fatal(err)
	}
	w.look()
	if got := w.kpi.Status.AsOf.UTC().Format(time.RFC3339); got != "2027-01-04T08:59:58Z" {
		t.Errorf("the value is of %s", got)
	}
}

func TestHistoryGrowsWithEachNewTimeAndIsCorrectedInPlace(t *testing.T) {
	w := with(t, nps(60, 25, 15))
	w.look()
	w.update(enter(-time.Hour, 50, 25, 25))
	w.look()
	if got := values(w.kpi); got != "45 25" {
		t.Errorf("points %s", got)
	}
	w.Expect(w.kpi, cxv1.ConditionTargetMet, "False/TargetMissed", "25 against a target of at least 30: missed")
	w.update(enter(-time.Hour, 70, 20, 10))
	w.look()
	if got := values(w.kpi); got != "45 60" {
		t.Errorf("points after a correction %s", got)
	}
	if points := w.history(); len(points) != 2 || points[1].Revision != 2 {
		t.Errorf("the store has %+v, want the correction as a second revision", points)
	}
	// An older number that is entered late takes its place in time and changes nothing about the newest.
	w.update(enter(-30*day, 10, 20, 70))
	w.look()
	if got := values(w.kpi); got != "-60 45 60" || w.kpi.Status.Value != "60" {
		t.Errorf("points %s, value %s", got, w.kpi.Status.Value)
	}
}

func TestOnlyTheLastTwelvePointsAreShown(t *testing.T) {
	w := with(t, nps(10, 90, 0))
	w.Look(w.kpis, w.kpi)
	for i := range int64(13) {
		w.update(enter(-time.Duration(13-i)*time.Hour, 11+i, 89-i, 0))
		w.Look(w.kpis, w.kpi)
	}
	if got := values(w.kpi); got != "12 13 14 15 16 17 18 19 20 21 22 23" || len(w.history()) != 14 {
		t.Errorf("shows %s of %d", got, len(w.history()))
	}
}

func TestHistorySurvivesTheObjectAndTheController(t *testing.T) {
	w := with(t, nps(160, 160, 80))
	w.look()
	w.update(enter(-time.Hour, 200, 140, 60))
	w.look()
	before := w.kpi.Status
	w.Delete(w.kpi)
	w.kpi = nps(200, 140, 60, func(k *cxv1.KPI) { k.Spec.Source.Manual.AsOf = build.At(-time.Hour) })
	w.Create(w.kpi)
	w.kpis = kpi.New(w.Kit, w.Store, nil)
	w.look()
	before.ObjectStatus, w.kpi.Status.ObjectStatus = cxv1.ObjectStatus{}, cxv1.ObjectStatus{}
	if diff := cmp.Diff(before, w.kpi.Status); diff != "" {
		t.Errorf("status after deleting and applying again (-before +after):\n%s", diff)
	}
	if w.kpi.Status.Trend != cxv1.TrendUp {
		t.Errorf("the trend is %s", w.kpi.Status.Trend)
	}
}

func TestAValueGoesStaleOnTimeAndANewOneRefreshesIt(t *testing.T) {
	w := with(t, nps(60, 25, 15, func(k *cxv1.KPI) { k.Spec.TTL = "7d" }))
	after := w.look()
	w.Clock.SetTime(build.Monday.Add(after - time.Second))
	w.Still(w.kpis, w.kpi)
	w.Clock.SetTime(build.Monday.Add(after))
	if again := w.look(); again != 0 {
		t.Errorf("a stale value is looked at again after %s", again)
	}
	w.Expect(w.kpi, cxv1.ConditionFresh, "False/Stale", "good for 7d: enter a newer one")
	w.Expect(w.kpi, cxv1.ConditionTargetMet, "Unknown/Stale", "")
	w.Expect(w.kpi, cxv1.ConditionReady, "True/Ready", "")
	if got := fmt.Sprint(w.Events); !strings.Contains(got, "nps Stale: ") || len(w.Events) != 2 {
		t.Errorf("events %s, want one for each condition that changed", got)
	}
	w.update(func(k *cxv1.KPI) { k.Spec.OnNoData = cxv1.NoDataKeepLast })
	w.look()
	w.Expect(w.kpi, cxv1.ConditionTargetMet, "True/TargetMet", "")
	w.Expect(w.kpi, cxv1.ConditionFresh, "False/Stale", "")
	w.update(enter(6*day, 50, 25, 25))
	w.look()
	w.Expect(w.kpi, cxv1.ConditionFresh, "True/Fresh", "2027-01-10")
	w.Expect(w.kpi, cxv1.ConditionTargetMet, "False/TargetMissed", "")
}

func TestFewAnswersAreShownNowhereOnTheObject(t *testing.T) {
	w := with(t, nps(60, 25, 15))
	w.look()
	w.update(enter(-time.Hour, 13, 1, 3))
	w.update(func(k *cxv1.KPI) { k.Spec.MinResponses = new(int32(20)) })
	w.look()
	w.Expect(w.kpi, cxv1.ConditionReady, "True/Ready", "fewer than 20 answers and is not shown")
	w.Expect(w.kpi, cxv1.ConditionFresh, "Unknown/InsufficientData", "")
	w.Expect(w.kpi, cxv1.ConditionTargetMet, "Unknown/InsufficientData", "")
	if s := w.kpi.Status; s.Value != "" || s.N != nil || s.Low != "" || s.AttainmentPercent != nil || values(w.kpi) != "45" {
		t.Errorf("status tells what few said: %+v", s)
	}
	if got := fmt.Sprint(w.Events); strings.Contains(got, "58.8") {
		t.Errorf("events tell what few said: %s", got)
	}
	w.update(func(k *cxv1.KPI) { k.Spec.MinResponses = new(int32(17)) })
	w.look()
	if values(w.kpi) != "45 58.82" {
		t.Errorf("enough answers, but points are %s", values(w.kpi))
	}
}

// Every mistake and everything missing: what is said, and that correcting it makes the KPI Ready without anything else.
func TestEveryMistakeCanBeCorrected(t *testing.T) {
	for name, tc := range map[string]struct {
		broken  func(*cxv1.KPI)
		ready   string
		text    string
		stalled bool
		fix     func(*worldOf)
	}{
		"counts that do not add up": {func(k *cxv1.KPI) { k.Spec.Source.Manual.SampleSize = new(int64(99)) }, "False/CountsInconsistent", "sampleSize is 99, but the counts add up to 100", true,
			func(w *worldOf) { w.update(func(k *cxv1.KPI) { k.Spec.Source.Manual.SampleSize = nil }) }},
		"counts of another method": {func(k *cxv1.KPI) { k.Spec.Method = cxv1.MethodShare }, "False/CountsInconsistent", "chosen", true,
			func(w *worldOf) { w.update(func(k *cxv1.KPI) { k.Spec.Method = cxv1.MethodNPS }) }},
		"nobody answered": {enter(-day, 0, 0, 0), "False/CountsInconsistent", "all counts are zero", true,
			func(w *worldOf) { w.update(enter(-day, 60, 25, 15)) }},
		"a time to come": {enter(day, 60, 25, 15), "False/InvalidSpec", "still to come", true,
			func(w *worldOf) { w.update(enter(-day, 60, 25, 15)) }},
		"a number that cannot be": {func(k *cxv1.KPI) { k.Spec.Source.Manual = &cxv1.ManualSource{AsOf: build.At(-day), Value: "101"} }, "False/InvalidSpec", "between -100 and 100", true,
			func(w *worldOf) { w.update(enter(-day, 60, 25, 15)) }},
		"a goal that is not there":    {func(k *cxv1.KPI) { k.Spec.GoalRef = "loyalty" }, "False/ReferenceNotFound", `spec.goalRef names Goal "loyalty"`, false, func(w *worldOf) { w.Create(build.Goal("loyalty")) }},
		"an owner that is not there":  {func(k *cxv1.KPI) { k.Spec.OwnerRef = "head" }, "False/ReferenceNotFound", `spec.ownerRef names Owner "head"`, false, func(w *worldOf) { w.Create(build.Owner("head")) }},
		"a persona that is not there": {func(k *cxv1.KPI) { k.Spec.PersonaRef = "shopper" }, "False/ReferenceNotFound", `spec.personaRef names Persona "shopper"`, false, func(w *worldOf) { w.Create(build.Persona("shopper")) }},
		"a name that is wrong":        {func(k *cxv1.KPI) { k.Spec.GoalRef = "loyality" }, "False/ReferenceNotFound", "Create what is missing, or correct the name", false, func(w *worldOf) { w.update(func(k *cxv1.KPI) { k.Spec.GoalRef = "" }) }},
		"a journey that is not there": {func(k *cxv1.KPI) { k.Spec.JourneyRef, k.Spec.Touchpoint = "buy", "checkout" }, "False/ReferenceNotFound", `spec.journeyRef names Journey "buy"`, false, func(w *worldOf) { w.Create(build.Journey("buy")) }},
		"a touchpoint that is not there": {func(k *cxv1.KPI) { k.Spec.JourneyRef, k.Spec.Touchpoint = "stay", "desk" }, "False/ReferenceNotFound", `spec.touchpoint names "desk", which journey "stay" does not have`, false,
			func(w *worldOf) {
				world.Update(w.World, build.Journey("stay"), func(j *cxv1.Journey) { j.Spec.Stages[0].Touchpoints[0].Name = "desk" })
			}},
	} {
		t.Run(name, func(t *testing.T) {
			w := with(t, nps(60, 25, 15, tc.broken))
			w.Create(build.Journey("stay"))
			w.look()
			w.Expect(w.kpi, cxv1.ConditionReady, tc.ready, tc.text)
			if got := world.Said(w.kpi, cxv1.ConditionStalled) != "absent"; got != tc.stalled {
				t.Errorf("stalled: %v, want %v", got, tc.stalled)
			}
			tc.fix(w)
			w.Writes.Reset()
			w.look()
			w.Expect(w.kpi, cxv1.ConditionReady, "True/Ready", "")
			w.Expect(w.kpi, cxv1.ConditionTargetMet, "True/TargetMet", "")
			if points := w.history(); len(points) != 1 || points[0].Value != "45" {
				t.Errorf("the mistake got into the history: %+v", points)
			}
		})
	}
}

// A mistake in new counts must neither hide what is known nor keep it fresh for ever.
func TestWhatIsKnownGoesOnCountingDuringAMistake(t *testing.T) {
	w := with(t, nps(60, 25, 15))
	w.look()
	w.update(func(k *cxv1.KPI) { k.Spec.Source.Manual.SampleSize = new(int64(99)) })
	if after := w.look(); after != 89*day {
		t.Errorf("looks again after %s, so it would never get stale", after)
	}
	w.Expect(w.kpi, cxv1.ConditionReady, "False/CountsInconsistent", "")
	w.Expect(w.kpi, cxv1.ConditionTargetMet, "True/TargetMet", "")
	w.Clock.SetTime(build.Monday.Add(89 * day))
	w.look()
	w.Expect(w.kpi, cxv1.ConditionFresh, "False/Stale", "")
	w.Expect(w.kpi, cxv1.ConditionTargetMet, "Unknown/Stale", "")
	w.Expect(w.kpi, cxv1.ConditionStalled, "True/CountsInconsistent", "")
}

func TestAMissingReferenceDoesNotStopTheClock(t *testing.T) {
	w := with(t, nps(60, 25, 15, func(k *cxv1.KPI) { k.Spec.GoalRef = "loyalty" }))
	if after := w.look(); after != 89*day {
		t.Errorf("looks again after %s", after)
	}
	w.Expect(w.kpi, cxv1.ConditionTargetMet, "True/TargetMet", "")
}

func TestWithoutItsProgramNothingIsRecorded(t *testing.T) {
	w := &worldOf{World: world.Empty(t), t: t, kpi: nps(60, 25, 15)}
	w.kpis = kpi.New(w.Kit, w.Store, nil)
	w.Create(w.kpi)
	w.look()
	w.Expect(w.kpi, cxv1.ConditionReady, "False/NoProgram", "")

	program := build.Program(func(p *cxv1.Program) { p.Spec.ID = world.ProgramID })
	w.Create(program)
	w.Report(program, cxv1.ConditionReady, metav1.ConditionTrue)
	w.Still(w.kpis, w.kpi) // its id is not claimed yet
	w.Claim()
	w.look()
	w.Expect(w.kpi, cxv1.ConditionReady, "True/Ready", "")
}

func TestAStoreThatIsDownMakesReadyUnknownAndKeepsWhatWasKnown(t *testing.T) {
	w := with(t, nps(60, 25, 15))
	w.look()
	known := w.kpi.Status.DeepCopy()
	faulty := &storetest.Faulty{Store: w.Store, BeforeWrite: func(string) error { return store.ErrUnavailable }}
	down := kpi.New(w.Kit, faulty, nil)
	w.Still(down, w.kpi) // what is recorded already needs no write
	w.update(enter(-time.Hour, 50, 25, 25))
	if _, err := w.Try(down, w.kpi); err == nil {
		t.Error("a store that is down is no error, so nobody would try again")
	}
	w.Expect(w.kpi, cxv1.ConditionReady, "Unknown/StoreUnavailable", "the operator's log says why")
	w.Expect(w.kpi, cxv1.ConditionTargetMet, "True/TargetMet", "")
	if w.kpi.Status.Value != known.Value || len(w.kpi.Status.Points) != 1 {
		t.Errorf("status changed although nothing could be read: %+v", w.kpi.Status)
	}
	w.Writes.Reset()
	w.look()
	w.Expect(w.kpi, cxv1.ConditionReady, "True/Ready", "")
	if values(w.kpi) != "45 25" {
		t.Errorf("points %s", values(w.kpi))
	}
}

// What a KPI rests on changes without the KPI: each of these must wake its controller.
func TestAKPIFollowsWhatItNames(t *testing.T) {
	w := world.New(t)
	k := nps(60, 25, 15, func(k *cxv1.KPI) {
		k.Spec.GoalRef, k.Spec.OwnerRef, k.Spec.PersonaRef, k.Spec.JourneyRef, k.Spec.Touchpoint = "loyalty", "head", "shopper", "buy", "desk"
	})
	w.Create(k)
	w.Run(func(kit kube.Kit) world.Controller { return kpi.New(kit, w.Store, nil) })
	says := func(text string) {
		t.Helper()
		world.Await(w, k, text, func(k *cxv1.KPI) bool {
			ready := kube.Condition(k, cxv1.ConditionReady)
			return ready != nil && strings.Contains(ready.Message, text)
		})
	}
	says(`spec.goalRef names Goal "loyalty"; spec.journeyRef names Journey "buy"; spec.ownerRef names Owner "head"; spec.personaRef`)
	w.Create(build.Goal("loyalty"))
	says("this namespace: spec.journeyRef")
	journey := build.Journey("buy")
	w.Create(journey)
	says("this namespace: spec.ownerRef")
	w.Create(build.Owner("head"))
	says("this namespace: spec.personaRef")
	w.Create(build.Persona("shopper"))
	says(`spec.touchpoint names "desk"`)
	world.Update(w, journey, func(j *cxv1.Journey) { j.Spec.Stages[0].Touchpoints[0].Name = "desk" })
	says("45 (n = 100")
	w.Delete(build.Goal("loyalty"))
	says("this namespace: spec.goalRef")
}
