// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package survey turns the due times of Surveys into SurveyWaves.
//
// The name of a wave is the lock: it is made from the survey and the local due time, so that a crash, a replay or a second
// leader meets the same name. After a crash between creating a wave and recording or reporting it, the next pass finds the
// wave, adopts it and goes on.
package survey

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// wavesBySurvey is the cache index from a survey to its waves.
const wavesBySurvey = "survey.waves"

// workers is how many surveys are looked at at once: more than for other kinds, as all may be due in the same minute, and
// most of that is waiting for the API server and the disk.
const workers = 48

// Waves is what the store knows of waves.
type Waves interface {
	WaveTotals(ctx context.Context, programID, survey string) (store.WaveTotals, error)
	RecordWaveStarted(ctx context.Context, programID string, wave store.WaveStart) error
}

// Reconciler schedules the waves of surveys.
type Reconciler struct {
	reconcile.Reconciler
	kit   kube.Kit
	live  client.Reader
	waves Waves
	// drafts takes what waves would show; nil publishes none. drafted is a hash of what was published last, by store.WaveKey.
	drafts  Drafts
	drafted sync.Map
	// late is told how long after it was due a wave was created.
	late func(time.Duration)
}

// New makes the controller. The live reader goes past the cache: it settles who owns a wave whose name is taken.
func New(kit kube.Kit, live client.Reader, waves Waves) *Reconciler {
	r := &Reconciler{kit: kit, live: live, waves: waves, late: func(time.Duration) {}}
	r.Reconciler = kube.NewReconciler(kit, r.step)
	return r
}

// Measures tells a function how long after it was due each wave was created.
func (r *Reconciler) Measures(late func(time.Duration)) *Reconciler {
	r.late = late
	return r
}

// Kind is the kind of the objects that the controller reconciles.
func (r *Reconciler) Kind() string { return "Survey" }

// +kubebuilder:rbac:groups=cx-operator.io,resources=surveys,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=surveys/status,verbs=patch
// +kubebuilder:rbac:groups=cx-operator.io,resources=surveywaves,verbs=list;watch;create;delete
// +kubebuilder:rbac:groups=cx-operator.io,resources=programs;personas;owners;frameworks,verbs=list;watch

// Register adds the controller to a manager.
func (r *Reconciler) Register(mgr ctrl.Manager) error {
	surveys := &cxv1.SurveyList{}
	return ctrl.NewControllerManagedBy(mgr).Named("survey").
		WithOptions(controller.Options{MaxConcurrentReconciles: workers}).
		For(&cxv1.Survey{}, builder.WithPredicates(kube.SpecChanged())).
		Owns(&cxv1.SurveyWave{}, builder.WithPredicates(kube.NotCreated(),
			kube.StatusChanged(func(w *cxv1.SurveyWave) any { return w.Status.Phase }))).
		Watches(&cxv1.Program{}, r.kit.EnqueueAll(surveys), builder.WithPredicates(kube.ProgramChanged())).
		Watches(&cxv1.Persona{}, r.kit.EnqueueReferrers(surveys, "Persona"), builder.WithPredicates(kube.SpecChanged())).
		Watches(&cxv1.Owner{}, r.kit.EnqueueReferrers(surveys, "Owner"), builder.WithPredicates(kube.Appears())).
		Watches(&cxv1.Framework{}, r.kit.EnqueueAll(surveys), builder.WithPredicates(kube.SpecChanged())).
		Complete(r)
}

// Index registers the cache index that the controller reads.
func Index(ctx context.Context, indexer client.FieldIndexer) error {
	return indexer.IndexField(ctx, &cxv1.SurveyWave{}, wavesBySurvey, func(obj client.Object) []string {
		return []string{string(obj.(*cxv1.SurveyWave).Spec.Template.Survey)}
	})
}

func (r *Reconciler) step(ctx context.Context, survey *cxv1.Survey) (kube.Result, error) {
	prog, err := r.kit.Program(ctx, survey.Namespace)
	if err != nil {
		return kube.Result{}, err
	}
	in, err := r.observe(ctx, survey, prog)
	if err != nil {
		return kube.Result{}, err
	}
	missing := r.kit.Missing(ctx, survey)
	if len(in.Personas) < len(survey.Spec.PersonaRefs) {
		if missing == nil {
			return kube.Result{}, kube.NotYet("a persona has just appeared; its event wakes the survey")
		}
		r.block(survey, in.Now)
		return kube.Result{}, missing
	}
	if in.Framework, err = r.framework(ctx, survey, in.Now); err != nil {
		return kube.Result{}, err
	}
	plan, err := program.DecideSurvey(in)
	if err != nil {
		return kube.Result{}, r.mistake(survey, in.Now, err)
	}
	if err := r.apply(ctx, survey, prog.Spec.ID, &plan); err != nil {
		return kube.Result{}, err
	}
	// Last: a wave shall not wait for what nobody may ever look at.
	if err := r.draft(ctx, in); err != nil {
		return r.report(survey, plan, in), err
	}
	return r.report(survey, plan, in), missing
}

