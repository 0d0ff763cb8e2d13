// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

var noon = time.Date(2027, time.January, 4, 12, 0, 0, 0, time.UTC)

func opened(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "evidence.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	holder := store.Holder{NamespaceUID: "ns-1", Namespace: "retail", ProgramUID: "uid-1"}
	if _, err := s.Claim(t.Context(), "acme", holder, "", noon); err != nil {
		t.Fatal(err)
	}
	return s
}

func addMark(key string) func(*txn) (string, error) {
	return func(t *txn) (string, error) {
		_, err := t.exec(`INSERT INTO marks (program_id, scope, key, value, since) VALUES ('acme', 's', ?, 'v', 0)`, key)
		return key, err
	}
}

// byHand stops the loop and returns a writer whose steps the test takes, so that what waits and what is gathered
// is certain.
func byHand(t *testing.T, s *Store, maxBatch int) *writer {
	t.Helper()
	s.writer.stop()
	t.Cleanup(func() { s.writer = startWriter(s.conn, 0, s.waves) }) // for Close to stop
	return &writer{conn: s.conn, maxBatch: maxBatch, statements: map[string]*sql.Stmt{}, waves: s.waves}
}

func TestWaitingWritesShareOneTransaction(t *testing.T) {
	s := opened(t)
	w := byHand(t, s, 5)
	synctest.Test(t, func(t *testing.T) {
		w.jobs, w.closing = make(chan *job), make(chan struct{})
		errs := make([]error, 7)
		for i := range errs {
			go func() { _, errs[i] = write(t.Context(), w, "test", addMark(fmt.Sprint("key-", i))) }()
		}
		synctest.Wait()
		for _, want := range []int{5, 2} {
			batch := w.waiting(<-w.jobs)
			if len(batch) != want {
				t.Fatalf("gathered %d writes, want %d", len(batch), want)
			}
			w.commit(batch)
		}
		synctest.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	})
	if got := count(t, s); got != 7 {
		t.Fatalf("%d rows, want 7", got)
	}
}

func TestAFailedWriteTakesOnlyItsOwnRowsWithIt(t *testing.T) {
	s := opened(t)
	w := byHand(t, s, 10)
	failed := errors.New("failed after its write")
	results := map[string]error{}
	var batch []*job
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		key string
		ctx context.Context
		err error
	}{{"a", t.Context(), nil}, {"b", t.Context(), failed}, {"c", gone, nil}, {"a", t.Context(), nil}, {"d", t.Context(), nil}} {
		add := addMark(c.key)
		batch = append(batch, &job{ctx: c.ctx, result: make(chan error, 1), do: func(t *txn) error {
			_, err := add(t)
			return errors.Join(err, c.err)
		}})
	}
	w.commit(batch)
	for i, name := range []string{"first", "own error", "cancelled", "duplicate", "last"} {
		results[name] = <-batch[i].result
	}
	if results["first"] != nil || results["last"] != nil {
		t.Fatalf("good writes failed: %v", results)
	}
	if !errors.Is(results["own error"], failed) || !errors.Is(results["cancelled"], context.Canceled) ||
		results["duplicate"] == nil {
		t.Fatalf("bad writes: %v", results)
	}
	if got := count(t, s); got != 2 {
		t.Fatalf("%d rows, want 2", got)
	}
}

func TestWritesThatCanRunAgainAreKeptApartOnlyWhenOneFails(t *testing.T) {
	s := opened(t)
	w := byHand(t, s, 10)
	failed := errors.New("failed after its write")
	commit := func(keys ...string) (errs []error, runs int) {
		var batch []*job
		for _, key := range keys {
			add := addMark(key)
			batch = append(batch, &job{ctx: t.Context(), again: true, result: make(chan error, 1), do: func(t *txn) error {
				runs++
				_, err := add(t)
				if key == "bad" {
					err = errors.Join(err, failed)
				}
				return err
			}})
		}
		w.commit(batch)
		for _, j := range batch {
			errs = append(errs, <-j.result)
		}
		return errs, runs
	}
	if errs, runs := commit("a", "b", "c"); errors.Join(errs...) != nil || runs != 3 {
		t.Fatalf("%d runs, %v", runs, errs)
	}
	if _, apart := w.statements[`SAVEPOINT job`]; apart {
		t.Error("good writes were kept apart")
	}
	errs, runs := commit("d", "bad", "e")
	if errs[0] != nil || !errors.Is(errs[1], failed) || errs[2] != nil || runs != 5 {
		t.Fatalf("%d runs, %v", runs, errs)
	}
	if got := count(t, s); got != 5 {
		t.Fatalf("%d rows, want 5", got)
	}
}

