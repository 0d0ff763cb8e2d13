// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command run is `make run` and `make demo`: a real control plane, the operator on the sample programs, and the sample's
// owners who accept what they are offered.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
)

// demoTimeout bounds the wait for a wave that is open for three minutes, with room for a busy machine.
const demoTimeout = 12 * time.Minute

func main() {
	flags := flag.NewFlagSet("run", flag.ExitOnError) // a set of its own: libraries add theirs to the common one
	assets := flags.String("assets", os.Getenv("KUBEBUILDER_ASSETS"), "folder with etcd, kube-apiserver, kube-controller-manager, kubectl")
	demo := flags.Bool("demo", false, "play the sample through, print the tables and exit")
	_ = flags.Parse(os.Args[1:]) // ends the program on a mistake

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *assets, *demo); err != nil && (ctx.Err() == nil || !errors.Is(err, ctx.Err())) {
		fmt.Fprintln(os.Stderr, "\nfailed:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, assets string, demo bool) (err error) {
	root, err := controlplane.Root()
	if err != nil {
		return err
	}
	w, err := newWorld(root, assets)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.stop(err != nil)) }()
	if err := w.start(ctx); err != nil {
		return err
	}
	if err := w.applySamples(ctx); err != nil {
		return err
	}
	if demo {
		ctx, cancel := context.WithTimeoutCause(ctx, demoTimeout, fmt.Errorf("not settled after %s", demoTimeout))
		defer cancel()
		return w.demo(ctx)
	}
	return w.stay(ctx)
}

// demo waits until the sample has settled and shows it.
func (w *world) demo(ctx context.Context) error {
	if err := w.settle(ctx, retailerAccepted); err != nil {
		return err
	}
	if err := w.answerMails(ctx); err != nil {
		return err
	}
	if err := w.settle(ctx, func(ctx context.Context, c client.Reader) (string, error) {
		if missing, err := answersCounted(ctx, c); missing != "" || err != nil {
			return missing, err
		}
		return retailerSettled(ctx, c)
	}); err != nil {
		return err
	}
	if err := w.printAnswers(ctx); err != nil {
		return err
	}
	say("settled; this is what kubectl get cx shows")
	if err := w.kubectl(ctx, "get", "cx", "--namespace", retailer); err != nil {
		return err
	}
	return w.printStanding(ctx)
}

// stay says what to try and keeps things going until interrupted.
func (w *world) stay(ctx context.Context) error {
	if err := w.settle(ctx, retailerAccepted); err != nil {
		return err
	}
	if err := w.printStanding(ctx); err != nil {
		return err
	}
	w.printHints()
	select {
	case <-ctx.Done():
		say("stopping")
		return nil
	case <-w.operatorDone:
		return fmt.Errorf("the operator ended by itself; its log is %s", w.path("operator.log"))
	}
}

func say(format string, args ...any) { fmt.Printf("\n==> "+format+"\n", args...) }

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }
