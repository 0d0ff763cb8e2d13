// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// counted makes a KPI of the method with these counts.
func counted(method cxv1.KPIMethod, counts cxv1.Counts, changes ...func(*cxv1.KPI)) *cxv1.KPI {
	return build.KPI("number", append([]func(*cxv1.KPI){func(k *cxv1.KPI) {
		k.Spec.Method = method
		k.Spec.Source.Manual = &cxv1.ManualSource{AsOf: build.At(-time.Hour), Counts: &counts}
	}}, changes...)...)
}

func nps(promoters, passives, detractors int64) cxv1.Counts {
	return cxv1.Counts{Promoters: &promoters, Passives: &passives, Detractors: &detractors}
}

func share(chosen, total int64) cxv1.Counts { return cxv1.Counts{Chosen: &chosen, Total: &total} }

func mean(mean, sd cxv1.Decimal, total int64) cxv1.Counts {
	return cxv1.Counts{Mean: mean, StandardDeviation: sd, Total: &total}
}

// answers counts how many people gave the answers first, first+1, ...
func answers(first int32, counts ...int64) cxv1.Counts {
	var c cxv1.Counts
	for i, n := range counts {
		c.Answers = append(c.Answers, cxv1.AnswerCount{Answer: first + int32(i), Count: n})
	}
	return c
}

func scaled(least, most int32) func(*cxv1.KPI) {
	return func(k *cxv1.KPI) { k.Spec.Scale = &cxv1.Scale{Min: least, Max: most} }
}

func population(n int64) func(*cxv1.KPI) {
	return func(k *cxv1.KPI) { k.Spec.Source.Manual.Population = &n }
}

