// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package objects_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/metrics/objects"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// outbox is a store that knows what waits.
type outbox struct {
	backlog []store.Backlog
	err     error
}

func (o *outbox) Backlog(context.Context) ([]store.Backlog, error) { return o.backlog, o.err }

// scene is a collector that looks at objects on Monday.
type scene struct {
	*testing.T
	*objects.Collector
	client client.Client
	outbox outbox
	stop   func()
}

func newScene(t *testing.T, there ...client.Object) *scene {
	t.Helper()
	s := &scene{T: t, client: fake.NewClientBuilder().WithScheme(harness.Scheme).Build()}
	for _, obj := range there {
		if obj.GetNamespace() == "" {
			obj.SetNamespace("retail")
		}
		if err := s.client.Create(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
	}
	s.Collector = objects.New(&s.outbox, clocktesting.NewFakePassiveClock(build.Monday))
	s.stop = s.Read(s.client)
	return s
}

// empty says whether no object is shown.
func (s *scene) empty() bool { return len(s.series("cx_objects")) == 0 }

// series are the values of the metrics whose names begin so, by name and labels as Prometheus writes them.
func (s *scene) series(prefixes ...string) map[string]float64 {
	s.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(s.Collector)
	families, err := registry.Gather()
	if err != nil {
		s.Fatal(err)
	}
	series := map[string]float64{}
	for _, family := range families {
		if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(family.GetName(), p) }) {
			continue
		}
		for _, m := range family.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			name := family.GetName() + "{" + strings.Join(labels, ",") + "}"
			series[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return series
}

// expect compares the series, leaving out zeros where they are many.
func (s *scene) expect(want map[string]float64, prefixes ...string) {
	s.Helper()
	got := s.series(prefixes...)
	maps.DeleteFunc(got, func(name string, value float64) bool {
		_, wanted := want[name]
		return value == 0 && !wanted
	})
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("-want +got:\n%s", diff)
	}
}

func condition(conditionType string, status metav1.ConditionStatus, reason string, age time.Duration) metav1.Condition {
	return metav1.Condition{Type: conditionType, Status: status, Reason: reason, LastTransitionTime: build.At(-age)}
}

func ready(status metav1.ConditionStatus, age time.Duration) []metav1.Condition {
	return []metav1.Condition{condition(cxv1.ConditionReady, status, "Any", age)}
}

func TestConditionsAreCountedWithTheLongestTimeInEachState(t *testing.T) {
	goal := func(name string, status metav1.ConditionStatus, age time.Duration) *cxv1.Goal {
		return build.Goal(name, func(g *cxv1.Goal) { g.Status.Conditions = ready(status, age) })
	}
	s := newScene(t, goal("a", "True", time.Hour), goal("b", "True", 3*time.Hour), goal("c", "False", time.Minute), build.Goal("unseen"),
		build.KPI("d", func(k *cxv1.KPI) { k.Status.Conditions = ready("True", -time.Minute) }))
	s.expect(map[string]float64{
		`cx_objects{kind="Goal",namespace="retail"}`:                                               4,
		`cx_objects{kind="KPI",namespace="retail"}`:                                                1,
		`cx_conditions{kind="Goal",namespace="retail",status="True",type="Ready"}`:                 2,
		`cx_conditions{kind="Goal",namespace="retail",status="False",type="Ready"}`:                1,
		`cx_conditions{kind="KPI",namespace="retail",status="True",type="Ready"}`:                  1,
		`cx_condition_longest_seconds{kind="Goal",namespace="retail",status="True",type="Ready"}`:  3 * 3600,
		`cx_condition_longest_seconds{kind="Goal",namespace="retail",status="False",type="Ready"}`: 60,
		`cx_condition_longest_seconds{kind="KPI",namespace="retail",status="True",type="Ready"}`:   0, // clocks differ
	}, "cx_objects", "cx_condition")
}

func TestSeriesGoWithTheirObjects(t *testing.T) {
	kpi := build.KPI("nps", func(k *cxv1.KPI) { k.Status.Value, k.Status.Conditions = "42.5", ready("True", time.Hour) })
	s := newScene(t, build.Program(), kpi)
	s.Transition("KPI", "retail", cxv1.ConditionReady, metav1.ConditionTrue)
	before := s.series("cx_kpi", "cx_condition_transitions")
	want := map[string]float64{
		`cx_kpi_value{kpi="nps",namespace="retail"}`:                                               42.5,
		`cx_condition_transitions_total{kind="KPI",namespace="retail",status="True",type="Ready"}`: 1,
	}
	if diff := cmp.Diff(want, before); diff != "" {
		t.Fatalf("-want +got:\n%s", diff)
	}
	if err := s.client.Delete(t.Context(), kpi); err != nil {
		t.Fatal(err)
	}
	s.expect(map[string]float64{}, "cx_kpi", "cx_condition_transitions")
	kpi.ResourceVersion = ""
	if err := s.client.Create(t.Context(), kpi); err != nil {
		t.Fatal(err)
	}
	s.expect(map[string]float64{}, "cx_condition_transitions") // it was not kept anywhere
}

