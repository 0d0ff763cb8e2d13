// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package sqlite keeps the evidence log in one SQLite file, for one process. It holds people's answers to a
// higher standard than speed: a write is on the disk when the call returns (WAL with synchronous=FULL).
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	// The driver registers itself under the name "sqlite".
	_ "modernc.org/sqlite"

	"github.com/cx-operator/cx-operator/internal/store"
)

// Options tune the store. The zero value is right for production.
type Options struct {
	// MaxBatch is the most writes that share one transaction and so one flush to disk; 0 means 256. With 1
	// every write has its own.
	MaxBatch int
	// Readers is the number of connections for reading; 0 means one per processor, at least 2.
	Readers int
	// Now is the clock by which mail is leased; nil means the system's.
	Now func() time.Time
}

// Store is a store.Store in one file.
type Store struct {
	lock   *fileLock
	db     *sql.DB
	conn   *sql.Conn
	writer *writer
	reads  *sql.DB
	often  *statements
	waves  *waveCache
	now    func() time.Time

	closing  sync.Once
	closeErr error
}

var (
	_ store.Store  = (*Store)(nil)
	_ store.People = (*Store)(nil)
)

// Open opens the file at path, creating it if need be, and brings its tables up to date. The directory must exist:
// creating it would hide a volume that is not mounted. store.ErrLocked when another process has the file open;
// store.ErrUnavailable for everything else.
func Open(ctx context.Context, path string, options Options) (*Store, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", store.ErrUnavailable, path, err)
	}
	if info, err := os.Stat(filepath.Dir(absolute)); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%w: %s is not a directory: create it or mount the volume that belongs there",
			store.ErrUnavailable, filepath.Dir(absolute))
	}
	lock, err := acquire(absolute + ".lock")
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, absolute, options)
	if err != nil {
		return nil, errors.Join(err, lock.release())
	}
	s.lock = lock
	return s, nil
}

func open(ctx context.Context, path string, options Options) (*Store, error) {
	if err := createPrivate(path); err != nil {
		return nil, unavailable("create "+path, err)
	}
	db, err := sql.Open("sqlite", dsn(path, nil))
	if err != nil {
		return nil, unavailable("open "+path, err)
	}
	db.SetMaxOpenConns(1)
	conn, err := prepare(ctx, db)
	if err != nil {
		return nil, errors.Join(failure(ctx, "open "+path, err), db.Close())
	}
	reads, err := sql.Open("sqlite", dsn(path, url.Values{"_query_only": {"1"}}))
	if err != nil {
		return nil, errors.Join(unavailable("open "+path, err), conn.Close(), db.Close())
	}
	readers := options.Readers
	if readers <= 0 {
		readers = max(2, runtime.NumCPU())
	}
	reads.SetMaxOpenConns(readers)
	reads.SetMaxIdleConns(readers)
	waves := &waveCache{}
	s := &Store{db: db, conn: conn, reads: reads, often: newStatements(reads), now: options.Now, waves: waves,
		writer: startWriter(conn, options.MaxBatch, waves)}
	if s.now == nil {
		s.now = time.Now
	}
	if err := s.sweepLists(ctx); err != nil {
		return nil, errors.Join(err, s.release())
	}
	return s, nil
}

// prepare migrates and then takes the one writing connection for good.
func prepare(ctx context.Context, db *sql.DB) (*sql.Conn, error) {
	if err := migrate(ctx, db); err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if err := prepareMingling(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// createPrivate makes the file readable by its owner alone; SQLite gives its side files the same mode.
func createPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

func dsn(path string, extra url.Values) string {
	query := url.Values{
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"on"},
		"_busy_timeout": {"5000"},
		"_dqs":          {"0"},
		// Sorting must not need a writable /tmp: containers run with a read-only root.
		// What is deleted is overwritten: a person who was erased must not be found in the file's free space. See wipe for the rest.
		"_pragma": {"temp_store(memory)", "secure_delete(on)", "cache_size(-65536)", "wal_autocheckpoint(8000)"},
	}
	for key, values := range extra {
		query[key] = values
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query.Encode()}).String()
}

// Close finishes the writes under way, then closes the file and lets another process have it.
func (s *Store) Close() error {
	s.closing.Do(func() {
		if err := errors.Join(s.release(), s.lock.release()); err != nil {
			s.closeErr = unavailable("close", err)
		}
	})
	return s.closeErr
}

// release ends everything but the lock.
func (s *Store) release() error {
	s.writer.stop()
	// Readers first: the last connection to close folds the WAL into the file, and readers may not write.
	return errors.Join(s.often.close(), s.conn.Close(), s.db.Close())
}

// Revision reads the change counter of a program.
func (s *Store) Revision(ctx context.Context, programID string) (int64, error) {
	var revision int64
	err := s.reads.QueryRowContext(ctx, `SELECT revision FROM programs WHERE id = ?`, programID).Scan(&revision)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return revision, failure(ctx, "read revision", err)
}

// failure passes on what the caller can act upon and marks all else as the store's own failure.
func failure(ctx context.Context, doing string, err error) error {
	var inUse *store.InUseError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", doing, ctx.Err())
	case errors.Is(err, store.ErrInvalid), errors.Is(err, store.ErrNotClaimed), errors.Is(err, store.ErrUnavailable),
		errors.Is(err, store.ErrGone), errors.As(err, &inUse):
		return err
	}
	return unavailable(doing, err)
}

func unavailable(doing string, err error) error {
	return fmt.Errorf("%w: %s: %w", store.ErrUnavailable, doing, err)
}
