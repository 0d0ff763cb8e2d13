// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package measure

import "math"

// Balance counts answers for and against: of NPS the promoters, passives and detractors, of net effort the answers
// that say easy, neither and hard.
type Balance struct{ Positive, Neutral, Negative int64 }

// N is the number of answers.
func (b Balance) N() int64 { return b.Positive + b.Neutral + b.Negative }

// Estimate computes 100·(P−D)/n in points from -100 to 100. The interval is the adjusted Wald interval (Rocks 2016):
// n' = n+3, p' = (P+0.75)/n', d' = (D+0.75)/n', var' = p'+d'−(p'−d')², p'−d' ± z·√(var'/n'), kept within ±100.
// Value is the raw score; the adjustment is for the interval alone.
func (b Balance) Estimate(population int64) (Estimate, error) {
	if err := b.check(); err != nil {
		return Estimate{}, err
	}
	if err := checkPopulation(b.N(), population); err != nil {
		return Estimate{}, err
	}
	n := float64(b.N())
	net := float64(b.Positive-b.Negative) / n
	voiced := float64(b.Positive+b.Negative) / n
	centre, variance := adjustedNet(n, net, voiced)
	margin := z * math.Sqrt(variance)
	interval := Interval{100 * (centre - margin), 100 * (centre + margin)}
	return Estimate{
		Value: 100 * net, N: b.N(), SD: 100 * math.Sqrt(max(0, voiced-net*net)),
		Interval: finite(interval, 100*net, b.N(), population, -100, 100),
	}, nil
}

func (b Balance) check() error {
	return checkCounts("the balance of answers", b.Positive, b.Neutral, b.Negative)
}

// adjustedNet returns p'−d' and var'/n' for n answers with net = (P−D)/n and voiced = (P+D)/n.
func adjustedNet(n, net, voiced float64) (centre, variance float64) {
	adjusted := n + 3
	centre = net * n / adjusted
	return centre, ((voiced*n+1.5)/adjusted - centre*centre) / adjusted
}

// The variance of one answer, in (points/100)², for NPSSampleSize.
const (
	// WorstCaseVariance is when half are promoters and half detractors.
	WorstCaseVariance = 1.0
	// EqualThirdsVariance is when promoters, passives and detractors are equally many.
	EqualThirdsVariance = 2.0 / 3
)
