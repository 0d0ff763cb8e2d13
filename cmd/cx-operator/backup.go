// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
)

const backupCommandName, restoreCommandName = "backup", "restore"

// streams are what a command reads and writes: data on the first two, words on the third.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func backupCommand(s streams) *cobra.Command {
	var address string
	c := &cobra.Command{
		Use:   backupCommandName,
		Short: "Write a copy of the store to standard output, while the operator runs or while it does not",
		Long: `Write a copy of the store to standard output: one file, as the store was at one moment. The operator goes on meanwhile. Beside the
store must be as much free space as it takes. The copy holds all that is known of people: keep it as safe as the store itself.`,
		Example: `  kubectl exec -n cx-operator-system deploy/cx-operator -- /cx-operator backup \
    --store sqlite:/var/lib/cx-operator/evidence.db > evidence.db`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			path, err := sqlitePath(address)
			if err != nil {
				return err
			}
			if file, ok := s.out.(*os.File); ok && isTerminal(file) {
				return errors.New("standard output is a terminal: redirect it to a file, e.g. > evidence.db")
			}
			return sqlite.Backup(c.Context(), path, s.out)
		},
	}
	storeFlag(c, &address)
	return c
}

func restoreCommand(s streams, now func() time.Time) *cobra.Command {
	var address string
	c := &cobra.Command{
		Use:   restoreCommandName,
		Short: "Make the store what a backup on standard input holds; no operator may have it open",
		Long: `Make the store what a backup on standard input holds. The backup is checked first; when it is damaged or of a newer release nothing
is changed. A store that is there is kept under another name beside it. No operator may have the store open.`,
		Example: `  cx-operator restore --store sqlite:/var/lib/cx-operator/evidence.db < evidence.db`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			path, err := sqlitePath(address)
			if err != nil {
				return err
			}
			kept, err := sqlite.Restore(c.Context(), path, s.in, now())
			switch {
			case errors.Is(err, store.ErrLocked):
				return fmt.Errorf("stop the operator first, e.g. helm upgrade --reuse-values --set replicaCount=0 (%w)", err)
			case err != nil:
				return err
			}
			if kept != "" {
				_, err = fmt.Fprintf(s.err, "What was there before is kept as %s: delete it when you are sure.\n", kept)
			}
			_, werr := fmt.Fprintf(s.err, "Restored %s. Start the operator; programs that have sent mail since the backup say StoreRestored, "+
				"and what to do.\n", path)
			return errors.Join(err, werr)
		},
	}
	storeFlag(c, &address)
	return c
}

func storeFlag(c *cobra.Command, address *string) {
	c.Flags().StringVar(address, "store", "", "where evidence is kept, e.g. sqlite:/var/lib/cx-operator/evidence.db (required)")
	_ = c.MarkFlagRequired("store") // fails for a flag that is not there only
}

// sqlitePath is the file of a store.
func sqlitePath(address string) (string, error) {
	_, path, err := store.ParseURL(address) // takes no other driver than sqlite
	if err != nil {
		return "", fmt.Errorf("--store: %w", err)
	}
	return path, nil
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// runStore runs one of the commands that work on a store as a file.
func runStore(ctx context.Context, args []string, s streams, now func() time.Time) error {
	root := &cobra.Command{Use: "cx-operator", SilenceErrors: true, SilenceUsage: true}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(backupCommand(s), restoreCommand(s, now))
	root.SetArgs(args)
	root.SetOut(s.err) // standard output is for data
	root.SetErr(s.err)
	return root.ExecuteContext(ctx)
}
