// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

// People is who is asked and what they answer.
type People interface {
	PublishWave(ctx context.Context, wave store.PublishedWave) error
	ConfirmWave(ctx context.Context, wave store.WaveKey) error
	Candidates(ctx context.Context, wave store.WaveKey, personas []string, after string, now time.Time) iter.Seq2[store.Candidate, error]
	Invite(ctx context.Context, wave store.WaveKey, personas, keys []string, decide func(store.Candidate) store.Verdict, now time.Time) (int, error)
	AudienceCounts(ctx context.Context, wave store.WaveKey) (store.AudienceCounts, error)
	CancelMessages(ctx context.Context, wave store.WaveKey, reason string) (int64, error)
	WaveAnswers(ctx context.Context, wave store.WaveKey) iter.Seq2[store.StoredAnswer, error]
	AnswersRevision(ctx context.Context, wave store.WaveKey) (int64, error)
}

const (
	// lookEvery is how often the answers of an open wave are looked at.
	lookEvery = 10 * time.Second
	// chunk is how many contacts are invited in one call.
	chunk = 500
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
}

// ask does what a wave's phase asks for: it shows the page, invites people, counts answers, opens follow-ups. It completes the
// plan's status and outcome.
func (r *Reconciler) ask(ctx context.Context, prog *cxv1.Program, wave *cxv1.SurveyWave, plan *program.WavePlan, now time.Time) error {
	t := &wave.Spec.Template
	p := &pass{Reconciler: r, prog: prog, wave: wave, t: t, now: now, plan: plan,
		key: store.WaveKey{ProgramID: prog.Spec.ID, Survey: string(t.Survey), Slot: t.Slot}}
	if plan.Status.Phase == cxv1.WavePending || (wave.Status.Phase.Finished() && plan.Outcome == nil) {
		return nil
	}
	return kube.FromStore(p.run(ctx), store.ErrNotClaimed)
}

func (p *pass) run(ctx context.Context) error {
	if p.plan.Status.Phase == cxv1.WaveOpen {
		return p.open(ctx)
	}
	if err := p.publish(ctx, states[p.plan.Status.Phase]); err != nil {
		return err
	}
	if _, err := p.people.CancelMessages(ctx, p.key, "the wave is over"); err != nil {
		return err
	}
	return p.count(ctx)
}

// open asks people. Whom, is decided once.
func (p *pass) open(ctx context.Context) error {
	p.lookAgain()
	sending := p.sending()
	kube.SetCondition(p.wave, p.now, sending.Type, sending.Status, sending.Reason, sending.Message)
	var chosen *audience.Plan
	if p.wave.Status.Counts == nil && (p.t.DryRun || !isOff(sending)) {
		var err error
		if chosen, err = p.choose(ctx); err != nil || p.mustWait(chosen) {
			return err
		}
	}
	if err := p.publish(ctx, store.WaveTakesAnswers); err != nil {
		return err
	}
	if err := p.people.ConfirmWave(ctx, p.key); err != nil {
		return err
	}
	switch {
	case chosen == nil:
	case p.t.DryRun:
		p.rehearse(chosen)
	default:
		if err := p.invite(ctx, chosen); err != nil {
			return err
		}
	}
	return p.count(ctx)
}

// states are what the pages are told once a wave is not open any more.
var states = map[cxv1.WavePhase]store.WaveState{
	cxv1.WaveClosing: store.WaveTakesUnderWay, cxv1.WaveClosed: store.WaveTakesNothing, cxv1.WaveCancelled: store.WaveTakesNothing,
}

func (p *pass) lookAgain() {
	if again := p.now.Add(lookEvery); p.plan.Wake.IsZero() || again.Before(p.plan.Wake) {
		p.plan.Wake = again
	}
}

// publish writes what pages and mails say.
func (p *pass) publish(ctx context.Context, state store.WaveState) error {
	page := questionnaire.Page{
		Questionnaire: p.t.Questionnaire, Organization: p.prog.Spec.Organization, Brand: p.prog.Spec.Brand,
		Languages: p.prog.Spec.Languages, Anonymity: p.t.Anonymity, PrivacyNotice: p.t.PrivacyNotice,
		ContactConsent: p.t.ContactConsent, ThankYou: p.t.ThankYou,
	}
	if len(page.Languages) == 0 {
		page.Languages = []cxv1.Language{cxv1.LanguageEN}
	}
	shown, err := page.Encode()
	if err != nil {
		return fmt.Errorf("making the page of a wave: %w", err)
	}
	mail, err := json.Marshal(p.mail(page))
	if err != nil {
		return fmt.Errorf("making the mail of a wave: %w", err)
	}
	var kept []string
	for _, question := range p.t.Questionnaire.Questions {
		if question.Type != cxv1.QuestionFreeText {
			kept = append(kept, question.ID)
		}
	}
	return p.people.PublishWave(ctx, store.PublishedWave{
		WaveKey: p.key, State: state, OpensAt: p.t.OpensAt.Time, ClosesAt: p.t.ClosesAt.Time, GraceUntil: p.t.GraceUntil.Time,
		Anonymity: string(p.t.Anonymity), QuestionnaireHash: p.t.QuestionnaireHash, Page: shown, Mail: mail, Kept: kept,
	})
}

