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
	MailCount
	Answers
	Cases
}

// Contacts keeps who can be asked.
type Contacts interface {
	// ImportContacts makes the contacts of a persona those that the sequence yields: all of them, or none when it yields
	// an error. Contacts of the persona that are not in it leave the persona; opt-outs stay. Importing the same again
	// changes nothing. Every contact has a distinct Key; of two with the same Key in one import the second is ErrInvalid.
	// Importing takes many short transactions and one last one that makes the new list count, so others hardly wait.
	ImportContacts(ctx context.Context, programID, persona string, contacts iter.Seq2[Contact, error], now time.Time) (ImportReport, error)

	// PreviewImport says what ImportContacts would change, and changes nothing.
	PreviewImport(ctx context.Context, programID, persona string, contacts iter.Seq2[Contact, error]) (ImportReport, error)

	// CountContacts counts the contacts of a persona.
	CountContacts(ctx context.Context, programID, persona string) (ContactCounts, error)

	// ContactsRevision grows with every change to what CountContacts counts, whichever persona of the program it is about. 0
	// when nobody claimed the id. Reading it is cheap; counting looks at every contact.
	ContactsRevision(ctx context.Context, programID string) (int64, error)

	// OptOut notes that nobody may write to an address any more, whichever persona it belongs to and whether or not it is
	// known. Only the address's hash is kept (see AddressHash). Repeating it changes nothing.
	OptOut(ctx context.Context, programID, address, means string, now time.Time) error

	// EraseContact removes a person: the contact, and from invitations and answers whatever leads to them. Mail that waits
	// is cancelled and the link to answer is dead. Of Identified and Confidential answers stay those to the questions that
	// PublishedWave.Kept names. Hashes and counts stay for audit, and so do opt-outs. Repeating it changes nothing and
	// returns the same.
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
	// Language is the first part of a language tag in small letters, e.g. "en" or "ru", or empty; TimeZone an IANA name or
	// empty.
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
	// Known of them, of whom OptedOut said no and Invalid have an address that bounced for good; some are in both. Reachable
	// are those that are in neither.
	Known, Reachable, OptedOut, Invalid int64
}

// Erasure is what was ever erased of one person.
type Erasure struct {
	// Contacts counts the personas' lists that the person was on.
	Contacts, Invitations, Answers int64
}

// WaveKey names a wave within the store.
type WaveKey struct {
	ProgramID, Survey, Slot string
}

// DraftSlot is the slot of what a wave of a survey would show if it opened now, for those who look at it beforehand. No wave has it:
// theirs begin with a digit.
const DraftSlot = "draft"

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
	// OpensAt, ClosesAt and GraceUntil bound answers whatever State says, for when the manager is down; see Takes.
	OpensAt, ClosesAt, GraceUntil time.Time
	// Anonymity is what was promised: Identified, Confidential or Anonymous. It cannot be changed.
	Anonymity         string
	QuestionnaireHash string
	// KeepUntil is when the answers' term is over, see DueForDropping; not before the wave takes nothing any more. Zero keeps
	// them. It is settled once the wave takes nothing.
	KeepUntil time.Time
	// Page is what is shown, as JSON: questionnaire, brand, privacy notice. Mail is what invitations say, as JSON. The store
	// looks into neither.
	Page, Mail []byte
	// Kept has the ids of the questions whose answers stay when a person is erased: those with scores and choices. Any other
	// answer may say who it was.
	Kept []string
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

	// Invite decides about contacts of the personas and records what was decided, in one transaction with reading their
	// history, so that two waves at once cannot both pass a contact rule. decide is called in order of the keys, for each
	// contact that has no row for this wave yet; it must be quick and must not call the store. Contacts with a row keep it,
	// and who has left the personas gets none. A long list takes several transactions. It returns the number of rows it
	// added. ErrGone when the wave is not published or not open.
	Invite(ctx context.Context, wave WaveKey, personas, keys []string, decide func(Candidate) Verdict, now time.Time) (int, error)

	// AudienceCounts counts the rows of a wave. Each contact is in exactly one of Invited and Skipped.
	AudienceCounts(ctx context.Context, wave WaveKey) (AudienceCounts, error)
}

// Candidate is a contact who might be invited.
type Candidate struct {
	Contact
	OptedOut bool
	// Invalid addresses bounced for good.
	Invalid bool
	// Duplicate: another contact of the personas with a smaller key has the same address, or the wave has already invited
	// that address under another key.
	Duplicate bool
	// Invited are the invitations of the last 400 days, over all surveys of the program, oldest first, reminders included:
	// what was sent to this person or this address, and what still waits to be sent. Those of the same wave are left out.
	Invited []PastInvitation
}

// PastInvitation is an earlier invitation of a contact.
type PastInvitation struct {
	Survey string
	// At is when it was sent, or when it is planned for.
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
	// Invited of them, by what became of the invitation; those that send nothing are in none of the others. Reminders are
	// not counted.
	Invited, Accepted, Bounced, Ambiguous, Failed, Queued, Cancelled int64
	// Responded gave a complete answer, Partial a partial one; Late came after the end and was not taken.
	Responded, Partial, Late int64
	// Foreign is the number of complete answers from other channels.
	Foreign int64
	// Skipped by reason.
	Skipped map[string]int64
}
