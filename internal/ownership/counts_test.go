// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// decideAll makes the assignments of claims.
func decideAll(policy v1alpha1.Ownership, all Owners, decided []store.Decision, claims ...Claim) []v1alpha1.OwnerAssignment {
	var assignments []v1alpha1.OwnerAssignment
	for _, claim := range claims {
		assignments = append(assignments, assignment(claim, Decide(input(claim, policy, all, decided...))))
	}
	return assignments
}

// waiting is an assignment that has been offered since a day.
func waiting(in Input, since int) v1alpha1.OwnerAssignment {
	return assignment(in.Claim, Decide(marked(in, day(since))))
}

func TestLoadOfWhatWaitsAndOfOrphans(t *testing.T) {
	gone := lineOf(owner("a", left, reportsTo("boss")))
	confirm := byLine
	confirm.ReverifyEvery = "5d"
	member, old := memberClaim("boss"), journey("search", "boss")
	assignments := []v1alpha1.OwnerAssignment{
		waiting(input(kpiClaim("a"), byLine, gone), 8),
		waiting(input(journey("pay", "a"), byLine, gone), 7),
		waiting(input(memberClaim("a"), byLine, gone), 1),
		waiting(input(member, byLine, gone), 9),
		waiting(input(old, confirm, gone, old.said("boss", store.Accepted, 1, 0)), 6),
		waiting(input(journey("browse", "boss"), trusted, gone), 2),
	}
	tests := map[string]struct {
		accountable, roles, pending, orphaned int32
		since                                 time.Time
		summary                               string
	}{
		// Also what is to be confirmed waits; what is trusted does not.
		"boss": {2, 0, 4, 0, day(6), "Accountable for 2, other roles: 0, offers waiting: 4."},
		"a": {0, 0, 0, 3, time.Time{}, "Accountable for 0, other roles: 0, offers waiting: 0. Still named for 3 that nobody answers for: " +
			"name other owners there."},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			got := LoadOf(gone[name], byLine, assignments)
			if got.Accountable != want.accountable || got.Roles != want.roles || got.Pending != want.pending || got.Orphaned != want.orphaned ||
				!got.Since.Equal(want.since) || got.Summary() != want.summary {
				t.Errorf("got %+v: %s\nwant %+v", got, got.Summary(), want)
			}
		})
	}
}

