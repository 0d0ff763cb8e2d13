// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package notice_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/notice"
)

const day = 24 * time.Hour

var monday = time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC)

// asked is an assignment that waits for an owner since monday.
func asked(name, owner string, change ...func(*v1alpha1.OwnerAssignment)) v1alpha1.OwnerAssignment {
	a := v1alpha1.OwnerAssignment{ObjectMeta: metav1.ObjectMeta{Name: name}}
	a.Spec.Subject = v1alpha1.AssignmentSubject{Kind: v1alpha1.SubjectKPI, Name: v1alpha1.Ref(name)}
	a.Spec.Role = v1alpha1.RoleAccountable
	a.Spec.Proposed = &v1alpha1.Proposal{Owner: v1alpha1.Ref(owner), OfferID: "offer-" + name}
	a.Status.Phase = v1alpha1.AssignmentPending
	a.Status.WaitsFor, a.Status.OfferedAt = owner, &metav1.Time{Time: monday}
	for _, c := range change {
		c(&a)
	}
	return a
}

func kinds(notices []notice.Notice) []notice.Kind {
	var all []notice.Kind
	for _, n := range notices {
		all = append(all, n.Kind)
	}
	return all
}

func TestWhatAnOwnerIsToldAsTimePasses(t *testing.T) {
	inPlace := func(a *v1alpha1.OwnerAssignment) { a.Spec.Proposed.InsteadOf = "store-lead" }
	again := func(a *v1alpha1.OwnerAssignment) {
		a.Spec.Owner, a.Status.AcceptedAt = "head-of-cx", &metav1.Time{Time: monday.AddDate(-1, 0, 0)}
	}
	for _, c := range []struct {
		name   string
		change func(*v1alpha1.OwnerAssignment)
		within v1alpha1.Duration
		after  time.Duration
		want   notice.Kind
		next   time.Duration
	}{
		{"asked just now", nil, "", 0, notice.Offered, 7 * day},
		{"asked in somebody's place", inPlace, "", 0, notice.Escalated, 7 * day},
		{"asked whether it is still theirs", again, "", 0, notice.Verify, 7 * day},
		{"before half of the time", nil, "", 7*day - 1, notice.Offered, 7 * day},
		{"half of the time", nil, "", 7 * day, notice.Waiting, 13 * day},
		{"half of the time, in somebody's place", inPlace, "", 7 * day, notice.Waiting, 13 * day},
		{"the last day", nil, "", 13 * day, notice.Lapsing, 14 * day},
		{"nobody is left to ask", nil, "", 14 * day, notice.Overdue, 0},
		{"who confirms late loses nothing", again, "", 14 * day, notice.Waiting, 0},
		{"two days: the last one is no news", nil, "2d", day, notice.Waiting, 2 * day},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := asked("nps", "head-of-cx")
			if c.change != nil {
				c.change(&a)
			}
			due, next := notice.Due(notice.Input{
				Owner: "head-of-cx", Lead: "ceo", Policy: v1alpha1.Ownership{AcceptWithin: c.within},
				Assignments: []v1alpha1.OwnerAssignment{a}, Now: monday.Add(c.after),
			})
			if diff := cmp.Diff([]notice.Kind{c.want}, kinds(due)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			want := monday.Add(c.next)
			if c.next == 0 {
				want = time.Time{}
			}
			if !next.Equal(want) {
				t.Errorf("next %v, want %v", next, want)
			}
		})
	}
}

func TestWhoIsNotTold(t *testing.T) {
	trusted := asked("trusted", "head-of-cx", func(a *v1alpha1.OwnerAssignment) { a.Spec.Owner = "head-of-cx" })
	behind := asked("behind", "head-of-cx", func(a *v1alpha1.OwnerAssignment) { a.Status.WaitsFor = "store-lead" })
	settled := asked("settled", "head-of-cx", func(a *v1alpha1.OwnerAssignment) { a.Spec.Proposed = nil })
	others := asked("others", "store-lead")
	due, next := notice.Due(notice.Input{
		Owner: "head-of-cx", Assignments: []v1alpha1.OwnerAssignment{trusted, behind, settled, others}, Now: monday,
	})
	if len(due) > 0 || !next.IsZero() {
		t.Errorf("told %v, next %v", due, next)
	}
}

