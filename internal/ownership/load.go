// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"fmt"
	"slices"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
)

// maxPendingNames is how many waiting assignments an owner's status names.
const maxPendingNames = 10

// Load is what an owner carries.
type Load struct {
	// Accountable counts the things that the owner is accountable for, accepted or trusted; Roles the other roles held.
	Accountable, Roles int32
	// Pending counts the offers that wait for the owner. What the owner is trusted with does not wait.
	Pending int32
	// PendingNames names the assignments of those offers: the first ten by name.
	PendingNames []string
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
	return fmt.Sprintf("Accountable for %d, other roles: %d, offers waiting: %d.", l.Accountable, l.Roles, l.Pending)
}

func (l *Load) count(owner string, assignment *v1alpha1.OwnerAssignment) {
	spec := &assignment.Spec
	switch {
	case string(spec.Owner) == owner && spec.Role == v1alpha1.RoleAccountable:
		l.Accountable++
	case string(spec.Owner) == owner:
		l.Roles++
	case spec.Proposed != nil && string(spec.Proposed.Owner) == owner:
		l.Pending++
		l.PendingNames = append(l.PendingNames, assignment.Name)
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
