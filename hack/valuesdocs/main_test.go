// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = `# About the file.

## Image

image:
  # Where it is,
  # in words with a | between.
  registry: ""
  pull:
    # When.
    policy: Always
# All of it.
resources:
  limits: {memory: 1Gi}

## Network

# Who.
from: []
`

func TestEveryValueHasARowInItsChapter(t *testing.T) {
	got, err := page(sample)
	if err != nil {
		t.Fatal(err)
	}
	const want = head + `
## Image

| value | default | what it says |
|---|---|---|
| ` + "`image.registry` | `\"\"`" + ` | Where it is, in words with a \| between. |
| ` + "`image.pull.policy` | `\"Always\"`" + ` | When. |
| ` + "`resources` | `{\"limits\":{\"memory\":\"1Gi\"}}`" + ` | All of it. |

## Network

| value | default | what it says |
|---|---|---|
| ` + "`from` | `[]`" + ` | Who. |
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAValueWithoutWordsIsAnError(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing above it":        {"a: 1\n", "a (line 1) has no comment"},
		"below another":           {"a:\n  # yes\n  b: 1\n  c: 2\n", "a.c (line 4) has no comment"},
		"a heading is no comment": {"## Title\na: 1\n", "a (line 2) has no comment"},
		"an empty line between":   {"# About.\n\na: 1\n", "a (line 3) has no comment"},
		"an empty map":            {"a: {}\n", "a (line 1) has no comment"},
		"no values at all":        {"", "no values"},
		"no YAML":                 {"a: [", "yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := page(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want ...%s...", err, c.want)
			}
		})
	}
}

func TestThePageIsUpToDate(t *testing.T) {
	made := filepath.Join(t.TempDir(), "values.md")
	if err := run("../../charts/cx-operator/values.yaml", made); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/reference/values.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/reference/values.md: run make generate (-want +got)\n%s", diff)
	}
}
