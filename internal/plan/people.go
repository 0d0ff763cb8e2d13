// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"maps"
	"slices"
	"strings"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/ownership"
)

// Owner is what a change does to one owner. What is owned is named as "Kind/name (Role)".
type Owner struct {
	Owner string `json:"owner"`
	// Asked is what they are asked to take; Gains what they answer for at once.
	Asked []string `json:"asked,omitempty"`
	Gains []string `json:"gains,omitempty"`
	// Keeps is what they keep until somebody else accepts it; Loses what they answer for no more.
	Keeps []string `json:"keeps,omitempty"`
	Loses []string `json:"loses,omitempty"`
	// Withdrawn is what they are no longer asked to take. Without evidence it may be what they have.
	Withdrawn []string `json:"withdrawn,omitempty"`
	// Accountable counts what they are accountable for; absent without evidence. IfAccepted is the same once they accepted all that
	// they are asked for by then and others took over what they were asked for.
	Accountable *Change[int32] `json:"accountable,omitempty"`
	IfAccepted  *int32         `json:"ifAccepted,omitempty"`
	// Limit is how many things they can be accountable for; absent when there is no limit.
	Limit *int32 `json:"limit,omitempty"`
	// Overloaded says that IfAccepted is more than that.
	Overloaded bool `json:"overloaded,omitempty"`
}

// Approver is somebody who has to agree.
type Approver struct {
	Owner string `json:"owner"`
	// AnswersFor are the objects that change and that they answer for now, by evidence, or else are named for.
	AnswersFor []string `json:"answersFor,omitempty"`
	// Accepts and Approves are what they are asked for once the change is applied.
	Accepts  []string `json:"accepts,omitempty"`
	Approves []string `json:"approves,omitempty"`
}

// byOwner turns assignments round.
func (c *comparison) byOwner() {
	owners := ledger{}
	for _, a := range c.plan.Assignments {
		owners.enter(a, stateOf(c.before.assignments[a.Name]), stateOf(c.after.assignments[a.Name]))
	}
	carried := c.carried()
	for _, name := range slices.Sorted(maps.Keys(owners)) {
		owner := owners[name]
		c.weigh(owner, carried)
		c.plan.Owners = append(c.plan.Owners, *owner)
	}
}

// ledger is what happens to owners, by name.
type ledger map[string]*Owner

func (l ledger) of(name string) *Owner {
	if l[name] == nil {
		l[name] = &Owner{Owner: name}
	}
	return l[name]
}

func (l ledger) enter(a Assignment, was, is state) {
	what := a.Subject + " (" + string(a.Role) + ")"
	note := func(owner string, happens bool, list func(*Owner) *[]string) {
		if owner != "" && happens {
			to := list(l.of(owner))
			*to = append(*to, what)
		}
	}
	changes := is.owner != was.owner
	withdrawn := is.asked != was.asked && was.asked != is.owner && !was.confirming
	note(is.asked, is.newOffer(was) && !is.confirming, func(o *Owner) *[]string { return &o.Asked })
	note(was.asked, withdrawn, func(o *Owner) *[]string { return &o.Withdrawn })
	note(is.owner, changes, func(o *Owner) *[]string { return &o.Gains })
	note(is.owner, !changes && a.Effect == Handover, func(o *Owner) *[]string { return &o.Keeps })
	note(was.owner, changes, func(o *Owner) *[]string { return &o.Loses })
}

// carried counts by owner what they are accountable for: before, after, and once every offer is accepted.
func (c *comparison) carried() map[string][3]int32 {
	carried := map[string][3]int32{}
	count := func(owner cxv1.Ref, column int) {
		counts := carried[string(owner)]
		counts[column]++
		carried[string(owner)] = counts
	}
	for column, v := range []*side{c.before, c.after} {
		for _, a := range v.assignments {
			if a.Spec.Role == cxv1.RoleAccountable {
				count(a.Spec.Owner, column)
			}
		}
	}
	for _, a := range c.after.assignments {
		owner := a.Spec.Owner
		if a.Spec.Proposed != nil {
			owner = a.Spec.Proposed.Owner
		}
		if a.Spec.Role == cxv1.RoleAccountable {
			count(owner, 2)
		}
	}
	return carried
}

func (c *comparison) weigh(owner *Owner, carried map[string][3]int32) {
	if !c.plan.Evidence {
		return
	}
	counts := carried[owner.Owner]
	owner.Accountable, owner.IfAccepted = &Change[int32]{counts[0], counts[1]}, &counts[2]
	owner.Limit = c.after.program().Spec.Ownership.MaxPerOwner
	if o := c.after.owners[owner.Owner]; o != nil && o.Spec.Capacity != nil {
		owner.Limit = o.Spec.Capacity
	}
	owner.Overloaded = owner.Limit != nil && counts[2] > *owner.Limit
}

