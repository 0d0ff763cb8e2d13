// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package invited has a real store in which people are invited to waves, for whoever tests what they do with their links.
package invited

import (
	"bytes"
	"fmt"
	"iter"
	"path/filepath"
	"testing"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
)

// Program is the id of the program that asks.
const Program = "example-retail"

const persona = "customers"

// World is a store with people in it.
type World struct {
	Store *sqlite.Store
	// File is where the store is.
	File string
	Keys link.Keys
	now  func() time.Time
}

// New opens an empty store that is closed when the test ends.
func New(t testing.TB, now func() time.Time) *World {
	t.Helper()
	file := filepath.Join(t.TempDir(), "evidence.db")
	s, err := sqlite.Open(t.Context(), file, sqlite.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.Claim(t.Context(), Program, store.Holder{Namespace: "retail", NamespaceUID: "uid-1", ProgramUID: "uid-2"}, "", now()); err != nil {
		t.Fatal(err)
	}
	keys, err := link.NewKeys(link.Key{ID: 1, Secret: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	return &World{Store: s, File: file, Keys: keys, now: now}
}

// Wave is the name of a survey's wave.
func Wave(survey string) store.WaveKey {
	return store.WaveKey{ProgramID: Program, Survey: survey, Slot: "20270104t0900"}
}

// Invite publishes a survey's wave, open since an hour ago for a week with a day of grace, and invites as many people to it,
// whose contact language is the given one. It returns their links.
func (w *World) Invite(t testing.TB, survey string, page questionnaire.Page, language cxv1.Language, people int) []link.Pair {
	t.Helper()
	data, err := page.Encode()
	if err != nil {
		t.Fatal(err)
	}
	wave := Wave(survey)
	opens := w.now().Add(-time.Hour)
	closes := opens.AddDate(0, 0, 7)
	w.Publish(t, store.PublishedWave{
		WaveKey: wave, State: store.WaveTakesAnswers, OpensAt: opens, ClosesAt: closes, GraceUntil: closes.Add(24 * time.Hour),
		Anonymity: string(page.Anonymity), QuestionnaireHash: questionnaire.Hash(page.Questionnaire), Page: data, Mail: []byte(`{}`),
	})
	return w.invite(t, wave, language, people, closes.Add(24*time.Hour))
}

// Publish writes a wave, or what changed of it.
func (w *World) Publish(t testing.TB, wave store.PublishedWave) {
	t.Helper()
	if err := w.Store.PublishWave(t.Context(), wave); err != nil {
		t.Fatal(err)
	}
}

func (w *World) invite(t testing.TB, wave store.WaveKey, language cxv1.Language, people int, expires time.Time) []link.Pair {
	t.Helper()
	name := persona + "-" + wave.Survey
	var keys []string
	var contacts []store.Contact
	for n := range people {
		key := fmt.Sprintf("%s-%04d", wave.Survey, n)
		keys = append(keys, key)
		contacts = append(contacts, store.Contact{Key: key, Address: key + "@shop.example", Language: string(language)})
	}
	if _, err := w.Store.ImportContacts(t.Context(), Program, name, each(contacts), w.now()); err != nil {
		t.Fatal(err)
	}
	var pairs []link.Pair
	decide := func(store.Candidate) store.Verdict {
		pair, l, err := w.Keys.Make(wave, link.NewID(), expires)
		if err != nil {
			t.Error(err)
		}
		pairs = append(pairs, pair)
		return store.Verdict{Link: l}
	}
	added, err := w.Store.Invite(t.Context(), wave, []string{name}, keys, decide, w.now())
	if err != nil || added != people {
		t.Fatalf("%d of %d are invited: %v", added, people, err)
	}
	return pairs
}

func each(contacts []store.Contact) iter.Seq2[store.Contact, error] {
	return func(yield func(store.Contact, error) bool) {
		for _, c := range contacts {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// Answers are all answers of a survey's wave.
func (w *World) Answers(t testing.TB, survey string) (answers []store.StoredAnswer) {
	t.Helper()
	for a, err := range w.Store.WaveAnswers(t.Context(), Wave(survey)) {
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	return answers
}

// Revision grows with every change to the answers of a survey's wave.
func (w *World) Revision(t testing.TB, survey string) int64 {
	t.Helper()
	revision, err := w.Store.AnswersRevision(t.Context(), Wave(survey))
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// Counts are what became of the people of a survey's wave.
func (w *World) Counts(t testing.TB, survey string) store.AudienceCounts {
	t.Helper()
	counts, err := w.Store.AudienceCounts(t.Context(), Wave(survey))
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// OptedOut is how many of a survey's people get no mail any more.
func (w *World) OptedOut(t testing.TB, survey string) int64 {
	t.Helper()
	counts, err := w.Store.CountContacts(t.Context(), Program, persona+"-"+survey)
	if err != nil {
		t.Fatal(err)
	}
	return counts.OptedOut
}
