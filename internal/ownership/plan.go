// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Plan is where an assignment stands and what follows.
type Plan struct {
	// Owner is who is in force, "" when nobody is.
	Owner string
	// Proposed is the open offer, nil when there is none.
	Proposed *v1alpha1.Proposal
	Phase    v1alpha1.AssignmentPhase
	// Acting is who acts now; empty when nobody is in force.
	Acting Acting
	// AcceptedAt is when the owner in force accepted; zero when trusted, when nobody is in force, and when the owner's last word
	// was no. When only latest decisions are known, it may be a later yes of theirs. VerifiedAt is that later yes, or the first
	// one; zero where nobody is asked again.
	AcceptedAt, VerifiedAt time.Time
	// WaitsFor is whose decision is waited for; "" while nobody need decide. OfferedAt is since when, zero when that is not marked.
	WaitsFor  string
	OfferedAt time.Time
	// Suggested is who could take over when nobody is in force; "" when there is no one.
	Suggested string
	// Accepted, Reason and Message are the condition Accepted. It is about the owner whom the subject names: during a
	// handover, or when somebody accepted in their place, it is False, while AcceptedAt tells when the one in force accepted.
	Accepted bool
	Reason   string
	Message  string
	// Verified is the condition Verified, nil where nobody is asked whether it is still theirs.
	Verified *Verified
	// Record is what became of the open offer, a decision or that it lapsed, and is not recorded yet. The rest of the plan
	// already counts on it: record it first, and decide again, as what comes next may be due too.
	Record *store.Decision
	// Ignored is the offer named by a decision that answers no open offer and is not recorded; "" when there is none.
	Ignored string
	// Next is when to decide again if nothing happens before, zero for never; NextText says what happens then.
	Next     time.Time
	NextText string

	claim Claim
	marks map[string]string
}

// Marks are the values of WaitScope to be marked: what the claim waits for. The plan holds for the marks that it was decided by:
// where these were others, mark them, and decide again.
func (p Plan) Marks() map[string]string { return p.marks }

// Verified is a condition.
type Verified struct {
	OK              bool
	Reason, Message string
}

// Spec is the spec of the assignment without the decision, which belongs to people.
func (p Plan) Spec() v1alpha1.OwnerAssignmentSpec {
	return v1alpha1.OwnerAssignmentSpec{
		Subject: p.claim.Subject, Role: p.claim.Role, Owner: v1alpha1.Ref(p.Owner), Proposed: p.Proposed,
	}
}

// Report fills in all of the status but conditions. Times are cut to seconds, as the API server keeps them.
func (p Plan) Report(status *v1alpha1.OwnerAssignmentStatus) {
	status.Phase = p.Phase
	status.Subject = SubjectText(p.claim.Subject)
	status.Owner = p.Owner
	if p.Owner == "" {
		status.Owner = "(" + p.claim.Owner + ")"
	}
	status.Acting = ""
	if p.Acting.Name != p.Owner {
		status.Acting = p.Acting.Name
	}
	status.ActingUntil = optionalTime(p.Acting.Until)
	status.AcceptedAt, status.VerifiedAt = optionalTime(p.AcceptedAt), optionalTime(p.VerifiedAt)
	status.WaitsFor, status.OfferedAt = p.WaitsFor, optionalTime(p.OfferedAt)
	status.Next = p.NextText
	status.Suggested = p.Suggested
}

// Conditions are Accepted and, where owners are asked again, Verified: types, statuses, reasons and messages.
func (p Plan) Conditions() []metav1.Condition {
	all := []metav1.Condition{condition(v1alpha1.ConditionAccepted, p.Accepted, p.Reason, p.Message)}
	if v := p.Verified; v != nil {
		all = append(all, condition(v1alpha1.ConditionVerified, v.OK, v.Reason, v.Message))
	}
	return all
}

func condition(conditionType string, ok bool, reason, message string) metav1.Condition {
	status := metav1.ConditionFalse
	if ok {
		status = metav1.ConditionTrue
	}
	return metav1.Condition{Type: conditionType, Status: status, Reason: reason, Message: message}
}

// SubjectText is the subject's name, with the touchpoint or item after a slash.
func SubjectText(subject v1alpha1.AssignmentSubject) string {
	text := string(subject.Name)
	for _, part := range []string{string(subject.Touchpoint), subject.Item} {
		if part != "" {
			text += "/" + part
		}
	}
	return text
}

func optionalTime(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	return &metav1.Time{Time: t.Truncate(time.Second)}
}

func (p *Plan) hold(in Input, owner string) {
	p.Owner = owner
	p.Phase = v1alpha1.AssignmentActive
	p.Acting = in.Owners.ActingFor(owner, in.Now)
}

