// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"math"
)

// NPSSampleSize is how many answers give an NPS a margin of the given number of points: n = var·z²/m² − 3, and for a
// finite population n/(1+(n−1)/N), each rounded up. variance is that of one answer, WorstCaseVariance unless more is
// known; population 0 means that it is not known. The answer is at least 1 and at most the population.
func NPSSampleSize(margin, variance float64, population int64) (int64, error) {
	switch {
	case !(margin > 0 && margin <= 100):
		return 0, fmt.Errorf("%w: a margin of %g points; choose one above 0 and up to 100", ErrInvalid, margin)
	case !(variance > 0 && variance <= 1):
		return 0, fmt.Errorf("%w: a variance of %g; choose one above 0 and up to 1", ErrInvalid, variance)
	case population < 0 || population > maxCount:
		return 0, fmt.Errorf("%w: a population of %d; enter how many people can be asked, or 0 when it is not known",
			ErrInvalid, population)
	}
	m := margin / 100
	n := max(1, math.Ceil(variance*z*z/(m*m)-3))
	if n > float64(maxCount) {
		return 0, fmt.Errorf("%w: a margin of %g points takes more answers than there are people; choose a wider one",
			ErrInvalid, margin)
	}
	if population > 0 {
		n = math.Ceil(n / (1 + (n-1)/float64(population)))
	}
	return int64(n), nil
}

// Denominator says what a response rate is a share of. A rate without it means nothing.
type Denominator string

// The denominators. Accepted is what a mail server took; nobody knows what was delivered.
const (
	OfInvited  Denominator = "invited"
	OfAccepted Denominator = "accepted"
)

// Rate is a response rate: everybody counted, so it has no interval.
type Rate struct {
	Complete, Out int64
	Of            Denominator
}

// ResponseRate is complete answers per person asked. ErrNoData when nobody was asked; ErrInvalid when more answered
// than were asked, or without a denominator.
func ResponseRate(complete, out int64, of Denominator) (Rate, error) {
	if err := checkCounts("the response rate", complete, out); err != nil {
		return Rate{}, err
	}
	switch {
	case of != OfInvited && of != OfAccepted:
		return Rate{}, fmt.Errorf("%w: %q is no denominator; say whether it is a share of those invited or accepted",
			ErrInvalid, of)
	case complete > out:
		return Rate{}, fmt.Errorf("%w: %d complete answers from %d %s; count one answer per person", ErrInvalid, complete, out,
			of)
	case out == 0:
		return Rate{}, ErrNoData
	}
	return Rate{complete, out, of}, nil
}

// Percent is from 0 to 100.
func (r Rate) Percent() float64 { return 100 * float64(r.Complete) / float64(r.Out) }

// String names the denominator, as in "40 of 100 invited (40 %)".
func (r Rate) String() string {
	return fmt.Sprintf("%d of %d %s (%.0f %%)", r.Complete, r.Out, r.Of, r.Percent())
}

// ComparableRates is false when the lower rate is less than half the higher, or when they are shares of different
// things: then other people may have answered, and the scores of the two waves may not compare.
func ComparableRates(a, b Rate) bool {
	low, high := min(a.Percent(), b.Percent()), max(a.Percent(), b.Percent())
	return a.Of == b.Of && 2*low >= high
}
