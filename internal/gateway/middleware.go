// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cx-operator/cx-operator/internal/metrics"
)

// gatewayMetrics are the gateway's own figures. Labels are routes and reasons, never anybody's.
type gatewayMetrics struct {
	requests   *prometheus.CounterVec
	seconds    *prometheus.HistogramVec
	answers    *prometheus.CounterVec
	turnedAway *prometheus.CounterVec
	inFlight   prometheus.Gauge
}

func newMetrics(registry prometheus.Registerer) (*gatewayMetrics, error) {
	inFlight := metrics.GatewayInFlight.Gauge()
	m := &gatewayMetrics{
		requests: metrics.GatewayRequests.Counter(), seconds: metrics.GatewaySeconds.Histogram(),
		answers: metrics.GatewayAnswers.Counter(), turnedAway: metrics.GatewayTurnedAway.Counter(), inFlight: inFlight.WithLabelValues(),
	}
	for _, c := range []prometheus.Collector{m.requests, m.seconds, m.answers, m.turnedAway, inFlight} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("the gateway's metrics: %w", err)
		}
	}
	return m, nil
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	code  int
	bytes int
}

func (r *recorder) WriteHeader(code int) {
	if r.code == 0 {
		r.code = code
	}
	r.ResponseWriter.WriteHeader(code)
}

func (r *recorder) Write(data []byte) (int, error) {
	if r.code == 0 {
		r.code = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(data)
	r.bytes += n
	return n, err
}

// Unwrap lets http.MaxBytesReader reach the connection, which it closes on bodies that are too long.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// observed logs and counts each request by its route. A path may be a token, a query an answer, and an address with a
// time would tell who gave an anonymous answer: none of them is kept.
func (g *Gateway) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := g.now()
		rec := &recorder{ResponseWriter: w}
		g.metrics.inFlight.Inc()
		defer func() {
			g.metrics.inFlight.Dec()
			if p := recover(); p != nil {
				g.panicked(rec, r, p)
			}
			took := g.now().Sub(start)
			route := r.Pattern
			if route == "" {
				route = "none"
			}
			method := r.Method
			switch method {
			case http.MethodGet, http.MethodHead, http.MethodPost:
			default:
				method = "other" // methods are made up freely, and each would be a series
			}
			g.metrics.requests.WithLabelValues(route, method, strconv.Itoa(rec.code)).Inc()
			g.metrics.seconds.WithLabelValues(route).Observe(took.Seconds())
			g.log.Info("request", "route", route, "method", method, "code", rec.code, "bytes", rec.bytes, "ms", took.Milliseconds())
		}()
		next.ServeHTTP(rec, r)
	})
}

// panicked answers a request in which our code failed. The value is not logged: it may hold what somebody entered.
func (g *Gateway) panicked(w *recorder, r *http.Request, p any) {
	g.log.Error("a request made the gateway panic", "route", r.Pattern, "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
	if w.code == 0 {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// policy allows our own stylesheets and pictures inside the page, and nothing else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// strictTransport keeps browsers from asking over plain HTTP for a year. Only the host itself: others below it are not ours to say.
const strictTransport = "max-age=31536000"

// strict sets the header by which browsers do so, where people reach the pages by https, whoever ends TLS. The cluster's address is
// reached without TLS and has none.
func strict(publicURL string, next http.Handler) http.Handler {
	if !strings.HasPrefix(publicURL, "https://") {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", strictTransport)
		next.ServeHTTP(w, r)
	})
}

// secured sets the headers that every answer has.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "no-referrer") // the address of a page is the key to it
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what a page of somebody else's makes a browser send. A mail service presses the one-click button for
// its customer from wherever it likes (RFC 8058), so opting out is not asked where it comes from; the link is the key.
func sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.AddInsecureBypassPattern("POST /o/{token}")
	protection.AddInsecureBypassPattern("POST " + trialPath + trialOptOut)
	protected := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Our pages send no referrer, and then a browser sends the origin "null". Browsers that send Sec-Fetch-Site are judged
		// by that; the others, and all of them on plain HTTP, would be refused their own form. There is no cookie that a page
		// of somebody else's could misuse.
		if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null" {
			next.ServeHTTP(w, r)
			return
		}
		protected.ServeHTTP(w, r)
	})
}
