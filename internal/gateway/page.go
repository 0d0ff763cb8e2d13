// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/metrics"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static/style.css
var style []byte

// stylePath has the content's hash in it, so that browsers may keep it for ever.
var stylePath = func() string {
	sum := sha256.Sum256(style)
	return "/assets/style-" + hex.EncodeToString(sum[:6]) + ".css"
}()

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"stylesheet": func() string { return stylePath },
	"dict": func(pairs ...any) (map[string]any, error) {
		m := map[string]any{}
		for i := 0; i+1 < len(pairs); i += 2 {
			key, ok := pairs[i].(string)
			if !ok {
				return nil, errors.New("keys are strings")
			}
			m[key] = pairs[i+1]
		}
		return m, nil
	},
}).ParseFS(templateFiles, "templates/*.html"))

const pageType = "text/html; charset=utf-8"

// render writes a page. It is made before anything is sent, so that a mistake in a template is an honest 500.
func (g *Gateway) render(w http.ResponseWriter, status int, name string, view any) {
	var page bytes.Buffer
	if err := templates.ExecuteTemplate(&page, name, view); err != nil {
		g.log.Error("a page could not be made", "page", name, "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", pageType)
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // whoever asked is gone; there is nobody to tell
}

// refuse writes a page that belongs to no wave, so that it tells nothing about any.
func (g *Gateway) refuse(w http.ResponseWriter, r *http.Request, status int, say func(texts) (heading, text string)) {
	s := plainSheet(preferred(r, spoken, ""))
	heading, text := say(s.T)
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", retryAfter)
	}
	g.render(w, status, "message", note(s, heading, text))
}

// gone answers everybody alike whose link takes nothing, whatever the reason.
func (g *Gateway) gone(w http.ResponseWriter, r *http.Request) {
	g.metrics.turnedAway.WithLabelValues(metrics.AwayGone).Inc()
	g.refuse(w, r, http.StatusGone, func(t texts) (string, string) { return t.Gone, t.GoneText })
}

// unavailable says that the store is down or too busy.
func (g *Gateway) unavailable(w http.ResponseWriter, r *http.Request) {
	g.refuse(w, r, http.StatusServiceUnavailable, func(t texts) (string, string) { return t.Busy, t.BusyText })
}

func (g *Gateway) tooOften(w http.ResponseWriter, r *http.Request) {
	g.refuse(w, r, http.StatusTooManyRequests, func(t texts) (string, string) { return t.Slow, t.SlowText })
}

func (g *Gateway) nothingHere(w http.ResponseWriter, r *http.Request) {
	g.refuse(w, r, http.StatusNotFound, func(t texts) (string, string) { return t.Nothing, t.NothingText })
}

func (g *Gateway) tooLong(w http.ResponseWriter, r *http.Request) {
	g.refuse(w, r, http.StatusRequestEntityTooLarge, func(t texts) (string, string) { return t.Long, t.LongText })
}

// unreadable says that a form was too long, or none of ours.
func (g *Gateway) unreadable(w http.ResponseWriter, r *http.Request, err error) {
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		g.tooLong(w, r)
		return
	}
	g.refuse(w, r, http.StatusBadRequest, func(t texts) (string, string) { return t.Unreadable, t.UnreadableText })
}

var tags = map[cxv1.Language]language.Tag{cxv1.LanguageEN: language.English, cxv1.LanguageRU: language.Russian}

// preferred is the language of a page: what the person chose, else the contact's, else what the browser asks for, else the
// first one that is offered.
func preferred(r *http.Request, offered []cxv1.Language, contact cxv1.Language) cxv1.Language {
	chosen := []string{r.PostForm.Get(fieldSwitch), r.PostForm.Get(fieldLanguage), r.URL.Query().Get("lang"), string(contact)}
	for _, choice := range chosen {
		if slices.Contains(offered, cxv1.Language(choice)) {
			return cxv1.Language(choice)
		}
	}
	var matches []language.Tag
	for _, l := range offered {
		matches = append(matches, tags[l])
	}
	wanted, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(wanted) == 0 {
		return offered[0]
	}
	_, i, confidence := language.NewMatcher(matches).Match(wanted...)
	if confidence == language.No {
		return offered[0]
	}
	return offered[i]
}

// asset serves what never changes.
func asset(w http.ResponseWriter, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(body)
}

func serveStyle(w http.ResponseWriter, _ *http.Request) { asset(w, "text/css; charset=utf-8", style) }

var brandForm = regexp.MustCompile(`^[0-9a-fA-F]{6}\.css$`)

func (g *Gateway) serveBrand(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("colour")
	if !brandForm.MatchString(name) {
		g.nothingHere(w, r)
		return
	}
	asset(w, "text/css; charset=utf-8", []byte(brandStyle("#"+strings.TrimSuffix(name, ".css"))))
}
