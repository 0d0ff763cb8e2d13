// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package decide has the verbs by which owners accept and decline what they are asked to answer for.
package decide

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/act"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/ownership"
)

// resource is the plural of OwnerAssignment.
const resource = "ownerassignments"

// Accept lists what waits for the user, or accepts it.
func Accept(k *kit.Kit) *cobra.Command {
	var all, yes bool
	cmd := &cobra.Command{
		Use:   "accept [NAME]...",
		Short: "Accept what you are asked to answer for; without a name, list it",
		Long: "List the offers that wait for you, or accept those that are named, or all of them. They are OwnerAssignments whose " +
			"spec.proposed.approvers name your account. Your yes is written to spec.decision, in your own name.",
		Example: "  kubectl cx accept -n retail\n  kubectl cx accept kpi-relationship-nps-utz3uyntai -n retail\n" +
			"  kubectl cx accept --all -n retail",
		ValidArgsFunction: names(k),
		RunE: func(cmd *cobra.Command, args []string) error {
			if all && len(args) > 0 {
				return errors.New("name offers or say --all, not both")
			}
			d, err := open(cmd, k)
			if err != nil {
				return err
			}
			switch {
			case all:
				return d.acceptAll(cmd, yes)
			case len(args) == 0:
				return d.list(cmd)
			}
			return d.decide(cmd, args, cxv1.DecisionAccepted, "")
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "accept all that waits for you")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// Decline says no to an offer.
func Decline(k *kit.Kit) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:               "decline NAME",
		Short:             "Decline what you are asked to answer for",
		Long:              "Say no to an offer. The reason is for whoever is asked next; everybody who may see the program reads it.",
		Example:           `  kubectl cx decline kpi-relationship-nps-utz3uyntai --reason "This is measured by the contact centre" -n retail`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: names(k),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return errors.New("a refusal needs a --reason, so that the next one asked knows it")
			}
			d, err := open(cmd, k)
			if err != nil {
				return err
			}
			return d.decide(cmd, args, cxv1.DecisionDeclined, reason)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, in a sentence; needed")
	return cmd
}

