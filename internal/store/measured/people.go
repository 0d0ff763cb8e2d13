// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package measured

import (
	"context"
	"iter"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// ImportContacts is measured.
func (s *Store) ImportContacts(ctx context.Context, programID, persona string, contacts iter.Seq2[store.Contact, error],
	now time.Time) (_ store.ImportReport, err error) {
	defer s.time("ImportContacts")(&err)
	return s.next.ImportContacts(ctx, programID, persona, contacts, now)
}

// PreviewImport is measured.
func (s *Store) PreviewImport(ctx context.Context, programID, persona string,
	contacts iter.Seq2[store.Contact, error]) (_ store.ImportReport, err error) {
	defer s.time("PreviewImport")(&err)
	return s.next.PreviewImport(ctx, programID, persona, contacts)
}

// CountContacts is measured.
func (s *Store) CountContacts(ctx context.Context, programID, persona string) (_ store.ContactCounts, err error) {
	defer s.time("CountContacts")(&err)
	return s.next.CountContacts(ctx, programID, persona)
}

// ContactsRevision is measured.
func (s *Store) ContactsRevision(ctx context.Context, programID string) (_ int64, err error) {
	defer s.time("ContactsRevision")(&err)
	return s.next.ContactsRevision(ctx, programID)
}

// OptOut is measured.
func (s *Store) OptOut(ctx context.Context, programID, address, means string, now time.Time) (err error) {
	defer s.time("OptOut")(&err)
	return s.next.OptOut(ctx, programID, address, means, now)
}

// EraseContact is measured.
func (s *Store) EraseContact(ctx context.Context, programID, key string, now time.Time) (_ store.Erasure, err error) {
	defer s.time("EraseContact")(&err)
	return s.next.EraseContact(ctx, programID, key, now)
}

// PublishWave is measured.
func (s *Store) PublishWave(ctx context.Context, wave store.PublishedWave) (err error) {
	defer s.time("PublishWave")(&err)
	return s.next.PublishWave(ctx, wave)
}

// PublishedWave is measured.
func (s *Store) PublishedWave(ctx context.Context, wave store.WaveKey) (_ store.PublishedWave, err error) {
	defer s.time("PublishedWave")(&err)
	return s.next.PublishedWave(ctx, wave)
}

// Candidates is measured.
func (s *Store) Candidates(ctx context.Context, wave store.WaveKey, personas []string, after string,
	now time.Time) iter.Seq2[store.Candidate, error] {
	return whole(s, "Candidates", s.next.Candidates(ctx, wave, personas, after, now))
}

// Invite is measured.
func (s *Store) Invite(ctx context.Context, wave store.WaveKey, personas, keys []string,
	decide func(store.Candidate) store.Verdict,
	now time.Time) (_ int, err error) {
	defer s.time("Invite")(&err)
	return s.next.Invite(ctx, wave, personas, keys, decide, now)
}

// AudienceCounts is measured.
func (s *Store) AudienceCounts(ctx context.Context, wave store.WaveKey) (_ store.AudienceCounts, err error) {
	defer s.time("AudienceCounts")(&err)
	return s.next.AudienceCounts(ctx, wave)
}

// Invitation is measured.
func (s *Store) Invitation(ctx context.Context, link [32]byte, now time.Time) (_ store.OpenInvitation, err error) {
	defer s.time("Invitation")(&err)
	return s.next.Invitation(ctx, link, now)
}

// SubmitAnswer is measured.
func (s *Store) SubmitAnswer(ctx context.Context, link [32]byte, answer store.Answer, now time.Time) (_ store.Receipt,
	err error) {
	defer s.time("SubmitAnswer")(&err)
	return s.next.SubmitAnswer(ctx, link, answer, now)
}

// SubmitForeign is measured.
func (s *Store) SubmitForeign(ctx context.Context, wave store.WaveKey, idempotencyKey string, answer store.Answer,
	now time.Time) (_ store.Receipt, err error) {
	defer s.time("SubmitForeign")(&err)
	return s.next.SubmitForeign(ctx, wave, idempotencyKey, answer, now)
}

// OptOutWave is measured.
func (s *Store) OptOutWave(ctx context.Context, link [32]byte) (_ store.PublishedWave, _ string, err error) {
	defer s.time("OptOutWave")(&err)
	return s.next.OptOutWave(ctx, link)
}

// OptOutByLink is measured.
func (s *Store) OptOutByLink(ctx context.Context, link [32]byte, now time.Time) (err error) {
	defer s.time("OptOutByLink")(&err)
	return s.next.OptOutByLink(ctx, link, now)
}

// WaveAnswers is measured.
func (s *Store) WaveAnswers(ctx context.Context, wave store.WaveKey) iter.Seq2[store.StoredAnswer, error] {
	return whole(s, "WaveAnswers", s.next.WaveAnswers(ctx, wave))
}

// AnswersRevision is measured.
func (s *Store) AnswersRevision(ctx context.Context, wave store.WaveKey) (_ int64, err error) {
	defer s.time("AnswersRevision")(&err)
	return s.next.AnswersRevision(ctx, wave)
}

// DueForDropping is measured.
func (s *Store) DueForDropping(ctx context.Context, now time.Time, limit int) (_ []store.WaveKey, err error) {
	defer s.time("DueForDropping")(&err)
	return s.next.DueForDropping(ctx, now, limit)
}

// DropAnswers is measured.
func (s *Store) DropAnswers(ctx context.Context, wave store.WaveKey, now time.Time) (_ int64, err error) {
	defer s.time("DropAnswers")(&err)
	return s.next.DropAnswers(ctx, wave, now)
}

// MailsBegun is measured.
func (s *Store) MailsBegun(ctx context.Context, programID string) (_ int64, err error) {
	defer s.time("MailsBegun")(&err)
	return s.next.MailsBegun(ctx, programID)
}

// AcceptRestored is measured.
func (s *Store) AcceptRestored(ctx context.Context, programID string, seen int64) (_ int64, err error) {
	defer s.time("AcceptRestored")(&err)
	return s.next.AcceptRestored(ctx, programID, seen)
}

// FollowedUp is measured.
func (s *Store) FollowedUp(ctx context.Context, programID, id string) (_ store.FollowedUp, err error) {
	defer s.time("FollowedUp")(&err)
	return s.next.FollowedUp(ctx, programID, id)
}
