// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package story

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
)

// narrator tells a story and writes down what changes by it.
type narrator struct {
	*company
	text strings.Builder
	// known is what was told last.
	known view
	// told are the next steps that were told in full.
	told []string
	// daily looks at the program every noon; without it only when something happens or a date that the program waits for comes.
	daily bool
	// then is called at the end of the last day of each quarter.
	then func(quarter string)
	// before is called in front of the events of a day.
	before func(day cxv1.Date)
	// shuffled applies the steps of a day in an order of its own; nil tells event by event.
	shuffled func(steps []func(*company))
}

// view is what a person would care about.
type view struct {
	stage, where, kept, next string
	criteria                 map[string]string
	conditions               map[string]string
}

func viewOf(card *cxv1.Scorecard) view {
	s := &card.Status
	v := view{stage: s.StageName, where: where(s), criteria: map[string]string{}, conditions: map[string]string{}}
	if s.KeptUntil != nil {
		v.kept = s.KeptUntil.In(zone).Format("2006-01-02 15:04")
	}
	for i := range s.Criteria {
		if c := &s.Criteria[i]; c.Stage <= *s.Stage+1 { // what lies further ahead is nobody's concern yet
			v.criteria[c.ID] = outcome(c)
		}
	}
	for _, c := range s.Conditions {
		v.conditions[c.Type] = conditionOf(s.Conditions, c.Type)
	}
	if len(s.NextSteps) > 0 {
		v.next = s.NextSteps[0].Criterion + ": " + s.NextSteps[0].Do
	}
	return v
}

// conditionOf is a condition in a line.
func conditionOf(conditions []metav1.Condition, kind string) string {
	c := meta.FindStatusCondition(conditions, kind)
	if c == nil {
		return "none"
	}
	return fmt.Sprintf("%s, %s: %s", c.Status, c.Reason, c.Message)
}

func where(s *cxv1.ScorecardStatus) string {
	attested := "nothing"
	if s.AttestedStage != nil {
		attested = fmt.Sprint(*s.AttestedStage)
	}
	text := fmt.Sprintf("stage %d (resources show %d, people attest %s), %s criteria of the next", *s.Stage, *s.ObservedStage, attested, s.Progress)
	if s.WeakestCompetency != "" {
		text += ", weakest: " + s.WeakestCompetency
	}
	if n := s.Counts.Exempted; n > 0 {
		text += fmt.Sprintf(", %d exempted", n)
	}
	return text
}

// outcome is a result with what it rests on, or with why it is not met where that is not simply a rule.
func outcome(c *cxv1.CriterionResult) string {
	text := string(c.Result)
	switch {
	case c.Result == cxv1.OutcomeTrue:
		text += ", " + string(c.Grade)
	case c.Reason != maturity.ReasonRuleFalse:
		text += ", " + c.Reason
	}
	return text
}

// happened tells of an event, or of time that passed, and what came of it.
func (n *narrator) happened(what string, always bool) {
	now := viewOf(n.card)
	lines := n.known.changes(now)
	if n.known.next != now.next {
		lines = append(lines, "next "+n.step(now.next))
	}
	n.known = now
	if len(lines) == 0 && !always {
		return
	}
	n.write(n.now.In(zone).Format("2006-01-02 15:04")+"  ", what)
	for _, line := range lines {
		n.write("    ", line)
	}
}

// step is a next step in full when it is told for the first time.
func (n *narrator) step(text string) string {
	id, _, _ := strings.Cut(text, ":")
	if slices.Contains(n.told, text) {
		return id + ", as before"
	}
	n.told = append(n.told, text)
	return text
}

