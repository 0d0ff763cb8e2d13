// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package invited

import (
	"testing"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
)

// OfferPage asks the head of service to be accountable for the returns, which the head of CX is until then.
func (w *World) OfferPage(changes ...func(*ownership.OfferPage)) ownership.OfferPage {
	p := ownership.OfferPage{
		Language: cxv1.LanguageEN, Organization: "Example Retail", Role: cxv1.RoleAccountable, Owner: "Head of service",
		Subject: ownership.OfferSubject{Kind: cxv1.SubjectJourney, Name: "returns", Title: "Returning something", Touchpoint: "counter"},
		InForce: "Head of CX", OfferedAt: w.now().Add(-time.Hour), DecideBy: w.now().AddDate(0, 0, 14),
	}
	for _, change := range changes {
		change(&p)
	}
	return p
}

// Offer publishes an offer about an assignment for two weeks, as for a mail with it, and returns the path of its link.
func (w *World) Offer(t testing.TB, assignment, offerID string, page ownership.OfferPage) (path string) {
	t.Helper()
	data, err := page.Encode()
	if err != nil {
		t.Fatal(err)
	}
	path, err = delivery.PublishOffer(t.Context(), w.Store, w.Keys, store.Offer{
		OfferKey: store.OfferKey{ProgramID: Program, Assignment: assignment}, OfferID: offerID, Owner: "head-of-service", Page: data,
		ExpiresAt: w.now().AddDate(0, 0, 14),
	})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Decided is what was answered to the offer about an assignment, nil when nothing was.
func (w *World) Decided(t testing.TB, assignment string) *store.OfferAnswer {
	t.Helper()
	_, answer, err := w.Store.PublishedOffer(t.Context(), Program, assignment)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}
