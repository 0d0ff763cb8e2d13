// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Alpha is the risk of taking chance for a change: 5 %.
const Alpha = 0.05

// Change is a two-sided test of the difference between two independent samples. It takes no finite population
// correction: the question is whether opinion has moved, and the people who answer are not the same ones each time.
type Change struct {
	// Difference is after less before, in the unit of the score.
	Difference float64
	// Statistic is z, or t when DF is set.
	Statistic float64
	// DF are the degrees of freedom of t; 0 for z.
	DF float64
	// P is how often chance alone would move the score at least as far.
	P float64
}

// Significant says whether the change is more than chance.
func (c Change) Significant() bool { return c.P < Alpha }

// Since tests the change from before to b: z = (NPS'₂−NPS'₁)/√(var'₁/n'₁+var'₂/n'₂) on the adjusted values of
// Estimate (Rocks 2016).
func (b Balance) Since(before Balance) (Change, error) {
	for _, sample := range []Balance{before, b} {
		if _, err := sample.Estimate(0); err != nil {
			return Change{}, err
		}
	}
	return netChange(before.summary(), b.summary()), nil
}

// Since tests the change from before to s: the two-proportion z with one more answer of each kind in both samples
// (Agresti and Caffo 2000), z = (p'₂−p'₁)/√(p'₁q'₁/n'₁+p'₂q'₂/n'₂), p' = (x+1)/(n+2), n' = n+2.
func (s Share) Since(before Share) (Change, error) {
	for _, sample := range []Share{before, s} {
		if _, err := sample.Estimate(0); err != nil {
			return Change{}, err
		}
	}
	return shareChange(before.summary(), s.summary()), nil
}

// Since tests the change from before to m with Welch's t (1947): t = (m₂−m₁)/√(s₁²/n₁+s₂²/n₂), with the degrees of
// freedom of Welch and Satterthwaite. ErrUntestable with fewer than two answers in a sample, and when no answer in
// either differs from the rest but the means do: then there is no spread to compare with.
func (m Mean) Since(before Mean) (Change, error) {
	for _, sample := range []Mean{before, m} {
		if _, err := sample.Estimate(0); err != nil {
			return Change{}, err
		}
	}
	return meanChange(before.summary(), m.summary())
}

// summary is a sample reduced to what the tests need: number, mean and deviation of one answer. For a balance and a
// share an answer counts -1, 0 or 1.
type summary struct{ n, mean, sd float64 }

func (b Balance) summary() summary {
	n := float64(b.N())
	net := float64(b.Positive-b.Negative) / n
	return summary{n, net, math.Sqrt(max(0, float64(b.Positive+b.Negative)/n-net*net))}
}

func (s Share) summary() summary {
	p := float64(s.Chosen) / float64(s.Total)
	return summary{float64(s.Total), p, math.Sqrt(p * (1 - p))}
}

func (m Mean) summary() summary { return summary{float64(m.N), m.Mean, m.SD} }

func netChange(before, after summary) Change {
	adjusted := func(s summary) (float64, float64) { return adjustedNet(s.n, s.mean, s.sd*s.sd+s.mean*s.mean) }
	return zChange(before, after, adjusted)
}

func shareChange(before, after summary) Change {
	adjusted := func(s summary) (float64, float64) {
		n := s.n + 2
		p := (s.mean*s.n + 1) / n
		return p, p * (1 - p) / n
	}
	return zChange(before, after, adjusted)
}

// zChange compares the adjusted centres, with the difference of the raw scores in hundredths.
func zChange(before, after summary, adjusted func(summary) (centre, variance float64)) Change {
	from, fromVariance := adjusted(before)
	to, toVariance := adjusted(after)
	statistic := (to - from) / math.Sqrt(fromVariance+toVariance)
	return Change{
		Difference: 100 * (after.mean - before.mean), Statistic: statistic,
		P: 2 * distuv.UnitNormal.Survival(math.Abs(statistic)),
	}
}

func meanChange(before, after summary) (Change, error) {
	if before.n < 2 || after.n < 2 {
		return Change{}, fmt.Errorf("%w: a mean of fewer than two answers has no spread; collect more answers", ErrUntestable)
	}
	from, to := before.sd*before.sd/before.n, after.sd*after.sd/after.n
	change := Change{Difference: after.mean - before.mean, P: 1}
	if from+to == 0 {
		if change.Difference != 0 {
			return Change{}, fmt.Errorf("%w: all answers are equal in both samples; collect more answers", ErrUntestable)
		}
		return change, nil
	}
	change.Statistic = change.Difference / math.Sqrt(from+to)
	change.DF = (from + to) * (from + to) / (from*from/(before.n-1) + to*to/(after.n-1))
	change.P = 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: change.DF}.Survival(math.Abs(change.Statistic))
	return change, nil
}

// Holm adjusts the p-values of several comparisons made at once, so that the risk of even one false alarm stays at
// 5 % (Holm 1979): sorted upwards, the i-th of m is multiplied by m−i and raised to the one before, at most 1. The
// answer is in the order of ps. ErrInvalid when one is not a probability.
func Holm(ps []float64) ([]float64, error) {
	order := make([]int, len(ps))
	for i, p := range ps {
		if !(p >= 0 && p <= 1) {
			return nil, fmt.Errorf("%w: %g is not a probability from 0 to 1", ErrInvalid, p)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case ps[a] < ps[b]:
			return -1
		case ps[a] > ps[b]:
			return 1
		}
		return 0
	})
	adjusted := make([]float64, len(ps))
	floor := 0.0
	for rank, i := range order {
		floor = max(floor, min(1, ps[i]*float64(len(ps)-rank)))
		adjusted[i] = floor
	}
	return adjusted, nil
}
