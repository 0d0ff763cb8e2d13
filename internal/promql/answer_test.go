// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promql_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/prometheus/common/model"

	"github.com/cx-operator/cx-operator/internal/promql"
)

func one(value float64, pairs ...string) *model.Sample {
	metric := model.Metric{}
	for i := 0; i < len(pairs); i += 2 {
		metric[model.LabelName(pairs[i])] = model.LabelValue(pairs[i+1])
	}
	return &model.Sample{Metric: metric, Value: model.SampleValue(value)}
}

func TestAnAnswerIsANumberOrSaysWhyNot(t *testing.T) {
	const none = "no series, or NaN"
	for name, tc := range map[string]struct {
		answer promql.Answer
		want   float64
		says   string // empty: want counts
	}{
		"a scalar":                  {promql.Answer{Value: &model.Scalar{Value: 42.5}}, 42.5, ""},
		"one series":                {promql.Answer{Value: model.Vector{one(-3, "shop", "north")}}, -3, ""},
		"zero is a number":          {promql.Answer{Value: model.Vector{one(0)}}, 0, ""},
		"no series is not zero":     {promql.Answer{Value: model.Vector{}}, 0, none},
		"a scalar that is NaN":      {promql.Answer{Value: &model.Scalar{Value: model.SampleValue(math.NaN())}}, 0, none},
		"a series that is NaN":      {promql.Answer{Value: model.Vector{one(math.NaN())}}, 0, none},
		"infinity":                  {promql.Answer{Value: model.Vector{one(math.Inf(-1))}}, 0, "infinite"},
		"two series":                {promql.Answer{Value: model.Vector{one(1, "shop", "north", "job", "web"), one(1, "shop", "south", "job", "web")}}, 0, "2 series where one is expected, which differ in shop:"},
		"a label that one has":      {promql.Answer{Value: model.Vector{one(1, "a", "1"), one(1, "a", "1", "b", "2")}}, 0, "differ in b:"},
		"the third one differs":     {promql.Answer{Value: model.Vector{one(1, "a", "1"), one(2, "a", "1", "z", ""), one(1, "a", "2")}}, 0, "differ in a:"},
		"many labels":               {promql.Answer{Value: model.Vector{one(1), one(1, "a", "1", "b", "1", "c", "1", "d", "1", "e", "1", "f", "1", "g", "1", "h", "1", "i", "1")}}, 0, "a, b, c, d, e, f, g, h, …:"},
		"a histogram":               {promql.Answer{Value: model.Vector{{Histogram: &model.SampleHistogram{}}}}, 0, "histogram_quantile"},
		"the course of a series":    {promql.Answer{Value: model.Matrix{}}, 0, "a matrix, not a number"},
		"a text":                    {promql.Answer{Value: &model.String{Value: "42"}}, 0, "a string, not a number"},
		"nothing":                   {promql.Answer{}, 0, "gave no result"},
		"a doubtful number":         {promql.Answer{Value: &model.Scalar{Value: 1}, Warned: true}, 0, "warned"},
		"doubtful and no series":    {promql.Answer{Value: model.Vector{}, Warned: true}, 0, "warned"},
		"a query that is not read":  {promql.Answer{Refused: promql.NotRead}, 0, "could not read it"},
		"a query that went too far": {promql.Answer{Refused: promql.NotComputed}, 0, "gave up"},
		"a query that is slow":      {promql.Answer{Refused: promql.TooSlow}, 0, "took too long"},
	} {
		got, err := tc.answer.Number()
		switch {
		case tc.says == "" && (err != nil || got != tc.want):
			t.Errorf("%s: %g, %v", name, got, err)
		case tc.says != "" && (err == nil || !strings.Contains(err.Error(), tc.says)):
			t.Errorf("%s: %g, %v, want %q", name, got, err, tc.says)
		}
		if errors.Is(err, promql.ErrNoData) != (tc.says == none) {
			t.Errorf("%s: no data: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "north") || strings.Contains(err.Error(), "south")) {
			t.Errorf("%s: %v quotes what a label says", name, err)
		}
	}
}
