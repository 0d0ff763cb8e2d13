// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/store"
)

const benchContacts = 100_000

func benchFile() string {
	var b strings.Builder
	b.WriteString("id,email,name,language,timeZone,segment\n")
	zones := []string{"Europe/Madrid", "America/New_York", "Asia/Tokyo", ""}
	for i := range benchContacts {
		fmt.Fprintf(&b, "c-%06d,person-%06d@shop.example,Contact %d,en,%s,retail\n", i, i, i, zones[i%len(zones)])
	}
	return b.String()
}

func benchStore(b *testing.B) *Store {
	b.Helper()
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "evidence.db"), Options{Now: func() time.Time { return noon }})
	must(b, err)
	b.Cleanup(func() { _ = s.Close() })
	_, err = s.Claim(b.Context(), "acme", store.Holder{NamespaceUID: "n", Namespace: "n", ProgramUID: "u"}, "", noon)
	must(b, err)
	return s
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func benchSpec(survey string) audience.Spec {
	return audience.Spec{Wave: store.WaveKey{ProgramID: "acme", Survey: survey, Slot: "20270104t1200"}, Zone: time.UTC,
		ProgramRules: []audience.Rule{{AtMost: 2, Window: 30 * 24 * time.Hour}}, Spread: 24 * time.Hour,
		Quiet: audience.QuietHours{From: 20 * 60, To: 8 * 60}, OpensAt: noon, ClosesAt: noon.AddDate(0, 0, 7),
		Reminders: []time.Duration{72 * time.Hour}}
}

func benchPublish(b *testing.B, s *Store, spec audience.Spec, anonymity string) {
	must(b, s.PublishWave(b.Context(), store.PublishedWave{WaveKey: spec.Wave, State: store.WaveTakesAnswers, OpensAt: spec.OpensAt,
		ClosesAt: spec.ClosesAt, Anonymity: anonymity}))
	must(b, s.ConfirmWave(b.Context(), spec.Wave))
}

func benchLink(survey, key string) store.Link {
	hash := sha256.Sum256([]byte(survey + key))
	return store.Link{ID: [16]byte(hash[:16]), Answer: hash, OptOut: sha256.Sum256(hash[:]), ExpiresAt: noon.AddDate(0, 1, 0)}
}

// benchInvite does what the manager does when a wave opens, and says how long planning and inviting took.
func benchInvite(b *testing.B, s *Store, spec audience.Spec, personas []string) (plan, invite time.Duration) {
	started := time.Now()
	planned, err := audience.Prepare(spec, s.Candidates(b.Context(), spec.Wave, personas, "", noon), noon)
	must(b, err)
	plan = time.Since(started)
	started = time.Now()
	var keys []string
	flush := func() {
		_, err := s.Invite(b.Context(), spec.Wave, personas, keys, func(c store.Candidate) store.Verdict {
			return planned.Verdict(c, func() store.Link { return benchLink(spec.Wave.Survey, c.Key) })
		}, noon)
		must(b, err)
		keys = keys[:0]
	}
	for c, err := range s.Candidates(b.Context(), spec.Wave, personas, "", noon) {
		must(b, err)
		if keys = append(keys, c.Key); len(keys) == 1000 {
			flush()
		}
	}
	flush()
	return plan, time.Since(started)
}

// BenchmarkAudience imports 100,000 contacts, and opens two waves for them, the second of which meets the history of the first:
// 20 of 100 are drawn for the first, all for the second. The floor is one transaction that inserts the same contacts into one
// table and does nothing else.
func BenchmarkAudience(b *testing.B) {
	file := benchFile()
	personas := []string{"customers"}
	for b.Loop() {
		s := benchStore(b)
		floor := rawInsert(b)
		started := time.Now()
		_, err := s.ImportContacts(b.Context(), "acme", personas[0], audience.Whole(audience.ReadCSV(strings.NewReader(file))), noon)
		must(b, err)
		imported := time.Since(started)
		started = time.Now()
		_, err = s.ImportContacts(b.Context(), "acme", personas[0], audience.Whole(audience.ReadCSV(strings.NewReader(file))), noon)
		must(b, err)
		again := time.Since(started)

		sample, all := benchSpec("sample"), benchSpec("all")
		sample.Percent = 20
		benchPublish(b, s, sample, "Confidential")
		benchPublish(b, s, all, "Confidential")
		samplePlan, sampleInvite := benchInvite(b, s, sample, personas)
		allPlan, allInvite := benchInvite(b, s, all, personas)
		started = time.Now()
		counts, err := s.AudienceCounts(b.Context(), all.Wave)
		must(b, err)
		counted := time.Since(started)
		if counts.Invited != benchContacts {
			b.Fatalf("%d invited", counts.Invited)
		}
		b.ReportMetric(floor.Seconds(), "s-raw-insert")
		b.ReportMetric(imported.Seconds(), "s-import")
		b.ReportMetric(again.Seconds(), "s-import-again")
		b.ReportMetric(samplePlan.Seconds(), "s-plan-20%")
		b.ReportMetric(sampleInvite.Seconds(), "s-invite-20%")
		b.ReportMetric(allPlan.Seconds(), "s-plan-all")
		b.ReportMetric(allInvite.Seconds(), "s-invite-all")
		b.ReportMetric(counted.Seconds(), "s-count")
	}
}

