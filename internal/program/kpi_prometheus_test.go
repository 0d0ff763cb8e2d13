// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	kmeta "k8s.io/apimachinery/pkg/api/meta"
	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/promql"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// queried is a KPI whose source is a Prometheus.
func queried(changes ...func(*cxv1.KPI)) *cxv1.KPI {
	return build.KPI("waiting", append([]func(*cxv1.KPI){func(k *cxv1.KPI) {
		k.Namespace = "retail"
		k.Spec.Source = cxv1.KPISource{Prometheus: &cxv1.PrometheusSource{Query: "avg(wait_minutes)"}}
	}}, changes...)...)
}

func answer(value float64) promql.Answer {
	return promql.Answer{Value: &model.Scalar{Value: model.SampleValue(value)}}
}

// outcome is an answer, and the point or the reason that it gives.
type outcome struct {
	change       func(*cxv1.KPI)
	value        promql.Answer
	count        *promql.Answer
	want         string
	n            int64
	reason, says string
}

func answersAndPoints() map[string]outcome {
	by := func(method cxv1.KPIMethod, scale *cxv1.Scale) func(*cxv1.KPI) {
		return func(k *cxv1.KPI) { k.Spec.Method, k.Spec.Scale = method, scale }
	}
	bare := by(cxv1.MethodValue, nil)
	cases := func(n float64) *promql.Answer { return new(answer(n)) }
	return map[string]outcome{
		"a number":                      {bare, answer(12.5), nil, "12.5", 0, "", ""},
		"zero":                          {bare, answer(0), nil, "0", 0, "", ""},
		"a long fraction":               {bare, answer(1.0 / 3), nil, "0.333333", 0, "", ""},
		"with its cases":                {bare, answer(3), cases(240.9), "3", 240, "", ""},
		"a share at its end":            {by(cxv1.MethodShare, nil), answer(100), nil, "100", 0, "", ""},
		"a share that cannot be":        {by(cxv1.MethodShare, nil), answer(100.5), nil, "", 0, cxv1.ReasonUnusableAnswer, "it gave 100.5, but Share lies between 0 and 100"},
		"an NPS below all":              {by(cxv1.MethodNPS, nil), answer(-101), nil, "", 0, cxv1.ReasonUnusableAnswer, "between -100 and 100"},
		"a mean below its scale":        {by(cxv1.MethodMean, &cxv1.Scale{Min: 1, Max: 5}), answer(0), nil, "", 0, cxv1.ReasonUnusableAnswer, "between 1 and 5"},
		"a number that is too long":     {bare, answer(1e13), nil, "", 0, cxv1.ReasonUnusableAnswer, "12 digits"},
		"no series":                     {bare, promql.Answer{Value: model.Vector{}}, nil, "", 0, cxv1.ReasonNoData, "spec.source.prometheus.query: there is nothing"},
		"NaN":                           {bare, answer(math.NaN()), nil, "", 0, cxv1.ReasonNoData, "never zero"},
		"infinity":                      {bare, answer(math.Inf(1)), nil, "", 0, cxv1.ReasonUnusableAnswer, "infinite"},
		"a refusal":                     {bare, promql.Answer{Refused: promql.NotComputed}, nil, "", 0, cxv1.ReasonUnusableAnswer, "gave up"},
		"no cases are behind it":        {bare, answer(3), cases(0), "", 0, cxv1.ReasonNoData, "spec.source.prometheus.countQuery: there is nothing"},
		"less than one case":            {bare, answer(3), cases(0.9), "", 0, cxv1.ReasonNoData, "countQuery"},
		"cases unknown":                 {bare, answer(3), cases(math.NaN()), "", 0, cxv1.ReasonNoData, "countQuery"},
		"cases below zero":              {bare, answer(3), cases(-1), "", 0, cxv1.ReasonUnusableAnswer, "-1, which is no number of cases"},
		"more cases than there can be":  {bare, answer(3), cases(2e9), "", 0, cxv1.ReasonUnusableAnswer, "no number of cases"},
		"several series where n should": {bare, answer(3), &promql.Answer{Value: model.Vector{{Metric: model.Metric{"a": "1"}}, {}}}, "", 0, cxv1.ReasonUnusableAnswer, "countQuery: it gave 2 series"},
	}
}

