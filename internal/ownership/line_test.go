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

// said is the decision of an owner on a claim; round is how often they had decided before.
func (c Claim) said(owner string, result store.DecisionResult, at, round int) store.Decision {
	c.Owner = owner
	d := recorded(c, result, day(at))
	d.OfferID = OfferID(programID, c, round)
	return d
}

// confirmed is what the one in force answered to the question whether it is still theirs.
func (c Claim) confirmed(owner string, result store.DecisionResult, at, round int) store.Decision {
	d := c.said(owner, result, at, round)
	d.OfferID += confirming
	return d
}

// lineOf is a, who reports to boss, who reports to top; b is of another line.
func lineOf(change ...*v1alpha1.Owner) Owners {
	all := owners(owner("a", reportsTo("boss")), owner("boss", reportsTo("top")), owner("top"), owner("b", reportsTo("top")), owner("spare"))
	for _, o := range change {
		all[o.Name] = o
	}
	return all
}

var byLine = v1alpha1.Ownership{FallbackOwner: "spare", AcceptWithin: "14d"}

// marked says since when an input waits for what it waits for.
func marked(in Input, since time.Time) Input {
	all := map[string]time.Time{}
	values := Decide(in).Marks()
	for key := range values {
		all[key] = since
	}
	in.Waiting = in.Waiting.With(values, all)
	return in
}

func sentence(p Plan) string {
	text := string(p.Phase) + " " + p.Owner + " asks " + p.WaitsFor + ": " + p.Reason
	if p.Record != nil {
		text += ", records " + p.Record.Owner + " " + string(p.Record.Result)
	}
	if p.NextText != "" {
		text += ", " + p.NextText
	}
	return text
}

