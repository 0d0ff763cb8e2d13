// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kpi_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/kpi"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/promql"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

// oracle answers by query, or fails, and keeps what it was asked.
type oracle struct {
	answers map[string]model.Value
	err     error
	asked   []string
	about   []time.Time
}

func (o *oracle) Ask(_ context.Context, namespace string, at time.Time, queries ...promql.Query) ([]promql.Answer, error) {
	var answers []promql.Answer
	for _, query := range queries {
		o.asked, o.about = append(o.asked, namespace+" "+query.String()), append(o.about, at)
		answers = append(answers, promql.Answer{Value: o.answers[query.String()]})
	}
	return answers, o.err
}

func number(v float64) model.Value { return model.Vector{{Value: model.SampleValue(v)}} }

// waiting is a KPI that asks how long people wait.
func waiting(changes ...func(*cxv1.KPI)) *cxv1.KPI {
	return build.KPI("nps", append([]func(*cxv1.KPI){func(k *cxv1.KPI) { // the name that history reads
		k.Spec.Source = cxv1.KPISource{Prometheus: &cxv1.PrometheusSource{Query: "avg(wait_minutes)"}}
		k.Spec.Target, k.Spec.TTL = &cxv1.KPITarget{Value: "5", Direction: cxv1.AtMost}, "3h"
	}}, changes...)...)
}

func asking(t *testing.T, o *oracle, k *cxv1.KPI) *worldOf {
	t.Helper()
	w := &worldOf{World: world.New(t), t: t, kpi: k}
	w.kpis = kpi.New(w.Kit, w.Store, nil).Asks(o)
	w.Create(k)
	return w
}

// slot is the time about which the KPI asks, and when it asks next.
func (w *worldOf) slot() (slot, next time.Time) { return program.PrometheusSlot(w.kpi, w.Clock.Now()) }

func TestEachSlotIsAskedAboutOnce(t *testing.T) {
	o := &oracle{answers: map[string]model.Value{"avg(wait_minutes)": number(4)}}
	w := asking(t, o, waiting())
	slot, next := w.slot()
	if after := w.look(); after != next.Sub(w.Clock.Now()) {
		t.Errorf("looks again after %s, the next slot is asked about at %s", after, next)
	}
	w.Expect(w.kpi, cxv1.ConditionReady, "True/Ready", "4 (a bare value, so without sample size or interval). 4 against a target of at most 5: met.")
	if !w.kpi.Status.AsOf.Time.Equal(slot) {
		t.Errorf("the value is of %s, want %s", w.kpi.Status.AsOf, slot)
	}
	w.Look(w.kpis, w.kpi) // as does a controller that starts again
	o.answers["avg(wait_minutes)"] = number(9)
	w.Look(w.kpis, w.kpi)
	if len(o.asked) != 1 || o.asked[0] != w.kpi.Namespace+" avg(wait_minutes)" || !o.about[0].Equal(slot) || len(w.history()) != 1 {
		t.Errorf("asked %v about %v; the history has %d points", o.asked, o.about, len(w.history()))
	}
	// A night without operator: of the slots that were missed the latest is made up for.
	w.Clock.SetTime(next.Add(9 * time.Hour))
	w.Look(w.kpis, w.kpi)
	latest, _ := w.slot()
	if points := w.history(); len(points) != 2 || !points[1].AsOf.Equal(latest) || points[1].Value != "9" {
		t.Errorf("points %+v, want one of %s", points, latest)
	}
}

func TestAnotherQueryIsAskedAtOnceAndIsAnotherMeasure(t *testing.T) {
	o := &oracle{answers: map[string]model.Value{"avg(wait_minutes)": number(4), "max(wait_minutes)": number(30)}}
	w := asking(t, o, waiting())
	w.look()
	w.update(func(k *cxv1.KPI) { k.Spec.Source.Prometheus.Query = "max(wait_minutes)" })
	w.look()
	if points := w.history(); len(points) != 1 || points[0].Revision != 2 || w.kpi.Status.Value != "30" {
		t.Errorf("points %+v, value %s", points, w.kpi.Status.Value)
	}
	_, next := w.slot()
	w.update(func(k *cxv1.KPI) { k.Spec.Source.Prometheus.Query = "avg(wait_minutes)" })
	w.Clock.SetTime(next)
	w.Look(w.kpis, w.kpi)
	if w.kpi.Status.Trend != cxv1.TrendBroken {
		t.Errorf("trend %s between two measures", w.kpi.Status.Trend)
	}
}

func TestHowManyAreBehindAValueIsAskedToo(t *testing.T) {
	o := &oracle{answers: map[string]model.Value{"avg(wait_minutes)": number(4), "count(waits)": number(3)}}
	w := asking(t, o, waiting(func(k *cxv1.KPI) {
		k.Spec.Method, k.Spec.Source.Prometheus.CountQuery = cxv1.MethodMean, "count(waits)"
	}))
	w.look()
	w.Expect(w.kpi, cxv1.ConditionTargetMet, "Unknown/InsufficientData", "fewer than 5")
	o.answers["count(waits)"] = number(240)
	_, next := w.slot()
	w.Clock.SetTime(next)
	w.look()
	if w.kpi.Status.Value != "4" || w.kpi.Status.N == nil || *w.kpi.Status.N != 240 {
		t.Errorf("status %+v", w.kpi.Status)
	}
}

