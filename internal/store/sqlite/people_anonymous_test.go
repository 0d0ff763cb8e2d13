// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/store"
)

// secret is a store with an Anonymous wave to which n people are invited.
type secret struct {
	*testing.T
	*Store
	path string
	wave store.WaveKey
}

func secretWave(t *testing.T, n int) *secret {
	t.Helper()
	s := &secret{T: t, path: filepath.Join(t.TempDir(), "evidence.db"),
		wave: store.WaveKey{ProgramID: "acme", Survey: "pulse", Slot: "20270104t1200"}}
	s.open()
	holder := store.Holder{NamespaceUID: "ns-1", Namespace: "retail", ProgramUID: "uid-1"}
	_, err := s.Claim(t.Context(), "acme", holder, "", noon)
	s.ok(err)
	var keys []string
	_, err = s.ImportContacts(t.Context(), "acme", "staff", func(yield func(store.Contact, error) bool) {
		for i := range n {
			keys = append(keys, personName(i))
			if !yield(store.Contact{Key: personName(i), Address: personName(i) + "@staff.example", Name: "Name of " + personName(i)}, nil) {
				return
			}
		}
	}, noon)
	s.ok(err)
	s.ok(s.PublishWave(t.Context(), store.PublishedWave{WaveKey: s.wave, State: store.WaveTakesAnswers, OpensAt: noon,
		ClosesAt: noon.AddDate(0, 0, 7), Anonymity: "Anonymous"}))
	_, err = s.Invite(t.Context(), s.wave, []string{"staff"}, keys, func(c store.Candidate) store.Verdict {
		return store.Verdict{SendAt: noon, Reminders: []time.Time{noon.AddDate(0, 0, 2)}, Link: store.Link{ID: [16]byte([]byte(c.Key)),
			Answer: secretLink(c.Key), OptOut: sha256.Sum256([]byte("opt-out " + c.Key)), ExpiresAt: noon.AddDate(0, 1, 0)}}
	}, noon)
	s.ok(err)
	s.ok(s.Close()) // folds the WAL into the file
	s.open()
	return s
}

func personName(i int) string { return fmt.Sprintf("person-%04d-named", i) }

func answerText(i int) string { return fmt.Sprintf("answer-%04d-given", i) }

func secretLink(key string) [32]byte { return sha256.Sum256([]byte("answer " + key)) }

func (s *secret) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *secret) open() {
	s.Helper()
	opened, err := Open(s.Context(), s.path, Options{Now: func() time.Time { return noon }})
	s.ok(err)
	s.Store = opened
	s.Cleanup(func() { _ = opened.Close() })
}

func (s *secret) submit(i, minute int) {
	s.Helper()
	_, err := s.SubmitAnswer(s.Context(), secretLink(personName(i)), store.Answer{Complete: true, Channel: "web", Language: "ru",
		Values: fmt.Appendf(nil, `{"mood":%d,"why":%q}`, i%11, answerText(i)+strings.Repeat(".", i%40))},
		noon.Add(time.Duration(minute)*time.Minute))
	s.ok(err)
}

// settled waits until the writer has done all that follows the last write.
func (s *secret) settled() {
	s.Helper()
	for range 2 {
		_, err := write(s.Context(), s.writer, "wait", func(*txn) (struct{}, error) { return struct{}{}, nil })
		s.ok(err)
	}
}

func (s *secret) file(suffix string) []byte {
	s.Helper()
	content, err := os.ReadFile(s.path + suffix)
	s.ok(err)
	return content
}

// places are where each of n texts begins in the file, once or as many times as it is there.
func places(file []byte, n int, text func(int) string) [][]int {
	found := make([][]int, n)
	for i := range n {
		for from := 0; ; {
			at := bytes.Index(file[from:], []byte(text(i)))
			if at < 0 {
				break
			}
			found[i] = append(found[i], from+at)
			from += at + 1
		}
	}
	return found
}

// concordance compares the order of places on the same page with the order in which people answered: 1 when they are the same,
// -1 when they are opposite, about 0 when one says nothing about the other.
func concordance(places [][]int, order []int) (tau float64, pairs int) {
	sum := 0
	for i, a := range order {
		for _, b := range order[i+1:] {
			for _, at := range places[a] {
				for _, bt := range places[b] {
					if at/pageBytes != bt/pageBytes {
						continue
					}
					if pairs++; at < bt {
						sum++
					} else {
						sum--
					}
				}
			}
		}
	}
	return float64(sum) / float64(pairs), pairs
}

// A page of the file shows in which order its rows were written, unless something is done about it; the WAL shows which row
// was written together with which.
func TestTheFileOfAnAnonymousWaveTellsNoOrder(t *testing.T) {
	for name, together := range map[string]int{"one at a time": 1, "several in one transaction": 5} {
		t.Run(name, func(t *testing.T) { testNoOrder(t, together) })
	}
}

