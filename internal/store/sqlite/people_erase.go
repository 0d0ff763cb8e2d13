// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"encoding/json"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// EraseContact removes a person, and then what SQLite may have left of them.
func (s *Store) EraseContact(ctx context.Context, programID, key string, now time.Time) (store.Erasure, error) {
	if err := store.CheckErase(programID, key, now); err != nil {
		return store.Erasure{}, err
	}
	erased, err := write(ctx, s.writer, "erase contact", func(t *txn) (store.Erasure, error) {
		if err := t.claimed(programID); err != nil {
			return store.Erasure{}, err
		}
		return t.erase(programID, key, now)
	})
	if err != nil {
		return store.Erasure{}, err
	}
	// Also if nothing was there: it may be asked again because the process ended before the answer.
	return erased, s.wipe(ctx)
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
	if err := t.eraseInvitations(programID, key, hash[:], &erased); err != nil {
		return erased, err
	}
	t.leavesTraces()
	if erased == (store.Erasure{}) {
		return t.erasedBefore(hash[:])
	}
	if erased.Contacts > 0 {
		if err := t.contactsChanged(programID); err != nil {
			return erased, err
		}
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
	id, wave  int64
	skipped   bool
	answerKey []byte
	kept      []byte
}

func (t *txn) eraseInvitations(programID, key string, contactHash []byte, erased *store.Erasure) error {
	rows, err := all(t.asks(), func(row scanner) (l linked, err error) {
		return l, row.Scan(&l.id, &l.wave, &l.skipped, &l.answerKey, &l.kept)
	}, `SELECT i.id, i.wave_id, i.skip <> '', i.answer_key, w.kept FROM invitations AS i
		CROSS JOIN published_waves AS w ON w.id = i.wave_id
		WHERE i.person = ? AND w.program_id = ?`, key, programID)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if _, err := t.exec(`UPDATE invitations SET person = NULL, erased_hash = ?, persona = '', link_hash = NULL, answer_no = NULL
			WHERE id = ?`, contactHash, row.id); err != nil {
			return err
		}
		if row.skipped {
			continue
		}
		erased.Invitations++
		if _, err := t.exec(`UPDATE messages SET state = 'Cancelled', reason = ?, worker = ''
			WHERE invitation_id = ? AND state = 'Queued'`, cancelErased, row.id); err != nil {
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
	// Whoever knows the address could find its hash, and by the key what was answered.
	if _, err := t.exec(`UPDATE invitations SET answer_key = NULL WHERE id = ?`, row.id); err != nil {
		return err
	}
	return t.answersChanged(row.wave)
}
