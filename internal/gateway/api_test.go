// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

const answersPath = "/api/v1/waves/pulse/20270104t0900/answers"

// event is an answer as an event in structured mode, changed by replacing texts in it.
func event(replacements ...string) string {
	return strings.NewReplacer(replacements...).Replace(
		`{"specversion":"1.0","id":"ticket-1","source":"https://helpdesk.example.com","type":"io.cx-operator.answer.v1",` +
			`"data":{"answers":{"nps":9},"language":"ru"}}`)
}

// hand hands an event in; headers replace the usual ones.
func (w *world) hand(path, body string, headers ...string) reply {
	w.Helper()
	usual := []string{"Content-Type", "application/cloudevents+json", "Authorization", "Bearer " + bearer}
	return w.send(request(http.MethodPost, path, body, append(usual, headers...)...))
}

func (r reply) receipt() string {
	r.t.Helper()
	var got struct{ Receipt string }
	if err := json.Unmarshal(r.Body.Bytes(), &got); err != nil || got.Receipt == "" {
		r.t.Fatalf("no receipt: %v\n%s", err, r.Body)
	}
	return got.Receipt
}

func helpdesk(a *store.Answer) { a.Channel, a.Language = "https://helpdesk.example.com", "ru" }

func TestAnswersFromOtherChannels(t *testing.T) {
	binary := []string{
		"Content-Type", "application/json; charset=utf-8", "Ce-Specversion", "1.0", "Ce-Id", "ticket-1",
		"Ce-Source", "https://helpdesk.example.com", "Ce-Type", "io.cx-operator.answer.v1",
	}
	for name, tc := range map[string]struct {
		body    string
		headers []string
		want    store.Answer
	}{
		"structured": {event(), nil, answer(`{"nps":9}`, true, helpdesk)},
		"binary":     {`{"answers":{"nps":9},"language":"ru"}`, binary, answer(`{"nps":9}`, true, helpdesk)},
		"with a charset": {
			event(), []string{"Content-Type", "application/cloudevents+json; charset=UTF-8"}, answer(`{"nps":9}`, true, helpdesk),
		},
		"data in base64": {
			event(`"data":{"answers":{"nps":9},"language":"ru"}`, `"data_base64":"eyJhbnN3ZXJzIjp7Im5wcyI6OX0sImxhbmd1YWdlIjoicnUifQ=="`), nil,
			answer(`{"nps":9}`, true, helpdesk),
		},
		"with an extension": {event(`"data"`, `"traceparent":"00-1","data"`), nil, answer(`{"nps":9}`, true, helpdesk)},
		"what is not asked is left out": {
			event(`{"nps":9}`, `{"nps":10,"why":["staff"],"minutes":3,"more":null}`), nil, answer(`{"minutes":3,"nps":10}`, true, helpdesk),
		},
		"no language": {event(`,"language":"ru"`, ""), nil, answer(`{"nps":9}`, true, helpdesk, func(a *store.Answer) { a.Language = "" })},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 1)
			w.hand(answersPath, tc.body, tc.headers...).status(http.StatusCreated).receipt()
			w.stored(tc.want)
		})
	}
}

func TestAnAnswerIsStoredOnceForEachKey(t *testing.T) {
	w := newWorld(t)
	w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 1)
	first := w.hand(answersPath, event()).status(http.StatusCreated).receipt()
	if again := w.hand(answersPath, event("9", "8")).status(http.StatusOK).receipt(); again != first {
		t.Errorf("the same event once more got another receipt: %s, %s", first, again)
	}
	w.hand(answersPath, event("ticket-1", "ticket-2")).status(http.StatusCreated)
	key := []string{"Idempotency-Key", "call-1"}
	named := w.hand(answersPath, event(), key...).status(http.StatusCreated).receipt()
	if again := w.hand(answersPath, event("ticket-1", "ticket-3"), key...).status(http.StatusOK).receipt(); again != named {
		t.Errorf("the same key once more got another receipt: %s, %s", named, again)
	}
	if n := len(w.Answers(t, "pulse")); n != 3 {
		t.Errorf("%d answers, want 3", n)
	}
}

