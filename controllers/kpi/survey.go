// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kpi

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Answers are what people answered in waves.
type Answers interface {
	WaveAnswers(ctx context.Context, wave store.WaveKey) iter.Seq2[store.StoredAnswer, error]
	AudienceCounts(ctx context.Context, wave store.WaveKey) (store.AudienceCounts, error)
}

// pointOf is the point that the KPI has now: what its spec states, what the waves of its survey gave, or a Prometheus. known are the points
// recorded so far.
func (r *Reconciler) pointOf(ctx context.Context, prog *cxv1.Program, kpi *cxv1.KPI, known []store.KPIPoint, now time.Time,
) (store.KPIPoint, error) {
	source := kpi.Spec.Source.Survey
	switch {
	case kpi.Spec.Source.Prometheus != nil:
		return r.asked(ctx, kpi, known, now)
	case source == nil:
		return program.PointOf(kpi, now)
	}
	none := store.KPIPoint{KPI: kpi.Name}
	if r.answers == nil {
		return none, program.ErrNoPoint
	}
	waves, err := r.closedWaves(ctx, kpi.Namespace, source)
	if err != nil {
		return none, err
	}
	if isKnown, err := recorded(kpi, waves, known); isKnown || err != nil {
		return none, cmp.Or(err, program.ErrNoPoint)
	}
	closed := make([]program.ClosedWave, len(waves))
	for i := range waves {
		if closed[i], err = r.read(ctx, prog.Spec.ID, &waves[i]); err != nil {
			return none, err
		}
	}
	return program.SurveyPoint(kpi, closed, now)
}

// recorded says that there is no wave, or that the newest one's point is there: answers may be many, and are not counted again.
func recorded(kpi *cxv1.KPI, waves []cxv1.SurveyWave, known []store.KPIPoint) (bool, error) {
	if len(waves) == 0 {
		return true, nil
	}
	latest := waves[0].Status.ClosedAt.UTC().Truncate(time.Second)
	hash, err := program.SourceHash(kpi, waves[0].Spec.Template.Questionnaire)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(known, func(p store.KPIPoint) bool {
		return p.AsOf.Equal(latest) && p.Method == string(kpi.Spec.Method) && p.ScaleHash == hash
	}), nil
}

// closedWaves are the latest waves of the survey that are closed, as many as the KPI asks for, the newest first.
func (r *Reconciler) closedWaves(ctx context.Context, namespace string, source *cxv1.SurveySource) ([]cxv1.SurveyWave, error) {
	all := &cxv1.SurveyWaveList{}
	if err := r.kit.Client.List(ctx, all, client.InNamespace(namespace), client.MatchingLabels{cxv1.LabelSurvey: string(source.SurveyRef)},
		client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing the waves of survey %s: %w", source.SurveyRef, err)
	}
	waves := slices.DeleteFunc(slices.Clone(all.Items), func(w cxv1.SurveyWave) bool {
		return w.Status.Phase != cxv1.WaveClosed || w.Status.ClosedAt == nil || w.Spec.Template.Survey != source.SurveyRef
	})
	slices.SortFunc(waves, func(a, b cxv1.SurveyWave) int { return b.Status.ClosedAt.Compare(a.Status.ClosedAt.Time) })
	limit := 1
	if source.Waves != nil {
		limit = int(*source.Waves)
	}
	return waves[:min(len(waves), limit)], nil
}

func (r *Reconciler) read(ctx context.Context, programID string, wave *cxv1.SurveyWave) (program.ClosedWave, error) {
	t := &wave.Spec.Template
	key := store.WaveKey{ProgramID: programID, Survey: string(t.Survey), Slot: t.Slot}
	counts, err := questionnaire.Count(t.Questionnaire, r.answers.WaveAnswers(ctx, key))
	if err != nil {
		return program.ClosedWave{}, kube.FromStore(err, store.ErrNotClaimed)
	}
	people, err := r.answers.AudienceCounts(ctx, key)
	if err != nil {
		return program.ClosedWave{}, kube.FromStore(err, store.ErrNotClaimed)
	}
	return program.ClosedWave{
		Questionnaire: t.Questionnaire, Template: t, ClosedAt: wave.Status.ClosedAt.Time,
		Counts: counts, Population: program.Population(people),
	}, nil
}

// ofSurvey wakes the KPIs whose source is the survey of a wave.
func (r *Reconciler) ofSurvey() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, obj client.Object) []reconcile.Request {
		wave, ok := obj.(*cxv1.SurveyWave)
		if !ok {
			return nil
		}
		kpis := &cxv1.KPIList{}
		if err := r.kit.Client.List(ctx, kpis, client.InNamespace(wave.Namespace),
			kube.Referring("Survey", string(wave.Spec.Template.Survey)), client.UnsafeDisableDeepCopy); err != nil {
			log.FromContext(ctx).Error(err, "listing the KPIs of a survey")
			return nil
		}
		requests := make([]reconcile.Request, 0, len(kpis.Items))
		for i := range kpis.Items {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&kpis.Items[i])})
		}
		return requests
	})
}
