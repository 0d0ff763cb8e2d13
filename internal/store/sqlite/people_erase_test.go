// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"crypto/sha256"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/store"
)

// An invitation keeps the hash of the address it went to, so that nobody is asked twice. If it also kept the key of the answer,
// whoever knows the address could find what a person who was erased has said.
func TestAnInvitationLeadsToNoAnswerOnceItsPersonIsErased(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "evidence.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.Claim(t.Context(), "acme", store.Holder{NamespaceUID: "ns-1", Namespace: "retail", ProgramUID: "uid-1"}, "", noon)
	ok(err)
	people := []string{"erased", "stays"}
	_, err = s.ImportContacts(t.Context(), "acme", "customers", func(yield func(store.Contact, error) bool) {
		for _, key := range people {
			if !yield(store.Contact{Key: key, Address: key + "@shop.example"}, nil) {
				return
			}
		}
	}, noon)
	ok(err)
	wave := store.WaveKey{ProgramID: "acme", Survey: "nps", Slot: "20270104t1200"}
	ok(s.PublishWave(t.Context(), store.PublishedWave{WaveKey: wave, State: store.WaveTakesAnswers, OpensAt: noon,
		ClosesAt: noon.AddDate(0, 0, 7), Anonymity: "Confidential", Kept: []string{"nps"}}))
	link := func(key string) store.Link {
		return store.Link{ID: [16]byte([]byte(key + "................")), Answer: sha256.Sum256([]byte(key)),
			OptOut: sha256.Sum256([]byte("out " + key)), ExpiresAt: noon.AddDate(0, 1, 0)}
	}
	_, err = s.Invite(t.Context(), wave, []string{"customers"}, people, func(c store.Candidate) store.Verdict {
		return store.Verdict{Link: link(c.Key)}
	}, noon)
	ok(err)
	for _, key := range people {
		_, err = s.SubmitAnswer(t.Context(), link(key).Answer, store.Answer{Values: []byte(`{"nps":3}`), Complete: true, Channel: "web"}, noon)
		ok(err)
	}
	erased, err := s.EraseContact(t.Context(), "acme", "erased", noon)
	ok(err)
	if diff := cmp.Diff(store.Erasure{Contacts: 1, Invitations: 1, Answers: 1}, erased); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	type row struct {
		Person                   string
		Address, Answered, Leads bool
	}
	rows, err := all(s.asks(t.Context()), func(from scanner) (r row, err error) {
		return r, from.Scan(&r.Person, &r.Address, &r.Answered, &r.Leads)
	}, `SELECT coalesce(person, ''), address_hash IS NOT NULL, answered, answer_key IS NOT NULL FROM invitations ORDER BY 1`)
	ok(err)
	if diff := cmp.Diff([]row{{"", true, true, false}, {"stays", true, true, true}}, rows); diff != "" {
		t.Errorf("invitations (-want +got):\n%s", diff)
	}
	kept, err := first(s.asks(t.Context()), scanInt, `SELECT count(*) FROM answers WHERE contact_key IS NULL`)
	ok(err)
	if *kept != 1 {
		t.Errorf("%d answers of nobody are kept, want 1", *kept)
	}
}