func TestANumberComesWithItsIntervalAndSampleSize(t *testing.T) {
	effort := answers(1, 4, 6, 11, 19, 38, 52, 30)
	for name, tc := range map[string]struct {
		kpi                    *cxv1.KPI
		value, low, high, note string
		n                      int64
	}{
		"NPS of a hundred":                     {counted(cxv1.MethodNPS, nps(40, 40, 20)), "20", "4.97", "33.86", "", 100},
		"NPS of ten":                           {counted(cxv1.MethodNPS, nps(5, 3, 2)), "30", "-19.05", "65.2", "", 10},
		"NPS of a thousand":                    {counted(cxv1.MethodNPS, nps(500, 300, 200)), "30", "25.08", "34.74", "", 1000},
		"NPS of promoters alone":               {counted(cxv1.MethodNPS, nps(10, 0, 0)), "100", "47.5", "100", "", 10},
		"NPS of another hundred":               {counted(cxv1.MethodNPS, nps(60, 25, 15)), "45", "29.34", "58.04", "", 100},
		"NPS of 40 of all 45 clients":          {counted(cxv1.MethodNPS, nps(20, 12, 8), population(45)), "30", "21.44", "37.15", "", 40},
		"NPS from answers":                     {counted(cxv1.MethodNPS, answers(0, 2, 0, 3, 0, 5, 0, 10, 20, 20, 25, 15)), "20", "4.97", "33.86", "", 100},
		"a share of a hundred":                 {counted(cxv1.MethodShare, share(80, 100)), "80", "71.12", "86.66", "", 100},
		"a share of ten":                       {counted(cxv1.MethodShare, share(8, 10)), "80", "49.02", "94.33", "", 10},
		"a share of all of ten":                {counted(cxv1.MethodShare, share(10, 10)), "100", "72.25", "100", "", 10},
		"a share of none of ten":               {counted(cxv1.MethodShare, share(0, 10)), "0", "0", "27.75", "", 10},
		"a share of five hundred":              {counted(cxv1.MethodShare, share(420, 500)), "84", "80.53", "86.95", "", 500},
		"CSAT":                                 {counted(cxv1.MethodCSAT, share(80, 100), scaled(1, 5)), "80", "71.12", "86.66", "", 100},
		"CSAT from answers counts the top two": {counted(cxv1.MethodCSAT, answers(1, 1, 1, 0, 3, 5), scaled(1, 5)), "80", "49.02", "94.33", "", 10},
		"CSAT from answers counts from topFrom": {counted(cxv1.MethodCSAT, answers(1, 1, 1, 3, 3, 2), scaled(1, 5), func(k *cxv1.KPI) { k.Spec.Scale.TopFrom = new(int32(3)) }),
			"80", "49.02", "94.33", "", 10},
		"effort as a top box":            {counted(cxv1.MethodCESTopBox, effort, scaled(1, 7)), "75", "67.76", "81.07", "", 160},
		"effort as a top box by hand":    {counted(cxv1.MethodCESTopBox, share(120, 160), scaled(1, 7)), "75", "67.76", "81.07", "", 160},
		"effort as easy less hard":       {counted(cxv1.MethodCESNet, effort, scaled(1, 7)), "38.12", "26.56", "48.29", "", 160},
		"effort as a mean":               {counted(cxv1.MethodCESMean, mean("5.2", "1.1", 10), scaled(1, 7)), "5.2", "4.41", "5.99", "", 10},
		"effort as a mean of 10 of 16":   {counted(cxv1.MethodCESMean, mean("5.2", "1.1", 10), scaled(1, 7), population(16)), "5.2", "4.7", "5.7", "", 10},
		"a mean of minutes":              {counted(cxv1.MethodMean, mean("4.6", "2.9", 310)), "4.6", "4.28", "4.92", "", 310},
		"a mean from answers":            {counted(cxv1.MethodMean, answers(1, 0, 0, 5, 5), scaled(1, 5)), "3.5", "3.12", "3.88", "", 10},
		"counts whose sum is given too":  {counted(cxv1.MethodNPS, nps(40, 40, 20), func(k *cxv1.KPI) { k.Spec.Source.Manual.SampleSize = new(int64(100)) }), "20", "4.97", "33.86", "", 100},
		"a bare figure has no interval":  {build.KPI("number"), "42", "", "", "", 0},
		"a bare figure in its own words": {bare(cxv1.MethodValue, "042.50"), "42.5", "", "", "", 0},
		"a bare figure of so many cases": {bare(cxv1.MethodValue, "42", func(k *cxv1.KPI) { k.Spec.Source.Manual.SampleSize = new(int64(7)) }), "42", "", "", "", 7},
		"a bare NPS at the end":          {bare(cxv1.MethodNPS, "-100"), "-100", "", "", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := program.PointOf(tc.kpi, build.Monday)
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf("%s [%s, %s] n=%d", p.Value, p.Low, p.High, p.N)
			if want := fmt.Sprintf("%s [%s, %s] n=%d", tc.value, tc.low, tc.high, tc.n); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if p, err = p.Normalized(); err != nil {
				t.Errorf("the store refuses the point: %v", err)
			}
			if !p.AsOf.Equal(tc.kpi.Spec.Source.Manual.AsOf.Time) || p.KPI != "number" || p.Method != string(tc.kpi.Spec.Method) {
				t.Errorf("the point is about something else: %+v", p)
			}
		})
	}
}

// bare makes a KPI of the method with a bare figure.
func bare(method cxv1.KPIMethod, value cxv1.Decimal, changes ...func(*cxv1.KPI)) *cxv1.KPI {
	return build.KPI("number", append([]func(*cxv1.KPI){func(k *cxv1.KPI) {
		k.Spec.Method = method
		k.Spec.Source.Manual.Value = value
	}}, changes...)...)
}