func testNoOrder(t *testing.T, together int) {
	const n = 300
	s := secretWave(t, n)
	order := rand.New(rand.NewPCG(7, 7)).Perm(n)
	looked, telling := 0, 0
	for minute := 0; minute < n; minute += together {
		i := order[minute]
		if together == 1 {
			s.submit(i, minute)
		} else {
			s.submitTogether(order[minute:minute+together], minute)
		}
		if minute < 20 || minute%5 != 0 {
			continue
		}
		s.settled()
		if wal := s.file("-wal"); len(wal) != 0 {
			t.Fatalf("the WAL holds %d bytes after answer %d", len(wal), minute)
		}
		if looked++; s.isAtTheEdge(i) {
			telling++
		}
	}
	// One of the twenty or so on a page is at an edge by chance now and then.
	if looked < 50 || telling > looked/3 {
		t.Errorf("the newest answer was at the edge of its page %d times out of %d", telling, looked)
	}
	s.ok(s.Close())
	file := s.file("")
	answers := places(file, n, answerText)
	copies := 0
	for i, at := range answers {
		if len(at) == 0 {
			t.Fatalf("answer %d is not in the file", i)
		}
		copies += len(at) - 1
	}
	// SQLite leaves one behind now and then, in the unused part of a page whose rows it moves to another: one, in one run of a hundred.
	if copies > 1 {
		t.Errorf("%d answers are in the file twice: copies tell what was moved when", copies)
	}
	for what, found := range map[string][][]int{"answers": answers, "people": places(file, n, personName)} {
		tau, pairs := concordance(found, order)
		t.Logf("%s: concordance %.3f over %d pairs", what, tau, pairs)
		// A random order of these few pages stays within ±0.1.
		if pairs < 2000 || tau > 0.25 || tau < -0.25 {
			t.Errorf("%s: the file follows the order of answering: %.3f over %d pairs", what, tau, pairs)
		}
	}
}

// isAtTheEdge says whether an answer is before or behind all others on its page.
func (s *secret) isAtTheEdge(newest int) bool {
	s.Helper()
	file := s.file("")
	at := places(file, newest+1, answerText)[newest][0]
	page := file[at/pageBytes*pageBytes : (at/pageBytes+1)*pageBytes]
	place := at % pageBytes
	first, last := bytes.Index(page, []byte("answer-")), bytes.LastIndex(page, []byte("answer-"))
	return place == first || place == last
}

// dump is every row of every table, as text.
func (s *secret) dump() map[string][]string {
	s.Helper()
	tables, err := all(s.asks(s.Context()), func(row scanner) (name string, err error) { return name, row.Scan(&name) },
		`SELECT name FROM sqlite_master WHERE type = 'table'`)
	s.ok(err)
	rows := map[string][]string{}
	for _, table := range tables {
		found, err := s.reads.QueryContext(s.Context(), `SELECT * FROM `+table)
		s.ok(err)
		columns, err := found.Columns()
		s.ok(err)
		rows[table], err = collect(found, func(row scanner) (string, error) {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			err := row.Scan(into...)
			var text []string
			for i, value := range values {
				if blob, ok := value.([]byte); ok {
					value = fmt.Sprintf("%x (%q)", blob, blob)
				}
				text = append(text, fmt.Sprintf("%s=%v", columns[i], value))
			}
			return strings.Join(text, " "), err
		})
		s.ok(err)
	}
	return rows
}

// One answer may change three things: a flag, a counter, and a row that says nothing of either.
func TestAnAnonymousAnswerChangesAFlagACounterAndARow(t *testing.T) {
	s := secretWave(t, 30)
	for i := range 20 {
		s.submit(i, i)
	}
	before := s.dump()
	s.submit(25, 543)
	after := s.dump()
	var changes []string
	for table, rows := range after {
		for _, row := range rows {
			if !slices.Contains(before[table], row) {
				changes = append(changes, table+": "+row)
			}
		}
		for _, row := range before[table] {
			if !slices.Contains(rows, row) && table == "anonymous_answers" {
				t.Errorf("an earlier answer changed: %s", row)
			}
		}
	}
	slices.Sort(changes)
	if len(changes) != 3 {
		t.Fatalf("%d rows changed:\n%s", len(changes), strings.Join(changes, "\n"))
	}
	answer, flag, counter := changes[0], changes[1], changes[2]
	day := fmt.Sprintf("day=%d ", micros(noon.Truncate(24*time.Hour)))
	if !strings.HasPrefix(answer, "anonymous_answers: wave_id=1 key=") || !strings.Contains(answer, day) ||
		!strings.Contains(answer, answerText(25)) || strings.Contains(answer, "person") || strings.Contains(answer, "ru") {
		t.Errorf("answer: %s", answer)
	}
	was := strings.Replace(strings.TrimPrefix(flag, "invitations: "), "answered=1", "answered=0", 1)
	if !slices.Contains(before["invitations"], was) {
		t.Errorf("more than the flag changed: %s", flag)
	}
	if want := "wave_progress: wave_id=1 revision=21 foreign_done=0 confirmed_at=<nil> keep_until=<nil> answers=Kept"; counter != want {
		t.Errorf("counter: got %q, want %q", counter, want)
	}
	key := strings.Fields(answer)[2]
	for table, rows := range after {
		if table != "anonymous_answers" && strings.Contains(strings.Join(rows, "\n"), strings.TrimPrefix(key, "key=")) {
			t.Errorf("the answer's key is in %s, too", table)
		}
	}
	if _, err := all(s.asks(t.Context()), scanInt, `SELECT rowid FROM anonymous_answers`); err == nil {
		t.Error("answers have row numbers")
	}
	sequences, err := all(s.asks(t.Context()), func(row scanner) (name string, err error) { return name, row.Scan(&name) },
		`SELECT name FROM sqlite_sequence`)
	s.ok(err)
	if diff := cmp.Diff([]string{"goose_db_version"}, sequences); diff != "" {
		t.Errorf("tables with running numbers (-want +got):\n%s", diff)
	}
}

