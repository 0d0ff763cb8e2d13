// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package measure_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cx-operator/cx-operator/internal/measure"
)

func TestChangesAgainstKnownFigures(t *testing.T) {
	before, after := measure.Balance{Positive: 40, Neutral: 40, Negative: 20},
		measure.Balance{Positive: 50, Neutral: 35, Negative: 15}
	times := func(b measure.Balance, k int64) measure.Balance {
		return measure.Balance{Positive: k * b.Positive, Neutral: k * b.Neutral, Negative: k * b.Negative}
	}
	type result struct{ z, p, difference, df float64 }
	check := func(name string, change measure.Change, err error, want result, significant bool) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		near(t, name+": statistic", want.z, change.Statistic)
		near(t, name+": p", want.p, change.P)
		near(t, name+": difference", want.difference, change.Difference)
		near(t, name+": degrees of freedom", want.df, change.DF)
		if change.Significant() != significant {
			t.Errorf("%s: significant is %t", name, change.Significant())
		}
	}
	change, err := after.Since(before)
	check("NPS of 100 each", change, err, result{1.4160, 0.1568, 15, 0}, false)
	change, err = times(after, 4).Since(times(before, 4))
	check("NPS of 400 each", change, err, result{2.8653, 0.0042, 15, 0}, true)
	change, err = times(before, 4).Since(times(after, 4))
	check("NPS falling", change, err, result{-2.8653, 0.0042, -15, 0}, true)
	change, err = measure.Share{Chosen: 90, Total: 100}.Since(measure.Share{Chosen: 80, Total: 100})
	check("share of 100 each", change, err, result{1.9429, 0.0520, 10, 0}, false)
	change, err = measure.Share{Chosen: 450, Total: 500}.Since(measure.Share{Chosen: 420, Total: 500})
	check("share of 500 each", change, err, result{2.8129, 0.0049, 6, 0}, true)
	change, err = measure.Share{Chosen: 10, Total: 10}.Since(measure.Share{Chosen: 8, Total: 10})
	check("share at its end", change, err, result{1.1239, 0.2611, 20, 0}, false)
	change, err = measure.Mean{Mean: 4.1, SD: 2.5, N: 280}.Since(measure.Mean{Mean: 4.6, SD: 2.9, N: 310})
	check("mean", change, err, result{-2.2485, 0.0249, -0.5, 586.7444}, true)
	change, err = measure.Mean{Mean: 23, SD: 1.5, N: 12}.Since(measure.Mean{Mean: 20.82, SD: 3, N: 15})
	check("mean of few", change, err, result{2.4566, 0.0226, 2.18, 21.4510}, true)
	change, err = measure.Mean{Mean: 4, N: 5}.Since(measure.Mean{Mean: 4, N: 9})
	check("mean of equal answers", change, err, result{0, 1, 0, 0}, false)
}

func TestAMeanWithoutSpreadCannotBeTested(t *testing.T) {
	for name, err := range map[string]error{
		"one answer before": second(measure.Mean{Mean: 4, SD: 1, N: 5}.Since(measure.Mean{Mean: 3, N: 1})),
		"one answer after":  second(measure.Mean{Mean: 4, N: 1}.Since(measure.Mean{Mean: 3, SD: 1, N: 5})),
		"all answers equal": second(measure.Mean{Mean: 4, N: 9}.Since(measure.Mean{Mean: 3, N: 9})),
	} {
		if !errors.Is(err, measure.ErrUntestable) {
			t.Errorf("%s: got %v, want ErrUntestable", name, err)
		}
	}
}

func second(_ measure.Change, err error) error { return err }

