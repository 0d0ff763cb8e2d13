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
	// AcceptedAt is when the owner in force accepted; zero when trusted or when nobody is in force.
	AcceptedAt time.Time
	// Suggested is who could take over when nobody is in force and nobody is asked; "" when there is no one.
	Suggested string
	// Accepted, Reason and Message are the condition Accepted. It is about the owner whom the subject names: during a
	// handover it is False, while AcceptedAt tells when the one still in force accepted.
	Accepted bool
	Reason   string
	Message  string
	// Record is the decision that answers the open offer and is not recorded yet. The rest of the plan already counts
	// on it: record it first, and decide again if the log answers with another one.
	Record *store.Decision
	// Ignored is the offer named by a decision that answers no open offer and is not recorded; "" when there is none.
	Ignored string
	// Next is when to decide again if nothing happens before; zero means never.
	Next time.Time

	claim Claim
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
	status.AcceptedAt = optionalTime(p.AcceptedAt)
	status.Suggested = p.Suggested
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
	p.Next = in.Owners.NextActing(owner, in.Now)
}

func (p *Plan) propose(in Input, offer string) {
	p.Proposed = &v1alpha1.Proposal{
		Owner: v1alpha1.Ref(in.Claim.Owner), OfferID: offer, Terms: in.Claim.Terms.String(), Approvers: in.Owners.approvers(in.Claim.Owner),
	}
}

// handOver is for a subject that names somebody else than the one in force, who stays whatever becomes of the offer.
func (p *Plan) handOver(in Input, c circumstances) {
	named := in.Claim.Owner
	switch {
	case c.absent != "":
		p.say(false, c.absent, "%s stays, because %s. Name somebody who is there.", p.Owner, why(named, c.absent))
	case c.declined != nil:
		p.say(false, v1alpha1.ReasonDeclined, "%s stays, because %s declined (spec.decision says why). Name somebody else.", p.Owner, named)
	default:
		p.Phase = v1alpha1.AssignmentHandingOver
		p.propose(in, c.offer)
		p.say(false, v1alpha1.ReasonAwaitingDecision, "%s",
			in.Claim.Terms.after(fmt.Sprintf("%s stays until %s accepts offer %s", p.Owner, named, c.offer)))
	}
}

// vacant is for a subject that nobody answers for.
func (p *Plan) vacant(in Input, c circumstances) {
	named := in.Claim.Owner
	switch {
	case c.absent != "":
		p.Phase = v1alpha1.AssignmentOrphaned
		p.say(false, c.absent, "%s, because %s. %s", lacking(in.Claim), why(named, c.absent), p.remedy(in))
	case c.declined != nil:
		p.Phase = v1alpha1.AssignmentDeclined
		p.say(false, v1alpha1.ReasonDeclined, "%s, because %s declined (spec.decision says why). %s", lacking(in.Claim), named, p.remedy(in))
	default:
		p.Phase = v1alpha1.AssignmentPending
		p.propose(in, c.offer)
		p.say(false, v1alpha1.ReasonAwaitingDecision, "%s",
			in.Claim.Terms.after(fmt.Sprintf("Waiting for %s to decide on offer %s", named, c.offer)))
	}
}

// lacking is what is amiss while nobody is in force.
func lacking(claim Claim) string {
	if claim.Terms.Text == "" {
		return "Nobody answers for it"
	}
	return "Not approved (" + claim.Terms.Text + ")"
}

func (p *Plan) remedy(in Input) string {
	p.Suggested = in.Owners.Successor(in.Claim.Owner, string(in.Policy.FallbackOwner))
	if p.Suggested == "" {
		return "Name somebody who is there."
	}
	return "Name somebody who is there, e.g. " + p.Suggested + "."
}

func (p *Plan) say(accepted bool, reason, format string, args ...any) {
	p.Accepted, p.Reason, p.Message = accepted, reason, fmt.Sprintf(format, args...)
	if p.Ignored != "" {
		p.Message += fmt.Sprintf(" The decision on offer %s is ignored: that offer is not open.", p.Ignored)
	}
}

func why(owner, absent string) string {
	if absent == v1alpha1.ReasonOwnerLeft {
		return owner + " left"
	}
	return "there is no Owner " + owner
}
