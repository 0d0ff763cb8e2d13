// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"iter"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// FaultyPeople is a store of people whose writes fail where a test wants, like Faulty.
type FaultyPeople struct {
	store.People
	Faulty
}

var _ store.People = (*FaultyPeople)(nil)

func failing(f *Faulty, operation string, write func() error) error {
	_, err := faulty(f, operation, func() (struct{}, error) { return struct{}{}, write() })
	return err
}

// ImportContacts may fail.
func (f *FaultyPeople) ImportContacts(ctx context.Context, programID, persona string, contacts iter.Seq2[store.Contact, error],
	now time.Time) (store.ImportReport, error) {
	return faulty(&f.Faulty, "ImportContacts", func() (store.ImportReport, error) {
		return f.People.ImportContacts(ctx, programID, persona, contacts, now)
	})
}

// OptOut may fail.
func (f *FaultyPeople) OptOut(ctx context.Context, programID, address, means string, now time.Time) error {
	return failing(&f.Faulty, "OptOut", func() error { return f.People.OptOut(ctx, programID, address, means, now) })
}

// EraseContact may fail.
func (f *FaultyPeople) EraseContact(ctx context.Context, programID, key string, now time.Time) (store.Erasure, error) {
	return faulty(&f.Faulty, "EraseContact", func() (store.Erasure, error) { return f.People.EraseContact(ctx, programID, key, now) })
}

// PublishWave may fail.
func (f *FaultyPeople) PublishWave(ctx context.Context, wave store.PublishedWave) error {
	return failing(&f.Faulty, "PublishWave", func() error { return f.People.PublishWave(ctx, wave) })
}

// Invite may fail.
func (f *FaultyPeople) Invite(ctx context.Context, wave store.WaveKey, personas, keys []string,
	decide func(store.Candidate) store.Verdict, now time.Time) (int, error) {
	return faulty(&f.Faulty, "Invite", func() (int, error) { return f.People.Invite(ctx, wave, personas, keys, decide, now) })
}

// ClaimMessages may fail.
func (f *FaultyPeople) ClaimMessages(ctx context.Context, worker string, programs []string, limit int,
	lease time.Duration) ([]store.Message, error) {
	return faulty(&f.Faulty, "ClaimMessages", func() ([]store.Message, error) {
		return f.People.ClaimMessages(ctx, worker, programs, limit, lease)
	})
}

// BeginSending may fail.
func (f *FaultyPeople) BeginSending(ctx context.Context, worker string, message store.Message) (bool, error) {
	return faulty(&f.Faulty, "BeginSending", func() (bool, error) { return f.People.BeginSending(ctx, worker, message) })
}

// SettleMessage may fail.
func (f *FaultyPeople) SettleMessage(ctx context.Context, worker string, message store.Message, outcome store.Sent) error {
	return failing(&f.Faulty, "SettleMessage", func() error { return f.People.SettleMessage(ctx, worker, message, outcome) })
}

// CancelMessages may fail.
func (f *FaultyPeople) CancelMessages(ctx context.Context, wave store.WaveKey, reason string) (int64, error) {
	return faulty(&f.Faulty, "CancelMessages", func() (int64, error) { return f.People.CancelMessages(ctx, wave, reason) })
}

// ConfirmWave may fail.
func (f *FaultyPeople) ConfirmWave(ctx context.Context, wave store.WaveKey) error {
	return failing(&f.Faulty, "ConfirmWave", func() error { return f.People.ConfirmWave(ctx, wave) })
}

// Pause may fail.
func (f *FaultyPeople) Pause(ctx context.Context, programID string, paused bool) error {
	return failing(&f.Faulty, "Pause", func() error { return f.People.Pause(ctx, programID, paused) })
}

// PauseByHand may fail.
func (f *FaultyPeople) PauseByHand(ctx context.Context, programID string, paused bool) error {
	return failing(&f.Faulty, "PauseByHand", func() error { return f.People.PauseByHand(ctx, programID, paused) })
}

// AcceptRestored may fail.
func (f *FaultyPeople) AcceptRestored(ctx context.Context, programID string, seen int64) (int64, error) {
	return faulty(&f.Faulty, "AcceptRestored", func() (int64, error) { return f.People.AcceptRestored(ctx, programID, seen) })
}

// SubmitAnswer may fail.
func (f *FaultyPeople) SubmitAnswer(ctx context.Context, link [32]byte, answer store.Answer, now time.Time) (store.Receipt, error) {
	return faulty(&f.Faulty, "SubmitAnswer", func() (store.Receipt, error) { return f.People.SubmitAnswer(ctx, link, answer, now) })
}

// SubmitForeign may fail.
func (f *FaultyPeople) SubmitForeign(ctx context.Context, wave store.WaveKey, idempotencyKey string, answer store.Answer,
	now time.Time) (store.Receipt, error) {
	return faulty(&f.Faulty, "SubmitForeign", func() (store.Receipt, error) {
		return f.People.SubmitForeign(ctx, wave, idempotencyKey, answer, now)
	})
}

// OptOutByLink may fail.
func (f *FaultyPeople) OptOutByLink(ctx context.Context, link [32]byte, now time.Time) error {
	return failing(&f.Faulty, "OptOutByLink", func() error { return f.People.OptOutByLink(ctx, link, now) })
}

// DropAnswers may fail.
func (f *FaultyPeople) DropAnswers(ctx context.Context, wave store.WaveKey, now time.Time) (int64, error) {
	return faulty(&f.Faulty, "DropAnswers", func() (int64, error) { return f.People.DropAnswers(ctx, wave, now) })
}