func checkSentences(t *testing.T, tests map[string]struct {
	in   Input
	want string
}) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := sentence(Decide(test.in)); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestTheLineIsAskedOneAfterTheOther(t *testing.T) {
	yes, no, silent := store.Accepted, store.Declined, store.Lapsed
	in := func(claim Claim, decided ...store.Decision) Input { return input(claim, byLine, lineOf(), decided...) }
	a, b := kpiClaim("a"), kpiClaim("b")
	circle := lineOf(owner("boss", reportsTo("a")))
	checkSentences(t, map[string]struct {
		in   Input
		want string
	}{
		"the one named first": {marked(in(a), day(1)), "Pending  asks a: AwaitingDecision, to boss 2027-01-19"},
		"their time is not over a moment before": {
			func() Input { in := marked(in(a), day(1)); in.Now = day(15).Add(-time.Microsecond); return in }(),
			"Pending  asks a: AwaitingDecision, to boss 2027-01-19",
		},
		"then their manager, with as much time": {
			func() Input { in := marked(in(a), day(1)); in.Now = day(15); return in }(),
			"Pending  asks boss: AwaitingDecision, records a Lapsed, to top 2027-02-02",
		},
		"after years of silence still only one": {
			func() Input { in := marked(in(a), day(1)); in.Now = day(1000); return in }(),
			"Pending  asks boss: AwaitingDecision, records a Lapsed, to top 2029-10-14",
		},
		"somebody who declined is passed over": {marked(in(a, a.said("a", no, 1, 0)), day(9)),
			"Pending  asks boss: AwaitingDecision, to top 2027-01-27"},
		"not what they declined before they were named this time": {in(a, a.said("a", no, -3, 0)),
			"Pending  asks a: AwaitingDecision, to boss 2027-01-28"},
		"at the end stands the fallback owner": {in(a, a.said("a", no, 1, 0), a.said("boss", silent, 2, 0), a.said("top", no, 3, 0)),
			"Pending  asks spare: AwaitingDecision, overdue 2027-01-28"},
		"whose offer does not lapse": {
			func() Input {
				in := marked(in(a, a.said("a", no, 1, 0), a.said("boss", silent, 2, 0), a.said("top", no, 3, 0)), day(4))
				in.Now = day(300)
				return in
			}(), "Pending  asks spare: Undecided",
		},
		"but may be declined": {in(a, a.said("a", no, 1, 0), a.said("boss", silent, 2, 0), a.said("top", no, 3, 0), a.said("spare", no, 4, 0)),
			"Declined  asks : Declined"},
		"all were silent, and then the end of the line left": {
			input(a, v1alpha1.Ownership{}, lineOf(owner("top", left)), a.said("a", silent, 1, 0), a.said("boss", silent, 2, 0)),
			"Declined  asks : Undecided"},
		"a circle ends before somebody would be asked twice": {input(a, byLine, circle, a.said("a", no, 1, 0), a.said("boss", no, 2, 0)),
			"Pending  asks spare: AwaitingDecision, overdue 2027-01-28"},
		"whoever accepts is in force in place of the one named": {in(a, a.said("a", silent, 1, 0), a.said("boss", yes, 2, 0)),
			"Active boss asks : Escalated"},
		"until somebody is named anew": {in(b, a.said("a", silent, 1, 0), a.said("boss", yes, 2, 0)),
			"HandingOver boss asks b: AwaitingDecision, to top 2027-01-28"},
		"a new manager in between is asked too": {
			input(a, byLine, lineOf(owner("a", reportsTo("b"))), a.said("a", silent, 1, 0), a.said("boss", yes, 2, 0)),
			"HandingOver boss asks b: AwaitingDecision, to top 2027-01-28"},
		"a handover to somebody who declines goes along their line": {in(b, b.said("a", yes, -9, 0), b.said("b", no, 1, 0)),
			"HandingOver a asks top: AwaitingDecision, to spare 2027-01-28"},
		"it ends at the one in force": {in(b, b.said("top", yes, -9, 0), b.said("b", no, 1, 0)), "Active top asks : Escalated"},
		"who keeps it when the one before says nothing": {
			func() Input { in := marked(in(b, b.said("top", yes, -9, 0)), day(-20)); in.Now = day(-19); return in }(),
			"HandingOver top asks b: AwaitingDecision, stays 2026-12-29",
		},
		"an approver's silence is only reported": {
			func() Input {
				in := marked(in(budgetClaim("a", "100")), day(1))
				in.Now = day(40)
				return in
			}(), "Pending  asks a: Undecided",
		},
		"nobody but the approver is asked":             {in(budgetClaim("a", "100"), said("a", "100", no, 1, 0)), "Declined  asks : Declined"},
		"nobody but the member of a group is asked":    {in(memberClaim("a"), recorded(memberClaim("a"), no, day(1))), "Declined  asks : Declined"},
		"a lead and a sponsor have a line":             {in(leadClaim("a"), leadClaim("a").said("a", no, 1, 0)), "Pending  asks boss: AwaitingDecision, to top 2027-01-28"},
		"without acceptWithin there are fourteen days": {input(a, v1alpha1.Ownership{}, lineOf()), "Pending  asks a: AwaitingDecision, to boss 2027-01-28"},
		"nobody has no time at all":                    {input(a, v1alpha1.Ownership{AcceptWithin: "0s"}, lineOf()), "Pending  asks a: AwaitingDecision, to boss 2027-01-28"},
		"short times are told to the minute":           {input(a, v1alpha1.Ownership{AcceptWithin: "90m"}, lineOf()), "Pending  asks a: AwaitingDecision, to boss 2027-01-14 10:30"},
		"who is trusted need not answer":               {marked(input(a, trusted, lineOf()), day(-300)), "Active a asks : Trusted"},
		"nor when they were silent before":             {input(a, trusted, lineOf(), a.said("a", silent, 1, 0)), "Active a asks : Trusted"},
		"who declined what they are trusted with may":  {input(a, trusted, lineOf(), a.said("a", no, 1, 0)), "Pending  asks boss: AwaitingDecision, to top 2027-01-28"},
		"a mark of another offer is none of this one": {func() Input {
			in := in(a)
			in.Waiting = in.Waiting.With(map[string]string{a.Key(): "other-0"}, map[string]time.Time{a.Key(): day(-300)})
			return in
		}(), "Pending  asks a: AwaitingDecision, to boss 2027-01-28"},
		"a mark of tomorrow is no longer than from now": {marked(in(a), day(12)), "Pending  asks a: AwaitingDecision, to boss 2027-01-28"},
	})
}

