// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/utils/clock"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Queue is the part of the store that mail comes from.
type Queue interface {
	ClaimMessages(ctx context.Context, worker string, programs []string, limit int, lease time.Duration) ([]store.Message, error)
	BeginSending(ctx context.Context, worker string, message store.Message) (bool, error)
	SettleMessage(ctx context.Context, worker string, message store.Message, outcome store.Sent) error
	Stranded(ctx context.Context, programs []string, limit int) ([]store.Message, error)
}

// Waves tells what the mails of a wave say.
type Waves interface {
	PublishedWave(ctx context.Context, wave store.WaveKey) (store.PublishedWave, error)
}

// Linker makes the addresses in a mail.
type Linker func(message store.Message) (Links, error)

// Channel takes letters.
type Channel interface {
	Send(ctx context.Context, message store.Message, letter Letter) store.Sent
}

// Route is a channel of a program with its policies.
type Route struct {
	Channel Channel
	// Rate is shared by all mails of the channel.
	Rate *rate.Limiter
	// OnAmbiguous says what to do about attempts of which nobody knows the outcome.
	OnAmbiguous cxv1.AmbiguousPolicy
}

// Roster says for which programs mail may be sent, and how. The manager keeps it.
type Roster interface {
	// Programs for which sending is on. The operator sends nothing for any other.
	Programs() []string
	// Route finds a channel of a program; false when there is none of that name (any more).
	Route(programID, channel string) (Route, bool)
}

const (
	// lease is how long a claimed mail is nobody else's. An attempt takes attemptTime at most (see smtpTimeout), so none is begun
	// later than that before the lease ends: another process would take it for dead while it goes on.
	lease, attemptTime = 5 * time.Minute, 3 * time.Minute
	// batch is how many mails of a program are claimed at once, attempts how many of them are under way at once.
	batch, attempts = 64, 8
	// pollEvery is how often the queue is looked at while it is empty.
	pollEvery = time.Second
	// strandedEvery is how often attempts are looked for that died with their process.
	strandedEvery = time.Minute
	// maxAttempts is after how many temporary refusals a mail is given up: after 16 to 20 hours.
	maxAttempts = 12
	// longestBackoff bounds the time to the next attempt.
	longestBackoff = 4 * time.Hour
	// noChannelAgain is when mail is looked at again whose channel cannot be used.
	noChannelAgain = 5 * time.Minute
)

// Sender sends what is due, until its context ends.
type Sender struct {
	Queue  Queue
	Waves  Waves
	Roster Roster
	Links  Linker
	Clock  clock.WithTicker
	// Worker names this process among those that share a store.
	Worker string
	// Report is told about failures; never with an address in it.
	Report func(error)
	// Observe is told what became of each attempt; nil: nobody is.
	Observe func(store.SentResult)
}

