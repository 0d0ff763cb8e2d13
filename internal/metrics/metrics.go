// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package metrics declares every metric of the operator and its gateway, each once: name with its unit, type, help, labels and
// what they can be, and what it is for. docs/reference/metrics.md is made of it. Nothing outside this package names a metric.
//
// Labels are namespaces, names of objects, routes and words of a list: never anything about a contact, an answer or an address.
package metrics

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// Type is what a metric counts or measures.
type Type string

// The types.
const (
	Counter   Type = "counter"
	Gauge     Type = "gauge"
	Histogram Type = "histogram"
)

// Label is a label and what bounds it.
type Label struct {
	Name string
	// Values are all that it can be; nil when Of bounds it.
	Values []string
	// Of says which objects give it its values, e.g. "namespaces with a Program".
	Of string
}

// Metric is the declaration of a metric.
type Metric struct {
	Name string
	Type Type
	// Help is a sentence.
	Help   string
	Labels []Label
	// Buckets are those of a histogram.
	Buckets []float64
	// For says who looks at it, and why.
	For string
}

func (m *Metric) labels() []string {
	names := make([]string, len(m.Labels))
	for i, label := range m.Labels {
		names[i] = label.Name
	}
	return names
}

// Desc is for a collector that computes the metric when it is asked for.
func (m *Metric) Desc() *prometheus.Desc {
	return prometheus.NewDesc(m.Name, m.Help, m.labels(), nil)
}

// Counter makes a counter. Where every label has a list of values, all series are there from the start, at 0: otherwise increase()
// would not see the first event.
func (m *Metric) Counter() *prometheus.CounterVec {
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.Name, Help: m.Help}, m.labels())
	for _, values := range combinations(m.Labels) {
		vec.WithLabelValues(values...)
	}
	return vec
}

// Gauge makes a gauge.
func (m *Metric) Gauge() *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: m.Name, Help: m.Help}, m.labels())
}

// Histogram makes a histogram.
func (m *Metric) Histogram() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: m.Name, Help: m.Help, Buckets: m.Buckets}, m.labels())
}

// combinations are all values that the labels can have together; none when one of them has no list.
func combinations(labels []Label) [][]string {
	all := [][]string{nil}
	for _, label := range labels {
		var longer [][]string
		for _, values := range all {
			for _, value := range label.Values {
				longer = append(longer, append(slices.Clone(values), value))
			}
		}
		all = longer
	}
	return all
}

// Allows says whether a label can have a value.
func (l Label) Allows(value string) bool {
	return l.Values == nil || slices.Contains(l.Values, value)
}
