// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/initiative"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Evaluation is a program with every status as the controllers would report it.
type Evaluation struct {
	// Snapshot holds copies of all objects, with the OwnerAssignments and Scorecards that follow from them. Waves are
	// those that were there, and those under way by the evidence.
	Snapshot *Snapshot
	// Findings are those of Check.
	Findings []Finding
	// Evidence is the one given, with what a store would have taken in by then: decisions, stages, since when results are so. Nil
	// without.
	Evidence *store.Evidence
}

// evaluate is Evaluate where the findings are known.
func evaluate(m *Models, s *Snapshot, ev *store.Evidence, now time.Time, findings []Finding) Evaluation {
	e := &evaluator{s: copyOf(s), ev: ev, now: now, models: m}
	if e.program = e.s.Program; e.program == nil {
		e.program = &cxv1.Program{}
	}
	if e.evidence = ev; ev == nil {
		e.evidence = &store.Evidence{}
	}
	for _, framework := range e.s.Frameworks {
		_ = JudgeFramework(framework) // Check names its problems
	}
	e.judgeKPIs()
	e.assign()
	e.judgeInitiatives()
	e.judgeGoals()
	e.judgeJourneys()
	e.scheduleSurveys()
	e.judgeAssessments()
	e.ready(findings)
	e.assess()
	e.recordPhases()
	return Evaluation{Snapshot: e.s, Findings: findings, Evidence: e.ev}
}

type evaluator struct {
	s       *Snapshot
	program *cxv1.Program
	// ev may be nil, evidence is never.
	ev, evidence *store.Evidence
	now          time.Time
	models       *Models
}

func copyOf(s *Snapshot) *Snapshot {
	all := s.All()
	for i, obj := range all {
		all[i] = obj.DeepCopyObject().(Object)
	}
	return New(s.Namespace, all...)
}

func (e *evaluator) condition(obj Object, c metav1.Condition) {
	c.ObservedGeneration = obj.GetGeneration()
	c.LastTransitionTime = metav1.NewTime(e.now.Truncate(time.Second))
	meta.SetStatusCondition(&obj.CommonStatus().Conditions, c)
}

func (e *evaluator) judgeKPIs() {
	history := map[string][]store.KPIPoint{}
	for _, point := range e.evidence.Points {
		history[point.KPI] = append(history[point.KPI], point)
	}
	for _, kpi := range e.s.KPIs {
		points := history[kpi.Name]
		if point, err := PointOf(kpi, e.now); err == nil {
			points = withPoint(points, point)
		}
		for _, c := range JudgeKPI(kpi, points, e.now).Conditions {
			e.condition(kpi, c)
		}
	}
}

// withPoint adds a point to a history, as the store would: one for a known instant corrects it.
func withPoint(points []store.KPIPoint, point store.KPIPoint) []store.KPIPoint {
	points = slices.DeleteFunc(slices.Clone(points), func(p store.KPIPoint) bool { return p.AsOf.Equal(point.AsOf) })
	points = append(points, point)
	slices.SortFunc(points, func(a, b store.KPIPoint) int { return a.AsOf.Compare(b.AsOf) })
	return points[max(0, len(points)-MaxPoints):]
}

// assign makes the assignments that follow from what the subjects name. What stands in a decision counts as far as its offer
// is open.
func (e *evaluator) assign() {
	existing := map[string]*cxv1.OwnerAssignmentSpec{}
	for _, a := range e.s.Assignments {
		existing[a.Name] = &a.Spec
	}
	owners := make(ownership.Owners, len(e.s.Owners))
	for _, owner := range e.s.Owners {
		owners[owner.Name] = owner
	}
	e.s.Assignments = nil
	var made []Object
	zone := Zone(e.program)
	decided := slices.Clip(e.evidence.Decisions)
	for _, obj := range e.s.All() {
		for _, claim := range ownership.Subjects(obj) {
			plan := ownership.Decide(ownership.Input{
				Claim: claim, ProgramID: e.program.Spec.ID, Policy: e.program.Spec.Ownership, Existing: existing[claim.Name()],
				Decisions: e.evidence.Decisions, NamedSince: ownership.NamedSince(e.evidence.Marks, claim),
				Waiting: ownership.WaitingSince(e.evidence.Marks, claim), Owners: owners, Zone: zone, Now: e.now,
			})
			if plan.Record != nil {
				decided = append(decided, *plan.Record)
			}
			a := &cxv1.OwnerAssignment{Spec: plan.Spec()}
			a.Name, a.Namespace = claim.Name(), e.s.Namespace
			plan.Report(&a.Status)
			for _, c := range plan.Conditions() {
				e.condition(a, c)
			}
			made = append(made, a)
		}
	}
	e.s.Add(made...)
	e.record(decided)
}

