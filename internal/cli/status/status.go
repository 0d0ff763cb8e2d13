// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package status is the verb that says where a program stands, on one screen.
package status

import (
	"github.com/spf13/cobra"

	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// Command says where a program stands, and what to do next.
func Command(k *kit.Kit) *cobra.Command {
	return &cobra.Command{
		Use:   "status [FOLDER]",
		Short: "Say where the program stands, and what to do next",
		Long: "Say on one screen where the program of the namespace stands and why, what to do next, what is overdue, and who is asked " +
			"next. With a folder, the same without a cluster: what only the operator's store knows is unknown there, unless " +
			"--evidence names it: who accepted what, which surveys were answered, since when something is so.",
		Example:           "  kubectl cx status -n retail\n  kubectl cx status config/samples/first-day --lang ru",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: kit.Folders,
		RunE:              func(cmd *cobra.Command, args []string) error { return run(k, cmd, args) },
	}
}

func run(k *kit.Kit, cmd *cobra.Command, args []string) error {
	source, err := k.Load(cmd, args)
	if err != nil {
		return err
	}
	lang, err := k.Language(source.Snapshot.Program)
	if err != nil {
		return err
	}
	result, err := Of(source, lang)
	if err != nil {
		return err
	}
	return k.Print(cmd, lang, result)
}
