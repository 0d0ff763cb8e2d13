// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package initiative

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

const (
	// maxOverdue is how many overdue milestones are shown.
	maxOverdue = 10
	// itself stands for the initiative in the list of what is overdue.
	itself = "due"
)

// overdue is something that should have been done by the end of a day.
type overdue struct {
	name string
	due  cxv1.Date
}

// late is what is overdue: the initiative itself first, then milestones in their order. A day is over when the next one
// begins. What is Done or Cancelled is not late any more.
func (in Input) late() []overdue {
	if in.over() {
		return nil
	}
	var late []overdue
	add := func(name string, due cxv1.Date) {
		if end, ok := due.End(in.Zone); ok && !in.Now.Before(end) {
			late = append(late, overdue{name, due})
		}
	}
	add(itself, in.Initiative.Spec.Due)
	for _, m := range in.Initiative.Spec.Milestones {
		if !in.done(m) {
			add(m.Name, m.Due)
		}
	}
	return late
}

func namesOf(late []overdue) []string {
	var names []string
	for _, o := range late[:min(len(late), maxOverdue)] {
		names = append(names, o.name)
	}
	return names
}

func onSchedule(late []overdue) metav1.Condition {
	if len(late) == 0 {
		return condition(cxv1.ConditionOnSchedule, metav1.ConditionTrue, cxv1.ReasonOnSchedule, "Nothing is overdue.")
	}
	texts := make([]string, len(late))
	for i, o := range late {
		texts[i] = fmt.Sprintf("%s (%s)", o.name, o.due)
		if o.name == itself {
			texts[i] = fmt.Sprintf("the initiative itself (%s)", o.due)
		}
	}
	return condition(cxv1.ConditionOnSchedule, metav1.ConditionFalse, cxv1.ReasonOverdue, fmt.Sprintf(
		"Overdue: %s. Write doneOn where it is done, or set a new date.", shortList(texts)))
}

// wake is the next instant at which the passing of time alone changes something. Milestones are counted even when nothing
// is to be done any more.
func (in Input) wake() time.Time {
	var next time.Time
	consider := func(at time.Time, ok bool) {
		if ok && at.After(in.Now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	spec := in.Initiative.Spec
	for _, m := range spec.Milestones {
		consider(m.DoneOn.Start(in.Zone))
	}
	if in.over() {
		return next
	}
	consider(spec.Start.Start(in.Zone))
	consider(spec.Due.End(in.Zone))
	for _, m := range spec.Milestones {
		if !in.done(m) {
			consider(m.Due.End(in.Zone))
		}
	}
	return next
}

func apiTime(t time.Time) metav1.Time { return metav1.NewTime(t.Truncate(time.Second)) }
