// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// brokenOffers is a store of offers that is down while read or write is set.
type brokenOffers struct {
	gateway.Offers
	read, write error
	lose        context.CancelFunc
}

func (b *brokenOffers) OfferByLink(ctx context.Context, hash [32]byte, now time.Time) (store.Offer, *store.OfferAnswer, error) {
	if b.read != nil {
		return store.Offer{}, nil, b.read
	}
	return b.Offers.OfferByLink(ctx, hash, now)
}

func (b *brokenOffers) AnswerOffer(ctx context.Context, hash [32]byte, answer store.OfferAnswer, now time.Time) (store.OfferAnswer, error) {
	if b.write != nil {
		return store.OfferAnswer{}, b.write
	}
	if b.lose != nil {
		b.lose()
	}
	return b.Offers.AnswerOffer(ctx, hash, answer, now)
}

func TestWhenTheStoreIsDownTheReasonIsNotLost(t *testing.T) {
	broken := &brokenOffers{}
	w := deciding(t, func(o *gateway.Options) { broken.Offers, o.Offers = o.Offers, broken })
	to := w.asked()
	broken.write = fmt.Errorf("disk full: %w", store.ErrUnavailable)
	page := w.post(to, decline("a long story")).status(http.StatusServiceUnavailable).says("could not be recorded just now").saysNot("disk full")
	page.harmless()
	if page.form().Get("reason") != "a long story" || page.Header().Get("Retry-After") == "" {
		t.Errorf("the page has %v, Retry-After %q", page.form(), page.Header().Get("Retry-After"))
	}
	broken.write = store.ErrGone // a newer offer came while they read
	w.post(to, accept("")).status(http.StatusGone)
	broken.read = store.ErrUnavailable
	w.get(to).status(http.StatusServiceUnavailable)
	broken.read, broken.write = nil, nil
	w.decision(nil)
	w.post(to, with(page.form(), "result", "decline")).status(http.StatusOK)
	w.decision(&store.OfferAnswer{Result: store.Declined, Reason: "a long story", At: monday})
}

func TestAPhoneThatLosesItsConnectionHasStillDecided(t *testing.T) {
	ctx, lose := context.WithCancel(t.Context())
	w := deciding(t, func(o *gateway.Options) { o.Offers = &brokenOffers{Offers: o.Offers, lose: lose} })
	r := request(http.MethodPost, w.asked(), "result=accept", "Content-Type", "application/x-www-form-urlencoded")
	w.send(r.WithContext(ctx))
	w.decision(&store.OfferAnswer{Result: store.Accepted, At: monday})
}

func TestAPageOfAnOfferThatCannotBeReadIsOurFault(t *testing.T) {
	w := deciding(t)
	to := w.asked()
	offer, _, err := w.Store.PublishedOffer(t.Context(), invited.Program, assigned)
	if err != nil {
		t.Fatal(err)
	}
	offer.Page = []byte(`{"subject": 7}`)
	if _, err := w.Store.PublishOffer(t.Context(), offer, [16]byte{}); err != nil {
		t.Fatal(err)
	}
	w.get(to).status(http.StatusServiceUnavailable)
}

func TestWithoutOffersNothingIsDecided(t *testing.T) {
	w := newWorld(t)
	w.get(w.asked()).status(http.StatusNotFound)
}

func TestDecisionsLeaveNoTraceInLogsAndHaveTheHeaders(t *testing.T) {
	const secret = "Canary in the reason"
	w := deciding(t)
	to := w.asked()
	for _, got := range []reply{
		w.get(to + "?reason=Canary"), w.post(to, decline("")), w.post(to, decline(secret), "User-Agent", "Canary"), w.get(to), w.get(to + "x"),
	} {
		h := got.Header()
		if h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" || h.Get("Set-Cookie") != "" ||
			!strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("status %d has the headers %v", got.Code, h)
		}
	}
	rec := httptest.NewRecorder()
	w.gateway.Ops().ServeHTTP(rec, request(http.MethodGet, "/metrics", ""))
	for what, kept := range map[string]string{"log": w.log.String(), "figures": rec.Body.String()} {
		for _, word := range []string{strings.TrimPrefix(to, "/d/")[:20], "Canary", "Head of"} {
			if strings.Contains(kept, word) {
				t.Errorf("the %s has %q", what, word)
			}
		}
		if !strings.Contains(kept, "POST /d/{token}") {
			t.Errorf("the %s does not know the route", what)
		}
	}
}

// TestTextsOfOffersAreNeverCode: whatever a title, terms or a reason says, it is shown as text.
func TestTextsOfOffersAreNeverCode(t *testing.T) {
	for _, evil := range hostile {
		t.Run(evil, func(t *testing.T) {
			w := deciding(t)
			to := w.asked(func(p *ownership.OfferPage) {
				p.Organization, p.Owner, p.InForce, p.InsteadOf, p.Terms = evil, evil, evil, evil, evil
				p.Subject = ownership.OfferSubject{Kind: cxv1.SubjectKind(evil), Name: evil, Title: evil, Touchpoint: evil, Item: evil}
				p.Role = cxv1.AssignmentRole(evil)
				p.Brand = &cxv1.Brand{Name: evil, Colour: evil, Logo: "data:image/png;base64," + evil}
			})
			shown := strings.Join(strings.Fields(strings.ReplaceAll(evil, "\x00", "\uFFFD")), " ") // as HTML reads a NUL
			first := w.get(to + "?lang=" + url.QueryEscape(evil)).status(http.StatusOK).says(shown)
			first.harmless()
			wrong := w.post(to, url.Values{"result": {evil}, "reason": {evil}, "_language": {evil}}).status(http.StatusUnprocessableEntity)
			wrong.harmless()
			done := w.post(to, decline(evil)).status(http.StatusOK).says(shown)
			done.harmless()
			w.get(to).status(http.StatusOK).harmless()
			w.get("/d/" + url.PathEscape(evil)).status(http.StatusGone).harmless()
		})
	}
}
