// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

const (
	// lockPatience is how long the store may still be another process's: that of a pod which was deleted by force, and ends.
	lockPatience = 30 * time.Second
	// lockEvery is how often it is tried meanwhile.
	lockEvery = 200 * time.Millisecond
)

// openFree opens the store, once the process before this one has let go of it.
func openFree(ctx context.Context, address string, patience time.Duration, log *slog.Logger) (storage, error) {
	end := time.Now().Add(patience)
	for said := false; ; said = true {
		evidence, err := openStore(ctx, address)
		switch {
		case !errors.Is(err, store.ErrLocked):
			return evidence, err
		case !time.Now().Before(end):
			return nil, fmt.Errorf("waited %s for the store: %w", patience, err)
		case !said:
			log.Warn("waiting for the store", "error", err, "atMost", patience.String())
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(lockEvery):
		}
	}
}
