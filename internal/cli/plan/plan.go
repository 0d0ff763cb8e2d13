// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package plan is the verb that says what a change does to people before it is merged.
package plan

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cx-operator/cx-operator/internal/cli/files"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/plan"
	"github.com/cx-operator/cx-operator/internal/program"
)

// result is what is printed. Its JSON is described in docs/reference/cli-output.md.
type result struct {
	metav1.TypeMeta `json:",inline"`
	// From and To are what was compared, as they were given.
	From string `json:"from"`
	To   string `json:"to"`
	*plan.Plan

	zone *time.Location
}

type options struct {
	from, to string
	exitCode bool
}

// Changed is the exit code that --exit-code asks for when the plan is not empty.
const Changed = kit.Exit(2)

// Command says what a change does.
func Command(k *kit.Kit) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "plan --from REVISION|FOLDER --to FOLDER",
		Short: "Say what a change of the files does to people, before it is merged",
		Long: "Say what a change does once it is merged and applied: who gains and loses what, who is asked and who must agree, which waves " +
			"move and how often people are asked, which trends break, what becomes of criteria and the stage. Both sides are judged by the " +
			"functions of the controllers. --from is a folder, or a revision of git at which --to is read. With --evidence, a file made by " +
			"kubectl cx export, it is also known who accepted what; without, that is unknown.",
		Example: "  kubectl cx plan --from origin/main --to program --evidence evidence.json -o markdown\n" +
			"  kubectl cx plan --from ../before --to . --exit-code",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return run(k, cmd, o) },
	}
	cmd.Flags().StringVar(&o.from, "from", "", "the program as it is: a folder, or a revision of git such as origin/main")
	cmd.Flags().StringVar(&o.to, "to", "", "the folder with the program as it shall be")
	cmd.Flags().BoolVar(&o.exitCode, "exit-code", false, "exit with 0 when nothing changes, 1 on errors, 2 when something does")
	for _, required := range []string{"from", "to"} {
		if err := cmd.MarkFlagRequired(required); err != nil {
			panic(err) // the flags are there: they were made above
		}
	}
	if err := cmd.MarkFlagDirname("to"); err != nil {
		panic(err)
	}
	return cmd
}

func run(k *kit.Kit, cmd *cobra.Command, o options) error {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // it runs for a moment: memory is cheaper than time
	now, err := k.Now()
	if err != nil {
		return err
	}
	evidence, err := k.Evidence()
	if err != nil {
		return err
	}
	before, after, err := load(cmd, o)
	if err != nil {
		return err
	}
	known := after.Program
	if known == nil {
		known = before.Program
	}
	lang, err := k.Language(known)
	if err != nil {
		return err
	}
	kit.Speak(before, lang)
	kit.Speak(after, lang)
	compared := plan.Compare(before, after, evidence, now)
	r := &result{TypeMeta: kit.Type("Plan"), From: o.from, To: o.to, Plan: compared, zone: program.Zone(known)}
	if err := k.Print(cmd, lang, r); err != nil {
		return err
	}
	if o.exitCode && compared.Changes {
		return Changed
	}
	return nil
}

// load reads both sides. What is wrong in the new one would look as if it were removed, so it is an error; what was wrong in the old
// one was never applied.
func load(cmd *cobra.Command, o options) (before, after *program.Snapshot, err error) {
	if !isFolder(o.to) {
		return nil, nil, fmt.Errorf("--to is %q, which is no folder: name the folder that holds the program", o.to)
	}
	old := o.from
	if !isFolder(o.from) {
		into, err := os.MkdirTemp("", "cx-plan-")
		if err != nil {
			return nil, nil, err
		}
		defer func() { _ = os.RemoveAll(into) }()
		if old, err = (history{git}).extract(kit.Context(cmd), o.to, o.from, into); err != nil {
			return nil, nil, err
		}
	}
	from, to, err := files.LoadBoth(old, o.to)
	if err != nil {
		return nil, nil, err
	}
	return check(cmd, o, from, to)
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// check refuses what no plan can be made of.
func check(cmd *cobra.Command, o options, from, to *program.Folder) (before, after *program.Snapshot, err error) {
	if n := len(to.Problems); n > 0 {
		return nil, nil, fmt.Errorf("mistakes in %s: %d, the first is %s; a plan would take what is wrong for removed, so correct them first: "+
			"see kubectl cx lint %s", o.to, n, to.Problems[0], o.to)
	}
	if n := len(from.Problems); n > 0 {
		cmd.PrintErrf("Mistakes in %s: %d. What is wrong there is taken for what is not there\n", o.from, n)
	}
	if from.Snapshot.Program == nil && to.Snapshot.Program == nil {
		return nil, nil, errors.New("neither side holds a Program: name folders that do")
	}
	return from.Snapshot, to.Snapshot, nil
}
