// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownerassignment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

// claimDelay is how long the Program's controller is given to claim its id.
const claimDelay = 2 * time.Second

// SubjectReconciler makes the assignments that the objects of one kind claim, and prunes those that they claim no more. It
// writes nothing to the subject itself.
type SubjectReconciler struct {
	desk
	subjectKind
}

// Subjects makes one controller for each kind that names owners.
func Subjects(kit kube.Kit, evidence Evidence, offers Offers) []*SubjectReconciler {
	reconcilers := make([]*SubjectReconciler, len(subjectKinds))
	for i, kind := range subjectKinds {
		reconcilers[i] = &SubjectReconciler{desk: desk{kit: kit, evidence: evidence, offers: offers}, subjectKind: kind}
	}
	return reconcilers
}

// Kind is the kind of the objects that the controller reconciles.
func (r *SubjectReconciler) Kind() string { return string(r.kind) }

// Name is the name of the controller: other controllers reconcile the same kind.
func (r *SubjectReconciler) Name() string { return strings.ToLower(string(r.kind)) + "-assignments" }

// Register adds the controller to a manager. The indexes must be registered before.
func (r *SubjectReconciler) Register(mgr ctrl.Manager) error {
	changed := predicate.Or(kube.SpecChanged(), kube.ProgramChanged())
	if r.kind != cxv1.SubjectProgram {
		changed = kube.SpecChanged()
	}
	b := ctrl.NewControllerManagedBy(mgr).Named(r.Name()).
		For(r.fresh(), builder.WithPredicates(changed)).
		Watches(&cxv1.OwnerAssignment{}, handler.EnqueueRequestsFromMapFunc(r.claimants), builder.WithPredicates(deleted()))
	if r.kind != cxv1.SubjectProgram {
		b = b.Watches(&cxv1.Program{}, r.kit.EnqueueAll(r.list()), builder.WithPredicates(kube.ProgramChanged()))
	}
	return b.Complete(r)
}

// deleted lets deletions through: an assignment that goes, or makes room for one of ours, is made again.
func deleted() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		UpdateFunc: func(event.UpdateEvent) bool { return false },
	}
}

// claimants wakes the subjects that claim an assignment of that name.
func (r *SubjectReconciler) claimants(ctx context.Context, obj client.Object) []reconcile.Request {
	var names []string
	r.each(ctx, r.list(), obj.GetNamespace(), client.MatchingFields{byClaim: obj.GetName()}, func(subject client.Object) {
		names = append(names, subject.GetName())
	})
	return requests(obj.GetNamespace(), names)
}

// Reconcile makes and prunes the assignments of one subject.
func (r *SubjectReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	subject := r.fresh()
	if err := r.kit.Client.Get(ctx, request.NamespacedName, subject); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !subject.GetDeletionTimestamp().IsZero() {
		return ctrl.Result{}, nil // assignments go by owner reference, decisions stay
	}
	prog, err := r.program(ctx, request.Namespace)
	if err != nil || prog == nil {
		return ctrl.Result{}, err
	}
	if r.kit.Rush.On(kube.FirstReport) {
		return kube.AfterRush(0), nil // owners are asked when what they shall own has been looked at
	}
	err = r.step(ctx, prog, subject)
	if errors.Is(err, store.ErrNotClaimed) {
		// The Program claims it shortly; in a store that was restored no object changes by that.
		return ctrl.Result{RequeueAfter: claimDelay}, nil
	}
	return ctrl.Result{}, err
}

// program is the namespace's Program, nil while there is none that holds its id. Nothing is said about that here: the
// subject's own controller says it.
func (r *SubjectReconciler) program(ctx context.Context, namespace string) (*cxv1.Program, error) {
	prog := &cxv1.Program{}
	err := r.kit.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: cxv1.ProgramName}, prog)
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading the Program: %w", err)
	case prog.Status.ObservedGeneration < 0 || kube.IsTrue(prog, cxv1.ConditionStalled):
		return nil, nil
	}
	return prog, nil
}

