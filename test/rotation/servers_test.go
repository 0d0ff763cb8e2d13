// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package rotation_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// certificate is that of the mail server, good for 127.0.0.1.
var certificate tls.Certificate

// What the other side takes: what was good before, what is good now, or both for a while.
const (
	before = "before"
	now    = "now"
)

// other is the other side: a server that takes what comes with a secret that is good, and counts.
type other struct {
	mu   sync.Mutex
	good []string
	// taken counts by what it was that came, so that nothing may count more than 1; by counts by the secret that it came with.
	taken, by map[string]int
	// refused counts what came with a secret that was not good, or with none.
	refused int
	// open are the conversations that are logged in, by secret.
	open map[string]int
}

func newOther() other {
	return other{good: []string{before}, taken: map[string]int{}, by: map[string]int{}, open: map[string]int{}}
}

// accepts makes these secrets the good ones, also for who has shown another one already.
func (o *other) accepts(secrets ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.good = secrets
}

// knows says whether a secret is good, and counts when it is not.
func (o *other) knows(secret string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !slices.Contains(o.good, secret) {
		o.refused++
		return false
	}
	return true
}

func (o *other) took(what, secret string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.taken[what]++
	o.by[secret]++
}

func (o *other) came(secret string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.by[secret]
}

func (o *other) connected(secret string, more int) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open[secret] += more
	return o.open[secret]
}

// check demands that so many things came, each once, and that nothing was refused.
func (o *other) check(t *testing.T, name string, want int) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for what, n := range o.taken {
		if n != 1 {
			t.Errorf("%s: %s came %d times", name, what, n)
		}
	}
	if len(o.taken) != want || o.refused != 0 {
		t.Errorf("%s: %d came, want %d; %d were refused", name, len(o.taken), want, o.refused)
	}
	t.Logf("%s: %v by secret", name, o.by)
}

// post is a mail server with TLS and a login: the user is mailer, the password the secret.
type post struct {
	other
	port int32
}

func openPost(t *testing.T) *post {
	t.Helper()
	p := &post{other: newOther()}
	server := smtp.NewServer(p)
	server.Domain, server.TLSConfig = "localhost", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.port = int32(listener.Addr().(*net.TCPAddr).Port)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
		<-done
	})
	return p
}

// NewSession begins a conversation.
func (p *post) NewSession(*smtp.Conn) (smtp.Session, error) { return &conversation{post: p}, nil }

type conversation struct {
	post *post
	by   string
}

func (*conversation) Reset() {}

func (c *conversation) Logout() error {
	if c.by != "" {
		c.post.connected(c.by, -1)
	}
	return nil
}

func (*conversation) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *conversation) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != "mailer" || !c.post.knows(password) {
			return smtp.ErrAuthFailed
		}
		c.by = password
		c.post.connected(c.by, 1)
		return nil
	}), nil
}

func (c *conversation) Mail(string, *smtp.MailOptions) error {
	if !c.post.knows(c.by) {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (*conversation) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (c *conversation) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, m.Body); err != nil {
		return err
	}
	c.post.took(m.Header.Get("Message-ID"), c.by)
	return nil
}

// hooks take notices: Slack and Teams at an address that is a secret, and webhooks that are signed by one.
type hooks struct {
	slack, teams, web other
	url               string
}

func openHooks(t *testing.T) *hooks {
	t.Helper()
	h := &hooks{slack: newOther(), teams: newOther(), web: newOther()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /slack/{secret}", h.chat(&h.slack))
	mux.HandleFunc("POST /teams/{secret}", h.chat(&h.teams))
	mux.HandleFunc("POST /webhook", h.signed)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// chat knows a notice by its text: no two are alike here.
func (*hooks) chat(o *other) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		secret := r.PathValue("secret")
		if err != nil || !o.knows(secret) {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		o.took(string(body), secret)
	}
}

// signed verifies as Standard Webhooks says: any of the signatures may be the good one.
func (h *hooks) signed(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	id, at := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	secret := "unknown"
	for _, candidate := range []string{before, now} {
		mac := hmac.New(sha256.New, hookKey(candidate))
		mac.Write([]byte(id + "." + at + "." + string(body)))
		want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
		if slices.Contains(strings.Fields(r.Header.Get("webhook-signature")), want) {
			secret = candidate
		}
	}
	if _, number := strconv.ParseInt(at, 10, 64); err != nil || number != nil || id == "" || !h.web.knows(secret) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	h.web.took(id, secret)
}

// hookKey is the key that belongs to a secret, as long as Standard Webhooks demands.
func hookKey(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