func TestAProgramShowsItsStageItsOwnersAndWhetherItSends(t *testing.T) {
	s := newScene(t,
		build.Program(func(p *cxv1.Program) {
			p.Status.Stage, p.Status.ObservedStage, p.Status.MailsBegun = new(int32(2)), new(int32(3)), 17
			p.Status.Coverage = &cxv1.Coverage{Subjects: 10, Owned: 6, Accepted: 5, Pending: 2, Orphaned: 1, Unowned: 1}
			p.Status.Conditions = []metav1.Condition{condition(cxv1.ConditionSending, "False", cxv1.ReasonPausedByHand, 0)}
		}),
		build.Scorecard("six-stages", func(c *cxv1.Scorecard) { c.Status.Counts = &cxv1.CriterionCounts{Met: 4, Unmet: 6, Unknown: 2} }),
		build.Scorecard("unseen"))
	s.expect(map[string]float64{
		`cx_program_stage{basis="reached",namespace="retail"}`:                              2,
		`cx_program_stage{basis="observed",namespace="retail"}`:                             3,
		`cx_program_subjects{namespace="retail",state="accepted"}`:                          5,
		`cx_program_subjects{namespace="retail",state="pending"}`:                           2,
		`cx_program_subjects{namespace="retail",state="orphaned"}`:                          1,
		`cx_program_subjects{namespace="retail",state="unowned"}`:                           1,
		`cx_program_sending{namespace="retail",reason="PausedByHand",status="False"}`:       1,
		`cx_program_mail_attempts_total{namespace="retail"}`:                                17,
		`cx_scorecard_criteria{namespace="retail",result="met",scorecard="six-stages"}`:     4,
		`cx_scorecard_criteria{namespace="retail",result="unmet",scorecard="six-stages"}`:   6,
		`cx_scorecard_criteria{namespace="retail",result="unknown",scorecard="six-stages"}`: 2,
	}, "cx_program", "cx_scorecard")
}

func TestAKPIShowsItsValueWithWhatItRestsOn(t *testing.T) {
	s := newScene(t,
		build.KPI("nps", func(k *cxv1.KPI) {
			k.Status.Value, k.Status.Low, k.Status.High, k.Status.Target = "42.5", "36.3", "48.7", "45"
			k.Status.N, k.Status.AsOf = new(int64(310)), new(build.At(-48*time.Hour))
		}),
		build.KPI("suppressed", func(k *cxv1.KPI) { k.Status.Target = "-5" }))
	s.expect(map[string]float64{
		`cx_kpi_value{kpi="nps",namespace="retail"}`:         42.5,
		`cx_kpi_low{kpi="nps",namespace="retail"}`:           36.3,
		`cx_kpi_high{kpi="nps",namespace="retail"}`:          48.7,
		`cx_kpi_target{kpi="nps",namespace="retail"}`:        45,
		`cx_kpi_target{kpi="suppressed",namespace="retail"}`: -5,
		`cx_kpi_responses{kpi="nps",namespace="retail"}`:     310,
		`cx_kpi_age_seconds{kpi="nps",namespace="retail"}`:   48 * 3600,
	}, "cx_kpi")
}

