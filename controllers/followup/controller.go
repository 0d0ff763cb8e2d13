// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package followup looks after answers that must be followed up: whose they are to answer, by when, and what came of it.
package followup

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
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Log keeps how far follow-ups have come.
type Log interface {
	RecordFollowUp(ctx context.Context, programID string, followUp store.FollowUp) (store.FollowUp, error)
}

// Reconciler looks after follow-ups.
type Reconciler struct {
	reconcile.Reconciler
	kit kube.Kit
	log Log
}

// New makes the controller.
func New(kit kube.Kit, log Log) *Reconciler {
	r := &Reconciler{kit: kit, log: log}
	r.Reconciler = kube.NewReconciler(kit, r.step)
	return r
}

// Kind is the kind of the objects that the controller reconciles.
func (r *Reconciler) Kind() string { return "FollowUp" }

// +kubebuilder:rbac:groups=cx-operator.io,resources=followups,verbs=list;watch;delete
// +kubebuilder:rbac:groups=cx-operator.io,resources=followups/status,verbs=patch
// +kubebuilder:rbac:groups=cx-operator.io,resources=programs;ownerassignments,verbs=list;watch

// Register adds the controller to a manager.
func (r *Reconciler) Register(mgr ctrl.Manager) error {
	all := r.kit.EnqueueAll(&cxv1.FollowUpList{})
	return ctrl.NewControllerManagedBy(mgr).Named("followup").
		For(&cxv1.FollowUp{}, builder.WithPredicates(kube.SpecChanged())).
		Watches(&cxv1.Program{}, all, builder.WithPredicates(kube.ProgramChanged())).
		Watches(&cxv1.OwnerAssignment{}, all, builder.WithPredicates(kube.StatusChanged(func(a *cxv1.OwnerAssignment) any {
			return []any{a.Spec.Owner, a.Status.Acting}
		}))).
		Complete(r)
}

func (r *Reconciler) step(ctx context.Context, followUp *cxv1.FollowUp) (kube.Result, error) {
	prog, err := r.kit.Program(ctx, followUp.Namespace)
	if err != nil {
		return kube.Result{}, err
	}
	owner, err := r.owner(ctx, followUp)
	if err != nil {
		return kube.Result{}, err
	}
	now := r.kit.Clock.Now()
	// The opening, recorded again, changes nothing and tells what is known.
	logged, err := r.log.RecordFollowUp(ctx, prog.Spec.ID, program.OpeningOf(followUp))
	if err != nil {
		return kube.Result{}, kube.FromStore(err, store.ErrNotClaimed)
	}
	program.RecallFollowUp(followUp, logged)
	plan := program.JudgeFollowUp(followUp, prog, owner, now)
	// The store first: once the object says Closed it may be deleted at any time.
	if _, err := r.log.RecordFollowUp(ctx, prog.Spec.ID, plan.Record); err != nil {
		return kube.Result{}, kube.FromStore(err, store.ErrNotClaimed)
	}
	if plan.Delete {
		return kube.Result{}, r.delete(ctx, followUp)
	}
	conditions := followUp.Status.ObjectStatus
	followUp.Status = plan.Status
	followUp.Status.ObjectStatus = conditions
	kube.SetCondition(followUp, now, plan.OnSchedule.Type, plan.OnSchedule.Status, plan.OnSchedule.Reason, plan.OnSchedule.Message)
	result := kube.Result{Message: plan.Message}
	if !plan.Wake.IsZero() {
		result.After = kube.Until(now, plan.Wake)
	}
	if plan.Mistake != "" {
		return result, kube.Stalled(cxv1.ReasonInvalidSpec, "%s", plan.Mistake)
	}
	return result, nil
}

// owner is whose it is to answer: who acts for the touchpoint, else for the journey, else for the survey.
func (r *Reconciler) owner(ctx context.Context, followUp *cxv1.FollowUp) (string, error) {
	c := followUp.Spec.Case
	var subjects []cxv1.AssignmentSubject
	if c.Journey != "" && c.Touchpoint != "" {
		subjects = append(subjects, cxv1.AssignmentSubject{Kind: cxv1.SubjectJourney, Name: c.Journey, Touchpoint: c.Touchpoint})
	}
	if c.Journey != "" {
		subjects = append(subjects, cxv1.AssignmentSubject{Kind: cxv1.SubjectJourney, Name: c.Journey})
	}
	subjects = append(subjects, cxv1.AssignmentSubject{Kind: cxv1.SubjectSurvey, Name: c.Survey})
	for _, subject := range subjects {
		claim := ownership.Claim{Subject: subject, Role: cxv1.RoleAccountable}
		a := &cxv1.OwnerAssignment{}
		err := r.kit.Client.Get(ctx, client.ObjectKey{Namespace: followUp.Namespace, Name: claim.Name()}, a)
		switch {
		case apierrors.IsNotFound(err):
			continue
		case err != nil:
			return "", fmt.Errorf("reading who answers for %s %s: %w", subject.Kind, subject.Name, err)
		case !claim.Made(a) || a.Spec.Owner == "":
			continue // somebody else's object, or nobody is in force
		case a.Status.Acting != "":
			return a.Status.Acting, nil
		}
		return string(a.Spec.Owner), nil
	}
	return "", nil
}

func (r *Reconciler) delete(ctx context.Context, followUp *cxv1.FollowUp) error {
	err := r.kit.Client.Delete(ctx, followUp, client.Preconditions{UID: &followUp.UID, ResourceVersion: &followUp.ResourceVersion})
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("removing a follow-up that was closed long ago: %w", err)
	}
	return nil
}
