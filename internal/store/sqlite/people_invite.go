// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// inviteChunk is how many contacts one transaction decides about; others wait for that long.
const inviteChunk = 500

// Invite decides about contacts and records it.
func (s *Store) Invite(ctx context.Context, wave store.WaveKey, personas, keys []string,
	decide func(store.Candidate) store.Verdict, now time.Time) (int, error) {
	if err := store.CheckAudience(wave, personas, keys, now); err != nil {
		return 0, err
	}
	personas = slices.Clone(personas)
	once := &whileCalled{decide: decide}
	defer once.over()
	total := 0
	for chunk := range slices.Chunk(distinct(keys), inviteChunk) {
		added, err := write(ctx, s.writer, "invite", func(t *txn) (int, error) {
			return t.invite(wave, personas, chunk, once, now)
		})
		total += added
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// whileCalled keeps decide from being called after Invite has returned because its context ended: the caller may be using
// what decide reads.
type whileCalled struct {
	mu     sync.Mutex
	decide func(store.Candidate) store.Verdict
}

func (w *whileCalled) over() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.decide = nil
}

func (w *whileCalled) call(c store.Candidate) (store.Verdict, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.decide == nil {
		return store.Verdict{}, context.Canceled
	}
	return w.decide(c).Normalized()
}

func (t *txn) invite(key store.WaveKey, personas, keys []string, once *whileCalled, now time.Time) (int, error) {
	wave, err := mustPublished(t.asks(), key)
	if err != nil {
		return 0, err
	}
	if !wave.Sends(now) {
		return 0, store.ErrGone
	}
	a, err := newAudienceReader(t.asks(), key, personas, now)
	if err != nil {
		return 0, err
	}
	candidates, err := a.read(keys)
	if err != nil {
		return 0, err
	}
	added := 0
	for _, c := range candidates {
		if c.decided {
			continue
		}
		verdict, err := once.call(c.Candidate)
		if err != nil {
			return 0, err
		}
		if err := t.record(wave.id, c, verdict, now); err != nil {
			return 0, err
		}
		added++
	}
	return added, nil
}

func (t *txn) record(wave int64, c candidate, v store.Verdict, now time.Time) error {
	if v.Skip != "" {
		_, err := t.exec(`INSERT INTO invitations (wave_id, person, decided_at, skip) VALUES (?, ?, ?, ?)`, wave, c.Key, micros(now),
			v.Skip)
		return err
	}
	done, err := t.exec(`INSERT INTO invitations (wave_id, person, decided_at, skip, persona, invitation_id, address_hash, address_no,
			link_hash, answer_no, opt_out_hash, opt_out_no, expires_at, sends) VALUES (?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		wave, c.Key, micros(now), c.persona, v.Link.ID[:], c.addrHash[:], number(c.addrHash), v.Link.Answer[:], number(v.Link.Answer),
		v.Link.OptOut[:], number(v.Link.OptOut), micros(v.Link.ExpiresAt), !v.SendAt.IsZero())
	if err != nil || v.SendAt.IsZero() {
		return err
	}
	id, err := done.LastInsertId()
	if err != nil {
		return err
	}
	for number, at := range append([]time.Time{v.SendAt}, v.Reminders...) {
		if _, err := t.exec(`INSERT INTO messages (wave_id, invitation_id, number, state, due_at, available_at)
			VALUES (?, ?, ?, 'Queued', ?, ?)`, wave, id, number, micros(at), micros(at)); err != nil {
			return err
		}
	}
	return nil
}
