// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package survey_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/survey"
	"github.com/cx-operator/cx-operator/controllers/surveywave"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/invariants"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

func TestMain(m *testing.M) { harness.Main(m) }

const programID = "survey-test"

// world has a Program whose id is claimed, a persona, and the two controllers, called by hand.
type world struct {
	*harness.Harness
	*testing.T
	clock    *clocktesting.FakePassiveClock
	store    store.Store
	writes   *operator.Writes
	events   *events.FakeRecorder
	surveys  *survey.Reconciler
	waves    *surveywave.Reconciler
	surveyed *cxv1.Survey
}

// newWorld starts at the hour after the API server's: objects are created in real time, and waves must come later.
func newWorld(t *testing.T, change ...func(*cxv1.Survey)) *world {
	t.Helper()
	h := harness.New(t)
	w := &world{
		Harness: h, T: t, store: operator.Store(t), writes: operator.NewWrites(), events: events.NewFakeRecorder(100),
		clock: clocktesting.NewFakePassiveClock(time.Now().Truncate(time.Hour).Add(time.Hour)),
	}
	w.control(nil)
	w.claimedProgram()
	h.Create(build.Persona("shopper"))
	w.surveyed = build.Survey("nps", append([]func(*cxv1.Survey){func(s *cxv1.Survey) {
		s.Spec.Schedule.Cron, s.Spec.OpenFor = "0 * * * *", "30m"
	}}, change...)...)
	h.Create(w.surveyed)
	return w
}

// control makes the two controllers.
func (w *world) control(rush *kube.Rush) {
	w.Helper()
	indexes := harness.NewIndexes()
	if err := survey.Index(w.Context(), indexes); err != nil {
		w.Fatal(err)
	}
	kit := kube.Kit{Client: w.writes.Count(indexes.Client(w.Client)), Clock: w.clock, Events: w.events, Rush: rush}
	w.surveys, w.waves = survey.New(kit, w.Client, w.store), surveywave.New(kit, w.store, nil, link.Keys{})
}

func (w *world) claimedProgram() {
	w.Helper()
	program := build.Program(func(p *cxv1.Program) { p.Spec.ID = programID })
	w.Create(program)
	if _, err := w.store.Claim(w.Context(), programID, store.Holder{
		NamespaceUID: w.Namespace, Namespace: w.Namespace, ProgramUID: string(program.UID),
	}, "", w.clock.Now()); err != nil {
		w.Fatal(err)
	}
	kube.SetCondition(program, w.clock.Now(), cxv1.ConditionReady, metav1.ConditionTrue, cxv1.ReasonReady, "It is.")
	program.Status.ObservedGeneration = program.Generation
	if err := w.Client.Status().Update(w.Context(), program); err != nil {
		w.Fatal(err)
	}
}

// pass runs both controllers once over everything and checks the rules of every status.
func (w *world) pass() ctrl.Result {
	w.Helper()
	result, err := w.surveys.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(w.surveyed)})
	if err != nil {
		w.Fatal(err)
	}
	for _, wave := range w.wavesNow() {
		if _, err := w.waves.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(&wave)}); err != nil {
			w.Fatal(err)
		}
	}
	w.Get(w.surveyed)
	broken := invariants.Check(w.surveyed)
	for _, wave := range w.wavesNow() {
		broken = append(broken, invariants.Check(&wave)...)
	}
	if len(broken) > 0 {
		w.Error(strings.Join(broken, "\n"))
	}
	return result
}

func (w *world) wavesNow() []cxv1.SurveyWave {
	w.Helper()
	waves := &cxv1.SurveyWaveList{}
	if err := w.Client.List(w.Context(), waves, client.InNamespace(w.Namespace)); err != nil {
		w.Fatal(err)
	}
	return waves.Items
}

func (w *world) names() (names []string) {
	w.Helper()
	for _, wave := range w.wavesNow() {
		names = append(names, wave.Name+" "+string(wave.Status.Phase))
	}
	return names
}

