// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package people has the contacts of a program in a test: they are imported, get mail, and answer it.
package people

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/utils/clock"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Channel is the name of the channel that leads to people's mailboxes.
const Channel = "mail"

// Contacts makes n contacts with one name: shopper-01@example.org and so on.
func Contacts(name string, n int) []store.Contact {
	contacts := make([]store.Contact, n)
	for i := range contacts {
		address := Address(name, i+1)
		contacts[i] = store.Contact{Key: address, Address: address}
	}
	return contacts
}

// Address is that of the nth contact of a name, from 1.
func Address(name string, n int) string { return fmt.Sprintf("%s-%02d@example.org", name, n) }

// Each yields contacts as an import does.
func Each(contacts []store.Contact) iter.Seq2[store.Contact, error] {
	return func(yield func(store.Contact, error) bool) {
		for _, c := range contacts {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// Keys sign links in tests.
func Keys() link.Keys {
	keys, err := link.NewKeys(link.Key{ID: 1, Secret: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		panic(err)
	}
	return keys
}

// Mailboxes are those of all people. They are a channel, the only one of the one program that may send.
type Mailboxes struct {
	// ProgramID is that of the program.
	ProgramID string

	mu   sync.Mutex
	mail map[string][]store.Message
}

// Send takes a letter.
func (m *Mailboxes) Send(_ context.Context, message store.Message, _ delivery.Letter) store.Sent {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mail == nil {
		m.mail = map[string][]store.Message{}
	}
	m.mail[message.Contact.Address] = append(m.mail[message.Contact.Address], message)
	return store.Sent{Result: store.SentAccepted}
}

// Clone makes mailboxes with the same mail in them, which fill by themselves.
func (m *Mailboxes) Clone() *Mailboxes {
	m.mu.Lock()
	defer m.mu.Unlock()
	other := &Mailboxes{ProgramID: m.ProgramID, mail: map[string][]store.Message{}}
	for address, messages := range m.mail {
		other.mail[address] = slices.Clone(messages)
	}
	return other
}

// Programs lists the program.
func (m *Mailboxes) Programs() []string { return []string{m.ProgramID} }

// Route leads to the mailboxes.
func (m *Mailboxes) Route(programID, channel string) (delivery.Route, bool) {
	route := delivery.Route{Channel: m, Rate: rate.NewLimiter(rate.Inf, 1), OnAmbiguous: cxv1.AmbiguousFlag}
	return route, programID == m.ProgramID && channel == Channel
}

// Invitations counts the invitations that each address got to a survey's waves, reminders left out.
func (m *Mailboxes) Invitations(survey string) map[string]int {
	return m.invitations(func(wave store.WaveKey) bool { return wave.Survey == survey })
}

// InvitationsTo is Invitations to one wave.
func (m *Mailboxes) InvitationsTo(wave store.WaveKey) map[string]int {
	return m.invitations(func(of store.WaveKey) bool { return of == wave })
}

func (m *Mailboxes) invitations(counts func(store.WaveKey) bool) map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	byAddress := map[string]int{}
	for address, messages := range m.mail {
		for _, message := range messages {
			if message.Kind == store.MessageInvitation && counts(message.Wave) {
				byAddress[address]++
			}
		}
	}
	return byAddress
}

// Invited are the addresses that got an invitation to a survey, in order.
func (m *Mailboxes) Invited(survey string) []string {
	return slices.Sorted(maps.Keys(m.Invitations(survey)))
}

// latest is the newest mail about a survey that an address got.
func (m *Mailboxes) latest(survey, address string) (store.Message, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, message := range slices.Backward(m.mail[address]) {
		if message.Wave.Survey == survey {
			return message, true
		}
	}
	return store.Message{}, false
}

// Deliver sends everything that is due. The clock must be the store's.
func (m *Mailboxes) Deliver(t testing.TB, people store.People, clk clock.PassiveClock) {
	t.Helper()
	sender := &delivery.Sender{
		Queue: people, Waves: people, Roster: m, Worker: "test", Clock: standing{now: clk},
		Links: func(message store.Message) (delivery.Links, error) {
			pair, err := Keys().Remake(message.Wave, message.Link)
			return delivery.Links{Answer: "https://feedback.example/s/" + pair.Answer, OptOut: "https://feedback.example/o/" + pair.OptOut}, err
		},
	}
	for {
		n, err := sender.Once(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// standing is a clock that can be read; nobody here waits.
type standing struct {
	clock.WithTicker
	now clock.PassiveClock
}

// Now is the time that the test says.
func (s standing) Now() time.Time { return s.now.Now() }

// MayContact is a yes to being contacted about an answer.
func MayContact(a *store.Answer) { a.MayContact = true }

// Partial is an answer that is not finished.
func Partial(a *store.Answer) { a.Complete = false }

// Answer follows the link in the newest mail about a survey and answers: values are JSON by question.
func (m *Mailboxes) Answer(t testing.TB, people store.People, clk clock.PassiveClock, survey, address, values string,
	changes ...func(*store.Answer)) {
	t.Helper()
	message, ok := m.latest(survey, address)
	if !ok {
		t.Fatalf("%s got no mail about %s", address, survey)
	}
	answer := store.Answer{Values: []byte(values), Complete: true, Channel: "web", Language: "en", BegunAt: clk.Now()}
	for _, c := range changes {
		c(&answer)
	}
	if _, err := people.SubmitAnswer(t.Context(), message.Link.Answer, answer, clk.Now()); err != nil {
		t.Fatalf("%s answers: %v", address, err)
	}
}