// The flag is one byte that changes where it is: nothing moves, so no page shows who came first.
func TestTheFlagOfAnInvitationIsSetInPlace(t *testing.T) {
	const n, answering = 100, 40
	s := secretWave(t, n)
	before := s.file("")
	order := rand.New(rand.NewPCG(3, 3)).Perm(n)[:answering]
	for minute, i := range order {
		s.submit(i, minute)
	}
	s.settled()
	after := s.file("")
	people := map[int]bool{} // the pages of the invitations
	for i, at := range places(before, n, personName) {
		for _, place := range at {
			behind := place + len(personName(i))
			if bytes.Contains(before[behind:behind+20], []byte("staff")) { // the time is between them
				people[place/pageBytes] = true
			}
		}
	}
	changed := 0
	for page := range people {
		from, to := page*pageBytes, (page+1)*pageBytes
		for i := from; i < to; i++ {
			if before[i] != after[i] {
				changed++
			}
		}
	}
	if changed != answering {
		t.Fatalf("%d bytes changed on the %d pages of the invitations, want %d", changed, len(people), answering)
	}
}

func TestAReaderDelaysEmptyingTheWAL(t *testing.T) {
	s := secretWave(t, 3)
	tx, err := s.reads.BeginTx(t.Context(), nil)
	s.ok(err)
	var n int
	s.ok(tx.QueryRowContext(t.Context(), `SELECT count(*) FROM invitations`).Scan(&n))
	started := time.Now()
	s.submit(0, 0)
	s.submit(1, 0)
	s.settled()
	if len(s.file("-wal")) == 0 {
		t.Fatal("the WAL is empty while somebody reads from it")
	}
	if waited := time.Since(started); waited > 4*5*time.Second { // four writes, each as long as SQLite waits for a lock
		t.Errorf("writers waited for the reader, %s", waited)
	}
	s.ok(tx.Rollback())
	// The writer tries again after each write, now that the reader is gone; a try may meet a busy machine.
	for range 20 {
		if s.settled(); len(s.file("-wal")) == 0 {
			return
		}
	}
	t.Fatal("nobody reads any more, and the WAL is not emptied")
}

func TestWhoIsErasedIsNotInTheFile(t *testing.T) {
	s := secretWave(t, 5)
	linked := store.WaveKey{ProgramID: "acme", Survey: "linked", Slot: "1"}
	s.ok(s.PublishWave(t.Context(), store.PublishedWave{WaveKey: linked, State: store.WaveTakesAnswers, OpensAt: noon,
		ClosesAt: noon.AddDate(0, 0, 7), Anonymity: "Identified", Kept: []string{"mood"}}))
	_, err := s.Invite(t.Context(), linked, []string{"staff"}, []string{personName(2), personName(3)}, func(c store.Candidate) store.Verdict {
		return store.Verdict{Link: store.Link{ID: [16]byte{1}, Answer: sha256.Sum256([]byte("linked " + c.Key)),
			OptOut: sha256.Sum256([]byte("out " + c.Key)), ExpiresAt: noon.AddDate(0, 1, 0)}}
	}, noon)
	s.ok(err)
	for _, i := range []int{2, 3} {
		_, err = s.SubmitAnswer(t.Context(), sha256.Sum256([]byte("linked "+personName(i))), store.Answer{Complete: true, Channel: "web",
			Values: fmt.Appendf(nil, `{"mood":5,"why":%q}`, answerText(i))}, noon)
		s.ok(err)
	}
	_, err = s.EraseContact(t.Context(), "acme", personName(2), noon)
	s.ok(err)
	s.settled()
	for _, suffix := range []string{"", "-wal"} {
		file := s.file(suffix)
		for _, gone := range []string{personName(2), answerText(2)} {
			if bytes.Contains(file, []byte(gone)) {
				t.Errorf("%q is still in the file %q", gone, suffix)
			}
		}
		for _, there := range []string{personName(3), answerText(3)} {
			if suffix == "" && !bytes.Contains(file, []byte(there)) {
				t.Errorf("%q is not in the file: this test looks in the wrong place", there)
			}
		}
	}
}
