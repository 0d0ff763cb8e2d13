// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// Each write reads what is there, lets the rules of package store decide, and writes only a difference. The
// writer is alone, so nothing changes in between.

// Claim takes a program id for a holder.
func (s *Store) Claim(ctx context.Context, programID string, by store.Holder, adoptFrom string,
	now time.Time) (store.Claim, error) {
	if err := store.CheckClaim(programID, by, adoptFrom, now); err != nil {
		return store.Claim{}, err
	}
	return write(ctx, s.writer, "claim", func(t *txn) (store.Claim, error) {
		return t.claim(programID, by, adoptFrom, now)
	})
}

func (t *txn) claim(programID string, by store.Holder, adoptFrom string, now time.Time) (store.Claim, error) {
	current, err := one(t, scanPlain(scanClaim), `SELECT `+claimColumns+` FROM programs WHERE id = ?`, programID)
	if err != nil {
		return store.Claim{}, err
	}
	adopted, err := one(t, scanInt, `SELECT 1 FROM adoptions
		WHERE program_id = ? AND from_namespace_uid = ? AND to_namespace_uid = ?`, programID, adoptFrom, by.NamespaceUID)
	if err != nil {
		return store.Claim{}, err
	}
	claim, err := store.DecideClaim(current, programID, by, adoptFrom, adopted != nil, now)
	if err != nil || (current != nil && claim == *current) {
		return claim, err
	}
	if current != nil && current.Holder.NamespaceUID != by.NamespaceUID {
		if _, err := t.exec(`INSERT INTO adoptions (program_id, from_namespace_uid, to_namespace_uid, from_namespace,
			to_namespace, adopted_at) VALUES (?, ?, ?, ?, ?, ?)`, programID, current.Holder.NamespaceUID,
			by.NamespaceUID, current.Holder.Namespace, by.Namespace, micros(now)); err != nil {
			return store.Claim{}, err
		}
	}
	_, err = t.exec(`INSERT INTO programs (`+claimColumns+`, revision) VALUES (?, ?, ?, ?, ?, 1)
		ON CONFLICT (id) DO UPDATE SET namespace_uid = excluded.namespace_uid, namespace = excluded.namespace,
			program_uid = excluded.program_uid, claimed_at = excluded.claimed_at, revision = revision + 1`,
		claim.ID, by.NamespaceUID, by.Namespace, by.ProgramUID, micros(claim.ClaimedAt))
	return claim, err
}

// RecordWaveStarted counts a wave from its creation on.
func (s *Store) RecordWaveStarted(ctx context.Context, programID string, wave store.WaveStart) error {
	wave, err := wave.Normalized()
	if err != nil {
		return err
	}
	_, err = write(ctx, s.writer, "record wave start", func(t *txn) (struct{}, error) {
		if err := t.claimed(programID); err != nil {
			return struct{}{}, err
		}
		done, err := t.exec(`INSERT INTO waves (program_id, survey, slot, due_at, phase) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO NOTHING`, programID, wave.Survey, wave.Slot, micros(wave.DueAt), string(store.WaveStarted))
		if err != nil {
			return struct{}{}, err
		}
		if added, err := done.RowsAffected(); err != nil || added == 0 {
			return struct{}{}, err
		}
		return struct{}{}, t.changed(programID)
	})
	return err
}

// RecordWave writes how a wave ended.
func (s *Store) RecordWave(ctx context.Context, programID string, wave store.WaveOutcome) (store.WaveOutcome, error) {
	wave, err := wave.Normalized()
	if err != nil {
		return store.WaveOutcome{}, err
	}
	return write(ctx, s.writer, "record wave", func(t *txn) (store.WaveOutcome, error) {
		return t.recordWave(programID, wave)
	})
}

func (t *txn) recordWave(programID string, wave store.WaveOutcome) (store.WaveOutcome, error) {
	if err := t.claimed(programID); err != nil {
		return wave, err
	}
	stored, err := one(t, scanWave, `SELECT `+waveColumns+` FROM waves
		WHERE program_id = ? AND survey = ? AND slot = ?`, programID, wave.Survey, wave.Slot)
	if err != nil {
		return wave, err
	}
	if stored != nil {
		if wave = store.MergeWave(*stored, wave); store.SameWave(*stored, wave) {
			return wave, nil
		}
	}
	values, err := waveValues(programID, wave)
	if err != nil {
		return wave, err
	}
	if _, err := t.exec(`INSERT OR REPLACE INTO waves (program_id, `+waveColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, values...); err != nil {
		return wave, err
	}
	return wave, t.changed(programID)
}

