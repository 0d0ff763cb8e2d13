// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"iter"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// answerPage is how many answers are read, or dropped, at a time.
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
	if kept, err := answersKept(ask, w.id); err != nil || !kept {
		return err
	}
	for after := ""; ; {
		page, err := answersAfter(ask, w, after)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return stillKept(ask, w.id)
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
	}, `SELECT `+pageColumns+`, i.person, i.persona, i.address_hash FROM invitations AS i
		CROSS JOIN published_waves AS w ON w.id = i.wave_id CROSS JOIN wave_progress AS p ON p.wave_id = w.id
		WHERE i.opt_out_no = ? AND i.opt_out_hash = ?`, number(link), link[:])
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
