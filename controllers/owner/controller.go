// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package owner shows what each owner carries, who acts for them, and whether they report to themselves.
package owner

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
)

// mentions is the cache index from an owner to the assignments that they are in force for or asked about.
const mentions = "owner.mentions"

// pace is how often the counts of an owner are drawn at most: many assignments may change at once.
const pace = time.Second

// Reconciler judges owners.
type Reconciler struct {
	reconcile.Reconciler
	kit     kube.Kit
	pace    *kube.Pace
	notices Notices
	memory  memory
}

// New makes the controller.
func New(kit kube.Kit) *Reconciler {
	r := &Reconciler{kit: kit, pace: kube.NewPace(kit.Clock, pace)}
	r.Reconciler = r.pace.Reconciler(kube.NewReconciler(kit, r.step))
	return r
}

// Kind is the kind of the objects that the controller reconciles.
func (r *Reconciler) Kind() string { return "Owner" }

// +kubebuilder:rbac:groups=cx-operator.io,resources=owners;ownerassignments;programs,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=owners/status,verbs=patch

// Register adds the controller to a manager. The index must be registered before.
func (r *Reconciler) Register(mgr ctrl.Manager) error {
	spec := builder.WithPredicates(kube.SpecChanged())
	asked := builder.WithPredicates(predicate.Or(kube.SpecChanged(), asked()))
	return ctrl.NewControllerManagedBy(mgr).Named("owner").
		For(&cxv1.Owner{}, spec).
		Watches(&cxv1.Owner{}, handler.EnqueueRequestsFromMapFunc(r.dependants), spec).
		Watches(&cxv1.OwnerAssignment{}, r.pace.Handler(kube.Enqueue(mentioned)), asked).
		Watches(&cxv1.OwnerAssignment{}, r.pace.Handler(handler.EnqueueRequestsFromMapFunc(r.leadOf)), builder.WithPredicates(orphaned())).
		Watches(&cxv1.Program{}, r.kit.EnqueueAll(&cxv1.OwnerList{}), builder.WithPredicates(kube.ProgramChanged())).
		Complete(r)
}

// Index registers the cache index that the controller reads.
func Index(ctx context.Context, indexer client.FieldIndexer) error {
	return indexer.IndexField(ctx, &cxv1.OwnerAssignment{}, mentions, func(obj client.Object) []string {
		return mentioned(obj.(*cxv1.OwnerAssignment))
	})
}

// asked lets through that somebody is asked, or missed: how long they have been is in the status, once it is about the offer.
func asked() predicate.Predicate {
	return kube.StatusChanged(func(a *cxv1.OwnerAssignment) any {
		return []any{a.Status.WaitsFor, a.Status.OfferedAt, a.Status.ObservedGeneration, missed(a)}
	})
}

// orphaned lets through that nobody answers for something any more.
func orphaned() predicate.Predicate {
	return kube.StatusChanged(func(a *cxv1.OwnerAssignment) any { return a.Status.Phase == cxv1.AssignmentOrphaned })
}

// leadOf wakes the lead of the program.
func (r *Reconciler) leadOf(ctx context.Context, obj client.Object) []reconcile.Request {
	prog, err := r.kit.Program(ctx, obj.GetNamespace())
	if err != nil || prog.Spec.Lead == "" {
		return nil // without a program nobody is told anything
	}
	return []reconcile.Request{{NamespacedName: client.ObjectKey{Namespace: obj.GetNamespace(), Name: string(prog.Spec.Lead)}}}
}

func mentioned(a *cxv1.OwnerAssignment) []string {
	var names []string
	if a.Spec.Owner != "" {
		names = append(names, string(a.Spec.Owner))
	}
	if a.Spec.Proposed != nil && a.Spec.Proposed.Owner != a.Spec.Owner {
		names = append(names, string(a.Spec.Proposed.Owner))
	}
	return append(names, missed(a)...)
}

// missed is the owner whom an orphan names.
func missed(a *cxv1.OwnerAssignment) []string {
	if a.Status.Phase != cxv1.AssignmentOrphaned {
		return nil
	}
	return []string{strings.Trim(a.Status.Owner, "()")}
}