func (r *SubjectReconciler) step(ctx context.Context, prog *cxv1.Program, subject kube.Object) error {
	claims := ownership.Subjects(subject)
	existing := &cxv1.OwnerAssignmentList{}
	if err := r.kit.Client.List(ctx, existing, client.InNamespace(subject.GetNamespace()),
		client.MatchingFields{bySubject: subjectKey(r.kind, subject.GetName())}); err != nil {
		return fmt.Errorf("listing assignments: %w", err)
	}
	missing, gone := compare(subject, claims, existing.Items)
	since, err := r.evidence.SinceAll(ctx, prog.Spec.ID, ownership.MarkScope, marks(claims, gone), r.kit.Clock.Now())
	if err != nil {
		return fmt.Errorf("marking who is named: %w", err)
	}
	if err := r.forget(ctx, prog.Spec.ID, gone); err != nil {
		return err
	}
	if err := r.prune(ctx, gone); err != nil || len(missing) == 0 {
		return err
	}
	in, err := r.observe(ctx, prog, subject, r.kind)
	if err != nil {
		return err
	}
	for _, claim := range missing {
		in.Claim, in.NamedSince = claim, since[claim.Key()]
		if err := r.create(ctx, subject, in); err != nil {
			return err
		}
	}
	return nil
}

// compare lists the claims without assignment, and the assignments of the subject without claim.
func compare(subject kube.Object, claims []ownership.Claim, existing []cxv1.OwnerAssignment) (
	missing []ownership.Claim, gone []*cxv1.OwnerAssignment) {
	there := map[string]bool{}
	for i := range existing {
		_, claimed := ownership.ClaimOf(subject, &existing[i])
		there[existing[i].Name] = claimed
		if !claimed && metav1.IsControlledBy(&existing[i], subject) {
			gone = append(gone, &existing[i])
		}
	}
	for _, claim := range claims {
		if !there[claim.Name()] {
			missing = append(missing, claim)
		}
	}
	return missing, gone
}

// marks say who is named for each claim, and that nobody is named any more for those that are gone.
func marks(claims []ownership.Claim, gone []*cxv1.OwnerAssignment) map[string]string {
	values := map[string]string{}
	for _, assignment := range gone {
		values[ownership.Remembered(assignment).Key()] = ""
	}
	for _, claim := range claims {
		values[claim.Key()] = claim.Owner
	}
	return values
}

// forget lets nobody be waited for any more whom nothing names: a claim that is made again later asks anew.
func (r *SubjectReconciler) forget(ctx context.Context, programID string, gone []*cxv1.OwnerAssignment) error {
	values := map[string]string{}
	for _, assignment := range gone {
		maps.Copy(values, ownership.Remembered(assignment).Forgotten())
		published, _, err := r.published(ctx, programID, assignment.Name)
		if err == nil && published != "" {
			err = r.withdraw(ctx, programID, assignment.Name, nil)
		}
		if err != nil {
			return err
		}
	}
	if len(values) == 0 {
		return nil
	}
	if _, err := r.evidence.SinceAll(ctx, programID, ownership.WaitScope, values, r.kit.Clock.Now()); err != nil {
		return fmt.Errorf("forgetting who was waited for: %w", err)
	}
	return nil
}

// prune deletes what nothing stands behind any more. The marks are gone before: after a crash in between, the next pass
// still finds the assignment.
func (r *SubjectReconciler) prune(ctx context.Context, gone []*cxv1.OwnerAssignment) error {
	for _, assignment := range gone {
		// The precondition keeps a stale read from deleting a namesake.
		err := r.kit.Client.Delete(ctx, assignment, client.Preconditions{UID: &assignment.UID})
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("deleting assignment %s: %w", assignment.Name, err)
		}
	}
	return nil
}

// create makes one assignment, unless an object about something else has its name.
func (r *SubjectReconciler) create(ctx context.Context, subject kube.Object, in ownership.Input) error {
	name := in.Claim.Name()
	taken := &cxv1.OwnerAssignment{}
	err := r.kit.Client.Get(ctx, client.ObjectKey{Namespace: subject.GetNamespace(), Name: name}, taken)
	switch {
	case err == nil:
		// The Program's status says the same, for as long as it is so.
		r.kit.Event(subject, corev1.EventTypeWarning, cxv1.ReasonForeignObject, "Assign", in.Claim.Taken())
		return nil
	case !apierrors.IsNotFound(err):
		return fmt.Errorf("reading assignment %s: %w", name, err)
	}
	// Without the object there is no decision to record.
	_, err = r.apply(ctx, subject, nil, name, ownership.Decide(in).Spec())
	return err
}
