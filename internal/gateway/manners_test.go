// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/store"
)

// TestEveryAnswerHasTheHeaders: pages, refusals, files, the API, and what the mux answers by itself.
func TestEveryAnswerHasTheHeaders(t *testing.T) {
	w := newWorld(t)
	pair := w.one(short())
	form := url.Values{"q.nps": {"9"}}
	var stylesheet string
	for _, part := range strings.Split(w.get("/s/"+pair.Answer).Body.String(), `"`) {
		if strings.HasPrefix(part, "/assets/style-") {
			stylesheet = part
		}
	}
	for name, tc := range map[string]struct {
		reply  reply
		status int
		cached bool
	}{
		"survey":          {w.get("/s/" + pair.Answer), 200, false},
		"mistake":         {w.post("/s/"+pair.Answer, url.Values{"q.nps": {"x"}}), 422, false},
		"thanks":          {w.post("/s/"+pair.Answer, form), 200, false},
		"gone":            {w.get("/s/" + pair.Answer), 410, false},
		"opt-out":         {w.get("/o/" + pair.OptOut), 200, false},
		"nothing":         {w.get("/robots.txt"), 404, false},
		"start":           {w.get("/"), 404, false},
		"a wrong method":  {w.send(request("DELETE", "/s/"+pair.Answer, "")), 405, false},
		"a crooked path":  {w.get("/s/../x"), 307, false},
		"a foreign form":  {w.post("/s/"+pair.Answer, form, "Sec-Fetch-Site", "cross-site"), 403, false},
		"stylesheet":      {w.get(stylesheet), 200, true},
		"brand":           {w.get("/assets/brand/0b6e4f.css"), 200, true},
		"no colour":       {w.get("/assets/brand/red.css"), 404, false},
		"API":             {w.hand(answersPath, event()), 201, false},
		"API, refused":    {w.hand(answersPath, event(), "Authorization", ""), 401, false},
		"API's document":  {w.get("/api/v1/openapi.json"), 200, false},
		"health is apart": {w.get("/livez"), 404, false},
		"figures too":     {w.get("/metrics"), 404, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := tc.reply.status(tc.status).Header()
			policy := h.Get("Content-Security-Policy")
			for _, want := range []string{"default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
				if !strings.Contains(policy, want) {
					t.Errorf("the policy %q lacks %s", policy, want)
				}
			}
			if strings.Contains(policy, "script-src") || strings.Contains(policy, "unsafe") {
				t.Errorf("the policy %q allows too much", policy)
			}
			for name, want := range map[string]string{
				"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
				"X-Robots-Tag": "noindex, nofollow", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			} {
				if got := h.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if got := h.Get("Cache-Control"); strings.Contains(got, "immutable") != tc.cached || !tc.cached && got != "no-store" {
				t.Errorf("Cache-Control is %q", got)
			}
			if h.Get("Set-Cookie") != "" {
				t.Error("it sets a cookie")
			}
		})
	}
}

func TestFormsAreTakenFromOurOwnPagesOnly(t *testing.T) {
	for name, tc := range map[string]struct {
		headers []string
		want    int
	}{
		"our page":                               {[]string{"Sec-Fetch-Site", "same-origin"}, 200},
		"typed by hand, or from no browser":      {nil, 200},
		"our page, whose origin a browser hides": {[]string{"Origin", "null"}, 200},
		"an old browser, our origin":             {[]string{"Origin", "http://example.com"}, 200},
		"a page of somebody else's":              {[]string{"Sec-Fetch-Site", "cross-site"}, 403},
		"a page next door":                       {[]string{"Sec-Fetch-Site", "same-site"}, 403},
		"theirs, with a hidden origin":           {[]string{"Sec-Fetch-Site", "cross-site", "Origin", "null"}, 403},
		"an old browser, their origin":           {[]string{"Origin", "https://evil.example"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			to := "/s/" + w.one(short()).Answer
			headers := append([]string{"Content-Type", "application/x-www-form-urlencoded"}, tc.headers...)
			w.send(request(http.MethodPost, to, "q.nps=9", headers...)).status(tc.want)
			if n := len(w.Answers(t, "pulse")); (n == 1) != (tc.want == 200) {
				t.Errorf("%d answers", n)
			}
		})
	}
}

