// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
)

var offeredAt = time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC)

func linkKeys(t *testing.T, ids ...byte) link.Keys {
	t.Helper()
	var all []link.Key
	for _, id := range ids {
		all = append(all, link.Key{ID: id, Secret: bytes.Repeat([]byte{id}, 32)})
	}
	keys, err := link.NewKeys(all[0], all[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// offerStore is one in which the program of the offer is claimed, and the folder that it is in.
func offerStore(t *testing.T) (*sqlite.Store, string) {
	t.Helper()
	folder := t.TempDir()
	s, err := sqlite.Open(t.Context(), filepath.Join(folder, "evidence.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, err := s.Claim(t.Context(), "acme", store.Holder{NamespaceUID: "n", Namespace: "n", ProgramUID: "u"}, "", offeredAt); err != nil {
		t.Fatal(err)
	}
	return s, folder
}

func open(number string, days int) store.Offer {
	return store.Offer{OfferKey: store.OfferKey{ProgramID: "acme", Assignment: "nps"}, OfferID: "offer-" + number, Owner: "head-of-cx",
		Page: []byte(`{}`), ExpiresAt: offeredAt.AddDate(0, 0, days)}
}

// opens says what the link leads to, as the gateway finds out.
func opens(t *testing.T, s *sqlite.Store, keys link.Keys, path string) (string, error) {
	t.Helper()
	text, ok := strings.CutPrefix(path, delivery.DecidePath)
	if !ok {
		t.Fatalf("the path is %q", path)
	}
	token, err := link.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	offer, _, err := s.OfferByLink(t.Context(), link.Hash(text), offeredAt)
	if err != nil {
		return "", err
	}
	return offer.OfferID, keys.VerifyDecide(token, offer, offeredAt)
}

func TestTheLinkOfAnOffer(t *testing.T) {
	for name, tc := range map[string]struct {
		// first was published before now, with the keys that the numbers name.
		first     store.Offer
		firstKeys []byte
		now       store.Offer
		nowKeys   []byte
		same      bool
	}{
		"a reminder has the same":                        {open("1", 14), []byte{1}, open("1", 14), []byte{1}, true},
		"a reminder after the key was replaced":          {open("1", 14), []byte{1}, open("1", 14), []byte{2, 1}, true},
		"a reminder long after the key was replaced":     {open("1", 14), []byte{1}, open("1", 14), []byte{3, 2}, false},
		"there is less time now: it is withdrawn sooner": {open("1", 14), []byte{1}, open("1", 7), []byte{1}, true},
		"there is more time now":                         {open("1", 14), []byte{1}, open("1", 30), []byte{1}, false},
		"another offer":                                  {open("1", 14), []byte{1}, open("2", 14), []byte{1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := offerStore(t)
			before, err := delivery.PublishOffer(t.Context(), s, linkKeys(t, tc.firstKeys...), tc.first)
			if err != nil {
				t.Fatal(err)
			}
			keys := linkKeys(t, tc.nowKeys...)
			after, err := delivery.PublishOffer(t.Context(), s, keys, tc.now)
			if err != nil || (before == after) != tc.same {
				t.Errorf("%q, then %q, %v; the same: %t", before, after, err, tc.same)
			}
			if got, err := opens(t, s, keys, after); err != nil || got != tc.now.OfferID {
				t.Errorf("it leads to %q, %v", got, err)
			}
			if _, err := opens(t, s, keys, before); !tc.same && !errors.Is(err, store.ErrGone) {
				t.Errorf("the link before still serves: %v", err)
			}
		})
	}
}

func TestARenewedLinkKeepsTheAnswer(t *testing.T) {
	s, _ := offerStore(t)
	before, err := delivery.PublishOffer(t.Context(), s, linkKeys(t, 1), open("1", 14))
	if err != nil {
		t.Fatal(err)
	}
	hash := link.Hash(strings.TrimPrefix(before, delivery.DecidePath))
	if _, err := s.AnswerOffer(t.Context(), hash, store.OfferAnswer{Result: store.Accepted}, offeredAt); err != nil {
		t.Fatal(err)
	}
	if _, err := delivery.PublishOffer(t.Context(), s, linkKeys(t, 3), open("1", 14)); err != nil {
		t.Fatal(err)
	}
	if _, answer, err := s.PublishedOffer(t.Context(), "acme", "nps"); err != nil || answer == nil || answer.Result != store.Accepted {
		t.Errorf("the answer is %+v, %v", answer, err)
	}
}

func TestAllWhoPublishAtOnceMailALinkThatServes(t *testing.T) {
	s, _ := offerStore(t)
	keys := linkKeys(t, 1)
	if _, err := delivery.PublishOffer(t.Context(), s, linkKeys(t, 9), open("1", 7)); err != nil { // which all must replace
		t.Fatal(err)
	}
	paths := make([]string, 20)
	var group sync.WaitGroup
	for i := range paths {
		group.Go(func() {
			var err error
			if paths[i], err = delivery.PublishOffer(t.Context(), s, keys, open("1", 14)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, path := range paths {
		if got, err := opens(t, s, keys, path); err != nil || got != "offer-1" || path != paths[0] {
			t.Errorf("%q leads to %q, %v", path, got, err)
		}
	}
}

// away is a store whose offers are somebody else's again each time.
type away struct{ t *testing.T }

func (a away) PublishOffer(_ context.Context, offer store.Offer, _ [16]byte) (store.Offer, error) {
	offer.LinkID = link.NewID()
	_, theirs, err := linkKeys(a.t, 9).MakeDecide(offer)
	return theirs, err
}

func TestLinksThatCannotBeMadeAreErrors(t *testing.T) {
	s, _ := offerStore(t)
	unclaimed := open("1", 14)
	unclaimed.ProgramID = "nobody"
	for name, tc := range map[string]struct {
		offers delivery.OfferPublisher
		keys   link.Keys
		offer  store.Offer
		want   error
	}{
		"no key":                     {s, link.Keys{}, open("1", 14), link.ErrInvalid},
		"a program nobody claimed":   {s, linkKeys(t, 1), unclaimed, store.ErrNotClaimed},
		"a process with other keys":  {away{t}, linkKeys(t, 1), open("1", 14), link.ErrOtherKey},
		"an offer that has no owner": {s, linkKeys(t, 1), store.Offer{OfferKey: unclaimed.OfferKey, OfferID: "offer-1", ExpiresAt: offeredAt}, store.ErrInvalid},
	} {
		if path, err := delivery.PublishOffer(t.Context(), tc.offers, tc.keys, tc.offer); !errors.Is(err, tc.want) || path != "" {
			t.Errorf("%s: %q, %v; want %v", name, path, err, tc.want)
		}
	}
}

// TestNobodyFindsALinkInTheStore: neither the token is in the files nor what proves it.
func TestNobodyFindsALinkInTheStore(t *testing.T) {
	s, folder := offerStore(t)
	path, err := delivery.PublishOffer(t.Context(), s, linkKeys(t, 1), open("1", 14))
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimPrefix(path, delivery.DecidePath)
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	mac := raw[len(raw)-16:]
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	found := false
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(data, []byte("offer-1"))
		if bytes.Contains(data, mac) || bytes.Contains(data, []byte(token)) {
			t.Errorf("%s has the link", filepath.Base(file))
		}
	}
	if !found {
		t.Error("the offer is nowhere: the test looks at the wrong files")
	}
}
