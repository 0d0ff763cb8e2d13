// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

var (
	trusted  = v1alpha1.Ownership{Acceptance: v1alpha1.AcceptanceTrusted}
	required = v1alpha1.Ownership{Acceptance: v1alpha1.AcceptanceRequired}
	team     = owners(owner("a"), owner("b"), owner("c"))
)

// input is about a claim made on the first Monday, looked at ten days later.
func input(claim Claim, policy v1alpha1.Ownership, all Owners, decided ...store.Decision) Input {
	return Input{
		Claim: claim, ProgramID: programID, Policy: policy, Decisions: decided, NamedSince: day(0), Owners: all, Now: day(10),
	}
}

// offered is the first offer of such a claim.
func offered(claim Claim, approvers ...string) *v1alpha1.Proposal {
	return &v1alpha1.Proposal{
		Owner: v1alpha1.Ref(claim.Owner), OfferID: OfferID(programID, claim, 0), Terms: claim.Terms.String(), Approvers: approvers,
	}
}

// offeredAgain is the offer after a first decision.
func offeredAgain(claim Claim) *v1alpha1.Proposal {
	again := offered(claim)
	again.OfferID = OfferID(programID, claim, 1)
	return again
}

// insteadOf is the first offer to somebody in place of the one named.
func insteadOf(named, asked string) *v1alpha1.Proposal {
	offer := offered(kpiClaim(asked))
	offer.InsteadOf = v1alpha1.Ref(named)
	return offer
}

func accepted(owner string) store.Decision {
	return recorded(kpiClaim(owner), store.Accepted, day(1))
}

func declined(owner string) store.Decision {
	return recorded(kpiClaim(owner), store.Declined, day(1))
}

// earlier is a decision on another day; on a negative one, it was taken before the subject named the owner this time.
func earlier(owner string, result store.DecisionResult, at int) store.Decision {
	return recorded(kpiClaim(owner), result, day(at))
}

type decideCase struct {
	in   Input
	want Plan
}

// checkPlans compares what plans make of the assignment; what comes next is for the tests of lines.
func checkPlans(t *testing.T, tests map[string]decideCase) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := Decide(test.in)
			next := cmpopts.IgnoreFields(Plan{}, "Message", "WaitsFor", "OfferedAt", "Next", "NextText")
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreUnexported(Plan{}), next); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
			if got.Proposed != nil && (got.Marks()[test.in.Claim.Key()] != got.Proposed.OfferID ||
				got.WaitsFor != string(got.Proposed.Owner) && got.Reason != v1alpha1.ReasonTrusted) {
				t.Errorf("marks %v, waits for %q, proposed %+v", got.Marks(), got.WaitsFor, got.Proposed)
			}
			if got.Message == "" {
				t.Error("the plan says nothing")
			}
		})
	}
}

func TestNobodyIsInForceBeforeAccepting(t *testing.T) {
	checkPlans(t, map[string]decideCase{
		"somebody named is asked": {
			in: input(kpiClaim("a"), required, team),
			want: Plan{
				Phase: v1alpha1.AssignmentPending, Reason: v1alpha1.ReasonAwaitingDecision, Proposed: offered(kpiClaim("a")),
			},
		},
		"no policy at all means that acceptance is required": {
			in: input(kpiClaim("a"), v1alpha1.Ownership{}, team),
			want: Plan{
				Phase: v1alpha1.AssignmentPending, Reason: v1alpha1.ReasonAwaitingDecision, Proposed: offered(kpiClaim("a")),
			},
		},
		"once accepted the owner is in force and no offer is open": {
			in: input(kpiClaim("a"), required, team, accepted("a")),
			want: Plan{
				Owner: "a", Phase: v1alpha1.AssignmentActive, Accepted: true, Reason: v1alpha1.ReasonAcceptedByOwner,
				Acting: Acting{Name: "a"}, AcceptedAt: day(1),
			},
		},
		"a refusal leaves nobody in force and is not asked again": {
			in:   input(kpiClaim("a"), required, team, declined("a")),
			want: Plan{Phase: v1alpha1.AssignmentDeclined, Reason: v1alpha1.ReasonDeclined},
		},
		"named again after a refusal the owner is asked again": {
			in: input(kpiClaim("a"), required, team, earlier("a", store.Declined, -3)),
			want: Plan{
				Phase: v1alpha1.AssignmentPending, Reason: v1alpha1.ReasonAwaitingDecision, Proposed: offeredAgain(kpiClaim("a")),
			},
		},
		"an acceptance of long ago holds when everything is applied again": {
			in: input(kpiClaim("a"), required, team, earlier("a", store.Accepted, -300)),
			want: Plan{
				Owner: "a", Phase: v1alpha1.AssignmentActive, Accepted: true, Reason: v1alpha1.ReasonAcceptedByOwner,
				Acting: Acting{Name: "a"}, AcceptedAt: day(-300),
			},
		},
		"decisions about other subjects and roles do not count": {
			in: input(kpiClaim("a"), required, team,
				recorded(leadClaim("a"), store.Accepted, day(1)), recorded(journey("checkout", "a"), store.Accepted, day(1))),
			want: Plan{
				Phase: v1alpha1.AssignmentPending, Reason: v1alpha1.ReasonAwaitingDecision, Proposed: offered(kpiClaim("a")),
			},
		},
	})
}

