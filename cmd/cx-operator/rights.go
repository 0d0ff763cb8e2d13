// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/gateway"
	"github.com/cx-operator/cx-operator/internal/store"
)

// personCommand makes a command about one person, whom a flag names. do gets what was written there, or on standard input.
func personCommand(c *cobra.Command, flag, usage string, stdin io.Reader,
	do func(ctx context.Context, storeURL, program, written string, out io.Writer) error) *cobra.Command {
	var storeURL, program, person string
	c.Args = cobra.NoArgs
	c.RunE = func(c *cobra.Command, _ []string) error {
		written, err := written(person, stdin)
		if err != nil {
			return fmt.Errorf("--%s: %w", flag, err)
		}
		return do(c.Context(), storeURL, program, written, c.OutOrStdout())
	}
	f := c.Flags()
	f.StringVar(&storeURL, "store", "", "where people are kept, e.g. sqlite:/var/lib/cx-operator/evidence.db (required)")
	f.StringVar(&program, "program", "", "id of the program: spec.id of the Program (required)")
	f.StringVar(&person, flag, "", usage+"; - reads it from standard input, so that it is in no history and no list of processes (required)")
	for _, name := range []string{"store", "program", flag} {
		_ = c.MarkFlagRequired(name) // fails for a flag that is not there only
	}
	return c
}

// written is the value of a flag, or for - the line on standard input.
func written(value string, stdin io.Reader) (string, error) {
	if value != "-" {
		return value, nil
	}
	lines := bufio.NewScanner(stdin)
	lines.Scan()
	line := strings.TrimSpace(lines.Text())
	if lines.Scan() {
		return "", errors.New("standard input has more than one line: only one person can be named")
	}
	if lines.Err() == nil && line == "" {
		return "", errors.New("standard input is empty: write one line there")
	}
	return line, lines.Err()
}

// changePeople opens a store that no operator has open, and closes it after the change.
func changePeople(ctx context.Context, storeURL, program, path string, change func(people store.People) error) error {
	people, err := openOffline(ctx, storeURL, "use the operator's API for people (POST "+path+")")
	if err != nil {
		return err
	}
	err = unclaimed(program, change(people))
	if cerr := people.Close(); cerr != nil {
		err = errors.Join(err, fmt.Errorf("closing the store: %w", cerr))
	}
	return err
}

func eraseCommand(stdin io.Reader, now func() time.Time) *cobra.Command {
	return personCommand(&cobra.Command{
		Use:   "erase",
		Short: "Erase a person from a program",
		Long: `Erase a person: the contact, and from invitations and answers whatever leads to them. Mail that waits is cancelled.
Scores and choices stay without the person, and so do opt-outs. Doing it again changes nothing and says the same.`,
		Example: `  cx-operator contacts erase --store sqlite:evidence.db --program acme --key - < key.txt`,
	}, "key", "the contact's id, or their address where the list had no ids", stdin,
		func(ctx context.Context, storeURL, program, key string, out io.Writer) error {
			var erased store.Erasure
			err := changePeople(ctx, storeURL, program, "/api/v1/people/erase", func(people store.People) (err error) {
				erased, err = audience.Erase(key, func(key string) (store.Erasure, error) {
					return people.EraseContact(ctx, program, key, now())
				})
				return err
			})
			if err != nil {
				return err
			}
			if erased == (store.Erasure{}) {
				_, err = fmt.Fprintf(out, "Nobody in program %s has or had this key: nothing was changed. Check how it is written.\n", program)
				return err
			}
			_, err = fmt.Fprintf(out, "Erased from program %s, now or before:\n  contacts     %6d\n  invitations  %6d\n  answers      %6d\n",
				program, erased.Contacts, erased.Invitations, erased.Answers)
			return err
		})
}

func optOutCommand(stdin io.Reader, now func() time.Time) *cobra.Command {
	return personCommand(&cobra.Command{
		Use:   "opt-out",
		Short: "Never write to an address again",
		Long: `Opt an address out of a program's surveys, whoever has it, now or later. It need not be known. Only its hash is kept.
Doing it again changes nothing.`,
		Example: `  cx-operator contacts opt-out --store sqlite:evidence.db --program acme --address - < address.txt`,
	}, "address", "an e-mail address", stdin,
		func(ctx context.Context, storeURL, program, written string, out io.Writer) error {
			address, err := audience.NormalizeAddress(written)
			if err != nil {
				return fmt.Errorf("nobody was opted out: %w", err)
			}
			err = changePeople(ctx, storeURL, program, "/api/v1/people/opt-out", func(people store.People) error {
				return people.OptOut(ctx, program, address, gateway.ByOperator, now())
			})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(out, "The address is opted out of program %s.\n", program)
			return err
		})
}
