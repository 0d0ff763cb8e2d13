// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package persona says what in the program is about a persona, what its description lacks, and how many people of it can be asked.
package persona

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Reconciler describes personas.
type Reconciler struct {
	reconcile.Reconciler
	kit    kube.Kit
	people Contacts
	// counted are the contacts by persona when they were last counted.
	counted sync.Map
}

// Contacts counts who can be asked.
type Contacts interface {
	CountContacts(ctx context.Context, programID, persona string) (store.ContactCounts, error)
	ContactsRevision(ctx context.Context, programID string) (int64, error)
}

// countEvery is how often it is looked whether contacts have changed. Counting reads every one of them.
const countEvery = time.Minute

// New makes the controller. Without people (nil), no contacts are counted.
func New(kit kube.Kit, people Contacts) *Reconciler {
	r := &Reconciler{kit: kit, people: people}
	r.Reconciler = kube.NewReconciler(kit, r.step)
	return r
}

// Kind is the kind of the objects that the controller reconciles.
func (r *Reconciler) Kind() string { return "Persona" }

// +kubebuilder:rbac:groups=cx-operator.io,resources=personas;programs;journeys;surveys;kpis,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=personas/status,verbs=patch

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
	prog, err := r.kit.Program(ctx, persona.Namespace)
	if err != nil {
		return kube.Result{}, err
	}
	use, err := r.observe(ctx, persona)
	if err != nil {
		return kube.Result{}, err
	}
	now := r.kit.Clock.Now()
	contacts, err := r.count(ctx, contactsOf{program: prog.Spec.ID, persona: persona.Name}, now)
	if err != nil {
		return kube.Result{}, err
	}
	c := program.DescribePersona(persona, use)
	kube.SetCondition(persona, now, c.Type, c.Status, c.Reason, c.Message)
	if c := program.CountReachable(persona, contacts.counts); c != nil {
		kube.SetCondition(persona, now, c.Type, c.Status, c.Reason, c.Message)
	} else {
		kube.RemoveCondition(persona, cxv1.ConditionReachable)
	}
	result := kube.Result{Message: program.PersonaMessage(persona)}
	if r.people != nil {
		result.After = kube.Until(now, contacts.lookedAt.Add(countEvery))
	}
	return result, nil
}

// contactsOf names a list of contacts.
type contactsOf struct{ program, persona string }

// counted are contacts that were counted, and when it was last looked whether they still are these.
type counted struct {
	revision int64
	lookedAt time.Time
	// counts is nil when nobody can be asked.
	counts *store.ContactCounts
}

// count counts contacts, if they may have changed since.
func (r *Reconciler) count(ctx context.Context, of contactsOf, now time.Time) (counted, error) {
	if r.people == nil {
		return counted{}, nil
	}
	var last counted
	if known, ok := r.counted.Load(of); ok {
		last = known.(counted)
	}
	if last.counts != nil && now.Before(last.lookedAt.Add(countEvery)) {
		return last, nil
	}
	// Before counting: what changes in between is seen the next time.
	revision, err := r.people.ContactsRevision(ctx, of.program)
	if err != nil {
		return last, kube.FromStore(err, store.ErrNotClaimed)
	}
	if last.counts == nil || last.revision != revision {
		counts, err := r.people.CountContacts(ctx, of.program, of.persona)
		if err != nil {
			return last, kube.FromStore(err, store.ErrNotClaimed)
		}
		last.counts, last.revision = &counts, revision
	}
	last.lookedAt = now
	r.counted.Store(of, last)
	return last, nil
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
