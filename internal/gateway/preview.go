// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/store"
)

// previewPath is where a survey can be looked at before it opens; below it, by language, are its pages and mails.
const previewPath = "/api/v1/surveys/{survey}/preview"

// previewRoutes are for those who make surveys, on the cluster's address.
func (g *Gateway) previewRoutes(mux *http.ServeMux) {
	below := previewPath + "/{language}/"
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET " + previewPath:          g.listPreviews,
		"GET " + below + trialPage:    g.showTrial(g.onPreview),
		"POST " + below + trialPage:   g.takeAnswers(g.onPreview),
		"GET " + below + trialOptOut:  g.showTrialOptOut(g.onPreview),
		"POST " + below + trialOptOut: g.takeTrialOptOut(g.onPreview),
		"GET " + below + "mail.html":  g.previewMail(mailHTML),
		"GET " + below + "mail.txt":   g.previewMail(mailText),
		"POST " + testPath:            g.takeTest,
	} {
		mux.Handle(pattern, g.observed(secured(sameOrigin(g.bounded(handler)))))
	}
	g.assetRoutes(mux)
}

// bounded cuts requests off that are too long.
func (g *Gateway) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, g.limits.Body)
		next.ServeHTTP(w, r)
	})
}

// onPreview is the comer of those with a token for previews. A browser sends none by itself but asks for a password: the token is
// one, with any user name.
func (g *Gateway) onPreview(w http.ResponseWriter, r *http.Request) (visit, bool) {
	asks := r
	if _, password, basic := r.BasicAuth(); basic {
		asks = r.Clone(r.Context())
		asks.Header.Set("Authorization", "Bearer "+password)
	}
	program, no := g.bearer(asks, ForPreview)
	if no != nil && no.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="cx-operator: the token is the password", charset="UTF-8"`)
		writeJSON(w, no.Status, "application/problem+json", no)
		return visit{}, false
	}
	var v visit
	if no == nil {
		v, no = g.draftOf(r, program)
	}
	if no != nil {
		refuse(w, no.Status, no)
		return visit{}, false
	}
	v.language = trialLanguage(r, v.page)
	return v, true
}

// draftOf finds the draft of the survey in the path.
func (g *Gateway) draftOf(r *http.Request, program string) (visit, *refusal) {
	v, err := g.draft(r.Context(), store.WaveKey{ProgramID: program, Survey: r.PathValue("survey"), Slot: store.DraftSlot})
	switch language := cxv1.Language(r.PathValue("language")); {
	case errors.Is(err, store.ErrGone):
		return visit{}, refused(http.StatusNotFound,
			"The program has no survey of this name that could open: the Survey's condition Ready says why.")
	case err != nil:
		g.troubled(r, err)
		return visit{}, refused(http.StatusServiceUnavailable, "The store does not answer. Try again later.")
	case language != "" && !slices.Contains(v.page.Languages, language):
		return visit{}, refused(http.StatusNotFound, "The survey is not asked in this language.")
	}
	return v, nil
}

// previews are what there is to look at.
type previews struct {
	sheet
	Survey string
	Links  []previewLink
}

type previewLink struct {
	// What is page, optOut, mail, mailText, reminder or reminderText.
	What     string        `json:"what"`
	Language cxv1.Language `json:"language"`
	URL      string        `json:"url"`
}

// listPreviews says what there is to look at: as a page to browsers, else as JSON.
func (g *Gateway) listPreviews(w http.ResponseWriter, r *http.Request) {
	v, ok := g.onPreview(w, r)
	if !ok {
		return
	}
	p := previews{sheet: v.sheet(), Survey: v.wave.Survey}
	p.Title, p.Languages = v.wave.Survey, nil
	for _, language := range v.page.Languages {
		below := "/api/v1/surveys/" + url.PathEscape(v.wave.Survey) + "/preview/" + string(language)
		page, optOut := trialLinks(below)
		for _, link := range []previewLink{
			{What: "page", URL: page}, {What: "optOut", URL: optOut},
			{What: "mail", URL: below + "/mail.html"}, {What: "mailText", URL: below + "/mail.txt"},
			{What: "reminder", URL: below + "/mail.html?reminder=1"}, {What: "reminderText", URL: below + "/mail.txt?reminder=1"},
		} {
			link.Language = language
			p.Links = append(p.Links, link)
		}
	}
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		g.render(w, http.StatusOK, "previews", p)
		return
	}
	writeJSON(w, http.StatusOK, "application/json", map[string]any{"survey": p.Survey, "links": p.Links})
}

// mailPolicy lets a mail look as it does where it is read: its styles are in it.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

func mailHTML(w http.ResponseWriter, letter delivery.Letter) {
	w.Header().Set("Content-Security-Policy", mailPolicy)
	w.Header().Set("Content-Type", pageType)
	_, _ = w.Write([]byte(letter.HTML))
}

func mailText(w http.ResponseWriter, letter delivery.Letter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("Subject: " + letter.Subject + "\n\n" + letter.Text))
}

// previewMail shows the mail that a wave would send if it opened now, to somebody whose name is not known.
func (g *Gateway) previewMail(show func(http.ResponseWriter, delivery.Letter)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, ok := g.onPreview(w, r)
		if !ok {
			return
		}
		message := store.Message{Wave: v.wave.WaveKey, Contact: store.Contact{Language: string(v.language)}, Kind: store.MessageInvitation}
		if r.URL.Query().Has("reminder") {
			message.Kind = store.MessageReminder
		}
		below := path.Dir(r.URL.EscapedPath())
		links := delivery.Links{ExpiresAt: g.now().Add(v.wave.GraceUntil.Sub(v.wave.OpensAt))}
		links.Answer, links.OptOut = trialLinks(below)
		mail, err := delivery.ParseMail(v.wave.Mail)
		var letter delivery.Letter
		if err == nil {
			letter, err = delivery.Render(mail, message, links)
		}
		if err != nil {
			no := g.unmade(err)
			refuse(w, no.Status, no)
			return
		}
		show(w, letter)
	}
}
