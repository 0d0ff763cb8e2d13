// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// candidatePage is how many contacts are read at a time. No reading transaction is open while the caller looks at them.
const candidatePage = 500

// audienceReader is what candidates of a wave are read with.
type audienceReader struct {
	ask asking
	// wave is 0 when the wave is not published.
	wave      int64
	programID string
	// lists are the personas' present lists, in the personas' order.
	lists []contactList
	now   time.Time
}

type contactList struct {
	id      int64
	persona string
}

// candidate is a contact with what is recorded of them.
type candidate struct {
	store.Candidate
	persona               string
	contactHash, addrHash [32]byte
	decided               bool
}

func newAudienceReader(ask asking, wave store.WaveKey, personas []string, now time.Time) (*audienceReader, error) {
	a := &audienceReader{ask: ask, programID: wave.ProgramID, now: now}
	found, err := published(ask, wave)
	if err != nil {
		return nil, err
	}
	if found != nil {
		a.wave = found.id
	}
	lists, err := all(ask, func(row scanner) (l contactList, err error) { return l, row.Scan(&l.id, &l.persona) },
		`SELECT id, persona FROM contact_lists WHERE program_id = ? AND state = 'Current'
			AND persona IN (SELECT value FROM json_each(?))`, wave.ProgramID, jsonText(personas))
	slices.SortFunc(lists, func(a, b contactList) int {
		return slices.Index(personas, a.persona) - slices.Index(personas, b.persona)
	})
	a.lists = lists
	return a, err
}

// Candidates reads who might be invited.
func (s *Store) Candidates(ctx context.Context, wave store.WaveKey, personas []string, after string,
	now time.Time) iter.Seq2[store.Candidate, error] {
	return func(yield func(store.Candidate, error) bool) {
		err := store.CheckAudience(wave, personas, nil, now)
		for more := true; more && err == nil; {
			var page []candidate
			if page, err = s.candidatesAfter(ctx, wave, personas, after, now); err != nil {
				break
			}
			for _, c := range page {
				if !yield(c.Candidate, nil) {
					return
				}
				after = c.Key
			}
			more = len(page) > 0
		}
		ended(ctx, "read candidates", err, yield)
	}
}

func (s *Store) candidatesAfter(ctx context.Context, wave store.WaveKey, personas []string, after string,
	now time.Time) ([]candidate, error) {
	ask := s.asks(ctx)
	if err := isClaimed(ask, wave.ProgramID); err != nil {
		return nil, err
	}
	a, err := newAudienceReader(ask, wave, personas, now)
	if err != nil {
		return nil, err
	}
	keys, err := a.keysAfter(after)
	if err != nil {
		return nil, err
	}
	return a.read(keys)
}

// keysAfter merges the lists. Sorting all of them for each page would cost more with every page.
func (a *audienceReader) keysAfter(after string) ([]string, error) {
	var keys []string
	for _, list := range a.lists {
		more, err := all(a.ask, func(row scanner) (key string, err error) { return key, row.Scan(&key) },
			`SELECT key FROM contacts WHERE list_id = ? AND key > ? ORDER BY key LIMIT ?`, list.id, after, candidatePage)
		if err != nil {
			return nil, err
		}
		keys = append(keys, more...)
	}
	keys = distinct(keys)
	return keys[:min(len(keys), candidatePage)], nil
}

func distinct(keys []string) []string { return slices.Compact(slices.Sorted(slices.Values(keys))) }

// read finds the contacts of sorted keys. Who is on none of the lists is left out.
func (a *audienceReader) read(keys []string) ([]candidate, error) {
	found, err := a.contacts(keys)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	p := &page{byKey: map[string]*candidate{}, byHash: map[[32]byte]*candidate{}, byAddress: map[[32]byte][]*candidate{}}
	for i := range found {
		p.add(&found[i])
	}
	if err := a.decided(p); err != nil {
		return nil, err
	}
	if err := a.invitedAddresses(p); err != nil {
		return nil, err
	}
	return found, a.history(p)
}

// page is the contacts that are read together, and how to find them.
type page struct {
	byKey     map[string]*candidate
	byHash    map[[32]byte]*candidate // those who were erased and are back have rows by their hash
	byAddress map[[32]byte][]*candidate

	keys           []string
	people, places [][32]byte
}

func (p *page) add(c *candidate) {
	p.byKey[c.Key], p.byHash[c.contactHash] = c, c
	p.byAddress[c.addrHash] = append(p.byAddress[c.addrHash], c)
	p.keys, p.people, p.places = append(p.keys, c.Key), append(p.people, c.contactHash), append(p.places, c.addrHash)
}

// who finds the contact whose row it is, by key or hash; nil for somebody else.
func (p *page) who(person nullText, erased []byte) *candidate {
	if person.Valid {
		return p.byKey[person.String]
	}
	if len(erased) != len([32]byte{}) {
		return nil
	}
	return p.byHash[[32]byte(erased)]
}

