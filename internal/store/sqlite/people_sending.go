// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// message is a message with all that decides whether it may go out.
type message struct {
	store.Message
	wave          int64
	state, worker string
	availableAt   time.Time
	person        *person
	answered      bool
	addressHash   []byte
	// invitation is the state of the invitation that a reminder belongs to; sentAt when it was sent, gap the time that was
	// planned between the two.
	invitation string
	sentAt     time.Time
	gap        time.Duration
}

const messageColumns = `m.id, m.number, m.attempt, m.state, m.worker, m.available_at, m.due_at, m.wave_id, i.person, i.persona,
	i.answered, i.invitation_id, i.link_hash, i.opt_out_hash, i.expires_at, i.address_hash, first.state, first.sent_at,
	first.due_at, w.program_id, w.survey, w.slot`

const messageTables = ` FROM messages AS m
	CROSS JOIN invitations AS i ON i.id = m.invitation_id
	CROSS JOIN messages AS first ON first.invitation_id = m.invitation_id AND first.number = 0
	CROSS JOIN published_waves AS w ON w.id = m.wave_id`

// messageRow is a message and how to find its contact.
type messageRow struct {
	message
	key, persona string
}

func scanMessage(row scanner) (m messageRow, err error) {
	var available, due, expires, firstDue int64
	var key nullText
	var sent nullTime
	var id, link, optOut []byte
	if err := row.Scan(&m.ID, &m.Number, &m.Attempt, &m.state, &m.worker, &available, &due, &m.wave, &key, &m.persona, &m.answered,
		&id, &link, &optOut, &expires, &m.addressHash, &m.invitation, &sent, &firstDue, &m.Wave.ProgramID, &m.Wave.Survey,
		&m.Wave.Slot); err != nil {
		return m, err
	}
	m.key = key.String
	m.Kind = store.MessageReminder
	if m.Number == 0 {
		m.Kind = store.MessageInvitation
	}
	m.availableAt, m.sentAt = fromMicros(available), fromOptionalMicros(sent)
	m.gap = fromMicros(due).Sub(fromMicros(firstDue))
	m.Link.ExpiresAt = fromMicros(expires)
	copy(m.Link.ID[:], id)
	copy(m.Link.Answer[:], link)
	copy(m.Link.OptOut[:], optOut)
	return m, nil
}

// message finds a message, nil when there is none.
func (t *txn) message(id int64) (*message, error) {
	row, err := first(t.asks(), scanMessage, `SELECT `+messageColumns+messageTables+` WHERE m.id = ?`, id)
	if err != nil || row == nil {
		return nil, err
	}
	return row.withContact(t.asks())
}

func (m messageRow) withContact(ask asking) (*message, error) {
	if m.key == "" {
		return &m.message, nil // erased
	}
	found, err := personOf(ask, m.Wave.ProgramID, m.persona, m.key)
	if err != nil {
		return nil, err
	}
	if m.person = found; found != nil {
		m.Contact = found.Contact
	}
	return &m.message, nil
}

// obstacle says why a message is to be cancelled, or until when it has to wait.
func (m message) obstacle(now time.Time) (reason string, wait time.Time) {
	switch {
	case m.person == nil:
		return cancelGone, wait
	case m.person.optedOut:
		return cancelOptedOut, wait
	case m.person.invalid:
		return cancelInvalid, wait
	case m.Number == 0:
		return "", wait
	case m.answered:
		return cancelAnswered, wait
	}
	switch m.invitation {
	case stateQueued, stateSending:
		return "", now.Add(laterAgain)
	case string(store.SentAccepted), string(store.SentAmbiguous):
		if due := m.sentAt.Add(m.gap); now.Before(due) {
			return "", due
		}
		return "", wait
	}
	return cancelNotInvited, wait
}

