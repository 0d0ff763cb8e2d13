// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"iter"
	"time"
)

// People keeps what never becomes a Kubernetes object: contacts, invitations, mail on its way, answers. Rows are keyed by
// the program's id, the survey, the slot and the contact, so that a crash, a replay, a restored backup or a second leader
// meets the same row and stops there.
//
// Errors are those of Store; besides, ErrGone for a link or a wave that takes nothing (any more), whatever the reason:
// strangers must not learn which.
type People interface {
	Contacts
	Invitations
	Outbox
	Answers
}

// Contacts keeps who can be asked.
type Contacts interface {
	// ImportContacts makes the contacts of a persona those that the sequence yields: all of them, or none when it yields
	// an error. Contacts of the persona that are not in it leave the persona; opt-outs stay. Importing the same again
	// changes nothing. Every contact has a distinct Key; of two with the same Key in one import the second is ErrInvalid.
	ImportContacts(ctx context.Context, programID, persona string, contacts iter.Seq2[Contact, error], now time.Time) (ImportReport, error)

	// CountContacts counts the contacts of a persona.
	CountContacts(ctx context.Context, programID, persona string) (ContactCounts, error)

	// OptOut notes that nobody may write to an address any more, whichever persona it belongs to and whether or not it is
	// known. Repeating it changes nothing.
	OptOut(ctx context.Context, programID, address, means string, now time.Time) error

	// EraseContact removes a person: contact, invitations' address and name, free text of Identified and Confidential
	// answers. A hash and a count stay for audit. Repeating it changes nothing.
	EraseContact(ctx context.Context, programID, key string, now time.Time) (Erasure, error)
}

// Contact is a person who can be asked.
type Contact struct {
	// Key identifies the person within the program: an id of the company's own, or the normalized address. At most 200
	// characters.
	Key string
	// Address is an e-mail address.
	Address string
	Name    string
	// Language is "en", "ru" or empty; TimeZone an IANA name or empty.
	Language, TimeZone string
	// Attributes are further columns, e.g. segment or level. At most 30, each at most 200 characters.
	Attributes map[string]string
}

// ImportReport is what an import changed.
type ImportReport struct {
	Added, Updated, Unchanged, Removed int64
}

// ContactCounts counts the contacts of a persona.
type ContactCounts struct {
	// Known of them, of whom OptedOut said no and Invalid have an address that bounced for good.
	Known, OptedOut, Invalid int64
}

// Erasure is what was erased.
type Erasure struct {
	Contacts, Invitations, Answers int64
}

// WaveKey names a wave within the store.
type WaveKey struct {
	ProgramID, Survey, Slot string
}

// WaveState is whether a wave takes answers.
type WaveState string

// The states of a published wave.
const (
	WaveTakesAnswers WaveState = "Open"
	// WaveTakesUnderWay: only answers that were begun before it closed.
	WaveTakesUnderWay WaveState = "Closing"
	WaveTakesNothing  WaveState = "Closed"
)

// PublishedWave is what the pages need of a wave, so that they need no cluster.
type PublishedWave struct {
	WaveKey
	State WaveState
	// OpensAt, ClosesAt and GraceUntil bound answers whatever State says, for when the manager is down.
	OpensAt, ClosesAt, GraceUntil time.Time
	Anonymity                     string
	QuestionnaireHash             string
	// Page is what is shown, as JSON: questionnaire, brand, privacy notice. Mail is what invitations say, as JSON. The store
	// looks into neither.
	Page, Mail []byte
}

// Invitations keeps who is invited to what.
type Invitations interface {
	// PublishWave writes what the pages need. Equal content is not written again. A wave that takes nothing stays so.
	PublishWave(ctx context.Context, wave PublishedWave) error

	// PublishedWave reads what was published. ErrGone when nothing was.
	PublishedWave(ctx context.Context, wave WaveKey) (PublishedWave, error)

	// Candidates yields the contacts of the personas in order of their keys, each once, with all that the choice depends
	// on; after is the key to go on from.
	Candidates(ctx context.Context, wave WaveKey, personas []string, after string, now time.Time) iter.Seq2[Candidate, error]

	// Invite decides about contacts and records what was decided, in one transaction with reading their history, so that
	// two waves at once cannot both pass a contact rule. decide is called once for each contact that has no row for this
	// wave yet; it must be pure. Contacts with a row keep it. It returns the number of rows it added.
	Invite(ctx context.Context, wave WaveKey, keys []string, decide func(Candidate) Verdict, now time.Time) (int, error)

	// AudienceCounts counts the rows of a wave. Each contact is in exactly one of Invited and Skipped.
	AudienceCounts(ctx context.Context, wave WaveKey) (AudienceCounts, error)
}

// Candidate is a contact who might be invited.
type Candidate struct {
	Contact
	OptedOut bool
	// Invalid addresses bounced for good.
	Invalid bool
	// Duplicate: another contact of the same wave with a smaller key has the same address.
	Duplicate bool
	// Invited are the invitations of the last 400 days, over all surveys of the program, oldest first, reminders included.
	Invited []PastInvitation
}

