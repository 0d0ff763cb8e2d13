// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// health answers probes as long as the process runs; a manager's would come and go with it.
type health struct {
	listener net.Listener

	mu      sync.Mutex
	trouble error
}

// newHealth opens the address; "0" is none. Nothing is served before run.
func newHealth(address string) (*health, error) {
	h := &health{trouble: errors.New("starting")}
	if address == "0" || address == "" {
		return h, nil
	}
	var err error
	if h.listener, err = net.Listen("tcp", address); err != nil {
		return nil, fmt.Errorf("--health-probe-bind-address: %w", err)
	}
	return h, nil
}

// set says what keeps the controllers from working, nil for nothing.
func (h *health) set(trouble error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.trouble = trouble
}

// run serves until ctx ends. The process is alive whatever the cluster does: starting it anew would only end the survey pages.
func (h *health) run(ctx context.Context) error {
	if h.listener == nil {
		return nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", h.ready)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // probes need no farewell
	defer stop()
	if err := server.Serve(h.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("answering health probes: %w", err)
	}
	return nil
}

func (h *health) ready(w http.ResponseWriter, _ *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.trouble != nil {
		http.Error(w, h.trouble.Error(), http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}
