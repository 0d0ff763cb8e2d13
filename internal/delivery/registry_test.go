// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/time/rate"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/store"
)

// mailChannel is a channel to a server of the test's.
func mailChannel(s *server, changes ...func(*cxv1.SMTPChannel)) cxv1.ContactChannel {
	smtp := &cxv1.SMTPChannel{Host: s.host, Port: new(int32(s.port)), TLS: cxv1.TLSNone, From: "feedback@example.com"}
	for _, change := range changes {
		change(smtp)
	}
	return cxv1.ContactChannel{Name: "mail", SMTP: smtp}
}

// noLogin is for channels that need none.
func noLogin(cxv1.Ref) (delivery.Login, error) {
	return delivery.Login{}, errors.New("nobody asked for this")
}

func registry(t *testing.T) *delivery.Registry {
	t.Helper()
	return &delivery.Registry{Hosts: localhost(t), Folder: t.TempDir()}
}

func set(t *testing.T, r *delivery.Registry, channels ...cxv1.ContactChannel) {
	t.Helper()
	if broken := r.Set(programID, channels, noLogin); len(broken) > 0 {
		t.Fatal(broken)
	}
}

// sendBy sends a mail over a program's channel.
func sendBy(t *testing.T, r *delivery.Registry) {
	t.Helper()
	route, ok := r.Route(programID, "mail")
	if !ok {
		t.Fatal("there is no such channel")
	}
	if got := route.Channel.Send(t.Context(), messageTo("customer-01@example.org"), aLetter); got.Result != store.SentAccepted {
		t.Fatalf("sent: %+v", got)
	}
}

func TestAChannelThatDidNotChangeKeepsItsConnectionsAndItsRate(t *testing.T) {
	s, r := startServer(t), registry(t)
	set(t, r, mailChannel(s))
	sendBy(t, r)
	before, _ := r.Route(programID, "mail")
	set(t, r, mailChannel(s))
	sendBy(t, r)
	after, _ := r.Route(programID, "mail")
	if n := s.began(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
	if before.Rate != after.Rate {
		t.Error("it has a new rate: more mail goes out than it allows")
	}
}

func TestAChannelThatChangedIsBuiltAnewAndTheOldOneEnds(t *testing.T) {
	s, r := startServer(t), registry(t)
	set(t, r, mailChannel(s))
	sendBy(t, r)
	set(t, r, mailChannel(s, func(c *cxv1.SMTPChannel) { c.From = "hello@example.com" }))
	<-s.left
	sendBy(t, r)
	mails, _ := s.all()
	if from := mails[1].Header.Get("From"); from != "<hello@example.com>" {
		t.Errorf("from %s", from)
	}
	set(t, r) // it is removed
	<-s.left
	if _, ok := r.Route(programID, "mail"); ok {
		t.Error("a channel that was removed is there")
	}
	if diff := cmp.Diff([]string{programID}, r.Programs()); diff != "" {
		t.Errorf("programs (-want +got):\n%s", diff)
	}
	set(t, r, mailChannel(s))
	sendBy(t, r)
	r.Remove(programID)
	<-s.left
	if n := len(r.Programs()); n != 0 {
		t.Errorf("%d programs after the only one was removed", n)
	}
}

func TestAMailUnderWayEndsWellWhenItsChannelIsRemoved(t *testing.T) {
	s, r := startServer(t), registry(t)
	set(t, r, mailChannel(s))
	s.failures("customer-01@example.org", failure{during: func() { r.Remove(programID) }})
	sendBy(t, r)
	<-s.left // the connection is not kept for nobody
}

func TestARotatedPasswordIsUsedFromTheNextLookOn(t *testing.T) {
	s, r := startServer(t), registry(t)
	secret := delivery.Login{Username: "mailer", Password: "old-horse-battery"}
	var asked []cxv1.Ref
	look := func() delivery.Channel {
		t.Helper()
		broken := r.Set(programID, []cxv1.ContactChannel{mailChannel(s, func(c *cxv1.SMTPChannel) { c.TLS, c.SecretRef = cxv1.TLSStartTLS, "smtp-login" })},
			func(name cxv1.Ref) (delivery.Login, error) { asked = append(asked, name); return secret, nil })
		if len(broken) > 0 {
			t.Fatal(broken)
		}
		route, _ := r.Route(programID, "mail")
		return route.Channel
	}
	first := look()
	before, _ := r.Route(programID, "mail")
	if look() != first {
		t.Error("the same password builds a new channel")
	}
	secret.Password = "new-horse-battery"
	if look() == first {
		t.Error("the channel still logs in with the old password")
	}
	if after, _ := r.Route(programID, "mail"); after.Rate != before.Rate {
		t.Error("another login begins a new rate: more mail goes out than it allows")
	}
	if diff := cmp.Diff([]cxv1.Ref{"smtp-login", "smtp-login", "smtp-login"}, asked); diff != "" {
		t.Errorf("Secrets asked for (-want +got):\n%s", diff)
	}
}

// While the API server is away nothing is known of a Secret, and mail goes on. But a login goes to no other server, and to none that
// was given another Secret.
func TestALoginThatCannotBeReadJustNowStaysInUse(t *testing.T) {
	s := startServer(t)
	withLogin := func(c *cxv1.SMTPChannel) { c.TLS, c.SecretRef = cxv1.TLSStartTLS, "smtp-login" }
	good := func(cxv1.Ref) (delivery.Login, error) {
		return delivery.Login{Username: "mailer", Password: password}, nil
	}
	for name, tc := range map[string]struct {
		err    error
		change func(*cxv1.SMTPChannel)
		stays  bool
	}{
		"nothing else changed":  {delivery.ErrLoginUnread, func(*cxv1.SMTPChannel) {}, true},
		"another rate":          {delivery.ErrLoginUnread, func(c *cxv1.SMTPChannel) { c.RatePerMinute = new(int32(60)) }, true},
		"another server":        {delivery.ErrLoginUnread, func(c *cxv1.SMTPChannel) { c.Port = new(int32(2525)) }, false},
		"another Secret":        {delivery.ErrLoginUnread, func(c *cxv1.SMTPChannel) { c.SecretRef = "other-login" }, false},
		"the Secret is gone":    {errors.New(`there is no Secret "smtp-login"`), func(*cxv1.SMTPChannel) {}, false},
		"no more TLS than none": {delivery.ErrLoginUnread, func(c *cxv1.SMTPChannel) { c.TLS = cxv1.TLSNone }, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := registry(t)
			if broken := r.Set(programID, []cxv1.ContactChannel{mailChannel(s, withLogin)}, good); len(broken) > 0 {
				t.Fatal(broken)
			}
			broken := r.Set(programID, []cxv1.ContactChannel{mailChannel(s, withLogin, tc.change)}, func(cxv1.Ref) (delivery.Login, error) {
				return delivery.Login{}, tc.err
			})
			if _, inUse := r.Route(programID, "mail"); inUse != tc.stays || (len(broken) == 0) != tc.stays {
				t.Errorf("in use: %t, said to be broken: %v", inUse, broken)
			}
		})
	}
	r := registry(t)
	broken := r.Set(programID, []cxv1.ContactChannel{mailChannel(s, withLogin)}, func(cxv1.Ref) (delivery.Login, error) {
		return delivery.Login{}, delivery.ErrLoginUnread
	})
	if !errors.Is(broken["mail"], delivery.ErrLoginUnread) {
		t.Errorf("a login that was never read: %v", broken)
	}
}

