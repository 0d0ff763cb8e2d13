// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"
	clocktesting "k8s.io/utils/clock/testing"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
)

const programID = "shop"

var (
	monday = time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC)
	aWave  = store.WaveKey{ProgramID: programID, Survey: "nps", Slot: "20270104t0900"}
)

// world is a real store and a real mail server, and what carries mail from one to the other.
type world struct {
	*testing.T
	clock  *clocktesting.FakeClock
	store  *sqlite.Store
	server *server
	keys   link.Keys
	route  delivery.Route
	// quiet and zone are the wave's, zones those of the contacts, in turns.
	quiet *cxv1.QuietHours
	zone  string
	zones []string

	mu sync.Mutex
	// reported are the failures that senders told of.
	reported []error
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, clock: clocktesting.NewFakeClock(monday), server: startServer(t)}
	var err error
	if w.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "evidence.db"), sqlite.Options{Now: w.clock.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	if w.keys, err = link.NewKeys(link.Key{ID: 1, Secret: bytes.Repeat([]byte{7}, 32)}); err != nil {
		t.Fatal(err)
	}
	w.route = delivery.Route{Channel: channel(t, w.server), Rate: rate.NewLimiter(rate.Inf, 1), OnAmbiguous: cxv1.AmbiguousFlag}
	if _, err := w.store.Claim(t.Context(), programID, store.Holder{Namespace: "shop", NamespaceUID: "1", ProgramUID: "2"}, "", monday); err != nil {
		t.Fatal(err)
	}
	return w
}

// invite publishes a wave and invites people to it, to be written to at once and reminded after the given times.
func (w *world) invite(people int, reminders ...time.Duration) {
	w.Helper()
	questions := cxv1.Questionnaire{
		Title:     cxv1.LocalizedText{EN: "How are we doing?"},
		Questions: []cxv1.Question{{ID: "nps", Type: cxv1.QuestionNPS, Text: cxv1.LocalizedText{EN: "Would you recommend us?"}}},
	}
	page, err := questionnaire.Page{
		Questionnaire: questions, Organization: "Example Shop", Languages: []cxv1.Language{cxv1.LanguageEN}, Anonymity: cxv1.AnonymityConfidential,
	}.Encode()
	mail, merr := json.Marshal(delivery.Mail{
		Channel: "mail", Organization: "Example Shop", Title: questions.Title, First: delivery.FirstOf(questions),
		Promise: cxv1.AnonymityConfidential, Languages: []cxv1.Language{cxv1.LanguageEN}, QuietHours: w.quiet, TimeZone: w.zone,
	})
	closes := monday.AddDate(0, 0, 14)
	if err := errors.Join(err, merr, w.store.PublishWave(w.Context(), store.PublishedWave{
		WaveKey: aWave, State: store.WaveTakesAnswers, OpensAt: monday, ClosesAt: closes, GraceUntil: closes.Add(time.Hour),
		Anonymity: "Confidential", QuestionnaireHash: "12345678", Page: page, Mail: mail,
	}), w.store.ConfirmWave(w.Context(), aWave)); err != nil {
		w.Fatal(err)
	}
	var keys []string
	contacts := func(yield func(store.Contact, error) bool) {
		for n := range people {
			address := address(n)
			keys = append(keys, address)
			contact := store.Contact{Key: address, Address: address}
			if len(w.zones) > 0 {
				contact.TimeZone = w.zones[n%len(w.zones)]
			}
			if !yield(contact, nil) {
				return
			}
		}
	}
	if _, err := w.store.ImportContacts(w.Context(), programID, "customers", iter.Seq2[store.Contact, error](contacts), monday); err != nil {
		w.Fatal(err)
	}
	added, err := w.store.Invite(w.Context(), aWave, []string{"customers"}, keys, func(store.Candidate) store.Verdict {
		_, made, err := w.keys.Make(aWave, link.NewID(), closes)
		if err != nil {
			w.Error(err)
		}
		v := store.Verdict{Link: made, SendAt: monday}
		for _, after := range reminders {
			v.Reminders = append(v.Reminders, monday.Add(after))
		}
		return v
	}, monday)
	if err != nil || added != people {
		w.Fatalf("%d of %d are invited: %v", added, people, err)
	}
}

func address(n int) string { return fmt.Sprintf("customer-%02d@example.org", n) }

func (w *world) sender(worker string, queue delivery.Queue) *delivery.Sender {
	return &delivery.Sender{
		Queue: queue, Waves: w.store, Roster: w, Worker: worker, Clock: w.clock,
		Report: w.report,
		Links: func(m store.Message) (delivery.Links, error) {
			pair, err := w.keys.Remake(m.Wave, m.Link)
			return delivery.Links{Answer: "https://f.example.com/s/" + pair.Answer, OptOut: "https://f.example.com/o/" + pair.OptOut,
				ExpiresAt: m.Link.ExpiresAt}, err
		},
	}
}

func (w *world) report(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reported = append(w.reported, err)
}

// Programs and Route make the world a Roster of one program with one channel.
func (w *world) Programs() []string { return []string{programID} }

func (w *world) Route(program, channel string) (delivery.Route, bool) {
	return w.route, program == programID && channel == "mail"
}

// drain sends until nothing is due.
func (w *world) drain(s *delivery.Sender) {
	w.Helper()
	for {
		n, err := s.Once(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func (w *world) counts() store.AudienceCounts {
	w.Helper()
	counts, err := w.store.AudienceCounts(w.Context(), aWave)
	if err != nil {
		w.Fatal(err)
	}
	return counts
}
