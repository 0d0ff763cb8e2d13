// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import "context"

// MailCount lets a cluster find out that the store was restored from a backup: the mail that has gone out since waits in it again.
type MailCount interface {
	// MailsBegun counts the attempts to send mail of a program that ever began. It only grows, and each is counted before the mail
	// server gets anything: if it is lower than it was once seen, the store is an older copy. 0 for an unknown program.
	MailsBegun(ctx context.Context, programID string) (int64, error)

	// AcceptRestored goes on with a store that is an older copy: it cancels all mail of the program that waits, for nobody knows
	// what of it has gone out, and counts on from the number that was seen. Repeating it changes nothing, nor does a number that
	// is not higher than the count. It returns how many mails were cancelled.
	AcceptRestored(ctx context.Context, programID string, seen int64) (int64, error)
}

// CheckAcceptRestored validates the arguments of AcceptRestored.
func CheckAcceptRestored(programID string, seen int64) error {
	var c check
	c.program(programID)
	if seen < 0 {
		c.fail("seen", "is negative")
	}
	return c.err
}
