// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

// seen is what people and answers of a wave came to when they were last looked at. The status may lack it: its write may have
// failed.
type seen struct {
	revision int64
	// mailing: invitations were on their way, and something may have become of them.
	mailing   bool
	counts    *cxv1.WaveCounts
	rate      cxv1.Decimal
	results   []cxv1.QuestionResult
	followUps *int64
	leftOut   int64
}

// count reads how many were invited and answered, and the figures that may be shown. People and answers are many, and are read
// only when something may have become of them.
func (p *pass) count(ctx context.Context) error {
	// Before all else: what comes in between is looked at the next time.
	revision, err := p.people.AnswersRevision(ctx, p.key)
	if err != nil {
		return err
	}
	status := &p.plan.Status
	last, known := p.lastSeen()
	same := known && last.revision == revision && !status.Phase.Finished()
	if same && p.isQuiet(last) {
		status.Counts, status.ResponseRate = last.counts.DeepCopy(), last.rate
		last.show(status)
		return nil
	}
	people, err := p.people.AudienceCounts(ctx, p.key)
	if err != nil {
		return err
	}
	p.showCounts(people)
	if known {
		last.show(status)
	}
	if !same {
		if err := p.countAnswers(ctx, people); err != nil {
			return err
		}
	}
	p.remember(seen{revision: revision, mailing: people.Queued > 0, counts: status.Counts.DeepCopy(), rate: status.ResponseRate})
	return nil
}

// isQuiet says that nothing but answers can change what was counted.
func (p *pass) isQuiet(last seen) bool {
	return p.plan.Status.Phase == cxv1.WaveOpen && !last.mailing && !p.settled
}

// countAnswers makes the figures that may be shown, and opens follow-ups.
func (p *pass) countAnswers(ctx context.Context, people store.AudienceCounts) error {
	cases := p.newCases()
	counts, err := questionnaire.Count(p.t.Questionnaire, cases.among(p.people.WaveAnswers(ctx, p.key)))
	if err != nil {
		return err
	}
	if err := p.followUp(ctx, cases); err != nil {
		return err
	}
	p.plan.Status.Results = p.figures(p.plan.Status.Results, counts, program.Population(people))
	if p.plan.Outcome != nil {
		p.conclude(people, counts)
	}
	return nil
}

// show puts what was seen of the answers into a status.
func (s seen) show(status *cxv1.SurveyWaveStatus) {
	status.Results, status.FollowUps, status.FollowUpsLeftOut = s.results, s.followUps, s.leftOut
}

// figures are all that there are once a wave is over; before, few are shown, and those move in steps.
func (p *pass) figures(shown []cxv1.QuestionResult, counts questionnaire.Counts, population int64) []cxv1.QuestionResult {
	if p.plan.Status.Phase.Finished() {
		return program.WaveResults(p.t, counts, population)
	}
	return program.OpenResults(p.t, shown, counts, population)
}

func (p *pass) lastSeen() (seen, bool) {
	last, known := p.looked.Load(p.key)
	if !known {
		return seen{}, false
	}
	return last.(seen), true
}

// remember keeps what was counted, with what the status shows of the answers.
func (p *pass) remember(now seen) {
	status := &p.plan.Status
	if status.Phase.Finished() {
		p.looked.Delete(p.key)
		p.shown.Delete(p.key)
		return
	}
	now.results, now.followUps, now.leftOut = status.Results, status.FollowUps, status.FollowUpsLeftOut
	p.looked.Store(p.key, now)
}

// showCounts keeps, of a dry run, whom it would have invited.
func (p *pass) showCounts(people store.AudienceCounts) {
	status, asked := &p.plan.Status, audience.CountsOf(people.Invited, people.Skipped)
	if p.t.DryRun && status.Counts != nil {
		asked = program.AskedOf(status.Counts)
	}
	status.Counts, status.ResponseRate = program.WaveCounts(asked, people), program.ResponseRate(people)
}

// conclude completes the record of a wave that has ended.
func (p *pass) conclude(people store.AudienceCounts, counts questionnaire.Counts) {
	p.plan.Outcome.Counts = program.RecordedCounts(program.WaveCounts(audience.CountsOf(people.Invited, people.Skipped), people))
	if counts.Complete+counts.Partial > 0 {
		for _, rule := range p.t.FollowUpRules {
			p.plan.Outcome.FollowUpRules = append(p.plan.Outcome.FollowUpRules, rule.Name)
		}
	}
}

func seconds(t time.Time) *metav1.Time { return new(metav1.NewTime(t.Truncate(time.Second))) }
