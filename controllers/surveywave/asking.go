// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave

import (
	"context"
	"errors"
	"iter"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// People is who is asked and what they answer.
type People interface {
	PublishWave(ctx context.Context, wave store.PublishedWave) error
	PublishedWave(ctx context.Context, wave store.WaveKey) (store.PublishedWave, error)
	ConfirmWave(ctx context.Context, wave store.WaveKey) error
	Candidates(ctx context.Context, wave store.WaveKey, personas []string, after string, now time.Time) iter.Seq2[store.Candidate, error]
	Invite(ctx context.Context, wave store.WaveKey, personas, keys []string, decide func(store.Candidate) store.Verdict,
		now time.Time) (int, error)
	AudienceCounts(ctx context.Context, wave store.WaveKey) (store.AudienceCounts, error)
	CancelMessages(ctx context.Context, wave store.WaveKey, reason string) (int64, error)
	MailBars(ctx context.Context, programID string, addresses []string) (store.MailBars, error)
	WaveAnswers(ctx context.Context, wave store.WaveKey) iter.Seq2[store.StoredAnswer, error]
	AnswersRevision(ctx context.Context, wave store.WaveKey) (int64, error)
}

const (
	// lookEvery is how often the answers of an open wave are looked at.
	lookEvery = 10 * time.Second
	// awaitEvery is how often the audience of a wave that waits for approval is looked at: contacts may be imported meanwhile.
	awaitEvery = time.Minute
	// confirmEvery is how often an open wave is confirmed, and published, though nothing changed; far more often than
	// store.ConfirmedFor asks for.
	confirmEvery = 10 * time.Minute
)

// pass is one look at one wave.
type pass struct {
	*Reconciler
	prog *cxv1.Program
	wave *cxv1.SurveyWave
	t    *cxv1.WaveTemplate
	key  store.WaveKey
	now  time.Time
	plan *program.WavePlan
	// settled: it was settled in this pass who is invited.
	settled bool
	// mistake is what a person must correct. Everything else goes on: a wave closes in time whatever is wrong with it.
	mistake error
}

// ask does what a wave's phase asks for: it shows the page, invites people, counts answers, opens follow-ups. It completes the
// plan's status and outcome. mistake is what a person must correct.
func (r *Reconciler) ask(ctx context.Context, prog *cxv1.Program, wave *cxv1.SurveyWave, plan *program.WavePlan, now time.Time,
) (mistake, err error) {
	t := &wave.Spec.Template
	p := &pass{Reconciler: r, prog: prog, wave: wave, t: t, now: now, plan: plan,
		key: store.WaveKey{ProgramID: prog.Spec.ID, Survey: string(t.Survey), Slot: t.Slot}}
	if plan.Status.Phase == cxv1.WavePending || (wave.Status.Phase.Finished() && plan.Outcome == nil) {
		return nil, nil
	}
	err = p.run(ctx)
	if of := apierrors.APIStatus(nil); errors.As(err, &of) {
		return nil, err // follow-ups are objects
	}
	return p.mistake, kube.FromStore(err, store.ErrNotClaimed)
}

func (p *pass) run(ctx context.Context) error {
	if p.plan.Status.Phase == cxv1.WaveOpen {
		return p.open(ctx)
	}
	kube.RemoveCondition(p.wave, cxv1.ConditionSending)
	if err := p.unlessOver(p.publish(ctx, states[p.plan.Status.Phase])); err != nil {
		return err
	}
	if _, err := p.people.CancelMessages(ctx, p.key, "the wave is over"); err != nil {
		return err
	}
	return p.count(ctx)
}

// states are what the pages are told once a wave is not open any more.
var states = map[cxv1.WavePhase]store.WaveState{
	cxv1.WaveClosing: store.WaveTakesUnderWay, cxv1.WaveClosed: store.WaveTakesNothing, cxv1.WaveCancelled: store.WaveTakesNothing,
}

// open asks people. Whom, is settled once.
func (p *pass) open(ctx context.Context) error {
	p.lookAgain(lookEvery)
	sending := p.sending()
	kube.SetCondition(p.wave, p.now, sending.Type, sending.Status, sending.Reason, sending.Message)
	var chosen *choice
	if p.wave.Status.InvitedAt == nil && (p.t.DryRun || mayInvite(sending)) {
		var err error
		if chosen, err = p.choose(ctx); err != nil || p.mustWait(chosen) {
			return err
		}
	}
	if err := p.publish(ctx, store.WaveTakesAnswers); err != nil {
		return p.unlessOver(err)
	}
	if chosen != nil {
		if err := p.settle(ctx, chosen); err != nil {
			return p.unlessOver(err)
		}
	}
	if err := p.count(ctx); err != nil {
		return err
	}
	p.explain()
	return nil
}

// unlessOver turns into a mistake that the store knows the wave as one that has ended, or that promised something else: the
// object is a copy of one that was there before.
func (p *pass) unlessOver(err error) error {
	if !errors.Is(err, store.ErrGone) && !errors.Is(err, store.ErrInvalid) {
		return err
	}
	p.mistake = kube.Stalled(cxv1.ReasonForeignObject, "The wave of this survey and slot has ended before, or promised something else; "+
		"this object is a copy of it. Delete it, and ask for another wave with the annotation %s on the Survey.", cxv1.AnnotationWaveRequestedAt)
	return nil
}

func (p *pass) lookAgain(after time.Duration) {
	if again := p.now.Add(after); p.plan.Wake.IsZero() || again.Before(p.plan.Wake) {
		p.plan.Wake = again
	}
}

// settle decides about every contact; a wave without any goes on waiting for some.
func (p *pass) settle(ctx context.Context, chosen *choice) error {
	if chosen.Counts.Known == 0 {
		return nil
	}
	if p.t.DryRun {
		p.plan.Status.Counts = program.WaveCounts(chosen.Counts, store.AudienceCounts{})
	} else if err := p.invite(ctx, chosen); err != nil {
		return err
	}
	p.plan.Status.InvitedAt, p.settled = seconds(p.now), true
	return nil
}

// explain says what is not to be expected of an open wave.
func (p *pass) explain() {
	counts := p.plan.Status.Counts
	switch {
	case p.plan.Status.InvitedAt == nil && (p.t.DryRun || mayInvite(p.sending())) && p.mistake == nil:
		p.plan.Message = "The wave takes answers. Nobody is invited yet, for its personas have no contacts: import some while it is open."
	case p.plan.Status.Approval != nil && counts != nil:
		p.plan.Message = approved(p.plan.Status.Approval, counts.Invited)
	case p.t.DryRun && counts != nil:
		p.plan.Message = dryRun(counts)
	}
}