func TestWhatAPrometheusSaysIsAPointOrAReason(t *testing.T) {
	for name, tc := range answersAndPoints() {
		t.Run(name, func(t *testing.T) {
			kpi := queried(tc.change)
			slot := build.Monday.Truncate(time.Hour)
			point, err := program.PrometheusPoint(kpi, slot, tc.value, tc.count, build.Monday)
			if tc.reason != "" {
				var mistake *program.KPIError
				if !errors.As(err, &mistake) || mistake.Reason != tc.reason || !strings.Contains(mistake.Message, tc.says) || !mistake.Passing {
					t.Errorf("%+v, want %s, which passes: %s", err, tc.reason, tc.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := point.Normalized(); err != nil {
				t.Error(err)
			}
			if point.Value != tc.want || point.N != tc.n || point.Low != "" || point.SD != "" || !point.AsOf.Equal(slot) || point.Source != "prometheus" {
				t.Errorf("point %+v", point)
			}
			if !program.IsPrometheusPoint(kpi, point, slot) {
				t.Error("it is not known again")
			}
		})
	}
}

func TestAQueryThatIsWrongIsSaidWithItsField(t *testing.T) {
	for name, tc := range map[string]struct {
		query, count, says string
	}{
		"the query":     {"sum(", "1", "spec.source.prometheus.query: the PromQL cannot be read at line 1, column 5"},
		"a course":      {"up[5m]", "", "spec.source.prometheus.query: the query gives the course"},
		"the countings": {"1", "sum(", "spec.source.prometheus.countQuery: the PromQL cannot be read"},
	} {
		kpi := queried(func(k *cxv1.KPI) {
			k.Spec.Source.Prometheus = &cxv1.PrometheusSource{Query: tc.query, CountQuery: tc.count}
		})
		_, err := program.QueriesOf(kpi)
		var mistake *program.KPIError
		if !errors.As(err, &mistake) || mistake.Reason != cxv1.ReasonInvalidQuery || mistake.Passing || !strings.HasPrefix(mistake.Message, tc.says) {
			t.Errorf("%s: %v, want %s", name, err, tc.says)
		}
	}
}

// Otherwise a second look, or a start of the operator, would add a point or change one.
func TestASlotIsTheSameUntilTheNextOneBegins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := rapid.SampledFrom([]cxv1.Duration{"", "1h", "6h", "1d", "36h", "7d"}).Draw(t, "every")
		kpi := queried(func(k *cxv1.KPI) {
			k.Name = rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "name")
			k.Spec.Source.Prometheus.Every = every
		})
		length := every.Or(time.Hour)
		now := build.Monday.Add(time.Duration(rapid.Int64Range(0, int64(60*24*time.Hour)).Draw(t, "after")))
		slot, next := program.PrometheusSlot(kpi, now)
		if slot.After(now) || !next.After(now) || slot.Location() != time.UTC || !slot.Equal(slot.Truncate(length)) {
			t.Fatalf("at %s it asks about %s and next at %s", now, slot, next)
		}
		if late := next.Sub(slot) - length; late < 0 || late >= 5*time.Minute {
			t.Fatalf("it asks %s after the hour", late)
		}
		if same, _ := program.PrometheusSlot(kpi, next.Add(-time.Nanosecond)); !same.Equal(slot) {
			t.Fatalf("before %s it asks about %s, not %s", next, same, slot)
		}
		if following, _ := program.PrometheusSlot(kpi, next); !following.Equal(slot.Add(length)) {
			t.Fatalf("at %s it asks about %s, after %s", next, following, slot)
		}
	})
}

func TestNotAllAskAtOnce(t *testing.T) {
	moments := map[time.Duration]bool{}
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		slot, next := program.PrometheusSlot(queried(func(k *cxv1.KPI) { k.Name = name }), build.Monday)
		moments[next.Sub(slot)] = true
	}
	if len(moments) < 6 {
		t.Errorf("8 KPIs ask at %d moments", len(moments))
	}
}

func TestAPointOfAnotherQueryIsNotKnown(t *testing.T) {
	slot := build.Monday.Truncate(time.Hour)
	point, err := program.PrometheusPoint(queried(), slot, answer(1), nil, build.Monday)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		change func(*cxv1.KPI)
		known  bool
	}{
		"nothing changed":    {func(*cxv1.KPI) {}, true},
		"a space, a comment": {func(k *cxv1.KPI) { k.Spec.Source.Prometheus.Query = "avg( wait_minutes ) # minutes" }, true},
		"a count":            {func(k *cxv1.KPI) { k.Spec.Source.Prometheus.CountQuery = "1" }, true},
		"another query":      {func(k *cxv1.KPI) { k.Spec.Source.Prometheus.Query = "max(wait_minutes)" }, false},
		"another unit":       {func(k *cxv1.KPI) { k.Spec.Unit = "s" }, false},
		"another method":     {func(k *cxv1.KPI) { k.Spec.Method = cxv1.MethodMean }, false},
	} {
		kpi := queried(tc.change)
		if got := program.IsPrometheusPoint(kpi, point, slot); got != tc.known {
			t.Errorf("%s: known %v", name, got)
		}
		if same := program.Measured(kpi, nil) == program.Measured(queried(), nil); same != tc.known {
			t.Errorf("%s: measured alike %v, and numbers must not be compared otherwise", name, same)
		}
	}
	point.Source = "manual"
	if program.IsPrometheusPoint(queried(), point, slot) {
		t.Error("what somebody entered for the same time is taken for an answer")
	}
}

