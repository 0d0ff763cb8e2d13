// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/time/rate"
	clocktesting "k8s.io/utils/clock/testing"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
)

const programID = "shop"

var (
	monday = time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC)
	aWave  = store.WaveKey{ProgramID: programID, Survey: "nps", Slot: "20270104t0900"}
)

// world is a real store and a real mail server, and what carries mail from one to the other.
type world struct {
	*testing.T
	clock  *clocktesting.FakeClock
	store  *sqlite.Store
	server *server
	keys   link.Keys
	route  delivery.Route
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, clock: clocktesting.NewFakeClock(monday), server: startServer(t)}
	var err error
	if w.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "evidence.db"), sqlite.Options{Now: w.clock.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	if w.keys, err = link.NewKeys(link.Key{ID: 1, Secret: bytes.Repeat([]byte{7}, 32)}); err != nil {
		t.Fatal(err)
	}
	w.route = delivery.Route{Channel: channel(t, w.server), Rate: rate.NewLimiter(rate.Inf, 1), OnAmbiguous: cxv1.AmbiguousFlag}
	if _, err := w.store.Claim(t.Context(), programID, store.Holder{Namespace: "shop", NamespaceUID: "1", ProgramUID: "2"}, "", monday); err != nil {
		t.Fatal(err)
	}
	return w
}

// invite publishes a wave and invites people to it, to be written to at once and reminded after the given times.
func (w *world) invite(people int, reminders ...time.Duration) {
	w.Helper()
	questions := cxv1.Questionnaire{
		Title:     cxv1.LocalizedText{EN: "How are we doing?"},
		Questions: []cxv1.Question{{ID: "nps", Type: cxv1.QuestionNPS, Text: cxv1.LocalizedText{EN: "Would you recommend us?"}}},
	}
	page, err := questionnaire.Page{
		Questionnaire: questions, Organization: "Example Shop", Languages: []cxv1.Language{cxv1.LanguageEN}, Anonymity: cxv1.AnonymityConfidential,
	}.Encode()
	mail, merr := json.Marshal(delivery.Mail{
		Channel: "mail", Organization: "Example Shop", Title: questions.Title, First: delivery.FirstOf(questions),
		Promise: cxv1.AnonymityConfidential, Languages: []cxv1.Language{cxv1.LanguageEN},
	})
	closes := monday.AddDate(0, 0, 14)
	if err := errors.Join(err, merr, w.store.PublishWave(w.Context(), store.PublishedWave{
		WaveKey: aWave, State: store.WaveTakesAnswers, OpensAt: monday, ClosesAt: closes, GraceUntil: closes.Add(time.Hour),
		Anonymity: "Confidential", QuestionnaireHash: "12345678", Page: page, Mail: mail,
	}), w.store.ConfirmWave(w.Context(), aWave)); err != nil {
		w.Fatal(err)
	}
	var keys []string
	contacts := func(yield func(store.Contact, error) bool) {
		for n := range people {
			address := address(n)
			keys = append(keys, address)
			if !yield(store.Contact{Key: address, Address: address}, nil) {
				return
			}
		}
	}
	if _, err := w.store.ImportContacts(w.Context(), programID, "customers", iter.Seq2[store.Contact, error](contacts), monday); err != nil {
		w.Fatal(err)
	}
	added, err := w.store.Invite(w.Context(), aWave, []string{"customers"}, keys, func(store.Candidate) store.Verdict {
		_, made, err := w.keys.Make(aWave, link.NewID(), closes)
		if err != nil {
			w.Error(err)
		}
		v := store.Verdict{Link: made, SendAt: monday}
		for _, after := range reminders {
			v.Reminders = append(v.Reminders, monday.Add(after))
		}
		return v
	}, monday)
	if err != nil || added != people {
		w.Fatalf("%d of %d are invited: %v", added, people, err)
	}
}

func address(n int) string { return fmt.Sprintf("customer-%02d@example.org", n) }

func (w *world) sender(worker string, queue delivery.Queue) *delivery.Sender {
	return &delivery.Sender{
		Queue: queue, Waves: w.store, Roster: w, Worker: worker, Clock: w.clock,
		Links: func(m store.Message) (delivery.Links, error) {
			pair, err := w.keys.Remake(m.Wave, m.Link)
			return delivery.Links{Answer: "https://f.example.com/s/" + pair.Answer, OptOut: "https://f.example.com/o/" + pair.OptOut,
				ExpiresAt: m.Link.ExpiresAt}, err
		},
	}
}

