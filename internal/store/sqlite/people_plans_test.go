// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"crypto/sha256"
	"database/sql"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// There may be a million contacts and as many invitations and messages. No query about a few of them may look at all of them;
// with the little data of other tests nobody would notice.
func TestNoQueryLooksAtAllPeople(t *testing.T) {
	s := secretWave(t, 30)
	s.everyCall()
	var queries []string
	for query := range s.writer.statements {
		queries = append(queries, query)
	}
	for query := range s.often.byQuery {
		queries = append(queries, query)
	}
	about := regexp.MustCompile(`contacts|invitations|messages|answers`)
	scan := regexp.MustCompile(`^SCAN (c|i|p|w|published_waves|wave_progress|m|d|n|o|first|contacts|invitations|messages|answers|anonymous_answers|foreign_answers|addresses|f)\b`)
	looked := 0
	for _, query := range queries {
		if !about.MatchString(query) {
			continue
		}
		looked++
		steps, err := all(s.plainly(), func(row scanner) (step string, err error) {
			var id, parent, unused int
			return step, row.Scan(&id, &parent, &unused, &step)
		}, `EXPLAIN QUERY PLAN `+query)
		if err != nil {
			t.Fatalf("%v\n%s", err, query)
		}
		for _, step := range steps {
			if scan.MatchString(step) && !strings.Contains(step, "VIRTUAL TABLE") {
				t.Errorf("%s, in\n%s", step, query)
			}
		}
	}
	if looked < 50 {
		t.Fatalf("only %d queries were looked at", looked)
	}
}

// plainly asks on the writing connection once the writer rests, with nothing for each argument.
func (s *secret) plainly() asking {
	s.Helper()
	s.settled()
	argument := regexp.MustCompile(`\?(\d*)`)
	return func(query string, _ ...any) (*sql.Rows, error) {
		n := 0
		for _, found := range argument.FindAllStringSubmatch(query, -1) {
			number, err := strconv.Atoi(found[1])
			if err != nil {
				number = n + 1
			}
			n = max(n, number)
		}
		return s.conn.QueryContext(s.Context(), query, make([]any, n)...)
	}
}

// everyCall makes every call of store.People.
func (s *secret) everyCall() {
	s.Helper()
	ctx, linked := s.Context(), store.WaveKey{ProgramID: "acme", Survey: "linked", Slot: "1"}
	s.ok(s.PublishWave(ctx, store.PublishedWave{WaveKey: linked, State: store.WaveTakesAnswers, OpensAt: noon, ClosesAt: noon.AddDate(0, 0, 1),
		Anonymity: "Identified"}))
	s.ok(s.ConfirmWave(ctx, linked))
	s.ok(s.ConfirmWave(ctx, s.wave))
	answer := func(key string) [32]byte { return sha256.Sum256([]byte("linked " + key)) }
	optOut := func(key string) [32]byte { return sha256.Sum256([]byte("out " + key)) }
	for c, err := range s.Candidates(ctx, linked, []string{"staff"}, "", noon) {
		s.ok(err)
		_, err = s.Invite(ctx, linked, []string{"staff"}, []string{c.Key}, func(c store.Candidate) store.Verdict {
			if c.Key > personName(20) {
				return store.Verdict{Skip: "notSampled"}
			}
			return store.Verdict{SendAt: noon, Link: store.Link{ID: [16]byte{1}, Answer: answer(c.Key), OptOut: optOut(c.Key),
				ExpiresAt: noon.AddDate(0, 1, 0)}}
		}, noon)
		s.ok(err)
	}
	messages, err := s.ClaimMessages(ctx, "worker", []string{"acme"}, 5, time.Minute)
	s.ok(err)
	for i, m := range messages {
		_, err := s.BeginSending(ctx, "worker", m)
		s.ok(err)
		s.ok(s.SettleMessage(ctx, "worker", m, store.Sent{Result: []store.SentResult{store.SentAccepted, store.SentBounced, store.SentLater}[i%3],
			RetryAt: noon}))
	}
	_, err = s.Stranded(ctx, []string{"acme"}, 10)
	s.ok(err)
	_, err = s.QueuedWaves(ctx)
	s.ok(err)
	_, err = s.Backlog(ctx)
	s.ok(err)
	s.submit(1, 1)
	for _, complete := range []bool{false, true, true} {
		_, err = s.SubmitAnswer(ctx, answer(personName(3)), store.Answer{Values: []byte(`{}`), Channel: "web", Complete: complete}, noon)
		s.ok(err)
	}
	_, _ = s.SubmitAnswer(ctx, answer(personName(4)), store.Answer{Values: []byte(`{}`), Channel: "web", Complete: true}, noon.AddDate(0, 0, 9))
	for range 2 {
		_, err = s.SubmitForeign(ctx, linked, "k", store.Answer{Values: []byte(`{}`), Channel: "kiosk", Complete: true}, noon)
		s.ok(err)
	}
	_, err = s.Invitation(ctx, answer(personName(5)), noon)
	s.ok(err)
	_, err = s.SubmitAnswer(ctx, answer(personName(5)), store.Answer{Values: []byte(`{}`), Channel: "web", Complete: true, MayContact: true}, noon)
	s.ok(err)
	for a, err := range s.WaveAnswers(ctx, linked) {
		s.ok(err)
		if a.ContactKey != personName(5) {
			continue
		}
		_, err = s.RecordFollowUp(ctx, "acme", store.FollowUp{ID: "f-1", Survey: linked.Survey, Slot: linked.Slot, Rule: "r", AnswerKey: a.Key,
			OpenedAt: noon, DueBy: noon})
		s.ok(err)
	}
	_, err = s.FollowedUp(ctx, "acme", "f-1")
	s.ok(err)
	_, _, err = s.OptOutWave(ctx, optOut(personName(6)))
	s.ok(err)
	s.ok(s.OptOutByLink(ctx, optOut(personName(6)), noon))
	s.ok(s.OptOut(ctx, "acme", "a@b.example", "letter", noon))
	_, err = s.EraseContact(ctx, "acme", personName(3), noon)
	s.ok(err)
	_, err = s.AudienceCounts(ctx, linked)
	s.ok(err)
	_, err = s.CountContacts(ctx, "acme", "staff")
	s.ok(err)
	for _, wave := range []store.WaveKey{linked, s.wave} {
		for _, err := range s.WaveAnswers(ctx, wave) {
			s.ok(err)
		}
		_, err = s.AnswersRevision(ctx, wave)
		s.ok(err)
		_, err = s.CancelMessages(ctx, wave, "gone")
		s.ok(err)
		_, err = s.DropAnswers(ctx, wave, noon.AddDate(0, 0, 30))
		s.ok(err)
	}
	_, err = s.DueForDropping(ctx, noon, 10)
	s.ok(err)
	_, err = s.ContactsRevision(ctx, "acme")
	s.ok(err)
	s.ok(s.Pause(ctx, "acme", true))
	s.ok(s.Pause(ctx, "acme", false))
	_, err = s.MailBars(ctx, "acme", []string{"a@b.example"})
	s.ok(err)
	_, err = s.PreviewImport(ctx, "acme", "staff", func(yield func(store.Contact, error) bool) {
		yield(store.Contact{Key: "k", Address: "k@staff.example"}, nil)
	})
	s.ok(err)
	_, err = s.ImportContacts(ctx, "acme", "staff", func(yield func(store.Contact, error) bool) {
		yield(store.Contact{Key: "k", Address: "k@staff.example"}, nil)
	}, noon)
	s.ok(err)
}
