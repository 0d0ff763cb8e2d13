// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// invited is an invitation as its link finds it.
type invited struct {
	wave           publishedWave
	id             int64
	key, persona   string
	invitationID   []byte
	expiresAt      time.Time
	answerKey      []byte
	answered, late bool
	// stored is what was answered so far, begun at begunAt; nil when nothing was or the wave is Anonymous.
	stored  *store.Answer
	begunAt time.Time
}

const invitedColumns = `i.wave_id, i.id, i.person, i.persona, i.invitation_id, i.expires_at, i.answer_key, i.answered, i.late`

func scanInvited(row scanner, more ...any) (invited, error) {
	var i invited
	var key nullText
	var expires int64
	err := row.Scan(append([]any{&i.wave.id, &i.id, &key, &i.persona, &i.invitationID, &expires, &i.answerKey, &i.answered, &i.late},
		more...)...)
	i.key, i.expiresAt = key.String, fromMicros(expires)
	return i, err
}

// byLink finds an invitation, its wave, and what was answered so far; nil for an unknown link.
func byLink(ask asking, wave func(id int64) (*publishedWave, error), link [32]byte) (*invited, error) {
	found, err := first(ask, scanPlain(scanInvited), `SELECT `+invitedColumns+` FROM invitations AS i
		WHERE i.answer_no = ? AND i.link_hash = ?`, number(link), link[:])
	if err != nil || found == nil {
		return nil, err
	}
	w, err := wave(found.wave.id)
	if err != nil || w == nil {
		return nil, err
	}
	found.wave = *w
	if found.answerKey == nil {
		return found, nil
	}
	answer, err := first(ask, scanAnswer, `SELECT `+answerColumns+` FROM answers WHERE wave_id = ? AND key = ?`, found.wave.id,
		found.answerKey)
	if answer != nil {
		found.stored, found.begunAt = &answer.Answer, answer.At
		// It was taken, so it was begun in time, even if its last page came in the grace.
		if last := found.wave.ClosesAt.Add(-time.Microsecond); last.Before(answer.At) {
			found.begunAt = last
		}
	}
	return found, err
}

// Invitation finds an open invitation.
func (s *Store) Invitation(ctx context.Context, link [32]byte, now time.Time) (store.OpenInvitation, error) {
	ask := s.asks(ctx)
	i, err := byLink(ask, func(id int64) (*publishedWave, error) { return s.waves.get(ask, id) }, link)
	if err != nil {
		return store.OpenInvitation{}, failure(ctx, "find invitation", err)
	}
	if i == nil || !now.Before(i.expiresAt) || !i.wave.TakesAny(now) {
		return store.OpenInvitation{}, store.ErrGone
	}
	language, err := first(ask, scanText, `SELECT `+ofContact("c.language"), i.key, i.wave.ProgramID, i.persona)
	if err != nil {
		return store.OpenInvitation{}, failure(ctx, "find invitation", err)
	}
	open := store.OpenInvitation{Wave: i.wave.PublishedWave, Done: i.answered, Language: valueOr(language, "")}
	if i.wave.Anonymous() {
		return open, nil
	}
	open.InvitationID = hexText(i.invitationID)
	if i.stored != nil && !i.stored.Complete {
		open.Partial, open.PartialAt = i.stored.Values, i.begunAt
	}
	return open, nil
}

// SubmitAnswer spends the link and stores the answer.
func (s *Store) SubmitAnswer(ctx context.Context, link [32]byte, answer store.Answer, now time.Time) (store.Receipt, error) {
	answer, err := answer.Normalized()
	if err != nil {
		return store.Receipt{}, err
	}
	receipt, err := writeAgain(ctx, s.writer, "store answer", func(t *txn) (*store.Receipt, error) {
		i, err := byLink(t.asks(), t.wave, link)
		if err != nil || i == nil {
			return nil, err
		}
		return t.submit(i, answer, store.UTCMicro(now))
	})
	if err == nil && receipt == nil {
		err = store.ErrGone // not from within: that it came late is to be kept
	}
	return valueOr(receipt, store.Receipt{}), err
}

// submit returns nil when nothing is taken.
func (t *txn) submit(i *invited, answer store.Answer, now time.Time) (*store.Receipt, error) {
	if i.answered {
		return i.receipt(true), nil
	}
	begun := answer.BegunAt
	if i.stored != nil {
		begun = i.begunAt
	}
	if !now.Before(i.expiresAt) || !i.wave.Takes(now, begun) {
		return nil, t.noteLate(i, now)
	}
	if i.wave.Anonymous() {
		return i.receipt(false), t.submitAnonymous(i, answer, now)
	}
	if i.stored != nil && sameAnswer(*i.stored, answer) {
		return i.receipt(true), nil
	}
	if i.answerKey == nil {
		i.answerKey = randomKey()
	}
	return i.receipt(false), t.submitLinked(i, answer, now)
}

