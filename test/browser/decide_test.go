// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
)

// offers asks owners, and returns where their links lead, by walk.
func (w *world) offers(t *testing.T) map[string][]visit {
	t.Helper()
	links := map[string][]visit{}
	ask := func(walk string, page ownership.OfferPage) {
		assignment := fmt.Sprintf("%s-%d", walk, len(links[walk]))
		links[walk] = append(links[walk], visit{Answer: "http://" + w.host + w.Offer(t, assignment, "offer-1", page)})
	}
	russian := func(p *ownership.OfferPage) { p.Language = cxv1.LanguageRU }
	for _, walk := range []string{"decide-desktop", "decide-phone"} {
		ask(walk, w.OfferPage())
		ask(walk, w.OfferPage())
		ask(walk, w.OfferPage(russian))
		ask(walk, w.OfferPage(russian))
	}
	ask("decide-keyboard", w.OfferPage())
	ask("decide-approval", w.OfferPage(func(p *ownership.OfferPage) {
		p.Brand = rich().Brand
		p.Role, p.Terms = cxv1.RoleApprover, "budget 120000 EUR for 2027: "+strings.Repeat("everything that it is for ", 10)
		p.Owner, p.InsteadOf = "Donaudampfschifffahrtsgesellschaftskapitänsmützenbeauftragte", "Head of CX"
		p.Subject = ownership.OfferSubject{Kind: cxv1.SubjectProgram, Name: "program", Title: strings.Repeat("A long title ", 9), Item: cxv1.ItemBudget}
	}))
	return links
}

// judgeOffers looks at what the walks decided.
func (w *world) judgeOffers(t *testing.T) {
	t.Helper()
	reason := func(lang string) string {
		return strings.TrimSpace(strings.Repeat("Not my counter ("+lang+"). Ask the shops. ", 3))
	}
	want := map[string]store.OfferAnswer{"decide-keyboard-0": {Result: store.Declined, Reason: "By keyboard only"}}
	for _, walk := range []string{"decide-desktop", "decide-phone"} {
		want[walk+"-0"] = store.OfferAnswer{Result: store.Declined, Reason: reason("en")}
		want[walk+"-1"] = store.OfferAnswer{Result: store.Accepted}
		want[walk+"-2"] = store.OfferAnswer{Result: store.Declined, Reason: reason("ru")}
		want[walk+"-3"] = store.OfferAnswer{Result: store.Accepted}
	}
	keys, _, err := w.Store.AnsweredOffers(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]store.OfferAnswer{}
	for _, key := range keys {
		answer := *w.Decided(t, key.Assignment)
		if answer.At.IsZero() {
			t.Errorf("%s has no time", key.Assignment)
		}
		got[key.Assignment] = store.OfferAnswer{Result: answer.Result, Reason: answer.Reason}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decided (-want +got):\n%s", diff)
	}
}