func (w *world) advance(d time.Duration) { w.clock.SetTime(w.clock.Now().Add(d)) }

func (w *world) slot() string { return "nps-" + w.clock.Now().UTC().Format("20060102t1500") }

func (w *world) expectNames(want ...string) {
	w.Helper()
	if diff := cmp.Diff(want, w.names()); diff != "" {
		w.Errorf("waves (-want +got):\n%s", diff)
	}
}

func (w *world) expectReason(condition, reason string) {
	w.Helper()
	c := kube.Condition(w.surveyed, condition)
	if c == nil || c.Reason != reason {
		w.Errorf("condition %s is %v, want the reason %s", condition, c, reason)
	}
}

func TestASurveyTakesTheFewestWritesToItsFirstWave(t *testing.T) {
	w := newWorld(t)
	w.advance(-time.Minute)
	result := w.pass()
	if diff := cmp.Diff(map[string]int{"patch Survey/status": 1}, w.writes.ByKind()); diff != "" {
		t.Errorf("writes until the survey is scheduled (-want +got):\n%s", diff)
	}
	if result.RequeueAfter != time.Minute {
		t.Errorf("looks again after %s, want a minute: then the wave is due", result.RequeueAfter)
	}
	w.advance(time.Minute)
	slot := w.slot()
	w.pass()
	if diff := cmp.Diff(map[string]int{
		"patch Survey/status": 2, "create SurveyWave": 1, "patch SurveyWave/status": 1,
	}, w.writes.ByKind()); diff != "" {
		t.Errorf("writes until the first wave is open (-want +got):\n%s", diff)
	}
	w.expectNames(slot + " Open")
	w.writes.Reset()
	w.pass()
	if n := w.writes.Total(); n != 0 {
		t.Errorf("%d writes when nothing changed: %v", n, w.writes.ByKind())
	}
}

