// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/ownership"
)

// duty is something that one owner may be in force for.
type duty struct {
	subject cxv1.AssignmentSubject
	role    cxv1.AssignmentRole
	// owner tells holders of a shared role apart; empty for a role held by one.
	owner cxv1.Ref
}

// acceptances says who accepted what explicitly and is still there. Whether something is approved on its present terms is not
// read from here: see ownership.Approved.
type acceptances struct {
	holders map[duty]*cxv1.Owner
	owners  set[string]
}

func explicitAcceptances(s *Snapshot) acceptances {
	a := acceptances{holders: make(map[duty]*cxv1.Owner, len(s.Assignments)), owners: set[string]{}}
	for _, assignment := range s.Assignments {
		if !ownership.Explicit(assignment) {
			continue
		}
		spec := &assignment.Spec
		owner := s.Owner(spec.Owner)
		if owner == nil || owner.Spec.State == cxv1.OwnerLeft {
			continue
		}
		d := duty{subject: spec.Subject, role: spec.Role}
		if (ownership.Claim{Subject: spec.Subject, Role: spec.Role}).Shared() {
			d.owner = spec.Owner
		}
		a.holders[d] = owner
		a.owners.add(owner.Name)
	}
	return a
}

// accountable is who accepted to answer for a subject; nil when nobody did.
func (a acceptances) accountable(kind cxv1.SubjectKind, name string, touchpoint cxv1.TouchpointName) *cxv1.Owner {
	subject := cxv1.AssignmentSubject{Kind: kind, Name: cxv1.Ref(name), Touchpoint: touchpoint}
	return a.holders[duty{subject: subject, role: cxv1.RoleAccountable}]
}

// ofProgram is who accepted a role of the Program. owner is needed for shared roles only.
func (a acceptances) ofProgram(role cxv1.AssignmentRole, owner cxv1.Ref) *cxv1.Owner {
	subject := cxv1.AssignmentSubject{Kind: cxv1.SubjectProgram, Name: cxv1.ProgramName}
	return a.holders[duty{subject: subject, role: role, owner: owner}]
}

// readPeople reads Owners and the roles of the Program.
func (f *facts) readPeople() {
	f.functions = set[cxv1.Function]{}
	var accepted tally
	for _, owner := range f.s.Owners {
		if owner.Spec.State == cxv1.OwnerLeft {
			continue
		}
		f.functions.add(owner.Spec.Function)
		if f.accepted.owners.has(owner.Name) {
			accepted.add("Owner", owner.Name)
		}
	}
	if f.ev == nil && len(f.s.Owners) > 0 {
		f.withoutEvidence("acceptedOwners")
	} else {
		f.count("acceptedOwners", accepted)
	}
	everybody := func(*cxv1.Owner) bool { return true }
	f.members(cxv1.RoleGroupMember, f.program.Spec.WorkingGroup, everybody, "groupMembers", "groupFunctions")
	f.members(cxv1.RoleAmbassador, f.program.Spec.Ambassadors, func(o *cxv1.Owner) bool { return o.Spec.Level == cxv1.LevelStaff },
		"ambassadorsStaff", "")
	f.members(cxv1.RoleAmbassador, f.program.Spec.Ambassadors, func(o *cxv1.Owner) bool {
		return o.Spec.Level == cxv1.LevelManager || o.Spec.Level == cxv1.LevelSeniorManager
	}, "ambassadorsMiddle", "")
	f.members(cxv1.RoleGovernanceMember, f.committee(), everybody, "", "steeringFunctions")
	f.readLeadAndSponsor()
}

// members counts those who accepted a shared role, and their functions. An empty name leaves that fact out.
func (f *facts) members(role cxv1.AssignmentRole, named []cxv1.Ref, counts func(*cxv1.Owner) bool, people, functions string) {
	var members, units tally
	seen := set[cxv1.Function]{}
	for _, ref := range named {
		owner := f.accepted.ofProgram(role, ref)
		if owner == nil || !counts(owner) {
			continue
		}
		members.add("Owner", owner.Name)
		if !seen.has(owner.Spec.Function) {
			seen.add(owner.Spec.Function)
			units.add("Owner", owner.Name)
		}
	}
	record := func(name string, t tally) {
		switch {
		case name == "":
		case f.ev == nil && len(named) > 0:
			f.withoutEvidence(name)
		default:
			slices.Sort(t.objects)
			f.count(name, t)
		}
	}
	record(people, members)
	record(functions, units)
}

