// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"time"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

const (
	// DefaultAcceptWithin is how long an owner is given to decide when the policy does not say.
	DefaultAcceptWithin = 14 * 24 * time.Hour
	// missingFor is how long an Owner must not exist until somebody else is asked. Whoever deletes and applies everything, or
	// applies it in any order, shall not make the operator ask the whole line; who left is said by the owner's state.
	missingFor = time.Hour
)

// Input is everything that Decide looks at.
type Input struct {
	Claim     Claim
	ProgramID string
	// Policy is the Program's spec.ownership.
	Policy v1alpha1.Ownership
	// Existing is the assignment as it is now, nil when there is none yet. Only its decision is looked at.
	Existing *v1alpha1.OwnerAssignmentSpec
	// Answer is what was answered by the link of a mail, nil when nothing was.
	Answer *LinkAnswer
	// Enforced says that admission policies let nobody write another's name into a decision.
	Enforced bool
	// Decisions are recorded decisions: at least the latest of each owner about this subject, item and role. Others are
	// ignored, and the order does not matter. With all of them AcceptedAt is exact; see Plan.
	Decisions []store.Decision
	// NamedSince is since when, without a break, the subject has named this owner (see MarkScope). Whoever declined or was silent
	// is asked again when somebody was named anew since. Zero means for as long as anybody knows.
	NamedSince time.Time
	// Waiting is what the claim waits for as it is marked. What is not marked counts from now on: see Plan.Marks.
	Waiting Waiting
	Owners  Owners
	// Zone is where the dates in texts are; nil is UTC.
	Zone *time.Location
	Now  time.Time
}

// LinkAnswer is what was answered to an offer by the link of a mail.
type LinkAnswer struct {
	OfferID string
	Result  store.DecisionResult
	Reason  string
	At      time.Time
}

// Decide says where one claim stands.
//
// In force is whoever accepted last, as long as they are there, until somebody of the line of the owner named accepts. Asked is
// the first of that line who is there and neither declined nor was silent too long since the subject names that owner; where the
// line comes to the one in force, it ends. Only who is accountable, leads or sponsors has a line: an approver's no is an answer,
// and a shared role is nobody else's. Somebody who accepted other terms than the present ones is not in force: what they said yes
// to is not what is asked any more. Under the policy Trusted the owner named as accountable is in force at once, unless they
// declined; the offer stays open meanwhile, because only an explicit acceptance counts as evidence.
func Decide(in Input) Plan {
	log := decisionsAbout(in.Claim, in.Decisions)
	c := look(in, log)
	record, ignored := c.decision(in, log)
	if record != nil {
		log.add(*record)
		c = look(in, log)
	}
	p := Plan{claim: in.Claim, Record: record, Ignored: ignored, marks: c.marks(in.Claim)}
	switch {
	case c.trusted:
		p.hold(in, in.Claim.Owner)
		p.propose(in, c)
		p.say(false, v1alpha1.ReasonTrusted, "%s is trusted with it and was not asked; it counts as accepted once they accept "+
			"offer %s.", in.Claim.Owner, c.offer)
	case c.inForce != "":
		p.hold(in, c.inForce)
		p.held(in, c, log)
	default:
		p.vacant(in, c)
	}
	p.due(in, c)
	return p
}

// decision is what became of the open offer and is not recorded yet: an answer, or else that it lapsed. ignored is the offer of
// an answer in the object that answers no open one.
func (c circumstances) decision(in Input, log decisions) (record *store.Decision, ignored string) {
	given, ignored := c.written(in, log)
	link := in.Answer
	switch {
	case given != nil:
	case c.open && link != nil && link.OfferID == c.offer:
		given = &answer{result: link.Result, reason: link.Reason, at: link.At, by: decidedByLink + c.asked, means: MeansMailLink}
	case c.lapses && !in.Now.Before(c.deadline):
		given = &answer{result: store.Lapsed, at: in.Now, by: DecidedByNobody, means: MeansTimeout}
	default:
		return nil, ignored
	}
	made := log.record(c.asked, c.offer, *given, in.NamedSince)
	return &made, ignored
}

// written is the answer to the open offer that stands in the object.
func (c circumstances) written(in Input, log decisions) (given *answer, ignored string) {
	if in.Existing == nil || in.Existing.Decision == nil {
		return nil, ""
	}
	written := in.Existing.Decision
	if !c.open || written.OfferID != c.offer {
		if log.offers[written.OfferID] {
			return nil, ""
		}
		return nil, written.OfferID
	}
	given = &answer{
		result: store.DecisionResult(written.Result), reason: written.Reason, at: in.Now, by: DecidedByUnknown, means: MeansResource,
	}
	if in.Enforced && written.By != "" {
		given.by = written.By
	}
	return given, ""
}

// answer is what becomes of an offer.
type answer struct {
	result            store.DecisionResult
	reason, by, means string
	at                time.Time
}
