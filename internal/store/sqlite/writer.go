// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

const defaultMaxBatch = 256

var errClosed = unavailable("write", errors.New("it is closed"))

// writer is the only one that writes. Flushing to disk is what a write costs, so all writes that wait while one
// flush is under way share the next: one transaction, one flush, and each caller still gets its own error.
type writer struct {
	conn     *sql.Conn
	maxBatch int
	// jobs is unbuffered: a job is handed over exactly when the loop takes it, so none is lost on closing.
	jobs    chan *job
	closing chan struct{}
	done    chan struct{}
	// statements has each query text of this package once; the loop alone uses it.
	statements map[string]*sql.Stmt
	waves      *waveCache
	// traces says that the WAL holds what must not stay there; see scrub.
	traces bool
}

type job struct {
	ctx    context.Context
	do     func(*txn) error
	result chan error
	// again says that do can be run twice: it changes nothing but the transaction and its result.
	again bool
}

func startWriter(conn *sql.Conn, maxBatch int, waves *waveCache) *writer {
	if maxBatch <= 0 {
		maxBatch = defaultMaxBatch
	}
	w := &writer{
		conn: conn, maxBatch: maxBatch,
		jobs: make(chan *job), closing: make(chan struct{}), done: make(chan struct{}),
		statements: map[string]*sql.Stmt{}, waves: waves,
	}
	go w.loop()
	return w
}

// stop lets the batch under way finish. Callers that are still waiting to hand over get errClosed.
func (w *writer) stop() {
	close(w.closing)
	<-w.done
}

// write runs do inside a shared transaction and returns once that is on the disk, or with ctx's error when the
// caller would not wait: then do may or may not have happened.
func write[T any](ctx context.Context, w *writer, doing string, do func(*txn) (T, error)) (T, error) {
	return share(ctx, w, doing, false, do)
}

// writeAgain is write for what can be run twice, see job.again. It costs less where such writes come many at a time.
func writeAgain[T any](ctx context.Context, w *writer, doing string, do func(*txn) (T, error)) (T, error) {
	return share(ctx, w, doing, true, do)
}

func share[T any](ctx context.Context, w *writer, doing string, again bool, do func(*txn) (T, error)) (T, error) {
	var value, none T
	j := &job{ctx: ctx, again: again, result: make(chan error, 1), do: func(t *txn) (err error) {
		value, err = do(t)
		return err
	}}
	select {
	case w.jobs <- j:
	case <-w.closing:
		return none, errClosed
	case <-ctx.Done():
		return none, failure(ctx, doing, ctx.Err())
	}
	select {
	case err := <-j.result:
		if err != nil {
			return none, failure(ctx, doing, err)
		}
		return value, nil
	case <-ctx.Done():
		// The loop may be setting value just now: it must not be read.
		return none, failure(ctx, doing, ctx.Err())
	}
}

func (w *writer) loop() {
	defer close(w.done)
	// A statement left open would keep the connection alive, and with it the WAL beside the file.
	defer func() {
		for _, statement := range w.statements {
			_ = statement.Close() // nothing is lost: all transactions have ended
		}
	}()
	for {
		var again <-chan time.Time
		if w.traces {
			again = time.After(scrubAgain)
		}
		select {
		case <-w.closing:
			return
		case first := <-w.jobs:
			w.commit(w.waiting(first))
		case <-again:
		}
		if w.traces {
			w.traces = !w.scrub()
		}
	}
}

// waiting collects the jobs that are ready now. It does not wait for more: a single caller would pay for that,
// and many callers gather anyway while the previous batch is flushed.
func (w *writer) waiting(first *job) []*job {
	batch := []*job{first}
	for len(batch) < w.maxBatch {
		select {
		case next := <-w.jobs:
			batch = append(batch, next)
		default:
			return batch
		}
	}
	return batch
}

// commit runs each job so that one that fails takes nothing with it but its own writes.
func (w *writer) commit(batch []*job) {
	results := make([]error, len(batch))
	if err := w.transact(batch, results); err != nil {
		for i := range results {
			if results[i] == nil {
				results[i] = unavailable("commit", err)
			}
		}
	}
	for i, j := range batch {
		j.result <- results[i]
	}
}

