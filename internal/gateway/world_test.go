// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

var monday = time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC)

// bearer is the token that is good for invited.Program.
const bearer = "a-good-token"

// world is a gateway on a real store.
type world struct {
	*testing.T
	*invited.World
	gateway *gateway.Gateway
	log     *bytes.Buffer

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(by)
}

// newWorld makes a gateway that nothing limits, unless a change says so.
func newWorld(t *testing.T, changes ...func(*gateway.Options)) *world {
	t.Helper()
	w := &world{T: t, log: &bytes.Buffer{}, now: monday}
	w.World = invited.New(t, w.clock)
	o := gateway.Options{
		Store: w.Store, Keys: w.Keys, Now: w.clock, RedirectHosts: []string{"www.example.com"},
		Log:    slog.New(slog.NewJSONHandler(&synced{w: w.log}, nil)),
		Limits: gateway.Limits{PerAddress: 1e9, AddressBurst: 1e9, PerLink: 1e9, LinkBurst: 1e9},
		Authorize: func(_ context.Context, token string, _ gateway.Purpose) (string, bool, error) {
			return invited.Program, token == bearer, nil
		},
	}
	for _, change := range changes {
		change(&o)
	}
	g, err := gateway.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.gateway = g
	return w
}

type synced struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *synced) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(data)
}

// one invites one person to a survey named pulse.
func (w *world) one(page questionnaire.Page) link.Pair {
	w.Helper()
	return w.Invite(w.T, "pulse", page, cxv1.LanguageEN, 1)[0]
}

// reply is what the gateway answered.
type reply struct {
	*httptest.ResponseRecorder
	t *testing.T
}

func (w *world) send(r *http.Request) reply {
	w.Helper()
	rec := httptest.NewRecorder()
	w.gateway.Handler().ServeHTTP(rec, r)
	return reply{rec, w.T}
}

func (w *world) get(path string, headers ...string) reply {
	w.Helper()
	return w.send(request(http.MethodGet, path, "", headers...))
}

