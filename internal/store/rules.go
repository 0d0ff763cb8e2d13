// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// The rules of the log are pure functions, so that every database follows the same ones.

// DecideClaim says who holds a program id after by asks for it. current is nil when nobody holds it, and
// adoptedBefore says whether the id already moved once from current to by. The claim is unchanged when by holds
// it already. *InUseError when it stays with another.
func DecideClaim(current *Claim, id string, by Holder, adoptFrom string, adoptedBefore bool,
	now time.Time) (Claim, error) {
	if current == nil {
		return Claim{ID: id, Holder: by, ClaimedAt: UTCMicro(now)}, nil
	}
	if current.Holder.NamespaceUID == by.NamespaceUID {
		return Claim{ID: id, Holder: by, ClaimedAt: current.ClaimedAt}, nil
	}
	inUse := &InUseError{ID: id, Holder: current.Holder, Since: current.ClaimedAt}
	if adoptFrom != current.Holder.NamespaceUID {
		return *current, inUse
	}
	if adoptedBefore {
		inUse.AdoptedBefore = true
		return *current, inUse
	}
	return Claim{ID: id, Holder: by, ClaimedAt: UTCMicro(now)}, nil
}

// MergeWave says what the log holds after next is recorded over stored, both normalized. Until a wave has ended
// the newest record holds. Its first end is final: a late replay by a stale controller must not rewrite a result
// that people have seen. Only the publication still grows: the earliest time, every function.
func MergeWave(stored, next WaveOutcome) WaveOutcome {
	merged := next
	if stored.Phase.Ended() {
		merged = stored
	}
	merged.PublishedAt = earliest(stored.PublishedAt, next.PublishedAt)
	merged.PublishedTo = sortedSet(slices.Concat(stored.PublishedTo, next.PublishedTo))
	return merged
}

// SameWave says whether two normalized outcomes are equal.
func SameWave(a, b WaveOutcome) bool {
	return a.texts() == b.texts() && a.times() == b.times() && sameCounts(a.Counts, b.Counts) &&
		slices.Equal(a.Audience, b.Audience) && slices.Equal(a.PublishedTo, b.PublishedTo) &&
		slices.Equal(a.FollowUpRules, b.FollowUpRules)
}

func (w WaveOutcome) texts() [6]string {
	return [6]string{w.Survey, w.Slot, string(w.Phase), w.QuestionnaireHash, w.ScoredHash, w.Anonymity}
}

func (w WaveOutcome) times() [4]time.Time {
	return [4]time.Time{w.DueAt, w.OpenedAt, w.ClosedAt, w.PublishedAt}
}

func sameCounts(a, b WaveCounts) bool {
	return a.numbers() == b.numbers() && maps.Equal(a.Skipped, b.Skipped)
}

func (c WaveCounts) numbers() [8]int64 {
	return [8]int64{c.Eligible, c.Sampled, c.Invited, c.Accepted, c.Bounced, c.Responded, c.Partial, c.Late}
}

// MergeFollowUp says what the log holds after next is recorded over stored, both normalized. Where a follow-up comes from,
// when it had to be answered and when it first was are settled by the first record that says so: moving a deadline later
// must not make an answer be in time. It has been closed since the first record that says so, until it is open again: an
// object that is applied anew does not know when that was. Everything else follows the newest record, because people reach
// a customer later, correct a cause, and open a follow-up again. A record without a response knows nothing of all that: it is
// of the opening, repeated after the object has gone, and does not undo what was done.
func MergeFollowUp(stored, next FollowUp) FollowUp {
	stored.AnswerKey = cmp.Or(stored.AnswerKey, next.AnswerKey)
	if next.FirstResponseAt.IsZero() {
		return stored
	}
	merged := stored
	if merged.FirstResponseAt.IsZero() {
		merged.FirstResponseAt = next.FirstResponseAt
	}
	merged.Reached, merged.RootCause = next.Reached, next.RootCause
	if merged.ClosedAt.IsZero() || next.ClosedAt.IsZero() {
		merged.ClosedAt = next.ClosedAt
	}
	return merged
}

// SamePoint says whether two normalized points say the same, whenever they were recorded.
func SamePoint(a, b KPIPoint) bool {
	a.Revision, a.RecordedAt = b.Revision, b.RecordedAt
	return a == b
}

// UTCMicro is t as the log keeps it: in UTC, cut to a microsecond.
func UTCMicro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// sortedSet is nil for an empty list, so that equal content is equal JSON.
func sortedSet(values []string) []string {
	if len(values) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(values)))
}
