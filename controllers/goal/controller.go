// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package goal rolls KPIs up the tree of goals. Each goal reads its own KPIs and the status of its direct children; a
// change climbs the tree goal by goal.
package goal

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
)

// Reconciler judges goals.
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
func (r *Reconciler) Kind() string { return "Goal" }

// +kubebuilder:rbac:groups=cx-operator.io,resources=goals;programs;kpis;owners,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=goals/status,verbs=patch

// Register adds the controller to a manager.
func (r *Reconciler) Register(mgr ctrl.Manager) error {
	goals := &cxv1.GoalList{}
	return ctrl.NewControllerManagedBy(mgr).Named("goal").
		For(&cxv1.Goal{}, builder.WithPredicates(kube.SpecChanged())).
		Watches(&cxv1.Program{}, r.kit.EnqueueAll(goals), builder.WithPredicates(kube.ProgramChanged())).
		Watches(&cxv1.Goal{}, kube.Enqueue(func(g *cxv1.Goal) []string { return []string{string(g.Spec.ParentRef)} }),
			builder.WithPredicates(kube.StatusChanged(func(g *cxv1.Goal) any { return g.Status.KPIs }))).
		Watches(&cxv1.Goal{}, handler.EnqueueRequestsFromMapFunc(r.below), builder.WithPredicates(kube.SpecChanged())).
		Watches(&cxv1.KPI{}, kube.Enqueue(func(k *cxv1.KPI) []string { return []string{string(k.Spec.GoalRef)} }),
			builder.WithPredicates(kube.StatusChanged(func(k *cxv1.KPI) any { return program.Rollup([]*cxv1.KPI{k}) }))).
		Watches(&cxv1.Owner{}, r.kit.EnqueueReferrers(goals, "Owner"), builder.WithPredicates(kube.Appears())).
		Complete(r)
}

// below wakes all goals below the one of the event: what serves a business goal, and what is in a cycle, depends on
// everything above.
func (r *Reconciler) below(ctx context.Context, obj client.Object) []reconcile.Request {
	var requests []reconcile.Request
	seen := map[string]bool{obj.GetName(): true}
	queue := []string{obj.GetName()}
	for len(queue) > 0 {
		children, err := r.children(ctx, obj.GetNamespace(), queue[0])
		if err != nil {
			log.FromContext(ctx).Error(err, "listing goals to wake")
			return requests
		}
		queue = queue[1:]
		for _, child := range children {
			if !seen[child.Name] {
				seen[child.Name] = true
				queue = append(queue, child.Name)
				requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(child)})
			}
		}
	}
	return requests
}

func (r *Reconciler) step(ctx context.Context, goal *cxv1.Goal) (kube.Result, error) {
	prog, err := r.kit.Program(ctx, goal.Namespace)
	if err != nil {
		return kube.Result{}, err
	}
	in, cycle, err := r.observe(ctx, goal, prog)
	if err != nil {
		return kube.Result{}, err
	}
	if cycle != nil {
		return kube.Result{}, kube.Stalled(cxv1.ReasonReferenceCycle,
			"The goal is its own ancestor: %s. Change parentRef of one of them.", program.CyclePath(cycle))
	}
	judgement := program.JudgeGoal(in)
	for _, c := range judgement.Conditions {
		kube.SetCondition(goal, in.Now, c.Type, c.Status, c.Reason, c.Message)
	}
	result := kube.Result{Message: judgement.Message}
	if !judgement.Wake.IsZero() {
		result.After = kube.Until(in.Now, judgement.Wake)
	}
	return result, r.kit.Missing(ctx, goal)
}

func (r *Reconciler) observe(ctx context.Context, goal *cxv1.Goal, prog *cxv1.Program) (in program.GoalInput, cycle []string, err error) {
	in = program.GoalInput{Goal: goal, Now: r.kit.Clock.Now(), Zone: program.Zone(prog)}
	if in.Ancestors, cycle, err = r.ancestors(ctx, goal); err != nil || cycle != nil {
		return in, cycle, err
	}
	if in.Children, err = r.children(ctx, goal.Namespace, goal.Name); err != nil {
		return in, nil, err
	}
	kpis := &cxv1.KPIList{}
	if err := r.kit.Client.List(ctx, kpis, client.InNamespace(goal.Namespace), kube.Referring("Goal", goal.Name)); err != nil {
		return in, nil, fmt.Errorf("listing the KPIs of the goal: %w", err)
	}
	for i := range kpis.Items {
		in.KPIs = append(in.KPIs, &kpis.Items[i])
	}
	return in, nil, nil
}

// ancestors walks up the tree. A way that comes back to the goal itself is a cycle; a cycle further up is the matter of
// those in it, and the walk just ends there.
func (r *Reconciler) ancestors(ctx context.Context, goal *cxv1.Goal) (above []*cxv1.Goal, cycle []string, err error) {
	path, seen := []string{goal.Name}, map[string]bool{goal.Name: true}
	for parent := goal.Spec.ParentRef; parent != ""; {
		name := string(parent)
		path = append(path, name)
		if name == goal.Name {
			return nil, path, nil
		}
		if seen[name] {
			return above, nil, nil
		}
		seen[name] = true
		next := &cxv1.Goal{}
		err := r.kit.Client.Get(ctx, client.ObjectKey{Namespace: goal.Namespace, Name: name}, next)
		if apierrors.IsNotFound(err) {
			return above, nil, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reading goal %s: %w", name, err)
		}
		above = append(above, next)
		parent = next.Spec.ParentRef
	}
	return above, nil, nil
}

func (r *Reconciler) children(ctx context.Context, namespace, name string) ([]*cxv1.Goal, error) {
	list := &cxv1.GoalList{}
	if err := r.kit.Client.List(ctx, list, client.InNamespace(namespace), kube.Referring("Goal", name)); err != nil {
		return nil, fmt.Errorf("listing the goals below %s: %w", name, err)
	}
	children := make([]*cxv1.Goal, len(list.Items))
	for i := range list.Items {
		children[i] = &list.Items[i]
	}
	return children, nil
}
