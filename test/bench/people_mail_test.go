// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/utils/clock"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
)

const mailProgram = "example-retail"

// BenchmarkInvitations sends a wave's invitations, as the operator does, to a mail server that reads each mail and forgets it. The
// floor is a loop that claims the same mails, commits that each has begun, and settles it, and sends nothing.
func BenchmarkInvitations(b *testing.B) {
	people := 10_000
	if testing.Short() {
		people = 2000
	}
	w := newMailWorld(b)
	disk := flushes(b)
	var bare, ours, cpu time.Duration
	round := 0
	for ; b.Loop(); round++ {
		w.queue(b, fmt.Sprint("bare-", round), people)
		bare += w.claimLoop(b, people)
		w.queue(b, fmt.Sprint("sent-", round), people)
		before := cpuTime(b)
		ours += w.send(b, people)
		cpu += cpuTime(b) - before
		if taken := w.server.taken.Load(); taken != int64((round+1)*people) {
			b.Errorf("the server took %d mails, want %d", taken, (round+1)*people)
		}
	}
	mails := float64(round * people)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(disk, "flushes/s")
	b.ReportMetric(mails/bare.Seconds(), "claims/s")
	b.ReportMetric(mails/ours.Seconds(), "invitations/s")
	b.ReportMetric(bare.Seconds()/ours.Seconds(), "ratio")
	b.ReportMetric(cpu.Seconds()*1000/mails, "CPU-ms/invitation")
}

// mailWorld is a store with waves, and a channel to a server that forgets.
type mailWorld struct {
	store  *sqlite.Store
	keys   link.Keys
	server *nullServer
	route  delivery.Route
}

func newMailWorld(b *testing.B) *mailWorld {
	b.Helper()
	w := &mailWorld{server: startNullServer(b)}
	hosts, err := delivery.ParseAllowList([]string{"127.0.0.1=127.0.0.0/8"})
	if err != nil {
		b.Fatal(err)
	}
	channel, err := delivery.NewSMTP(delivery.SMTPConfig{
		Host: "127.0.0.1", Port: w.server.port, TLS: cxv1.TLSNone, From: "Example Retail <feedback@example.com>",
	}, hosts)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(channel.Close)
	w.route = delivery.Route{Channel: channel, Rate: rate.NewLimiter(rate.Inf, 1)}
	if w.store, err = sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "evidence.db"), sqlite.Options{}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			b.Error(err)
		}
	})
	if w.keys, err = link.NewKeys(link.Key{ID: 1, Secret: bytes.Repeat([]byte{7}, 32)}); err != nil {
		b.Fatal(err)
	}
	holder := store.Holder{Namespace: "retail", NamespaceUID: "1", ProgramUID: "2"}
	if _, err := w.store.Claim(b.Context(), mailProgram, holder, "", time.Now()); err != nil {
		b.Fatal(err)
	}
	return w
}

// queue publishes a wave and invites everybody to it, at once.
func (w *mailWorld) queue(b *testing.B, survey string, people int) {
	b.Helper()
	page := pulse()
	now := time.Now()
	closes := now.AddDate(0, 0, 7)
	wave := store.WaveKey{ProgramID: mailProgram, Survey: survey, Slot: "20270104t0900"}
	mail, err := json.Marshal(delivery.Mail{
		Channel: "mail", Organization: page.Organization, Title: page.Questionnaire.Title, Promise: page.Anonymity, Languages: page.Languages,
		First:      delivery.FirstOf(page.Questionnaire),
		QuietHours: &cxv1.QuietHours{From: now.UTC().Add(12 * time.Hour).Format("15:04"), To: now.UTC().Add(13 * time.Hour).Format("15:04")},
	})
	shown, perr := page.Encode()
	if err := errors.Join(err, perr, w.store.PublishWave(b.Context(), store.PublishedWave{
		WaveKey: wave, State: store.WaveTakesAnswers, OpensAt: now.Add(-time.Hour), ClosesAt: closes, Anonymity: string(page.Anonymity),
		QuestionnaireHash: "12345678", Page: shown, Mail: mail,
	}), w.store.ConfirmWave(b.Context(), wave)); err != nil {
		b.Fatal(err)
	}
	var keys []string
	contacts := func(yield func(store.Contact, error) bool) {
		for n := range people {
			key := fmt.Sprintf("c-%06d", n)
			keys = append(keys, key)
			if !yield(store.Contact{Key: key, Address: key + "@shop.example", Name: fmt.Sprint("Contact ", n), Language: []string{"en", "ru"}[n%2]}, nil) {
				return
			}
		}
	}
	if _, err := w.store.ImportContacts(b.Context(), mailProgram, "customers", contacts, now); err != nil {
		b.Fatal(err)
	}
	added, err := w.store.Invite(b.Context(), wave, []string{"customers"}, keys, func(store.Candidate) store.Verdict {
		_, made, err := w.keys.Make(wave, link.NewID(), closes)
		if err != nil {
			b.Error(err)
		}
		return store.Verdict{Link: made, SendAt: now}
	}, now)
	if err != nil || added != people {
		b.Fatalf("%d of %d are invited: %v", added, people, err)
	}
}