func TestTrustIsForAccountableOnly(t *testing.T) {
	checkPlans(t, map[string]decideCase{
		"a trusted owner is in force at once and may still accept": {
			in: input(kpiClaim("a"), trusted, team),
			want: Plan{
				Owner: "a", Phase: v1alpha1.AssignmentActive, Reason: v1alpha1.ReasonTrusted, Acting: Acting{Name: "a"},
				Proposed: offered(kpiClaim("a")),
			},
		},
		"a trusted owner who accepted counts as accepted": {
			in: input(kpiClaim("a"), trusted, team, accepted("a")),
			want: Plan{
				Owner: "a", Phase: v1alpha1.AssignmentActive, Accepted: true, Reason: v1alpha1.ReasonAcceptedByOwner,
				Acting: Acting{Name: "a"}, AcceptedAt: day(1),
			},
		},
		"a refusal outweighs trust": {
			in:   input(kpiClaim("a"), trusted, team, declined("a")),
			want: Plan{Phase: v1alpha1.AssignmentDeclined, Reason: v1alpha1.ReasonDeclined},
		},
		"a trusted owner takes over at once from one who accepted": {
			in: input(kpiClaim("b"), trusted, team, accepted("a")),
			want: Plan{
				Owner: "b", Phase: v1alpha1.AssignmentActive, Reason: v1alpha1.ReasonTrusted, Acting: Acting{Name: "b"},
				Proposed: offered(kpiClaim("b")),
			},
		},
		"a trusted owner who left is no owner": {
			in:   input(kpiClaim("a"), trusted, owners(owner("a", left))),
			want: Plan{Phase: v1alpha1.AssignmentOrphaned, Reason: v1alpha1.ReasonOwnerLeft},
		},
		"the lead is asked in any case": {
			in: input(leadClaim("a"), trusted, team),
			want: Plan{
				Phase: v1alpha1.AssignmentPending, Reason: v1alpha1.ReasonAwaitingDecision, Proposed: offered(leadClaim("a")),
			},
		},
		"a member of the group is asked in any case": {
			in: input(memberClaim("a"), trusted, team),
			want: Plan{
				Phase: v1alpha1.AssignmentPending, Reason: v1alpha1.ReasonAwaitingDecision, Proposed: offered(memberClaim("a")),
			},
		},
		"an approver is asked in any case": {
			in: input(budgetClaim("a", "100"), trusted, team),
			want: Plan{
				Phase: v1alpha1.AssignmentPending, Reason: v1alpha1.ReasonAwaitingDecision, Proposed: offered(budgetClaim("a", "100")),
			},
		},
	})
}

func TestHandover(t *testing.T) {
	stays := Plan{Owner: "a", Phase: v1alpha1.AssignmentActive, Acting: Acting{Name: "a"}, AcceptedAt: day(-9)}
	before := earlier("a", store.Accepted, -9)
	with := func(change func(*Plan)) Plan {
		plan := stays
		change(&plan)
		return plan
	}
	checkPlans(t, map[string]decideCase{
		"the old owner stays while the new one is asked": {
			in: input(kpiClaim("b"), required, team, before),
			want: with(func(p *Plan) {
				p.Phase, p.Reason, p.Proposed = v1alpha1.AssignmentHandingOver, v1alpha1.ReasonAwaitingDecision, offered(kpiClaim("b"))
			}),
		},
		"the new owner takes over by accepting": {
			in: input(kpiClaim("b"), required, team, before, accepted("b")),
			want: Plan{
				Owner: "b", Phase: v1alpha1.AssignmentActive, Accepted: true, Reason: v1alpha1.ReasonAcceptedByOwner,
				Acting: Acting{Name: "b"}, AcceptedAt: day(1),
			},
		},
		"the old owner stays when the new one declines": {
			in:   input(kpiClaim("b"), required, team, before, declined("b")),
			want: with(func(p *Plan) { p.Reason = v1alpha1.ReasonDeclined }),
		},
		"the old owner stays when the new one left": {
			in:   input(kpiClaim("b"), required, owners(owner("a"), owner("b", left)), before),
			want: with(func(p *Plan) { p.Reason = v1alpha1.ReasonOwnerLeft }),
		},
		"the old owner stays when the new one does not exist yet": {
			in:   input(kpiClaim("b"), required, owners(owner("a")), before),
			want: with(func(p *Plan) { p.Reason = v1alpha1.ReasonOwnerNotFound }),
		},
		"the old owner is simply in force again when named again": {
			in:   input(kpiClaim("a"), required, team, before),
			want: with(func(p *Plan) { p.Accepted, p.Reason = true, v1alpha1.ReasonAcceptedByOwner }),
		},
		"one who handed over is asked again when named again": {
			in: input(kpiClaim("a"), required, team, before, earlier("b", store.Accepted, -5)),
			want: Plan{
				Owner: "b", Phase: v1alpha1.AssignmentHandingOver, Reason: v1alpha1.ReasonAwaitingDecision,
				Acting: Acting{Name: "b"}, AcceptedAt: day(-5), Proposed: offeredAgain(kpiClaim("a")),
			},
		},
		"nobody is in force when the old owner left before the new one decided": {
			in: input(kpiClaim("b"), required, owners(owner("a", left), owner("b")), before),
			want: Plan{
				Phase: v1alpha1.AssignmentPending, Reason: v1alpha1.ReasonAwaitingDecision, Proposed: offered(kpiClaim("b")),
			},
		},
		"members of a group do not hand over to each other": {
			in: input(memberClaim("b"), required, team, recorded(memberClaim("a"), store.Accepted, day(1))),
			want: Plan{
				Phase: v1alpha1.AssignmentPending, Reason: v1alpha1.ReasonAwaitingDecision, Proposed: offered(memberClaim("b")),
			},
		},
	})
}

