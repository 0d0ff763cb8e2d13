// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package measure_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/cx-operator/cx-operator/internal/measure"
)

func drawBalance(t *rapid.T, label string) measure.Balance {
	count := rapid.Int64Range(0, 2000)
	b := measure.Balance{Positive: count.Draw(t, label+" positive"), Neutral: count.Draw(t, label+" neutral"),
		Negative: count.Draw(t, label+" negative")}
	if b.N() == 0 {
		b.Neutral = 1
	}
	return b
}

func drawShare(t *rapid.T, label string) measure.Share {
	total := rapid.Int64Range(1, 5000).Draw(t, label+" total")
	return measure.Share{Chosen: rapid.Int64Range(0, total).Draw(t, label+" chosen"), Total: total}
}

func drawMean(t *rapid.T, label string) measure.Mean {
	answers := measure.Answers{}
	for answer := 1; answer <= 7; answer++ {
		answers[answer] = rapid.Int64Range(0, 300).Draw(t, label+" answer")
	}
	answers[4] += 2
	m, err := measure.MeanOf(answers, 1, 7)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// drawSample draws one of the three kinds, with the ends of its unit.
func drawSample(t *rapid.T) (s measure.Sample, n int64, low, high float64) {
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		b := drawBalance(t, "sample")
		return b, b.N(), -100, 100
	case 1:
		s := drawShare(t, "sample")
		return s, s.Total, 0, 100
	}
	m := drawMean(t, "sample")
	return m, m.N, 1, 7
}

func get(t *rapid.T, s measure.Sample, population int64) measure.Estimate {
	e, err := s.Estimate(population)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestIntervalsHoldTheScoreAndStayOnTheScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _, low, high := drawSample(t)
		e := get(t, s, 0)
		if !(low <= e.Interval.Low && e.Interval.Low <= e.Value && e.Value <= e.Interval.High && e.Interval.High <= high) {
			t.Fatalf("%g within %v within %g to %g", e.Value, *e.Interval, low, high)
		}
	})
}

func TestAPopulationNeverWidensTheIntervalAndAllOfItClosesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, n, _, _ := drawSample(t)
		small := n + rapid.Int64Range(0, 5000).Draw(t, "more people")
		large := small + rapid.Int64Range(0, 5000).Draw(t, "still more people")
		open, wide, narrow := get(t, s, 0).Interval, get(t, s, large).Interval, get(t, s, small).Interval
		within := func(inner, outer *measure.Interval) bool {
			const rounding = 1e-9
			return inner.Low >= outer.Low-rounding && inner.High <= outer.High+rounding
		}
		if !within(narrow, wide) || !within(wide, open) {
			t.Fatalf("%v of %d, %v of %d, %v of all", *narrow, small, *wide, large, *open)
		}
		if all := get(t, s, n); all.Interval.Low != all.Value || all.Interval.High != all.Value {
			t.Fatalf("everybody answered: %g within %v", all.Value, *all.Interval)
		}
	})
}

func TestMoreOfTheSameAnswersNarrowTheInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.Int64Range(2, 50).Draw(t, "times")
		b, s, m := drawBalance(t, "NPS"), drawShare(t, "share"), drawMean(t, "mean")
		moreMean := m
		moreMean.N *= k
		for _, pair := range [][2]measure.Sample{
			{b, measure.Balance{Positive: k * b.Positive, Neutral: k * b.Neutral, Negative: k * b.Negative}},
			{s, measure.Share{Chosen: k * s.Chosen, Total: k * s.Total}},
			{m, moreMean},
		} {
			few, many := get(t, pair[0], 0), get(t, pair[1], 0)
			if math.Abs(few.Value-many.Value) > 1e-9 || many.Interval.Margin() > few.Interval.Margin() {
				t.Fatalf("%+v: ±%g, %d times: ±%g", pair[0], few.Interval.Margin(), k, many.Interval.Margin())
			}
		}
	})
}

