// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"testing"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/store"
)

func multipartForm(t *testing.T, name, value string) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if err := errors.Join(form.WriteField(name, value), form.Close()); err != nil {
		t.Fatal(err)
	}
	return form.FormDataContentType(), b.String()
}

// TestOptingOut: by our button, and by that of a mail service, which comes from elsewhere with nothing but the body that
// RFC 8058 prescribes.
func TestOptingOut(t *testing.T) {
	kind, body := multipartForm(t, "List-Unsubscribe", "One-Click")
	const plain = "application/x-www-form-urlencoded"
	for name, tc := range map[string]struct {
		body    string
		headers []string
		want    int
	}{
		"our button":                       {"_do=optout", []string{"Content-Type", plain, "Sec-Fetch-Site", "same-origin"}, http.StatusOK},
		"one click":                        {"List-Unsubscribe=One-Click", []string{"Content-Type", plain}, http.StatusOK},
		"one click as multipart":           {body, []string{"Content-Type", kind}, http.StatusOK},
		"one click from a page of theirs":  {"List-Unsubscribe=One-Click", []string{"Content-Type", plain, "Sec-Fetch-Site", "cross-site"}, http.StatusOK},
		"one click with an origin":         {"List-Unsubscribe=One-Click", []string{"Content-Type", plain, "Origin", "https://mail.example"}, http.StatusOK},
		"nothing":                          {"", []string{"Content-Type", plain}, http.StatusBadRequest},
		"something else":                   {"List-Unsubscribe=Two-Clicks", []string{"Content-Type", plain}, http.StatusBadRequest},
		"JSON":                             {`{"List-Unsubscribe":"One-Click"}`, []string{"Content-Type", "application/json"}, http.StatusBadRequest},
		"multipart without a boundary":     {body, []string{"Content-Type", "multipart/form-data"}, http.StatusBadRequest},
		"a body that is no form":           {"%zz", []string{"Content-Type", plain}, http.StatusBadRequest},
		"a multipart body that breaks off": {body[:len(body)/2], []string{"Content-Type", kind}, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			pair := w.one(pulse())
			got := w.send(request(http.MethodPost, "/o/"+pair.OptOut, tc.body, tc.headers...)).status(tc.want)
			if out := w.OptedOut(t, "pulse") == 1; out != (tc.want == http.StatusOK) {
				t.Errorf("opted out: %t", out)
			}
			if tc.want == http.StatusOK {
				got.says("You will get no more surveys", "Example Retail")
				w.send(request(http.MethodPost, "/o/"+pair.OptOut, tc.body, tc.headers...)).status(http.StatusOK)
			}
		})
	}
}

func TestTheOptOutPageAsksFirstInThePersonsLanguage(t *testing.T) {
	w := newWorld(t)
	pair := w.Invite(t, "pulse", pulse(), cxv1.LanguageRU, 1)[0]
	w.get("/o/"+pair.OptOut).status(http.StatusOK).says("Больше не присылать опросы?", "Example Retail", "Подтвердить")
	w.get("/o/" + pair.OptOut + "?lang=en").status(http.StatusOK).says("No more surveys?")
	if n := w.OptedOut(t, "pulse"); n != 0 {
		t.Errorf("%d people were opted out by looking", n)
	}
}

func TestAnOldMailStillOptsOut(t *testing.T) {
	w := newWorld(t)
	pair := w.one(pulse())
	w.advance(300 * 24 * time.Hour)
	w.get("/s/" + pair.Answer).status(http.StatusGone)
	w.get("/o/" + pair.OptOut).status(http.StatusOK)
	w.post("/o/"+pair.OptOut, url.Values{"_do": {"optout"}}).status(http.StatusOK)
	if n := w.OptedOut(t, "pulse"); n != 1 {
		t.Errorf("%d people are opted out, want 1", n)
	}
}

func TestASurveyLinkDoesNotOptOut(t *testing.T) {
	w := newWorld(t)
	pair := w.one(pulse())
	w.post("/o/"+pair.Answer, url.Values{"_do": {"optout"}}).status(http.StatusGone)
	if n := w.OptedOut(t, "pulse"); n != 0 {
		t.Errorf("%d people are opted out", n)
	}
}

func TestOptingOutIsNotLostWhenTheStoreIsDown(t *testing.T) {
	broken := &failing{}
	w := newWorld(t, func(o *gateway.Options) { broken.Store, o.Store = o.Store, broken })
	pair := w.one(pulse())
	for _, fails := range [][2]error{{store.ErrUnavailable, nil}, {nil, store.ErrUnavailable}} {
		broken.fail(fails[0], fails[1])
		got := w.post("/o/"+pair.OptOut, url.Values{"_do": {"optout"}}).status(http.StatusServiceUnavailable)
		if got.Header().Get("Retry-After") == "" {
			t.Error("nobody is told when to come back")
		}
	}
	broken.fail(nil, nil)
	w.post("/o/"+pair.OptOut, url.Values{"_do": {"optout"}}).status(http.StatusOK)
	if n := w.OptedOut(t, "pulse"); n != 1 {
		t.Errorf("%d people are opted out, want 1", n)
	}
}
