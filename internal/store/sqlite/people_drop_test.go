// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/store"
)

// answered is a wave of more answers than are dropped at a time, from people and from another channel, one of them partial.
func answered(t *testing.T, people int) (*secret, store.WaveKey) {
	t.Helper()
	s := secretWave(t, people)
	wave := store.WaveKey{ProgramID: "acme", Survey: "linked", Slot: "1"}
	s.ok(s.PublishWave(t.Context(), store.PublishedWave{WaveKey: wave, State: store.WaveTakesAnswers, OpensAt: noon,
		ClosesAt: noon.AddDate(0, 0, 1), Anonymity: "Identified", KeepUntil: noon.AddDate(0, 0, 30)}))
	var keys []string
	for c, err := range s.Candidates(t.Context(), wave, []string{"staff"}, "", noon) {
		s.ok(err)
		keys = append(keys, c.Key)
	}
	_, err := s.Invite(t.Context(), wave, []string{"staff"}, keys, func(c store.Candidate) store.Verdict {
		id := sha256.Sum256([]byte(c.Key))
		return store.Verdict{Link: store.Link{ID: [16]byte(id[:16]), Answer: sha256.Sum256([]byte("linked " + c.Key)), OptOut: id,
			ExpiresAt: noon.AddDate(0, 1, 0)}}
	}, noon)
	s.ok(err)
	for i, key := range keys {
		_, err := s.SubmitAnswer(t.Context(), sha256.Sum256([]byte("linked "+key)), store.Answer{Values: []byte(`{"nps":9}`),
			Channel: "web", Complete: i > 0}, noon)
		s.ok(err)
	}
	_, err = s.SubmitForeign(t.Context(), wave, "ticket-1", store.Answer{Values: []byte(`{"nps":1}`), Channel: "kiosk", Complete: true}, noon)
	s.ok(err)
	return s, wave
}

// left counts the rows of a wave that were answers, or lead to one.
func (s *secret) left(wave store.WaveKey) map[string]int64 {
	s.Helper()
	counts := map[string]int64{}
	for table, query := range map[string]string{
		"answers":         `SELECT count(*) FROM answers WHERE wave_id = ?`,
		"invitations":     `SELECT count(answer_key) FROM invitations WHERE wave_id = ?`,
		"foreign_answers": `SELECT count(answer_key) FROM foreign_answers WHERE wave_id = ?`,
	} {
		w, err := mustPublished(s.asks(s.Context()), wave)
		s.ok(err)
		n, err := first(s.asks(s.Context()), scanInt, query, w.id)
		s.ok(err)
		counts[table] = *n
	}
	return counts
}

var nothingLeft = map[string]int64{"answers": 0, "invitations": 0, "foreign_answers": 0}

func TestNothingLeadsToAnAnswerThatWasDropped(t *testing.T) {
	const people = answerPage + 20
	s, wave := answered(t, people)
	if diff := cmp.Diff(map[string]int64{"answers": people + 1, "invitations": people, "foreign_answers": 1}, s.left(wave)); diff != "" {
		t.Fatalf("before (-want +got):\n%s", diff)
	}
	dropped, err := s.DropAnswers(t.Context(), wave, noon.AddDate(0, 0, 30))
	s.ok(err)
	if diff := cmp.Diff(nothingLeft, s.left(wave)); diff != "" || dropped != people+1 {
		t.Errorf("%d dropped; after it (-want +got):\n%s", dropped, diff)
	}
}

// A process may end after any of the transactions. Until the answers are gone as a whole nobody reads those that are left.
func TestDroppingThatWasBrokenOffGoesOn(t *testing.T) {
	end := noon.AddDate(0, 0, 30)
	for pages := range 3 {
		t.Run(fmt.Sprint(pages, " pages"), func(t *testing.T) {
			t.Parallel() // they wait for the disk most of the time
			s, wave := answered(t, answerPage+20)
			w, err := write(t.Context(), s.writer, "drop", func(txn *txn) (*publishedWave, error) { return txn.beginDropping(wave, end) })
			s.ok(err)
			for range pages {
				_, err := write(t.Context(), s.writer, "drop", func(txn *txn) (int64, error) { return txn.dropAnswers(w) })
				s.ok(err)
			}
			for a, err := range s.WaveAnswers(t.Context(), wave) {
				t.Fatalf("read %s, %v", a.Key, err)
			}
			due, err := s.DueForDropping(t.Context(), end, 10)
			s.ok(err)
			if diff := cmp.Diff([]store.WaveKey{wave}, due); diff != "" {
				t.Fatalf("due (-want +got):\n%s", diff)
			}
			_, err = s.DropAnswers(t.Context(), wave, end)
			s.ok(err)
			if diff := cmp.Diff(nothingLeft, s.left(wave)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