// dependants wakes all owners who name the one of the event as manager or deputy, also through others: a circle, and who
// acts for whom, depends on all of them.
func (r *Reconciler) dependants(ctx context.Context, obj client.Object) []reconcile.Request {
	var requests []reconcile.Request
	seen := map[string]bool{obj.GetName(): true}
	queue := []string{obj.GetName()}
	for len(queue) > 0 {
		list := &cxv1.OwnerList{}
		if err := r.kit.Client.List(ctx, list, client.InNamespace(obj.GetNamespace()),
			kube.Referring("Owner", queue[0]), client.UnsafeDisableDeepCopy); err != nil {
			log.FromContext(ctx).Error(err, "listing owners to wake")
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

func (r *Reconciler) step(ctx context.Context, owner *cxv1.Owner) (kube.Result, error) {
	prog, err := r.kit.Program(ctx, owner.Namespace)
	if err != nil {
		return kube.Result{}, err
	}
	all := &cxv1.OwnerList{}
	if err := r.kit.Client.List(ctx, all, client.InNamespace(owner.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return kube.Result{}, fmt.Errorf("listing owners: %w", err)
	}
	assignments := &cxv1.OwnerAssignmentList{}
	if err := r.kit.Client.List(ctx, assignments, client.InNamespace(owner.Namespace),
		client.MatchingFields{mentions: owner.Name}, client.UnsafeDisableDeepCopy); err != nil {
		return kube.Result{}, fmt.Errorf("listing the assignments of the owner: %w", err)
	}
	owners := ownership.ByName(all.Items)
	owners[owner.Name] = owner
	result := r.report(owner, owners, ownership.LoadOf(owner, prog.Spec.Ownership, assignments.Items))
	if err := r.told(ctx, prog, owner, assignments.Items, &result); err != nil {
		return result, err
	}
	for _, cycle := range ownership.CheckReportsTo(owners) {
		if slices.Contains(cycle, owner.Name) {
			return result, kube.Stalled(cxv1.ReasonReferenceCycle, "The owner reports to themselves: %s. Change reportsTo of one of them.",
				program.CyclePath(append(cycle, cycle[0])))
		}
	}
	return result, r.kit.Missing(ctx, owner)
}

// told tells the owner what waits for them. What is Orphaned is told to whoever leads the program.
func (r *Reconciler) told(ctx context.Context, prog *cxv1.Program, owner *cxv1.Owner, assignments []cxv1.OwnerAssignment,
	result *kube.Result) error {
	if string(prog.Spec.Lead) == owner.Name {
		all := &cxv1.OwnerAssignmentList{}
		if err := r.kit.Client.List(ctx, all, client.InNamespace(owner.Namespace), client.UnsafeDisableDeepCopy); err != nil {
			return fmt.Errorf("listing assignments: %w", err)
		}
		assignments = all.Items
	}
	again, err := r.tell(ctx, prog, owner, assignments)
	if err != nil || again.IsZero() {
		return err
	}
	if after := kube.Until(r.kit.Clock.Now(), again); result.After == 0 || after < result.After {
		result.After = after
	}
	return nil
}

func (r *Reconciler) report(owner *cxv1.Owner, owners ownership.Owners, load ownership.Load) kube.Result {
	now := r.kit.Clock.Now()
	status := &owner.Status
	status.Accountable, status.Roles, status.Pending = ptr.To(load.Accountable), ptr.To(load.Roles), ptr.To(load.Pending)
	status.PendingAssignments = load.PendingNames
	status.WaitingSince, status.Orphaned = nil, nil
	if !load.Since.IsZero() {
		status.WaitingSince = &metav1.Time{Time: load.Since}
	}
	if load.Orphaned > 0 {
		status.Orphaned = ptr.To(load.Orphaned)
	}
	status.ActingDeputy, status.ActingUntil = "", nil
	kube.SetCondition(owner, now, cxv1.ConditionWithinCapacity, kube.Status(load.WithinCapacity), load.Reason, load.Message)
	result := kube.Result{Message: load.Summary()}
	if owner.Spec.State == cxv1.OwnerLeft {
		return result
	}
	if acting := owners.ActingFor(owner.Name, now); acting.Name != owner.Name {
		status.ActingDeputy, status.ActingUntil = acting.Name, &metav1.Time{Time: acting.Until}
	}
	if next := owners.NextActing(owner.Name, now); !next.IsZero() {
		result.After = kube.Until(now, next)
	}
	return result
}
