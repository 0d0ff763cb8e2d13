// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/calendar"
	"github.com/cx-operator/cx-operator/internal/ownership"
)

// Severity says what follows from a finding.
type Severity string

// The severities. An error keeps the object from being Ready; a warning is worth a look.
const (
	SeverityError   Severity = "Error"
	SeverityWarning Severity = "Warning"
)

// ReasonUnused is the reason of a warning: nothing in the program has to do with the object.
const ReasonUnused = "Unused"

// Finding is something wrong with an object that shows only next to the others.
type Finding struct {
	// Object is "Kind/name".
	Object string
	// Field is where it is, without numbers of list elements; empty for the whole object.
	Field string
	// Value is what stands in the field, to find it among others.
	Value string
	// Rule says what kind of mistake it is.
	Rule Rule
	// Reason is one of the condition reasons of the API, or ReasonUnused.
	Reason string
	// Message says what is wrong and what to do.
	Message  string
	Severity Severity
	// Names is the "Kind/name" of an object that is missing; empty for other findings.
	Names string
}

// Check finds what the controllers would report on a program: references that lead nowhere, cycles, schedules and figures
// that make no sense, and (as warnings) objects that nothing has to do with. It is in the order of All, then of fields.
func Check(s *Snapshot, now time.Time) []Finding {
	c := newChecker(s, now)
	c.check()
	return c.sorted()
}

func newChecker(s *Snapshot, now time.Time) *checker {
	return &checker{s: s, now: now, program: s.Program, used: set[string]{}, all: s.All()}
}

func (c *checker) check() {
	if c.program == nil {
		c.program = &cxv1.Program{}
		c.found = append(c.found, Finding{
			Object: "Program/" + cxv1.ProgramName, Rule: RuleNoProgram, Reason: cxv1.ReasonNoProgram, Severity: SeverityError,
			Message: fmt.Sprintf("there is no Program: create one named %q, everything else waits for it", cxv1.ProgramName),
		})
	}
	if CheckZone(c.program.Spec.TimeZone) != nil {
		// Reported on the Program; each survey without a zone of its own would repeat it and hide its own mistakes.
		c.program = c.program.DeepCopy()
		c.program.Spec.TimeZone = "UTC"
	}
	for _, stray := range c.s.Strays {
		c.error(stray, RuleSeveralPrograms, "metadata.name", stray.Name, cxv1.ReasonInvalidSpec,
			"a namespace holds one Program and its name is %q: set metadata.name to %q", cxv1.ProgramName, cxv1.ProgramName)
	}
	for _, obj := range c.all {
		c.references(obj)
		c.spec(obj)
	}
	c.cycles()
	for _, obj := range c.all {
		c.unused(obj)
	}
}

func (c *checker) sorted() []Finding {
	order := make(map[string]int, len(c.all))
	for i, obj := range c.all {
		order[Key(obj)] = i
	}
	slices.SortStableFunc(c.found, func(a, b Finding) int { return cmp.Compare(order[a.Object], order[b.Object]) })
	return c.found
}

type checker struct {
	s       *Snapshot
	now     time.Time
	program *cxv1.Program
	all     []Object
	// detailed asks for every mistake in an object where one would do to say that it is not Ready.
	detailed bool
	// used are the objects that some other object names.
	used  set[string]
	found []Finding
}

func (c *checker) error(obj Object, rule Rule, field, value, reason, format string, args ...any) {
	c.found = append(c.found, Finding{
		Object: Key(obj), Field: field, Value: value, Rule: rule, Reason: reason, Severity: SeverityError,
		Message: strings.TrimSuffix(fmt.Sprintf(format, args...), "."),
	})
}

func (c *checker) warn(obj Object, rule Rule, field, value, reason, format string, args ...any) {
	c.error(obj, rule, field, value, reason, format, args...)
	c.found[len(c.found)-1].Severity = SeverityWarning
}