func TestWhatGivesNoNumberIsSaidAndMayComeByItself(t *testing.T) {
	two := model.Vector{{Metric: model.Metric{"shop": "north"}}, {Metric: model.Metric{"shop": "south"}}}
	for name, tc := range map[string]struct {
		value       model.Value
		ready, says string
	}{
		"no series":  {model.Vector{}, "False/NoData", "never zero"},
		"two series": {two, "False/UnusableAnswer", "differ in shop"},
	} {
		t.Run(name, func(t *testing.T) {
			o := &oracle{answers: map[string]model.Value{"avg(wait_minutes)": tc.value}}
			w := asking(t, o, waiting())
			_, next := w.slot()
			if after := w.look(); after != next.Sub(w.Clock.Now()) {
				t.Errorf("looks again after %s", after)
			}
			w.Expect(w.kpi, cxv1.ConditionReady, tc.ready, tc.says)
			w.Expect(w.kpi, cxv1.ConditionTargetMet, "Unknown/NoData", "")
			if w.kpi.Status.Value != "" || len(w.history()) != 0 || world.Said(w.kpi, cxv1.ConditionStalled) != "absent" {
				t.Errorf("status %+v", w.kpi.Status)
			}
			o.answers["avg(wait_minutes)"] = number(0)
			w.Clock.SetTime(next)
			w.look()
			w.Expect(w.kpi, cxv1.ConditionReady, "True/Ready", "0 (")
		})
	}
}

func TestWhatAPersonMustCorrectIsAskedOfNobody(t *testing.T) {
	o := &oracle{}
	w := asking(t, o, waiting(func(k *cxv1.KPI) { k.Spec.Source.Prometheus.Query = "avg(wait_minutes" }))
	w.look()
	w.Expect(w.kpi, cxv1.ConditionReady, "False/InvalidQuery", "line 1, column 17")
	w.Expect(w.kpi, cxv1.ConditionStalled, "True/InvalidQuery", "")
	w.kpis = kpi.New(w.Kit, w.Store, nil)
	w.update(func(k *cxv1.KPI) { k.Spec.Source.Prometheus.Query = "avg(wait_minutes)" })
	w.look()
	w.Expect(w.kpi, cxv1.ConditionReady, "False/NoPrometheus", "--prometheus-url")
	w.Expect(w.kpi, cxv1.ConditionStalled, "True/NoPrometheus", "")
	if len(o.asked) != 0 {
		t.Errorf("asked %v", o.asked)
	}
}

// What is known must neither vanish while Prometheus is gone, nor stay fresh for ever.
func TestWhilePrometheusIsGoneTheValueAges(t *testing.T) {
	o := &oracle{answers: map[string]model.Value{"avg(wait_minutes)": number(4)}}
	w := asking(t, o, waiting())
	w.look()
	_, next := w.slot()
	o.err = errors.New("dial tcp 10.0.0.7:9090: connection refused")
	w.Clock.SetTime(next)
	retry := w.look()
	w.Expect(w.kpi, cxv1.ConditionReady, "False/PrometheusUnavailable", "goes on counting")
	w.Expect(w.kpi, cxv1.ConditionTargetMet, "True/TargetMet", "")
	if message := kube.Condition(w.kpi, cxv1.ConditionReady).Message; retry != 15*time.Second || strings.Contains(message, "10.0.0.7") {
		t.Errorf("looks again after %s: %s", retry, message)
	}
	began := w.Clock.Now()
	for w.Clock.Since(began) < 4*time.Hour {
		w.Clock.SetTime(w.Clock.Now().Add(retry))
		if retry = w.Look(w.kpis, w.kpi); retry > 10*time.Minute {
			t.Errorf("after %s without answer it is asked again in %s", w.Clock.Since(began), retry)
		}
	}
	if len(o.asked) > 50 {
		t.Errorf("asked %d times", len(o.asked))
	}
	w.Expect(w.kpi, cxv1.ConditionFresh, "False/Stale", "")
	w.Expect(w.kpi, cxv1.ConditionTargetMet, "Unknown/Stale", "")
	w.Expect(w.kpi, cxv1.ConditionReady, "False/PrometheusUnavailable", "")
	o.err = nil
	w.Clock.SetTime(w.Clock.Now().Add(retry))
	w.Look(w.kpis, w.kpi)
	w.Expect(w.kpi, cxv1.ConditionReady, "True/Ready", "")
	w.Expect(w.kpi, cxv1.ConditionFresh, "True/Fresh", "")
	if points := w.history(); len(points) != 2 {
		t.Errorf("%d points, and what was missed is not made up for", len(points))
	}
}

