// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/store"
)

func TestTheOutcomeOfEachAttemptIsTold(t *testing.T) {
	w := newWorld(t)
	w.server.failures(address(0), failure{atRcpt: refusal(450)})
	w.server.failures(address(1), failure{atRcpt: refusal(550)})
	w.server.failures(address(2), failure{cutAfter: true})
	w.invite(5)
	var mu sync.Mutex
	told := map[store.SentResult]int{}
	s := w.sender("one", w.store)
	s.Observe = func(result store.SentResult) {
		mu.Lock()
		defer mu.Unlock()
		told[result]++
	}
	w.drain(s)
	want := map[store.SentResult]int{store.SentLater: 1, store.SentBounced: 1, store.SentAmbiguous: 1, store.SentAccepted: 2}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAnAttemptThatDiedWithItsProcessIsToldAsAmbiguous(t *testing.T) {
	w := newWorld(t)
	w.invite(1)
	s := w.sender("one", w.store)
	messages, err := w.store.ClaimMessages(t.Context(), "dead", s.Roster.Programs(), 1, time.Minute)
	if err != nil || len(messages) != 1 {
		t.Fatalf("%v, %v", messages, err)
	}
	if _, err := w.store.BeginSending(t.Context(), "dead", messages[0]); err != nil {
		t.Fatal(err)
	}
	w.clock.Step(time.Hour)
	var told []store.SentResult
	s.Observe = func(result store.SentResult) { told = append(told, result) }
	for range 2 {
		if err := s.SettleStranded(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]store.SentResult{store.SentAmbiguous}, told); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
