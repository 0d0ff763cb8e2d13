// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package scorecard judges programs against maturity frameworks. A Scorecard depends on everything in its namespace, so it
// is computed as a whole, once a second at most, and written only when something came out differently.
package scorecard

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/namespace"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

const (
	// pace is how often a Scorecard is computed at most.
	pace = time.Second
	// resync is how often it is computed at least: facts about the last 365 days change with the days alone.
	resync = time.Hour
)

// Evidence is what the store knows and remembers of a program.
type Evidence interface {
	Revision(ctx context.Context, programID string) (int64, error)
	Evidence(ctx context.Context, programID string, query store.EvidenceQuery) (*store.Evidence, error)
	SinceAll(ctx context.Context, programID, scope string, values map[string]string, now time.Time) (map[string]time.Time, error)
	RecordStage(ctx context.Context, programID string, change store.StageChange) (store.StageChange, error)
}

// Reconciler computes Scorecards.
type Reconciler struct {
	reconcile.Reconciler
	kit      kube.Kit
	pace     *kube.Pace
	evidence Evidence
	cache    cache
	models   program.Models
}

// New makes the controller.
func New(kit kube.Kit, evidence Evidence) *Reconciler {
	r := &Reconciler{kit: kit, pace: kube.NewPace(kit.Clock, pace), evidence: evidence}
	r.Reconciler = r.pace.Reconciler(kube.NewReconciler(kit, r.step))
	return r
}

// Kind is the kind of the objects that the controller reconciles.
func (r *Reconciler) Kind() string { return "Scorecard" }

// +kubebuilder:rbac:groups=cx-operator.io,resources=programs;owners;personas;journeys;goals;kpis;surveys;surveywaves,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=initiatives;ownerassignments;scorecards;frameworks;assessments;followups,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=scorecards/status,verbs=patch

// Register adds the controller to a manager.
func (r *Reconciler) Register(mgr ctrl.Manager) error {
	all := r.pace.Handler(r.kit.EnqueueAll(&cxv1.ScorecardList{}))
	spec := builder.WithPredicates(kube.SpecChanged())
	return ctrl.NewControllerManagedBy(mgr).Named("scorecard").
		Watches(&cxv1.Scorecard{}, r.pace.Handler(&handler.EnqueueRequestForObject{}), spec).
		Watches(&cxv1.Program{}, all, builder.WithPredicates(kube.ProgramChanged())).
		Watches(&cxv1.Owner{}, all, spec).
		Watches(&cxv1.Persona{}, all, spec).
		Watches(&cxv1.Journey{}, all, spec).
		Watches(&cxv1.Goal{}, all, spec).
		Watches(&cxv1.Survey{}, all, spec).
		Watches(&cxv1.Framework{}, forgetting{all, &r.models}, spec).
		Watches(&cxv1.Assessment{}, all, spec).
		Watches(&cxv1.KPI{}, all, builder.WithPredicates(changed(func(k *cxv1.KPI) any {
			return []any{k.Status.Value, k.Status.Low, k.Status.High, k.Status.N, k.Status.AsOf, k.Status.Trend}
		}))).
		Watches(&cxv1.SurveyWave{}, all, builder.WithPredicates(changed(func(w *cxv1.SurveyWave) any {
			return []any{w.Status.Phase, w.Status.PublishedAt}
		}))).
		Watches(&cxv1.Initiative{}, all, builder.WithPredicates(changed(func(i *cxv1.Initiative) any {
			return []any{i.Status.Phase, i.Status.ActiveSince, i.Status.DoneSince}
		}))).
		Watches(&cxv1.OwnerAssignment{}, all, builder.WithPredicates(changed(func(a *cxv1.OwnerAssignment) any {
			return []any{a.Status.Owner, a.Status.AcceptedAt}
		}))).
		Watches(&cxv1.FollowUp{}, all, builder.WithPredicates(changed(func(f *cxv1.FollowUp) any {
			return []any{f.Status.Phase, f.Status.RespondedAt}
		}))).
		Complete(r)
}

// changed lets through what facts are read from: the spec, and the given part of the status.
func changed[T kube.Object](part func(T) any) predicate.Predicate { return kube.StatusChanged(part) }

func (r *Reconciler) step(ctx context.Context, scorecard *cxv1.Scorecard) (kube.Result, error) {
	prog, err := r.kit.Program(ctx, scorecard.Namespace)
	if err != nil {
		return kube.Result{}, err
	}
	if !metav1.IsControlledBy(scorecard, prog) {
		// It would share marks and history with the Program's own.
		return kube.Result{}, kube.Stalled(cxv1.ReasonForeignObject,
			"The Program did not make this Scorecard. Name the framework in the Program's spec.frameworks, and delete this object.")
	}
	now := r.kit.Clock.Now()
	snapshot, err := namespace.Read(ctx, r.kit.Client, scorecard.Namespace)
	if err != nil {
		return kube.Result{}, err
	}
	model, err := r.model(snapshot, prog, scorecard)
	if err != nil {
		return kube.Result{}, err
	}
	evidence, err := r.cache.read(ctx, r.evidence, prog.Spec.ID, now)
	if err != nil {
		return kube.Result{}, kube.FromStore(err, store.ErrNotClaimed)
	}
	assessment := program.Assess(model, snapshot, evidence, now)
	since, err := r.evidence.SinceAll(ctx, prog.Spec.ID, assessment.Scope(), assessment.Marks(), now)
	if err != nil {
		return kube.Result{}, kube.FromStore(err, store.ErrNotClaimed)
	}
	standing := assessment.Settle(since)
	// The history is written before the status: a crash in between repeats this pass, and the same stage is not added twice.
	if change, ok := assessment.Change(standing); ok {
		if _, err := r.evidence.RecordStage(ctx, prog.Spec.ID, change); err != nil {
			return kube.Result{}, kube.FromStore(err, store.ErrNotClaimed)
		}
	}
	assessment.Report(&scorecard.Status, standing, since, program.Language(prog))
	for _, c := range assessment.Conditions(standing) {
		kube.SetCondition(scorecard, now, c.Type, c.Status, c.Reason, c.Message)
	}
	result := kube.Result{Message: assessment.Message(standing), After: resync}
	if wake := assessment.Wake(standing); !wake.IsZero() {
		result.After = min(result.After, kube.Until(now, wake))
	}
	return result, nil
}