func (p *pass) mail(page questionnaire.Page) delivery.Mail {
	m := delivery.Mail{
		Organization: page.Name(), Title: p.t.Questionnaire.Title, Promise: p.t.Anonymity,
		First: delivery.FirstOf(p.t.Questionnaire), Languages: page.Languages,
		QuietHours: p.t.QuietHours, TimeZone: p.t.TimeZone,
	}
	if page.Brand != nil {
		m.Colour = page.Brand.Colour
	}
	if d := p.t.Delivery; d != nil {
		m.Channel, m.Subject, m.Body = d.Channel, d.Subject, d.Body
	}
	return m
}

func (p *pass) personas() []string {
	names := make([]string, 0, len(p.t.Personas))
	for _, persona := range p.t.Personas {
		names = append(names, string(persona))
	}
	return names
}

// count reads how many were invited and answered, and the figures that may be shown.
func (p *pass) count(ctx context.Context) error {
	people, err := p.people.AudienceCounts(ctx, p.key)
	if err != nil {
		return err
	}
	revision, err := p.people.AnswersRevision(ctx, p.key)
	if err != nil {
		return err
	}
	status := &p.plan.Status
	if !p.t.DryRun && !isOff(p.sending()) {
		status.Counts = countsOf(people)
	}
	status.ResponseRate = program.ResponseRate(people)
	final := status.Phase.Finished()
	if !final && !p.changed(revision) {
		return nil
	}
	counts, err := questionnaire.Count(p.t.Questionnaire, p.people.WaveAnswers(ctx, p.key))
	if err != nil {
		return err
	}
	if err := p.followUp(ctx); err != nil {
		return err
	}
	if final || p.mayShow(counts) {
		status.Results = program.WaveResults(p.t, counts, program.Population(people))
	}
	if p.plan.Outcome != nil {
		p.conclude(people, counts)
	}
	p.noted(revision)
	return nil
}

// mayShow keeps single answers from being read off the difference between two figures: while a wave is open its figures change
// only once enough new answers came in.
func (p *pass) mayShow(counts questionnaire.Counts) bool {
	var shown, now int64
	for _, result := range p.wave.Status.Results {
		if result.N != nil {
			shown = max(shown, *result.N)
		}
	}
	for _, question := range counts.Questions {
		now = max(now, question.N)
	}
	return len(p.wave.Status.Results) == 0 || now >= shown+program.MinReport(p.t)
}

// conclude completes the record of a wave that has ended.
func (p *pass) conclude(people store.AudienceCounts, counts questionnaire.Counts) {
	c := countsOf(people)
	p.plan.Outcome.Counts = store.WaveCounts{
		Eligible: c.Eligible, Sampled: c.Eligible - people.Skipped[audience.SkipNotSampled], Invited: c.Invited, Accepted: c.Accepted, Bounced: c.Bounced,
		Responded: c.Responded, Partial: c.Partial, Late: c.Late, Skipped: people.Skipped,
	}
	if counts.Complete+counts.Partial > 0 {
		for _, rule := range p.t.FollowUpRules {
			p.plan.Outcome.FollowUpRules = append(p.plan.Outcome.FollowUpRules, rule.Name)
		}
	}
}

func countsOf(people store.AudienceCounts) *cxv1.WaveCounts {
	c := &cxv1.WaveCounts{
		Eligible: people.Invited, Invited: people.Invited, Accepted: people.Accepted, Bounced: people.Bounced, Ambiguous: people.Ambiguous,
		Responded: people.Responded + people.Foreign, Partial: people.Partial, Late: people.Late,
	}
	var skipped int64
	c.Skipped, skipped = skipCounts(people.Skipped)
	c.Eligible += skipped
	return c
}

// changed says whether answers came in since the last look of this process.
func (p *pass) changed(revision int64) bool {
	last, known := p.looked.Load(p.key)
	return !known || last != revision
}

func (p *pass) noted(revision int64) {
	if p.plan.Status.Phase.Finished() {
		p.looked.Delete(p.key)
		return
	}
	p.looked.Store(p.key, revision)
}

// errNoLinks says that invitations cannot be signed.
var errNoLinks = errors.New("the operator has no keys for links: whoever runs it sets --public-url and --link-keys")

// newLink makes the link of one invitation.
func (p *pass) newLink() (store.Link, error) {
	_, made, err := p.links.Make(p.key, link.NewID(), p.t.GraceUntil.Time)
	return made, err
}
