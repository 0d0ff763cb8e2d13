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
	"time"

	"golang.org/x/time/rate"
	"k8s.io/utils/clock"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
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
	// lease is how long a claimed mail is nobody else's; longer than any attempt takes.
	lease = 3 * time.Minute
	// batch is how many mails are claimed at once, attempts how many are under way at once.
	batch, attempts = 64, 8
	// pollEvery is how often the queue is looked at while it is empty.
	pollEvery = time.Second
	// strandedEvery is how often attempts are looked for that died with their process.
	strandedEvery = time.Minute
	// maxAttempts is after how many temporary refusals a mail is given up: a bit more than a day.
	maxAttempts = 12
	// longestBackoff bounds the time to the next attempt.
	longestBackoff = 4 * time.Hour
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
}

// Run sends until ctx ends. Attempts under way are finished.
func (s *Sender) Run(ctx context.Context) error {
	poll := s.Clock.NewTicker(pollEvery)
	defer poll.Stop()
	var strandedAt time.Time
	for {
		if now := s.Clock.Now(); now.Sub(strandedAt) >= strandedEvery {
			strandedAt = now
			s.note(s.SettleStranded(ctx))
		}
		sent, err := s.Once(ctx)
		s.note(err)
		if sent > 0 && err == nil && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-poll.C():
		}
	}
}

func (s *Sender) note(err error) {
	if err != nil && s.Report != nil && !errors.Is(err, context.Canceled) {
		s.Report(err)
	}
}

// Once claims one batch, makes an attempt at each of its mails, and says how many that were.
func (s *Sender) Once(ctx context.Context) (int, error) {
	programs := s.Roster.Programs()
	if len(programs) == 0 {
		return 0, nil
	}
	messages, err := s.Queue.ClaimMessages(ctx, s.Worker, programs, batch, lease)
	if err != nil {
		return 0, fmt.Errorf("claiming mail: %w", err)
	}
	// An attempt that began is seen to its end, also when the process is told to stop.
	finish := context.WithoutCancel(ctx)
	slots := make(chan struct{}, attempts)
	errs := make([]error, len(messages))
	var all sync.WaitGroup
	letters := letterbox{waves: s.Waves}
	for i, message := range messages {
		if ctx.Err() != nil {
			break // the lease ends by itself
		}
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			errs[i] = s.attempt(ctx, finish, &letters, message)
		})
	}
	all.Wait()
	return len(messages), errors.Join(errs...)
}

// attempt sends one mail. ctx ends waiting; finish does not end before the attempt does.
func (s *Sender) attempt(ctx, finish context.Context, letters *letterbox, message store.Message) error {
	mail, err := letters.mail(finish, message.Wave)
	if err != nil {
		return err // the lease ends by itself, and the mail is tried again
	}
	route, ok := s.Roster.Route(message.Wave.ProgramID, mail.Channel)
	if !ok {
		return s.settle(finish, message, store.Sent{Result: store.SentLater})
	}
	letter, err := s.write(mail, message)
	if err != nil {
		return errors.Join(err, s.settle(finish, message, store.Sent{Result: store.SentFailed}))
	}
	if err := route.Rate.Wait(ctx); err != nil {
		return nil // told to stop while waiting: nothing has begun
	}
	begun, err := s.Queue.BeginSending(finish, s.Worker, message)
	if err != nil || !begun {
		return err
	}
	bounded, cancel := context.WithTimeout(finish, lease/2)
	defer cancel()
	outcome := route.Channel.Send(bounded, message, letter)
	if outcome.Result == store.SentAmbiguous && route.OnAmbiguous == cxv1.AmbiguousRetry {
		outcome.Result = store.SentLater
	}
	return s.settle(finish, message, outcome)
}

func (s *Sender) write(mail Mail, message store.Message) (Letter, error) {
	links, err := s.Links(message)
	if err != nil {
		return Letter{}, fmt.Errorf("making the links of a mail: %w", err)
	}
	return Render(mail, message, links)
}

func (s *Sender) settle(ctx context.Context, message store.Message, outcome store.Sent) error {
	if outcome.Result == store.SentLater {
		if message.Attempt >= maxAttempts {
			outcome.Result = store.SentFailed
		} else {
			outcome.RetryAt = s.Clock.Now().Add(backoff(message))
		}
	}
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
	mail, err := parseMail(published.Mail)
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
	wait := min(time.Minute<<min(message.Attempt-1, maxAttempts), longestBackoff)
	return wait + wait*time.Duration(message.Link.ID[0])/1024
}

// MessageID is the part before the @ of a mail's Message-ID: always the same for the same invitation or reminder, and no clue
// to the link.
func MessageID(message store.Message) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "message-id\n%x\n%s\n%d", message.Link.ID, message.Kind, message.Number))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}
