// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package plan says what a change of a program does to people: who gains and loses what and who must agree, which waves move and how
// often people are asked, what becomes of trends, promises, criteria and the stage. Both sides are judged by the functions of the
// controllers, with the same evidence and at the same time, so applying the change does what the plan says. It is pure.
package plan

import (
	"sync"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Change is a value on both sides.
type Change[T any] struct {
	Before T `json:"before"`
	After  T `json:"after"`
}

// Plan is what a change does. Lists are in a fixed order and empty where nothing changes.
type Plan struct {
	// Now is when both sides were judged.
	Now time.Time `json:"now"`
	// Evidence says whether there was any.
	Evidence bool `json:"evidence"`
	// Changes says whether anything changes at all.
	Changes bool `json:"changes"`
	// Unknown is what could not be told: Acceptances, Answers, History and Contacts.
	Unknown []Unknown `json:"unknown"`
	// Approvers are who has to agree, with the change itself or with what follows from it.
	Approvers []Approver `json:"approvers"`
	Objects   Objects    `json:"objects"`
	// Owners are who gains and loses what; Assignments the same by what is owned.
	Owners      []Owner      `json:"owners"`
	Assignments []Assignment `json:"assignments"`
	Approvals   []Approval   `json:"approvals"`
	Coverage    *Coverage    `json:"coverage,omitempty"`
	Waves       []Waves      `json:"waves"`
	// ContactRules are the program's rules where they change.
	ContactRules   *Change[[]string] `json:"contactRules,omitempty"`
	Load           []PersonaLoad     `json:"load"`
	Terms          []Term            `json:"terms"`
	Questionnaires []Questionnaire   `json:"questionnaires"`
	KPIs           []KPI             `json:"kpis"`
	Targets        []Target          `json:"targets"`
	Stage          *Stage            `json:"stage,omitempty"`
	Criteria       []Criterion       `json:"criteria"`
	NextSteps      NextSteps         `json:"nextSteps"`
	// Readiness are objects that begin or cease to be right.
	Readiness []Readiness `json:"readiness"`
}

// Unknown is something that a plan cannot tell.
type Unknown string

// What a plan cannot tell: without evidence who accepted what, what was answered and since when something is so; and never how many
// contacts there are, because no evidence has them.
const (
	UnknownAcceptances Unknown = "Acceptances"
	UnknownAnswers     Unknown = "Answers"
	UnknownHistory     Unknown = "History"
	UnknownContacts    Unknown = "Contacts"
)

// side is one of the two programs.
type side struct {
	// s is as people wrote it, judged as the controllers judge it.
	s, judged *program.Snapshot
	ev        *store.Evidence
	now       time.Time
	owners    ownership.Owners
	// claims and assignments are by the name of the OwnerAssignment.
	claims      map[string]ownership.Claim
	assignments map[string]*cxv1.OwnerAssignment
	inputs      map[string]surveyInput
}

// comparison is one run.
type comparison struct {
	plan          *Plan
	before, after *side
	now           time.Time
	// changed are the objects that differ, by key.
	changed map[string]bool
}

// Compare says what it does to replace one program by another. Snapshots are as people wrote them and only read; an object that both
// share is taken to be the same. Without evidence, which may be nil, whatever only the store knows is unknown.
func Compare(before, after *program.Snapshot, ev *store.Evidence, now time.Time) *Plan {
	c := &comparison{
		plan: &Plan{Now: now, Evidence: ev != nil, Unknown: []Unknown{UnknownContacts}}, now: now, changed: map[string]bool{},
	}
	if ev == nil {
		c.plan.Unknown = []Unknown{UnknownAcceptances, UnknownAnswers, UnknownHistory, UnknownContacts}
	}
	var both sync.WaitGroup
	both.Go(func() { c.before = newSide(before, ev, now) })
	both.Go(func() { c.after = newSide(after, applied(ev, before, after, now), now) })
	both.Wait()

	c.objects()
	c.assignments()
	c.coverage()
	c.surveys()
	c.load()
	c.kpis()
	c.targets()
	c.maturity()
	c.readiness()
	c.approvers()
	c.plan.Changes = len(c.plan.Objects.Added)+len(c.plan.Objects.Removed)+len(c.plan.Objects.Changed) > 0
	c.plan.noNulls()
	return c.plan
}

func newSide(s *program.Snapshot, ev *store.Evidence, now time.Time) *side {
	v := &side{
		s: s, ev: ev, now: now, judged: program.Evaluate(s, ev, now).Snapshot, owners: ownership.Owners{},
		claims: map[string]ownership.Claim{}, assignments: map[string]*cxv1.OwnerAssignment{}, inputs: map[string]surveyInput{},
	}
	for _, owner := range s.Owners {
		v.owners[owner.Name] = owner
	}
	for _, obj := range s.All() {
		for _, claim := range ownership.Subjects(obj) {
			v.claims[claim.Name()] = claim
		}
	}
	for _, assignment := range v.judged.Assignments {
		v.assignments[assignment.Name] = assignment
	}
	return v
}

// program is the side's Program; an empty one where there is none.
func (v *side) program() *cxv1.Program {
	if v.judged.Program == nil {
		return &cxv1.Program{}
	}
	return v.judged.Program
}

// noNulls makes lists without elements empty ones, for readers of JSON.
func (p *Plan) noNulls() {
	fill(&p.Approvers)
	fill(&p.Objects.Added)
	fill(&p.Objects.Removed)
	fill(&p.Objects.Changed)
	fill(&p.Owners)
	fill(&p.Assignments)
	fill(&p.Approvals)
	fill(&p.Waves)
	fill(&p.Load)
	fill(&p.Terms)
	fill(&p.Questionnaires)
	fill(&p.KPIs)
	fill(&p.Targets)
	fill(&p.Criteria)
	fill(&p.NextSteps.Added)
	fill(&p.NextSteps.Done)
	fill(&p.Readiness)
}

func fill[T any](list *[]T) {
	if *list == nil {
		*list = []T{}
	}
}