func TestMistakesInANumberSayWhatToDo(t *testing.T) {
	counts, spec := cxv1.ReasonCountsInconsistent, cxv1.ReasonInvalidSpec
	for name, tc := range map[string]struct {
		kpi    *cxv1.KPI
		reason string
		want   string // what the message must say
	}{
		"a part of the NPS counts":           {counted(cxv1.MethodNPS, cxv1.Counts{Promoters: new(int64(3)), Detractors: new(int64(1))}), counts, "NPS needs promoters, passives, detractors, all of them, or answers: passives is missing"},
		"counts of nothing":                  {counted(cxv1.MethodNPS, cxv1.Counts{}), counts, "promoters is missing"},
		"chosen without total":               {counted(cxv1.MethodShare, cxv1.Counts{Chosen: new(int64(3))}), counts, "total is missing"},
		"more chosen than total":             {counted(cxv1.MethodCSAT, share(9, 8), scaled(1, 5)), counts, "chosen is 9 of a total of 8: correct one of them"},
		"a mean without its spread":          {counted(cxv1.MethodMean, cxv1.Counts{Mean: "4", Total: new(int64(9))}), counts, "standardDeviation is missing"},
		"a mean outside its scale":           {counted(cxv1.MethodCESMean, mean("8", "1", 9), scaled(1, 7)), counts, "outside the scale"},
		"a spread that cannot be":            {counted(cxv1.MethodCESMean, mean("4", "5", 9), scaled(1, 7)), counts, "standard deviation is at most"},
		"a negative spread":                  {counted(cxv1.MethodMean, mean("4", "-1", 9)), counts, "negative"},
		"counts of another method":           {counted(cxv1.MethodNPS, cxv1.Counts{Promoters: new(int64(5)), Passives: new(int64(3)), Detractors: new(int64(2)), Total: new(int64(11))}), counts, "NPS is computed from promoters, passives, detractors alone: remove total"},
		"answers and a sum":                  {counted(cxv1.MethodCSAT, func() cxv1.Counts { c := answers(1, 2, 3); c.Total = new(int64(5)); return c }(), scaled(1, 5)), counts, "CSAT is computed from answers alone: remove total"},
		"answers and a spread":               {counted(cxv1.MethodMean, func() cxv1.Counts { c := answers(1, 2, 3); c.StandardDeviation = "1"; return c }(), scaled(1, 5)), counts, "remove standardDeviation"},
		"nobody answered":                    {counted(cxv1.MethodNPS, nps(0, 0, 0)), counts, "all counts are zero: enter the answers, or leave the KPI out"},
		"a share of nobody":                  {counted(cxv1.MethodShare, share(0, 0)), counts, "all counts are zero"},
		"n is not the sum":                   {counted(cxv1.MethodNPS, nps(5, 3, 2), func(k *cxv1.KPI) { k.Spec.Source.Manual.SampleSize = new(int64(11)) }), counts, "sampleSize is 11, but the counts add up to 10: correct one of them"},
		"more answers than people":           {counted(cxv1.MethodNPS, nps(5, 3, 2), population(9)), counts, "10 answers from a population of 9; correct one of them"},
		"an answer off the scale":            {counted(cxv1.MethodCSAT, answers(1, 1, 1, 1, 1, 1, 1), scaled(1, 5)), counts, "there is the answer 6"},
		"an answer off the NPS scale":        {counted(cxv1.MethodNPS, answers(11, 1)), counts, "asked on 0 to 10"},
		"easy less hard without answers":     {counted(cxv1.MethodCESNet, share(1, 2), scaled(1, 7)), counts, "CESNet needs answers"},
		"a share from answers":               {counted(cxv1.MethodShare, answers(0, 1, 2)), counts, "set chosen and total, or choose another method"},
		"a bare value from counts":           {counted(cxv1.MethodValue, share(1, 2)), counts, "set value instead of counts"},
		"answers without a scale":            {counted(cxv1.MethodMean, answers(1, 1, 2)), spec, "spec.scale is missing"},
		"an NPS that cannot be":              {bare(cxv1.MethodNPS, "250"), spec, "NPS lies between -100 and 100: correct the value or the method"},
		"a net effort that cannot be":        {bare(cxv1.MethodCESNet, "-101", scaled(1, 7)), spec, "between -100 and 100"},
		"more than all":                      {bare(cxv1.MethodCSAT, "100.5", scaled(1, 5)), spec, "between 0 and 100"},
		"less than none":                     {bare(cxv1.MethodShare, "-1"), spec, "between 0 and 100"},
		"a mean that is off the scale":       {bare(cxv1.MethodCESMean, "7.5", scaled(1, 7)), spec, "between 1 and 7"},
		"a value that rests on nothing":      {bare(cxv1.MethodValue, "3", func(k *cxv1.KPI) { k.Spec.Source.Manual.SampleSize = new(int64(0)) }), counts, "leave sampleSize out"},
		"a value that is no number":          {bare(cxv1.MethodValue, "many"), spec, "spec.source.manual.value"},
		"a time that is still to come":       {build.KPI("number", asOf(6*time.Minute)), spec, "still to come"},
		"a time before there were computers": {build.KPI("number", func(k *cxv1.KPI) { k.Spec.Source.Manual.AsOf = metav1.Time{} }), spec, "before 1970"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := program.PointOf(tc.kpi, build.Monday)
			var mistake *program.KPIError
			if !errors.As(err, &mistake) {
				t.Fatalf("got error %v", err)
			}
			if mistake.Reason != tc.reason || !strings.Contains(mistake.Message, tc.want) {
				t.Errorf("got %s: %s\nwant %s: ...%s...", mistake.Reason, mistake.Message, tc.reason, tc.want)
			}
			if !strings.HasPrefix(mistake.Message, "spec.") {
				t.Errorf("the message does not begin with the field: %s", mistake.Message)
			}
		})
	}
}

