// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package tree is the verb that shows what serves what: goals, KPIs, journeys, touchpoints, initiatives, and who answers for them.
package tree

import (
	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// Command draws the tree.
func Command(k *kit.Kit) *cobra.Command {
	return &cobra.Command{
		Use:   "tree [FOLDER]",
		Short: "Show goals, what measures and serves them, and who answers for it",
		Long: "Show the program from its goals down: goal, KPI, journey, touchpoint, initiative, each with its state and its owner. An " +
			"initiative stands below the KPIs that it shall move, else below the journeys that it changes, else below its goals. What " +
			"serves no goal comes last.",
		Example:           "  kubectl cx tree -n retail\n  kubectl cx tree config/samples/retailer",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: kit.Folders,
		RunE: func(cmd *cobra.Command, args []string) error {
			source, err := k.Load(cmd, args)
			if err != nil {
				return err
			}
			lang, err := k.Language(source.Snapshot.Program)
			if err != nil {
				return err
			}
			return k.Print(cmd, lang, Of(source))
		},
	}
}

// Result is the tree.
type Result struct {
	metav1.TypeMeta `json:",inline"`
	Organization    string `json:"organization"`
	// Goals are those that serve no other goal.
	Goals []*Node `json:"goals"`
	// Rest is what serves no goal, and touchpoints that no KPI measures.
	Rest []*Node `json:"rest,omitempty"`
}

// Node is something of the program, and what is below it.
type Node struct {
	// Kind is Goal, KPI, Journey, Touchpoint or Initiative.
	Kind string `json:"kind"`
	// Name is the object's, or the touchpoint's.
	Name string `json:"name"`
	// Title is what people call it.
	Title string `json:"title,omitempty"`
	// State is the reason of the condition that says how it does: TargetMet, TargetMissed, Attained, ...; of an initiative its
	// phase; of journeys and touchpoints Gap or NoGap. NotReady stands before all of them.
	State string `json:"state"`
	// Verdict is Good, Bad or Unknown.
	Verdict string `json:"verdict"`
	// Value is the figure: of a KPI "27.11/30", of a goal the KPIs that are met of those that are judged.
	Value string `json:"value,omitempty"`
	// Late says that it is overdue.
	Late  bool   `json:"late,omitempty"`
	Owner *Owner `json:"owner,omitempty"`
	// Children are what serves it; one that serves several nodes stands below each of them, what changes a
	// journey below the first mention of that.
	Children []*Node `json:"children,omitempty"`
}

// Owner is who answers for a node.
type Owner struct {
	// Name is who is in force, else who is named or asked; empty when nobody is.
	Name string `json:"name,omitempty"`
	// State is Accepted, Trusted, Waiting, HandingOver, Declined, Orphaned, Named (nobody was asked yet) or None.
	State string `json:"state"`
	// To is who is asked to take over.
	To string `json:"to,omitempty"`
	// Acting is who acts while the owner is away.
	Acting string `json:"acting,omitempty"`
}

// The verdicts.
const (
	Good    = "Good"
	Bad     = "Bad"
	Unknown = "Unknown"
)