// mistake reports what a person must correct.
func (r *Reconciler) mistake(survey *cxv1.Survey, now time.Time, err error) error {
	var mistake *program.SurveyError
	if !errors.As(err, &mistake) {
		return err
	}
	r.block(survey, now)
	return kube.Stalled(mistake.Reason, "%s", mistake.Message)
}

// framework is the one whose questions the survey asks; nil when it asks its own.
func (r *Reconciler) framework(ctx context.Context, survey *cxv1.Survey, now time.Time) (*maturity.Framework, error) {
	name := string(survey.Spec.FrameworkRef)
	around := &program.Snapshot{Namespace: survey.Namespace}
	if name != "" {
		own := &cxv1.Framework{}
		err := r.kit.Client.Get(ctx, client.ObjectKey{Namespace: survey.Namespace, Name: name}, own)
		switch {
		case err == nil:
			around.Add(own)
		case !apierrors.IsNotFound(err):
			return nil, fmt.Errorf("reading framework %s: %w", name, err)
		}
	}
	framework, err := program.SurveyFramework(around, survey)
	if err != nil {
		r.block(survey, now)
		return nil, kube.Waiting(cxv1.ReasonFrameworkNotReady, 0, "spec.frameworkRef: %q cannot be used: %s. No wave starts until then.",
			name, program.FirstProblem(err))
	}
	return framework, nil
}

// block takes back what was promised: as long as something is wrong, there is no next wave.
func (r *Reconciler) block(survey *cxv1.Survey, now time.Time) {
	survey.Status.Phase, survey.Status.NextWave, survey.Status.NextWaveAt = cxv1.SurveyBlocked, "", nil
	kube.SetCondition(survey, now, cxv1.ConditionOnSchedule, metav1.ConditionUnknown, cxv1.ReasonBlocked,
		"No wave starts until what Ready says is repaired.")
}

func (r *Reconciler) observe(ctx context.Context, survey *cxv1.Survey, prog *cxv1.Program) (program.SurveyInput, error) {
	in := program.SurveyInput{Survey: survey, Program: prog, Now: r.kit.Clock.Now()}
	for _, name := range survey.Spec.PersonaRefs {
		persona := &cxv1.Persona{}
		err := r.kit.Client.Get(ctx, client.ObjectKey{Namespace: survey.Namespace, Name: string(name)}, persona)
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return in, fmt.Errorf("reading persona %s: %w", name, err)
		}
		in.Personas = append(in.Personas, persona)
	}
	waves := &cxv1.SurveyWaveList{}
	if err := r.kit.Client.List(ctx, waves, client.InNamespace(survey.Namespace),
		client.MatchingFields{wavesBySurvey: survey.Name}); err != nil {
		return in, fmt.Errorf("listing waves: %w", err)
	}
	for i := range waves.Items {
		if metav1.IsControlledBy(&waves.Items[i], survey) {
			in.Waves = append(in.Waves, &waves.Items[i])
		}
	}
	totals, err := r.waves.WaveTotals(ctx, prog.Spec.ID, survey.Name)
	if err != nil {
		return in, kube.FromStore(err, store.ErrNotClaimed)
	}
	in.Totals = totals
	return in, nil
}

func (r *Reconciler) apply(ctx context.Context, survey *cxv1.Survey, programID string, plan *program.SurveyPlan) error {
	for _, wave := range plan.Record {
		if err := r.record(ctx, programID, wave); err != nil {
			return err
		}
	}
	if plan.Start != nil {
		if err := r.start(ctx, survey, programID, plan); err != nil {
			return err
		}
	}
	for _, wave := range plan.Prune {
		// The preconditions keep a stale read from deleting a namesake.
		err := r.kit.Client.Delete(ctx, wave, client.Preconditions{UID: &wave.UID, ResourceVersion: &wave.ResourceVersion})
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("deleting wave %s: %w", wave.Name, err)
		}
	}
	return nil
}

