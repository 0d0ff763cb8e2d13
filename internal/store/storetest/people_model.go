// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// model is a store of people as simple as can be: maps, and no thought of speed or of crashes.
type model struct {
	now     time.Time
	lists   map[string]map[string]store.Contact
	outs    map[string]bool
	invalid map[string]bool
	waves   map[string]*modelWave
	paused  bool
	byHand  bool
}

type modelWave struct {
	store.PublishedWave
	confirmed time.Time
	rows      map[string]*modelRow
}

type modelRow struct {
	skip, address, persona string
	erased                 bool
	values                 string
	complete, partial      bool
	contact                string
	messages               []*modelMessage
}

type modelMessage struct {
	state           string
	due, free, sent time.Time
	number, attempt int
}

func newModel(now time.Time) *model {
	return &model{now: now, lists: map[string]map[string]store.Contact{}, outs: map[string]bool{}, invalid: map[string]bool{},
		waves: map[string]*modelWave{}}
}

func (m *model) importAll(persona string, list []store.Contact) store.ImportReport {
	var report store.ImportReport
	old, fresh := m.lists[persona], map[string]store.Contact{}
	for _, c := range list {
		fresh[c.Key] = c
		before, known := old[c.Key]
		switch {
		case !known:
			report.Added++
		case before.Same(c):
			report.Unchanged++
		default:
			report.Updated++
		}
	}
	for key := range old {
		if _, ok := fresh[key]; !ok {
			report.Removed++
		}
	}
	m.lists[persona] = fresh
	return report
}

func (m *model) counts(persona string) store.ContactCounts {
	var counts store.ContactCounts
	for _, c := range m.lists[persona] {
		counts.Known++
		if m.outs[c.Address] {
			counts.OptedOut++
		}
		if m.invalid[c.Address] {
			counts.Invalid++
		}
		if !m.outs[c.Address] && !m.invalid[c.Address] {
			counts.Reachable++
		}
	}
	return counts
}

// find looks in the persona's list first, then in the others by name.
func (m *model) find(persona, key string) (store.Contact, bool) {
	for _, name := range append([]string{persona}, slices.Sorted(maps.Keys(m.lists))...) {
		if c, ok := m.lists[name][key]; ok {
			return c, true
		}
	}
	return store.Contact{}, false
}

// invite does what the decision of testModel does: see decideSimply.
func (m *model) invite(wave *modelWave, personas, keys []string, sendAt time.Time) int {
	added := 0
	for _, key := range slices.Sorted(slices.Values(keys)) {
		var c store.Contact
		at := slices.IndexFunc(personas, func(persona string) bool {
			found, ok := m.lists[persona][key]
			c = found
			return ok
		})
		if wave.rows[key] != nil || at < 0 {
			continue
		}
		row := &modelRow{skip: m.skip(wave, personas, c), address: c.Address, persona: personas[at], contact: key}
		if row.skip == "" {
			for number, due := range []time.Time{sendAt, sendAt.Add(24 * time.Hour)} {
				row.messages = append(row.messages, &modelMessage{state: "Queued", due: due, free: due, number: number})
			}
		}
		wave.rows[key] = row
		added++
	}
	return added
}

func (m *model) skip(wave *modelWave, personas []string, c store.Contact) string {
	switch {
	case m.outs[c.Address]:
		return "optOut"
	case m.invalid[c.Address]:
		return "invalid"
	case m.duplicate(wave, personas, c):
		return "duplicate"
	case m.history(wave, c) >= 3:
		return "contactRule"
	}
	return ""
}

func (m *model) duplicate(wave *modelWave, personas []string, c store.Contact) bool {
	for _, persona := range personas {
		for key, other := range m.lists[persona] {
			if key < c.Key && other.Address == c.Address {
				return true
			}
		}
	}
	for key, row := range wave.rows {
		if key != c.Key && row.skip == "" && row.address == c.Address {
			return true
		}
	}
	return false
}

func (m *model) history(but *modelWave, c store.Contact) int {
	n := 0
	for _, wave := range m.waves {
		for key, row := range wave.rows {
			if wave == but || row.skip != "" || (key != c.Key && row.address != c.Address) {
				continue
			}
			for _, message := range row.messages {
				if slices.Contains([]string{"Queued", "Sending", "Accepted", "Ambiguous"}, message.state) {
					n++
				}
			}
		}
	}
	return n
}

