// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package status is the verb that says where a program stands.
package status

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/files"
	"github.com/cx-operator/cx-operator/internal/program"
)

type options struct{ lang, now string }

// Command is kubectl cx status.
func Command() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "status FOLDER",
		Short: "Say where the program in a folder stands, and what to do next",
		Long: "Say where the program in a folder stands, why, and what to do next, without a cluster. What only the operator's " +
			"store knows is unknown here: who accepted what, which surveys were answered, since when something is so.",
		Example: "  kubectl cx status config/samples/first-day --lang ru",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0]) },
	}
	cmd.Flags().StringVar(&o.lang, "lang", "", "en or ru; empty for the program's first language")
	cmd.Flags().StringVar(&o.now, "now", "", "judge as of this time, e.g. 2027-01-04T09:00:00Z; empty for now")
	return cmd
}

func (o options) run(cmd *cobra.Command, folder string) error {
	now, err := o.instant()
	if err != nil {
		return err
	}
	if o.lang != "" && o.lang != string(cxv1.LanguageEN) && o.lang != string(cxv1.LanguageRU) {
		return fmt.Errorf("--lang is %q: write en or ru", o.lang)
	}
	loaded, err := files.Load(folder)
	if err != nil {
		return err
	}
	if n := len(loaded.Problems); n > 0 {
		cmd.PrintErrf("Mistakes in the files: %d. What is wrong is left out here, see kubectl cx lint %s\n", n, folder)
	}
	if loaded.Snapshot.Program == nil {
		return fmt.Errorf("%s holds no Program that is right: see kubectl cx lint %s", folder, folder)
	}
	if o.lang != "" {
		p := loaded.Snapshot.Program
		p.Spec.Languages = append([]cxv1.Language{cxv1.Language(o.lang)}, p.Spec.Languages...)
	}
	return render(cmd.OutOrStdout(), program.Evaluate(loaded.Snapshot, nil, now).Snapshot)
}

func (o options) instant() (time.Time, error) {
	if o.now == "" {
		return time.Now(), nil
	}
	now, err := time.Parse(time.RFC3339, o.now)
	if err != nil {
		return now, fmt.Errorf("--now is %q: write a time as in 2027-01-04T09:00:00Z", o.now)
	}
	return now, nil
}
