// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"
)

// MessageKind is what a message is.
type MessageKind string

// The kinds of message. Reminders are numbered from 1 in Message.Number.
const (
	MessageInvitation MessageKind = "Invitation"
	MessageReminder   MessageKind = "Reminder"
)

// Message is a mail to be sent.
type Message struct {
	ID   int64
	Wave WaveKey
	// Contact is whom it goes to, as of now.
	Contact Contact
	Kind    MessageKind
	Number  int
	// Attempt counts from 1.
	Attempt int
	// Link is the invitation's: its id makes the tokens anew and a Message-ID that is always the same.
	Link Link
}

// Outbox keeps mail on its way. Leases run by the store's own clock.
type Outbox interface {
	// ClaimMessages leases messages that are due, at most limit, of the given programs. Messages to people who opted out,
	// whose address is invalid, or who left the program, reminders to those who have answered, and messages of waves that
	// take nothing are cancelled instead. Those of programs that pause and of waves that nobody confirmed wait. A reminder
	// waits until its invitation was sent, and then as long as was planned to lie between them.
	ClaimMessages(ctx context.Context, worker string, programs []string, limit int, lease time.Duration) ([]Message, error)

	// BeginSending commits that an attempt is under way, before the server is given anything. False when the lease is
	// lost, the attempt has begun before, the message was cancelled or is to be cancelled, or its program pauses: then it
	// must not be sent.
	BeginSending(ctx context.Context, worker string, message Message) (bool, error)

	// SettleMessage records what became of the attempt, whoever asks once the lease is over. An attempt that was settled
	// stays as it is.
	SettleMessage(ctx context.Context, worker string, message Message, outcome Sent) error

	// CancelMessages cancels what is queued of a wave and says how many that were.
	CancelMessages(ctx context.Context, wave WaveKey, reason string) (int64, error)

	// ConfirmWave notes that the wave was seen in the cluster. Messages of waves that nobody confirmed in the last 24 hours
	// are not claimed. ErrGone when the wave is not published.
	ConfirmWave(ctx context.Context, wave WaveKey) error

	// QueuedWaves lists the waves that have messages waiting, of all programs, so that those that are gone from the cluster
	// can be cancelled.
	QueuedWaves(ctx context.Context) ([]WaveKey, error)

	// Backlog says how much mail waits, for each program that has some, in order of their ids. Reading it is cheap.
	Backlog(ctx context.Context) ([]Backlog, error)

	// Pause stops (or resumes) all sending of a program within the store itself, as its spec.suspendSending says.
	Pause(ctx context.Context, programID string, paused bool) error

	// PauseByHand does it for somebody who cannot wait for the cluster. The two are apart: mail goes out when neither holds it.
	PauseByHand(ctx context.Context, programID string, paused bool) error

	// MailBars says what keeps a mail that is in no outbox from being sent now.
	MailBars(ctx context.Context, programID string, addresses []string) (MailBars, error)

	// Stranded lists attempts that began and whose lease ended without an outcome: nobody knows whether they were sent.
	Stranded(ctx context.Context, programs []string, limit int) ([]Message, error)
}

// Backlog is the mail of a program that waits.
type Backlog struct {
	ProgramID string
	// Messages are those in the queue, also such as are not due yet.
	Messages int64
	// FreeSince is when the first of them could go out: when it is due, or tried again, or somebody's lease ends. It may be in the
	// future.
	FreeSince time.Time
}

// MailBars is what keeps mail from being sent.
type MailBars struct {
	// Paused: nothing of the program is sent; ByHand: somebody said so by hand, and only that ends it.
	Paused, ByHand bool
	// Addresses, in the order of the question, belong to somebody who opted out, or bounced for good.
	Addresses []string
}

// Sent is what became of an attempt to send.
type Sent struct {
	Result SentResult
	// RetryAt is when to try again, for SentLater.
	RetryAt time.Time
	// Code is the server's three-digit answer, 0 when there was none. No text of the server's is kept.
	Code int
}

// SentResult is what became of an attempt.
type SentResult string

// The results. A server that took a message has not delivered it.
const (
	SentAccepted SentResult = "Accepted"
	// SentBounced: the address is refused for good and is marked invalid.
	SentBounced SentResult = "Bounced"
	// SentLater: a temporary refusal.
	SentLater SentResult = "Later"
	// SentAmbiguous: the server's answer never came; not sent again.
	SentAmbiguous SentResult = "Ambiguous"
	// SentFailed: given up.
	SentFailed SentResult = "Failed"
)
