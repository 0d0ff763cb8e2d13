// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
)

// Backup writes a copy of the store at path to out: one file, as it was at one moment, with all that was acknowledged before. Another
// process may have the store open and go on writing; it needs as much free space beside the file as the copy has. Whoever has
// the copy has everything that the store knows of people. store.ErrUnavailable when it cannot be read.
func Backup(ctx context.Context, path string, out io.Writer) (err error) {
	if _, err := os.Stat(path); err != nil {
		return unavailable("back up "+path, err)
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), ".backup-") // readable by its owner alone
	if err != nil {
		return unavailable("make room for the copy beside "+path, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	whole := filepath.Join(folder, "evidence.db")
	if err := vacuum(ctx, path, whole); err != nil {
		return failure(ctx, "copy "+path, err)
	}
	file, err := os.Open(whole)
	if err != nil {
		return unavailable("read the copy", err)
	}
	_, err = io.Copy(out, file)
	return errors.Join(err, file.Close())
}

func vacuum(ctx context.Context, from, to string) error {
	db, err := sql.Open("sqlite", dsn(from, nil))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, to)
	return errors.Join(err, db.Close())
}

// Restore makes the store at path what a backup holds. A store that is there is kept beside it, under a name that ends in .before and
// the time; kept says which, empty for none. Nothing is changed when the backup is no store, is damaged or was made by a newer
// release, nor while another process has the store open (store.ErrLocked).
func Restore(ctx context.Context, path string, backup io.Reader, now time.Time) (kept string, err error) {
	lock, err := acquire(path + ".lock")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	folder, err := os.MkdirTemp(filepath.Dir(path), ".restore-")
	if err != nil {
		return "", unavailable("make room for the backup beside "+path, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	fresh := filepath.Join(folder, "evidence.db")
	if err := receive(fresh, backup); err != nil {
		return "", unavailable("write the backup beside "+path, err)
	}
	if err := check(ctx, fresh); err != nil {
		return "", fmt.Errorf("%w: nothing was changed: %w", store.ErrInvalid, err)
	}
	if kept, err = setAside(path, now); err != nil {
		return kept, unavailable("set aside "+path, err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return kept, unavailable("put the backup in place", err)
	}
	return kept, syncFolder(filepath.Dir(path))
}

// receive writes the file and has it on the disk when it returns.
func receive(path string, from io.Reader) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Sync(), file.Close())
}

// check says whether the file is a whole store that this release can read, and brings its tables up to date.
func check(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", dsn(path, nil))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	verdict, programs := "", 0
	err = db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict)
	if err == nil && verdict != "ok" {
		err = fmt.Errorf("the backup is damaged: %s", verdict)
	}
	if err == nil {
		if err = db.QueryRowContext(ctx, `SELECT count(*) FROM programs`).Scan(&programs); err != nil {
			err = fmt.Errorf("this is no backup of a store: %w", err)
		}
	}
	if err == nil {
		err = migrate(ctx, db)
	}
	return errors.Join(err, db.Close()) // closing folds the side files into the file
}

// setAside renames the store and its side files, which hold its last writes. Nobody has it open.
func setAside(path string, now time.Time) (kept string, err error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	kept = path + ".before-" + now.UTC().Format("20060102T150405Z")
	if _, err := os.Stat(kept); err == nil {
		return "", fmt.Errorf("%s is there already: wait a second", kept)
	}
	for _, side := range []string{"-wal", "-shm", ""} { // the file last: without its log it would be older than it was
		if err := os.Rename(path+side, kept+side); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
	}
	return kept, nil
}

// syncFolder has the new names on the disk when it returns.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return unavailable("open "+path, err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return unavailable("write "+path, err)
	}
	return nil
}
