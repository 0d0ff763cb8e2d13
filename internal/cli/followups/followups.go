// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package followups has the verbs about answers that must be followed up.
package followups

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/act"
	"github.com/cx-operator/cx-operator/internal/cli/api"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// other is the root cause that is none of the program's.
const other = "other"

// Command lists follow-ups, and has what can be done about one.
func Command(k *kit.Kit) *cobra.Command {
	var mine, all bool
	cmd := &cobra.Command{
		Use:   "followups",
		Short: "List the answers that must be followed up; respond to one, resolve it, look up whom it is about",
		Long: "List the follow-ups that are not closed, those first that are due first. --mine are those whose owner has your account in " +
			"spec.identity.",
		Example: "  kubectl cx followups --mine -n retail\n  kubectl cx followups respond after-pickup-survey-k5u2n7q4xa --reached -n retail",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := act.Open(cmd, k)
			if err != nil {
				return err
			}
			list, err := collect(kit.Context(cmd), c, mine, all)
			if err != nil {
				return err
			}
			return k.Print(cmd, c.Lang, list)
		},
	}
	cmd.Flags().BoolVar(&mine, "mine", false, "only those that are yours")
	cmd.Flags().BoolVar(&all, "all", false, "also those that are closed")
	cmd.AddCommand(respond(k), resolve(k), whom(k))
	return cmd
}

// collect lists follow-ups: what is due first comes first.
func collect(ctx context.Context, c *act.Cluster, mine, all bool) (*List, error) {
	ours := func(string) bool { return true }
	if mine {
		var err error
		if ours, err = owned(ctx, c); err != nil {
			return nil, err
		}
	}
	found := &cxv1.FollowUpList{}
	if err := c.List(ctx, found, client.InNamespace(c.Namespace)); err != nil {
		return nil, act.Plain(err)
	}
	list := &List{TypeMeta: kit.Type("FollowUps"), FollowUps: []FollowUp{}, zone: c.Zone}
	for i := range found.Items {
		f := &found.Items[i]
		if ours(f.Status.Owner) && (all || f.Status.Phase != cxv1.FollowUpClosed) {
			list.FollowUps = append(list.FollowUps, describe(f))
		}
	}
	slices.SortFunc(list.FollowUps, func(a, b FollowUp) int {
		return cmp.Or(a.DueBy.Compare(b.DueBy.Time), cmp.Compare(a.Name, b.Name))
	})
	return list, nil
}