func (a *audienceReader) contacts(keys []string) ([]candidate, error) {
	ids := make([]int64, len(a.lists))
	for i, list := range a.lists {
		ids[i] = list.id
	}
	type onList struct {
		candidate
		place int
	}
	rows, err := all(a.ask, func(row scanner) (onList, error) {
		var c onList
		p, err := scanPerson(row, &c.place, &c.Duplicate)
		c.Contact, c.OptedOut, c.Invalid = p.Contact, p.optedOut, p.invalid
		return c, err
	}, `SELECT `+personColumns+`, l.key,
			EXISTS (SELECT 1 FROM json_each(?2) AS o CROSS JOIN contacts AS d INDEXED BY contacts_by_address ON d.list_id = o.value
				AND d.address_no = c.address_no AND d.address_hash = c.address_hash AND d.key < c.key)
		FROM json_each(?1) AS k CROSS JOIN json_each(?2) AS l
		CROSS JOIN contacts AS c ON c.list_id = l.value AND c.key = k.value
		LEFT JOIN addresses AS a ON a.hash = c.address_hash
		ORDER BY k.key, l.key`, jsonText(keys), jsonText(ids))
	if err != nil {
		return nil, err
	}
	var found []candidate
	for _, row := range rows {
		if len(found) > 0 && found[len(found)-1].Key == row.Key {
			continue // on several lists: the first persona's counts
		}
		row.persona = a.lists[row.place].persona
		row.contactHash = store.ContactHash(a.programID, row.Key)
		row.addrHash = store.AddressHash(a.programID, row.Address)
		found = append(found, row.candidate)
	}
	return found, nil
}

// decided marks those that the wave has a row for.
func (a *audienceReader) decided(p *page) error {
	type row struct {
		person nullText
		erased []byte
	}
	rows, err := all(a.ask, func(r scanner) (i row, err error) { return i, r.Scan(&i.person, &i.erased) },
		`SELECT i.person, NULL FROM json_each(?1) AS k
			CROSS JOIN invitations AS i ON i.person = k.value AND i.wave_id = ?3
		UNION ALL
		SELECT NULL, i.erased_hash FROM json_each(?2) AS k
			CROSS JOIN invitations AS i ON i.erased_hash = unhex(k.value) AND i.wave_id = ?3`, jsonText(p.keys), hexList(p.people), a.wave)
	for _, row := range rows {
		p.who(row.person, row.erased).decided = true
	}
	return err
}

// pastRow is a row that reached, or is to reach, a person or an address.
type pastRow struct {
	store.PastInvitation
	person          nullText
	erased, address []byte
}

// invitedAddresses marks duplicates of those that the wave has invited under another key.
func (a *audienceReader) invitedAddresses(p *page) error {
	rows, err := all(a.ask, func(row scanner) (i pastRow, err error) { return i, row.Scan(&i.person, &i.erased, &i.address) },
		`SELECT i.person, i.erased_hash, i.address_hash FROM json_each(?) AS k
			CROSS JOIN invitations AS i ON i.address_no = k.value WHERE i.wave_id = ?`, numberList(p.places), a.wave)
	for _, row := range rows {
		own := p.who(row.person, row.erased)
		for _, c := range p.byAddress[[32]byte(row.address)] {
			if c != own {
				c.Duplicate = true
			}
		}
	}
	return err
}

func scanPast(row scanner) (p pastRow, err error) {
	var at int64
	err = row.Scan(&p.person, &p.erased, &p.address, &p.Survey, &at, &p.Reminder)
	p.At = fromMicros(at)
	return p, err
}

// history reads what the contacts were sent, or will be. What was cancelled, bounced or given up reached nobody.
func (a *audienceReader) history(p *page) error {
	rows, err := all(a.ask, scanPast, `WITH
		touched (id) AS (
			SELECT i.id FROM json_each(?1) AS k CROSS JOIN invitations AS i ON i.person = k.value
			UNION
			SELECT i.id FROM json_each(?2) AS k CROSS JOIN invitations AS i ON i.erased_hash = unhex(k.value)
			UNION
			SELECT i.id FROM json_each(?3) AS k CROSS JOIN invitations AS i ON i.address_no = k.value),
		sent (person, erased_hash, address_hash, survey, at, reminder) AS (
			SELECT i.person, i.erased_hash, i.address_hash, w.survey, coalesce(m.sent_at, m.due_at, i.decided_at),
				coalesce(m.number > 0, 0)
			FROM touched CROSS JOIN invitations AS i ON i.id = touched.id
			CROSS JOIN published_waves AS w ON w.id = i.wave_id
			LEFT JOIN messages AS m ON m.invitation_id = i.id AND m.state IN ('Queued', 'Sending', 'Accepted', 'Ambiguous')
			WHERE i.skip = '' AND w.program_id = ?4 AND i.wave_id <> ?5 AND (m.id IS NOT NULL OR NOT i.sends))
		SELECT person, erased_hash, address_hash, survey, at, reminder FROM sent
		WHERE at >= ?6 ORDER BY at, survey, reminder`, jsonText(p.keys), hexList(p.people), numberList(p.places), a.programID, a.wave,
		micros(a.now.Add(-store.HistoryAge)))
	for _, row := range rows {
		own := p.who(row.person, row.erased)
		if own != nil {
			own.Invited = append(own.Invited, row.PastInvitation)
		}
		for _, c := range p.byAddress[[32]byte(row.address)] {
			if c != own {
				c.Invited = append(c.Invited, row.PastInvitation)
			}
		}
	}
	return err
}
