// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/program"
	"github.com/cx-operator/cx-operator/controllers/scorecard"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/invariants"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

func TestMain(m *testing.M) { harness.Main(m) }

// world has a Program and the controllers of Program and Scorecard, called by hand.
type world struct {
	*harness.Harness
	*testing.T
	clock      *clocktesting.FakePassiveClock
	store      store.Store
	writes     *operator.Writes
	programs   *program.Reconciler
	scorecards *scorecard.Reconciler
	program    *cxv1.Program
}

func newWorld(t *testing.T, evidence store.Store, id string, change ...func(*cxv1.Program)) *world {
	t.Helper()
	h := harness.New(t)
	w := &world{
		Harness: h, T: t, store: evidence, writes: operator.NewWrites(),
		clock: clocktesting.NewFakePassiveClock(build.Monday),
	}
	kit := kube.Kit{Client: w.writes.Count(harness.NewIndexes().Client(h.Client)), Clock: w.clock}
	w.programs, w.scorecards = program.New(kit, h.Client, w.store, program.Sending{}), scorecard.New(kit, w.store)
	w.program = build.Program(append([]func(*cxv1.Program){func(p *cxv1.Program) { p.Spec.ID = id }}, change...)...)
	h.Create(w.program)
	return w
}

// pass runs both controllers once and checks the rules of every status.
func (w *world) pass() {
	w.Helper()
	if _, err := w.programs.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(w.program)}); err != nil {
		w.Fatal(err)
	}
	for _, s := range w.cards() {
		if _, err := w.scorecards.Reconcile(w.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(&s)}); err != nil {
			w.Fatal(err)
		}
	}
	w.Get(w.program)
	broken := invariants.Check(w.program)
	for _, s := range w.cards() {
		broken = append(broken, invariants.Check(&s)...)
	}
	if len(broken) > 0 {
		w.Error(strings.Join(broken, "\n"))
	}
}

func (w *world) cards() []cxv1.Scorecard {
	w.Helper()
	list := &cxv1.ScorecardList{}
	if err := w.Client.List(w.Context(), list, client.InNamespace(w.Namespace)); err != nil {
		w.Fatal(err)
	}
	return list.Items
}

func (w *world) update(change func(*cxv1.Program)) {
	w.Helper()
	w.Get(w.program)
	change(w.program)
	if err := w.Client.Update(w.Context(), w.program); err != nil {
		w.Fatal(err)
	}
}

func (w *world) expect(conditionType string, status metav1.ConditionStatus, reason string) *metav1.Condition {
	w.Helper()
	c := kube.Condition(w.program, conditionType)
	if c == nil || c.Status != status || c.Reason != reason {
		w.Fatalf("condition %s is %+v, want %s/%s", conditionType, c, status, reason)
	}
	return c
}

func TestAProgramIsClaimedAndJudged(t *testing.T) {
	w := newWorld(t, operator.Store(t), "judged")
	w.pass()
	w.expect(cxv1.ConditionMaturityAssessed, metav1.ConditionUnknown, cxv1.ReasonAssessing)
	if w.program.Status.ObservedGeneration != w.program.Generation || w.program.Status.Stage != nil {
		t.Errorf("the first status has generation %d and stage %v: it must not wait for the scorecard",
			w.program.Status.ObservedGeneration, w.program.Status.Stage)
	}
	w.pass()
	w.expect(cxv1.ConditionReady, metav1.ConditionTrue, cxv1.ReasonReady)
	w.expect(cxv1.ConditionMaturityAssessed, metav1.ConditionTrue, cxv1.ReasonAssessed)
	w.expect(cxv1.ConditionOwnershipComplete, metav1.ConditionUnknown, cxv1.ReasonNothingToOwn)
	s := w.program.Status
	if s.Stage == nil || *s.Stage != 1 || s.StageName != "1 Ignore" || s.Progress != "0/5" || len(s.NextSteps) != 5 || len(s.Advice) != 4 {
		t.Errorf("an empty program: stage %v %q, progress %q, %d next steps, %d pieces of advice",
			s.Stage, s.StageName, s.Progress, len(s.NextSteps), len(s.Advice))
	}
	cards := w.cards()
	if len(cards) != 1 || cards[0].Name != "six-stages" || !metav1.IsControlledBy(&cards[0], w.program) {
		t.Fatalf("scorecards %v", cards)
	}
	w.writes.Reset()
	w.pass()
	if n := w.writes.Total(); n != 0 {
		t.Errorf("%d writes when nothing changed: %v", n, w.writes.ByKind())
	}
}

