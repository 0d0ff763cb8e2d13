// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// written is an assignment as it is after an offer to the claim's owner, with a decision on some offer.
func written(claim Claim, offer string, result v1alpha1.DecisionResult) *v1alpha1.OwnerAssignmentSpec {
	return &v1alpha1.OwnerAssignmentSpec{
		Subject: claim.Subject, Role: claim.Role, Proposed: offered(claim),
		Decision: &v1alpha1.Decision{OfferID: offer, Result: result, Reason: "no time"},
	}
}

func TestDecisionsOnTheOpenOfferAreRecorded(t *testing.T) {
	offer := OfferID(programID, kpiClaim("a"), 0)
	record := func(result store.DecisionResult, at time.Time) *store.Decision {
		d := recorded(kpiClaim("a"), result, at)
		return &d
	}
	in := func(result v1alpha1.DecisionResult, decided ...store.Decision) Input {
		in := input(kpiClaim("a"), required, team, decided...)
		in.Existing = written(kpiClaim("a"), offer, result)
		return in
	}
	yesterday := in(v1alpha1.DecisionAccepted, earlier("b", store.Accepted, 3))
	yesterday.Now = day(2)
	before := in(v1alpha1.DecisionAccepted)
	before.Now = day(-4)
	checkPlans(t, map[string]decideCase{
		"yes": {
			in: in(v1alpha1.DecisionAccepted),
			want: Plan{
				Owner: "a", Phase: v1alpha1.AssignmentActive, Accepted: true, Reason: v1alpha1.ReasonAcceptedByOwner,
				Acting: Acting{Name: "a"}, AcceptedAt: day(10), Record: record(store.Accepted, day(10)),
			},
		},
		"no": {
			in: in(v1alpha1.DecisionDeclined),
			want: Plan{
				Phase: v1alpha1.AssignmentDeclined, Reason: v1alpha1.ReasonDeclined, Record: record(store.Declined, day(10)),
			},
		},
		"what is recorded is not recorded again": {
			in: in(v1alpha1.DecisionAccepted, accepted("a")),
			want: Plan{
				Owner: "a", Phase: v1alpha1.AssignmentActive, Accepted: true, Reason: v1alpha1.ReasonAcceptedByOwner,
				Acting: Acting{Name: "a"}, AcceptedAt: day(1),
			},
		},
		"the first decision on an offer is final, whatever is written later": {
			in:   in(v1alpha1.DecisionAccepted, declined("a")),
			want: Plan{Phase: v1alpha1.AssignmentDeclined, Reason: v1alpha1.ReasonDeclined},
		},
		"an acceptance follows those before it even when the clock was set back": {
			in: yesterday,
			want: Plan{
				Owner: "a", Phase: v1alpha1.AssignmentActive, Accepted: true, Reason: v1alpha1.ReasonAcceptedByOwner,
				Acting: Acting{Name: "a"}, AcceptedAt: day(3).Add(time.Microsecond),
				Record: record(store.Accepted, day(3).Add(time.Microsecond)),
			},
		},
		"and the naming of its owner": {
			in: before,
			want: Plan{
				Owner: "a", Phase: v1alpha1.AssignmentActive, Accepted: true, Reason: v1alpha1.ReasonAcceptedByOwner,
				Acting: Acting{Name: "a"}, AcceptedAt: day(0), Record: record(store.Accepted, day(0)),
			},
		},
	})
}

