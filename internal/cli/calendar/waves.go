// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/program"
)

// maxWaves is how many waves of a survey are listed: one that runs every minute has a hundred thousand in 90 days.
const maxWaves = 100

// survey adds the waves of a survey: those that are there and not over, and then those to come.
func (c *collector) survey(survey *cxv1.Survey) {
	var busy time.Time // until when a wave stands in the way of the next
	for _, wave := range c.Snapshot.Waves {
		if t := &wave.Spec.Template; t.Survey == cxv1.Ref(survey.Name) && !wave.Status.Phase.Finished() {
			c.wave(program.Key(wave), t)
			if t.GraceUntil.After(busy) {
				busy = t.GraceUntil.Time
			}
		}
	}
	if survey.Spec.Suspend || survey.Status.Phase == cxv1.SurveyBlocked || survey.Status.Phase == cxv1.SurveyCompleted {
		return
	}
	c.coming(survey, busy)
}

// coming walks along the schedule for as long as waves may start, as far as this can be foretold: what people request, cancel or
// edit changes it.
func (c *collector) coming(survey *cxv1.Survey, busy time.Time) {
	schedule, err := program.SurveySchedule(survey, c.Snapshot.Program)
	if err != nil {
		return // the survey is not Ready, which says more
	}
	left := -1
	if most := survey.Spec.Schedule.MaxWaves; most != nil {
		if left = int(*most); survey.Status.WavesDone != nil {
			left -= int(*survey.Status.WavesDone)
		}
	}
	var last time.Time
	slot, ok := schedule.Next(c.From.Time)
	for listed := 0; ok && left != 0 && !slot.At.After(c.Until.Time); {
		if slot.At.Before(busy) && survey.Spec.Overlap != cxv1.OverlapAllow {
			slot, ok = schedule.Next(busy.Add(-1)) // those in between are skipped: the wave before is still open
			continue
		}
		if listed == maxWaves {
			c.Cut = append(c.Cut, Cut{Survey: survey.Name, After: metav1.NewTime(last.UTC())})
			return
		}
		draft, err := c.draft(survey, slot.At)
		if err != nil {
			return // the survey is not Ready, which says more
		}
		draft.Slot = slot.Name()
		c.wave(program.Key(survey), &draft)
		last, busy, listed, left = slot.At, draft.GraceUntil.Time, listed+1, left-1
		slot, ok = schedule.Next(last)
	}
}

// draft is what a wave will be that opens then.
func (c *collector) draft(survey *cxv1.Survey, opens time.Time) (cxv1.WaveTemplate, error) {
	in := program.SurveyInput{Survey: survey, Program: c.Snapshot.Program}
	for _, ref := range survey.Spec.PersonaRefs {
		if persona := c.Snapshot.Persona(ref); persona != nil {
			in.Personas = append(in.Personas, persona)
		}
	}
	var err error
	if in.Framework, err = program.SurveyFramework(c.Snapshot, survey); err != nil {
		return cxv1.WaveTemplate{}, err
	}
	return program.WaveDraft(in, opens)
}

// wave adds one wave: that it opens, when people are reminded, and that it closes.
func (c *collector) wave(object string, t *cxv1.WaveTemplate) {
	entry := func(kind Kind, at time.Time, key string) Entry {
		return Entry{Kind: kind, At: metav1.NewTime(at.UTC()), Objects: []string{object}, Personas: t.Personas,
			key: strings.Join([]string{string(t.Survey), t.Slot, key}, "/")}
	}
	opens := entry(Wave, t.OpensAt.Time, "")
	opens.Until = new(metav1.NewTime(t.ClosesAt.UTC()))
	c.add(opens)
	if spec, err := audience.SpecOf("", nil, *t); err == nil && t.Delivery != nil {
		for _, after := range spec.Reminders {
			if at := spec.Quiet.Next(t.OpensAt.Add(after), spec.Zone); at.Before(t.ClosesAt.Time) {
				c.add(entry(Reminder, at, after.String()))
			}
		}
	}
	if t.ClosesAt.Sub(t.OpensAt.Time) >= time.Hour { // of shorter ones Until says enough
		c.add(entry(Closes, t.ClosesAt.Time, ""))
	}
}
