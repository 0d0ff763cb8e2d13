// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/cx-operator/cx-operator/internal/store"
)

// WaveTotals counts the waves of one survey.
func (s *Store) WaveTotals(ctx context.Context, programID, survey string) (store.WaveTotals, error) {
	rows, err := s.often.query(ctx, `SELECT `+totalColumns+` FROM waves AS w
		WHERE w.program_id = ? AND w.survey = ? GROUP BY w.survey`, programID, survey)
	if err != nil {
		return store.WaveTotals{}, failure(ctx, "count waves", err)
	}
	totals, err := collect(rows, scanTotals)
	if err != nil || len(totals) == 0 {
		return store.WaveTotals{Survey: survey}, failure(ctx, "count waves", err)
	}
	return totals[0], nil
}

// Points reads the latest points of one KPI.
func (s *Store) Points(ctx context.Context, programID, kpi string, limit int) ([]store.KPIPoint, error) {
	rows, err := s.often.query(ctx, `SELECT * FROM (SELECT `+pointColumns+` FROM kpi_points AS p
		WHERE program_id = ? AND kpi = ? AND revision = (SELECT max(revision) FROM kpi_points
			WHERE program_id = p.program_id AND kpi = p.kpi AND as_of = p.as_of)
		ORDER BY as_of DESC LIMIT ?) ORDER BY as_of`, programID, kpi, limit)
	if err != nil {
		return nil, failure(ctx, "read points", err)
	}
	points, err := collect(rows, scanPoint)
	return points, failure(ctx, "read points", err)
}

// Decisions reads the decisions about one subject.
func (s *Store) Decisions(ctx context.Context, programID, subjectKind, subjectName string) ([]store.Decision, error) {
	rows, err := s.often.query(ctx, `SELECT `+decisionColumns+` FROM decisions
		WHERE program_id = ? AND subject_kind = ? AND subject_name = ?
		ORDER BY decided_at, offer_id`, programID, subjectKind, subjectName)
	if err != nil {
		return nil, failure(ctx, "read decisions", err)
	}
	decisions, err := collect(rows, scanDecision)
	return decisions, failure(ctx, "read decisions", err)
}

// Evidence reads one program in one transaction, so that all lists belong to the revision it names.
func (s *Store) Evidence(ctx context.Context, programID string, query store.EvidenceQuery) (*store.Evidence, error) {
	query, err := query.Normalized()
	if err != nil {
		return nil, err
	}
	tx, err := s.reads.BeginTx(ctx, nil)
	if err != nil {
		return nil, failure(ctx, "read evidence", err)
	}
	evidence, err := readEvidence(ctx, tx, programID, query)
	err = errors.Join(err, tx.Rollback())
	if err != nil {
		return nil, failure(ctx, "read evidence", err)
	}
	return evidence, nil
}

