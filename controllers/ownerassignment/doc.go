// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package ownerassignment keeps one OwnerAssignment for everything that names an owner.
//
// Subjects is the part that looks at what people write: it makes assignments that are missing and prunes those that nothing
// stands behind any more. Reconciler is the part that looks at one assignment: it records a decision, then moves the spec,
// then reports. A crash in between leaves a recorded decision that the next pass finds in the evidence; an assignment that
// was deleted is made again with whoever accepted still in force.
package ownerassignment
