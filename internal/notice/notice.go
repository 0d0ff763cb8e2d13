// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package notice decides what owners are told about what they answer for: that they are asked, that an offer waits, that
// somebody left. It is pure. Who was told what is evidence, so that nobody is told twice; nothing here is about customers.
package notice

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/ownership"
)

// Kind is what an owner is told.
type Kind string

// The kinds of notices. Those about one offer follow each other; an owner gets the latest that is due only.
const (
	// Offered: the owner is asked.
	Offered Kind = "Offered"
	// Escalated: the owner is asked because somebody below them declined, said nothing, or is not there.
	Escalated Kind = "Escalated"
	// Verify: the owner is asked whether it is still theirs.
	Verify Kind = "Verify"
	// Waiting: half of the time to decide has passed.
	Waiting Kind = "Waiting"
	// Lapsing: the last day to decide has begun.
	Lapsing Kind = "Lapsing"
	// Overdue: the time has passed, and the offer is still theirs because nobody is left to ask.
	Overdue Kind = "Overdue"
	// Orphaned: nobody answers for it, because whoever did left. It goes to the lead of the program.
	Orphaned Kind = "Orphaned"
)

// Notice is something that an owner is to be told about one assignment. It is about work and never about customers.
type Notice struct {
	Kind Kind
	// To is who is told.
	To string
	// Assignment is the name of the OwnerAssignment.
	Assignment string
	Subject    v1alpha1.AssignmentSubject
	Role       v1alpha1.AssignmentRole
	// OfferID is the offer, "" in a notice that asks for no decision.
	OfferID string
	// Terms are what exactly is to be approved, "" where the subject says it all.
	Terms string
	// InForce is who answers for it now, "" when nobody does; Missing is who did, in Orphaned.
	InForce, Missing string
	// InsteadOf is whom the subject names, when To is asked in their place.
	InsteadOf string
	// OfferedAt is since when To has been asked; DecideBy is until when they can decide before others are asked.
	OfferedAt, DecideBy time.Time

	// since is when it came up.
	since time.Time
}

// Key identifies a notice among those to the same owner. It stays the same when every object is deleted and applied again.
func (n Notice) Key() string {
	about := n.OfferID
	if n.Kind == Orphaned {
		about = n.Missing
	}
	return strings.Join([]string{string(n.Kind), n.Assignment, about}, "/")
}

// Scope is the scope of the marks that say which notices an owner got.
func Scope(owner string) string { return "notices/" + owner }

const (
	// lastDay is how long before an offer lapses its owner is told so.
	lastDay = 24 * time.Hour
	// goneFor is how long nobody must have answered for something, and nobody been asked, before the lead is told: while YAML is
	// being applied, owners come after what names them.
	goneFor = time.Hour
	// settles is how long nothing new must have come before an owner is told, so that what comes together is told
	// together; after atLast they are told in any case.
	settles, atLast = 20 * time.Second, 5 * time.Minute
)

// Input is what Due looks at.
type Input struct {
	// Owner is who would be told, Lead who leads the program.
	Owner, Lead string
	Policy      v1alpha1.Ownership
	// Assignments are those of the namespace, or at least those that have to do with the owner.
	Assignments []v1alpha1.OwnerAssignment
	Now         time.Time
}

// Due is what an owner is to be told now, oldest first, whether or not they were told already; and when there may be
// more to tell although nothing happens, zero for never.
func Due(in Input) (due []Notice, next time.Time) {
	for i := range in.Assignments {
		a := &in.Assignments[i]
		switch {
		case asks(a, in.Owner):
			notice, later := offered(a, in)
			due, next = append(due, notice), soonest(next, later)
		case a.Status.Phase == v1alpha1.AssignmentOrphaned && in.Lead == in.Owner:
			notice, later := orphaned(a, in.Owner)
			if !later.IsZero() && in.Now.Before(later) {
				next = soonest(next, later)
				continue
			}
			due = append(due, notice)
		}
	}
	slices.SortFunc(due, func(a, b Notice) int {
		if byTime := a.since.Compare(b.since); byTime != 0 {
			return byTime
		}
		return strings.Compare(a.Key(), b.Key())
	})
	return due, next
}