func (f *facts) readLeadAndSponsor() {
	f.role("sponsorAccepted", cxv1.RoleSponsor, f.program.Spec.Sponsor, func(o *cxv1.Owner) bool { return o.Spec.Level != cxv1.LevelStaff })
	f.role("executiveSponsorAccepted", cxv1.RoleSponsor, f.program.Spec.Sponsor, isTop)
	f.role("cxLeadAccepted", cxv1.RoleLead, f.program.Spec.Lead, func(*cxv1.Owner) bool { return true })
	f.role("cxOwnerIsCeoOrDirectReport", cxv1.RoleLead, f.program.Spec.Lead, func(o *cxv1.Owner) bool {
		manager := f.s.Owner(o.Spec.ReportsTo)
		return o.Spec.Level == cxv1.LevelCEO || (manager != nil && manager.Spec.Level == cxv1.LevelCEO)
	})
	lead := f.accepted.ofProgram(cxv1.RoleLead, "")
	if lead == nil || f.program.Spec.Lead == "" {
		lead = f.s.Owner(f.program.Spec.Lead)
	}
	if lead == nil || lead.Spec.SharePercent == nil {
		f.set("cxLeadShare", nil)
		return
	}
	f.set("cxLeadShare", float64(min(max(*lead.Spec.SharePercent, 0), 100))/100, "Owner/"+lead.Name)
}

// role records whether the one who holds a role of the Program accepted it and fits.
func (f *facts) role(name string, role cxv1.AssignmentRole, named cxv1.Ref, fits func(*cxv1.Owner) bool) {
	owner := f.accepted.ofProgram(role, "")
	switch {
	case named == "":
		f.set(name, false)
	case f.ev == nil:
		f.withoutEvidence(name)
	case owner == nil:
		f.set(name, false, "Owner/"+string(named))
	default:
		f.set(name, fits(owner), "Owner/"+owner.Name)
	}
}

// readProgram reads budget and standard.
func (f *facts) readProgram() {
	budget := f.program.Spec.Budget
	if budget == nil || int(budget.Year) != f.now.In(f.zone).Year() {
		f.set("budgetApproved", false)
		f.set("budgetAmount", nil)
	} else {
		f.approval("budgetApproved", cxv1.ItemBudget, budget.ApprovedBy, func(o *cxv1.Owner) bool {
			// Nobody approves their own money, except at the very top.
			return isTop(o) && (o.Name != string(f.program.Spec.Lead) || o.Spec.Level == cxv1.LevelCEO)
		})
		if amount, ok := budget.Amount.Float(); ok {
			f.set("budgetAmount", amount, "Program/"+cxv1.ProgramName)
		} else {
			f.set("budgetAmount", nil)
		}
	}
	standard := f.program.Spec.Standard
	if standard == nil {
		f.set("standardExists", false)
		f.set("standardInForce", false)
		return
	}
	f.set("standardExists", true, "Program/"+cxv1.ProgramName)
	if standard.State != cxv1.StandardInForce {
		f.set("standardInForce", false, "Program/"+cxv1.ProgramName)
		return
	}
	f.approval("standardInForce", cxv1.ItemStandard, standard.ApprovedBy, func(*cxv1.Owner) bool { return true })
}

// approval records whether the owner who is said to have approved an item of the Program as it is now says so too, and is
// there.
func (f *facts) approval(name, item string, by cxv1.Ref, fits func(*cxv1.Owner) bool) {
	owner := f.s.Owner(by)
	switch {
	case by == "":
		f.set(name, false, "Program/"+cxv1.ProgramName)
	case f.ev == nil:
		f.withoutEvidence(name)
	case owner == nil || owner.Spec.State == cxv1.OwnerLeft:
		f.set(name, false, "Owner/"+string(by))
	default:
		f.set(name, fits(owner) && ownership.Approved(f.program, item, f.ev.Decisions), "Owner/"+string(by))
	}
}

func isTop(o *cxv1.Owner) bool {
	return o.Spec.Level == cxv1.LevelExecutive || o.Spec.Level == cxv1.LevelCEO
}
