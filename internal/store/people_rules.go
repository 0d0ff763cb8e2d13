// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// HistoryAge is how far back Candidate.Invited goes.
const HistoryAge = 400 * 24 * time.Hour

// ConfirmedFor is how long a wave's mail goes out after the wave was last seen in the cluster.
const ConfirmedFor = 24 * time.Hour

// AnonymousWave is the anonymity for which no link is kept between a person and an answer.
const AnonymousWave = "Anonymous"

// ForeignChannel is the channel of every answer to an Anonymous wave that came from elsewhere.
const ForeignChannel = "api"

// Takes says whether an answer that was begun at begun is taken at now. Until the wave closes every answer is; in the time
// of grace those that were begun before. A zero begun is unknown. GraceUntil may be zero when there is no grace.
func (w PublishedWave) Takes(now, begun time.Time) bool {
	switch {
	case now.Before(w.OpensAt) || w.State == WaveTakesNothing:
		return false
	case w.State == WaveTakesAnswers && now.Before(w.ClosesAt):
		return true
	}
	return now.Before(w.GraceUntil) && !begun.IsZero() && begun.Before(w.ClosesAt)
}

// TakesAny says whether an answer can be taken at now, depending on when it was begun.
func (w PublishedWave) TakesAny(now time.Time) bool {
	return w.Takes(now, w.ClosesAt.Add(-time.Nanosecond))
}

// Late says whether an answer at now comes after the end of the wave.
func (w PublishedWave) Late(now time.Time) bool {
	return !now.Before(w.OpensAt) && !w.Takes(now, time.Time{})
}

// Sends says whether mail of the wave may go out at now.
func (w PublishedWave) Sends(now time.Time) bool {
	return w.State == WaveTakesAnswers && now.Before(w.ClosesAt)
}

// Anonymous says whether no link may be kept between a person and an answer.
func (w PublishedWave) Anonymous() bool { return w.Anonymity == AnonymousWave }

// AddressHash is what the ledger of opt-outs and of invalid addresses keeps of an address: SHA-256 over the program's id
// and the address in small letters, without space around it.
func AddressHash(programID, address string) [32]byte {
	return personHash("address", programID, strings.ToLower(strings.TrimSpace(address)))
}

// ContactHash names a person in rows that outlive the contact: SHA-256 over the program's id and the key.
func ContactHash(programID, key string) [32]byte { return personHash("contact", programID, key) }

func personHash(kind, programID, text string) [32]byte {
	return sha256.Sum256([]byte(kind + "\x00" + programID + "\x00" + text))
}

// KeptValues is what stays of an answer's values when the person is erased: the answers to the questions in kept. Values that
// cannot be read are dropped as a whole.
func KeptValues(values []byte, kept []string) []byte {
	var all map[string]json.RawMessage
	if json.Unmarshal(values, &all) != nil {
		return []byte(`{}`)
	}
	for id := range all {
		if !slices.Contains(kept, id) {
			delete(all, id)
		}
	}
	left, err := json.Marshal(all)
	if err != nil || all == nil {
		return []byte(`{}`)
	}
	return left
}
