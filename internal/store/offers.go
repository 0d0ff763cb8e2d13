// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"
)

// Offers keeps what owners without a cluster account may decide by a link in a mail. An answer waits here until the
// controller of assignments finds it: only that knows whether the offer is still open, and a decision is evidence only then.
type Offers interface {
	// PublishOffer lets the bearer of a link decide on an offer. There is one for each assignment of a program: another
	// offer takes the place of the one before, whose link and answer are gone. The same offer again keeps its link and its
	// answer, and takes over the page.
	PublishOffer(ctx context.Context, offer Offer) error

	// WithdrawOffer makes the link of an assignment take nothing, unless the offer is the one named. Repeating it changes
	// nothing.
	WithdrawOffer(ctx context.Context, programID, assignment, except string) error

	// PublishedOffer reads what was published for an assignment, and the answer to it, nil while there is none. ErrGone when
	// nothing is.
	PublishedOffer(ctx context.Context, programID, assignment string) (Offer, *OfferAnswer, error)

	// OfferByLink finds an offer by the hash of its link, and the answer to it, nil while there is none. ErrGone for an
	// unknown, withdrawn or expired one. An answered one is found until it expires: its page says what was answered.
	OfferByLink(ctx context.Context, link [32]byte, now time.Time) (Offer, *OfferAnswer, error)

	// AnswerOffer stores the answer in the transaction that spends the link. A repeated answer changes nothing and returns the
	// first one. ErrGone like OfferByLink.
	AnswerOffer(ctx context.Context, link [32]byte, answer OfferAnswer, now time.Time) (OfferAnswer, error)

	// AnsweredOffers lists the offers that were answered after a revision, and the revision up to which it has looked: the
	// way to hear of answers without looking at every offer. Revision 0 is before all.
	AnsweredOffers(ctx context.Context, after int64) (offers []OfferKey, revision int64, err error)
}

// OfferKey names the assignment of an offer.
type OfferKey struct {
	ProgramID string
	// Assignment is the name of the OwnerAssignment object.
	Assignment string
}

// Offer is an offer that may be decided by a link.
type Offer struct {
	OfferKey
	// OfferID is spec.proposed.offerID.
	OfferID string
	// Owner is who is asked.
	Owner string
	// Page is what is shown to whoever opens the link, as JSON. The store does not look into it.
	Page []byte
	// LinkID is random to strangers, and the token is made from it, again for each mail. Link is SHA-256 of the token.
	LinkID [16]byte
	Link   [32]byte
	// ExpiresAt ends the link.
	ExpiresAt time.Time
}

// OfferAnswer is what somebody answered by a link.
type OfferAnswer struct {
	Result DecisionResult
	// Reason says why, needed when declining; at most 300 characters.
	Reason string
	At     time.Time
}
