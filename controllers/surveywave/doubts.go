// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave

import (
	"context"
	"slices"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// flagFast marks answers that were given faster than one can read.
const flagFast = "fast"

// doubt says in the status of a wave that has just closed what feeds doubt about its figures.
func (r *Reconciler) doubt(ctx context.Context, prog *cxv1.Program, wave *cxv1.SurveyWave, plan *program.WavePlan, now time.Time) error {
	if r.people == nil || r.publishing.Memory == nil || plan.Outcome == nil || plan.Status.Phase != cxv1.WaveClosed {
		return nil
	}
	key := keyOf(prog, wave)
	evidence, err := r.recent(ctx, key, now)
	if err != nil {
		return err
	}
	doubts, err := r.doubts(ctx, key, wave, evidence)
	plan.Status.Doubts = nil
	for _, text := range doubts {
		plan.Status.Doubts = append(plan.Status.Doubts, text.EN)
	}
	return err
}

// recent is as little evidence as there can be around a wave: the waves before it, and all marks.
func (r *Reconciler) recent(ctx context.Context, key store.WaveKey, now time.Time) (*store.Evidence, error) {
	evidence, err := r.publishing.Memory.Evidence(ctx, key.ProgramID, store.EvidenceQuery{
		Now: now, PointsPerKPI: 1, WavesPerSurvey: 12, FollowUpAge: time.Second, FollowUps: 1,
	})
	return evidence, stored(err)
}

func (r *Reconciler) doubts(ctx context.Context, key store.WaveKey, wave *cxv1.SurveyWave, evidence *store.Evidence,
) ([]cxv1.LocalizedText, error) {
	people, err := r.people.AudienceCounts(ctx, key)
	if err != nil {
		return nil, stored(err)
	}
	var fast int64
	for answer, err := range r.people.WaveAnswers(ctx, key) {
		if err != nil {
			return nil, stored(err)
		}
		if slices.Contains(answer.Flags, flagFast) {
			fast++
		}
	}
	return program.DoubtTexts(people, fast, closedBefore(wave, evidence)), nil
}

// closedBefore is the latest wave of the survey that closed before this one was due; nil for none.
func closedBefore(wave *cxv1.SurveyWave, evidence *store.Evidence) *store.WaveOutcome {
	t := &wave.Spec.Template
	for i := len(evidence.Waves) - 1; i >= 0; i-- { // by survey, then due time
		w := &evidence.Waves[i]
		if w.Survey == string(t.Survey) && w.Phase == store.WaveClosed && w.DueAt.Before(t.DueAt.Time) {
			return w
		}
	}
	return nil
}
