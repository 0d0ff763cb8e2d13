// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/time/rate"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Login is what a channel logs in with; empty for none.
type Login struct{ Username, Password string }

// Registry knows the channels of all programs for which sending is on. The zero value knows none; set its fields before use. It
// is safe for concurrent use.
type Registry struct {
	// Hosts that channels may reach.
	Hosts *AllowList
	// Folder is where file channels write; empty when there is none.
	Folder string

	mu       sync.Mutex
	programs map[string]map[string]built
	// changes counts what was begun for a program: a Set that took long must not undo what was asked for after it.
	changes map[string]int
	file    *File
}

// built is a channel with what it was built from, so that an unchanged one keeps its connections and its rate.
type built struct {
	route Route
	from  any
}

// smtpSource is what an SMTP channel depends on.
type smtpSource struct {
	config SMTPConfig
	secret cxv1.Ref
	rate   int32
}

// ErrLoginUnread is that of a login that may well be there and good, but could not be read just now.
var ErrLoginUnread = errors.New("it could not be read")

var _ Roster = (*Registry)(nil)

// Set makes the channels those of a program. login finds what a channel logs in with, by the name of its Secret. The result says
// of each channel that cannot be used, by its name, why not; the others are in use all the same. A login that is ErrLoginUnread
// leaves a channel that is otherwise unchanged with the login that it has: mail goes out also while the API server is away. So it
// does while login takes its time. If meanwhile there is another Set or a Remove of the program, that one holds.
func (r *Registry) Set(programID string, channels []cxv1.ContactChannel, login func(secret cxv1.Ref) (Login, error),
) (broken map[string]error) {
	change := r.begin(programID)
	broken, unused := r.put(programID, change, channels, r.logins(channels, login))
	hangUp(unused)
	return broken
}

// put is the part of Set that waits for nobody. unused are the channels that are in use no more.
func (r *Registry) put(programID string, change int, channels []cxv1.ContactChannel, login func(cxv1.Ref) (Login, error),
) (broken map[string]error, unused []*SMTP) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before, now := r.programs[programID], map[string]built{}
	broken = map[string]error{}
	for _, channel := range channels {
		b, err := r.build(channel, login, before[channel.Name])
		if err != nil {
			broken[channel.Name] = err
			continue
		}
		now[channel.Name] = b
	}
	if r.changes[programID] != change {
		return broken, nil
	}
	for name, old := range before {
		if smtp, ok := old.route.Channel.(*SMTP); ok && now[name].route.Channel != old.route.Channel {
			unused = append(unused, smtp)
		}
	}
	r.programs[programID] = now
	return broken, unused
}

// hangUp is called without the lock, too: a mail server may take its time to say goodbye.
func hangUp(unused []*SMTP) {
	for _, smtp := range unused {
		smtp.Close()
	}
}

// begin numbers a change of a program.
func (r *Registry) begin(programID string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.programs == nil {
		r.programs, r.changes = map[string]map[string]built{}, map[string]int{}
	}
	r.changes[programID]++
	return r.changes[programID]
}

// logins asks for all logins that are needed. It is called without the lock: the API server may take its time, and whoever sends
// needs the lock for each mail.
func (r *Registry) logins(channels []cxv1.ContactChannel, login func(cxv1.Ref) (Login, error)) func(cxv1.Ref) (Login, error) {
	type answer struct {
		login Login
		err   error
	}
	found := map[cxv1.Ref]answer{}
	for _, channel := range channels {
		if channel.SMTP == nil || channel.SMTP.SecretRef == "" || !r.allows(channel.SMTP.Host) {
			continue
		}
		secret := channel.SMTP.SecretRef
		if _, asked := found[secret]; !asked {
			l, err := login(secret)
			found[secret] = answer{l, err}
		}
	}
	return func(secret cxv1.Ref) (Login, error) { return found[secret].login, found[secret].err }
}

func (r *Registry) allows(host string) bool { return r.Hosts != nil && r.Hosts.Allows(host) }

// Remove forgets a program: nothing is sent for it any more.
func (r *Registry) Remove(programID string) { hangUp(r.drop(programID)) }

func (r *Registry) drop(programID string) (unused []*SMTP) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.changes[programID]; known {
		r.changes[programID]++
	}
	for _, old := range r.programs[programID] {
		if smtp, ok := old.route.Channel.(*SMTP); ok {
			unused = append(unused, smtp)
		}
	}
	delete(r.programs, programID)
	return unused
}

// Programs lists those for which sending is on, in order.
func (r *Registry) Programs() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.programs))
}

// Route finds a channel.
func (r *Registry) Route(programID, channel string) (Route, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b, ok := r.programs[programID][channel]
	return b.route, ok
}

func (r *Registry) build(channel cxv1.ContactChannel, login func(cxv1.Ref) (Login, error), before built) (built, error) {
	if channel.SMTP == nil {
		return r.buildFile(before)
	}
	spec := channel.SMTP
	if !r.allows(spec.Host) {
		return built{}, fmt.Errorf("host %s is %w: whoever runs the operator adds it with --allow-host", spec.Host, ErrNotAllowed)
	}
	source := smtpSource{
		config: SMTPConfig{Host: spec.Host, Port: int(orElse(spec.Port, 587)), TLS: spec.TLS, From: spec.From, ReplyTo: spec.ReplyTo},
		secret: spec.SecretRef, rate: orElse(spec.RatePerMinute, 600),
	}
	earlier, _ := before.from.(smtpSource)
	if err := source.logIn(login, earlier); err != nil {
		return built{}, err
	}
	route := Route{OnAmbiguous: spec.OnAmbiguousSend, Rate: before.route.Rate}
	if earlier.rate != source.rate {
		route.Rate = rate.NewLimiter(rate.Limit(float64(source.rate)/60), max(1, int(source.rate/60)))
	}
	if earlier == source {
		route.Channel = before.route.Channel
		return built{route: route, from: source}, nil
	}
	smtp, err := NewSMTP(source.config, r.Hosts)
	if err != nil {
		return built{}, err
	}
	route.Channel = smtp
	return built{route: route, from: source}, nil
}

// logIn fills in the login. That of before serves nobody else: not another server, and not under another name.
func (s *smtpSource) logIn(login func(cxv1.Ref) (Login, error), before smtpSource) error {
	if s.secret == "" {
		return nil
	}
	found, err := login(s.secret)
	if errors.Is(err, ErrLoginUnread) {
		kept := *s
		kept.config.Username, kept.config.Password = before.config.Username, before.config.Password
		kept.rate = before.rate
		if kept == before {
			found, err = Login{Username: before.config.Username, Password: before.config.Password}, nil
		}
	}
	s.config.Username, s.config.Password = found.Username, found.Password
	return err
}

func (r *Registry) buildFile(before built) (built, error) {
	if r.Folder == "" {
		return built{}, fmt.Errorf("this operator writes no files: whoever runs it sets --outbox-folder")
	}
	if before.from == any("file") {
		return before, nil
	}
	if r.file == nil {
		r.file = &File{Folder: r.Folder}
	}
	return built{route: Route{Channel: r.file, Rate: rate.NewLimiter(rate.Inf, 1)}, from: "file"}, nil
}

func orElse(value *int32, otherwise int32) int32 {
	if value == nil {
		return otherwise
	}
	return *value
}
