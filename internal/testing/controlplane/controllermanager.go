// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// stopTimeout is how long kube-controller-manager may take to end before it is killed.
const stopTimeout = 10 * time.Second

// ControllerManager is a running kube-controller-manager.
type ControllerManager struct {
	// Log is the file that it writes to; Stop removes it.
	Log string

	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

// StartControllerManager starts a kube-controller-manager that collects garbage by owner references and empties
// namespaces that are deleted; nothing else, unless flags add it: --controllers=cronjob-controller is one more
// controller, --controllers=-namespace-controller one less. It ends with ctx or Stop, and must end before the control
// plane does. It needs a few seconds until it acts: wait for what it does, not for it.
func (c *ControlPlane) StartControllerManager(ctx context.Context, flags ...string) (*ControllerManager, error) {
	folder, err := os.MkdirTemp("", "cx-operator-kcm-")
	if err != nil {
		return nil, err
	}
	manager, err := c.startControllerManager(ctx, folder, flags)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start kube-controller-manager from %s: %w", c.Assets, err), os.RemoveAll(folder))
	}
	return manager, nil
}

func (c *ControlPlane) startControllerManager(ctx context.Context, folder string, flags []string) (*ControllerManager, error) {
	kubeconfig := filepath.Join(folder, "kubeconfig")
	if err := os.WriteFile(kubeconfig, c.Kubeconfig, 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the child has its own

	ctx, cancel := context.WithCancel(ctx)
	arguments := append([]string{
		"--kubeconfig=" + kubeconfig,
		"--leader-elect=false",
		"--secure-port=0", // several may run on one machine
		"--controllers=garbage-collector-controller,namespace-controller",
	}, flags...)
	command := exec.CommandContext(ctx, filepath.Join(c.Assets, "kube-controller-manager"), arguments...)
	command.Stdout, command.Stderr = log, log
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = stopTimeout
	if err := command.Start(); err != nil {
		cancel()
		return nil, err
	}
	manager := &ControllerManager{Log: log.Name(), cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(manager.done)
		if err := command.Wait(); ctx.Err() == nil {
			manager.err = fmt.Errorf("kube-controller-manager ended by itself, see %s: %w", manager.Log, err)
		}
	}()
	return manager, nil
}

// Done is closed when the process has ended, by itself or by Stop.
func (m *ControllerManager) Done() <-chan struct{} { return m.done }

// Stop ends the process and removes its files. It returns an error when the process had ended by itself; then the log stays.
func (m *ControllerManager) Stop() error {
	m.cancel()
	<-m.done
	if m.err != nil {
		return m.err
	}
	return os.RemoveAll(filepath.Dir(m.Log))
}