// references follows what an object names.
func (c *checker) references(obj Object) {
	seen := set[cxv1.Reference]{}
	for _, r := range obj.References() {
		if seen.has(r) {
			continue // two touchpoints with one owner
		}
		seen.add(r)
		if r.Key() != Key(obj) {
			c.used.add(r.Key())
		}
		if !c.s.Has(r) {
			c.error(obj, RuleReferenceNotFound, r.Field, r.Name, cxv1.ReasonReferenceNotFound,
				"%s names %s %q, which does not exist: %s", r.Field, r.Kind, r.Name, c.adviceFor(r))
			c.found[len(c.found)-1].Names = r.Key()
			continue
		}
		if r.Kind == "Owner" && c.s.Owner(cxv1.Ref(r.Name)).Spec.State == cxv1.OwnerLeft {
			c.warn(obj, RuleOwnerLeft, r.Field, r.Name, cxv1.ReasonOwnerLeft, "%s names %q, who left: name somebody who is there", r.Field, r.Name)
		}
	}
}

// adviceFor says what to do about a name that leads nowhere.
func (c *checker) adviceFor(r cxv1.Reference) string {
	const advice = "create it, or correct the name"
	if !c.detailed {
		return advice // the message of a condition, which does not depend on what else there is
	}
	var names []string
	for _, obj := range c.all {
		if KindOf(obj) == r.Kind {
			names = append(names, obj.GetName())
		}
	}
	if nearest := Nearest(r.Name, names); nearest != "" {
		return advice + " (did you mean " + nearest + "?)"
	}
	return advice
}

// spec checks what an object says by itself or together with the Program.
func (c *checker) spec(obj Object) {
	switch o := obj.(type) {
	case *cxv1.Program:
		c.checkProgram(o)
	case *cxv1.Journey:
		if current := c.s.Journey(o.Spec.TargetOf); current != nil && current.Spec.State == cxv1.JourneyTarget {
			c.error(o, RuleJourneyTarget, "spec.targetOf", "", cxv1.ReasonInvalidSpec,
				"spec.targetOf names %q, which is itself a target: name the journey as it is today", current.Name)
		}
	case *cxv1.KPI:
		c.checkKPI(o)
	case *cxv1.Survey:
		c.checkSurvey(o)
	case *cxv1.Framework:
		c.checkFramework(o)
	case *cxv1.Assessment:
		c.checkAssessment(o)
	}
}

func (c *checker) checkProgram(p *cxv1.Program) {
	if err := CheckZone(p.Spec.TimeZone); err != nil {
		c.error(p, RuleUnknownTimeZone, "spec.timeZone", "", cxv1.ReasonUnknownTimeZone, "spec.timeZone: %v", err)
	}
	c.checkUses(p)
}

// CheckZone refuses a name that is not in the IANA time zone database. The empty name means UTC.
func CheckZone(zone string) error {
	if zone == "" {
		return nil
	}
	_, err := calendar.Parse(calendar.Spec{Cron: "0 0 * * *", TimeZone: zone})
	var mistake *calendar.ParseError
	if errors.As(err, &mistake) {
		return errors.New(mistake.Message)
	}
	return err
}

func (c *checker) checkKPI(kpi *cxv1.KPI) {
	var mistake *KPIError
	if _, err := PointOf(kpi, c.now); errors.As(err, &mistake) {
		c.error(kpi, RuleKPIFigure, "spec.source.manual", "", mistake.Reason, "%s", mistake.Message)
	}
	c.checkQueries(kpi)
	journey := c.s.Journey(kpi.Spec.JourneyRef)
	if kpi.Spec.Touchpoint != "" && journey != nil && !HasTouchpoint(journey, kpi.Spec.Touchpoint) {
		c.error(kpi, RuleTouchpointNotFound, "spec.touchpoint", "", cxv1.ReasonReferenceNotFound,
			"spec.touchpoint names %q, which journey %q does not have: add it there, or correct the name",
			kpi.Spec.Touchpoint, journey.Name)
	}
}