// claimLoop claims, begins and settles, as many at once as the sender does.
func (w *mailWorld) claimLoop(b *testing.B, people int) time.Duration {
	const batch, attempts = 64, 8
	start := time.Now()
	for people > 0 {
		messages, err := w.store.ClaimMessages(b.Context(), "bare", []string{mailProgram}, batch, time.Minute)
		if err != nil || len(messages) == 0 {
			b.Fatalf("%d mails are claimed (%v), %d are left", len(messages), err, people)
		}
		people -= len(messages)
		together(attempts, func(caller int) {
			for i := caller; i < len(messages); i += attempts {
				begun, err := w.store.BeginSending(b.Context(), "bare", messages[i])
				if err == nil && begun {
					err = w.store.SettleMessage(b.Context(), "bare", messages[i], store.Sent{Result: store.SentAccepted})
				}
				if err != nil || !begun {
					b.Errorf("begun %v (%v)", begun, err)
				}
			}
		})
	}
	return time.Since(start)
}

func (w *mailWorld) send(b *testing.B, people int) time.Duration {
	const base = "https://feedback.example.com"
	sender := &delivery.Sender{
		Queue: w.store, Waves: w.store, Roster: w, Clock: clock.RealClock{}, Worker: "sender",
		Links: func(m store.Message) (delivery.Links, error) {
			pair, err := w.keys.Remake(m.Wave, m.Link)
			return delivery.Links{Answer: base + "/s/" + pair.Answer, OptOut: base + "/o/" + pair.OptOut, ExpiresAt: m.Link.ExpiresAt}, err
		},
	}
	start := time.Now()
	for people > 0 {
		sent, err := sender.Once(b.Context())
		if err != nil || sent == 0 {
			b.Fatalf("%d mails were sent (%v), %d are left", sent, err, people)
		}
		people -= sent
	}
	return time.Since(start)
}

// Programs and Route make the world a Roster.
func (w *mailWorld) Programs() []string { return []string{mailProgram} }

func (w *mailWorld) Route(string, string) (delivery.Route, bool) { return w.route, true }

// nullServer says yes to everything, and keeps nothing.
type nullServer struct {
	port  int
	taken atomic.Int64
}

func startNullServer(b *testing.B) *nullServer {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &nullServer{port: listener.Addr().(*net.TCPAddr).Port}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // it was closed
			}
			all.Go(func() { s.talk(conn) })
		}
	})
	b.Cleanup(func() {
		_ = listener.Close()
		all.Wait()
	})
	return s
}

// talk ends with the connection.
func (s *nullServer) talk(conn net.Conn) {
	defer func() { _ = conn.Close() }() // nobody is there any more
	in := bufio.NewReader(conn)
	answer := "220 null\r\n"
	for {
		if _, err := io.WriteString(conn, answer); err != nil {
			return
		}
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch answer = "250 yes\r\n"; strings.ToUpper(strings.TrimSpace(line)) {
		case "DATA":
			if _, err := io.WriteString(conn, "354 go on\r\n"); err != nil {
				return
			}
			for line != ".\r\n" {
				if line, err = in.ReadString('\n'); err != nil {
					return
				}
			}
			s.taken.Add(1)
		case "QUIT":
			return
		}
	}
}
