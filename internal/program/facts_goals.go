// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// unvisited is the root of a goal that has not been looked at.
const unvisited = -2

// goalTree is the Goals of a snapshot by their place in it.
type goalTree struct {
	goals []*cxv1.Goal
	place map[cxv1.Ref]int
	// parent is -1 without one, and also where parentRef does not resolve.
	parent []int
	// root is the top of each goal's tree; -1 for goals that only lead round in a circle.
	root []int
	// underBusiness says whether a goal has a Business goal above it.
	underBusiness []bool
	hasChildren   []bool
}

func newGoalTree(goals []*cxv1.Goal) *goalTree {
	t := &goalTree{
		goals: goals, place: make(map[cxv1.Ref]int, len(goals)),
		parent: make([]int, len(goals)), root: make([]int, len(goals)),
		underBusiness: make([]bool, len(goals)), hasChildren: make([]bool, len(goals)),
	}
	for i, goal := range goals {
		t.place[cxv1.Ref(goal.Name)] = i
	}
	for i, goal := range goals {
		t.parent[i] = -1
		if parent, ok := t.place[goal.Spec.ParentRef]; ok {
			t.parent[i] = parent
			t.hasChildren[parent] = true
		}
	}
	for i := range t.root {
		t.root[i] = unvisited
	}
	for i := range goals {
		t.resolve(i)
	}
	return t
}

// resolve finds root and underBusiness of a goal and of all above it. Every goal is climbed from once, so that a long chain
// costs no more than a wide tree.
func (t *goalTree) resolve(start int) {
	var path []int
	at := start
	for at >= 0 && t.root[at] == unvisited {
		path = append(path, at)
		t.root[at] = -1 // until known; stays so when the way leads back here
		at = t.parent[at]
	}
	for i := len(path) - 1; i >= 0; i-- {
		goal := path[i]
		parent := t.parent[goal]
		if parent < 0 {
			t.root[goal] = goal
			continue
		}
		t.root[goal] = t.root[parent]
		t.underBusiness[goal] = t.underBusiness[parent] || t.goals[parent].Spec.Kind == cxv1.GoalBusiness
	}
}

// kpiSums are what the KPIs say about goals and about themselves.
type kpiSums struct {
	operational, fresh []bool // by goal
	classes            []map[cxv1.KPIClass]bool
	experience         []*cxv1.KPI
	definitions        map[string]map[definition]int // of experience KPIs, by metric
}

// definition is how a metric is computed. KPIs of one metric with different definitions cannot be compared.
type definition struct {
	method        cxv1.KPIMethod
	min, max, top int32
}

func (f *facts) readGoalsAndKPIs() {
	tree := newGoalTree(f.s.Goals)
	sums := kpiSums{
		operational: make([]bool, len(f.s.Goals)), fresh: make([]bool, len(f.s.Goals)),
		classes: make([]map[cxv1.KPIClass]bool, len(f.s.Goals)), definitions: map[string]map[definition]int{},
	}
	f.readKPIs(tree, &sums)
	f.readGoals(tree, &sums)
	f.readJoined(tree, &sums)
}

func (f *facts) readGoals(tree *goalTree, sums *kpiSums) {
	var experience, accepted, top, outcome, leaves, operational, fresh tally
	named := false
	for i, goal := range f.s.Goals {
		if goal.Spec.Kind == cxv1.GoalExperience {
			experience.add("Goal", goal.Name)
			named = named || goal.Spec.OwnerRef != ""
			if goal.Spec.OwnerRef != "" && f.accepted.accountable(cxv1.SubjectGoal, goal.Name, "") != nil {
				accepted.add("Goal", goal.Name)
			}
			if tree.parent[i] < 0 || tree.goals[tree.parent[i]].Spec.Kind != cxv1.GoalExperience {
				top.add("Goal", goal.Name)
				if goal.Spec.BusinessOutcome != "" || tree.underBusiness[i] {
					outcome.add("Goal", goal.Name)
				}
			}
		}
		if tree.hasChildren[i] {
			continue
		}
		leaves.add("Goal", goal.Name)
		if sums.operational[i] {
			operational.add("Goal", goal.Name)
		}
		if sums.fresh[i] {
			fresh.add("Goal", goal.Name)
		}
	}
	f.count("experienceGoals", experience)
	if f.ev == nil && named {
		f.withoutEvidence("experienceGoalsOwnerAccepted")
	} else {
		f.count("experienceGoalsOwnerAccepted", accepted)
	}
	f.count("topGoals", top)
	f.count("leafGoals", leaves)
	f.ratio("topGoalsWithBusinessOutcomeRatio", outcome, top.n)
	f.ratio("leafGoalsWithOperationalKpiRatio", operational, leaves.n)
	f.ratio("leafGoalsWithFreshKpiRatio", fresh, leaves.n)
}

