// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"fmt"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
)

// maxPendingNames is how many waiting assignments an owner's status names.
const maxPendingNames = 10

// Load is what an owner carries.
type Load struct {
	// Accountable counts the things that the owner is accountable for, accepted or trusted; Roles the other roles held.
	Accountable, Roles int32
	// Pending counts the offers that wait for the owner, also to confirm what is theirs. What the owner is trusted with does not
	// wait.
	Pending int32
	// PendingNames names the assignments of those offers: the first ten by name.
	PendingNames []string
	// Since is since when the oldest of them has waited; zero without any.
	Since time.Time
	// Orphaned counts the things that still name this owner, who is not there, and that nobody answers for.
	Orphaned int32
	// Limit is how many things the owner can be accountable for; nil when there is no limit.
	Limit *int32
	// WithinCapacity, Reason and Message are the condition WithinCapacity. A team is judged like a person.
	WithinCapacity bool
	Reason         string
	Message        string
}

// LoadOf counts what an owner carries in the assignments of the program.
func LoadOf(owner *v1alpha1.Owner, policy v1alpha1.Ownership, assignments []v1alpha1.OwnerAssignment) Load {
	load := Load{Limit: policy.MaxPerOwner}
	if owner.Spec.Capacity != nil {
		load.Limit = owner.Spec.Capacity
	}
	for i := range assignments {
		load.count(owner.Name, &assignments[i])
	}
	slices.Sort(load.PendingNames)
	load.PendingNames = load.PendingNames[:min(len(load.PendingNames), maxPendingNames)]
	load.judge()
	return load
}

// Summary says in a sentence what the owner carries.
func (l Load) Summary() string {
	text := fmt.Sprintf("Accountable for %d, other roles: %d, offers waiting: %d.", l.Accountable, l.Roles, l.Pending)
	if l.Orphaned > 0 {
		text += fmt.Sprintf(" Still named for %d that nobody answers for: name other owners there.", l.Orphaned)
	}
	return text
}

func (l *Load) count(owner string, assignment *v1alpha1.OwnerAssignment) {
	spec, status := &assignment.Spec, &assignment.Status
	holds := string(spec.Owner) == owner
	switch {
	case holds && spec.Role == v1alpha1.RoleAccountable:
		l.Accountable++
	case holds:
		l.Roles++
	}
	if offer := spec.Proposed; offer != nil && string(offer.Owner) == owner && (!holds || Confirming(offer.OfferID)) {
		l.wait(assignment)
	}
	if status.Phase == v1alpha1.AssignmentOrphaned && status.Owner == "("+owner+")" {
		l.Orphaned++
	}
}

func (l *Load) wait(assignment *v1alpha1.OwnerAssignment) {
	l.Pending++
	l.PendingNames = append(l.PendingNames, assignment.Name)
	status := &assignment.Status
	if status.OfferedAt == nil || status.WaitsFor != string(assignment.Spec.Proposed.Owner) {
		return // it was offered a moment ago
	}
	if since := status.OfferedAt.Time; l.Since.IsZero() || since.Before(l.Since) {
		l.Since = since
	}
}

func (l *Load) judge() {
	l.WithinCapacity, l.Reason = true, v1alpha1.ReasonWithinCapacity
	switch {
	case l.Limit == nil:
		l.Message = fmt.Sprintf("Accountable for %d; no limit is set.", l.Accountable)
	case l.Accountable <= *l.Limit:
		l.Message = fmt.Sprintf("Accountable for %d of at most %d.", l.Accountable, *l.Limit)
	default:
		l.WithinCapacity, l.Reason = false, v1alpha1.ReasonOverloaded
		l.Message = fmt.Sprintf("Accountable for %d, which is more than %d. Name other owners for some of it, or raise capacity.",
			l.Accountable, *l.Limit)
	}
}
