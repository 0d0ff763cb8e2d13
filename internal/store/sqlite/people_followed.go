// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"

	"github.com/cx-operator/cx-operator/internal/store"
)

// followedAnswer is where the answer of a follow-up is.
type followedAnswer struct {
	wave int64
	key  []byte
}

// FollowedUp finds whom a follow-up is about.
func (s *Store) FollowedUp(ctx context.Context, programID, id string) (store.FollowedUp, error) {
	if err := store.CheckFollowedUp(programID, id); err != nil {
		return store.FollowedUp{}, err
	}
	found, err := followedUp(s.asks(ctx), programID, id)
	if err == nil && found == nil {
		err = store.ErrGone
	}
	return valueOr(found, store.FollowedUp{}), failure(ctx, "look up a follow-up", err)
}

// followedUp returns nil when nothing leads to a person.
func followedUp(ask asking, programID, id string) (*store.FollowedUp, error) {
	at, err := first(ask, func(row scanner) (a followedAnswer, err error) { return a, row.Scan(&a.wave, &a.key) },
		`SELECT w.id, unhex(f.answer_key) FROM follow_ups AS f
		CROSS JOIN published_waves AS w ON w.program_id = f.program_id AND w.survey = f.survey AND w.slot = f.slot
		WHERE f.program_id = ? AND f.id = ? AND w.anonymity <> '`+store.AnonymousWave+`'`, programID, id)
	if err != nil || at == nil {
		return nil, err
	}
	kept, err := answersKept(ask, at.wave)
	if err != nil || !kept {
		return nil, err
	}
	answer, err := first(ask, scanAnswer, `SELECT `+answerColumns+` FROM answers
		WHERE wave_id = ? AND key = ? AND may_contact AND contact_key IS NOT NULL`, at.wave, at.key)
	if err != nil || answer == nil {
		return nil, err
	}
	// The list of which they were invited has the address that was written to.
	persona, err := first(ask, func(row scanner) (persona string, err error) { return persona, row.Scan(&persona) },
		`SELECT persona FROM invitations WHERE person = ? AND wave_id = ?`, answer.ContactKey, at.wave)
	if err != nil {
		return nil, err
	}
	found, err := personOf(ask, programID, valueOr(persona, ""), answer.ContactKey)
	who := valueOr(found, person{Contact: store.Contact{Key: answer.ContactKey}})
	return &store.FollowedUp{Contact: who.Contact, OptedOut: who.optedOut, Invalid: who.invalid, Answer: *answer}, err
}