// Programs and Route make the world a Roster of one program with one channel.
func (w *world) Programs() []string { return []string{programID} }

func (w *world) Route(program, channel string) (delivery.Route, bool) {
	return w.route, program == programID && channel == "mail"
}

// drain sends until nothing is due.
func (w *world) drain(s *delivery.Sender) {
	w.Helper()
	for {
		n, err := s.Once(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func (w *world) counts() store.AudienceCounts {
	w.Helper()
	counts, err := w.store.AudienceCounts(w.Context(), aWave)
	if err != nil {
		w.Fatal(err)
	}
	return counts
}

func TestEverybodyInvitedGetsOneMailWithALinkThatIsTheirs(t *testing.T) {
	w := newWorld(t)
	w.invite(150)
	w.drain(w.sender("one", w.store))
	taken := w.server.recipients()
	if len(taken) != 150 {
		t.Fatalf("%d people got a mail, want 150", len(taken))
	}
	for to, n := range taken {
		if n != 1 {
			t.Errorf("%s got %d mails", to, n)
		}
	}
	links := map[string]bool{}
	_, bodies := w.server.all()
	for _, body := range bodies {
		_, rest, found := strings.Cut(body, "https://f.example.com/s/")
		if !found {
			t.Fatalf("a mail has no link:\n%s", body)
		}
		links[rest[:54]] = true
	}
	if len(links) != 150 {
		t.Errorf("%d different links, want 150", len(links))
	}
	if c := w.counts(); c.Accepted != 150 || c.Queued != 0 {
		t.Errorf("counts: %+v", c)
	}
}

func TestThoseWhoHaveNotAnsweredAreRemindedWithTheSameLink(t *testing.T) {
	w := newWorld(t)
	w.invite(2, 72*time.Hour)
	s := w.sender("one", w.store)
	w.drain(s)
	_, bodies := w.server.all()
	first := map[string]bool{}
	for _, body := range bodies {
		_, rest, _ := strings.Cut(body, "https://f.example.com/s/")
		first[rest[:54]] = true
	}
	// One of them answers.
	for token := range first {
		if _, err := w.store.SubmitAnswer(t.Context(), link.Hash(token), store.Answer{Values: []byte(`{"nps":9}`), Complete: true, Channel: "web"}, monday.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		delete(first, token)
		break
	}
	w.clock.SetTime(monday.Add(73 * time.Hour))
	if err := w.store.ConfirmWave(t.Context(), aWave); err != nil {
		t.Fatal(err)
	}
	w.drain(s)
	mails, bodies := w.server.all()
	if len(mails) != 3 {
		t.Fatalf("%d mails in all, want two invitations and one reminder", len(mails))
	}
	if subject := mails[2].Header.Get("Subject"); !strings.HasPrefix(subject, "Reminder: ") {
		t.Errorf("subject of the reminder: %q", subject)
	}
	_, rest, _ := strings.Cut(bodies[2], "https://f.example.com/s/")
	if !first[rest[:54]] {
		t.Error("the reminder has another link than the invitation")
	}
}

// broken fails, for good, from one of its calls on, before or after the call was carried out: the process died there.
type broken struct {
	delivery.Queue
	mu    sync.Mutex
	calls int
	dies  int
	after bool
}

var errDied = errors.New("the process died")

func (b *broken) call(do func() error) error {
	b.mu.Lock()
	b.calls++
	dies, dead := b.calls == b.dies, b.dies > 0 && b.calls > b.dies
	b.mu.Unlock()
	if dead || (dies && !b.after) {
		return errDied
	}
	err := do()
	if dies {
		return errDied
	}
	return err
}

func (b *broken) ClaimMessages(ctx context.Context, worker string, programs []string, limit int, lease time.Duration) (m []store.Message, err error) {
	err = b.call(func() error { m, err = b.Queue.ClaimMessages(ctx, worker, programs, limit, lease); return err })
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (b *broken) BeginSending(ctx context.Context, worker string, m store.Message) (begun bool, err error) {
	err = b.call(func() error { begun, err = b.Queue.BeginSending(ctx, worker, m); return err })
	return begun && err == nil, err
}

func (b *broken) SettleMessage(ctx context.Context, worker string, m store.Message, outcome store.Sent) error {
	return b.call(func() error { return b.Queue.SettleMessage(ctx, worker, m, outcome) })
}

// After every point at which a process can die, the next one goes on: nobody gets a mail twice, and whoever got none is counted
// as one of whom nobody knows.
func TestAProcessThatDiesAnywhereMailsNobodyTwiceAndLeavesNobodyOut(t *testing.T) {
	const people = 5
	points := 0
	for _, after := range []bool{false, true} {
		for dies := 1; ; dies++ {
			w := newWorld(t)
			w.invite(people)
			queue := &broken{Queue: w.store, dies: dies, after: after}
			dying := w.sender("dying", queue)
			for queue.calls < dies {
				if n, err := dying.Once(t.Context()); n == 0 && err == nil {
					break
				}
			}
			if queue.calls < dies {
				break // there are no more points
			}
			points++
			w.clock.Step(10 * time.Minute) // its leases end
			next := w.sender("next", w.store)
			w.drain(next)
			ctx, stop := context.WithCancel(t.Context())
			stop() // one round: those that were under way
			if err := next.Run(ctx); err != nil {
				t.Fatal(err)
			}
			if err := next.SettleStranded(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.drain(next)
			taken, counts := w.server.recipients(), w.counts()
			for to, n := range taken {
				if n > 1 {
					t.Errorf("died at call %d (carried out: %v): %s got %d mails", dies, after, to, n)
				}
			}
			if counts.Accepted+counts.Ambiguous != people || counts.Queued != 0 || int(counts.Accepted) > len(taken) {
				t.Errorf("died at call %d (carried out: %v): %d got a mail, counts %+v", dies, after, len(taken), counts)
			}
		}
	}
	t.Logf("died at %d points", points)
	if points < 2*(1+2*people) {
		t.Errorf("only %d points: a claim, and a begin and an end for each mail, before and after, are %d", points, 2*(1+2*people))
	}
}

func TestTwoSendersOnOneStoreMailNobodyTwice(t *testing.T) {
	w := newWorld(t)
	w.invite(200)
	var both sync.WaitGroup
	for _, name := range []string{"one", "two"} {
		both.Go(func() {
			s := w.sender(name, w.store)
			for {
				n, err := s.Once(t.Context())
				if err != nil {
					t.Error(err)
				}
				if n == 0 {
					return
				}
			}
		})
	}
	both.Wait()
	taken := w.server.recipients()
	for to, n := range taken {
		if n != 1 {
			t.Errorf("%s got %d mails", to, n)
		}
	}
	if len(taken) != 200 {
		t.Errorf("%d people got a mail, want 200", len(taken))
	}
}

func TestAnAttemptOfWhichNobodyKnowsIsRepeatedOnlyIfThatIsWanted(t *testing.T) {
	for policy, want := range map[cxv1.AmbiguousPolicy]map[string]int{
		cxv1.AmbiguousFlag:  {address(0): 1},
		cxv1.AmbiguousRetry: {address(0): 2},
	} {
		t.Run(string(policy), func(t *testing.T) {
			w := newWorld(t)
			w.route.OnAmbiguous = policy
			w.server.failures(address(0), failure{cutAfter: true})
			w.invite(1)
			s := w.sender("one", w.store)
			w.drain(s)
			w.server.failures(address(0), failure{})
			w.clock.Step(3 * time.Minute)
			w.drain(s)
			if diff := cmp.Diff(want, w.server.recipients()); diff != "" {
				t.Errorf("mails taken (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTemporaryRefusalsAreTriedAgainLaterAndLater(t *testing.T) {
	w := newWorld(t)
	w.server.failures(address(0), failure{atRcpt: refusal(450)})
	w.invite(1)
	s := w.sender("one", w.store)
	for range 30 {
		w.drain(s)
		w.clock.Step(5 * time.Hour)
		if err := w.store.ConfirmWave(t.Context(), aWave); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.server.attempts[address(0)]; n != 12 {
		t.Errorf("%d attempts, want 12", n)
	}
	if c := w.counts(); c.Failed != 1 {
		t.Errorf("counts: %+v, want one that failed", c)
	}
}
