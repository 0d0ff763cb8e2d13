// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"pgregory.net/rapid"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
)

func named(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Name: name} }

func TestSubjects(t *testing.T) {
	tests := map[string]struct {
		obj     any
		want    []Claim
		unowned []v1alpha1.AssignmentSubject
	}{
		"a program claims every role that it names somebody for": {
			obj: &v1alpha1.Program{ObjectMeta: named("program"), Spec: v1alpha1.ProgramSpec{
				Lead: "lead", Sponsor: "ceo", WorkingGroup: []v1alpha1.Ref{"b", "a"}, Ambassadors: []v1alpha1.Ref{"c"},
				Governance: &v1alpha1.Governance{Members: []v1alpha1.Ref{"a"}},
				Budget:     &v1alpha1.Budget{Amount: "120000", Currency: "EUR", Year: 2027, ApprovedBy: "cfo"},
				Standard:   &v1alpha1.Standard{Version: "1.2", State: v1alpha1.StandardInForce, ApprovedBy: "ceo"},
			}},
			want: []Claim{
				program(v1alpha1.RoleAmbassador, "c"), program(v1alpha1.RoleGovernanceMember, "a"),
				program(v1alpha1.RoleGroupMember, "a"), program(v1alpha1.RoleGroupMember, "b"),
				program(v1alpha1.RoleLead, "lead"), program(v1alpha1.RoleSponsor, "ceo"),
				budgetClaim("cfo", "120000"),
				approval(program(v1alpha1.RoleApprover, "ceo"), "standard", Terms{Text: "standard version 1.2"}),
			},
		},
		"one person who approves budget and standard is asked about each": {
			obj: &v1alpha1.Program{ObjectMeta: named("program"), Spec: v1alpha1.ProgramSpec{
				Budget:   &v1alpha1.Budget{Amount: "9.50", Currency: "EUR", Year: 2027, ApprovedBy: "ceo"},
				Standard: &v1alpha1.Standard{Version: "2", State: v1alpha1.StandardInForce, ApprovedBy: "ceo"},
			}},
			want: []Claim{
				budgetClaim("ceo", "9.50"), approval(program(v1alpha1.RoleApprover, "ceo"), "standard", Terms{Text: "standard version 2"}),
			},
		},
		"nobody is asked to approve a draft, or a budget without approver": {
			obj: &v1alpha1.Program{ObjectMeta: named("program"), Spec: v1alpha1.ProgramSpec{
				Budget:   &v1alpha1.Budget{Amount: "120000", Currency: "EUR", Year: 2027},
				Standard: &v1alpha1.Standard{Version: "2", State: v1alpha1.StandardDraft, ApprovedBy: "ceo"},
			}},
		},
		"an assessment asks for each exemption, and nobody answers for its answers": {
			obj: &v1alpha1.Assessment{ObjectMeta: named("2027-q1"), Spec: v1alpha1.AssessmentSpec{Exemptions: []v1alpha1.Exemption{
				{Criterion: "mob-budget", Reason: "the board\nmeets in March\x00", RequestedBy: "lead", ApprovedBy: "ceo", Until: "2027-03-31"},
				{Criterion: "exp-group", Reason: "two people only", RequestedBy: "lead", ApprovedBy: "ceo", Until: "2027-12-31"},
			}}},
			want: []Claim{
				exemptionClaim("exp-group", Terms{Text: "exemption from exp-group until 2027-12-31", Reason: "two people only"}),
				exemptionClaim("mob-budget", Terms{Text: "exemption from mob-budget until 2027-03-31", Reason: "the board meets in March"}),
			},
		},
		"a program that names nobody claims nothing and is no unowned subject": {
			obj: &v1alpha1.Program{ObjectMeta: named("program")},
		},
		"a journey claims for itself and each touchpoint, and lists the unowned ones": {
			obj: &v1alpha1.Journey{ObjectMeta: named("buying"), Spec: v1alpha1.JourneySpec{
				OwnerRef: "a", Stages: []v1alpha1.JourneyStage{
					{Name: "find", Touchpoints: []v1alpha1.Touchpoint{{Name: "search", OwnerRef: "b"}, {Name: "advice"}}},
					{Name: "pay", Touchpoints: []v1alpha1.Touchpoint{{Name: "checkout", OwnerRef: "b"}}},
				},
			}},
			want: []Claim{journey("", "a"), journey("checkout", "b"), journey("search", "b")},
			unowned: []v1alpha1.AssignmentSubject{
				{Kind: v1alpha1.SubjectJourney, Name: "buying", Touchpoint: "advice"},
			},
		},
		"a goal, a KPI or a survey has one accountable owner": {
			obj:  &v1alpha1.KPI{ObjectMeta: named("nps"), Spec: v1alpha1.KPISpec{OwnerRef: "a"}},
			want: []Claim{kpiClaim("a")},
		},
		"a goal without owner is unowned": {
			obj:     &v1alpha1.Goal{ObjectMeta: named("loyalty")},
			unowned: []v1alpha1.AssignmentSubject{subject(v1alpha1.SubjectGoal, "loyalty")},
		},
		"a survey without owner is unowned": {
			obj:     &v1alpha1.Survey{ObjectMeta: named("pulse")},
			unowned: []v1alpha1.AssignmentSubject{subject(v1alpha1.SubjectSurvey, "pulse")},
		},
		"an initiative has an owner, a sponsor and an approver": {
			obj: &v1alpha1.Initiative{ObjectMeta: named("faq"), Spec: v1alpha1.InitiativeSpec{
				OwnerRef: "a", SponsorRef: "b", ApprovedBy: "c",
			}},
			want: []Claim{
				{Subject: subject(v1alpha1.SubjectInitiative, "faq"), Role: v1alpha1.RoleAccountable, Owner: "a"},
				{Subject: subject(v1alpha1.SubjectInitiative, "faq"), Role: v1alpha1.RoleApprover, Owner: "c"},
				{Subject: subject(v1alpha1.SubjectInitiative, "faq"), Role: v1alpha1.RoleSponsor, Owner: "b"},
			},
		},
		"nobody answers for a persona": {
			obj: &v1alpha1.Persona{ObjectMeta: named("shopper")},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Subjects(test.obj)); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.unowned, Unowned(test.obj)); diff != "" {
				t.Errorf("unowned (-want +got):\n%s", diff)
			}
		})
	}
}

