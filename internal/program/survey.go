// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/calendar"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Defaults of a survey, for objects that never went through an API server.
const (
	defaultOpenFor       = 14 * 24 * time.Hour
	defaultCatchUpWindow = 24 * time.Hour
	minOpenFor           = 10 * time.Second
	maxGrace             = time.Hour
	defaultHistoryLimit  = 12
	// requestSkew is how far in the future a requested wave may lie: clocks differ.
	requestSkew = time.Minute
)

// SurveyInput is all that the decision about a survey rests on.
type SurveyInput struct {
	Survey  *cxv1.Survey
	Program *cxv1.Program
	// Framework is the one whose questions are asked, where the survey names one; see SurveyFramework.
	Framework *maturity.Framework
	// Personas are those of spec.personaRefs that exist.
	Personas []*cxv1.Persona
	// Waves are the survey's waves that exist as objects.
	Waves []*cxv1.SurveyWave
	// Totals are what the store knows of the survey, from its whole life.
	Totals store.WaveTotals
	Now    time.Time
}

// SurveyPlan is what to do about a survey now, and what to report.
type SurveyPlan struct {
	// Start is the wave to create; nil for none. What became of it goes into Started or Skipped.
	Start *cxv1.SurveyWave
	// Request is the value of the wave-requested-at annotation that Start answers; empty for a wave of the schedule.
	Request string
	// Notices are events to record.
	Notices []Notice
	// Record are waves that exist but may not have reached the store.
	Record []*cxv1.SurveyWave
	// Prune are finished waves beyond the history limit, oldest first.
	Prune []*cxv1.SurveyWave
	// Status is the new status, conditions aside.
	Status cxv1.SurveyStatus
	// Wake is when to decide again; zero for never.
	Wake time.Time
}

// Notice is something worth an event.
type Notice struct{ Reason, Note string }

// SurveyError is a mistake in a survey that a person must correct.
type SurveyError struct{ Reason, Message string }

func (e *SurveyError) Error() string { return e.Message }

// SurveySchedule reads the schedule of a survey, with the program's time zone where it names none.
func SurveySchedule(survey *cxv1.Survey, program *cxv1.Program) (*calendar.Schedule, error) {
	s := survey.Spec.Schedule
	spec := calendar.Spec{Cron: s.Cron, RRule: s.RRule, TimeZone: surveyZone(survey, program)}
	if s.Start != nil {
		spec.Start = s.Start.Time
	}
	if s.End != nil {
		spec.End = s.End.Time
	}
	return calendar.Parse(spec)
}

func surveyZone(survey *cxv1.Survey, program *cxv1.Program) string {
	return cmp.Or(survey.Spec.Schedule.TimeZone, program.Spec.TimeZone, "UTC")
}

// CheckSurvey names the first mistake in a survey that keeps it from starting waves; the error is a *SurveyError. Of in it needs
// Survey, Program, Framework and Personas.
func CheckSurvey(in SurveyInput) error {
	if mistakes := surveyMistakes(in); len(mistakes) > 0 {
		return mistakes[0].err
	}
	return nil
}

// checkTerms finds what would keep a wave from asking anybody, before there is one: a wave keeps its mistakes.
func checkTerms(survey *cxv1.Survey, program *cxv1.Program) error {
	if _, err := audience.SpecOf("", program.Spec.ContactRules, cxv1.WaveTemplate{}); err != nil {
		return &SurveyError{cxv1.ReasonInvalidSpec, fmt.Sprintf("the Program's spec.contactRules: %v.", err)}
	}
	terms := cxv1.WaveTemplate{TimeZone: surveyZone(survey, program), SurveyTerms: survey.Spec.SurveyTerms}
	if _, err := audience.SpecOf("", nil, terms); err != nil {
		return &SurveyError{cxv1.ReasonInvalidSpec, fmt.Sprintf("spec: %v.", err)}
	}
	return nil
}

// checkInside protects employees and internal customers.
func checkInside(survey *cxv1.Survey, personas []*cxv1.Persona) error {
	for _, persona := range personas {
		t := persona.Spec.Type
		inside := t == cxv1.PersonaEmployee || t == cxv1.PersonaInternalCustomer
		if inside && survey.Spec.Anonymity == cxv1.AnonymityIdentified {
			return &SurveyError{cxv1.ReasonAnonymityRequired, fmt.Sprintf(
				"spec.anonymity is Identified, but persona %q is of type %s: set Confidential or Anonymous, "+
					"or ask them in a survey of their own.", persona.Name, t)}
		}
	}
	return nil
}

