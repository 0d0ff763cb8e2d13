// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"
)

// How long a connection may take for what. Pages are small, also on a bad line.
const (
	headerTime = 5 * time.Second
	readTime   = 20 * time.Second
	writeTime  = 30 * time.Second
	idleTime   = 60 * time.Second
	// headerBytes is far more than any browser sends.
	headerBytes = 16 << 10
	// drainTime is how long requests under way have when the server ends.
	drainTime = 15 * time.Second
)

// opsRoutes are for the cluster and its operators.
func (g *Gateway) opsRoutes(metrics prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if g.ending.Load() {
			http.Error(w, "ending", http.StatusServiceUnavailable)
			return
		}
		ctx, cancel := g.patient(r.Context())
		defer cancel()
		if err := g.ready(ctx); err != nil {
			g.log.Error("not ready", "error", err)
			http.Error(w, "the store does not answer", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	})
	if g.contacts != nil {
		mux.HandleFunc("PUT /api/v1/personas/{persona}/contacts", g.takeContacts(g.contacts))
	}
	g.previewRoutes(mux)
	g.peopleRoutes(mux)
	g.operateRoutes(mux)
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	return mux
}

// Server is a gateway on two addresses: one for everybody, one for the cluster; or on the latter alone.
type Server struct {
	gateway     *Gateway
	public, ops net.Listener
}

// Listen opens both addresses, e.g. ":8443" and ":8444"; ":0" takes a free port. Nothing is served before Run.
func Listen(g *Gateway, address, opsAddress string) (*Server, error) {
	public, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("the gateway's address: %w", err)
	}
	s, err := ListenInside(g, opsAddress)
	if err != nil {
		return nil, errors.Join(err, public.Close())
	}
	s.public = public
	return s, nil
}

// ListenInside opens the cluster's address alone: there are no pages then.
func ListenInside(g *Gateway, opsAddress string) (*Server, error) {
	ops, err := net.Listen("tcp", opsAddress)
	if err != nil {
		return nil, fmt.Errorf("the gateway's address for health and metrics: %w", err)
	}
	return &Server{gateway: g, ops: ops}, nil
}

// Address is where people come in, as host:port. There must be one.
func (s *Server) Address() string { return s.public.Addr().String() }

// OpsAddress is where health and metrics are, as host:port.
func (s *Server) OpsAddress() string { return s.ops.Addr().String() }

// Run serves until ctx ends; then it is not ready any more, takes no new connections, and lets requests under way finish. It
// returns nil after a clean end. A server runs once.
func (s *Server) Run(ctx context.Context) error {
	public, ops := s.server(s.gateway.Handler()), s.server(s.gateway.Ops())
	group, ctx := errgroup.WithContext(ctx)
	serve := func(server *http.Server, listener net.Listener) {
		group.Go(func() error {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("the gateway: %w", err)
			}
			return nil
		})
	}
	if s.public != nil {
		serve(public, s.public)
	}
	serve(ops, s.ops)
	group.Go(func() error {
		<-ctx.Done()
		s.gateway.ending.Store(true)
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
		// Health last: it tells the cluster that the rest is ending.
		return errors.Join(shutdown(drain, public), shutdown(drain, ops))
	})
	return group.Wait()
}

// shutdown cuts off what has not finished in time.
func shutdown(ctx context.Context, server *http.Server) error {
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("the gateway's requests did not finish in time: %w", err), server.Close())
	}
	return nil
}

func (s *Server) server(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: headerBytes,
		ErrorLog:       slog.NewLogLogger(s.gateway.log.Handler(), slog.LevelDebug), // broken handshakes and the like, by the thousand
	}
}
