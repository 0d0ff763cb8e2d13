// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

const (
	// sweepEvery is how long the mail of a wave goes on after the wave was deleted, at most.
	sweepEvery = time.Minute
	// sweepAgain is when a sweep is tried again that failed.
	sweepAgain = 10 * time.Second
)

// Janitor cancels mail that waits for waves that are gone from the cluster, or whose namespace is about to be. Controllers see to
// the waves that are there; nobody tells them of one that was deleted while the operator was down.
type Janitor struct {
	live   client.Reader
	homes  Homes
	queue  Queue
	clock  clock.PassiveClock
	mail   manager.Runnable
	report func(error)
}

// Homes tells in which namespace a program is at home.
type Homes interface {
	Evidence(ctx context.Context, programID string, query store.EvidenceQuery) (*store.Evidence, error)
}

// Queue is mail that waits.
type Queue interface {
	QueuedWaves(ctx context.Context) ([]store.WaveKey, error)
	CancelMessages(ctx context.Context, wave store.WaveKey, reason string) (int64, error)
}

// NewJanitor makes a janitor. The live reader goes past the cache, which may be behind. mail is what sends: it starts once
// everything was looked at; nil when nothing is sent.
func NewJanitor(live client.Reader, homes Homes, queue Queue, clk clock.PassiveClock, mail manager.Runnable) *Janitor {
	log := ctrl.Log.WithName("mail")
	return &Janitor{live: live, homes: homes, queue: queue, clock: clk, mail: mail,
		report: func(err error) { log.Error(err, "looking for mail of waves that are gone") }}
}

// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get
// +kubebuilder:rbac:groups=cx-operator.io,resources=surveywaves,verbs=get

// Start sweeps until it has succeeded once, then lets the mail go out and sweeps periodically, until ctx ends.
func (j *Janitor) Start(ctx context.Context) error {
	// It ends with a sweep that succeeded, or when told to stop.
	swept := false
	_ = wait.PollUntilContextCancel(ctx, sweepAgain, true, func(ctx context.Context) (bool, error) {
		swept = j.sweep(ctx)
		return swept, nil
	})
	if !swept {
		return nil
	}
	parts, ctx := errgroup.WithContext(ctx)
	if j.mail != nil {
		parts.Go(func() error { return j.mail.Start(ctx) })
	}
	parts.Go(func() error {
		wait.UntilWithContext(ctx, func(ctx context.Context) { j.sweep(ctx) }, sweepEvery)
		return nil
	})
	return parts.Wait()
}

func (j *Janitor) sweep(ctx context.Context) bool {
	err := j.Sweep(ctx)
	if err != nil && ctx.Err() == nil {
		j.report(err)
	}
	return err == nil
}

// Sweep looks once at every wave that has mail waiting. What cannot be looked at is left alone, and is an error.
func (j *Janitor) Sweep(ctx context.Context) error {
	waves, err := j.queue.QueuedWaves(ctx)
	if err != nil {
		return fmt.Errorf("listing waves with mail: %w", err)
	}
	homes, errs := map[string]*home{}, []error{}
	for _, wave := range waves {
		if homes[wave.ProgramID] == nil {
			homes[wave.ProgramID] = j.home(ctx, wave.ProgramID)
		}
		errs = append(errs, j.sweepWave(ctx, wave, homes[wave.ProgramID]))
	}
	return errors.Join(errs...)
}

func (j *Janitor) sweepWave(ctx context.Context, wave store.WaveKey, home *home) error {
	gone, err := home.gone, home.err
	if !gone && err == nil {
		gone, err = j.waveGone(ctx, wave, home.namespace)
	}
	if apierrors.IsForbidden(err) {
		return nil // a namespace that this operator does not look after: it sends nothing for it, either
	}
	if err != nil {
		return fmt.Errorf("wave %s-%s of program %s: %w", wave.Survey, wave.Slot, wave.ProgramID, err)
	}
	if !gone {
		return nil
	}
	_, err = j.queue.CancelMessages(ctx, wave, "the wave is gone")
	return err
}

// home is where a program is at home, or that it is there no more.
type home struct {
	namespace string
	gone      bool
	err       error
}

// home trusts the claim: a namespace of the same name may be another one.
func (j *Janitor) home(ctx context.Context, programID string) *home {
	evidence, err := j.homes.Evidence(ctx, programID, store.EvidenceQuery{
		Now: j.clock.Now(), PointsPerKPI: 1, WaveAge: time.Second, WavesPerSurvey: 1, FollowUpAge: time.Second, FollowUps: 1,
	})
	if err != nil {
		return &home{err: err}
	}
	holder, namespace := evidence.Program.Holder, &corev1.Namespace{}
	err = j.live.Get(ctx, client.ObjectKey{Name: holder.Namespace}, namespace)
	switch {
	case apierrors.IsNotFound(err):
		return &home{gone: true}
	case err != nil:
		return &home{err: err}
	}
	return &home{
		namespace: holder.Namespace,
		gone:      string(namespace.UID) != holder.NamespaceUID || !namespace.DeletionTimestamp.IsZero(),
	}
}

func (j *Janitor) waveGone(ctx context.Context, key store.WaveKey, namespace string) (bool, error) {
	wave := &cxv1.SurveyWave{}
	err := j.live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: key.Survey + "-" + key.Slot}, wave)
	if apierrors.IsNotFound(err) {
		return true, nil
	}
	t := wave.Spec.Template
	ours := string(t.Survey) == key.Survey && t.Slot == key.Slot
	return err == nil && (!ours || !wave.DeletionTimestamp.IsZero()), err
}
