// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"testing"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
)

func goal(name string, kind cxv1.GoalKind, parent string) *cxv1.Goal {
	return &cxv1.Goal{ObjectMeta: meta(name), Spec: cxv1.GoalSpec{Kind: kind, ParentRef: cxv1.Ref(parent), OwnerRef: "lead"}}
}

func kpi(name string, class cxv1.KPIClass, goal string) *cxv1.KPI {
	k := &cxv1.KPI{ObjectMeta: meta(name), Spec: cxv1.KPISpec{
		Metric: "nps", Class: class, Method: cxv1.MethodNPS, GoalRef: cxv1.Ref(goal), OwnerRef: "lead",
		Target: &cxv1.KPITarget{Value: "40"}, Source: cxv1.KPISource{Manual: &cxv1.ManualSource{}},
	}}
	k.Status = cxv1.KPIStatus{
		Value: "42", N: new(int64(50)), Low: "30", High: "54", AsOf: daysAgo(10), Trend: cxv1.TrendInsufficientData,
	}
	return k
}

// goals is a tree (growth, loyalty, fast-answers and short-queues) with a KPI of each class, and a goal on its own.
func goals() []program.Object {
	return append(example(),
		goal("growth", cxv1.GoalBusiness, ""), goal("loyalty", cxv1.GoalExperience, "growth"),
		goal("fast-answers", cxv1.GoalOperational, "loyalty"), goal("short-queues", cxv1.GoalOperational, "loyalty"),
		goal("alone", cxv1.GoalExperience, ""),
		kpi("revenue", cxv1.KPIBusiness, "growth"), kpi("nps", cxv1.KPIExperience, "loyalty"),
		kpi("minutes", cxv1.KPIOperational, "fast-answers"), kpi("mood", cxv1.KPIEmployee, "short-queues"),
		kpi("csat", cxv1.KPIExperience, "alone"),
		accept(cxv1.SubjectGoal, "loyalty", cxv1.RoleAccountable, "lead"),
		accept(cxv1.SubjectKPI, "nps", cxv1.RoleAccountable, "lead"),
	)
}

func TestFactsAboutGoals(t *testing.T) {
	checkFacts(t, goals, map[string]factsCase{
		"a tree": {ev: known, want: map[string]any{
			"experienceGoals": 2, "experienceGoalsOwnerAccepted": 1, "topGoals": 2, "leafGoals": 3,
			"topGoalsWithBusinessOutcomeRatio": 0.5, "leafGoalsWithOperationalKpiRatio": 1.0 / 3, "leafGoalsWithFreshKpiRatio": 1.0,
		}},
		"without evidence the goals are known, their owners' consent is not": {want: map[string]any{
			"experienceGoals": 2, "experienceGoalsOwnerAccepted": nil, "kpisCompleteRatio": nil, "experienceKpisDefined": 2,
		}},
		"goals that name no owner are not accepted, evidence or not": {change: func(s *program.Snapshot) {
			for _, g := range s.Goals {
				g.Spec.OwnerRef = ""
			}
		}, want: map[string]any{"experienceGoalsOwnerAccepted": 0}},
		"a goal that no longer names an owner does not keep the old acceptance": {ev: known, change: func(s *program.Snapshot) {
			s.Goal("loyalty").Spec.OwnerRef = ""
		}, want: map[string]any{"experienceGoalsOwnerAccepted": 0}},
		"no goals": {ev: known, change: func(s *program.Snapshot) { s.Goals = nil }, want: map[string]any{
			"experienceGoals": 0, "experienceGoalsOwnerAccepted": 0, "topGoals": 0, "leafGoals": 0,
			"topGoalsWithBusinessOutcomeRatio": nil, "leafGoalsWithOperationalKpiRatio": nil, "leafGoalsWithFreshKpiRatio": nil,
			"experienceKpisLinkedToBusinessRatio": 0.0,
		}},
		"a business outcome in words serves as well": {ev: known, change: func(s *program.Snapshot) {
			s.Goal("alone").Spec.BusinessOutcome = "fewer returns"
		}, want: map[string]any{"topGoalsWithBusinessOutcomeRatio": 1.0}},
		"a business goal two levels up serves": {ev: known, change: func(s *program.Snapshot) {
			s.Goal("alone").Spec.ParentRef = "fast-answers"
		}, want: map[string]any{"topGoals": 2, "topGoalsWithBusinessOutcomeRatio": 1.0, "leafGoals": 2}},
		"an experience goal below another is not a top goal": {ev: known, change: func(s *program.Snapshot) {
			s.Goal("alone").Spec.ParentRef = "loyalty"
		}, want: map[string]any{"topGoals": 1, "leafGoals": 3, "experienceKpisLinkedToBusinessRatio": 1.0}},
		"a parent that does not exist is no parent": {ev: known, change: func(s *program.Snapshot) {
			s.Goal("alone").Spec.ParentRef = "ghost"
		}, want: map[string]any{"topGoals": 2, "leafGoals": 3}},
		"goals in a circle have no top and join nothing": {ev: known, change: func(s *program.Snapshot) {
			s.Goal("growth").Spec.ParentRef = "fast-answers"
		}, want: map[string]any{"topGoals": 2, "leafGoals": 2, "experienceKpisLinkedToBusinessRatio": 0.0}},
		"a stale KPI feeds no goal": {ev: known, change: func(s *program.Snapshot) {
			s.KPI("minutes").Status.AsOf = daysAgo(90)
			s.KPI("mood").Spec.TTL = "9d"
			s.KPI("csat").Status.Value = ""
		}, want: map[string]any{"leafGoalsWithFreshKpiRatio": 0.0}},
	})
}

