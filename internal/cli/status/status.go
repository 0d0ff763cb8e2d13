// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package status is the verb that says where a program stands.
package status

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/crdcheck"
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
	now := time.Now()
	if o.now != "" {
		var err error
		if now, err = time.Parse(time.RFC3339, o.now); err != nil {
			return fmt.Errorf("--now is %q: write a time as in 2027-01-04T09:00:00Z", o.now)
		}
	}
	if o.lang != "" && o.lang != string(cxv1.LanguageEN) && o.lang != string(cxv1.LanguageRU) {
		return fmt.Errorf("--lang is %q: write en or ru", o.lang)
	}
	if info, err := os.Stat(folder); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is no folder: name the folder that holds the program", folder)
	}
	schemas, err := crdcheck.Builtin()
	if err != nil {
		return err
	}
	loaded := program.Load(os.DirFS(folder), schemas)
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
	return render(cmd.OutOrStdout(), program.Evaluate(loaded.Snapshot, nil, now).Snapshot, false)
}
