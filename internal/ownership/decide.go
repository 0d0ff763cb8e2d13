// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"time"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Input is everything that Decide looks at.
type Input struct {
	Claim     Claim
	ProgramID string
	// Policy is the Program's spec.ownership.
	Policy v1alpha1.Ownership
	// Existing is the assignment as it is now, nil when there is none yet. Only its decision is looked at.
	Existing *v1alpha1.OwnerAssignmentSpec
	// Decisions are recorded decisions: at least the latest of each owner about this subject and role. Others are
	// ignored, and the order does not matter.
	Decisions []store.Decision
	// NamedSince is since when, without a break, the subject has named this owner (see MarkScope). Zero means for as
	// long as anybody knows: then nobody who has decided before is asked again.
	NamedSince time.Time
	Owners     Owners
	Now        time.Time
}

// Decide says where one claim stands.
//
// In force is whoever accepted last, as long as they are there, until the owner whom the subject names accepts. Under the
// policy Trusted the owner named as accountable is in force at once, unless they declined this offer; the offer stays open,
// because only an explicit acceptance counts as evidence.
func Decide(in Input) Plan {
	c := situation(in)
	p := Plan{claim: in.Claim, Record: c.record, Ignored: c.ignored}
	named := in.Claim.Owner
	switch {
	case c.holder != nil && c.holder.Owner == named && c.absent == "":
		p.hold(in, named)
		p.AcceptedAt = c.holder.At
		p.say(true, v1alpha1.ReasonAcceptedByOwner, "%s accepted.", named)
	case c.trusted(in):
		p.hold(in, named)
		p.propose(in, c.offer)
		p.say(false, v1alpha1.ReasonTrusted, "%s is trusted with it and was not asked; it counts as accepted once they accept "+
			"offer %s.", named, c.offer)
	case c.holder != nil && in.Owners.Absent(c.holder.Owner) == "":
		p.hold(in, c.holder.Owner)
		p.AcceptedAt = c.holder.At
		p.handOver(in, c)
	default:
		p.vacant(in, c)
	}
	return p
}

// circumstances are what the owners and the recorded decisions say about a claim.
type circumstances struct {
	// offer is the offer to the owner whom the subject names now.
	offer string
	// absent is why that owner cannot answer for anything; "" when they can.
	absent string
	// holder is the acceptance in force, whether or not its owner is still there; nil when nobody ever accepted.
	holder *store.Decision
	// declined is the refusal of the present offer; nil when there is none.
	declined *store.Decision
	record   *store.Decision
	ignored  string
}

func situation(in Input) circumstances {
	c := circumstances{
		offer:  OfferID(in.ProgramID, in.Claim, in.NamedSince),
		absent: in.Owners.Absent(in.Claim.Owner),
	}
	log := decisionsAbout(in.Claim, in.Decisions)
	if in.Existing != nil && in.Existing.Decision != nil {
		c.consider(in, log)
	}
	c.holder = log.holder(c.offer)
	mine, decided := log[in.Claim.Owner]
	if decided && mine.Result == store.Declined && (mine.OfferID == c.offer || in.NamedSince.IsZero()) {
		c.declined = &mine
	}
	return c
}

// consider takes what somebody wrote to spec.decision for an answer if it names the offer that is open now. None is open to
// somebody who is not there, or to the one in force.
func (c *circumstances) consider(in Input, log decisions) {
	given := *in.Existing.Decision
	holder := log.holder(c.offer)
	open := c.absent == "" && (holder == nil || holder.Owner != in.Claim.Owner)
	switch {
	case log.about(given.OfferID) != nil:
		// Recorded already, and the first decision on an offer is final.
	case open && given.OfferID == c.offer:
		answer := log.answer(in.Claim, given, in.Now)
		log.add(answer)
		c.record = &answer
	default:
		c.ignored = given.OfferID
	}
}

func (c circumstances) trusted(in Input) bool {
	return in.Policy.Acceptance == v1alpha1.AcceptanceTrusted && in.Claim.Role == v1alpha1.RoleAccountable &&
		c.absent == "" && c.declined == nil
}