// propose makes the offer.
func (p *Plan) propose(in Input, c circumstances) {
	if !c.open {
		return
	}
	p.Proposed = &v1alpha1.Proposal{
		Owner: v1alpha1.Ref(c.asked), OfferID: c.offer, Terms: in.Claim.Terms.String(), Approvers: in.Owners.approvers(c.asked),
	}
	if c.asked != in.Claim.Owner && !c.verify {
		p.Proposed.InsteadOf = v1alpha1.Ref(in.Claim.Owner)
	}
	if c.trusted {
		return
	}
	p.WaitsFor = c.asked
	if in.Waiting[in.Claim.Key()].Value == c.offer {
		p.OfferedAt = c.made
	}
}

// held is for a subject that somebody answers for, who stays whatever becomes of an offer.
func (p *Plan) held(in Input, c circumstances, log decisions) {
	named := in.Claim.Owner
	p.AcceptedAt = log.acceptedAt(c.holder)
	p.propose(in, c)
	p.verify(in, c)
	switch {
	case c.asked != "" && !c.verify:
		if c.asked == c.inForce { // who wanted to give it up was named anew
			p.wait(in, c, c.asked+" stays. Waiting for them to decide on offer "+c.offer)
			return
		}
		p.Phase = v1alpha1.AssignmentHandingOver
		p.wait(in, c, c.inForce+" stays until "+c.asked+" accepts offer "+c.offer)
	case c.inForce == named && !c.unwilling:
		p.say(true, v1alpha1.ReasonAcceptedByOwner, "%s", in.Claim.Terms.after(named+" accepted"))
	case c.arrived:
		p.say(false, v1alpha1.ReasonEscalated, "%s answers for it in place of %s%s. Name %s on the subject, or somebody else.",
			c.inForce, named, c.because(in), c.inForce)
	default:
		p.say(false, c.unanswered(), "%s stays%s. Name somebody who is there.", c.inForce, c.because(in))
	}
}

// vacant is for a subject that nobody answers for.
func (p *Plan) vacant(in Input, c circumstances) {
	gone := c.absent
	if gone == "" && c.holder != nil && c.asked != in.Claim.Owner {
		gone = in.Owners.Absent(c.holder.Owner)
	}
	p.propose(in, c)
	switch {
	case gone != "":
		p.Phase = v1alpha1.AssignmentOrphaned
		p.suggest(in, c)
		p.say(false, gone, "%s%s. %s", lacking(in.Claim), c.because(in), p.remedy(c))
	case c.asked == "":
		p.Phase = v1alpha1.AssignmentDeclined
		p.suggest(in, c)
		p.say(false, c.unanswered(), "%s%s. %s", lacking(in.Claim), c.because(in), p.remedy(c))
	default:
		p.Phase = v1alpha1.AssignmentPending
		p.wait(in, c, "Waiting for "+c.asked+" to decide on offer "+c.offer)
	}
}

// wait is for a decision that is waited for.
func (p *Plan) wait(in Input, c circumstances, what string) {
	reason, more := v1alpha1.ReasonAwaitingDecision, ""
	switch {
	case c.overdue(in):
		reason, more = v1alpha1.ReasonUndecided, " The time to decide is over, and nobody comes next: remind them, or name somebody else."
	case !c.open:
		more = " The offer is made on " + in.date(c.made, true) + "."
	}
	p.say(false, reason, "%s%s", in.Claim.Terms.after(what+c.because(in)), more)
}

// suggest names who could take over.
func (p *Plan) suggest(in Input, c circumstances) {
	p.Suggested = c.asked
	if !in.Claim.escalates() {
		p.Suggested = in.Owners.Successor(in.Claim.Owner, string(in.Policy.FallbackOwner))
	}
}

func (p *Plan) say(accepted bool, reason, format string, args ...any) {
	p.Accepted, p.Reason, p.Message = accepted, reason, fmt.Sprintf(format, args...)
	if p.Ignored != "" {
		p.Message += fmt.Sprintf(" The decision on offer %s is ignored: that offer is not open.", p.Ignored)
	}
}

// verify tells whether the one in force said in time that it is still theirs.
func (p *Plan) verify(in Input, c circumstances) {
	if !in.Claim.verified() || positive(in.Policy.ReverifyEvery, 0) == 0 {
		return
	}
	said, due := in.date(c.holder.At, false), in.verifyAt(c)
	if c.unwilling {
		p.Verified = &Verified{Reason: v1alpha1.ReasonDeclined, Message: fmt.Sprintf("%s does not want to keep it.", c.inForce)}
		return
	}
	p.VerifiedAt = c.holder.At
	if in.Now.Before(due) {
		p.Verified = &Verified{OK: true, Reason: v1alpha1.ReasonVerified, Message: fmt.Sprintf("%s said so on %s.", c.inForce, said)}
		return
	}
	p.Verified = &Verified{
		Reason:  v1alpha1.ReasonVerificationDue,
		Message: fmt.Sprintf("%s last said on %s that it is theirs. They stay; %s.", c.inForce, said, c.confirmation()),
	}
}