func TestAFailedWriteChangesNoAnswers(t *testing.T) {
	s := opened(t)
	w := byHand(t, s, 10)
	failed := &job{ctx: t.Context(), result: make(chan error, 1), do: func(t *txn) error {
		return errors.Join(t.answersChanged(1), errors.New("failed afterwards"))
	}}
	w.commit([]*job{failed})
	if err := <-failed.result; err == nil {
		t.Fatal("it did not fail")
	}
	for query := range w.statements {
		if strings.Contains(query, "wave_progress") {
			t.Errorf("the wave was touched: %s", query)
		}
	}
}

func count(t *testing.T, s *Store) (n int) {
	t.Helper()
	if err := s.reads.QueryRowContext(t.Context(), `SELECT count(*) FROM marks`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestACommitThatFailsFailsAllAndLeavesNothingBehind(t *testing.T) {
	s := opened(t)
	w := byHand(t, s, 10)
	spoil := func(t *txn) error {
		// A reference that is checked only on commit.
		_, err1 := t.exec(`PRAGMA defer_foreign_keys = ON`)
		_, err2 := t.exec(`INSERT INTO marks (program_id, scope, key, value, since) VALUES ('nobody', 's', 'k', 'v', 0)`)
		return errors.Join(err1, err2)
	}
	good := func(t *txn) error {
		_, err := addMark("a")(t)
		return err
	}
	results := func(dos ...func(*txn) error) (errs []error) {
		var batch []*job
		for _, do := range dos {
			batch = append(batch, &job{ctx: t.Context(), do: do, result: make(chan error, 1)})
		}
		w.commit(batch)
		for _, j := range batch {
			errs = append(errs, <-j.result)
		}
		return errs
	}
	for i, err := range results(good, spoil) {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("write %d: got %v, want ErrUnavailable", i, err)
		}
	}
	if got := count(t, s); got != 0 {
		t.Fatalf("%d rows of a failed commit", got)
	}
	if errs := results(good); errs[0] != nil || count(t, s) != 1 {
		t.Fatalf("the next write: %v", errs)
	}
}

// A caller that stops waiting goes on with its map while the write may still be under way.
func TestMarksAreThoseOfTheCall(t *testing.T) {
	s := opened(t)
	w := byHand(t, s, 10)
	w.jobs, w.closing = make(chan *job), make(chan struct{})
	running := s.writer
	s.writer = w
	defer func() { s.writer = running }()
	ctx, cancel := context.WithCancel(t.Context())
	values := map[string]string{"a": "True"}
	returned := make(chan error)
	go func() {
		_, err := s.SinceAll(ctx, "acme", "criteria", values, noon)
		returned <- err
	}()
	late := <-w.jobs
	cancel()
	if err := <-returned; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	values["a"], late.ctx = "False", t.Context()
	w.commit([]*job{late})
	evidence, err := s.Evidence(t.Context(), "acme", store.EvidenceQuery{Now: noon})
	if err != nil || len(evidence.Marks) != 1 || evidence.Marks[0].Value != "True" {
		t.Fatalf("%+v, %v", evidence, err)
	}
}

func TestAFullDiskFailsWritesUntilThereIsRoom(t *testing.T) {
	s := opened(t)
	fill := func(day int) error {
		_, err := s.RecordStage(t.Context(), "acme", store.StageChange{Framework: "f", Stage: int64(day % 2), At: noon,
			Reason: strings.Repeat("x", 4000)})
		return err
	}
	limit := func(pages int) {
		t.Helper()
		if _, err := s.conn.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(60)
	written := 0
	var err error
	for ; written < 200 && err == nil; written++ {
		err = fill(written)
	}
	if !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("after %d writes: got %v, want ErrUnavailable", written, err)
	}
	written-- // the last one failed
	revision, err := s.Revision(t.Context(), "acme")
	if err != nil || revision != int64(1+written) {
		t.Fatalf("revision %d after %d writes, %v", revision, written, err)
	}
	limit(1000)
	if err := fill(written); err != nil {
		t.Fatalf("with room again: %v", err)
	}
}

func TestANewerFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "evidence.db")
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.conn.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), path, Options{})
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "newer release") {
		t.Fatalf("got %v", err)
	}
}

func TestEveryConnectionIsDurableAndChecked(t *testing.T) {
	s := opened(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1",
		"busy_timeout": "5000", "temp_store": "2"} {
		var writer, reader string
		err := errors.Join(
			s.conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&writer),
			s.reads.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&reader))
		if err != nil || writer != want || reader != want {
			t.Errorf("%s: writer %s, reader %s, want %s (%v)", pragma, writer, reader, want, err)
		}
	}
	if _, err := s.reads.ExecContext(t.Context(), `DELETE FROM programs`); err == nil {
		t.Error("a reading connection could write")
	}
}
