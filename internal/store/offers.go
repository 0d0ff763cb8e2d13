// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"
)

// Offers keeps what owners without a cluster account may decide by a link in a mail. An answer waits here until the
// controller of assignments finds it: only that knows whether the offer is still open, and a decision is evidence only then.
type Offers interface {
	// PublishOffer lets the bearer of a link decide on an offer, and returns it with the link that it has now. There is one for
	// each assignment of a program: another offer takes the place of the one before, whose link and answer are gone. The same
	// offer again takes over owner and page, and keeps its answer and its link, so that of two who publish it at once both get
	// the link that counts. Only when replaces is the LinkID of the link that it has does the new link take that one's place.
	PublishOffer(ctx context.Context, offer Offer, replaces [16]byte) (Offer, error)

	// WithdrawOffer forgets the offer of an assignment, its link and its answer, unless the offer is the one named. Name the
	// one that is open; and the one that was decided by the link, for as long as its page is to say so. Repeating it changes
	// nothing.
	WithdrawOffer(ctx context.Context, programID, assignment, except string) error

	// PublishedOffer reads what was published for an assignment, and the answer to it, nil while there is none. ErrGone when
	// nothing is.
	PublishedOffer(ctx context.Context, programID, assignment string) (Offer, *OfferAnswer, error)

	// OfferByLink finds an offer by the hash of its link, and the answer to it, nil while there is none. ErrGone for an
	// unknown, withdrawn or expired one. An answered one is found until it expires: its page says what was answered.
	OfferByLink(ctx context.Context, link [32]byte, now time.Time) (Offer, *OfferAnswer, error)

	// AnswerOffer stores the answer, as of now, in the transaction that spends the link. A further answer changes nothing and
	// returns the first one. ErrGone like OfferByLink.
	AnswerOffer(ctx context.Context, link [32]byte, answer OfferAnswer, now time.Time) (OfferAnswer, error)

	// AnsweredOffers lists the offers that were answered after a revision and are still there, the earliest answer first, and
	// the revision up to which it has looked: the way to hear of answers without looking at every offer. Revision 0 is before
	// all; begin with it whenever the store was opened, as a restored one may have gone back.
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
	// Result is Accepted or Declined.
	Result DecisionResult
	// Reason says why, needed when declining; at most MaxReason characters.
	Reason string
	// At is when it came. AnswerOffer sets it.
	At time.Time
}

// MaxReason is the most characters of OfferAnswer.Reason: as many as decision.reason of an OwnerAssignment has.
const MaxReason = 300

// maxOfferPage is a logo and some texts, in bytes.
const maxOfferPage = 256 << 10

// Check validates what names an assignment.
func (k OfferKey) Check() error {
	var c check
	c.offer(k)
	return c.err
}

func (c *check) offer(k OfferKey) {
	c.program(k.ProgramID)
	c.name("assignment", k.Assignment)
}

// Normalized validates an offer and cuts its time to a microsecond.
func (o Offer) Normalized() (Offer, error) {
	var c check
	c.offer(o.OfferKey)
	c.name("offerID", o.OfferID)
	c.name("owner", o.Owner)
	if len(o.Page) > maxOfferPage {
		c.fail("page", fmt.Sprintf("is longer than %d bytes", maxOfferPage))
	}
	if o.LinkID == [16]byte{} || o.Link == [32]byte{} {
		c.fail("link", "has no id or no hash")
	}
	c.time("expiresAt", &o.ExpiresAt)
	return o, c.err
}

// Normalized validates an answer that comes now.
func (a OfferAnswer) Normalized(now time.Time) (OfferAnswer, error) {
	var c check
	if a.Result != Accepted && a.Result != Declined {
		c.fail("result", fmt.Sprintf("%q is neither Accepted nor Declined", a.Result))
	}
	if a.Result == Declined && a.Reason == "" {
		c.fail("reason", "is missing: a refusal needs one")
	}
	if utf8.RuneCountInString(a.Reason) > MaxReason {
		c.fail("reason", fmt.Sprintf("is longer than %d characters", MaxReason))
	}
	c.text("reason", a.Reason, utf8.UTFMax*MaxReason)
	a.At = now
	c.time("now", &a.At)
	return a, c.err
}