func TestLoadOf(t *testing.T) {
	claims := []Claim{kpiClaim("a"), journey("", "a"), journey("search", "a"), leadClaim("a"), memberClaim("a"), journey("pay", "b")}
	yes := []store.Decision{
		recorded(kpiClaim("a"), store.Accepted, day(1)), recorded(journey("", "a"), store.Accepted, day(1)),
		recorded(leadClaim("a"), store.Accepted, day(1)), recorded(journey("pay", "b"), store.Accepted, day(1)),
	}
	waiting := []string{memberClaim("a").Name(), journey("search", "a").Name()}
	slices.Sort(waiting)
	tests := map[string]struct {
		owner  *v1alpha1.Owner
		policy v1alpha1.Ownership
		want   Load
	}{
		"what is accepted counts, what waits is named": {
			owner("a"), required, Load{
				Accountable: 2, Roles: 1, Pending: 2, PendingNames: waiting, WithinCapacity: true, Reason: v1alpha1.ReasonWithinCapacity,
				Message: "Accountable for 2; no limit is set.",
			},
		},
		"what is trusted counts and does not wait": {
			owner("a"), trusted, Load{
				Accountable: 3, Roles: 1, Pending: 1, PendingNames: []string{memberClaim("a").Name()},
				WithinCapacity: true, Reason: v1alpha1.ReasonWithinCapacity, Message: "Accountable for 3; no limit is set.",
			},
		},
		"the program's limit holds": {
			owner("a"), v1alpha1.Ownership{MaxPerOwner: ptr.To[int32](1)}, Load{
				Accountable: 2, Roles: 1, Pending: 2, PendingNames: waiting, Limit: ptr.To[int32](1), Reason: v1alpha1.ReasonOverloaded,
				Message: "Accountable for 2, which is more than 1. Name other owners for some of it, or raise capacity.",
			},
		},
		"the owner's own capacity goes first": {
			owner("a", func(o *v1alpha1.Owner) { o.Spec.Capacity = ptr.To[int32](2) }),
			v1alpha1.Ownership{MaxPerOwner: ptr.To[int32](1)}, Load{
				Accountable: 2, Roles: 1, Pending: 2, PendingNames: waiting, Limit: ptr.To[int32](2), WithinCapacity: true,
				Reason: v1alpha1.ReasonWithinCapacity, Message: "Accountable for 2 of at most 2.",
			},
		},
		"somebody who answers for nothing has no load": {
			owner("c"), required, Load{
				WithinCapacity: true, Reason: v1alpha1.ReasonWithinCapacity, Message: "Accountable for 0; no limit is set.",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := LoadOf(test.owner, test.policy, decideAll(test.policy, team, yes, claims...))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("load (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadCountsAHandoverForTheOneInForce(t *testing.T) {
	assignments := decideAll(required, team, []store.Decision{earlier("a", store.Accepted, -9)}, kpiClaim("b"))
	if got, want := LoadOf(owner("b"), required, assignments).Summary(), "Accountable for 0, other roles: 0, offers waiting: 1."; got != want {
		t.Errorf("summary %q, want %q", got, want)
	}
	if a := LoadOf(owner("a"), required, assignments); a.Accountable != 1 || a.Pending != 0 {
		t.Errorf("a answers for %d and is asked for %d, want 1 and 0", a.Accountable, a.Pending)
	}
	if b := LoadOf(owner("b"), required, assignments); b.Accountable != 0 || b.Pending != 1 {
		t.Errorf("b answers for %d and is asked for %d, want 0 and 1", b.Accountable, b.Pending)
	}
}

func TestLoadNamesTenAndCountsAll(t *testing.T) {
	var claims []Claim
	for i := range 14 {
		claims = append(claims, journey(v1alpha1.TouchpointName(fmt.Sprintf("step-%02d", i)), "a"))
	}
	slices.Reverse(claims)
	load := LoadOf(owner("a"), required, decideAll(required, team, nil, claims...))
	if load.Pending != 14 || len(load.PendingNames) != 10 || !slices.IsSorted(load.PendingNames) {
		t.Errorf("pending %d, names %v", load.Pending, load.PendingNames)
	}
}

func TestCoverageOf(t *testing.T) {
	nobody := []v1alpha1.AssignmentSubject{subject(v1alpha1.SubjectGoal, "loyalty"), subject(v1alpha1.SubjectSurvey, "pulse")}
	yes := recorded(journey("", "a"), store.Accepted, day(1))
	tests := map[string]struct {
		policy  v1alpha1.Ownership
		owners  Owners
		decided []store.Decision
		claims  []Claim
		unowned []v1alpha1.AssignmentSubject
		notYet  bool
		want    v1alpha1.Coverage
	}{
		"nothing to own": {want: v1alpha1.Coverage{Summary: "0/0"}},
		"what names nobody is a subject": {
			unowned: nobody, want: v1alpha1.Coverage{Subjects: 2, Unowned: 2, Summary: "0/2"},
		},
		"what was accepted is owned": {
			owners: team, decided: []store.Decision{yes}, claims: []Claim{journey("", "a"), kpiClaim("a")}, unowned: nobody,
			want: v1alpha1.Coverage{Subjects: 4, Owned: 1, Accepted: 1, Pending: 1, Unowned: 2, Summary: "1/4"},
		},
		"what is trusted is owned and not accepted": {
			policy: trusted, owners: team, decided: []store.Decision{yes}, claims: []Claim{journey("", "a"), kpiClaim("a")},
			want: v1alpha1.Coverage{Subjects: 2, Owned: 2, Accepted: 1, Summary: "2/2"},
		},
		"during a handover a subject is owned, accepted and pending": {
			owners: team, decided: []store.Decision{earlier("a", store.Accepted, -9)}, claims: []Claim{kpiClaim("b")},
			want: v1alpha1.Coverage{Subjects: 1, Owned: 1, Accepted: 1, Pending: 1, Summary: "1/1"},
		},
		"what lost its owner is orphaned": {
			owners: owners(owner("a", left)), decided: []store.Decision{yes}, claims: []Claim{journey("", "a"), kpiClaim("b")},
			want: v1alpha1.Coverage{Subjects: 2, Orphaned: 2, Summary: "0/2"},
		},
		"what was declined is only a subject": {
			owners: team, decided: []store.Decision{declined("a")}, claims: []Claim{kpiClaim("a")},
			want: v1alpha1.Coverage{Subjects: 1, Summary: "0/1"},
		},
		"what was named a moment ago is pending": {
			owners: team, claims: []Claim{kpiClaim("a")}, notYet: true,
			want: v1alpha1.Coverage{Subjects: 1, Pending: 1, Summary: "0/1"},
		},
		"other roles are no subjects": {
			owners: team, claims: []Claim{leadClaim("a"), memberClaim("b")},
			want: v1alpha1.Coverage{Summary: "0/0"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var assignments []v1alpha1.OwnerAssignment
			if !test.notYet {
				assignments = decideAll(test.policy, test.owners, test.decided, test.claims...)
			}
			got, taken := CoverageOf(test.claims, test.unowned, assignments)
			if diff := cmp.Diff(test.want, got); diff != "" || taken != nil {
				t.Errorf("taken %v, coverage (-want +got):\n%s", taken, diff)
			}
		})
	}
}

func TestWhoCannotBeAskedIsCountedNowhereAndNamed(t *testing.T) {
	claims := []Claim{journey("", "a"), kpiClaim("a"), budgetClaim("a", "100")}
	assignments := decideAll(required, team, nil, claims...)
	assignments[1].Spec.Subject.Name, assignments[2].Spec.Subject.Item = "something-else", "standard"
	coverage, taken := CoverageOf(claims, nil, assignments)
	if want := (v1alpha1.Coverage{Subjects: 2, Pending: 1, Summary: "0/2"}); coverage != want {
		t.Errorf("coverage %+v, want %+v", coverage, want)
	}
	if diff := cmp.Diff([]Claim{kpiClaim("a"), budgetClaim("a", "100")}, taken); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
	want := "a is not asked to be Accountable: the OwnerAssignment " + kpiClaim("a").Name() + " is about something else. Delete it."
	if got := kpiClaim("a").Taken(); got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

func TestCheckReportsTo(t *testing.T) {
	tests := map[string]struct {
		owners Owners
		want   [][]string
	}{
		"a line up to the top is no circle": {owners(owner("a", reportsTo("b")), owner("b", reportsTo("c")), owner("c")), nil},
		"somebody who reports to themselves": {
			owners(owner("a", reportsTo("a"))), [][]string{{"a"}},
		},
		"a circle starts with its first name": {
			owners(owner("c", reportsTo("a")), owner("a", reportsTo("b")), owner("b", reportsTo("c"))), [][]string{{"a", "b", "c"}},
		},
		"who reports into a circle is not part of it": {
			owners(owner("a", reportsTo("z")), owner("z", reportsTo("m")), owner("m", reportsTo("z"))), [][]string{{"m", "z"}},
		},
		"two circles are given in order": {
			owners(owner("a", reportsTo("d")), owner("b", reportsTo("c")), owner("c", reportsTo("b")), owner("d", reportsTo("a"))),
			[][]string{{"a", "d"}, {"b", "c"}},
		},
		"a manager who does not exist is no circle": {owners(owner("a", reportsTo("nobody"))), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, CheckReportsTo(test.owners)); diff != "" {
				t.Errorf("circles (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhoeverReachesThemselvesIsInACircle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawOwners(t)
		var members []string
		for _, cycle := range CheckReportsTo(all) {
			members = append(members, cycle...)
		}
		for name := range all {
			above := name
			for range len(all) {
				if all[above] == nil {
					break
				}
				above = string(all[above].Spec.ReportsTo)
				if above == name {
					break
				}
			}
			if reaches := above == name; reaches != slices.Contains(members, name) {
				t.Fatalf("%s reaches themselves: %v; circles: %v", name, reaches, CheckReportsTo(all))
			}
		}
	})
}