func TestAProgramTakesTheFewestWritesToItsStage(t *testing.T) {
	w := newWorld(t, operator.Store(t), "frugal")
	w.pass()
	w.pass()
	want := map[string]int{"apply Scorecard": 1, "patch Scorecard/status": 1, "patch Program/status": 2}
	if diff := cmp.Diff(want, w.writes.ByKind()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNextStepsAreInTheProgramsFirstLanguage(t *testing.T) {
	w := newWorld(t, operator.Store(t), "russian", func(p *cxv1.Program) {
		p.Spec.Languages = []cxv1.Language{cxv1.LanguageRU, cxv1.LanguageEN}
	})
	w.pass()
	w.pass()
	if got := w.program.Status.StageName; got != "1 Игнорирование" {
		t.Errorf("stage %q, want it in Russian", got)
	}
	if step := w.program.Status.NextSteps[0]; !strings.Contains(step.Missing, "группа") || !strings.Contains(step.Do, "обавьте") {
		t.Errorf("next step %+v is not in Russian", step)
	}
}

func TestAnIDInUseNamesTheHolderAndIsAdoptedOnRequest(t *testing.T) {
	evidence := operator.Store(t)
	first, second := newWorld(t, evidence, "shared"), newWorld(t, evidence, "shared")
	first.pass()
	second.pass()
	ready := second.expect(cxv1.ConditionStalled, metav1.ConditionTrue, cxv1.ReasonIDInUse)
	home := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: first.Namespace}}
	if err := first.Client.Get(t.Context(), client.ObjectKeyFromObject(home), home); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{first.Namespace, cxv1.AnnotationAdoptFrom, string(home.UID)} {
		if !strings.Contains(ready.Message, want) {
			t.Errorf("the message %q does not name %q", ready.Message, want)
		}
	}
	if len(second.cards()) != 0 {
		t.Error("a Program without its id has a scorecard")
	}

	second.update(func(p *cxv1.Program) { p.Annotations = map[string]string{cxv1.AnnotationAdoptFrom: string(home.UID)} })
	second.pass()
	second.pass()
	second.expect(cxv1.ConditionReady, metav1.ConditionTrue, cxv1.ReasonReady)
	first.pass()
	first.expect(cxv1.ConditionStalled, metav1.ConditionTrue, cxv1.ReasonIDInUse)
}

func TestAProgramMadeAgainKeepsItsIDAndHistory(t *testing.T) {
	w := newWorld(t, operator.Store(t), "again")
	w.pass()
	w.pass()
	if err := w.Client.Delete(t.Context(), w.program); err != nil {
		t.Fatal(err)
	}
	w.program = build.Program(func(p *cxv1.Program) { p.Spec.ID = "again" })
	w.Create(w.program)
	w.pass()
	// Nobody collects garbage here: the old Program's scorecard stands in the way until it is gone.
	w.expect(cxv1.ConditionReady, metav1.ConditionFalse, cxv1.ReasonForeignObject)
	if err := w.Client.Delete(t.Context(), &w.cards()[0]); err != nil {
		t.Fatal(err)
	}
	w.pass()
	w.pass()
	w.expect(cxv1.ConditionReady, metav1.ConditionTrue, cxv1.ReasonReady)
	ev, err := w.store.Evidence(t.Context(), "again", store.EvidenceQuery{Now: w.clock.Now()})
	if err != nil || len(ev.Stages) != 1 {
		t.Errorf("history %+v, %v: want the one stage that was reached", ev.Stages, err)
	}
}

