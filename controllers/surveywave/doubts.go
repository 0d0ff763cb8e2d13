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

// figuresGone is said of a wave that has no figures although people answered.
const figuresGone = "The answers were dropped when their retention was over: there are no figures here, and none can be made any more."

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
	given, err := r.given(ctx, key)
	if err != nil {
		return err
	}
	status := &plan.Status
	status.Doubts = program.Doubts(given.people, given.fast, closedBefore(wave, evidence))
	if given.dropped() {
		// The object was restored without its status. What nobody knows any more is not what nobody answered.
		status.Results, status.FollowUps, status.FollowUpsLeftOut = nil, nil, 0
		status.Doubts = append(status.Doubts, figuresGone)
	}
	return nil
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
	given, err := r.given(ctx, key)
	return program.DoubtTexts(given.people, given.fast, closedBefore(wave, evidence)), err
}

// given is who answered a wave, and how many of the answers are there to read.
type given struct {
	people     store.AudienceCounts
	read, fast int64
}

// dropped says that there were answers, and are none any more.
func (g given) dropped() bool { return g.read == 0 && g.people.Responded+g.people.Foreign > 0 }

func (r *Reconciler) given(ctx context.Context, key store.WaveKey) (g given, err error) {
	if g.people, err = r.people.AudienceCounts(ctx, key); err != nil {
		return g, stored(err)
	}
	for answer, err := range r.people.WaveAnswers(ctx, key) {
		if err != nil {
			return g, stored(err)
		}
		g.read++
		if slices.Contains(answer.Flags, flagFast) {
			g.fast++
		}
	}
	return g, nil
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
