// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
)

// hostile are texts that are code where somebody forgets to escape them.
var hostile = []string{
	`<script>alert(1)</script>`,
	`</textarea><script>alert(1)</script>`,
	`</title><img src=x onerror=alert(1)>`,
	`"><svg/onload=alert(1)>`,
	`' onmouseover='alert(1)`,
	`" autofocus onfocus="alert(1)`,
	`<iframe srcdoc="<script>alert(1)</script>">`,
	`<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`,
	`{{.}}{{printf "%s" .}}`,
	"`-alert(1)-`",
	`<!--><script>alert(1)</script>-->`,
	`<a href="javascript:alert(1)">x</a>`,
	`\u003cscript\u003ealert(1)\u003c/script\u003e`,
	`&lt;script&gt;alert(1)&lt;/script&gt;`,
	"<scr\x00ipt>alert(1)</scr\x00ipt>",
	`<base href="https://evil.example/">`,
	`<meta http-equiv="refresh" content="0;url=https://evil.example">`,
	`<link rel=stylesheet href=https://evil.example/x.css>`,
	`<input name="_do" value="optout">`,
}

// elements are all that our pages are made of.
var elements = strings.Fields(`html head meta title link body header div p img nav ul li span button a main h1 h2 section form input
	fieldset legend label textarea footer br dl dt dd`)

// attributes are all that our pages' elements have.
var attributes = strings.Fields(`lang charset name content rel href class form value tabindex aria-hidden src alt aria-label aria-current
	hreflang role autofocus aria-labelledby id target method novalidate type for rows maxlength dir aria-describedby aria-invalid
	inputmode autocomplete checked`)

// harmless says what on a page is not ours.
func (r reply) harmless() {
	r.t.Helper()
	r.nodes(func(n *html.Node) {
		if n.Type != html.ElementNode {
			return
		}
		if !slices.Contains(elements, n.Data) {
			r.t.Errorf("there is a <%s>", n.Data)
		}
		for _, a := range n.Attr {
			if !slices.Contains(attributes, a.Key) {
				r.t.Errorf("<%s> has the attribute %s", n.Data, a.Key)
			}
			if a.Key == "href" || a.Key == "src" {
				r.harmlessAddress(a.Val)
			}
		}
		if action, ok := attr(n, "action"); ok {
			r.t.Errorf("a form goes to %q", action)
		}
	})
}

func (r reply) harmlessAddress(address string) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		r.t.Errorf("an address cannot be read: %q", address)
	case u.Scheme == "data" && (strings.HasPrefix(address, "data:image/") || address == "data:,"):
	case u.Scheme == "https" && u.Host == "example.com":
	case u.Scheme == "" && u.Host == "":
	default:
		r.t.Errorf("an address leads to %q", address)
	}
}

// poisoned has the text wherever somebody may write one.
func poisoned(evil string) questionnaire.Page {
	both := text(evil, evil)
	return pulse(func(p *questionnaire.Page) {
		p.Organization = evil
		p.Brand = &cxv1.Brand{Name: evil, Colour: evil, Logo: "data:image/png;base64," + evil}
		p.PrivacyNotice = &cxv1.PrivacyNotice{Text: both, URL: "https://example.com/" + evil}
		p.ThankYou = &cxv1.ThankYou{Text: both, RedirectURL: "https://www.example.com.evil.example/" + evil}
		p.ContactConsent = cxv1.ConsentAsk
		p.Questionnaire.Title = both
		for i := range p.Questionnaire.Questions {
			q := &p.Questionnaire.Questions[i]
			q.Text = both
			for j := range q.Options {
				q.Options[j].Text = both
			}
		}
	})
}

// TestStoredTextsAreNeverCode: whatever a questionnaire, a brand or an answer says, it is shown as text.
func TestStoredTextsAreNeverCode(t *testing.T) {
	for _, evil := range hostile {
		t.Run(evil, func(t *testing.T) {
			w := newWorld(t)
			pair := w.one(poisoned(evil))
			to := "/s/" + pair.Answer
			shown := strings.Join(strings.Fields(strings.ReplaceAll(evil, "\x00", "\uFFFD")), " ") // as HTML reads a NUL
			first := w.get(to).status(http.StatusOK)
			first.harmless()
			first.says(shown)
			form := with(first.form(), "q.more", evil, "q.minutes", evil, "q.nps", evil, "q."+evil, evil, "_asked", evil, "_began", evil, "_language", evil)
			wrong := w.post(to, form).status(http.StatusUnprocessableEntity)
			wrong.harmless()
			if got := wrong.form(); got.Get("q.minutes") != strings.ReplaceAll(evil, "\x00", "\uFFFD") {
				t.Errorf("entered %q, shown %q", evil, got.Get("q.minutes"))
			}
			w.get(to + "?q=nps&v=" + url.QueryEscape(evil) + "&lang=" + url.QueryEscape(evil)).status(http.StatusOK).harmless()
			w.get("/s/" + url.PathEscape(evil)).status(http.StatusGone).harmless()
			w.get("/assets/brand/" + url.PathEscape(evil)).status(http.StatusNotFound).harmless()
			w.get("/o/" + pair.OptOut).status(http.StatusOK).harmless()
			more := w.post(to, with(w.get(to).form(), "q.nps", "3", "q.more", evil)).status(http.StatusOK)
			more.harmless()
			again := w.get(to).status(http.StatusOK) // the saved text comes back from the store
			again.harmless()
			if got, want := again.form().Get("q.more"), strings.ReplaceAll(evil, "\x00", ""); got != want {
				t.Errorf("saved %q, shown %q", want, got)
			}
			done := w.post(to, with(again.form(), "q.why", "price")).status(http.StatusOK)
			done.harmless()
			done.says(shown)
			w.post("/o/"+pair.OptOut, url.Values{"_do": {"optout"}}).status(http.StatusOK).harmless()
		})
	}
}

func TestPrivacyNoticesLeadToTheWebOnly(t *testing.T) {
	for target, want := range map[string]bool{
		"https://example.com/privacy": true, "http://example.com/privacy": true,
		"javascript:alert(1)": false, " javascript:alert(1)": false, "data:text/html,<script>alert(1)</script>": false, "vbscript:x": false,
	} {
		t.Run(target, func(t *testing.T) {
			w := newWorld(t)
			page := short(func(p *questionnaire.Page) { p.PrivacyNotice = &cxv1.PrivacyNotice{URL: target} })
			found := false
			w.get("/s/" + w.one(page).Answer).nodes(func(n *html.Node) {
				href, _ := attr(n, "href")
				found = found || n.Data == "a" && href == target
				if strings.Contains(href, "alert") {
					t.Errorf("a link leads to %q", href)
				}
			})
			if found != want {
				t.Errorf("linked: %t, want %t", found, want)
			}
		})
	}
}