// record takes decisions into the evidence, as the store would. What is only found in objects is no evidence without a log.
func (e *evaluator) record(decisions []store.Decision) {
	recorded := *e.evidence
	recorded.Decisions = decisions
	e.evidence = &recorded
	if e.ev != nil {
		e.ev = &recorded
	}
}

// judgeInitiatives judges what an initiative depends on before the initiative itself.
func (e *evaluator) judgeInitiatives() {
	since := map[string]time.Time{}
	for _, mark := range e.evidence.Marks {
		if mark.Scope == initiative.MarkScope {
			since[mark.Key] = mark.Since
		}
	}
	below(e.s.Initiatives, func(i *cxv1.Initiative) []*cxv1.Initiative {
		var needed []*cxv1.Initiative
		for _, ref := range i.Spec.DependsOn {
			if other := e.s.Initiative(ref); other != nil {
				needed = append(needed, other)
			}
		}
		return needed
	}, func(i *cxv1.Initiative) {
		for _, c := range initiative.Judge(e.initiativeInput(i)).Conditions {
			e.condition(i, c)
		}
		initiative.SetSince(i, since)
	})
}

func (e *evaluator) initiativeInput(i *cxv1.Initiative) initiative.Input {
	in := initiative.Input{
		Initiative: i, Zone: Zone(e.program), Now: e.now,
		Dependencies: map[string]cxv1.InitiativePhase{}, KPIs: map[string]*cxv1.KPI{},
	}
	for _, ref := range i.Spec.DependsOn {
		if other := e.s.Initiative(ref); other != nil {
			in.Dependencies[other.Name] = other.Status.Phase
		}
	}
	for _, target := range i.Spec.KPITargets {
		if kpi := e.s.KPI(target.KPIRef); kpi != nil {
			in.KPIs[kpi.Name] = kpi
		}
	}
	in.Approved = ownership.Approved(i, "", e.evidence.Decisions)
	return in
}

// judgeGoals judges the goals below a goal before the goal itself.
func (e *evaluator) judgeGoals() {
	kpis, children := map[cxv1.Ref][]*cxv1.KPI{}, map[cxv1.Ref][]*cxv1.Goal{}
	for _, kpi := range e.s.KPIs {
		kpis[kpi.Spec.GoalRef] = append(kpis[kpi.Spec.GoalRef], kpi)
	}
	for _, goal := range e.s.Goals {
		children[goal.Spec.ParentRef] = append(children[goal.Spec.ParentRef], goal)
	}
	below(e.s.Goals, func(g *cxv1.Goal) []*cxv1.Goal { return children[cxv1.Ref(g.Name)] }, func(g *cxv1.Goal) {
		if Cycle(g.Name, e.s.parentOf) != nil {
			g.Status = cxv1.GoalStatus{} // there is no above and below in a circle; Check names it
			return
		}
		judgement := JudgeGoal(GoalInput{
			Goal: g, Ancestors: e.ancestors(g), Children: children[cxv1.Ref(g.Name)], KPIs: kpis[cxv1.Ref(g.Name)],
			Zone: Zone(e.program), Now: e.now,
		})
		for _, c := range judgement.Conditions {
			e.condition(g, c)
		}
	})
}

func (e *evaluator) ancestors(goal *cxv1.Goal) []*cxv1.Goal {
	var above []*cxv1.Goal
	seen := set[string]{}
	for next := e.s.Goal(goal.Spec.ParentRef); next != nil && !seen.has(next.Name); next = e.s.Goal(next.Spec.ParentRef) {
		seen.add(next.Name)
		above = append(above, next)
	}
	return above
}

// below visits objects so that those that one rests on come before it. Objects in a circle come in any fixed order.
func below[T Object](all []T, restsOn func(T) []T, visit func(T)) {
	seen := set[string]{}
	var descend func(T)
	descend = func(obj T) {
		if seen.has(obj.GetName()) {
			return
		}
		seen.add(obj.GetName())
		for _, next := range restsOn(obj) {
			descend(next)
		}
		visit(obj)
	}
	for _, obj := range all {
		descend(obj)
	}
}

func (e *evaluator) judgeJourneys() {
	there := func(ref cxv1.Ref) bool {
		owner := e.s.Owner(ref)
		return owner != nil && owner.Spec.State != cxv1.OwnerLeft
	}
	uses := map[cxv1.Ref]PersonaUse{}
	for _, journey := range e.s.Journeys {
		in := JourneyInput{Journey: journey, OwnerIsThere: there}
		for _, kpi := range e.s.KPIs {
			if kpi.Spec.JourneyRef == cxv1.Ref(journey.Name) {
				in.KPIs = append(in.KPIs, kpi)
			}
		}
		for _, i := range e.s.Initiatives {
			if slices.Contains(i.Spec.JourneyRefs, cxv1.Ref(journey.Name)) {
				in.Initiatives = append(in.Initiatives, i)
			}
		}
		e.condition(journey, JudgeJourney(in))
		for _, ref := range journey.Spec.Personas {
			use := uses[ref]
			use.Journeys++
			uses[ref] = use
		}
	}
	e.describePersonas(uses)
}

