// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// What became of a wave's answers. Whoever reads them meanwhile must not take those that are left for all there were.
const (
	answersAreKept    = "Kept"
	answersAreDropped = "Dropped"
)

// DueForDropping lists waves whose answers' term is over.
func (s *Store) DueForDropping(ctx context.Context, now time.Time, limit int) ([]store.WaveKey, error) {
	if err := store.CheckDue(now, limit); err != nil {
		return nil, err
	}
	due, err := all(s.asks(ctx), func(row scanner) (key store.WaveKey, err error) {
		return key, row.Scan(&key.ProgramID, &key.Survey, &key.Slot)
	}, `SELECT w.program_id, w.survey, w.slot FROM wave_progress AS p CROSS JOIN published_waves AS w ON w.id = p.wave_id
		WHERE p.keep_until <= ? AND p.answers <> 'Dropped' ORDER BY p.keep_until, p.wave_id LIMIT ?`, micros(now), limit)
	return due, failure(ctx, "look for answers whose term is over", err)
}

// DropAnswers deletes the answers of a wave, a page at a time.
func (s *Store) DropAnswers(ctx context.Context, wave store.WaveKey, now time.Time) (int64, error) {
	if err := wave.Check(); err != nil {
		return 0, err
	}
	w, err := write(ctx, s.writer, "drop answers", func(t *txn) (*publishedWave, error) { return t.beginDropping(wave, now) })
	if err != nil || w == nil {
		return 0, err
	}
	for total := int64(0); ; {
		deleted, err := write(ctx, s.writer, "drop answers", func(t *txn) (int64, error) { return t.dropAnswers(w) })
		if total += deleted; err != nil {
			return total, err
		}
		if deleted == 0 {
			return total, s.endDropping(ctx, w.id)
		}
	}
}

// endDropping says that the answers are gone once nothing is left of them: if the process ends before, it is done again.
func (s *Store) endDropping(ctx context.Context, wave int64) error {
	if err := s.wipe(ctx); err != nil {
		return err
	}
	_, err := write(ctx, s.writer, "drop answers", func(t *txn) (struct{}, error) { return struct{}{}, t.endDropping(wave) })
	return err
}

// beginDropping closes the wave for good and returns it, nil when there is nothing (left) to drop.
func (t *txn) beginDropping(wave store.WaveKey, now time.Time) (*publishedWave, error) {
	w, err := published(t.asks(), wave)
	if err != nil || w == nil {
		return nil, err
	}
	state, err := answersState(t.asks(), w.id)
	if err != nil || state == answersAreDropped {
		return nil, err
	}
	if w.TakesAny(now) || (w.State != store.WaveTakesNothing && now.Before(w.OpensAt)) {
		return nil, fmt.Errorf("%w: wave %s-%s still takes answers", store.ErrInvalid, wave.Survey, wave.Slot)
	}
	if state != answersAreKept {
		return w, nil // it was broken off
	}
	t.published = true
	if _, err := t.exec(`UPDATE published_waves SET state = 'Closed' WHERE id = ? AND state <> 'Closed'`, w.id); err != nil {
		return nil, err
	}
	_, err = t.exec(`UPDATE wave_progress SET answers = 'Dropping', revision = revision + 1 WHERE wave_id = ?`, w.id)
	return w, err
}

// dropAnswers deletes a page of answers, and the keys by which invitations lead to them: a follow-up is named after such a key,
// so who has it could still tell whose case it was.
func (t *txn) dropAnswers(w *publishedWave) (int64, error) {
	const onePage = ` WHERE wave_id = ?1 ORDER BY key LIMIT ?2`
	t.leavesTraces()
	if w.Anonymous() {
		return t.affected(`DELETE FROM anonymous_answers WHERE wave_id = ?1 AND key IN (SELECT key FROM anonymous_answers`+onePage+`)`,
			w.id, answerPage)
	}
	if _, err := t.exec(`UPDATE invitations SET answer_key = NULL
		WHERE wave_id = ?1 AND person IN (SELECT contact_key FROM answers`+onePage+`)`, w.id, answerPage); err != nil {
		return 0, err
	}
	return t.affected(`DELETE FROM answers WHERE wave_id = ?1 AND key IN (SELECT key FROM answers`+onePage+`)`, w.id, answerPage)
}

func (t *txn) endDropping(wave int64) error {
	if _, err := t.exec(`UPDATE foreign_answers SET answer_key = NULL WHERE wave_id = ? AND answer_key IS NOT NULL`, wave); err != nil {
		return err
	}
	_, err := t.exec(`UPDATE wave_progress SET answers = 'Dropped' WHERE wave_id = ?`, wave)
	return err
}

func answersState(ask asking, wave int64) (string, error) {
	state, err := first(ask, func(row scanner) (state string, err error) { return state, row.Scan(&state) },
		`SELECT answers FROM wave_progress WHERE wave_id = ?`, wave)
	return valueOr(state, answersAreKept), err
}

func answersKept(ask asking, wave int64) (bool, error) {
	state, err := answersState(ask, wave)
	return state == answersAreKept, err
}

// stillKept is an error when dropping has begun since answersKept was asked.
func stillKept(ask asking, wave int64) error {
	kept, err := answersKept(ask, wave)
	if err == nil && !kept {
		err = fmt.Errorf("%w: the answers were dropped while they were read", store.ErrUnavailable)
	}
	return err
}
