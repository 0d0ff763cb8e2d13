// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package prometheus_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	prometheus "github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/tsdb"
	"pgregory.net/rapid"

	"github.com/cx-operator/cx-operator/internal/promql"
)

// The parts of queries. What depends on an order, as topk does among equals, is none: it is not the same each time. A part "V" stands for any vector, "M" for any range, "S" for a number.
var (
	names    = []string{"orders_total", "wait_minutes_bucket", "answers", `{__name__=~".+"}`, `{__name__!="answers"}`, "nothing"}
	matchers = []string{
		`namespace="bank"`, `namespace="retail"`, `namespace!="retail"`, `namespace=~".*"`, `namespace=~"bank|retail"`, `namespace!~"x"`,
		`namespace=""`, `shop="north"`, `shop!=""`, `le=~"1|5"`, `job="survey"`,
	}
	shifts  = []string{"", "", " offset 10m", " offset -5m", " @ end()", " @ 1799060000", " @ start() offset 1m"}
	vectors = []string{
		"V", "-V", "(V)", "sum(V)", "count by (namespace) (V)", "avg without (shop) (V)", "quantile(0.5, V)",
		"max by (namespace, shop) (V)", "group(V)", "stddev(V)",
		"rate(M)", "increase(M)", "avg_over_time(M)", "last_over_time(M)", "absent_over_time(M)", "changes(M)", "predict_linear(M, 60)",
		"absent(V)", "abs(V)", "sort(V)", "timestamp(V)", "vector(S)", "histogram_quantile(0.9, V)", "clamp_min(V, S)",
		`label_replace(V, "namespace", "bank", "shop", ".*")`, `label_join(V, "namespace", "", "shop", "job")`,
		"V or V", "V and V", "V unless V", "V and on (shop) V", "V unless ignoring (namespace) V", "V + on (namespace, shop, le, job) V",
		"V / on (shop) group_left (namespace) V", "V * S", "S - V", "V > S", "V <= bool S",
	}
	ranges  = []string{"[5m]", "[1h]", "[1h:10m]", "[30m:5m] offset 10m"}
	numbers = []string{"1", "0.5", "time()", "scalar(V)", "S + S"}
)

func selector(t *rapid.T) string {
	name := rapid.SampledFrom(names).Draw(t, "name")
	asked := rapid.SliceOfN(rapid.SampledFrom(matchers), 0, 2).Draw(t, "matchers")
	if head, inside, braces := strings.Cut(strings.TrimSuffix(name, "}"), "{"); braces {
		return head + "{" + strings.Join(append([]string{inside}, asked...), ",") + "}"
	}
	return name + "{" + strings.Join(asked, ",") + "}"
}

func vector(t *rapid.T, depth int) string {
	if depth == 0 {
		return selector(t) + rapid.SampledFrom(shifts).Draw(t, "shift")
	}
	return fill(t, rapid.SampledFrom(vectors).Draw(t, "vector"), depth-1)
}

// fill puts parts in the place of letters that stand alone.
func fill(t *rapid.T, form string, depth int) string {
	var b strings.Builder
	for i := range len(form) {
		switch letter := form[i]; {
		case letter == 'V':
			b.WriteString(vector(t, depth))
		case letter == 'S':
			if depth == 0 {
				b.WriteString("2")
				continue
			}
			b.WriteString("(" + fill(t, rapid.SampledFrom(numbers).Draw(t, "number"), depth-1) + ")")
		case letter == 'M':
			window := rapid.SampledFrom(ranges).Draw(t, "range")
			if strings.Contains(window, ":") {
				b.WriteString("(" + vector(t, depth) + ")" + window)
				continue
			}
			b.WriteString(selector(t) + window)
		default:
			b.WriteByte(letter)
		}
	}
	return b.String()
}

// result is what a query gives, in an order of its own; a mistake of the query is a result, too.
func result(t testing.TB, engine *prometheus.Engine, db *tsdb.DB, query string) (string, int) {
	q, err := engine.NewInstantQuery(t.Context(), db, nil, query, noon)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer q.Close()
	r := q.Exec(t.Context())
	if r.Err != nil {
		return "refused", 0
	}
	vector, ok := r.Value.(prometheus.Vector)
	if !ok {
		return "no vector: " + r.Value.String(), 1
	}
	slices.SortFunc(vector, func(a, b prometheus.Sample) int { return cmp.Compare(a.Metric.String(), b.Metric.String()) })
	var b strings.Builder
	for _, sample := range vector {
		fmt.Fprintf(&b, "%s %.9g\n", sample.Metric, sample.F) // not to the last bit, which the order of a sum decides
	}
	return b.String(), len(vector)
}

// The guarantee: whatever a namespace asks, it gets what it would get were there no other namespace at all. And it gets what it asked
// for, but for absent, which gives the label that was asked for.
func TestWhateverIsAskedOthersSeriesAreNotSeen(t *testing.T) {
	all, own, engine := database(t, mine, theirs), database(t, mine), newEngine()
	checked, found := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		text := vector(r, rapid.IntRange(0, 3).Draw(r, "depth"))
		query, err := promql.Parse(text)
		if err != nil {
			r.Skip(err) // such as @ on what has one already
		}
		confined, err := query.Confined("namespace", mine)
		if err != nil {
			r.Fatalf("%s: %v", text, err)
		}
		alone, n := result(t, engine, own, confined.String())
		if together, _ := result(t, engine, all, confined.String()); together != alone {
			r.Fatalf("%s\nconfined: %s\nsees %s\nalone %s", text, confined, together, alone)
		}
		if asked, _ := result(t, engine, own, text); asked != alone && !strings.Contains(text, "absent") {
			r.Fatalf("%s\nconfined: %s\ngives %s\nnot %s", text, confined, alone, asked)
		}
		checked++
		if n > 0 {
			found++
		}
	})
	if checked < 80 || found < 20 {
		t.Errorf("of %d queries %d found something: too little to tell", checked, found)
	}
}

// What the property above rests on: left as they are, queries do see others' series here.
func TestUnconfinedQueriesSeeOthersSeries(t *testing.T) {
	all, own, engine := database(t, mine, theirs), database(t, mine), newEngine()
	for _, text := range []string{"sum(orders_total)", `count({__name__=~".+"})`, `answers{namespace="bank"}`, "sum(rate(orders_total[5m]))"} {
		alone, _ := result(t, engine, own, text)
		if together, _ := result(t, engine, all, text); together == alone {
			t.Errorf("%s gives %s, with others' series or without", text, together)
		}
	}
}

// Of the functions that read series by themselves, none is let through: info looks for target_info.
func TestNoFunctionReadsPastSelectors(t *testing.T) {
	for _, text := range []string{"info(answers)", `info(answers, {__name__="orders_total"})`} {
		if query, err := promql.Parse(text); err == nil {
			t.Errorf("%s is let through as %s", text, query)
		}
	}
}
