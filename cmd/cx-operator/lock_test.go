// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
)

// heldStore names the store that a second process is to hold.
const heldStore = "CX_TEST_HELD_STORE"

// hold starts a second process that has the store open, and returns how to kill it.
func hold(t *testing.T, address string) (kill func()) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTheStoreOfAnotherProcessIsWaitedFor$")
	child.Env = append(os.Environ(), heldStore+"="+address)
	child.Stderr = os.Stderr
	output, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(output).ReadString('\n'); line != "held\n" {
		t.Fatalf("the second process says %q (%v)", line, err)
	}
	return func() {
		if err := child.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = child.Wait() // it says "killed", which is what was asked for
	}
}

// holding is the second process.
func holding(t *testing.T, address string) {
	if _, err := openStore(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	fmt.Println("held")
	select {} // until it is killed
}

// waiter calls a function each time that somebody begins to wait.
type waiter func()

func (w waiter) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("waiting for the store")) {
		w()
	}
	return len(line), nil
}

// A pod that was deleted by force may live a little longer than the one that follows it would like.
func TestTheStoreOfAnotherProcessIsWaitedFor(t *testing.T) {
	if address := os.Getenv(heldStore); address != "" {
		holding(t, address)
	}
	address := "sqlite:" + filepath.Join(t.TempDir(), "evidence.db")
	kill, waited := hold(t, address), 0
	// It fails for want of a cluster, after it got the store.
	err := run(t.Context(), []string{"--store=" + address, "--kubeconfig=" + filepath.Join(t.TempDir(), "none")}, waiter(func() {
		if waited++; waited == 1 {
			kill()
		}
	}))
	if err == nil || !strings.Contains(err.Error(), "reading the kubeconfig") {
		t.Errorf("once the other process had ended: %v", err)
	}
	if waited != 1 {
		t.Errorf("it was logged %d times", waited)
	}
}

func TestWaitingForTheStoreEnds(t *testing.T) {
	address := "sqlite:" + filepath.Join(t.TempDir(), "evidence.db")
	defer hold(t, address)()
	log := slog.New(slog.DiscardHandler)
	_, err := openFree(t.Context(), address, time.Millisecond, log)
	if !errors.Is(err, store.ErrLocked) {
		t.Fatalf("got %v, want ErrLocked", err)
	}
	for _, want := range []string{"waited 1ms", "stop that one first", "Recreate", "process "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %q: %v", want, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	stopped := slog.New(slog.NewTextHandler(waiter(cancel), nil))
	if _, err := openFree(ctx, address, time.Hour, stopped); !errors.Is(err, context.Canceled) {
		t.Errorf("told to stop, it says %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	if err := run(ctx, []string{"--store=" + address, "--kubeconfig=" + filepath.Join(t.TempDir(), "none")}, waiter(cancel)); err != nil {
		t.Errorf("the process was told to stop, and fails: %v", err)
	}
	if _, err := openFree(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "none", "evidence.db"), time.Hour, log); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("it waits for a volume that is not there: %v", err)
	}
}

// Nothing answers probes before the store is open.
func TestProbesLetTheProcessWaitForItsStore(t *testing.T) {
	root, err := controlplane.Root()
	if err != nil {
		t.Fatal(err)
	}
	read := func(into any, path ...string) {
		t.Helper()
		file, err := os.Open(filepath.Join(append([]string{root}, path...)...))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(file)
		if err := errors.Join(err, file.Close(), yaml.Unmarshal(text, into)); err != nil {
			t.Fatal(err)
		}
	}
	var deployment appsv1.Deployment
	var values struct {
		StartupProbe *corev1.Probe `json:"startupProbe"`
	}
	read(&deployment, "config", "manager", "deployment.yaml")
	read(&values, "charts", "cx-operator", "values.yaml")
	for name, probe := range map[string]*corev1.Probe{
		"config": deployment.Spec.Template.Spec.Containers[0].StartupProbe, "chart": values.StartupProbe,
	} {
		if probe == nil {
			t.Fatalf("%s: there is no startup probe", name)
		}
		if start := time.Duration(probe.FailureThreshold*probe.PeriodSeconds) * time.Second; start < 4*lockPatience {
			t.Errorf("%s: the process is killed after %s, and may wait %s for its store before it begins to open it", name, start, lockPatience)
		}
	}
}
