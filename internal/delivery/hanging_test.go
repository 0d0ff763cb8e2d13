// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/store"
)

func withSecret(c *cxv1.SMTPChannel) { c.TLS, c.SecretRef = cxv1.TLSStartTLS, "smtp-login" }

func goodLogin(cxv1.Ref) (delivery.Login, error) {
	return delivery.Login{Username: "mailer", Password: password}, nil
}

// hanging is a Set of the program that asks an API server which does not answer. answer has it answered, and waits for the Set.
func hanging(t *testing.T, r *delivery.Registry, channel cxv1.ContactChannel, login delivery.Login) (answer func()) {
	t.Helper()
	asked, answers, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		broken := r.Set(programID, []cxv1.ContactChannel{channel}, func(cxv1.Ref) (delivery.Login, error) {
			close(asked)
			<-answers
			return login, nil
		})
		if len(broken) > 0 {
			t.Error(broken)
		}
	}()
	<-asked
	return func() { close(answers); <-ended }
}

// route is a program's channel for mail; nil when there is none.
func route(r *delivery.Registry, program string) delivery.Channel {
	found, _ := r.Route(program, "mail")
	return found.Channel
}

// The API server does not answer. Mail of this program goes on by the login that it has, and that of others altogether.
func TestAnAPIServerThatDoesNotAnswerHoldsUpNoMail(t *testing.T) {
	s, r := startServer(t), registry(t)
	if broken := r.Set(programID, []cxv1.ContactChannel{mailChannel(s, withSecret)}, goodLogin); len(broken) > 0 {
		t.Fatal(broken)
	}
	before := route(r, programID)
	answer := hanging(t, r, mailChannel(s, withSecret), delivery.Login{Username: "mailer", Password: "new-horse-battery"})
	if broken := r.Set("other", []cxv1.ContactChannel{mailChannel(s)}, noLogin); len(broken) > 0 {
		t.Fatal(broken)
	}
	other := route(r, "other")
	if got := other.Send(t.Context(), messageTo("customer-01@example.org"), aLetter); got.Result != store.SentAccepted {
		t.Errorf("mail of the other program: %+v", got)
	}
	if got := route(r, programID); got == nil || got != before {
		t.Errorf("the program's channel is %v, want that of before", got)
	}
	if diff := cmp.Diff([]string{"other", programID}, r.Programs()); diff != "" {
		t.Errorf("programs (-want +got):\n%s", diff)
	}
	answer()
	if got := route(r, programID); got == nil || got == before {
		t.Error("the new password is not in use once it is known")
	}
}

// What was asked for last holds, whenever the API server answers to what was asked for before.
func TestALateAnswerUndoesNothing(t *testing.T) {
	t.Run("of a program that was removed", func(t *testing.T) {
		s, r := startServer(t), registry(t)
		answer := hanging(t, r, mailChannel(s, withSecret), delivery.Login{Username: "mailer", Password: password})
		r.Remove(programID)
		answer()
		if programs := r.Programs(); len(programs) != 0 || route(r, programID) != nil {
			t.Errorf("mail is sent for %v", programs)
		}
	})
	t.Run("of a program that has other channels by now", func(t *testing.T) {
		s, r := startServer(t), registry(t)
		answer := hanging(t, r, mailChannel(s, withSecret), delivery.Login{Username: "mailer", Password: "of-yesterday"})
		if broken := r.Set(programID, []cxv1.ContactChannel{mailChannel(s, withSecret)}, goodLogin); len(broken) > 0 {
			t.Fatal(broken)
		}
		now := route(r, programID)
		answer()
		if got := route(r, programID); got != now {
			t.Error("the login of yesterday is in use")
		}
	})
}
