// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package owners is the verb that says who answers for what, who carries too much, and whose decision is waited for.
package owners

import (
	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// Command lists owners, or what concerns one of them.
func Command(k *kit.Kit) *cobra.Command {
	var folder kit.Folder
	cmd := &cobra.Command{
		Use:   "owners [NAME]",
		Short: "Say who answers for what, who is overloaded, and who is waited for",
		Long: "List the owners with what they carry: what they answer for, of how much they can; offers that wait for them and since " +
			"when; what nobody answers for because they left; who acts while they are away. Then what nobody answers for, and what " +
			"happens next by itself. With a name: all that concerns that owner.",
		Example: "  kubectl cx owners -n retail\n  kubectl cx owners head-of-cx -n retail\n  kubectl cx owners -f config/samples/retailer",
		Args:    cobra.MaximumNArgs(1),
		ValidArgsFunction: k.Names(folder.Args, func(s *kit.Source) []string {
			var names []string
			for _, owner := range s.Snapshot.Owners {
				names = append(names, owner.Name+"\t"+owner.Spec.DisplayName)
			}
			return names
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			source, err := k.Load(cmd, folder.Args())
			if err != nil {
				return err
			}
			lang, err := k.Language(source.Snapshot.Program)
			if err != nil {
				return err
			}
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			result, err := Of(source, name)
			if err != nil {
				return err
			}
			return k.Print(cmd, lang, result)
		},
	}
	folder.AddFlag(cmd)
	return cmd
}

// Result is who answers for what.
type Result struct {
	metav1.TypeMeta `json:",inline"`
	Owners          []Owner `json:"owners"`
	// Vacant is what nobody answers for.
	Vacant []Vacancy `json:"vacant,omitempty"`
	// Assignments are those that concern the owner, when one was named, else those of which something is waited for.
	Assignments []Assignment `json:"assignments,omitempty"`

	one bool
	zone
}

// Owner is what an owner carries.
type Owner struct {
	Name        string          `json:"name"`
	DisplayName string          `json:"displayName,omitempty"`
	Function    cxv1.Function   `json:"function,omitempty"`
	Level       cxv1.OwnerLevel `json:"level,omitempty"`
	// State is Active, Left or Missing (named, but there is no such Owner).
	State string `json:"state"`
	// Accountable is for how many things they answer, Limit of how many they can; absent without a limit.
	Accountable int32  `json:"accountable"`
	Limit       *int32 `json:"limit,omitempty"`
	Overloaded  bool   `json:"overloaded,omitempty"`
	// Roles are how many others they have: sponsor, group member, ...
	Roles int32 `json:"roles"`
	// Pending is how many offers wait for them, PendingSince since when the oldest does, where that is known.
	Pending      int32        `json:"pending"`
	PendingSince *metav1.Time `json:"pendingSince,omitempty"`
	// Orphaned is how many things still name them that nobody answers for.
	Orphaned int32 `json:"orphaned,omitempty"`
	// Acting is who acts for them, ActingUntil when they are back.
	Acting      string       `json:"acting,omitempty"`
	ActingUntil *metav1.Time `json:"actingUntil,omitempty"`
}

// Vacancy is something that nobody answers for.
type Vacancy struct {
	// Subject is its kind and name, with the touchpoint or item after a slash.
	Subject string              `json:"subject"`
	Role    cxv1.AssignmentRole `json:"role"`
	// Reason is NoOwner, OwnerLeft, OwnerNotFound, Declined or Undecided.
	Reason string `json:"reason"`
	// Named is whom the subject names, Suggested who could take over.
	Named     string `json:"named,omitempty"`
	Suggested string `json:"suggested,omitempty"`
	// WaitsFor is who is asked meanwhile.
	WaitsFor string `json:"waitsFor,omitempty"`
	Message  string `json:"message,omitempty"`
}

// Assignment is that of an owner to a subject.
type Assignment struct {
	Name    string               `json:"name"`
	Subject string               `json:"subject"`
	Role    cxv1.AssignmentRole  `json:"role"`
	Phase   cxv1.AssignmentPhase `json:"phase"`
	// Owner is who is in force, WaitsFor whose decision is waited for, OfferedAt since when.
	Owner     string       `json:"owner,omitempty"`
	WaitsFor  string       `json:"waitsFor,omitempty"`
	OfferedAt *metav1.Time `json:"offeredAt,omitempty"`
	// Acting is who acts for the owner in force.
	Acting string `json:"acting,omitempty"`
	// Next is what happens next by itself, as the operator says it.
	Next    string `json:"next,omitempty"`
	Message string `json:"message,omitempty"`
}
