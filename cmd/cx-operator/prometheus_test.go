// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/internal/promql"
)

func TestTheTokenForPrometheusIsReadAnew(t *testing.T) {
	var sent atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent.Store(r.Header.Get("Authorization"))
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[]}}`))
	}))
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "token")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("first\n")
	p := &people{}
	if err := p.asks(prometheusOptions{url: server.URL, tokenFile: path}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if len(p.files) != 1 || p.services.Prometheus == nil {
		t.Fatalf("%d files are watched", len(p.files))
	}
	query, err := promql.Parse("up")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ content, want string }{
		{"first\n", "Bearer first"}, {"second", "Bearer second"}, {"", "Bearer second"}, {"two words", "Bearer second"}, {"third", "Bearer third"},
	} {
		write(tc.content)
		p.files[0].look()
		if _, err := p.services.Prometheus.Ask(t.Context(), "retail", time.Now(), query); err != nil {
			t.Fatal(err)
		}
		if sent.Load() != tc.want {
			t.Errorf("with %q in the file %q was sent", tc.content, sent.Load())
		}
	}
}

func TestWithoutAnAddressNobodyIsAsked(t *testing.T) {
	p := &people{}
	if err := p.asks(prometheusOptions{}, slog.New(slog.DiscardHandler)); err != nil || p.services.Prometheus != nil || len(p.files) > 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestFlagsAboutPrometheusThatCannotBeAreRefused(t *testing.T) {
	const secret = "a secret with spaces"
	strange := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(strange, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	for says, o := range map[string]prometheusOptions{
		"--prometheus-url is no address":     {url: "prometheus:9090"},
		"--prometheus-namespace-label":       {url: "https://prometheus.example.com", namespaceLabel: "name-space"},
		"need --prometheus-url":              {namespaceLabel: "namespace"},
		"need --prometheus-url: nobody":      {tokenFile: strange},
		"has no token: one line":             {url: "https://prometheus.example.com", tokenFile: strange},
		"--prometheus-token-file: open /not": {url: "https://prometheus.example.com", tokenFile: "/not/there"},
	} {
		err := (&people{}).asks(o, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), secret) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}
