// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"fmt"
	"strings"

	"github.com/cx-operator/cx-operator/internal/store"
)

// approval is a yes to an item of the Program: the later the day, the higher the sum.
func approval(offer, item string, day int) store.Decision {
	return store.Decision{OfferID: offer, SubjectKind: "Program", SubjectName: "program", Item: item, Role: "Approver",
		Owner: "cfo", Terms: fmt.Sprintf("%s %d000 EUR for 2027", item, day), Result: store.Accepted, DecidedBy: "user-1",
		Means: "kubectl", At: at(day)}
}

func testDecisionsOnItems(s *suite) {
	s.claimed()
	first, second, other := approval("offer-1", "budget", 1), approval("offer-2", "budget", 2), approval("offer-3", "standard", 1)
	whole := approval("offer-4", "", 3)
	for _, d := range []store.Decision{first, second, other, whole} {
		s.equal("decision", d, put(s, s.RecordDecision, d))
	}
	s.equal("evidence: the latest on each item, on whatever terms", []store.Decision{whole, second, other}, s.evidence().Decisions)
	got, err := s.Decisions(s.Context(), s.id, "Program", "program")
	s.ok(err)
	s.equal("every one of the subject", []store.Decision{first, other, second, whole}, got)
}

func testInvalidApprovals(s *suite) {
	s.claimed()
	for name, spoil := range map[string]func(*store.Decision){
		"an endless item": func(d *store.Decision) { d.Item = strings.Repeat("x", 600) },
		"NUL in an item":  func(d *store.Decision) { d.Item = "a\x00" },
		"endless terms":   func(d *store.Decision) { d.Terms = strings.Repeat("x", 5000) },
		"NUL in terms":    func(d *store.Decision) { d.Terms = "a\x00" },
	} {
		d := approval("offer", "budget", 1)
		spoil(&d)
		_, err := s.RecordDecision(s.Context(), s.id, d)
		s.refused(name, store.ErrInvalid, err)
	}
}