func TestOwnersWhoAreNotThereArePassedOver(t *testing.T) {
	yes := store.Accepted
	a, b := kpiClaim("a"), kpiClaim("b")
	without := func(names ...string) Owners {
		all := lineOf()
		for _, name := range names {
			delete(all, name)
		}
		return all
	}
	later := func(in Input, d time.Duration) Input {
		in = marked(in, in.Now)
		in.Now = in.Now.Add(d)
		return in
	}
	checkSentences(t, map[string]struct {
		in   Input
		want string
	}{
		"who left leaves an orphan, and the next one is asked at once": {
			input(a, byLine, lineOf(owner("a", left, reportsTo("boss"))), a.said("a", yes, -9, 0)),
			"Orphaned  asks boss: OwnerLeft, to top 2027-01-28"},
		"who accepted in place of somebody and left, too": {
			input(a, byLine, lineOf(owner("boss", left, reportsTo("top"))), a.said("a", store.Lapsed, 1, 0), a.said("boss", yes, 2, 0)),
			"Orphaned  asks top: OwnerLeft, to spare 2027-01-28"},
		"the one named is asked when another one left": {
			input(b, byLine, lineOf(owner("a", left)), a.said("a", yes, -9, 0)),
			"Pending  asks b: AwaitingDecision, to top 2027-01-28"},
		"who does not exist is waited for": {input(a, byLine, without("a"), a.said("a", yes, -9, 0)),
			"Orphaned  asks : OwnerNotFound, to spare 2027-01-14 10:00"},
		"for an hour": {later(input(a, byLine, without("a")), time.Hour),
			"Orphaned  asks spare: OwnerNotFound, overdue 2027-01-28"},
		"and is in force again when they are back": {input(a, byLine, lineOf(), a.said("a", yes, -9, 0)), "Active a asks : AcceptedByOwner"},
		"also a manager who does not exist": {input(a, byLine, without("boss"), a.said("a", store.Declined, 1, 0)),
			"Pending  asks : AwaitingDecision, to spare 2027-01-14 10:00"},
		"as long as somebody answers for it nobody is asked": {
			later(input(b, byLine, without("b"), a.said("a", yes, -9, 0)), 100*time.Hour), "Active a asks : OwnerNotFound"},
		"who left is not waited for": {input(b, byLine, lineOf(owner("b", left, reportsTo("top"))), a.said("a", yes, -9, 0)),
			"HandingOver a asks top: AwaitingDecision, to spare 2027-01-28"},
	})
}