// Run sends until ctx ends. Attempts under way are finished. Each program's mail goes out by itself: one with a long queue and a
// slow channel holds up nobody else.
func (s *Sender) Run(ctx context.Context) error {
	poll := s.Clock.NewTicker(pollEvery)
	defer poll.Stop()
	var all sync.WaitGroup
	defer all.Wait()
	var busy sync.Map
	var strandedAt time.Time
	for {
		if now := s.Clock.Now(); now.Sub(strandedAt) >= strandedEvery {
			strandedAt = now
			s.note(s.SettleStranded(ctx))
		}
		for _, program := range s.Roster.Programs() {
			if _, already := busy.LoadOrStore(program, true); !already {
				all.Go(func() {
					defer busy.Delete(program)
					s.drain(ctx, program)
				})
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-poll.C():
		}
	}
}

// drain sends until nothing of a program is due.
func (s *Sender) drain(ctx context.Context, program string) {
	for {
		sent, err := s.once(ctx, program)
		s.note(err)
		if sent == 0 || err != nil || ctx.Err() != nil {
			return
		}
	}
}

func (s *Sender) note(err error) {
	if err != nil && s.Report != nil && !errors.Is(err, context.Canceled) {
		s.Report(err)
	}
}

// Once claims one batch of each program, deals with its mails, and says with how many.
func (s *Sender) Once(ctx context.Context) (int, error) {
	var sent int
	var errs []error
	for _, program := range s.Roster.Programs() {
		n, err := s.once(ctx, program)
		sent, errs = sent+n, append(errs, err)
	}
	return sent, errors.Join(errs...)
}

// once leaves alone what has to wait for the channel's rate: that is not counted, and its lease ends by itself.
func (s *Sender) once(ctx context.Context, program string) (int, error) {
	messages, err := s.Queue.ClaimMessages(ctx, s.Worker, []string{program}, batch, lease)
	if err != nil {
		return 0, fmt.Errorf("claiming mail: %w", err)
	}
	r := &round{Sender: s, begunBy: s.Clock.Now().Add(lease - attemptTime), refused: map[refusal]int{}}
	r.letters.waves = s.Waves
	// Waiting for the rate ends with ctx, and when it is too late to begin.
	waiting, stop := context.WithTimeout(ctx, lease-attemptTime)
	defer stop()
	slots := make(chan struct{}, attempts)
	errs := make([]error, len(messages))
	var all sync.WaitGroup
	for i, message := range messages {
		if ctx.Err() != nil {
			break // the lease ends by itself
		}
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			// An attempt that began is seen to its end, also when the process is told to stop.
			errs[i] = r.attempt(waiting, context.WithoutCancel(ctx), message)
		})
	}
	all.Wait()
	s.note(r.failures(program))
	return int(r.handled.Load()), errors.Join(errs...)
}

// round is one batch of one program.
type round struct {
	*Sender
	letters letterbox
	// begunBy is when it is too late to begin an attempt: the lease is about to end.
	begunBy time.Time
	handled atomic.Int64

	mu      sync.Mutex
	refused map[refusal]int
}

// refusal is what became of mails that did not go out.
type refusal struct {
	result store.SentResult
	code   int
}

// attempt sends one mail. waiting bounds the wait for the channel's rate; finish does not end before the attempt does.
func (r *round) attempt(waiting, finish context.Context, message store.Message) error {
	mail, err := r.letters.mail(finish, message.Wave)
	if err != nil {
		return err // the lease ends by itself, and the mail is tried again
	}
	now := r.Clock.Now()
	if until := mail.quiet.Next(now, audience.Zone(message.Contact.TimeZone, mail.TimeZone)); until.After(now) {
		return r.putOff(finish, message, until)
	}
	route, ok := r.Roster.Route(message.Wave.ProgramID, mail.Channel)
	if !ok {
		return r.putOff(finish, message, now.Add(scattered(noChannelAgain, message)))
	}
	letter, err := r.write(mail, message)
	if err != nil {
		r.handled.Add(1)
		return errors.Join(err, r.settle(finish, message, store.Sent{Result: store.SentFailed}))
	}
	if route, ok = r.turn(waiting, route, message.Wave.ProgramID, mail.Channel); !ok {
		return nil // nothing has begun
	}
	r.handled.Add(1)
	begun, err := r.Queue.BeginSending(finish, r.Worker, message)
	if err != nil || !begun {
		return err
	}
	outcome := route.Channel.Send(finish, message, letter)
	r.noteOutcome(outcome)
	if outcome.Result == store.SentAmbiguous && route.OnAmbiguous == cxv1.AmbiguousRetry {
		outcome.Result = store.SentLater
	}
	return r.settle(finish, message, outcome)
}

// turn waits for a channel's rate, and finds the channel as it is then: the wait may have been long, and the channel may have
// another login by now, or be out of use. The clock is looked at last: nothing that takes time may come between it and the attempt.
func (r *round) turn(waiting context.Context, route Route, program, channel string) (Route, bool) {
	if err := route.Rate.Wait(waiting); err != nil {
		return Route{}, false
	}
	route, ok := r.Roster.Route(program, channel)
	return route, ok && !r.Clock.Now().After(r.begunBy)
}

func (r *round) write(mail Mail, message store.Message) (Letter, error) {
	links, err := r.Links(message)
	if err != nil {
		return Letter{}, fmt.Errorf("making the links of a mail: %w", err)
	}
	return Render(mail, message, links)
}

