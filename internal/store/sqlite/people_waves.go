// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/cx-operator/cx-operator/internal/store"
)

// PublishWave writes what the pages need.
func (s *Store) PublishWave(ctx context.Context, wave store.PublishedWave) error {
	wave, err := wave.Normalized()
	if err != nil {
		return err
	}
	_, err = write(ctx, s.writer, "publish wave", func(t *txn) (struct{}, error) { return struct{}{}, t.publish(wave) })
	return err
}

func (t *txn) publish(wave store.PublishedWave) error {
	if err := t.claimed(wave.ProgramID); err != nil {
		return err
	}
	stored, err := withPage(t.asks(), wave.WaveKey)
	if err != nil {
		return err
	}
	if stored != nil {
		switch {
		case stored.Anonymity != wave.Anonymity:
			return fmt.Errorf("%w: the anonymity of a wave cannot be changed once it was promised", store.ErrInvalid)
		case stored.State == store.WaveTakesNothing || samePublished(stored.PublishedWave, wave):
			return nil
		}
	}
	if wave.Page == nil {
		wave.Page = []byte{}
	}
	if wave.Mail == nil {
		wave.Mail = []byte{}
	}
	t.published = true
	if _, err := t.exec(`INSERT INTO published_waves (program_id, survey, slot, state, opens_at, closes_at, grace_until, anonymity,
			questionnaire_hash, kept, page, mail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (program_id, survey, slot) DO UPDATE SET state = excluded.state, opens_at = excluded.opens_at,
			closes_at = excluded.closes_at, grace_until = excluded.grace_until,
			questionnaire_hash = excluded.questionnaire_hash, kept = excluded.kept, page = excluded.page, mail = excluded.mail`,
		wave.ProgramID, wave.Survey, wave.Slot, string(wave.State), micros(wave.OpensAt), micros(wave.ClosesAt),
		optionalMicros(wave.GraceUntil), wave.Anonymity, wave.QuestionnaireHash, jsonText(wave.Kept), wave.Page,
		wave.Mail); err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO wave_progress (wave_id, keep_until)
		SELECT id, ? FROM published_waves WHERE program_id = ? AND survey = ? AND slot = ?
		ON CONFLICT (wave_id) DO UPDATE SET keep_until = excluded.keep_until`,
		optionalMicros(wave.KeepUntil), wave.ProgramID, wave.Survey, wave.Slot)
	return err
}

func samePublished(a, b store.PublishedWave) bool {
	return a.WaveKey == b.WaveKey && a.State == b.State && a.OpensAt.Equal(b.OpensAt) && a.ClosesAt.Equal(b.ClosesAt) &&
		a.GraceUntil.Equal(b.GraceUntil) && a.KeepUntil.Equal(b.KeepUntil) &&
		a.QuestionnaireHash == b.QuestionnaireHash && slices.Equal(a.Kept, b.Kept) &&
		bytes.Equal(a.Page, b.Page) && bytes.Equal(a.Mail, b.Mail)
}

func withPage(ask asking, wave store.WaveKey) (*publishedWave, error) {
	return first(ask, scanPlain(scanWithPage), `SELECT `+pageColumns+` FROM published_waves AS w
		CROSS JOIN wave_progress AS p ON p.wave_id = w.id
		WHERE w.program_id = ? AND w.survey = ? AND w.slot = ?`, wave.ProgramID, wave.Survey, wave.Slot)
}

// PublishedWave reads what was published.
func (s *Store) PublishedWave(ctx context.Context, wave store.WaveKey) (store.PublishedWave, error) {
	found, err := withPage(s.asks(ctx), wave)
	if err == nil && found == nil {
		err = store.ErrGone
	}
	return valueOr(found, publishedWave{}).PublishedWave, failure(ctx, "read wave", err)
}

// ConfirmWave notes that the wave was seen.
func (s *Store) ConfirmWave(ctx context.Context, wave store.WaveKey) error {
	if err := wave.Check(); err != nil {
		return err
	}
	_, err := write(ctx, s.writer, "confirm wave", func(t *txn) (struct{}, error) {
		found, err := mustPublished(t.asks(), wave)
		if err != nil {
			return struct{}{}, err
		}
		_, err = t.exec(`UPDATE wave_progress SET confirmed_at = ? WHERE wave_id = ?`, micros(s.now()), found.id)
		return struct{}{}, err
	})
	return err
}

// AudienceCounts counts the rows of a wave.
func (s *Store) AudienceCounts(ctx context.Context, wave store.WaveKey) (store.AudienceCounts, error) {
	var counts store.AudienceCounts
	ask := s.asks(ctx)
	found, err := published(ask, wave)
	if err != nil || found == nil {
		return counts, failure(ctx, "count invitations", err)
	}
	foreign, err := first(ask, scanInt, `SELECT foreign_done FROM wave_progress WHERE wave_id = ?`, found.id)
	if err != nil {
		return counts, failure(ctx, "count invitations", err)
	}
	counts.Foreign = valueOr(foreign, 0)
	if err := countRows(ask, found.id, &counts); err != nil {
		return counts, failure(ctx, "count invitations", err)
	}
	return counts, failure(ctx, "count messages", countMessages(ask, found.id, &counts))
}

func countRows(ask asking, wave int64, counts *store.AudienceCounts) error {
	type group struct {
		skip                            string
		rows, partial, responded, lates int64
	}
	groups, err := all(ask, func(row scanner) (g group, err error) {
		return g, row.Scan(&g.skip, &g.rows, &g.partial, &g.responded, &g.lates)
	}, `SELECT skip, count(*), sum(partial AND NOT answered), sum(answered), sum(late) FROM invitations
		WHERE wave_id = ? GROUP BY skip`, wave)
	for _, g := range groups {
		if g.skip == "" {
			counts.Invited, counts.Partial, counts.Responded, counts.Late = g.rows, g.partial, g.responded, g.lates
			continue
		}
		if counts.Skipped == nil {
			counts.Skipped = map[string]int64{}
		}
		counts.Skipped[g.skip] = g.rows
	}
	return err
}

func countMessages(ask asking, wave int64, counts *store.AudienceCounts) error {
	into := map[string]*int64{stateQueued: &counts.Queued, stateSending: &counts.Queued, stateCancelled: &counts.Cancelled,
		string(store.SentAccepted): &counts.Accepted, string(store.SentBounced): &counts.Bounced,
		string(store.SentAmbiguous): &counts.Ambiguous, string(store.SentFailed): &counts.Failed}
	_, err := all(ask, func(row scanner) (struct{}, error) {
		var state string
		var n int64
		err := row.Scan(&state, &n)
		if count := into[state]; count != nil {
			*count += n
		}
		return struct{}{}, err
	}, `SELECT m.state, count(*) FROM invitations AS i
		CROSS JOIN messages AS m ON m.invitation_id = i.id AND m.number = 0
		WHERE i.wave_id = ? AND i.skip = '' GROUP BY m.state`, wave)
	return err
}