func TestOwnersAreAskedAgain(t *testing.T) {
	yes, no := store.Accepted, store.Declined
	a, member := kpiClaim("a"), memberClaim("a")
	policy := byLine
	policy.ReverifyEvery = "90d"
	trusting := policy
	trusting.Acceptance = v1alpha1.AcceptanceTrusted
	in := func(claim Claim, at int, decided ...store.Decision) Input {
		in := input(claim, policy, lineOf(), decided...)
		in.Now = day(at)
		return in
	}
	trusted := func(at int, decided ...store.Decision) Input {
		in := in(a, at, decided...)
		in.Policy = trusting
		return in
	}
	checkSentences(t, map[string]struct {
		in   Input
		want string
	}{
		"not before it is time": {in(a, 90, a.said("a", yes, 1, 0)), "Active a asks : AcceptedByOwner, to be confirmed 2027-04-05"},
		"once it is time":       {in(a, 91, a.said("a", yes, 1, 0)), "Active a asks a: AcceptedByOwner"},
		"and as long as it takes": {
			in(a, 900, a.said("a", yes, 1, 0)), "Active a asks a: AcceptedByOwner"},
		"a yes counts from then on": {
			in(a, 95, a.said("a", yes, 1, 0), a.confirmed("a", yes, 93, 1)), "Active a asks : AcceptedByOwner, to be confirmed 2027-07-06"},
		"a no is a handover to the next of the line": {
			in(a, 95, a.said("a", yes, 1, 0), a.confirmed("a", no, 93, 1)), "HandingOver a asks boss: AwaitingDecision, to top 2027-04-23"},
		"they stay when nobody takes it": {in(a, 95, a.said("a", yes, 1, 0), a.confirmed("a", no, 93, 1),
			a.said("boss", no, 94, 0), a.said("top", no, 94, 0), a.said("spare", no, 94, 0)), "Active a asks : Declined"},
		"they are not asked again then": {in(a, 995, a.said("a", yes, 1, 0), a.confirmed("a", no, 93, 1),
			a.said("boss", no, 94, 0), a.said("top", no, 94, 0), a.said("spare", no, 94, 0)), "Active a asks : Declined"},
		"but when they are named anew": {
			func() Input {
				in := in(a, 99, a.said("a", yes, 1, 0), a.confirmed("a", no, 93, 1))
				in.NamedSince = day(98)
				return in
			}(), "Active a asks a: AwaitingDecision, to boss 2027-04-27"},
		"also under trust": {
			func() Input {
				in := trusted(99, a.said("a", yes, 1, 0), a.confirmed("a", no, 93, 1))
				in.NamedSince = day(98)
				return in
			}(), "Active a asks a: AwaitingDecision, to boss 2027-04-27"},
		"somebody else's yes before does not come back": {
			in(a, 95, a.said("b", yes, 1, 0), a.said("a", yes, 2, 0), a.confirmed("a", no, 93, 1)),
			"HandingOver a asks boss: AwaitingDecision, to top 2027-04-23"},
		"who accepted in place of another is asked too": {
			in(a, 95, a.said("a", no, 1, 0), a.said("boss", yes, 2, 0)), "Active boss asks boss: Escalated"},
		"and passes it on": {in(a, 95, a.said("a", no, 1, 0), a.said("boss", yes, 2, 0), a.confirmed("boss", no, 93, 1)),
			"HandingOver boss asks top: AwaitingDecision, to spare 2027-04-23"},
		"only one is asked at a time": {
			in(kpiClaim("b"), 95, a.said("a", yes, 1, 0)), "HandingOver a asks b: AwaitingDecision, to top 2027-04-23"},
		"who was never asked is not asked again": {trusted(300), "Active a asks : Trusted"},
		"who is trusted and accepted is":         {trusted(300, a.said("a", yes, 1, 0)), "Active a asks a: AcceptedByOwner"},
		"a member of a group is":                 {in(member, 91, member.said("a", yes, 1, 0)), "Active a asks a: AcceptedByOwner"},
		"and is none any more once they say no":  {in(member, 95, member.said("a", yes, 1, 0), member.confirmed("a", no, 93, 1)), "Declined  asks : Declined"},
		"what was approved stays approved":       {in(budgetClaim("a", "100"), 900, said("a", "100", yes, 1, 0)), "Active a asks : AcceptedByOwner"},
		"who comes back from leave is told first": {func() Input {
			in := in(a, 80, a.said("a", yes, 1, 0))
			in.Owners = lineOf(owner("a", away(day(70), day(85), "b")))
			return in
		}(), "Active a asks : AcceptedByOwner, back 2027-03-30"},
	})
}

