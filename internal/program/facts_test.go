// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

var now = time.Date(2027, time.June, 15, 12, 0, 0, 0, time.UTC)

func daysAgo(n int) *metav1.Time { return &metav1.Time{Time: now.AddDate(0, 0, -n)} }

func dayAgo(n int) cxv1.Date { return cxv1.Date(now.AddDate(0, 0, -n).Format(time.DateOnly)) }

func owner(name string, function cxv1.Function, level cxv1.OwnerLevel) *cxv1.Owner {
	return &cxv1.Owner{ObjectMeta: meta(name), Spec: cxv1.OwnerSpec{Function: function, Level: level}}
}

// accept is the assignment of an owner who accepted.
func accept(kind cxv1.SubjectKind, name string, role cxv1.AssignmentRole, owner string) *cxv1.OwnerAssignment {
	a := &cxv1.OwnerAssignment{ObjectMeta: meta(string(kind) + "-" + name + "-" + string(role) + "-" + owner)}
	a.Spec = cxv1.OwnerAssignmentSpec{
		Subject: cxv1.AssignmentSubject{Kind: kind, Name: cxv1.Ref(name)}, Role: role, Owner: cxv1.Ref(owner),
	}
	a.Status.Phase, a.Status.Owner, a.Status.AcceptedAt = cxv1.AssignmentActive, owner, daysAgo(1)
	return a
}

func inProgram(role cxv1.AssignmentRole, owner string) *cxv1.OwnerAssignment {
	return accept(cxv1.SubjectProgram, cxv1.ProgramName, role, owner)
}

// example is a program in which everything that counts is there.
func example() []program.Object {
	p := &cxv1.Program{ObjectMeta: meta(cxv1.ProgramName), Spec: cxv1.ProgramSpec{
		ID: "example-retail", TimeZone: "UTC", Lead: "lead", Sponsor: "boss",
		WorkingGroup: []cxv1.Ref{"lead", "clerk", "builder"},
		Ambassadors:  []cxv1.Ref{"clerk", "builder"},
		Governance:   &cxv1.Governance{Members: []cxv1.Ref{"boss", "lead", "builder"}},
		Budget:       &cxv1.Budget{Amount: "1200.50", Currency: "EUR", Year: 2027, ApprovedBy: "boss"},
		Standard:     &cxv1.Standard{Version: "1", State: cxv1.StandardInForce, ApprovedBy: "boss"},
	}}
	lead := owner("lead", "service", cxv1.LevelSeniorManager)
	lead.Spec.SharePercent, lead.Spec.ReportsTo = new(int32(80)), "ceo"
	return []program.Object{
		p, lead, owner("boss", "board", cxv1.LevelExecutive), owner("ceo", "board", cxv1.LevelCEO),
		owner("clerk", "shops", cxv1.LevelStaff), owner("builder", "it", cxv1.LevelManager),
		inProgram(cxv1.RoleLead, "lead"), inProgram(cxv1.RoleSponsor, "boss"),
		inProgram(cxv1.RoleGroupMember, "lead"), inProgram(cxv1.RoleGroupMember, "clerk"), inProgram(cxv1.RoleGroupMember, "builder"),
		inProgram(cxv1.RoleAmbassador, "clerk"), inProgram(cxv1.RoleAmbassador, "builder"),
		inProgram(cxv1.RoleGovernanceMember, "boss"), inProgram(cxv1.RoleGovernanceMember, "builder"),
	}
}

// factsTable runs cases that change the example and names the facts that follow.
type factsCase struct {
	change func(*program.Snapshot)
	ev     *store.Evidence
	want   map[string]any
}

