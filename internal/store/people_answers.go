// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"iter"
	"time"
)

// Answers keeps what people answered.
type Answers interface {
	// Invitation finds an open invitation and its wave by the hash of its link. ErrGone for everything else.
	Invitation(ctx context.Context, link [32]byte, now time.Time) (OpenInvitation, error)

	// SubmitAnswer spends the link and stores the answer in one transaction. After a complete answer every further one
	// changes nothing and gets the first receipt. An answer that is not complete can be replaced by a later one, by a
	// complete one for good; an Anonymous wave takes complete ones only (ErrInvalid). ErrGone when the wave or the link takes
	// nothing; what came too late is counted.
	SubmitAnswer(ctx context.Context, link [32]byte, answer Answer, now time.Time) (Receipt, error)

	// SubmitForeign stores an answer that came by another channel, once for each idempotency key. An Anonymous wave keeps
	// ForeignChannel instead of the channel's name: a terminal or a ticket may be one person's.
	SubmitForeign(ctx context.Context, wave WaveKey, idempotencyKey string, answer Answer, now time.Time) (Receipt, error)

	// OptOutWave finds the wave of an opt-out token by its hash, whatever became of wave and invitation, and the contact's
	// language: the opt-out page says whose mails will end, and the token is checked against it. ErrGone for an unknown one.
	OptOutWave(ctx context.Context, link [32]byte) (PublishedWave, string, error)

	// OptOutByLink opts the invited person out by the hash of their opt-out token. ErrGone for an unknown one; it works after
	// the wave has ended, too.
	OptOutByLink(ctx context.Context, link [32]byte, now time.Time) error

	// WaveAnswers yields the answers of a wave that count, complete and partial ones, in no order that tells anything. It
	// yields none once DropAnswers has begun, and ErrUnavailable at its end when that was meanwhile: some are missing.
	WaveAnswers(ctx context.Context, wave WaveKey) iter.Seq2[StoredAnswer, error]

	// AnswersRevision grows with every change to the answers of the wave. 0 when it is not published.
	AnswersRevision(ctx context.Context, wave WaveKey) (int64, error)

	// DueForDropping lists waves whose KeepUntil has come and whose answers have not been dropped as a whole, at most limit,
	// the longest due first.
	DueForDropping(ctx context.Context, now time.Time, limit int) ([]WaveKey, error)

	// DropAnswers deletes the answers of a wave that takes nothing any more, complete and partial ones, and what led from
	// invitations and idempotency keys to them, and says how many answers those were. Counts stay. From then on the wave is
	// closed for good, and its receipts have no ID. ErrInvalid while the wave takes answers, or will; repeating it goes on
	// where it was broken off, and then deletes nothing.
	DropAnswers(ctx context.Context, wave WaveKey, now time.Time) (int64, error)
}

// OpenInvitation is what a page needs to know of whoever opened it.
type OpenInvitation struct {
	Wave PublishedWave
	// InvitationID is empty when the wave is Anonymous.
	InvitationID string
	Language     string
	// Partial is what was answered before, nil when nothing was or the wave is Anonymous; PartialAt is when, before the wave
	// closed in any case: it goes on being taken in the time of grace (see Takes).
	Partial   []byte
	PartialAt time.Time
	// Done says that a complete answer is there.
	Done bool
}

// Answer is one answer to a questionnaire.
type Answer struct {
	// Values is a JSON object by question id. The store does not look into it.
	Values []byte
	// Complete says that nothing required is missing.
	Complete bool
	// BegunAt is when the page was first opened, zero when unknown: in the time of grace only answers that were begun before
	// the wave closed are taken. It is not kept.
	BegunAt time.Time
	// Language in which it was given. An Anonymous wave does not keep it: few may speak it.
	Language string
	// Channel is "web", or the source of a foreign answer; ForeignChannel when the wave is Anonymous.
	Channel string
	// MayContact is the person's yes to being contacted about it. An Anonymous wave does not keep it.
	MayContact bool
	// Flags are doubts, e.g. "fast": answered quicker than one can read.
	Flags []string
}

// StoredAnswer is an answer as it is read back. Contact is empty when the wave is Anonymous or the answer came from elsewhere.
type StoredAnswer struct {
	Answer
	// Key is random when the wave is Anonymous.
	Key string
	// At is coarsened to the day when the wave is Anonymous.
	At         time.Time
	ContactKey string
	Attributes map[string]string
}

// Receipt confirms that an answer is stored. It is the same for the same answer and tells nothing about the person.
type Receipt struct {
	// ID is empty when the wave is Anonymous: it would lead from the person to the answer. So it is once the answer was dropped.
	ID string
	// Again says that this is the receipt of an earlier submission.
	Again bool
}