// RecordFollowUp writes how far a follow-up has come.
func (s *Store) RecordFollowUp(ctx context.Context, programID string, f store.FollowUp) (store.FollowUp, error) {
	f, err := f.Normalized()
	if err != nil {
		return store.FollowUp{}, err
	}
	return write(ctx, s.writer, "record follow-up", func(t *txn) (store.FollowUp, error) {
		if err := t.claimed(programID); err != nil {
			return f, err
		}
		stored, err := one(t, scanFollowUp, `SELECT `+followUpColumns+` FROM follow_ups
			WHERE program_id = ? AND id = ?`, programID, f.ID)
		if err != nil {
			return f, err
		}
		if stored != nil {
			if f = store.MergeFollowUp(*stored, f); f == *stored {
				return f, nil
			}
		}
		if _, err := t.exec(`INSERT OR REPLACE INTO follow_ups (program_id, `+followUpColumns+`)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, programID, f.ID, f.Survey, f.Slot, f.Rule, f.AnswerKey,
			micros(f.OpenedAt), micros(f.DueBy), optionalMicros(f.FirstResponseAt), f.Reached, f.RootCause, optionalMicros(f.ClosedAt)); err != nil {
			return f, err
		}
		return f, t.changed(programID)
	})
}

// RecordDecision writes the first decision on an offer.
func (s *Store) RecordDecision(ctx context.Context, programID string, d store.Decision) (store.Decision, error) {
	d, err := d.Normalized()
	if err != nil {
		return store.Decision{}, err
	}
	return write(ctx, s.writer, "record decision", func(t *txn) (store.Decision, error) {
		if err := t.claimed(programID); err != nil {
			return d, err
		}
		stored, err := one(t, scanDecision, `SELECT `+decisionColumns+` FROM decisions
			WHERE program_id = ? AND offer_id = ?`, programID, d.OfferID)
		if err != nil || stored != nil {
			return valueOr(stored, d), err
		}
		if _, err := t.exec(`INSERT INTO decisions (program_id, `+decisionColumns+`)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, programID, d.OfferID, d.SubjectKind, d.SubjectName,
			d.Touchpoint, d.Item, d.Role, d.Owner, d.Terms, string(d.Result), d.Reason, d.DecidedBy, d.Means,
			micros(d.At)); err != nil {
			return d, err
		}
		return d, t.changed(programID)
	})
}

// RecordPoint writes the value of a KPI for an instant, or a correction of it.
func (s *Store) RecordPoint(ctx context.Context, programID string, p store.KPIPoint) (store.KPIPoint, error) {
	p, err := p.Normalized()
	if err != nil {
		return store.KPIPoint{}, err
	}
	return write(ctx, s.writer, "record point", func(t *txn) (store.KPIPoint, error) {
		if err := t.claimed(programID); err != nil {
			return p, err
		}
		current, err := one(t, scanPoint, `SELECT `+pointColumns+` FROM kpi_points
			WHERE program_id = ? AND kpi = ? AND as_of = ? ORDER BY revision DESC LIMIT 1`, programID, p.KPI, micros(p.AsOf))
		if err != nil {
			return p, err
		}
		p.Revision = 1
		if current != nil {
			if store.SamePoint(*current, p) {
				return *current, nil
			}
			p.Revision = current.Revision + 1
		}
		if _, err := t.exec(`INSERT INTO kpi_points (program_id, `+pointColumns+`)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, programID, p.KPI, micros(p.AsOf), p.Revision, p.Value, p.N,
			p.SD, p.Low, p.High, p.Source, p.Method, p.ScaleHash, micros(p.RecordedAt)); err != nil {
			return p, err
		}
		return p, t.changed(programID)
	})
}

// RecordStage appends a stage change.
func (s *Store) RecordStage(ctx context.Context, programID string, c store.StageChange) (store.StageChange, error) {
	c, err := c.Normalized()
	if err != nil {
		return store.StageChange{}, err
	}
	return write(ctx, s.writer, "record stage", func(t *txn) (store.StageChange, error) {
		if err := t.claimed(programID); err != nil {
			return c, err
		}
		var seq int64
		last, err := one(t, func(row scanner) (store.StageChange, error) { return scanStage(row, &seq) },
			`SELECT `+stageColumns+`, seq FROM stage_changes
			WHERE program_id = ? AND framework = ? ORDER BY seq DESC LIMIT 1`, programID, c.Framework)
		if err != nil || (last != nil && last.Stage == c.Stage) {
			return valueOr(last, c), err
		}
		if _, err := t.exec(`INSERT INTO stage_changes (program_id, seq, `+stageColumns+`)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, programID, seq+1, c.Framework, c.Stage, c.Observed, c.Attested,
			micros(c.At), c.Reason, c.ScorecardHash); err != nil {
			return c, err
		}
		return c, t.changed(programID)
	})
}

