// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package gateway is where answers come in: survey pages, opting out, and an API for other channels. It knows the store
// and no cluster. Everything that reaches it is a stranger's until its link, or its bearer token, says otherwise.
//
// GET and HEAD change nothing: scanners of mail open every link. A link that takes nothing is answered alike, whether it is
// unknown, expired or used. Tokens are in paths, so no path is ever logged.
package gateway

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/metrics"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Store is what the gateway needs of the evidence store; store.People has it.
type Store interface {
	Invitation(ctx context.Context, link [32]byte, now time.Time) (store.OpenInvitation, error)
	SubmitAnswer(ctx context.Context, link [32]byte, answer store.Answer, now time.Time) (store.Receipt, error)
	OptOutWave(ctx context.Context, link [32]byte) (store.PublishedWave, string, error)
	OptOutByLink(ctx context.Context, link [32]byte, now time.Time) error
	PublishedWave(ctx context.Context, wave store.WaveKey) (store.PublishedWave, error)
	SubmitForeign(ctx context.Context, wave store.WaveKey, idempotencyKey string, answer store.Answer, now time.Time) (store.Receipt, error)
}

// Options are what a Gateway is made of.
type Options struct {
	// Store is required.
	Store Store
	// Contacts takes lists of contacts, on the cluster's address; nil takes none.
	Contacts Contacts
	// People finds, erases and opts out people, on the cluster's address; nil does nothing of it.
	People People
	// Operations exports evidence and stops mail, on the cluster's address; nil does neither.
	Operations Operations
	// Trials are what test mails are sent with; the zero value sends none.
	Trials Trials
	// Offers let owners decide by a link; nil lets nobody.
	Offers Offers
	// Keys are the keys of the links.
	Keys link.Keys
	// Authorize guards the API; nil refuses every token.
	Authorize Authorize
	// RedirectHosts are the hosts to which people may be sent after they answered, e.g. "www.example.com"; with a port where
	// it is not 443.
	RedirectHosts []string
	// TrustedProxies may say in X-Forwarded-For who asks. From anybody else the header is not believed.
	TrustedProxies []netip.Prefix
	// Limits keep the gateway alive. Zero fields have defaults.
	Limits Limits
	// Ready says why the gateway can't serve; nil when it can. Optional.
	Ready func(context.Context) error
	// Metrics are where the gateway's figures go. Default: a registry of its own.
	Metrics Registry
	// Log gets a line for each request, without path, query or address. Default: slog's.
	Log *slog.Logger
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// Registry takes metrics and gives them back.
type Registry interface {
	prometheus.Registerer
	prometheus.Gatherer
}

// Limits keep the gateway alive, whoever comes.
type Limits struct {
	// Body is the most bytes of a request. Default: 512 KiB, twenty long texts in any script.
	Body int64
	// InFlight is the number of requests that are worked on at the same time; more are turned away with 503. Default: 256.
	InFlight int
	// Store is how long a request waits for the store before it is turned away with 503. Default: 10 s.
	Store time.Duration
	// PerAddress and AddressBurst are requests per second from one address (of IPv6: one /64). Default: 20 and 200, as an
	// office with one address may be a thousand people. Opting out is never counted.
	PerAddress   rate.Limit
	AddressBurst int
	// PerLink and LinkBurst are requests per second for one link. Default: 1 and 30.
	PerLink   rate.Limit
	LinkBurst int
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Body: cmp.Or(l.Body, 512<<10), InFlight: cmp.Or(l.InFlight, 256), Store: cmp.Or(l.Store, 10*time.Second),
		PerAddress: cmp.Or(l.PerAddress, 20), AddressBurst: cmp.Or(l.AddressBurst, 200),
		PerLink: cmp.Or(l.PerLink, 1), LinkBurst: cmp.Or(l.LinkBurst, 30),
	}
}

// retryAfter is the seconds after which those who were turned away shall come back.
const retryAfter = "60"

// Gateway serves the pages and the API. Make one with New.
type Gateway struct {
	store      Store
	contacts   Contacts
	people     People
	operations Operations
	offers     Offers
	trials     Trials
	keys       link.Keys
	authorize  Authorize
	redirects  map[string]bool
	proxies    []netip.Prefix
	limits     Limits
	ready      func(context.Context) error
	log        *slog.Logger
	now        func() time.Time

	addresses, links *limiters
	trialMails       *limiters
	slots            chan struct{}
	// lookers are requests that only look, looking those of them that are worked on.
	lookers, looking chan struct{}
	metrics          *gatewayMetrics
	public, ops      http.Handler
	ending           atomic.Bool
}