// start creates the wave that is due, or gives its slot up when the name is somebody else's.
func (r *Reconciler) start(ctx context.Context, survey *cxv1.Survey, programID string, plan *program.SurveyPlan) error {
	wave := plan.Start.DeepCopy()
	// Not blocking the survey's deletion: that would take a right on surveys/finalizers where the API server enforces it.
	notBlocking := controllerutil.WithBlockOwnerDeletion(false)
	if err := controllerutil.SetControllerReference(survey, wave, r.kit.Client.Scheme(), notBlocking); err != nil {
		return fmt.Errorf("making the survey the owner of its wave: %w", err)
	}
	ours, err := r.create(ctx, survey, programID, wave)
	if err != nil {
		return err
	}
	if !ours {
		plan.Skipped(cxv1.ReasonWaveNameTaken, fmt.Sprintf("The wave %s was skipped: an object of that name exists and "+
			"belongs to somebody else. Rename or delete it, then ask for the wave with the annotation %s.",
			wave.Name, cxv1.AnnotationWaveRequestedAt))
		return nil
	}
	plan.Started(wave)
	return nil
}

// create makes the wave and records it, in this order: a wave that the store knows but that does not exist would never be
// made. Create, not apply: it fails if the name is taken, which is what makes the name a lock.
func (r *Reconciler) create(ctx context.Context, survey *cxv1.Survey, programID string, wave *cxv1.SurveyWave) (ours bool, err error) {
	defer r.kit.Rush.Begin(kube.Creation)()
	err = r.kit.Client.Create(ctx, wave)
	switch {
	case apierrors.IsAlreadyExists(err):
		if ours, err := r.adopt(ctx, survey, wave); err != nil || !ours {
			return false, err
		}
	case err != nil:
		return false, fmt.Errorf("creating wave %s: %w", wave.Name, err)
	default:
		r.late(r.kit.Clock.Now().Sub(wave.Spec.Template.DueAt.Time))
	}
	return true, r.record(ctx, programID, wave)
}

// adopt reads the wave that has the name already and says whether it is ours.
func (r *Reconciler) adopt(ctx context.Context, survey *cxv1.Survey, wave *cxv1.SurveyWave) (ours bool, err error) {
	existing := &cxv1.SurveyWave{}
	if err := r.live.Get(ctx, client.ObjectKeyFromObject(wave), existing); err != nil {
		// Deleted since: the next pass creates it.
		return false, fmt.Errorf("reading wave %s, whose name is taken: %w", wave.Name, err)
	}
	if !metav1.IsControlledBy(existing, survey) {
		return false, nil
	}
	*wave = *existing
	return true, nil
}

func (r *Reconciler) record(ctx context.Context, programID string, wave *cxv1.SurveyWave) error {
	t := wave.Spec.Template
	err := r.waves.RecordWaveStarted(ctx, programID,
		store.WaveStart{Survey: string(t.Survey), Slot: t.Slot, DueAt: t.DueAt.Time})
	return kube.FromStore(err, store.ErrNotClaimed)
}

func (r *Reconciler) report(survey *cxv1.Survey, plan program.SurveyPlan, in program.SurveyInput) kube.Result {
	before := survey.Status
	survey.Status = plan.Status
	survey.Status.ObjectStatus = before.ObjectStatus
	c := program.ScheduleCondition(plan.Status)
	kube.SetCondition(survey, in.Now, c.Type, c.Status, c.Reason, c.Message)
	result := kube.Result{Message: c.Message}
	for _, notice := range plan.Notices {
		result.Events = append(result.Events, kube.Event{
			Type: corev1.EventTypeWarning, Reason: notice.Reason, Action: "Schedule", Note: notice.Note,
		})
	}
	// A new wave is found again; what was given up, refused or forbidden just now is not.
	result.Now = len(plan.Notices) > 0 || plan.Status.HandledRequest != before.HandledRequest ||
		!plan.Status.NotBefore.Equal(before.NotBefore)
	if name := plan.Status.LastWave; name != before.LastWave {
		result.Events = append(result.Events, kube.Event{
			Type: corev1.EventTypeNormal, Reason: cxv1.ReasonWaveCreated, Action: "Schedule", Note: "Created wave " + name + ".",
		})
	}
	if !plan.Wake.IsZero() {
		result.After = kube.Until(in.Now, plan.Wake)
	}
	return result
}