// SinceAll returns since when each key has had its value.
func (s *Store) SinceAll(ctx context.Context, programID, scope string, values map[string]string,
	now time.Time) (map[string]time.Time, error) {
	if err := store.CheckMarks(scope, values, now); err != nil {
		return nil, err
	}
	values = maps.Clone(values) // the caller may go on with its own when it does not wait
	return write(ctx, s.writer, "record marks", func(t *txn) (map[string]time.Time, error) {
		return t.sinceAll(programID, scope, values, store.UTCMicro(now))
	})
}

func (t *txn) sinceAll(programID, scope string, values map[string]string,
	now time.Time) (map[string]time.Time, error) {
	if err := t.claimed(programID); err != nil {
		return nil, err
	}
	keys := slices.Sorted(maps.Keys(values))
	known, err := t.marks(programID, scope, keys)
	if err != nil {
		return nil, err
	}
	since := make(map[string]time.Time, len(values))
	changed := false
	for _, key := range keys {
		value := values[key]
		if mark := known[key]; mark.Value != value { // without a mark the value is ""
			if err := t.mark(programID, store.Mark{Scope: scope, Key: key, Value: value, Since: now}); err != nil {
				return nil, err
			}
			changed = true
			since[key] = now
		} else {
			since[key] = mark.Since
		}
		if value == "" {
			delete(since, key)
		}
	}
	if !changed {
		return since, nil
	}
	return since, t.changed(programID)
}

// mark writes a mark, or removes it when its value is "".
func (t *txn) mark(programID string, m store.Mark) (err error) {
	if m.Value == "" {
		_, err = t.exec(`DELETE FROM marks WHERE program_id = ? AND scope = ? AND key = ?`, programID, m.Scope, m.Key)
		return err
	}
	_, err = t.exec(`INSERT OR REPLACE INTO marks (program_id, scope, key, value, since) VALUES (?, ?, ?, ?, ?)`,
		programID, m.Scope, m.Key, m.Value, micros(m.Since))
	return err
}

func (t *txn) marks(programID, scope string, keys []string) (map[string]store.Mark, error) {
	list, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	rows, err := t.w.query(`SELECT scope, key, value, since FROM marks
		WHERE program_id = ? AND scope = ? AND key IN (SELECT value FROM json_each(?))`, programID, scope, string(list))
	if err != nil {
		return nil, err
	}
	known := map[string]store.Mark{}
	marks, err := collect(rows, scanMark)
	for _, mark := range marks {
		known[mark.Key] = mark
	}
	return known, err
}

// one returns nil when the query has no row.
func one[T any](t *txn, scan func(scanner) (T, error), query string, args ...any) (*T, error) {
	rows, err := t.w.query(query, args...)
	if err != nil {
		return nil, err
	}
	values, err := collect(rows, scan)
	if err != nil || len(values) == 0 {
		return nil, err
	}
	return &values[0], nil
}

func scanInt(row scanner) (n int64, err error) {
	err = row.Scan(&n)
	return n, err
}

func scanText(row scanner) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}

func scanPlain[T any](scan func(scanner, ...any) (T, error)) func(scanner) (T, error) {
	return func(row scanner) (T, error) { return scan(row) }
}

func valueOr[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}
	return *value
}