func TestBadFormsAreRefused(t *testing.T) {
	w := newWorld(t)
	to := "/s/" + w.one(pulse()).Answer
	for name, tc := range map[string]struct {
		kind, body string
		want       int
	}{
		"too long":        {"application/x-www-form-urlencoded", "q.nps=9&q.more=" + strings.Repeat("x", 600<<10), 413},
		"no encoding":     {"application/x-www-form-urlencoded", "q.nps=%zz", 400},
		"JSON":            {"application/json", `{"q.nps": 9}`, 422}, // no form at all: nothing was answered
		"nothing":         {"", "", 422},
		"an empty form":   {"application/x-www-form-urlencoded", "", 422},
		"two scores":      {"application/x-www-form-urlencoded", "q.nps=9&q.nps=1", 422},
		"a score of 11":   {"application/x-www-form-urlencoded", "q.nps=11", 422},
		"a text too long": {"application/x-www-form-urlencoded", "q.nps=9&q.more=" + strings.Repeat("x", 4001), 422},
	} {
		t.Run(name, func(t *testing.T) {
			w.send(request(http.MethodPost, to, tc.body, "Content-Type", tc.kind, "Sec-Fetch-Site", "same-origin")).status(tc.want)
		})
	}
	w.stored()
}

func TestTextsThatAreTooMuchTogetherAreRefused(t *testing.T) {
	w := newWorld(t)
	page := short()
	form := url.Values{"q.nps": {"9"}, "_began": {"1"}}
	for n := range 30 {
		id := fmt.Sprintf("text-%d", n)
		page.Questionnaire.Questions = append(page.Questionnaire.Questions, cxv1.Question{
			ID: id, Type: cxv1.QuestionFreeText, Text: text(id, id), Answer: cxv1.AnswerOptional,
		})
		form.Set("q."+id, strings.Repeat("<>", 2000))
	}
	w.post("/s/"+w.one(page).Answer, form).status(http.StatusRequestEntityTooLarge).says("too long")
	w.stored()
}

func TestRequestsAreCountedByAddressAndByLink(t *testing.T) {
	w := newWorld(t, func(o *gateway.Options) {
		o.Limits = gateway.Limits{PerAddress: 1, AddressBurst: 5, PerLink: 0.1, LinkBurst: 2}
	})
	pairs := w.Invite(t, "pulse", short(), cxv1.LanguageEN, 5)
	w.get("/s/" + pairs[0].Answer).status(http.StatusOK)
	w.get("/s/" + pairs[0].Answer).status(http.StatusOK)
	often := w.get("/s/" + pairs[0].Answer).status(http.StatusTooManyRequests).says("too often")
	if often.Header().Get("Retry-After") != "60" {
		t.Errorf("Retry-After is %q", often.Header().Get("Retry-After"))
	}
	w.get("/s/" + pairs[1].Answer).status(http.StatusOK)
	w.get("/s/" + pairs[2].Answer).status(http.StatusOK)
	w.get("/s/" + pairs[3].Answer).status(http.StatusTooManyRequests) // the sixth from one address
	w.post("/o/"+pairs[3].OptOut, url.Values{"_do": {"optout"}}).status(http.StatusOK)
	w.advance(time.Second)
	w.get("/s/" + pairs[3].Answer).status(http.StatusOK)
	w.advance(time.Minute)
	w.get("/s/" + pairs[0].Answer).status(http.StatusOK)
}

func TestWhoAsksIsSaidByTrustedProxiesOnly(t *testing.T) {
	for name, tc := range map[string]struct {
		remote    [2]string
		forwarded [2]string
		same      bool
	}{
		"the same address":                   {[2]string{"192.0.2.1:1", "192.0.2.1:2"}, [2]string{}, true},
		"two addresses":                      {[2]string{"192.0.2.1:1", "192.0.2.2:1"}, [2]string{}, false},
		"a stranger's header":                {[2]string{"192.0.2.1:1", "192.0.2.1:1"}, [2]string{"198.51.100.1", "198.51.100.2"}, true},
		"our proxy's header":                 {[2]string{"10.0.0.1:1", "10.0.0.1:1"}, [2]string{"198.51.100.1", "198.51.100.2"}, false},
		"made up before our proxy's":         {[2]string{"10.0.0.1:1", "10.0.0.1:1"}, [2]string{"1.1.1.1, 198.51.100.1", "2.2.2.2, 198.51.100.1"}, true},
		"two proxies of ours":                {[2]string{"10.0.0.1:1", "10.0.0.2:1"}, [2]string{"198.51.100.1, 10.0.0.9", "198.51.100.1"}, true},
		"nonsense from our proxy":            {[2]string{"10.0.0.1:1", "10.0.0.1:1"}, [2]string{"unknown", "hidden"}, true},
		"one household":                      {[2]string{"[2001:db8::1]:1", "[2001:db8::2]:1"}, [2]string{}, true},
		"two households":                     {[2]string{"[2001:db8::1]:1", "[2001:db8:0:1::1]:1"}, [2]string{}, false},
		"IPv4 in the clothes of IPv6":        {[2]string{"[::ffff:192.0.2.1]:1", "192.0.2.1:1"}, [2]string{}, true},
		"our proxy in the clothes of IPv6":   {[2]string{"[::ffff:10.0.0.1]:1", "10.0.0.1:1"}, [2]string{"198.51.100.1", "198.51.100.2"}, false},
		"addresses that cannot be read":      {[2]string{"pipe", "@"}, [2]string{}, true},
		"one address and one cannot be read": {[2]string{"pipe", "192.0.2.1:1"}, [2]string{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(o *gateway.Options) {
				o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
				o.Limits = gateway.Limits{PerAddress: 0.001, AddressBurst: 1}
			})
			var last reply
			for i := range tc.remote {
				r := request(http.MethodGet, "/s/x", "")
				r.RemoteAddr = tc.remote[i]
				if tc.forwarded[i] != "" {
					r.Header.Set("X-Forwarded-For", tc.forwarded[i])
				}
				last = w.send(r)
			}
			if same := last.Code == http.StatusTooManyRequests; same != tc.same {
				t.Errorf("status %d: the same person: %t, want %t", last.Code, same, tc.same)
			}
		})
	}
}

