// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"errors"
	"net/http"

	"github.com/cx-operator/cx-operator/internal/store"
)

// Operations is what whoever runs a program needs of the evidence store; a store with both its halves has it.
type Operations interface {
	Evidence(ctx context.Context, programID string, query store.EvidenceQuery) (*store.Evidence, error)
	PauseByHand(ctx context.Context, programID string, paused bool) error
	MailBars(ctx context.Context, programID string, addresses []string) (store.MailBars, error)
}

// operateRoutes are for whoever runs a program, on the cluster's address.
func (g *Gateway) operateRoutes(mux *http.ServeMux) {
	routes := map[string]http.HandlerFunc{"GET /api/v1/token": g.describeToken}
	if g.operations != nil {
		routes["GET /api/v1/sending"] = g.forPurpose(ForOperate, g.sending)
		routes["PUT /api/v1/sending"] = g.forPurpose(ForOperate, g.pause)
		routes["GET /api/v1/evidence"] = g.forPurpose(ForOperate, g.evidence)
	}
	for pattern, handler := range routes {
		mux.Handle(pattern, g.observed(secured(handler)))
	}
}

// tokenReport says what a token is good for, and where people reach the pages.
type tokenReport struct {
	Program  string    `json:"program"`
	Purposes []Purpose `json:"purposes"`
	// PublicURL is where links lead; empty when the process does not say.
	PublicURL string `json:"publicURL,omitempty"`
}

// describeToken lets whoever has a token find out what it is for, before they need it.
func (g *Gateway) describeToken(w http.ResponseWriter, r *http.Request) {
	report := tokenReport{PublicURL: g.trials.PublicURL}
	for _, purpose := range Purposes() {
		program, no := g.bearer(r, purpose)
		if no != nil && no.Status == http.StatusForbidden {
			continue
		}
		if no != nil {
			refuse(w, no.Status, no)
			return
		}
		report.Program = program
		report.Purposes = append(report.Purposes, purpose)
	}
	writeJSON(w, http.StatusOK, "application/json", report)
}

// sendingState is what the store holds up.
type sendingState struct {
	Program string `json:"program"`
	// Paused: no mail of the program is begun. PausedByHand: somebody said so by this API, and only that ends it.
	Paused       bool `json:"paused"`
	PausedByHand bool `json:"pausedByHand"`
}

func (g *Gateway) sending(r *http.Request, program string) (any, *refusal) {
	ctx, cancel := g.patient(r.Context())
	defer cancel()
	bars, err := g.operations.MailBars(ctx, program, nil)
	if err != nil {
		return nil, g.personRefusal(r, err)
	}
	return sendingState{Program: program, Paused: bars.Paused, PausedByHand: bars.ByHand}, nil
}

// pause stops all mail of the program at the store, or lets it go on. It is logged: mail that waits needs somebody who knows why.
func (g *Gateway) pause(r *http.Request, program string) (any, *refusal) {
	var asked struct {
		PausedByHand *bool `json:"pausedByHand"`
	}
	const advice = `{"pausedByHand": true}`
	if no := readOne(r, &asked, advice); no != nil {
		return nil, no
	}
	if asked.PausedByHand == nil {
		return nil, refused(http.StatusBadRequest, "The body is a JSON object like "+advice+".")
	}
	ctx, cancel := g.resolute(r.Context())
	defer cancel()
	if err := g.operations.PauseByHand(ctx, program, *asked.PausedByHand); err != nil {
		return nil, g.personRefusal(r, err)
	}
	g.log.Info("mail of a program was stopped, or let go on, by hand", "program", program, "paused", *asked.PausedByHand)
	return g.sending(r, program)
}

// evidence is the program's evidence as a file; see store.Evidence.Export.
func (g *Gateway) evidence(r *http.Request, program string) (any, *refusal) {
	ctx, cancel := g.patient(r.Context())
	defer cancel()
	evidence, err := g.operations.Evidence(ctx, program, store.EvidenceQuery{Now: g.now()})
	if errors.Is(err, store.ErrNotClaimed) {
		return nil, refused(http.StatusNotFound, "The program of this token is not known here (yet).")
	}
	if err != nil {
		return nil, g.personRefusal(r, err)
	}
	return evidence.Export(), nil
}
