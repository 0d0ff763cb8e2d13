// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cx-operator/cx-operator/internal/metrics"
)

// against says what of the metrics that are served is not as the table has it, and which entries of the table are missing.
func against(gatherer prometheus.Gatherer) (wrong, missing []string, err error) {
	families, err := gatherer.Gather()
	if err != nil {
		return nil, nil, err
	}
	declared := map[string]*metrics.Metric{}
	for _, group := range metrics.Table() {
		for _, m := range group.Metrics {
			declared[m.Name] = m
		}
	}
	for _, family := range families {
		m := declared[family.GetName()]
		if m == nil {
			if strings.HasPrefix(family.GetName(), "cx_") {
				wrong = append(wrong, family.GetName()+" is not in the table")
			}
			continue
		}
		delete(declared, m.Name)
		if served := strings.ToLower(family.GetType().String()); served != string(m.Type) {
			wrong = append(wrong, fmt.Sprintf("%s is a %s and declared as a %s", m.Name, served, m.Type))
		}
		for _, series := range family.GetMetric() {
			for _, pair := range series.GetLabel() {
				i := slices.IndexFunc(m.Labels, func(l metrics.Label) bool { return l.Name == pair.GetName() })
				if i < 0 || !m.Labels[i].Allows(pair.GetValue()) {
					wrong = append(wrong, fmt.Sprintf("%s has %s=%q", m.Name, pair.GetName(), pair.GetValue()))
				}
			}
		}
	}
	for name := range declared {
		missing = append(missing, name)
	}
	slices.Sort(missing)
	return wrong, missing, nil
}

func TestWhatIsServedIsWhatTheTableSays(t *testing.T) {
	wrong, missing, err := against(record(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range wrong {
		t.Error(what)
	}
	for _, name := range missing {
		t.Errorf("%s is in the table, and nothing measures it", name)
	}
}

func TestTheComparisonFindsWhatIsNotInTheTable(t *testing.T) {
	registry := prometheus.NewRegistry()
	stray := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "cx_stray_total", Help: "Not declared."}, []string{"any"})
	stray.WithLabelValues("x").Inc()
	away := metrics.GatewayTurnedAway.Counter()
	away.WithLabelValues("because").Inc()
	registry.MustRegister(stray, away)
	wrong, missing, err := against(registry)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{`cx_gateway_turned_away_total has reason="because"`, "cx_stray_total is not in the table"}; !slices.Equal(wrong, want) {
		t.Errorf("found %v, want %v", wrong, want)
	}
	if !slices.Contains(missing, metrics.KPIValue.Name) {
		t.Errorf("missing are %v, want %s among them", missing, metrics.KPIValue.Name)
	}
}

func TestTheRecordingSaysNothingAboutPeople(t *testing.T) {
	recorded, err := os.ReadFile(recording)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"shop.example", "pulse-0000", http.MethodPost + " /s/c"} {
		if strings.Contains(string(recorded), word) {
			t.Errorf("it has %q", word)
		}
	}
}
