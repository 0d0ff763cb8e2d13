// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promql

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
)

// Refusal says in what way a Prometheus did not compute a query that it was asked.
type Refusal string

// The refusals.
const (
	// NotRead: the Prometheus could not read the query, though the operator could.
	NotRead Refusal = "NotRead"
	// NotComputed: it began, and a rule of PromQL was broken on the way, or a limit of that Prometheus.
	NotComputed Refusal = "NotComputed"
	// TooSlow: it gave up when the time was over that the operator, or its own limit, lets a query take.
	TooSlow Refusal = "TooSlow"
)

// Answer is what a Prometheus said to a query.
type Answer struct {
	// Value is the result; nil when the query was refused.
	Value model.Value
	// Warned says that the Prometheus itself doubts the result, e.g. because a part of its data is missing.
	Warned bool
	// Refused says that there is no result, and why.
	Refused Refusal
}

// ErrNoData means that there is nothing to be said: no series, or NaN. It is never zero.
var ErrNoData = errors.New("it gave no series, or NaN")

// ErrBusy means that nobody was asked, because too many ask at once.
var ErrBusy = errors.New("too many queries are under way")

// UnusableError is an answer of which no number can be taken. Its words are ours: those of the Prometheus may quote series.
type UnusableError struct{ Text string }

func (e *UnusableError) Error() string { return e.Text }

func unusable(format string, args ...any) error { return &UnusableError{fmt.Sprintf(format, args...)} }

// maxLabels is how many labels are named.
const maxLabels = 8

// Number is the one number of an answer. The error is ErrNoData or an *UnusableError.
func (a Answer) Number() (float64, error) {
	switch {
	case a.Refused == NotRead:
		return 0, unusable("Prometheus could not read it, though the operator can: it may be an older release, without that function")
	case a.Refused == TooSlow:
		return 0, unusable("Prometheus gave up, because it took too long: ask about less, or let a recording rule compute it beforehand")
	case a.Refused != "":
		return 0, unusable("Prometheus began to compute it and gave up, as when series on both sides of an operator cannot be told apart, " +
			"or there are too many of them: try it in Prometheus")
	case a.Warned:
		return 0, unusable("Prometheus warned that the result may be wrong or lack a part: try it in Prometheus, which says why")
	}
	switch value := a.Value.(type) {
	case *model.Scalar:
		return finite(float64(value.Value))
	case model.Vector:
		return ofVector(value)
	case nil:
		return 0, unusable("Prometheus gave no result")
	default:
		return 0, unusable("it gave a %s, not a number", value.Type())
	}
}

func ofVector(series model.Vector) (float64, error) {
	switch {
	case len(series) == 0:
		return 0, ErrNoData
	case len(series) > 1:
		return 0, unusable("it gave %d series where one is expected, which differ in %s: aggregate them, e.g. by sum, or choose one by a matcher",
			len(series), strings.Join(differing(series), ", "))
	case series[0].Histogram != nil:
		return 0, unusable("it gave a histogram, not a number: take a figure of it, e.g. by histogram_quantile")
	}
	return finite(float64(series[0].Value))
}

func finite(v float64) (float64, error) {
	switch {
	case math.IsNaN(v):
		return 0, ErrNoData
	case math.IsInf(v, 0):
		return 0, unusable("it gave an infinite number, as a division by zero does: let it give nothing then, e.g. by a divisor > 0")
	}
	return v, nil
}

// differing are the names of the labels in which series differ. Values are not said: status is read by others than the series are.
func differing(series model.Vector) []string {
	names := map[string]bool{}
	for _, sample := range series {
		for _, pair := range [][2]model.Metric{{series[0].Metric, sample.Metric}, {sample.Metric, series[0].Metric}} {
			for name, value := range pair[0] {
				if pair[1][name] != value {
					names[string(name)] = true
				}
			}
		}
	}
	sorted := slices.Sorted(maps.Keys(names))
	if len(sorted) > maxLabels {
		sorted = append(sorted[:maxLabels], "…")
	}
	return sorted
}