// BeginSending commits that an attempt is under way.
func (s *Store) BeginSending(ctx context.Context, worker string, m store.Message) (bool, error) {
	return writeAgain(ctx, s.writer, "begin sending", func(t *txn) (bool, error) {
		now := store.UTCMicro(s.now())
		stored, err := t.message(m.ID)
		if err != nil || stored == nil || !stored.leasedTo(worker, m, now) {
			return false, err
		}
		wave, err := mustPublished(t.asks(), stored.Wave)
		if err != nil {
			return false, err
		}
		paused, err := first(t.asks(), scanInt, `SELECT 1 FROM mail_pauses WHERE program_id = ?`, stored.Wave.ProgramID)
		if err != nil {
			return false, err
		}
		reason, wait := stored.obstacle(now)
		if !wave.Sends(now) {
			reason = cancelEnded
		}
		switch {
		case reason != "":
			return false, t.cancel(m.ID, reason)
		case paused != nil || !wait.IsZero():
			_, err := t.exec(`UPDATE messages SET worker = '', available_at = ? WHERE id = ?`, micros(now), m.ID)
			return false, err
		}
		if _, err := t.exec(`UPDATE messages SET state = 'Sending', attempt = ? WHERE id = ?`, m.Attempt, m.ID); err != nil {
			return false, err
		}
		err = t.countMail(stored.Wave.ProgramID)
		return err == nil, err
	})
}

func (m message) leasedTo(worker string, asked store.Message, now time.Time) bool {
	return m.state == stateQueued && m.worker == worker && m.Attempt+1 == asked.Attempt && now.Before(m.availableAt)
}

// SettleMessage records the outcome.
func (s *Store) SettleMessage(ctx context.Context, worker string, m store.Message, outcome store.Sent) error {
	if err := outcome.Check(); err != nil {
		return err
	}
	_, err := writeAgain(ctx, s.writer, "settle message", func(t *txn) (struct{}, error) {
		now := store.UTCMicro(s.now())
		stored, err := t.message(m.ID)
		if err != nil || stored == nil || !stored.settledBy(worker, m, now) {
			return struct{}{}, err
		}
		return struct{}{}, t.settle(stored, m, outcome, now)
	})
	return err
}

// settledBy is true for the worker that has the lease, whether or not it has begun, and for everybody when the lease of an
// attempt that began is over.
func (m message) settledBy(worker string, asked store.Message, now time.Time) bool {
	if m.state == stateSending && m.Attempt == asked.Attempt {
		return m.worker == worker || !now.Before(m.availableAt)
	}
	return m.leasedTo(worker, asked, now)
}

func (t *txn) settle(stored *message, m store.Message, outcome store.Sent, now time.Time) error {
	if outcome.Result == store.SentLater {
		_, err := t.exec(`UPDATE messages SET state = 'Queued', worker = '', available_at = ?, code = ? WHERE id = ?`,
			micros(outcome.RetryAt), outcome.Code, m.ID)
		return err
	}
	var sent nullTime
	if outcome.Result == store.SentAccepted || outcome.Result == store.SentAmbiguous {
		sent = optionalMicros(now)
	}
	if _, err := t.exec(`UPDATE messages SET state = ?, worker = '', sent_at = ?, code = ? WHERE id = ?`,
		string(outcome.Result), sent, outcome.Code, m.ID); err != nil || outcome.Result != store.SentBounced {
		return err
	}
	hash := stored.addressHash
	if m.Contact.Address != "" { // that is where it went, even if the contact has another address by now
		sum := store.AddressHash(stored.Wave.ProgramID, m.Contact.Address)
		hash = sum[:]
	}
	changed, err := t.affected(`INSERT INTO addresses (hash, program_id, invalid_at) VALUES (?, ?, ?)
		ON CONFLICT (hash) DO UPDATE SET invalid_at = excluded.invalid_at WHERE invalid_at IS NULL`,
		hash, stored.Wave.ProgramID, micros(now))
	if err != nil || changed == 0 {
		return err
	}
	return t.contactsChanged(stored.Wave.ProgramID)
}

// Stranded lists attempts whose lease ended without an outcome.
func (s *Store) Stranded(ctx context.Context, programs []string, limit int) ([]store.Message, error) {
	if err := store.CheckClaimMessages("any", programs, limit, 1); err != nil {
		return nil, err
	}
	ask := s.asks(ctx)
	rows, err := all(ask, scanMessage, `SELECT `+messageColumns+messageTables+`
		WHERE m.state = 'Sending' AND m.available_at <= ? AND w.program_id IN (SELECT value FROM json_each(?))
		ORDER BY m.available_at, m.id LIMIT ?`, micros(s.now()), jsonText(programs), limit)
	if err != nil {
		return nil, failure(ctx, "look for stranded messages", err)
	}
	stranded := []store.Message{}
	for _, row := range rows {
		m, err := row.withContact(ask)
		if err != nil {
			return nil, failure(ctx, "look for stranded messages", err)
		}
		stranded = append(stranded, m.Message)
	}
	return stranded, nil
}
