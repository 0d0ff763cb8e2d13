// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
)

const program = "acme"

var now = time.Date(2027, time.January, 4, 12, 0, 0, 0, time.UTC)

func claim(t testing.TB, s store.Store) {
	t.Helper()
	holder := store.Holder{NamespaceUID: "ns-1", Namespace: "retail", ProgramUID: "uid-1"}
	if _, err := s.Claim(t.Context(), program, holder, "", now); err != nil {
		t.Fatal(err)
	}
}

func record(ctx context.Context, s store.Store, day int) error {
	_, err := s.RecordPoint(ctx, program, store.KPIPoint{KPI: "nps", AsOf: now.AddDate(0, 0, day), Value: "42.5",
		Source: "manual", RecordedAt: now})
	return err
}

func TestSecondOpenerIsRefusedUntilTheFirstCloses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "evidence.db")
	first := open(t, path, sqlite.Options{})
	_, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if !errors.Is(err, store.ErrLocked) {
		t.Fatalf("got %v, want ErrLocked", err)
	}
	for _, part := range []string{fmt.Sprintf("process %d on ", os.Getpid()), path, "stop that one first"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the message %q does not say %q", err, part)
		}
	}
	claim(t, first) // the refusal must not have taken the first one's lock
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, path, sqlite.Options{})
	if revision, err := second.Revision(t.Context(), program); err != nil || revision != 1 {
		t.Fatalf("revision %d, %v", revision, err)
	}
}

func TestOpenRefusesWithAMessageThatHelps(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ path, want string }{
		"the directory is missing":       {filepath.Join(dir, "missing", "evidence.db"), "mount the volume"},
		"the directory is a file":        {filepath.Join(text, "evidence.db"), "is not a directory"},
		"the path is a directory":        {dir, "is a directory"},
		"the file is something else":     {text, "not a database"},
		"the path ends in the lock file": {filepath.Join(dir, "missing.lock", "a.db"), "mount the volume"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := sqlite.Open(t.Context(), test.path, sqlite.Options{})
			if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want ErrUnavailable with %q", err, test.want)
			}
		})
	}
	// A failed attempt leaves no lock behind.
	if err := os.Remove(text); err != nil {
		t.Fatal(err)
	}
	open(t, text, sqlite.Options{})
}

func TestOpenWithACancelledContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "evidence.db")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sqlite.Open(ctx, path, sqlite.Options{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	open(t, path, sqlite.Options{})
}

func TestPathsWithSpecialCharacters(t *testing.T) {
	for _, name := range []string{"two words.db", "a?b#c.db", "50%20.db", "журнал.db", "a;b&c=d.db"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, filepath.Join(dir, name), sqlite.Options{})
			claim(t, s)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			files, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, file := range files {
				names = append(names, file.Name())
			}
			if len(names) != 2 || names[0] != name || names[1] != name+".lock" {
				t.Fatalf("files: %q", names)
			}
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
				t.Fatalf("mode %v, %v", info.Mode(), err)
			}
		})
	}
}

// The child writes point after point and says after each that it is written; then it is killed. All that was said
// must be there.
func TestAcknowledgedWritesSurviveAKill(t *testing.T) {
	if path := os.Getenv("CX_STORE_TEST_CHILD"); path != "" {
		childWrites(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "evidence.db")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), "CX_STORE_TEST_CHILD="+path)
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := 0
	for lines := bufio.NewScanner(output); acknowledged < 40 && lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "written ") {
			acknowledged++
		}
	}
	if err := child.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	_ = child.Wait() // it says "killed", which is what was asked for
	if acknowledged != 40 {
		t.Fatalf("the child wrote only %d points", acknowledged)
	}
	s := open(t, path, sqlite.Options{})
	evidence, err := s.Evidence(t.Context(), program, store.EvidenceQuery{Now: now, PointsPerKPI: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(evidence.Points); got < acknowledged || evidence.Revision != int64(1+got) {
		t.Fatalf("%d points and revision %d after %d acknowledged writes", got, evidence.Revision, acknowledged)
	}
	for i, point := range evidence.Points {
		if !point.AsOf.Equal(now.AddDate(0, 0, i)) {
			t.Fatalf("point %d is for %s: one before it is missing", i, point.AsOf)
		}
	}
}

func childWrites(t *testing.T, path string) {
	s := open(t, path, sqlite.Options{})
	claim(t, s)
	for day := 0; ; day++ {
		if err := record(t.Context(), s, day); err != nil {
			t.Fatal(err)
		}
		fmt.Println("written", day)
	}
}

func TestOpeningPrintsNothing(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = write, write
	log.SetOutput(write)
	defer log.SetOutput(stderr)
	_, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "evidence.db"), sqlite.Options{})
	os.Stdout, os.Stderr = stdout, stderr
	if err := errors.Join(err, write.Close()); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(read).ReadString('\n'); line != "" {
		t.Fatalf("migrating printed %q", line)
	}
}
