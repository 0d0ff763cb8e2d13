// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package cli is the kubectl plugin. Each verb is a package of its own below this one.
package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/cli/lint"
	"github.com/cx-operator/cx-operator/internal/cli/maturity"
	"github.com/cx-operator/cx-operator/internal/cli/owners"
	"github.com/cx-operator/cx-operator/internal/cli/status"
	"github.com/cx-operator/cx-operator/internal/cli/tree"
)

// Run runs the plugin and returns its exit code: 0 when all went well, 1 when something was found or failed.
func Run(version string, args []string, stdout, stderr io.Writer) int {
	root := Command(version)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	switch {
	case err == nil:
		return 0
	case !errors.Is(err, lint.ErrFound): // which has said all there is to say
		_, _ = fmt.Fprintln(stderr, "kubectl cx:", err)
	}
	return 1
}

// Command is the whole plugin.
func Command(version string) *cobra.Command {
	root := &cobra.Command{
		Use:           "kubectl-cx",
		Short:         "Customer-experience programs as code",
		Long:          "Customer-experience programs as code: check a folder of YAML before it is applied, and see where a program stands.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl cx"},
	}
	k := kit.New()
	k.AddFlags(root.PersistentFlags())
	root.AddCommand(
		lint.Command(k),
		maturity.Command(k),
		owners.Command(k),
		status.Command(k),
		tree.Command(k),
		&cobra.Command{
			Use:   "version",
			Short: "Print the version",
			Args:  cobra.NoArgs,
			Run:   func(cmd *cobra.Command, _ []string) { cmd.Println("kubectl-cx", version) },
		},
	)
	return root
}
