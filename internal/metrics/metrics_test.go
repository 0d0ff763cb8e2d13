// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/cx-operator/cx-operator/internal/metrics"
)

// collector makes a metric with one series at least.
func collector(m *metrics.Metric) prometheus.Collector {
	values := make([]string, len(m.Labels))
	for i, label := range m.Labels {
		if values[i] = "any"; label.Values != nil {
			values[i] = label.Values[0]
		}
	}
	switch m.Type {
	case metrics.Counter:
		vec := m.Counter()
		vec.WithLabelValues(values...)
		return vec
	case metrics.Gauge:
		vec := m.Gauge()
		vec.WithLabelValues(values...)
		return vec
	}
	vec := m.Histogram()
	vec.WithLabelValues(values...)
	return vec
}

func TestEveryMetricIsNamedAsPrometheusWants(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	for _, group := range metrics.Table() {
		for _, m := range group.Metrics {
			if err := registry.Register(collector(m)); err != nil {
				t.Errorf("%s: %v", m.Name, err) // also when a name is declared twice
			}
		}
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if len(families) < 35 {
		t.Errorf("only %d metrics were looked at", len(families))
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestEveryMetricSaysWhatItIsAndWhatItIsFor(t *testing.T) {
	name := regexp.MustCompile(`^cx_[a-z0-9_]+$`)
	for _, group := range metrics.Table() {
		for _, m := range group.Metrics {
			if !name.MatchString(m.Name) || !strings.HasSuffix(m.Help, ".") || !strings.HasSuffix(m.For, ".") {
				t.Errorf("%s: name, help %q or purpose %q", m.Name, m.Help, m.For)
			}
			if (m.Type == metrics.Histogram) != (m.Buckets != nil) || !slices.IsSorted(m.Buckets) {
				t.Errorf("%s: buckets %v", m.Name, m.Buckets)
			}
		}
	}
}

// personal are words of labels that would tell who somebody is, or what they said.
var personal = regexp.MustCompile(`(?i)contact|person|mail|address|email|token|link|answer|invitation|phone|user|customer`)

func TestEveryLabelIsBoundedAndTellsNothingAboutPeople(t *testing.T) {
	for _, group := range metrics.Table() {
		for _, m := range group.Metrics {
			for _, label := range m.Labels {
				if (label.Values == nil) == (label.Of == "") {
					t.Errorf("%s: label %s has a list or is bounded by objects", m.Name, label.Name)
				}
				if personal.MatchString(label.Name) {
					t.Errorf("%s has the label %s", m.Name, label.Name)
				}
				if !slices.Equal(label.Values, slices.Compact(slices.Clone(label.Values))) {
					t.Errorf("%s: label %s has a value twice", m.Name, label.Name)
				}
			}
		}
	}
}

func TestACounterOfListedWordsBeginsWithAllOfThemAtZero(t *testing.T) {
	for _, tc := range []struct {
		name   string
		labels []metrics.Label
		want   int
	}{
		{"no label", nil, 1},
		{"one list", []metrics.Label{{Name: "a", Values: []string{"x", "y", "z"}}}, 3},
		{"two lists", []metrics.Label{{Name: "a", Values: []string{"x", "y", "z"}}, {Name: "b", Values: []string{"1", "2"}}}, 6},
		{"a list and objects", []metrics.Label{{Name: "a", Values: []string{"x", "y"}}, {Name: "b", Of: "objects"}}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := metrics.Metric{Name: "cx_test_total", Type: metrics.Counter, Help: "Test.", Labels: tc.labels}
			series := make(chan prometheus.Metric, 10)
			m.Counter().Collect(series)
			if len(series) != tc.want {
				t.Errorf("%d series, want %d", len(series), tc.want)
			}
		})
	}
}