// approvers gathers who has to agree.
func (c *comparison) approvers() {
	approvers := map[string]*Approver{}
	of := func(name string) *Approver {
		if approvers[name] == nil {
			approvers[name] = &Approver{Owner: name}
		}
		return approvers[name]
	}
	for _, a := range c.plan.Assignments {
		switch {
		case len(a.Asked) == 0:
		case a.Role == cxv1.RoleApprover:
			first := of(a.Asked[0].Owner)
			first.Approves = append(first.Approves, a.Subject+": "+a.Terms)
		default:
			first := of(a.Asked[0].Owner)
			first.Accepts = append(first.Accepts, a.Subject+" ("+string(a.Role)+")")
		}
	}
	for name, claim := range c.before.claims {
		object := string(claim.Subject.Kind) + "/" + string(claim.Subject.Name)
		if owner := c.answersFor(name, claim); owner != "" && c.changed[object] {
			of(owner).AnswersFor = append(of(owner).AnswersFor, object)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(approvers)) {
		slices.Sort(approvers[name].AnswersFor)
		c.plan.Approvers = append(c.plan.Approvers, *approvers[name])
	}
}

// answersFor is who answers for a whole object before it changes: its owner in force, or whom it names where that is not known; "" for
// other claims.
func (c *comparison) answersFor(name string, claim ownership.Claim) string {
	if (claim.Role != cxv1.RoleAccountable || claim.Subject.Touchpoint != "") && claim.Role != cxv1.RoleLead {
		return ""
	}
	if held := c.before.assignments[name]; c.plan.Evidence && held != nil {
		return string(held.Spec.Owner)
	}
	return claim.Owner
}

// Coverage is what has owners.
type Coverage struct {
	// Subjects are the goals, KPIs, journeys, touchpoints, surveys and initiatives; Unowned those that name nobody.
	Subjects Change[int32] `json:"subjects"`
	Unowned  Change[int32] `json:"unowned"`
	// Owned have an owner in force, Accepted one who said yes, Pending wait for somebody's decision; absent without evidence.
	Owned    *Change[int32] `json:"owned,omitempty"`
	Accepted *Change[int32] `json:"accepted,omitempty"`
	Pending  *Change[int32] `json:"pending,omitempty"`
	// Orphaned have lost their owner: the one named left or does not exist, and nobody is in force.
	Orphaned Change[int32] `json:"orphaned"`
	// Opened are gaps that the change makes, Closed those that it ends.
	Opened []Gap `json:"opened"`
	Closed []Gap `json:"closed"`
}

// Gap is a subject that nobody answers for.
type Gap struct {
	Subject string `json:"subject"`
	// Why is Unowned, or the phase of its OwnerAssignment: Pending, Declined or Orphaned.
	Why string `json:"why"`
}

func (c *comparison) coverage() {
	was, is := coverageOf(c.before), coverageOf(c.after)
	before, after := c.before.gaps(c.plan.Evidence), c.after.gaps(c.plan.Evidence)
	coverage := &Coverage{
		Subjects: Change[int32]{was.Subjects, is.Subjects}, Unowned: Change[int32]{was.Unowned, is.Unowned},
		Orphaned: Change[int32]{was.Orphaned, is.Orphaned}, Opened: without(after, before), Closed: without(before, after),
	}
	if c.plan.Evidence {
		coverage.Owned, coverage.Accepted = &Change[int32]{was.Owned, is.Owned}, &Change[int32]{was.Accepted, is.Accepted}
		coverage.Pending = &Change[int32]{was.Pending, is.Pending}
	}
	was.Summary, is.Summary = "", ""
	if was != is && (c.plan.Evidence || was.Subjects != is.Subjects || was.Unowned != is.Unowned || was.Orphaned != is.Orphaned) ||
		len(coverage.Opened)+len(coverage.Closed) > 0 {
		c.plan.Coverage = coverage
	}
}

func coverageOf(v *side) cxv1.Coverage {
	if coverage := v.program().Status.Coverage; coverage != nil {
		return *coverage
	}
	return cxv1.Coverage{}
}

// gaps are the subjects that nobody answers for, by subject. Without evidence only those are known that name nobody, or somebody who
// is not there.
func (v *side) gaps(evidence bool) map[string]string {
	gaps := map[string]string{}
	for _, obj := range written(v.s) {
		for _, subject := range ownership.Unowned(obj) {
			gaps[subjectText(subject)] = "Unowned"
		}
	}
	for _, a := range v.assignments {
		if a.Spec.Role != cxv1.RoleAccountable || a.Spec.Owner != "" {
			continue
		}
		if evidence || a.Status.Phase == cxv1.AssignmentOrphaned {
			gaps[subjectText(a.Spec.Subject)] = string(a.Status.Phase)
		}
	}
	return gaps
}

func without(gaps, others map[string]string) []Gap {
	out := []Gap{}
	for subject, why := range gaps {
		if _, both := others[subject]; !both {
			out = append(out, Gap{Subject: subject, Why: why})
		}
	}
	slices.SortFunc(out, func(a, b Gap) int { return strings.Compare(a.Subject, b.Subject) })
	return out
}