func asOf(after time.Duration) func(*cxv1.KPI) {
	return func(k *cxv1.KPI) { k.Spec.Source.Manual.AsOf = build.At(after) }
}

func TestClocksMayDifferByMinutes(t *testing.T) {
	if _, err := program.PointOf(build.KPI("number", asOf(5*time.Minute)), build.Monday); err != nil {
		t.Errorf("a clock that is five minutes ahead: %v", err)
	}
}

func TestATimeIsKeptAsStatusShowsIt(t *testing.T) {
	p, err := program.PointOf(build.KPI("number", asOf(-1500*time.Millisecond)), build.Monday)
	if err != nil || p.AsOf != build.Monday.Add(-2*time.Second) {
		t.Errorf("a point of %s, error %v", p.AsOf, err)
	}
}

// Whatever people enter, the result is either a point that the store takes, with its value inside its interval and its n,
// or a mistake with a message.
func TestCountsGiveAPointOrAMistake(t *testing.T) {
	methods := []cxv1.KPIMethod{
		cxv1.MethodNPS, cxv1.MethodCSAT, cxv1.MethodCESMean, cxv1.MethodCESTopBox, cxv1.MethodCESNet, cxv1.MethodShare,
		cxv1.MethodMean, cxv1.MethodValue,
	}
	rapid.Check(t, func(t *rapid.T) {
		maybe := func(name string) *int64 {
			return rapid.Ptr(rapid.Int64Range(0, 40), true).Draw(t, name)
		}
		counts := cxv1.Counts{
			Promoters: maybe("promoters"), Passives: maybe("passives"), Detractors: maybe("detractors"),
			Chosen: maybe("chosen"), Total: maybe("total"),
			Mean:              rapid.SampledFrom([]cxv1.Decimal{"", "4", "3.25", "-7"}).Draw(t, "mean"),
			StandardDeviation: rapid.SampledFrom([]cxv1.Decimal{"", "0", "1.5"}).Draw(t, "sd"),
		}
		if rapid.Bool().Draw(t, "answers alone") {
			counts = answers(rapid.Int32Range(0, 3).Draw(t, "first"), rapid.SliceOfN(rapid.Int64Range(0, 20), 1, 9).Draw(t, "answers")...)
		}
		kpi := counted(rapid.SampledFrom(methods).Draw(t, "method"), counts)
		if rapid.Bool().Draw(t, "scale") {
			kpi.Spec.Scale = &cxv1.Scale{Min: rapid.Int32Range(0, 1).Draw(t, "min"), Max: rapid.Int32Range(2, 10).Draw(t, "max")}
		}
		kpi.Spec.Source.Manual.Population = rapid.Ptr(rapid.Int64Range(1, 200), true).Draw(t, "population")
		p, err := program.PointOf(kpi, build.Monday)
		if err != nil {
			var mistake *program.KPIError
			if !errors.As(err, &mistake) || mistake.Reason == "" || mistake.Message == "" {
				t.Fatalf("got error %v", err)
			}
			return
		}
		if p, err = p.Normalized(); err != nil || p.N == 0 {
			t.Fatalf("the point %+v, error %v", p, err)
		}
		if p.Low == "" {
			return // one answer has no spread
		}
		value, low, high := number(t, p.Value), number(t, p.Low), number(t, p.High)
		if low > value+0.005 || high < value-0.005 {
			t.Fatalf("%v lies outside of %v to %v", value, low, high)
		}
	})
}