func TestForAndAgainstAreMirrorImages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, s := drawBalance(t, "NPS"), drawShare(t, "share")
		population := rapid.SampledFrom([]int64{0, 7000}).Draw(t, "population")
		same := func(what string, a, b float64) {
			if math.Abs(a-b) > 1e-9 {
				t.Fatalf("%s: %g and %g", what, a, b)
			}
		}
		there, back := get(t, b, population), get(t, measure.Balance{Positive: b.Negative, Neutral: b.Neutral, Negative: b.Positive}, population)
		same("NPS", there.Value, -back.Value)
		same("low", there.Interval.Low, -back.Interval.High)
		same("high", there.Interval.High, -back.Interval.Low)
		chose, not := get(t, s, population), get(t, measure.Share{Chosen: s.Total - s.Chosen, Total: s.Total}, population)
		same("share", chose.Value, 100-not.Value)
		same("low", chose.Interval.Low, 100-not.Interval.High)
	})
}

func TestChangesAreMirrorImagesAndProbabilities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		check := func(there, back measure.Change, err error) {
			if err != nil {
				t.Fatal(err)
			}
			if there.Statistic != -back.Statistic || there.P != back.P || there.Difference != -back.Difference {
				t.Fatalf("there %+v, back %+v", there, back)
			}
			if !(there.P >= 0 && there.P <= 1) {
				t.Fatalf("p is %g", there.P)
			}
		}
		b1, b2 := drawBalance(t, "before"), drawBalance(t, "after")
		there, err1 := b2.Since(b1)
		back, err2 := b1.Since(b2)
		check(there, back, errors.Join(err1, err2))
		s1, s2 := drawShare(t, "before"), drawShare(t, "after")
		there, err1 = s2.Since(s1)
		back, err2 = s1.Since(s2)
		check(there, back, errors.Join(err1, err2))
		m1, m2 := drawMean(t, "before"), drawMean(t, "after")
		there, err1 = m2.Since(m1)
		back, err2 = m1.Since(m2)
		if errors.Is(err1, measure.ErrUntestable) {
			return
		}
		check(there, back, errors.Join(err1, err2))
	})
}

func TestScoresDoNotDependOnTheOrderOfCounting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := rapid.SliceOfN(rapid.IntRange(1, 7), 1, 60).Draw(t, "answers")
		count := func(answers []int) (measure.Answers, float64) {
			counts, sum := measure.Answers{}, 0.0
			for _, answer := range answers {
				counts[answer]++
				sum += float64(answer)
			}
			return counts, sum
		}
		first, sum := count(given)
		second, _ := count(rapid.Permutation(given).Draw(t, "shuffled"))
		one, err1 := measure.MeanOf(first, 1, 7)
		two, err2 := measure.MeanOf(second, 1, 7)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if one.Mean != two.Mean || one.SD != two.SD || one.N != two.N {
			t.Fatalf("%+v and %+v", one, two)
		}
		if math.Abs(one.Mean-sum/float64(len(given))) > 1e-9 {
			t.Fatalf("the mean is %g, not %g", one.Mean, sum/float64(len(given)))
		}
		net, err := measure.CESNet(first)
		if err != nil || net.N() != int64(len(given)) {
			t.Fatalf("%d answers counted as %+v, %v", len(given), net, err)
		}
	})
}

func TestASampleOfTheRecommendedSizeKeepsTheMargin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		margin := rapid.Float64Range(1, 60).Draw(t, "margin")
		population := rapid.SampledFrom([]int64{0, 0, 30, 200, 5000}).Draw(t, "population")
		n, err := measure.NPSSampleSize(margin, measure.WorstCaseVariance, population)
		if err != nil {
			t.Fatal(err)
		}
		worst := get(t, measure.Balance{Positive: n / 2, Negative: n - n/2}, population)
		if got := worst.Interval.Margin(); got > margin*(1+1e-9) {
			t.Fatalf("%d answers from %d give ±%g, not ±%g", n, population, got, margin)
		}
		if population > 0 && n > population {
			t.Fatalf("%d answers from %d people", n, population)
		}
	})
}

