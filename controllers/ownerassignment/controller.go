// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownerassignment

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Reconciler keeps each assignment where the subject, the owners and the recorded decisions put it.
type Reconciler struct {
	reconcile.Reconciler
	desk
}

// New makes the controller of assignments.
func New(kit kube.Kit, evidence Evidence) *Reconciler {
	r := &Reconciler{desk: desk{kit: kit, evidence: evidence}}
	r.Reconciler = kube.NewReconciler(kit, r.step)
	return r
}

// Kind is the kind of the objects that the controller reconciles.
func (r *Reconciler) Kind() string { return "OwnerAssignment" }

// +kubebuilder:rbac:groups=cx-operator.io,resources=ownerassignments,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=cx-operator.io,resources=ownerassignments/status,verbs=get;patch
// +kubebuilder:rbac:groups=cx-operator.io,resources=programs;owners,verbs=get;list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=journeys;goals;kpis;surveys;initiatives;assessments,verbs=get;list;watch

// Register adds the controller to a manager. The indexes must be registered before.
func (r *Reconciler) Register(mgr ctrl.Manager) error {
	spec := builder.WithPredicates(kube.SpecChanged())
	b := ctrl.NewControllerManagedBy(mgr).Named("ownerassignment").
		For(&cxv1.OwnerAssignment{}, builder.WithPredicates(predicate.Or(kube.SpecChanged(), belongings()))).
		Watches(&cxv1.Owner{}, handler.EnqueueRequestsFromMapFunc(r.affected), spec).
		Watches(&cxv1.Program{}, r.kit.EnqueueAll(&cxv1.OwnerAssignmentList{}), builder.WithPredicates(kube.ProgramChanged()))
	for _, kind := range subjectKinds {
		b = b.Watches(kind.fresh(), handler.EnqueueRequestsFromMapFunc(claimed), spec)
	}
	return b.Complete(r)
}

// belongings lets through that an assignment belongs to other objects than before. That is no new generation: without it nobody
// would come back to an assignment that has just been adopted, or was taken from its subject.
func belongings() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		DeleteFunc: func(event.DeleteEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			return !equality.Semantic.DeepEqual(e.ObjectOld.GetOwnerReferences(), e.ObjectNew.GetOwnerReferences())
		},
	}
}

func (r *Reconciler) step(ctx context.Context, a *cxv1.OwnerAssignment) (kube.Result, error) {
	prog, err := r.kit.Program(ctx, a.Namespace)
	if err != nil {
		return kube.Result{}, err
	}
	subject, claim, err := r.claim(ctx, a)
	if err != nil {
		return kube.Result{}, err
	}
	in, err := r.observe(ctx, prog, subject, claim.Subject.Kind)
	if err != nil {
		return kube.Result{}, err
	}
	in.Claim, in.Existing = claim, &a.Spec
	since, err := r.evidence.SinceAll(ctx, in.ProgramID, ownership.MarkScope, map[string]string{claim.Key(): claim.Owner}, in.Now)
	if err != nil {
		return kube.Result{}, kube.FromStore(err, store.ErrNotClaimed)
	}
	in.NamedSince = since[claim.Key()]
	plan, err := r.decide(ctx, in)
	if err != nil {
		return kube.Result{}, err
	}
	written, err := r.apply(ctx, subject, a, a.Name, plan.Spec())
	if err != nil {
		return kube.Result{}, err
	}
	if written {
		// The status belongs to the object as it is now, which comes back as an event.
		return kube.Result{}, kube.NotYet("the assignment has just been written")
	}
	return report(a, in, plan), nil
}

func report(a *cxv1.OwnerAssignment, in ownership.Input, plan ownership.Plan) kube.Result {
	plan.Report(&a.Status)
	kube.SetCondition(a, in.Now, cxv1.ConditionAccepted, kube.Status(plan.Accepted), plan.Reason, plan.Message)
	result := kube.Result{Message: plan.Message}
	if !plan.Next.IsZero() {
		result.After = kube.Until(in.Now, plan.Next)
	}
	return result
}

// claim finds the subject and what it claims. Without a claim the assignment is not for this controller to write.
func (r *Reconciler) claim(ctx context.Context, a *cxv1.OwnerAssignment) (kube.Object, ownership.Claim, error) {
	about := a.Spec.Subject
	none := ownership.Claim{}
	kind, known := kindNamed(about.Kind)
	if !known {
		return nil, none, kube.Stalled(cxv1.ReasonForeignObject, "Nobody answers for a %s. Delete this object.", about.Kind)
	}
	subject := kind.fresh()
	err := r.kit.Client.Get(ctx, client.ObjectKey{Namespace: a.Namespace, Name: string(about.Name)}, subject)
	if apierrors.IsNotFound(err) {
		return nil, none, kube.Waiting(cxv1.ReasonReferenceNotFound, 0,
			"%s %q does not exist. An assignment goes with its subject: delete it if the subject shall not come back.", about.Kind, about.Name)
	}
	if err != nil {
		return nil, none, fmt.Errorf("reading %s %s: %w", about.Kind, about.Name, err)
	}
	if controller := metav1.GetControllerOf(a); controller != nil && controller.UID != subject.GetUID() {
		if controller.Kind == string(about.Kind) && controller.Name == string(about.Name) {
			return nil, none, kube.NotYet("it belongs to an earlier object of that name and goes with it")
		}
		return nil, none, kube.Stalled(cxv1.ReasonForeignObject,
			"It belongs to %s %q and not to %s %q, which it is about. Delete this object, and it is made anew.",
			controller.Kind, controller.Name, about.Kind, about.Name)
	}
	claim, found := ownership.ClaimOf(subject, a)
	switch {
	case found:
		return subject, claim, nil
	case metav1.IsControlledBy(a, subject):
		return nil, none, kube.NotYet("the subject does not name anybody any more, so it is about to be pruned")
	}
	return nil, none, kube.Stalled(cxv1.ReasonForeignObject,
		"%s %q names no owner that this assignment would be for. Assignments are made by the controller: name an owner on the "+
			"subject, and delete this object.", about.Kind, about.Name)
}

// affected wakes the assignments that an owner has to do with: those of subjects that name the owner, those in force of
// everybody for whom the owner may act, and those without anybody in force, as the owner may be back or take over.
func (r *Reconciler) affected(ctx context.Context, obj client.Object) []reconcile.Request {
	names := r.named(ctx, obj)
	for _, owner := range append(r.principals(ctx, obj), nobody) {
		names = append(names, r.assignmentsOf(ctx, obj.GetNamespace(), owner)...)
	}
	return requests(obj.GetNamespace(), names)
}

func requests(namespace string, names []string) []reconcile.Request {
	all := make([]reconcile.Request, len(names))
	for i, name := range names {
		all[i] = reconcile.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}
	}
	return all
}
