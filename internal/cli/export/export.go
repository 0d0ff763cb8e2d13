// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package export is the verb that takes a program's evidence along as a file.
package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/cx-operator/cx-operator/internal/cli/api"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// Command writes the evidence.
func Command(*kit.Kit) *cobra.Command {
	var flags api.Flags
	var file string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Export the program's evidence to a file",
		Long: "Write what the operator's store knows of the program that the token is for: waves and their results, decisions, KPI " +
			"points, stages, since when things are so. Verbs that judge a folder take it with --evidence. It names no customer and no user " +
			"account, and is the same for the same evidence, but for takenAt. Needs a token for operate.",
		Example: "  kubectl cx export -o evidence.json\n  kubectl cx status config/samples/retailer --evidence evidence.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if slices.Contains([]string{"table", "json", "yaml", "markdown"}, file) {
				return errors.New("-o names the file to write here, which is always JSON: write -o evidence.json")
			}
			c, err := flags.Client()
			if err != nil {
				return err
			}
			evidence, err := c.Evidence(kit.Context(cmd))
			if err != nil {
				return err
			}
			var out bytes.Buffer
			if err := json.Indent(&out, evidence, "", "  "); err != nil {
				return err
			}
			if data := bytes.TrimSpace(out.Bytes()); file == "" {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", data)
			} else {
				err = os.WriteFile(file, append(data, '\n'), 0o644)
			}
			return err
		},
	}
	flags.AddFlags(cmd.Flags())
	cmd.Flags().StringVarP(&file, "output", "o", "", "write into this file instead of standard output") // instead of the flag of all verbs
	return cmd
}
