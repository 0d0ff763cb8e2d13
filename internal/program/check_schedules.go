// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"slices"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/calendar"
	"github.com/cx-operator/cx-operator/internal/store"
)

const (
	// clashHorizon is how far ahead waves are compared: a year, so that every month meets every other.
	clashHorizon = 366 * 24 * time.Hour
	// maxSlots bounds the waves of one survey that are compared. More often than daily clashes within days.
	maxSlots = 400
)

// plannedWave is a wave to come, and of whom.
type plannedWave struct {
	survey *cxv1.Survey
	at     time.Time
	// spread is the time over which its invitations are spread.
	spread time.Duration
	// everybody says that no sample is drawn: who is not asked is kept from it by a rule.
	everybody bool
	rules     []audience.Rule
}

// schedules warns of surveys whose waves get in the way of each other.
func (c *checker) schedules() {
	rules, err := audience.RulesOf(c.program.Spec.ContactRules)
	if err != nil {
		return // every survey says so
	}
	if len(rules) == 0 {
		rules = []audience.Rule{audience.DefaultRule}
	}
	byPersona := map[cxv1.Ref][]plannedWave{}
	for _, survey := range c.s.Surveys {
		schedule, err := SurveySchedule(survey, c.program)
		if err != nil || survey.Spec.Suspend {
			continue
		}
		slots := c.slots(survey, schedule)
		c.overlaps(survey, slots)
		waves := plannedWaves(survey, slots)
		for _, ref := range survey.Spec.PersonaRefs {
			byPersona[ref] = append(byPersona[ref], waves...)
		}
	}
	told := set[string]{}
	for _, persona := range c.s.Personas {
		c.clashes(persona, byPersona[cxv1.Ref(persona.Name)], rules, told)
	}
}

// slots are the next times at which a survey is due, as far as it has waves left.
func (c *checker) slots(survey *cxv1.Survey, schedule *calendar.Schedule) []time.Time {
	limit := maxSlots
	if waves := survey.Spec.Schedule.MaxWaves; waves != nil {
		limit = min(limit, int(*waves))
	}
	var slots []time.Time
	for at := c.now; len(slots) < limit; {
		slot, ok := schedule.Next(at)
		if !ok || slot.At.After(c.now.Add(clashHorizon)) {
			break
		}
		slots, at = append(slots, slot.At), slot.At
	}
	return slots
}

// overlaps warns of a survey that is still open when it is due again: such a wave is skipped.
func (c *checker) overlaps(survey *cxv1.Survey, slots []time.Time) {
	if survey.Spec.Overlap == cxv1.OverlapAllow {
		return
	}
	openFor := survey.Spec.OpenFor.Or(defaultOpenFor)
	for i := 1; i < len(slots); i++ {
		if closes := slots[i-1].Add(openFor); slots[i].Before(closes) {
			c.warn(survey, RuleScheduleOverlaps, "spec.schedule", "", cxv1.ReasonWaveOverlaps,
				"the wave of %s is skipped, because that of %s is open until %s: make openFor shorter, ask less often, or set overlap to Allow",
				localTime(slots[i]), localTime(slots[i-1]), localTime(closes.In(slots[i].Location())))
			return
		}
	}
}

// plannedWaves are the waves of a survey that will invite people. Without a channel nobody is invited, and a dry run invites nobody.
func plannedWaves(survey *cxv1.Survey, slots []time.Time) []plannedWave {
	own, err := audience.RulesOf(survey.Spec.ContactRules)
	if err != nil || survey.Spec.Delivery == nil || survey.Spec.DryRun {
		return nil
	}
	var waves []plannedWave
	for _, at := range slots {
		waves = append(waves, plannedWave{survey, at, survey.Spec.SpreadOver.Or(0), survey.Spec.Sampling == nil, own})
	}
	return waves
}

// clashes follows one person through the waves to come who is asked by every survey that draws no sample, and warns of the first wave
// of each survey that the rules keep from them: what goes for that person goes for all. Samples are left out of what was asked
// before, for they hit some people only, and that is what the rules are for.
func (c *checker) clashes(persona *cxv1.Persona, waves []plannedWave, rules []audience.Rule, told set[string]) {
	slices.SortStableFunc(waves, func(a, b plannedWave) int {
		return cmp.Or(a.at.Compare(b.at), compareBool(b.everybody, a.everybody), cmp.Compare(a.survey.Name, b.survey.Name))
	})
	var past []store.PastInvitation
	for _, wave := range waves {
		// Whoever is written to last of this wave is the farthest from the ones before.
		at := wave.at.Add(wave.spread)
		if !audience.Allowed(rules, nil, past, "", at) {
			c.clash(persona, wave, past[len(past)-1], told)
			continue
		}
		if !audience.Allowed(nil, wave.rules, past, wave.survey.Name, at) {
			c.clash(persona, wave, lastOf(past, wave.survey.Name), told)
			continue
		}
		if wave.everybody {
			past = append(past, store.PastInvitation{Survey: wave.survey.Name, At: wave.at})
		}
	}
}

// lastOf is the newest invitation to a survey, of which there is one.
func lastOf(past []store.PastInvitation, survey string) store.PastInvitation {
	own := slices.DeleteFunc(slices.Clone(past), func(p store.PastInvitation) bool { return p.Survey != survey })
	return own[len(own)-1]
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func (c *checker) clash(persona *cxv1.Persona, wave plannedWave, before store.PastInvitation, told set[string]) {
	name := wave.survey.Name
	if told.has(name) {
		return
	}
	told.add(name)
	who := "survey " + before.Survey
	if before.Survey == name {
		who = "the same survey"
	}
	c.warn(wave.survey, RuleScheduleClash, "spec.schedule", "", cxv1.ReasonInvalidSchedule,
		"the wave of %s invites nobody of persona %q, because %s asks them on %s and the contact rules forbid it so soon: move one of them, "+
			"draw a sample, or change contactRules", localTime(wave.at), persona.Name, who, localTime(before.At.In(wave.at.Location())))
}
