// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"

	"github.com/cx-operator/cx-operator/internal/store"
)

// MailsBegun counts attempts.
func (s *Store) MailsBegun(ctx context.Context, programID string) (int64, error) {
	begun, err := first(s.asks(ctx), scanInt, `SELECT begun FROM mail_counts WHERE program_id = ?`, programID)
	return valueOr(begun, 0), failure(ctx, "count mails", err)
}

// countMail counts an attempt, in the transaction in which it begins.
func (t *txn) countMail(programID string) error {
	_, err := t.exec(`INSERT INTO mail_counts (program_id, begun) VALUES (?, 1)
		ON CONFLICT (program_id) DO UPDATE SET begun = begun + 1`, programID)
	return err
}

// AcceptRestored cancels what waits, a part in each transaction, and raises the count with the last.
func (s *Store) AcceptRestored(ctx context.Context, programID string, seen int64) (int64, error) {
	if err := store.CheckAcceptRestored(programID, seen); err != nil {
		return 0, err
	}
	var total int64
	for {
		cancelled, err := write(ctx, s.writer, "accept a restored store", func(t *txn) (int64, error) {
			return t.acceptRestored(programID, seen)
		})
		if total += cancelled; err != nil || cancelled == 0 {
			return total, err
		}
	}
}

func (t *txn) acceptRestored(programID string, seen int64) (int64, error) {
	if err := t.claimed(programID); err != nil {
		return 0, err
	}
	begun, err := first(t.asks(), scanInt, `SELECT begun FROM mail_counts WHERE program_id = ?`, programID)
	if err != nil || valueOr(begun, 0) >= seen {
		return 0, err
	}
	cancelled, err := t.affected(`UPDATE messages SET state = 'Cancelled', reason = ?, worker = '' WHERE id IN (
		SELECT m.id FROM published_waves AS w CROSS JOIN messages AS m ON m.wave_id = w.id AND m.state = 'Queued'
		WHERE w.program_id = ? LIMIT ?)`, cancelRestored, programID, cancelChunk)
	if err != nil || cancelled > 0 {
		return cancelled, err
	}
	_, err = t.exec(`INSERT INTO mail_counts (program_id, begun) VALUES (?, ?)
		ON CONFLICT (program_id) DO UPDATE SET begun = excluded.begun`, programID, seen)
	return 0, err
}
