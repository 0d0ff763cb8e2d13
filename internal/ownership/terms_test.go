// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// said is what an owner said to a budget on a day; round is how often they had decided before.
func said(owner, amount string, result store.DecisionResult, at, round int) store.Decision {
	claim := budgetClaim(owner, amount)
	d := recorded(claim, result, day(at))
	d.OfferID = OfferID(programID, claim, round)
	return d
}

func TestOtherTermsAreAskedAnew(t *testing.T) {
	yes, no := store.Accepted, store.Declined
	asked := func(round int) Plan {
		return Plan{Phase: v1alpha1.AssignmentPending, Reason: v1alpha1.ReasonAwaitingDecision, Proposed: &v1alpha1.Proposal{
			Owner: "a", OfferID: OfferID(programID, budgetClaim("a", "120"), round), Terms: "budget 120 EUR for 2027",
		}}
	}
	approvedOn := func(at int) Plan {
		return Plan{
			Owner: "a", Phase: v1alpha1.AssignmentActive, Accepted: true, Reason: v1alpha1.ReasonAcceptedByOwner,
			Acting: Acting{Name: "a"}, AcceptedAt: day(at),
		}
	}
	in := func(decided ...store.Decision) Input {
		return input(budgetClaim("a", "120"), required, team, decided...)
	}
	checkPlans(t, map[string]decideCase{
		"nobody decided yet":                          {in(), asked(0)},
		"a yes to these terms":                        {in(said("a", "120", yes, 1, 0)), approvedOn(1)},
		"a yes to other terms does not answer these":  {in(said("a", "100", yes, 1, 0)), asked(1)},
		"a no to other terms does not answer these":   {in(said("a", "100", no, 1, 0)), asked(1)},
		"a no to these terms is not asked again":      {in(said("a", "120", no, 1, 0)), Plan{Phase: v1alpha1.AssignmentDeclined, Reason: v1alpha1.ReasonDeclined}},
		"terms that come back unanswered still hold":  {in(said("a", "120", yes, 1, 0)), approvedOn(1)},
		"terms that come back after others are new":   {in(said("a", "120", yes, 1, 0), said("a", "100", yes, 2, 1)), asked(2)},
		"a yes after a no to other terms":             {in(said("a", "100", no, 1, 0), said("a", "120", yes, 2, 1)), approvedOn(2)},
		"a no to other terms takes back the yes":      {in(said("a", "120", yes, 1, 0), said("a", "100", no, 2, 1)), asked(2)},
		"who approved other terms does not hand over": {in(said("b", "100", yes, 1, 0)), asked(0)},
		"who approved these terms stays until then": {in(said("b", "120", yes, 1, 0)), Plan{
			Owner: "b", Phase: v1alpha1.AssignmentHandingOver, Reason: v1alpha1.ReasonAwaitingDecision, Acting: Acting{Name: "b"},
			AcceptedAt: day(1), Proposed: asked(0).Proposed,
		}},
		"a yes to the standard is none to the budget": {
			in(recorded(approval(budgetClaim("a", "120"), "standard", budgetClaim("a", "120").Terms), yes, day(1))), asked(0),
		},
		"a yes from before there were items is none": {in(recorded(program(v1alpha1.RoleApprover, "a"), yes, day(1))), asked(0)},
	})
}

func TestADecisionOnTheTermsBeforeIsNoDecisionOnThese(t *testing.T) {
	in := input(budgetClaim("a", "120"), required, team)
	in.Existing = written(budgetClaim("a", "100"), OfferID(programID, budgetClaim("a", "100"), 0), v1alpha1.DecisionAccepted)
	got := Decide(in)
	if got.Record != nil || got.Owner != "" || got.Ignored != in.Existing.Decision.OfferID {
		t.Errorf("recorded %v, in force %q, ignored %q", got.Record, got.Owner, got.Ignored)
	}
}

func TestADecisionIsRecordedWithItsTerms(t *testing.T) {
	claim := exemptionClaim("mob-budget", Terms{Text: "exemption from mob-budget until 2027-03-31", Reason: "the board meets in March"})
	in := input(claim, required, owners(owner("ceo")))
	in.Existing = written(claim, OfferID(programID, claim, 0), v1alpha1.DecisionAccepted)
	want := recorded(claim, store.Accepted, day(10))
	if diff := cmp.Diff(&want, Decide(in).Record); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if want.Terms != "exemption from mob-budget until 2027-03-31: the board meets in March" || want.Item != "mob-budget" {
		t.Errorf("recorded item %q, terms %q", want.Item, want.Terms)
	}
}

