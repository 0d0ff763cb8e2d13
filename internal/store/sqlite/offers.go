// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

var _ store.Offers = (*Store)(nil)

// offered is an offer and the answer to it, nil while there is none.
type offered struct {
	store.Offer
	answer *store.OfferAnswer
}

const offerColumns = `program_id, assignment, offer_id, owner, page, link_id, link_hash, expires_at, result, reason, answered_at`

func scanOffer(row scanner) (offered, error) {
	var o offered
	var id, hash []byte
	var expires int64
	var result, reason nullText
	var answered nullTime
	if err := row.Scan(&o.ProgramID, &o.Assignment, &o.OfferID, &o.Owner, &o.Page, &id, &hash, &expires, &result, &reason,
		&answered); err != nil {
		return o, err
	}
	copy(o.LinkID[:], id)
	copy(o.Link[:], hash)
	o.ExpiresAt = fromMicros(expires)
	if answered.Valid {
		o.answer = &store.OfferAnswer{Result: store.DecisionResult(result.String), Reason: reason.String, At: fromMicros(answered.Int64)}
	}
	return o, nil
}

func offerOf(ask asking, key store.OfferKey) (*offered, error) {
	return first(ask, scanOffer, `SELECT `+offerColumns+` FROM offers WHERE program_id = ? AND assignment = ?`, key.ProgramID, key.Assignment)
}

func offerByLink(ask asking, link [32]byte) (*offered, error) {
	return first(ask, scanOffer, `SELECT `+offerColumns+` FROM offers WHERE link_hash = ?`, link[:])
}

// PublishOffer lets the bearer of a link decide on an offer.
func (s *Store) PublishOffer(ctx context.Context, offer store.Offer, replaces [16]byte) (store.Offer, error) {
	offer, err := offer.Normalized()
	if err != nil {
		return store.Offer{}, err
	}
	return write(ctx, s.writer, "publish offer", func(t *txn) (store.Offer, error) { return t.publishOffer(offer, replaces) })
}

func (t *txn) publishOffer(offer store.Offer, replaces [16]byte) (store.Offer, error) {
	if err := t.claimed(offer.ProgramID); err != nil {
		return offer, err
	}
	known, err := offerOf(t.asks(), offer.OfferKey)
	if err != nil {
		return offer, err
	}
	same := known != nil && known.OfferID == offer.OfferID
	if same && known.LinkID != replaces {
		offer.LinkID, offer.Link, offer.ExpiresAt = known.LinkID, known.Link, known.ExpiresAt
	}
	// Two assignments with one link come from a copied id: whoever has it would decide on either.
	other, err := offerByLink(t.asks(), offer.Link)
	if err != nil {
		return offer, err
	}
	if other != nil && other.OfferKey != offer.OfferKey {
		return offer, fmt.Errorf("%w: link is that of another assignment", store.ErrInvalid)
	}
	if !same {
		if _, err := t.exec(`DELETE FROM offers WHERE program_id = ? AND assignment = ?`, offer.ProgramID, offer.Assignment); err != nil {
			return offer, err
		}
	}
	_, err = t.exec(`INSERT INTO offers (program_id, assignment, offer_id, owner, page, link_id, link_hash, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (program_id, assignment) DO UPDATE SET owner = excluded.owner, page = excluded.page, link_id = excluded.link_id,
			link_hash = excluded.link_hash, expires_at = excluded.expires_at`,
		offer.ProgramID, offer.Assignment, offer.OfferID, offer.Owner, blob(offer.Page), offer.LinkID[:], offer.Link[:], micros(offer.ExpiresAt))
	return offer, err
}

// blob is never NULL.
func blob(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}

// WithdrawOffer forgets the offer of an assignment.
func (s *Store) WithdrawOffer(ctx context.Context, programID, assignment, except string) error {
	if err := (store.OfferKey{ProgramID: programID, Assignment: assignment}).Check(); err != nil {
		return err
	}
	_, err := write(ctx, s.writer, "withdraw offer", func(t *txn) (struct{}, error) {
		_, err := t.exec(`DELETE FROM offers WHERE program_id = ? AND assignment = ? AND offer_id <> ?`, programID, assignment, except)
		return struct{}{}, err
	})
	return err
}

// PublishedOffer reads what was published for an assignment, and the answer to it.
func (s *Store) PublishedOffer(ctx context.Context, programID, assignment string) (store.Offer, *store.OfferAnswer, error) {
	found, err := offerOf(s.asks(ctx), store.OfferKey{ProgramID: programID, Assignment: assignment})
	return foundOffer(ctx, found, err)
}

// OfferByLink finds an offer by the hash of its link.
func (s *Store) OfferByLink(ctx context.Context, link [32]byte, now time.Time) (store.Offer, *store.OfferAnswer, error) {
	found, err := offerByLink(s.asks(ctx), link)
	if found != nil && !now.Before(found.ExpiresAt) {
		found = nil
	}
	return foundOffer(ctx, found, err)
}

func foundOffer(ctx context.Context, found *offered, err error) (store.Offer, *store.OfferAnswer, error) {
	switch {
	case err != nil:
		return store.Offer{}, nil, failure(ctx, "read offer", err)
	case found == nil:
		return store.Offer{}, nil, store.ErrGone
	}
	return found.Offer, found.answer, nil
}

// AnswerOffer spends the link and stores the answer.
func (s *Store) AnswerOffer(ctx context.Context, link [32]byte, answer store.OfferAnswer, now time.Time) (store.OfferAnswer, error) {
	answer, err := answer.Normalized(now)
	if err != nil {
		return store.OfferAnswer{}, err
	}
	return write(ctx, s.writer, "answer offer", func(t *txn) (store.OfferAnswer, error) {
		found, err := offerByLink(t.asks(), link)
		switch {
		case err != nil:
			return store.OfferAnswer{}, err
		case found == nil || !now.Before(found.ExpiresAt):
			return store.OfferAnswer{}, store.ErrGone
		case found.answer != nil:
			return *found.answer, nil
		}
		if _, err := t.exec(`UPDATE offer_answers SET revision = revision + 1`); err != nil {
			return store.OfferAnswer{}, err
		}
		_, err = t.exec(`UPDATE offers SET result = ?, reason = ?, answered_at = ?, answered_revision = (SELECT revision FROM offer_answers)
			WHERE program_id = ? AND assignment = ?`, string(answer.Result), answer.Reason, micros(answer.At), found.ProgramID, found.Assignment)
		return answer, err
	})
}

// AnsweredOffers lists the offers that were answered after a revision. It is one query, so the revision and the list are of one
// moment: whatever is answered later has a greater revision.
func (s *Store) AnsweredOffers(ctx context.Context, after int64) (offers []store.OfferKey, revision int64, err error) {
	type found struct {
		revision            int64
		program, assignment sql.NullString
	}
	rows, err := all(s.asks(ctx), func(row scanner) (f found, err error) {
		return f, row.Scan(&f.revision, &f.program, &f.assignment)
	}, `SELECT a.revision, o.program_id, o.assignment FROM offer_answers AS a
		LEFT JOIN offers AS o ON o.answered_revision > ? ORDER BY o.answered_revision`, after)
	if err != nil {
		return nil, 0, failure(ctx, "list answered offers", err)
	}
	for _, f := range rows {
		revision = f.revision
		if f.program.Valid {
			offers = append(offers, store.OfferKey{ProgramID: f.program.String, Assignment: f.assignment.String})
		}
	}
	return offers, revision, nil
}
