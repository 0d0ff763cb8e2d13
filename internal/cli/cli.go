// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package cli is the kubectl plugin. Each verb is a package of its own below this one.
package cli

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cx-operator/cx-operator/internal/cli/calendar"
	"github.com/cx-operator/cx-operator/internal/cli/codeowners"
	"github.com/cx-operator/cx-operator/internal/cli/contacts"
	"github.com/cx-operator/cx-operator/internal/cli/decide"
	"github.com/cx-operator/cx-operator/internal/cli/doctor"
	"github.com/cx-operator/cx-operator/internal/cli/explain"
	"github.com/cx-operator/cx-operator/internal/cli/export"
	"github.com/cx-operator/cx-operator/internal/cli/followups"
	"github.com/cx-operator/cx-operator/internal/cli/history"
	"github.com/cx-operator/cx-operator/internal/cli/initialize"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/cli/lint"
	"github.com/cx-operator/cx-operator/internal/cli/maturity"
	"github.com/cx-operator/cx-operator/internal/cli/owners"
	"github.com/cx-operator/cx-operator/internal/cli/pause"
	"github.com/cx-operator/cx-operator/internal/cli/plan"
	"github.com/cx-operator/cx-operator/internal/cli/quiz"
	"github.com/cx-operator/cx-operator/internal/cli/simulate"
	"github.com/cx-operator/cx-operator/internal/cli/status"
	"github.com/cx-operator/cx-operator/internal/cli/tree"
	"github.com/cx-operator/cx-operator/internal/cli/wave"
)

// Run runs the plugin and returns its exit code: 0 when all went well, 1 when something was found or failed.
func Run(version string, args []string, stdout, stderr io.Writer) int {
	return run(Command(version), args, stdout, stderr)
}

func run(root *cobra.Command, args []string, stdout, stderr io.Writer) int {
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	var exit kit.Exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return int(exit)
	case !errors.Is(err, lint.ErrFound): // which has said all there is to say
		_, _ = fmt.Fprintln(stderr, "kubectl cx:", err)
	}
	return 1
}

// Command is the whole plugin.
func Command(version string) *cobra.Command { return CommandOf(version, kit.New()) }

// CommandOf is the plugin with a clock and a width of one's own.
func CommandOf(version string, k *kit.Kit) *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-cx",
		Short: "Customer-experience programs as code",
		Long: "Customer-experience programs as code: see where a program stands and what is yours, in a cluster or from a folder of YAML; " +
			"check a folder before it is applied.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl cx"},
	}
	k.Version = version
	k.AddFlags(root.PersistentFlags())
	completeFlags(root, k)
	root.AddCommand(
		decide.Accept(k),
		calendar.Command(k),
		codeowners.Command(k),
		completion(),
		contacts.Command(k),
		decide.Decline(k),
		doctor.Command(k),
		explain.Command(k),
		export.Command(k),
		followups.Command(k),
		history.Command(k),
		initialize.Command(k),
		lint.Command(k),
		maturity.Command(k),
		owners.Command(k),
		pause.Command(k),
		plan.Command(k),
		simulate.Command(k),
		quiz.Command(k),
		status.Command(k),
		tree.Command(k),
		wave.Command(k),
		&cobra.Command{
			Use:   "version",
			Short: "Print the version",
			Args:  cobra.NoArgs,
			Run:   func(cmd *cobra.Command, _ []string) { cmd.Println("kubectl-cx", version) },
		},
	)
	for _, verb := range root.Commands() {
		sayArguments(verb)
	}
	return root
}

// sayArguments lets a verb and those below it say how they are written when their arguments do not fit. A group of verbs refuses what is
// none of them, instead of showing its help as if all were well.
func sayArguments(cmd *cobra.Command) {
	for _, below := range cmd.Commands() {
		sayArguments(below)
	}
	if cmd.HasSubCommands() && !cmd.Runnable() {
		cmd.Args, cmd.RunE = cobra.NoArgs, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	fits := cmd.Args
	if fits == nil {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		err := fits(cmd, args)
		if err != nil && counted.MatchString(err.Error()) {
			return fmt.Errorf("write %s; there are %d words after %s", strings.TrimSuffix(cmd.UseLine(), " [flags]"), len(args), cmd.Name())
		}
		return err
	}
}

// counted is what is said of a wrong number of arguments.
var counted = regexp.MustCompile(`^(accepts|requires) .*received \d+$`)
