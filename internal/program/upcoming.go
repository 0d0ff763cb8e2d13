// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Upcoming are the waves that a survey starts from in.Now until an instant, in their order, if nobody edits it and the operator is
// always there: the decisions of DecideSurvey one after the other. more says that there are more of them than most. Where a survey
// has no UID yet, the share of its jitter is not known and dueAt is certain, opensAt is not. The error is a *SurveyError.
func Upcoming(in SurveyInput, until time.Time, most int) (waves []*cxv1.SurveyWave, more bool, err error) {
	if err := CheckSurvey(in); err != nil {
		return nil, false, err
	}
	schedule, err := SurveySchedule(in.Survey, in.Program)
	if err != nil {
		return nil, false, err
	}
	if in.Survey.CreationTimestamp.IsZero() {
		survey := *in.Survey
		survey.CreationTimestamp = metav1.NewTime(in.Now)
		in.Survey = &survey
	}
	in.Waves = slices.Clone(in.Waves)
	status := in.Survey.Status
	for !in.Now.After(until) {
		d := &surveyDecision{SurveyInput: in, schedule: schedule}
		d.plan.Status = *status.DeepCopy()
		d.noticeEdits()
		d.collectWaves()
		decision := d.decideSchedule()
		d.report(decision)
		status = d.plan.Status
		if wave := d.plan.Start; wave != nil {
			if len(waves) == most {
				return waves, true, nil
			}
			waves, in.Waves = append(waves, wave), append(in.Waves, wave)
		}
		if d.plan.Wake.IsZero() {
			break
		}
		in.Now = later(d.plan.Wake, in.Now.Add(time.Second))
	}
	return waves, false, nil
}

// startedWaves are the waves of a survey that were started and have not ended by the evidence, for where they are no objects. When
// they open and end follows from the survey as it is now and from when they were due.
func startedWaves(in SurveyInput, ev *store.Evidence) []*cxv1.SurveyWave {
	var waves []*cxv1.SurveyWave
	for _, outcome := range ev.Waves {
		name := in.Survey.Name + "-" + outcome.Slot
		if outcome.Survey != in.Survey.Name || outcome.Phase.Ended() ||
			slices.ContainsFunc(in.Waves, func(w *cxv1.SurveyWave) bool { return w.Name == name }) {
			continue
		}
		template, err := WaveDraft(in, newest(outcome.OpenedAt, outcome.DueAt))
		if err != nil {
			return nil
		}
		template.Slot, template.DueAt = outcome.Slot, metav1.NewTime(outcome.DueAt)
		wave := &cxv1.SurveyWave{Spec: cxv1.SurveyWaveSpec{Template: template}}
		wave.Name, wave.Namespace = name, in.Survey.Namespace
		wave.Status = DecideWave(wave, in.Now).Status
		waves = append(waves, wave)
	}
	return waves
}

// InputOf is what the decision about a survey of a snapshot rests on, as far as evidence has it; nil for none. Waves that are under way
// by the evidence are among them, whether or not they are objects. The error says why its framework cannot be used.
func InputOf(s *Snapshot, survey *cxv1.Survey, ev *store.Evidence, now time.Time) (SurveyInput, error) {
	in := SurveyInput{Survey: survey, Program: s.Program, Now: now}
	if in.Program == nil {
		in.Program = &cxv1.Program{}
	}
	for _, ref := range survey.Spec.PersonaRefs {
		if persona := s.Persona(ref); persona != nil {
			in.Personas = append(in.Personas, persona)
		}
	}
	for _, wave := range s.Waves {
		if wave.Spec.Template.Survey == cxv1.Ref(survey.Name) {
			in.Waves = append(in.Waves, wave)
		}
	}
	var err error
	in.Framework, err = SurveyFramework(s, survey)
	if ev == nil {
		return in, err
	}
	for _, totals := range ev.Surveys {
		if totals.Survey == survey.Name {
			in.Totals = totals
		}
	}
	in.Waves = append(in.Waves, startedWaves(in, ev)...)
	return in, err
}
