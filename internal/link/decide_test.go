// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
)

var offer = store.Offer{
	OfferKey: store.OfferKey{ProgramID: "retailer", Assignment: "pulse"}, OfferID: "20270104t0900", Owner: "head-of-cx",
	Page: []byte(`{}`), LinkID: id, ExpiresAt: expires.Add(123 * time.Millisecond),
}

func decide(t testing.TB, k link.Keys) (string, store.Offer) {
	t.Helper()
	token, kept, err := k.MakeDecide(offer)
	if err != nil {
		t.Fatal(err)
	}
	return token, kept
}

// checkOffer is what the gateway does once it found the row.
func checkOffer(k link.Keys, text string, at store.Offer, now time.Time) error {
	token, err := link.Parse(text)
	if err != nil {
		return err
	}
	return k.VerifyDecide(token, at, now)
}

func TestATokenDecidesOnItsOffer(t *testing.T) {
	k := keys(t, key(7, 'a'))
	token, kept := decide(t, k)
	want := offer
	want.Link, want.ExpiresAt = link.Hash(token), expires
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("what the store keeps (-want +got):\n%s", diff)
	}
	if err := checkOffer(k, token, kept, now); err != nil {
		t.Errorf("a good token: %v", err)
	}
	if again, err := k.RemakeDecide(kept); err != nil || again != token {
		t.Errorf("a reminder has %q, %v; want %q", again, err, token)
	}
	if err := checkOffer(k, token, kept, expires); !errors.Is(err, link.ErrRefused) {
		t.Errorf("at its expiry: %v", err)
	}
}

// TestATokenOfOnePurposeServesNoOther: the wave has the very names of the offer, the invitation its id.
func TestATokenOfOnePurposeServesNoOther(t *testing.T) {
	k := keys(t, key(7, 'a'))
	token, kept := decide(t, k)
	p, _ := pair(t, k)
	trial, err := k.MakeTrial(wave, expires)
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]string{"answer": p.Answer, "opt-out": p.OptOut, "test": trial} {
		if err := checkOffer(k, other, kept, now); !errors.Is(err, link.ErrRefused) {
			t.Errorf("the %s token decides: %v", name, err)
		}
	}
	for _, purpose := range []link.Purpose{link.Answer, link.OptOut, link.Trial} {
		if err := check(k, token, purpose, wave, now); !errors.Is(err, link.ErrRefused) {
			t.Errorf("a token that decides serves purpose %d: %v", purpose, err)
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.Answer)
	if err != nil {
		t.Fatal(err)
	}
	raw[1] = byte(link.Decide)
	if err := checkOffer(k, base64.RawURLEncoding.EncodeToString(raw), kept, now); !errors.Is(err, link.ErrRefused) {
		t.Errorf("an answer token that says it decides: %v", err)
	}
}

func TestEveryClaimOfAnOfferCounts(t *testing.T) {
	k := keys(t, key(7, 'a'), key(8, 'b'))
	token, kept := decide(t, k)
	for name, change := range map[string]func(*store.Offer){
		"another program":           func(o *store.Offer) { o.ProgramID = "other" },
		"another assignment":        func(o *store.Offer) { o.Assignment = "nps" },
		"a newer offer":             func(o *store.Offer) { o.OfferID = "20270105t0900" },
		"names that run together":   func(o *store.Offer) { o.ProgramID, o.Assignment = "retailerp", "ulse" },
		"nothing, as of a lost row": func(o *store.Offer) { *o = store.Offer{} },
	} {
		moved := kept
		change(&moved)
		if err := checkOffer(k, token, moved, now); !errors.Is(err, link.ErrRefused) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		raw[i] ^= 1
		if err := checkOffer(k, base64.RawURLEncoding.EncodeToString(raw), kept, now); !errors.Is(err, link.ErrRefused) {
			t.Errorf("byte %d changed: %v", i, err)
		}
		raw[i] ^= 1
	}
	forged, _ := decide(t, keys(t, key(7, 'z')))
	if err := checkOffer(k, forged, kept, now); !errors.Is(err, link.ErrRefused) {
		t.Errorf("signed by a stranger: %v", err)
	}
}

func TestKeysOfOffersAreRotated(t *testing.T) {
	first, second, third := key(1, 'a'), key(2, 'b'), key(3, 'c')
	token, kept := decide(t, keys(t, first))
	rotated := keys(t, second, first)
	if err := checkOffer(rotated, token, kept, now); err != nil {
		t.Errorf("after one rotation: %v", err)
	}
	if again, err := rotated.RemakeDecide(kept); err != nil || again != token {
		t.Errorf("a reminder after the rotation: %q, %v", again, err)
	}
	gone := keys(t, third, second)
	if err := checkOffer(gone, token, kept, now); !errors.Is(err, link.ErrRefused) {
		t.Errorf("after two rotations: %v", err)
	}
	if _, err := gone.RemakeDecide(kept); !errors.Is(err, link.ErrOtherKey) {
		t.Errorf("remaking it without its key: %v", err)
	}
}

func TestOffersWithoutANameGetNoLink(t *testing.T) {
	for name, change := range map[string]func(*store.Offer){
		"no program":           func(o *store.Offer) { o.ProgramID = "" },
		"no assignment":        func(o *store.Offer) { o.Assignment = "" },
		"no offer":             func(o *store.Offer) { o.OfferID = "" },
		"no id":                func(o *store.Offer) { o.LinkID = link.ID{} },
		"no end":               func(o *store.Offer) { o.ExpiresAt = time.Time{} },
		"further than 5 bytes": func(o *store.Offer) { o.ExpiresAt = time.Unix(1<<40, 0) },
	} {
		o := offer
		change(&o)
		if _, _, err := keys(t, key(7, 'a')).MakeDecide(o); !errors.Is(err, link.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := (link.Keys{}).MakeDecide(offer); !errors.Is(err, link.ErrInvalid) {
		t.Errorf("without a key: %v", err)
	}
}
