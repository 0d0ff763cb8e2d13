// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/store"
)

const password = "correct-horse-battery"

// certificate is good for 127.0.0.1, for whoever trusts the pool.
func certificate() (tls.Certificate, *x509.CertPool) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	trusted := x509.NewCertPool()
	trusted.AddCert(s.Certificate())
	return s.TLS.Certificates[0], trusted
}

// secure makes a server speak TLS, after STARTTLS or from the first byte on, and ask for the password.
func secure(of tls.Certificate, mode cxv1.TLSMode) func(*server) {
	return func(s *server) {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{of}, MinVersion: tls.VersionTLS12}
		s.implicit, s.password = mode == cxv1.TLSImplicit, password
		s.ErrorLog = quiet{} // handshakes that fail, and are meant to
	}
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func secureChannel(t *testing.T, s *server, mode cxv1.TLSMode, trusted *x509.CertPool, name, login string) *delivery.SMTP {
	t.Helper()
	config := delivery.SMTPConfig{
		Host: s.host, Port: s.port, TLS: mode, From: "feedback@example.com", Username: "mailer", Password: login,
		TLSConfig: &tls.Config{RootCAs: trusted, ServerName: name, MinVersion: tls.VersionTLS12},
	}
	if login == "" {
		config.Username = ""
	}
	c, err := delivery.NewSMTP(config, localhost(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestMailGoesThroughTLSToAServerThatIsWhoItSaysAndKnowsUs(t *testing.T) {
	cert, trusted := certificate()
	for _, mode := range []cxv1.TLSMode{cxv1.TLSStartTLS, cxv1.TLSImplicit} {
		for name, tc := range map[string]struct {
			trusted     *x509.CertPool
			name, login string
			want        store.Sent
		}{
			"with all that is needed":                   {trusted, "127.0.0.1", password, store.Sent{Result: store.SentAccepted}},
			"a certificate of an unknown authority":     {x509.NewCertPool(), "127.0.0.1", password, store.Sent{Result: store.SentLater}},
			"a certificate for another name":            {trusted, "mail.example.org", password, store.Sent{Result: store.SentLater}},
			"a wrong password":                          {trusted, "127.0.0.1", "wrong", store.Sent{Result: store.SentLater, Code: 535}},
			"no password where the server asks for one": {trusted, "127.0.0.1", "", store.Sent{Result: store.SentLater, Code: 502}},
		} {
			t.Run(string(mode)+", "+name, func(t *testing.T) {
				s := startServer(t, secure(cert, mode))
				c := secureChannel(t, s, mode, tc.trusted, tc.name, tc.login)
				got := c.Send(t.Context(), messageTo("customer-01@example.org"), aLetter)
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				taken := s.recipients()["customer-01@example.org"]
				if want := tc.want.Result == store.SentAccepted; taken != map[bool]int{true: 1}[want] {
					t.Errorf("the server took %d mails", taken)
				}
			})
		}
	}
}

// The library leaves the connection open when TLS or the login fails: every attempt would hold one more.
func TestAConnectionThatServesNothingIsClosed(t *testing.T) {
	s := startServer(t) // which offers no TLS
	c := secureChannel(t, s, cxv1.TLSStartTLS, nil, "127.0.0.1", "")
	if got := c.Send(t.Context(), messageTo("customer-01@example.org"), aLetter); got.Result != store.SentLater {
		t.Errorf("sent: %+v", got)
	}
	<-s.left
}

func TestAWrongPasswordIsReportedAndNotSaid(t *testing.T) {
	cert, trusted := certificate()
	w := newWorld(t)
	w.server = startServer(t, secure(cert, cxv1.TLSStartTLS))
	const wrong = "incorrect-horse-battery"
	w.route.Channel = secureChannel(t, w.server, cxv1.TLSStartTLS, trusted, "127.0.0.1", wrong)
	w.invite(2)
	w.drain(w.sender("one", w.store))
	said := errors.Join(w.reported...).Error()
	if len(w.reported) != 1 || !strings.Contains(said, "535") {
		t.Errorf("%d reports, want one with 535: %s", len(w.reported), said)
	}
	if strings.Contains(said, wrong) || strings.Contains(said, "mailer") {
		t.Errorf("the login is in %q", said)
	}
	if c := w.counts(); c.Queued != 2 {
		t.Errorf("counts: %+v, want two that wait", c)
	}
}

// One wrong setting must not mark everybody's address as invalid.
func TestAServerThatRefusesUsSaysNothingAboutTheAddress(t *testing.T) {
	for name, answer := range map[string]*smtp.SMTPError{
		"by its code":  {Code: 554, EnhancedCode: [3]int{5, 7, 1}, Message: "Access denied"},
		"by its words": {Code: 554, EnhancedCode: smtp.NoEnhancedCode, Message: "Relay not permitted"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t)
			s.failures("customer-01@example.org", failure{atRcpt: answer})
			got := channel(t, s).Send(t.Context(), messageTo("customer-01@example.org"), aLetter)
			if diff := cmp.Diff(store.Sent{Result: store.SentFailed, Code: 554}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
