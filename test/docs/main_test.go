// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package docs_test holds the documents to what they say: objects that they show are taken by a real API server, and commands that they
// mark as runnable run. A fenced block says by its first line what it is:
//
//	```yaml                        whole objects
//	```yaml part of survey/NAME    what to add to that object of config/samples/retailer
//	```yaml values                 values of the chart
//	```yaml github-actions         steps of a job; every `run` runs
//	```yaml gitlab-ci              jobs; every `script` runs
//	```sh run                      commands that run beside an operator with the sample programs, in a copy of this repository
//
// Any other block of YAML is a mistake.
package docs_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cx-operator/cx-operator/internal/cli"
	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// TestMain lets the test's own program be kubectl-cx, so that the commands of documents run what was just compiled.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "kubectl-cx" {
		os.Exit(cli.Run("v0.0.0", os.Args[1:], os.Stdout, os.Stderr))
	}
	ctrl.SetLogger(logr.Discard()) // what commands print is what is looked at
	harness.Main(m)
}

// block is a fenced block of a document.
type block struct {
	// file is relative to the repository, line is that of the fence.
	file string
	line int
	// language is the first word after the fence, kind the others.
	language, kind string
	text           string
}

// repository is the root of the checkout.
func repository(t *testing.T) string {
	t.Helper()
	root, err := controlplane.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// tracked are the files of the repository that fit the patterns, those that are about to be in it included.
func tracked(t *testing.T, patterns ...string) []string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "git", append([]string{"ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "--"}, patterns...)...)
	command.Dir = repository(t)
	out, err := command.Output()
	if err != nil {
		t.Fatal("listing the files of the repository:", err)
	}
	var files []string
	for name := range strings.SplitSeq(strings.Trim(string(out), "\x00"), "\x00") {
		if _, err := os.Stat(filepath.Join(command.Dir, name)); err == nil { // not one that was deleted a moment ago
			files = append(files, name)
		}
	}
	return files
}

// blocks are those of all documents.
func blocks(t *testing.T) []block {
	t.Helper()
	var all []block
	for _, file := range tracked(t, "*.md") {
		text, err := os.ReadFile(filepath.Join(repository(t), file))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parse(file, string(text))...)
	}
	if len(all) < 50 {
		t.Fatalf("the documents have %d blocks: are they where they were?", len(all))
	}
	return all
}

func parse(file, text string) []block {
	var found []block
	var open *block
	var fence, indent string
	var body bytes.Buffer
	number := 0
	for line := range strings.Lines(text) {
		number++
		trimmed := strings.TrimSpace(line)
		switch {
		case open == nil && strings.HasPrefix(trimmed, "```"):
			info := strings.TrimLeft(trimmed, "`")
			fence, indent = trimmed[:len(trimmed)-len(info)], line[:strings.Index(line, "`")]
			language, kind, _ := strings.Cut(strings.TrimSpace(info), " ")
			open = &block{file: file, line: number, language: language, kind: kind}
			body.Reset()
		case open != nil && trimmed == fence:
			open.text = body.String()
			found, open = append(found, *open), nil
		case open != nil:
			body.WriteString(strings.TrimPrefix(line, indent))
		}
	}
	return found
}

func TestBlocksAreFoundWithTheirKind(t *testing.T) {
	found := parse("a.md", "text\n```yaml part of survey/x\nspec: {}\n```\n- item\n  ```sh run\n  true\n  ```\n````\n```\n````\n")
	want := []block{
		{"a.md", 2, "yaml", "part of survey/x", "spec: {}\n"}, {"a.md", 6, "sh", "run", "true\n"}, {"a.md", 9, "", "", "```\n"},
	}
	if len(found) != len(want) {
		t.Fatalf("found %+v", found)
	}
	for i := range want {
		if found[i] != want[i] {
			t.Errorf("block %d is %+v, not %+v", i, found[i], want[i])
		}
	}
}