func program(role v1alpha1.AssignmentRole, owner string) Claim {
	return Claim{Subject: subject(v1alpha1.SubjectProgram, "program"), Role: role, Owner: owner}
}

// approval makes a claim one about an item of its subject, on terms.
func approval(claim Claim, item string, terms Terms) Claim {
	claim.Subject.Item, claim.Terms = item, terms
	return claim
}

func budgetClaim(owner, amount string) Claim {
	return approval(program(v1alpha1.RoleApprover, owner), "budget", Terms{Text: "budget " + amount + " EUR for 2027"})
}

func exemptionClaim(criterion string, terms Terms) Claim {
	claim := Claim{Subject: subject(v1alpha1.SubjectAssessment, "2027-q1"), Role: v1alpha1.RoleApprover, Owner: "ceo"}
	return approval(claim, criterion, terms)
}

func journey(touchpoint v1alpha1.TouchpointName, owner string) Claim {
	s := subject(v1alpha1.SubjectJourney, "buying")
	s.Touchpoint = touchpoint
	return Claim{Subject: s, Role: v1alpha1.RoleAccountable, Owner: owner}
}

func TestOnlySomeRolesAreShared(t *testing.T) {
	initiative := subject(v1alpha1.SubjectInitiative, "faq")
	tests := map[string]struct {
		claim Claim
		want  bool
	}{
		"accountable for anything":  {kpiClaim("a"), false},
		"lead of the program":       {program(v1alpha1.RoleLead, "a"), false},
		"sponsor of the program":    {program(v1alpha1.RoleSponsor, "a"), false},
		"sponsor of an initiative":  {Claim{Subject: initiative, Role: v1alpha1.RoleSponsor}, false},
		"approver of an initiative": {Claim{Subject: initiative, Role: v1alpha1.RoleApprover}, false},
		"approver of the budget":    {budgetClaim("a", "100"), false},
		"approver of an exemption":  {exemptionClaim("mob-budget", Terms{}), false},
		"member of the group":       {program(v1alpha1.RoleGroupMember, "a"), true},
		"member of the governance":  {program(v1alpha1.RoleGovernanceMember, "a"), true},
		"ambassador":                {program(v1alpha1.RoleAmbassador, "a"), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.claim.Shared(); got != test.want {
				t.Errorf("Shared() = %v, want %v", got, test.want)
			}
			other := test.claim
			other.Owner = "somebody-else"
			if same := other.Name() == test.claim.Name(); same == test.want {
				t.Errorf("naming another owner keeps the assignment: %v, want %v", same, !test.want)
			}
		})
	}
}

