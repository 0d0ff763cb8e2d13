// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// silentLine is a team lead below a manager below an executive, and a KPI that the team lead is named for.
func silentLine(decisions ...store.Decision) Input {
	named := func(name, boss string) *v1alpha1.Owner {
		owner := &v1alpha1.Owner{Spec: v1alpha1.OwnerSpec{ReportsTo: v1alpha1.Ref(boss)}}
		owner.Name = name
		return owner
	}
	return Input{
		Claim:     Claim{Subject: subject(v1alpha1.SubjectKPI, "nps"), Role: v1alpha1.RoleAccountable, Owner: "team-lead"},
		ProgramID: "example", Policy: v1alpha1.Ownership{AcceptWithin: "7d"}, Decisions: decisions,
		Owners: Owners{
			"team-lead": named("team-lead", "manager"), "manager": named("manager", "executive"), "executive": named("executive", ""),
			"before": named("before", ""),
		},
		Now: time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC),
	}
}

func acceptedBy(in Input, owner string) store.Decision {
	claim := in.Claim
	claim.Owner = owner
	return store.Decision{OfferID: OfferID(in.ProgramID, claim, 0), SubjectKind: "KPI", SubjectName: "nps", Role: "Accountable", Owner: owner,
		Result: store.Accepted, At: in.Now.Add(-48 * time.Hour)}
}

func TestWhoIsAskedWhenNobodySaysAnything(t *testing.T) {
	day := func(n int) time.Time { return silentLine().Now.AddDate(0, 0, n) }
	held := silentLine()
	held.Decisions = []store.Decision{acceptedBy(held, "before")}
	managed := silentLine()
	managed.Decisions = []store.Decision{acceptedBy(managed, "manager")}
	trusted := silentLine()
	trusted.Policy.Acceptance = v1alpha1.AcceptanceTrusted
	gone := silentLine()
	gone.Claim.Owner = "nobody-of-that-name"
	gone.Policy.FallbackOwner = "executive"
	owned := silentLine()
	owned.Decisions = []store.Decision{acceptedBy(owned, "team-lead")}
	type turn struct {
		Owner  string
		Until  time.Time
		Lapses bool
	}
	for name, tc := range map[string]struct {
		in      Input
		turns   []turn
		finally string
	}{
		"nobody has it: the line up, and the last offer stays open": {silentLine(),
			[]turn{{"team-lead", day(7), true}, {"manager", day(14), true}, {"executive", day(21), false}}, ""},
		"somebody has it: they keep it": {held,
			[]turn{{"team-lead", day(7), true}, {"manager", day(14), true}, {"executive", day(21), false}}, "before"},
		"the line leads to the one who has it": {managed, []turn{{"team-lead", day(7), true}}, "manager"},
		"who is trusted is not asked":          {trusted, nil, "team-lead"},
		"who has it is not asked":              {owned, nil, "team-lead"},
		"who does not exist is waited for an hour": {gone,
			[]turn{{"executive", day(7).Add(time.Hour), false}}, ""},
	} {
		turns, finally := Silence(tc.in)
		var got []turn
		for _, next := range turns {
			got = append(got, turn{next.Owner, next.Until, next.Lapses})
		}
		if diff := cmp.Diff(tc.turns, got); diff != "" || finally != tc.finally {
			t.Errorf("%s: finally %q, want %q (-want +got):\n%s", name, finally, tc.finally, diff)
		}
	}
}

func TestSettledInputDecidesTheSameAgain(t *testing.T) {
	in := silentLine()
	in.Now = in.Now.Add(-10 * 24 * time.Hour)
	_, in, records := Settle(in)
	if len(records) != 0 {
		t.Fatalf("nothing was due, but %v is recorded", records)
	}
	in.Now = in.Now.Add(10 * 24 * time.Hour)
	plan, in, records := Settle(in)
	if len(records) != 1 || records[0].Result != store.Lapsed || records[0].Owner != "team-lead" || string(plan.Proposed.Owner) != "manager" {
		t.Fatalf("recorded %v, asked %v: want the silence of the team lead recorded and the manager asked", records, plan.Proposed)
	}
	again, _, records := Settle(in)
	if diff := cmp.Diff(plan.Spec(), again.Spec()); diff != "" || len(records) != 0 {
		t.Errorf("recorded %v (-first +second):\n%s", records, diff)
	}
}
