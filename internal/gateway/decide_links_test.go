// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// TestLinksThatDecideNothingAreAnsweredAlike: nobody learns from the answer whether there is such an offer.
func TestLinksThatDecideNothingAreAnsweredAlike(t *testing.T) {
	w := deciding(t)
	revoked := w.asked()
	w.Offer(t, assigned, "offer-2", w.OfferPage())
	withdrawn := w.Offer(t, "withdrawn", "offer-1", w.OfferPage())
	if err := w.Store.WithdrawOffer(t.Context(), invited.Program, "withdrawn", ""); err != nil {
		t.Fatal(err)
	}
	answered := w.Offer(t, "answered", "offer-1", w.OfferPage())
	w.post(answered, accept("")).status(http.StatusOK)
	w.Offer(t, "answered", "offer-2", w.OfferPage())
	pair := w.one(short())
	stranger, err := link.NewKeys(link.Key{ID: 1, Secret: bytes.Repeat([]byte{8}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	forge := func(keys link.Keys, program string) string {
		token, _, err := keys.MakeDecide(store.Offer{OfferKey: store.OfferKey{ProgramID: program, Assignment: assigned}, OfferID: "offer-2",
			LinkID: link.NewID(), ExpiresAt: monday.AddDate(0, 0, 14)})
		if err != nil {
			t.Fatal(err)
		}
		return "/d/" + token
	}
	// Rows with hashes of tokens that were made for something else: as if somebody had written into the store.
	planted := w.plant("planted", "/d/"+pair.Answer)
	moved := w.plant("moved", forge(w.Keys, invited.Program))
	elsewhere := w.plant("elsewhere", forge(w.Keys, "another-program"))
	signed := w.plant("signed", forge(stranger, invited.Program))

	first := ""
	for name, to := range map[string]string{
		"revoked by a newer offer": revoked, "withdrawn": withdrawn, "answered, then revoked": answered,
		"unknown": forge(w.Keys, invited.Program), "no token": "/d/x", "a survey's link": "/d/" + pair.Answer, "an opt-out link": "/d/" + pair.OptOut,
		"a survey's token in the row": planted, "another assignment's token in the row": moved, "another program's token in the row": elsewhere,
		"a stranger's key in the row": signed,
	} {
		got := w.get(to).status(http.StatusGone)
		for _, form := range []url.Values{accept(""), decline("no"), {}} {
			if posted := w.post(to, form).status(http.StatusGone); posted.Body.String() != got.Body.String() {
				t.Errorf("%s: POST is answered otherwise than GET", name)
			}
		}
		if first == "" {
			first = got.Body.String()
		}
		if got.Body.String() != first {
			t.Errorf("%s is answered otherwise:\n%s", name, got.text())
		}
		got.says("There is nothing to decide by this link").saysNot("Example Retail", "Head of")
	}
	w.decision(nil)
	w.get("/s" + strings.TrimPrefix(revoked, "/d")).status(http.StatusGone) // and it serves no other purpose
	w.post("/o"+strings.TrimPrefix(revoked, "/d"), url.Values{"_do": {"optout"}}).status(http.StatusGone)
}

// plant lets a row have the hash of a token that was not made for it.
func (w *world) plant(assignment, path string) string {
	w.Helper()
	page, err := w.OfferPage().Encode()
	if err != nil {
		w.Fatal(err)
	}
	offer := store.Offer{OfferKey: store.OfferKey{ProgramID: invited.Program, Assignment: assignment}, OfferID: "offer-2", Owner: "head-of-service",
		Page: page, LinkID: link.NewID(), Link: link.Hash(strings.TrimPrefix(path, "/d/")), ExpiresAt: monday.AddDate(0, 0, 14)}
	if _, err := w.Store.PublishOffer(w.T.Context(), offer, [16]byte{}); err != nil {
		w.Fatal(err)
	}
	return path
}

func TestALinkThatDecidesExpires(t *testing.T) {
	w := deciding(t)
	to := w.asked()
	unknown := w.get("/d/x").status(http.StatusGone)
	w.advance(14*24*time.Hour - time.Second)
	w.get(to).status(http.StatusOK)
	w.advance(time.Second)
	for _, got := range []reply{w.get(to), w.post(to, accept(""))} {
		if got.status(http.StatusGone).Body.String() != unknown.Body.String() {
			t.Errorf("an expired link is answered otherwise than an unknown one: %s", got.text())
		}
	}
	w.decision(nil)
}

// TestScannersDecideNothing: they open every link, with GET and HEAD, and follow what they find.
func TestScannersDecideNothing(t *testing.T) {
	w := deciding(t)
	to := w.asked()
	_, before, err := w.Store.AnsweredOffers(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 1000 {
		method, query := http.MethodGet, ""
		if n%2 == 1 {
			method = http.MethodHead
		}
		if n%3 == 1 {
			query = "?result=accept&reason=yes&_language=en"
		}
		got := w.send(request(method, to+query, "result=accept", "Content-Type", "application/x-www-form-urlencoded")).status(http.StatusOK)
		if method == http.MethodHead && got.Body.Len() > 0 {
			t.Fatal("a page is made for HEAD")
		}
	}
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "BREW"} {
		w.send(request(method, to, "result=accept")).status(http.StatusMethodNotAllowed)
	}
	w.get(to).nodes(func(n *html.Node) {
		if href, ok := attr(n, "href"); ok && strings.HasPrefix(href, "/d/") {
			t.Errorf("the page links to %s", href)
		}
	})
	_, after, err := w.Store.AnsweredOffers(t.Context(), 0)
	if err != nil || after != before {
		t.Errorf("revision %d, then %d, %v", before, after, err)
	}
	w.decision(nil)
}

func TestDecisionsAreTakenFromOurOwnPageOnly(t *testing.T) {
	for name, tc := range map[string]struct {
		headers []string
		want    int
	}{
		"our page":                      {[]string{"Sec-Fetch-Site", "same-origin"}, 200},
		"our page with a hidden origin": {[]string{"Origin", "null"}, 200},
		"a page of somebody else's":     {[]string{"Sec-Fetch-Site", "cross-site"}, 403},
		"an old browser, their origin":  {[]string{"Origin", "https://evil.example"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			w := deciding(t)
			headers := append([]string{"Content-Type", "application/x-www-form-urlencoded"}, tc.headers...)
			w.send(request(http.MethodPost, w.asked(), "result=accept", headers...)).status(tc.want)
			if decided := w.Decided(t, assigned) != nil; decided != (tc.want == 200) {
				t.Errorf("decided: %t", decided)
			}
		})
	}
}

func TestBadFormsDecideNothing(t *testing.T) {
	w := deciding(t)
	to := w.asked()
	for name, tc := range map[string]struct {
		kind, body string
		want       int
	}{
		"too long":    {"application/x-www-form-urlencoded", "result=accept&reason=" + strings.Repeat("x", 600<<10), 413},
		"no encoding": {"application/x-www-form-urlencoded", "result=accept&reason=%zz", 400},
		"JSON":        {"application/json", `{"result": "accept"}`, 422},
		"multipart":   {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"result\"\r\n\r\naccept\r\n--x--\r\n", 422},
		"nothing":     {"", "", 422},
	} {
		t.Run(name, func(t *testing.T) {
			w.send(request(http.MethodPost, to, tc.body, "Content-Type", tc.kind, "Sec-Fetch-Site", "same-origin")).status(tc.want)
			w.decision(nil)
		})
	}
	w.post(to, url.Values{"result": {"decline"}, "reason": {"\xff\xfe why"}}).status(http.StatusOK) // no UTF-8
	w.decision(&store.OfferAnswer{Result: store.Declined, Reason: "\uFFFD why", At: monday})
}

func TestDecisionsAreCountedByAddressAndByLink(t *testing.T) {
	w := deciding(t, func(o *gateway.Options) {
		o.Limits = gateway.Limits{PerAddress: 1, AddressBurst: 3, PerLink: 0.1, LinkBurst: 2}
	})
	to, other := w.asked(), w.Offer(t, "another", "offer-1", w.OfferPage())
	w.get(to).status(http.StatusOK)
	w.get(to).status(http.StatusOK)
	w.get(to).status(http.StatusTooManyRequests)
	w.post(other, accept("")).status(http.StatusTooManyRequests) // the fourth from one address
	w.advance(time.Minute)
	w.post(other, accept("")).status(http.StatusOK)
}