func TestAChannelThatCannotBeUsedIsNamedAndTheOthersWork(t *testing.T) {
	s := startServer(t)
	elsewhere := mailChannel(s, func(c *cxv1.SMTPChannel) { c.Host = "relay.internal" })
	elsewhere.Name = "elsewhere"
	clear := mailChannel(s, func(c *cxv1.SMTPChannel) { c.SecretRef = "smtp-login" })
	clear.Name = "clear"
	file := cxv1.ContactChannel{Name: "links", File: &cxv1.FileChannel{}}
	secret := func(cxv1.Ref) (delivery.Login, error) {
		return delivery.Login{Username: "mailer", Password: password}, nil
	}
	none := func(cxv1.Ref) (delivery.Login, error) {
		return delivery.Login{}, errors.New(`there is no Secret "smtp-login"`)
	}
	for name, tc := range map[string]struct {
		bad    cxv1.ContactChannel
		login  func(cxv1.Ref) (delivery.Login, error)
		folder string
		says   []string
	}{
		"a host that is not on the list": {elsewhere, secret, "", []string{"relay.internal", "--allow-host"}},
		"a Secret that is not there":     {clear, none, "", []string{"there is no Secret"}},
		"a password in the clear":        {clear, secret, "", []string{"StartTLS"}},
		"files where there is no folder": {file, noLogin, "", []string{"--outbox-folder"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &delivery.Registry{Hosts: localhost(t), Folder: tc.folder}
			broken := r.Set(programID, []cxv1.ContactChannel{tc.bad, mailChannel(s)}, tc.login)
			err := broken[tc.bad.Name]
			if err == nil || len(broken) != 1 {
				t.Fatalf("broken are %v, want the one", broken)
			}
			for _, want := range tc.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %s: %v", want, err)
				}
			}
			if strings.Contains(err.Error(), password) {
				t.Errorf("the password is in %q", err)
			}
			if _, ok := r.Route(programID, tc.bad.Name); ok {
				t.Error("it is in use all the same")
			}
			sendBy(t, r)
		})
	}
}

func TestTheRateOfAChannelIsItsOwn(t *testing.T) {
	s, r := startServer(t), registry(t)
	perMinute := func(n int32) func(*cxv1.SMTPChannel) {
		return func(c *cxv1.SMTPChannel) { c.RatePerMinute = new(n) }
	}
	for _, tc := range []struct {
		perMinute int32
		limit     rate.Limit
		burst     int
	}{{1, 1.0 / 60, 1}, {600, 10, 10}, {60_000, 1000, 1000}} {
		set(t, r, mailChannel(s, perMinute(tc.perMinute)))
		route, _ := r.Route(programID, "mail")
		if route.Rate.Limit() != tc.limit || route.Rate.Burst() != tc.burst {
			t.Errorf("%d a minute: %v a second, %d at once", tc.perMinute, route.Rate.Limit(), route.Rate.Burst())
		}
	}
	set(t, r, mailChannel(s))
	if route, _ := r.Route(programID, "mail"); route.Rate.Limit() != 10 {
		t.Errorf("without a rate: %v a second, want 10", route.Rate.Limit())
	}
}
