// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package lint is the verb that checks a folder.
package lint

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cx-operator/cx-operator/internal/cli/files"
	"github.com/cx-operator/cx-operator/internal/program"
)

// ErrFound says that errors were found and printed.
var ErrFound = errors.New("errors were found")

// Command is kubectl cx lint.
func Command() *cobra.Command {
	return &cobra.Command{
		Use:   "lint FOLDER",
		Short: "Check a folder of YAML",
		Long: "Check a folder of YAML as the API server and the controllers would, without a cluster: schemas and rules, references, " +
			"cycles, schedules, figures, questionnaires. Each finding is a line: file:line: object: message. The exit code is 1 " +
			"when there are errors; warnings alone leave it 0.",
		Example: "  kubectl cx lint config/samples/retailer",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return run(cmd.OutOrStdout(), args[0], time.Now()) },
	}
}

// line is one finding with its place.
type line struct {
	program.Problem
	warning bool
}

func run(out io.Writer, folder string, now time.Time) error {
	loaded, err := files.Load(folder)
	if err != nil {
		return err
	}
	lines := collect(loaded, program.Check(loaded.Snapshot, now))
	errorCount := 0
	for _, l := range lines {
		if !l.warning {
			errorCount++
		}
		if l.File != "" {
			l.File = filepath.Join(folder, filepath.FromSlash(l.File))
		}
		if _, err := fmt.Fprintln(out, l.Problem); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "%s: %s, %s\n", plural(len(loaded.Snapshot.All()), "object"), plural(errorCount, "error"),
		plural(len(lines)-errorCount, "warning"))
	if errorCount > 0 {
		return ErrFound
	}
	return err
}

// collect puts what was found while reading and while checking into the order of files and lines.
func collect(folder *program.Folder, findings []program.Finding) []line {
	var lines []line
	refused := false
	for _, problem := range folder.Problems {
		refused = refused || strings.HasPrefix(problem.Object, "Program/")
		lines = append(lines, line{Problem: problem})
	}
	for _, f := range findings {
		file, number := folder.Place(f.Object, f.Field, f.Value)
		// What is missing because it is wrong has been named already; and what it names may only seem to be unused.
		if (f.Names != "" && folder.Broken(f.Names)) || (file == "" && refused) ||
			(f.Reason == program.ReasonUnused && len(folder.Problems) > 0) {
			continue
		}
		warning := f.Severity == program.SeverityWarning
		if warning {
			f.Message = "warning: " + f.Message
		}
		lines = append(lines, line{program.Problem{File: file, Line: number, Object: f.Object, Message: f.Message}, warning})
	}
	slices.SortStableFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return lines
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
