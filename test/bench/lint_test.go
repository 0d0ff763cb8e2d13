// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/cx-operator/cx-operator/internal/cli/lint"
	"github.com/cx-operator/cx-operator/internal/testing/programs"
)

// BenchmarkLint checks a program of 5,000 files, and beside it only decodes their YAML, which is the least that any tool does. Per
// iteration each is done once, so that both see the same machine.
func BenchmarkLint(b *testing.B) {
	const objects = 5_000
	dir := b.TempDir()
	files := programs.Generate(objects, 1)
	if err := programs.Write(dir, files); err != nil {
		b.Fatal(err)
	}
	now := time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	var checked, decoded time.Duration
	for b.Loop() {
		begin := time.Now()
		decodeAll(b, dir, files)
		decoded += time.Since(begin)
		begin = time.Now()
		report, err := lint.Check([]string{dir}, now)
		checked += time.Since(begin)
		if err != nil || report.Objects != objects || len(report.Findings) > 0 {
			b.Fatalf("%d objects, %d findings, %v", report.Objects, len(report.Findings), err)
		}
	}
	n := float64(b.N)
	b.ReportMetric(checked.Seconds()/n, "lint-s")
	b.ReportMetric(decoded.Seconds()/n, "parse-s")
	b.ReportMetric(checked.Seconds()/decoded.Seconds(), "lint/parse")
}

func decodeAll(b *testing.B, dir string, files []programs.File) {
	b.Helper()
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Name)))
		if err != nil {
			b.Fatal(err)
		}
		var object map[string]any
		if err := yaml.Unmarshal(data, &object); err != nil {
			b.Fatal(err)
		}
	}
}
