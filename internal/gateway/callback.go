// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// callBack is whom a follow-up is about, and what they said.
type callBack struct {
	FollowUp string        `json:"followUp"`
	Contact  calledContact `json:"contact"`
	Answer   calledAnswer  `json:"answer"`
}

// calledContact has a key only when the person is on no list any more.
type calledContact struct {
	Key      string `json:"key"`
	Name     string `json:"name,omitempty"`
	Address  string `json:"address,omitempty"`
	Language string `json:"language,omitempty"`
	// OptedOut: of surveys. A mail from a person is another thing, but they may see it otherwise: call.
	OptedOut bool `json:"optedOut"`
	// Invalid: the address bounced for good.
	Invalid bool `json:"invalid"`
}

type calledAnswer struct {
	// Values are by question id.
	Values   json.RawMessage `json:"values"`
	At       time.Time       `json:"at"`
	Language string          `json:"language,omitempty"`
}

// ofFollowUp looks up whom a follow-up is about. Each time it is found is logged: by the follow-up, never by the person.
func (g *Gateway) ofFollowUp(r *http.Request, program string) (any, *refusal) {
	var which struct {
		FollowUp string `json:"followUp"`
	}
	if no := readOne(r, &which, `{"followUp": "after-pickup-survey-k5u2n7q4xa"}`); no != nil {
		return nil, no
	}
	ctx, cancel := g.patient(r.Context())
	defer cancel()
	found, err := g.people.FollowedUp(ctx, program, which.FollowUp)
	if errors.Is(err, store.ErrGone) {
		// Not by its name: nobody knows what was sent instead of one.
		g.log.Info("a follow-up was looked up and leads to nobody", "program", program)
		return nil, refused(http.StatusNotFound, "Nothing leads from this follow-up to a person: the program has none of this name, or the "+
			"person did not agree to be contacted, was erased, or the answers of the wave are no longer kept.")
	}
	if err != nil {
		return nil, g.personRefusal(r, err)
	}
	g.log.Info("the person of a follow-up was looked up", "program", program, "followUp", which.FollowUp)
	c, a := found.Contact, found.Answer
	return callBack{
		FollowUp: which.FollowUp,
		Contact: calledContact{Key: c.Key, Name: c.Name, Address: c.Address, Language: c.Language, OptedOut: found.OptedOut,
			Invalid: found.Invalid},
		Answer: calledAnswer{Values: a.Values, At: a.At, Language: a.Language},
	}, nil
}
