// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"fmt"
	"strings"
	"time"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// because says why somebody was passed over, or that the one named is not there: with a comma before, "" when there is nothing
// to say.
func (c circumstances) because(in Input) string {
	var reasons []string
	for _, s := range c.passed {
		reasons = append(reasons, s.why(in))
	}
	if len(c.passed) == 0 && c.absent != "" {
		reasons = append(reasons, step{owner: in.Claim.Owner, absent: c.absent}.why(in))
	}
	// Whoever was in force and is not of the line is not passed over, but missed.
	if c.holder != nil && c.inForce == "" && !c.names(c.holder.Owner) && c.asked != in.Claim.Owner {
		reasons = append(reasons, step{owner: c.holder.Owner, absent: in.Owners.Absent(c.holder.Owner)}.why(in))
	}
	if len(reasons) == 0 {
		return ""
	}
	return ", because " + strings.Join(reasons, ", ")
}

func (c circumstances) names(owner string) bool {
	for _, s := range c.passed {
		if s.owner == owner {
			return true
		}
	}
	return false
}

func (s step) why(in Input) string {
	switch {
	case s.absent == v1alpha1.ReasonOwnerLeft:
		return s.owner + " left"
	case s.absent != "":
		return "there is no Owner " + s.owner
	case s.refusal.Result == store.Lapsed:
		return s.owner + " said nothing"
	case in.Existing != nil && in.Existing.Decision != nil && in.Existing.Decision.OfferID == s.refusal.OfferID:
		return s.owner + " declined (spec.decision says why)"
	}
	return s.owner + " declined"
}

// unanswered is the reason when nobody is left to ask: why the one named does not answer for it.
func (c circumstances) unanswered() string {
	if c.absent != "" {
		return c.absent
	}
	for _, s := range c.passed {
		if s.refusal != nil && s.refusal.Result == store.Declined {
			return v1alpha1.ReasonDeclined
		}
	}
	return v1alpha1.ReasonUndecided
}

// lacking is what is amiss while nobody is in force.
func lacking(claim Claim) string {
	if claim.Terms.Text == "" {
		return "Nobody answers for it"
	}
	return "Not approved (" + claim.Terms.Text + ")"
}

// remedy is what follows, or what to do.
func (p *Plan) remedy(c circumstances) string {
	switch {
	case c.open:
		return fmt.Sprintf("Waiting for %s to decide on offer %s.", c.asked, c.offer)
	case p.Suggested != "":
		return "Name somebody who is there, e.g. " + p.Suggested + "."
	}
	return "Name somebody who is there."
}

// confirmation says whether the one in force is asked for one.
func (c circumstances) confirmation() string {
	if c.verify {
		return "offer " + c.offer + " asks them whether it still is"
	}
	return "they are asked once " + c.asked + " has decided"
}

// due finds out what changes by itself next. Its words are for a column of a table: short, and without the names that stand in
// others.
func (p *Plan) due(in Input, c circumstances) {
	if c.asked != "" && !c.verify && !c.trusted {
		p.dueOffer(in, c)
	}
	if p.Owner == "" {
		return
	}
	if at := in.Owners.NextActing(p.Owner, in.Now); !at.IsZero() {
		what := "back "
		if acts := in.Owners.ActingFor(p.Owner, at).Name; acts != p.Owner {
			what = acts + " acts "
		}
		p.then(in.Now, at, what+in.date(at, false))
	}
	if !c.trusted && in.verification(c) {
		p.then(in.Now, in.verifyAt(c), "to be confirmed "+in.date(in.verifyAt(c), false))
	}
}

func (p *Plan) dueOffer(in Input, c circumstances) {
	exact := c.deadline.Sub(c.made) < 48*time.Hour
	switch {
	case !c.open:
		p.then(in.Now, c.made, "to "+c.asked+" "+in.date(c.made, true))
	case c.lapses && c.then == c.inForce:
		p.then(in.Now, c.deadline, "stays "+in.date(c.deadline, exact))
	case c.lapses:
		p.then(in.Now, c.deadline, "to "+c.then+" "+in.date(c.deadline, exact))
	default:
		p.then(in.Now, c.deadline, "overdue "+in.date(c.deadline, exact))
	}
}

// then notes something that happens by itself, if it is the first to come.
func (p *Plan) then(now, at time.Time, what string) {
	if at.After(now) && (p.Next.IsZero() || at.Before(p.Next)) {
		p.Next, p.NextText = at, what
	}
}

// date is a day in the program's zone, to the minute when it must be.
func (in Input) date(at time.Time, exact bool) string {
	zone := in.Zone
	if zone == nil {
		zone = time.UTC
	}
	if exact {
		return at.In(zone).Format("2006-01-02 15:04")
	}
	return at.In(zone).Format(time.DateOnly)
}
