// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// scoped authorizes tokens by what they are for.
func scoped(purposes map[string]gateway.Purpose) gateway.Authorize {
	return func(_ context.Context, token string, purpose gateway.Purpose) (string, bool, error) {
		good, known := purposes[token]
		switch {
		case !known:
			return "", false, nil
		case good != purpose:
			return "", false, gateway.ErrPurpose
		}
		return invited.Program, true, nil
	}
}

func TestATokenForSomethingElseHandsInNoAnswer(t *testing.T) {
	for _, purpose := range gateway.Purposes() {
		t.Run(string(purpose), func(t *testing.T) {
			w := newWorld(t, func(o *gateway.Options) { o.Authorize = scoped(map[string]gateway.Purpose{bearer: purpose}) })
			w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 1)
			if purpose == gateway.ForAnswers {
				w.hand(answersPath, event()).status(http.StatusCreated)
				return
			}
			got := w.hand(answersPath, event()).status(http.StatusForbidden)
			if !strings.Contains(got.Body.String(), "not for answers") || !strings.Contains(got.Header().Get("WWW-Authenticate"), "insufficient_scope") {
				t.Errorf("%s, %v: nobody learns what is missing", got.Body, got.Header())
			}
			w.document().documented(got)
			w.stored()
		})
	}
}

// Whoever has a token of the program is no guesser.
func TestATokenForSomethingElseIsNotCountedAsAGuess(t *testing.T) {
	w := newWorld(t, func(o *gateway.Options) {
		o.Limits = gateway.Limits{PerAddress: 1, AddressBurst: 1}
		o.Authorize = scoped(map[string]gateway.Purpose{bearer: gateway.ForPeople})
	})
	for range 3 {
		w.hand(answersPath, event()).status(http.StatusForbidden)
	}
}
