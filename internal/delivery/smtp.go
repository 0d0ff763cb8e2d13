// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Dialer opens connections; AllowList is one.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// SMTPConfig is a mail server and the sender's address.
type SMTPConfig struct {
	Host string
	Port int
	TLS  cxv1.TLSMode
	// From is the sender, ReplyTo where answers by mail go; empty means From.
	From, ReplyTo string
	// Username and Password log in; both empty means no login. Without TLS no login is tried.
	Username, Password string
	// TLSConfig is for tests and private authorities; nil trusts the system's authorities to vouch for Host.
	TLSConfig *tls.Config
}

// smtpTimeout bounds connecting, and the conversation about one mail. A server that takes longer to say yes leaves it
// unknown whether it took the mail, so this is generous; all three that an attempt may take (asking kept connections,
// connecting, sending) fit into attemptTime.
const smtpTimeout = time.Minute

// idleConnections is how many connections are kept for the next mail.
const idleConnections = 8

// SMTP sends mails through one server. It is safe for concurrent use.
type SMTP struct {
	config SMTPConfig
	domain string
	client *gomail.Client

	mu     sync.Mutex
	idle   []*smtp.Client
	closed bool
}

// NewSMTP checks a configuration. Nothing is dialled yet.
func NewSMTP(config SMTPConfig, dialer Dialer) (*SMTP, error) {
	from, err := netmail.ParseAddress(config.From)
	if err != nil {
		return nil, errors.New("from is no mail address: write the address alone, or NAME <ADDRESS>") // which is shown in a status
	}
	if config.ReplyTo != "" {
		if _, err := netmail.ParseAddress(config.ReplyTo); err != nil {
			return nil, errors.New("replyTo is no mail address: write the address alone, or leave it out")
		}
	}
	options := []gomail.Option{
		gomail.WithPort(config.Port), gomail.WithTimeout(smtpTimeout), gomail.WithDialContextFunc(noting(dialer.DialContext)),
		gomail.WithoutNoop(),
	}
	switch config.TLS {
	case cxv1.TLSImplicit:
		// To the library this is a connection that turns out to be encrypted: with WithSSL it would look for TLS of its own, find
		// none because we dial, and not log in.
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic),
			gomail.WithDialContextFunc(noting(implicitTLS(config, dialer))))
	case cxv1.TLSNone:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if config.TLSConfig != nil {
		options = append(options, gomail.WithTLSConfig(config.TLSConfig))
	}
	if config.Username != "" {
		if config.TLS == cxv1.TLSNone {
			return nil, errors.New("a password is not sent in the clear: set tls to StartTLS or Implicit, or remove secretRef")
		}
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(config.Username), gomail.WithPassword(config.Password))
	}
	client, err := gomail.NewClient(config.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("mail server %s: %w", config.Host, err)
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	return &SMTP{config: config, domain: domain, client: client}, nil
}

// implicitTLS dials and shakes hands at once: a dialer of one's own replaces the library's.
func implicitTLS(config SMTPConfig, dialer Dialer) gomail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		settings := &tls.Config{MinVersion: tls.VersionTLS12}
		if config.TLSConfig != nil {
			settings = config.TLSConfig.Clone()
		}
		settings.ServerName = cmp.Or(settings.ServerName, config.Host)
		secured := tls.Client(conn, settings)
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return secured, nil
	}
}

// Send hands one letter to the server and says what became of it. It never returns the server's words: they may hold
// anything, and would end up where people read them.
func (s *SMTP) Send(ctx context.Context, message store.Message, letter Letter) store.Sent {
	mail, err := s.compose(message, letter)
	if err != nil {
		return store.Sent{Result: store.SentBounced} // the address cannot be written down
	}
	connection, err := s.connection(ctx)
	if err != nil {
		return store.Sent{Result: store.SentLater, Code: codeOf(err)}
	}
	err = s.client.SendWithSMTPClient(connection, mail)
	if err == nil {
		s.keep(connection)
		return store.Sent{Result: store.SentAccepted}
	}
	// Never QUIT after a failure: on a mail that was cut short that would write its end, and the server would take it.
	_ = connection.Close() // the outcome is known or not whatever this says
	if mail.IsDelivered() {
		return store.Sent{Result: store.SentAccepted}
	}
	return outcomeOf(err)
}

func (s *SMTP) connection(ctx context.Context) (*smtp.Client, error) {
	for {
		idle := s.kept()
		if idle == nil {
			return s.dial(ctx)
		}
		if idle.Noop() == nil {
			return idle, nil
		}
		_ = idle.Close() // the server ended it meanwhile
	}
}

func (s *SMTP) kept() *smtp.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.idle) == 0 {
		return nil
	}
	last := s.idle[len(s.idle)-1]
	s.idle = s.idle[:len(s.idle)-1]
	return last
}

