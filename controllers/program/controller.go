// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package program looks after Programs: it claims the program's id in the store, keeps one Scorecard per framework, and shows
// in one place where the program stands.
//
// Everything else in the namespace waits for the first status of its Program, so that status never waits for a Scorecard.
package program

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/namespace"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// claimCheck is how often the claim of the id is looked at: another namespace may have adopted it, and no object here changes
// by that.
const claimCheck = 10 * time.Minute

// pace is how often a Program is summed up at most because of what happens around it.
const pace = time.Second

// Reasons of events on a Program.
const (
	// ReasonStageReached: the program reached a higher stage.
	ReasonStageReached = "StageReached"
	// ReasonStageLost: the program fell to a lower stage.
	ReasonStageLost = "StageLost"
)

// Claims gives out program ids.
type Claims interface {
	Claim(ctx context.Context, programID string, by store.Holder, adoptFrom string, now time.Time) (store.Claim, error)
}

// Reconciler looks after Programs.
type Reconciler struct {
	reconcile.Reconciler
	kit    kube.Kit
	pace   *kube.Pace
	claims Claims
	homes  homes
	desk   desk
	guard  guard
}

// New makes the controller. The live reader goes past the cache: Namespaces and Secrets are read by name and not watched.
func New(kit kube.Kit, live client.Reader, claims Claims, sending Sending) *Reconciler {
	r := &Reconciler{
		kit: kit, pace: kube.NewPace(kit.Clock, pace), claims: claims, homes: homes{live: live},
		desk: desk{Sending: sending, live: live}, guard: guard{client: kit.Client},
	}
	r.Reconciler = r.pace.Reconciler(r.orForget(kube.NewReconciler(kit, r.step)))
	return r
}

// orForget stops sending for a Program that is gone.
func (r *Reconciler) orForget(next reconcile.Reconciler) reconcile.Reconciler {
	return reconcile.Func(func(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
		if err := r.kit.Client.Get(ctx, req.NamespacedName, &cxv1.Program{}, client.UnsafeDisableDeepCopy); apierrors.IsNotFound(err) {
			r.desk.forget(req.Namespace)
			r.guard.forget(req.Namespace)
		}
		return next.Reconcile(ctx, req)
	})
}

// Kind is the kind of the objects that the controller reconciles.
func (r *Reconciler) Kind() string { return "Program" }

// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get
// +kubebuilder:rbac:groups=cx-operator.io,resources=programs;owners;personas;journeys;goals;kpis;surveys;surveywaves,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=initiatives;ownerassignments;frameworks;assessments,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=programs/status,verbs=patch
// +kubebuilder:rbac:groups=cx-operator.io,resources=scorecards,verbs=list;watch;create;patch;delete

// Register adds the controller to a manager.
func (r *Reconciler) Register(mgr ctrl.Manager) error {
	program := r.pace.Handler(r.kit.EnqueueAll(&cxv1.ProgramList{}))
	return ctrl.NewControllerManagedBy(mgr).Named("program").
		For(&cxv1.Program{}, builder.WithPredicates(kube.SpecChanged())).
		Watches(&cxv1.Scorecard{}, program, shows(func(s *cxv1.Scorecard) any { return s.Status })).
		Watches(&cxv1.Owner{}, program, shows(func(*cxv1.Owner) any { return nil })).
		Watches(&cxv1.Persona{}, program, shows(func(*cxv1.Persona) any { return nil })).
		Watches(&cxv1.Journey{}, program, shows(func(*cxv1.Journey) any { return nil })).
		Watches(&cxv1.Goal{}, program, shows(func(*cxv1.Goal) any { return nil })).
		Watches(&cxv1.KPI{}, program, shows(func(*cxv1.KPI) any { return nil })).
		Watches(&cxv1.Survey{}, program, shows(func(s *cxv1.Survey) any { return s.Status.NextWaveAt })).
		Watches(&cxv1.SurveyWave{}, program, shows(func(*cxv1.SurveyWave) any { return nil })).
		Watches(&cxv1.Initiative{}, program, shows(func(*cxv1.Initiative) any { return nil })).
		Watches(&cxv1.Framework{}, program, shows(func(*cxv1.Framework) any { return nil })).
		Watches(&cxv1.Assessment{}, program, shows(func(*cxv1.Assessment) any { return nil })).
		Watches(&cxv1.OwnerAssignment{}, program, shows(func(a *cxv1.OwnerAssignment) any {
			return []any{a.Status.Phase, a.Status.Owner, a.Status.AcceptedAt}
		})).
		Complete(r)
}

// shows lets through what the Program shows of an object: that it is not Ready and why, and the given part of its status.
func shows[T kube.Object](part func(T) any) builder.WatchesOption {
	return builder.WithPredicates(kube.StatusChanged(func(obj T) any {
		ready := kube.Condition(obj, cxv1.ConditionReady)
		if ready == nil || ready.Status == metav1.ConditionTrue {
			return []any{part(obj)}
		}
		return []any{part(obj), ready.Status, ready.Reason, ready.Message}
	}))
}

