// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/cx-operator/cx-operator/internal/metrics"
)

// mostLimiters bounds the memory of limiters, whoever makes up addresses or links: two generations of so many.
const mostLimiters = 50_000

// limiters are token buckets by key. When there are too many they begin a new generation; keys that are still in use move
// over, so that nobody gets a full bucket by waiting for a flood.
type limiters struct {
	every rate.Limit
	burst int
	most  int

	mu       sync.Mutex
	now, old map[string]*rate.Limiter
}

func newLimiters(every rate.Limit, burst int) *limiters {
	return &limiters{every: every, burst: burst, most: mostLimiters, now: map[string]*rate.Limiter{}}
}

// allow takes a token from the key's bucket, if there is one.
func (l *limiters) allow(key string, at time.Time) bool { return l.allowN(key, at, 1) }

// allowN takes n tokens from the key's bucket, or none if there are fewer.
func (l *limiters) allowN(key string, at time.Time, n int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter, ok := l.now[key]
	if !ok {
		if limiter, ok = l.old[key]; !ok {
			limiter = rate.NewLimiter(l.every, l.burst)
		}
		if len(l.now) >= l.most {
			l.old, l.now = l.now, map[string]*rate.Limiter{}
		}
		l.now[key] = limiter
	}
	return limiter.AllowN(at, n)
}

// address is who asks, as the limits count: an IPv4 address, or the /64 of an IPv6 one, which is one household.
func (g *Gateway) address(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "" // everybody without an address shares a bucket
	}
	client := peer.Addr().Unmap().WithZone("")
	// From the right, each entry was written by the one to its right, as long as that is a proxy of ours.
	entries := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(entries) - 1; i >= 0 && g.trusts(client); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(entries[i]))
		if err != nil {
			break
		}
		client = next.Unmap().WithZone("")
	}
	if client.Is6() {
		if block, err := client.Prefix(64); err == nil {
			return block.String()
		}
	}
	return client.String()
}

func (g *Gateway) trusts(a netip.Addr) bool {
	for _, proxy := range g.proxies {
		if proxy.Contains(a) {
			return true
		}
	}
	return false
}

// limited counts requests by address.
func (g *Gateway) limited(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.addresses.allow(g.address(r), g.now()) {
			g.metrics.turnedAway.WithLabelValues(metrics.AwayAddress).Inc()
			g.tooOften(w, r)
			return
		}
		next(w, r)
	})
}

// admitted turns requests away while too many are worked on: a short answer now is better than none later.
func (g *Gateway) admitted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case g.slots <- struct{}{}:
		default:
			g.metrics.turnedAway.WithLabelValues(metrics.AwayBusy).Inc()
			g.unavailable(w, r)
			return
		}
		defer func() { <-g.slots }()
		r.Body = http.MaxBytesReader(w, r.Body, g.limits.Body)
		next.ServeHTTP(w, r)
	})
}

// yielding makes those who only look wait for each other, on half of the processors: scanners of mail open every link, many at
// once, and people who send answers must not wait behind them.
func (g *Gateway) yielding(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case g.lookers <- struct{}{}:
		default:
			g.metrics.turnedAway.WithLabelValues(metrics.AwayBusy).Inc()
			g.unavailable(w, r)
			return
		}
		defer func() { <-g.lookers }()
		select {
		case g.looking <- struct{}{}:
		case <-r.Context().Done():
			return // nobody waits for the page any more
		}
		defer func() { <-g.looking }()
		next(w, r)
	}
}