// Written as Ready, a moment at a busy Prometheus would make each outage begin anew; and a new spec would be Ready before it was looked at.
func TestWhoFindsPrometheusBusyWaitsAMomentAndSaysNothing(t *testing.T) {
	o := &oracle{err: promql.ErrBusy, answers: map[string]model.Value{"avg(wait_minutes)": number(4), "max(wait_minutes)": number(9)}}
	w := asking(t, o, waiting())
	busy := func(ready string) {
		t.Helper()
		o.err = promql.ErrBusy
		before := w.kpi.Status.DeepCopy()
		if after := w.Look(w.kpis, w.kpi); after != 2*time.Second {
			t.Errorf("looks again after %s", after)
		}
		if diff := cmp.Diff(before, &w.kpi.Status); diff != "" || world.Said(w.kpi, cxv1.ConditionReady) != ready {
			t.Errorf("Ready is %q; status (-before +busy):\n%s", world.Said(w.kpi, cxv1.ConditionReady), diff)
		}
	}
	answered := func(err error) time.Duration {
		t.Helper()
		o.err = err
		return w.Look(w.kpis, w.kpi)
	}
	ready := func() string { return world.Said(w.kpi, cxv1.ConditionReady) }
	busy("absent")
	answered(nil)
	w.update(func(k *cxv1.KPI) { k.Spec.Source.Prometheus.Query = "max(wait_minutes)" })
	busy(ready())
	answered(nil)
	_, next := w.slot()
	w.Clock.SetTime(next)
	busy(ready())
	if retry := answered(errors.New("refused")); retry != 15*time.Second {
		t.Errorf("asks again after %s", retry)
	}
	w.Clock.SetTime(next.Add(time.Minute))
	busy(ready())
	if retry := answered(errors.New("refused")); retry != time.Minute {
		t.Errorf("after a minute without answer, and a busy moment, it asks again after %s", retry)
	}
	w.Expect(w.kpi, cxv1.ConditionReady, "False/PrometheusUnavailable", "")
	// What time alone changes goes on.
	o.err = promql.ErrBusy
	w.Clock.SetTime(next.Add(5 * time.Hour))
	w.Look(w.kpis, w.kpi)
	w.Expect(w.kpi, cxv1.ConditionFresh, "False/Stale", "")
	w.Expect(w.kpi, cxv1.ConditionReady, "False/PrometheusUnavailable", "")
}

// A KPI may have been without data for hours before the first outage, and that is no outage.
func TestEachOutageBeginsWithShortWaits(t *testing.T) {
	o := &oracle{answers: map[string]model.Value{"avg(wait_minutes)": model.Vector{}}}
	w := asking(t, o, waiting())
	for range 2 {
		o.err = nil
		for range 5 {
			w.Look(w.kpis, w.kpi)
			_, next := w.slot()
			w.Clock.SetTime(next)
		}
		o.err = errors.New("refused")
		var waits []string
		for range 6 {
			retry := w.Look(w.kpis, w.kpi)
			waits = append(waits, retry.String())
			w.Clock.SetTime(w.Clock.Now().Add(retry))
		}
		if got := strings.Join(waits, " "); got != "15s 15s 30s 1m0s 2m0s 4m0s" {
			t.Errorf("asks again after %s", got)
		}
	}
}

func TestAQueryThatCannotBeConfinedIsForAPersonToCorrect(t *testing.T) {
	o := &oracle{err: &promql.ConfineError{Text: "the query is strange"}}
	w := asking(t, o, waiting())
	w.look()
	w.Expect(w.kpi, cxv1.ConditionReady, "False/InvalidQuery", "the query is strange")
	w.Expect(w.kpi, cxv1.ConditionStalled, "True/InvalidQuery", "")
}

// hangUp is a Prometheus during whose answer the operator ends.
type hangUp func()

func (h hangUp) Ask(ctx context.Context, _ string, _ time.Time, _ ...promql.Query) ([]promql.Answer, error) {
	h()
	return nil, ctx.Err()
}

func TestAnOperatorThatEndsBlamesNotPrometheus(t *testing.T) {
	w := asking(t, &oracle{}, waiting())
	var logged []string
	ctx, cancel := context.WithCancel(log.IntoContext(t.Context(), funcr.New(func(_, args string) { logged = append(logged, args) }, funcr.Options{})))
	w.kpis.Asks(hangUp(cancel))
	_, err := w.kpis.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(w.kpi)})
	if err == nil {
		t.Error("it is not looked at again")
	}
	w.Get(w.kpi)
	if said := world.Said(w.kpi, cxv1.ConditionReady); strings.Contains(said, cxv1.ReasonPrometheusUnavailable) {
		t.Errorf("Ready is %s", said)
	}
	if log := strings.Join(logged, "\n"); strings.Contains(log, "asking Prometheus") {
		t.Errorf("the log says %s", log)
	}
}
