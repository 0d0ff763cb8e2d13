// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

// WavePlan is where a wave stands now.
type WavePlan struct {
	// Status is the new status, conditions aside.
	Status cxv1.SurveyWaveStatus
	// Outcome is what the store must hold before the final phase is reported; nil before that.
	Outcome *store.WaveOutcome
	// Reason and Message explain the phase.
	Reason, Message string
	// Wake is when the next phase begins; zero when there is none.
	Wake time.Time
}

// DecideWave says where a wave stands at now: Pending, Open, Closing and Closed by time, or Cancelled on request. A final
// phase stays.
func DecideWave(wave *cxv1.SurveyWave, now time.Time) WavePlan {
	plan := WavePlan{Status: *wave.Status.DeepCopy()}
	t := wave.Spec.Template
	phase, cancel := wave.Status.Phase, wave.Spec.Control.Cancel
	switch {
	case phase == cxv1.WaveClosed || (phase == "" && cancel == nil && !now.Before(t.GraceUntil.Time)):
		plan.reached(cxv1.WaveClosed, cxv1.ReasonClosed, "The wave is over.")
	case phase == cxv1.WaveCancelled || cancel != nil:
		plan.reached(cxv1.WaveCancelled, cxv1.ReasonCancelled, "The wave was cancelled: "+reasonOf(cancel))
	case now.Before(t.OpensAt.Time):
		plan.reached(cxv1.WavePending, cxv1.ReasonWavePending, "The wave opens later.")
		plan.Wake = t.OpensAt.Time
	case now.Before(t.ClosesAt.Time):
		plan.reached(cxv1.WaveOpen, cxv1.ReasonOpen, "The wave takes answers.")
		plan.Wake = t.ClosesAt.Time
	case now.Before(t.GraceUntil.Time):
		plan.reached(cxv1.WaveClosing, cxv1.ReasonClosing, "The wave takes no new answers; those under way may still come in.")
		plan.Wake = t.GraceUntil.Time
	default:
		plan.reached(cxv1.WaveClosed, cxv1.ReasonClosed, "The wave is over.")
	}
	plan.note(wave, now)
	return plan
}

func (p *WavePlan) reached(phase cxv1.WavePhase, reason, message string) {
	p.Status.Phase, p.Reason, p.Message = phase, reason, message
}

func reasonOf(cancel *cxv1.CancelRequest) string {
	if cancel == nil {
		return "the reason was removed from spec.control."
	}
	return cancel.Reason
}

// note keeps the instants at which the wave opened and ended, and makes the record of its end.
func (p *WavePlan) note(wave *cxv1.SurveyWave, now time.Time) {
	t := wave.Spec.Template
	at := new(metav1.NewTime(now.Truncate(time.Second)))
	opened := !now.Before(t.OpensAt.Time) && (wave.Spec.Control.Cancel == nil || p.Status.OpenedAt != nil)
	if opened && p.Status.OpenedAt == nil {
		p.Status.OpenedAt = &t.OpensAt
	}
	if !p.Status.Phase.Finished() || wave.Status.Phase.Finished() {
		return
	}
	p.Status.ClosedAt = at
	if p.Status.Phase == cxv1.WaveClosed {
		p.Status.ClosedAt = &t.ClosesAt
	}
	p.Outcome = new(outcomeOf(&t, &p.Status))
}

// outcomeOf is the record of a wave that has ended, but for its counts.
func outcomeOf(t *cxv1.WaveTemplate, status *cxv1.SurveyWaveStatus) store.WaveOutcome {
	outcome := store.WaveOutcome{
		Survey: string(t.Survey), Slot: t.Slot, DueAt: t.DueAt.Time,
		OpenedAt: timeOf(status.OpenedAt), ClosedAt: timeOf(status.ClosedAt),
		Phase:             store.WavePhase(status.Phase),
		QuestionnaireHash: t.QuestionnaireHash,
		ScoredHash:        questionnaire.ScoredHash(t.Questionnaire),
		Anonymity:         string(t.Anonymity),
	}
	for _, persona := range t.Audience {
		outcome.Audience = append(outcome.Audience, string(persona))
	}
	return outcome
}

// EndedOutcome is the record of a wave that ended before, as far as its status tells. The store keeps its own where it has one.
func EndedOutcome(wave *cxv1.SurveyWave) store.WaveOutcome {
	outcome := outcomeOf(&wave.Spec.Template, &wave.Status)
	c := wave.Status.Counts
	if c == nil {
		return outcome
	}
	outcome.Counts = RecordedCounts(c)
	return outcome
}

// WaveCounts are the counts of a wave as its status shows them. Of a dry run they are given apart: nobody has a row in the store.
func WaveCounts(asked audience.Counts, people store.AudienceCounts) *cxv1.WaveCounts {
	c := &cxv1.WaveCounts{
		Eligible: asked.Eligible, Sampled: asked.Sampled, Invited: asked.Invited,
		Accepted: people.Accepted, Bounced: people.Bounced, Ambiguous: people.Ambiguous,
		Responded: people.Responded + people.Foreign, Partial: people.Partial, Late: people.Late,
	}
	for _, reason := range slices.Sorted(maps.Keys(asked.Skipped)) {
		if n := asked.Skipped[reason]; n > 0 {
			c.Skipped = append(c.Skipped, cxv1.SkipCount{Reason: reason, Count: n})
		}
	}
	return c
}

// RecordedCounts are the counts of a wave as the store keeps them. Eligible and Sampled are added up anew: a status from before
// they were counted apart is recorded right, too.
func RecordedCounts(c *cxv1.WaveCounts) store.WaveCounts {
	asked := AskedOf(c)
	return store.WaveCounts{
		Eligible: asked.Eligible, Sampled: asked.Sampled, Invited: asked.Invited, Skipped: asked.Skipped, Accepted: c.Accepted,
		Bounced: c.Bounced, Responded: c.Responded, Partial: c.Partial, Late: c.Late,
	}
}

// AskedOf reads what became of the contacts from a status.
func AskedOf(c *cxv1.WaveCounts) audience.Counts {
	var skipped map[string]int64
	for _, s := range c.Skipped {
		if skipped == nil {
			skipped = map[string]int64{}
		}
		skipped[s.Reason] = s.Count
	}
	return audience.CountsOf(c.Invited, skipped)
}
