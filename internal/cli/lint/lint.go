// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package lint is the verb that checks folders.
package lint

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cx-operator/cx-operator/internal/cli/files"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/program"
)

// ErrFound says that mistakes were found and printed.
var ErrFound = errors.New("mistakes were found")

// formats are the forms in which findings are printed, by the value of -o.
var formats = map[string]func(io.Writer, *Report) error{"text": writeText, "json": writeJSON, "github": writeGitHub, "sarif": writeSARIF}

// Command is kubectl cx lint.
func Command(k *kit.Kit) *cobra.Command {
	var output, failOn string
	cmd := &cobra.Command{
		Use:   "lint FOLDER...",
		Short: "Check folders of YAML",
		Long: "Check folders of YAML, or kustomizations, as the API server and the controllers would, without a cluster: schemas and rules, " +
			"references, cycles, schedules, figures, questionnaires, translations, owners. Each folder is a program of its own. Each finding " +
			"is a line: file:line: object: message [rule]; docs/lint.md says what the rules are. The exit code is 1 when there are errors; " +
			"warnings alone leave it 0, unless --fail-on says otherwise.",
		Example: "  kubectl cx lint config/samples/retailer\n  kubectl cx lint -o sarif --fail-on=warning programs/*",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			write, known := formats[output]
			switch {
			case !known:
				return fmt.Errorf("-o is %q: write text, json, github or sarif", output)
			case failOn != severityError && failOn != severityWarning:
				return fmt.Errorf("--fail-on is %q: write error or warning", failOn)
			}
			now, err := k.Now()
			if err != nil {
				return err
			}
			report, err := Check(args, now)
			if err != nil {
				return err
			}
			if err := write(cmd.OutOrStdout(), report); err != nil {
				return err
			}
			if report.Errors > 0 || (failOn == severityWarning && report.Warnings > 0) {
				return ErrFound
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json, github (annotations of a workflow) or sarif")
	cmd.Flags().StringVar(&failOn, "fail-on", severityError, "what makes the exit code 1: error, or warning (and error)")
	completeFlags(cmd)
	return cmd
}

// completeFlags completes what the flags of this verb can be.
func completeFlags(cmd *cobra.Command) {
	for flag, values := range map[string][]string{
		"output": {"text", "json", "github", "sarif"}, "fail-on": {severityError, severityWarning},
	} {
		if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err) // the flags are there: they were made above
		}
	}
}

// Check looks at folders, each a program of its own, as of now. The error is about a folder itself.
func Check(folders []string, now time.Time) (*Report, error) {
	// Nearly all that is read stays until the end, so that looking for garbage often finds little and takes a third of the time.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	report := &Report{TypeMeta: kit.Type("LintReport"), Findings: []Finding{}}
	for _, folder := range folders {
		loaded, err := files.Load(folder)
		if err != nil {
			return nil, err
		}
		report.add(folder, loaded, now)
	}
	report.settle()
	return report, nil
}

func (r *Report) add(folder string, loaded *program.Folder, now time.Time) {
	refused := false
	for _, p := range loaded.Problems {
		refused = refused || strings.HasPrefix(p.Object, "Program/")
		r.found(folder, p, program.SeverityError)
	}
	r.Objects += len(loaded.Snapshot.All())
	if loaded.Unbuilt {
		return
	}
	for _, f := range program.Lint(loaded.Snapshot, now) {
		file, number := loaded.Place(f.Object, f.Field, f.Value)
		if (file == "" && refused) || follows(f, loaded) {
			continue
		}
		r.found(folder, program.Problem{File: file, Line: number, Object: f.Object, Rule: f.Rule, Message: f.Message}, f.Severity)
	}
}

// follows reports whether a finding only repeats a mistake in the files: what is missing because it is wrong has been named already, and
// what it names may only seem to be unused.
func follows(f program.Finding, loaded *program.Folder) bool {
	switch {
	case f.Names != "" && loaded.Broken(f.Names):
		return true
	case f.Rule == program.RuleNoProgram:
		return loaded.Broken(f.Object)
	}
	return len(loaded.Problems) > 0 && slices.Contains(doubtfulBesideErrors, f.Rule)
}

// doubtfulBesideErrors are findings about what is not there. It may be there and wrong.
var doubtfulBesideErrors = []program.Rule{
	program.RuleUnusedOwner, program.RuleUnusedPersona, program.RuleUnusedFramework, program.RuleKPIWithoutGoal, program.RuleGoalWithoutKPI,
	program.RuleClaimWithoutEvidence,
}
