// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"fmt"

	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/store"
)

// DecidePath is where the pages of offers are: the link is the public address, this, and the token.
const DecidePath = "/d/"

// publishings bound how often a link is made for one mail: more than one is needed only when somebody else does it, too.
const publishings = 3

// OfferPublisher is what PublishOffer needs of the evidence store; store.Offers has it.
type OfferPublisher interface {
	PublishOffer(ctx context.Context, offer store.Offer, replaces [16]byte) (store.Offer, error)
}

// PublishOffer makes the link of an offer just before a mail with it goes out, and returns its path, e.g. "/d/AQQ…". The offer
// is given without LinkID and Link. Published again, for a reminder, it has the same link, unless that would end before
// offer.ExpiresAt or was made with a key that is gone; then a new one takes its place. Errors are those of the store,
// link.ErrInvalid, and link.ErrOtherKey when another process with other keys publishes it all the time.
func PublishOffer(ctx context.Context, offers OfferPublisher, keys link.Keys, offer store.Offer) (path string, err error) {
	offer.LinkID = link.NewID()
	fresh, offer, err := keys.MakeDecide(offer)
	if err != nil {
		return "", err
	}
	var replaces link.ID
	for range publishings {
		kept, err := offers.PublishOffer(ctx, offer, replaces)
		if err != nil {
			return "", err
		}
		if kept.LinkID == offer.LinkID {
			return DecidePath + fresh, nil
		}
		token, err := keys.RemakeDecide(kept)
		if err == nil && !kept.ExpiresAt.Before(offer.ExpiresAt) {
			return DecidePath + token, nil
		}
		replaces = kept.LinkID
	}
	return "", fmt.Errorf("the link of offer %s: somebody with another key makes it too: %w", offer.OfferID, link.ErrOtherKey)
}
