// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"errors"
	"net/http"
	"time"

	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

const (
	channelWeb = "web"
	channelAPI = "api"

	kindComplete = "complete"
	kindPartial  = "partial"
	kindRepeated = "repeated"

	// flagFast doubts answers that came quicker than one can read the questions.
	flagFast = "fast"
	// perQuestion is the least time in which a question can be read.
	perQuestion = 500 * time.Millisecond
)

// save stores what is there so far, and then goes on.
func (g *Gateway) save(w http.ResponseWriter, r *http.Request, v visit, f form, reading questionnaire.Reading, then func()) {
	if err := g.submit(r, v, f, reading, false); err != nil {
		g.notStored(w, r, v, f, err)
		return
	}
	then()
}

// finish stores the answers for good.
func (g *Gateway) finish(w http.ResponseWriter, r *http.Request, v visit, f form, reading questionnaire.Reading) {
	if err := g.submit(r, v, f, reading, true); err != nil {
		g.notStored(w, r, v, f, err)
		return
	}
	if target := g.redirect(v.page); target != nil {
		w.Header().Set("Location", target.String())
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	g.thank(w, v)
}

func (g *Gateway) submit(r *http.Request, v visit, f form, reading questionnaire.Reading, complete bool) error {
	if v.trial {
		return nil
	}
	ctx, cancel := g.resolute(r.Context())
	defer cancel()
	now := g.now()
	answer := store.Answer{
		Values: reading.Answers.JSON(), Complete: complete, Language: string(v.language), Channel: channelWeb,
		MayContact: f.contact && v.page.AsksToContact(), BegunAt: f.began,
	}
	if complete && now.Sub(f.began) < time.Duration(len(reading.Shown))*perQuestion {
		answer.Flags = []string{flagFast}
	}
	receipt, err := g.store.SubmitAnswer(ctx, v.hash, answer, now)
	if err == nil {
		g.metrics.answers.WithLabelValues(channelWeb, kindOf(complete, receipt.Again)).Inc()
	}
	return err
}

func kindOf(complete, again bool) string {
	switch {
	case again:
		return kindRepeated
	case complete:
		return kindComplete
	}
	return kindPartial
}

// notStored shows the page again with all that was entered, when the store is down: nobody has to write it twice.
func (g *Gateway) notStored(w http.ResponseWriter, r *http.Request, v visit, f form, err error) {
	switch {
	case errors.Is(err, store.ErrGone):
		g.gone(w, r)
		return
	case errors.Is(err, store.ErrInvalid): // all texts together are too much
		g.tooLong(w, r)
		return
	}
	g.troubled(r, err)
	w.Header().Set("Retry-After", retryAfter)
	t := textsIn(v.language)
	g.again(w, v, f, http.StatusServiceUnavailable, &alert{Heading: t.NotSaved, Text: t.NotSavedText}, nil)
}

// thank shows the last page.
func (g *Gateway) thank(w http.ResponseWriter, v visit) {
	s := v.sheet()
	s.Languages = nil // switching would open the link again, which takes nothing any more
	m := note(s, s.T.Thanks, s.T.ThanksText)
	if own := v.page.ThankYou; own != nil && (own.Text.EN != "" || own.Text.RU != "") {
		m.Texts = []said{say(own.Text, v.language)}
	}
	m.Texts = append(m.Texts, said{Text: s.T.ClosePage})
	g.render(w, http.StatusOK, "message", m)
}
