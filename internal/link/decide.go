// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package link

import (
	"fmt"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// MakeDecide makes the token of an offer from its LinkID with the signing key, and the offer as the store keeps it: with the
// token's hash, and ExpiresAt cut to seconds. ErrInvalid when there is no key, when LinkID or a part of what names the offer is
// missing, or when ExpiresAt is before 1970 or after 36812.
func (k Keys) MakeDecide(offer store.Offer) (token string, kept store.Offer, err error) {
	if offer.LinkID == (ID{}) || offer.ProgramID == "" || offer.Assignment == "" || offer.OfferID == "" {
		return "", store.Offer{}, fmt.Errorf("%w: the offer is %+v %q; all three parts name it, and a random id its link", ErrInvalid,
			offer.OfferKey, offer.OfferID)
	}
	key, err := k.signing(signed(offer), offer.ExpiresAt)
	if err != nil {
		return "", store.Offer{}, err
	}
	offer.ExpiresAt = time.Unix(offer.ExpiresAt.Unix(), 0).UTC()
	token = key.token(Decide, signed(offer), offer.LinkID, offer.ExpiresAt)
	offer.Link = Hash(token)
	return token, offer, nil
}

// RemakeDecide makes the token of an offer that the store keeps once more, for a reminder, with whichever key made it.
// ErrOtherKey when neither did.
func (k Keys) RemakeDecide(offer store.Offer) (string, error) {
	for _, key := range k.present() {
		if token := key.token(Decide, signed(offer), offer.LinkID, offer.ExpiresAt); Hash(token) == offer.Link {
			return token, nil
		}
	}
	return "", ErrOtherKey
}

// VerifyDecide says whether a token was made by us for this offer and has not expired: ErrRefused when not, whatever the reason.
func (k Keys) VerifyDecide(t Token, offer store.Offer, now time.Time) error {
	return k.Verify(t, Decide, signed(offer), now)
}

// signed are the three names under the MAC, in the places of a wave's: a row that was moved to another assignment, or says
// another offer, opens none. The purpose is under the MAC, too, so that no wave's token ever passes for an offer's.
func signed(offer store.Offer) store.WaveKey {
	return store.WaveKey{ProgramID: offer.ProgramID, Survey: offer.Assignment, Slot: offer.OfferID}
}
