// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"cmp"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// circumstances are what the owners and the recorded decisions say about a claim.
type circumstances struct {
	// absent is why the owner whom the subject names cannot answer for anything; "" when they can.
	absent string
	// holder is the decision by which somebody is in force, whether or not they are still there; nil when nobody accepted these
	// terms. inForce is who that is, if they are there, and unwilling says that their last word was no.
	holder    *store.Decision
	inForce   string
	unwilling bool
	// passed are those of the line who cannot or did not accept, up to the one asked.
	passed []step
	// arrived says that the line led to the one in force: nobody is asked.
	arrived bool
	// missing is the first before the one asked who does not exist, which may change in a moment; "" when all do.
	missing string
	// asked is whose decision is waited for, and then who comes after them, up to the one in force; "" for nobody.
	asked, then string
	// offer is the offer to them, and verify says that it is to the one in force because a confirmation is due.
	offer  string
	verify bool
	// made is when the offer opens or did, open that it does, and deadline when acceptWithin is over.
	made, deadline time.Time
	open           bool
	// lapses says that the offer lapses then.
	lapses bool
	// trusted says that the owner named is in force without having been asked.
	trusted bool
}

// step is one of a line who was passed over, and why.
type step struct {
	owner string
	// absent is why they are not there, refusal what they said or that they said nothing.
	absent  string
	refusal *store.Decision
}

// escalates reports whether somebody else of the line is asked when an owner does not accept.
func (c Claim) escalates() bool {
	switch c.Role {
	case v1alpha1.RoleAccountable, v1alpha1.RoleLead, v1alpha1.RoleSponsor:
		return true
	default:
		return false
	}
}

// verified reports whether owners are asked from time to time whether it is still theirs. What was approved stays approved.
func (c Claim) verified() bool { return c.Role != v1alpha1.RoleApprover }

// line are those who may be asked, the owner named first.
func (in Input) line() []string {
	line := []string{in.Claim.Owner}
	if !in.Claim.escalates() {
		return line
	}
	line = append(line, in.Owners.Line(in.Claim.Owner)...)
	if fallback := string(in.Policy.FallbackOwner); fallback != "" && !slices.Contains(line, fallback) {
		line = append(line, fallback)
	}
	return line
}

func look(in Input, log decisions) circumstances {
	c := circumstances{absent: in.Owners.Absent(in.Claim.Owner), holder: log.holder(in.Claim.Terms)}
	if c.holder != nil && in.Owners.Absent(c.holder.Owner) == "" {
		c.inForce, c.unwilling = c.holder.Owner, c.holder.Result != store.Accepted
	}
	c.walk(in, log)
	if c.asked == "" && in.verification(c) && !in.Now.Before(in.verifyAt(c)) {
		c.asked, c.verify = c.inForce, true
	}
	if c.asked != "" {
		c.offered(in, log)
	}
	return c
}

// walk goes along the line to the first who is to be asked, and on to the next after them.
func (c *circumstances) walk(in Input, log decisions) {
	for _, owner := range in.line() {
		next := c.step(in, log, owner)
		switch {
		case owner == c.inForce && !c.unwilling:
			if c.arrived = c.asked == ""; !c.arrived {
				c.then = owner
			}
			return
		case next.free() && c.asked != "":
			c.then = owner
			return
		case next.free():
			c.asked = owner
		case c.asked == "" && !c.pass(next):
			return
		}
	}
}

// pass passes over a step, and reports whether to go on. While somebody answers for it, there is time to find out who was meant
// by the name of an owner who does not exist.
func (c *circumstances) pass(s step) bool {
	if s.absent == v1alpha1.ReasonOwnerNotFound {
		c.missing = cmp.Or(c.missing, s.owner)
		if c.inForce != "" {
			return false
		}
	}
	c.passed = append(c.passed, s)
	return true
}

func (c *circumstances) step(in Input, log decisions, owner string) step {
	s := step{owner: owner, absent: in.Owners.Absent(owner), refusal: log.refusal(owner, in.NamedSince)}
	if s.refusal != nil && s.refusal.Result == store.Lapsed && owner == in.Claim.Owner && in.trusts() {
		s.refusal = nil // who is trusted need not answer
	}
	return s
}

// free reports whether the owner of a step can be asked.
func (s step) free() bool { return s.absent == "" && s.refusal == nil }

// offered finds out about the offer to the one asked.
func (c *circumstances) offered(in Input, log decisions) {
	to := in.Claim
	to.Owner = c.asked
	c.offer = OfferID(in.ProgramID, to, log.round(c.asked))
	if c.asked == c.inForce {
		c.offer += confirming
	}
	c.made = in.Now
	if c.missing != "" && !c.verify {
		c.made = in.Waiting.since(missingPrefix+in.Claim.Key(), c.missing, in.Now).Add(missingFor)
	}
	c.open = !in.Now.Before(c.made)
	if c.open {
		c.made = in.Waiting.since(in.Claim.Key(), c.offer, in.Now)
	}
	c.trusted = c.asked == in.Claim.Owner && c.asked != c.inForce && in.trusts()
	c.deadline = c.made.Add(positive(in.Policy.AcceptWithin, DefaultAcceptWithin))
	c.lapses = c.open && c.then != "" && !c.trusted
}

// marks are what to mark as waited for. While nobody is asked because somebody does not exist, the offer that was waited for is
// left alone: when they are back, it is as old as it was.
func (c circumstances) marks(claim Claim) map[string]string {
	marks := map[string]string{missingPrefix + claim.Key(): c.missing}
	switch {
	case c.open:
		marks[claim.Key()] = c.offer
	case c.missing == "":
		marks[claim.Key()] = ""
	}
	return marks
}

// overdue reports whether the one asked, after whom nobody comes, has had their time.
func (c circumstances) overdue(in Input) bool {
	return c.open && !c.verify && !c.trusted && !in.Now.Before(c.deadline)
}

// trusts reports whether the owner named need not accept.
func (in Input) trusts() bool {
	return in.Policy.Acceptance == v1alpha1.AcceptanceTrusted && in.Claim.Role == v1alpha1.RoleAccountable
}

// verification reports whether the one in force is asked from time to time whether it is still theirs.
func (in Input) verification(c circumstances) bool {
	return c.inForce != "" && !c.unwilling && in.Claim.verified() && positive(in.Policy.ReverifyEvery, 0) > 0
}

// verifyAt is when the one in force is asked again.
func (in Input) verifyAt(c circumstances) time.Time {
	return c.holder.At.Add(positive(in.Policy.ReverifyEvery, 0))
}

// positive is a length of time, or the fallback when there is none.
func positive(d v1alpha1.Duration, fallback time.Duration) time.Duration {
	if length := d.Or(fallback); length > 0 {
		return length
	}
	return fallback
}
