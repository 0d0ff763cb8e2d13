// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/store"
)

// PeopleStore keeps people beside evidence.
type PeopleStore interface {
	store.Store
	store.People
}

// Clock is the store's clock in tests.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock makes a clock that stands still.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now reads the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// RunPeople runs the conformance suite of store.People. fresh makes one empty database, removed when its test ends, and
// returns a function that opens it with a clock; the suite calls that again after Close.
func RunPeople(t *testing.T, fresh func(t *testing.T) (open func(now func() time.Time) PeopleStore)) {
	t.Helper()
	for _, tests := range []map[string]func(*people){contactTests, invitationTests, outboxTests, restoredTests, answerTests, peopleTests} {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel() // they wait for the disk most of the time
				clock := NewClock(noon)
				open := fresh(t)
				reopen := func() PeopleStore { return open(clock.Now) }
				p := &people{suite: &suite{T: t, id: usual}, clock: clock, reopen: reopen}
				p.use(reopen())
				t.Cleanup(func() { _ = p.PeopleStore.Close() })
				p.claimed()
				test(p)
			})
		}
	}
}

// people is one test on one database. Its program is claimed.
type people struct {
	*suite
	PeopleStore
	clock  *Clock
	reopen func() PeopleStore
}

func (p *people) use(s PeopleStore) { p.PeopleStore, p.suite.Store = s, s }

// restart closes the store and opens it again.
func (p *people) restart() {
	p.Helper()
	p.ok(p.PeopleStore.Close())
	p.use(p.reopen())
}

func (p *people) ctx() context.Context { return p.T.Context() }

// customers is the persona of most tests.
const customers = "customers"

func keyOf(n int) string { return fmt.Sprintf("c-%04d", n) }

func addressOf(key string) string { return key + "@shop.example" }

func contact(key string) store.Contact {
	return store.Contact{Key: key, Address: addressOf(key), Name: "Contact " + key, Language: "ru", TimeZone: "Europe/Madrid",
		Attributes: map[string]string{"segment": "retail"}}
}

// keys are the keys from first to last.
func keys(first, last int) []string {
	var keys []string
	for n := first; n <= last; n++ {
		keys = append(keys, keyOf(n))
	}
	return keys
}

func contacts(keys []string) []store.Contact {
	var list []store.Contact
	for _, key := range keys {
		list = append(list, contact(key))
	}
	return list
}

// sequence yields contacts and then, if there is one, an error.
func sequence(list []store.Contact, last error) iter.Seq2[store.Contact, error] {
	return func(yield func(store.Contact, error) bool) {
		for _, c := range list {
			if !yield(c, nil) {
				return
			}
		}
		if last != nil {
			yield(store.Contact{}, last)
		}
	}
}

func (p *people) importAll(persona string, list []store.Contact) store.ImportReport {
	p.Helper()
	report, err := p.ImportContacts(p.ctx(), p.id, persona, sequence(list, nil), noon)
	p.ok(err)
	return report
}

// known imports the customers from first to last.
func (p *people) known(first, last int) {
	p.Helper()
	p.importAll(customers, contacts(keys(first, last)))
}

func (p *people) counts(persona string) store.ContactCounts {
	p.Helper()
	counts, err := p.CountContacts(p.ctx(), p.id, persona)
	p.ok(err)
	return counts
}

func (p *people) candidates(wave store.WaveKey, personas ...string) []store.Candidate {
	p.Helper()
	var list []store.Candidate
	for c, err := range p.Candidates(p.ctx(), wave, personas, "", p.clock.Now()) {
		p.ok(err)
		list = append(list, c)
	}
	return list
}

func candidateKeys(list []store.Candidate) []string {
	var keys []string
	for _, c := range list {
		keys = append(keys, c.Key)
	}
	return keys
}

func (p *people) wave(survey string) store.WaveKey {
	return store.WaveKey{ProgramID: p.id, Survey: survey, Slot: "20270104t1200"}
}

// open is a wave that opens at noon for seven days, with a day of grace.
func (p *people) open(survey, anonymity string) store.PublishedWave {
	return store.PublishedWave{WaveKey: p.wave(survey), State: store.WaveTakesAnswers, OpensAt: noon, ClosesAt: at(7),
		GraceUntil: at(8), Anonymity: anonymity, QuestionnaireHash: "q1", Page: []byte(`{"title":"Pulse"}`),
		Mail: []byte(`{"channel":"mail"}`), Kept: []string{"nps"}}
}

func (p *people) publish(wave store.PublishedWave) store.WaveKey {
	p.Helper()
	p.ok(p.PublishWave(p.ctx(), wave))
	p.ok(p.ConfirmWave(p.ctx(), wave.WaveKey))
	return wave.WaveKey
}

// link makes the links of an invitation; a real one is random to strangers.
func link(wave store.WaveKey, key string) store.Link {
	name := wave.Survey + "/" + wave.Slot + "/" + key
	id := hashOf("id " + name)
	return store.Link{ID: [16]byte(id[:16]), Answer: hashOf("answer " + name), OptOut: hashOf("opt-out " + name),
		ExpiresAt: at(30)}
}

// everybody invites whoever can be, to be sent at a time.
func everybody(wave store.WaveKey, sendAt time.Time, reminders ...time.Time) func(store.Candidate) store.Verdict {
	return func(c store.Candidate) store.Verdict {
		switch {
		case c.OptedOut:
			return store.Verdict{Skip: "optOut"}
		case c.Invalid:
			return store.Verdict{Skip: "invalid"}
		case c.Duplicate:
			return store.Verdict{Skip: "duplicate"}
		}
		return store.Verdict{Link: link(wave, c.Key), SendAt: sendAt, Reminders: reminders}
	}
}

func (p *people) invite(wave store.WaveKey, keys []string, decide func(store.Candidate) store.Verdict) int {
	p.Helper()
	added, err := p.Invite(p.ctx(), wave, []string{customers}, keys, decide, p.clock.Now())
	p.ok(err)
	return added
}

// invited publishes a wave and invites the customers from first to last, to be sent now.
func (p *people) invited(survey, anonymity string, first, last int) store.WaveKey {
	p.Helper()
	p.known(first, last)
	wave := p.publish(p.open(survey, anonymity))
	p.invite(wave, keys(first, last), everybody(wave, p.clock.Now()))
	return wave
}

func (p *people) audience(wave store.WaveKey) store.AudienceCounts {
	p.Helper()
	counts, err := p.AudienceCounts(p.ctx(), wave)
	p.ok(err)
	return counts
}

func equal(a, b any) bool { return cmp.Equal(a, b) }
