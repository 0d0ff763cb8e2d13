// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package measured

import (
	"context"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// ClaimMessages is measured.
func (s *Store) ClaimMessages(ctx context.Context, worker string, programs []string, limit int,
	lease time.Duration) (_ []store.Message, err error) {
	defer s.time("ClaimMessages")(&err)
	return s.next.ClaimMessages(ctx, worker, programs, limit, lease)
}

// BeginSending is measured.
func (s *Store) BeginSending(ctx context.Context, worker string, message store.Message) (_ bool, err error) {
	defer s.time("BeginSending")(&err)
	return s.next.BeginSending(ctx, worker, message)
}

// SettleMessage is measured.
func (s *Store) SettleMessage(ctx context.Context, worker string, message store.Message, outcome store.Sent) (err error) {
	defer s.time("SettleMessage")(&err)
	return s.next.SettleMessage(ctx, worker, message, outcome)
}

// CancelMessages is measured.
func (s *Store) CancelMessages(ctx context.Context, wave store.WaveKey, reason string) (_ int64, err error) {
	defer s.time("CancelMessages")(&err)
	return s.next.CancelMessages(ctx, wave, reason)
}

// ConfirmWave is measured.
func (s *Store) ConfirmWave(ctx context.Context, wave store.WaveKey) (err error) {
	defer s.time("ConfirmWave")(&err)
	return s.next.ConfirmWave(ctx, wave)
}

// QueuedWaves is measured.
func (s *Store) QueuedWaves(ctx context.Context) (_ []store.WaveKey, err error) {
	defer s.time("QueuedWaves")(&err)
	return s.next.QueuedWaves(ctx)
}

// Backlog is measured.
func (s *Store) Backlog(ctx context.Context) (_ []store.Backlog, err error) {
	defer s.time("Backlog")(&err)
	return s.next.Backlog(ctx)
}

// Pause is measured.
func (s *Store) Pause(ctx context.Context, programID string, paused bool) (err error) {
	defer s.time("Pause")(&err)
	return s.next.Pause(ctx, programID, paused)
}

// PauseByHand is measured.
func (s *Store) PauseByHand(ctx context.Context, programID string, paused bool) (err error) {
	defer s.time("PauseByHand")(&err)
	return s.next.PauseByHand(ctx, programID, paused)
}

// MailBars is measured.
func (s *Store) MailBars(ctx context.Context, programID string, addresses []string) (_ store.MailBars, err error) {
	defer s.time("MailBars")(&err)
	return s.next.MailBars(ctx, programID, addresses)
}

// Stranded is measured.
func (s *Store) Stranded(ctx context.Context, programs []string, limit int) (_ []store.Message, err error) {
	defer s.time("Stranded")(&err)
	return s.next.Stranded(ctx, programs, limit)
}

// PublishOffer is measured.
func (s *Store) PublishOffer(ctx context.Context, offer store.Offer, replaces [16]byte) (_ store.Offer, err error) {
	defer s.time("PublishOffer")(&err)
	return s.next.PublishOffer(ctx, offer, replaces)
}

// WithdrawOffer is measured.
func (s *Store) WithdrawOffer(ctx context.Context, programID, assignment, except string) (err error) {
	defer s.time("WithdrawOffer")(&err)
	return s.next.WithdrawOffer(ctx, programID, assignment, except)
}

// PublishedOffer is measured.
func (s *Store) PublishedOffer(ctx context.Context, programID, assignment string) (_ store.Offer, _ *store.OfferAnswer,
	err error) {
	defer s.time("PublishedOffer")(&err)
	return s.next.PublishedOffer(ctx, programID, assignment)
}

// OfferByLink is measured.
func (s *Store) OfferByLink(ctx context.Context, link [32]byte, now time.Time) (_ store.Offer, _ *store.OfferAnswer,
	err error) {
	defer s.time("OfferByLink")(&err)
	return s.next.OfferByLink(ctx, link, now)
}

// AnswerOffer is measured.
func (s *Store) AnswerOffer(ctx context.Context, link [32]byte, answer store.OfferAnswer, now time.Time) (_ store.OfferAnswer,
	err error) {
	defer s.time("AnswerOffer")(&err)
	return s.next.AnswerOffer(ctx, link, answer, now)
}

// AnsweredOffers is measured.
func (s *Store) AnsweredOffers(ctx context.Context, after int64) (_ []store.OfferKey, _ int64, err error) {
	defer s.time("AnsweredOffers")(&err)
	return s.next.AnsweredOffers(ctx, after)
}