func number(t interface{ Fatalf(string, ...any) }, s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) {
		t.Fatalf("%q is no number", s)
	}
	return v
}

func TestOnlyWhatIsMeasuredInTheSameWayIsCompared(t *testing.T) {
	csat := func(changes ...func(*cxv1.KPI)) *cxv1.KPI {
		return counted(cxv1.MethodCSAT, share(8, 10), append([]func(*cxv1.KPI){scaled(1, 5)}, changes...)...)
	}
	unit := func(unit string) func(*cxv1.KPI) { return func(k *cxv1.KPI) { k.Spec.Unit = unit } }
	top := func(from int32) func(*cxv1.KPI) { return func(k *cxv1.KPI) { k.Spec.Scale.TopFrom = &from } }
	for name, tc := range map[string]struct {
		one, other *cxv1.KPI
		same       bool
	}{
		"NPS with and without its scale":       {counted(cxv1.MethodNPS, nps(5, 3, 2)), counted(cxv1.MethodNPS, nps(5, 3, 2), scaled(0, 10)), true},
		"CSAT of 5 and of 7 points":            {csat(), csat(scaled(1, 7)), false},
		"CSAT with the usual top boxes named":  {csat(), csat(top(4)), true},
		"CSAT with other top boxes":            {csat(), csat(top(5)), false},
		"a mean of another scale":              {counted(cxv1.MethodMean, mean("4", "1", 9), scaled(1, 5)), counted(cxv1.MethodMean, mean("4", "1", 9), scaled(1, 7)), false},
		"a mean whose top boxes were named":    {counted(cxv1.MethodMean, mean("4", "1", 9), scaled(1, 5)), counted(cxv1.MethodMean, mean("4", "1", 9), scaled(1, 5), top(4)), true},
		"minutes and hours":                    {build.KPI("number", unit("min")), build.KPI("number", unit("h")), false},
		"a share with and without its percent": {counted(cxv1.MethodShare, share(8, 10)), counted(cxv1.MethodShare, share(8, 10), unit("%")), true},
	} {
		t.Run(name, func(t *testing.T) {
			one, err := program.PointOf(tc.one, build.Monday)
			if err != nil {
				t.Fatal(err)
			}
			other, err := program.PointOf(tc.other, build.Monday)
			if err != nil {
				t.Fatal(err)
			}
			if same := one.ScaleHash == other.ScaleHash; same != tc.same {
				t.Errorf("%q and %q", one.ScaleHash, other.ScaleHash)
			}
		})
	}
}

// Equal specs make equal points, whenever they are computed: otherwise history would grow with every look.
func TestTheSameSpecIsTheSamePoint(t *testing.T) {
	kpi := counted(cxv1.MethodNPS, nps(40, 40, 20))
	one, err := program.PointOf(kpi, build.Monday)
	if err != nil {
		t.Fatal(err)
	}
	later, err := program.PointOf(kpi.DeepCopy(), build.Monday.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if !store.SamePoint(one, later) {
		t.Errorf("the points differ:\n%s", cmp.Diff(one, later))
	}
}
