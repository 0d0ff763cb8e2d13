// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// Faulty is a Store whose writes fail where a test wants: for example the k-th, as a crash would. Reads are
// passed on. The name given to a hook is that of the method, such as "RecordWave"; a hook may be nil.
type Faulty struct {
	store.Store
	// BeforeWrite runs before a write; with an error the write does not happen.
	BeforeWrite func(operation string) error
	// AfterWrite runs after a write that succeeded; with an error the caller is not told that it did.
	AfterWrite func(operation string) error
}

var _ store.Store = (*Faulty)(nil)

func faulty[T any](f *Faulty, operation string, write func() (T, error)) (T, error) {
	var none T
	if f.BeforeWrite != nil {
		if err := f.BeforeWrite(operation); err != nil {
			return none, err
		}
	}
	value, err := write()
	if err != nil || f.AfterWrite == nil {
		return value, err
	}
	if err := f.AfterWrite(operation); err != nil {
		return none, err
	}
	return value, nil
}

// Claim may fail.
func (f *Faulty) Claim(ctx context.Context, programID string, by store.Holder, adoptFrom string,
	now time.Time) (store.Claim, error) {
	return faulty(f, "Claim", func() (store.Claim, error) {
		return f.Store.Claim(ctx, programID, by, adoptFrom, now)
	})
}

// RecordWaveStarted may fail.
func (f *Faulty) RecordWaveStarted(ctx context.Context, programID string, wave store.WaveStart) error {
	_, err := faulty(f, "RecordWaveStarted", func() (struct{}, error) {
		return struct{}{}, f.Store.RecordWaveStarted(ctx, programID, wave)
	})
	return err
}

// RecordWave may fail.
func (f *Faulty) RecordWave(ctx context.Context, programID string,
	wave store.WaveOutcome) (store.WaveOutcome, error) {
	return faulty(f, "RecordWave", func() (store.WaveOutcome, error) {
		return f.Store.RecordWave(ctx, programID, wave)
	})
}

// RecordFollowUp may fail.
func (f *Faulty) RecordFollowUp(ctx context.Context, programID string,
	followUp store.FollowUp) (store.FollowUp, error) {
	return faulty(f, "RecordFollowUp", func() (store.FollowUp, error) {
		return f.Store.RecordFollowUp(ctx, programID, followUp)
	})
}

// RecordDecision may fail.
func (f *Faulty) RecordDecision(ctx context.Context, programID string,
	decision store.Decision) (store.Decision, error) {
	return faulty(f, "RecordDecision", func() (store.Decision, error) {
		return f.Store.RecordDecision(ctx, programID, decision)
	})
}

// RecordPoint may fail.
func (f *Faulty) RecordPoint(ctx context.Context, programID string, point store.KPIPoint) (store.KPIPoint, error) {
	return faulty(f, "RecordPoint", func() (store.KPIPoint, error) {
		return f.Store.RecordPoint(ctx, programID, point)
	})
}

// RecordStage may fail.
func (f *Faulty) RecordStage(ctx context.Context, programID string,
	change store.StageChange) (store.StageChange, error) {
	return faulty(f, "RecordStage", func() (store.StageChange, error) {
		return f.Store.RecordStage(ctx, programID, change)
	})
}

// SinceAll may fail.
func (f *Faulty) SinceAll(ctx context.Context, programID, scope string, values map[string]string,
	now time.Time) (map[string]time.Time, error) {
	return faulty(f, "SinceAll", func() (map[string]time.Time, error) {
		return f.Store.SinceAll(ctx, programID, scope, values, now)
	})
}