func TestTheSameEventAtOnceIsOneAnswer(t *testing.T) {
	w := newWorld(t)
	w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 1)
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			rec := httptest.NewRecorder()
			w.gateway.Handler().ServeHTTP(rec, request(http.MethodPost, answersPath, event(),
				"Content-Type", "application/cloudevents+json", "Authorization", "Bearer "+bearer))
			if rec.Code != http.StatusCreated && rec.Code != http.StatusOK {
				t.Errorf("status %d: %s", rec.Code, rec.Body)
			}
		})
	}
	group.Wait()
	if n := len(w.Answers(t, "pulse")); n != 1 {
		t.Errorf("%d answers, want 1", n)
	}
}

// badEvents is the table of bad input: what is sent, and what must come back. The OpenAPI test reads it too.
var badEvents = map[string]struct {
	path, body string
	headers    []string
	status     int
	says       string
}{
	"no token":             {answersPath, event(), []string{"Authorization", ""}, 401, "bearer token"},
	"a wrong token":        {answersPath, event(), []string{"Authorization", "Bearer guess"}, 401, "bearer token"},
	"another scheme":       {answersPath, event(), []string{"Authorization", "Basic " + bearer}, 401, "bearer token"},
	"an unknown survey":    {"/api/v1/waves/other/20270104t0900/answers", event(), nil, 404, "no wave"},
	"an unknown slot":      {"/api/v1/waves/pulse/20270105t0900/answers", event(), nil, 404, "no wave"},
	"a form":               {answersPath, "q.nps=9", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "CloudEvent"},
	"no content type":      {answersPath, event(), []string{"Content-Type", ""}, 415, "CloudEvent"},
	"a batch":              {answersPath, "[" + event() + "]", []string{"Content-Type", "application/cloudevents-batch+json"}, 415, "one CloudEvent"},
	"an event in XML":      {answersPath, "<event/>", []string{"Content-Type", "application/cloudevents+xml"}, 415, "CloudEvent"},
	"too long":             {answersPath, event("ticket-1", strings.Repeat("x", 600<<10)), nil, 413, "too long"},
	"nothing":              {answersPath, "", nil, 400, "no valid CloudEvent"},
	"no JSON":              {answersPath, "{", nil, 400, "no valid CloudEvent"},
	"an old version":       {answersPath, event(`"1.0"`, `"0.3"`), nil, 400, "specversion"},
	"a version to come":    {answersPath, event(`"1.0"`, `"2.0"`), nil, 400, "specversion"},
	"no id":                {answersPath, event(`"ticket-1"`, `""`), nil, 400, "id, source and type"},
	"no source":            {answersPath, event(`"source":"https://helpdesk.example.com",`, ""), nil, 400, "id, source and type"},
	"JSON without headers": {answersPath, event(), []string{"Content-Type", "application/json"}, 400, "no valid CloudEvent"},
	"a nameless header":    {answersPath, event(), []string{"Ce-", "x"}, 400, "no name"},
	"another type":         {answersPath, event("answer.v1", "answer.v2"), nil, 422, "type must be io.cx-operator.answer.v1"},
	"data that is a text":  {answersPath, event(`"data":{"answers":{"nps":9},"language":"ru"}`, `"datacontenttype":"text/plain","data":"nine"`), nil, 422, "application/json"},
	"no data":              {answersPath, event(`,"data":{"answers":{"nps":9},"language":"ru"}`, ""), nil, 422, "data must be like"},
	"a long source":        {answersPath, event("helpdesk", strings.Repeat("h", 200)), nil, 422, "200 bytes"},
	"a long id":            {answersPath, event("ticket-1", strings.Repeat("t", 201)), nil, 422, "200 bytes"},
	"an empty key":         {answersPath, event(), []string{"Idempotency-Key", ""}, 400, "Idempotency-Key"},
	"a long key":           {answersPath, event(), []string{"Idempotency-Key", strings.Repeat("k", 201)}, 400, "Idempotency-Key"},
	"a field too many":     {answersPath, event(`"language"`, `"email":"a@example.com","language"`), nil, 422, "only answers is needed"},
	"no answers":           {answersPath, event(`"answers":{"nps":9},`, ""), nil, 422, "only answers is needed"},
	"a list of answers":    {answersPath, event(`{"nps":9}`, `[9]`), nil, 422, "JSON object by question id"},
	"another language":     {answersPath, event(`"ru"`, `"de"`), nil, 422, "en or ru"},
	"a wrong answer":       {answersPath, event(`{"nps":9}`, `{"nps":11}`), nil, 422, `"question":"nps","detail":"Give a whole number from 0 to 10"`},
	"a number as a text":   {answersPath, event(`{"nps":9}`, `{"nps":"9"}`), nil, 422, `"question":"nps"`},
	"half an answer":       {answersPath, event(`{"nps":9}`, `{"nps":3}`), nil, 422, `"question":"why","detail":"Choose one answer or more"`},
	"an unknown question":  {answersPath, event(`{"nps":9}`, `{"nps":9,"age":7}`), nil, 422, `"question":"age","detail":"There is no such question"`},
	"a survey of slashes":  {"/api/v1/waves/..%2f..%2fetc/passwd/answers", event(), nil, 404, "no wave"},
}

