// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/invited"
)

const (
	tokenPath    = "/api/v1/token"
	sendingPath  = "/api/v1/sending"
	evidencePath = "/api/v1/evidence"
)

func TestAPauseByHandIsSeenAndEndedThere(t *testing.T) {
	w := newInside(t)
	state := func(paused, byHand bool) map[string]any {
		return map[string]any{"program": invited.Program, "paused": paused, "pausedByHand": byHand}
	}
	for _, step := range []struct {
		method, body string
		want         map[string]any
	}{
		{http.MethodGet, "", state(false, false)},
		{http.MethodPut, `{"pausedByHand": true}`, state(true, true)},
		{http.MethodPut, `{"pausedByHand": true}`, state(true, true)},
		{http.MethodGet, "", state(true, true)},
		{http.MethodPut, `{"pausedByHand": false}`, state(false, false)},
	} {
		got := w.inside(step.method, sendingPath, runners, step.body).answered(http.StatusOK)
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", step.method, step.body, diff)
		}
	}
	if err := w.Store.Pause(t.Context(), invited.Program, true); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(state(true, false), w.inside(http.MethodPut, sendingPath, runners, `{"pausedByHand": false}`).answered(http.StatusOK)); diff != "" {
		t.Errorf("the Program pauses (-want +got):\n%s", diff)
	}
	if n := strings.Count(w.log.String(), "stopped, or let go on, by hand"); n != 4 {
		t.Errorf("%d of 4 changes are in the log:\n%s", n, w.log)
	}
}

// The canary is in everything that people entered: lists, answers, whom a decision was by, why they refused.
func TestEvidenceIsExportedWithoutAnybody(t *testing.T) {
	const canary = "canary"
	w := newInside(t)
	w.inside(http.MethodPut, importPath, shop,
		"email;id;name;segment\ncanary-a@shop.example;canary-b;canary c;canary d\n").status(http.StatusOK)
	w.unhappy()
	for _, result := range []store.DecisionResult{store.Accepted, store.Declined} {
		if _, err := w.Store.RecordDecision(t.Context(), invited.Program, store.Decision{
			OfferID: "offer-" + string(result), SubjectKind: "KPI", SubjectName: "nps", Role: "Accountable", Owner: "head-of-" + strings.ToLower(string(result)),
			Result: result, Reason: "ask canary e", DecidedBy: "canary-f@shop.example", Means: "OwnerAssignment", At: monday,
		}); err != nil {
			t.Fatal(err)
		}
	}
	first := w.inside(http.MethodGet, evidencePath, runners, "").status(http.StatusOK)
	for _, secret := range []string{canary, "shop.example", "pulse-0000", "price", w.Answers(t, "pulse")[0].Key} {
		if strings.Contains(first.Body.String(), secret) {
			t.Errorf("the evidence has %q:\n%s", secret, first.Body)
		}
	}
	var got store.Evidence
	if err := json.Unmarshal(first.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want, err := w.Store.Evidence(t.Context(), invited.Program, store.EvidenceQuery{Now: monday})
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.Decisions {
		want.Decisions[i].DecidedBy, want.Decisions[i].Reason = "", ""
	}
	for i := range want.FollowUps {
		want.FollowUps[i].AnswerKey = ""
	}
	if diff := cmp.Diff(*want, got); diff != "" || len(got.Decisions) != 2 || len(got.FollowUps) != 1 {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if again := w.inside(http.MethodGet, evidencePath, runners, ""); again.Body.String() != first.Body.String() {
		t.Errorf("the same evidence at the same time is another file:\n%s\n%s", first.Body, again.Body)
	}
	w.advance(time.Hour)
	later := strings.Replace(w.inside(http.MethodGet, evidencePath, runners, "").Body.String(), "T10:00:00Z", "T09:00:00Z", 1)
	if diff := cmp.Diff(first.Body.String(), later); diff != "" {
		t.Errorf("an hour later more than takenAt is another (-before +after):\n%s", diff)
	}
}

func TestATokenSaysWhatItIsFor(t *testing.T) {
	w := newInside(t, func(o *gateway.Options) { o.Trials.PublicURL = "https://feedback.example.com" })
	for token, purpose := range map[string]gateway.Purpose{
		bearer: gateway.ForAnswers, shop: gateway.ForContacts, crm: gateway.ForPeople, forPreviews: gateway.ForPreview, runners: gateway.ForOperate,
	} {
		want := map[string]any{"program": invited.Program, "purposes": []any{string(purpose)}, "publicURL": "https://feedback.example.com"}
		if diff := cmp.Diff(want, w.inside(http.MethodGet, tokenPath, token, "").answered(http.StatusOK)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	got := w.inside(http.MethodGet, tokenPath, "guess", "").status(http.StatusUnauthorized)
	if strings.Contains(got.Body.String(), invited.Program) || strings.Contains(got.Body.String(), "feedback") {
		t.Errorf("a guess learns %s", got.Body)
	}
}