func rawInsert(b *testing.B) time.Duration {
	b.Helper()
	db, err := sql.Open("sqlite", dsn(filepath.Join(b.TempDir(), "raw.db"), nil))
	must(b, err)
	defer func() { must(b, db.Close()) }()
	_, err = db.ExecContext(b.Context(), `CREATE TABLE raw (key TEXT NOT NULL PRIMARY KEY, address TEXT, name TEXT, segment TEXT) WITHOUT ROWID`)
	must(b, err)
	started := time.Now()
	tx, err := db.BeginTx(b.Context(), nil)
	must(b, err)
	insert, err := tx.PrepareContext(b.Context(), `INSERT INTO raw (key, address, name, segment) VALUES (?, ?, ?, ?)`)
	must(b, err)
	defer func() { must(b, insert.Close()) }()
	for i := range benchContacts {
		_, err := insert.ExecContext(b.Context(), fmt.Sprintf("c-%06d", i), fmt.Sprintf("person-%06d@shop.example", i), fmt.Sprint("Contact ", i), "retail")
		must(b, err)
	}
	must(b, tx.Commit())
	return time.Since(started)
}

// BenchmarkPeopleRates measures what many callers at once get: durable answers, to a Confidential and to an Anonymous wave, and
// mails that are claimed, begun and settled. The floor is one durable row for each call, in shared transactions.
func BenchmarkPeopleRates(b *testing.B) {
	const callers, each = 100, 40
	s := benchStore(b)
	_, err := s.ImportContacts(b.Context(), "acme", "customers", func(yield func(store.Contact, error) bool) {
		for i := range callers * each {
			key := fmt.Sprintf("c-%06d", i)
			if !yield(store.Contact{Key: key, Address: key + "@shop.example"}, nil) {
				return
			}
		}
	}, noon)
	must(b, err)
	var floor, linked, anonymous, mail time.Duration
	round := 0
	for ; b.Loop(); round++ {
		floor += together(callers, func(caller int) {
			for i := range each {
				_, err := write(b.Context(), s.writer, "raw", addMark(fmt.Sprint(round, "/", caller, "/", i)))
				must(b, err)
			}
		})
		for _, anonymity := range []string{"Confidential", "Anonymous"} {
			spec := benchSpec(fmt.Sprint(anonymity, round))
			spec.ProgramRules, spec.Quiet, spec.Spread = nil, audience.QuietHours{}, 0
			benchPublish(b, s, spec, anonymity)
			benchInvite(b, s, spec, []string{"customers"})
			took := together(callers, func(caller int) {
				for i := range each {
					_, err := s.SubmitAnswer(b.Context(), benchLink(spec.Wave.Survey, fmt.Sprintf("c-%06d", caller*each+i)).Answer, store.Answer{
						Values: []byte(`{"nps":9,"why":"Quick and friendly, thank you"}`), Complete: true, Channel: "web"}, noon)
					must(b, err)
				}
			})
			if anonymity == "Anonymous" {
				anonymous += took
				_, err := s.CancelMessages(b.Context(), spec.Wave, "not this one")
				must(b, err)
				continue
			}
			linked += took
			mail += sendAll(b, s)
		}
	}
	calls := float64(round * callers * each)
	b.ReportMetric(calls/floor.Seconds(), "raw-rows/s")
	b.ReportMetric(calls/linked.Seconds(), "answers/s")
	b.ReportMetric(calls/anonymous.Seconds(), "anonymous-answers/s")
	b.ReportMetric(calls/mail.Seconds(), "mails/s")
	b.ReportMetric(floor.Seconds()/linked.Seconds(), "answers-ratio")
}

func together(callers int, do func(caller int)) time.Duration {
	started := time.Now()
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() { do(caller) })
	}
	all.Wait()
	return time.Since(started)
}

// sendAll sends what is due as the sender does: in batches of 64, 8 at a time.
func sendAll(b *testing.B, s *Store) time.Duration {
	started := time.Now()
	for {
		messages, err := s.ClaimMessages(b.Context(), "worker", []string{"acme"}, 64, time.Minute)
		must(b, err)
		if len(messages) == 0 {
			return time.Since(started)
		}
		together(8, func(caller int) {
			for i := caller; i < len(messages); i += 8 {
				begun, err := s.BeginSending(b.Context(), "worker", messages[i])
				must(b, err)
				if !begun {
					b.Error("a message cannot begin")
				}
				must(b, s.SettleMessage(b.Context(), "worker", messages[i], store.Sent{Result: store.SentAccepted}))
			}
		})
	}
}
