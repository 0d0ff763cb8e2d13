// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package surveywave leads waves through their phases by time and keeps a record of how they ended.
package surveywave

import (
	"context"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Outcomes keeps how waves ended.
type Outcomes interface {
	RecordWave(ctx context.Context, programID string, wave store.WaveOutcome) (store.WaveOutcome, error)
	RecordFollowUp(ctx context.Context, programID string, followUp store.FollowUp) (store.FollowUp, error)
}

// Reconciler leads waves through their phases.
type Reconciler struct {
	reconcile.Reconciler
	kit      kube.Kit
	client   client.Client
	outcomes Outcomes
	people   People
	links    link.Keys
	// looked is what was seen of a wave's people and answers (seen), shown what was published of it (shown); both by wave.
	looked, shown sync.Map
	// publishing is what figures are sent with.
	publishing Publishing
}

// New makes the controller. Without people (nil) nobody is asked, and waves are led through their phases all the same.
func New(kit kube.Kit, outcomes Outcomes, people People, links link.Keys) *Reconciler {
	r := &Reconciler{kit: kit, client: kit.Client, outcomes: outcomes, people: people, links: links}
	r.Reconciler = kube.NewReconciler(kit, r.step)
	return r
}

// Kind is the kind of the objects that the controller reconciles.
func (r *Reconciler) Kind() string { return "SurveyWave" }

// +kubebuilder:rbac:groups=cx-operator.io,resources=surveywaves,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=surveywaves/status,verbs=patch
// +kubebuilder:rbac:groups=cx-operator.io,resources=programs,verbs=list;watch

// Register adds the controller to a manager.
func (r *Reconciler) Register(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).Named("surveywave").
		For(&cxv1.SurveyWave{}, builder.WithPredicates(kube.SpecChanged())).
		Watches(&cxv1.Program{}, r.kit.EnqueueAll(&cxv1.SurveyWaveList{}), builder.WithPredicates(kube.ProgramChanged())).
		Complete(r)
}

func (r *Reconciler) step(ctx context.Context, wave *cxv1.SurveyWave) (kube.Result, error) {
	prog, err := r.kit.Program(ctx, wave.Namespace)
	if err != nil {
		return kube.Result{}, err
	}
	if owner := metav1.GetControllerOf(wave); owner == nil || owner.Kind != "Survey" || string(owner.UID) != wave.Spec.Template.SurveyUID {
		// Its outcome would count as one of the survey's.
		return kube.Result{}, kube.Stalled(cxv1.ReasonForeignObject,
			"No Survey made this wave. Waves are made by a Survey's schedule: delete this object.")
	}
	now := r.kit.Clock.Now()
	plan := program.DecideWave(wave, now)
	var mistake error
	if r.people != nil {
		if mistake, err = r.ask(ctx, prog, wave, &plan, now); err != nil {
			return kube.Result{}, err
		}
	}
	if plan.Outcome != nil {
		// The store first: once the object says Closed, it may be deleted at any time.
		if _, err := r.outcomes.RecordWave(ctx, prog.Spec.ID, *plan.Outcome); err != nil {
			return kube.Result{}, kube.FromStore(err, store.ErrNotClaimed)
		}
	}
	if err := r.finish(ctx, prog, wave, &plan, now); err != nil {
		return kube.Result{}, err
	}
	conditions := wave.Status.ObjectStatus
	wave.Status = plan.Status
	wave.Status.ObjectStatus = conditions
	kube.SetCondition(wave, now, cxv1.ConditionOpen, openStatus(plan.Status.Phase), plan.Reason, plan.Message)
	result := kube.Result{Message: plan.Message}
	if !plan.Wake.IsZero() {
		result.After = kube.Until(now, plan.Wake)
	}
	return result, mistake
}

func openStatus(phase cxv1.WavePhase) metav1.ConditionStatus {
	return kube.Status(phase == cxv1.WaveOpen)
}
