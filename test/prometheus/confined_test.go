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
		`"shop"="north"`, `"x} or answers{"!=""`, `shop!="\"} or answers{"`, "shop!='\"} or answers{'", "job!=`\"} or answers{\\`", "__name__!=\"\\xff\\n\"",
		`namespace="bank"`, `namespace="retail"`, `namespace!="retail"`, `namespace=~".*"`, `namespace=~"bank|retail"`, `namespace!~"x"`,
		`namespace=""`, `shop="north"`, `shop!=""`, `le=~"1|5"`, `job="survey"`,
	}
	// labels stand where the parser writes them without quotes, strings where any text may. What is hostile closes what it stands in, and
	// reads a series by itself.
	labelNames = []string{
		"shop", "namespace", `"shop"`, "'job'", "`le`", `'"x) answers or ignoring (x"'`, `"x) answers or ignoring (x"`, `"x) answers or sum by (x"`,
		`"my.label"`, `"x, job"`, `"a:b"`, `"on"`, `""`,
	}
	texts = []string{
		`"namespace"`, `"x"`, `"my.label"`, `"\") or answers or label_join(answers, \""`, "'\") or answers # '", "`\") or answers #\\`", `"$1"`, `"\xff\u2028"`, `""`,
	}
	shifts = []string{"", "", " offset 10m", " offset -5m", " @ end()", " @ 1799060000", " @ start() offset 1m",
		" @ -1.5e3", " @ 1799060000.123456", " offset 1h30m", " offset -0x10", " offset 90", " @ 0x6b3b5ae0 offset 1e2", " # } or answers\n"}
	vectors = []string{
		"V", "-V", "(V)", "sum(V)", "count by (namespace) (V)", "avg without (shop) (V)", "quantile(0.5, V)",
		"max by (namespace, shop) (V)", "group(V)", "stddev(V)",
		"rate(M)", "increase(M)", "avg_over_time(M)", "last_over_time(M)", "absent_over_time(M)", "changes(M)", "predict_linear(M, 60)",
		"absent(V)", "abs(V)", "sort(V)", "timestamp(V)", "vector(S)", "histogram_quantile(0.9, V)", "clamp_min(V, S)",
		`label_replace(V, "namespace", "bank", "shop", ".*")`, `label_join(V, "namespace", "", "shop", "job")`,
		"count by (L) (V)", "sum without (L, L) (V)", "count_values(Q, V)", "label_replace(V, Q, Q, Q, Q)", "label_join(V, Q, Q, Q)",
		"V or on (L) V", "V and ignoring (L) V", "V unless on (L, L) V", "V + ignoring (L) V", "V / on (shop, le) group_left (L) V",
		"V * on (L) group_right (L) V", "V + 1h30m", "V + 0x1F - -1.5e-3", "V < Inf", "V # ) or answers\n",
		"V or V", "V and V", "V unless V", "V and on (shop) V", "V unless ignoring (namespace) V", "V + on (namespace, shop, le, job) V",
		"V / on (shop) group_left (namespace) V", "V * S", "S - V", "V > S", "V <= bool S",
	}
	ranges  = []string{"[5m]", "[1h]", "[1h:10m]", "[30m:5m] offset 10m", "[0x12c]", "[1h30m:90]"}
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
		case letter == 'L':
			b.WriteString(rapid.SampledFrom(labelNames).Draw(t, "label"))
		case letter == 'Q':
			b.WriteString(rapid.SampledFrom(texts).Draw(t, "text"))
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

// databases are one with others' series, and one without.
type databases struct {
	all, own *tsdb.DB
	engine   *prometheus.Engine
}

// check checks a query, and says how many series it gives; -1 where it is refused.
func (d databases) check(t testing.TB, fail func(string, ...any), text string) int {
	query, err := promql.Parse(text)
	if err != nil {
		return -1 // such as @ on what has one already
	}
	confined, err := query.Confined("namespace", mine)
	if err != nil {
		fail("%s: let through, but %v", text, err)
		return -1
	}
	alone, n := result(t, d.engine, d.own, confined.String())
	if together, _ := result(t, d.engine, d.all, confined.String()); together != alone {
		fail("%s\nconfined: %s\nsees %s\nalone %s", text, confined, together, alone)
	}
	if asked, _ := result(t, d.engine, d.own, text); asked != alone && !strings.Contains(text, "absent") {
		fail("%s\nconfined: %s\ngives %s\nnot %s", text, confined, alone, asked)
	}
	return n
}

// The guarantee: whatever a namespace asks, it gets what it would get were there no other namespace at all. And it gets what it asked
// for, but for absent, which gives the label that was asked for.
func TestWhateverIsAskedOthersSeriesAreNotSeen(t *testing.T) {
	d := databases{database(t, mine, theirs), database(t, mine), newEngine()}
	rapid.Check(t, func(r *rapid.T) {
		d.check(t, r.Fatalf, vector(r, rapid.IntRange(0, 3).Draw(r, "depth")))
	})
}

// The same of queries that surely find something, and of attacks, each of which is refused or finds nothing of others.
func TestWhatIsFoundIsTheNamespacesOwn(t *testing.T) {
	d := databases{database(t, mine, theirs), database(t, mine), newEngine()}
	for text, want := range map[string]int{
		`orders_total`:                                                             2,
		`{__name__=~".+"}`:                                                         9,
		`{"orders_total", "shop"="north"}`:                                         1,
		`answers{namespace=~"bank|retail"}`:                                        1,
		`answers{namespace="bank"}`:                                                0,
		`count by (namespace) (orders_total)`:                                      1,
		`sum by ("shop") (wait_minutes_bucket)`:                                    2,
		`rate(orders_total[5m] offset 10m)`:                                        2,
		`max_over_time(sum(answers)[1h:5m])`:                                       1,
		`orders_total / on ("shop") group_left () sum by (shop) (orders_total)`:    2,
		`answers or on ("namespace") orders_total`:                                 1,
		`label_replace(answers, "namespace", "bank", "job", ".*")`:                 1,
		`label_replace(answers, "x", "\"} or answers{", "job", ".*")`:              1,
		`count_values("\") or (answers", answers)`:                                 1,
		`vector(0) unless on ('"x) answers or ignoring (x"') nothing`:              -1,
		`vector(0) unless ignoring ('"x) answers or ignoring (x"') nothing`:        -1,
		`nothing * on (job) group_left ('"x) answers or ignoring (x"') nothing`:    -1,
		`nothing * on (job) group_right ("x) answers or nothing + on (x") answers`: -1,
		`sum by ("x) (answers) or sum by (x") (nothing)`:                           -1,
		`sum without ('"x) (answers) or sum by (x"') (nothing)`:                    -1,
	} {
		if got := d.check(t, t.Errorf, text); got != want {
			t.Errorf("%s gives %d series, want %d", text, got, want)
		}
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