func checkFacts(t *testing.T, base func() []program.Object, cases map[string]factsCase) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := program.New("retail", base()...)
			if tc.change != nil {
				tc.change(s)
			}
			facts := program.Facts(s, tc.ev, now)
			if err := maturity.CheckFacts(facts); err != nil {
				t.Error(err)
			}
			got := map[string]any{}
			for fact := range tc.want {
				got[fact] = facts[fact].Value
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// known is evidence in which the boss has approved the budget and the standard of the example, and nothing else is known.
var known = &store.Evidence{Decisions: []store.Decision{
	approval(cxv1.ItemBudget, "boss", "budget 1200.50 EUR for 2027"), approval(cxv1.ItemStandard, "boss", "standard version 1"),
}}

func approval(item, owner, terms string) store.Decision {
	return store.Decision{OfferID: "offer-" + item, SubjectKind: "Program", SubjectName: cxv1.ProgramName, Item: item, Role: "Approver",
		Owner: owner, Terms: terms, Result: store.Accepted, At: daysAgo(1).Time}
}

func withdraw(role cxv1.AssignmentRole, owner string) func(*program.Snapshot) {
	return func(s *program.Snapshot) {
		for _, a := range s.Assignments {
			if a.Spec.Role == role && string(a.Spec.Owner) == owner {
				a.Status.AcceptedAt = nil
			}
		}
	}
}

func TestFactsAboutPeople(t *testing.T) {
	checkFacts(t, example, map[string]factsCase{
		"everybody accepted": {ev: known, want: map[string]any{
			"acceptedOwners": 4, "groupMembers": 3, "groupFunctions": 3, "ambassadorsStaff": 1, "ambassadorsMiddle": 1,
			"sponsorAccepted": true, "executiveSponsorAccepted": true, "cxLeadAccepted": true, "cxLeadShare": 0.8,
			"cxOwnerIsCeoOrDirectReport": true, "steeringFunctions": 2,
		}},
		"without evidence nobody can tell who accepted": {want: map[string]any{
			"acceptedOwners": nil, "groupMembers": nil, "groupFunctions": nil, "ambassadorsStaff": nil, "sponsorAccepted": nil,
			"executiveSponsorAccepted": nil, "cxLeadAccepted": nil, "steeringFunctions": nil, "cxOwnerIsCeoOrDirectReport": nil,
			"cxLeadShare": 0.8, "budgetApproved": nil, "standardInForce": nil,
		}},
		"where nobody is named it is known even without evidence": {change: func(s *program.Snapshot) {
			s.Program.Spec = cxv1.ProgramSpec{}
			s.Owners = nil
		}, want: map[string]any{
			"acceptedOwners": 0, "groupMembers": 0, "groupFunctions": 0, "ambassadorsStaff": 0, "ambassadorsMiddle": 0,
			"sponsorAccepted": false, "executiveSponsorAccepted": false, "cxLeadAccepted": false, "cxLeadShare": nil,
			"steeringFunctions": 0, "budgetApproved": false, "budgetAmount": nil, "standardExists": false, "standardInForce": false,
		}},
		"a member who did not accept does not count": {ev: known, change: withdraw(cxv1.RoleGroupMember, "builder"),
			want: map[string]any{"groupMembers": 2, "groupFunctions": 2, "ambassadorsMiddle": 1}},
		"one who accepted and left does not count": {ev: known, change: func(s *program.Snapshot) {
			s.Owner("builder").Spec.State = cxv1.OwnerLeft
		}, want: map[string]any{"acceptedOwners": 3, "groupMembers": 2, "ambassadorsMiddle": 0, "steeringFunctions": 1}},
		"one who accepted and was deleted does not count": {ev: known, change: func(s *program.Snapshot) {
			s.Owners = slices.DeleteFunc(s.Owners, func(o *cxv1.Owner) bool { return o.Name == "boss" })
		}, want: map[string]any{"sponsorAccepted": false, "executiveSponsorAccepted": false, "budgetApproved": false, "groupMembers": 3}},
		"one who accepted and is no longer named does not count": {ev: known, change: func(s *program.Snapshot) {
			s.Program.Spec.WorkingGroup = []cxv1.Ref{"lead"}
			s.Program.Spec.Sponsor = ""
		}, want: map[string]any{"groupMembers": 1, "sponsorAccepted": false, "executiveSponsorAccepted": false}},
		"two of one function are one function": {ev: known, change: func(s *program.Snapshot) {
			s.Owner("builder").Spec.Function = "shops"
		}, want: map[string]any{"groupMembers": 3, "groupFunctions": 2}},
		"a sponsor of level Manager is a manager and no top manager": {ev: known, change: func(s *program.Snapshot) {
			s.Owner("boss").Spec.Level = cxv1.LevelManager
		}, want: map[string]any{"sponsorAccepted": true, "executiveSponsorAccepted": false}},
		"a sponsor of level Staff is none": {ev: known, change: func(s *program.Snapshot) {
			s.Owner("boss").Spec.Level = cxv1.LevelStaff
		}, want: map[string]any{"sponsorAccepted": false, "executiveSponsorAccepted": false}},
		"trust is no acceptance": {ev: known, change: func(s *program.Snapshot) {
			s.Program.Spec.Ownership.Acceptance = cxv1.AcceptanceTrusted
			withdraw(cxv1.RoleLead, "lead")(s)
		}, want: map[string]any{"cxLeadAccepted": false, "cxOwnerIsCeoOrDirectReport": false}},
		"during a handover the one in force counts": {ev: known, change: func(s *program.Snapshot) {
			s.Program.Spec.Lead = "builder"
			for _, a := range s.Assignments {
				if a.Spec.Role == cxv1.RoleLead {
					a.Status.Phase = cxv1.AssignmentHandingOver
				}
			}
		}, want: map[string]any{"cxLeadAccepted": true, "cxLeadShare": 0.8}},
		"a lead far below the CEO does not own CX at the top": {ev: known, change: func(s *program.Snapshot) {
			s.Owner("lead").Spec.ReportsTo = "boss"
		}, want: map[string]any{"cxOwnerIsCeoOrDirectReport": false}},
	})
}

func TestFactsAboutBudgetAndStandard(t *testing.T) {
	checkFacts(t, example, map[string]factsCase{
		"approved by a top manager who accepted that": {ev: known, want: map[string]any{
			"budgetApproved": true, "budgetAmount": 1200.5, "standardExists": true, "standardInForce": true}},
		"last year's budget is none": {ev: known, change: func(s *program.Snapshot) { s.Program.Spec.Budget.Year = 2026 },
			want: map[string]any{"budgetApproved": false, "budgetAmount": nil}},
		"said to be approved, not accepted": {ev: &store.Evidence{},
			want: map[string]any{"budgetApproved": false, "budgetAmount": 1200.5, "standardInForce": false}},
		"another sum is not what was approved": {ev: known, change: func(s *program.Snapshot) { s.Program.Spec.Budget.Amount = "1200.51" },
			want: map[string]any{"budgetApproved": false, "budgetAmount": 1200.51, "standardInForce": true}},
		"another currency is not what was approved": {ev: known, change: func(s *program.Snapshot) { s.Program.Spec.Budget.Currency = "USD" },
			want: map[string]any{"budgetApproved": false}},
		"a new version is not what was approved": {ev: known, change: func(s *program.Snapshot) { s.Program.Spec.Standard.Version = "1.1" },
			want: map[string]any{"budgetApproved": true, "standardInForce": false}},
		"another approver is asked": {ev: known, change: func(s *program.Snapshot) { s.Program.Spec.Budget.ApprovedBy = "ceo" },
			want: map[string]any{"budgetApproved": false}},
		"who approved it has left": {ev: known, change: func(s *program.Snapshot) { s.Owner("boss").Spec.State = cxv1.OwnerLeft },
			want: map[string]any{"budgetApproved": false, "standardInForce": false}},
		"an assignment that trails behind proves nothing": {ev: &store.Evidence{}, change: func(s *program.Snapshot) {
			a := inProgram(cxv1.RoleApprover, "boss")
			a.Spec.Subject.Item = cxv1.ItemBudget
			s.Add(a)
		}, want: map[string]any{"budgetApproved": false}},
		"a manager cannot approve it": {ev: known, change: func(s *program.Snapshot) {
			s.Owner("boss").Spec.Level = cxv1.LevelSeniorManager
		}, want: map[string]any{"budgetApproved": false, "standardInForce": true}},
		"the lead cannot approve their own budget": {ev: known, change: func(s *program.Snapshot) { s.Program.Spec.Lead = "boss" },
			want: map[string]any{"budgetApproved": false}},
		"the CEO who leads can": {ev: known, change: func(s *program.Snapshot) {
			s.Program.Spec.Lead = "boss"
			s.Owner("boss").Spec.Level = cxv1.LevelCEO
		}, want: map[string]any{"budgetApproved": true}},
		"nobody approved it": {ev: known, change: func(s *program.Snapshot) {
			s.Program.Spec.Budget.ApprovedBy, s.Program.Spec.Standard.ApprovedBy = "", ""
		}, want: map[string]any{"budgetApproved": false, "standardInForce": false}},
		"a draft exists and is not in force": {ev: known, change: func(s *program.Snapshot) {
			s.Program.Spec.Standard.State = cxv1.StandardDraft
		}, want: map[string]any{"standardExists": true, "standardInForce": false}},
		"no Program at all": {ev: known, change: func(s *program.Snapshot) { s.Program = nil },
			want: map[string]any{"budgetApproved": false, "standardExists": false, "cxLeadAccepted": false, "groupMembers": 0}},
	})
}

// At midnight in Kiritimati the new year has begun; in UTC it has not.
func TestTheBudgetYearIsThatOfTheProgramsZone(t *testing.T) {
	silvester := time.Date(2027, time.December, 31, 10, 30, 0, 0, time.UTC)
	for zone, want := range map[string]bool{"UTC": true, "Pacific/Kiritimati": false} {
		s := program.New("retail", example()...)
		s.Program.Spec.TimeZone = zone
		if got := program.Facts(s, known, silvester)["budgetApproved"].Value; got != want {
			t.Errorf("in %s: budgetApproved = %v, want %t", zone, got, want)
		}
	}
}

func TestGradesTellWhatTheOperatorSawFromWhatWasTyped(t *testing.T) {
	facts := program.Facts(program.New("retail", example()...), known, now)
	for fact, want := range map[string]maturity.Grade{
		"groupMembers": maturity.GradeSystem, "sponsorAccepted": maturity.GradeSystem, "budgetApproved": maturity.GradeSystem,
		"cxLeadShare": maturity.GradeDeclared, "budgetAmount": maturity.GradeDeclared, "standardExists": maturity.GradeDeclared,
	} {
		if got := facts[fact].Grade; got != want {
			t.Errorf("%s has grade %q, want %q", fact, got, want)
		}
	}
	want := []string{"Owner/builder", "Owner/clerk", "Owner/lead"}
	if diff := cmp.Diff(want, facts["groupMembers"].Objects); diff != "" {
		t.Errorf("objects of groupMembers (-want +got):\n%s", diff)
	}
	if facts["sponsorAccepted"].Objects[0] != "Owner/boss" {
		t.Errorf("sponsorAccepted rests on %v, want Owner/boss", facts["sponsorAccepted"].Objects)
	}
}