func TestBadEventsAreRefusedWithAReason(t *testing.T) {
	w := newWorld(t)
	w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 1)
	for name, tc := range badEvents {
		t.Run(name, func(t *testing.T) {
			got := w.hand(tc.path, tc.body, tc.headers...).status(tc.status)
			if kind := got.Header().Get("Content-Type"); kind != "application/problem+json" {
				t.Errorf("content type %q", kind)
			}
			if !strings.Contains(got.Body.String(), tc.says) {
				t.Errorf("%s does not say %q", got.Body, tc.says)
			}
			if tc.status == 401 && got.Header().Get("WWW-Authenticate") == "" {
				t.Error("nobody is told how to log in")
			}
		})
	}
	w.stored()
}

func TestATokenIsGoodForItsProgramOnly(t *testing.T) {
	w := newWorld(t, func(o *gateway.Options) {
		o.Authorize = func(context.Context, string, gateway.Purpose) (string, bool, error) {
			return "another-program", true, nil
		}
	})
	w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 1)
	w.hand(answersPath, event()).status(http.StatusNotFound)
	w.stored()
}

func TestWithoutTokensTheAPIIsClosed(t *testing.T) {
	w := newWorld(t, func(o *gateway.Options) { o.Authorize = nil })
	w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 1)
	w.hand(answersPath, event()).status(http.StatusUnauthorized)
}

func TestAClosedWaveIsLikeAnUnknownOne(t *testing.T) {
	w := newWorld(t)
	w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 1)
	unknown := w.hand("/api/v1/waves/other/20270104t0900/answers", event()).status(http.StatusNotFound)
	w.advance(30 * 24 * time.Hour)
	closed := w.hand(answersPath, event()).status(http.StatusNotFound)
	if diff := cmp.Diff(unknown.Body.String(), closed.Body.String()); diff != "" {
		t.Errorf("(-unknown +closed):\n%s", diff)
	}
	w.stored()
}

func TestOtherChannelsAreToldToComeBackWhenTheStoreIsDown(t *testing.T) {
	broken := &failing{}
	fails := false
	w := newWorld(t, func(o *gateway.Options) {
		broken.Store, o.Store = o.Store, broken
		o.Authorize = func(context.Context, string, gateway.Purpose) (string, bool, error) {
			if fails {
				return "", false, store.ErrUnavailable
			}
			return invited.Program, true, nil
		}
	})
	w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 1)
	check := func() {
		t.Helper()
		got := w.hand(answersPath, event()).status(http.StatusServiceUnavailable)
		if got.Header().Get("Retry-After") == "" || strings.Contains(got.Body.String(), "evidence store") {
			t.Errorf("headers %v, body %s", got.Header(), got.Body)
		}
	}
	broken.fail(store.ErrUnavailable, nil)
	check()
	broken.fail(nil, fmt.Errorf("disk: %w", store.ErrUnavailable))
	check()
	broken.fail(nil, nil)
	fails = true
	check()
	fails = false
	w.hand(answersPath, event()).status(http.StatusCreated)
	w.stored(answer(`{"nps":9}`, true, helpdesk))
}

func TestTokensCannotBeGuessedQuickly(t *testing.T) {
	w := newWorld(t, func(o *gateway.Options) { o.Limits = gateway.Limits{PerAddress: 1, AddressBurst: 3} })
	w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 1)
	for range 3 {
		w.hand(answersPath, event(), "Authorization", "Bearer guess").status(http.StatusUnauthorized)
	}
	w.hand(answersPath, event(), "Authorization", "Bearer guess").status(http.StatusTooManyRequests)
	w.hand(answersPath, event()).status(http.StatusCreated) // who has a token is not counted
}
