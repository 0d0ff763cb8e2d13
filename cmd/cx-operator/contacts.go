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

	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/store"
)

// contactsCommand works on people in a store.
const contactsCommand = "contacts"

// runContacts works on a store directly, without a cluster.
func runContacts(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer, now func() time.Time) error {
	root := &cobra.Command{Use: "cx-operator", SilenceErrors: true, SilenceUsage: true}
	root.CompletionOptions.DisableDefaultCmd = true
	contacts := &cobra.Command{Use: contactsCommand, Short: "Contacts in a store that no operator has open"}
	contacts.AddCommand(importCommand(stdin, now), eraseCommand(stdin, now), optOutCommand(stdin, now))
	root.AddCommand(contacts)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stdout)
	return root.ExecuteContext(ctx)
}

// importOptions are the flags of contacts import.
type importOptions struct {
	store, program, persona string
	dryRun                  bool
}

func importCommand(stdin io.Reader, now func() time.Time) *cobra.Command {
	var o importOptions
	c := &cobra.Command{
		Use:   "import FILE.csv",
		Short: "Make the contacts of a persona those in a CSV file, or - for standard input",
		Long: `Make the contacts of a persona those in a CSV file. Who is not in it leaves the persona; opt-outs stay.
The first line names the columns: email, and if wanted id, name, language, timeZone; every other column is an
attribute. Either the whole file is imported or, when a line is refused, nothing.`,
		Example: `  cx-operator contacts import customers.csv --store sqlite:evidence.db --program acme --persona customers --dry-run`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			file := stdin
			if args[0] != "-" {
				opened, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer func() { _ = opened.Close() }() // it was only read
				file = opened
			}
			return importContacts(c.Context(), o, file, c.OutOrStdout(), now())
		},
	}
	f := c.Flags()
	f.StringVar(&o.store, "store", "", "where people are kept, e.g. sqlite:/var/lib/cx-operator/evidence.db (required)")
	f.StringVar(&o.program, "program", "", "id of the program: spec.id of the Program (required)")
	f.StringVar(&o.persona, "persona", "", "name of the Persona (required)")
	f.BoolVar(&o.dryRun, "dry-run", false, "say what would change, and change nothing")
	for _, name := range []string{"store", "program", "persona"} {
		_ = c.MarkFlagRequired(name) // fails for a flag that is not there only
	}
	return c
}

func importContacts(ctx context.Context, o importOptions, file io.Reader, out io.Writer, now time.Time) error {
	people, err := openOffline(ctx, o.store, "send the file to the operator's API for contacts (PUT /api/v1/personas/"+o.persona+"/contacts)")
	if err != nil {
		return err
	}
	contacts := audience.Whole(audience.ReadCSV(file))
	var report store.ImportReport
	if o.dryRun {
		report, err = people.PreviewImport(ctx, o.program, o.persona, contacts)
	} else {
		report, err = people.ImportContacts(ctx, o.program, o.persona, contacts, now)
	}
	if cerr := people.Close(); cerr != nil {
		err = errors.Join(err, fmt.Errorf("closing the store: %w", cerr))
	}
	if err != nil {
		return explain(o, out, err)
	}
	will := ""
	if o.dryRun {
		will = " (dry run: nothing was changed)"
	}
	_, err = fmt.Fprintf(out, "Persona %s of program %s%s:\n  added      %6d\n  updated    %6d\n  unchanged  %6d\n  removed    %6d\n",
		o.persona, o.program, will, report.Added, report.Updated, report.Unchanged, report.Removed)
	return err
}

// openOffline opens a store that no operator has open; instead is what to do when one has.
func openOffline(ctx context.Context, address, instead string) (storage, error) {
	people, err := openStore(ctx, address)
	if errors.Is(err, store.ErrLocked) {
		return nil, fmt.Errorf("the operator is running on %s and nobody else can open it: %s, or stop the operator first (%w)",
			address, instead, err)
	}
	return people, err
}

// unclaimed says what to do about a program that the store does not know.
func unclaimed(program string, err error) error {
	if !errors.Is(err, store.ErrNotClaimed) {
		return err
	}
	return fmt.Errorf("no program with the id %q is known in this store: apply the Program first, so that the operator claims its id "+
		"(%w)", program, err)
}

// explain lists refused lines, and says what to do about the rest.
func explain(o importOptions, out io.Writer, err error) error {
	var refused *audience.Refused
	if errors.As(err, &refused) {
		for _, line := range refused.Lines {
			if _, err := fmt.Fprintln(out, line.Error()); err != nil {
				return err
			}
		}
		if refused.More > 0 {
			if _, err := fmt.Fprintf(out, "and %d more lines\n", refused.More); err != nil {
				return err
			}
		}
		return fmt.Errorf("%d lines are refused: nothing was changed", len(refused.Lines)+refused.More)
	}
	return unclaimed(o.program, err)
}
