// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery_test

import (
	"encoding/csv"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/store"
)

// waveFile is where the links of messageTo go.
const waveFile = "shop/nps-20270104t0900.csv"

func lines(t *testing.T, folder string) [][]string {
	t.Helper()
	file, err := os.Open(filepath.Join(folder, waveFile))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	all, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func accept(t *testing.T, f *delivery.File, m store.Message, l delivery.Letter) {
	t.Helper()
	if got := f.Send(t.Context(), m, l); got.Result != store.SentAccepted {
		t.Errorf("sent: %+v", got)
	}
}

func TestLinksAreWrittenForSomebodyElsesMailerAlsoAfterARestart(t *testing.T) {
	folder := t.TempDir()
	letter := aLetter
	letter.Answer = "https://feedback.example.com/s/TOKEN"
	letter.Text = "Hello,\nhow was it? \"Good\", \"bad\"?"
	invitation, reminder := messageTo("customer-01@example.org"), messageTo("customer-01@example.org")
	invitation.Contact.Language = "ru"
	reminder.Kind, reminder.Number = store.MessageReminder, 1
	accept(t, &delivery.File{Folder: folder}, invitation, letter)
	accept(t, &delivery.File{Folder: folder}, reminder, aLetter) // another process
	want := [][]string{
		{"id", "kind", "email", "name", "language", "subject", "answer", "optOut", "text"},
		{delivery.MessageID(invitation), "Invitation", "customer-01@example.org", "A Customer", "ru", letter.Subject, letter.Answer, letter.Unsubscribe, letter.Text},
		{delivery.MessageID(reminder), "Reminder", "customer-01@example.org", "A Customer", "", aLetter.Subject, "", aLetter.Unsubscribe, aLetter.Text},
	}
	if diff := cmp.Diff(want, lines(t, folder)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for path, mode := range map[string]os.FileMode{"shop": 0o700, waveFile: 0o600} {
		info, err := os.Stat(filepath.Join(folder, path))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != mode {
			t.Errorf("%s has the rights %o, want %o: there are people's links in it", path, got, mode)
		}
	}
}

func TestASpreadsheetTakesNothingThatPeopleAreCalledForAFormula(t *testing.T) {
	folder := t.TempDir()
	hostile := []string{
		`=HYPERLINK("https://evil.example","x")`, "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠SUM(1)",
	}
	f := &delivery.File{Folder: folder}
	for _, text := range append(hostile, "Ann=1", "") {
		m := messageTo("customer-01@example.org")
		m.Contact.Name = text
		accept(t, f, m, delivery.Letter{Subject: text, Text: text})
	}
	for n, line := range lines(t, folder)[1:] {
		for _, column := range []int{3, 5, 8} { // name, subject, text
			if text := line[column]; strings.HasPrefix(text, "'") != (n < len(hostile)) {
				t.Errorf("column %d is %q", column, text)
			}
		}
	}
}

func TestManyLinksAtOnceAreALineEach(t *testing.T) {
	folder := t.TempDir()
	f := &delivery.File{Folder: folder}
	var all sync.WaitGroup
	for n := range 40 {
		all.Go(func() { accept(t, f, messageTo(address(n)), aLetter) })
	}
	all.Wait()
	seen := map[string]int{}
	for _, line := range lines(t, folder)[1:] {
		seen[line[2]]++
	}
	if len(seen) != 40 {
		t.Errorf("%d people are in the file, want 40", len(seen))
	}
}

func TestAFolderThatCannotBeWrittenToIsTriedLater(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := (&delivery.File{Folder: folder}).Send(t.Context(), messageTo("customer-01@example.org"), aLetter); got.Result != store.SentLater {
		t.Errorf("sent: %+v, want Later", got)
	}
}

func TestHalfALineThatAProcessLeftIsCutOff(t *testing.T) {
	letter := aLetter
	letter.Text = "Hello,\nhow was it? \"Good\", \"bad\"?\n"
	folder := t.TempDir()
	accept(t, &delivery.File{Folder: folder}, messageTo(address(0)), letter)
	one, err := os.ReadFile(filepath.Join(folder, waveFile))
	if err != nil {
		t.Fatal(err)
	}
	accept(t, &delivery.File{Folder: folder}, messageTo(address(1)), letter)
	two, err := os.ReadFile(filepath.Join(folder, waveFile))
	if err != nil {
		t.Fatal(err)
	}
	want := lines(t, folder)
	for cut := range len(two) {
		if err := os.WriteFile(filepath.Join(folder, waveFile), two[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		f := &delivery.File{Folder: folder} // another process
		if cut < len(one) {
			accept(t, f, messageTo(address(0)), letter)
		}
		accept(t, f, messageTo(address(1)), letter)
		if diff := cmp.Diff(want, lines(t, folder)); diff != "" {
			t.Fatalf("cut off after %d bytes (-want +got):\n%s", cut, diff)
		}
	}
}

// A limit on the size of files does what a full disk does: a part of the line is written.
func TestHalfALineThatAFullDiskLeavesIsCutOff(t *testing.T) {
	folder := t.TempDir()
	f := &delivery.File{Folder: folder}
	accept(t, f, messageTo(address(0)), aLetter)
	info, err := os.Stat(filepath.Join(folder, waveFile))
	if err != nil {
		t.Fatal(err)
	}
	before := lines(t, folder)
	atMost(t, uint64(info.Size())+10, func() {
		if got := f.Send(t.Context(), messageTo(address(1)), aLetter); got.Result != store.SentLater {
			t.Errorf("sent: %+v, want Later", got)
		}
	})
	if diff := cmp.Diff(before, lines(t, folder)); diff != "" {
		t.Errorf("after the disk was full (-want +got):\n%s", diff)
	}
	accept(t, f, messageTo(address(1)), aLetter)
	if got := len(lines(t, folder)); got != len(before)+1 {
		t.Errorf("there are %d lines, want %d", got, len(before)+1)
	}
}

// atMost lets no file of this process grow over a size meanwhile.
func atMost(t *testing.T, size uint64, do func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var usual syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: usual.Max}); err != nil {
		t.Fatal(err)
	}
	do()
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &usual); err != nil {
		t.Fatal(err)
	}
}
