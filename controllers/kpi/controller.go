// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package kpi keeps the history of KPIs and judges them: fresh or stale, on target or not, moving or not.
package kpi

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/promql"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Points is the history of KPIs.
type Points interface {
	RecordPoint(ctx context.Context, programID string, point store.KPIPoint) (store.KPIPoint, error)
	Points(ctx context.Context, programID, kpi string, limit int) ([]store.KPIPoint, error)
}

// Reconciler judges KPIs.
type Reconciler struct {
	reconcile.Reconciler
	kit     kube.Kit
	points  Points
	answers Answers
	// prometheus is nil where whoever runs the operator named none.
	prometheus Prometheus
	outages    outages
}

// New makes the controller. Without answers (nil), KPIs whose source is a survey have no value.
func New(kit kube.Kit, points Points, answers Answers) *Reconciler {
	r := &Reconciler{kit: kit, points: points, answers: answers}
	r.Reconciler = kube.NewReconciler(kit, r.step)
	return r
}

// Kind is the kind of the objects that the controller reconciles.
func (r *Reconciler) Kind() string { return "KPI" }

// +kubebuilder:rbac:groups=cx-operator.io,resources=kpis;programs;goals;owners;journeys;personas;surveys;surveywaves,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=kpis/status,verbs=patch

// Register adds the controller to a manager.
func (r *Reconciler) Register(mgr ctrl.Manager) error {
	kpis := &cxv1.KPIList{}
	appears := builder.WithPredicates(kube.Appears())
	return ctrl.NewControllerManagedBy(mgr).Named("kpi").
		For(&cxv1.KPI{}, builder.WithPredicates(kube.SpecChanged())).
		Watches(&cxv1.Program{}, r.kit.EnqueueAll(kpis), builder.WithPredicates(kube.ProgramChanged())).
		Watches(&cxv1.Journey{}, r.kit.EnqueueReferrers(kpis, "Journey"), builder.WithPredicates(kube.SpecChanged())).
		Watches(&cxv1.Goal{}, r.kit.EnqueueReferrers(kpis, "Goal"), appears).
		Watches(&cxv1.Owner{}, r.kit.EnqueueReferrers(kpis, "Owner"), appears).
		Watches(&cxv1.Persona{}, r.kit.EnqueueReferrers(kpis, "Persona"), appears).
		Watches(&cxv1.Survey{}, r.kit.EnqueueReferrers(kpis, "Survey"), appears).
		Watches(&cxv1.SurveyWave{}, r.ofSurvey(), builder.WithPredicates(kube.StatusChanged(func(w *cxv1.SurveyWave) any {
			return w.Status.ClosedAt
		}))).
		Complete(r)
}

func (r *Reconciler) step(ctx context.Context, kpi *cxv1.KPI) (kube.Result, error) {
	prog, err := r.kit.Program(ctx, kpi.Namespace)
	if err != nil {
		return kube.Result{}, err
	}
	now := r.kit.Clock.Now()
	points, trouble, err := r.history(ctx, prog, kpi, now)
	if err != nil {
		return kube.Result{}, err
	}
	judgement := program.JudgeKPI(kpi, points, now)
	for _, c := range judgement.Conditions {
		kube.SetCondition(kpi, now, c.Type, c.Status, c.Reason, c.Message)
	}
	result := kube.Result{Message: judgement.Message, After: r.wake(kpi, judgement.Wake, trouble, now)}
	// After judging: what is known already goes on counting, and goes stale, until there is a new value.
	if err := outcomeOf(kpi, trouble, result.After); err != nil {
		return result, err
	}
	if err := r.kit.Missing(ctx, kpi); err != nil {
		return result, err
	}
	return result, r.checkTouchpoint(ctx, kpi)
}

// wake is when to look again; zero for not before something else happens. stale is when the value will be.
func (r *Reconciler) wake(kpi *cxv1.KPI, stale time.Time, trouble error, now time.Time) time.Duration {
	after := r.next(kpi, trouble, now)
	sooner := func(at time.Time) {
		if in := kube.Until(now, at); after == 0 || in < after {
			after = in
		}
	}
	if !stale.IsZero() {
		sooner(stale)
	}
	if m := kpi.Spec.Source.Manual; m != nil && m.AsOf.After(now) {
		sooner(m.AsOf.Time) // time alone makes it right
	}
	return after
}

// history reads the latest points, and records the present one unless it is known. trouble is why there is none, a *program.KPIError
// or promql.ErrBusy; what is known already goes on counting.
func (r *Reconciler) history(ctx context.Context, prog *cxv1.Program, kpi *cxv1.KPI, now time.Time,
) (points []store.KPIPoint, trouble, err error) {
	id := prog.Spec.ID
	if points, err = r.points.Points(ctx, id, kpi.Name, program.MaxPoints); err != nil {
		return nil, nil, kube.FromStore(err, store.ErrNotClaimed)
	}
	point, err := r.pointOf(ctx, prog, kpi, points, now)
	var mistake *program.KPIError
	switch {
	case errors.Is(err, program.ErrNoPoint):
		return points, nil, nil
	case errors.As(err, &mistake), errors.Is(err, promql.ErrBusy):
		return points, err, nil
	case err != nil:
		return nil, nil, err
	}
	if point, err = point.Normalized(); err != nil {
		return nil, nil, fmt.Errorf("making a point of the spec: %w", err)
	}
	for _, known := range points {
		if store.SamePoint(known, point) {
			return points, nil, nil
		}
	}
	if _, err := r.points.RecordPoint(ctx, id, point); err != nil {
		return nil, nil, kube.FromStore(err, store.ErrNotClaimed)
	}
	points, err = r.points.Points(ctx, id, kpi.Name, program.MaxPoints)
	return points, nil, kube.FromStore(err, store.ErrNotClaimed)
}

// checkTouchpoint says when the journey has no touchpoint of that name (yet).
func (r *Reconciler) checkTouchpoint(ctx context.Context, kpi *cxv1.KPI) error {
	if kpi.Spec.Touchpoint == "" {
		return nil
	}
	journey := &cxv1.Journey{}
	err := r.kit.Client.Get(ctx, client.ObjectKey{Namespace: kpi.Namespace, Name: string(kpi.Spec.JourneyRef)}, journey)
	if apierrors.IsNotFound(err) {
		return nil // Missing has said so
	}
	if err != nil {
		return fmt.Errorf("reading journey %s: %w", kpi.Spec.JourneyRef, err)
	}
	if !program.HasTouchpoint(journey, kpi.Spec.Touchpoint) {
		return kube.Waiting(cxv1.ReasonReferenceNotFound, 0,
			"spec.touchpoint names %q, which journey %q does not have: add it there, or correct the name.",
			kpi.Spec.Touchpoint, journey.Name)
	}
	return nil
}
