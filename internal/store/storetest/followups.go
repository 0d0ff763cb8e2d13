// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"fmt"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// followUp is a closed follow-up with every field set.
func followUp(id string, day int) store.FollowUp {
	return store.FollowUp{
		ID: id, Survey: "nps", Slot: slot("nps", day), Rule: "detractors", AnswerKey: "0a0b", OpenedAt: at(day), DueBy: at(day + 2),
		FirstResponseAt: at(day + 1), Reached: true, RootCause: "late-delivery", ClosedAt: at(day + 3),
	}
}

func testFollowUpLife(s *suite) {
	s.claimed()
	opened := store.FollowUp{ID: "a", Survey: "nps", Slot: slot("nps", 0), Rule: "detractors", OpenedAt: noon, DueBy: at(2)}
	for range 2 {
		s.equal("opened", opened, put(s, s.RecordFollowUp, opened))
	}
	s.equal("evidence when opened", []store.FollowUp{opened}, s.evidence().FollowUps)

	closed := followUp("a", 0)
	s.changes("a response, a cause and the end", 1, func() { s.equal("closed", closed, put(s, s.RecordFollowUp, closed)) })
	s.equal("evidence when closed", []store.FollowUp{closed}, s.evidence().FollowUps)

	s.changes("another origin, deadline or first response", 0, func() {
		other := closed
		other.Survey, other.Slot, other.Rule = "ces", slot("ces", 0), "efforts"
		other.OpenedAt, other.DueBy, other.FirstResponseAt = at(1), at(9), at(2)
		s.equal("in force", closed, put(s, s.RecordFollowUp, other))
	})
	s.changes("the opening once more", 0, func() { s.equal("still closed", closed, put(s, s.RecordFollowUp, opened)) })
	reopened := closed
	reopened.Reached, reopened.RootCause, reopened.ClosedAt = false, "", time.Time{}
	s.changes("opened again", 1, func() { s.equal("reopened", reopened, put(s, s.RecordFollowUp, reopened)) })
	s.equal("evidence when reopened", []store.FollowUp{reopened}, s.evidence().FollowUps)
}

func testFollowUpBounds(s *suite) {
	s.claimed()
	for day := range 5 {
		for _, id := range []string{"b", "a"} {
			put(s, s.RecordFollowUp, followUp(fmt.Sprint(id, day), -day))
		}
	}
	put(s, s.RecordFollowUp, followUp("old", -401))
	put(s, s.RecordFollowUp, followUp("older", -399))
	read := func(q store.EvidenceQuery) (ids []string, leftOut int64) {
		q.Now = noon
		e, err := s.Evidence(s.Context(), s.id, q)
		s.ok(err)
		for _, f := range e.FollowUps {
			ids = append(ids, f.ID)
		}
		return ids, e.FollowUpsLeftOut
	}
	ids, leftOut := read(store.EvidenceQuery{})
	s.equal("by default", []string{"older", "a4", "b4", "a3", "b3", "a2", "b2", "a1", "b1", "a0", "b0"}, ids)
	s.equal("left out by default", int64(0), leftOut)
	ids, leftOut = read(store.EvidenceQuery{FollowUps: 3})
	s.equal("the latest three", []string{"b1", "a0", "b0"}, ids)
	s.equal("left out of those not too old", int64(8), leftOut)
	ids, leftOut = read(store.EvidenceQuery{FollowUpAge: 36 * time.Hour, FollowUps: 4})
	s.equal("of a day and a half", []string{"a1", "b1", "a0", "b0"}, ids)
	s.equal("none left out", int64(0), leftOut)
}

func testInvalidFollowUps(s *suite) {
	s.claimed()
	for name, spoil := range map[string]func(*store.FollowUp){
		"no id":                   func(f *store.FollowUp) { f.ID = "" },
		"no survey":               func(f *store.FollowUp) { f.Survey = "" },
		"no slot":                 func(f *store.FollowUp) { f.Slot = "" },
		"no rule":                 func(f *store.FollowUp) { f.Rule = "" },
		"never opened":            func(f *store.FollowUp) { f.OpenedAt = time.Time{} },
		"no deadline":             func(f *store.FollowUp) { f.DueBy = time.Time{} },
		"due before it opened":    func(f *store.FollowUp) { f.DueBy = f.OpenedAt.Add(-time.Second) },
		"answered before":         func(f *store.FollowUp) { f.FirstResponseAt = f.OpenedAt.Add(-time.Second) },
		"closed before it opened": func(f *store.FollowUp) { f.ClosedAt = f.OpenedAt.Add(-time.Second) },
		"NUL in a cause":          func(f *store.FollowUp) { f.RootCause = "a\x00" },
	} {
		f := followUp("a", 0)
		spoil(&f)
		_, err := s.RecordFollowUp(s.Context(), s.id, f)
		s.refused(name, store.ErrInvalid, err)
	}
	s.equal("nothing written", 0, len(s.evidence().FollowUps))
}
