// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
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
	// firstYear is the first year of which points are kept.
	firstYear = 1970
)

// KPIError is why a KPI has no new value.
type KPIError struct {
	Reason, Message string
	// Passing says that it may go by itself. Otherwise a person must correct the KPI.
	Passing bool
}

func (e *KPIError) Error() string { return e.Message }

func badCounts(format string, args ...any) error {
	return &KPIError{Reason: cxv1.ReasonCountsInconsistent, Message: "spec.source.manual: " + fmt.Sprintf(format, args...)}
}

func badSpec(format string, args ...any) error {
	return &KPIError{Reason: cxv1.ReasonInvalidSpec, Message: fmt.Sprintf(format, args...)}
}

// ErrNoPoint means that a KPI's spec states no number: its points come from waves of a survey, or from a Prometheus.
var ErrNoPoint = errors.New("the spec states no number")

// PointOf computes the point that a KPI's spec states, with interval where counts are given. The error is ErrNoPoint or a
// *KPIError; then only the point's name is of use.
func PointOf(kpi *cxv1.KPI, now time.Time) (store.KPIPoint, error) {
	m := kpi.Spec.Source.Manual
	if m == nil {
		return store.KPIPoint{KPI: kpi.Name}, ErrNoPoint
	}
	asOf := m.AsOf.UTC()
	if asOf.After(now.Add(clockSkew)) || asOf.Year() < firstYear {
		return store.KPIPoint{KPI: kpi.Name}, badSpec("spec.source.manual.asOf is %s: enter the time that the number is about, not "+
			"one that is still to come nor one before %d.", asOf.Format(time.RFC3339), firstYear)
	}
	point := store.KPIPoint{
		// Cut to seconds, because that is all that a time in status keeps.
		KPI: kpi.Name, AsOf: asOf.Truncate(time.Second), Source: manualSource,
		Method: string(kpi.Spec.Method), ScaleHash: scaleKey(kpi), RecordedAt: now,
	}
	if m.Counts == nil {
		return bareValue(point, kpi.Spec)
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
	if m.SampleSize != nil && *m.SampleSize != estimate.N {
		return point, badCounts("sampleSize is %d, but the counts add up to %d: correct one of them.", *m.SampleSize, estimate.N)
	}
	return withEstimate(point, estimate)
}

// bareValue takes a figure as it is, unless the method cannot give such a number.
func bareValue(point store.KPIPoint, spec cxv1.KPISpec) (store.KPIPoint, error) {
	m := spec.Source.Manual
	text, err := measure.CanonicalDecimal(string(m.Value))
	if err != nil {
		return point, badSpec("spec.source.manual.value: %v", err)
	}
	value, _ := cxv1.Decimal(text).Float()
	if low, high := rangeOf(spec); value < low || value > high {
		return point, badSpec("spec.source.manual.value is %s, but %s lies between %g and %g: correct the value or the method.",
			text, spec.Method, low, high)
	}
	if m.SampleSize != nil && *m.SampleSize == 0 {
		return point, badCounts("sampleSize is 0, so nothing is behind the value: leave sampleSize out if it is not known, " +
			"or the KPI until there is something.")
	}
	point.Value = text
	if m.SampleSize != nil {
		point.N = *m.SampleSize
	}
	return point, nil
}

// rangeOf is what numbers the method can give.
func rangeOf(spec cxv1.KPISpec) (low, high float64) {
	switch spec.Method {
	case cxv1.MethodNPS, cxv1.MethodCESNet:
		return -100, 100
	case cxv1.MethodCSAT, cxv1.MethodCESTopBox, cxv1.MethodShare:
		return 0, 100
	case cxv1.MethodCESMean, cxv1.MethodMean:
		if spec.Scale != nil {
			return float64(spec.Scale.Min), float64(spec.Scale.Max)
		}
	}
	return math.Inf(-1), math.Inf(1)
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

// scaleKey identifies how a number is measured, as far as the method leaves it open; numbers with different keys are not
// compared.
func scaleKey(kpi *cxv1.KPI) string {
	scale := kpi.Spec.Scale
	switch method := kpi.Spec.Method; {
	case method == cxv1.MethodCSAT && scale != nil:
		return fmt.Sprintf("%d-%d/%d", scale.Min, scale.Max, topFrom(*scale))
	case (method == cxv1.MethodCESMean || method == cxv1.MethodMean) && scale != nil:
		return fmt.Sprintf("%d-%d", scale.Min, scale.Max)
	case method == cxv1.MethodMean || method == cxv1.MethodValue:
		return cmp.Or(kpi.Spec.Unit, "-")
	}
	return "-"
}

// topFrom is the lowest answer that counts as satisfied: usually the upper two of the scale.
func topFrom(s cxv1.Scale) int32 {
	if s.TopFrom != nil {
		return *s.TopFrom
	}
	return s.Max - 1
}

// shapes are the counts that a method takes if it does not get answers.
var shapes = map[cxv1.KPIMethod][]string{
	cxv1.MethodNPS:       {"promoters", "passives", "detractors"},
	cxv1.MethodCSAT:      {"chosen", "total"},
	cxv1.MethodCESTopBox: {"chosen", "total"},
	cxv1.MethodShare:     {"chosen", "total"},
	cxv1.MethodCESMean:   {"mean", "standardDeviation", "total"},
	cxv1.MethodMean:      {"mean", "standardDeviation", "total"},
}

// checkShape refuses counts that are not all there, or that say something else besides.
func checkShape(method cxv1.KPIMethod, c cxv1.Counts) error {
	shape := shapes[method]
	switch {
	case method == cxv1.MethodValue:
		return badCounts("method Value takes a bare value: set value instead of counts, or choose the method that the counts are for.")
	case method == cxv1.MethodShare && len(c.Answers) > 0:
		return badCounts("method Share cannot be computed from answers: set chosen and total, or choose another method.")
	case len(c.Answers) > 0:
		shape = []string{"answers"}
	case method == cxv1.MethodCESNet:
		return badCounts("CESNet needs answers: how many people gave each answer from 1 to 7.")
	}
	takes := strings.Join(shape, ", ")
	for _, field := range []struct {
		name  string
		given bool
	}{
		{"promoters", c.Promoters != nil}, {"passives", c.Passives != nil}, {"detractors", c.Detractors != nil},
		{"chosen", c.Chosen != nil}, {"total", c.Total != nil},
		{"mean", c.Mean != ""}, {"standardDeviation", c.StandardDeviation != ""},
	} {
		switch wanted := slices.Contains(shape, field.name); {
		case wanted && !field.given:
			return badCounts("%s needs %s, all of them, or answers: %s is missing.", method, takes, field.name)
		case field.given && !wanted:
			return badCounts("%s is computed from %s alone: remove %s.", method, takes, field.name)
		}
	}
	return nil
}

// sampleOf turns counts into the sample that the method asks for.
func sampleOf(method cxv1.KPIMethod, scale *cxv1.Scale, c cxv1.Counts) (measure.Sample, error) {
	if err := checkShape(method, c); err != nil {
		return nil, err
	}
	switch {
	case len(c.Answers) > 0:
		return sampleOfAnswers(method, scale, c)
	case method == cxv1.MethodNPS:
		return measure.Balance{Positive: *c.Promoters, Neutral: *c.Passives, Negative: *c.Detractors}, nil
	case method == cxv1.MethodCESMean || method == cxv1.MethodMean:
		return meanOf(scale, c)
	case *c.Chosen > *c.Total:
		return nil, badCounts("chosen is %d of a total of %d: correct one of them.", *c.Chosen, *c.Total)
	}
	return measure.Share{Chosen: *c.Chosen, Total: *c.Total}, nil
}

func meanOf(scale *cxv1.Scale, c cxv1.Counts) (measure.Sample, error) {
	mean, okMean := c.Mean.Float()
	sd, okSD := c.StandardDeviation.Float()
	if !okMean || !okSD {
		return nil, badSpec("spec.source.manual.counts: mean %q and standardDeviation %q are not both decimals: write them as 4 or \"4.2\".",
			c.Mean, c.StandardDeviation)
	}
	m := measure.Mean{Mean: mean, SD: sd, N: *c.Total}
	if scale != nil {
		m.Scale = &measure.Scale{Min: float64(scale.Min), Max: float64(scale.Max)}
	}
	return m, nil
}

func sampleOfAnswers(method cxv1.KPIMethod, scale *cxv1.Scale, c cxv1.Counts) (sample measure.Sample, err error) {
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
