// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// GoalInput is all that the judgement of a goal rests on.
type GoalInput struct {
	Goal *cxv1.Goal
	// Ancestors are the goals above it, nearest first, as far as they exist.
	Ancestors []*cxv1.Goal
	// Children are the goals that name it as parent; their status has already been rolled up.
	Children []*cxv1.Goal
	// KPIs are those that name the goal.
	KPIs []*cxv1.KPI
	// Zone is the program's time zone, in which due dates are meant.
	Zone *time.Location
	Now  time.Time
}

// GoalJudgement is how a goal stands.
type GoalJudgement struct {
	Conditions []metav1.Condition
	// Message sums it up.
	Message string
	// Wake is when it becomes overdue; zero for never.
	Wake time.Time
}

// JudgeGoal fills in the status of a goal and judges whether it is complete, attained and on schedule.
func JudgeGoal(in GoalInput) GoalJudgement {
	status := &in.Goal.Status
	rollup := Rollup(in.KPIs)
	for _, child := range in.Children {
		if child.Status.KPIs != nil {
			rollup = addRollup(rollup, *child.Status.KPIs)
		}
	}
	status.Children, status.KPIs = count(len(in.Children)), &rollup
	status.Summary = fmt.Sprintf("%d/%d", rollup.Met, rollup.Met+rollup.Missed)
	status.Missing = missingOfGoal(in)

	attained := attainedCondition(rollup)
	var j GoalJudgement
	schedule := scheduleOfGoal(in, attained.Status == metav1.ConditionTrue, &j)
	j.Conditions = []metav1.Condition{completeCondition(status.Missing), attained, schedule}
	j.Message = fmt.Sprintf("%s of the judged KPIs below this goal meet their targets.", status.Summary)
	if rollup.Total == 0 {
		j.Message = "No KPI measures this goal yet."
	}
	return j
}

// missingOfGoal names what keeps a goal from being steerable.
func missingOfGoal(in GoalInput) []string {
	spec := in.Goal.Spec
	top := spec.Kind == cxv1.GoalExperience && !slices.ContainsFunc(in.Ancestors, func(g *cxv1.Goal) bool {
		return g.Spec.Kind == cxv1.GoalExperience
	})
	servesBusiness := slices.ContainsFunc(in.Ancestors, func(g *cxv1.Goal) bool { return g.Spec.Kind == cxv1.GoalBusiness })
	var missing []string
	for _, part := range []struct {
		name   string
		absent bool
	}{
		{"ownerRef", spec.OwnerRef == ""},
		{"due", spec.Due == ""},
		{"KPI or child goal", len(in.KPIs) == 0 && len(in.Children) == 0},
		{"businessOutcome or Business parent", top && spec.BusinessOutcome == "" && !servesBusiness},
		{"valueDriver", top && spec.ValueDriver == ""},
	} {
		if part.absent {
			missing = append(missing, part.name)
		}
	}
	return missing
}

func completeCondition(missing []string) metav1.Condition {
	if len(missing) == 0 {
		return condition(cxv1.ConditionComplete, metav1.ConditionTrue, cxv1.ReasonComplete, "Nothing is missing.")
	}
	return condition(cxv1.ConditionComplete, metav1.ConditionFalse, cxv1.ReasonIncomplete,
		"The goal lacks: "+strings.Join(missing, ", ")+".")
}

// attainedCondition: one missed target is enough for no; without any judged target nothing is known.
func attainedCondition(r cxv1.KPIRollup) metav1.Condition {
	switch {
	case r.Missed > 0:
		return condition(cxv1.ConditionAttained, metav1.ConditionFalse, cxv1.ReasonNotAttained,
			fmt.Sprintf("%d of %d KPIs miss their target.", r.Missed, r.Total))
	case r.Met == 0 || r.Unknown > 0:
		return condition(cxv1.ConditionAttained, metav1.ConditionUnknown, cxv1.ReasonNoData,
			fmt.Sprintf("%d of %d KPIs have no target, no data or stale data.", r.Unknown, r.Total))
	}
	return condition(cxv1.ConditionAttained, metav1.ConditionTrue, cxv1.ReasonAttained, "All KPIs meet their targets.")
}

func scheduleOfGoal(in GoalInput, attained bool, j *GoalJudgement) metav1.Condition {
	onTime := condition(cxv1.ConditionOnSchedule, metav1.ConditionTrue, cxv1.ReasonOnSchedule, "The goal is not overdue.")
	end, ok := in.Goal.Spec.Due.End(in.Zone)
	switch {
	case !ok || attained:
		return onTime
	case in.Now.Before(end):
		j.Wake = end
		return onTime
	}
	return condition(cxv1.ConditionOnSchedule, metav1.ConditionFalse, cxv1.ReasonOverdue,
		fmt.Sprintf("The goal was due on %s and is not attained: set a new date, or delete the goal.", in.Goal.Spec.Due))
}

// condition makes a condition; whoever reports it adds time and generation.
func condition(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message}
}

// Zone is the program's time zone; UTC when its name is unknown, which the Program itself reports. "Local" would be another
// zone on each machine.
func Zone(program *cxv1.Program) *time.Location {
	zone, err := time.LoadLocation(program.Spec.TimeZone)
	if err != nil || zone == time.Local {
		return time.UTC
	}
	return zone
}
