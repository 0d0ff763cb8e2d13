// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// FaultyOffers is a store of offers whose writes fail where a test wants, like Faulty.
type FaultyOffers struct {
	store.Offers
	Faulty
}

var _ store.Offers = (*FaultyOffers)(nil)

// PublishOffer may fail.
func (f *FaultyOffers) PublishOffer(ctx context.Context, offer store.Offer, replaces [16]byte) (store.Offer, error) {
	return faulty(&f.Faulty, "PublishOffer", func() (store.Offer, error) { return f.Offers.PublishOffer(ctx, offer, replaces) })
}

// WithdrawOffer may fail.
func (f *FaultyOffers) WithdrawOffer(ctx context.Context, programID, assignment, except string) error {
	return failing(&f.Faulty, "WithdrawOffer", func() error { return f.Offers.WithdrawOffer(ctx, programID, assignment, except) })
}

// AnswerOffer may fail.
func (f *FaultyOffers) AnswerOffer(ctx context.Context, link [32]byte, answer store.OfferAnswer, now time.Time) (store.OfferAnswer, error) {
	return faulty(&f.Faulty, "AnswerOffer", func() (store.OfferAnswer, error) { return f.Offers.AnswerOffer(ctx, link, answer, now) })
}
