// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package verbs_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/cli"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/gateway"
)

// acts are the verbs that act, in an order in which one leads to the next, with what the operator's API is asked for. What is printed
// of the doctor is looked at in its own tests.
var acts = []struct {
	purpose gateway.Purpose
	args    string
}{
	{"", "accept"},
	{"", "accept loyalty"},
	{"", "decline budget --reason Little"},
	{"", "wave request pulse"},
	{"", "wave approve pulse-20270104t0900 --yes"},
	{"", "wave cancel pulse-20270104t0900 --reason Wrong"},
	{gateway.ForPreview, "wave preview pulse"},
	{gateway.ForPreview, "wave test pulse --to me@example.com"},
	{"", "followups"},
	{"", "followups respond case --reached"},
	{gateway.ForPeople, "followups whom case"},
	{gateway.ForContacts, "contacts import LIST --persona customers"},
	{gateway.ForContacts, "contacts counts --persona customers"},
	{gateway.ForPeople, "contacts opt-out --address customer-02@shop.example"},
	{gateway.ForPeople, "contacts erase --key 01"},
	{gateway.ForOperate, "history"},
	{gateway.ForOperate, "pause"},
	{gateway.ForOperate, "pause --resume"},
}

// What the verbs that act print, in both languages, on a terminal of 60 columns and on none.
func TestVerbsThatActOnAnyTerminal(t *testing.T) {
	for _, lang := range []string{"en", "ru"} {
		for _, columns := range []int{0, 60} {
			name := "acts-" + lang
			if columns > 0 {
				name += "-narrow"
			}
			t.Run(name, func(t *testing.T) {
				s := newScene(t)
				var page strings.Builder
				for _, act := range acts {
					out := s.print(act.purpose, columns, lang, act.args)
					fmt.Fprintf(&page, "$ kubectl cx %s\n%s\n", act.args, out)
					for line := range strings.Lines(out) {
						if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); columns > 0 && n > columns && act.purpose != gateway.ForPreview { // a mail is as it is

							t.Errorf("%s: a line of %d characters: %s", act.args, n, line)
						}
					}
				}
				golden(t, name, page.String())
			})
		}
	}
}

// changing is what differs from run to run.
var changing = regexp.MustCompile(`http://127\.0\.0\.1:\d+|\b20(2[0-69]|[3-9]\d)-\d\d-\d\d \d\d:\d\d \+0000`)

func (s *scene) print(purpose gateway.Purpose, columns int, lang, args string) string {
	s.Helper()
	user := headOfCX
	if strings.HasPrefix(args, "wave request") || strings.HasPrefix(args, "wave cancel") {
		user = editor
	}
	words := strings.Fields(strings.ReplaceAll(args, "LIST", file(s.company.T, "customers.csv", list)))
	words = append(words, "--lang", lang)
	if purpose == "" {
		words = append(words, "--kubeconfig", s.kubeconfig, "-n", s.Namespace, "--as", user, "--as-group", "system:authenticated")
	} else {
		words = append(words, "--api-url", s.office.url, "--api-token-file", file(s.company.T, "token", tokenFor(purpose)))
	}
	k := kit.New()
	k.Clock, k.Columns = func() time.Time { return monday }, columns
	root := cli.CommandOf("test", k)
	var out, errs bytes.Buffer
	root.SetArgs(words)
	root.SetOut(&out)
	root.SetErr(&errs)
	if err := root.ExecuteContext(s.Context()); err != nil {
		s.Fatalf("%s: %v\n%s", args, err, errs.String())
	}
	return changing.ReplaceAllString(out.String(), "<now>")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(read(t, file), got); diff != "" {
		t.Errorf("%s (-want +got; if it is meant: go test ./test/verbs -update):\n%s", file, diff)
	}
}
