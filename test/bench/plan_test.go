// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/cli/plan"
	"github.com/cx-operator/cx-operator/internal/testing/programs"
)

// BenchmarkPlan compares two folders of 5,000 files of which 50 are changed, and beside it only decodes the YAML of one, which is the
// least that any tool does. Per iteration each is done once, so that both see the same machine.
func BenchmarkPlan(b *testing.B) {
	const objects, changed = 5_000, 50
	dir := b.TempDir()
	before, after := filepath.Join(dir, "before"), filepath.Join(dir, "after")
	files := programs.Generate(objects, 1)
	for _, folder := range []string{before, after} {
		if err := programs.Write(folder, files); err != nil {
			b.Fatal(err)
		}
	}
	for i := range changed {
		change(b, after, files, i*objects/changed)
	}
	var planned, decoded time.Duration
	for b.Loop() {
		begin := time.Now()
		decodeAll(b, before, files)
		decoded += time.Since(begin)
		begin = time.Now()
		printPlan(b, before, after)
		planned += time.Since(begin)
	}
	n := float64(b.N)
	b.ReportMetric(planned.Seconds()/n, "plan-s")
	b.ReportMetric(decoded.Seconds()/n, "parse-s")
	b.ReportMetric(planned.Seconds()/decoded.Seconds(), "plan/parse")
}

// change changes a file at or after the i-th that has something to change: who owns it, when it is asked, or what it is called.
func change(b *testing.B, folder string, files []programs.File, i int) {
	b.Helper()
	for ; i < len(files); i++ {
		name := filepath.Join(folder, filepath.FromSlash(files[i].Name))
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		for _, words := range [][2]string{{"cron: 0 9 ", "cron: 0 11 "}, {"ownerRef: owner-1", "ownerRef: owner-2"}, {"displayName: ", "displayName: New "}} {
			if text := bytes.Replace(data, []byte(words[0]), []byte(words[1]), 1); !bytes.Equal(text, data) {
				if err := os.WriteFile(name, text, 0o600); err != nil {
					b.Fatal(err)
				}
				return
			}
		}
	}
	b.Fatal("nothing to change")
}

// printPlan is kubectl cx plan.
func printPlan(b *testing.B, before, after string) {
	b.Helper()
	k := kit.New()
	root := &cobra.Command{Use: "kubectl-cx"}
	k.AddFlags(root.PersistentFlags())
	root.AddCommand(plan.Command(k))
	root.SetArgs([]string{"plan", "--from", before, "--to", after, "-o", "markdown", "--now", "2027-01-04T09:00:00Z"})
	root.SetOut(io.Discard)
	if err := root.Execute(); err != nil {
		b.Fatal(err)
	}
}
