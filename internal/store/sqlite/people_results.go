// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// answerPage is how many answers are read, or deleted, at a time.
const answerPage = 500

// WaveAnswers reads the answers of a wave in order of their keys, which are random.
func (s *Store) WaveAnswers(ctx context.Context, wave store.WaveKey) iter.Seq2[store.StoredAnswer, error] {
	return func(yield func(store.StoredAnswer, error) bool) {
		err := s.eachAnswer(ctx, wave, yield)
		ended(ctx, "read answers", err, yield)
	}
}

func (s *Store) eachAnswer(ctx context.Context, wave store.WaveKey, yield func(store.StoredAnswer, error) bool) error {
	ask := s.asks(ctx)
	w, err := published(ask, wave)
	if err != nil || w == nil {
		return err
	}
	for after := ""; ; {
		page, err := answersAfter(ask, w, after)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, a := range page {
			if !yield(a, nil) {
				return nil
			}
			after = a.Key
		}
	}
}

func answersAfter(ask asking, w *publishedWave, after string) ([]store.StoredAnswer, error) {
	if w.Anonymous() {
		return all(ask, func(row scanner) (store.StoredAnswer, error) {
			r, err := scanAnonymous(row)
			if err != nil {
				return store.StoredAnswer{}, err
			}
			return r.answer()
		}, `SELECT `+anonymousColumns+` FROM anonymous_answers WHERE wave_id = ? AND key > unhex(?) ORDER BY key LIMIT ?`, w.id, after,
			answerPage)
	}
	return all(ask, scanAnswer, `SELECT `+answerColumns+` FROM answers WHERE wave_id = ? AND key > unhex(?) ORDER BY key LIMIT ?`,
		w.id, after, answerPage)
}

// AnswersRevision reads the change counter of a wave's answers.
func (s *Store) AnswersRevision(ctx context.Context, wave store.WaveKey) (int64, error) {
	revision, err := first(s.asks(ctx), scanInt, `SELECT p.revision FROM published_waves AS w
		CROSS JOIN wave_progress AS p ON p.wave_id = w.id
		WHERE w.program_id = ? AND w.survey = ? AND w.slot = ?`, wave.ProgramID, wave.Survey, wave.Slot)
	return valueOr(revision, 0), failure(ctx, "read revision", err)
}

// DropAnswers deletes the answers of a wave, a page at a time.
func (s *Store) DropAnswers(ctx context.Context, wave store.WaveKey, now time.Time) (int64, error) {
	if err := wave.Check(); err != nil {
		return 0, err
	}
	var total int64
	for {
		deleted, err := write(ctx, s.writer, "drop answers", func(t *txn) (int64, error) {
			w, err := published(t.asks(), wave)
			if err != nil || w == nil {
				return 0, err
			}
			if w.TakesAny(now) || now.Before(w.OpensAt) {
				return 0, fmt.Errorf("%w: wave %s-%s still takes answers", store.ErrInvalid, wave.Survey, wave.Slot)
			}
			return t.dropAnswers(w)
		})
		if total += deleted; err != nil || deleted == 0 {
			return total, err
		}
	}
}

func (t *txn) dropAnswers(w *publishedWave) (int64, error) {
	query := `DELETE FROM answers WHERE wave_id = ?1 AND key IN (SELECT key FROM answers WHERE wave_id = ?1 ORDER BY key LIMIT ?2)`
	if w.Anonymous() {
		query = `DELETE FROM anonymous_answers WHERE wave_id = ?1
			AND key IN (SELECT key FROM anonymous_answers WHERE wave_id = ?1 ORDER BY key LIMIT ?2)`
	}
	deleted, err := t.affected(query, w.id, answerPage)
	if err != nil || deleted == 0 {
		return 0, err
	}
	t.leavesTraces()
	return deleted, t.answersChanged(w.id)
}

// OptOutWave finds the wave of an opt-out token.
func (s *Store) OptOutWave(ctx context.Context, link [32]byte) (store.PublishedWave, string, error) {
	ask := s.asks(ctx)
	i, err := byOptOut(ask, link)
	if err != nil {
		return store.PublishedWave{}, "", failure(ctx, "find invitation", err)
	}
	found, err := personOf(ask, i.wave.ProgramID, i.persona, i.key)
	return i.wave.PublishedWave, valueOr(found, person{}).Language, failure(ctx, "find contact", err)
}

// optingOut is an invitation as its opt-out token finds it.
type optingOut struct {
	wave         publishedWave
	key, persona string
	addressHash  []byte
}

func byOptOut(ask asking, link [32]byte) (optingOut, error) {
	found, err := first(ask, func(row scanner) (o optingOut, err error) {
		var key nullText
		o.wave, err = scanWithPage(row, &key, &o.persona, &o.addressHash)
		o.key = key.String
		return o, err
	}, `SELECT `+publishedColumns+`, w.page, w.mail, i.person, i.persona, i.address_hash FROM invitations AS i
		CROSS JOIN published_waves AS w ON w.id = i.wave_id WHERE i.opt_out_no = ? AND i.opt_out_hash = ?`, number(link), link[:])
	if err == nil && found == nil {
		err = store.ErrGone
	}
	return valueOr(found, optingOut{}), err
}

// OptOutByLink opts out the address that was invited, and the one that the contact has now.
func (s *Store) OptOutByLink(ctx context.Context, link [32]byte, now time.Time) error {
	_, err := write(ctx, s.writer, "opt out", func(t *txn) (struct{}, error) {
		o, err := byOptOut(t.asks(), link)
		if err != nil {
			return struct{}{}, err
		}
		if err := t.optOut(o.wave.ProgramID, o.addressHash, "link", now); err != nil {
			return struct{}{}, err
		}
		found, err := personOf(t.asks(), o.wave.ProgramID, o.persona, o.key)
		if err != nil || found == nil {
			return struct{}{}, err
		}
		hash := store.AddressHash(o.wave.ProgramID, found.Address)
		return struct{}{}, t.optOut(o.wave.ProgramID, hash[:], "link", now)
	})
	return err
}
