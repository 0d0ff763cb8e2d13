// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"fmt"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Explicit reports whether the owner in force of an assignment accepted it. Facts count nothing else; the condition Accepted
// answers another question while somebody new is being asked.
func Explicit(assignment *v1alpha1.OwnerAssignment) bool {
	return assignment.Spec.Owner != "" && assignment.Status.AcceptedAt != nil &&
		assignment.Status.Owner == string(assignment.Spec.Owner)
}

// CoverageOf counts who answers for the goals, KPIs, journeys, touchpoints, surveys and initiatives of a program. Claims of
// other roles are left out, and so are assignments that no claim stands behind.
//
//   - subjects: all of them, named or not
//   - owned: somebody is in force (also during a handover, also when trusted)
//   - accepted: those of owned whose owner in force accepted
//   - pending: somebody is asked; during a handover a subject is owned and pending
//   - orphaned: the owner named left or does not exist, and nobody is in force
//   - unowned: no owner is named
//
// A subject whose owner declined while nobody is in force is in none of the last five, and neither is one whose owner cannot be
// asked, because an object about something else has the name of the assignment. Claims of any role that suffer that are
// returned too, in the order given: nothing but these objects shows it.
func CoverageOf(claims []Claim, unowned []v1alpha1.AssignmentSubject, assignments []v1alpha1.OwnerAssignment) (v1alpha1.Coverage, []Claim) {
	byName := make(map[string]*v1alpha1.OwnerAssignment, len(assignments))
	for i := range assignments {
		byName[assignments[i].Name] = &assignments[i]
	}
	coverage := v1alpha1.Coverage{Subjects: int32(len(unowned)), Unowned: int32(len(unowned))}
	var taken []Claim
	for _, claim := range claims {
		assignment := byName[claim.Name()]
		foreign := assignment != nil && !claim.Made(assignment)
		if foreign {
			taken = append(taken, claim)
		}
		if claim.Role != v1alpha1.RoleAccountable {
			continue
		}
		coverage.Subjects++
		switch {
		case assignment == nil:
			coverage.Pending++ // named a moment ago; the offer is on its way
		case !foreign:
			count(&coverage, assignment)
		}
	}
	coverage.Summary = fmt.Sprintf("%d/%d", coverage.Owned, coverage.Subjects)
	return coverage, taken
}

// Taken says that the claim's owner cannot be asked, and what to do.
func (c Claim) Taken() string {
	return fmt.Sprintf("%s is not asked to be %s: the OwnerAssignment %s is about something else. Delete it.", c.Owner, c.Role, c.Name())
}

func count(coverage *v1alpha1.Coverage, assignment *v1alpha1.OwnerAssignment) {
	if assignment.Spec.Owner != "" {
		coverage.Owned++
	}
	if Explicit(assignment) {
		coverage.Accepted++
	}
	switch assignment.Status.Phase {
	case v1alpha1.AssignmentPending, v1alpha1.AssignmentHandingOver, "":
		coverage.Pending++
	case v1alpha1.AssignmentOrphaned:
		coverage.Orphaned++
	}
}
