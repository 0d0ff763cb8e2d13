// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

const (
	// tryAgain is how soon the API server is tried again for the first time; it doubles up to tryAgainAtMost.
	tryAgain, tryAgainAtMost = time.Second, 30 * time.Second
	// reachTime is how long the API server has to say that it is ready.
	reachTime = 10 * time.Second
)

// cluster is the part of the process that needs an API server.
type cluster struct {
	config *rest.Config
	// options are made anew for each manager.
	options func() ctrl.Options
	setup   func(context.Context, ctrl.Manager) error
	health  *health
	log     *slog.Logger
}

// run works until ctx ends. While there is no API server, or none that knows our kinds, and when a manager ends, it tries again
// with a new one: survey pages go on meanwhile, and would end with the process. What an earlier manager left behind was told to
// stop and does no harm: several managers on one store never do.
func (c *cluster) run(ctx context.Context) error {
	wait := tryAgain
	for {
		began := time.Now()
		err := c.attempt(ctx)
		if ctx.Err() != nil {
			if errors.Is(err, context.Canceled) {
				err = nil
			}
			return err
		}
		if time.Since(began) > tryAgainAtMost {
			wait = tryAgain // it worked for a while
		}
		c.health.set(err)
		c.log.Error("the controllers do not run; survey pages are served all the same", "error", err, "tryAgainIn", wait.String())
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, tryAgainAtMost)
	}
}

// attempt runs one manager, which can be started only once.
func (c *cluster) attempt(ctx context.Context) error {
	if err := c.reach(ctx); err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(c.config, c.options())
	if err != nil {
		return fmt.Errorf("connecting to the cluster: %w", err)
	}
	if err := mgr.Add(filled{c.health}); err != nil {
		return err
	}
	if err := c.setup(ctx, mgr); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	if !works(mgr) {
		return nil // it may wait for its caches, and would go on waiting
	}
	return <-done
}

// works says whether the controllers were started.
func works(mgr ctrl.Manager) bool {
	select {
	case <-mgr.Elected():
		return true
	default:
		return false
	}
}

// reach asks whether the API server is ready. Making a manager would find out, too, but does not end with ctx.
func (c *cluster) reach(ctx context.Context) error {
	client, err := discovery.NewDiscoveryClientForConfig(c.config)
	if err != nil {
		return fmt.Errorf("connecting to the cluster: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	err = client.RESTClient().Get().AbsPath("/readyz").MaxRetries(0).Do(ctx).Error()
	if err == nil || apierrors.IsUnauthorized(err) || apierrors.IsForbidden(err) || apierrors.IsNotFound(err) {
		return nil // it answers; what we may do there shows later
	}
	return fmt.Errorf("waiting for the API server: %w", err)
}

// filled is started by a manager whose caches are filled, whether it leads or not.
type filled struct{ health *health }

var _ manager.LeaderElectionRunnable = filled{}

// Start notes that all is well.
func (f filled) Start(ctx context.Context) error {
	f.health.set(nil)
	<-ctx.Done()
	return nil
}

// NeedLeaderElection is false: a standby is ready, too.
func (filled) NeedLeaderElection() bool { return false }