func TestAWaveIsOpenedClosedAndRemembered(t *testing.T) {
	w := newWorld(t)
	slot := w.slot()
	w.pass()
	w.advance(30 * time.Minute)
	w.pass()
	w.expectNames(slot + " Closing")
	w.advance(3 * time.Minute)
	w.pass()
	w.expectNames(slot + " Closed")
	evidence, err := w.store.Evidence(t.Context(), programID, store.EvidenceQuery{Now: w.clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if len(evidence.Waves) != 1 || evidence.Waves[0].Phase != store.WaveClosed {
		t.Errorf("the store has %+v, want one closed wave", evidence.Waves)
	}
}

func TestAFrameworkIsAskedOnceItIsThere(t *testing.T) {
	w := newWorld(t, func(s *cxv1.Survey) { s.Spec.Questionnaire, s.Spec.FrameworkRef = nil, "house" })
	slot := w.slot()
	w.pass()
	w.expectNames()
	w.expectReason(cxv1.ConditionReady, cxv1.ReasonFrameworkNotReady)
	w.expectReason(cxv1.ConditionOnSchedule, cxv1.ReasonBlocked)
	w.Create(build.Framework("house", func(f *cxv1.Framework) {
		text := func(en string) cxv1.FrameworkText { return cxv1.FrameworkText{EN: en} }
		f.Spec.Scales = []cxv1.FrameworkScale{{Name: "so", Steps: []cxv1.FrameworkScaleStep{
			{Value: 0, FrameworkText: text("No")}, {Value: 1, FrameworkText: text("Yes")},
		}}}
		f.Spec.Questions = []cxv1.FrameworkQuestion{{ID: "Q01", Scale: "so", FrameworkText: text("We have a map")}}
		f.Spec.Stages[1].Criteria[0].Mode, f.Spec.Stages[1].Criteria[0].Questions = cxv1.ModeBoth, []string{"Q01"}
		f.Spec.Stages[1].Criteria[0].AtLeast = new(int32(1))
	}))
	w.pass()
	w.expectNames(slot + " Open")
	template := w.wavesNow()[0].Spec.Template
	if diff := cmp.Diff(&cxv1.WaveFramework{Name: "house", Questions: []string{"Q01"}}, template.Framework); diff != "" {
		t.Errorf("the wave's framework (-want +got):\n%s", diff)
	}
	if q := template.Questionnaire.Questions; len(q) != 1 || q[0].ID != "q01" || len(q[0].Options) != 3 {
		t.Errorf("the wave asks %+v", q)
	}
}

func TestACancelledWaveEndsAtOnceAndForGood(t *testing.T) {
	w := newWorld(t)
	slot := w.slot()
	w.pass()
	wave := w.wavesNow()[0]
	wave.Spec.Control.Cancel = &cxv1.CancelRequest{Reason: "wrong audience"}
	if err := w.Client.Update(t.Context(), &wave); err != nil {
		t.Fatal(err)
	}
	w.pass()
	w.expectNames(slot + " Cancelled")
	w.advance(time.Hour)
	next := w.slot()
	w.pass()
	w.expectNames(slot+" Cancelled", next+" Open")
}

func TestDeletingAndReapplyingASurveyForgetsNothing(t *testing.T) {
	w := newWorld(t, func(s *cxv1.Survey) { s.Spec.Schedule.MaxWaves = new(int32(1)) })
	w.pass()
	for _, obj := range []client.Object{&w.wavesNow()[0], w.surveyed} {
		if err := w.Client.Delete(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
	}
	again := build.Survey("nps", func(s *cxv1.Survey) { s.Spec = *w.surveyed.Spec.DeepCopy() })
	w.Create(again)
	w.surveyed = again
	w.advance(time.Hour)
	w.pass()
	w.expectNames()
	if w.surveyed.Status.Phase != cxv1.SurveyCompleted || *w.surveyed.Status.WavesDone != 1 {
		t.Errorf("phase %s after %d waves, want Completed after the one that was held", w.surveyed.Status.Phase, *w.surveyed.Status.WavesDone)
	}
}

func TestAForeignWaveOfTheNameIsLeftAloneAndItsSlotSkipped(t *testing.T) {
	w := newWorld(t)
	foreign := build.SurveyWave(w.slot())
	w.Create(foreign)
	before := foreign.DeepCopy()
	w.pass()
	w.Get(foreign)
	if diff := cmp.Diff(before.Spec, foreign.Spec); diff != "" {
		t.Errorf("the foreign wave changed:\n%s", diff)
	}
	w.expectReason(cxv1.ConditionOnSchedule, cxv1.ReasonWaveNameTaken)
	w.advance(time.Hour)
	next := w.slot()
	w.pass()
	if got := w.names(); len(got) != 2 || got[1] != next+" Open" {
		t.Errorf("waves %v, want the next one open", got)
	}
	w.expectReason(cxv1.ConditionOnSchedule, cxv1.ReasonScheduled)
}

func TestFinishedWavesAreForgottenBeyondTheLimit(t *testing.T) {
	w := newWorld(t, func(s *cxv1.Survey) { s.Spec.WavesHistoryLimit = new(int32(2)) })
	for range 5 {
		w.pass()
		w.advance(40 * time.Minute)
		w.pass() // the wave closes
		w.pass() // the survey sees it
		w.advance(20 * time.Minute)
	}
	last := w.clock.Now().UTC()
	w.expectNames("nps-"+last.Add(-2*time.Hour).Format("20060102t1500")+" Closed", "nps-"+last.Add(-time.Hour).Format("20060102t1500")+" Closed")
	totals, err := w.store.WaveTotals(t.Context(), programID, "nps")
	if err != nil {
		t.Fatal(err)
	}
	if totals.Started != 5 {
		t.Errorf("the store knows %d waves, want all 5", totals.Started)
	}
}

// Every mistake has its reason, and correcting it makes the survey Ready without a restart.
func TestAMistakeIsReportedAndCorrected(t *testing.T) {
	for name, tc := range map[string]struct {
		wrong  func(*cxv1.Survey)
		reason string
	}{
		"a schedule that never fires": {func(s *cxv1.Survey) { s.Spec.Schedule.Cron = "0 9 31 2 *" }, cxv1.ReasonInvalidSchedule},
		"a zone that does not exist":  {func(s *cxv1.Survey) { s.Spec.Schedule.TimeZone = "Europe/Atlantis" }, cxv1.ReasonInvalidSchedule},
		"too short to answer":         {func(s *cxv1.Survey) { s.Spec.OpenFor = "5s" }, cxv1.ReasonInvalidSpec},
		"a missing translation":       {func(s *cxv1.Survey) { s.Spec.Questionnaire.Title = cxv1.LocalizedText{RU: "Опрос"} }, cxv1.ReasonInvalidQuestionnaire},
		"an unknown persona":          {func(s *cxv1.Survey) { s.Spec.PersonaRefs = []cxv1.Ref{"nobody"} }, cxv1.ReasonReferenceNotFound},
		"an unknown owner":            {func(s *cxv1.Survey) { s.Spec.OwnerRef = "nobody" }, cxv1.ReasonReferenceNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tc.wrong)
			w.pass()
			w.expectReason(cxv1.ConditionReady, tc.reason)
			right := build.Survey("nps")
			w.surveyed.Spec.Schedule, w.surveyed.Spec.OpenFor = right.Spec.Schedule, "30m"
			w.surveyed.Spec.Questionnaire, w.surveyed.Spec.PersonaRefs = right.Spec.Questionnaire, right.Spec.PersonaRefs
			w.surveyed.Spec.OwnerRef = ""
			if err := w.Client.Update(t.Context(), w.surveyed); err != nil {
				t.Fatal(err)
			}
			w.pass()
			w.expectReason(cxv1.ConditionReady, cxv1.ReasonReady)
		})
	}
}

func TestWithoutAProgramNothingStarts(t *testing.T) {
	w := newWorld(t)
	program := build.Program()
	w.Get(program)
	if err := w.Client.Delete(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	w.pass()
	w.expectReason(cxv1.ConditionReady, cxv1.ReasonNoProgram)
	w.expectNames()
	w.claimedProgram()
	slot := w.slot()
	w.pass()
	w.expectReason(cxv1.ConditionReady, cxv1.ReasonReady)
	w.expectNames(slot + " Open")
}

// brokenStore fails every read.
type brokenStore struct{ store.Store }

func (brokenStore) WaveTotals(context.Context, string, string) (store.WaveTotals, error) {
	return store.WaveTotals{}, store.ErrUnavailable
}

func TestAStoreThatFailsMakesTheSurveyUnknownNotWrong(t *testing.T) {
	w := newWorld(t)
	w.pass()
	indexes := harness.NewIndexes()
	if err := survey.Index(t.Context(), indexes); err != nil {
		t.Fatal(err)
	}
	broken := survey.New(kube.Kit{Client: indexes.Client(w.Client), Clock: w.clock}, w.Client, brokenStore{w.store})
	_, err := broken.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(w.surveyed)})
	if !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("Reconcile: %v, want the store's error, so that it is tried again", err)
	}
	w.Get(w.surveyed)
	ready := kube.Condition(w.surveyed, cxv1.ConditionReady)
	if ready.Status != metav1.ConditionUnknown || ready.Reason != cxv1.ReasonStoreUnavailable {
		t.Errorf("Ready is %s/%s, want Unknown/%s", ready.Status, ready.Reason, cxv1.ReasonStoreUnavailable)
	}
	w.pass()
	w.expectReason(cxv1.ConditionReady, cxv1.ReasonReady)
}

func TestAWaveKeepsWhatWasPromised(t *testing.T) {
	w := newWorld(t)
	w.pass()
	wave := w.wavesNow()[0]
	wave.Spec.Template.Anonymity = cxv1.AnonymityIdentified
	if err := w.Client.Update(t.Context(), &wave); !apierrors.IsInvalid(err) {
		t.Errorf("changing the promise: %v, want it refused", err)
	}
}
