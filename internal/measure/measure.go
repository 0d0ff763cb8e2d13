// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package measure turns counts of answers into scores that never come without their sample size and, where the
// counts allow it, a 95 % interval; and it tells a change from chance.
//
// Units are those that people read: NPS and net effort in points from -100 to 100, shares in percent from 0 to 100,
// means in points of their own scale.
//
// Sources: B. Rocks, Interval Estimation for the "Net Promoter Score", The American Statistician 70 (2016); J. Sauro
// and J. Lewis, Quantifying the User Experience; E. Wilson, JASA 22 (1927); A. Agresti and B. Caffo, The American
// Statistician 54 (2000); B. Welch, Biometrika 34 (1947); S. Holm, Scandinavian Journal of Statistics 6 (1979).
package measure

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

var (
	// ErrNoData means that there is no answer to compute from. A missing score is unknown, never zero.
	ErrNoData = errors.New("no answers")
	// ErrInvalid means that the counts cannot be right; the message says what to correct.
	ErrInvalid = errors.New("invalid counts")
	// ErrUntestable means that a change cannot be told from chance with these samples.
	ErrUntestable = errors.New("the change cannot be tested")
)

// maxCount keeps every sum of counts exact, in int64 and in float64.
const maxCount = int64(1e12)

// z is the two-sided 95 % quantile of the normal distribution, 1.959964.
var z = distuv.UnitNormal.Quantile(0.975)

// Interval is a 95 % interval, in the unit of its score.
type Interval struct{ Low, High float64 }

// Margin is half the width.
func (i Interval) Margin() float64 { return (i.High - i.Low) / 2 }

// Estimate is a score with what it rests on.
type Estimate struct {
	Value float64
	// N is the number of answers.
	N int64
	// SD is the standard deviation of one answer in the unit of Value; NaN when N is too small to know it.
	SD float64
	// Interval is nil when the answers are too few to have one.
	Interval *Interval
}

// Sample is a set of answers that a score can be computed from: Balance, Share or Mean.
type Sample interface {
	// Estimate computes the score. population is how many were eligible when all of them were asked, and 0 when that
	// is not so or not known. ErrNoData without answers; ErrInvalid when the counts cannot be right.
	Estimate(population int64) (Estimate, error)
}

// finite shrinks an interval towards the score by √((N−n)/(N−1)), the finite population correction: what is left to
// guess is only the people who did not answer. Both ends move towards the score, not only the margin, because the
// adjusted intervals are not centred on it: without that, an interval over everybody would exclude the very score it
// counted. The result is kept within [low, high], the ends of the scale.
func finite(i Interval, score float64, n, population int64, low, high float64) *Interval {
	f := 1.0
	switch {
	case population == n && n > 0:
		f = 0
	case population > 0:
		f = math.Sqrt(float64(population-n) / float64(population-1))
	}
	bounded := func(v float64) float64 { return min(max(v, low), high) }
	// With very few answers an adjusted interval can miss the score itself; it is widened to show it.
	return &Interval{
		Low:  min(bounded(score+f*(i.Low-score)), score),
		High: max(bounded(score+f*(i.High-score)), score),
	}
}

func checkCounts(what string, counts ...int64) error {
	for _, count := range counts {
		if count < 0 {
			return fmt.Errorf("%w: %s has the negative count %d; enter numbers of answers", ErrInvalid, what, count)
		}
		if count > maxCount {
			return fmt.Errorf("%w: %s has the count %d, more than there are people; enter numbers of answers",
				ErrInvalid, what, count)
		}
	}
	return nil
}

// checkPopulation refuses more answers than people, and no answers.
func checkPopulation(n, population int64) error {
	switch {
	case n == 0:
		return ErrNoData
	case population < 0 || population > maxCount:
		return fmt.Errorf("%w: the population is %d; leave it out, or enter how many people were asked", ErrInvalid,
			population)
	case population > 0 && n > population:
		return fmt.Errorf("%w: %d answers from a population of %d; correct one of them", ErrInvalid, n, population)
	}
	return nil
}

func checkNumber(what string, v float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("%w: %s is not a finite number; leave the whole sample out when it is unknown", ErrInvalid, what)
	}
	return nil
}
