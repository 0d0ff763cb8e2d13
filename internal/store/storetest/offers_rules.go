// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"strings"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

var offerRuleTests = map[string]func(*offers){
	"programs do not decide each other's offers":       testOfferTenants,
	"an adopted program keeps its offers":              testOfferAdopted,
	"offers and answers that break a rule are refused": testOfferInvalid,
	"a link leads to one offer":                        testOfferLinkTwice,
}

func testOfferTenants(o *offers) {
	o.claim("other", neighbour, "", noon)
	mine, theirs := o.offer("nps", 1), offerOf("other", "nps", 1)
	o.publish(mine)
	o.publish(theirs)
	first := o.answer(theirs, declining, noon)
	o.published(mine, nil)
	o.published(theirs, &first)
	o.ok(o.WithdrawOffer(o.T.Context(), "other", "nps", ""))
	o.published(mine, nil)
	_, err := o.PublishOffer(o.T.Context(), offerOf("nobody", "nps", 1), [16]byte{})
	o.refused("an id that nobody claimed", store.ErrNotClaimed, err)
}

func testOfferAdopted(o *offers) {
	offer := o.offer("nps", 1)
	o.publish(offer)
	o.claim(o.id, neighbour, tenant.NamespaceUID, at(1))
	first := o.answer(offer, accepting, at(2))
	o.published(offer, &first)
}

func testOfferInvalid(o *offers) {
	ctx := o.T.Context()
	for name, spoil := range map[string]func(*store.Offer){
		"no program":      func(f *store.Offer) { f.ProgramID = "" },
		"no assignment":   func(f *store.Offer) { f.Assignment = "" },
		"no offer":        func(f *store.Offer) { f.OfferID = "" },
		"no owner":        func(f *store.Offer) { f.Owner = "" },
		"no link":         func(f *store.Offer) { f.Link = [32]byte{} },
		"no link's id":    func(f *store.Offer) { f.LinkID = [16]byte{} },
		"no end":          func(f *store.Offer) { f.ExpiresAt = time.Time{} },
		"NUL in a text":   func(f *store.Offer) { f.Owner = "a\x00" },
		"an endless page": func(f *store.Offer) { f.Page = []byte(strings.Repeat("x", 1<<20)) },
	} {
		offer := o.offer("nps", 1)
		spoil(&offer)
		_, err := o.PublishOffer(ctx, offer, [16]byte{})
		o.refused(name, store.ErrInvalid, err)
	}
	o.refused("withdrawing nothing", store.ErrInvalid, o.WithdrawOffer(ctx, o.id, "", ""))
	bare := o.offer("bare", 1)
	bare.Page = nil
	o.publish(bare)
	offer := o.offer("nps", 1)
	o.publish(offer)
	for name, answer := range map[string]store.OfferAnswer{
		"no result":         {},
		"another result":    {Result: "Maybe"},
		"no reason":         {Result: store.Declined},
		"an endless reason": {Result: store.Declined, Reason: strings.Repeat("ж", store.MaxReason+1)},
		"NUL in a reason":   {Result: store.Declined, Reason: "a\x00"},
		"no UTF-8":          {Result: store.Accepted, Reason: "\xff"},
	} {
		_, err := o.AnswerOffer(ctx, offer.Link, answer, noon)
		o.refused(name, store.ErrInvalid, err)
	}
	_, err := o.AnswerOffer(ctx, offer.Link, accepting, time.Time{})
	o.refused("no time", store.ErrInvalid, err)
	o.published(offer, nil)
	longest := store.OfferAnswer{Result: store.Declined, Reason: strings.Repeat("ж", store.MaxReason)}
	o.equal("the longest reason", answeredAt(longest, noon), o.answer(offer, longest, noon))
}

func testOfferLinkTwice(o *offers) {
	first, second := o.offer("nps", 1), o.offer("csat", 1)
	o.publish(first)
	second.Link = first.Link
	_, err := o.PublishOffer(o.T.Context(), second, [16]byte{})
	o.refused("another assignment's link", store.ErrInvalid, err)
	o.published(first, nil)
}