func TestDecisionsOnOtherOffersAreIgnored(t *testing.T) {
	claim := kpiClaim("a")
	next := OfferID(programID, claim, 1)
	toB := OfferID(programID, kpiClaim("b"), 0)
	pending := Plan{Phase: v1alpha1.AssignmentPending, Reason: v1alpha1.ReasonAwaitingDecision, Proposed: offered(claim)}
	ignoring := func(offer string) Plan {
		plan := pending
		plan.Ignored = offer
		return plan
	}
	with := func(existing *v1alpha1.OwnerAssignmentSpec) Input {
		in := input(claim, required, team)
		in.Existing = existing
		return in
	}
	inForce := with(written(claim, next, v1alpha1.DecisionDeclined))
	inForce.Decisions = []store.Decision{earlier("a", store.Accepted, -3)}
	gone := with(written(claim, OfferID(programID, claim, 0), v1alpha1.DecisionAccepted))
	gone.Owners = owners(owner("a", left))
	checkPlans(t, map[string]decideCase{
		"on an offer that will only be made after this one": {
			in: with(written(claim, next, v1alpha1.DecisionAccepted)), want: ignoring(next),
		},
		"on an offer to somebody else": {
			in: with(written(claim, toB, v1alpha1.DecisionDeclined)), want: ignoring(toB),
		},
		"on an offer that never was": {
			in: with(written(claim, "made-up-by-somebody", v1alpha1.DecisionAccepted)), want: ignoring("made-up-by-somebody"),
		},
		"on an offer that is not made because the owner is in force already": {
			in: inForce, want: Plan{
				Owner: "a", Phase: v1alpha1.AssignmentActive, Accepted: true, Reason: v1alpha1.ReasonAcceptedByOwner,
				Acting: Acting{Name: "a"}, AcceptedAt: day(-3), Ignored: inForce.Existing.Decision.OfferID,
			},
		},
		"on an offer that is withdrawn because the owner left": {
			in: gone, want: Plan{
				Phase: v1alpha1.AssignmentOrphaned, Reason: v1alpha1.ReasonOwnerLeft, Ignored: gone.Existing.Decision.OfferID,
			},
		},
	})
}

func TestAnOldAnswerDoesNotAnswerTheNextOffer(t *testing.T) {
	in := input(kpiClaim("a"), required, team, earlier("a", store.Declined, -3))
	in.Existing = written(kpiClaim("a"), OfferID(programID, kpiClaim("a"), 0), v1alpha1.DecisionAccepted)
	got := Decide(in)
	if diff := cmp.Diff(offeredAgain(kpiClaim("a")), got.Proposed); diff != "" || got.Record != nil || got.Ignored != "" {
		t.Errorf("record %v, ignored %q, offer (-want +got):\n%s", got.Record, got.Ignored, diff)
	}
}

func TestOffersAreToldApart(t *testing.T) {
	offers := map[string]string{
		"first to a":          OfferID(programID, kpiClaim("a"), 0),
		"second to a":         OfferID(programID, kpiClaim("a"), 1),
		"first to b":          OfferID(programID, kpiClaim("b"), 0),
		"of another role":     OfferID(programID, leadClaim("a"), 0),
		"of another program":  OfferID("example-bank", kpiClaim("a"), 0),
		"of a shared role":    OfferID(programID, memberClaim("a"), 0),
		"of the same, member": OfferID(programID, memberClaim("b"), 0),
	}
	seen := map[string]string{}
	for what, offer := range offers {
		if other, taken := seen[offer]; taken {
			t.Errorf("the offers %q and %q are both %s", what, other, offer)
		}
		seen[offer] = what
		if len(offer) < 8 || len(offer) > 64 {
			t.Errorf("offer %q does not fit its field", offer)
		}
	}
	for offer, want := range map[string]int{offers["second to a"]: 1, "something-else": 0, "plain": 0, "x--4": 0} {
		if got := roundOf(offer); got != want {
			t.Errorf("roundOf(%q) = %d, want %d", offer, got, want)
		}
	}
}

func TestMessagesDoNotRepeatWhatPeopleWrote(t *testing.T) {
	for name, in := range map[string]Input{
		"declined":       input(kpiClaim("a"), required, team, declined("a")),
		"staying on":     input(kpiClaim("b"), required, team, earlier("a", store.Accepted, -9), declined("b")),
		"just declining": input(kpiClaim("a"), required, team),
	} {
		t.Run(name, func(t *testing.T) {
			in.Existing = written(in.Claim, OfferID(programID, in.Claim, 0), v1alpha1.DecisionDeclined)
			got := Decide(in)
			if got.Reason != v1alpha1.ReasonDeclined || strings.Contains(got.Message, "no time") {
				t.Errorf("%s: %s", got.Reason, got.Message)
			}
		})
	}
}

