// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// Answers of an Anonymous wave are in a table of their own, and nothing leads from a row to a person:
//
//   - the key is random, and the table has no row numbers, so the order of rows says nothing;
//   - SQLite puts new rows of a page behind the older ones, whatever their keys. mingle writes the rows around new ones
//     again, in order of their keys, so that their places in the file do not say which came last;
//   - the time is a day, and neither the language nor anything else that is known of a contact is kept;
//   - the invitation has a flag that is set in place: same length, no index, so it leaves no order either;
//   - the WAL would show which flag was set together with which answer; it is emptied after each transaction
//     (leavesTraces), and what is deleted is overwritten (secure_delete).
//
// Who copies the file before and after an answer can still compare the copies. And when SQLite moves rows to another page, it leaves
// one behind in the part of the old page that is unused now, until that is used again or wipe overwrites it: one row in thousands. That
// says at most that this row is not the newest.

// pageBytes is the size of a page of the file; rowBytes is less than what a row has besides its texts: its key, its day.
const (
	pageBytes = 4096
	rowBytes  = 24
)

// prepareMingling makes the table in memory that mingle uses.
func prepareMingling(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `CREATE TEMP TABLE mingling (wave_id INTEGER, key BLOB, day INTEGER, channel TEXT, flags TEXT,
		content BLOB, PRIMARY KEY (wave_id, key)) WITHOUT ROWID`)
	return err
}

func (t *txn) submitAnonymous(i *invited, answer store.Answer, now time.Time) error {
	if err := t.putAnonymous(i.wave.id, answer, now); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE invitations SET answered = 1 WHERE id = ?`, i.id); err != nil {
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
	key := randomKey()
	t.answers = append(t.answers, changedAnswer{wave: wave, key: key})
	_, err := t.exec(`INSERT INTO anonymous_answers (wave_id, key, day, channel, flags, content) VALUES (?, ?, ?, ?, ?, ?)`,
		wave, key, micros(now.UTC().Truncate(24*time.Hour)), a.Channel, jsonText(a.Flags), a.Values)
	return err
}

// mingle writes those rows anew that may be on the same page as added ones. They wait in a table of the connection's own memory
// meanwhile, see prepareMingling.
func (t *txn) mingle(wave int64, added [][]byte) error {
	slices.SortFunc(added, bytes.Compare)
	for len(added) > 0 {
		low, err := t.pageful(wave, added[0], `key <= ? ORDER BY key DESC`)
		if err != nil {
			return err
		}
		high, n, err := t.upTo(wave, added)
		if err != nil {
			return err
		}
		if err := t.rewrite(wave, low, high); err != nil {
			return err
		}
		added = added[n:]
	}
	return nil
}

// upTo is the key up to which rows fill a page after the first of the added ones, and after every other that is before it; and how
// many those are.
func (t *txn) upTo(wave int64, added [][]byte) (high []byte, n int, err error) {
	for next := 1; n < next; {
		n = next
		if high, err = t.pageful(wave, added[n-1], `key >= ? ORDER BY key`); err != nil {
			return nil, 0, err
		}
		for next < len(added) && bytes.Compare(added[next], high) <= 0 {
			next++
		}
	}
	return high, n, nil
}

func (t *txn) rewrite(wave int64, low, high []byte) error {
	for _, step := range []string{
		`INSERT INTO temp.mingling SELECT * FROM anonymous_answers WHERE wave_id = ?1 AND key BETWEEN ?2 AND ?3`,
		`DELETE FROM anonymous_answers WHERE wave_id = ?1 AND key BETWEEN ?2 AND ?3`,
		`INSERT INTO anonymous_answers SELECT * FROM temp.mingling WHERE wave_id = ?1 AND key BETWEEN ?2 AND ?3 ORDER BY key`,
		`DELETE FROM temp.mingling WHERE wave_id = ?1 AND key BETWEEN ?2 AND ?3`,
	} {
		if _, err := t.exec(step, wave, low, high); err != nil {
			return err
		}
	}
	return nil
}

// pageful is the key in one direction up to which rows fill a page.
func (t *txn) pageful(wave int64, key []byte, direction string) (last []byte, err error) {
	rows, err := t.w.query(`SELECT key, length(content) + length(channel) + length(flags) FROM anonymous_answers
		WHERE wave_id = ? AND `+direction, wave, key)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for filled := 0; filled < pageBytes && rows.Next(); {
		var size int
		if err := rows.Scan(&last, &size); err != nil {
			return nil, err
		}
		filled += size + rowBytes
	}
	return last, rows.Err()
}
