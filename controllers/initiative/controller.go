// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package initiative lets initiatives follow what their people ask for as far as approval, dependencies, dates, milestones
// and results allow, and says what is overdue.
package initiative

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/initiative"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Marks is what the store knows of initiatives: since when they are in a phase, and what their approvers decided.
type Marks interface {
	SinceAll(ctx context.Context, programID, scope string, values map[string]string, now time.Time) (map[string]time.Time, error)
	Decisions(ctx context.Context, programID, subjectKind, subjectName string) ([]store.Decision, error)
}

// Reconciler judges initiatives.
type Reconciler struct {
	reconcile.Reconciler
	kit   kube.Kit
	marks Marks
}

// New makes the controller.
func New(kit kube.Kit, marks Marks) *Reconciler {
	r := &Reconciler{kit: kit, marks: marks}
	r.Reconciler = kube.NewReconciler(kit, r.step)
	return r
}

// Kind is the kind of the objects that the controller reconciles.
func (r *Reconciler) Kind() string { return "Initiative" }

// +kubebuilder:rbac:groups=cx-operator.io,resources=initiatives;programs;kpis;owners;ownerassignments,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=goals;journeys;personas,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=initiatives/status,verbs=patch

// Register adds the controller to a manager.
func (r *Reconciler) Register(mgr ctrl.Manager) error {
	initiatives := &cxv1.InitiativeList{}
	spec, appears := builder.WithPredicates(kube.SpecChanged()), builder.WithPredicates(kube.Appears())
	return ctrl.NewControllerManagedBy(mgr).Named("initiative").
		For(&cxv1.Initiative{}, spec).
		Watches(&cxv1.Program{}, r.kit.EnqueueAll(initiatives), builder.WithPredicates(kube.ProgramChanged())).
		Watches(&cxv1.Initiative{}, r.kit.EnqueueReferrers(initiatives, "Initiative"),
			builder.WithPredicates(kube.StatusChanged(func(i *cxv1.Initiative) any { return i.Status.Phase }))).
		Watches(&cxv1.Initiative{}, handler.EnqueueRequestsFromMapFunc(r.dependants), spec).
		Watches(&cxv1.OwnerAssignment{}, kube.Enqueue(initiativeToApprove),
			builder.WithPredicates(kube.StatusChanged(func(a *cxv1.OwnerAssignment) any { return a.Status }))).
		Watches(&cxv1.KPI{}, r.kit.EnqueueReferrers(initiatives, "KPI"),
			builder.WithPredicates(kube.StatusChanged(valueOf))).
		Watches(&cxv1.Owner{}, r.kit.EnqueueReferrers(initiatives, "Owner"), appears).
		Watches(&cxv1.Goal{}, r.kit.EnqueueReferrers(initiatives, "Goal"), appears).
		Watches(&cxv1.Journey{}, r.kit.EnqueueReferrers(initiatives, "Journey"), appears).
		Watches(&cxv1.Persona{}, r.kit.EnqueueReferrers(initiatives, "Persona"), appears).
		Complete(r)
}

func initiativeToApprove(a *cxv1.OwnerAssignment) []string {
	if a.Spec.Subject.Kind != cxv1.SubjectInitiative || a.Spec.Role != cxv1.RoleApprover {
		return nil
	}
	return []string{string(a.Spec.Subject.Name)}
}

func valueOf(kpi *cxv1.KPI) any {
	type value struct {
		Value cxv1.Decimal
		Fresh bool
	}
	return value{kpi.Status.Value, initiative.IsFresh(kpi)}
}

// dependants wakes all initiatives that depend on the one of the event, also through others: what is in a cycle depends on
// all of them.
func (r *Reconciler) dependants(ctx context.Context, obj client.Object) []reconcile.Request {
	var requests []reconcile.Request
	seen := map[string]bool{obj.GetName(): true}
	queue := []string{obj.GetName()}
	for len(queue) > 0 {
		list := &cxv1.InitiativeList{}
		if err := r.kit.Client.List(ctx, list, client.InNamespace(obj.GetNamespace()),
			kube.Referring("Initiative", queue[0]), client.UnsafeDisableDeepCopy); err != nil {
			log.FromContext(ctx).Error(err, "listing initiatives to wake")
			return requests
		}
		queue = queue[1:]
		for i := range list.Items {
			if name := list.Items[i].Name; !seen[name] {
				seen[name] = true
				queue = append(queue, name)
				requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
			}
		}
	}
	return requests
}