// CheckDelivery says whether a survey's channel is one that the program has; the error is a *SurveyError.
func CheckDelivery(survey *cxv1.Survey, program *cxv1.Program) error {
	delivery := survey.Spec.Delivery
	if delivery == nil || HasChannel(program, delivery.Channel) {
		return nil
	}
	return &SurveyError{cxv1.ReasonNoChannel, fmt.Sprintf("spec.delivery.channel: the program has no channel %q: name one of its "+
		"spec.channels, or add it there.", delivery.Channel)}
}

// HasChannel says whether a program has a channel of that name.
func HasChannel(program *cxv1.Program, name string) bool {
	return slices.ContainsFunc(program.Spec.Channels, func(c cxv1.ContactChannel) bool { return c.Name == name })
}

// DecideSurvey says which wave to start now, which waves to forget, and how the survey stands. The error is a
// *SurveyError.
func DecideSurvey(in SurveyInput) (SurveyPlan, error) {
	if err := CheckSurvey(in); err != nil {
		return SurveyPlan{}, err
	}
	schedule, err := SurveySchedule(in.Survey, in.Program)
	if err != nil {
		return SurveyPlan{}, err
	}
	d := &surveyDecision{SurveyInput: in, schedule: schedule}
	d.plan.Status = *in.Survey.Status.DeepCopy()
	d.noticeEdits()
	d.collectWaves()
	decision := d.decideSchedule()
	d.decideRequest()
	d.report(decision)
	return d.plan, nil
}

type surveyDecision struct {
	SurveyInput
	schedule *calendar.Schedule
	plan     SurveyPlan
	// lastSlot is the newest slot that was started or given up.
	lastSlot time.Time
	done     int32
	open     int32
}

// noticeEdits moves NotBefore when the schedule was edited or the survey suspended or resumed since the last decision.
// Between two decisions more may have happened than can be seen: two edits could have suspended and resumed, or changed the
// schedule and changed it back. Then, too, nothing from before now is made up for, because a wave too few is better than one
// that nobody wanted. It counts what was decided on, not what was looked at: a survey that could not be decided on, for a
// mistake or a failure, was looked at all the same.
func (d *surveyDecision) noticeEdits() {
	status, hash := &d.plan.Status, scheduleHash(d.Survey, d.Program)
	first := status.ScheduleHash == ""
	unseen := d.Survey.Generation - status.DecidedGeneration
	if (first && d.Survey.Generation > 1) || (!first && (status.ScheduleHash != hash || unseen > 1)) {
		status.NotBefore = new(metav1.NewTime(d.Now.Truncate(time.Second)))
	}
	status.ScheduleHash, status.DecidedGeneration = hash, d.Survey.Generation
}

func scheduleHash(survey *cxv1.Survey, program *cxv1.Program) string {
	s := survey.Spec.Schedule
	parts := []string{s.Cron, s.RRule, surveyZone(survey, program), instant(s.Start), instant(s.End), fmt.Sprint(survey.Spec.Suspend)}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:8])
}