// errOneFailed: a job failed that nothing kept apart from the others.
var errOneFailed = errors.New("one of the writes failed")

// transact keeps the jobs apart by savepoints, which cost as much as a small job. If all can be run again it tries first without:
// hardly any fails.
func (w *writer) transact(batch []*job, results []error) error {
	if !slices.ContainsFunc(batch, func(j *job) bool { return !j.again }) {
		err := w.run(batch, results, (*txn).together)
		if !errors.Is(err, errOneFailed) {
			return err
		}
		clear(results)
	}
	return w.run(batch, results, (*txn).isolated)
}

// run is one transaction. each returns a job's own error, and as broken that the whole transaction cannot go on.
func (w *writer) run(batch []*job, results []error, each func(*txn, func(*txn) error) (own, broken error)) error {
	if _, err := w.exec(`BEGIN IMMEDIATE`); err != nil {
		return err
	}
	t := &txn{w: w}
	err := t.runAll(batch, results, each)
	if err != nil {
		// After a failed disk SQLite may have rolled back by itself; then this reports that there is nothing to do.
		_, rollbackErr := w.exec(`ROLLBACK`)
		err = errors.Join(err, rollbackErr)
	}
	if t.published {
		w.waves.forget()
	}
	return err
}

func (t *txn) runAll(batch []*job, results []error, each func(*txn, func(*txn) error) (own, broken error)) (err error) {
	for i, j := range batch {
		if results[i] = j.ctx.Err(); results[i] != nil {
			continue
		}
		if results[i], err = each(t, j.do); err != nil {
			return err
		}
	}
	if err := t.settleAnswers(); err != nil {
		return err
	}
	_, err = t.exec(`COMMIT`)
	return err
}

// exec and query use no caller's context: one that goes away must not undo the writes of the others.
func (w *writer) exec(query string, args ...any) (sql.Result, error) {
	if err := w.prepare(query); err != nil {
		return nil, err
	}
	return w.statements[query].ExecContext(context.Background(), args...)
}

func (w *writer) query(query string, args ...any) (*sql.Rows, error) {
	if err := w.prepare(query); err != nil {
		return nil, err
	}
	return w.statements[query].QueryContext(context.Background(), args...)
}

// prepare parses each query text once.
func (w *writer) prepare(query string) error {
	if _, ok := w.statements[query]; ok {
		return nil
	}
	statement, err := w.conn.PrepareContext(context.Background(), query) //nolint:sqlclosecheck // kept for later; loop closes it
	if err != nil {
		return err
	}
	w.statements[query] = statement
	return nil
}

// txn is the shared transaction as one job sees it.
type txn struct {
	w *writer
	// answers are what was added or changed so far; see settleAnswers.
	answers []changedAnswer
	// published says that a wave was.
	published bool
}

// together runs a job without a way back.
func (t *txn) together(do func(*txn) error) (own, broken error) {
	if do(t) != nil {
		return nil, errOneFailed
	}
	return nil, nil
}

// isolated runs a job behind a savepoint.
func (t *txn) isolated(do func(*txn) error) (own, broken error) {
	if _, err := t.exec(`SAVEPOINT job`); err != nil {
		return nil, err
	}
	before := len(t.answers)
	if own = do(t); own != nil {
		t.answers = t.answers[:before]
		if _, err := t.exec(`ROLLBACK TO job`); err != nil {
			return own, err
		}
	}
	_, broken = t.exec(`RELEASE job`)
	return own, broken
}

func (t *txn) exec(query string, args ...any) (sql.Result, error) { return t.w.exec(query, args...) }

// claimed refuses to write for a program id that nobody holds.
func (t *txn) claimed(programID string) error {
	found, err := one(t, scanInt, `SELECT 1 FROM programs WHERE id = ?`, programID)
	if err == nil && found == nil {
		return store.ErrNotClaimed
	}
	return err
}

// changed marks that the program's evidence is not what it was.
func (t *txn) changed(programID string) error {
	_, err := t.exec(`UPDATE programs SET revision = revision + 1 WHERE id = ?`, programID)
	return err
}
