// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
)

func revision(t *testing.T, s store.Store) int64 {
	t.Helper()
	revision, err := s.Revision(t.Context(), program)
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// A backup is made beside an operator that writes: it holds at least what was acknowledged before it began, and is whole.
func TestABackupHoldsWhatWasAcknowledgedBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "evidence.db")
	s := open(t, path, sqlite.Options{})
	claim(t, s)
	var written atomic.Int64
	enough, stop := make(chan struct{}), make(chan struct{})
	writers := errgroup.Group{}
	for worker := range 4 {
		writers.Go(func() error {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return nil
				default:
				}
				if err := record(t.Context(), s, worker*100_000+i); err != nil {
					return err
				}
				if written.Add(1) == 200 {
					close(enough)
				}
			}
		})
	}
	<-enough
	before := written.Load()
	var backup bytes.Buffer
	err := sqlite.Backup(t.Context(), path, &backup)
	close(stop)
	if err := errors.Join(err, writers.Wait()); err != nil {
		t.Fatal(err)
	}
	restored := filepath.Join(t.TempDir(), "evidence.db")
	if kept, err := sqlite.Restore(t.Context(), restored, &backup, now); err != nil || kept != "" {
		t.Fatalf("kept %q, %v", kept, err)
	}
	in, all := revision(t, open(t, restored, sqlite.Options{})), written.Load()
	if in <= before || in > all+1 { // claiming the program is a revision, too
		t.Errorf("the backup knows %d changes; %d points were acknowledged before it, %d in all", in, before, all)
	}
	onlyTheStore(t, filepath.Dir(path))
}

// onlyTheStore checks that nothing is left behind: a copy of everything about people.
func onlyTheStore(t *testing.T, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), "evidence.db") {
			t.Errorf("%s is left behind", entry.Name())
		}
	}
}

// Who restores the wrong file can go back.
func TestTheStoreBeforeARestoreIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "evidence.db")
	s := open(t, path, sqlite.Options{})
	claim(t, s)
	var backup bytes.Buffer
	if err := sqlite.Backup(t.Context(), path, &backup); err != nil {
		t.Fatal(err)
	}
	if err := record(t.Context(), s, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Restore(t.Context(), path, bytes.NewReader(backup.Bytes()), now); !errors.Is(err, store.ErrLocked) {
		t.Fatalf("restoring under a running operator: %v", err)
	}
	later := revision(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	kept, err := sqlite.Restore(t.Context(), path, bytes.NewReader(backup.Bytes()), now)
	if err != nil || kept != path+".before-20270104T120000Z" {
		t.Fatalf("kept %q, %v", kept, err)
	}
	if was, is := revision(t, open(t, kept, sqlite.Options{})), revision(t, open(t, path, sqlite.Options{})); was != later || is >= was {
		t.Errorf("the store is at revision %d and was at %d, of %d", is, was, later)
	}
	onlyTheStore(t, filepath.Dir(path))
}

// The last writes before a crash are in the side file, and are kept with it.
func TestTheLogOfACrashedStoreIsKeptWithIt(t *testing.T) {
	path, crashed := filepath.Join(t.TempDir(), "evidence.db"), filepath.Join(t.TempDir(), "evidence.db")
	s := open(t, path, sqlite.Options{})
	claim(t, s)
	var backup bytes.Buffer
	if err := sqlite.Backup(t.Context(), path, &backup); err != nil {
		t.Fatal(err)
	}
	if err := record(t.Context(), s, 1); err != nil {
		t.Fatal(err)
	}
	for _, side := range []string{"", "-wal"} { // what a crash leaves: the process has closed nothing
		content, err := os.ReadFile(path + side)
		if err != nil || len(content) == 0 {
			t.Fatal(len(content), err)
		}
		if err := os.WriteFile(crashed+side, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := sqlite.Restore(t.Context(), crashed, &backup, now)
	if err != nil {
		t.Fatal(err)
	}
	if was, is := revision(t, open(t, kept, sqlite.Options{})), revision(t, open(t, crashed, sqlite.Options{})); was != 2 || is != 1 {
		t.Errorf("the store is at revision %d and was at %d", is, was)
	}
}

func TestWhatIsNoBackupChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "evidence.db")
	s := open(t, path, sqlite.Options{})
	claim(t, s)
	for i := range 500 {
		if err := record(t.Context(), s, i); err != nil {
			t.Fatal(err)
		}
	}
	var backup bytes.Buffer
	if err := errors.Join(sqlite.Backup(t.Context(), path, &backup), s.Close()); err != nil {
		t.Fatal(err)
	}
	scrambled := bytes.Clone(backup.Bytes())
	for i := 8192; i < len(scrambled); i += 7 {
		scrambled[i] ^= 0x55
	}
	for name, broken := range map[string][]byte{
		"nothing": nil, "a text": []byte(strings.Repeat("this is no database\n", 100)),
		"half a backup": backup.Bytes()[:backup.Len()/2], "a damaged backup": scrambled,
	} {
		if _, err := sqlite.Restore(t.Context(), path, bytes.NewReader(broken), now); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := revision(t, open(t, path, sqlite.Options{})); got != 501 {
		t.Errorf("the store is at revision %d", got)
	}
	onlyTheStore(t, filepath.Dir(path))
	if err := sqlite.Backup(t.Context(), filepath.Join(t.TempDir(), "none.db"), &backup); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("backing up what is not there: %v", err)
	}
}
