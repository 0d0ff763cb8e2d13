// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// world is a cluster and an evidence log in miniature: what people wrote, what is stored, and the assignments that a
// controller keeps by observing, deciding, recording and writing, in this order.
type world struct {
	now    time.Time
	policy v1alpha1.Ownership
	owners Owners
	// named has the claims by key; those withdrawn are not made at present.
	named     map[string]Claim
	withdrawn map[string]bool
	log       []store.Decision
	marks     map[string]store.Mark
	// objects are the assignments by name, decisions included, and next when to look again.
	objects map[string]v1alpha1.OwnerAssignment
	next    map[string]time.Time
	// links are the answers that were given by links, by the name of the assignment.
	links map[string]LinkAnswer
}

func newWorld() *world {
	return &world{
		now: monday, owners: Owners{}, named: map[string]Claim{}, withdrawn: map[string]bool{}, marks: map[string]store.Mark{},
		objects: map[string]v1alpha1.OwnerAssignment{}, next: map[string]time.Time{}, links: map[string]LinkAnswer{},
	}
}

func (w *world) name(claim Claim) {
	w.named[claim.Key()] = claim
	delete(w.withdrawn, claim.Key())
}

// unname takes a claim out of its subject: the controller prunes the assignment and forgets since when it was made.
func (w *world) unname(key string) { w.withdrawn[key] = true }

func (w *world) input(claim Claim) Input {
	in := Input{
		Claim: claim, ProgramID: programID, Policy: w.policy, Decisions: w.log, NamedSince: w.marks[claim.Key()].Since,
		Waiting: Waiting{}, Owners: w.owners, Now: w.now,
	}
	for _, key := range []string{claim.Key(), missingPrefix + claim.Key()} {
		if mark, found := w.marks[WaitScope+key]; found {
			in.Waiting[key] = mark
		}
	}
	if link, answered := w.links[claim.Name()]; answered {
		in.Answer = &link
	}
	if object, found := w.objects[claim.Name()]; found {
		in.Existing = &object.Spec
	}
	return in
}

// latest is what the evidence log gives out: the latest decision of each owner on each claim.
func (w *world) latest() []store.Decision {
	latest := map[string]store.Decision{}
	for _, d := range w.log {
		key := strings.Join([]string{d.SubjectKind, d.SubjectName, d.Touchpoint, d.Item, d.Role, d.Owner}, "/")
		if before, found := latest[key]; !found || compareDecisions(before, d) < 0 {
			latest[key] = d
		}
	}
	return slices.Collect(maps.Values(latest))
}

func (w *world) record(d store.Decision) {
	for _, before := range w.log {
		if before.OfferID == d.OfferID {
			return
		}
	}
	w.log = append(w.log, d)
}

func (w *world) mark(claim Claim) {
	if w.withdrawn[claim.Key()] {
		delete(w.marks, claim.Key())
		delete(w.marks, WaitScope+claim.Key())
		delete(w.marks, WaitScope+missingPrefix+claim.Key())
	} else if w.marks[claim.Key()].Value != claim.Owner {
		w.marks[claim.Key()] = store.Mark{Scope: MarkScope, Key: claim.Key(), Value: claim.Owner, Since: w.now}
	}
}

// reconcile does one pass over one claim and reports whether it wrote anything. A crash after some writes, 0 for never, ends it.
func (w *world) reconcile(key string, crashAfter int) bool {
	claim := w.named[key]
	w.mark(claim)
	name := claim.Name()
	if w.withdrawn[key] {
		_, found := w.objects[name]
		delete(w.objects, name)
		delete(w.links, name)
		delete(w.next, name)
		return found
	}
	plan, writes := w.decideAll(claim, crashAfter)
	if crashAfter > 0 && writes >= crashAfter {
		return true
	}
	if link, answered := w.links[name]; answered && (plan.Proposed == nil || link.OfferID != plan.Proposed.OfferID) {
		delete(w.links, name) // it is withdrawn
	}
	before := w.objects[name]
	after := assignment(claim, plan)
	after.Spec.Decision = before.Spec.Decision
	w.objects[name], w.next[name] = after, plan.Next
	return writes > 0 || !sameAssignment(before, after)
}

