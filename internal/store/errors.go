// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrUnavailable wraps every failure that is the store's own: closed, disk full, broken file. Waiting may
	// help; changing the record does not.
	ErrUnavailable = errors.New("the evidence store is unavailable")
	// ErrNotClaimed means that nobody claimed the program id. Claim it first.
	ErrNotClaimed = errors.New("the program id is not claimed in the evidence store")
	// ErrInvalid means that the record itself breaks a rule; the message names the field. Repeating is no use.
	ErrInvalid = errors.New("invalid evidence record")
	// ErrGone means that a link or a wave takes nothing (any more). Strangers must not learn why.
	ErrGone = errors.New("nothing is taken here")
	// ErrLocked means that another process has the store open.
	ErrLocked = errors.New("the evidence store is in use by another process")
)

// InUseError says that a program id belongs to another namespace.
type InUseError struct {
	ID     string
	Holder Holder
	// Since is when the holder claimed it.
	Since time.Time
	// AdoptedBefore is true when the requested adoption was already carried out once and the id has moved back
	// since: it is not repeated, or two namespaces could take the id from each other for ever.
	AdoptedBefore bool
}

// Error names the holder and what to do.
func (e *InUseError) Error() string {
	if e.AdoptedBefore {
		return fmt.Sprintf("program id %q is held by namespace %q again after it was adopted from there once: "+
			"an adoption is carried out only once; choose another id", e.ID, e.Holder.Namespace)
	}
	return fmt.Sprintf("program id %q is in use by namespace %q: choose another id, or adopt it from "+
		"namespace UID %s", e.ID, e.Holder.Namespace, e.Holder.NamespaceUID)
}

func invalid(field, problem string) error {
	return fmt.Errorf("%w: %s %s", ErrInvalid, field, problem)
}
