// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package owner_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/owner"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/notice"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	around "github.com/cx-operator/cx-operator/internal/testing/world"
)

// TestWhatTheLinkInAMailLeadsTo: the page names people and things as people call them, and serves after the time to decide, too.
func TestWhatTheLinkInAMailLeadsTo(t *testing.T) {
	d := newDesk(t, byMail)
	d.Create(build.Owner("analyst", func(o *cxv1.Owner) { o.Spec.DisplayName = "Analyst" }))
	d.Create(build.Goal("loyalty", func(g *cxv1.Goal) { g.Spec.DisplayName = "Customers stay" }))
	keys, err := link.NewKeys(link.Key{ID: 1, Secret: bytes.Repeat([]byte{1}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	offers := d.Store.(store.Offers)
	links := owner.DecideLinks{Offers: offers, Keys: keys, PublicURL: "https://feedback.example.com", Names: d.Client}
	prog := build.Program()
	d.Get(prog)
	now := d.Clock.Now()
	d.Create(carries("goal-loyalty", cxv1.RoleAccountable, "analyst", "head-of-cx"))
	n := notice.Notice{
		Kind: notice.Overdue, To: "head-of-cx", Assignment: "goal-loyalty", OfferID: "the-offer-goal-loyalty", Role: cxv1.RoleAccountable, InForce: "analyst",
		Subject:   cxv1.AssignmentSubject{Kind: cxv1.SubjectGoal, Name: "loyalty"},
		InsteadOf: "nobody-any-more", OfferedAt: now.AddDate(0, 0, -20), DecideBy: now.AddDate(0, 0, -6),
	}
	address, err := links.DecideLink(t.Context(), prog, d.owner, n, now)
	token, found := strings.CutPrefix(address, "https://feedback.example.com"+delivery.DecidePath)
	if err != nil || !found {
		t.Fatalf("the address is %q, %v", address, err)
	}
	offer, _, err := offers.OfferByLink(t.Context(), link.Hash(token), now.Add(29*24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	got, err := ownership.ParseOfferPage(offer.Page)
	if err != nil {
		t.Fatal(err)
	}
	want := ownership.OfferPage{
		Language: cxv1.LanguageEN, Organization: prog.Spec.Organization, Role: cxv1.RoleAccountable, Owner: d.owner.Spec.DisplayName,
		InForce: "Analyst", InsteadOf: "nobody-any-more", OfferedAt: n.OfferedAt, DecideBy: n.DecideBy,
		Subject: ownership.OfferSubject{Kind: cxv1.SubjectGoal, Name: "loyalty", Title: "Customers stay"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if key := (store.OfferKey{ProgramID: around.ProgramID, Assignment: "goal-loyalty"}); offer.OfferKey != key || offer.Owner != "head-of-cx" {
		t.Errorf("the offer is %+v", offer)
	}
	again, err := links.DecideLink(t.Context(), prog, d.owner, n, now)
	if err != nil || again != address {
		t.Errorf("a reminder leads to %q, %v", again, err)
	}
	if again, err = links.DecideLink(t.Context(), prog, d.owner, n, now.Add(time.Minute)); err != nil || again != address {
		t.Errorf("tried again it leads to %q, %v", again, err)
	}
	n.OfferID = "an-older-offer"
	if none, err := links.DecideLink(t.Context(), prog, d.owner, n, now); err != nil || none != "" {
		t.Errorf("an offer that is not open any more leads to %q, %v", none, err)
	}
	if _, _, err := offers.OfferByLink(t.Context(), link.Hash(token), now); err != nil {
		t.Errorf("the open one leads nowhere: %v", err)
	}
}