// decideAll decides, marks offers and records decisions until nothing is left to write.
func (w *world) decideAll(claim Claim, most int) (plan Plan, writes int) {
	for most == 0 || writes < most {
		in := w.input(claim)
		plan = Decide(in)
		switch {
		case plan.Record != nil:
			w.record(*plan.Record)
		case !w.markAll(plan.Marks()):
			return plan, writes
		}
		if writes++; writes > 100 {
			panic("there is always something to record")
		}
	}
	return plan, writes
}

// markAll marks what is waited for, and reports whether that is anything new.
func (w *world) markAll(values map[string]string) (changed bool) {
	for key, value := range values {
		if w.marks[WaitScope+key].Value == value {
			continue
		}
		changed = true
		w.marks[WaitScope+key] = store.Mark{Scope: WaitScope, Key: key, Value: value, Since: w.now}
		if value == "" {
			delete(w.marks, WaitScope+key)
		}
	}
	return changed
}

func sameAssignment(a, b v1alpha1.OwnerAssignment) bool {
	return render(a) == render(b) && sameOffer(a.Spec.Proposed, b.Spec.Proposed)
}

func sameOffer(a, b *v1alpha1.Proposal) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Owner == b.Owner && a.OfferID == b.OfferID && slices.Equal(a.Approvers, b.Approvers)
}

// decide writes what the one asked decides on the offer that the assignment shows.
func (w *world) decide(name string, result v1alpha1.DecisionResult, reason string) bool {
	object := w.objects[name]
	if object.Spec.Proposed == nil {
		return false
	}
	object.Spec.Decision = &v1alpha1.Decision{OfferID: object.Spec.Proposed.OfferID, Result: result, Reason: reason}
	w.objects[name] = object
	return true
}

// click answers the open offer by a link.
func (w *world) click(name string, result store.DecisionResult, reason string) {
	if offer := w.objects[name].Spec.Proposed; offer != nil {
		w.links[name] = LinkAnswer{OfferID: offer.OfferID, Result: result, Reason: reason, At: w.now}
	}
}

// render is an assignment in one line, without its name.
func render(a v1alpha1.OwnerAssignment) string {
	if a.Name == "" {
		return ""
	}
	parts := []string{string(a.Status.Phase), a.Status.Owner}
	if a.Spec.Proposed != nil && a.Spec.Owner != "" {
		parts = append(parts, "asked: "+string(a.Spec.Proposed.Owner))
	}
	if a.Spec.Proposed != nil && a.Status.Phase == v1alpha1.AssignmentOrphaned || a.Spec.Proposed != nil && a.Spec.Owner == "" &&
		a.Status.Owner != "("+a.Status.WaitsFor+")" {
		parts = append(parts, "asked: "+string(a.Spec.Proposed.Owner))
	}
	if a.Status.AcceptedAt != nil {
		parts = append(parts, "accepted "+a.Status.AcceptedAt.Format(time.DateOnly))
	}
	if a.Status.VerifiedAt != nil && !a.Status.VerifiedAt.Equal(a.Status.AcceptedAt) {
		parts = append(parts, "confirmed "+a.Status.VerifiedAt.Format(time.DateOnly))
	}
	if a.Status.ActingUntil != nil {
		parts = append(parts, a.Status.Acting+" acts until "+a.Status.ActingUntil.Format(time.DateOnly))
	}
	for _, c := range a.Status.Conditions {
		if c.Reason != v1alpha1.ReasonAcceptedByOwner && c.Reason != v1alpha1.ReasonAwaitingDecision &&
			c.Reason != v1alpha1.ReasonVerified && c.Reason != string(a.Status.Phase) {
			parts = append(parts, c.Reason)
		}
	}
	if a.Status.Suggested != "" && a.Status.Suggested != a.Status.WaitsFor {
		parts = append(parts, "suggested: "+a.Status.Suggested)
	}
	if a.Status.Next != "" && a.Status.ActingUntil == nil {
		parts = append(parts, a.Status.Next)
	}
	return strings.Join(parts, ", ")
}
