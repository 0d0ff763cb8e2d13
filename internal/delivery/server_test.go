// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// server is a real mail server that keeps what it takes and fails on request.
type server struct {
	*smtp.Server
	host string
	port int

	mu    sync.Mutex
	taken []*mail.Message
	// bodies are those of taken, raws all of it as it came.
	bodies, raws []string
	// attempts counts mails that were offered, by recipient.
	attempts map[string]int
	fail     map[string]failure
	// password is what everybody logs in with; empty without a login.
	password string
	// implicit is TLS from the first byte on.
	implicit bool
	// sessions are the conversations that began; left gets one for each that ended.
	sessions int
	left     chan bool
}

// failure is what the server does to mails for one recipient.
type failure struct {
	// atRcpt and atData are answers in place of yes.
	atRcpt, atData *smtp.SMTPError
	// cut breaks the connection: before the mail was read to its end, or after it was taken and before the answer.
	cutBefore, cutAfter bool
	// during is called while the mail is being taken.
	during func()
}

func startServer(t *testing.T, changes ...func(*server)) *server {
	t.Helper()
	s := &server{attempts: map[string]int{}, fail: map[string]failure{}, left: make(chan bool, 100)}
	s.Server = smtp.NewServer(s)
	s.Domain, s.MaxMessageBytes = "localhost", 1<<20
	for _, change := range changes {
		change(s)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	s.host = host
	if s.port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	serving := listener
	if s.implicit {
		serving = tls.NewListener(listener, s.TLSConfig)
		s.TLSConfig = nil // which would offer STARTTLS as well
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(serving) }()
	t.Cleanup(func() {
		// A test may have closed it, and the listener ends Serve also when it had not begun.
		if err := errors.Join(s.Close(), listener.Close()); err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		<-done
	})
	return s
}

// NewSession begins a conversation.
func (s *server) NewSession(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions++
	return &conversation{server: s, conn: c}, nil
}

func (s *server) login() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.password
}

// rotate makes another password the one that is good, also for who has logged in already.
func (s *server) rotate(password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.password = password
}

func (s *server) began() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

func (s *server) failures(address string, f failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail[address] = f
}

func (s *server) failureOf(address string) failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts[address]++
	return s.fail[address]
}

func (s *server) all() ([]*mail.Message, []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*mail.Message(nil), s.taken...), append([]string(nil), s.bodies...)
}

// recipients lists to whom mails were taken.
func (s *server) recipients() map[string]int {
	taken := map[string]int{}
	mails, _ := s.all()
	for _, m := range mails {
		to, err := mail.ParseAddress(m.Header.Get("To"))
		if err == nil {
			taken[to.Address]++
		}
	}
	return taken
}

type conversation struct {
	server *server
	conn   *smtp.Conn
	// by is the password of the login.
	by  string
	now failure
}

func (c *conversation) Reset() {}

func (c *conversation) Logout() error {
	c.server.left <- true
	return nil
}

// AuthMechanisms and Auth take the server's password, and nobody who comes without.
func (c *conversation) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *conversation) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != "mailer" || password != c.server.login() {
			return smtp.ErrAuthFailed
		}
		c.by = password
		return nil
	}), nil
}

func (c *conversation) Mail(string, *smtp.MailOptions) error {
	if c.by != c.server.login() {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (c *conversation) Rcpt(to string, _ *smtp.RcptOptions) error {
	if c.now = c.server.failureOf(to); c.now.atRcpt != nil {
		return c.now.atRcpt
	}
	return nil
}

func (c *conversation) Data(r io.Reader) error {
	if c.now.during != nil {
		c.now.during()
	}
	if c.now.cutBefore {
		return errors.Join(io.ErrUnexpectedEOF, c.conn.Conn().Close())
	}
	var raw strings.Builder
	m, err := mail.ReadMessage(io.TeeReader(r, &raw))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(m.Body)
	if err != nil {
		return err
	}
	if c.now.atData != nil {
		return c.now.atData
	}
	c.server.mu.Lock()
	c.server.taken = append(c.server.taken, m)
	c.server.raws = append(c.server.raws, raw.String())
	c.server.bodies = append(c.server.bodies, strings.ReplaceAll(string(body), "=\r\n", ""))
	c.server.mu.Unlock()
	if c.now.cutAfter {
		return c.conn.Conn().Close()
	}
	return nil
}