func TestHolm(t *testing.T) {
	tests := map[string]struct{ ps, want []float64 }{
		"none":                            {[]float64{}, []float64{}},
		"one is left alone":               {[]float64{0.04}, []float64{0.04}},
		"the order is that of the caller": {[]float64{0.01, 0.04, 0.03, 0.005}, []float64{0.03, 0.06, 0.06, 0.02}},
		"none falls below one before it":  {[]float64{0.02, 0.021, 0.022}, []float64{0.06, 0.06, 0.06}},
		"none rises above 1":              {[]float64{0.6, 0.9}, []float64{1, 1}},
		"equal ones stay equal":           {[]float64{0.01, 0.01}, []float64{0.02, 0.02}},
	}
	for name, test := range tests {
		got, err := measure.Holm(test.ps)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// nps is a point as it would be stored: what Estimate says, cut to six decimals.
func nps(t *testing.T, positive, neutral, negative int64) measure.Point {
	t.Helper()
	e := estimate(t, measure.Balance{Positive: positive, Neutral: neutral, Negative: negative}, 0)
	return measure.Point{Value: cut(t, e.Value), N: e.N, SD: cut(t, e.SD), Method: measure.MethodNPS, ScaleHash: "s"}
}

func cut(t *testing.T, v float64) float64 {
	t.Helper()
	text, err := measure.FormatDecimal(v, measure.MaxPlaces)
	if err != nil {
		t.Fatal(err)
	}
	v, err = measure.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTrends(t *testing.T) {
	low, high, same := nps(t, 160, 160, 80), nps(t, 200, 140, 60), nps(t, 161, 160, 79)
	with := func(p measure.Point, change func(*measure.Point)) measure.Point {
		change(&p)
		return p
	}
	bare := func(p *measure.Point) { p.SD = math.NaN() }
	share := func(percent float64) measure.Point {
		return measure.Point{Value: percent, N: 500, SD: math.NaN(), Method: measure.MethodCSAT}
	}
	mean := func(value, sd float64, n int64) measure.Point {
		return measure.Point{Value: value, N: n, SD: sd, Method: measure.MethodCESMean}
	}
	value := func(v float64) measure.Point {
		return measure.Point{Value: v, N: 900, SD: math.NaN(), Method: measure.MethodValue}
	}
	tests := map[string]struct {
		points []measure.Point
		want   measure.Trend
	}{
		"no point":                           {nil, measure.TrendInsufficientData},
		"one point":                          {[]measure.Point{low}, measure.TrendInsufficientData},
		"more than chance upwards":           {[]measure.Point{low, high}, measure.TrendUp},
		"more than chance downwards":         {[]measure.Point{high, low}, measure.TrendDown},
		"no more than chance":                {[]measure.Point{low, same}, measure.TrendFlat},
		"no change at all":                   {[]measure.Point{low, low}, measure.TrendFlat},
		"only the last two count":            {[]measure.Point{high, high, high, low, same}, measure.TrendFlat},
		"another scale":                      {[]measure.Point{low, with(high, func(p *measure.Point) { p.ScaleHash = "x" })}, measure.TrendBroken},
		"another method":                     {[]measure.Point{low, with(high, func(p *measure.Point) { p.Method = measure.MethodCESNet })}, measure.TrendBroken},
		"another scale earlier":              {[]measure.Point{with(low, func(p *measure.Point) { p.ScaleHash = "x" }), low, high}, measure.TrendUp},
		"too few answers before":             {[]measure.Point{nps(t, 0, 0, 9), high}, measure.TrendInsufficientData},
		"too few answers after":              {[]measure.Point{low, nps(t, 9, 0, 0)}, measure.TrendInsufficientData},
		"an NPS entered without its spread":  {[]measure.Point{with(low, bare), with(high, bare)}, measure.TrendInsufficientData},
		"bare values":                        {[]measure.Point{value(38), value(12)}, measure.TrendInsufficientData},
		"shares need no spread":              {[]measure.Point{share(84), share(90)}, measure.TrendUp},
		"shares that stay":                   {[]measure.Point{share(84), share(85)}, measure.TrendFlat},
		"means":                              {[]measure.Point{mean(4.6, 2.9, 310), mean(4.1, 2.5, 280)}, measure.TrendDown},
		"means without any spread, the same": {[]measure.Point{mean(4, 0, 10), mean(4, 0, 10)}, measure.TrendFlat},
		"means without any spread, another":  {[]measure.Point{mean(4, 0, 10), mean(5, 0, 10)}, measure.TrendInsufficientData},
	}
	for name, test := range tests {
		got, change, err := measure.TrendOf(test.points, 10)
		if err != nil || got != test.want {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, test.want)
		}
		if tested := got == measure.TrendUp || got == measure.TrendDown || got == measure.TrendFlat; tested != (change != nil) {
			t.Errorf("%s: %s with the change %v", name, got, change)
		}
	}
}

func TestTrendsTestWhatTheCountsWouldTest(t *testing.T) {
	before, after := measure.Balance{Positive: 40, Neutral: 40, Negative: 20},
		measure.Balance{Positive: 50, Neutral: 35, Negative: 15}
	want, err := after.Since(before)
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := measure.TrendOf([]measure.Point{nps(t, 40, 40, 20), nps(t, 50, 35, 15)}, 5)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, *got, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Errorf("(-from counts +from points):\n%s", diff)
	}
}

func TestTrendsRefuseImpossiblePoints(t *testing.T) {
	good := nps(t, 40, 40, 20)
	for name, spoil := range map[string]func(*measure.Point){
		"no number":             func(p *measure.Point) { p.Value = math.NaN() },
		"an infinite number":    func(p *measure.Point) { p.Value = math.Inf(-1) },
		"an NPS above 100":      func(p *measure.Point) { p.Value = 101 },
		"a negative deviation":  func(p *measure.Point) { p.SD = -1 },
		"an infinite deviation": func(p *measure.Point) { p.SD = math.Inf(1) },
		"a negative n":          func(p *measure.Point) { p.N = -1 },
	} {
		bad := good
		spoil(&bad)
		if _, _, err := measure.TrendOf([]measure.Point{good, bad}, 5); !errors.Is(err, measure.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
	for method, value := range map[measure.Method]float64{measure.MethodShare: -1, measure.MethodCSAT: 101, "Guess": 5} {
		bad := measure.Point{Value: value, N: 100, Method: method}
		if _, _, err := measure.TrendOf([]measure.Point{bad, bad}, 5); !errors.Is(err, measure.ErrInvalid) {
			t.Errorf("%s %g: got %v, want ErrInvalid", method, value, err)
		}
	}
}
