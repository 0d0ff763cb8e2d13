// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import "context"

// Cases leads from a follow-up to the person it is about. Objects in the cluster do not.
type Cases interface {
	// FollowedUp finds whom a follow-up is about, and what they answered, so that its owner can call back. id is that of the
	// FollowUp. ErrGone when nothing leads to a person (any more): there is no such follow-up, the wave is Anonymous, the
	// person did not agree to be contacted or was erased, or the answer came from elsewhere or was dropped.
	FollowedUp(ctx context.Context, programID, id string) (FollowedUp, error)
}

// FollowedUp is a person whom somebody has to answer, and what about.
type FollowedUp struct {
	// Contact has a Key only when the person is on no list any more.
	Contact Contact
	// OptedOut and Invalid say why a mail would be wrong or in vain: the address opted out of surveys, or bounced for good.
	OptedOut, Invalid bool
	Answer            StoredAnswer
}

// CheckFollowedUp validates the arguments of FollowedUp.
func CheckFollowedUp(programID, id string) error {
	var c check
	c.program(programID)
	c.name("id", id)
	return c.err
}
