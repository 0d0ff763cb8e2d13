// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/cx-operator/cx-operator/internal/metrics"
)

func TestThePageSaysWhatTheTableSays(t *testing.T) {
	want := page(metrics.Table())
	got, err := os.ReadFile("../../docs/reference/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/reference/metrics.md is older than internal/metrics: make generate")
	}
}

func TestALabelIsExplainedOnceInEachPart(t *testing.T) {
	words := metrics.Label{Name: "phase", Values: []string{"Open", "Closed"}}
	got := page([]metrics.Group{{Title: "Waves", Metrics: []*metrics.Metric{
		{Name: "cx_a", Type: metrics.Gauge, Help: "What it is.", For: "What it is for.", Labels: []metrics.Label{words, {Name: "survey", Of: "surveys"}}},
		{Name: "cx_b_total", Type: metrics.Counter, Help: "Another.", Labels: []metrics.Label{words}},
	}}})
	for _, want := range []string{
		"## Waves\n", "| `cx_a` | gauge | `phase`, `survey` | What it is. | What it is for. |", "- `phase`: `Open`, `Closed`\n", "- `survey`: surveys\n",
	} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%d times %q in\n%s", strings.Count(got, want), want, got)
		}
	}
}
