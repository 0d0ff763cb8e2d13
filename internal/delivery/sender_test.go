// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
)

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