func readEvidence(ctx context.Context, tx *sql.Tx, programID string, q store.EvidenceQuery) (*store.Evidence, error) {
	e := &store.Evidence{APIVersion: store.EvidenceAPIVersion, Kind: store.EvidenceKind, TakenAt: q.Now}
	var err error
	e.Program, err = scanClaim(tx.QueryRowContext(ctx, `SELECT `+claimColumns+`, revision FROM programs WHERE id = ?`,
		programID), &e.Revision)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, store.ErrNotClaimed
	}
	r := &reader{ctx: ctx, tx: tx, err: err}
	e.Surveys = list(r, scanTotals, `SELECT `+totalColumns+` FROM waves AS w
		WHERE w.program_id = ? GROUP BY w.survey ORDER BY w.survey`, programID)
	e.Waves = list(r, scanWave, `SELECT `+waveColumns+` FROM (
			SELECT *, row_number() OVER (PARTITION BY survey ORDER BY due_at DESC, slot DESC) AS newest
			FROM waves WHERE program_id = ? AND due_at >= ?)
		WHERE newest <= ? ORDER BY survey, due_at, slot`, programID, micros(q.Now.Add(-q.WaveAge)), q.WavesPerSurvey)
	opened := micros(q.Now.Add(-q.FollowUpAge))
	e.FollowUps = list(r, scanFollowUp, `SELECT `+followUpColumns+` FROM (
			SELECT * FROM follow_ups WHERE program_id = ? AND opened_at >= ? ORDER BY opened_at DESC, id DESC LIMIT ?)
		ORDER BY opened_at, id`, programID, opened, q.FollowUps)
	if r.err == nil && len(e.FollowUps) == q.FollowUps {
		r.err = tx.QueryRowContext(ctx, `SELECT count(*) - ? FROM follow_ups WHERE program_id = ? AND opened_at >= ?`,
			q.FollowUps, programID, opened).Scan(&e.FollowUpsLeftOut)
	}
	e.Decisions = list(r, scanDecision, `SELECT `+decisionColumns+` FROM (
			SELECT *, row_number() OVER (PARTITION BY subject_kind, subject_name, touchpoint, item, role, owner
				ORDER BY decided_at DESC, offer_id DESC) AS newest
			FROM decisions WHERE program_id = ?)
		WHERE newest = 1 ORDER BY subject_kind, subject_name, touchpoint, item, role, owner`, programID)
	e.Points = list(r, scanPoint, latestPoints, sql.Named("program", programID), sql.Named("n", q.PointsPerKPI))
	e.Stages = list(r, scanPlain(scanStage), `SELECT `+stageColumns+` FROM (
			SELECT *, row_number() OVER (PARTITION BY framework ORDER BY seq DESC) AS newest
			FROM stage_changes WHERE program_id = ?)
		WHERE newest <= ? ORDER BY framework, seq`, programID, store.StagesPerFramework)
	e.Marks = list(r, scanMark, `SELECT scope, key, value, since FROM marks
		WHERE program_id = ? ORDER BY scope, key`, programID)
	return e, r.err
}

// latestPoints goes from KPI to KPI through the key and reads the newest points of each. Ranking all points instead
// would cost more with every year of history. CROSS JOIN keeps SQLite to that order.
const latestPoints = `WITH RECURSIVE kpis (name) AS (
		SELECT min(kpi) FROM kpi_points WHERE program_id = :program
		UNION ALL
		SELECT (SELECT min(kpi) FROM kpi_points WHERE program_id = :program AND kpi > kpis.name) FROM kpis
		WHERE kpis.name IS NOT NULL
	)
	SELECT ` + pointColumns + ` FROM kpis CROSS JOIN kpi_points AS p
	WHERE p.program_id = :program AND p.kpi = kpis.name AND p.as_of >= coalesce((
			SELECT DISTINCT as_of FROM kpi_points WHERE program_id = :program AND kpi = kpis.name
			ORDER BY as_of DESC LIMIT 1 OFFSET :n - 1), 0)
		AND p.revision = (SELECT max(revision) FROM kpi_points
			WHERE program_id = :program AND kpi = p.kpi AND as_of = p.as_of)
	ORDER BY p.kpi, p.as_of`

// reader runs queries until the first failure and keeps that.
type reader struct {
	ctx context.Context
	tx  *sql.Tx
	err error
}

func list[T any](r *reader, scan func(scanner) (T, error), query string, args ...any) []T {
	if r.err != nil {
		return nil
	}
	rows, err := r.tx.QueryContext(r.ctx, query, args...)
	if err != nil {
		r.err = err
		return nil
	}
	var values []T
	values, r.err = collect(rows, scan)
	return values
}

// collect reads all rows and closes them; the list is never nil.
func collect[T any](rows *sql.Rows, scan func(scanner) (T, error)) (values []T, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	values = []T{}
	for rows.Next() {
		value, err := scan(rows)
		if err != nil {
			return values, err
		}
		values = append(values, value)
	}
	return values, rows.Err()
}
