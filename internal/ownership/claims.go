// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Claim says that a subject names an owner in a role.
type Claim struct {
	Subject v1alpha1.AssignmentSubject
	Role    v1alpha1.AssignmentRole
	// Owner is the Owner that the subject names. It is part of the claim's identity only when the role is shared.
	Owner string
	// Terms are what exactly an approver is asked for. They are never part of the claim's identity.
	Terms Terms
}

// Shared reports whether several owners may hold the role for the subject at once: then each of them has an assignment of
// their own, and nobody hands over to anybody.
func (c Claim) Shared() bool {
	switch c.Role {
	case v1alpha1.RoleGroupMember, v1alpha1.RoleGovernanceMember, v1alpha1.RoleAmbassador:
		return true
	default:
		return false
	}
}

// Subjects returns the claims that a Program, Journey (with its touchpoints), Goal, KPI, Survey, Initiative or Assessment makes,
// each once and in a fixed order. Fields that name nobody make no claim, nor does any other kind. See Unowned.
func Subjects(obj any) []Claim {
	claims, _ := read(obj)
	return claims
}

// Unowned returns what somebody should be accountable for and nobody is named: the object itself, or touchpoints of a
// Journey. A Program is no such subject: it has a lead and a sponsor.
func Unowned(obj any) []v1alpha1.AssignmentSubject {
	_, unowned := read(obj)
	return unowned
}

// ClaimOf finds the claim of an object that an assignment was made from. For a role held by one it may name another owner
// than the assignment does: then it is being handed over. False when the object makes no such claim (any more).
func ClaimOf(obj any, assignment *v1alpha1.OwnerAssignment) (Claim, bool) {
	for _, claim := range Subjects(obj) {
		if claim.Made(assignment) {
			return claim, true
		}
	}
	return Claim{}, false
}

// Made reports whether the assignment is the one of this claim. An object that has the right name and another subject or
// role is somebody else's.
func (c Claim) Made(assignment *v1alpha1.OwnerAssignment) bool {
	return assignment.Spec.Subject == c.Subject && assignment.Spec.Role == c.Role && assignment.Name == c.Name()
}

// Remembered is the claim that an assignment was made from, as far as the assignment itself tells: for when its subject does
// not make it any more. Owner is "" when a role is shared and the assignment does not say whose it is.
func Remembered(assignment *v1alpha1.OwnerAssignment) Claim {
	spec := &assignment.Spec
	claim := Claim{Subject: spec.Subject, Role: spec.Role}
	candidates := []string{string(spec.Owner), strings.Trim(assignment.Status.Owner, "()")}
	if spec.Proposed != nil {
		candidates = append(candidates, string(spec.Proposed.Owner))
	}
	for _, owner := range candidates {
		if made := (Claim{Subject: spec.Subject, Role: spec.Role, Owner: owner}); owner != "" && made.Made(assignment) {
			return made
		}
	}
	return claim
}

func read(obj any) ([]Claim, []v1alpha1.AssignmentSubject) {
	var c claims
	switch o := obj.(type) {
	case *v1alpha1.Program:
		c.program(o)
	case *v1alpha1.Journey:
		c.journey(o)
	case *v1alpha1.Goal:
		c.accountable(subject(v1alpha1.SubjectGoal, o.Name), o.Spec.OwnerRef)
	case *v1alpha1.KPI:
		c.accountable(subject(v1alpha1.SubjectKPI, o.Name), o.Spec.OwnerRef)
	case *v1alpha1.Survey:
		c.accountable(subject(v1alpha1.SubjectSurvey, o.Name), o.Spec.OwnerRef)
	case *v1alpha1.Initiative:
		initiative := subject(v1alpha1.SubjectInitiative, o.Name)
		c.accountable(initiative, o.Spec.OwnerRef)
		c.add(initiative, v1alpha1.RoleSponsor, o.Spec.SponsorRef)
		c.add(initiative, v1alpha1.RoleApprover, o.Spec.ApprovedBy)
	case *v1alpha1.Assessment:
		for i := range o.Spec.Exemptions {
			e := &o.Spec.Exemptions[i]
			c.approval(subject(v1alpha1.SubjectAssessment, o.Name), e.Criterion, e.ApprovedBy, exemptionTerms(e))
		}
	}
	slices.SortFunc(c.named, compareClaims)
	return slices.Compact(c.named), c.unowned
}

type claims struct {
	named   []Claim
	unowned []v1alpha1.AssignmentSubject
}

func (c *claims) add(subject v1alpha1.AssignmentSubject, role v1alpha1.AssignmentRole, owners ...v1alpha1.Ref) {
	for _, owner := range owners {
		if owner != "" {
			c.named = append(c.named, Claim{Subject: subject, Role: role, Owner: string(owner)})
		}
	}
}

// approval asks somebody to approve an item of a subject on certain terms.
func (c *claims) approval(subject v1alpha1.AssignmentSubject, item string, owner v1alpha1.Ref, terms Terms) {
	if owner != "" {
		subject.Item = item
		c.named = append(c.named, Claim{Subject: subject, Role: v1alpha1.RoleApprover, Owner: string(owner), Terms: terms})
	}
}

func (c *claims) accountable(subject v1alpha1.AssignmentSubject, owner v1alpha1.Ref) {
	if owner == "" {
		c.unowned = append(c.unowned, subject)
	}
	c.add(subject, v1alpha1.RoleAccountable, owner)
}

func (c *claims) program(p *v1alpha1.Program) {
	program := subject(v1alpha1.SubjectProgram, p.Name)
	c.add(program, v1alpha1.RoleLead, p.Spec.Lead)
	c.add(program, v1alpha1.RoleSponsor, p.Spec.Sponsor)
	c.add(program, v1alpha1.RoleGroupMember, p.Spec.WorkingGroup...)
	c.add(program, v1alpha1.RoleAmbassador, p.Spec.Ambassadors...)
	if p.Spec.Governance != nil {
		c.add(program, v1alpha1.RoleGovernanceMember, p.Spec.Governance.Members...)
	}
	if b := p.Spec.Budget; b != nil {
		c.approval(program, v1alpha1.ItemBudget, b.ApprovedBy, budgetTerms(b))
	}
	// Nobody puts a draft into force.
	if s := p.Spec.Standard; s != nil && s.State == v1alpha1.StandardInForce {
		c.approval(program, v1alpha1.ItemStandard, s.ApprovedBy, standardTerms(s))
	}
}

func (c *claims) journey(j *v1alpha1.Journey) {
	journey := subject(v1alpha1.SubjectJourney, j.Name)
	c.accountable(journey, j.Spec.OwnerRef)
	for _, stage := range j.Spec.Stages {
		for _, touchpoint := range stage.Touchpoints {
			journey.Touchpoint = touchpoint.Name
			c.accountable(journey, touchpoint.OwnerRef)
		}
	}
}

func subject(kind v1alpha1.SubjectKind, name string) v1alpha1.AssignmentSubject {
	return v1alpha1.AssignmentSubject{Kind: kind, Name: v1alpha1.Ref(name)}
}

func compareClaims(a, b Claim) int {
	return cmp.Or(
		cmp.Compare(a.Subject.Kind, b.Subject.Kind),
		cmp.Compare(a.Subject.Name, b.Subject.Name),
		cmp.Compare(a.Subject.Touchpoint, b.Subject.Touchpoint),
		cmp.Compare(a.Subject.Item, b.Subject.Item),
		cmp.Compare(a.Role, b.Role),
		cmp.Compare(a.Owner, b.Owner),
		cmp.Compare(a.Terms.String(), b.Terms.String()),
	)
}
