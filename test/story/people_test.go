// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package story

import (
	"fmt"
	"maps"
	"slices"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

// claim takes the program's id, as the controller of the Program does.
func (c *company) claim() {
	by := store.Holder{NamespaceUID: "bakery-uid", Namespace: namespace, ProgramUID: string(c.s.Program.UID)}
	got(c.store.Claim(c.t.Context(), c.id(), by, "", c.now))
}

// decide answers everything that the owner is asked.
func (c *company) decide(owner string, result cxv1.DecisionResult, reason string) {
	asked := false
	for _, a := range c.s.Assignments {
		if offer := a.Spec.Proposed; offer != nil && string(offer.Owner) == owner {
			a.Spec.Decision = &cxv1.Decision{OfferID: offer.OfferID, Result: result, Reason: reason}
			asked = true
		}
	}
	if !asked {
		c.t.Fatalf("%s: nobody asked %s anything", c.now, owner)
	}
}

// meet adds a review of the committee.
func (c *company) meet(day cxv1.Date, minutes string) {
	var reviews []any
	if g := c.s.Program.Spec.Governance; g != nil {
		for _, review := range g.Reviews {
			reviews = append(reviews, map[string]any{"date": string(review.Date), "evidence": string(review.Evidence)})
		}
	}
	reviews = append(reviews, map[string]any{"date": string(day), "evidence": minutes})
	c.write("Program/program", map[string]any{"governance": map[string]any{"reviews": reviews}})
}

func (c *company) wavesOf(survey string) []*cxv1.SurveyWave {
	return slices.DeleteFunc(slices.Clone(c.s.Waves), func(w *cxv1.SurveyWave) bool { return string(w.Spec.Template.Survey) != survey })
}

// startWave starts the wave of a survey that is due, if one is.
func (c *company) startWave(survey *cxv1.Survey) {
	in := program.SurveyInput{
		Survey: survey, Program: c.s.Program, Waves: c.wavesOf(survey.Name), Now: c.now,
		Totals: got(c.store.WaveTotals(c.t.Context(), c.id(), survey.Name)),
	}
	for _, ref := range survey.Spec.PersonaRefs {
		persona := c.s.Persona(ref)
		if persona == nil {
			return // it waits
		}
		in.Personas = append(in.Personas, persona)
	}
	plan := got(program.DecideSurvey(in))
	if plan.Start != nil {
		wave := c.created(plan.Start.DeepCopy()).(*cxv1.SurveyWave)
		t := wave.Spec.Template
		must(c.t, c.store.RecordWaveStarted(c.t.Context(), c.id(), store.WaveStart{Survey: survey.Name, Slot: t.Slot, DueAt: t.DueAt.Time}))
		plan.Started(wave)
		wave.Status = program.DecideWave(wave, c.now).Status
		c.s.Add(wave)
	}
	survey.Status = plan.Status
}

// openWaveOf is the wave of a survey that is not over.
func (c *company) openWaveOf(survey string) *cxv1.SurveyWave {
	for _, wave := range c.wavesOf(survey) {
		if !wave.Status.Phase.Finished() {
			return wave
		}
	}
	c.t.Fatalf("%s: no wave of %s is open", c.now, survey)
	return nil
}

// complain opens a follow-up for each answer that a rule of the survey fits.
func (c *company) complain(survey string, guests, recommend int) {
	wave := c.openWaveOf(survey)
	rules := got(program.CompileFollowUpRules(wave.Spec.Template.Questionnaire, wave.Spec.Template.FollowUpRules))
	rule := rules.First(map[string]any{"recommend": float64(recommend)})
	if rule == nil {
		c.t.Fatalf("%s: no rule of %s fits an answer of %d", c.now, survey, recommend)
	}
	for i := range guests {
		answer := store.StoredAnswer{Key: fmt.Sprintf("%s-%d", c.now.Format("0102"), i), At: c.now}
		c.s.Add(c.created(program.NewFollowUp(wave, rule, answer)))
	}
}

// inPhase are the follow-ups in a phase, by name.
func (c *company) inPhase(phase cxv1.FollowUpPhase) []*cxv1.FollowUp {
	return slices.DeleteFunc(slices.Clone(c.s.FollowUps), func(f *cxv1.FollowUp) bool { return f.Status.Phase != phase })
}

// call answers guests who complained, reaches so many of them and misses so many.
func (c *company) call(reached, missed int) {
	for i, f := range c.inPhase(cxv1.FollowUpOpen) {
		switch {
		case i < reached:
			f.Spec.Response = &cxv1.FirstResponse{Result: cxv1.ResponseReached}
		case i < reached+missed:
			f.Spec.Response = &cxv1.FirstResponse{Result: cxv1.ResponseNotReached}
		}
	}
}

// closeFollowUps writes down why guests were furious, as far as they were called.
func (c *company) closeFollowUps(causes map[string]int) {
	var list []string
	for _, cause := range slices.Sorted(maps.Keys(causes)) {
		list = append(list, slices.Repeat([]string{cause}, causes[cause])...)
	}
	answered := c.inPhase(cxv1.FollowUpResponded)
	if len(answered) < len(list) {
		c.t.Fatalf("%s: %d follow-ups to close, %d causes", c.now, len(answered), len(list))
	}
	for i, cause := range list {
		answered[i].Spec.Closing = &cxv1.Closing{RootCause: cause, Resolution: "Called, explained and made good."}
	}
}

// closeWave ends the open wave of a survey. How many answered what is known to the store's other half, that of people; here it
// comes with the story.
func (c *company) closeWave(given wave) {
	wave := c.openWaveOf(given.Survey)
	plan := program.DecideWave(wave, c.now)
	if plan.Outcome == nil || plan.Status.Phase != cxv1.WaveClosed {
		c.t.Fatalf("%s: the wave of %s is %s", c.now, given.Survey, plan.Status.Phase)
	}
	counts := given.counted(wave.Spec.Template.Questionnaire)
	plan.Outcome.Counts = store.WaveCounts{
		Eligible: given.Invited, Sampled: given.Invited, Invited: given.Invited, Accepted: given.Invited - given.Bounced,
		Bounced: given.Bounced, Responded: counts.Complete,
	}
	rules := got(program.CompileFollowUpRules(wave.Spec.Template.Questionnaire, wave.Spec.Template.FollowUpRules))
	plan.Outcome.FollowUpRules = rules.Names()
	got(c.store.RecordWave(c.t.Context(), c.id(), *plan.Outcome))
	wave.Status = plan.Status
	closed := program.ClosedWave{
		Questionnaire: wave.Spec.Template.Questionnaire, Template: &wave.Spec.Template, ClosedAt: wave.Status.ClosedAt.Time, Counts: counts,
	}
	c.closed[given.Survey] = append([]program.ClosedWave{closed}, c.closed[given.Survey]...)
}

func (w wave) counted(asked cxv1.Questionnaire) questionnaire.Counts {
	var counts questionnaire.Counts
	for _, q := range asked.Questions {
		here := questionnaire.QuestionCounts{ID: q.ID, Type: q.Type, Numbers: w.Counts[q.ID]}
		for _, n := range here.Numbers {
			here.N += n
		}
		counts.Questions = append(counts.Questions, here)
		counts.Complete = max(counts.Complete, here.N)
	}
	return counts
}

// publish shares the results of the latest closed wave of a survey.
func (c *company) publish(survey string, to []string) {
	if slices.Equal(to, []string{"everybody"}) {
		to = nil
		for _, owner := range c.s.Owners {
			to = append(to, string(owner.Spec.Function))
		}
	}
	for _, outcome := range slices.Backward(c.read().Waves) {
		if outcome.Survey == survey && outcome.Phase == store.WaveClosed {
			outcome.PublishedAt, outcome.PublishedTo = c.now, to
			got(c.store.RecordWave(c.t.Context(), c.id(), outcome))
			return
		}
	}
	c.t.Fatalf("%s: no wave of %s has closed", c.now, survey)
}
