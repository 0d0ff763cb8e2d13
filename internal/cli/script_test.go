// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/cli"
)

// TestScripts runs testdata/script/*.txtar: commands above, files below, as in github.com/rogpeppe/go-internal/testscript, of which
// this is the part that is needed. Each script has a folder of its own, with its files.
//
//	kubectl-cx ARG...     runs the plugin; with "! " before it, it has to fail
//	stdout REGEXP         the last command printed that; "! " as above. stderr alike
//	cmp stdout FILE       it printed exactly that
//
// Words are separated by spaces, or stand between single quotes. $SAMPLES is the folder of the samples. Scripts whose names begin with
// online- have a cluster with the retailer in it: $CLUSTER stands for the flags that name it.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("%d scripts, %v", len(scripts), err)
	}
	samples, err := filepath.Abs(samples)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range scripts {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			s := &script{t: t, variables: []string{"$SAMPLES", strings.TrimSuffix(samples, "/")}}
			if strings.HasPrefix(filepath.Base(name), "online-") {
				s.variables = append(s.variables, "$CLUSTER", strings.Join(retailerCluster(t), " "))
			}
			s.run(string(text))
		})
	}
}

type script struct {
	t              *testing.T
	variables      []string
	stdout, stderr bytes.Buffer
}

var fileMark = regexp.MustCompile(`(?m)^-- (\S+) --\n`)

func (s *script) run(text string) {
	marks := fileMark.FindAllStringSubmatchIndex(text, -1)
	commands := text
	folder := s.t.TempDir()
	for i, mark := range marks {
		if i == 0 {
			commands = text[:mark[0]]
		}
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		file := filepath.Join(folder, text[mark[2]:mark[3]])
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text[mark[1]:end]), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	s.t.Chdir(folder)
	for i, line := range strings.Split(commands, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if err := s.command(line); err != nil {
			s.t.Fatalf("line %d: %s: %v\nstdout:\n%s\nstderr:\n%s", i+1, line, err, s.stdout.String(), s.stderr.String())
		}
	}
}

var word = regexp.MustCompile(`'[^']*'|\S+`)

func (s *script) command(line string) error {
	line, fails := strings.CutPrefix(line, "! ")
	var words []string
	for _, found := range word.FindAllString(strings.NewReplacer(s.variables...).Replace(line), -1) {
		words = append(words, strings.Trim(found, "'"))
	}
	switch words[0] {
	case "kubectl-cx":
		s.stdout.Reset()
		s.stderr.Reset()
		if code := cli.Run("v1.2.3", words[1:], &s.stdout, &s.stderr); (code != 0) != fails {
			return fmt.Errorf("exit code %d", code)
		}
	case "stdout", "stderr":
		got := map[string]*bytes.Buffer{"stdout": &s.stdout, "stderr": &s.stderr}[words[0]]
		pattern, err := regexp.Compile("(?m)" + strings.Join(words[1:], " "))
		if err != nil {
			return err
		}
		if pattern.Match(got.Bytes()) == fails {
			return fmt.Errorf("found: %t", fails)
		}
	case "cmp":
		want, err := os.ReadFile(words[2])
		if err != nil {
			return err
		}
		if diff := cmp.Diff(string(want), s.stdout.String()); diff != "" {
			return fmt.Errorf("(-want +got):\n%s", diff)
		}
	default:
		return fmt.Errorf("there is no command %q", words[0])
	}
	return nil
}