// post sends a form as our own pages do.
func (w *world) post(path string, form url.Values, headers ...string) reply {
	w.Helper()
	headers = append([]string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"}, headers...)
	return w.send(request(http.MethodPost, path, form.Encode(), headers...))
}

func request(method, path, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func (r reply) status(want int) reply {
	r.t.Helper()
	if r.Code != want {
		r.t.Fatalf("status %d, want %d:\n%s", r.Code, want, r.Body)
	}
	return r
}

// says checks texts that a person reads.
func (r reply) says(texts ...string) reply {
	r.t.Helper()
	read := r.text()
	for _, text := range texts {
		if !strings.Contains(read, text) {
			r.t.Errorf("the page does not say %q:\n%s", text, read)
		}
	}
	return r
}

func (r reply) saysNot(texts ...string) reply {
	r.t.Helper()
	read := r.text()
	for _, text := range texts {
		if strings.Contains(read, text) {
			r.t.Errorf("the page says %q:\n%s", text, read)
		}
	}
	return r
}

// nodes walks through the page.
func (r reply) nodes(visit func(*html.Node)) {
	r.t.Helper()
	root, err := html.Parse(bytes.NewReader(r.Body.Bytes()))
	if err != nil {
		r.t.Fatal(err)
	}
	for n := range root.Descendants() {
		visit(n)
	}
}

func (r reply) text() string {
	r.t.Helper()
	var b strings.Builder
	r.nodes(func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// form is what the page would send when nobody touched it, without the buttons.
func (r reply) form() url.Values {
	r.t.Helper()
	form := url.Values{}
	r.nodes(func(n *html.Node) {
		name, named := attr(n, "name")
		if !named {
			return
		}
		value, _ := attr(n, "value")
		kind, _ := attr(n, "type")
		_, checked := attr(n, "checked")
		switch {
		case n.Data == "textarea":
			if n.FirstChild != nil {
				value = n.FirstChild.Data
			}
			form.Add(name, value)
		case n.Data == "input" && (kind != "radio" && kind != "checkbox" || checked):
			form.Add(name, value)
		}
	})
	return form
}

// asks are the ids of the questions on the page.
func (r reply) asks() (ids []string) {
	r.t.Helper()
	r.nodes(func(n *html.Node) {
		name, _ := attr(n, "name")
		id, ok := strings.CutPrefix(name, "q.")
		if ok && (len(ids) == 0 || ids[len(ids)-1] != id) {
			ids = append(ids, id)
		}
	})
	return ids
}

// with adds what somebody enters: name, value, name, value.
func with(form url.Values, entries ...string) url.Values {
	for i := 0; i+1 < len(entries); i += 2 {
		form.Set(entries[i], entries[i+1])
	}
	return form
}

func text(en, ru string) cxv1.LocalizedText { return cxv1.LocalizedText{EN: en, RU: ru} }

func number(n int32) *int32 { return &n }

// pulse has a question of every kind. Detractors are asked why.
func pulse(changes ...func(*questionnaire.Page)) questionnaire.Page {
	options := func(pairs ...string) (o []cxv1.Option) {
		for i := 0; i < len(pairs); i += 3 {
			o = append(o, cxv1.Option{ID: pairs[i], Text: text(pairs[i+1], pairs[i+2])})
		}
		return o
	}
	p := questionnaire.Page{
		Organization: "Example Retail", Languages: []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU}, Anonymity: cxv1.AnonymityConfidential,
		Questionnaire: cxv1.Questionnaire{Title: text("Your last visit", "Ваш последний визит"), Questions: []cxv1.Question{
			{ID: "nps", Type: cxv1.QuestionNPS, Text: text("Would you recommend us?", "Порекомендуете ли вы нас?")},
			{
				ID: "why", Type: cxv1.QuestionMultipleChoice, Text: text("What went wrong?", "Что было не так?"),
				Options: options("price", "The price", "Цена", "staff", "The staff", "Персонал"),
				ShowIf:  &cxv1.ShowIf{Question: "nps", AtMost: number(6)},
			},
			{
				ID: "csat", Type: cxv1.QuestionCSAT, Text: text("How satisfied are you?", "Насколько вы довольны?"), Answer: cxv1.AnswerOptional,
				Scale: &cxv1.Scale{Min: 1, Max: 5},
			},
			{
				ID: "where", Type: cxv1.QuestionSingleChoice, Text: text("Where was it?", "Где это было?"), Answer: cxv1.AnswerOptional,
				Options: options("shop", "In a shop", "В магазине", "web", "On the web", "В интернете"),
			},
			{
				ID: "minutes", Type: cxv1.QuestionScale, Text: text("How many minutes did it take?", "Сколько минут это заняло?"),
				Answer: cxv1.AnswerOptional, Scale: &cxv1.Scale{Min: 0, Max: 100},
			},
			{ID: "more", Type: cxv1.QuestionFreeText, Text: text("Anything else?", "Что-нибудь ещё?"), Answer: cxv1.AnswerOptional},
		}},
	}
	for _, change := range changes {
		change(&p)
	}
	return p
}

// short asks for the score alone.
func short(changes ...func(*questionnaire.Page)) questionnaire.Page {
	first := func(p *questionnaire.Page) { p.Questionnaire.Questions = p.Questionnaire.Questions[:1] }
	return pulse(append([]func(*questionnaire.Page){first}, changes...)...)
}

func anonymous(p *questionnaire.Page) { p.Anonymity = cxv1.AnonymityAnonymous }

// failing is a store that is down while broken is set.
type failing struct {
	gateway.Store
	mu          sync.Mutex
	read, write error
}

func (f *failing) fail(read, write error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.read, f.write = read, write
}

func (f *failing) errors() (read, write error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read, f.write
}

func (f *failing) Invitation(ctx context.Context, link [32]byte, now time.Time) (store.OpenInvitation, error) {
	if read, _ := f.errors(); read != nil {
		return store.OpenInvitation{}, read
	}
	return f.Store.Invitation(ctx, link, now)
}

func (f *failing) PublishedWave(ctx context.Context, wave store.WaveKey) (store.PublishedWave, error) {
	if read, _ := f.errors(); read != nil {
		return store.PublishedWave{}, read
	}
	return f.Store.PublishedWave(ctx, wave)
}

func (f *failing) OptOutWave(ctx context.Context, link [32]byte) (store.PublishedWave, string, error) {
	if read, _ := f.errors(); read != nil {
		return store.PublishedWave{}, "", read
	}
	return f.Store.OptOutWave(ctx, link)
}

func (f *failing) SubmitAnswer(ctx context.Context, link [32]byte, answer store.Answer, now time.Time) (store.Receipt, error) {
	if _, write := f.errors(); write != nil {
		return store.Receipt{}, write
	}
	return f.Store.SubmitAnswer(ctx, link, answer, now)
}

func (f *failing) SubmitForeign(ctx context.Context, wave store.WaveKey, key string, a store.Answer, now time.Time) (store.Receipt, error) {
	if _, write := f.errors(); write != nil {
		return store.Receipt{}, write
	}
	return f.Store.SubmitForeign(ctx, wave, key, a, now)
}

func (f *failing) OptOutByLink(ctx context.Context, link [32]byte, now time.Time) error {
	if _, write := f.errors(); write != nil {
		return write
	}
	return f.Store.OptOutByLink(ctx, link, now)
}

func allow(hosts []string) func(*gateway.Options) {
	return func(o *gateway.Options) { o.RedirectHosts = hosts }
}
