// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package initiative

import (
	"fmt"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// lag is why an initiative is not in the phase that its people ask for, and what to do about it.
type lag struct{ reason, message string }

// gate is a way to the next phase; nil when it is open.
type gate func(Input) *lag

// way is the order of the phases and the gates before each. Proposed needs nothing, and Cancelled lies apart: whoever asks
// for it gets it.
var way = []struct {
	phase cxv1.InitiativePhase
	gates []gate
}{
	{cxv1.InitiativeAccepted, []gate{Input.approval}},
	{cxv1.InitiativeActive, []gate{Input.dependencies, Input.begun}},
	{cxv1.InitiativeDone, []gate{Input.milestones, Input.result}},
}

// reach walks towards the requested phase as far as the gates are open. The same objects always lead to the same phase, with
// one exception: what is Done stays Done for as long as its people say so, whatever becomes of the things around it.
func (in Input) reach() (cxv1.InitiativePhase, *lag) {
	requested := in.requested()
	done := requested == cxv1.InitiativeDone && in.Initiative.Status.Phase == cxv1.InitiativeDone
	if done || requested == cxv1.InitiativeCancelled {
		return requested, nil
	}
	reached := cxv1.InitiativeProposed
	for _, next := range way {
		if reached == requested {
			break
		}
		for _, closed := range next.gates {
			if lag := closed(in); lag != nil {
				return reached, lag
			}
		}
		reached = next.phase
	}
	return reached, nil
}

func (in Input) approval() *lag {
	approver := in.Initiative.Spec.ApprovedBy
	if approver == "" || in.Approved {
		return nil
	}
	return &lag{cxv1.ReasonAwaitingApproval, fmt.Sprintf(
		"%s has not accepted to approve it. See kubectl get cxoa --field-selector spec.subject.name=%s,spec.role=Approver.",
		approver, in.Initiative.Name)}
}

// open are the initiatives that must be Done first and are not.
func (in Input) open() []string {
	var open []string
	for _, name := range in.Initiative.Spec.DependsOn {
		if in.Dependencies[string(name)] != cxv1.InitiativeDone {
			open = append(open, string(name))
		}
	}
	return open
}

func (in Input) dependencies() *lag {
	var waiting, dead []string
	for _, name := range in.open() {
		if in.Dependencies[name] == cxv1.InitiativeCancelled {
			dead = append(dead, name)
		} else {
			waiting = append(waiting, name)
		}
	}
	switch {
	case len(dead) > 0:
		return &lag{cxv1.ReasonWaitingForDependencies, fmt.Sprintf(
			"it depends on what was cancelled: %s. Take that out of spec.dependsOn.", shortList(dead))}
	case len(waiting) > 0:
		return &lag{cxv1.ReasonWaitingForDependencies, fmt.Sprintf("these initiatives must be Done first: %s.", shortList(waiting))}
	}
	return nil
}

func (in Input) begun() *lag {
	start, ok := in.Initiative.Spec.Start.Start(in.Zone)
	if !ok || !in.Now.Before(start) {
		return nil
	}
	return &lag{cxv1.ReasonNotStarted, fmt.Sprintf("it starts on %s. To begin earlier, correct spec.start.", in.Initiative.Spec.Start)}
}

func (in Input) milestones() *lag {
	var open []string
	for _, m := range in.Initiative.Spec.Milestones {
		if !in.done(m) {
			open = append(open, m.Name)
		}
	}
	if len(open) == 0 {
		return nil
	}
	return &lag{cxv1.ReasonMilestonesOpen, fmt.Sprintf(
		"not done: %s. Write the day in doneOn of each milestone, or take it out.", shortList(open))}
}

func (in Input) result() *lag {
	if in.Initiative.Spec.Type != cxv1.InitiativeExperiment || in.Initiative.Spec.Result != nil {
		return nil
	}
	return &lag{cxv1.ReasonResultMissing,
		"an experiment ends with what it showed. Write spec.result; a refuted hypothesis counts as much as a confirmed one."}
}

// done says whether a milestone is done. One whose day is still to come is a plan.
func (in Input) done(m cxv1.Milestone) bool {
	start, ok := m.DoneOn.Start(in.Zone)
	return ok && !in.Now.Before(start)
}

func (in Input) progress() string {
	milestones := in.Initiative.Spec.Milestones
	if len(milestones) == 0 {
		return ""
	}
	done := 0
	for _, m := range milestones {
		if in.done(m) {
			done++
		}
	}
	return fmt.Sprintf("%d/%d", done, len(milestones))
}

// MarkScope is the scope of the marks in the evidence log that say since when an initiative has been in a phase. They keep
// activeSince and doneSince when objects are deleted and applied again.
const MarkScope = "initiative"

// Marks are the marks to set or, with an empty value, to remove, once an initiative has been judged. What was Active stays
// marked even when it goes back; an initiative that was never seen before it was Done was at work until then. Done ends when
// its people take it back, not when something else stands in the way.
func Marks(i *cxv1.Initiative) map[string]string {
	const seen = "yes"
	marks := map[string]string{}
	switch i.Status.Phase {
	case cxv1.InitiativeDone:
		marks[activeKey(i)], marks[doneKey(i)] = seen, seen
		return marks
	case cxv1.InitiativeActive:
		marks[activeKey(i)] = seen
	}
	if i.Spec.RequestedPhase != cxv1.InitiativeDone {
		marks[doneKey(i)] = ""
	}
	return marks
}

// SetSince fills in activeSince and doneSince from the marks' times. Times are cut to seconds, as the API server keeps them.
func SetSince(i *cxv1.Initiative, since map[string]time.Time) {
	if at, ok := since[activeKey(i)]; ok {
		i.Status.ActiveSince = new(apiTime(at))
	}
	i.Status.DoneSince = nil
	if at, ok := since[doneKey(i)]; ok {
		i.Status.DoneSince = new(apiTime(at))
	}
}

func activeKey(i *cxv1.Initiative) string { return i.Name + "/Active" }

func doneKey(i *cxv1.Initiative) string { return i.Name + "/Done" }
