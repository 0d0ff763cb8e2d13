// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package prometheus_test

import (
	"math"
	"strings"
	"testing"
	"time"

	operator "github.com/cx-operator/cx-operator/internal/prometheus"
	"github.com/cx-operator/cx-operator/internal/promql"
)

func ask(t *testing.T, c *operator.Client, text string, at time.Time) promql.Answer {
	t.Helper()
	query, err := promql.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := c.Ask(t.Context(), mine, at, query)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return answers[0]
}

// What a minute's value is, see database: (minute+121) * place * length of the namespace.
func TestNumbersOfARealPrometheusAreRead(t *testing.T) {
	client, err := operator.New(operator.Options{URL: serve(t, database(t, mine, theirs)).URL, NamespaceLabel: "namespace"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		query string
		at    time.Time
		want  float64
		says  string // what is wrong; empty: want counts
	}{
		{`answers`, noon, 121 * 9 * 6, ""},
		{`answers`, noon.Add(-time.Hour), 61 * 9 * 6, ""},
		{`sum(orders_total)`, noon, 121 * (1 + 5) * 6, ""},
		{`sum(increase(orders_total{shop="north"}[1h]))`, noon, 60 * 6, ""},
		{`scalar(answers) / 2`, noon, 121 * 9 * 3, ""},
		{`histogram_quantile(0.5, sum by (le) (rate(wait_minutes_bucket[1h])))`, noon, 0.75, ""},
		{`count(orders_total) > 5`, noon, 0, "no series"},
		{`answers`, noon.AddDate(1, 0, 0), 0, "no series"},
		{`0 / (answers - answers)`, noon, 0, "NaN"},
		{`answers / 0`, noon, 0, "infinite"},
		{`orders_total`, noon, 0, "2 series where one is expected, which differ in shop:"},
		{`{namespace="retail"}`, noon, 0, "which differ in __name__, job, le, shop:"},
		{`orders_total * on (namespace) orders_total`, noon, 0, "gave up"},
		{`quantile(2, orders_total)`, noon, 0, "warned"},
	} {
		got, err := ask(t, client, tc.query, tc.at).Number()
		switch {
		case tc.says != "":
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%s: %g, %v; want %s", tc.query, got, err, tc.says)
			}
		case err != nil || math.Abs(got-tc.want) > 1e-9*tc.want:
			t.Errorf("%s: %g, %v; want %g", tc.query, got, err, tc.want)
		}
	}
}

func TestWithoutALabelAllSeriesAreSeen(t *testing.T) {
	client, err := operator.New(operator.Options{URL: serve(t, database(t, mine, theirs)).URL})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ask(t, client, `count(answers)`, noon).Number(); err != nil || got != 2 {
		t.Errorf("%g, %v", got, err)
	}
}
