// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

const (
	// dropEvery is how long answers outlive their term at most.
	dropEvery = time.Hour
	// dropAtOnce is how many waves are asked for at a time.
	dropAtOnce = 100
)

// Retention drops the answers of waves whose term is over. It goes by what the store knows: the objects of old waves are pruned,
// and the API server may be away. Two at once do no harm.
type Retention struct {
	terms  Terms
	clock  clock.PassiveClock
	report func(error)
}

// Terms knows until when answers are kept.
type Terms interface {
	DueForDropping(ctx context.Context, now time.Time, limit int) ([]store.WaveKey, error)
	PublishedWave(ctx context.Context, wave store.WaveKey) (store.PublishedWave, error)
	PublishWave(ctx context.Context, wave store.PublishedWave) error
	DropAnswers(ctx context.Context, wave store.WaveKey, now time.Time) (int64, error)
}

// NewRetention makes what drops answers.
func NewRetention(terms Terms, clk clock.PassiveClock) *Retention {
	log := ctrl.Log.WithName("retention")
	return &Retention{terms: terms, clock: clk, report: func(err error) { log.Error(err, "dropping answers whose term is over") }}
}

// NeedLeaderElection says that it need not wait to be elected: for that, the API server is needed.
func (r *Retention) NeedLeaderElection() bool { return false }

// Start sweeps now and periodically, until ctx ends.
func (r *Retention) Start(ctx context.Context) error {
	wait.UntilWithContext(ctx, func(ctx context.Context) {
		if err := r.Sweep(ctx); err != nil && ctx.Err() == nil {
			r.report(err)
		}
	}, dropEvery)
	return nil
}

// Sweep drops the answers of every wave whose term is over. What cannot be dropped does not keep the others.
func (r *Retention) Sweep(ctx context.Context) error {
	for {
		due, err := r.terms.DueForDropping(ctx, r.clock.Now(), dropAtOnce)
		if err != nil {
			return fmt.Errorf("listing waves whose term is over: %w", err)
		}
		var errs []error
		for _, wave := range due {
			if err := r.end(ctx, wave); err != nil {
				errs = append(errs, fmt.Errorf("wave %s-%s of program %s: %w", wave.Survey, wave.Slot, wave.ProgramID, err))
			}
		}
		if len(due) < dropAtOnce || len(errs) > 0 {
			return errors.Join(errs...) // those that failed would be listed again at once
		}
	}
}

// end drops the answers of a closed wave. One that nobody has closed is gone from the cluster, or the operator was down for long:
// it is closed first, and its answers stay as long as figures may still be made of them.
func (r *Retention) end(ctx context.Context, key store.WaveKey) error {
	wave, err := r.terms.PublishedWave(ctx, key)
	if err != nil {
		return err
	}
	now := r.clock.Now()
	if wave.State != store.WaveTakesNothing {
		wave.State, wave.KeepUntil = store.WaveTakesNothing, now.Add(program.LeastKept)
		return r.terms.PublishWave(ctx, wave)
	}
	_, err = r.terms.DropAnswers(ctx, key, now)
	return err
}
