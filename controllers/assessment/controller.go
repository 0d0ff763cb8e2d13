// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package assessment says what the answers of people prove, how long they count, and which exemptions are in force.
package assessment

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Decisions is what approvers decided, by the store: an assignment may trail behind what it is about.
type Decisions interface {
	Decisions(ctx context.Context, programID, subjectKind, subjectName string) ([]store.Decision, error)
}

// Reconciler judges assessments.
type Reconciler struct {
	reconcile.Reconciler
	kit       kube.Kit
	decisions Decisions
}

// New makes the controller.
func New(kit kube.Kit, decisions Decisions) *Reconciler {
	r := &Reconciler{kit: kit, decisions: decisions}
	r.Reconciler = kube.NewReconciler(kit, r.step)
	return r
}

// Kind is the kind of the objects that the controller reconciles.
func (r *Reconciler) Kind() string { return "Assessment" }

// +kubebuilder:rbac:groups=cx-operator.io,resources=assessments;programs;frameworks;owners;ownerassignments,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=assessments/status,verbs=patch

// Register adds the controller to a manager.
func (r *Reconciler) Register(mgr ctrl.Manager) error {
	assessments, spec := &cxv1.AssessmentList{}, builder.WithPredicates(kube.SpecChanged())
	return ctrl.NewControllerManagedBy(mgr).Named("assessment").
		For(&cxv1.Assessment{}, spec).
		Watches(&cxv1.Program{}, r.kit.EnqueueAll(assessments), builder.WithPredicates(kube.ProgramChanged())).
		Watches(&cxv1.Framework{}, r.kit.EnqueueAll(assessments), spec).
		Watches(&cxv1.Owner{}, r.kit.EnqueueReferrers(assessments, "Owner"), spec).
		Watches(&cxv1.OwnerAssignment{}, kube.Enqueue(exempted),
			builder.WithPredicates(kube.StatusChanged(func(a *cxv1.OwnerAssignment) any { return a.Status }))).
		Complete(r)
}

// exempted is the assessment whose exemption an assignment is about.
func exempted(a *cxv1.OwnerAssignment) []string {
	if a.Spec.Subject.Kind != cxv1.SubjectAssessment {
		return nil
	}
	return []string{string(a.Spec.Subject.Name)}
}

func (r *Reconciler) step(ctx context.Context, a *cxv1.Assessment) (kube.Result, error) {
	prog, err := r.kit.Program(ctx, a.Namespace)
	if err != nil {
		return kube.Result{}, err
	}
	around, err := r.observe(ctx, a)
	if err != nil {
		return kube.Result{}, err
	}
	framework, err := program.AskedFramework(around, a)
	if err != nil {
		return kube.Result{}, kube.Waiting(cxv1.ReasonFrameworkNotReady, 0,
			"The framework %q cannot be used: %s. What the assessment said so far stands.", a.Spec.Framework, program.FirstProblem(err))
	}
	recorded, err := r.recorded(ctx, prog.Spec.ID, a)
	if err != nil {
		return kube.Result{}, err
	}
	now := r.kit.Clock.Now()
	judgement := program.JudgeAssessment(program.AssessmentInput{
		Assessment: a, Framework: framework, Program: prog, Approved: program.ApprovedExemptions(around, a, recorded), Now: now,
	})
	for _, c := range judgement.Conditions {
		kube.SetCondition(a, now, c.Type, c.Status, c.Reason, c.Message)
	}
	result := kube.Result{Message: judgement.Message}
	if !judgement.Wake.IsZero() {
		result.After = kube.Until(now, judgement.Wake)
	}
	var mistake *program.AssessmentError
	if errors.As(program.CheckAssessment(a, framework, prog), &mistake) {
		return result, kube.Stalled(mistake.Reason, "%s", mistake.Message)
	}
	return result, r.kit.Missing(ctx, a)
}

// recorded are the decisions of the approvers of its exemptions.
func (r *Reconciler) recorded(ctx context.Context, programID string, a *cxv1.Assessment) ([]store.Decision, error) {
	if len(a.Spec.Exemptions) == 0 {
		return nil, nil
	}
	decisions, err := r.decisions.Decisions(ctx, programID, string(cxv1.SubjectAssessment), a.Name)
	return decisions, kube.FromStore(err, store.ErrNotClaimed)
}

// observe reads what an assessment rests on: its framework, if the namespace has one of its own, and the approvers of its
// exemptions.
func (r *Reconciler) observe(ctx context.Context, a *cxv1.Assessment) (*program.Snapshot, error) {
	around := &program.Snapshot{Namespace: a.Namespace}
	if err := r.add(ctx, around, a.Spec.Framework, &cxv1.Framework{}); err != nil {
		return nil, err
	}
	for _, e := range a.Spec.Exemptions {
		if err := r.add(ctx, around, string(e.ApprovedBy), &cxv1.Owner{}); err != nil {
			return nil, err
		}
	}
	return around, nil
}

// add reads an object into a snapshot, if it is there.
func (r *Reconciler) add(ctx context.Context, into *program.Snapshot, name string, obj program.Object) error {
	err := r.kit.Client.Get(ctx, client.ObjectKey{Namespace: into.Namespace, Name: name}, obj)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading %s %s: %w", program.KindOf(obj), name, err)
	}
	into.Add(obj)
	return nil
}