func (c *checker) checkSurvey(survey *cxv1.Survey) {
	in := SurveyInput{Survey: survey, Program: c.program}
	for _, ref := range survey.Spec.PersonaRefs {
		if persona := c.s.Persona(ref); persona != nil {
			in.Personas = append(in.Personas, persona)
		}
	}
	var err error
	if in.Framework, err = SurveyFramework(c.s, survey); err != nil {
		c.frameworkNotReady(survey, "spec.frameworkRef", string(survey.Spec.FrameworkRef), err)
		return
	}
	c.surveyMistakes(in)
}

// cycles reports each way in a circle once, on the object whose name comes first.
func (c *checker) cycles() {
	reported := set[string]{}
	for _, goal := range c.s.Goals {
		c.cycle(goal, reported, "spec.parentRef", "the goal is its own ancestor: %s; change parentRef of one of them", c.s.parentOf)
	}
	for _, initiative := range c.s.Initiatives {
		c.cycle(initiative, reported, "spec.dependsOn", "the initiative waits for itself: %s; take a step out of dependsOn of one of them",
			c.dependsOn)
	}
	owners := make(ownership.Owners, len(c.s.Owners))
	for _, owner := range c.s.Owners {
		owners[owner.Name] = owner
	}
	for _, cycle := range ownership.CheckReportsTo(owners) {
		c.error(owners[cycle[0]], RuleReferenceCycle, "spec.reportsTo", "", cxv1.ReasonReferenceCycle,
			"the owner reports to themselves: %s; change reportsTo of one of them", CyclePath(append(cycle, cycle[0])))
	}
}

// parentOf is the way up from a goal, for Cycle.
func (s *Snapshot) parentOf(name string) []string {
	if goal := s.Goal(cxv1.Ref(name)); goal != nil && goal.Spec.ParentRef != "" {
		return []string{string(goal.Spec.ParentRef)}
	}
	return nil
}

func (c *checker) dependsOn(name string) []string {
	initiative := c.s.Initiative(cxv1.Ref(name))
	if initiative == nil {
		return nil
	}
	var names []string
	for _, ref := range initiative.Spec.DependsOn {
		names = append(names, string(ref))
	}
	return names
}

func (c *checker) cycle(obj Object, reported set[string], field, format string, edges func(string) []string) {
	if reported.has(Key(obj)) {
		return
	}
	path := Cycle(obj.GetName(), edges)
	if path == nil {
		return
	}
	for _, name := range path {
		reported.add(KindOf(obj) + "/" + name)
	}
	c.error(obj, RuleReferenceCycle, field, path[1], cxv1.ReasonReferenceCycle, format, CyclePath(path))
}

// unused warns of objects that are there for others and that no other names.
func (c *checker) unused(obj Object) {
	switch o := obj.(type) {
	case *cxv1.Persona:
		if !c.used.has(Key(obj)) {
			c.warn(obj, RuleUnusedPersona, "", "", ReasonUnused,
				"no journey, survey, KPI or initiative is about this persona: name it there, or remove it")
		}
	case *cxv1.Owner:
		if !c.used.has(Key(obj)) && o.Spec.State != cxv1.OwnerLeft {
			c.warn(obj, RuleUnusedOwner, "", "", ReasonUnused, "nothing names this owner: give them something to answer for, or remove them")
		}
	case *cxv1.KPI:
		if o.Spec.GoalRef == "" {
			c.warn(obj, RuleKPIWithoutGoal, "", "", ReasonUnused, "the KPI measures no goal: set spec.goalRef")
		}
	case *cxv1.Framework:
		c.unusedFramework(o)
	case *cxv1.Goal:
		if !c.used.has(Key(obj)) {
			c.warn(obj, RuleGoalWithoutKPI, "", "", ReasonUnused, "no KPI measures this goal and no goal or initiative serves it: add one")
		}
	}
}