func (e *evaluator) describePersonas(uses map[cxv1.Ref]PersonaUse) {
	for _, survey := range e.s.Surveys {
		for _, ref := range survey.Spec.PersonaRefs {
			use := uses[ref]
			use.Surveys++
			uses[ref] = use
		}
	}
	for _, kpi := range e.s.KPIs {
		use := uses[kpi.Spec.PersonaRef]
		use.KPIs++
		uses[kpi.Spec.PersonaRef] = use
	}
	for _, persona := range e.s.Personas {
		e.condition(persona, DescribePersona(persona, uses[cxv1.Ref(persona.Name)]))
	}
}

// scheduleSurveys finds when waves are due next. A survey that no API server has seen is taken to be created now, so that
// nothing counts as missed.
func (e *evaluator) scheduleSurveys() {
	var under []Object // waves under way that are no objects
	for _, survey := range e.s.Surveys {
		if survey.CreationTimestamp.IsZero() {
			survey.CreationTimestamp = metav1.NewTime(e.now)
		}
		in, _ := InputOf(e.s, survey, e.ev, e.now) // Check says why its framework cannot be used
		for _, wave := range in.Waves {
			if !has(e.s.Waves, wave.Name) {
				under = append(under, wave)
			}
		}
		plan, err := DecideSurvey(in)
		if err != nil {
			survey.Status.Phase = cxv1.SurveyBlocked // Check says why
			continue
		}
		conditions := survey.Status.ObjectStatus
		survey.Status = plan.Status
		survey.Status.ObjectStatus = conditions
		e.condition(survey, ScheduleCondition(plan.Status))
	}
	e.s.Add(under...)
}

// ready gives every object the condition Ready: False with the first error found, else True.
func (e *evaluator) ready(findings []Finding) {
	wrong := map[string]Finding{}
	for _, finding := range findings {
		if _, known := wrong[finding.Object]; !known && finding.Severity == SeverityError {
			wrong[finding.Object] = finding
		}
	}
	for _, obj := range e.s.All() {
		c := metav1.Condition{Type: cxv1.ConditionReady, Status: metav1.ConditionTrue, Reason: cxv1.ReasonReady,
			Message: "Everything this object needs is there."}
		if finding, found := wrong[Key(obj)]; found {
			c.Status, c.Reason, c.Message = metav1.ConditionFalse, finding.Reason, finding.Message
		}
		e.condition(obj, c)
		obj.CommonStatus().ObservedGeneration = obj.GetGeneration()
	}
}

// assess makes the Scorecards and sums the program up.
func (e *evaluator) assess() {
	e.s.Scorecards = nil
	if e.s.Program == nil {
		return
	}
	for _, use := range Frameworks(e.program) {
		card := &cxv1.Scorecard{Spec: cxv1.ScorecardSpec{Framework: use.Name, Profile: use.Profile}}
		card.Name, card.Namespace = use.Name, e.s.Namespace
		ready := metav1.Condition{Type: cxv1.ConditionReady, Status: metav1.ConditionTrue, Reason: cxv1.ReasonReady}
		if assessment, standing, err := e.judge(card, use); err != nil {
			ready.Status, ready.Reason, ready.Message = metav1.ConditionFalse, cxv1.ReasonFrameworkNotReady, FrameworkNotReady(use.Name, err)
		} else {
			ready.Message = assessment.Message(standing)
			for _, c := range assessment.Conditions(standing) {
				e.condition(card, c)
			}
		}
		e.condition(card, ready)
		e.s.Add(card)
	}
	first := e.s.Scorecard(Frameworks(e.program)[0].Name)
	assessed := CopyStage(first, &e.program.Status)
	if assessed.Reason == cxv1.ReasonFrameworkNotReady {
		e.condition(e.program, metav1.Condition{
			Type: cxv1.ConditionReady, Status: metav1.ConditionFalse, Reason: assessed.Reason, Message: assessed.Message})
	}
	for _, c := range append(CopyConditions(first), assessed, Summarize(e.s, &e.program.Status)) {
		e.condition(e.program, c)
	}
}

func (e *evaluator) judge(card *cxv1.Scorecard, use cxv1.FrameworkUse) (*Assessment, maturity.Standing, error) {
	model, err := e.models.Of(e.s, Frameworks(e.program), use)
	if err != nil {
		return nil, maturity.Standing{}, err
	}
	assessment := Assess(model, e.s, e.ev, e.now)
	since := map[string]time.Time{}
	for _, mark := range e.evidence.Marks {
		if mark.Scope == assessment.Scope() {
			since[mark.Key] = mark.Since
		}
	}
	standing := assessment.Settle(since)
	assessment.Report(&card.Status, standing, since, Language(e.program))
	e.recordAssessment(assessment, standing)
	return assessment, standing, nil
}