func TestTheLeadHearsOfWhatNobodyAnswersFor(t *testing.T) {
	orphan := asked("nps", "head-of-cx", func(a *v1alpha1.OwnerAssignment) {
		a.Status.Phase, a.Status.Owner = v1alpha1.AssignmentOrphaned, "(analyst)"
		a.Spec.Proposed.InsteadOf = "analyst"
	})
	all := []v1alpha1.OwnerAssignment{orphan}
	for owner, want := range map[string][]notice.Kind{
		"ceo": {notice.Orphaned}, "head-of-cx": {notice.Escalated}, "store-lead": nil,
	} {
		due, _ := notice.Due(notice.Input{Owner: owner, Lead: "ceo", Assignments: all, Now: monday})
		if diff := cmp.Diff(want, kinds(due)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", owner, diff)
		}
	}
	// While YAML is being applied, an owner may only not be there yet: nobody is asked, and nobody told.
	unasked := []v1alpha1.OwnerAssignment{*orphan.DeepCopy()}
	unasked[0].Spec.Proposed, unasked[0].Status.OfferedAt, unasked[0].Status.WaitsFor = nil, nil, ""
	unasked[0].Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionAccepted, LastTransitionTime: metav1.Time{Time: monday}}}
	for after, want := range map[time.Duration][]notice.Kind{time.Hour - 1: nil, time.Hour: {notice.Orphaned}} {
		due, next := notice.Due(notice.Input{Owner: "ceo", Lead: "ceo", Assignments: unasked, Now: monday.Add(after)})
		if diff := cmp.Diff(want, kinds(due)); diff != "" || (want == nil) != next.Equal(monday.Add(time.Hour)) {
			t.Errorf("after %s, next %v (-want +got):\n%s", after, next, diff)
		}
	}
	// The offer goes on along the line; that analyst left is told once.
	before, _ := notice.Due(notice.Input{Owner: "ceo", Lead: "ceo", Assignments: all, Now: monday})
	all[0].Spec.Proposed.OfferID = "another-offer"
	after, _ := notice.Due(notice.Input{Owner: "ceo", Lead: "ceo", Assignments: all, Now: monday})
	if before[0].Key() != after[0].Key() || before[0].Key() != "Orphaned/nps/analyst" {
		t.Errorf("keys %s and %s", before[0].Key(), after[0].Key())
	}
}

func TestAnOfferThatIsNotReportedYetWaits(t *testing.T) {
	a := asked("budget", "head-of-cx", func(a *v1alpha1.OwnerAssignment) { a.Generation, a.Status.ObservedGeneration = 2, 1 })
	for reported, want := range []int{0: 0, 1: 0, 2: 1} {
		a.Status.ObservedGeneration = int64(reported)
		due, next := notice.Due(notice.Input{Owner: "head-of-cx", Assignments: []v1alpha1.OwnerAssignment{a}, Now: monday.AddDate(1, 0, 0)})
		if len(due) != want || !next.IsZero() {
			t.Errorf("generation %d is reported: due %v, next %v", reported, due, next)
		}
	}
}

func TestOffersThatComeTogetherAreToldTogether(t *testing.T) {
	due := func(offsets ...time.Duration) []notice.Notice {
		var all []v1alpha1.OwnerAssignment
		for i, offset := range offsets {
			all = append(all, asked(string(rune('a'+i)), "head-of-cx", func(a *v1alpha1.OwnerAssignment) {
				a.Status.OfferedAt = &metav1.Time{Time: monday.Add(offset)}
			}))
		}
		notices, _ := notice.Due(notice.Input{Owner: "head-of-cx", Assignments: all, Now: monday})
		return notices
	}
	orphans := []notice.Notice{{Kind: notice.Orphaned}}
	for _, c := range []struct {
		name    string
		due     []notice.Notice
		after   time.Duration
		settled bool
		again   time.Duration
	}{
		{"just asked", due(0), 0, false, 20 * time.Second},
		{"nothing new since", due(0), 20 * time.Second, true, 0},
		{"another one came", due(0, 15*time.Second), 20 * time.Second, false, 35 * time.Second},
		{"they keep coming", due(0, 295*time.Second), 300*time.Second - 1, false, 300 * time.Second},
		{"they keep coming, and the first has waited long", due(0, 295*time.Second), 300 * time.Second, true, 0},
		{"nothing to wait for", orphans, 0, true, 0},
	} {
		settled, again := notice.Settled(c.due, monday.Add(c.after))
		want := monday.Add(c.again)
		if c.again == 0 {
			want = time.Time{}
		}
		if settled != c.settled || !again.Equal(want) {
			t.Errorf("%s: got %t, %v; want %t, %v", c.name, settled, again, c.settled, want)
		}
	}
}

func TestManyNoticesAreOneLetterADay(t *testing.T) {
	list := func(n int) []notice.Notice { return make([]notice.Notice, n) }
	for _, c := range []struct {
		name            string
		untold          int
		today           notice.Today
		singles, digest int
	}{
		{"a few", 3, notice.Today{}, 3, 0},
		{"many", 4, notice.Today{}, 0, 4},
		{"many, after today's digest", 4, notice.Today{Digest: true}, 0, 0},
		{"one more, after today's digest", 1, notice.Today{Digest: true}, 1, 0},
		{"the last letter of the day", 1, notice.Today{Singles: 4}, 1, 0},
		{"no more letters today", 1, notice.Today{Singles: 5}, 0, 1},
		{"no more letters today, nor digests", 1, notice.Today{Singles: 5, Digest: true}, 0, 0},
		{"nothing", 0, notice.Today{Singles: 5, Digest: true}, 0, 0},
	} {
		singles, digest := notice.Bundle(list(c.untold), c.today)
		if len(singles) != c.singles || len(digest) != c.digest {
			t.Errorf("%s: %d singles and %d in a digest, want %d and %d", c.name, len(singles), len(digest), c.singles, c.digest)
		}
	}
}