func TestWhoHasNotAnsweredIsCounted(t *testing.T) {
	assignment := func(name string, phase cxv1.AssignmentPhase, waitsFor string, asked time.Duration) *cxv1.OwnerAssignment {
		return build.OwnerAssignment(name, func(a *cxv1.OwnerAssignment) {
			a.Status.Phase, a.Status.WaitsFor, a.Status.OfferedAt = phase, waitsFor, new(build.At(-asked))
		})
	}
	followUp := func(name string, phase cxv1.FollowUpPhase, due time.Duration) *cxv1.FollowUp {
		return build.FollowUp(name, func(f *cxv1.FollowUp) {
			f.Status.Phase, f.Spec.Case.DueBy = phase, build.At(due)
			if phase != cxv1.FollowUpOpen {
				f.Status.RespondedAt = new(build.At(0))
			}
		})
	}
	elsewhere := followUp("no-program", cxv1.FollowUpOpen, -time.Hour)
	elsewhere.Namespace = "left-over"
	s := newScene(t, build.Program(), elsewhere,
		assignment("a", cxv1.AssignmentActive, "", 90*time.Hour), assignment("b", cxv1.AssignmentPending, "head-of-cx", time.Hour),
		assignment("c", cxv1.AssignmentHandingOver, "cfo", 50*time.Hour),
		followUp("late", cxv1.FollowUpOpen, -time.Minute), followUp("in-time", cxv1.FollowUpOpen, time.Minute),
		followUp("responded", cxv1.FollowUpResponded, -time.Hour))
	s.expect(map[string]float64{
		`cx_assignments{namespace="retail",phase="Active"}`:          1,
		`cx_assignments{namespace="retail",phase="Pending"}`:         1,
		`cx_assignments{namespace="retail",phase="HandingOver"}`:     1,
		`cx_assignments{namespace="retail",phase="Declined"}`:        0,
		`cx_assignments{namespace="retail",phase="Orphaned"}`:        0,
		`cx_assignments_waiting{namespace="retail"}`:                 2,
		`cx_assignments_waiting_longest_seconds{namespace="retail"}`: 50 * 3600,
		`cx_followups{namespace="retail",phase="Open"}`:              2,
		`cx_followups{namespace="retail",phase="Responded"}`:         1,
		`cx_followups{namespace="retail",phase="Closed"}`:            0,
		`cx_followups_overdue{namespace="retail"}`:                   1,
	}, "cx_assignments", "cx_followups")
}

func TestASurveyShowsItsNewestOpenedWaveAndTheNextOne(t *testing.T) {
	wave := func(name string, phase cxv1.WavePhase, opened time.Duration, invited, responded int64) *cxv1.SurveyWave {
		return build.SurveyWave(name, func(w *cxv1.SurveyWave) {
			w.Spec.Template.Survey, w.Status.Phase = "nps", phase
			w.Status.Counts = &cxv1.WaveCounts{Invited: invited, Responded: responded}
			if opened < 0 {
				w.Status.OpenedAt = new(build.At(opened))
			}
		})
	}
	s := newScene(t, build.Program(), wave("old", cxv1.WaveClosed, -200*time.Hour, 900, 300), wave("new", cxv1.WaveOpen, -time.Hour, 1000, 20),
		wave("pending", cxv1.WavePending, 0, 7, 0),
		build.Survey("nps", func(s *cxv1.Survey) { s.Status.NextWaveAt = new(build.At(time.Hour)) }), build.Survey("ended"))
	s.WaveCreated(3 * time.Second)
	s.WaveCreated(-time.Second)
	s.expect(map[string]float64{
		`cx_waves{namespace="retail",phase="Closed"}`:                            1,
		`cx_waves{namespace="retail",phase="Open"}`:                              1,
		`cx_waves{namespace="retail",phase="Pending"}`:                           1,
		`cx_survey_invitations{namespace="retail",survey="nps"}`:                 1000,
		`cx_survey_answers{namespace="retail",survey="nps"}`:                     20,
		`cx_survey_next_wave_timestamp_seconds{namespace="retail",survey="nps"}`: float64(build.Monday.Add(time.Hour).Unix()),
		`cx_wave_creation_skew_seconds{}`:                                        2,
	}, "cx_waves", "cx_survey", "cx_wave_creation")
}

func TestMailThatWaitsIsShownForTheProgramThatHoldsItsID(t *testing.T) {
	impostor := build.Program(func(p *cxv1.Program) {
		p.Namespace, p.Spec.ID = "the-copy", "acme" // it is listed last
		p.Status.Conditions = []metav1.Condition{condition(cxv1.ConditionStalled, "True", cxv1.ReasonIDInUse, 0)}
	})
	s := newScene(t, build.Program(func(p *cxv1.Program) { p.Spec.ID = "acme" }), impostor)
	s.outbox.backlog = []store.Backlog{
		{ProgramID: "acme", Messages: 12, FreeSince: build.Monday.Add(-10 * time.Minute)}, {ProgramID: "gone", Messages: 5, FreeSince: build.Monday},
	}
	s.expect(map[string]float64{
		`cx_outbox_messages{namespace="retail"}`:       12,
		`cx_outbox_oldest_seconds{namespace="retail"}`: 600,
		`cx_outbox_unattended_messages{}`:              5,
	}, "cx_outbox")
	s.outbox.backlog[0].FreeSince = build.Monday.Add(time.Hour)
	s.outbox.backlog = s.outbox.backlog[:1]
	s.expect(map[string]float64{
		`cx_outbox_messages{namespace="retail"}`: 12, `cx_outbox_oldest_seconds{namespace="retail"}`: 0, `cx_outbox_unattended_messages{}`: 0,
	}, "cx_outbox")
}