func (t *txn) submitLinked(i *invited, answer store.Answer, now time.Time) error {
	if err := t.putAnswer(i.wave, i.answerKey, answer, now, i.persona, i.key); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE invitations SET answer_key = ?, partial = ?, answered = ? WHERE id = ?`, i.answerKey,
		!answer.Complete, answer.Complete, i.id); err != nil {
		return err
	}
	return t.answersChanged(i.wave.id)
}

// noteLate counts somebody who came too late, once.
func (t *txn) noteLate(i *invited, now time.Time) error {
	if i.late || !i.wave.Late(now) {
		return nil
	}
	_, err := t.exec(`UPDATE invitations SET late = 1 WHERE id = ?`, i.id)
	return err
}

func (i *invited) receipt(again bool) *store.Receipt {
	return &store.Receipt{ID: receiptID(i.answerKey), Again: again}
}

// receiptID is made from an answer's key, so that it needs no place of its own, and does not tell the key.
func receiptID(answerKey []byte) string {
	if answerKey == nil {
		return ""
	}
	sum := sha256.Sum256(append([]byte("receipt\x00"), answerKey...))
	return hexText(sum[:16])
}

func sameAnswer(a, b store.Answer) bool {
	return string(a.Values) == string(b.Values) && a.Complete == b.Complete && a.Language == b.Language && a.Channel == b.Channel &&
		a.MayContact == b.MayContact && jsonText(a.Flags) == jsonText(b.Flags)
}

// putAnswer writes an answer that may be linked to a person, with the attributes that the contact has now; contactKey is empty for
// one from elsewhere.
func (t *txn) putAnswer(wave publishedWave, key []byte, a store.Answer, now time.Time, persona, contactKey string) error {
	_, err := t.exec(`INSERT OR REPLACE INTO answers (attributes, wave_id, key, received_at, complete, contact_key, language,
		channel, may_contact, flags, content)
		VALUES (coalesce((SELECT `+ofContact("c.attributes")+`), 'null'), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		contactKey, wave.ProgramID, persona,
		wave.id, key, micros(now), a.Complete, nullText{String: contactKey, Valid: contactKey != ""}, a.Language, a.Channel, a.MayContact,
		jsonText(a.Flags), a.Values)
	return err
}

// changedAnswer is one that was added or changed. key is that of one that was added to an Anonymous wave, nil of any other.
type changedAnswer struct {
	wave int64
	key  []byte
}

// answersChanged marks that the answers of a wave are not what they were.
func (t *txn) answersChanged(wave int64) error {
	t.answers = append(t.answers, changedAnswer{wave: wave})
	return nil
}

// settleAnswers does once for all answers of the transaction what would be done for each anew: raising the waves' revisions, and
// mingling rows.
func (t *txn) settleAnswers() error {
	changed, added := map[int64]int{}, map[int64][][]byte{}
	for _, a := range t.answers {
		if a.key == nil {
			changed[a.wave]++
		} else {
			added[a.wave] = append(added[a.wave], a.key)
		}
	}
	for _, wave := range slices.Sorted(maps.Keys(changed)) {
		if _, err := t.exec(`UPDATE wave_progress SET revision = revision + ? WHERE wave_id = ?`, changed[wave], wave); err != nil {
			return err
		}
	}
	for _, wave := range slices.Sorted(maps.Keys(added)) {
		if err := t.mingle(wave, added[wave]); err != nil {
			return err
		}
	}
	return nil
}

const answerColumns = `key, received_at, complete, contact_key, attributes, language, channel, may_contact, flags, content`

func scanAnswer(row scanner) (store.StoredAnswer, error) {
	var a store.StoredAnswer
	var key, attributes, flags []byte
	var at int64
	var contact nullText
	if err := row.Scan(&key, &at, &a.Complete, &contact, &attributes, &a.Language, &a.Channel, &a.MayContact, &flags,
		&a.Values); err != nil {
		return a, err
	}
	a.Key, a.At, a.ContactKey = hexText(key), fromMicros(at), contact.String
	if err := json.Unmarshal(attributes, &a.Attributes); err != nil {
		return a, err
	}
	return a, json.Unmarshal(flags, &a.Flags)
}

// SubmitForeign stores an answer from another channel.
func (s *Store) SubmitForeign(ctx context.Context, wave store.WaveKey, idempotencyKey string, answer store.Answer,
	now time.Time) (store.Receipt, error) {
	answer, err := answer.Normalized()
	if err != nil {
		return store.Receipt{}, err
	}
	if err := store.CheckForeign(wave, idempotencyKey); err != nil {
		return store.Receipt{}, err
	}
	sum := sha256.Sum256([]byte(idempotencyKey))
	return write(ctx, s.writer, "store answer", func(t *txn) (store.Receipt, error) {
		w, err := mustPublished(t.asks(), wave)
		if err != nil {
			return store.Receipt{}, err
		}
		before, err := first(t.asks(), func(row scanner) (key []byte, err error) { return key, row.Scan(&key) },
			`SELECT answer_key FROM foreign_answers WHERE wave_id = ? AND key_hash = ?`, w.id, sum[:])
		if err != nil {
			return store.Receipt{}, err
		}
		if before != nil {
			return store.Receipt{ID: receiptID(*before), Again: true}, nil
		}
		if !w.Takes(now, answer.BegunAt) {
			return store.Receipt{}, store.ErrGone
		}
		return t.submitForeign(w, sum[:], answer, store.UTCMicro(now))
	})
}

func (t *txn) submitForeign(w publishedWave, keyHash []byte, answer store.Answer, now time.Time) (store.Receipt, error) {
	var key []byte
	var err error
	if w.Anonymous() {
		answer.Channel = store.ForeignChannel
		err = t.putAnonymous(w.id, answer, now)
	} else {
		key = randomKey()
		err = t.putAnswer(w, key, answer, now, "", "")
	}
	if err != nil {
		return store.Receipt{}, err
	}
	if _, err := t.exec(`INSERT INTO foreign_answers (wave_id, key_hash, answer_key) VALUES (?, ?, ?)`, w.id, keyHash, key); err != nil {
		return store.Receipt{}, err
	}
	if _, err := t.exec(`UPDATE wave_progress SET foreign_done = foreign_done + ? WHERE wave_id = ?`, answer.Complete,
		w.id); err != nil {
		return store.Receipt{}, err
	}
	return store.Receipt{ID: receiptID(key)}, t.answersChanged(w.id)
}

func errPartialAnonymous() error {
	return fmt.Errorf("%w: an Anonymous wave takes complete answers only", store.ErrInvalid)
}
