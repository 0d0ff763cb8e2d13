// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/prometheus"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

// gauges speak a Prometheus' API: a namespace that is asked for has a number, all together have the sum; test/prometheus has a real one.
type gauges struct {
	numbers map[string]int
	down    atomic.Bool
	// times are those that were asked about.
	times chan string
}

func (g *gauges) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.down.Load() {
		http.Error(w, "starting", http.StatusServiceUnavailable)
		return
	}
	sum := 0
	for namespace, number := range g.numbers {
		if query := r.FormValue("query"); !strings.Contains(query, "namespace=") || strings.Contains(query, fmt.Sprintf("namespace=%q", namespace)) {
			sum += number
		}
	}
	g.times <- r.FormValue("time")
	_, _ = fmt.Fprintf(w, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[%s,"%d"]}]}}`, r.FormValue("time"), sum)
}

// From the first answer to the last: a KPI gets its value, keeps it while Prometheus is gone, lets it go stale, and gets a new one. Each
// namespace sees its own series.
func TestAKPILivesOnWhatPrometheusSays(t *testing.T) {
	clk := stillClock()
	w := newWorld(t, clk, 0)
	b := w.beside(t)
	g := &gauges{numbers: map[string]int{w.Namespace: 7, b.Namespace: 20}, times: make(chan string, 1000)}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	asking, err := prometheus.New(prometheus.Options{URL: server.URL, NamespaceLabel: "namespace"})
	if err != nil {
		t.Fatal(err)
	}
	// later lets the operator sleep, and look again then.
	later := w.lives(t, clk, controllers.Services{Evidence: w.store, Prometheus: asking})
	for id, namespace := range map[string]*world{"asks-here": w, "asks-there": b} {
		namespace.createAll(build.Program(func(p *cxv1.Program) { p.Spec.ID = id }), build.KPI("wait", func(k *cxv1.KPI) {
			k.Spec.Source = cxv1.KPISource{Prometheus: &cxv1.PrometheusSource{Query: "sum(wait_minutes)"}}
			k.Spec.Target, k.Spec.TTL = &cxv1.KPITarget{Value: "10", Direction: cxv1.AtMost}, "3h"
		}))
	}
	kpi := w.expectKPI(t, "7", "True/Ready", "True/TargetMet")
	b.expectKPI(t, "20", "True/Ready", "False/TargetMissed")
	slot, _ := program.PrometheusSlot(kpi, clk.Now())
	if !kpi.Status.AsOf.Time.Equal(slot) {
		t.Errorf("the value is of %s, want %s", kpi.Status.AsOf, slot)
	}
	later(0) // a restart asks nothing that is known
	w.awaitRest()
	if n := len(g.times); n != 2 {
		t.Errorf("Prometheus was asked %d times, want once for each KPI", n)
	}

	g.down.Store(true)
	later(time.Hour + 10*time.Minute)
	w.expectKPI(t, "7", "False/PrometheusUnavailable", "True/TargetMet")
	later(3 * time.Hour)
	w.expectKPI(t, "7", "False/PrometheusUnavailable", "Unknown/Stale")
	g.down.Store(false)
	later(time.Hour)
	fresh := w.expectKPI(t, "7", "True/Ready", "True/TargetMet")
	b.expectKPI(t, "20", "True/Ready", "False/TargetMissed")
	if points := w.evidence("asks-here").Points; len(points) != 2 || !points[1].AsOf.Equal(fresh.Status.AsOf.Time) || points[1].Source != "prometheus" {
		t.Errorf("points %+v, want the first and the latest: nobody knows what was in between", points)
	}
}

// lives starts the operator. What it gives back lets it sleep for a time, and look again then.
func (w *world) lives(t *testing.T, clk *clocktesting.FakePassiveClock, services controllers.Services) (later func(time.Duration)) {
	t.Helper()
	start := func() *operator.Operator {
		life := operator.Start(t, w.Config, operator.Options{Store: w.store, Setup: func(ctx context.Context, mgr ctrl.Manager) error {
			return controllers.Setup(ctx, mgr, services, clk)
		}})
		w.operators = []*operator.Operator{life}
		return life
	}
	life := start()
	return func(after time.Duration) {
		t.Helper()
		if err := life.Stop(); err != nil {
			t.Fatal(err)
		}
		clk.SetTime(clk.Now().Add(after))
		life = start()
	}
}

// expectKPI waits for the KPI "wait" to have a value and two conditions.
func (w *world) expectKPI(t *testing.T, value, ready, target string) *cxv1.KPI {
	t.Helper()
	kpi := build.KPI("wait")
	w.await("the KPI to be "+value+" "+ready+" "+target, func() string {
		w.Get(kpi)
		said := []string{string(kpi.Status.Value)}
		for _, kind := range []string{cxv1.ConditionReady, cxv1.ConditionTargetMet} {
			if c := kube.Condition(kpi, kind); c != nil {
				said = append(said, string(c.Status)+"/"+c.Reason)
			}
		}
		if got := strings.Join(said, " "); got != value+" "+ready+" "+target {
			return "it is " + got
		}
		return ""
	})
	return kpi
}
