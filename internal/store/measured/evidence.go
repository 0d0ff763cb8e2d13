// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package measured

import (
	"context"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// Claim is measured.
func (s *Store) Claim(ctx context.Context, programID string, by store.Holder, adoptFrom string, now time.Time) (_ store.Claim,
	err error) {
	defer s.time("Claim")(&err)
	return s.next.Claim(ctx, programID, by, adoptFrom, now)
}

// RecordWaveStarted is measured.
func (s *Store) RecordWaveStarted(ctx context.Context, programID string, wave store.WaveStart) (err error) {
	defer s.time("RecordWaveStarted")(&err)
	return s.next.RecordWaveStarted(ctx, programID, wave)
}

// RecordWave is measured.
func (s *Store) RecordWave(ctx context.Context, programID string, wave store.WaveOutcome) (_ store.WaveOutcome, err error) {
	defer s.time("RecordWave")(&err)
	return s.next.RecordWave(ctx, programID, wave)
}

// WaveTotals is measured.
func (s *Store) WaveTotals(ctx context.Context, programID, survey string) (_ store.WaveTotals, err error) {
	defer s.time("WaveTotals")(&err)
	return s.next.WaveTotals(ctx, programID, survey)
}

// RecordFollowUp is measured.
func (s *Store) RecordFollowUp(ctx context.Context, programID string, followUp store.FollowUp) (_ store.FollowUp, err error) {
	defer s.time("RecordFollowUp")(&err)
	return s.next.RecordFollowUp(ctx, programID, followUp)
}

// RecordDecision is measured.
func (s *Store) RecordDecision(ctx context.Context, programID string, decision store.Decision) (_ store.Decision, err error) {
	defer s.time("RecordDecision")(&err)
	return s.next.RecordDecision(ctx, programID, decision)
}

// RecordPoint is measured.
func (s *Store) RecordPoint(ctx context.Context, programID string, point store.KPIPoint) (_ store.KPIPoint, err error) {
	defer s.time("RecordPoint")(&err)
	return s.next.RecordPoint(ctx, programID, point)
}

// RecordStage is measured.
func (s *Store) RecordStage(ctx context.Context, programID string, change store.StageChange) (_ store.StageChange, err error) {
	defer s.time("RecordStage")(&err)
	return s.next.RecordStage(ctx, programID, change)
}

// SinceAll is measured.
func (s *Store) SinceAll(ctx context.Context, programID, scope string, values map[string]string,
	now time.Time) (_ map[string]time.Time, err error) {
	defer s.time("SinceAll")(&err)
	return s.next.SinceAll(ctx, programID, scope, values, now)
}

// Points is measured.
func (s *Store) Points(ctx context.Context, programID, kpi string, limit int) (_ []store.KPIPoint, err error) {
	defer s.time("Points")(&err)
	return s.next.Points(ctx, programID, kpi, limit)
}

// Decisions is measured.
func (s *Store) Decisions(ctx context.Context, programID, subjectKind, subjectName string) (_ []store.Decision, err error) {
	defer s.time("Decisions")(&err)
	return s.next.Decisions(ctx, programID, subjectKind, subjectName)
}

// Evidence is measured.
func (s *Store) Evidence(ctx context.Context, programID string, query store.EvidenceQuery) (_ *store.Evidence, err error) {
	defer s.time("Evidence")(&err)
	return s.next.Evidence(ctx, programID, query)
}

// Revision is measured.
func (s *Store) Revision(ctx context.Context, programID string) (_ int64, err error) {
	defer s.time("Revision")(&err)
	return s.next.Revision(ctx, programID)
}

// Close is measured.
func (s *Store) Close() (err error) {
	defer s.time("Close")(&err)
	return s.next.Close()
}