// The names are those of stored objects: changing them would orphan every assignment. The hashes are the first ten
// characters of the lower-case base32 SHA-256 of the key, worked out apart from this code.
func TestNamesAreReadableAndStable(t *testing.T) {
	long := "the-share-of-customers-who-would-come-back-again"
	tests := map[string]struct {
		claim Claim
		want  string
	}{
		"a KPI":                         {kpiClaim("a"), "kpi-nps-fhmajlh3qn"},
		"a touchpoint":                  {journey("checkout", "a"), "journey-buying-checkout-a6av7ynwj4"},
		"a role of the program":         {leadClaim("a"), "program-lead-urx5c2ehex"},
		"a shared role names its owner": {memberClaim("head.of.cx"), "program-groupmember-head-of-cx-onyess4xjl"},
		"the budget":                    {budgetClaim("a", "100"), "program-budget-approver-yu5yix5cmq"},
		"an exemption":                  {exemptionClaim("mob-budget", Terms{}), "assessment-2027-q1-mob-budget-approver-pi43lnkvtn"},
		"what is too long is cut": {
			Claim{Subject: subject(v1alpha1.SubjectKPI, long), Role: v1alpha1.RoleAccountable}, "kpi-the-share-of-customers-who-would-come-bac-rzlzyr76re",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.claim.Name(); got != test.want {
				t.Errorf("Name() = %q, want %q", got, test.want)
			}
		})
	}
}

func TestDistinctClaimsHaveDistinctNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawClaim(t, "a"), drawClaim(t, "b")
		if (a.Key() == b.Key()) != (a.Name() == b.Name()) {
			t.Fatalf("keys %q and %q have names %q and %q", a.Key(), b.Key(), a.Name(), b.Name())
		}
		for _, name := range []string{a.Name(), b.Name()} {
			if problems := validation.IsDNS1123Label(name); problems != nil {
				t.Fatalf("%q is no name for an object: %v", name, problems)
			}
		}
	})
}

