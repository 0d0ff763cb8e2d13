// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Scale has the lowest and highest possible answer.
type Scale struct{ Min, Max float64 }

// Mean summarizes numeric answers.
type Mean struct {
	Mean float64
	// SD is the sample standard deviation, with n−1 in the denominator; 0 for a single answer.
	SD float64
	N  int64
	// Scale is nil for a quantity without ends, such as minutes.
	Scale *Scale
}

// Estimate returns the mean with the t interval, mean ± t(0.975, n−1)·sd/√n, kept within the scale. A single answer
// has no interval, unless it is the whole population.
func (m Mean) Estimate(population int64) (Estimate, error) {
	if err := m.check(); err != nil {
		return Estimate{}, err
	}
	if err := checkPopulation(m.N, population); err != nil {
		return Estimate{}, err
	}
	estimate := Estimate{Value: m.Mean, N: m.N, SD: m.SD}
	low, high := math.Inf(-1), math.Inf(1)
	if m.Scale != nil {
		low, high = m.Scale.Min, m.Scale.Max
	}
	margin := 0.0
	if m.N > 1 {
		n := float64(m.N)
		margin = distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975) * m.SD / math.Sqrt(n)
	} else {
		estimate.SD = math.NaN()
	}
	if m.N > 1 || population == 1 {
		estimate.Interval = finite(Interval{m.Mean - margin, m.Mean + margin}, m.Mean, m.N, population, low, high)
	}
	return estimate, nil
}

// rounding is how far a mean and deviation may lie outside what is possible, relative to the scale: people enter
// them rounded.
const rounding = 0.01

func (m Mean) check() error {
	if err := checkCounts("the mean", m.N); err != nil {
		return err
	}
	if err := checkNumber("the mean", m.Mean); err != nil {
		return err
	}
	if err := checkNumber("the standard deviation", m.SD); err != nil {
		return err
	}
	switch {
	case m.SD < 0:
		return fmt.Errorf("%w: the standard deviation %g is negative; enter the sample standard deviation", ErrInvalid, m.SD)
	case m.N == 1 && m.SD != 0:
		return fmt.Errorf("%w: one answer has no standard deviation, but %g is given; correct the number of answers",
			ErrInvalid, m.SD)
	case m.Scale != nil && m.N > 0:
		return m.checkScale()
	}
	return nil
}

// checkScale uses that no answers within [min, max] with this mean vary more than those that lie at the two ends:
// sd² ≤ (mean−min)·(max−mean)·n/(n−1).
func (m Mean) checkScale() error {
	s := *m.Scale
	if err := checkNumber("the scale", s.Min+s.Max); err != nil {
		return err
	}
	if s.Min >= s.Max {
		return fmt.Errorf("%w: the scale goes from %g to %g; the first must be less", ErrInvalid, s.Min, s.Max)
	}
	if m.Mean < s.Min || m.Mean > s.Max {
		return fmt.Errorf("%w: the mean %g lies outside the scale from %g to %g; correct one of them", ErrInvalid, m.Mean,
			s.Min, s.Max)
	}
	n := float64(m.N)
	most := math.Sqrt((m.Mean - s.Min) * (s.Max - m.Mean) * n / max(1, n-1))
	if m.SD > most+rounding*(s.Max-s.Min) {
		return fmt.Errorf("%w: with mean %g on a scale from %g to %g the standard deviation is at most %.4g, but %g is given",
			ErrInvalid, m.Mean, s.Min, s.Max, most, m.SD)
	}
	return nil
}
