// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

// The tokens of the cluster's address, each for one purpose.
const (
	crm     = "token-for-people"
	shop    = "token-for-contacts"
	runners = "token-to-operate"
)

const (
	erasePath    = "/api/v1/people/erase"
	optOutPath   = "/api/v1/people/opt-out"
	followUpPath = "/api/v1/people/of-follow-up"
	countsPath   = "/api/v1/personas/customers-pulse/contacts/counts"
)

// newInside is a world whose cluster's address is looked at.
func newInside(t *testing.T, changes ...func(*gateway.Options)) *world {
	t.Helper()
	return newWorld(t, append([]func(*gateway.Options){func(o *gateway.Options) {
		own, ok := o.Store.(store.People)
		if !ok {
			t.Fatal("the store knows no people")
		}
		o.Contacts, o.People = own, own
		o.Operations, ok = o.Store.(gateway.Operations)
		if !ok {
			t.Fatal("the store keeps no evidence")
		}
		o.Authorize = scoped(map[string]gateway.Purpose{bearer: gateway.ForAnswers, crm: gateway.ForPeople, shop: gateway.ForContacts,
			forPreviews: gateway.ForPreview, runners: gateway.ForOperate})
	}}, changes...)...)
}

// inside asks on the cluster's address.
func (w *world) inside(method, path, token, body string) reply {
	w.Helper()
	rec := httptest.NewRecorder()
	w.gateway.Ops().ServeHTTP(rec, request(method, path, body, "Authorization", "Bearer "+token, "Content-Type", "application/json"))
	return reply{rec, w.T}
}

// answered is what was answered, as JSON.
func (r reply) answered(status int) (answer map[string]any) {
	r.t.Helper()
	r.status(status)
	if err := json.Unmarshal(r.Body.Bytes(), &answer); err != nil {
		r.t.Fatalf("%s: %v", r.Body, err)
	}
	return answer
}

// unhappy is a person who answered, agreed to be contacted, and is followed up as "case".
func (w *world) unhappy() link.Pair {
	w.Helper()
	pair := w.one(pulse())
	if _, err := w.Store.SubmitAnswer(w.Context(), link.Hash(pair.Answer), store.Answer{Values: []byte(`{"nps":2,"why":["price"]}`),
		Complete: true, Channel: "web", Language: "ru", MayContact: true}, w.clock()); err != nil {
		w.Fatal(err)
	}
	wave := invited.Wave("pulse")
	if _, err := w.Store.RecordFollowUp(w.Context(), invited.Program, store.FollowUp{ID: "case", Survey: wave.Survey, Slot: wave.Slot,
		Rule: "detractors", AnswerKey: w.Answers(w.T, "pulse")[0].Key, OpenedAt: w.clock(), DueBy: w.clock()}); err != nil {
		w.Fatal(err)
	}
	return pair
}