func TestFactsAboutKPIs(t *testing.T) {
	checkFacts(t, goals, map[string]factsCase{
		"all of them": {ev: known, want: map[string]any{
			"experienceKpis": 2, "experienceKpisDefined": 2, "experienceKpisWithInterval": 2, "kpisCompleteRatio": 0.2,
			"kpisWithTestedTrend": 0, "conflictingMetricDefinitions": 0,
			"experienceKpisLinkedToBusinessRatio": 0.5, "experienceKpisLinkedToEmployeeRatio": 0.5,
		}},
		"no KPIs": {ev: known, change: func(s *program.Snapshot) { s.KPIs = nil }, want: map[string]any{
			"experienceKpis": 0, "experienceKpisDefined": 0, "experienceKpisWithInterval": 0, "kpisCompleteRatio": nil,
			"conflictingMetricDefinitions": 0, "experienceKpisLinkedToBusinessRatio": nil, "experienceKpisLinkedToEmployeeRatio": nil,
		}},
		"a KPI without an owner who is there is not defined": {ev: known, change: func(s *program.Snapshot) {
			s.KPI("nps").Spec.OwnerRef = ""
			s.KPI("csat").Spec.OwnerRef = "ghost"
		}, want: map[string]any{"experienceKpisDefined": 0, "kpisCompleteRatio": 0.0}},
		"CSAT without a scale is not defined, with one it is": {ev: known, change: func(s *program.Snapshot) {
			s.KPI("nps").Spec.Method, s.KPI("csat").Spec.Method = cxv1.MethodCSAT, cxv1.MethodCSAT
			s.KPI("csat").Spec.Scale = &cxv1.Scale{Min: 1, Max: 5}
		}, want: map[string]any{"experienceKpisDefined": 1}},
		"too few answers, or a bare value, give no interval": {ev: known, change: func(s *program.Snapshot) {
			s.KPI("nps").Status.N = new(int64(4))
			s.KPI("csat").Status.Low, s.KPI("csat").Status.High = "", ""
		}, want: map[string]any{"experienceKpisWithInterval": 0}},
		"minResponses is the KPI's own": {ev: known, change: func(s *program.Snapshot) {
			s.KPI("nps").Spec.MinResponses = new(int32(51))
			s.KPI("csat").Spec.MinResponses = new(int32(50))
		}, want: map[string]any{"experienceKpisWithInterval": 1}},
		"without a target a KPI is not complete": {ev: known, change: func(s *program.Snapshot) { s.KPI("nps").Spec.Target = nil },
			want: map[string]any{"kpisCompleteRatio": 0.0}},
		"flat is a tested trend, broken is not": {ev: known, change: func(s *program.Snapshot) {
			s.KPI("nps").Status.Trend, s.KPI("csat").Status.Trend = cxv1.TrendFlat, cxv1.TrendBroken
		}, want: map[string]any{"kpisWithTestedTrend": 1}},
		"one metric in two methods is a conflict": {ev: known, change: func(s *program.Snapshot) {
			s.KPI("csat").Spec.Method = cxv1.MethodShare
		}, want: map[string]any{"conflictingMetricDefinitions": 1}},
		"the same top box written out is no conflict": {ev: known, change: func(s *program.Snapshot) {
			for _, k := range s.KPIs {
				k.Spec.Method, k.Spec.Scale = cxv1.MethodCSAT, &cxv1.Scale{Min: 1, Max: 5}
			}
			s.KPI("csat").Spec.Scale = &cxv1.Scale{Min: 1, Max: 5, TopFrom: new(int32(4))}
		}, want: map[string]any{"conflictingMetricDefinitions": 0}},
		"another top box is one": {ev: known, change: func(s *program.Snapshot) {
			for _, k := range s.KPIs {
				k.Spec.Method, k.Spec.Scale = cxv1.MethodCSAT, &cxv1.Scale{Min: 1, Max: 5}
			}
			s.KPI("csat").Spec.Scale = &cxv1.Scale{Min: 1, Max: 5, TopFrom: new(int32(5))}
		}, want: map[string]any{"conflictingMetricDefinitions": 1}},
	})
}
