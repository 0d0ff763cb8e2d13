// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// stopTimeout is how long a program may take to end before it is killed.
const stopTimeout = 10 * time.Second

// process is a program that runs until it is stopped.
type process struct {
	name   string
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

// run starts a program of the node. What it prints goes to log/NAME.
func (n *Node) run(program string, arguments ...string) error {
	return n.runWith(nil, program, arguments...)
}

// runWith is run with more in the environment.
func (n *Node) runWith(environment []string, program string, arguments ...string) error {
	name := filepath.Base(program)
	log, err := os.Create(n.logPath(name))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the child has its own
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, program, arguments...)
	command.Stdout, command.Stderr = log, log
	command.Env = append(n.environment(), environment...)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = stopTimeout
	if err := command.Start(); err != nil {
		cancel()
		return fmt.Errorf("start %s: %w", name, err)
	}
	p := &process{name: name, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		if err := command.Wait(); ctx.Err() == nil {
			p.err = fmt.Errorf("%s ended by itself: %w\n%s", name, errors.Join(errors.New("see its log"), err), n.LogTail(name, 20))
		}
	}()
	n.processes = append(n.processes, p)
	return nil
}

// environment lets programs find each other: containerd its shim and runc, kube-proxy nft.
func (n *Node) environment() []string {
	return append(os.Environ(), "PATH="+filepath.Join(n.folder, "bin")+":"+os.Getenv("PATH"))
}

// ended returns the error of a process that ended by itself.
func (n *Node) ended() error {
	for _, p := range n.processes {
		select {
		case <-p.done:
			return p.err
		default:
		}
	}
	return nil
}

// until tries until try says nothing is missing, a process ends by itself, or ctx does.
func (n *Node) until(ctx context.Context, what string, try func(context.Context) error) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if ended := n.ended(); ended != nil {
			return ended
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w: %w", what, context.Cause(ctx), err)
		case <-tick.C:
		}
	}
}

// LogNames are the programs that keep a log.
func (n *Node) LogNames() []string {
	names := make([]string, 0, len(n.processes))
	for _, p := range n.processes {
		names = append(names, p.name)
	}
	return names
}

// LogTail is the end of a program's log.
func (n *Node) LogTail(name string, lines int) string {
	log, err := os.ReadFile(n.logPath(name))
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(log)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// output runs a program of the node to its end.
func (n *Node) output(ctx context.Context, program string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, program, arguments...)
	command.Env = n.environment()
	var out, stderr bytes.Buffer
	command.Stdout, command.Stderr = &out, &stderr
	if err := command.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w: %s", filepath.Base(program), strings.Join(arguments, " "), err, stderr.String())
	}
	return out.String(), nil
}
