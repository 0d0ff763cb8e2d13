// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/time/rate"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/store"
)

var night = &cxv1.QuietHours{From: "20:00", To: "08:00"}

// at sets the clock, which runs while the wave stays known in the cluster.
func (w *world) at(text string) {
	w.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		w.Fatal(err)
	}
	w.clock.SetTime(at)
	if err := w.store.ConfirmWave(w.Context(), aWave); err != nil {
		w.Fatal(err)
	}
}

// Mail is planned outside quiet hours (see internal/audience); a pause, or a server that was down, may make it late.
func TestMailThatGoesOutLaterThanPlannedKeepsQuietHoursToo(t *testing.T) {
	w := newWorld(t)
	w.quiet, w.zone = night, "Europe/Madrid"
	w.zones = []string{"", "Asia/Tokyo", "no such zone"}
	w.invite(3)
	if err := w.store.Pause(t.Context(), programID, true); err != nil {
		t.Fatal(err)
	}
	s := w.sender("one", w.store)
	w.drain(s)
	if err := w.store.Pause(t.Context(), programID, false); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		at   string
		want []string
	}{
		{"2027-01-04T22:30:00Z", nil},                  // half past eleven in Madrid, half past seven in Tokyo
		{"2027-01-04T23:00:00Z", []string{address(1)}}, // eight in Tokyo
		{"2027-01-05T06:59:59Z", []string{address(1)}}, // a second before eight in Madrid
		{"2027-01-05T07:00:00Z", []string{address(0), address(1), address(2)}},
	} {
		w.at(step.at)
		w.drain(s)
		if diff := cmp.Diff(step.want, slices.Sorted(maps.Keys(w.server.recipients()))); diff != "" {
			t.Errorf("at %s mail is there for (-want +got):\n%s", step.at, diff)
		}
	}
}

func TestWaitingForTheMorningIsNoAttempt(t *testing.T) {
	w := newWorld(t)
	w.quiet = night
	w.server.failures(address(0), failure{atRcpt: refusal(450)})
	w.invite(1)
	s := w.sender("one", w.store)
	for day := range 11 {
		w.at(monday.AddDate(0, 0, day).Format(time.RFC3339))
		w.drain(s)
	}
	w.server.failures(address(0), failure{})
	w.at("2027-01-14T22:00:00Z") // the night before the last attempt
	w.drain(s)
	w.at("2027-01-15T08:00:00Z")
	w.drain(s)
	if n, c := w.server.attempts[address(0)], w.counts(); n != 12 || c.Accepted != 1 {
		t.Errorf("%d attempts, want 12; counts: %+v, want one accepted", n, c)
	}
}

func TestMailThatNobodyMayGetBeforeTheWaveClosesIsCancelled(t *testing.T) {
	w := newWorld(t)
	w.quiet = night
	w.invite(1)
	w.at("2027-01-17T21:00:00Z") // the night before it closes at nine; then the operator is down until ten
	s := w.sender("one", w.store)
	w.drain(s)
	w.at("2027-01-18T10:00:00Z")
	w.drain(s)
	if c := w.counts(); c.Cancelled != 1 || len(w.server.recipients()) != 0 {
		t.Errorf("counts: %+v, want one that was cancelled", c)
	}
}

// slow lets so many through, and the next one in an hour.
func slow(burst int) *rate.Limiter { return rate.NewLimiter(rate.Every(time.Hour), burst) }

func TestNoMoreMailGoesOutThanTheChannelsRateAllows(t *testing.T) {
	w := newWorld(t)
	w.invite(20)
	w.route.Rate = slow(5)
	s := w.sender("one", w.store)
	if n, err := s.Once(t.Context()); n != 5 || err != nil {
		t.Errorf("%d mails were dealt with (%v), want 5", n, err)
	}
	if n := len(w.server.recipients()); n != 5 {
		t.Errorf("%d mails went out, want 5", n)
	}
	// What had to wait is not lost, and is nobody's for ever.
	w.route.Rate = slow(100)
	w.clock.Step(10 * time.Minute)
	w.drain(s)
	if c := w.counts(); c.Accepted != 20 {
		t.Errorf("counts: %+v, want 20 accepted", c)
	}
}

// Its lease would end while the mail is being sent, and another process would take the attempt for dead.
func TestNothingIsBegunWhenTheLeaseIsAboutToEnd(t *testing.T) {
	w := newWorld(t)
	w.invite(1)
	w.route.Channel = channelFunc(func() store.Sent { t.Error("it was sent"); return store.Sent{Result: store.SentAccepted} })
	s := w.sender("one", w.store)
	links := s.Links
	s.Links = func(m store.Message) (delivery.Links, error) {
		w.clock.Step(4 * time.Minute) // the machine stood still
		return links(m)
	}
	if n, err := s.Once(t.Context()); n != 0 || err != nil {
		t.Errorf("%d mails were dealt with (%v), want 0", n, err)
	}
}

