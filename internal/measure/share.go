// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"math"
)

// Share counts the answers that chose something out of all answers.
type Share struct{ Chosen, Total int64 }

// Estimate computes 100·chosen/total in percent, with the Wilson interval (1927):
// (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n).
func (s Share) Estimate(population int64) (Estimate, error) {
	if err := s.check(); err != nil {
		return Estimate{}, err
	}
	if err := checkPopulation(s.Total, population); err != nil {
		return Estimate{}, err
	}
	n := float64(s.Total)
	p := float64(s.Chosen) / n
	low, high := Wilson(p, n)
	return Estimate{
		Value: 100 * p, N: s.Total, SD: 100 * math.Sqrt(p*(1-p)),
		Interval: finite(Interval{100 * low, 100 * high}, 100*p, s.Total, population, 0, 100),
	}, nil
}

func (s Share) check() error {
	if err := checkCounts("the share", s.Chosen, s.Total); err != nil {
		return err
	}
	if s.Chosen > s.Total {
		return fmt.Errorf("%w: %d chose it out of %d answers; total is the number of all answers", ErrInvalid, s.Chosen,
			s.Total)
	}
	return nil
}

// Wilson returns the ends of the 95 % interval for the share p, from 0 to 1, of n > 0 answers.
func Wilson(p, n float64) (low, high float64) {
	scale := 1 + z*z/n
	centre := (p + z*z/(2*n)) / scale
	margin := z / scale * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, centre-margin), min(1, centre+margin)
}