func drawClaim(t *rapid.T, label string) Claim {
	// A small alphabet, so that different claims often look alike: "a-b" with touchpoint "c", "a" with "b-c".
	name := rapid.StringMatching(`[ab]([-.ab]{0,45}[ab])?`)
	c := Claim{
		Subject: v1alpha1.AssignmentSubject{
			Kind: rapid.SampledFrom([]v1alpha1.SubjectKind{
				v1alpha1.SubjectProgram, v1alpha1.SubjectJourney, v1alpha1.SubjectKPI, v1alpha1.SubjectInitiative,
				v1alpha1.SubjectAssessment,
			}).Draw(t, label+" kind"),
			Name: v1alpha1.Ref(name.Draw(t, label+" name")),
		},
		Role: rapid.SampledFrom([]v1alpha1.AssignmentRole{
			v1alpha1.RoleAccountable, v1alpha1.RoleSponsor, v1alpha1.RoleApprover, v1alpha1.RoleAmbassador,
		}).Draw(t, label+" role"),
		Owner: name.Draw(t, label+" owner"),
	}
	if c.Subject.Kind == v1alpha1.SubjectJourney {
		c.Subject.Touchpoint = v1alpha1.TouchpointName(rapid.StringMatching(`([ab]([-ab]{0,38}[ab])?)?`).Draw(t, label+" touchpoint"))
	}
	if c.Role == v1alpha1.RoleApprover {
		c.Subject.Item = rapid.StringMatching(`([abA]([-._ab]{0,62}[ab])?)?`).Draw(t, label+" item")
	}
	return c
}

func TestAnAssignmentBelongsToItsClaimOnly(t *testing.T) {
	kpi := &v1alpha1.KPI{ObjectMeta: named("nps"), Spec: v1alpha1.KPISpec{OwnerRef: "b"}}
	ours := assignment(kpiClaim("a"), Plan{claim: kpiClaim("a")})
	if claim, found := ClaimOf(kpi, &ours); !found || claim != kpiClaim("b") {
		t.Errorf("ClaimOf = %v, %v; the claim that names b is handed over in the same assignment", claim, found)
	}
	foreign := ours
	foreign.Spec.Subject.Name = "csat"
	if _, found := ClaimOf(kpi, &foreign); found {
		t.Error("an object of the right name about another subject was taken for ours")
	}
	asked := &v1alpha1.Program{ObjectMeta: named("program"), Spec: v1alpha1.ProgramSpec{
		Budget: &v1alpha1.Budget{Amount: "100", Currency: "EUR", Year: 2027, ApprovedBy: "cfo"}}}
	budget := assignment(budgetClaim("cfo", "90"), Plan{claim: budgetClaim("cfo", "90")})
	if claim, found := ClaimOf(asked, &budget); !found || claim != budgetClaim("cfo", "100") {
		t.Errorf("ClaimOf = %v, %v; other terms are asked for in the same assignment", claim, found)
	}
	budget.Spec.Subject.Item = "standard"
	if _, found := ClaimOf(asked, &budget); found {
		t.Error("an object of the right name about another item was taken for ours")
	}
	kpi.Spec.OwnerRef = ""
	if _, found := ClaimOf(kpi, &ours); found {
		t.Error("the subject names nobody any more, yet the assignment still has a claim")
	}
}

func TestAnAssignmentRemembersItsClaim(t *testing.T) {
	all := owners(owner("a"), owner("b"))
	tests := map[string]struct {
		in   Input
		want Claim
	}{
		"somebody is asked":                  {input(memberClaim("a"), required, all), memberClaim("a")},
		"somebody is in force":               {input(kpiClaim("a"), required, all, accepted("a")), kpiClaim("a")},
		"an orphan is known by its status":   {input(memberClaim("gone"), required, all), memberClaim("gone")},
		"an item is part of the subject":     {input(budgetClaim("a", "100"), required, all), budgetClaim("a", "100")},
		"a handover is known by its subject": {input(kpiClaim("b"), required, all, accepted("a")), kpiClaim("a")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			made := assignment(test.in.Claim, Decide(test.in))
			if got := Remembered(&made); got.Key() != test.want.Key() || got.Owner != test.want.Owner {
				t.Errorf("remembered %+v, want %+v", got, test.want)
			}
		})
	}
	unseen := assignment(memberClaim("gone"), Decide(input(memberClaim("gone"), required, all)))
	unseen.Status.Owner = ""
	if got := Remembered(&unseen); got.Owner != "" {
		t.Errorf("remembered %+v of an assignment that says nothing", got)
	}
}
