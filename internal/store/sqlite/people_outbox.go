// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// The states of a message besides those of store.SentResult.
const (
	stateQueued    = "Queued"
	stateSending   = "Sending"
	stateCancelled = "Cancelled"
)

// Why messages are cancelled.
const (
	cancelEnded      = "waveEnded"
	cancelGone       = "contactGone"
	cancelOptedOut   = "optedOut"
	cancelInvalid    = "invalidAddress"
	cancelAnswered   = "answered"
	cancelNotInvited = "notInvited"
	cancelErased     = "erased"
	cancelRestored   = "storeRestored"
)

const (
	// cancelChunk is how many messages one transaction cancels.
	cancelChunk = 1000
	// claimRounds bounds how often a claim looks again because all that was due was cancelled or has to wait.
	claimRounds = 20
	// laterAgain is when a reminder is looked at again whose invitation still waits.
	laterAgain = time.Hour
)

// ClaimMessages leases what is due.
func (s *Store) ClaimMessages(ctx context.Context, worker string, programs []string, limit int,
	lease time.Duration) ([]store.Message, error) {
	if err := store.CheckClaimMessages(worker, programs, limit, lease); err != nil {
		return nil, err
	}
	programs = slices.Clone(programs)
	return writeAgain(ctx, s.writer, "claim messages", func(t *txn) ([]store.Message, error) {
		now := store.UTCMicro(s.now())
		claimed := []store.Message{}
		for range claimRounds {
			due, err := t.due(programs, limit-len(claimed), now)
			if err != nil || len(due) == 0 {
				return claimed, err
			}
			for _, id := range due {
				m, err := t.lease(id, worker, now, lease)
				if err != nil {
					return nil, err
				}
				if m != nil {
					claimed = append(claimed, *m)
				}
			}
			if len(claimed) == limit {
				break
			}
		}
		return claimed, nil
	})
}

// queuedWave is a wave that has messages waiting.
type queuedWave struct {
	publishedWave
	confirmedAt time.Time
	paused      bool
}

func (w queuedWave) mayWait(programs []string, now time.Time) bool {
	return w.paused || !slices.Contains(programs, w.ProgramID) || now.Before(w.OpensAt) ||
		w.confirmedAt.IsZero() || now.Sub(w.confirmedAt) > store.ConfirmedFor
}

// queuedWaves goes from wave to wave through the index: there may be a hundred thousand messages in each.
func queuedWaves(ask asking) ([]queuedWave, error) {
	return all(ask, func(row scanner) (w queuedWave, err error) {
		var confirmed nullTime
		w.publishedWave, err = scanPublished(row, &confirmed, &w.paused)
		w.confirmedAt = fromOptionalMicros(confirmed)
		return w, err
	}, `WITH RECURSIVE queued (wave_id) AS (
			SELECT min(wave_id) FROM messages WHERE state = 'Queued'
			UNION ALL
			SELECT (SELECT min(wave_id) FROM messages WHERE state = 'Queued' AND wave_id > queued.wave_id) FROM queued
			WHERE queued.wave_id IS NOT NULL)
		SELECT `+publishedColumns+`, p.confirmed_at,
			EXISTS (SELECT 1 FROM mail_pauses WHERE program_id = w.program_id)
		FROM queued CROSS JOIN published_waves AS w ON w.id = queued.wave_id
		CROSS JOIN wave_progress AS p ON p.wave_id = w.id
		ORDER BY w.program_id, w.survey, w.slot`)
}

// QueuedWaves lists the waves that have messages waiting.
func (s *Store) QueuedWaves(ctx context.Context) ([]store.WaveKey, error) {
	waves, err := queuedWaves(s.asks(ctx))
	keys := []store.WaveKey{}
	for _, w := range waves {
		keys = append(keys, w.WaveKey)
	}
	return keys, failure(ctx, "list waves with mail", err)
}

// Backlog goes from wave to wave, too: the index has all that is asked for.
func (s *Store) Backlog(ctx context.Context) ([]store.Backlog, error) {
	ask := s.asks(ctx)
	waves, err := queuedWaves(ask)
	if err != nil {
		return nil, failure(ctx, "list waves with mail", err)
	}
	programs := []store.Backlog{}
	for _, w := range waves {
		b, err := first(ask, func(row scanner) (store.Backlog, error) {
			b, free := store.Backlog{ProgramID: w.ProgramID}, nullTime{}
			err := row.Scan(&b.Messages, &free)
			b.FreeSince = fromOptionalMicros(free)
			return b, err
		}, `SELECT count(*), min(available_at) FROM messages WHERE state = 'Queued' AND wave_id = ?`, w.id)
		if err != nil {
			return nil, failure(ctx, "count waiting mail", err)
		}
		last := len(programs) - 1
		switch {
		case b.Messages == 0: // sent since
		case last < 0 || programs[last].ProgramID != b.ProgramID:
			programs = append(programs, *b)
		default:
			programs[last].Messages += b.Messages
			if b.FreeSince.Before(programs[last].FreeSince) {
				programs[last].FreeSince = b.FreeSince
			}
		}
	}
	return programs, nil
}