// owned tells which owners are the user.
func owned(ctx context.Context, c *act.Cluster) (func(owner string) bool, error) {
	me, err := c.Me(ctx)
	if err != nil {
		return nil, err
	}
	owners := &cxv1.OwnerList{}
	if err := c.List(ctx, owners, client.InNamespace(c.Namespace)); err != nil {
		return nil, act.Plain(err)
	}
	var names []string
	for i := range owners.Items {
		identity := owners.Items[i].Spec.Identity
		if slices.Contains(identity.Users, me.Name) || slices.ContainsFunc(identity.Groups, func(group string) bool {
			return slices.Contains(me.Groups, group)
		}) {
			names = append(names, owners.Items[i].Name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no Owner has the account %s in spec.identity: nothing is yours", me.Name)
	}
	return func(owner string) bool { return slices.Contains(names, owner) }, nil
}

func describe(f *cxv1.FollowUp) FollowUp {
	of := f.Spec.Case
	d := FollowUp{
		Name: f.Name, Survey: string(of.Survey), Slot: of.Slot, Rule: of.Rule, Journey: string(of.Journey), Touchpoint: string(of.Touchpoint),
		Owner: f.Status.Owner, Phase: f.Status.Phase, OpenedAt: *act.Moment(&of.OpenedAt), DueBy: *act.Moment(&of.DueBy),
	}
	if d.Phase == "" {
		d.Phase = cxv1.FollowUpOpen
	}
	d.Overdue = meta.IsStatusConditionFalse(f.Status.Conditions, cxv1.ConditionOnSchedule)
	if f.Spec.Response != nil {
		d.Response = string(f.Spec.Response.Result)
	}
	if f.Spec.Closing != nil {
		d.RootCause, d.Resolution = f.Spec.Closing.RootCause, f.Spec.Closing.Resolution
	}
	return d
}

func respond(k *kit.Kit) *cobra.Command {
	var reached, notReached bool
	var note string
	cmd := &cobra.Command{
		Use:   "respond NAME",
		Short: "Record the first response to a customer",
		Long: "Record whether the customer was reached. It is recorded once. Name no customer in the note: everybody who may see the " +
			"program reads it. Needs the role cx-owner.",
		Example:           `  kubectl cx followups respond after-pickup-survey-k5u2n7q4xa --reached --note "Called the same afternoon" -n retail`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: k.OfCluster((*kit.Source).FollowUps),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reached == notReached {
				return errors.New("say --reached or --not-reached")
			}
			response := &cxv1.FirstResponse{Result: cxv1.ResponseReached, Note: note}
			if notReached {
				response.Result = cxv1.ResponseNotReached
			}
			return write(cmd, k, args[0], func(_ *act.Cluster, f *cxv1.FollowUp) error {
				if f.Spec.Response != nil {
					return fmt.Errorf("the first response is recorded already (%s): what came later belongs into the resolution",
						f.Spec.Response.Result)
				}
				f.Spec.Response = response
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&reached, "reached", false, "the customer was reached")
	cmd.Flags().BoolVar(&notReached, "not-reached", false, "the customer was not reached")
	cmd.Flags().StringVar(&note, "note", "", "how, in a few words")
	return cmd
}

func resolve(k *kit.Kit) *cobra.Command {
	var closing cxv1.Closing
	cmd := &cobra.Command{
		Use:   "resolve NAME",
		Short: "Say why it came to this and what was done, and close it",
		Long: "Close a follow-up with its root cause, one of the Program's rootCauses or other, and what was done about it. Needs the role " +
			"cx-owner.",
		Example: `  kubectl cx followups resolve after-pickup-survey-k5u2n7q4xa --root-cause "order not ready" ` +
			`--resolution "Picking starts with the order since Monday" -n retail`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: k.OfCluster((*kit.Source).FollowUps),
		RunE: func(cmd *cobra.Command, args []string) error {
			if closing.RootCause == "" || closing.Resolution == "" {
				return errors.New("say why with --root-cause and what was done with --resolution")
			}
			return write(cmd, k, args[0], func(c *act.Cluster, f *cxv1.FollowUp) error {
				if f.Spec.Response == nil {
					return errors.New("say first whether the customer was reached: kubectl cx followups respond " + f.Name)
				}
				f.Spec.Closing = &closing
				return known(c, closing.RootCause)
			})
		},
	}
	cmd.Flags().StringVar(&closing.RootCause, "root-cause", "", "one of the Program's rootCauses, or other; needed")
	cmd.Flags().StringVar(&closing.Resolution, "resolution", "", "what was done about it; needed")
	return cmd
}

// known holds a root cause against those of the Program, which the API server cannot do.
func known(c *act.Cluster, cause string) error {
	if c.Program == nil || cause == other || slices.Contains(c.Program.Spec.RootCauses, cause) {
		return nil
	}
	return fmt.Errorf("%q is no root cause of this program: write one of %s", cause,
		strings.Join(append(slices.Clone(c.Program.Spec.RootCauses), other), ", "))
}

// write changes a follow-up and prints it.
func write(cmd *cobra.Command, k *kit.Kit, name string, change func(*act.Cluster, *cxv1.FollowUp) error) error {
	c, err := act.Open(cmd, k)
	if err != nil {
		return err
	}
	f := &cxv1.FollowUp{}
	if err := c.Find(kit.Context(cmd), name, f); err != nil {
		return err
	}
	var refused error
	changed := f.DeepCopy()
	if refused = change(c, changed); refused != nil {
		return refused
	}
	if err := c.Change(kit.Context(cmd), f, func() { f.Spec = changed.Spec }); err != nil {
		return err
	}
	return k.Print(cmd, c.Lang, &List{TypeMeta: kit.Type("FollowUps"), FollowUps: []FollowUp{describe(f)}, zone: c.Zone})
}

func whom(k *kit.Kit) *cobra.Command {
	var flags api.Flags
	cmd := &cobra.Command{
		Use:   "whom NAME",
		Short: "Look up whom a follow-up is about",
		Long: "Ask the operator's store whom to contact and what they answered. Each look-up is logged by the follow-up's name. Needs a " +
			"token for people.",
		Example:           "  kubectl cx followups whom after-pickup-survey-k5u2n7q4xa",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: k.OfCluster((*kit.Source).FollowUps),
		RunE: func(cmd *cobra.Command, args []string) error {
			lang, err := k.Language(nil)
			if err != nil {
				return err
			}
			c, err := flags.Client()
			if err != nil {
				return err
			}
			person, err := c.OfFollowUp(kit.Context(cmd), args[0])
			if err != nil {
				return err
			}
			return k.Print(cmd, lang, &Person{TypeMeta: kit.Type("FollowUpPerson"), Person: person})
		},
	}
	flags.AddFlags(cmd.Flags())
	return cmd
}
