// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/cx-operator/cx-operator/internal/store"
)

// asking runs a query, on the writing connection inside a transaction or on a reading one.
type asking func(query string, args ...any) (*sql.Rows, error)

func (t *txn) asks() asking { return t.w.query }

func (s *Store) asks(ctx context.Context) asking {
	return func(query string, args ...any) (*sql.Rows, error) { return s.often.query(ctx, query, args...) }
}

func all[T any](ask asking, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := ask(query, args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, scan)
}

// first returns nil when the query has no row.
func first[T any](ask asking, scan func(scanner) (T, error), query string, args ...any) (*T, error) {
	values, err := all(ask, scan, query, args...)
	if err != nil || len(values) == 0 {
		return nil, err
	}
	return &values[0], nil
}

// affected runs a write and says how many rows it changed.
func (t *txn) affected(query string, args ...any) (int64, error) {
	done, err := t.exec(query, args...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// hexList is how a list of hashes is handed to a query: SELECT unhex(value) FROM json_each(?).
func hexList(hashes [][32]byte) string {
	texts := make([]string, len(hashes))
	for i, hash := range hashes {
		texts[i] = hex.EncodeToString(hash[:])
	}
	return jsonText(texts)
}

// number is the first part of a hash, by which rows are found.
func number(hash [32]byte) int64 { return int64(binary.BigEndian.Uint64(hash[:8])) }

// numberList is how a list of numbers is handed to a query: SELECT value FROM json_each(?).
func numberList(hashes [][32]byte) string {
	numbers := make([]int64, len(hashes))
	for i, hash := range hashes {
		numbers[i] = number(hash)
	}
	return jsonText(numbers)
}

// jsonText is the JSON of a value that has one: lists and maps of texts and numbers.
func jsonText(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return "null"
	}
	return string(text)
}

// randomKey names a row without saying anything about it.
func randomKey() []byte {
	key := make([]byte, 16)
	_, _ = rand.Read(key) // never fails, says crypto/rand
	return key
}

// nullTime is for a column that is NULL without a time.
type nullTime = sql.NullInt64

// nullText is for a column that is NULL without a text.
type nullText = sql.NullString

const publishedColumns = `w.id, w.program_id, w.survey, w.slot, w.state, w.opens_at, w.closes_at, w.grace_until, w.anonymity,
	w.questionnaire_hash, w.kept`

// publishedWave is a wave with the number by which rows refer to it.
type publishedWave struct {
	store.PublishedWave
	id int64
}

// scanPublished reads publishedColumns and what follows them.
func scanPublished(row scanner, more ...any) (publishedWave, error) {
	var w publishedWave
	var opens, closes int64
	var grace nullTime
	var kept []byte
	if err := row.Scan(append([]any{&w.id, &w.ProgramID, &w.Survey, &w.Slot, &w.State, &opens, &closes, &grace, &w.Anonymity,
		&w.QuestionnaireHash, &kept}, more...)...); err != nil {
		return w, err
	}
	w.OpensAt, w.ClosesAt, w.GraceUntil = fromMicros(opens), fromMicros(closes), fromOptionalMicros(grace)
	return w, json.Unmarshal(kept, &w.Kept)
}

// pageColumns are publishedColumns and what else was published; p is the wave's progress.
const pageColumns = publishedColumns + `, w.page, w.mail, p.keep_until`

// scanWithPage reads pageColumns and what follows them.
func scanWithPage(row scanner, more ...any) (publishedWave, error) {
	var page, mail []byte
	var keep nullTime
	w, err := scanPublished(row, append([]any{&page, &mail, &keep}, more...)...)
	w.Page, w.Mail, w.KeepUntil = page, mail, fromOptionalMicros(keep)
	return w, err
}

// published finds a wave without its page, nil when it is not published.
func published(ask asking, wave store.WaveKey) (*publishedWave, error) {
	return first(ask, scanPlain(scanPublished), `SELECT `+publishedColumns+` FROM published_waves AS w
		WHERE w.program_id = ? AND w.survey = ? AND w.slot = ?`, wave.ProgramID, wave.Survey, wave.Slot)
}

// mustPublished is published, or ErrGone.
func mustPublished(ask asking, wave store.WaveKey) (publishedWave, error) {
	found, err := published(ask, wave)
	if err == nil && found == nil {
		err = store.ErrGone
	}
	return valueOr(found, publishedWave{}), err
}

const contactColumns = `c.key, c.address, c.name, c.language, c.time_zone, c.attributes`

func scanContact(row scanner, more ...any) (store.Contact, error) {
	var c store.Contact
	var attributes []byte
	if err := row.Scan(append([]any{&c.Key, &c.Address, &c.Name, &c.Language, &c.TimeZone, &attributes}, more...)...); err != nil {
		return c, err
	}
	return c, json.Unmarshal(attributes, &c.Attributes)
}

// person is a contact and whether they may be written to.
type person struct {
	store.Contact
	optedOut, invalid bool
}

func scanPerson(row scanner, more ...any) (person, error) {
	var p person
	var err error
	p.Contact, err = scanContact(row, append([]any{&p.optedOut, &p.invalid}, more...)...)
	return p, err
}

const personColumns = contactColumns + `, coalesce(a.opted_out_at IS NOT NULL, 0), coalesce(a.invalid_at IS NOT NULL, 0)`

// ofContact is a query for one column of a contact that personOf finds. Its arguments are the key, the program, the persona.
func ofContact(column string) string {
	return column + ` FROM contact_lists AS l CROSS JOIN contacts AS c ON c.list_id = l.id AND c.key = ?
		WHERE l.program_id = ? AND l.state = 'Current' ORDER BY l.persona <> ?, l.persona LIMIT 1`
}

// personOf finds a contact of the program, in the list of the persona if it is on that one; nil when it is on none.
func personOf(ask asking, programID, persona, key string) (*person, error) {
	return first(ask, scanPlain(scanPerson), `SELECT `+personColumns+`
		FROM contact_lists AS l
		CROSS JOIN contacts AS c ON c.list_id = l.id AND c.key = ?
		LEFT JOIN addresses AS a ON a.hash = c.address_hash
		WHERE l.program_id = ? AND l.state = 'Current'
		ORDER BY l.persona <> ?, l.persona LIMIT 1`, key, programID, persona)
}

// isClaimed is claimed for readers.
func isClaimed(ask asking, programID string) error {
	found, err := first(ask, scanInt, `SELECT 1 FROM programs WHERE id = ?`, programID)
	if err == nil && found == nil {
		return store.ErrNotClaimed
	}
	return err
}

// ended is what a sequence yields last when err is not nil.
func ended[T any](ctx context.Context, doing string, err error, yield func(T, error) bool) {
	if err != nil {
		var none T
		yield(none, failure(ctx, doing, err))
	}
}

var errKeyTwice = errors.New("has a key that came before in this import")

func hexText(id []byte) string { return hex.EncodeToString(id) }