// due lists the messages that have been due longest, at most limit, over all waves that may send. What waits in waves that
// have ended is cancelled.
func (t *txn) due(programs []string, limit int, now time.Time) ([]int64, error) {
	waves, err := queuedWaves(t.asks())
	if err != nil {
		return nil, err
	}
	type message struct{ id, at int64 }
	var messages []message
	for _, w := range waves {
		if slices.Contains(programs, w.ProgramID) && !w.Sends(now) {
			if _, err := t.cancelWave(w.id, cancelEnded); err != nil {
				return nil, err
			}
			continue
		}
		if w.mayWait(programs, now) {
			continue
		}
		more, err := all(t.asks(), func(row scanner) (m message, err error) { return m, row.Scan(&m.id, &m.at) },
			`SELECT id, available_at FROM messages WHERE state = 'Queued' AND wave_id = ? AND available_at <= ?
				ORDER BY available_at, id LIMIT ?`, w.id, micros(now), limit)
		if err != nil {
			return nil, err
		}
		messages = append(messages, more...)
	}
	slices.SortFunc(messages, func(a, b message) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
	var ids []int64
	for _, m := range messages[:min(limit, len(messages))] {
		ids = append(ids, m.id)
	}
	return ids, nil
}

// lease gives a message to a worker. Nil when it was cancelled or has to wait.
func (t *txn) lease(id int64, worker string, now time.Time, lease time.Duration) (*store.Message, error) {
	m, err := t.message(id)
	if err != nil || m == nil {
		return nil, err
	}
	reason, wait := m.obstacle(now)
	switch {
	case reason != "":
		return nil, t.cancel(id, reason)
	case !wait.IsZero():
		_, err := t.exec(`UPDATE messages SET available_at = ? WHERE id = ?`, micros(wait), id)
		return nil, err
	}
	_, err = t.exec(`UPDATE messages SET worker = ?, available_at = ? WHERE id = ?`, worker, micros(now.Add(lease)), id)
	m.Attempt++
	return &m.Message, err
}

func (t *txn) cancel(id int64, reason string) error {
	_, err := t.exec(`UPDATE messages SET state = 'Cancelled', reason = ?, worker = '' WHERE id = ?`, reason, id)
	return err
}

func (t *txn) cancelWave(wave int64, reason string) (int64, error) {
	return t.affected(`UPDATE messages SET state = 'Cancelled', reason = ?, worker = ''
		WHERE id IN (SELECT id FROM messages WHERE state = 'Queued' AND wave_id = ? LIMIT ?)`, reason, wave, cancelChunk)
}

// CancelMessages cancels what is queued of a wave.
func (s *Store) CancelMessages(ctx context.Context, wave store.WaveKey, reason string) (int64, error) {
	if err := wave.Check(); err != nil {
		return 0, err
	}
	var total int64
	for {
		cancelled, err := write(ctx, s.writer, "cancel messages", func(t *txn) (int64, error) {
			found, err := published(t.asks(), wave)
			if err != nil || found == nil {
				return 0, err
			}
			return t.cancelWave(found.id, reason)
		})
		if total += cancelled; err != nil || cancelled == 0 {
			return total, err
		}
	}
}

// Pause stops or resumes sending, as the Program says.
func (s *Store) Pause(ctx context.Context, programID string, paused bool) error {
	return s.pause(ctx, programID, false, paused)
}

// PauseByHand stops or resumes sending, as somebody says.
func (s *Store) PauseByHand(ctx context.Context, programID string, paused bool) error {
	return s.pause(ctx, programID, true, paused)
}

func (s *Store) pause(ctx context.Context, programID string, byHand, paused bool) error {
	_, err := write(ctx, s.writer, "pause", func(t *txn) (struct{}, error) {
		if err := t.claimed(programID); err != nil {
			return struct{}{}, err
		}
		if !paused {
			_, err := t.exec(`DELETE FROM mail_pauses WHERE program_id = ? AND by_hand = ?`, programID, byHand)
			return struct{}{}, err
		}
		_, err := t.exec(`INSERT INTO mail_pauses (program_id, by_hand, paused_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, programID,
			byHand, micros(s.now()))
		return struct{}{}, err
	})
	return err
}

// MailBars says what keeps a mail that is in no outbox from being sent now.
func (s *Store) MailBars(ctx context.Context, programID string, addresses []string) (store.MailBars, error) {
	var bars store.MailBars
	if err := store.CheckMailBars(programID, addresses); err != nil {
		return bars, err
	}
	ask := s.asks(ctx)
	pauses, err := all(ask, scanInt, `SELECT by_hand FROM mail_pauses WHERE program_id = ?`, programID)
	if err != nil {
		return bars, failure(ctx, "look whether a program pauses", err)
	}
	bars.Paused, bars.ByHand = len(pauses) > 0, slices.Contains(pauses, 1)
	for _, address := range addresses {
		hash := store.AddressHash(programID, address)
		barred, err := first(ask, scanInt, `SELECT 1 FROM addresses
			WHERE hash = ? AND (opted_out_at IS NOT NULL OR invalid_at IS NOT NULL)`, hash[:])
		if err != nil {
			return bars, failure(ctx, "look for opt-outs", err)
		}
		if barred != nil {
			bars.Addresses = append(bars.Addresses, address)
		}
	}
	return bars, nil
}
