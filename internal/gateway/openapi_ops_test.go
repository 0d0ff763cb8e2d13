// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/store"
)

// down is a store that does not answer about people.
type down struct{ store.People }

func (down) EraseContact(context.Context, string, string, time.Time) (store.Erasure, error) {
	return store.Erasure{}, store.ErrUnavailable
}

func (down) OptOut(context.Context, string, string, string, time.Time) error {
	return store.ErrUnavailable
}

func (down) FollowedUp(context.Context, string, string) (store.FollowedUp, error) {
	return store.FollowedUp{}, store.ErrUnavailable
}

func (down) CountContacts(context.Context, string, string) (store.ContactCounts, error) {
	return store.ContactCounts{}, store.ErrUnavailable
}

// noOperations is a store that does not answer about programs.
type noOperations struct{ gateway.Operations }

func (noOperations) Evidence(context.Context, string, store.EvidenceQuery) (*store.Evidence, error) {
	return nil, store.ErrUnavailable
}

func (noOperations) PauseByHand(context.Context, string, bool) error { return store.ErrUnavailable }

func (noOperations) MailBars(context.Context, string, []string) (store.MailBars, error) {
	return store.MailBars{}, store.ErrUnavailable
}

// opsDocument is what the cluster's address says of itself.
func (w *world) opsDocument() document {
	w.Helper()
	return readDocument(w.inside(http.MethodGet, "/api/v1/openapi.json", "", ""))
}

// opsWorlds are what a request may meet.
func opsWorlds(t *testing.T) map[string]*world {
	t.Helper()
	worlds := map[string]*world{
		"usual": newInside(t),
		"full":  newInside(t, func(o *gateway.Options) { o.Limits = gateway.Limits{PerAddress: 1e-9, AddressBurst: 1} }),
		"down": newInside(t, func(o *gateway.Options) {
			broken := down{People: o.People.(store.People)}
			o.People, o.Contacts, o.Operations = broken, broken, noOperations{}
			o.Store = &failing{Store: o.Store, read: store.ErrUnavailable}
		}),
		"unsure": newInside(t, func(o *gateway.Options) {
			o.Authorize = func(context.Context, string, gateway.Purpose) (string, bool, error) {
				return "", false, store.ErrUnavailable
			}
		}),
		"stranger": newInside(t, func(o *gateway.Options) {
			o.Authorize = func(context.Context, string, gateway.Purpose) (string, bool, error) { return "unclaimed", true, nil }
		}),
	}
	worlds["mailing"], _ = trying(t, pulse(), func(o *gateway.Options) {
		o.Authorize = scoped(map[string]gateway.Purpose{forPreviews: gateway.ForPreview})
	})
	worlds["usual"].unhappy()
	worlds["usual"].draft(pulse())
	worlds["full"].inside(http.MethodGet, countsPath, "guess", "").status(http.StatusUnauthorized)
	return worlds
}

const importPath = "/api/v1/personas/customers/contacts"

// opsRequest is a request and the status that it must get.
type opsRequest struct {
	world, token, body string
	status             int
}

// lookedAt are requests for a preview.
var lookedAt = []opsRequest{
	{"usual", forPreviews, "", 200}, {"usual", runners, "", 403}, {"stranger", forPreviews, "", 404}, {"down", forPreviews, "", 503},
}

