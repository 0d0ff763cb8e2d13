// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/cx-operator/cx-operator/internal/cli"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// offline are verbs with long sentences that are not views, with what is typed. What init and codeowners print is about files, as
// long as their names, and stands in scripts.
var offline = []struct{ name, args, typed string }{
	{"plan", "plan --from SAMPLES/first-day --to testdata/standard --now " + asOf, ""},
	{"simulate", "simulate SAMPLES/first-day --days 40 --now " + asOf, ""},
	{"quiz", "quiz", strings.Repeat("3\n", 20)},
}

// What they print in both languages, on a terminal of 60 columns and on none.
func TestVerbsThatReadFilesOnAnyTerminal(t *testing.T) {
	folder := strings.TrimSuffix(samples, "/") // wherever the repository lies, lines break at the same words
	for _, verb := range offline {
		for _, lang := range []string{"en", "ru"} {
			for _, columns := range []int{0, 60} {
				k := kit.New()
				k.Clock, k.Columns = func() time.Time { return moment(t) }, columns
				root := cli.CommandOf("test", k)
				root.SetArgs(append(strings.Fields(strings.ReplaceAll(verb.args, "SAMPLES", folder)), "--lang", lang))
				root.SetIn(strings.NewReader(verb.typed))
				var out, errs bytes.Buffer
				root.SetOut(&out)
				root.SetErr(&errs)
				if err := root.ExecuteContext(t.Context()); err != nil {
					t.Fatalf("%s: %v\n%s", verb.name, err, errs.String())
				}
				name := verb.name + "-" + lang
				if columns > 0 {
					name += "-narrow"
				}
				got := strings.ReplaceAll(out.String(), folder, "<samples>")
				for line := range strings.Lines(got) {
					if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); columns > 0 && n > columns {
						t.Errorf("%s has a line of %d characters: %s", name, n, line)
					}
				}
				golden(t, name, got)
			}
		}
	}
}
