// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package initiative

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Input is all that the judgement of an initiative rests on.
type Input struct {
	// Initiative is judged. Its status.phase is read: Done is final until its people ask for something else.
	Initiative *cxv1.Initiative
	// Approved says whether the owner in spec.approvedBy has accepted; not looked at when there is none.
	Approved bool
	// Dependencies are the phases of the initiatives in spec.dependsOn, by name, as far as they exist.
	Dependencies map[string]cxv1.InitiativePhase
	// KPIs are those in spec.kpiTargets, by name, as far as they exist; their status has already been judged.
	KPIs map[string]*cxv1.KPI
	// Zone is the program's time zone, in which dates are meant.
	Zone *time.Location
	Now  time.Time
}

// Judgement is how an initiative stands.
type Judgement struct {
	// Conditions are PhaseReached, OnSchedule and, where planned and spent are given, WithinBudget.
	Conditions []metav1.Condition
	// Message sums it up.
	Message string
	// Wake is when it next begins, becomes overdue or gets a step done; zero for never.
	Wake time.Time
}

// Judge fills in the status of an initiative, all but activeSince and doneSince (see Marks), and judges whether it is where
// its people want it, on schedule and within budget.
func Judge(in Input) Judgement {
	status := &in.Initiative.Status
	phase, lag := in.reach()
	status.Phase = phase
	status.Progress = in.progress()
	status.WaitingFor = nil
	if !in.over() {
		status.WaitingFor = in.open()
	}
	status.KPITargetsMet = in.targetsMet()
	late := in.late()
	status.Overdue = namesOf(late)

	j := Judgement{Message: in.message(lag), Wake: in.wake()}
	j.Conditions = append(j.Conditions, in.phaseReached(lag), onSchedule(late))
	if c, ok := withinBudget(in.Initiative.Spec.Cost); ok {
		j.Conditions = append(j.Conditions, c)
	}
	return j
}

// over says whether nothing is to be done any more.
func (in Input) over() bool {
	phase := in.Initiative.Status.Phase
	return phase == cxv1.InitiativeDone || phase == cxv1.InitiativeCancelled
}

func (in Input) requested() cxv1.InitiativePhase {
	if in.Initiative.Spec.RequestedPhase == "" {
		return cxv1.InitiativeProposed
	}
	return in.Initiative.Spec.RequestedPhase
}

func (in Input) phaseReached(lag *lag) metav1.Condition {
	if lag == nil {
		return condition(cxv1.ConditionPhaseReached, metav1.ConditionTrue, cxv1.ReasonPhaseReached,
			fmt.Sprintf("The initiative is %s, as requested.", in.Initiative.Status.Phase))
	}
	return condition(cxv1.ConditionPhaseReached, metav1.ConditionFalse, lag.reason, in.behind(lag))
}

func (in Input) behind(lag *lag) string {
	return fmt.Sprintf("The initiative is %s, not yet %s: %s", in.Initiative.Status.Phase, in.requested(), lag.message)
}

func (in Input) message(lag *lag) string {
	switch {
	case lag != nil:
		return in.behind(lag)
	case in.Initiative.Status.Progress != "":
		return fmt.Sprintf("%s, as requested; %s milestones done.", in.Initiative.Status.Phase, in.Initiative.Status.Progress)
	}
	return fmt.Sprintf("%s, as requested.", in.Initiative.Status.Phase)
}

// targetsMet is how many of the KPIs are where the initiative shall bring them.
func (in Input) targetsMet() string {
	targets := in.Initiative.Spec.KPITargets
	if len(targets) == 0 {
		return ""
	}
	met := 0
	for _, target := range targets {
		if kpi := in.KPIs[string(target.KPIRef)]; kpi != nil && isAt(kpi, target.To) {
			met++
		}
	}
	return fmt.Sprintf("%d/%d", met, len(targets))
}

// isAt compares a KPI's value with a number, in the direction of the KPI's own target. A value that is too old to be judged
// there is too old here.
func isAt(kpi *cxv1.KPI, to cxv1.Decimal) bool {
	value, known := kpi.Status.Value.Float()
	goal, ok := to.Float()
	if !known || !ok || (!IsFresh(kpi) && kpi.Spec.OnNoData != cxv1.NoDataKeepLast) {
		return false
	}
	if kpi.Spec.Target != nil && kpi.Spec.Target.Direction == cxv1.AtMost {
		return value <= goal
	}
	return value >= goal
}

// IsFresh reports whether a KPI's value is younger than its ttl.
func IsFresh(kpi *cxv1.KPI) bool {
	for _, c := range kpi.Status.Conditions {
		if c.Type == cxv1.ConditionFresh {
			return c.Status == metav1.ConditionTrue
		}
	}
	return false
}

// withinBudget compares what was spent with what was planned; without both there is nothing to say.
func withinBudget(cost *cxv1.Cost) (c metav1.Condition, ok bool) {
	if cost == nil {
		return c, false
	}
	planned, okPlanned := cost.Planned.Float()
	spent, okSpent := cost.Spent.Float()
	if !okPlanned || !okSpent {
		return c, false
	}
	text := fmt.Sprintf("%s of %s %s are spent", cost.Spent, cost.Planned, cost.Currency)
	if spent > planned {
		return condition(cxv1.ConditionWithinBudget, metav1.ConditionFalse, cxv1.ReasonOverBudget,
			text+": have a higher sum approved and planned, or do less."), true
	}
	return condition(cxv1.ConditionWithinBudget, metav1.ConditionTrue, cxv1.ReasonWithinBudget, text+"."), true
}

func condition(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message}
}

// shortList names at most five things and counts the rest.
func shortList(names []string) string {
	const shown = 5
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}
