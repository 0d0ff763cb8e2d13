// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package operator runs the controllers inside a test, as the server does, and counts what they write.
package operator

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
)

// Operator is a running manager.
type Operator struct {
	// Writes counts what the controllers wrote; events do not count.
	Writes *Writes
	// Manager is the manager, for its cache.
	Manager ctrl.Manager

	cancel context.CancelFunc
	done   chan error
	once   sync.Once
	err    error
}

// Options say how the operator runs.
type Options struct {
	// Store is where evidence is kept; a fresh one when nil.
	Store store.Store
	// Clock is the real one when nil.
	Clock clock.PassiveClock
	// Namespaces are those that it looks after; all when empty.
	Namespaces []string
	// Setup replaces the controllers, for peers in benchmarks.
	Setup func(ctx context.Context, mgr ctrl.Manager) error
}

// Start runs the operator until the test ends or Stop is called.
func Start(t testing.TB, cfg *rest.Config, o Options) *Operator {
	t.Helper()
	if o.Store == nil {
		o.Store = Store(t)
	}
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	if o.Setup == nil {
		o.Setup = func(ctx context.Context, mgr ctrl.Manager) error {
			offers, _ := o.Store.(store.Offers)
			return controllers.Setup(ctx, mgr, controllers.Services{Evidence: o.Store, Offers: offers}, o.Clock)
		}
	}
	op, err := start(cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := op.Stop(); err != nil {
			t.Error(err)
		}
	})
	return op
}

// Store opens an evidence store that goes with the test.
func Store(t testing.TB) store.Store { return StoreAt(t, nil) }

// StoreAt opens a store with both its halves, evidence and people, that goes with the test. Mail is leased by the given clock, nil
// for the system's.
func StoreAt(t testing.TB, now func() time.Time) *sqlite.Store {
	t.Helper()
	evidence, err := sqlite.Open(context.WithoutCancel(t.Context()), filepath.Join(t.TempDir(), "evidence.db"), sqlite.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := evidence.Close(); err != nil {
			t.Error(err)
		}
	})
	return evidence
}

func start(cfg *rest.Config, o Options) (*Operator, error) {
	op := &Operator{Writes: NewWrites(), done: make(chan error, 1)}
	options := controllers.ManagerOptions(o.Namespaces...)
	options.Metrics = metricsserver.Options{BindAddress: "0"}
	options.Controller.SkipNameValidation = new(true) // several managers in one process
	options.NewClient = func(cfg *rest.Config, o client.Options) (client.Client, error) {
		c, err := client.New(cfg, o)
		if err != nil {
			return nil, err
		}
		return op.Writes.Count(c), nil
	}
	var err error
	if op.Manager, err = ctrl.NewManager(cfg, options); err != nil {
		return nil, fmt.Errorf("making the manager: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	op.cancel = cancel
	if err := o.Setup(ctx, op.Manager); err != nil {
		cancel()
		return nil, err
	}
	go func() { op.done <- op.Manager.Start(ctx) }()
	if !op.Manager.GetCache().WaitForCacheSync(ctx) {
		cancel()
		return nil, errors.Join(errors.New("the caches did not fill"), <-op.done)
	}
	return op, nil
}

// Stop ends the operator and waits until it has.
func (o *Operator) Stop() error {
	o.once.Do(func() {
		o.cancel()
		o.err = <-o.done
	})
	return o.err
}