// slow is a store that answers when it is told to.
type slow struct {
	gateway.Store
	entered, leave chan struct{}
}

func (s slow) Invitation(ctx context.Context, _ [32]byte, _ time.Time) (store.OpenInvitation, error) {
	s.entered <- struct{}{}
	select {
	case <-s.leave:
	case <-ctx.Done():
	}
	return store.OpenInvitation{}, errors.Join(store.ErrUnavailable, ctx.Err())
}

func TestWhenTooManyAreServedOthersAreTurnedAwayAtOnce(t *testing.T) {
	s := slow{entered: make(chan struct{}), leave: make(chan struct{})}
	w := newWorld(t, func(o *gateway.Options) { s.Store, o.Store, o.Limits.InFlight = o.Store, s, 2 })
	to := "/s/" + w.one(short()).Answer
	done := make(chan int)
	for range 2 {
		go func() {
			rec := httptest.NewRecorder()
			w.gateway.Handler().ServeHTTP(rec, request(http.MethodPost, to, ""))
			done <- rec.Code
		}()
		<-s.entered
	}
	busy := w.get(to).status(http.StatusServiceUnavailable).says("try again in a minute")
	if busy.Header().Get("Retry-After") == "" {
		t.Error("nobody is told when to come back")
	}
	close(s.leave)
	for range 2 {
		if code := <-done; code != http.StatusServiceUnavailable {
			t.Errorf("status %d", code)
		}
	}
	if got := w.get("/nothing"); got.Code != http.StatusNotFound {
		t.Errorf("the places were not given back: %d", got.Code)
	}
}

func TestAStoreThatHangsIsGivenUp(t *testing.T) {
	s := slow{entered: make(chan struct{}, 1), leave: make(chan struct{})}
	w := newWorld(t, func(o *gateway.Options) { s.Store, o.Store, o.Limits.Store = o.Store, s, time.Millisecond })
	w.get("/s/" + w.one(short()).Answer).status(http.StatusServiceUnavailable)
}

func TestWhenTheStoreIsDownNothingThatWasEnteredIsLost(t *testing.T) {
	broken := &failing{}
	w := newWorld(t, func(o *gateway.Options) { broken.Store, o.Store = o.Store, broken })
	to := "/s/" + w.one(pulse()).Answer
	form := with(w.get(to).form(), "q.nps", "9", "q.more", "A long story")
	broken.fail(nil, fmt.Errorf("disk full: %w", store.ErrUnavailable))
	for _, do := range []string{"send", "save"} {
		page := w.post(to, with(form, "_do", do)).status(http.StatusServiceUnavailable).
			says("could not be stored just now", "still on this page").saysNot("disk full")
		form.Del("_do")
		if diff := cmp.Diff(form, page.form()); diff != "" {
			t.Errorf("%s: entered (-before +after):\n%s", do, diff)
		}
		if page.Header().Get("Retry-After") == "" {
			t.Errorf("%s: nobody is told when to come back", do)
		}
	}
	broken.fail(store.ErrUnavailable, nil)
	if got := w.get(to).status(http.StatusServiceUnavailable); got.Header().Get("Retry-After") == "" {
		t.Error("nobody is told when to come back")
	}
	broken.fail(nil, nil)
	w.advance(time.Minute)
	w.post(to, form).status(http.StatusOK).says("Thank you")
	w.stored(answer(`{"more":"A long story","nps":9}`, true))
}

// cut is a store during whose write the phone loses its connection.
type cut struct {
	gateway.Store
	lose context.CancelFunc
}

func (c cut) SubmitAnswer(ctx context.Context, hash [32]byte, a store.Answer, now time.Time) (store.Receipt, error) {
	c.lose()
	return c.Store.SubmitAnswer(ctx, hash, a, now)
}

