// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
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
	// RootCAs and ServerName are for tests and private authorities; nil and empty mean the system's and Host.
	TLSConfig *tls.Config
}

// smtpTimeout bounds each command.
const smtpTimeout = 30 * time.Second

// idleConnections is how many connections are kept for the next mail.
const idleConnections = 8

// SMTP sends mails through one server. It is safe for concurrent use.
type SMTP struct {
	config SMTPConfig
	domain string
	client *gomail.Client
	idle   chan *smtp.Client
}

// NewSMTP checks a configuration. Nothing is dialled yet.
func NewSMTP(config SMTPConfig, dialer Dialer) (*SMTP, error) {
	from, err := netmail.ParseAddress(config.From)
	if err != nil {
		return nil, fmt.Errorf("from %q is no address: write feedback@example.com, or Example <feedback@example.com>", config.From)
	}
	options := []gomail.Option{
		gomail.WithPort(config.Port), gomail.WithTimeout(smtpTimeout), gomail.WithDialContextFunc(dialer.DialContext),
		gomail.WithoutNoop(),
	}
	switch config.TLS {
	case cxv1.TLSImplicit:
		options = append(options, gomail.WithSSL())
		options = append(options, gomail.WithDialContextFunc(implicitTLS(config, dialer)))
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
	return &SMTP{config: config, domain: domain, client: client, idle: make(chan *smtp.Client, idleConnections)}, nil
}

// implicitTLS dials and shakes hands at once: a dialer of one's own replaces the library's.
func implicitTLS(config SMTPConfig, dialer Dialer) gomail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		settings := &tls.Config{ServerName: config.Host, MinVersion: tls.VersionTLS12}
		if config.TLSConfig != nil {
			settings = config.TLSConfig.Clone()
		}
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
		select {
		case idle := <-s.idle:
			if idle.Noop() == nil {
				return idle, nil
			}
			_ = idle.Close() // the server ended it meanwhile
		default:
			return s.client.DialToSMTPClientWithContext(ctx)
		}
	}
}

func (s *SMTP) keep(connection *smtp.Client) {
	select {
	case s.idle <- connection:
	default:
		_ = connection.Quit() // enough are kept
	}
}

// Close ends the connections that are kept.
func (s *SMTP) Close() {
	for {
		select {
		case idle := <-s.idle:
			_ = idle.Quit() // nothing is under way on it
		default:
			return
		}
	}
}

// compose writes the mail. Its Message-ID is always the same for the same invitation or reminder, so that servers that know
// it may drop a repetition.
func (s *SMTP) compose(message store.Message, letter Letter) (*gomail.Msg, error) {
	mail := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := errors.Join(mail.From(s.config.From), mail.AddToFormat(oneLine(message.Contact.Name), message.Contact.Address)); err != nil {
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
	case sent.Code >= 500 && failure.Reason == gomail.ErrSMTPRcptTo:
		sent.Result = store.SentBounced
	case sent.Code >= 500 && (failure.Reason == gomail.ErrSMTPData || failure.Reason == gomail.ErrSMTPDataClose):
		sent.Result = store.SentFailed // the mail is refused, not the address
	case sent.Code == 0 && failure.Reason == gomail.ErrSMTPDataClose:
		sent.Result = store.SentAmbiguous
	default:
		sent.Result = store.SentLater
	}
	return sent
}

func codeOf(err error) int {
	var failure *gomail.SendError
	if errors.As(err, &failure) {
		return failure.ErrorCode()
	}
	return 0
}
