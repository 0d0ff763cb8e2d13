// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Effect is what a change does to something that is owned.
type Effect string

// The effects.
const (
	// Handover: somebody answers for it, and somebody else is asked to take it over.
	Handover Effect = "Handover"
	// Asked: somebody is asked, and nobody answers for it until they accept. Without evidence nobody knows whether somebody does.
	Asked Effect = "Asked"
	// Takes: somebody answers for it at once, because they are trusted or agreed to it before.
	Takes Effect = "Takes"
	// Ends: nothing names it any more, and whoever answered for it is free.
	Ends Effect = "Ends"
	// Withdrawn: an offer that waits is taken back.
	Withdrawn Effect = "Withdrawn"
	// Vacant: nobody answers for it, and nobody is asked.
	Vacant Effect = "Vacant"
)

// Assignment is what happens to something that is owned.
type Assignment struct {
	// Name is that of the OwnerAssignment.
	Name string `json:"name"`
	// Subject is what is owned, as "Kind/name", with the touchpoint or item behind another slash.
	Subject string              `json:"subject"`
	Role    cxv1.AssignmentRole `json:"role"`
	Effect  Effect              `json:"effect"`
	// Named is whom the subject names; empty for nobody.
	Named Change[string] `json:"named"`
	// InForce is who answers for it; absent without evidence, empty for nobody.
	InForce *Change[string] `json:"inForce,omitempty"`
	// Phase is what the OwnerAssignment's status.phase will say; absent without evidence, empty when it is deleted.
	Phase *Change[cxv1.AssignmentPhase] `json:"phase,omitempty"`
	// Asked is who is asked one after the other while nobody says anything, beginning with whoever is asked at once. Offers that are
	// open already are left out. Without evidence only the first is known: who comes next depends on who has it and who declined.
	Asked []Turn `json:"asked,omitempty"`
	// Finally is who answers for it when nobody ever says anything; absent without evidence, empty for nobody.
	Finally *string `json:"finally,omitempty"`
	// Terms are what an approver is asked for.
	Terms string `json:"terms,omitempty"`
}

// Turn is somebody who is asked.
type Turn struct {
	Owner   string `json:"owner"`
	OfferID string `json:"offerID"`
	// Until is when their time is over, counted from when the plan was made.
	Until time.Time `json:"until"`
	// Lapses says that the offer goes to the next then; else it stays open.
	Lapses bool `json:"lapses"`
}

// Approval is an approval that has to be asked for: a new one, or one whose terms change.
type Approval struct {
	Subject string `json:"subject"`
	// Approver is who is asked.
	Approver string `json:"approver"`
	// Terms are empty before for what nobody was asked before.
	Terms Change[string] `json:"terms"`
	// Lost says that somebody had approved the terms before; absent without evidence.
	Lost *bool `json:"lost,omitempty"`
}

// applied is the evidence as it is right after the change is applied: whom subjects name is marked as of now where that is new, as
// controllers do.
func applied(ev *store.Evidence, before, after *program.Snapshot, now time.Time) *store.Evidence {
	if ev == nil {
		return nil
	}
	marks := map[[2]string]store.Mark{}
	for _, mark := range ev.Marks {
		marks[[2]string{mark.Scope, mark.Key}] = mark
	}
	for _, obj := range before.All() {
		for _, claim := range ownership.Subjects(obj) {
			if key := claim.Key(); !named(after, claim) {
				delete(marks, [2]string{ownership.MarkScope, key})
				delete(marks, [2]string{ownership.WaitScope, key})
			}
		}
	}
	for _, obj := range after.All() {
		for _, claim := range ownership.Subjects(obj) {
			at := [2]string{ownership.MarkScope, claim.Key()}
			if known, found := marks[at]; !found || known.Value != claim.Owner {
				marks[at] = store.Mark{Scope: at[0], Key: at[1], Value: claim.Owner, Since: now}
			}
		}
	}
	out := *ev
	out.Marks = slices.SortedFunc(maps.Values(marks), func(a, b store.Mark) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Key, b.Key))
	})
	return &out
}

// named tells whether a snapshot still makes a claim, of whomever.
func named(s *program.Snapshot, claim ownership.Claim) bool {
	obj := subjectOf(s, claim.Subject)
	return obj != nil && slices.ContainsFunc(ownership.Subjects(obj), func(c ownership.Claim) bool { return c.Key() == claim.Key() })
}

// subjectOf finds the object of a subject; nil when it is not there.
func subjectOf(s *program.Snapshot, subject cxv1.AssignmentSubject) any {
	name := subject.Name
	switch subject.Kind {
	case cxv1.SubjectProgram:
		return present(s.Program)
	case cxv1.SubjectJourney:
		return present(s.Journey(name))
	case cxv1.SubjectGoal:
		return present(s.Goal(name))
	case cxv1.SubjectKPI:
		return present(s.KPI(name))
	case cxv1.SubjectSurvey:
		return present(s.Survey(name))
	case cxv1.SubjectInitiative:
		return present(s.Initiative(name))
	case cxv1.SubjectAssessment:
		for _, assessment := range s.Assessments {
			if assessment.Name == string(name) {
				return assessment
			}
		}
	}
	return nil
}