// New makes a gateway.
func New(o Options) (*Gateway, error) {
	if o.Store == nil {
		return nil, errors.New("a gateway needs a store")
	}
	limits := o.Limits.withDefaults()
	g := &Gateway{
		store: o.Store, contacts: o.Contacts, people: o.People, operations: o.Operations, offers: o.Offers, keys: o.Keys, authorize: o.Authorize,
		redirects: map[string]bool{}, proxies: o.TrustedProxies, limits: limits,
		ready: o.Ready, log: o.Log, now: o.Now,
		addresses: newLimiters(limits.PerAddress, limits.AddressBurst), links: newLimiters(limits.PerLink, limits.LinkBurst),
		trials: o.Trials, trialMails: newLimiters(trialMailsEvery, trialMailsBurst),
		slots:   make(chan struct{}, limits.InFlight),
		lookers: make(chan struct{}, max(1, limits.InFlight/2)), looking: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
	}
	if g.authorize == nil {
		g.authorize = func(context.Context, string, Purpose) (string, bool, error) { return "", false, nil }
	}
	if g.ready == nil {
		g.ready = func(context.Context) error { return nil }
	}
	if g.now == nil {
		g.now = time.Now
	}
	if g.log == nil {
		g.log = slog.Default()
	}
	for _, host := range o.RedirectHosts {
		g.redirects[strings.ToLower(host)] = true
	}
	registry := o.Metrics
	if registry == nil {
		registry = prometheus.NewRegistry()
	}
	var err error
	if g.metrics, err = newMetrics(registry); err != nil {
		return nil, err
	}
	g.public = g.observed(strict(o.Trials.PublicURL, secured(g.admitted(sameOrigin(g.routes())))))
	g.ops = g.opsRoutes(registry)
	return g, nil
}

// Handler serves people and other channels; it may be reached from the whole internet.
func (g *Gateway) Handler() http.Handler { return g.public }

// Ops serves /livez, /readyz and /metrics; it must not be reached from outside.
func (g *Gateway) Ops() http.Handler { return g.ops }

// routes says what there is. A route that changes something takes POST only.
func (g *Gateway) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /s/{token}", g.limited(g.yielding(g.showSurvey)))
	mux.Handle("POST /s/{token}", g.limited(g.takeAnswers(g.come)))
	mux.Handle("GET /o/{token}", g.limited(g.yielding(g.askOptOut)))
	// Not counted by address: the large mail services press the button for all of their customers.
	mux.HandleFunc("POST /o/{token}", g.optOut)
	g.decideRoutes(mux)
	g.trialRoutes(mux)
	mux.HandleFunc("POST /api/v1/waves/{survey}/{slot}/answers", g.takeForeign)
	mux.HandleFunc("GET /api/v1/openapi.json", serveOpenAPI)
	g.assetRoutes(mux)
	mux.HandleFunc("GET /", g.nothingHere)
	return mux
}

// assetRoutes are what pages load.
func (g *Gateway) assetRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+stylePath, serveStyle)
	mux.HandleFunc("GET /assets/brand/{colour}", g.serveBrand)
}

// patient bounds the wait for the store.
func (g *Gateway) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, g.limits.Store)
}

// resolute is patient for writes: a phone that loses its connection while it sends an answer must not undo it.
func (g *Gateway) resolute(ctx context.Context) (context.Context, context.CancelFunc) {
	return g.patient(context.WithoutCancel(ctx))
}

// failed answers what the store could not do. Nothing of its error is shown.
func (g *Gateway) failed(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, store.ErrGone) || errors.Is(err, link.ErrRefused) {
		g.gone(w, r)
		return
	}
	g.troubled(r, err)
	g.unavailable(w, r)
}

// troubled logs what is not the visitor's fault.
func (g *Gateway) troubled(r *http.Request, err error) {
	g.metrics.turnedAway.WithLabelValues(metrics.AwayStore).Inc()
	g.log.Error("the store did not serve a request", "route", r.Pattern, "error", err)
}