func TestAPhoneThatLosesItsConnectionHasStillAnswered(t *testing.T) {
	ctx, lose := context.WithCancel(t.Context())
	w := newWorld(t, func(o *gateway.Options) { o.Store = cut{o.Store, lose} })
	to := "/s/" + w.one(short()).Answer
	w.send(request(http.MethodPost, to, "q.nps=9&_began=1", "Content-Type", "application/x-www-form-urlencoded").WithContext(ctx))
	if n := len(w.Answers(t, "pulse")); n != 1 {
		t.Errorf("%d answers, want 1", n)
	}
}

func TestLogsAndFiguresNameNobody(t *testing.T) {
	const secret = "Mrs. Canary, canary@example.com"
	broken := &failing{}
	w := newWorld(t, func(o *gateway.Options) { broken.Store, o.Store = o.Store, broken })
	pair := w.one(pulse())
	to := "/s/" + pair.Answer
	from := []string{"X-Forwarded-For", "203.0.113.77", "User-Agent", secret, "Referer", "https://mail.example/" + pair.Answer}
	w.get(to+"?q=nps&v=3", from...)
	w.post(to, with(w.get(to).form(), "q.nps", "3", "q.more", secret), from...)
	w.post(to, url.Values{"q.nps": {secret}, "q." + secret: {"1"}}, from...)
	w.get("/o/"+pair.OptOut, from...)
	w.post("/o/"+pair.OptOut, url.Values{"_do": {"optout"}}, from...)
	w.get("/x/"+pair.Answer, from...)
	w.hand(answersPath, event("ticket-1", "Canary"), "Idempotency-Key", "Canary")
	broken.fail(nil, store.ErrUnavailable)
	w.post(to, url.Values{"q.nps": {"9"}, "q.more": {secret}}, from...)
	w.send(request("CANARY", to, ""))

	rec := httptest.NewRecorder()
	w.gateway.Ops().ServeHTTP(rec, request(http.MethodGet, "/metrics", ""))
	for what, kept := range map[string]string{"log": w.log.String(), "figures": rec.Body.String()} {
		for _, word := range []string{pair.Answer, pair.OptOut, pair.Answer[:20], "canary", "Canary", "CANARY", "203.0.113.77", "192.0.2.1", bearer} {
			if strings.Contains(kept, word) {
				t.Errorf("the %s has %q", what, word)
			}
		}
	}
	for _, want := range []string{`"route":"GET /s/{token}"`, `"route":"POST /o/{token}"`, `"method":"other"`, `"code":503`} {
		if !strings.Contains(w.log.String(), want) {
			t.Errorf("the log does not say %s:\n%s", want, w.log)
		}
	}
	for _, want := range []string{
		`cx_gateway_requests_total{code="200",method="GET",route="GET /s/{token}"} 2`, `cx_gateway_answers_total{channel="web",kind="partial"} 1`,
		`cx_gateway_answers_total{channel="api",kind="complete"} 1`, `cx_gateway_turned_away_total{reason="store"} 1`, "cx_gateway_in_flight 0",
	} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("the figures do not say %s", want)
		}
	}
}

type panicking struct{ gateway.Store }

func (panicking) Invitation(context.Context, [32]byte, time.Time) (store.OpenInvitation, error) {
	panic("with the answer of Mrs. Canary")
}

func TestAMistakeOfOursIsAnsweredAndLoggedWithoutTheirWords(t *testing.T) {
	w := newWorld(t, func(o *gateway.Options) { o.Store = panicking{o.Store} })
	w.get("/s/" + w.one(short()).Answer).status(http.StatusInternalServerError)
	if log := w.log.String(); strings.Contains(log, "Canary") || !strings.Contains(log, `"code":500`) || !strings.Contains(log, "goroutine") {
		t.Errorf("logged: %s", log)
	}
	w.get("/nothing").status(http.StatusNotFound)
}

func TestAPageThatCannotBeReadIsOurFault(t *testing.T) {
	w := newWorld(t)
	to := "/s/" + w.one(short()).Answer
	wave, err := w.Store.PublishedWave(t.Context(), store.WaveKey{ProgramID: "example-retail", Survey: "pulse", Slot: "20270104t0900"})
	if err != nil {
		t.Fatal(err)
	}
	wave.Page = []byte(`{"questionnaire": 7}`)
	w.Publish(t, wave)
	w.get(to).status(http.StatusServiceUnavailable)
	w.hand(answersPath, event()).status(http.StatusServiceUnavailable)
	if !bytes.Contains(w.log.Bytes(), []byte("the page of a wave")) {
		t.Errorf("logged: %s", w.log)
	}
}