func (f *facts) readKPIs(tree *goalTree, sums *kpiSums) {
	var experience, defined, measured, complete, trended tally
	named := false
	for _, kpi := range f.s.KPIs {
		sums.add(tree, kpi, kpiFresh(kpi, f.now))
		if kpi.Spec.Target != nil && kpi.Spec.OwnerRef != "" {
			named = true
			if f.accepted.accountable(cxv1.SubjectKPI, kpi.Name, "") != nil {
				complete.add("KPI", kpi.Name)
			}
		}
		switch kpi.Status.Trend {
		case cxv1.TrendUp, cxv1.TrendDown, cxv1.TrendFlat:
			trended.add("KPI", kpi.Name)
		}
		if kpi.Spec.Class != cxv1.KPIExperience {
			continue
		}
		experience.add("KPI", kpi.Name)
		if owner := f.s.Owner(kpi.Spec.OwnerRef); owner != nil && owner.Spec.State != cxv1.OwnerLeft && hasScale(kpi) {
			defined.add("KPI", kpi.Name)
		}
		if enoughAnswers(kpi) && kpi.Status.Low != "" && kpi.Status.High != "" {
			measured.add("KPI", kpi.Name)
		}
	}
	f.count("experienceKpis", experience)
	f.count("experienceKpisDefined", defined)
	f.count("experienceKpisWithInterval", measured)
	f.count("kpisWithTestedTrend", trended)
	if f.ev == nil && named {
		f.withoutEvidence("kpisCompleteRatio")
	} else {
		f.ratio("kpisCompleteRatio", complete, len(f.s.KPIs))
	}
}

func (s *kpiSums) add(tree *goalTree, kpi *cxv1.KPI, fresh bool) {
	if kpi.Spec.Class == cxv1.KPIExperience {
		s.experience = append(s.experience, kpi)
		if s.definitions[kpi.Spec.Metric] == nil {
			s.definitions[kpi.Spec.Metric] = map[definition]int{}
		}
		s.definitions[kpi.Spec.Metric][definitionOf(kpi)]++
	}
	goal, ok := tree.place[kpi.Spec.GoalRef]
	if !ok {
		return
	}
	s.operational[goal] = s.operational[goal] || kpi.Spec.Class == cxv1.KPIOperational
	s.fresh[goal] = s.fresh[goal] || fresh
	if root := tree.root[goal]; root >= 0 {
		if s.classes[root] == nil {
			s.classes[root] = map[cxv1.KPIClass]bool{}
		}
		s.classes[root][kpi.Spec.Class] = true
	}
}

// readJoined reads what KPIs have to do with each other.
func (f *facts) readJoined(tree *goalTree, sums *kpiSums) {
	var business, employee tally
	for _, kpi := range sums.experience {
		goal, ok := tree.place[kpi.Spec.GoalRef]
		if !ok || tree.root[goal] < 0 {
			continue
		}
		classes := sums.classes[tree.root[goal]]
		if classes[cxv1.KPIBusiness] {
			business.add("KPI", kpi.Name)
		}
		if classes[cxv1.KPIEmployee] {
			employee.add("KPI", kpi.Name)
		}
	}
	f.ratio("experienceKpisLinkedToBusinessRatio", business, len(sums.experience))
	f.ratio("experienceKpisLinkedToEmployeeRatio", employee, len(sums.experience))
	pairs := 0
	for _, definitions := range sums.definitions {
		total, same := 0, 0
		for _, n := range definitions {
			total += n
			same += n * n
		}
		pairs += (total*total - same) / 2
	}
	f.set("conflictingMetricDefinitions", pairs)
}

// hasScale tells whether the answer scale is known: given, or part of the method.
func hasScale(kpi *cxv1.KPI) bool {
	switch kpi.Spec.Method {
	case cxv1.MethodCSAT, cxv1.MethodCESMean, cxv1.MethodCESTopBox, cxv1.MethodCESNet:
		return kpi.Spec.Scale != nil
	}
	return kpi.Spec.Method != ""
}

func definitionOf(kpi *cxv1.KPI) definition {
	d := definition{method: kpi.Spec.Method}
	scale := kpi.Spec.Scale
	switch {
	case scale != nil:
		d.min, d.max, d.top = scale.Min, scale.Max, scale.Max-1
		if scale.TopFrom != nil {
			d.top = *scale.TopFrom
		}
	case kpi.Spec.Method == cxv1.MethodNPS:
		d.min, d.max, d.top = 0, 10, 9
	}
	if kpi.Spec.Method != cxv1.MethodCSAT {
		d.top = 0 // only CSAT counts a top box of its own
	}
	return d
}

func enoughAnswers(kpi *cxv1.KPI) bool {
	needed := int64(defaultMinResponses)
	if kpi.Spec.MinResponses != nil {
		needed = int64(*kpi.Spec.MinResponses)
	}
	return kpi.Status.N != nil && *kpi.Status.N >= needed
}

// kpiFresh tells whether a KPI has a value inside its time to live.
func kpiFresh(kpi *cxv1.KPI, now time.Time) bool {
	return kpi.Status.Value != "" && kpi.Status.AsOf != nil && now.Before(kpi.Status.AsOf.Add(kpi.Spec.TTL.Or(defaultTTL)))
}
