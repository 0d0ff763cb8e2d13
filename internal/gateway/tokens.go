// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/cx-operator/cx-operator/internal/metrics"
)

// Purpose is what a bearer token may be used for. Who can hand in answers must not be able to look people up.
type Purpose string

// The purposes of tokens.
const (
	// ForAnswers: hand in answers from other channels.
	ForAnswers Purpose = "answers"
	// ForContacts: import contacts and count them.
	ForContacts Purpose = "contacts"
	// ForPeople: look up whom a follow-up is about, erase a person, opt an address out.
	ForPeople Purpose = "people"
	// ForPreview: look at surveys before they open, and have test mails sent.
	ForPreview Purpose = "preview"
	// ForOperate: take the program's evidence along, and stop all of its mail.
	ForOperate Purpose = "operate"
)

// Purposes are all of them.
func Purposes() []Purpose {
	return []Purpose{ForAnswers, ForContacts, ForPeople, ForPreview, ForOperate}
}

// Authorize says for which program a bearer token is good; false for a token that is none of ours, and ErrPurpose for one
// that is not good for this. It must compare in constant time. Any other error means that it could not find out.
type Authorize func(ctx context.Context, bearer string, purpose Purpose) (programID string, ok bool, err error)

// ErrPurpose says that a token is known, and not good for what it was used for.
var ErrPurpose = errors.New("the token is not good for this")

// bearer finds out for which program somebody may do something. Guesses are counted by address.
func (g *Gateway) bearer(r *http.Request, purpose Purpose) (string, *refusal) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") && token != "" {
		program, ok, err := g.authorize(r.Context(), token, purpose)
		switch {
		case errors.Is(err, ErrPurpose):
			return "", refused(http.StatusForbidden, fmt.Sprintf("This token is not for %[1]s. Use one that is, or have the operator add "+
				"%[1]s to the purposes of this one in the file of --api-tokens.", purpose))
		case err != nil:
			g.troubled(r, err)
			return "", refused(http.StatusServiceUnavailable, "The token could not be checked. Try again later.")
		case ok:
			return program, nil
		}
	}
	if !g.addresses.allow(g.address(r), g.now()) {
		g.metrics.turnedAway.WithLabelValues(metrics.AwayAddress).Inc()
		return "", refused(http.StatusTooManyRequests, "Too many requests without a valid token.")
	}
	return "", refused(http.StatusUnauthorized, "A bearer token of the program is needed.")
}

// refuse answers no, and says with headers what the client can do about it.
func refuse(w http.ResponseWriter, status int, body any) {
	switch status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="cx-operator"`)
	case http.StatusForbidden:
		w.Header().Set("WWW-Authenticate", `Bearer realm="cx-operator", error="insufficient_scope"`)
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		w.Header().Set("Retry-After", retryAfter)
	}
	writeJSON(w, status, "application/problem+json", body)
}
