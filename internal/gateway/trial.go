// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/metrics"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

const (
	// trialPath is where the links of test mails lead: program, survey and language are in the path, as no row has them.
	trialPath = "/t/{program}/{survey}/{language}/{token}/"
	// trialPage and trialOptOut are pages of a survey that nobody is invited to, one beside the other.
	trialPage, trialOptOut = "page", "optout"
	// trialFor is how long the link of a test mail is good.
	trialFor = 7 * 24 * time.Hour
)

// trialRoutes are for those who got a test mail. They see what people see, and nothing is stored.
func (g *Gateway) trialRoutes(mux *http.ServeMux) {
	mux.Handle("GET "+trialPath+trialPage, g.limited(g.yielding(g.showTrial(g.onTrial))))
	mux.Handle("POST "+trialPath+trialPage, g.limited(g.takeAnswers(g.onTrial)))
	mux.Handle("GET "+trialPath+trialOptOut, g.limited(g.yielding(g.showTrialOptOut(g.onTrial))))
	mux.Handle("POST "+trialPath+trialOptOut, g.limited(g.takeTrialOptOut(g.onTrial)))
}

// onTrial is the comer of those with the link of a test mail.
func (g *Gateway) onTrial(w http.ResponseWriter, r *http.Request) (visit, bool) {
	text := r.PathValue("token")
	wave := store.WaveKey{ProgramID: r.PathValue("program"), Survey: r.PathValue("survey"), Slot: store.DraftSlot}
	token, err := link.Parse(text)
	if err == nil {
		err = g.keys.Verify(token, link.Trial, wave, g.now())
	}
	if err != nil {
		g.gone(w, r)
		return visit{}, false
	}
	if hash := link.Hash(text); !g.links.allow(string(hash[:]), g.now()) {
		g.metrics.turnedAway.WithLabelValues(metrics.AwayLink).Inc()
		g.tooOften(w, r)
		return visit{}, false
	}
	v, err := g.draft(r.Context(), wave)
	if err != nil {
		g.failed(w, r, err)
		return visit{}, false
	}
	v.language = trialLanguage(r, v.page)
	return v, true
}

// draft is a visit to the survey as it would be if it opened now. ErrGone when there is none of that name.
func (g *Gateway) draft(ctx context.Context, wave store.WaveKey) (v visit, err error) {
	ctx, cancel := g.patient(ctx)
	defer cancel()
	v.trial = true
	if v.wave, err = g.store.PublishedWave(ctx, wave); err == nil {
		v.page, err = questionnaire.ParsePage(v.wave.Page)
	}
	return v, err
}

// trialLanguage is the one that the path names, unless the person chose another one.
func trialLanguage(r *http.Request, page questionnaire.Page) cxv1.Language {
	named := cxv1.Language(r.PathValue("language"))
	if !slices.Contains(page.Languages, named) {
		named = page.Languages[0]
	}
	return preferred(r, page.Languages, named)
}

func (g *Gateway) showTrial(come comer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if v, ok := come(w, r); ok {
			g.show(w, r, v)
		}
	}
}

func (g *Gateway) showTrialOptOut(come comer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if v, ok := come(w, r); ok {
			g.showOptOut(w, v.sheet())
		}
	}
}

// takeTrialOptOut shows what is shown to those who opt out, and changes nothing.
func (g *Gateway) takeTrialOptOut(come comer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !g.confirmed(w, r) {
			return
		}
		if v, ok := come(w, r); ok {
			g.optedOut(w, v.sheet())
		}
	}
}

// trialLinks are the addresses of a survey's pages that store nothing, below a path or an address.
func trialLinks(below string) (page, optOut string) {
	below = strings.TrimSuffix(below, "/") + "/"
	return below + trialPage, below + trialOptOut
}