// changes are lines about what is different.
func (v view) changes(now view) []string {
	var lines []string
	add := func(changed bool, format string, args ...any) {
		if changed {
			lines = append(lines, fmt.Sprintf(format, args...))
		}
	}
	add(v.stage != now.stage, "STAGE %s, before: %s", now.stage, cmp.Or(v.stage, "none"))
	for _, id := range slices.Sorted(maps.Keys(now.criteria)) {
		before := v.criteria[id]
		add(before != now.criteria[id] && before != "", "%s is %s, before: %s", id, now.criteria[id], before)
		add(before == "" && strings.HasPrefix(now.criteria[id], "True"), "%s is %s", id, now.criteria[id])
	}
	for _, kind := range slices.Sorted(maps.Keys(now.conditions)) {
		add(v.conditions[kind] != now.conditions[kind], "%s: %s", kind, now.conditions[kind])
	}
	add(v.where != now.where, "%s", now.where)
	add(v.kept != now.kept && now.kept != "", "the stage is kept until %s", now.kept)
	add(v.kept != now.kept && now.kept == "" && v.stage == now.stage, "the stage is safe again")
	return lines
}

// write wraps a line so that people can read it.
func (n *narrator) write(indent, line string) {
	const width = 120
	column := len(indent)
	n.text.WriteString(indent)
	for i, word := range strings.Fields(line) {
		switch {
		case i > 0 && column+1+len(word) > width:
			n.text.WriteString("\n" + strings.Repeat(" ", len(indent)+2))
			column = len(indent) + 2
		case i > 0:
			n.text.WriteString(" ")
			column++
		}
		n.text.WriteString(word)
		column += len(word)
	}
	n.text.WriteString("\n")
}

// until lets time pass up to an instant.
func (n *narrator) until(instant time.Time) {
	for {
		next := instant
		sooner := func(at time.Time) {
			if at.After(n.now) && at.Before(next) {
				next = at
			}
		}
		if n.assessment != nil {
			sooner(n.assessment.Wake(n.standing))
			sooner(endOfQuarter(n.now))
			for _, survey := range n.s.Surveys {
				if survey.Status.NextWaveAt != nil {
					sooner(survey.Status.NextWaveAt.Time)
				}
			}
			if n.daily {
				sooner(nextNoon(n.now))
			}
		}
		if next.Equal(instant) {
			n.now = instant
			return
		}
		n.now = next
		n.settle()
		n.happened("Time passes.", false)
		if n.then != nil && next.Equal(endOfQuarter(next.Add(-time.Second))) {
			n.then(quarter(cxv1.Date(next.In(zone).Format(time.DateOnly))))
		}
	}
}

// endOfQuarter is the first end of a quarter after an instant: six in the evening of its last day.
func endOfQuarter(t time.Time) time.Time {
	local := t.In(zone)
	month := (int(local.Month())-1)/3*3 + 4
	end := time.Date(local.Year(), time.Month(month), 0, 18, 0, 0, 0, zone)
	if !end.After(t) {
		end = time.Date(local.Year(), time.Month(month+3), 0, 18, 0, 0, 0, zone)
	}
	return end
}

func nextNoon(t time.Time) time.Time {
	local := t.In(zone)
	next := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, zone)
	if !next.After(t) {
		next = time.Date(local.Year(), local.Month(), local.Day()+1, 12, 0, 0, 0, zone)
	}
	return next
}

// tell lives through the story.
func (n *narrator) tell(events []event) {
	for _, day := range byDay(events) {
		n.until(noon(day[0].Day))
		if n.before != nil {
			n.before(day[0].Day)
		}
		if n.shuffled != nil {
			n.shuffle(day)
			continue
		}
		for _, e := range day {
			for _, step := range e.steps() {
				step(n.company)
			}
			n.settle()
			n.happened(e.What, !e.Quiet)
		}
	}
	n.until(endOfQuarter(n.now).Add(time.Second))
}

// shuffle applies all that happens on a day in another order.
func (n *narrator) shuffle(day []event) {
	var steps []func(*company)
	for _, e := range day {
		steps = append(steps, e.steps()...)
	}
	n.shuffled(steps)
	n.settle()
}
