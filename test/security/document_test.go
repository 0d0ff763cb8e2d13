// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package security_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
)

// named is a test in the document, such as `internal/link.TestNewIDsDiffer`.
var named = regexp.MustCompile("`([a-z0-9/-]+)\\.((?:Test|Fuzz)[A-Za-z0-9]+)`")

// rows are those of the table under a heading, without its head.
func rows(t *testing.T, document, heading string) (found [][]string) {
	t.Helper()
	_, section, ok := strings.Cut(document, "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("there is no section %s", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		if cells := strings.Split(strings.TrimSpace(line), " | "); strings.HasPrefix(line, "| ") && len(cells) > 1 {
			found = append(found, cells)
		}
	}
	return found[1:]
}

func TestEveryControlOfTheDocumentHasItsTest(t *testing.T) {
	root, err := controlplane.Root()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	for heading, want := range map[string]struct{ rows, column int }{"Threats": {25, 2}, "OWASP ASVS 5.0": {20, 2}} {
		table := rows(t, string(content), heading)
		if len(table) < want.rows {
			t.Errorf("%s has %d rows, want %d or more", heading, len(table), want.rows)
		}
		for _, cells := range table {
			tests := named.FindAllStringSubmatch(cells[want.column], -1)
			if len(tests) == 0 {
				t.Errorf("%s: %s names no test", heading, cells[0])
			}
			for _, test := range tests {
				if !declares(t, filepath.Join(root, test[1]), test[2]) {
					t.Errorf("%s: %s: there is no %s in %s", heading, cells[0], test[2], test[1])
				}
			}
		}
	}
}

// declares tells whether a test is in a folder.
func declares(t *testing.T, folder, test string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(content), "\nfunc "+test+"(")
	})
}