// opsRequests are requests for each status that each operation can answer.
var opsRequests = map[string][]opsRequest{
	"put /api/v1/personas/{persona}/contacts " + importPath: {
		{"usual", shop, "email\na@shop.example\n", 200},
		{"usual", shop, "email\na@shop.example\nnobody\n", 422},
		{"usual", shop, "email\n", 422},
		{"usual", crm, "email\na@shop.example\n", 403},
	},
	"get /api/v1/personas/{persona}/contacts/counts " + countsPath: {
		{"usual", shop, "", 200}, {"usual", crm, "", 403}, {"down", shop, "", 503},
	},
	"post /api/v1/people/erase " + erasePath: {
		{"usual", crm, `{"key":"nobody"}`, 200},
		{"usual", crm, `{"key":""}`, 422},
		{"usual", crm, `{"key":"` + strings.Repeat("k", 201) + `"}`, 422},
		{"usual", crm, `{"key":"4711","name":"A"}`, 400},
		{"usual", crm, `{"key":"4711"} {"key":"4712"}`, 400},
		{"usual", crm, `{"key":"` + strings.Repeat("k", 5000) + `"}`, 413},
		{"usual", shop, `{"key":"4711"}`, 403},
		{"down", crm, `{"key":"4711"}`, 503},
	},
	"post /api/v1/people/opt-out " + optOutPath: {
		{"usual", crm, `{"address":"a@shop.example"}`, 204},
		{"usual", crm, `{"address":"nobody"}`, 422},
		{"usual", crm, `{"address":7}`, 400},
		{"usual", crm, `{"address":"` + strings.Repeat("k", 5000) + `"}`, 413},
		{"usual", shop, `{"address":"a@shop.example"}`, 403},
		{"down", crm, `{"address":"a@shop.example"}`, 503},
	},
	"get /api/v1/surveys/{survey}/preview " + preview:                                        lookedAt,
	"get /api/v1/surveys/{survey}/preview/{language}/page " + preview + "/en/page":           lookedAt,
	"get /api/v1/surveys/{survey}/preview/{language}/optout " + preview + "/en/optout":       lookedAt,
	"get /api/v1/surveys/{survey}/preview/{language}/mail.html " + preview + "/en/mail.html": lookedAt,
	"get /api/v1/surveys/{survey}/preview/{language}/mail.txt " + preview + "/en/mail.txt":   lookedAt,
	"post /api/v1/surveys/{survey}/test " + asksForTest: {
		{"mailing", forPreviews, `{"addresses":["a@shop.example"]}`, 200},
		{"mailing", forPreviews, `{"addresses":["nobody@shop.example"]}`, 502},
		{"usual", forPreviews, `{"addresses":["a@shop.example"]}`, 409},
		{"usual", forPreviews, `{"addresses":[]}`, 422},
		{"usual", forPreviews, `[]`, 400},
		{"usual", runners, `{"addresses":["a@shop.example"]}`, 403},
		{"down", forPreviews, `{"addresses":["a@shop.example"]}`, 503},
	},
	"get /api/v1/token " + tokenPath: {{"usual", shop, "", 200}, {"unsure", shop, "", 503}},
	"get /api/v1/sending " + sendingPath: {
		{"usual", runners, "", 200}, {"usual", shop, "", 403}, {"down", runners, "", 503},
	},
	"put /api/v1/sending " + sendingPath: {
		{"usual", runners, `{"pausedByHand":false}`, 200},
		{"usual", runners, `{}`, 400},
		{"usual", runners, `{"pausedByHand":false,"for":"1h"}`, 400},
		{"usual", runners, strings.Repeat(" ", 5000) + `{"pausedByHand":false}`, 413},
		{"usual", forPreviews, `{"pausedByHand":false}`, 403},
		{"down", runners, `{"pausedByHand":false}`, 503},
	},
	"get /api/v1/evidence " + evidencePath: {
		{"usual", runners, "", 200}, {"usual", crm, "", 403}, {"stranger", runners, "", 404}, {"down", runners, "", 503},
	},
	"post /api/v1/people/of-follow-up " + followUpPath: {
		{"usual", crm, `{"followUp":"case"}`, 200},
		{"usual", crm, `{"followUp":"another"}`, 404},
		{"usual", crm, `{"followUp":""}`, 422},
		{"usual", crm, ``, 400},
		{"usual", crm, `{"followUp":"` + strings.Repeat("k", 5000) + `"}`, 413},
		{"usual", shop, `{"followUp":"case"}`, 403},
		{"down", crm, `{"followUp":"case"}`, 503},
	},
}

func TestTheClustersDocumentSaysWhatTheHandlersDo(t *testing.T) {
	worlds := opsWorlds(t)
	d := worlds["usual"].opsDocument()
	documented := 0
	for operation, requests := range opsRequests {
		parts := strings.Split(operation, " ")
		method, path := strings.ToUpper(parts[0]), parts[2]
		known := d.Paths[parts[1]][parts[0]]
		seen := []int{}
		send := func(world, token, body string, status int) {
			t.Helper()
			d.describes(known, worlds[world].inside(method, path, token, body).status(status))
			seen = append(seen, status)
		}
		for _, r := range requests {
			send(r.world, r.token, r.body, r.status)
		}
		body := requests[0].body
		send("usual", "guess", body, http.StatusUnauthorized)
		send("full", "guess", body, http.StatusTooManyRequests)
		if method != http.MethodGet && path != followUpPath {
			send("stranger", crm, body, http.StatusNotFound)
		}
		if path == importPath {
			// A body that breaks off, one of more than 256 MiB, a store without a disk.
			seen = append(seen, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable)
		}
		if strings.Contains(path, "/surveys/") {
			seen = append(seen, http.StatusInternalServerError) // a mail that was published and cannot be made
		}
		for status := range known.Responses {
			if code, err := strconv.Atoi(status); err != nil || !slices.Contains(seen, code) {
				t.Errorf("%s: the document has status %s, which no test has seen", operation, status)
			}
		}
		documented++
	}
	count := 0
	for _, operations := range d.Paths {
		count += len(operations)
	}
	if count != documented+1 { // and the document itself
		t.Errorf("the document has %d operations, and %d were looked at", count, documented)
	}
}

func TestTheClustersDocumentsExamplesAreTaken(t *testing.T) {
	w := newInside(t)
	d := w.opsDocument()
	for path, status := range map[string]int{erasePath: 200, optOutPath: 204, followUpPath: 404, sendingPath: 200} {
		method, token := http.MethodPost, crm
		if path == sendingPath {
			method, token = http.MethodPut, runners
		}
		content := d.Paths[path][strings.ToLower(method)].RequestBody.Content["application/json"]
		for _, err := range d.fits(t, content.Schema, content.Example) {
			t.Errorf("%s: %v", path, err)
		}
		w.inside(method, path, token, string(content.Example)).status(status)
		for _, r := range opsRequests[strings.ToLower(method)+" "+path+" "+path] {
			if r.status == http.StatusBadRequest && len(d.fits(t, content.Schema, []byte(r.body))) == 0 && !strings.Contains(r.body, "} {") {
				t.Errorf("%s fits the document's schema, but is refused", r.body)
			}
		}
	}
}