func TestEveryMistakeOfAProgramIsRepairedByCorrectingIt(t *testing.T) {
	for name, tc := range map[string]struct {
		wrong, right func(*cxv1.Program)
		reason       string
		stalled      bool
		says         string
	}{
		"an unknown time zone": {
			func(p *cxv1.Program) { p.Spec.TimeZone = "Europe/Atlantis" }, func(p *cxv1.Program) { p.Spec.TimeZone = "Europe/Berlin" },
			cxv1.ReasonUnknownTimeZone, true, `"Europe/Atlantis" is not a known time zone`,
		},
		"a lead who does not exist": {
			func(p *cxv1.Program) { p.Spec.Lead = "ghost" }, func(p *cxv1.Program) { p.Spec.Lead = "" },
			cxv1.ReasonReferenceNotFound, false, `spec.lead names Owner "ghost"`,
		},
		"an unknown framework": {
			func(p *cxv1.Program) { p.Spec.Frameworks = []cxv1.FrameworkUse{{Name: "seven-stages"}} },
			func(p *cxv1.Program) { p.Spec.Frameworks = []cxv1.FrameworkUse{{Name: "six-stages"}} },
			cxv1.ReasonFrameworkNotReady, false, `"seven-stages"`,
		},
		"an unknown profile": {
			func(p *cxv1.Program) { p.Spec.Frameworks = []cxv1.FrameworkUse{{Name: "six-stages", Profile: "huge"}} },
			func(p *cxv1.Program) { p.Spec.Frameworks = []cxv1.FrameworkUse{{Name: "six-stages", Profile: "small"}} },
			cxv1.ReasonFrameworkNotReady, false, `"huge"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, operator.Store(t), "mistaken")
			w.pass()
			w.pass()
			w.update(tc.wrong)
			w.pass()
			w.pass()
			ready := w.expect(cxv1.ConditionReady, metav1.ConditionFalse, tc.reason)
			if !strings.Contains(ready.Message, tc.says) {
				t.Errorf("the message %q does not say %q", ready.Message, tc.says)
			}
			if stalled := kube.IsTrue(w.program, cxv1.ConditionStalled); stalled != tc.stalled {
				t.Errorf("stalled is %t, want %t", stalled, tc.stalled)
			}
			if w.program.Status.Stage == nil || *w.program.Status.Stage != 1 {
				t.Errorf("the stage is %v, want the last one", w.program.Status.Stage)
			}
			w.update(tc.right)
			w.pass()
			w.pass()
			w.expect(cxv1.ConditionReady, metav1.ConditionTrue, cxv1.ReasonReady)
			w.expect(cxv1.ConditionMaturityAssessed, metav1.ConditionTrue, cxv1.ReasonAssessed)
			if n := len(w.cards()); n != 1 {
				t.Errorf("%d scorecards, want one: the other framework is no longer used", n)
			}
		})
	}
}

func TestAScorecardThatWasChangedOrDeletedByHandComesBack(t *testing.T) {
	w := newWorld(t, operator.Store(t), "restored")
	w.pass()
	card := w.cards()[0]
	card.Spec.Profile = "small"
	if err := w.Client.Update(t.Context(), &card); err != nil {
		t.Fatal(err)
	}
	w.pass()
	if got := w.cards()[0].Spec.Profile; got != "standard" {
		t.Errorf("profile %q, want the Program's", got)
	}
	if err := w.Client.Delete(t.Context(), &card); err != nil {
		t.Fatal(err)
	}
	w.pass()
	if len(w.cards()) != 1 {
		t.Error("a deleted scorecard did not come back")
	}
}

func TestAttentionAndTheNextWaveAreShown(t *testing.T) {
	w := newWorld(t, operator.Store(t), "shown")
	later, sooner := build.Survey("later"), build.Survey("sooner")
	broken := build.Goal("broken")
	w.Create(later, sooner, broken, build.Goal("unseen"))
	later.Status.NextWaveAt, sooner.Status.NextWaveAt = new(build.At(48*time.Hour)), new(build.At(24*time.Hour))
	kube.SetCondition(broken, build.Monday, cxv1.ConditionReady, metav1.ConditionFalse, cxv1.ReasonReferenceNotFound, "No such owner.")
	for _, obj := range []client.Object{later, sooner, broken} {
		if err := w.Client.Status().Update(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
	}
	w.pass()
	s := w.program.Status
	want := []cxv1.Attention{{Object: "Goal/broken", Reason: cxv1.ReasonReferenceNotFound, Message: "No such owner."}}
	if diff := cmp.Diff(want, s.Attention); diff != "" {
		t.Errorf("attention (-want +got):\n%s", diff)
	}
	if s.NextWave == nil || s.NextWave.Survey != "sooner" {
		t.Errorf("next wave %+v, want that of sooner", s.NextWave)
	}
	c := w.expect(cxv1.ConditionOwnershipComplete, metav1.ConditionFalse, cxv1.ReasonOwnersMissing)
	if s.Coverage.Subjects != 4 || s.Coverage.Unowned != 4 || !strings.Contains(c.Message, "4 without a named owner") {
		t.Errorf("coverage %+v, %q", s.Coverage, c.Message)
	}
}
