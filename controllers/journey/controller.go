// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package journey shows who answers for each touchpoint of a journey, how the KPIs measured there do, and where the gaps
// are.
package journey

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
)

// Reconciler judges journeys.
type Reconciler struct {
	reconcile.Reconciler
	kit kube.Kit
}

// New makes the controller.
func New(kit kube.Kit) *Reconciler {
	r := &Reconciler{kit: kit}
	r.Reconciler = kube.NewReconciler(kit, r.step)
	return r
}

// Kind is the kind of the objects that the controller reconciles.
func (r *Reconciler) Kind() string { return "Journey" }

// +kubebuilder:rbac:groups=cx-operator.io,resources=journeys;programs;kpis;owners;personas;initiatives,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=journeys/status,verbs=patch

// Register adds the controller to a manager.
func (r *Reconciler) Register(mgr ctrl.Manager) error {
	journeys := &cxv1.JourneyList{}
	return ctrl.NewControllerManagedBy(mgr).Named("journey").
		For(&cxv1.Journey{}, builder.WithPredicates(kube.SpecChanged())).
		Watches(&cxv1.Program{}, r.kit.EnqueueAll(journeys), builder.WithPredicates(kube.ProgramChanged())).
		Watches(&cxv1.KPI{}, kube.Enqueue(journeysOf[*cxv1.KPI]),
			builder.WithPredicates(kube.StatusChanged(func(k *cxv1.KPI) any { return program.Rollup([]*cxv1.KPI{k}) }))).
		Watches(&cxv1.Initiative{}, kube.Enqueue(journeysOf[*cxv1.Initiative]),
			builder.WithPredicates(kube.StatusChanged(func(i *cxv1.Initiative) any { return i.Status.Phase }))).
		Watches(&cxv1.Owner{}, r.kit.EnqueueReferrers(journeys, "Owner"), builder.WithPredicates(kube.SpecChanged())).
		Watches(&cxv1.Persona{}, r.kit.EnqueueReferrers(journeys, "Persona"), builder.WithPredicates(kube.Appears())).
		Watches(&cxv1.Journey{}, r.kit.EnqueueReferrers(journeys, "Journey"), builder.WithPredicates(kube.SpecChanged())).
		Complete(r)
}

func journeysOf[T kube.Object](obj T) []string { return kube.Named(obj, "Journey") }

func (r *Reconciler) step(ctx context.Context, journey *cxv1.Journey) (kube.Result, error) {
	if _, err := r.kit.Program(ctx, journey.Namespace); err != nil {
		return kube.Result{}, err
	}
	in, err := r.observe(ctx, journey)
	if err != nil {
		return kube.Result{}, err
	}
	c := program.JudgeJourney(in)
	kube.SetCondition(journey, r.kit.Clock.Now(), c.Type, c.Status, c.Reason, c.Message)
	if err := r.kit.Missing(ctx, journey); err != nil {
		return kube.Result{}, err
	}
	if err := r.checkTarget(ctx, journey); err != nil {
		return kube.Result{}, err
	}
	return kube.Result{Message: fmt.Sprintf("%s touchpoints have an owner; %d gaps found.",
		journey.Status.OwnedSummary, *journey.Status.GapCount)}, nil
}

func (r *Reconciler) observe(ctx context.Context, journey *cxv1.Journey) (program.JourneyInput, error) {
	in := program.JourneyInput{Journey: journey}
	here := client.InNamespace(journey.Namespace)
	kpis := &cxv1.KPIList{}
	if err := r.kit.Client.List(ctx, kpis, here, kube.Referring("Journey", journey.Name)); err != nil {
		return in, fmt.Errorf("listing the KPIs of the journey: %w", err)
	}
	for i := range kpis.Items {
		in.KPIs = append(in.KPIs, &kpis.Items[i])
	}
	initiatives := &cxv1.InitiativeList{}
	if err := r.kit.Client.List(ctx, initiatives, here, kube.Referring("Journey", journey.Name)); err != nil {
		return in, fmt.Errorf("listing the initiatives of the journey: %w", err)
	}
	for i := range initiatives.Items {
		in.Initiatives = append(in.Initiatives, &initiatives.Items[i])
	}
	there, err := r.ownersThere(ctx, journey)
	in.OwnerIsThere = func(name cxv1.Ref) bool { return there[string(name)] }
	return in, err
}

func (r *Reconciler) ownersThere(ctx context.Context, journey *cxv1.Journey) (map[string]bool, error) {
	there := map[string]bool{}
	for _, name := range kube.Named(journey, "Owner") {
		if _, read := there[name]; read {
			continue
		}
		owner := &cxv1.Owner{}
		err := r.kit.Client.Get(ctx, client.ObjectKey{Namespace: journey.Namespace, Name: name}, owner)
		if client.IgnoreNotFound(err) != nil {
			return nil, fmt.Errorf("reading owner %s: %w", name, err)
		}
		there[name] = err == nil && owner.Spec.State != cxv1.OwnerLeft
	}
	return there, nil
}

// checkTarget refuses a target journey that shall replace another target.
func (r *Reconciler) checkTarget(ctx context.Context, journey *cxv1.Journey) error {
	if journey.Spec.TargetOf == "" {
		return nil
	}
	current := &cxv1.Journey{}
	err := r.kit.Client.Get(ctx, client.ObjectKey{Namespace: journey.Namespace, Name: string(journey.Spec.TargetOf)}, current)
	if apierrors.IsNotFound(err) {
		return nil // Missing has said so
	}
	if err != nil {
		return fmt.Errorf("reading journey %s: %w", journey.Spec.TargetOf, err)
	}
	if current.Spec.State == cxv1.JourneyTarget {
		return kube.Stalled(cxv1.ReasonInvalidSpec,
			"spec.targetOf names %q, which is itself a target: name the journey as it is today.", current.Name)
	}
	return nil
}
