// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/calendar"
)

// maxRequest is the longest wave-requested-at that is read, in bytes.
const maxRequest = 64

// decideRequest answers the annotation that asks for an extra wave. A value is handled once; a replay of the same YAML
// does nothing.
func (d *surveyDecision) decideRequest() {
	value := d.Survey.Annotations[cxv1.AnnotationWaveRequestedAt]
	value = value[:min(len(value), maxRequest)] // no time is that long, and status could not hold it
	if value == "" || value == d.plan.Status.HandledRequest || d.Survey.Spec.Suspend {
		return
	}
	if d.plan.Start != nil {
		d.wake(d.Now) // one wave at a time
		return
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		d.refuseRequest(value, fmt.Sprintf("%q is not a time: write it as in 2027-01-04T09:00:00Z.", value))
		return
	}
	if at.After(d.Now.Add(requestSkew)) {
		d.wake(at)
		return
	}
	wave := d.newWave(d.schedule.At(at.Truncate(time.Minute)))
	if slices.ContainsFunc(d.Waves, func(w *cxv1.SurveyWave) bool { return w.Name == wave.Name }) {
		d.plan.Status.HandledRequest = value // answered already, but not reported
		return
	}
	if refusal := d.whyNoExtraWave(at); refusal != "" {
		d.refuseRequest(value, refusal)
		return
	}
	d.plan.Start, d.plan.Request = wave, value
}

// whyNoExtraWave says why there can be no wave for that time; empty when there can.
func (d *surveyDecision) whyNoExtraWave(at time.Time) string {
	floor := newest(d.Survey.CreationTimestamp.Time, timeOf(d.plan.Status.NotBefore))
	window := d.Survey.Spec.Schedule.CatchUp.Window.Or(defaultCatchUpWindow)
	limit := d.Survey.Spec.Schedule.MaxWaves
	switch {
	case at.Before(d.Now.Add(-window)) || at.Before(floor):
		return fmt.Sprintf("The wave requested for %s is too old: it lies before the survey was created, resumed or rescheduled, "+
			"or outside the catch-up window of %s.", at.Format(time.RFC3339), window)
	case limit != nil && d.done >= *limit:
		return "The survey is completed: raise maxWaves to get another wave."
	case d.open > 0 && d.Survey.Spec.Overlap != cxv1.OverlapAllow:
		return "A wave is still open and overlap is Forbid: ask again when it is closed."
	}
	return ""
}

func (d *surveyDecision) refuseRequest(value, note string) {
	d.plan.Status.HandledRequest = value
	d.plan.Notices = append(d.plan.Notices, Notice{cxv1.ReasonInvalidSpec, note})
}

func (d *surveyDecision) wake(at time.Time) {
	if !at.IsZero() && (d.plan.Wake.IsZero() || at.Before(d.plan.Wake)) {
		d.plan.Wake = at
	}
}

// report fills in the status.
func (d *surveyDecision) report(decision calendar.Decision) {
	status := &d.plan.Status
	spec := d.Survey.Spec.Schedule
	status.Schedule = cmp.Or(spec.Cron, spec.RRule) + " " + surveyZone(d.Survey, d.Program)
	status.WavesDone, status.OpenWaves = &d.done, &d.open
	status.NextWave, status.NextWaveAt = "", nil
	if decision.Next != nil && !d.Survey.Spec.Suspend {
		status.NextWave = localTime(decision.Next.At)
		status.NextWaveAt = new(metav1.NewTime(decision.Next.At))
	}
	switch {
	case d.Survey.Spec.Suspend:
		status.Phase = cxv1.SurveySuspended
	case d.open > 0:
		status.Phase = cxv1.SurveyRunning
	case decision.Completed:
		status.Phase = cxv1.SurveyCompleted
	default:
		status.Phase = cxv1.SurveyScheduled
	}
	// A suspended survey is woken by its next edit; the clock has nothing to tell it.
	if !d.Survey.Spec.Suspend {
		d.wake(d.nextLook(decision))
	}
}

// nextLook is when the schedule must be looked at again, once the plan is carried out: the wave that is due is dealt with then.
func (d *surveyDecision) nextLook(decision calendar.Decision) time.Time {
	switch {
	case decision.Due == nil:
		return decision.Wake
	case decision.Next == nil:
		return time.Time{}
	}
	return d.policy().StartOf(d.schedule, *decision.Next)
}

// ScheduleCondition says whether waves are created when they are due.
func ScheduleCondition(status cxv1.SurveyStatus) metav1.Condition {
	c := metav1.Condition{Type: cxv1.ConditionOnSchedule, Status: metav1.ConditionTrue, Reason: cxv1.ReasonScheduled}
	switch {
	case status.Phase == cxv1.SurveySuspended:
		c.Status, c.Reason, c.Message = metav1.ConditionUnknown, cxv1.ReasonSuspended, "The survey is suspended: no wave starts."
	case status.LastMissed != nil && status.LastMissed.After(timeOf(status.LastWaveAt)):
		c.Status, c.Reason = metav1.ConditionFalse, status.MissedReason
		c.Message = "The wave of " + status.LastMissed.UTC().Format(time.RFC3339) + " was not started."
	case status.Phase == cxv1.SurveyCompleted:
		c.Reason, c.Message = cxv1.ReasonCompleted, "All waves were started; there is no further one."
	case status.NextWave != "":
		c.Message = "The next wave is due " + status.NextWave + "."
	default:
		c.Message = "The last wave is under way; there is no further one."
	}
	return c
}
