// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// Answers of an Anonymous wave are in a table of their own, and nothing leads from a row to a person:
//
//   - the key is random, and the table has no row numbers, so the order of rows says nothing;
//   - SQLite puts new rows of a page behind the older ones, whatever their keys. mingle writes the rows around a new one
//     again, in order of their keys, so that their places in the file do not say which came last;
//   - the time is a day, and neither the language nor anything else that is known of a contact is kept;
//   - the invitation has a flag that is set in place: same length, no index, so it leaves no order either;
//   - the WAL would show which flag was set together with which answer; it is emptied after each transaction
//     (leavesTraces), and what is deleted is overwritten (secure_delete).
//
// Who copies the file before and after an answer can still compare the copies.

// pageBytes is the size of a page of the file; rowBytes is about what a row has besides its texts.
const (
	pageBytes = 4096
	rowBytes  = 24
)

func (t *txn) submitAnonymous(i *invited, answer store.Answer, now time.Time) error {
	if err := t.putAnonymous(i.wave.id, answer, now); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE invitations SET answered = 1 WHERE wave_id = ? AND contact_hash = ?`, i.wave.id,
		i.contactHash); err != nil {
		return err
	}
	return t.answersChanged(i.wave.id)
}

// anonymousRow is a row of anonymous_answers.
type anonymousRow struct {
	key, content   []byte
	day            int64
	channel, flags string
}

func (r anonymousRow) size() int {
	return rowBytes + len(r.key) + len(r.content) + len(r.channel) + len(r.flags)
}

const anonymousColumns = `key, day, channel, flags, content`

func scanAnonymous(row scanner) (r anonymousRow, err error) {
	return r, row.Scan(&r.key, &r.day, &r.channel, &r.flags, &r.content)
}

// answer is the row as it is read back.
func (r anonymousRow) answer() (store.StoredAnswer, error) {
	a := store.StoredAnswer{Key: hexText(r.key), At: fromMicros(r.day)}
	a.Values, a.Complete, a.Channel = r.content, true, r.channel
	return a, json.Unmarshal([]byte(r.flags), &a.Flags)
}

// putAnonymous stores an answer that leads to nobody.
func (t *txn) putAnonymous(wave int64, a store.Answer, now time.Time) error {
	if !a.Complete {
		return errPartialAnonymous()
	}
	t.leavesTraces()
	return t.mingle(wave, anonymousRow{key: randomKey(), content: a.Values, day: micros(now.UTC().Truncate(24 * time.Hour)),
		channel: a.Channel, flags: jsonText(a.Flags)})
}

// mingle adds a row and writes those anew that may be on the same page.
func (t *txn) mingle(wave int64, added anonymousRow) error {
	below, err := t.pageful(`SELECT `+anonymousColumns+` FROM anonymous_answers WHERE wave_id = ? AND key < ?
		ORDER BY key DESC LIMIT ?`, wave, added.key)
	if err != nil {
		return err
	}
	above, err := t.pageful(`SELECT `+anonymousColumns+` FROM anonymous_answers WHERE wave_id = ? AND key > ?
		ORDER BY key LIMIT ?`, wave, added.key)
	if err != nil {
		return err
	}
	slices.Reverse(below)
	rows := slices.Concat(below, []anonymousRow{added}, above)
	if _, err := t.exec(`DELETE FROM anonymous_answers WHERE wave_id = ? AND key BETWEEN ? AND ?`, wave, rows[0].key,
		rows[len(rows)-1].key); err != nil {
		return err
	}
	for _, r := range rows {
		if _, err := t.exec(`INSERT INTO anonymous_answers (wave_id, key, day, channel, flags, content) VALUES (?, ?, ?, ?, ?, ?)`,
			wave, r.key, r.day, r.channel, r.flags, r.content); err != nil {
			return err
		}
	}
	return nil
}

// pageful reads neighbours until they fill a page.
func (t *txn) pageful(query string, wave int64, key []byte) ([]anonymousRow, error) {
	rows, err := all(t.asks(), scanAnonymous, query, wave, key, pageBytes/(rowBytes+len(key)))
	if err != nil {
		return nil, err
	}
	size := 0
	for i, r := range rows {
		if size += r.size(); size >= pageBytes {
			return rows[:i+1], nil
		}
	}
	return rows, nil
}
