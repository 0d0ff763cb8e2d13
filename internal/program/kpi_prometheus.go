// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/measure"
	"github.com/cx-operator/cx-operator/internal/promql"
	"github.com/cx-operator/cx-operator/internal/store"
)

const (
	// prometheusSource is the source of points that a Prometheus gave.
	prometheusSource = "prometheus"
	// defaultEvery is how often a Prometheus is asked.
	defaultEvery = time.Hour
	// askWithin is the time after the hour in which all KPIs ask about it, each at its own moment: not all at once, and when the last
	// samples of the hour have come in.
	askWithin = 5 * time.Minute
	// The fields that hold queries.
	queryField, countQueryField = "spec.source.prometheus.query", "spec.source.prometheus.countQuery"
)

// PrometheusQueries are the queries of a KPI whose source is a Prometheus.
type PrometheusQueries struct {
	Value promql.Query
	// Count is nil where the KPI does not say how many cases the value rests on.
	Count *promql.Query
}

// QueriesOf reads the queries of a KPI whose source is a Prometheus. The error is a *KPIError.
func QueriesOf(kpi *cxv1.KPI) (PrometheusQueries, error) {
	var queries PrometheusQueries
	source := kpi.Spec.Source.Prometheus
	var err error
	if queries.Value, err = promql.Parse(source.Query); err != nil {
		return queries, badQuery(queryField, err)
	}
	if source.CountQuery == "" {
		return queries, nil
	}
	count, err := promql.Parse(source.CountQuery)
	if err != nil {
		return queries, badQuery(countQueryField, err)
	}
	queries.Count = &count
	return queries, nil
}

func badQuery(field string, err error) error {
	return &KPIError{Reason: cxv1.ReasonInvalidQuery, Message: field + ": " + err.Error() + "."}
}

// checkQueries finds PromQL that cannot be read, or that never gives a number.
func (c *checker) checkQueries(kpi *cxv1.KPI) {
	source := kpi.Spec.Source.Prometheus
	if source == nil {
		return
	}
	for _, query := range []struct{ field, text string }{{queryField, source.Query}, {countQueryField, source.CountQuery}} {
		if query.text == "" && query.field == countQueryField {
			continue
		}
		_, err := promql.Parse(query.text)
		if err == nil {
			continue
		}
		rule, kind := RulePromQLSyntax, (*promql.TypeError)(nil)
		if errors.As(err, &kind) {
			rule = RulePromQLType
		}
		c.error(kpi, rule, query.field, "", cxv1.ReasonInvalidQuery, "%s: %v", query.field, err)
	}
}

// PrometheusSlot is the time about which a KPI asks a Prometheus at now, a multiple of its every in UTC, and when it asks next. So
// whoever asks again about it gets the point that is known already.
func PrometheusSlot(kpi *cxv1.KPI, now time.Time) (slot, next time.Time) {
	every := kpi.Spec.Source.Prometheus.Every.Or(defaultEvery)
	if every <= 0 {
		every = defaultEvery // no API server lets that through
	}
	name := fnv.New32a()
	_, _ = name.Write([]byte(kpi.Namespace + "/" + kpi.Name))
	own := time.Duration(name.Sum32()) * time.Millisecond % askWithin
	slot = now.Add(-own).UTC().Truncate(every)
	return slot, slot.Add(every + own)
}

// IsPrometheusPoint tells whether a point is what the KPI's queries, as they are, gave for a slot.
func IsPrometheusPoint(kpi *cxv1.KPI, p store.KPIPoint, slot time.Time) bool {
	return p.AsOf.Equal(slot) && p.Source == prometheusSource && p.Method == string(kpi.Spec.Method) && p.ScaleHash == queryHash(kpi)
}

// queryHash identifies how a KPI is measured by a Prometheus: numbers of different queries do not compare.
func queryHash(kpi *cxv1.KPI) string {
	text := kpi.Spec.Source.Prometheus.Query
	if query, err := promql.Parse(text); err == nil {
		text = query.String() // spaces and comments change nothing
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s", text, scaleKey(kpi)))
	return hex.EncodeToString(sum[:16])
}

// PrometheusPoint is the point that answers of a Prometheus give for a slot; count is nil without a countQuery. It is a bare value:
// nothing is known of its interval. The error is a *KPIError.
func PrometheusPoint(kpi *cxv1.KPI, slot time.Time, value promql.Answer, count *promql.Answer, now time.Time) (store.KPIPoint, error) {
	point := store.KPIPoint{
		KPI: kpi.Name, AsOf: slot, Source: prometheusSource,
		Method: string(kpi.Spec.Method), ScaleHash: queryHash(kpi), RecordedAt: now,
	}
	v, err := value.Number()
	if err != nil {
		return point, noNumber(queryField, err)
	}
	if low, high := rangeOf(kpi.Spec); v < low || v > high {
		return point, badAnswer("%s: it gave %g, but %s lies between %g and %g: correct the query, its unit or the method.",
			queryField, v, kpi.Spec.Method, low, high)
	}
	if point.Value, err = measure.FormatDecimal(v, measure.MaxPlaces); err != nil {
		return point, badAnswer("%s: %v.", queryField, err)
	}
	if count != nil {
		point.N, err = caseCount(*count)
	}
	return point, err
}

// maxCases is the most that manual sources may say, too.
const maxCases = 1_000_000_000

func caseCount(answer promql.Answer) (int64, error) {
	n, err := answer.Number()
	switch {
	case err != nil:
		return 0, noNumber(countQueryField, err)
	case n < 0 || n > maxCases:
		return 0, badAnswer("%s: it gave %g, which is no number of cases: correct the query.", countQueryField, n)
	case n < 1:
		return 0, noNumber(countQueryField, fmt.Errorf("nothing is behind the value (%w)", promql.ErrNoData))
	}
	return int64(n), nil
}

// noNumber is what an answer without a number means. It may have one the next time.
func noNumber(field string, err error) error {
	if errors.Is(err, promql.ErrNoData) {
		return &KPIError{Reason: cxv1.ReasonNoData, Passing: true, Message: field +
			": there is nothing for the latest time that was asked about, no series or NaN; that is no value, and never zero. " +
			"It is asked again; if nothing comes, try the query in Prometheus."}
	}
	return badAnswer("%s: %v.", field, err)
}

func badAnswer(format string, args ...any) error {
	return &KPIError{Reason: cxv1.ReasonUnusableAnswer, Message: fmt.Sprintf(format, args...), Passing: true}
}