func TestOrphans(t *testing.T) {
	fallback := v1alpha1.Ownership{FallbackOwner: "spare"}
	orphan := func(reason, suggested string) Plan {
		return Plan{Phase: v1alpha1.AssignmentOrphaned, Reason: reason, Suggested: suggested}
	}
	asking := func(reason, next string) Plan {
		plan := orphan(reason, next)
		plan.Proposed = insteadOf("a", next)
		return plan
	}
	gone := owner("a", left, reportsTo("boss"))
	checkPlans(t, map[string]decideCase{
		"an owner who left leaves an orphan, and the manager is asked": {
			in:   input(kpiClaim("a"), fallback, owners(gone, owner("boss"), owner("spare")), accepted("a")),
			want: asking(v1alpha1.ReasonOwnerLeft, "boss"),
		},
		"a manager who left passes on to the next one": {
			in: input(kpiClaim("a"), fallback,
				owners(gone, owner("boss", left, reportsTo("top")), owner("top"), owner("spare")), accepted("a")),
			want: asking(v1alpha1.ReasonOwnerLeft, "top"),
		},
		"a manager who does not exist may come yet": {
			in:   input(kpiClaim("a"), fallback, owners(gone, owner("spare")), accepted("a")),
			want: orphan(v1alpha1.ReasonOwnerLeft, "spare"),
		},
		"a circle of managers ends at the fallback owner": {
			in: input(kpiClaim("a"), fallback,
				owners(gone, owner("boss", left, reportsTo("a")), owner("spare")), accepted("a")),
			want: asking(v1alpha1.ReasonOwnerLeft, "spare"),
		},
		"nobody is suggested when nobody is there": {
			in:   input(kpiClaim("a"), fallback, owners(gone, owner("spare", left)), accepted("a")),
			want: orphan(v1alpha1.ReasonOwnerLeft, ""),
		},
		"an owner who does not exist has no line": {
			in:   input(kpiClaim("a"), fallback, owners(owner("spare"))),
			want: orphan(v1alpha1.ReasonOwnerNotFound, "spare"),
		},
		"who declined is not suggested even as the fallback owner": {
			in:   input(kpiClaim("a"), v1alpha1.Ownership{FallbackOwner: "a"}, team, declined("a")),
			want: Plan{Phase: v1alpha1.AssignmentDeclined, Reason: v1alpha1.ReasonDeclined},
		},
		"who declined is not asked again, the manager is": {
			in: input(kpiClaim("a"), v1alpha1.Ownership{FallbackOwner: "a"}, owners(owner("a", reportsTo("boss")), owner("boss")),
				declined("a")),
			want: Plan{
				Phase: v1alpha1.AssignmentPending, Reason: v1alpha1.ReasonAwaitingDecision, Proposed: insteadOf("a", "boss"),
			},
		},
		"an owner who is back is in force again without being asked": {
			in: input(kpiClaim("a"), fallback, team, accepted("a")),
			want: Plan{
				Owner: "a", Phase: v1alpha1.AssignmentActive, Accepted: true, Reason: v1alpha1.ReasonAcceptedByOwner,
				Acting: Acting{Name: "a"}, AcceptedAt: day(1),
			},
		},
	})
}