func instant(t *metav1.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// collectWaves takes stock of what was started so far, from the objects and from the store: either may be behind.
func (d *surveyDecision) collectWaves() {
	slices.SortFunc(d.Waves, func(a, b *cxv1.SurveyWave) int {
		return cmp.Or(a.Spec.Template.DueAt.Compare(b.Spec.Template.DueAt.Time), strings.Compare(a.Name, b.Name))
	})
	status := &d.plan.Status
	d.lastSlot = newest(timeOf(status.LastWaveAt), timeOf(status.LastMissed), d.Totals.LastDueAt)
	d.done = int32(d.Totals.Started)
	var finished []*cxv1.SurveyWave
	for _, wave := range d.Waves {
		d.lastSlot = newest(d.lastSlot, wave.Spec.Template.DueAt.Time)
		if wave.Spec.Template.DueAt.After(d.Totals.LastDueAt) {
			d.plan.Record = append(d.plan.Record, wave)
			d.done++
		}
		switch {
		case wave.Status.Phase.Finished():
			finished = append(finished, wave)
		case d.Now.Before(wave.Spec.Template.GraceUntil.Time):
			d.open++
		}
		d.plan.noteLast(wave)
	}
	if t := d.Totals; t.LastSlot != "" && t.LastDueAt.After(timeOf(status.LastWaveAt)) { // its object may be gone
		status.LastWave, status.LastWaveAt = d.Survey.Name+"-"+t.LastSlot, new(metav1.NewTime(t.LastDueAt))
	}
	limit := defaultHistoryLimit
	if d.Survey.Spec.WavesHistoryLimit != nil {
		limit = int(*d.Survey.Spec.WavesHistoryLimit)
	}
	d.plan.Prune = finished[:max(0, len(finished)-limit)]
}

func (p *SurveyPlan) noteLast(wave *cxv1.SurveyWave) {
	due := wave.Spec.Template.DueAt
	if p.Status.LastWaveAt == nil || !due.Before(p.Status.LastWaveAt) {
		p.Status.LastWave, p.Status.LastWaveAt = wave.Name, &due
	}
}

func (d *surveyDecision) decideSchedule() calendar.Decision {
	decision := calendar.Decide(d.Now, d.schedule, calendar.State{
		Created:        d.Survey.CreationTimestamp.Time,
		ScheduleEdited: timeOf(d.plan.Status.NotBefore),
		LastSlot:       d.lastSlot,
		Suspended:      d.Survey.Spec.Suspend,
		WavesDone:      d.done,
	}, d.policy())
	if decision.Missed != nil && decision.Missed.At.After(timeOf(d.plan.Status.LastMissed)) {
		d.miss(decision.Missed.At, cxv1.ReasonMissedWave, "The wave of "+localTime(decision.Missed.At)+
			" was not started: the operator was not there in time and the catch-up window has passed.")
	}
	if decision.Due == nil {
		return decision
	}
	if d.open > 0 && d.Survey.Spec.Overlap != cxv1.OverlapAllow {
		d.miss(decision.Due.At, cxv1.ReasonWaveOverlaps, "The wave of "+localTime(decision.Due.At)+
			" was skipped: the one before is still open and overlap is Forbid.")
		return decision
	}
	d.plan.Start = d.newWave(*decision.Due)
	return decision
}

func (d *surveyDecision) policy() calendar.Policy {
	s := d.Survey.Spec.Schedule
	p := calendar.Policy{
		CatchUp: calendar.CatchUp(cmp.Or(s.CatchUp.Policy, cxv1.CatchUpLatest)),
		Window:  s.CatchUp.Window.Or(defaultCatchUpWindow),
		Jitter:  s.Jitter.Or(0),
		Seed:    string(d.Survey.UID),
	}
	if s.MaxWaves != nil {
		p.MaxWaves = *s.MaxWaves
	}
	return p
}

func (d *surveyDecision) miss(at time.Time, reason, note string) {
	status := &d.plan.Status
	status.LastMissed, status.MissedReason = new(metav1.NewTime(at)), reason
	d.plan.Notices = append(d.plan.Notices, Notice{reason, note})
}

// Skipped reports that the wave to start could not be: its slot is given up.
func (p *SurveyPlan) Skipped(reason, note string) {
	if p.Request == "" {
		p.Status.LastMissed, p.Status.MissedReason = &p.Start.Spec.Template.DueAt, reason
	}
	p.Notices = append(p.Notices, Notice{reason, note})
	p.finishStart()
}

// Started reports that the wave to start exists now.
func (p *SurveyPlan) Started(wave *cxv1.SurveyWave) {
	p.noteLast(wave)
	*p.Status.WavesDone++
	*p.Status.OpenWaves++
	p.Status.Phase = cxv1.SurveyRunning
	p.finishStart()
}

func (p *SurveyPlan) finishStart() {
	if p.Request != "" {
		p.Status.HandledRequest = p.Request
	}
	p.Start, p.Request = nil, ""
}

// newWave freezes the survey as it is now. A wave opens when it is created, which after a catch-up is later than it was
// due: people shall have the whole time to answer.
func (d *surveyDecision) newWave(slot calendar.Slot) *cxv1.SurveyWave {
	opens := newest(slot.At, d.Now.Truncate(time.Second))
	wave := &cxv1.SurveyWave{}
	wave.Namespace = d.Survey.Namespace
	wave.Name = d.Survey.Name + "-" + slot.Name()
	wave.Labels = map[string]string{cxv1.LabelSurvey: d.Survey.Name}
	wave.Spec.Template, _ = WaveDraft(d.SurveyInput, opens) // CheckSurvey found nothing wrong with it
	wave.Spec.Template.Slot, wave.Spec.Template.DueAt = slot.Name(), metav1.NewTime(slot.At)
	return wave
}

func personaTypes(personas []*cxv1.Persona) []cxv1.PersonaType {
	var types []cxv1.PersonaType
	for _, persona := range personas {
		types = append(types, persona.Spec.Type)
	}
	slices.Sort(types)
	return slices.Compact(types)
}

func timeOf(t *metav1.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}

func newest(times ...time.Time) time.Time {
	var out time.Time
	for _, t := range times {
		if t.After(out) {
			out = t
		}
	}
	return out
}

// localTime shows an instant as people plan it: with its own zone's clock.
func localTime(t time.Time) string { return t.Format("2006-01-02 15:04 -0700") }
