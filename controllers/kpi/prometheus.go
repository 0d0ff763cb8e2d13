// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kpi

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/log"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/promql"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Prometheus computes queries. Which one it is, and whose series a namespace sees there, is up to whoever runs the operator.
type Prometheus interface {
	// Ask computes a query as of a time. An answer without a number is no error: the error means that nobody answered, and is
	// promql.ErrBusy when too many ask at once.
	Ask(ctx context.Context, namespace string, query promql.Query, at time.Time) (promql.Answer, error)
}

const (
	// busyDelay is how long who finds Prometheus busy waits.
	busyDelay = 2 * time.Second
	// The bounds of the time after which a Prometheus that does not answer is asked again. In between it is as long as it has not
	// answered yet, so it doubles.
	leastRetry, mostRetry = 15 * time.Second, 10 * time.Minute
)

// Asks lets KPIs ask a Prometheus. Without it (nil), those whose source is one have no value, and say so.
func (r *Reconciler) Asks(prometheus Prometheus) *Reconciler {
	r.prometheus = prometheus
	return r
}

// asked is the point that a Prometheus gives for the KPI's present slot. When that is known, nobody is asked.
func (r *Reconciler) asked(ctx context.Context, kpi *cxv1.KPI, known []store.KPIPoint, now time.Time) (store.KPIPoint, error) {
	none := store.KPIPoint{KPI: kpi.Name}
	queries, err := program.QueriesOf(kpi)
	if err != nil {
		return none, err
	}
	if r.prometheus == nil {
		return none, &program.KPIError{Reason: cxv1.ReasonNoPrometheus, Message: "spec.source.prometheus: the operator knows no Prometheus. " +
			"Whoever runs it names one by --prometheus-url (the chart's value prometheus.url); or choose another source."}
	}
	slot, _ := program.PrometheusSlot(kpi, now)
	for _, p := range known {
		if program.IsPrometheusPoint(kpi, p, slot) {
			return none, program.ErrNoPoint
		}
	}
	value, err := r.prometheus.Ask(ctx, kpi.Namespace, queries.Value, slot)
	if err != nil {
		return none, unanswered(ctx, err)
	}
	if queries.Count == nil {
		return program.PrometheusPoint(kpi, slot, value, nil, now)
	}
	count, err := r.prometheus.Ask(ctx, kpi.Namespace, *queries.Count, slot)
	if err != nil {
		return none, unanswered(ctx, err)
	}
	return program.PrometheusPoint(kpi, slot, value, &count, now)
}

// unanswered is what it means that Prometheus was not asked, or did not answer. Tenants are not told where it is.
func unanswered(ctx context.Context, err error) error {
	if errors.Is(err, promql.ErrBusy) {
		return err
	}
	log.FromContext(ctx).Error(err, "asking Prometheus")
	return &program.KPIError{Reason: cxv1.ReasonPrometheusUnavailable, Passing: true, Message: "Prometheus could not be asked; the log of " +
		"the operator says why. It is asked again; what is known goes on counting until spec.ttl is over."}
}

// next is when to look at the KPI again because of its Prometheus; zero for other sources. trouble is why there is no new value.
func next(kpi *cxv1.KPI, trouble error, now time.Time) time.Duration {
	if kpi.Spec.Source.Prometheus == nil {
		return 0
	}
	if errors.Is(trouble, promql.ErrBusy) {
		return busyDelay
	}
	_, at := program.PrometheusSlot(kpi, now)
	after := kube.Until(now, at)
	var mistake *program.KPIError
	if !errors.As(trouble, &mistake) || mistake.Reason != cxv1.ReasonPrometheusUnavailable {
		return after
	}
	retry := leastRetry
	ready := meta.FindStatusCondition(kpi.Status.Conditions, cxv1.ConditionReady)
	if ready != nil && ready.Reason == cxv1.ReasonPrometheusUnavailable {
		retry = min(max(now.Sub(ready.LastTransitionTime.Time), leastRetry), mostRetry)
	}
	return min(after, retry)
}

// outcomeOf is what is said of a KPI that has no new value.
func outcomeOf(trouble error, after time.Duration) error {
	var mistake *program.KPIError
	switch {
	case !errors.As(trouble, &mistake):
		return nil
	case mistake.Passing:
		return kube.Waiting(mistake.Reason, after, "%s", mistake.Message)
	}
	return kube.Stalled(mistake.Reason, "%s", mistake.Message)
}