// What waits for a program that is not looked after any more is seen, and is nobody's trouble: no alert asks for it to go out.
func TestMailOfAProgramThatIsGoneIsSeenAndIsNoTrouble(t *testing.T) {
	prog := build.Program(func(p *cxv1.Program) { p.Spec.ID = "acme" })
	s := newScene(t, prog)
	s.outbox.backlog = []store.Backlog{{ProgramID: "acme", Messages: 12, FreeSince: build.Monday.Add(-10 * time.Hour)}}
	s.expect(map[string]float64{
		`cx_outbox_messages{namespace="retail"}`: 12, `cx_outbox_oldest_seconds{namespace="retail"}`: 36000, `cx_outbox_unattended_messages{}`: 0,
	}, "cx_outbox")
	if err := s.client.Delete(t.Context(), prog); err != nil {
		t.Fatal(err)
	}
	s.expect(map[string]float64{`cx_outbox_unattended_messages{}`: 12}, "cx_outbox", "cx_program_sending")
}

func TestOwnersWhomSomethingKeepsFromBeingToldAreCountedByIt(t *testing.T) {
	owner := func(name string, status metav1.ConditionStatus, reason string) *cxv1.Owner {
		return build.Owner(name, func(o *cxv1.Owner) {
			o.Status.Conditions = []metav1.Condition{condition(cxv1.ConditionNotified, status, reason, time.Hour)}
		})
	}
	s := newScene(t, build.Program(), build.Owner("asks-nobody"), owner("told", "True", cxv1.ReasonToldAll),
		owner("a", "False", cxv1.ReasonRefused), owner("b", "False", cxv1.ReasonRefused), owner("c", "Unknown", cxv1.ReasonMailWaits))
	got := s.series("cx_owners_untold")
	maps.DeleteFunc(got, func(_ string, n float64) bool { return n == 0 })
	want := map[string]float64{`cx_owners_untold{namespace="retail",reason="Refused"}`: 2, `cx_owners_untold{namespace="retail",reason="MailWaits"}`: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeReadIsLeftOutAndCounted(t *testing.T) {
	s := newScene(t, build.Program())
	s.outbox.err = errors.New("disk full")
	got := s.series("cx_outbox", "cx_objects")
	if want := map[string]float64{`cx_objects{kind="Program",namespace="retail"}`: 1}; !maps.Equal(got, want) {
		t.Errorf("without the store there is %v, want %v", got, want)
	}
	if got := s.series("cx_metrics_read_failures_total")[`cx_metrics_read_failures_total{part="outbox"}`]; got != 2 {
		t.Errorf("%v failures of the outbox were counted, want 2", got)
	}
	s.stop = s.Read(unreadable{})
	if !s.empty() {
		t.Error("half of the objects are shown")
	}
	if got := s.series("cx_metrics_read_failures_total")[`cx_metrics_read_failures_total{part="objects"}`]; got == 0 {
		t.Error("failures of the cache are not counted")
	}
}

// unreadable is a cache that lists Programs and nothing else.
type unreadable struct{ client.Reader }

func (unreadable) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	if programs, ok := list.(*cxv1.ProgramList); ok {
		programs.Items = []cxv1.Program{*build.Program()}
		return nil
	}
	return errors.New("not cached")
}

func TestOnlyWhoLeadsShowsObjects(t *testing.T) {
	s := newScene(t, build.Program())
	s.Transition("Program", "retail", cxv1.ConditionReady, metav1.ConditionTrue)
	s.stop()
	if got := s.series("cx_"); len(got) != 3 {
		t.Errorf("without a manager there is %v, want the histogram of skews and the failures of both parts", got)
	}
	s.Read(s.client)
	s.expect(map[string]float64{`cx_condition_transitions_total{kind="Program",namespace="retail",status="True",type="Ready"}`: 1}, "cx_condition_trans")
}

func TestAnEarlierManagerThatEndsLeavesTheNextOneAlone(t *testing.T) {
	s := newScene(t, build.Program())
	s.Read(s.client)
	s.stop()
	if s.empty() {
		t.Error("the manager that runs is not read any more")
	}
}

func TestAManagersCacheIsReadForAsLongAsItRuns(t *testing.T) {
	s := newScene(t, build.Program())
	s.stop()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.While(s.client).Start(ctx); err != nil || !s.empty() {
		t.Errorf("after its end objects are shown, or it failed: %v", err)
	}
}

func TestNobodyHasToWatch(t *testing.T) {
	var nobody *objects.Collector
	nobody.Transition("Goal", "retail", cxv1.ConditionReady, metav1.ConditionTrue)
	nobody.WaveCreated(time.Second)
	if nobody != nil {
		t.Error("a collector came out of nowhere")
	}
}
