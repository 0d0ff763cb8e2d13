// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/programs"
)

// The corpus is one archive for each small broken program: a comment, then "-- name --" before each file. Its files are put beside
// those of base.txtar, or in their place. Where a mistake stands, the line says so: "# want RULE", and a part of the message in
// quotes where it matters. The file "want" has "file:line RULE" for lines that cannot.
const corpus = "../testdata/corpus"

var monday = time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)

type archive struct {
	names []string
	files map[string]string
}

var member = regexp.MustCompile(`^-- (\S+) --$`)

func readArchive(t *testing.T, name string) archive {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	a, current := archive{files: map[string]string{}}, ""
	for line := range strings.Lines(string(data)) {
		if m := member.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
			current = m[1]
			a.names, a.files[current] = append(a.names, current), ""
		} else if current != "" {
			a.files[current] += line
		}
	}
	return a
}

// want is a finding that a case expects.
type want struct{ place, rule, says string }

var wanted = regexp.MustCompile(`# want ([a-z-]+)(?: "([^"]*)")?$`)

func (a archive) wants() []want {
	var list []want
	for name, text := range a.files {
		number := 0
		for line := range strings.Lines(text) {
			number++
			line = strings.TrimSuffix(line, "\n")
			if place, rule, found := strings.Cut(line, " "); found && name == "want" {
				list = append(list, want{place: place, rule: rule})
			}
			if m := wanted.FindStringSubmatch(line); m != nil {
				list = append(list, want{fmt.Sprintf("%s:%d", name, number), m[1], m[2]})
			}
		}
	}
	return list
}

// write puts archives into a folder, later ones over earlier ones.
func write(t *testing.T, archives ...archive) string {
	t.Helper()
	dir := t.TempDir()
	for _, a := range archives {
		for name, text := range a.files {
			file := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func lines(findings []Finding, dir string) []string {
	var out []string
	for _, f := range findings {
		place, _ := filepath.Rel(dir, f.File)
		if f.Line > 0 {
			place = fmt.Sprintf("%s:%d", filepath.ToSlash(place), f.Line)
		}
		out = append(out, place+" "+string(f.Rule))
	}
	slices.Sort(out)
	return out
}

func TestNothingIsWrongWithTheBaseOfTheCorpus(t *testing.T) {
	report, err := Check([]string{write(t, readArchive(t, corpus+"/base.txtar"))}, monday)
	if err != nil || len(report.Findings) > 0 || report.Objects != 8 {
		t.Errorf("%d objects, %v, %v", report.Objects, err, report.Findings)
	}
}

func TestLintNamesEveryMistakeOfTheCorpusWithFileAndLine(t *testing.T) {
	cases, err := filepath.Glob(corpus + "/*/*.txtar")
	if err != nil || len(cases) < 60 {
		t.Fatalf("%d cases, want at least 60, %v", len(cases), err)
	}
	base := readArchive(t, corpus+"/base.txtar")
	severities := map[program.Rule]string{}
	for _, rule := range program.Rules {
		severities[rule.ID] = levelOf(rule.Severity)
	}
	for _, name := range cases {
		rule := filepath.Base(filepath.Dir(name))
		t.Run(rule+"/"+strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			broken := readArchive(t, name)
			dir := write(t, base, broken)
			report, err := Check([]string{dir}, monday)
			if err != nil {
				t.Fatal(err)
			}
			var expected []string
			isAbout := false
			for _, w := range broken.wants() {
				expected = append(expected, w.place+" "+w.rule)
				isAbout = isAbout || w.rule == rule
				if w.says != "" && !slices.ContainsFunc(report.Findings, func(f Finding) bool {
					return string(f.Rule) == w.rule && strings.Contains(f.Message, w.says)
				}) {
					t.Errorf("no finding of %s says %q", w.rule, w.says)
				}
			}
			slices.Sort(expected)
			if diff := cmp.Diff(expected, lines(report.Findings, dir)); diff != "" || !isAbout {
				t.Errorf("about %s: %t (-want +got):\n%s\n%v", rule, isAbout, diff, report.Findings)
			}
			for _, f := range report.Findings {
				if f.Severity != severities[f.Rule] {
					t.Errorf("%s is %s, program.Rules says %s", f.Rule, f.Severity, severities[f.Rule])
				}
			}
		})
	}
}

// What the file system does cannot stand in an archive.
var notInCorpus = []program.Rule{program.RuleUnreadableFile}

func TestEveryRuleHasACase(t *testing.T) {
	for _, rule := range program.Rules {
		cases, err := filepath.Glob(corpus + "/" + string(rule.ID) + "/*.txtar")
		if slices.Contains(notInCorpus, rule.ID) != (len(cases) == 0) || err != nil {
			t.Errorf("%s: %d cases, %v", rule.ID, len(cases), err)
		}
	}
}

func TestNothingIsWrongWithGeneratedPrograms(t *testing.T) {
	for seed, n := range []int{40, 80, 200, 400} {
		dir := t.TempDir()
		if err := programs.Write(dir, programs.Generate(n, uint64(seed))); err != nil {
			t.Fatal(err)
		}
		report, err := Check([]string{dir}, monday)
		if err != nil || len(report.Findings) > 0 || report.Objects != n {
			t.Errorf("seed %d: %d objects, %v, %v", seed, report.Objects, err, report.Findings[:min(len(report.Findings), 9)])
		}
	}
}

func TestAFileThatCannotBeReadIsNamed(t *testing.T) {
	dir := write(t, readArchive(t, corpus+"/base.txtar"))
	if err := os.Symlink("nowhere", filepath.Join(dir, "lost.yaml")); err != nil {
		t.Fatal(err)
	}
	report, err := Check([]string{dir}, monday)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"lost.yaml unreadable-file"}, lines(report.Findings, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is doubtful in them is as it shall be: some name no owner, miss targets, or promise more than they do.
func TestNoErrorIsFoundInVariedPrograms(t *testing.T) {
	for seed := range uint64(200) {
		dir := t.TempDir()
		files := programs.Varied(seed+1, monday)
		if err := programs.Write(dir, files); err != nil {
			t.Fatal(err)
		}
		report, err := Check([]string{dir}, monday)
		if err != nil || report.Objects != len(files) || len(files) < 10 || len(files) > 25 {
			t.Errorf("seed %d: %d objects in %d files, %v", seed+1, report.Objects, len(files), err)
		}
		for _, f := range report.Findings {
			if f.Severity == "error" {
				t.Errorf("seed %d: %s: %s", seed+1, f.File, f.Message)
			}
		}
	}
}