// The ids are those of stored decisions: without terms they must stay. Worked out apart from this code, like the names.
func TestOfferIDsAreStable(t *testing.T) {
	for _, test := range []struct {
		claim Claim
		round int
		want  string
	}{
		{kpiClaim("a"), 0, "km2qahletjavryoclo2r-0"},
		{memberClaim("a"), 2, "7l2riklthh4sje3dpziq-2"},
		{budgetClaim("a", "120000"), 1, "zmdxe7ppv2znsczfkasy-1"},
	} {
		if got := OfferID(programID, test.claim, test.round); got != test.want {
			t.Errorf("offer %s of %s, want %s", got, test.claim.Key(), test.want)
		}
	}
}

func TestMessagesSayWhatIsApproved(t *testing.T) {
	claim := exemptionClaim("mob-budget", Terms{Text: "exemption from mob-budget until 2027-03-31", Reason: "two of us are ill"})
	there := owners(owner("ceo"), owner("cfo"))
	cfo := claim
	cfo.Owner = "cfo"
	offer := OfferID(programID, claim, 0)
	for name, test := range map[string]struct {
		in   Input
		want string
	}{
		"asked": {input(claim, required, there), "Waiting for ceo to decide on offer " + offer + ": exemption from mob-budget until 2027-03-31."},
		"approved": {input(claim, required, there, recorded(claim, store.Accepted, day(1))),
			"ceo accepted: exemption from mob-budget until 2027-03-31."},
		"handed over": {input(claim, required, there, recorded(cfo, store.Accepted, day(1))),
			"cfo stays until ceo accepts offer " + offer + ": exemption from mob-budget until 2027-03-31."},
		"declined": {input(claim, required, there, recorded(claim, store.Declined, day(1))),
			"Not approved (exemption from mob-budget until 2027-03-31), because ceo declined. Name somebody who is there."},
		"nobody there": {input(claim, required, owners()),
			"Not approved (exemption from mob-budget until 2027-03-31), because there is no Owner ceo. Name somebody who is there."},
	} {
		t.Run(name, func(t *testing.T) {
			got := Decide(test.in).Message
			if got != test.want {
				t.Errorf("message\n got %s\nwant %s", got, test.want)
			}
			if strings.Contains(got, "ill") {
				t.Error("the message repeats what people wrote freely")
			}
		})
	}
}

func TestApproved(t *testing.T) {
	yes, no := store.Accepted, store.Declined
	asking := func(by v1alpha1.Ref) *v1alpha1.Program {
		return &v1alpha1.Program{ObjectMeta: named("program"), Spec: v1alpha1.ProgramSpec{
			Budget: &v1alpha1.Budget{Amount: "120", Currency: "EUR", Year: 2027, ApprovedBy: by}}}
	}
	faq := &v1alpha1.Initiative{ObjectMeta: named("faq"), Spec: v1alpha1.InitiativeSpec{ApprovedBy: "a", SponsorRef: "b"}}
	aboutFAQ := func(role v1alpha1.AssignmentRole, owner string, result store.DecisionResult, at int) store.Decision {
		return recorded(Claim{Subject: subject(v1alpha1.SubjectInitiative, "faq"), Role: role, Owner: owner}, result, day(at))
	}
	approver := v1alpha1.RoleApprover
	for name, test := range map[string]struct {
		obj     any
		item    string
		decided []store.Decision
		want    bool
	}{
		"nobody decided":                      {asking("a"), "budget", nil, false},
		"the one named said yes":              {asking("a"), "budget", []store.Decision{said("a", "120", yes, 1, 0)}, true},
		"to another sum":                      {asking("a"), "budget", []store.Decision{said("a", "100", yes, 1, 0)}, false},
		"to this sum and then to another":     {asking("a"), "budget", []store.Decision{said("a", "120", yes, 1, 0), said("a", "100", yes, 2, 1)}, false},
		"yes and then no":                     {asking("a"), "budget", []store.Decision{said("a", "120", yes, 1, 0), said("a", "120", no, 2, 1)}, false},
		"no and then yes, told the other way": {asking("a"), "budget", []store.Decision{said("a", "120", yes, 2, 1), said("a", "120", no, 1, 0)}, true},
		"somebody else said yes":              {asking("a"), "budget", []store.Decision{said("b", "120", yes, 1, 0)}, false},
		"somebody else said yes since":        {asking("a"), "budget", []store.Decision{said("a", "120", yes, 1, 0), said("b", "120", yes, 2, 0)}, false},
		"nobody is named":                     {asking(""), "budget", []store.Decision{said("a", "120", yes, 1, 0)}, false},
		"another item":                        {asking("a"), "standard", []store.Decision{said("a", "120", yes, 1, 0)}, false},
		"an initiative has no item":           {faq, "", []store.Decision{aboutFAQ(approver, "a", yes, 1)}, true},
		"its sponsor is no approver":          {faq, "", []store.Decision{aboutFAQ(v1alpha1.RoleSponsor, "a", yes, 1)}, false},
		"nothing to approve":                  {&v1alpha1.Persona{ObjectMeta: named("p")}, "", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Approved(test.obj, test.item, test.decided); got != test.want {
				t.Errorf("approved: %v, want %v", got, test.want)
			}
		})
	}
}
