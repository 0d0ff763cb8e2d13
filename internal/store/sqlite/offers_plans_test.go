// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cx-operator/cx-operator/internal/store"
)

// The controller asks for new answers again and again. That may look at those answers, and at no offer.
func TestHearingOfAnswersReadsNoOffer(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "evidence.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, _, err := s.AnsweredOffers(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, query := range slices.Collect(maps.Keys(s.often.byQuery)) {
		if !strings.Contains(query, "offers AS o") {
			continue
		}
		steps, err := all(s.asks(t.Context()), func(row scanner) (step string, err error) {
			var id, parent, unused int
			return step, row.Scan(&id, &parent, &unused, &step)
		}, `EXPLAIN QUERY PLAN `+query, 0)
		if err != nil {
			t.Fatal(err)
		}
		plan := strings.Join(steps, "\n")
		if !strings.Contains(plan, "SEARCH o USING COVERING INDEX offers_by_answer") || strings.Contains(plan, "SORTER") {
			t.Errorf("the plan is\n%s", plan)
		}
		looked++
	}
	if looked != 1 {
		t.Fatalf("%d queries were looked at", looked)
	}
}

// What the releases before wrote has no offers, and takes them.
func TestAFileFromBeforeThereWereOffersTakesThem(t *testing.T) {
	s := migrated(t, 4, `INSERT INTO programs (id, namespace_uid, namespace, program_uid, claimed_at, revision) VALUES ('acme', 'ns-1', 'retail', 'u', 0, 1)`)
	if keys, revision, err := s.AnsweredOffers(t.Context(), 0); err != nil || len(keys) != 0 || revision != 0 {
		t.Fatalf("%d answers up to revision %d, %v", len(keys), revision, err)
	}
	offer := store.Offer{OfferKey: store.OfferKey{ProgramID: "acme", Assignment: "nps"}, OfferID: "offer-1", Owner: "head-of-cx",
		LinkID: [16]byte{1}, Link: [32]byte{2}, ExpiresAt: noon}
	if _, err := s.PublishOffer(t.Context(), offer, [16]byte{}); err != nil {
		t.Fatal(err)
	}
}
