// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"errors"
	"fmt"
	"math"
)

// Method says how a number is computed. The names are those of the KPI resource.
type Method string

// The methods.
const (
	MethodNPS       Method = "NPS"
	MethodCSAT      Method = "CSAT"
	MethodCESMean   Method = "CESMean"
	MethodCESTopBox Method = "CESTopBox"
	MethodCESNet    Method = "CESNet"
	MethodShare     Method = "Share"
	MethodMean      Method = "Mean"
	MethodValue     Method = "Value"
)

// Trend is how a number moves, tested against chance.
type Trend string

// The trends. Flat means that the change is no more than chance. InsufficientData means that there is nothing to
// compare, too few answers, or a bare value. Broken means that the two points were measured in different ways.
const (
	TrendUp               Trend = "Up"
	TrendDown             Trend = "Down"
	TrendFlat             Trend = "Flat"
	TrendInsufficientData Trend = "InsufficientData"
	TrendBroken           Trend = "Broken"
)

// Point is a score in the history of a number, in the unit of its method.
type Point struct {
	Value float64
	// N is the number of answers; 0 when it is not known.
	N int64
	// SD is the standard deviation of one answer, as Estimate gives it; NaN when it is not known. Shares do without.
	SD     float64
	Method Method
	// ScaleHash identifies the question and its scale. Points with different ones do not compare.
	ScaleHash string
}

// TrendOf tests the last point against the one before it; points are in the order of time. The change is nil unless
// one was tested. minResponses is the number of answers below which a point says nothing. ErrInvalid for a point that
// cannot be right.
func TrendOf(points []Point, minResponses int64) (Trend, *Change, error) {
	if len(points) < 2 {
		return TrendInsufficientData, nil, nil
	}
	before, after := points[len(points)-2], points[len(points)-1]
	if before.Method != after.Method || before.ScaleHash != after.ScaleHash {
		return TrendBroken, nil, nil
	}
	for _, point := range []Point{before, after} {
		if err := point.check(); err != nil {
			return "", nil, err
		}
		if point.N < max(1, minResponses) || point.bare() {
			return TrendInsufficientData, nil, nil
		}
	}
	change, err := after.since(before)
	if errors.Is(err, ErrUntestable) {
		return TrendInsufficientData, nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	return change.direction(), &change, nil
}

func (c Change) direction() Trend {
	switch {
	case c.Significant() && c.Difference > 0:
		return TrendUp
	case c.Significant() && c.Difference < 0:
		return TrendDown
	}
	return TrendFlat
}

// bare says that the point has no spread, so that nobody can tell chance from change.
func (p Point) bare() bool {
	switch p.Method {
	case MethodCSAT, MethodCESTopBox, MethodShare:
		return false
	case MethodValue:
		return true
	}
	return math.IsNaN(p.SD)
}

func (p Point) since(before Point) (Change, error) {
	switch p.Method {
	case MethodNPS, MethodCESNet:
		return netChange(before.hundredths(), p.hundredths()), nil
	case MethodCSAT, MethodCESTopBox, MethodShare:
		return shareChange(before.hundredths(), p.hundredths()), nil
	}
	return meanChange(summary{float64(before.N), before.Value, before.SD}, summary{float64(p.N), p.Value, p.SD})
}

// hundredths undoes points and percent.
func (p Point) hundredths() summary { return summary{float64(p.N), p.Value / 100, p.SD / 100} }

func (p Point) check() error {
	if err := checkNumber("the value", p.Value); err != nil {
		return err
	}
	if p.SD < 0 || math.IsInf(p.SD, 0) {
		return fmt.Errorf("%w: the standard deviation is %g; leave it out when it is not known", ErrInvalid, p.SD)
	}
	if err := checkCounts("the point", p.N); err != nil {
		return err
	}
	lowest, highest := math.Inf(-1), math.Inf(1)
	switch p.Method {
	case MethodNPS, MethodCESNet:
		lowest, highest = -100, 100
	case MethodCSAT, MethodCESTopBox, MethodShare:
		lowest, highest = 0, 100
	case MethodCESMean, MethodMean, MethodValue:
	default:
		return fmt.Errorf("%w: %q is not a method", ErrInvalid, p.Method)
	}
	if p.Value < lowest || p.Value > highest {
		return fmt.Errorf("%w: %s is %g, which is not from %g to %g; correct the value or the method", ErrInvalid, p.Method,
			p.Value, lowest, highest)
	}
	return nil
}
