// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/internal/metrics/objects"
	"github.com/cx-operator/cx-operator/internal/store/measured"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard())
	harness.Main(m)
}

// values are the series of a metric, by the values of their labels in order of the labels' names.
func values(t testing.TB, gatherer prometheus.Gatherer, name string) map[string]float64 {
	t.Helper()
	families, err := gatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	series := map[string]float64{}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			key := ""
			for _, label := range m.GetLabel() {
				key += label.GetValue() + " "
			}
			series[key] = m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return series
}

// TestAScrapeOfARunningOperatorShowsItsObjects runs the controllers on a real API server with real caches.
func TestAScrapeOfARunningOperatorShowsItsObjects(t *testing.T) {
	h := harness.New(t)
	kept := measured.New(operator.StoreAt(t, nil), time.Now)
	seen, registry := objects.New(kept, clock.RealClock{}), prometheus.NewPedanticRegistry()
	registry.MustRegister(kept, seen)
	operator.Start(t, h.Config, operator.Options{Namespaces: []string{h.Namespace}, Setup: func(ctx context.Context, mgr ctrl.Manager) error {
		services := controllers.Services{Evidence: kept, People: kept, Offers: kept, Metrics: seen}
		return controllers.Setup(ctx, mgr, services, clock.RealClock{})
	}})
	await := func(what string, so func() bool) {
		t.Helper()
		err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, 5*time.Minute, true, func(context.Context) (bool, error) { return so(), nil })
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	recommended := build.KPI("nps", func(k *cxv1.KPI) {
		k.Spec.Metric, k.Spec.Class, k.Spec.Method = "nps", cxv1.KPIExperience, cxv1.MethodNPS
		k.Spec.Target = &cxv1.KPITarget{Value: "40"}
		k.Spec.Source.Manual = &cxv1.ManualSource{AsOf: metav1.NewTime(time.Now().Add(-time.Hour)), Counts: &cxv1.Counts{
			Promoters: new(int64(60)), Passives: new(int64(22)), Detractors: new(int64(18)),
		}}
	})
	survey := build.Survey("nps")
	h.Create(build.Program(func(p *cxv1.Program) { p.Spec.ID = "scraped" }), build.Persona("shopper"), recommended, survey)
	request := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, cxv1.AnnotationWaveRequestedAt, time.Now().UTC().Format(time.RFC3339))
	if err := h.Client.Patch(t.Context(), survey, client.RawPatch(types.MergePatchType, []byte(request))); err != nil {
		t.Fatal(err)
	}
	await("the KPI's value", func() bool { return values(t, registry, "cx_kpi_value")["nps "+h.Namespace+" "] == 42 })
	await("the wave", func() bool { return values(t, registry, "cx_wave_creation_skew_seconds")[""] == 1 })
	await("a stage", func() bool { return values(t, registry, "cx_program_stage")["reached "+h.Namespace+" "] == 1 })
	await("a transition", func() bool {
		return values(t, registry, "cx_condition_transitions_total")["KPI "+h.Namespace+" True Ready "] == 1
	})
	if n := values(t, registry, "cx_store_operation_seconds")["RecordWaveStarted "]; n != 1 {
		t.Errorf("%v waves were recorded in the store, want 1", n)
	}
	if n := values(t, registry, "cx_program_sending")[h.Namespace+" SendingOff False "]; n != 1 {
		t.Error("it does not say that sending is off")
	}
	elsewhere := []string{ // what the process, its pages and its mail add
		"cx_build_info", "cx_gateway_answers_total", "cx_gateway_in_flight", "cx_gateway_request_seconds", "cx_gateway_requests_total",
		"cx_gateway_turned_away_total", "cx_mail_attempts_total", "cx_notice_attempts_total", "cx_secret_file_in_use",
	}
	var wrong, missing []string
	await("all the rest to be shown", func() bool {
		var err error
		if wrong, missing, err = against(registry); err != nil {
			t.Fatal(err)
		}
		return len(missing) <= len(elsewhere)
	})
	for _, what := range wrong {
		t.Error(what)
	}
	if diff := cmp.Diff(elsewhere, missing); diff != "" {
		t.Errorf("what is not shown (-want +got):\n%s", diff)
	}

	if err := h.Client.Delete(t.Context(), recommended); err != nil {
		t.Fatal(err)
	}
	await("nothing to be left of the KPI", func() bool {
		return len(values(t, registry, "cx_kpi_value")) == 0 && values(t, registry, "cx_condition_transitions_total")["KPI "+h.Namespace+" True Ready "] == 0
	})
}

// listed is a cache: it lists what is in memory as that of controller-runtime does, without copying objects.
type listed struct {
	client.Reader
	objects map[string][]runtime.Object
}

func (l listed) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	return meta.SetList(list, l.objects[fmt.Sprintf("%T", list)])
}

// BenchmarkScrape is what Prometheus waits for, without the network: 5,000 objects in ten programs.
func BenchmarkScrape(b *testing.B) {
	const programs, each = 10, 500
	cache, n := listed{objects: map[string][]runtime.Object{}}, 0
	for i := range programs {
		some := program(fmt.Sprintf("program-%d", i), fmt.Sprintf("id-%d", i), sends)
		for i := len(some); i < each; i++ {
			more := kpi(fmt.Sprintf("kpi-%03d", i), i%2 == 0)
			more.Namespace = some[0].GetNamespace()
			some = append(some, more)
		}
		for _, obj := range some {
			kind := fmt.Sprintf("%TList", obj)
			cache.objects[kind] = append(cache.objects[kind], obj)
			n++
		}
	}
	seen, registry := objects.New(waiting{}, clock.RealClock{}), prometheus.NewRegistry()
	registry.MustRegister(seen)
	b.Cleanup(seen.Read(cache))
	if got := values(b, registry, "cx_objects")["KPI program-0 "]; got < each/2 {
		b.Fatalf("%v KPIs in the first program", got)
	}
	served := ""
	for b.Loop() {
		served = text(b, registry)
	}
	b.ReportMetric(float64(len(served))/1000, "kB")
	b.ReportMetric(float64(strings.Count(served, "\n")-strings.Count(served, "\n#")-1), "series")
	b.ReportMetric(float64(n), "objects")
}
