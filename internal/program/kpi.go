// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/measure"
	"github.com/cx-operator/cx-operator/internal/store"
)

const (
	// places is how many digits after the point computed numbers are shown and kept with.
	places = 2
	// manualSource is the source of points that somebody entered.
	manualSource = "manual"
	// clockSkew is how far in the future an asOf may lie: clocks differ.
	clockSkew = 5 * time.Minute
)

// KPIError is a mistake in a KPI that a person must correct.
type KPIError struct{ Reason, Message string }

func (e *KPIError) Error() string { return e.Message }

func badCounts(format string, args ...any) error {
	return &KPIError{cxv1.ReasonCountsInconsistent, "spec.source.manual: " + fmt.Sprintf(format, args...)}
}

func badSpec(format string, args ...any) error {
	return &KPIError{cxv1.ReasonInvalidSpec, fmt.Sprintf(format, args...)}
}

// PointOf computes the point that a KPI's spec states, with interval where counts are given. The error is a *KPIError.
func PointOf(kpi *cxv1.KPI, now time.Time) (store.KPIPoint, error) {
	m := kpi.Spec.Source.Manual
	if m.AsOf.After(now.Add(clockSkew)) {
		return store.KPIPoint{}, badSpec("spec.source.manual.asOf is %s, which is still to come: enter the time that the number is about.",
			m.AsOf.UTC().Format(time.RFC3339))
	}
	point := store.KPIPoint{
		KPI: kpi.Name, AsOf: m.AsOf.Time, Source: manualSource,
		Method: string(kpi.Spec.Method), ScaleHash: scaleKey(kpi), RecordedAt: now,
	}
	if m.Counts == nil {
		return bareValue(point, m)
	}
	sample, err := sampleOf(kpi.Spec.Method, kpi.Spec.Scale, *m.Counts)
	if err != nil {
		return point, err
	}
	var population int64
	if m.Population != nil {
		population = *m.Population
	}
	estimate, err := sample.Estimate(population)
	if err != nil {
		return point, countsError(err)
	}
	if m.N != nil && *m.N != estimate.N {
		return point, badCounts("n is %d, but the counts add up to %d: correct one of them.", *m.N, estimate.N)
	}
	return withEstimate(point, estimate)
}

func bareValue(point store.KPIPoint, m cxv1.ManualSource) (store.KPIPoint, error) {
	value, err := measure.CanonicalDecimal(string(m.Value))
	if err != nil {
		return point, badSpec("spec.source.manual.value: %v", err)
	}
	point.Value = value
	if m.N != nil {
		point.N = *m.N
	}
	return point, nil
}

func countsError(err error) error {
	if errors.Is(err, measure.ErrNoData) {
		return badCounts("all counts are zero: enter the answers, or leave the KPI out until there are some.")
	}
	return badCounts("%v", err)
}

func withEstimate(point store.KPIPoint, e measure.Estimate) (store.KPIPoint, error) {
	var err error
	format := func(v float64) string {
		text, ferr := measure.FormatDecimal(v, places)
		err = cmp.Or(err, ferr)
		return text
	}
	point.Value, point.N = format(e.Value), e.N
	if !math.IsNaN(e.SD) {
		text, ferr := measure.FormatDecimal(e.SD, measure.MaxPlaces)
		point.SD, err = text, cmp.Or(err, ferr)
	}
	if e.Interval != nil {
		point.Low, point.High = format(e.Interval.Low), format(e.Interval.High)
	}
	if err != nil {
		return point, countsError(err)
	}
	return point, nil
}

// scaleKey identifies how a number is measured; numbers with different keys are not compared.
func scaleKey(kpi *cxv1.KPI) string {
	if s := kpi.Spec.Scale; s != nil {
		return fmt.Sprintf("%d-%d/%d", s.Min, s.Max, topFrom(*s))
	}
	return cmp.Or(kpi.Spec.Unit, "-")
}

// topFrom is the lowest answer that counts as satisfied: usually the upper two of the scale.
func topFrom(s cxv1.Scale) int32 {
	if s.TopFrom != nil {
		return *s.TopFrom
	}
	return s.Max - 1
}

// sampleOf turns counts into the sample that the method asks for.
func sampleOf(method cxv1.KPIMethod, scale *cxv1.Scale, c cxv1.Counts) (measure.Sample, error) {
	if len(c.Answers) > 0 {
		return sampleOfAnswers(method, scale, c)
	}
	switch method {
	case cxv1.MethodNPS:
		if c.Promoters == nil || c.Passives == nil || c.Detractors == nil {
			return nil, badCounts("NPS needs promoters, passives and detractors, all three, or answers.")
		}
		return measure.Balance{Positive: *c.Promoters, Neutral: *c.Passives, Negative: *c.Detractors}, nil
	case cxv1.MethodCSAT, cxv1.MethodCESTopBox, cxv1.MethodShare:
		if c.Chosen == nil || c.Total == nil {
			return nil, badCounts("%s needs chosen and total, both, or answers.", method)
		}
		if *c.Chosen > *c.Total {
			return nil, badCounts("chosen is %d of a total of %d: correct one of them.", *c.Chosen, *c.Total)
		}
		return measure.Share{Chosen: *c.Chosen, Total: *c.Total}, nil
	case cxv1.MethodCESMean, cxv1.MethodMean:
		return meanOf(scale, c)
	case cxv1.MethodCESNet:
		return nil, badCounts("CESNet needs answers: how many people gave each answer from 1 to 7.")
	default:
		return nil, badCounts("method Value takes a bare value: set value instead of counts, or choose the method that the counts are for.")
	}
}

func meanOf(scale *cxv1.Scale, c cxv1.Counts) (measure.Sample, error) {
	mean, okMean := c.Mean.Float()
	sd, okSD := c.StandardDeviation.Float()
	if !okMean || !okSD || c.Total == nil {
		return nil, badCounts("a mean needs mean, standardDeviation and total, all three, or answers.")
	}
	m := measure.Mean{Mean: mean, SD: sd, N: *c.Total}
	if scale != nil {
		m.Scale = &measure.Scale{Min: float64(scale.Min), Max: float64(scale.Max)}
	}
	return m, nil
}

func sampleOfAnswers(method cxv1.KPIMethod, scale *cxv1.Scale, c cxv1.Counts) (sample measure.Sample, err error) {
	if c.Promoters != nil || c.Passives != nil || c.Detractors != nil || c.Chosen != nil || c.Total != nil || c.Mean != "" {
		return nil, badCounts("answers already say everything: remove the other counts.")
	}
	answers := measure.Answers{}
	for _, a := range c.Answers {
		answers[int(a.Answer)] = a.Count
	}
	switch {
	case method == cxv1.MethodNPS:
		sample, err = measure.NPS(answers)
	case method == cxv1.MethodCESTopBox:
		sample, err = measure.CESTopBox(answers)
	case method == cxv1.MethodCESNet:
		sample, err = measure.CESNet(answers)
	case method == cxv1.MethodShare || method == cxv1.MethodValue:
		return nil, badCounts("method %s cannot be computed from answers: set chosen and total, or choose another method.", method)
	case scale == nil:
		return nil, badSpec("spec.scale is missing: answers can be read only on a scale, e.g. {min: 1, max: 5}.")
	case method == cxv1.MethodCSAT:
		sample, err = measure.CSAT(answers, int(scale.Min), int(scale.Max), int(topFrom(*scale)))
	default:
		sample, err = measure.MeanOf(answers, int(scale.Min), int(scale.Max))
	}
	if err != nil {
		return nil, countsError(err)
	}
	return sample, nil
}