// dialled is the key under which a context has where to note the connection that was opened.
type dialled struct{}

func noting(dial gomail.DialContextFunc) gomail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if note, ok := ctx.Value(dialled{}).(*net.Conn); ok && err == nil {
			*note = conn
		}
		return conn, err
	}
}

// dial connects, encrypts and logs in. When one of the latter fails the library leaves the connection open, at every attempt.
func (s *SMTP) dial(ctx context.Context) (*smtp.Client, error) {
	var opened net.Conn
	client, err := s.client.DialToSMTPClientWithContext(context.WithValue(ctx, dialled{}, &opened))
	if err != nil && opened != nil {
		_ = opened.Close() // perhaps the server was faster
	}
	return client, err
}

// keep holds on to a connection for the next mail, unless enough are kept or the channel is out of use.
func (s *SMTP) keep(connection *smtp.Client) {
	s.mu.Lock()
	kept := !s.closed && len(s.idle) < idleConnections
	if kept {
		s.idle = append(s.idle, connection)
	}
	s.mu.Unlock()
	if !kept {
		quit(connection)
	}
}

// quit ends a connection on which nothing is under way, whether or not its server still listens: one that could not be told is
// left open by the library.
func quit(connection *smtp.Client) {
	if connection.Quit() != nil {
		_ = connection.Close()
	}
}

// Close takes the channel out of use: kept connections end now, those under way with their mail.
func (s *SMTP) Close() {
	s.mu.Lock()
	idle := s.idle
	s.idle, s.closed = nil, true
	s.mu.Unlock()
	for _, connection := range idle {
		quit(connection)
	}
}

// compose writes the mail. Its Message-ID is always the same for the same invitation or reminder, so that servers that know
// it may drop a repetition.
func (s *SMTP) compose(message store.Message, letter Letter) (*gomail.Msg, error) {
	mail := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	to, err := netmail.ParseAddress(message.Contact.Address)
	if err != nil || to.Address != message.Contact.Address {
		return nil, errors.New("the address is no address")
	}
	to.Name = oneLine(message.Contact.Name)
	mail.ToMailAddress(to)
	if err := mail.From(s.config.From); err != nil {
		return nil, err
	}
	if s.config.ReplyTo != "" {
		if err := mail.ReplyTo(s.config.ReplyTo); err != nil {
			return nil, err
		}
	}
	mail.SetMessageIDWithValue(MessageID(message) + "@" + s.domain)
	mail.Subject(letter.Subject)
	mail.SetGenHeader("Auto-Submitted", "auto-generated")
	if letter.Unsubscribe != "" {
		mail.SetGenHeader("List-Unsubscribe", "<"+letter.Unsubscribe+">")
		mail.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	mail.SetBodyString(gomail.TypeTextPlain, letter.Text)
	mail.AddAlternativeString(gomail.TypeTextHTML, letter.HTML)
	return mail, nil
}

// outcomeOf reads a failure. The one that matters: when the connection broke after the last byte of the mail was given and
// before the server answered, nobody knows.
func outcomeOf(err error) store.Sent {
	var failure *gomail.SendError
	if !errors.As(err, &failure) {
		return store.Sent{Result: store.SentLater}
	}
	sent := store.Sent{Code: failure.ErrorCode()}
	switch {
	case sent.Code >= 500:
		sent.Result = refusedAt(failure)
	case sent.Code == 0 && failure.Reason == gomail.ErrSMTPDataClose:
		sent.Result = store.SentAmbiguous
	default:
		sent.Result = store.SentLater
	}
	return sent
}

// refusedAt is what a refusal for good is about.
func refusedAt(failure *gomail.SendError) store.SentResult {
	switch failure.Reason {
	case gomail.ErrSMTPRcptTo:
		if aboutPolicy(failure) {
			return store.SentFailed
		}
		return store.SentBounced
	case gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		return store.SentFailed // the mail is refused, not the address
	}
	return store.SentLater // the sender is refused, or we have to log in: somebody will correct that
}

// aboutPolicy says that a server refuses us (a relay that is not allowed, a blocked sender) and says nothing about the address:
// RFC 3463, X.7, or in words by servers without such codes. One wrong setting must not mark all addresses as invalid.
func aboutPolicy(failure *gomail.SendError) bool {
	return strings.HasPrefix(failure.EnhancedStatusCode(), "5.7.") || strings.Contains(strings.ToLower(failure.Error()), "relay")
}

// codeOf is the server's answer to connecting or to logging in, 0 when there was none.
func codeOf(err error) int {
	var answer *textproto.Error
	if errors.As(err, &answer) {
		return answer.Code
	}
	return 0
}
