// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kpi

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/promql"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Prometheus computes queries. Which one it is, and whose series a namespace sees there, is up to whoever runs the operator.
type Prometheus interface {
	// Ask computes queries as of a time, all or none. An answer without a number is no error: the error means that nobody answered, and
	// is promql.ErrBusy when too many ask at once, a *promql.ConfineError when the query cannot be kept to the namespace.
	Ask(ctx context.Context, namespace string, at time.Time, queries ...promql.Query) ([]promql.Answer, error)
}

// busyDelay is how long who finds Prometheus busy waits.
const busyDelay = 2 * time.Second

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
	if queries.Count == nil {
		answers, err := r.prometheus.Ask(ctx, kpi.Namespace, slot, queries.Value)
		if err != nil {
			return none, unanswered(ctx, err)
		}
		return program.PrometheusPoint(kpi, slot, answers[0], nil, now)
	}
	answers, err := r.prometheus.Ask(ctx, kpi.Namespace, slot, queries.Value, *queries.Count)
	if err != nil {
		return none, unanswered(ctx, err)
	}
	return program.PrometheusPoint(kpi, slot, answers[0], &answers[1], now)
}

// unanswered is what it means that Prometheus was not asked, or did not answer. Tenants are not told where it is.
func unanswered(ctx context.Context, err error) error {
	var unsure *promql.ConfineError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("asking Prometheus: %w", ctx.Err()) // the operator ends, which is no fault of Prometheus
	case errors.Is(err, promql.ErrBusy):
		return err
	case errors.As(err, &unsure):
		return &program.KPIError{Reason: cxv1.ReasonInvalidQuery, Message: "spec.source.prometheus: " + unsure.Text + "."}
	}
	log.FromContext(ctx).Error(err, "asking Prometheus")
	return &program.KPIError{Reason: cxv1.ReasonPrometheusUnavailable, Passing: true, Message: "Prometheus could not be asked; the log of " +
		"the operator says why. It is asked again; what is known goes on counting until spec.ttl is over."}
}

// next is when to look at the KPI again because of its Prometheus; zero for other sources. trouble is why there is no new value.
func (r *Reconciler) next(kpi *cxv1.KPI, trouble error, now time.Time) time.Duration {
	name := client.ObjectKeyFromObject(kpi)
	var mistake *program.KPIError
	unavailable := errors.As(trouble, &mistake) && mistake.Reason == cxv1.ReasonPrometheusUnavailable
	busy := errors.Is(trouble, promql.ErrBusy)
	if !unavailable && !busy {
		r.outages.over(name)
	}
	if kpi.Spec.Source.Prometheus == nil {
		return 0
	}
	if busy {
		return busyDelay
	}
	_, at := program.PrometheusSlot(kpi, now)
	after := kube.Until(now, at)
	if unavailable {
		return min(after, r.outages.retry(name, now))
	}
	return after
}

// outcomeOf is what is said of a KPI that has no new value.
func outcomeOf(kpi *cxv1.KPI, trouble error, after time.Duration) error {
	var mistake *program.KPIError
	switch {
	case errors.Is(trouble, promql.ErrBusy):
		return asBefore(kpi)
	case !errors.As(trouble, &mistake):
		return nil
	case mistake.Passing:
		return kube.Waiting(mistake.Reason, after, "%s", mistake.Message)
	}
	return kube.Stalled(mistake.Reason, "%s", mistake.Message)
}

// asBefore leaves Ready as it is: to find Prometheus busy is to have learned nothing. What time alone changes, such as Fresh, is
// written all the same, but where nothing was said of the present spec yet.
func asBefore(kpi *cxv1.KPI) error {
	ready := kube.Condition(kpi, cxv1.ConditionReady)
	switch {
	case ready == nil, kpi.Status.ObservedGeneration != kpi.Generation,
		ready.Status == metav1.ConditionUnknown, kube.IsTrue(kpi, cxv1.ConditionStalled):
		return kube.NotYetFor(busyDelay, "Prometheus is busy")
	case ready.Status == metav1.ConditionFalse:
		return kube.Waiting(ready.Reason, busyDelay, "%s", ready.Message)
	}
	return nil
}
