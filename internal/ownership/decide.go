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
	// Decisions are recorded decisions: at least the latest of each owner about this subject, item and role. Others are
	// ignored, and the order does not matter.
	Decisions []store.Decision
	// NamedSince is since when, without a break, the subject has named this owner (see MarkScope). Somebody who declined
	// is asked again when they were named anew since. Zero means for as long as anybody knows.
	NamedSince time.Time
	Owners     Owners
	Now        time.Time
}

// Decide says where one claim stands.
//
// In force is whoever accepted last, as long as they are there, until the owner whom the subject names accepts. Somebody who
// accepted other terms than the present ones is not: what they said yes to is not what is asked any more. Under the
// policy Trusted the owner named as accountable is in force at once, unless they declined; the offer stays open meanwhile,
// because only an explicit acceptance counts as evidence.
func Decide(in Input) Plan {
	c := situation(in)
	p := Plan{claim: in.Claim, Record: c.record, Ignored: c.ignored}
	named := in.Claim.Owner
	switch {
	case c.holder != nil && c.holder.Owner == named && c.absent == "":
		p.hold(in, named)
		p.AcceptedAt = c.holder.At
		p.say(true, v1alpha1.ReasonAcceptedByOwner, "%s", in.Claim.Terms.after(named+" accepted"))
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
	// absent is why the owner whom the subject names cannot answer for anything; "" when they can.
	absent string
	// holder is the acceptance in force, whether or not its owner is still there; nil when nobody accepted these terms.
	holder *store.Decision
	// declined is that owner's refusal of these terms since they were named; nil when there is none.
	declined *store.Decision
	// offer is the open offer to that owner; "" when there is nothing to ask.
	offer   string
	record  *store.Decision
	ignored string
}

func situation(in Input) circumstances {
	log := decisionsAbout(in.Claim, in.Decisions)
	c := look(in, log)
	if in.Existing == nil || in.Existing.Decision == nil {
		return c
	}
	given := *in.Existing.Decision
	switch {
	case given.OfferID == c.offer:
		answer := log.answer(in.Claim, given, in.Now)
		log.add(answer)
		c = look(in, log)
		c.record = &answer
	case !log.has(given.OfferID):
		c.ignored = given.OfferID
	}
	return c
}

func look(in Input, log decisions) circumstances {
	c := circumstances{absent: in.Owners.Absent(in.Claim.Owner), holder: log.holder(in.Claim.Terms)}
	round := 0
	if mine, decided := log[in.Claim.Owner]; decided {
		round = roundOf(mine.OfferID) + 1
		if mine.Result == store.Declined && mine.Terms == in.Claim.Terms.String() && !mine.At.Before(in.NamedSince) {
			c.declined = &mine
		}
	}
	inForce := c.holder != nil && c.holder.Owner == in.Claim.Owner
	if c.absent == "" && c.declined == nil && !inForce {
		c.offer = OfferID(in.ProgramID, in.Claim, round)
	}
	return c
}

// trusted reports whether the owner named is in force without having been asked.
func (c circumstances) trusted(in Input) bool {
	return c.offer != "" && in.Policy.Acceptance == v1alpha1.AcceptanceTrusted && in.Claim.Role == v1alpha1.RoleAccountable
}