func (r *Reconciler) step(ctx context.Context, i *cxv1.Initiative) (kube.Result, error) {
	prog, err := r.kit.Program(ctx, i.Namespace)
	if err != nil {
		return kube.Result{}, err
	}
	in, err := r.observe(ctx, i, prog)
	if err != nil {
		return kube.Result{}, err
	}
	cycle, err := r.cycle(ctx, i)
	if err != nil {
		return kube.Result{}, err
	}
	judgement := initiative.Judge(in)
	since, err := r.marks.SinceAll(ctx, prog.Spec.ID, initiative.MarkScope, initiative.Marks(i), in.Now)
	if err != nil {
		return kube.Result{}, kube.FromStore(err, store.ErrNotClaimed)
	}
	initiative.SetSince(i, since)
	report(i, judgement, in.Now)
	result := kube.Result{Message: judgement.Message}
	if !judgement.Wake.IsZero() {
		result.After = kube.Until(in.Now, judgement.Wake)
	}
	if cycle != nil {
		return result, kube.Stalled(cxv1.ReasonReferenceCycle,
			"The initiative waits for itself: %s. Take a step out of dependsOn of one of them.", program.CyclePath(cycle))
	}
	return result, r.kit.Missing(ctx, i)
}

func report(i *cxv1.Initiative, judgement initiative.Judgement, now time.Time) {
	for _, c := range judgement.Conditions {
		kube.SetCondition(i, now, c.Type, c.Status, c.Reason, c.Message)
	}
	if !slices.ContainsFunc(judgement.Conditions, func(c metav1.Condition) bool { return c.Type == cxv1.ConditionWithinBudget }) {
		kube.RemoveCondition(i, cxv1.ConditionWithinBudget)
	}
}

func (r *Reconciler) observe(ctx context.Context, i *cxv1.Initiative, prog *cxv1.Program) (in initiative.Input, err error) {
	in = initiative.Input{
		Initiative: i, Now: r.kit.Clock.Now(), Zone: program.Zone(prog),
		Dependencies: map[string]cxv1.InitiativePhase{}, KPIs: map[string]*cxv1.KPI{},
	}
	for _, name := range i.Spec.DependsOn {
		other := &cxv1.Initiative{}
		found, err := r.find(ctx, i.Namespace, string(name), other)
		if err != nil {
			return in, err
		}
		if found {
			in.Dependencies[other.Name] = other.Status.Phase
		}
	}
	for _, target := range i.Spec.KPITargets {
		kpi := &cxv1.KPI{}
		found, err := r.find(ctx, i.Namespace, string(target.KPIRef), kpi)
		if err != nil {
			return in, err
		}
		if found {
			in.KPIs[kpi.Name] = kpi
		}
	}
	in.Approved, err = r.approved(ctx, prog.Spec.ID, i)
	return in, err
}

func (r *Reconciler) find(ctx context.Context, namespace, name string, into client.Object) (found bool, err error) {
	err = r.kit.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, into)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading %T %s: %w", into, name, err)
	}
	return true, nil
}

// approved says whether the owner in approvedBy said yes, by the store: the yes of somebody who has left since still counts,
// and an assignment that is just being rewritten says nothing.
func (r *Reconciler) approved(ctx context.Context, programID string, i *cxv1.Initiative) (bool, error) {
	if i.Spec.ApprovedBy == "" {
		return false, nil
	}
	decisions, err := r.marks.Decisions(ctx, programID, string(cxv1.SubjectInitiative), i.Name)
	if err != nil {
		return false, kube.FromStore(err, store.ErrNotClaimed)
	}
	return ownership.Approved(i, "", decisions), nil
}

// cycle is the way through dependsOn back to the initiative, nil when there is none.
func (r *Reconciler) cycle(ctx context.Context, i *cxv1.Initiative) (path []string, err error) {
	path = program.Cycle(i.Name, func(name string) []string {
		node := i
		if name != i.Name {
			node = &cxv1.Initiative{}
			if _, ferr := r.find(ctx, i.Namespace, name, node); ferr != nil {
				err = ferr
			}
		}
		return kube.Named(node, "Initiative")
	})
	return path, err
}