// The hash is of the query as the parser writes it. A parser that writes one in another way makes it another measure, and breaks the trend of
// all KPIs that are like it: then these hashes change, and release notes must say so.
func TestAQueryKeepsItsHashFromReleaseToRelease(t *testing.T) {
	for query, want := range map[string]string{
		"1":                           "fd00facbc2e5f324ed1eb99fd5305680",
		"sum(rate(orders_total[5m]))": "b3f32e3531f139ac7b86835a28822c1c",
		`up{shop="north", job=~"a|b"} offset 1h30m`:                           "0e0b8af6d0fdfce0d52caef9ed0268fc",
		"histogram_quantile(0.9, sum by (le) (rate(wait_bucket[1h])))":        "b7366640d36afe60435c47becbf3fd96",
		"max_over_time(sum(up)[1h:5m] offset 1d)":                             "e65aadfe2e7dca7b851735175ce1de18",
		"sum without (pod) (up) / on (job) group_left () count by (job) (up)": "f2bf3df69ebce08bbf86f932fb8f0a05",
		`label_replace(up, "shop", "$1", "host", "(.*)-.*")`:                  "b87ddf475fd3d6c922c1d124babc14ec",
		"-up + 1e3 > bool 0x10":                                               "d467995ca17cda525ee332ce5be0e85b",
		"up @ 1799060000 unless ignoring (shop) up @ end()":                   "5a7ffc3b0149b9b1ca6126935eedf7c6",
		`{"my metric", "my.label"!="x"}`:                                      "913b012d44ed9152a68885eb70fa6eac",
	} {
		kpi := queried(func(k *cxv1.KPI) { k.Spec.Source.Prometheus.Query = query })
		point, err := program.PrometheusPoint(kpi, build.Monday, answer(1), nil, build.Monday)
		if err != nil {
			t.Fatal(err)
		}
		if point.ScaleHash != want {
			t.Errorf("%s has hash %s, want %s", query, point.ScaleHash, want)
		}
	}
}

func reasonOf(kpi *cxv1.KPI, kind string) string {
	if c := kmeta.FindStatusCondition(kpi.Status.Conditions, kind); c != nil {
		return c.Reason
	}
	return ""
}

// Below minResponses nothing is shown; and a bare value has no interval to be strict about.
func TestAFetchedValueIsJudgedAsABareOne(t *testing.T) {
	judged := func(n float64, confidence cxv1.Confidence) *cxv1.KPI {
		kpi := queried(func(k *cxv1.KPI) {
			k.Spec.Method, k.Spec.Target = cxv1.MethodNPS, &cxv1.KPITarget{Value: "30", Confidence: confidence}
		})
		point, err := program.PrometheusPoint(kpi, build.Monday, answer(45), new(answer(n)), build.Monday)
		if err != nil {
			t.Fatal(err)
		}
		j := program.JudgeKPI(kpi, []store.KPIPoint{point}, build.Monday)
		kpi.Status.Conditions = j.Conditions
		return kpi
	}
	if few := judged(4, cxv1.ConfidencePoint); few.Status.Value != "" || reasonOf(few, cxv1.ConditionTargetMet) != cxv1.ReasonInsufficientData {
		t.Errorf("4 answers show %q", few.Status.Value)
	}
	if many := judged(5, cxv1.ConfidencePoint); many.Status.Value != "45" || *many.Status.N != 5 || reasonOf(many, cxv1.ConditionTargetMet) != cxv1.ReasonTargetMet {
		t.Errorf("5 answers show %+v", many.Status)
	}
	if strict := judged(500, cxv1.ConfidenceStrict); reasonOf(strict, cxv1.ConditionTargetMet) != cxv1.ReasonIntervalUnknown {
		t.Errorf("without an interval: %+v", strict.Status)
	}
}
