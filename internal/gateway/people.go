// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/store"
)

// People is what people's rights, and whoever calls a customer back, need of the evidence store; store.People has it.
type People interface {
	EraseContact(ctx context.Context, programID, key string, now time.Time) (store.Erasure, error)
	OptOut(ctx context.Context, programID, address, means string, now time.Time) error
	FollowedUp(ctx context.Context, programID, id string) (store.FollowedUp, error)
}

const (
	// personBytes is the most bytes of a request about one person.
	personBytes = 4 << 10
	// ByOperator is the means by which somebody is opted out who asked for it otherwise than by a link.
	ByOperator = "operator"
)

//go:embed openapi_ops.json
var opsAPI []byte

// peopleRoutes are served on the cluster's address only. Who it is about stands in the body: paths may be logged on the way.
func (g *Gateway) peopleRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/v1/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(opsAPI)
	})
	routes := map[string]http.HandlerFunc{}
	if g.contacts != nil {
		routes["GET /api/v1/personas/{persona}/contacts/counts"] = g.forPurpose(ForContacts, g.countContacts)
	}
	if g.people != nil {
		routes["POST /api/v1/people/erase"] = g.forPurpose(ForPeople, g.erase)
		routes["POST /api/v1/people/opt-out"] = g.forPurpose(ForPeople, g.optOutByHand)
		routes["POST /api/v1/people/of-follow-up"] = g.forPurpose(ForPeople, g.ofFollowUp)
	}
	for pattern, handler := range routes {
		mux.Handle(pattern, g.observed(secured(handler)))
	}
}

// forPurpose serves the bearers of tokens for a purpose. A nil answer has no content.
func (g *Gateway) forPurpose(purpose Purpose, serve func(r *http.Request, program string) (answer any, no *refusal)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		program, no := g.bearer(r, purpose)
		var answer any
		if no == nil {
			r.Body = http.MaxBytesReader(w, r.Body, personBytes)
			answer, no = serve(r, program)
		}
		switch {
		case no != nil:
			refuse(w, no.Status, no)
		case answer == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			writeJSON(w, http.StatusOK, "application/json", answer)
		}
	}
}

// readOne reads a JSON object with the one field it needs. The advice shows what it looks like.
func readOne(r *http.Request, into any, advice string) *refusal {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		if _, more := decoder.Token(); more == io.EOF {
			return nil
		}
	}
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		return refused(http.StatusRequestEntityTooLarge, "The request is too long. Send "+advice+".")
	}
	return refused(http.StatusBadRequest, "The body is a JSON object like "+advice+".")
}

// contactCounts is the answer to how many contacts there are.
type contactCounts struct {
	Known     int64 `json:"known"`
	Reachable int64 `json:"reachable"`
	OptedOut  int64 `json:"optedOut"`
	Invalid   int64 `json:"invalid"`
}

func (g *Gateway) countContacts(r *http.Request, program string) (any, *refusal) {
	ctx, cancel := g.patient(r.Context())
	defer cancel()
	counts, err := g.contacts.CountContacts(ctx, program, r.PathValue("persona"))
	if err != nil {
		return nil, g.personRefusal(r, err)
	}
	return contactCounts{Known: counts.Known, Reachable: counts.Reachable, OptedOut: counts.OptedOut, Invalid: counts.Invalid}, nil
}

// erased is the answer to an erasure: what was ever erased of the person.
type erased struct {
	Contacts    int64 `json:"contacts"`
	Invitations int64 `json:"invitations"`
	Answers     int64 `json:"answers"`
}

func (g *Gateway) erase(r *http.Request, program string) (any, *refusal) {
	var who struct {
		Key string `json:"key"`
	}
	if no := readOne(r, &who, `{"key": "4711"}`); no != nil {
		return nil, no
	}
	ctx, cancel := g.resolute(r.Context())
	defer cancel()
	gone, err := audience.Erase(who.Key, func(key string) (store.Erasure, error) {
		return g.people.EraseContact(ctx, program, key, g.now())
	})
	if err != nil {
		return nil, g.personRefusal(r, err)
	}
	g.log.Info("a person was erased on request", "program", program, "found", gone != store.Erasure{})
	return erased{Contacts: gone.Contacts, Invitations: gone.Invitations, Answers: gone.Answers}, nil
}

func (g *Gateway) optOutByHand(r *http.Request, program string) (any, *refusal) {
	var who struct {
		Address string `json:"address"`
	}
	if no := readOne(r, &who, `{"address": "name@example.com"}`); no != nil {
		return nil, no
	}
	address, err := audience.NormalizeAddress(who.Address)
	if err != nil {
		return nil, refused(http.StatusUnprocessableEntity, "Nobody was opted out: "+err.Error()+".")
	}
	ctx, cancel := g.resolute(r.Context())
	defer cancel()
	if err := g.people.OptOut(ctx, program, address, ByOperator, g.now()); err != nil {
		return nil, g.personRefusal(r, err)
	}
	g.log.Info("an address was opted out on request", "program", program)
	return nil, nil
}

// personRefusal says what the store could not do. Its messages repeat nothing that was sent.
func (g *Gateway) personRefusal(r *http.Request, err error) *refusal {
	switch {
	case errors.Is(err, store.ErrNotClaimed):
		return refused(http.StatusNotFound, "The program of this token is not known here (yet).")
	case errors.Is(err, store.ErrInvalid):
		return refused(http.StatusUnprocessableEntity, err.Error())
	}
	g.troubled(r, err)
	return refused(http.StatusServiceUnavailable, "The store does not answer. Try again later: doing it twice does no harm.")
}
