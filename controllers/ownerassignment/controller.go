// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownerassignment

import (
	"context"
	"fmt"
	"time"

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

// New makes the controller of assignments. Offers are nil where nobody decides by link.
func New(kit kube.Kit, evidence Evidence, offers Offers) *Reconciler {
	r := &Reconciler{desk: desk{kit: kit, evidence: evidence, offers: offers}}
	r.Reconciler = kube.NewReconciler(kit, r.step)
	return r
}

// Kind is the kind of the objects that the controller reconciles.
func (r *Reconciler) Kind() string { return "OwnerAssignment" }

// +kubebuilder:rbac:groups=cx-operator.io,resources=ownerassignments,verbs=list;watch;create;patch;delete
// +kubebuilder:rbac:groups=cx-operator.io,resources=ownerassignments/status,verbs=patch
// +kubebuilder:rbac:groups=cx-operator.io,resources=programs;owners,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=journeys;goals;kpis;surveys;initiatives;assessments,verbs=list;watch

// Register adds the controller to a manager. The indexes must be registered before.
func (r *Reconciler) Register(mgr ctrl.Manager) error {
	spec := builder.WithPredicates(kube.SpecChanged())
	b := ctrl.NewControllerManagedBy(mgr).Named("ownerassignment").
		For(&cxv1.OwnerAssignment{}, builder.WithPredicates(predicate.Or(kube.SpecChanged(), belongings()))).
		Watches(&cxv1.Owner{}, handler.EnqueueRequestsFromMapFunc(r.affected), spec).
		Watches(&cxv1.Owner{}, handler.EnqueueRequestsFromMapFunc(r.shifted), builder.WithPredicates(moved())).
		Watches(&cxv1.Program{}, r.kit.EnqueueAll(&cxv1.OwnerAssignmentList{}), builder.WithPredicates(kube.ProgramChanged()))
	for _, kind := range subjectKinds {
		b = b.Watches(kind.fresh(), handler.EnqueueRequestsFromMapFunc(claimed), spec)
	}
	if r.offers != nil {
		b = b.WatchesRawSource(r.answers())
	}
	return b.Complete(r)
}

// moved lets through that an owner comes, goes, or stands elsewhere in the line.
func moved() predicate.Predicate {
	return predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, after := e.ObjectOld.(*cxv1.Owner), e.ObjectNew.(*cxv1.Owner)
			return before.Spec.State != after.Spec.State || before.Spec.ReportsTo != after.Spec.ReportsTo
		},
	}
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
	in, published, err := r.input(ctx, prog, subject, claim, a)
	if err != nil {
		return kube.Result{}, err
	}
	plan, recorded, err := r.decide(ctx, in)
	r.tell(a, claim.Owner, recorded)
	if err != nil {
		return kube.Result{}, err
	}
	written, err := r.apply(ctx, subject, a, a.Name, plan.Spec())
	if err == nil && published != "" && !serves(published, plan.Proposed, append(recorded, in.Decisions...)) {
		err = r.withdraw(ctx, in.ProgramID, a.Name, plan.Proposed)
	}
	switch {
	case err != nil:
		return kube.Result{}, err
	case written:
		// The status belongs to the object as it is now, which comes back as an event.
		return kube.Result{}, kube.NotYet("the assignment has just been written")
	}
	return report(a, in.Now, plan), nil
}

// input reads everything that the assignment is decided by, and which offer of it may be decided by a link.
func (r *Reconciler) input(ctx context.Context, prog *cxv1.Program, subject kube.Object, claim ownership.Claim, a *cxv1.OwnerAssignment,
) (in ownership.Input, published string, err error) {
	if in, err = r.observe(ctx, prog, subject, claim.Subject.Kind); err != nil {
		return in, "", err
	}
	in.Claim, in.Existing = claim, &a.Spec
	since, err := r.evidence.SinceAll(ctx, in.ProgramID, ownership.MarkScope, map[string]string{claim.Key(): claim.Owner}, in.Now)
	if err != nil {
		return in, "", kube.FromStore(err, store.ErrNotClaimed)
	}
	in.NamedSince = since[claim.Key()]
	published, in.Answer, err = r.published(ctx, in.ProgramID, a.Name)
	return in, published, err
}

func report(a *cxv1.OwnerAssignment, now time.Time, plan ownership.Plan) kube.Result {
	before := a.Status
	plan.Report(&a.Status)
	if plan.Verified == nil {
		kube.RemoveCondition(a, cxv1.ConditionVerified)
	}
	for _, c := range plan.Conditions() {
		kube.SetCondition(a, now, c.Type, c.Status, c.Reason, c.Message)
	}
	result := kube.Result{Message: plan.Message, Events: news(&before, &a.Status), Told: []string{cxv1.ConditionAccepted}}
	if !plan.Next.IsZero() {
		result.After = kube.Until(now, plan.Next)
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

// affected wakes the assignments that an owner has to do with as they are: those that they are asked about, and those in force of
// everybody for whom the owner may act.
func (r *Reconciler) affected(ctx context.Context, obj client.Object) []reconcile.Request {
	names := r.assignmentsOf(ctx, obj.GetNamespace(), asked, obj.GetName())
	for _, owner := range r.principals(ctx, obj) {
		names = append(names, r.assignmentsOf(ctx, obj.GetNamespace(), inForce, owner)...)
	}
	return requests(obj.GetNamespace(), names)
}

// shifted wakes the assignments for which somebody else may be asked when an owner comes, goes or gets another manager: those of
// subjects that name the owner or somebody below, and those without anybody in force, as whoever was may be back. The fallback
// owner stands at the end of every line.
func (r *Reconciler) shifted(ctx context.Context, obj client.Object) []reconcile.Request {
	namespace := obj.GetNamespace()
	prog, err := r.kit.Program(ctx, namespace)
	if err == nil && string(prog.Spec.Ownership.FallbackOwner) == obj.GetName() {
		var names []string
		r.each(ctx, &cxv1.OwnerAssignmentList{}, namespace, nil, func(a client.Object) { names = append(names, a.GetName()) })
		return requests(namespace, names)
	}
	names := r.assignmentsOf(ctx, namespace, inForce, nobody)
	for _, owner := range r.below(ctx, obj) {
		names = append(names, r.named(ctx, namespace, owner)...)
	}
	return requests(namespace, names)
}

func requests(namespace string, names []string) []reconcile.Request {
	all := make([]reconcile.Request, len(names))
	for i, name := range names {
		all[i] = reconcile.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}
	}
	return all
}
