// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

func TestWithoutPagesEvidenceIsExportedAllTheSame(t *testing.T) {
	const token = "0123456789abcdef0123456789abcdef"
	tokens := filepath.Join(t.TempDir(), "api-tokens")
	if err := os.WriteFile(tokens, []byte(invited.Program+" operate "+token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := invited.New(t, time.Now)
	o := peopleOptions{apiTokens: tokens, gatewayAddress: freeAddress(t), opsAddress: freeAddress(t)}
	served, err := newPeople(o, w.Store, slog.New(slog.DiscardHandler))
	if err != nil || served.pages == nil {
		t.Fatalf("nothing is served: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- served.pages(ctx) }()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+o.opsAddress+"/api/v1/evidence", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request) // the address is open since newPeople
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close() // it was only read
	if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(body), `"kind":"Evidence"`) {
		t.Errorf("status %d: %s (%v)", answer.StatusCode, body, err)
	}
	if pages, err := net.Listen("tcp", o.gatewayAddress); err != nil {
		t.Errorf("somebody serves pages: %v", err)
	} else if err := pages.Close(); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if nobody, err := newPeople(peopleOptions{}, w.Store, slog.New(slog.DiscardHandler)); err != nil || nobody.pages != nil {
		t.Errorf("without tokens something is served (%v)", err)
	}
}

func TestPagesAreAtTheRootOfAHost(t *testing.T) {
	w := invited.New(t, time.Now)
	for address, want := range map[string]string{
		"https://feedback.example.com":         "--link-keys", // the next thing that is missing
		"https://feedback.example.com/":        "--link-keys",
		"http://127.0.0.1:8090":                "--link-keys",
		"https://www.example.com/feedback":     "write it as https://feedback.example.com",
		"https://feedback.example.com//":       "write it as https://feedback.example.com",
		"https://feedback.example.com?a=b":     "write it as https://feedback.example.com",
		"https://feedback.example.com#pages":   "write it as https://feedback.example.com",
		"https://me:word@www.example.com":      "write it as https://feedback.example.com",
		"feedback.example.com":                 "write it as https://feedback.example.com",
		"https://:8090":                        "write it as https://feedback.example.com",
		"mailto:feedback@feedback.example.com": "write it as https://feedback.example.com",
	} {
		if _, err := newPeople(peopleOptions{publicURL: address}, w.Store, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want ...%s...", address, err, want)
		}
	}
}
