// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/store"
)

// PersonaLoad is how often one person of a persona is asked. How many people there are is not known; what one of them gets follows
// from schedules and contact rules.
type PersonaLoad struct {
	Persona string       `json:"persona"`
	Days30  Change[Load] `json:"days30"`
	Days90  Change[Load] `json:"days90"`
}

// Load is what one person gets in a time who is in every sample, is written to as soon as a wave opens, was asked nothing before and
// never answers: nobody gets more by these waves.
type Load struct {
	// Waves are those that invite people of the persona; Invitations those that this person gets, the others are held back by contact
	// rules or close before they may be written to.
	Waves       int `json:"waves"`
	Invitations int `json:"invitations"`
	// Reminders come on top.
	Reminders int `json:"reminders"`
	// Allowed is how many invitations the program's contact rules allow in that time, whatever surveys there are.
	Allowed int `json:"allowed"`
}

// sameMail tells whether the person gets the same: what rules would allow is said with the rules.
func (l Load) sameMail(other Load) bool {
	l.Allowed = other.Allowed
	return l == other
}

const month = 30 * 24 * time.Hour

// load compares how often people are asked, for those personas whom surveys ask that change.
func (c *comparison) load() {
	was, is := c.before.program().Spec.ContactRules, c.after.program().Spec.ContactRules
	rules := !equality.Semantic.DeepEqual(was, is)
	if rules {
		c.plan.ContactRules = &Change[[]string]{rulesText(was), rulesText(is)}
	}
	for _, persona := range c.personas(c.rulesChanged()) {
		before, after := c.before.loadOf(persona), c.after.loadOf(persona)
		if before[1].sameMail(after[1]) && before[0].sameMail(after[0]) {
			continue
		}
		c.plan.Load = append(c.plan.Load, PersonaLoad{
			Persona: persona, Days30: Change[Load]{before[0], after[0]}, Days90: Change[Load]{before[1], after[1]},
		})
	}
}

// personas are those whom surveys ask that change; all of them when the Program's rules do.
func (c *comparison) personas(all bool) []string {
	names := map[string]bool{}
	for _, v := range []*side{c.before, c.after} {
		for _, survey := range v.s.Surveys {
			if !all && !c.changed["Survey/"+survey.Name] {
				continue
			}
			for _, persona := range survey.Spec.PersonaRefs {
				names[string(persona)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func rulesText(rules []cxv1.ContactRule) []string {
	texts := []string{}
	for _, rule := range rules {
		text := fmt.Sprintf("%d in %s", rule.AtMost, rule.Window)
		if rule.Reminders == cxv1.RemindersCount {
			text += ", reminders count"
		}
		texts = append(texts, text)
	}
	return texts
}

// loadOf sends one person of a persona through the waves of the next 30 and 90 days.
func (v *side) loadOf(persona string) [2]Load {
	var waves []*cxv1.SurveyWave
	for _, survey := range v.judged.Surveys {
		if survey.Spec.Delivery != nil && !survey.Spec.DryRun && slices.Contains(survey.Spec.PersonaRefs, cxv1.Ref(persona)) {
			waves = append(waves, v.upcoming(survey.Name).waves...)
		}
	}
	slices.SortStableFunc(waves, func(a, b *cxv1.SurveyWave) int {
		return cmp.Or(a.Spec.Template.OpensAt.Compare(b.Spec.Template.OpensAt.Time), cmp.Compare(a.Name, b.Name))
	})
	mails := v.mails(waves)
	var load [2]Load
	for i, days := range []time.Duration{month, Horizon} {
		load[i] = count(waves, mails, v.now.Add(days))
		load[i].Allowed = v.allowed(days)
	}
	return load
}

// mails is what the person gets.
func (v *side) mails(waves []*cxv1.SurveyWave) []store.PastInvitation {
	var mails []store.PastInvitation
	for _, wave := range waves {
		survey, decision := string(wave.Spec.Template.Survey), v.invite(wave.Spec.Template, mails)
		if decision.Skip != "" {
			continue
		}
		mails = append(mails, store.PastInvitation{Survey: survey, At: decision.SendAt})
		for _, at := range decision.Reminders {
			mails = append(mails, store.PastInvitation{Survey: survey, At: at, Reminder: true})
		}
	}
	return mails
}

// count counts what there is until an instant.
func count(waves []*cxv1.SurveyWave, mails []store.PastInvitation, until time.Time) Load {
	var load Load
	for _, wave := range waves {
		if !wave.Spec.Template.OpensAt.After(until) {
			load.Waves++
		}
	}
	for _, mail := range mails {
		switch {
		case mail.At.After(until):
		case mail.Reminder:
			load.Reminders++
		default:
			load.Invitations++
		}
	}
	return load
}

// invite decides about the person as the operator does.
func (v *side) invite(template cxv1.WaveTemplate, history []store.PastInvitation) audience.Decision {
	spec, err := audience.SpecOf(v.program().Spec.ID, v.program().Spec.ContactRules, template)
	if err != nil {
		return audience.Decision{Skip: audience.SkipInvalid} // such a survey asks nobody, as its Ready says
	}
	spec.Percent, spec.Size, spec.Spread = 0, 0, 0
	decisions, err := audience.Prepare(spec, nobody, template.OpensAt.Time)
	if err != nil {
		panic(err) // there is no candidate who could be wrong
	}
	return decisions.Decide(store.Candidate{
		Contact: store.Contact{Key: "somebody", Address: "somebody@example.com"}, Invited: history,
	})
}

// nobody are no candidates: decisions about one do not depend on others when everybody is asked.
func nobody(func(store.Candidate, error) bool) {}

var _ iter.Seq2[store.Candidate, error] = nobody

// allowed is how many invitations the program's rules allow within a time, as tight as they allow.
func (v *side) allowed(within time.Duration) int {
	rules, err := audience.RulesOf(v.program().Spec.ContactRules)
	if err != nil || len(rules) == 0 {
		rules = []audience.Rule{audience.DefaultRule}
	}
	fewest := -1
	for _, rule := range rules {
		windows := int((within + rule.Window - 1) / rule.Window)
		if n := windows * rule.AtMost; fewest < 0 || n < fewest {
			fewest = n
		}
	}
	return fewest
}
