// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package simulate is the verb that shows a year of a program in a moment.
package simulate

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cx-operator/cx-operator/internal/cli/files"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/simulate"
)

// result is what is printed. Its JSON is described in docs/reference/cli-output.md.
type result struct {
	metav1.TypeMeta `json:",inline"`
	// Evidence says whether there was any; else the program begins.
	Evidence bool `json:"evidence"`
	// Owners is silent or accept.
	Owners string `json:"owners"`
	// Seed and Percent are those of made-up answers; absent without.
	Seed    *uint64 `json:"seed,omitempty"`
	Percent *int    `json:"percent,omitempty"`
	*simulate.Result

	zone *time.Location
}

const (
	maxDays     = 3660
	maxContacts = 100_000
	silent      = "silent"
	accept      = "accept"
)

type options struct {
	days, answers int
	seed          uint64
	seeded        bool
	owners        string
	contacts      []string
}

// Command lets a program run on a clock of its own.
func Command(k *kit.Kit) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "simulate FOLDER",
		Short: "Show what a program does in a year: waves, invitations, offers, expiries",
		Long: "Let the program of a folder run on a clock of its own and show what happens: waves and whom they invite under the contact " +
			"rules, offers that nobody answers and where they go, confirmations, values and answers that go stale, exemptions that end, " +
			"criteria and stages that change. Every decision is that of the controllers. Contacts are made up, so many for each persona. " +
			"Nobody answers anything, unless --owners accept says that owners do, and --seed that people do. Conditions and criteria are " +
			"looked at once a day. The same flags give the same result.",
		Example: "  kubectl cx simulate config/samples/retailer --days 90\n" +
			"  kubectl cx simulate . --evidence evidence.json --contacts weekend-shopper=2000 --seed 7 --answers 30",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: kit.Folders,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.seeded = cmd.Flags().Changed("seed")
			return run(k, cmd, args[0], o)
		},
	}
	cmd.Flags().IntVar(&o.days, "days", 365, "how many days to let pass")
	cmd.Flags().StringVar(&o.owners, "owners", silent, "silent: nobody answers an offer; accept: everybody accepts at once")
	cmd.Flags().StringSliceVar(&o.contacts, "contacts", []string{"100"},
		"how many contacts there are: a number for every persona, or persona=number")
	cmd.Flags().Uint64Var(&o.seed, "seed", 0, "make up answers to surveys by chance; the same seed gives the same answers")
	cmd.Flags().IntVar(&o.answers, "answers", 20, "how many of 100 who are invited answer; with --seed")
	return cmd
}

func run(k *kit.Kit, cmd *cobra.Command, folder string, o options) error {
	in, err := o.input()
	if err != nil {
		return err
	}
	if in.Start, err = k.Now(); err != nil {
		return err
	}
	if in.Evidence, err = k.Evidence(); err != nil {
		return err
	}
	loaded, err := files.Load(folder)
	if err != nil {
		return err
	}
	if err := k.Mistakes(cmd, loaded, folder); err != nil {
		return err
	}
	p := loaded.Snapshot.Program
	if p == nil {
		return fmt.Errorf("%s holds no Program that is right: see kubectl cx lint %s", folder, folder)
	}
	in.Program = loaded.Snapshot
	if err := in.known(); err != nil {
		return err
	}
	lang, err := k.Language(p)
	if err != nil {
		return err
	}
	kit.Speak(in.Program, lang)
	r := &result{
		TypeMeta: kit.Type("Simulation"), Evidence: in.Evidence != nil, Owners: o.owners, Result: simulate.Run(in.Input), zone: program.Zone(p),
	}
	if o.seeded {
		r.Seed, r.Percent = &o.seed, &o.answers
	}
	return k.Print(cmd, lang, r)
}

type input struct{ simulate.Input }

// known refuses contacts of personas that the program does not have.
func (in input) known() error {
	for name := range in.Contacts {
		if !in.Program.Has(persona(name)) {
			return fmt.Errorf("--contacts names %s, and there is no such Persona", name)
		}
	}
	return nil
}

// input reads the flags.
func (o options) input() (input, error) {
	in := input{simulate.Input{Days: o.days, Contacts: map[string]int{}, Others: 100, OwnersAccept: o.owners == accept}}
	switch {
	case o.days < 1 || o.days > maxDays:
		return in, fmt.Errorf("--days is %d: write 1 to %d", o.days, maxDays)
	case o.owners != silent && o.owners != accept:
		return in, fmt.Errorf("--owners is %q: write silent or accept", o.owners)
	case o.answers < 0 || o.answers > 100:
		return in, fmt.Errorf("--answers is %d: write 0 to 100", o.answers)
	}
	if o.seeded {
		in.Answers = &simulate.Answers{Seed: o.seed, Percent: o.answers}
	}
	for _, text := range o.contacts {
		if err := in.contacts(text); err != nil {
			return in, err
		}
	}
	return in, nil
}

// contacts reads one value of --contacts.
func (in *input) contacts(text string) error {
	name, number, named := strings.Cut(text, "=")
	if !named {
		number = name
	}
	n, err := strconv.Atoi(number)
	switch {
	case err != nil || n < 0 || n > maxContacts:
		return fmt.Errorf("--contacts is %q: write a number up to %d, or persona=number", text, maxContacts)
	case named:
		in.Contacts[name] = n
	default:
		in.Others = n
	}
	return nil
}
