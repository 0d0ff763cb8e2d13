// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/store"
)

func localhost(t *testing.T) *delivery.AllowList {
	t.Helper()
	list, err := delivery.ParseAllowList([]string{"127.0.0.1=127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func channel(t *testing.T, s *server) *delivery.SMTP {
	t.Helper()
	c, err := delivery.NewSMTP(delivery.SMTPConfig{
		Host: s.host, Port: s.port, TLS: cxv1.TLSNone, From: "Example Retail <feedback@example.com>", ReplyTo: "care@example.com",
	}, localhost(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func messageTo(address string) store.Message {
	return store.Message{
		Wave: store.WaveKey{ProgramID: "shop", Survey: "nps", Slot: "20270104t0900"}, Kind: store.MessageInvitation, Attempt: 1,
		Contact: store.Contact{Key: address, Address: address, Name: "A Customer"},
		Link:    store.Link{ID: [16]byte{1, 2, 3}, ExpiresAt: time.Date(2027, 1, 18, 9, 0, 0, 0, time.UTC)},
	}
}

var aLetter = delivery.Letter{
	Subject: "Как вам магазин?", Text: "https://feedback.example.com/s/TOKEN", HTML: "<p>hello</p>", Unsubscribe: "https://feedback.example.com/o/TOKEN",
}

func TestAMailHasWhatMailProgramsNeed(t *testing.T) {
	s := startServer(t)
	c := channel(t, s)
	if got := c.Send(t.Context(), messageTo("customer-01@example.org"), aLetter); got.Result != store.SentAccepted {
		t.Fatalf("sent: %+v", got)
	}
	mails, bodies := s.all()
	header := mails[0].Header
	want := map[string]string{
		"From": `"Example Retail" <feedback@example.com>`, "To": `"A Customer" <customer-01@example.org>`, "Reply-To": "<care@example.com>",
		"List-Unsubscribe":      "<https://feedback.example.com/o/TOKEN>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Auto-Submitted": "auto-generated",
		"Message-Id": "<" + delivery.MessageID(messageTo("customer-01@example.org")) + "@example.com>",
	}
	got := map[string]string{}
	for name := range want {
		got[name] = header.Get(name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	for _, part := range []string{"text/plain", "text/html", "<p>hello</p>", "/s/TOKEN"} {
		if !strings.Contains(bodies[0], part) {
			t.Errorf("the mail has no %q:\n%s", part, bodies[0])
		}
	}
}

func TestTheMessageIDIsTheSameForTheSameMailAndTellsNothing(t *testing.T) {
	again, reminder, other := messageTo("customer-01@example.org"), messageTo("customer-01@example.org"), messageTo("customer-01@example.org")
	again.Attempt = 2
	reminder.Kind, reminder.Number = store.MessageReminder, 1
	other.Link.ID[0] = 9
	first := delivery.MessageID(messageTo("customer-01@example.org"))
	if delivery.MessageID(again) != first {
		t.Error("a second attempt has another Message-ID")
	}
	if delivery.MessageID(reminder) == first || delivery.MessageID(other) == first {
		t.Error("another mail has the same Message-ID")
	}
	if strings.Contains(first, fmt.Sprintf("%x", other.Link.ID[:3])) {
		t.Error("the Message-ID shows the invitation's id")
	}
}

func TestWhatBecomesOfAnAttemptFollowsFromTheServersAnswer(t *testing.T) {
	for name, tc := range map[string]struct {
		failure failure
		want    store.Sent
	}{
		"taken":                                     {failure{}, store.Sent{Result: store.SentAccepted}},
		"address refused for good":                  {failure{atRcpt: refusal(550)}, store.Sent{Result: store.SentBounced, Code: 550}},
		"address refused for now":                   {failure{atRcpt: refusal(450)}, store.Sent{Result: store.SentLater, Code: 450}},
		"mail refused for good, address good":       {failure{atData: refusal(554)}, store.Sent{Result: store.SentFailed, Code: 554}},
		"mail refused for now":                      {failure{atData: refusal(451)}, store.Sent{Result: store.SentLater, Code: 451}},
		"connection lost after the mail, no answer": {failure{cutAfter: true}, store.Sent{Result: store.SentAmbiguous}},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t)
			s.failures("customer-01@example.org", tc.failure)
			c := channel(t, s)
			got := c.Send(t.Context(), messageTo("customer-01@example.org"), aLetter)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			// The next mail goes out all the same.
			if got := c.Send(t.Context(), messageTo("customer-02@example.org"), aLetter); got.Result != store.SentAccepted {
				t.Errorf("the next mail: %+v", got)
			}
		})
	}
}

func refusal(code int) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, Message: "secret words of the server"}
}

func TestAServerThatIsNotThereIsTriedLater(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	c := channel(t, &server{host: "127.0.0.1", port: port})
	if got := c.Send(t.Context(), messageTo("customer-01@example.org"), aLetter); got.Result != store.SentLater {
		t.Errorf("sent: %+v, want Later", got)
	}
}

func TestNothingIsSaidToAServerWithoutTheTLSThatIsAskedFor(t *testing.T) {
	s := startServer(t) // which offers none
	c, err := delivery.NewSMTP(delivery.SMTPConfig{Host: s.host, Port: s.port, TLS: cxv1.TLSStartTLS, From: "a@example.com"}, localhost(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Send(t.Context(), messageTo("customer-01@example.org"), aLetter); got.Result != store.SentLater {
		t.Errorf("sent: %+v, want Later", got)
	}
	if mails, _ := s.all(); len(mails) > 0 || s.attempts["customer-01@example.org"] > 0 {
		t.Error("the server heard of the mail in the clear")
	}
}

func TestAChannelThatCannotBeIsRefused(t *testing.T) {
	for name, config := range map[string]delivery.SMTPConfig{
		"no address":             {Host: "127.0.0.1", Port: 25, From: "feedback"},
		"no address for replies": {Host: "127.0.0.1", Port: 25, From: "a@example.com", ReplyTo: "care"},
		"a password in the clear": {Host: "127.0.0.1", Port: 25, From: "a@example.com", TLS: cxv1.TLSNone,
			Username: "u", Password: "p"},
	} {
		if _, err := delivery.NewSMTP(config, localhost(t)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