// Settled says whether what is due and was not told yet can be told now, and when to look again if not: while offers are still
// coming in, one letter about all of them is better than one for each.
func Settled(untold []Notice, now time.Time) (settled bool, again time.Time) {
	var oldest, newest time.Time
	for _, n := range untold {
		oldest = soonest(oldest, n.since)
		if n.since.After(newest) {
			newest = n.since
		}
	}
	again = soonest(newest.Add(settles), oldest.Add(atLast))
	if newest.IsZero() || !now.Before(again) {
		return true, time.Time{}
	}
	return false, again
}

// asks reports whether the assignment, as it was last reported, waits for the owner's decision. What an owner is trusted with
// does not wait; and what was reported of an earlier offer says nothing of when this one was made.
func asks(a *v1alpha1.OwnerAssignment, owner string) bool {
	p := a.Spec.Proposed
	trusted := p != nil && a.Spec.Owner == p.Owner && a.Status.AcceptedAt == nil
	reported := a.Status.ObservedGeneration == a.Generation
	return p != nil && reported && string(p.Owner) == owner && a.Status.WaitsFor == owner && a.Status.OfferedAt != nil && !trusted
}

func offered(a *v1alpha1.OwnerAssignment, in Input) (Notice, time.Time) {
	p := a.Spec.Proposed
	n := Notice{
		Kind: Offered, To: in.Owner, Assignment: a.Name, Subject: a.Spec.Subject, Role: a.Spec.Role, OfferID: p.OfferID, Terms: p.Terms,
		InForce: string(a.Spec.Owner), InsteadOf: string(p.InsteadOf), OfferedAt: a.Status.OfferedAt.Time,
	}
	within := in.Policy.AcceptWithin.Or(ownership.DefaultAcceptWithin)
	n.DecideBy, n.since = n.OfferedAt.Add(within), n.OfferedAt
	switch {
	case a.Spec.Owner == p.Owner:
		n.Kind = Verify
	case p.InsteadOf != "":
		n.Kind = Escalated
	}
	for _, step := range reminders(n, within) {
		if in.Now.Before(step.at) {
			return n, step.at
		}
		n.Kind = step.kind
	}
	return n, time.Time{}
}

// reminder is from when on which notice takes the place of the first.
type reminder struct {
	at   time.Time
	kind Kind
}

func reminders(n Notice, within time.Duration) []reminder {
	all := []reminder{{n.OfferedAt.Add(within / 2), Waiting}}
	if n.Kind == Verify { // whoever does not answer keeps it, and nothing lapses
		return all
	}
	if within > 2*lastDay { // otherwise the last day begins before the reminder
		all = append(all, reminder{n.DecideBy.Add(-lastDay), Lapsing})
	}
	return append(all, reminder{n.DecideBy, Overdue})
}

// orphaned is what the lead is told, and when if not at once: whoever left is replaced by the next of the line right away, while
// somebody who is not there may only not be there yet.
func orphaned(a *v1alpha1.OwnerAssignment, lead string) (Notice, time.Time) {
	n := Notice{
		Kind: Orphaned, To: lead, Assignment: a.Name, Subject: a.Spec.Subject, Role: a.Spec.Role,
		Missing: strings.Trim(a.Status.Owner, "()"),
	}
	if a.Status.OfferedAt != nil {
		n.since = a.Status.OfferedAt.Time
		return n, time.Time{}
	}
	if accepted := meta.FindStatusCondition(a.Status.Conditions, v1alpha1.ConditionAccepted); accepted != nil {
		n.since = accepted.LastTransitionTime.Time
	}
	return n, n.since.Add(goneFor)
}

// soonest is the earlier of two instants, of which zero is none.
func soonest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