func present[T any](obj *T) any {
	if obj == nil {
		return nil
	}
	return obj
}

// assignments compares what OwnerAssignments will say.
func (c *comparison) assignments() {
	names := map[string]bool{}
	for name := range c.before.assignments {
		names[name] = true
	}
	for name := range c.after.assignments {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, is := c.before.assignments[name], c.after.assignments[name]
		if was != nil && is != nil && equality.Semantic.DeepEqual(was.Spec, is.Spec) && was.Status.Phase == is.Status.Phase &&
			c.before.claims[name].Owner == c.after.claims[name].Owner {
			continue
		}
		c.assignment(name, was, is)
	}
	slices.SortStableFunc(c.plan.Assignments, func(a, b Assignment) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Role, b.Role), cmp.Compare(a.Name, b.Name))
	})
	c.approvals()
	c.byOwner()
}

func (c *comparison) assignment(name string, was, is *cxv1.OwnerAssignment) {
	before, after := stateOf(was), stateOf(is)
	a := Assignment{
		Name: name, Effect: effect(before, after), Named: Change[string]{c.before.claims[name].Owner, c.after.claims[name].Owner},
	}
	claim, made := c.after.claims[name]
	if !made {
		claim = c.before.claims[name]
	}
	a.Subject, a.Role, a.Terms = subjectText(claim.Subject), claim.Role, claim.Terms.String()
	if c.plan.Evidence {
		a.InForce = &Change[string]{before.owner, after.owner}
		a.Phase = &Change[cxv1.AssignmentPhase]{before.phase, after.phase}
	}
	if made && after.offer != before.offer {
		turns, finally := ownership.Silence(c.after.input(claim))
		for _, turn := range turns {
			a.Asked = append(a.Asked, Turn{Owner: turn.Owner, OfferID: turn.OfferID, Until: turn.Until, Lapses: turn.Lapses})
		}
		if c.plan.Evidence {
			a.Finally = &finally
		} else {
			a.Asked = a.Asked[:min(len(a.Asked), 1)]
		}
	}
	c.plan.Assignments = append(c.plan.Assignments, a)
}

// input is what program.Evaluate decides a claim on.
func (v *side) input(claim ownership.Claim) ownership.Input {
	in := ownership.Input{
		Claim: claim, ProgramID: v.program().Spec.ID, Policy: v.program().Spec.Ownership, Owners: v.owners,
		Zone: program.Zone(v.program()), Now: v.now,
	}
	if v.ev != nil {
		in.Decisions = v.ev.Decisions
		in.NamedSince, in.Waiting = ownership.NamedSince(v.ev.Marks, claim), ownership.WaitingSince(v.ev.Marks, claim)
	}
	return in
}

// state is what an OwnerAssignment says; the zero value when there is none.
type state struct {
	there               bool
	owner, asked, offer string
	phase               cxv1.AssignmentPhase
	confirming          bool
}

func stateOf(a *cxv1.OwnerAssignment) state {
	if a == nil {
		return state{}
	}
	s := state{there: true, owner: string(a.Spec.Owner), phase: a.Status.Phase}
	if offer := a.Spec.Proposed; offer != nil {
		s.asked, s.offer, s.confirming = string(offer.Owner), offer.OfferID, ownership.Confirming(offer.OfferID)
	}
	return s
}

func effect(before, after state) Effect {
	offered := after.newOffer(before)
	switch {
	case !after.there:
		return end(before)
	case after.owner != "" && after.owner != before.owner:
		return Takes
	case offered && after.owner != "" && after.asked != after.owner:
		return Handover
	case offered || after.offer != "":
		return Asked
	case after.owner == "":
		return Vacant
	}
	return Withdrawn
}

// end is what becomes of something that nothing names any more.
func end(before state) Effect {
	if before.owner != "" {
		return Ends
	}
	return Withdrawn
}

// newOffer tells whether somebody is asked who was not asked before.
func (s state) newOffer(before state) bool { return s.offer != "" && s.offer != before.offer }

func subjectText(subject cxv1.AssignmentSubject) string {
	return string(subject.Kind) + "/" + ownership.SubjectText(subject)
}

// approvals finds what approvers are asked for.
func (c *comparison) approvals() {
	for i := range c.plan.Assignments {
		a := &c.plan.Assignments[i]
		claim, made := c.after.claims[a.Name]
		if a.Role != cxv1.RoleApprover || !made || len(a.Asked) == 0 {
			continue
		}
		before := c.before.claims[a.Name]
		approval := Approval{
			Subject: a.Subject, Approver: a.Asked[0].Owner, Terms: Change[string]{before.Terms.String(), claim.Terms.String()},
		}
		if c.plan.Evidence {
			lost := a.InForce.Before != "" && a.InForce.After == ""
			approval.Lost = &lost
		}
		c.plan.Approvals = append(c.plan.Approvals, approval)
	}
}
