// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

func TestMessagesSayWhoWasPassedOver(t *testing.T) {
	a, b := kpiClaim("a"), kpiClaim("b")
	offer := func(to string) string { return OfferID(programID, kpiClaim(to), 0) }
	yes, no, silent := store.Accepted, store.Declined, store.Lapsed
	overdue := marked(input(a, byLine, owners(owner("a"))), day(-30))
	for name, test := range map[string]struct {
		in   Input
		want string
	}{
		"asked in place of another": {input(a, byLine, lineOf(), a.said("a", silent, 1, 0)),
			"Waiting for boss to decide on offer " + offer("boss") + ", because a said nothing."},
		"asked in place of two": {input(a, byLine, lineOf(), a.said("a", silent, 1, 0), a.said("boss", no, 2, 0)),
			"Waiting for top to decide on offer " + offer("top") + ", because a said nothing, boss declined."},
		"in force in place of another": {input(a, byLine, lineOf(), a.said("a", no, 1, 0), a.said("boss", yes, 2, 0)),
			"boss answers for it in place of a, because a declined. Name boss on the subject, or somebody else."},
		"a handover along the line": {input(b, byLine, lineOf(), a.said("a", yes, -9, 0), b.said("b", no, 1, 0)),
			"a stays until top accepts offer " + offer("top") + ", because b declined."},
		"orphaned": {input(a, byLine, lineOf(owner("a", left, reportsTo("boss"))), a.said("a", yes, -9, 0)),
			"Nobody answers for it, because a left. Waiting for boss to decide on offer " + offer("boss") + "."},
		"orphaned by the one who stood in": {
			input(a, byLine, lineOf(owner("b", left)), a.said("b", yes, -9, 0), a.said("a", no, 1, 0)),
			"Nobody answers for it, because a declined, b left. Waiting for boss to decide on offer " + offer("boss") + "."},
		"overdue": {overdue, "Waiting for a to decide on offer " + offer("a") +
			". The time to decide is over, and nobody comes next: remind them, or name somebody else."},
		"held back": {input(a, byLine, func() Owners { all := lineOf(); delete(all, "boss"); return all }(), a.said("a", no, 1, 0)),
			"Waiting for spare to decide on offer " + offer("spare") + ", because a declined, there is no Owner boss. The offer is made on 2027-01-14 10:00."},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "overdue" {
				test.in.Policy.FallbackOwner = ""
			}
			if got := Decide(test.in).Message; got != test.want {
				t.Errorf("message\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestWhoDecidedIsRecordedAsFarAsItIsKnown(t *testing.T) {
	a := kpiClaim("a")
	offer := OfferID(programID, a, 0)
	written := func(by string) *v1alpha1.OwnerAssignmentSpec {
		return &v1alpha1.OwnerAssignmentSpec{Decision: &v1alpha1.Decision{OfferID: offer, Result: v1alpha1.DecisionAccepted, By: by}}
	}
	clicked := &LinkAnswer{OfferID: offer, Result: store.Declined, Reason: "no time", At: day(9)}
	type record struct {
		result    store.DecisionResult
		by, means string
		at        time.Time
	}
	for name, test := range map[string]struct {
		in   func(*Input)
		want record
	}{
		"in the object": {func(in *Input) { in.Existing = written("somebody@example.com") },
			record{store.Accepted, "unknown", "OwnerAssignment", day(10)}},
		"in the object, under policies": {func(in *Input) { in.Existing, in.Enforced = written("somebody@example.com"), true },
			record{store.Accepted, "somebody@example.com", "OwnerAssignment", day(10)}},
		"in the object, under policies, by nobody": {func(in *Input) { in.Existing, in.Enforced = written(""), true },
			record{store.Accepted, "unknown", "OwnerAssignment", day(10)}},
		"by a link": {func(in *Input) { in.Answer = clicked }, record{store.Declined, "mail link sent to a", "MailLink", day(9)}},
		"by both": {func(in *Input) { in.Answer, in.Existing = clicked, written("") },
			record{store.Accepted, "unknown", "OwnerAssignment", day(10)}},
		"in the last moment": {func(in *Input) { in.Answer, in.Now = clicked, day(100) },
			record{store.Declined, "mail link sent to a", "MailLink", day(9)}},
		"not at all": {func(in *Input) { in.Now = day(100) }, record{store.Lapsed, "nobody", "Timeout", day(100)}},
	} {
		t.Run(name, func(t *testing.T) {
			in := marked(input(a, byLine, lineOf()), day(1))
			test.in(&in)
			got := Decide(in).Record
			if got == nil {
				t.Fatal("nothing is recorded")
			}
			if is := (record{got.Result, got.DecidedBy, got.Means, got.At}); is != test.want || got.Owner != "a" || got.OfferID != offer {
				t.Errorf("recorded %+v of %s on %s, want %+v", is, got.Owner, got.OfferID, test.want)
			}
		})
	}
}

func TestALateAnswerToAConfirmationTakesNothingOver(t *testing.T) {
	a := kpiClaim("a")
	in := input(a, byLine, lineOf(), a.said("a", store.Accepted, -200, 0), a.said("b", store.Accepted, -9, 0))
	in.Answer = &LinkAnswer{OfferID: OfferID(programID, a, 1) + confirming, Result: store.Accepted, At: day(9)}
	if got := Decide(in); got.Record != nil || got.Owner != "b" || got.Proposed == nil || got.Proposed.OfferID != OfferID(programID, a, 1) {
		t.Errorf("in force %q, offer %+v, recorded %+v", got.Owner, got.Proposed, got.Record)
	}
}
