// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// PostOffice is a real mail server that keeps what it takes, by recipient, and refuses some.
type PostOffice struct {
	address string

	mu      sync.Mutex
	letters map[string][]string
	refuse  map[string]*smtp.SMTPError
	// after is how many letters it takes while it is held; held is closed when it takes all again.
	after int
	held  chan struct{}
}

// OpenPostOffice opens one on a port of its own until the test ends.
func OpenPostOffice(t testing.TB) *PostOffice {
	t.Helper()
	return OpenPostOfficeAt(t, "127.0.0.1:0")
}

// OpenPostOfficeAt opens one at an address until the test ends.
func OpenPostOfficeAt(t testing.TB, address string) *PostOffice {
	t.Helper()
	p := &PostOffice{letters: map[string][]string{}, refuse: map[string]*smtp.SMTPError{}}
	server := smtp.NewServer(p)
	server.Domain = "localhost"
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	p.address = listener.Addr().String()
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
		_ = listener.Close() // Close does not know it when the test ends before Serve begins, and Serve would never end
		<-done
	})
	return p
}

// Channel is the way to it.
func (p *PostOffice) Channel(t testing.TB) cxv1.ContactChannel {
	t.Helper()
	host, text, err := net.SplitHostPort(p.address)
	port, perr := strconv.ParseInt(text, 10, 32)
	if err := errors.Join(err, perr); err != nil {
		t.Fatal(err)
	}
	return cxv1.ContactChannel{Name: Channel, SMTP: &cxv1.SMTPChannel{
		Host: host, Port: new(int32(port)), TLS: cxv1.TLSNone, From: "Example Retail <feedback@retail.example>", RatePerMinute: new(int32(6000)),
	}}
}

// Refuse lets every attempt for an address fail.
func (p *PostOffice) Refuse(address string, with *smtp.SMTPError) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse[address] = with
}

// Hold lets it take so many letters and no more, until the returned function is called: who brings another one waits.
func (p *PostOffice) Hold(after int) (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	held := make(chan struct{})
	p.after, p.held = after, held
	return sync.OnceFunc(func() { close(held) })
}

// wait is over when it takes another letter.
func (p *PostOffice) wait() {
	p.mu.Lock()
	held, taken := p.held, 0
	for _, letters := range p.letters {
		taken += len(letters)
	}
	full := held != nil && taken >= p.after
	p.mu.Unlock()
	if full {
		<-held
	}
}

// To are the letters to an address, soft line breaks taken out.
func (p *PostOffice) To(address string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.letters[address]...)
}

// Counts is how many letters each address got.
func (p *PostOffice) Counts() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := map[string]int{}
	for address, letters := range p.letters {
		counts[address] = len(letters)
	}
	return counts
}

// NewSession begins a conversation.
func (p *PostOffice) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &conversation{office: p}, nil
}

type conversation struct {
	office *PostOffice
	to     string
}

func (*conversation) Reset()                               {}
func (*conversation) Logout() error                        { return nil }
func (*conversation) Mail(string, *smtp.MailOptions) error { return nil }

func (c *conversation) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.to = to
	if refusal := c.office.refuse[to]; refusal != nil {
		return refusal
	}
	return nil
}

func (c *conversation) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.office.wait()
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.office.letters[c.to] = append(c.office.letters[c.to], strings.ReplaceAll(string(text), "=\r\n", ""))
	return nil
}
