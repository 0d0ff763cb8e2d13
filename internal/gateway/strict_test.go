// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/cx-operator/cx-operator/internal/gateway"
)

// Whoever ends TLS, browsers are told to come by https only. The cluster's address is plain HTTP behind a port-forward: there it would
// shut people out of their own localhost.
func TestBrowsersAreKeptOnHTTPSWherePagesAreReachedThatWay(t *testing.T) {
	for publicURL, want := range map[string]string{
		"https://feedback.example.com": "max-age=31536000", "http://feedback.example.com": "", "": "",
	} {
		w := newWorld(t, func(o *gateway.Options) { o.Trials.PublicURL = publicURL })
		pair := w.one(short())
		for path, status := range map[string]int{"/s/" + pair.Answer: 200, "/robots.txt": 404} {
			if got := w.get(path).status(status).Header().Get("Strict-Transport-Security"); got != want {
				t.Errorf("%q: %s has %q, want %q", publicURL, path, got, want)
			}
		}
		inside := httptest.NewRecorder()
		w.gateway.Ops().ServeHTTP(inside, httptest.NewRequest(http.MethodGet, "/api/v1/token", http.NoBody))
		if got := inside.Header().Get("Strict-Transport-Security"); got != "" {
			t.Errorf("%q: the cluster's address has %q", publicURL, got)
		}
	}
}
