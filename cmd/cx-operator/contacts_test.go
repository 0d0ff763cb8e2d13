// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/store"
)

var noon = time.Date(2027, time.January, 4, 12, 0, 0, 0, time.UTC)

// claimed is a store in which the program acme is known.
func claimed(t *testing.T) (address string) {
	t.Helper()
	address = "sqlite:" + filepath.Join(t.TempDir(), "evidence.db")
	s := opened(t, address)
	holder := store.Holder{NamespaceUID: "ns-1", Namespace: "retail", ProgramUID: "uid-1"}
	if _, err := s.Claim(t.Context(), "acme", holder, "", noon); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return address
}

func opened(t *testing.T, address string) storage {
	t.Helper()
	s, err := openStore(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func known(t *testing.T, address string) int64 {
	t.Helper()
	s := opened(t, address)
	counts, err := s.CountContacts(t.Context(), "acme", "customers")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return counts.Known
}

// contacts runs the command on a file with this content.
func contacts(t *testing.T, address, text string, flags ...string) (out string, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "contacts.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	args := append([]string{"contacts", "import", path, "--store", address, "--program", "acme", "--persona", "customers"}, flags...)
	err = runContacts(t.Context(), args, strings.NewReader(text), &b, func() time.Time { return noon })
	return b.String(), err
}

func TestAFileIsImported(t *testing.T) {
	address := claimed(t)
	file := "email;name\na@shop.example;=1+1\nb@shop.example;B\n"
	report := func(will string, added, updated, unchanged, removed string) string {
		return "Persona customers of program acme" + will + ":\n  added           " + added + "\n  updated         " + updated +
			"\n  unchanged       " + unchanged + "\n  removed         " + removed + "\n"
	}
	for _, step := range []struct {
		name, text string
		flags      []string
		want       string
		known      int64
	}{
		{"a dry run", file, []string{"--dry-run"}, report(" (dry run: nothing was changed)", "2", "0", "0", "0"), 0},
		{"an import", file, nil, report("", "2", "0", "0", "0"), 2},
		{"the same again", file, nil, report("", "0", "0", "2", "0"), 2},
		{"from standard input", "email;name\na@shop.example;A\nc@shop.example;C\n", []string{"-"}, report("", "1", "1", "0", "1"), 2},
	} {
		flags := step.flags
		var out string
		var err error
		if len(flags) == 1 && flags[0] == "-" {
			var b strings.Builder
			err = runContacts(t.Context(), []string{"contacts", "import", "-", "--store", address, "--program", "acme", "--persona", "customers"},
				strings.NewReader(step.text), &b, func() time.Time { return noon })
			out = b.String()
		} else {
			out, err = contacts(t, address, step.text, flags...)
		}
		if diff := cmp.Diff(step.want, out); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", step.name, err, diff)
		}
		if got := known(t, address); got != step.known {
			t.Errorf("%s: %d contacts, want %d", step.name, got, step.known)
		}
	}
}

func TestAFileWithRefusedLinesChangesNothing(t *testing.T) {
	address := claimed(t)
	for _, flags := range [][]string{nil, {"--dry-run"}} {
		out, err := contacts(t, address, "email\na@shop.example\nnobody\na@shop.example\n", flags...)
		if err == nil || err.Error() != "2 lines are refused: nothing was changed" {
			t.Errorf("got %v", err)
		}
		want := "line 3: that is not an e-mail address: write one address alone, like name@example.com\n" +
			"line 4: this is the same address as on line 2: remove one of the lines, or give each an id of its own\n"
		if diff := cmp.Diff(want, out); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	many, err := contacts(t, address, "email\n"+strings.Repeat("nobody\n", 103))
	if err == nil || !strings.HasSuffix(many, "\nand 3 more lines\n") || strings.Count(many, "\n") != 101 {
		t.Errorf("%v, %d lines", err, strings.Count(many, "\n"))
	}
	if got := known(t, address); got != 0 {
		t.Errorf("%d contacts", got)
	}
}

func TestMistakesOnTheCommandLineSayWhatToDo(t *testing.T) {
	address := claimed(t)
	file := "email\na@shop.example\n"
	running := opened(t, address)
	_, err := contacts(t, address, file)
	if err == nil || !strings.Contains(err.Error(), "send the file to the operator's API for contacts") {
		t.Errorf("a running operator: %v", err)
	}
	if err := running.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"another program": {[]string{"-", "--store", address, "--program", "other", "--persona", "customers"}, "apply the Program first"},
		"no persona":      {[]string{"-", "--store", address, "--program", "acme"}, `required flag(s) "persona" not set`},
		"no file":         {[]string{"--store", address, "--program", "acme", "--persona", "customers"}, "accepts 1 arg(s)"},
		"a missing file":  {[]string{"none.csv", "--store", address, "--program", "acme", "--persona", "customers"}, "none.csv: no such file"},
		"a strange store": {[]string{"-", "--store", "evidence.db", "--program", "acme", "--persona", "customers"}, "write sqlite:PATH"},
	} {
		var b strings.Builder
		err := runContacts(t.Context(), append([]string{"contacts", "import"}, c.args...), strings.NewReader(file), &b, time.Now)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