func TestWhoeverSaysNoIsNotSaidToAgree(t *testing.T) {
	a := kpiClaim("a")
	policy := byLine
	policy.ReverifyEvery = "90d"
	tests := map[string]struct {
		decided              []store.Decision
		acceptedAt, verified time.Time
		want                 Verified
	}{
		"accepted": {[]store.Decision{a.said("a", store.Accepted, 1, 0)}, day(1), day(1),
			Verified{true, v1alpha1.ReasonVerified, "a said so on 2027-01-05."}},
		"accepted and confirmed": {[]store.Decision{a.said("a", store.Accepted, -200, 0), a.confirmed("a", store.Accepted, 5, 1)}, day(-200), day(5),
			Verified{true, v1alpha1.ReasonVerified, "a said so on 2027-01-09."}},
		"confirmed, and no more is known": {[]store.Decision{a.confirmed("a", store.Accepted, 5, 1)}, day(5), day(5),
			Verified{true, v1alpha1.ReasonVerified, "a said so on 2027-01-09."}},
		"accepted long ago": {[]store.Decision{a.said("a", store.Accepted, -200, 0)}, day(-200), day(-200),
			Verified{false, v1alpha1.ReasonVerificationDue, "a last said on 2026-06-18 that it is theirs. They stay; offer " +
				OfferID(programID, a, 1) + "v asks them whether it still is."}},
		"accepted, and then no": {[]store.Decision{a.said("a", store.Accepted, -200, 0), a.confirmed("a", store.Declined, 5, 1)}, time.Time{}, time.Time{},
			Verified{false, v1alpha1.ReasonDeclined, "a does not want to keep it."}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := Decide(input(a, policy, lineOf(), test.decided...))
			if !got.AcceptedAt.Equal(test.acceptedAt) || !got.VerifiedAt.Equal(test.verified) {
				t.Errorf("accepted %v, verified %v; want %v, %v", got.AcceptedAt, got.VerifiedAt, test.acceptedAt, test.verified)
			}
			if got.Verified == nil {
				t.Fatal("no condition Verified")
			}
			if diff := cmp.Diff(test.want, *got.Verified); diff != "" {
				t.Errorf("Verified (-want +got):\n%s", diff)
			}
			held := assignment(a, got)
			if Explicit(&held) != !test.acceptedAt.IsZero() {
				t.Errorf("explicit: %v", Explicit(&held))
			}
		})
	}
	if got := Decide(input(a, byLine, lineOf(), a.said("a", store.Accepted, 1, 0))); got.Verified != nil || !got.VerifiedAt.IsZero() {
		t.Errorf("nobody is asked again, and Verified is %+v since %v", got.Verified, got.VerifiedAt)
	}
}

func TestDatesAreThoseOfTheProgramsZone(t *testing.T) {
	in := marked(input(kpiClaim("a"), byLine, lineOf()), day(1))
	in.Zone = time.FixedZone("far east", 15*3600)
	if got := Decide(in).NextText; got != "to boss 2027-01-20" {
		t.Errorf("next: %s", got)
	}
}

func TestBelow(t *testing.T) {
	all := lineOf(owner("c", reportsTo("gone")), owner("d", reportsTo("c")), owner("e", reportsTo("f")), owner("f", reportsTo("e")))
	for name, want := range map[string][]string{
		"top": {"a", "b", "boss", "top"}, "a": {"a"}, "gone": {"c", "d", "gone"}, "e": {"e", "f"},
	} {
		if diff := cmp.Diff(want, all.Below(name)); diff != "" {
			t.Errorf("below %s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMarksOfAnEvidenceLog(t *testing.T) {
	a, member := kpiClaim("a"), memberClaim("a")
	marks := []store.Mark{
		{Scope: "other", Key: a.Key(), Value: "a", Since: day(5)},
		{Scope: MarkScope, Key: a.Key(), Value: "a", Since: day(1)},
		{Scope: MarkScope, Key: member.Key(), Value: "a", Since: day(2)},
		{Scope: WaitScope, Key: a.Key(), Value: "offer-0", Since: day(3)},
		{Scope: WaitScope, Key: missingPrefix + a.Key(), Value: "boss", Since: day(4)},
	}
	for _, test := range []struct {
		claim Claim
		named time.Time
		want  Waiting
	}{
		{a, day(1), Waiting{a.Key(): marks[3], missingPrefix + a.Key(): marks[4]}},
		{kpiClaim("b"), time.Time{}, Waiting{a.Key(): marks[3], missingPrefix + a.Key(): marks[4]}},
		{member, day(2), Waiting{}},
		{leadClaim("a"), time.Time{}, Waiting{}},
	} {
		if got := NamedSince(marks, test.claim); !got.Equal(test.named) {
			t.Errorf("%s named since %v, want %v", test.claim.Key(), got, test.named)
		}
		if diff := cmp.Diff(test.want, WaitingSince(marks, test.claim)); diff != "" {
			t.Errorf("%s waits (-want +got):\n%s", test.claim.Key(), diff)
		}
	}
}