// claim leases all that is due, and returns whom it goes to.
func (m *model) claim() map[string]*modelMessage {
	claimed := map[string]*modelMessage{}
	for survey, wave := range m.waves {
		for key, row := range wave.rows {
			for _, message := range row.messages {
				if message.state != "Queued" {
					continue
				}
				if !wave.Sends(m.now) {
					message.state = "Cancelled"
					continue
				}
				if m.paused || m.byHand || m.now.Sub(wave.confirmed) > 24*time.Hour || m.now.Before(message.free) {
					continue
				}
				switch wait, cancel := m.obstacle(row, message); {
				case cancel:
					message.state = "Cancelled"
				case !wait.IsZero():
					message.free = wait
				default:
					message.free = m.now.Add(lease)
					claimed[fmt.Sprint(survey, " ", key, " ", message.number)] = message
				}
			}
		}
	}
	return claimed
}

func (m *model) obstacle(row *modelRow, message *modelMessage) (wait time.Time, cancel bool) {
	c, known := m.find(row.persona, row.contact)
	if row.erased || !known || m.outs[c.Address] || m.invalid[c.Address] {
		return wait, true
	}
	if message.number == 0 {
		return wait, false
	}
	invitation := row.messages[0]
	due := invitation.sent.Add(message.due.Sub(invitation.due))
	switch invitation.state {
	case "Queued", "Sending":
		return m.now.Add(time.Hour), row.complete
	case "Accepted", "Ambiguous":
		if m.now.Before(due) {
			return due, row.complete
		}
		return wait, row.complete
	}
	return wait, true
}

func (m *model) settle(message *modelMessage, address string, result store.SentResult, retry time.Time) {
	switch message.state = string(result); result {
	case store.SentLater:
		message.state, message.free = "Queued", retry
	case store.SentBounced:
		m.invalid[address] = true
	case store.SentAccepted, store.SentAmbiguous:
		message.sent = m.now
	}
}

// submit says whether it was taken, and whether it was before.
func (m *model) submit(wave *modelWave, key string, a store.Answer) (taken, again bool) {
	row := wave.rows[key]
	if row == nil || row.skip != "" || row.erased {
		return false, false
	}
	if row.complete {
		return true, true
	}
	if !wave.Takes(m.now, time.Time{}) {
		return false, false
	}
	again = row.values == string(a.Values) && !a.Complete
	row.values, row.complete, row.partial = string(a.Values), a.Complete, !a.Complete
	return true, again
}

func (m *model) erase(key string) {
	for _, list := range m.lists {
		delete(list, key)
	}
	for _, wave := range m.waves {
		row := wave.rows[key]
		if row == nil || row.skip != "" || row.erased {
			continue
		}
		row.erased = true
		if row.values != "" && !wave.Anonymous() {
			row.values = string(store.KeptValues([]byte(row.values), wave.Kept))
		}
		for _, message := range row.messages {
			if message.state == "Queued" {
				message.state = "Cancelled"
			}
		}
	}
}

func (m *model) audience(wave *modelWave) store.AudienceCounts {
	var counts store.AudienceCounts
	into := map[string]*int64{"Queued": &counts.Queued, "Sending": &counts.Queued, "Accepted": &counts.Accepted,
		"Bounced": &counts.Bounced, "Ambiguous": &counts.Ambiguous, "Failed": &counts.Failed, "Cancelled": &counts.Cancelled}
	for _, row := range wave.rows {
		if row.skip != "" {
			if counts.Skipped == nil {
				counts.Skipped = map[string]int64{}
			}
			counts.Skipped[row.skip]++
			continue
		}
		counts.Invited++
		*into[row.messages[0].state]++
		if row.complete {
			counts.Responded++
		}
		if row.partial {
			counts.Partial++
		}
	}
	return counts
}

// answers are the values and whose they are, sorted.
func (m *model) answers(wave *modelWave) []string {
	list := []string{}
	for _, row := range wave.rows {
		if row.values == "" {
			continue
		}
		whose := row.contact
		if row.erased || wave.Anonymous() {
			whose = ""
		}
		list = append(list, whose+" "+row.values)
	}
	slices.Sort(list)
	return list
}