// PastInvitation is an earlier invitation of a contact.
type PastInvitation struct {
	Survey   string
	At       time.Time
	Reminder bool
}

// Verdict is what became of a candidate.
type Verdict struct {
	// Skip is why not; empty invites.
	Skip string
	// Link is the invitation's link, present when it is invited.
	Link Link
	// SendAt is when the invitation is to be sent at the earliest; zero sends nothing (a channel of somebody else's).
	SendAt time.Time
	// Reminders are when to remind those who have not finished.
	Reminders []time.Time
}

// Link is what the store knows of an invitation's links: its id and the hashes of both tokens.
type Link struct {
	// ID is the invitation's own id, random to strangers. The tokens are made from it, again for each mail.
	ID [16]byte
	// Answer and OptOut are SHA-256 of the token with which the person answers, and of the one with which they opt out.
	Answer, OptOut [32]byte
	// ExpiresAt ends the answer link.
	ExpiresAt time.Time
}

// AudienceCounts counts what became of the contacts of a wave.
type AudienceCounts struct {
	Invited, Accepted, Bounced, Ambiguous, Queued, Cancelled int64
	Responded, Partial, Late                                 int64
	// Skipped by reason.
	Skipped map[string]int64
}

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
	// ClaimMessages leases messages that are due, at most limit, of the given programs. Messages of programs that pause,
	// to people who opted out or have answered, and of waves that take nothing are cancelled instead.
	ClaimMessages(ctx context.Context, worker string, programs []string, limit int, lease time.Duration) ([]Message, error)

	// BeginSending commits that an attempt is under way, before the server is given anything. False when the lease is
	// lost, the message was cancelled, or its program pauses: then it must not be sent.
	BeginSending(ctx context.Context, worker string, message Message) (bool, error)

	// SettleMessage records what became of the attempt.
	SettleMessage(ctx context.Context, worker string, message Message, outcome Sent) error

	// CancelMessages cancels what is queued of a wave and says how many that were.
	CancelMessages(ctx context.Context, wave WaveKey, reason string) (int64, error)

	// ConfirmWave notes that the wave was seen in the cluster. Messages of waves that nobody confirmed in the last 24 hours
	// are not claimed.
	ConfirmWave(ctx context.Context, wave WaveKey) error

	// Pause stops (or resumes) all sending of a program within the store itself.
	Pause(ctx context.Context, programID string, paused bool) error

	// Stranded lists attempts that began and whose lease ended without an outcome: nobody knows whether they were sent.
	Stranded(ctx context.Context, programs []string, limit int) ([]Message, error)
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

// Answers keeps what people answered.
type Answers interface {
	// Invitation finds an open invitation and its wave by the hash of its link. ErrGone for everything else.
	Invitation(ctx context.Context, link [32]byte, now time.Time) (OpenInvitation, error)

	// SubmitAnswer spends the link and stores the answer in one transaction. The same again gets the first receipt. An
	// answer that is not complete can be replaced by a later one, by a complete one for good. ErrGone when the wave or the
	// link takes nothing.
	SubmitAnswer(ctx context.Context, link [32]byte, answer Answer, now time.Time) (Receipt, error)

	// SubmitForeign stores an answer that came by another channel, once for each idempotency key.
	SubmitForeign(ctx context.Context, wave WaveKey, idempotencyKey string, answer Answer, now time.Time) (Receipt, error)

	// OptOutWave finds the wave of an opt-out token by its hash, whatever became of wave and invitation, and the contact's
	// language: the opt-out page says whose mails will end, and the token is checked against it. ErrGone for an unknown one.
	OptOutWave(ctx context.Context, link [32]byte) (PublishedWave, string, error)

	// OptOutByLink opts the invited person out by the hash of their opt-out token. ErrGone for an unknown one; it works after
	// the wave has ended, too.
	OptOutByLink(ctx context.Context, link [32]byte, now time.Time) error

	// WaveAnswers yields the answers of a wave that count, complete and partial ones, in no order that tells anything.
	WaveAnswers(ctx context.Context, wave WaveKey) iter.Seq2[StoredAnswer, error]

	// AnswersRevision grows with every answer of the wave.
	AnswersRevision(ctx context.Context, wave WaveKey) (int64, error)
}

// OpenInvitation is what a page needs to know of whoever opened it.
type OpenInvitation struct {
	Wave PublishedWave
	// InvitationID is empty when the wave is Anonymous.
	InvitationID string
	Language     string
	// Partial is what was answered before, nil when nothing was or the wave is Anonymous.
	Partial []byte
	// Done says that a complete answer is there.
	Done bool
}

// Answer is one answer to a questionnaire.
type Answer struct {
	// Values is a JSON object by question id. The store does not look into it.
	Values []byte
	// Complete says that nothing required is missing.
	Complete bool
	// Language in which it was given.
	Language string
	// Channel is "web", or the source of a foreign answer.
	Channel string
	// MayContact is the person's yes to being contacted about it.
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
	ID string
	// Again says that this is the receipt of an earlier submission.
	Again bool
}