func (r *Reconciler) step(ctx context.Context, prog *cxv1.Program) (kube.Result, error) {
	if err := r.claim(ctx, prog); err != nil {
		return kube.Result{}, err
	}
	// First of all: suspendSending must hold also in a Program that is wrong otherwise.
	if err := r.sending(ctx, prog, r.kit.Clock.Now()); err != nil {
		return kube.Result{}, err
	}
	r.guard.look(ctx, prog, r.kit.Clock.Now())
	if err := program.CheckZone(prog.Spec.TimeZone); err != nil {
		return kube.Result{After: r.desk.lookAgain(prog, r.kit.Clock.Now())}, kube.Stalled(cxv1.ReasonUnknownTimeZone, "spec.timeZone: %v.", err)
	}
	snapshot, err := namespace.Read(ctx, r.kit.Client, prog.Namespace)
	if err != nil {
		return kube.Result{}, err
	}
	snapshot.Program = prog // the cache may be behind what this pass was called with
	foreign, err := r.applyScorecards(ctx, prog, snapshot)
	if err != nil {
		return kube.Result{}, err
	}
	result, assessed := r.report(prog, snapshot)
	switch {
	case foreign != "":
		return result, kube.Waiting(cxv1.ReasonForeignObject, 0,
			"The Scorecard %q exists and belongs to somebody else: delete it, and it is made anew.", foreign)
	case assessed.Reason == cxv1.ReasonFrameworkNotReady:
		return result, kube.Waiting(assessed.Reason, 0, "%s", assessed.Message)
	}
	return result, r.kit.Missing(ctx, prog)
}

// claim takes the program's id, or finds that another namespace has it.
func (r *Reconciler) claim(ctx context.Context, prog *cxv1.Program) error {
	home, err := r.homes.uid(ctx, prog)
	if err != nil {
		return err
	}
	holder := store.Holder{NamespaceUID: home, Namespace: prog.Namespace, ProgramUID: string(prog.UID)}
	_, err = r.claims.Claim(ctx, prog.Spec.ID, holder, prog.Annotations[cxv1.AnnotationAdoptFrom], r.kit.Clock.Now())
	var inUse *store.InUseError
	if errors.As(err, &inUse) {
		r.desk.forget(prog.Namespace) // whoever has the id now sends, if anybody
	}
	switch {
	case inUse != nil && inUse.AdoptedBefore:
		return kube.Stalled(cxv1.ReasonIDInUse, "spec.id %q was adopted from namespace %q once and has gone back there since; an "+
			"adoption is carried out only once. Choose another id: delete this Program and create one with it.",
			prog.Spec.ID, inUse.Holder.Namespace)
	case inUse != nil:
		return kube.Stalled(cxv1.ReasonIDInUse, "spec.id %q is in use by the Program in namespace %q. Choose another id (delete "+
			"this Program and create one with it), or take over the id and its history with the annotation %s: %q.",
			prog.Spec.ID, inUse.Holder.Namespace, cxv1.AnnotationAdoptFrom, inUse.Holder.NamespaceUID)
	}
	return kube.Failed(cxv1.ReasonStoreUnavailable, err)
}

// report fills in the status of the Program and says whether its maturity could be assessed.
func (r *Reconciler) report(prog *cxv1.Program, snapshot *program.Snapshot) (kube.Result, metav1.Condition) {
	now, before := r.kit.Clock.Now(), prog.Status.Stage
	scorecard := snapshot.Scorecard(program.Frameworks(prog)[0].Name)
	if scorecard != nil && !metav1.IsControlledBy(scorecard, prog) {
		scorecard = nil
	}
	assessed := program.CopyStage(scorecard, &prog.Status)
	for _, c := range append(program.CopyConditions(scorecard), assessed, program.Summarize(snapshot, &prog.Status)) {
		kube.SetCondition(prog, now, c.Type, c.Status, c.Reason, c.Message)
	}
	return kube.Result{
		Message: assessed.Message, After: r.desk.lookAgain(prog, now), Events: newStage(prog.Status.StageName, before, prog.Status.Stage),
		Now: prog.Status.ObservedGeneration < 0, // all others wait for it
	}, assessed
}

// newStage makes an event of a new stage. The first stage ever is no news.
func newStage(name string, before, after *int32) []kube.Event {
	if before == nil || after == nil || *before == *after {
		return nil
	}
	eventType, reason, verb := corev1.EventTypeNormal, ReasonStageReached, "reached"
	if *after < *before {
		eventType, reason, verb = corev1.EventTypeWarning, ReasonStageLost, "fell to"
	}
	return []kube.Event{{
		Type: eventType, Reason: reason, Action: "Assess",
		Note: fmt.Sprintf("The program %s stage %s, from stage %d.", verb, name, *before),
	}}
}
