// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"fmt"
	"net/http"
	"strings"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/metrics"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
)

// The one thing that a mail service sends when its customer presses "unsubscribe" (RFC 8058, 3.1).
const (
	oneClickField = "List-Unsubscribe"
	oneClickValue = "One-Click"
)

// leaver is somebody who came with an opt-out link that is good.
type leaver struct {
	hash  [32]byte
	sheet sheet
}

// leave finds out whether an opt-out link is good. When it is not, the answer has been written.
func (g *Gateway) leave(w http.ResponseWriter, r *http.Request) (leaver, bool) {
	text := r.PathValue("token")
	token, err := link.Parse(text)
	if err != nil {
		g.gone(w, r)
		return leaver{}, false
	}
	l := leaver{hash: link.Hash(text)}
	if !g.links.allow(string(l.hash[:]), g.now()) {
		g.metrics.turnedAway.WithLabelValues(metrics.AwayLink).Inc()
		g.tooOften(w, r)
		return leaver{}, false
	}
	ctx, cancel := g.patient(r.Context())
	defer cancel()
	wave, contact, err := g.store.OptOutWave(ctx, l.hash)
	if err == nil {
		err = g.keys.Verify(token, link.OptOut, wave.WaveKey, g.now())
	}
	var page questionnaire.Page
	if err == nil {
		page, err = questionnaire.ParsePage(wave.Page)
	}
	if err != nil {
		g.failed(w, r, err)
		return leaver{}, false
	}
	l.sheet = brandedSheet(page, preferred(r, page.Languages, cxv1.Language(contact)))
	return l, true
}

// askOptOut asks whether mails shall end. It changes nothing.
func (g *Gateway) askOptOut(w http.ResponseWriter, r *http.Request) {
	if l, ok := g.leave(w, r); ok {
		g.showOptOut(w, l.sheet)
	}
}

func (g *Gateway) showOptOut(w http.ResponseWriter, s sheet) {
	s.Title = s.T.OptOut
	g.render(w, http.StatusOK, "optout", optOutForm{sheet: s, Text: fmt.Sprintf(s.T.OptOutText, s.Name)})
}

// optOut ends the mails, for whoever pressed our button or that of a mail service.
func (g *Gateway) optOut(w http.ResponseWriter, r *http.Request) {
	if !g.confirmed(w, r) {
		return
	}
	l, ok := g.leave(w, r)
	if !ok {
		return
	}
	ctx, cancel := g.resolute(r.Context())
	defer cancel()
	if err := g.store.OptOutByLink(ctx, l.hash, g.now()); err != nil {
		g.failed(w, r, err)
		return
	}
	g.optedOut(w, l.sheet)
}

// confirmed says whether a button was pressed. When none was, the answer has been written.
func (g *Gateway) confirmed(w http.ResponseWriter, r *http.Request) bool {
	err := parseAnyForm(r, g.limits.Body)
	if err != nil || r.PostForm.Get(oneClickField) != oneClickValue && r.PostForm.Get(fieldDo) != doOptOut {
		g.unreadable(w, r, err)
		return false
	}
	return true
}

func (g *Gateway) optedOut(w http.ResponseWriter, s sheet) {
	s.Languages = nil
	g.render(w, http.StatusOK, "message", note(s, s.T.OptedOut, fmt.Sprintf(s.T.OptedTxt, s.Name), s.T.ClosePage))
}

// parseAnyForm reads both kinds of form that RFC 8058 allows.
func parseAnyForm(r *http.Request, limit int64) error {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return r.ParseMultipartForm(limit)
	}
	return r.ParseForm()
}