func TestAnIgnoredDecisionIsSaid(t *testing.T) {
	in := input(kpiClaim("a"), required, team)
	in.Existing = written(kpiClaim("a"), "some-other-offer", v1alpha1.DecisionAccepted)
	want := "Waiting for a to decide on offer " + OfferID(programID, kpiClaim("a"), 0) +
		". The decision on offer some-other-offer is ignored: that offer is not open."
	if got := Decide(in).Message; got != want {
		t.Errorf("message\n got %s\nwant %s", got, want)
	}
}

func TestApproversAreTheIdentitiesOfTheOneAsked(t *testing.T) {
	all := owners(owner("a", decidesAs([]string{"lead@example.com", "head@example.com"}, []string{"cx", "head@example.com"})))
	got := Decide(input(kpiClaim("a"), required, all)).Proposed
	want := offered(kpiClaim("a"), "group:cx", "group:head@example.com", "user:head@example.com", "user:lead@example.com")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("offer (-want +got):\n%s", diff)
	}
}

func TestWithoutMarksNobodyIsAskedTwice(t *testing.T) {
	in := input(kpiClaim("a"), required, team, earlier("a", store.Declined, -3))
	in.NamedSince = time.Time{}
	if got := Decide(in); got.Phase != v1alpha1.AssignmentDeclined || got.Proposed != nil {
		t.Errorf("phase %s, offer %v: the owner declined and nobody knows of a new offer", got.Phase, got.Proposed)
	}
}

func TestReport(t *testing.T) {
	back := day(14).Add(300 * time.Millisecond)
	all := owners(owner("a", away(day(9), back, "b")), owner("b"), owner("c"))
	tests := map[string]struct {
		in   Input
		want v1alpha1.OwnerAssignmentStatus
	}{
		"the owner in force by name, with who acts until when": {
			in: input(kpiClaim("a"), required, all, accepted("a")),
			want: v1alpha1.OwnerAssignmentStatus{
				Phase: v1alpha1.AssignmentActive, Subject: "nps", Owner: "a", Acting: "b",
				ActingUntil: optionalTime(day(14)), AcceptedAt: optionalTime(day(1)), Next: "back 2027-01-18",
			},
		},
		"who is only asked stands in parentheses": {
			in: marked(input(journey("checkout", "c"), required, all), day(3)),
			want: v1alpha1.OwnerAssignmentStatus{
				Phase: v1alpha1.AssignmentPending, Subject: "buying/checkout", Owner: "(c)", WaitsFor: "c", OfferedAt: optionalTime(day(3)),
				Next: "overdue 2027-01-21",
			},
		},
		"also while somebody else is asked in their place": {
			in: marked(input(kpiClaim("a"), byLine, lineOf(owner("a", left, reportsTo("boss")))), day(3)),
			want: v1alpha1.OwnerAssignmentStatus{
				Phase: v1alpha1.AssignmentOrphaned, Subject: "nps", Owner: "(a)", WaitsFor: "boss", OfferedAt: optionalTime(day(3)),
				Suggested: "boss", Next: "to top 2027-01-21",
			},
		},
		"who confirmed": {
			in: input(kpiClaim("a"), v1alpha1.Ownership{ReverifyEvery: "7d"}, team, accepted("a"), kpiClaim("a").confirmed("a", store.Accepted, 9, 1)),
			want: v1alpha1.OwnerAssignmentStatus{
				Phase: v1alpha1.AssignmentActive, Subject: "nps", Owner: "a", AcceptedAt: optionalTime(day(1)), VerifiedAt: optionalTime(day(9)),
				Next: "to be confirmed 2027-01-20",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			// What an earlier pass wrote must not shine through.
			got := v1alpha1.OwnerAssignmentStatus{Suggested: "x", Acting: "x", WaitsFor: "x", Next: "x", OfferedAt: optionalTime(day(2)), VerifiedAt: optionalTime(day(2)),
				ActingUntil: optionalTime(day(1)), AcceptedAt: optionalTime(day(2))}
			Decide(test.in).Report(&got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
		})
	}
}