// putOff gives a mail back to the queue. It is no attempt: nothing was begun.
func (r *round) putOff(ctx context.Context, message store.Message, until time.Time) error {
	r.handled.Add(1)
	return r.record(ctx, message, store.Sent{Result: store.SentLater, RetryAt: until})
}

func (s *Sender) observe(result store.SentResult) {
	if s.Observe != nil {
		s.Observe(result)
	}
}

func (r *round) noteOutcome(outcome store.Sent) {
	r.observe(outcome.Result)
	if outcome.Result != store.SentAccepted && outcome.Result != store.SentBounced {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.refused[refusal{outcome.Result, outcome.Code}]++
	}
}

// failures says once for all mails of a round what did not go out: a wrong password is seen here and nowhere else.
func (r *round) failures(program string) error {
	var errs []error
	for what, n := range r.refused {
		errs = append(errs, fmt.Errorf("%d mails of program %s were not taken (%s): the channel's answer was %d, 0 for none", n, program,
			what.result, what.code))
	}
	return errors.Join(errs...)
}

func (s *Sender) settle(ctx context.Context, message store.Message, outcome store.Sent) error {
	if outcome.Result == store.SentLater {
		if message.Attempt >= maxAttempts {
			outcome.Result = store.SentFailed
		} else {
			outcome.RetryAt = s.Clock.Now().Add(backoff(message))
		}
	}
	return s.record(ctx, message, outcome)
}

func (s *Sender) record(ctx context.Context, message store.Message, outcome store.Sent) error {
	if err := s.Queue.SettleMessage(ctx, s.Worker, message, outcome); err != nil {
		return fmt.Errorf("recording what became of a mail of wave %s-%s: %w", message.Wave.Survey, message.Wave.Slot, err)
	}
	return nil
}

// SettleStranded decides about attempts whose process died: nobody knows what became of them. Run does it by itself.
func (s *Sender) SettleStranded(ctx context.Context) error {
	stranded, err := s.Queue.Stranded(ctx, s.Roster.Programs(), batch)
	if err != nil {
		return fmt.Errorf("looking for mail that was being sent when a process died: %w", err)
	}
	letters := letterbox{waves: s.Waves}
	var errs []error
	for _, message := range stranded {
		s.observe(store.SentAmbiguous)
		outcome := store.Sent{Result: store.SentAmbiguous}
		if mail, err := letters.mail(ctx, message.Wave); err == nil {
			if route, ok := s.Roster.Route(message.Wave.ProgramID, mail.Channel); ok && route.OnAmbiguous == cxv1.AmbiguousRetry {
				outcome.Result = store.SentLater
			}
		}
		errs = append(errs, s.settle(ctx, message, outcome))
	}
	return errors.Join(errs...)
}

// letterbox keeps what the mails of a batch's waves say.
type letterbox struct {
	waves Waves
	mu    sync.Mutex
	known map[store.WaveKey]Mail
}

func (l *letterbox) mail(ctx context.Context, wave store.WaveKey) (Mail, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if mail, ok := l.known[wave]; ok {
		return mail, nil
	}
	published, err := l.waves.PublishedWave(ctx, wave)
	if err != nil {
		return Mail{}, fmt.Errorf("reading wave %s-%s: %w", wave.Survey, wave.Slot, err)
	}
	mail, err := ParseMail(published.Mail)
	if err != nil {
		return Mail{}, err
	}
	if l.known == nil {
		l.known = map[store.WaveKey]Mail{}
	}
	l.known[wave] = mail
	return mail, nil
}

// backoff doubles from one minute, shifted a little for each mail so that they do not all come back at once.
func backoff(message store.Message) time.Duration {
	return scattered(min(time.Minute<<min(message.Attempt-1, maxAttempts), longestBackoff), message)
}

func scattered(wait time.Duration, message store.Message) time.Duration {
	return wait + wait*time.Duration(message.Link.ID[0])/1024
}

// MessageID is the part before the @ of a mail's Message-ID: always the same for the same invitation or reminder, and no clue
// to the link.
func MessageID(message store.Message) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "message-id\n%x\n%s\n%d", message.Link.ID, message.Kind, message.Number))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}
