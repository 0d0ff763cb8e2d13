// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/metrics"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Offers is what owners who decide by a link need of the evidence store; store.Offers has it.
type Offers interface {
	OfferByLink(ctx context.Context, link [32]byte, now time.Time) (store.Offer, *store.OfferAnswer, error)
	AnswerOffer(ctx context.Context, link [32]byte, answer store.OfferAnswer, now time.Time) (store.OfferAnswer, error)
}

// What the form of an offer sends besides fieldSwitch and fieldLanguage.
const (
	fieldResult = "result"
	fieldReason = "reason"

	resultAccept  = "accept"
	resultDecline = "decline"
)

// decideRoutes let owners decide. Without a store of offers there is nothing to decide on.
func (g *Gateway) decideRoutes(mux *http.ServeMux) {
	if g.offers == nil {
		return
	}
	mux.Handle("GET "+delivery.DecidePath+"{token}", g.limited(g.yielding(g.showOffer)))
	mux.Handle("POST "+delivery.DecidePath+"{token}", g.limited(g.takeDecision))
}

// decider is somebody who came with the link of an offer that is good.
type decider struct {
	hash     [32]byte
	page     ownership.OfferPage
	language cxv1.Language
	// answer is what was answered before, nil when nothing was.
	answer *store.OfferAnswer
}

// decides finds out whether the link of an offer is good. When it is not, the answer has been written.
func (g *Gateway) decides(w http.ResponseWriter, r *http.Request) (decider, bool) {
	text := r.PathValue("token")
	token, err := link.Parse(text)
	if err != nil {
		g.undecidable(w, r, err)
		return decider{}, false
	}
	d := decider{hash: link.Hash(text)}
	now := g.now()
	if !g.links.allow(string(d.hash[:]), now) {
		g.metrics.turnedAway.WithLabelValues(metrics.AwayLink).Inc()
		g.tooOften(w, r)
		return decider{}, false
	}
	ctx, cancel := g.patient(r.Context())
	defer cancel()
	offer, answer, err := g.offers.OfferByLink(ctx, d.hash, now)
	if err == nil {
		err = g.keys.VerifyDecide(token, offer, now)
	}
	if err == nil {
		d.page, err = ownership.ParseOfferPage(offer.Page)
	}
	if err != nil {
		g.undecidable(w, r, err)
		return decider{}, false
	}
	d.answer = answer
	d.language = preferred(r, spoken, d.page.Language)
	return d, true
}

// undecidable answers everybody alike whose link takes nothing, whatever the reason; and what the store could not do.
func (g *Gateway) undecidable(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, store.ErrGone) && !errors.Is(err, link.ErrRefused) {
		g.failed(w, r, err)
		return
	}
	g.refuse(w, r, http.StatusGone, func(texts) (string, string) {
		t := decideTextsIn(preferred(r, spoken, ""))
		return t.Gone, t.GoneText
	})
}

// showOffer shows the offer, or what was answered. It changes nothing.
func (g *Gateway) showOffer(w http.ResponseWriter, r *http.Request) {
	d, ok := g.decides(w, r)
	if !ok {
		return
	}
	if r.Method == http.MethodHead { // of a scanner: nobody gets the page, so none is made
		w.Header().Set("Content-Type", pageType)
		return
	}
	if d.answer != nil {
		g.render(w, http.StatusOK, "answered", answeredView(d.page, *d.answer, d.language, false))
		return
	}
	g.render(w, http.StatusOK, "offer", newOfferView(d.page, d.language))
}

// takeDecision records what somebody decided. Switching the language records nothing.
func (g *Gateway) takeDecision(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		g.unreadable(w, r, err)
		return
	}
	d, ok := g.decides(w, r)
	if !ok {
		return
	}
	entered := r.PostForm.Get(fieldReason)
	view := newOfferView(d.page, d.language)
	view.Reason = entered
	switch {
	case d.answer == nil && r.PostForm.Has(fieldSwitch):
		g.render(w, http.StatusOK, "offer", view)
		return
	case r.PostForm.Has(fieldSwitch):
		g.render(w, http.StatusOK, "answered", answeredView(d.page, *d.answer, d.language, false))
		return
	}
	answer, problem := decisionOf(r.PostForm[fieldResult], entered, view.D)
	switch {
	case d.answer != nil:
		g.decided(w, d, *d.answer, answer)
	case problem != "":
		view.Problem, view.WrongReason = problem, problem != view.D.Choose
		view.Title = view.T.Problem + " " + view.Title
		g.render(w, http.StatusUnprocessableEntity, "offer", view)
	default:
		g.decide(w, r, d, answer, view)
	}
}

// decisionOf reads an answer, or says what is wrong with it.
func decisionOf(results []string, entered string, t decideTexts) (answer store.OfferAnswer, problem string) {
	answer.Reason = plainLine(entered)
	switch {
	case len(results) == 1 && results[0] == resultAccept:
		answer.Result = store.Accepted
	case len(results) == 1 && results[0] == resultDecline:
		answer.Result = store.Declined
	default:
		return answer, t.Choose
	}
	if utf8.RuneCountInString(answer.Reason) > store.MaxReason {
		return answer, fmt.Sprintf(t.ReasonLong, store.MaxReason)
	}
	if answer.Result == store.Declined && answer.Reason == "" {
		return answer, t.WhyNot
	}
	return answer, ""
}

// plainLine is a text for records and terminals: one line, and nothing that turns round how others read it.
func plainLine(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	}), " ")
}

// decide stores the answer. When it can't, the page is shown again with all that was entered.
func (g *Gateway) decide(w http.ResponseWriter, r *http.Request, d decider, answer store.OfferAnswer, view offerView) {
	ctx, cancel := g.resolute(r.Context())
	defer cancel()
	first, err := g.offers.AnswerOffer(ctx, d.hash, answer, g.now())
	switch {
	case err == nil:
		g.decided(w, d, first, answer)
	case errors.Is(err, store.ErrGone): // a newer offer came while somebody read this one
		g.undecidable(w, r, err)
	default:
		g.troubled(r, err)
		w.Header().Set("Retry-After", retryAfter)
		view.Alert = &alert{Heading: view.D.NotStored, Text: view.D.NotStoredText}
		g.render(w, http.StatusServiceUnavailable, "offer", view)
	}
}

// decided shows what is recorded, and says so when it is not what was sent.
func (g *Gateway) decided(w http.ResponseWriter, d decider, first, sent store.OfferAnswer) {
	other := sent.Result != first.Result || sent.Reason != first.Reason
	g.render(w, http.StatusOK, "answered", answeredView(d.page, first, d.language, other))
}
