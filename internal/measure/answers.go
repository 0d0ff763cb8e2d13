// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// Answers says how many people gave each answer of a scale of whole numbers.
type Answers map[int]int64

// check refuses negative counts, and answers outside min to max; what names the method in the message.
func (a Answers) check(what string, lowest, highest int) error {
	for _, answer := range slices.Sorted(maps.Keys(a)) {
		if err := checkCounts(fmt.Sprintf("the answer %d", answer), a[answer]); err != nil {
			return err
		}
		if answer < lowest || answer > highest {
			return fmt.Errorf("%w: %s is asked on %d to %d, but there is the answer %d; choose the method for the scale that "+
				"was asked", ErrInvalid, what, lowest, highest, answer)
		}
	}
	return nil
}

// between counts the answers from first to last.
func (a Answers) between(first, last int) (n int64) {
	for answer, count := range a {
		if answer >= first && answer <= last {
			n += count
		}
	}
	return n
}

// NPS sorts answers from 0 to 10 into promoters (9, 10), passives (7, 8) and detractors (0 to 6). A scale from 1 to
// 10 gives another number and is not NPS; it looks the same here, so the caller checks the question.
func NPS(answers Answers) (Balance, error) {
	if err := answers.check("NPS", 0, 10); err != nil {
		return Balance{}, err
	}
	return Balance{answers.between(9, 10), answers.between(7, 8), answers.between(0, 6)}, nil
}

// CSAT counts the answers in the top boxes, topFrom and higher, on a scale from lowest to highest; usually 4 and 5 of
// 5 points.
func CSAT(answers Answers, lowest, highest, topFrom int) (Share, error) {
	if lowest >= highest || topFrom <= lowest || topFrom > highest {
		return Share{}, fmt.Errorf("%w: top boxes from %d on a scale from %d to %d; the top boxes are a part of the scale",
			ErrInvalid, topFrom, lowest, highest)
	}
	if err := answers.check("this CSAT", lowest, highest); err != nil {
		return Share{}, err
	}
	return Share{answers.between(topFrom, highest), answers.between(lowest, highest)}, nil
}

// CESMean is customer effort as the mean of the answers from lowest to highest. Vendors mean different things by CES,
// and the three methods give numbers that do not compare.
func CESMean(answers Answers, lowest, highest int) (Mean, error) {
	return MeanOf(answers, lowest, highest)
}

// CESTopBox is customer effort as the share of 5 to 7 on a scale from 1 to 7.
func CESTopBox(answers Answers) (Share, error) {
	if err := answers.check("this CES", 1, 7); err != nil {
		return Share{}, err
	}
	return Share{answers.between(5, 7), answers.between(1, 7)}, nil
}

// CESNet is customer effort as easy (6, 7) less hard (1 to 3) on a scale from 1 to 7.
func CESNet(answers Answers) (Balance, error) {
	if err := answers.check("this CES", 1, 7); err != nil {
		return Balance{}, err
	}
	return Balance{answers.between(6, 7), answers.between(4, 5), answers.between(1, 3)}, nil
}

// MeanOf computes mean and sample standard deviation of answers on a scale from lowest to highest.
func MeanOf(answers Answers, lowest, highest int) (Mean, error) {
	if lowest >= highest {
		return Mean{}, fmt.Errorf("%w: the scale goes from %d to %d; the first must be less", ErrInvalid, lowest, highest)
	}
	if err := answers.check("this mean", lowest, highest); err != nil {
		return Mean{}, err
	}
	m := Mean{N: answers.between(lowest, highest), Scale: &Scale{float64(lowest), float64(highest)}}
	if m.N == 0 {
		return m, nil
	}
	// In the order of the scale, so that equal answers give equal bits.
	points := slices.Sorted(maps.Keys(answers))
	for _, answer := range points {
		m.Mean += float64(answer) * float64(answers[answer]) / float64(m.N)
	}
	m.Mean = min(max(m.Mean, m.Scale.Min), m.Scale.Max) // rounding must not leave the scale
	if m.N == 1 {
		return m, nil
	}
	squares := 0.0
	for _, answer := range points {
		off := float64(answer) - m.Mean
		squares += off * off * float64(answers[answer])
	}
	m.SD = math.Sqrt(squares / float64(m.N-1))
	return m, nil
}
