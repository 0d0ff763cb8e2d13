// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package store is the evidence log: what a program did and reached that YAML cannot hold. It is keyed by the
// program's id, not by Kubernetes objects, so deleting and re-applying every object changes no history.
//
// Every Record call may be repeated: a crash between the write here and the write of a status is repaired by
// doing both again. Every call takes its time from the caller, but for leases of mail (see Outbox), which run by the
// store's own clock.
package store

import (
	"context"
	"time"
)

// Store keeps the evidence of many programs. All methods are safe for concurrent use and respect ctx; when a
// write returns a context error it may or may not have happened, and can be repeated.
//
// Errors: ErrInvalid for a record that breaks a rule of this package, ErrNotClaimed for a program id that nobody
// claimed yet, *InUseError from Claim, ErrUnavailable when the store is closed or its disk fails, and ctx.Err().
//
// Times are kept as UTC microseconds: what is read back is the written time cut to a microsecond.
type Store interface {
	// Claim takes the program id for a holder. The first claim wins. The same namespace claims again silently,
	// which also follows a re-created Program. Any other namespace gets *InUseError, unless adoptFrom is the
	// namespace UID of the present holder: then the id moves, once per pair of namespaces, and the move is
	// logged. Pass "" for adoptFrom when nobody asked for an adoption.
	Claim(ctx context.Context, programID string, by Holder, adoptFrom string, now time.Time) (Claim, error)

	// RecordWaveStarted counts a wave from the moment it is created, so that a limit on the number of waves
	// holds when the Survey is re-created. A wave that is already known stays as it is.
	RecordWaveStarted(ctx context.Context, programID string, wave WaveStart) error

	// RecordWave writes how a wave ended and returns what the log holds now. The first end of a wave is final;
	// afterwards only the publication can still be added (see MergeWave).
	RecordWave(ctx context.Context, programID string, wave WaveOutcome) (WaveOutcome, error)

	// WaveTotals counts the waves of one survey over its whole life. A survey without waves has zero totals.
	WaveTotals(ctx context.Context, programID, survey string) (WaveTotals, error)

	// RecordFollowUp writes how far a follow-up has come and returns what the log holds now. Where it comes from, its
	// deadline and its first response are final once recorded; recording the opening again changes nothing (see
	// MergeFollowUp).
	RecordFollowUp(ctx context.Context, programID string, followUp FollowUp) (FollowUp, error)

	// RecordDecision writes an owner's decision on an offer. The first decision on an offer is final: a later
	// call changes nothing, and the stored decision is returned each time.
	RecordDecision(ctx context.Context, programID string, decision Decision) (Decision, error)

	// RecordPoint writes the value of a KPI for an instant. An equal value is not written again. A different one
	// for the same instant is a correction: it becomes the current revision, the older one is kept. The current
	// revision is returned.
	RecordPoint(ctx context.Context, programID string, point KPIPoint) (KPIPoint, error)

	// RecordStage appends a stage change when the stage differs from the last one of that framework, and
	// returns the entry in force.
	RecordStage(ctx context.Context, programID string, change StageChange) (StageChange, error)

	// SinceAll returns, for each key of the scope, since when it has had the given value without a break. The
	// first time a value is seen, that is now. The value "" removes the key: it is not in the answer, and when
	// it returns it starts anew. Keys not given are left alone. One transaction; no write if nothing changed.
	SinceAll(ctx context.Context, programID, scope string, values map[string]string,
		now time.Time) (map[string]time.Time, error)

	// Points returns the current revision of the latest points of one KPI, at most limit, oldest first.
	Points(ctx context.Context, programID, kpi string, limit int) ([]KPIPoint, error)

	// Decisions returns every decision about one subject, its touchpoints included, in the order in which they were
	// made.
	Decisions(ctx context.Context, programID, subjectKind, subjectName string) ([]Decision, error)

	// Evidence reads everything decisions need about one program, in bounded size and a fixed order, as one
	// consistent snapshot.
	Evidence(ctx context.Context, programID string, query EvidenceQuery) (*Evidence, error)

	// Revision increases with every actual change of that program's evidence, and only then; 0 means that
	// nobody claimed the id. Callers keep Evidence in memory for as long as it stands still.
	Revision(ctx context.Context, programID string) (int64, error)

	// Close finishes the writes under way and releases the store. Later calls return ErrUnavailable.
	Close() error
}

// Since is SinceAll for one key.
func Since(ctx context.Context, s Store, programID, scope, key, value string, now time.Time) (time.Time, error) {
	all, err := s.SinceAll(ctx, programID, scope, map[string]string{key: value}, now)
	return all[key], err
}