// late is a roster that takes four minutes over the second question: that after the wait for the rate.
type late struct {
	*world
	asked *int
}

func (l late) Route(program, channel string) (delivery.Route, bool) {
	if *l.asked++; *l.asked == 2 {
		l.clock.Step(4 * time.Minute)
	}
	return l.world.Route(program, channel)
}

func TestNothingIsBegunWhenFindingTheChannelTookTheRestOfTheLease(t *testing.T) {
	w := newWorld(t)
	w.invite(1)
	w.route.Channel = channelFunc(func() store.Sent { t.Error("it was sent"); return store.Sent{Result: store.SentAccepted} })
	s := w.sender("one", w.store)
	asked := 0
	s.Roster = late{w, &asked}
	if n, err := s.Once(t.Context()); n != 0 || err != nil || asked != 2 {
		t.Errorf("%d mails were dealt with (%v) after %d questions, want 0 after 2", n, err, asked)
	}
}

type channelFunc func() store.Sent

func (f channelFunc) Send(context.Context, store.Message, delivery.Letter) store.Sent { return f() }

// without has no channel of the world's: its Secret is gone, for instance.
type without struct{ *world }

func (without) Route(string, string) (delivery.Route, bool) { return delivery.Route{}, false }

func TestMailWaitsForAChannelAsLongAsItTakes(t *testing.T) {
	w := newWorld(t)
	w.invite(1)
	s := w.sender("one", w.store)
	s.Roster = without{w}
	for range 50 {
		w.drain(s)
		w.clock.Step(10 * time.Minute)
	}
	s.Roster = w
	w.drain(s)
	if n := w.server.recipients()[address(0)]; n != 1 {
		t.Errorf("%d mails once the channel is there, want 1", n)
	}
}

// two are the world's program with a channel that blocks until the test ends, and a second program that has nothing to send.
type two struct {
	*world
	asked chan string
}

func (two) Programs() []string { return []string{"other", programID} }

// ClaimMessages blocks for the other program, as a slow channel would.
func (q two) ClaimMessages(ctx context.Context, worker string, programs []string, limit int, lease time.Duration) ([]store.Message, error) {
	if programs[0] == "other" {
		q.asked <- programs[0]
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return q.world.store.ClaimMessages(ctx, worker, programs, limit, lease)
}

func (q two) BeginSending(ctx context.Context, worker string, m store.Message) (bool, error) {
	return q.world.store.BeginSending(ctx, worker, m)
}

func (q two) SettleMessage(ctx context.Context, worker string, m store.Message, outcome store.Sent) error {
	return q.world.store.SettleMessage(ctx, worker, m, outcome)
}

func (q two) Stranded(ctx context.Context, programs []string, limit int) ([]store.Message, error) {
	return q.world.store.Stranded(ctx, programs, limit)
}

func TestAProgramThatIsSlowHoldsUpNobodyElse(t *testing.T) {
	w := newWorld(t)
	w.invite(1)
	sent := make(chan bool, 1)
	w.route.Channel = channelFunc(func() store.Sent { sent <- true; return store.Sent{Result: store.SentAccepted} })
	both := two{world: w, asked: make(chan string, 1)}
	s := w.sender("one", both)
	s.Roster = both
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	<-both.asked // and it never comes back
	<-sent
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if c := w.counts(); c.Accepted != 1 {
		t.Errorf("counts: %+v: what was begun must be seen to its end", c)
	}
}

func TestFailuresAreReportedOnceForAllMailsWithoutAnybodysAddress(t *testing.T) {
	w := newWorld(t)
	w.invite(3)
	for n := range 3 {
		w.server.failures(address(n), failure{atRcpt: refusal(450)})
	}
	w.drain(w.sender("one", w.store))
	if len(w.reported) != 1 {
		t.Fatalf("%d reports, want 1: %v", len(w.reported), w.reported)
	}
	said := w.reported[0].Error()
	if !strings.Contains(said, "450") || !strings.Contains(said, "3 mails") {
		t.Errorf("said %q, want how many, and the server's answer", said)
	}
	for _, secret := range []string{"secret words", "@", fmt.Sprint(w.server.port)} {
		if strings.Contains(said, secret) {
			t.Errorf("%q is in %q", secret, said)
		}
	}
}
