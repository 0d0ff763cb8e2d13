// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"encoding/json"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// EraseContact removes a person.
func (s *Store) EraseContact(ctx context.Context, programID, key string, now time.Time) (store.Erasure, error) {
	if err := store.CheckErase(programID, key, now); err != nil {
		return store.Erasure{}, err
	}
	return write(ctx, s.writer, "erase contact", func(t *txn) (store.Erasure, error) {
		if err := t.claimed(programID); err != nil {
			return store.Erasure{}, err
		}
		return t.erase(programID, key, now)
	})
}

func (t *txn) erase(programID, key string, now time.Time) (store.Erasure, error) {
	hash := store.ContactHash(programID, key)
	var erased store.Erasure
	counted, err := first(t.asks(), scanInt, `SELECT count(*) FROM contact_lists AS l
		CROSS JOIN contacts AS c ON c.list_id = l.id AND c.key = ? WHERE l.program_id = ? AND l.state = 'Current'`, key, programID)
	if err != nil {
		return erased, err
	}
	erased.Contacts = valueOr(counted, 0)
	// From lists that are being filled, too: an import under way must not bring the person back.
	if _, err := t.exec(`DELETE FROM contacts WHERE list_id IN (SELECT id FROM contact_lists WHERE program_id = ?) AND key = ?`,
		programID, key); err != nil {
		return erased, err
	}
	if err := t.eraseInvitations(programID, hash[:], &erased); err != nil {
		return erased, err
	}
	t.leavesTraces()
	if erased == (store.Erasure{}) {
		return t.erasedBefore(hash[:])
	}
	if _, err := t.exec(`INSERT INTO erasures (contact_hash, program_id, contacts, invitations, answers, erased_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (contact_hash) DO UPDATE SET contacts = contacts + excluded.contacts,
			invitations = invitations + excluded.invitations, answers = answers + excluded.answers,
			erased_at = excluded.erased_at`,
		hash[:], programID, erased.Contacts, erased.Invitations, erased.Answers, micros(now)); err != nil {
		return erased, err
	}
	return t.erasedBefore(hash[:])
}

// erasedBefore is what was ever erased of a person.
func (t *txn) erasedBefore(contactHash []byte) (store.Erasure, error) {
	erased, err := first(t.asks(), func(row scanner) (e store.Erasure, err error) {
		return e, row.Scan(&e.Contacts, &e.Invitations, &e.Answers)
	}, `SELECT contacts, invitations, answers FROM erasures WHERE contact_hash = ?`, contactHash)
	return valueOr(erased, store.Erasure{}), err
}

// linked is an invitation that still names its person.
type linked struct {
	wave      int64
	answerKey []byte
	kept      []byte
}

func (t *txn) eraseInvitations(programID string, contactHash []byte, erased *store.Erasure) error {
	rows, err := all(t.asks(), func(row scanner) (l linked, err error) { return l, row.Scan(&l.wave, &l.answerKey, &l.kept) },
		`SELECT i.wave_id, i.answer_key, w.kept FROM published_waves AS w
			CROSS JOIN invitations AS i ON i.wave_id = w.id AND i.contact_hash = ?
			WHERE w.program_id = ? AND i.contact_key IS NOT NULL`, contactHash, programID)
	if err != nil {
		return err
	}
	for _, row := range rows {
		erased.Invitations++
		if _, err := t.exec(`UPDATE invitations SET contact_key = NULL, persona = '', link_hash = NULL
			WHERE wave_id = ? AND contact_hash = ?`, row.wave, contactHash); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE messages SET state = 'Cancelled', reason = ?, worker = ''
			WHERE wave_id = ? AND contact_hash = ? AND state = 'Queued'`, cancelErased, row.wave, contactHash); err != nil {
			return err
		}
		if row.answerKey == nil {
			continue
		}
		if err := t.eraseAnswer(row, erased); err != nil {
			return err
		}
	}
	return nil
}

// eraseAnswer cuts an answer down to what does not say whose it is.
func (t *txn) eraseAnswer(row linked, erased *store.Erasure) error {
	answer, err := first(t.asks(), scanAnswer, `SELECT `+answerColumns+` FROM answers WHERE wave_id = ? AND key = ?`, row.wave,
		row.answerKey)
	if err != nil || answer == nil {
		return err // dropped before
	}
	var kept []string
	if err := json.Unmarshal(row.kept, &kept); err != nil {
		return err
	}
	erased.Answers++
	if _, err := t.exec(`UPDATE answers SET contact_key = NULL, attributes = 'null', language = '', may_contact = 0, content = ?
		WHERE wave_id = ? AND key = ?`, store.KeptValues(answer.Values, kept), row.wave, row.answerKey); err != nil {
		return err
	}
	return t.answersChanged(row.wave)
}
