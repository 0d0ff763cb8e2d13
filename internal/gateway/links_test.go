// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// counting counts how often the store is asked: what a stranger could measure.
type counting struct {
	gateway.Store
	asked atomic.Int64
}

func (c *counting) Invitation(ctx context.Context, hash [32]byte, now time.Time) (store.OpenInvitation, error) {
	c.asked.Add(1)
	return c.Store.Invitation(ctx, hash, now)
}

// TestLinksThatTakeNothingAreAnsweredAlike: nobody learns from the answer whether a link exists, was used or has expired.
func TestLinksThatTakeNothingAreAnsweredAlike(t *testing.T) {
	asks := &counting{}
	w := newWorld(t, func(o *gateway.Options) { asks.Store, o.Store = o.Store, asks })
	pairs := w.Invite(t, "pulse", short(), cxv1.LanguageRU, 2)
	used := "/s/" + pairs[0].Answer
	w.post(used, with(w.get(used).form(), "q.nps", "9")).status(http.StatusOK)

	closed := w.Invite(t, "closed", short(), cxv1.LanguageEN, 1)[0]
	wave, err := w.Store.PublishedWave(t.Context(), invited.Wave("closed"))
	if err != nil {
		t.Fatal(err)
	}
	wave.State = store.WaveTakesNothing
	w.Publish(t, wave)

	stranger, err := link.NewKeys(link.Key{ID: 1, Secret: bytes.Repeat([]byte{8}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	unknown, _, err := w.Keys.Make(invited.Wave("pulse"), link.NewID(), monday.AddDate(0, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	forged, _, err := stranger.Make(invited.Wave("pulse"), link.NewID(), monday.AddDate(0, 1, 0))
	if err != nil {
		t.Fatal(err)
	}

	want := w.get("/s/" + unknown.Answer).status(http.StatusGone)
	check := func(name, path string, lookups int64) {
		t.Run(name, func(t *testing.T) {
			before := asks.asked.Load()
			got := w.get(path)
			if n := asks.asked.Load() - before; n != lookups {
				t.Errorf("the store was asked %d times, want %d", n, lookups)
			}
			for _, r := range []reply{got, w.post(path, url.Values{"q.nps": {"x"}})} {
				if diff := cmp.Diff(want.Body.String(), r.Body.String()); r.Code != want.Code || diff != "" {
					t.Errorf("status %d (-unknown +this):\n%s", r.Code, diff)
				}
				if diff := cmp.Diff(maps.Clone(want.Header()), maps.Clone(r.Header())); diff != "" {
					t.Errorf("headers (-unknown +this):\n%s", diff)
				}
			}
		})
	}
	check("forged", "/s/"+forged.Answer, 1)
	check("used", used, 1)
	check("of a closed wave", "/s/"+closed.Answer, 1)
	check("for opting out", "/s/"+pairs[1].OptOut, 1)
	check("nonsense", "/s/nonsense", 0)
	check("something long", "/s/"+strings.Repeat("a", 4000), 0)
	w.advance(10 * 24 * time.Hour)
	check("expired", "/s/"+pairs[1].Answer, 1)
	w.get("/o/" + unknown.OptOut).status(http.StatusGone)
	w.get("/o/" + pairs[1].Answer).status(http.StatusGone)
}

// TestNoClaimOfALinkCanBeChanged: through the whole gateway, with the row there.
func TestNoClaimOfALinkCanBeChanged(t *testing.T) {
	w := newWorld(t)
	good := w.one(short()).Answer
	raw, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		changed := bytes.Clone(raw)
		changed[i] ^= 1
		w.get("/s/" + base64.RawURLEncoding.EncodeToString(changed)).status(http.StatusGone)
	}
	w.get("/s/" + good).status(http.StatusOK)
}

// moved is a store whose row says another wave than the link was made for, as after a careless repair of the database.
type moved struct{ gateway.Store }

func (m moved) Invitation(ctx context.Context, hash [32]byte, now time.Time) (store.OpenInvitation, error) {
	i, err := m.Store.Invitation(ctx, hash, now)
	i.Wave.Slot = "20270105t0900"
	return i, err
}

func TestALinkOpensNoOtherWaveThanItWasMadeFor(t *testing.T) {
	w := newWorld(t, func(o *gateway.Options) { o.Store = moved{o.Store} })
	pair := w.one(short())
	w.get("/s/" + pair.Answer).status(http.StatusGone)
	w.post("/s/"+pair.Answer, url.Values{"q.nps": {"9"}}).status(http.StatusGone)
	w.stored()
}

// TestScannersChangeNothing: mail scanners open every link, with GET and with HEAD, and follow what they find.
func TestScannersChangeNothing(t *testing.T) {
	w := newWorld(t)
	pairs := w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 20)
	half := "/s/" + pairs[0].Answer
	w.post(half, with(w.get(half).form(), "q.csat", "4", "_do", "save")).status(http.StatusOK)
	revision, counts := w.Revision(t, "pulse"), w.Counts(t, "pulse")
	for range 3 {
		for _, pair := range pairs {
			for _, path := range []string{
				"/s/" + pair.Answer, "/s/" + pair.Answer + "?q=nps&v=3", "/s/" + pair.Answer + "?_do=send&q.nps=3", "/s/" + pair.Answer + "?lang=ru",
				"/o/" + pair.OptOut, "/o/" + pair.OptOut + "?List-Unsubscribe=One-Click", "/o/" + pair.OptOut + "?_do=optout",
			} {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					w.send(request(method, path, "List-Unsubscribe=One-Click&_do=optout&q.nps=3", "Content-Type", "application/x-www-form-urlencoded")).
						status(http.StatusOK)
				}
			}
		}
	}
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "BREW"} {
		w.send(request(method, "/s/"+pairs[1].Answer, "q.nps=3")).status(http.StatusMethodNotAllowed)
		w.send(request(method, "/o/"+pairs[1].OptOut, "_do=optout")).status(http.StatusMethodNotAllowed)
	}
	if got := w.Revision(t, "pulse"); got != revision {
		t.Errorf("answers changed: revision %d, then %d", revision, got)
	}
	if diff := cmp.Diff(counts, w.Counts(t, "pulse")); diff != "" {
		t.Errorf("counts changed (-before +after):\n%s", diff)
	}
	if n := w.OptedOut(t, "pulse"); n != 0 {
		t.Errorf("%d people were opted out", n)
	}
	w.post(half, with(w.get(half).form(), "q.nps", "9")).status(http.StatusOK).says("Thank you")
}

// TestAHundredAtOnceAreOneAnswer: a real server, real connections, the real store.
func TestAHundredAtOnceAreOneAnswer(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewServer(w.gateway.Handler())
	defer server.Close()
	to := server.URL + "/s/" + w.one(short()).Answer
	const posts = 100
	var bodies sync.Map
	var group sync.WaitGroup
	start := make(chan struct{})
	for n := range posts {
		group.Go(func() {
			<-start
			form := url.Values{"q.nps": {fmt.Sprint(n % 11)}, "_began": {"1"}}
			response, err := http.PostForm(to, form)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = response.Body.Close() }()
			var body bytes.Buffer
			if _, err := body.ReadFrom(response.Body); err != nil || response.StatusCode != http.StatusOK {
				t.Errorf("status %d, %v", response.StatusCode, err)
			}
			bodies.Store(body.String(), true)
		})
	}
	close(start)
	group.Wait()
	if answers := w.Answers(t, "pulse"); len(answers) != 1 || !answers[0].Complete {
		t.Errorf("%d answers, want 1: %+v", len(answers), answers)
	}
	pages := 0
	bodies.Range(func(any, any) bool { pages++; return true })
	if pages != 1 {
		t.Errorf("%d different pages, want 1", pages)
	}
	if counts := w.Counts(t, "pulse"); counts.Responded != 1 {
		t.Errorf("%d responded, want 1", counts.Responded)
	}
}

func TestKeysMayBeReplacedWhileLinksAreOnTheirWay(t *testing.T) {
	first, second := link.Key{ID: 1, Secret: bytes.Repeat([]byte{7}, 32)}, link.Key{ID: 2, Secret: bytes.Repeat([]byte{9}, 32)}
	for name, tc := range map[string]struct {
		keys []link.Key
		want int
	}{
		"the old key stays":   {[]link.Key{second, first}, http.StatusOK},
		"the old key is gone": {[]link.Key{second}, http.StatusGone},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := link.NewKeys(tc.keys[0], tc.keys[1:]...)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, func(o *gateway.Options) { o.Keys = keys }) // invited signs with the first
			pair := w.one(short())
			page := w.get("/s/" + pair.Answer).status(tc.want)
			w.get("/o/" + pair.OptOut).status(tc.want)
			if tc.want == http.StatusOK && !strings.Contains(page.Body.String(), "/o/"+pair.OptOut) {
				t.Error("the page's own opt-out link is another one than the mail's")
			}
		})
	}
}