func TestTheOwnerOfAFollowUpFindsThePerson(t *testing.T) {
	w := newInside(t)
	w.unhappy()
	for range 2 {
		got := w.inside(http.MethodPost, followUpPath, crm, `{"followUp":"case"}`)
		want := map[string]any{
			"followUp": "case",
			"contact": map[string]any{"key": "pulse-0000", "address": "pulse-0000@shop.example", "language": "en", "optedOut": false,
				"invalid": false},
			"answer": map[string]any{"values": map[string]any{"nps": 2.0, "why": []any{"price"}}, "at": "2027-01-04T09:00:00Z", "language": "ru"},
		}
		if diff := cmp.Diff(want, got.answered(http.StatusOK)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got.Header().Get("Cache-Control") != "no-store" {
			t.Error("somebody in between may keep it")
		}
	}
	log := w.log.String()
	if n := strings.Count(log, `"the person of a follow-up was looked up","program":"example-retail","followUp":"case"`); n != 2 {
		t.Errorf("two look-ups have %d lines in the log:\n%s", n, log)
	}
	if strings.Contains(log, "pulse-0000") || strings.Contains(log, "shop.example") {
		t.Errorf("the log says who it was:\n%s", log)
	}
}

func TestALookUpThatFindsNobodyLogsNothingOfWhatWasSent(t *testing.T) {
	w := newInside(t)
	w.unhappy()
	says := w.inside(http.MethodPost, followUpPath, crm, `{"followUp":"customer@shop.example"}`).answered(http.StatusNotFound)["detail"]
	if !strings.Contains(says.(string), "did not agree to be contacted, was erased") {
		t.Errorf("it says %q", says)
	}
	if log := w.log.String(); strings.Contains(log, "shop.example") || !strings.Contains(log, "leads to nobody") {
		t.Errorf("the log: %s", log)
	}
}

func TestAPersonIsErasedOnceHoweverOftenItIsAsked(t *testing.T) {
	w := newInside(t)
	pair := w.unhappy()
	want := map[string]any{"contacts": 1.0, "invitations": 1.0, "answers": 1.0}
	for range 3 {
		got := w.inside(http.MethodPost, erasePath, crm, `{"key":" pulse-0000"}`).answered(http.StatusOK)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	w.inside(http.MethodPost, followUpPath, crm, `{"followUp":"case"}`).status(http.StatusNotFound)
	w.get("/s/" + pair.Answer).status(http.StatusGone)
	nobody := w.inside(http.MethodPost, erasePath, crm, `{"key":"nobody@shop.example"}`).answered(http.StatusOK)
	if diff := cmp.Diff(map[string]any{"contacts": 0.0, "invitations": 0.0, "answers": 0.0}, nobody); diff != "" {
		t.Errorf("a person who was never known (-want +got):\n%s", diff)
	}
	if log := w.log.String(); strings.Contains(log, "pulse-0000") || strings.Contains(log, "shop.example") {
		t.Errorf("the log says who was erased:\n%s", log)
	}
}

func TestSomebodyIsOptedOutByHandHoweverTheAddressIsWritten(t *testing.T) {
	w := newInside(t)
	w.Invite(t, "pulse", pulse(), cxv1.LanguageEN, 3)
	counts := func() map[string]any {
		return w.inside(http.MethodGet, countsPath, shop, "").answered(http.StatusOK)
	}
	if diff := cmp.Diff(map[string]any{"known": 3.0, "reachable": 3.0, "optedOut": 0.0, "invalid": 0.0}, counts()); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	for _, written := range []string{" Pulse-0001@SHOP.example", "pulse-0001@shop.example", "stranger@shop.example"} {
		if got := w.inside(http.MethodPost, optOutPath, crm, `{"address":"`+written+`"}`).status(http.StatusNoContent); got.Body.Len() > 0 {
			t.Errorf("no content has content: %s", got.Body)
		}
	}
	if diff := cmp.Diff(map[string]any{"known": 3.0, "reachable": 2.0, "optedOut": 1.0, "invalid": 0.0}, counts()); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	says := w.inside(http.MethodPost, optOutPath, crm, `{"address":"secret-person"}`).answered(http.StatusUnprocessableEntity)["detail"].(string)
	if !strings.Contains(says, "name@example.com") || strings.Contains(says, "secret-person") {
		t.Errorf("a typing mistake: %s", says)
	}
	if log := w.log.String(); strings.Contains(log, "shop.example") || strings.Contains(log, "secret-person") {
		t.Errorf("the log says who it was:\n%s", log)
	}
}

func TestStrangersCannotReachPeople(t *testing.T) {
	w := newInside(t)
	w.unhappy()
	for _, path := range []string{erasePath, optOutPath, followUpPath} {
		got := w.send(request(http.MethodPost, path, `{"key":"pulse-0000"}`, "Authorization", "Bearer "+crm))
		if got.Code != http.StatusMethodNotAllowed && got.Code != http.StatusNotFound {
			t.Errorf("%s: status %d on the public address", path, got.Code)
		}
	}
	if counts := w.Counts(t, "pulse"); counts.Responded != 1 {
		t.Errorf("counts %+v", counts)
	}
}

func TestATokenReachesOnlyWhatItIsFor(t *testing.T) {
	w := newInside(t)
	w.unhappy()
	for _, step := range []struct {
		method, path, body, token string
	}{
		{http.MethodPost, erasePath, `{"key":"pulse-0000"}`, crm},
		{http.MethodPost, optOutPath, `{"address":"pulse-0000@shop.example"}`, crm},
		{http.MethodPost, followUpPath, `{"followUp":"case"}`, crm},
		{http.MethodGet, countsPath, "", shop},
		{http.MethodPut, "/api/v1/personas/customers/contacts", "email\na@shop.example\n", shop},
	} {
		for _, token := range []string{bearer, crm, shop, "guess"} {
			want := http.StatusForbidden
			switch token {
			case step.token:
				continue
			case "guess":
				want = http.StatusUnauthorized
			}
			got := w.inside(step.method, step.path, token, step.body).status(want)
			if got.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s: nobody is told how to log in", step.path)
			}
		}
	}
	w.inside(http.MethodPost, followUpPath, crm, `{"followUp":"case"}`).status(http.StatusOK) // nothing happened to the person
	if got := w.inside(http.MethodGet, countsPath, shop, "").answered(http.StatusOK); got["known"] != 1.0 || got["optedOut"] != 0.0 {
		t.Errorf("counts %v", got)
	}
}
