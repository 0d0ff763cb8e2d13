// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// mostWaves is how many waves of one survey are looked at.
const mostWaves = 1000

// waves starts every wave and invites people to it.
func (r *run) waves() {
	var waves []*cxv1.SurveyWave
	for _, survey := range r.s.Surveys {
		in, err := program.InputOf(r.s, survey, r.evidence, r.Start)
		if err != nil {
			continue // its Ready says why it starts none
		}
		started, more, err := program.Upcoming(in, r.end, mostWaves)
		if err != nil {
			continue
		}
		if more {
			r.result.Cut = append(r.result.Cut, program.Key(survey))
		}
		waves = append(waves, started...)
	}
	slices.SortStableFunc(waves, func(a, b *cxv1.SurveyWave) int {
		return cmp.Or(a.Spec.Template.OpensAt.Compare(b.Spec.Template.OpensAt.Time), cmp.Compare(a.Name, b.Name))
	})
	people := r.people()
	answers := newPanel(r)
	for _, wave := range waves {
		answered := r.wave(wave, people, answers)
		r.close(wave, answered)
	}
	answers.finish()
	r.sumUp(waves, people)
}

// person is a contact, and what they got.
type person struct {
	candidate store.Candidate
	got       int
}

// people makes the contacts of each persona, in order of their keys.
func (r *run) people() map[string][]*person {
	people := map[string][]*person{}
	for _, persona := range r.s.Personas {
		count, given := r.Contacts[persona.Name]
		if !given {
			count = r.Others
		}
		for i := range count {
			key := fmt.Sprintf("%s-%06d", persona.Name, i)
			people[persona.Name] = append(people[persona.Name], &person{candidate: store.Candidate{
				Contact: store.Contact{Key: key, Address: key + "@example.com"},
			}})
		}
	}
	return people
}

// asked are the people of a wave, in order of their keys.
func asked(wave *cxv1.SurveyWave, people map[string][]*person) []*person {
	var all []*person
	for _, persona := range wave.Spec.Template.Personas {
		all = append(all, people[string(persona)]...)
	}
	slices.SortFunc(all, func(a, b *person) int { return cmp.Compare(a.candidate.Key, b.candidate.Key) })
	return all
}

// wave opens a wave: everybody is invited, or skipped for a reason. It returns how many answer.
func (r *run) wave(wave *cxv1.SurveyWave, people map[string][]*person, answers *panel) int {
	t := wave.Spec.Template
	e := Event{At: t.OpensAt.Time, Kind: WaveOpens, Object: "Survey/" + string(t.Survey), What: t.Slot}
	answered := 0
	spec, err := audience.SpecOf(r.program.Spec.ID, r.program.Spec.ContactRules, t)
	if t.Delivery == nil || err != nil {
		r.add(e) // answers come from other channels, if any
		return answered
	}
	all := asked(wave, people)
	e.Count = new(int)
	plan, err := audience.Prepare(spec, candidates(all), t.OpensAt.Time)
	if err != nil {
		panic(err) // the candidates are in order
	}
	for _, p := range all {
		decision := plan.Decide(p.candidate)
		if decision.Skip != "" {
			if e.Skipped == nil {
				e.Skipped = map[string]int64{}
			}
			e.Skipped[decision.Skip]++
			r.result.Summary.Skipped[decision.Skip]++
			continue
		}
		*e.Count++
		if t.DryRun {
			continue
		}
		if r.invite(p, wave, decision, answers) {
			answered++
		}
	}
	if t.DryRun {
		e.Status = "DryRun"
	}
	r.add(e)
	return answered
}

func candidates(people []*person) iter.Seq2[store.Candidate, error] {
	return func(yield func(store.Candidate, error) bool) {
		for _, p := range people {
			if !yield(p.candidate, nil) {
				return
			}
		}
	}
}

// invite writes to a person, reminds them until they answer, and tells whether they do.
func (r *run) invite(p *person, wave *cxv1.SurveyWave, decision audience.Decision, answers *panel) bool {
	survey := string(wave.Spec.Template.Survey)
	p.got++
	r.result.Summary.Invitations++
	p.candidate.Invited = append(recent(p.candidate.Invited, decision.SendAt), store.PastInvitation{Survey: survey, At: decision.SendAt})
	at, answers1 := answers.answer(wave, p.candidate.Key, decision.SendAt)
	for _, remind := range decision.Reminders {
		if answers1 && !remind.Before(at) {
			break
		}
		r.result.Summary.Reminders++
		p.candidate.Invited = append(p.candidate.Invited, store.PastInvitation{Survey: survey, At: remind, Reminder: true})
	}
	if answers1 {
		r.result.Summary.Answers++
	}
	return answers1
}

// recent leaves out what no contact rule looks at.
func recent(history []store.PastInvitation, now time.Time) []store.PastInvitation {
	return slices.DeleteFunc(history, func(past store.PastInvitation) bool { return past.At.Before(now.Add(-store.HistoryAge)) })
}

// close ends a wave that ends in time, and records it.
func (r *run) close(wave *cxv1.SurveyWave, answered int) {
	t := wave.Spec.Template
	r.result.Summary.Waves++
	ends := t.GraceUntil.Time
	if ends.After(r.end) {
		return
	}
	r.add(Event{At: t.ClosesAt.Time, Kind: WaveCloses, Object: "Survey/" + string(t.Survey), What: t.Slot, Count: &answered})
	if outcome := program.DecideWave(wave, ends).Outcome; outcome != nil {
		outcome.Counts.Responded = int64(answered)
		r.outcomes = append(r.outcomes, *outcome)
	}
}

func (r *run) sumUp(waves []*cxv1.SurveyWave, people map[string][]*person) {
	sum := &r.result.Summary
	for _, all := range people {
		for _, p := range all {
			sum.People++
			sum.Most = max(sum.Most, p.got)
			if p.got > 0 {
				sum.Invited++
			}
		}
	}
	if sum.People > 0 {
		sum.Mean = math.Round(100*float64(sum.Invitations)/float64(sum.People)) / 100
	}
	sum.Waves = len(waves)
}