func TestHolmKeepsTheOrderAndNeverLowers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps := rapid.SliceOfN(rapid.Float64Range(0, 1), 0, 12).Draw(t, "p-values")
		adjusted, err := measure.Holm(ps)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range ps {
			if adjusted[i] < p || adjusted[i] > 1 || adjusted[i] > float64(len(ps))*p {
				t.Fatalf("%g of %d becomes %g", p, len(ps), adjusted[i])
			}
			for j, q := range ps {
				if p < q && adjusted[i] > adjusted[j] {
					t.Fatalf("%g < %g become %g > %g", p, q, adjusted[i], adjusted[j])
				}
			}
		}
	})
}

func TestDecimalsInTheirShortestForm(t *testing.T) {
	for _, test := range []struct {
		v      float64
		places int
		want   string
	}{
		{42.5, 6, "42.5"}, {42, 6, "42"}, {0, 6, "0"}, {-0.0000001, 6, "0"}, {math.Copysign(0, -1), 0, "0"}, {-0.5, 1, "-0.5"},
		{27.1111111, 1, "27.1"}, {100, 0, "100"}, {1234567890.5, 2, "1234567890.5"}, {0.000001, 6, "0.000001"},
		{999999999999, 0, "999999999999"}, {2.5, 0, "2"},
	} {
		if got, err := measure.FormatDecimal(test.v, test.places); err != nil || got != test.want {
			t.Errorf("%g with %d: got %q, %v, want %q", test.v, test.places, got, err, test.want)
		}
	}
	for text, want := range map[string]string{"042.50": "42.5", "-0": "0", "-0.000": "0", "7": "7", "-007.10": "-7.1",
		"123456789012.123456": "123456789012.123456", "0.10": "0.1"} {
		if got, err := measure.CanonicalDecimal(text); err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
	for _, bad := range []string{"", "-", "+1", "1.", ".5", "1e3", "NaN", " 1", "1 ", "1,5", "1.1234567", "1234567890123", "٣", "1\n"} {
		if _, err := measure.ParseDecimal(bad); !errors.Is(err, measure.ErrInvalid) {
			t.Errorf("ParseDecimal(%q): %v", bad, err)
		}
		if _, err := measure.CanonicalDecimal(bad); !errors.Is(err, measure.ErrInvalid) {
			t.Errorf("CanonicalDecimal(%q): %v", bad, err)
		}
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e12, -1e12, 999999999999.9999} {
		if got, err := measure.FormatDecimal(bad, 0); !errors.Is(err, measure.ErrInvalid) {
			t.Errorf("FormatDecimal(%g): %q, %v", bad, got, err)
		}
	}
	for _, places := range []int{-1, 7} {
		if _, err := measure.FormatDecimal(1, places); err == nil || !strings.Contains(err.Error(), "choose 0 to 6") {
			t.Errorf("%d places: %v", places, err)
		}
	}
}

func TestDecimalsSurviveReadingAndWriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{1,9}(\.[0-9]{1,6})?`).Draw(t, "decimal")
		v, err := measure.ParseDecimal(text)
		if err != nil {
			t.Fatal(err)
		}
		written, err := measure.FormatDecimal(v, measure.MaxPlaces)
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := measure.CanonicalDecimal(text)
		if err != nil || written != canonical {
			t.Fatalf("%q is read and written as %q, but is %q (%v)", text, written, canonical, err)
		}
	})
}

func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []string{"42.5", "-0", "1e9", "999999999999.999999", "--1", "1.", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := measure.ParseDecimal(text)
		if err != nil {
			return
		}
		canonical, err := measure.CanonicalDecimal(text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := measure.ParseDecimal(canonical)
		if err != nil || again != v || len(canonical) > len(text) {
			t.Fatalf("%q is %g, %q is %g, %v", text, v, canonical, again, err)
		}
	})
}
