// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command cx-operator runs the controllers. "cx-operator contacts", "backup" and "restore" work on its store without them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/sync/errgroup"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
)

// version is stamped by make build.
var version = "dev"

func main() {
	err := run(ctrl.SetupSignalHandler(), os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "cx-operator:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case contactsCommand:
			return runContacts(ctx, args, os.Stdin, os.Stdout, time.Now)
		case backupCommandName, restoreCommandName:
			return runStore(ctx, args, streams{in: os.Stdin, out: os.Stdout, err: stderr}, time.Now)
		}
	}
	o, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	if o.version {
		fmt.Println("cx-operator", version)
		return nil
	}
	handler := o.logHandler(stderr)
	ctrl.SetLogger(logr.FromSlogHandler(handler))
	klog.SetSlogLogger(slog.New(handler)) // what client-go says: a log in JSON has no lines of text

	evidence, err := openFree(ctx, o.store, lockPatience, slog.New(handler))
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		return nil // told to stop while it waited
	}
	if err != nil {
		return err
	}
	err = serve(ctx, o, evidence, slog.New(handler))
	if cerr := evidence.Close(); cerr != nil {
		err = errors.Join(err, fmt.Errorf("closing the store: %w", cerr))
	}
	return err
}

func openStore(ctx context.Context, address string) (storage, error) {
	driver, path, err := store.ParseURL(address)
	if err != nil {
		return nil, fmt.Errorf("--store: %w", err)
	}
	switch driver {
	case store.DriverSQLite:
		return sqlite.Open(ctx, path, sqlite.Options{})
	default:
		return nil, fmt.Errorf("--store: no support for %q in this build", driver)
	}
}

// storage is a store with all its parts: what happened, people, and what owners decide by a link.
type storage interface {
	store.Store
	store.People
	store.Offers
}

func serve(ctx context.Context, o options, evidence storage, log *slog.Logger) error {
	cfg, err := o.restConfig()
	if err != nil {
		return err
	}
	people, err := newPeople(o.people, evidence, log)
	if err != nil {
		return err
	}
	if err := people.asks(o.prometheus, log); err != nil {
		return err
	}
	hide, err := people.figures.publish()
	if err != nil {
		return err
	}
	defer hide()
	health, err := newHealth(o.healthAddress)
	if err != nil {
		return err
	}
	c := &cluster{config: cfg, options: o.managerOptions, health: health, log: log, setup: func(ctx context.Context, mgr ctrl.Manager) error {
		return controllers.Setup(ctx, mgr, people.services, clock.RealClock{})
	}}
	parts, ctx := errgroup.WithContext(ctx)
	parts.Go(func() error { return c.run(ctx) })
	parts.Go(func() error { return health.run(ctx) })
	if len(people.files) > 0 {
		parts.Go(func() error { return watch(ctx, people.files, lookEvery) })
	}
	if people.pages != nil {
		parts.Go(func() error { return people.pages(ctx) })
	}
	return parts.Wait()
}
