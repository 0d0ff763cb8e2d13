// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package persona says what in the program is about a persona and what its description lacks.
package persona

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
)

// Reconciler describes personas.
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
func (r *Reconciler) Kind() string { return "Persona" }

// +kubebuilder:rbac:groups=cx-operator.io,resources=personas;programs;journeys;surveys;kpis,verbs=get;list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=personas/status,verbs=get;patch

// Register adds the controller to a manager.
func (r *Reconciler) Register(mgr ctrl.Manager) error {
	spec := builder.WithPredicates(kube.SpecChanged())
	return ctrl.NewControllerManagedBy(mgr).Named("persona").
		For(&cxv1.Persona{}, spec).
		Watches(&cxv1.Program{}, r.kit.EnqueueAll(&cxv1.PersonaList{}), builder.WithPredicates(kube.ProgramChanged())).
		Watches(&cxv1.Journey{}, kube.Enqueue(personasOf[*cxv1.Journey]), spec).
		Watches(&cxv1.Survey{}, kube.Enqueue(personasOf[*cxv1.Survey]), spec).
		Watches(&cxv1.KPI{}, kube.Enqueue(personasOf[*cxv1.KPI]), spec).
		Complete(r)
}

func personasOf[T kube.Object](obj T) []string { return kube.Named(obj, "Persona") }

func (r *Reconciler) step(ctx context.Context, persona *cxv1.Persona) (kube.Result, error) {
	if _, err := r.kit.Program(ctx, persona.Namespace); err != nil {
		return kube.Result{}, err
	}
	use, err := r.observe(ctx, persona)
	if err != nil {
		return kube.Result{}, err
	}
	c := program.DescribePersona(persona, use)
	kube.SetCondition(persona, r.kit.Clock.Now(), c.Type, c.Status, c.Reason, c.Message)
	return kube.Result{Message: program.PersonaMessage(persona)}, nil
}

func (r *Reconciler) observe(ctx context.Context, persona *cxv1.Persona) (use program.PersonaUse, err error) {
	for _, kind := range []struct {
		list  client.ObjectList
		count *int
	}{
		{&cxv1.JourneyList{}, &use.Journeys},
		{&cxv1.SurveyList{}, &use.Surveys},
		{&cxv1.KPIList{}, &use.KPIs},
	} {
		if err := r.kit.Client.List(ctx, kind.list, client.InNamespace(persona.Namespace),
			kube.Referring("Persona", persona.Name), client.UnsafeDisableDeepCopy); err != nil {
			return use, fmt.Errorf("listing what is about the persona: %w", err)
		}
		*kind.count = meta.LenList(kind.list)
	}
	return use, nil
}
