// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

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

// goalSums are what the goals add up to.
type goalSums struct {
	experience, accepted, top, outcome tally
	leaves, operational, fresh         tally
	// named says whether any experience goal names an owner.
	named bool
}

func (f *facts) readGoals(tree *goalTree, kpis *kpiSums) {
	var sums goalSums
	for i, goal := range f.s.Goals {
		if goal.Spec.Kind == cxv1.GoalExperience {
			f.addExperienceGoal(&sums, tree, i)
		}
		if tree.hasChildren[i] {
			continue
		}
		sums.leaves.add("Goal", goal.Name)
		if kpis.operational[i] {
			sums.operational.add("Goal", goal.Name)
		}
		if kpis.fresh[i] {
			sums.fresh.add("Goal", goal.Name)
		}
	}
	f.count("experienceGoals", sums.experience)
	if f.ev == nil && sums.named {
		f.withoutEvidence("experienceGoalsOwnerAccepted")
	} else {
		f.count("experienceGoalsOwnerAccepted", sums.accepted)
	}
	f.count("topGoals", sums.top)
	f.count("leafGoals", sums.leaves)
	f.ratio("topGoalsWithBusinessOutcomeRatio", sums.outcome, sums.top.n)
	f.ratio("leafGoalsWithOperationalKpiRatio", sums.operational, sums.leaves.n)
	f.ratio("leafGoalsWithFreshKpiRatio", sums.fresh, sums.leaves.n)
}

func (f *facts) addExperienceGoal(sums *goalSums, tree *goalTree, place int) {
	goal, parent := tree.goals[place], tree.parent[place]
	sums.experience.add("Goal", goal.Name)
	if goal.Spec.OwnerRef != "" {
		sums.named = true
		if f.accepted.accountable(cxv1.SubjectGoal, goal.Name, "") != nil {
			sums.accepted.add("Goal", goal.Name)
		}
	}
	if parent >= 0 && tree.goals[parent].Spec.Kind == cxv1.GoalExperience {
		return
	}
	sums.top.add("Goal", goal.Name)
	if goal.Spec.BusinessOutcome != "" || tree.underBusiness[place] {
		sums.outcome.add("Goal", goal.Name)
	}
}

func (f *facts) readKPIs(tree *goalTree, sums *kpiSums) {
	var complete, trended tally
	named := false
	for _, kpi := range f.s.KPIs {
		sums.add(tree, kpi, kpiFresh(kpi, f.now))
		if kpi.Spec.Target != nil && kpi.Spec.OwnerRef != "" && kpi.Spec.Method != "" && f.hasSource(kpi) {
			named = true
			if f.accepted.accountable(cxv1.SubjectKPI, kpi.Name, "") != nil {
				complete.add("KPI", kpi.Name)
			}
		}
		switch kpi.Status.Trend {
		case cxv1.TrendUp, cxv1.TrendDown, cxv1.TrendFlat:
			trended.figure(kpi)
		}
	}
	f.mixed("kpisWithTestedTrend", trended)
	if f.ev == nil && named {
		f.withoutEvidence("kpisCompleteRatio")
	} else {
		f.ratio("kpisCompleteRatio", complete, len(f.s.KPIs))
	}
	f.readExperienceKPIs(sums.experience)
}

func (f *facts) readExperienceKPIs(kpis []*cxv1.KPI) {
	var experience, defined, measured tally
	for _, kpi := range kpis {
		experience.add("KPI", kpi.Name)
		owner := f.s.Owner(kpi.Spec.OwnerRef)
		if owner != nil && owner.Spec.State != cxv1.OwnerLeft && hasScale(kpi) && f.hasSource(kpi) {
			defined.add("KPI", kpi.Name)
		}
		if enoughAnswers(kpi) && kpi.Status.Low != "" && kpi.Status.High != "" {
			measured.figure(kpi)
		}
	}
	f.count("experienceKpis", experience)
	f.count("experienceKpisDefined", defined)
	f.mixed("experienceKpisWithInterval", measured)
	f.readIncentives(kpis)
}

// readIncentives reads whose pay or goals depend on customers: on how many levels, and in what share of the functions.
func (f *facts) readIncentives(kpis []*cxv1.KPI) {
	levels, functions := set[cxv1.OwnerLevel]{}, set[cxv1.Function]{}
	var newLevel, covered tally
	for _, kpi := range kpis {
		levelsBefore, functionsBefore := len(levels), len(functions)
		for _, incentive := range kpi.Spec.Incentives {
			if incentive.Evidence == "" {
				continue
			}
			levels.add(incentive.Level)
			if f.functions.has(incentive.Function) {
				functions.add(incentive.Function)
			}
		}
		if len(levels) > levelsBefore {
			newLevel.add("KPI", kpi.Name)
		}
		if len(functions) > functionsBefore {
			covered.add("KPI", kpi.Name)
		}
	}
	f.set("incentiveLevels", len(levels), newLevel.objects...)
	covered.n = len(functions)
	f.ratio("incentiveFunctionsRatio", covered, len(f.functions))
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

// figure counts a KPI for its figures. Those of a survey were seen to come in, and those of a Prometheus were fetched; others somebody
// entered.
func (t *tally) figure(kpi *cxv1.KPI) {
	t.declared = t.declared || kpi.Spec.Source.Survey == nil && kpi.Spec.Source.Prometheus == nil
	t.add("KPI", kpi.Name)
}

// hasSource tells whether the number comes from somewhere: a person who enters it, a survey that exists, or a query.
func (f *facts) hasSource(kpi *cxv1.KPI) bool {
	source := &kpi.Spec.Source
	return source.Manual != nil || source.Prometheus != nil || source.Survey != nil && f.s.Survey(source.Survey.SurveyRef) != nil
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