// names completes the offers that wait for the user.
func names(k *kit.Kit) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		var found []string
		if d, err := open(cmd, k); err == nil {
			offers, _ := d.offers(kit.Context(cmd)) // nobody could be told
			for _, o := range offers {
				found = append(found, o.Name+"\t"+o.Subject)
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// desk is where the user decides.
type desk struct {
	*act.Cluster
	kit *kit.Kit
	me  act.User
}

func open(cmd *cobra.Command, k *kit.Kit) (*desk, error) {
	c, err := act.Open(cmd, k)
	if err != nil {
		return nil, err
	}
	me, err := c.Me(kit.Context(cmd))
	return &desk{Cluster: c, kit: k, me: me}, err
}

// waits reports whether the offer of an assignment is not decided on.
func waits(a *cxv1.OwnerAssignment) bool {
	return a.Spec.Proposed != nil && (a.Spec.Decision == nil || a.Spec.Decision.OfferID != a.Spec.Proposed.OfferID)
}

func describe(a *cxv1.OwnerAssignment) Offer {
	o := Offer{
		Name: a.Name, Subject: string(a.Spec.Subject.Kind) + "/" + ownership.SubjectText(a.Spec.Subject), Role: a.Spec.Role,
		Next: a.Status.Next, Since: act.Moment(a.Status.OfferedAt),
	}
	if p := a.Spec.Proposed; p != nil {
		o.Owner, o.InsteadOf, o.OfferID, o.Terms = string(p.Owner), string(p.InsteadOf), p.OfferID, p.Terms
	}
	return o
}

// offers are those that wait for the user, the oldest first.
func (d *desk) offers(ctx context.Context) ([]Offer, error) {
	list := &cxv1.OwnerAssignmentList{}
	if err := d.List(ctx, list, client.InNamespace(d.Namespace)); err != nil {
		return nil, act.Plain(err)
	}
	offers := []Offer{}
	for i := range list.Items {
		if a := &list.Items[i]; waits(a) && d.me.In(a.Spec.Proposed.Approvers) {
			offers = append(offers, describe(a))
		}
	}
	slices.SortStableFunc(offers, func(a, b Offer) int {
		return cmp.Or(a.since().Compare(b.since()), cmp.Compare(a.Name, b.Name))
	})
	return offers, nil
}

func (d *desk) list(cmd *cobra.Command) error {
	offers, err := d.offers(kit.Context(cmd))
	if err != nil {
		return err
	}
	return d.kit.Print(cmd, d.Lang, &Offers{TypeMeta: kit.Type("Offers"), User: d.me.Name, Offers: offers, zone: d.Zone})
}

func (d *desk) acceptAll(cmd *cobra.Command, yes bool) error {
	offers, err := d.offers(kit.Context(cmd))
	if err != nil {
		return err
	}
	if len(offers) == 0 {
		return d.list(cmd)
	}
	var all []string
	for _, o := range offers {
		all = append(all, o.Name)
		if !yes {
			cmd.PrintErrf("%s: %s\n", o.Name, o.line(kit.NewPage(d.Lang, 0)))
		}
	}
	question := fmt.Sprintf("Accept all %d?", len(all))
	if d.Lang == cxv1.LanguageRU {
		question = fmt.Sprintf("Принять все (%d)?", len(all))
	}
	if err := act.Confirm(cmd, d.Lang, yes, question); err != nil {
		return err
	}
	return d.decide(cmd, all, cxv1.DecisionAccepted, "")
}

// decide decides on each, and says of those that could not be why, in the end.
func (d *desk) decide(cmd *cobra.Command, names []string, result cxv1.DecisionResult, reason string) error {
	done := &Decisions{TypeMeta: kit.Type("Decisions"), By: d.me.Name, Decisions: []Decision{}}
	var failed []error
	for _, name := range names {
		a, err := d.one(kit.Context(cmd), name, cxv1.Decision{Result: result, Reason: reason, By: d.me.Name})
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", name, err))
			continue
		}
		decision := Decision{Offer: describe(a), Result: result, Reason: reason}
		decision.Since, decision.Next = nil, ""
		done.Decisions = append(done.Decisions, decision)
	}
	if len(done.Decisions) > 0 || len(failed) == 0 {
		failed = append(failed, d.kit.Print(cmd, d.Lang, done))
	}
	return errors.Join(failed...)
}

func (d *desk) one(ctx context.Context, name string, decision cxv1.Decision) (*cxv1.OwnerAssignment, error) {
	a := &cxv1.OwnerAssignment{}
	if err := d.Find(ctx, name, a); err != nil {
		return nil, err
	}
	if err := d.mayDecide(ctx, a); err != nil {
		return nil, err
	}
	decision.OfferID = a.Spec.Proposed.OfferID
	return a, d.Change(ctx, a, func() { a.Spec.Decision = &decision })
}

// mayDecide says why there is nothing to decide for the user. Where admission policies are in force they say the same; where they are
// not, nobody shall decide for another without meaning to.
func (d *desk) mayDecide(ctx context.Context, a *cxv1.OwnerAssignment) error {
	offer := a.Spec.Proposed
	switch {
	case offer == nil && a.Spec.Owner != "":
		return fmt.Errorf("nobody is asked here: %s answers for it", a.Spec.Owner)
	case offer == nil:
		return errors.New("nobody is asked here: kubectl cx owners says what is missing")
	case !waits(a):
		return fmt.Errorf("this offer is decided on already (%s), and the decision stays: to change the owner, edit the subject",
			a.Spec.Decision.Result)
	case d.me.In(offer.Approvers):
		return nil
	}
	forOthers, err := d.May(ctx, "decide", resource, a.Name)
	if err != nil || forOthers {
		return err
	}
	return fmt.Errorf("this is for %s to decide: %s is not in spec.proposed.approvers, which come from spec.identity of that Owner. "+
		"Who may decide for others holds the role cx-decide-for-others", offer.Owner, d.me.Name)
}
