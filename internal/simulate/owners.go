// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"cmp"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// mostSteps bounds what can happen to one claim; owners who are away every day are no reason to go on for ever.
const mostSteps = 4000

// ownership lets the time pass for everything that is owned. Claims do not depend on each other.
func (r *run) ownership() {
	for _, obj := range r.s.All() {
		for _, claim := range ownership.Subjects(obj) {
			c := &owned{run: r, name: string(claim.Subject.Kind) + "/" + ownership.SubjectText(claim.Subject) + " (" + string(claim.Role) + ")"}
			c.live(ownership.Input{
				Claim: claim, ProgramID: r.program.Spec.ID, Policy: r.program.Spec.Ownership, Decisions: r.evidence.Decisions,
				NamedSince: ownership.NamedSince(r.evidence.Marks, claim), Waiting: ownership.WaitingSince(r.evidence.Marks, claim),
				Owners: r.owners, Zone: program.Zone(r.program), Now: r.Start,
			})
		}
	}
	slices.SortStableFunc(r.decisions, func(a, b store.Decision) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.OfferID, b.OfferID))
	})
}

// owned is something that is owned, as time goes by.
type owned struct {
	*run
	name string
	// offer is the last one that was told of, acting who acted last; overdue says that the last offer is.
	offer, acting string
	overdue       bool
}

func (c *owned) live(in ownership.Input) {
	for range mostSteps {
		plan, settled, records := ownership.Settle(in)
		c.record(records)
		c.offered(plan, in.Now)
		c.acts(plan, in.Now)
		if c.OwnersAccept && plan.WaitsFor != "" && plan.Proposed != nil && in.Answer == nil {
			in = settled
			in.Answer = &ownership.LinkAnswer{OfferID: plan.Proposed.OfferID, Result: store.Accepted, At: in.Now}
			continue
		}
		if plan.Next.IsZero() || plan.Next.After(c.end) {
			return
		}
		in = settled
		in.Now, in.Answer = plan.Next, nil
	}
}

func (c *owned) record(records []store.Decision) {
	c.decisions = append(c.decisions, records...)
	for _, record := range records {
		kind := Accepted
		if record.Result == store.Lapsed {
			kind = OfferLapses
			c.result.Summary.Lapsed++
		}
		c.add(Event{At: record.At, Kind: kind, Who: record.Owner, Names: []string{c.name}})
	}
}

// offered tells of offers that are made, and of those that are overdue.
func (c *owned) offered(plan ownership.Plan, now time.Time) {
	if plan.Proposed == nil || plan.WaitsFor == "" {
		c.offer, c.overdue = "", false
		return
	}
	e := Event{At: now, Kind: OfferMade, Who: plan.WaitsFor, Names: []string{c.name}}
	if id := plan.Proposed.OfferID; id != c.offer {
		c.offer, c.overdue = id, false
		if ownership.Confirming(id) {
			e.Kind = Confirm
		}
		if plan.OfferedAt.IsZero() || !plan.OfferedAt.Before(c.Start) { // else it was made before
			c.result.Summary.Offers++
			c.add(e)
		}
	}
	if late := plan.Overdue(); late && !c.overdue {
		c.overdue = true
		c.result.Summary.Overdue++
		e.Kind = OfferOverdue
		c.add(e)
	}
}

// acts tells when somebody else begins to act.
func (c *owned) acts(plan ownership.Plan, now time.Time) {
	acting := plan.Acting.Name
	if c.acting != "" && acting != "" && acting != c.acting {
		c.add(Event{At: now, Kind: Acts, Who: acting, Object: "Owner/" + plan.Owner, Names: []string{c.name}})
	}
	c.acting = acting
}
