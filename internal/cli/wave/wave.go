// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package wave has the verbs about rounds of surveys: asking for one, stopping one, approving a large one, and looking at what people
// would see before anybody is asked.
package wave

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/act"
	"github.com/cx-operator/cx-operator/internal/cli/api"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// Command is wave with what can be done.
func Command(k *kit.Kit) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "wave",
		Short: "Ask for a wave, stop it, approve it; look at a survey before anybody is asked",
	}
	flags := &api.Flags{}
	cmd.AddCommand(request(k), cancel(k), approve(k), preview(k, flags), test(k, flags))
	return cmd
}

func request(k *kit.Kit) *cobra.Command {
	return &cobra.Command{
		Use:   "request SURVEY",
		Short: "Ask for one extra wave of a survey, now",
		Long: "Annotate the Survey with the present time: the operator makes one wave of that name, within the rules of the survey. " +
			"People are invited when it opens, as by the schedule.",
		Example:           "  kubectl cx wave request checkout-pulse -n retail",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: k.OfCluster((*kit.Source).Surveys),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := act.Open(cmd, k)
			if err != nil {
				return err
			}
			survey := &cxv1.Survey{}
			if err := c.Find(kit.Context(cmd), args[0], survey); err != nil {
				return err
			}
			if survey.Spec.Suspend {
				return fmt.Errorf("the survey %s is suspended: no wave starts until its spec.suspend is false", survey.Name)
			}
			at := k.Clock().UTC().Truncate(time.Second)
			err = c.Change(kit.Context(cmd), survey, func() {
				if survey.Annotations == nil {
					survey.Annotations = map[string]string{}
				}
				survey.Annotations[cxv1.AnnotationWaveRequestedAt] = at.Format(time.RFC3339)
			})
			if err != nil {
				return err
			}
			return k.Print(cmd, c.Lang, &Done{TypeMeta: kit.Type("WaveDone"), Action: Requested, Survey: survey.Name, At: at})
		},
	}
}

func cancel(k *kit.Kit) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "cancel WAVE",
		Short: "End a wave at once, for good",
		Long: "Cancel a wave: mail that waits is cancelled, its pages are gone. " +
			"It cannot be taken back; ask for a new wave instead.",
		Example:           `  kubectl cx wave cancel checkout-pulse-20270104t0900 --reason "Wrong question" -n retail`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: k.OfCluster((*kit.Source).Waves),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return errors.New("say why with --reason: it stands in status for as long as the wave exists")
			}
			c, w, err := find(cmd, k, args[0])
			if err != nil {
				return err
			}
			if w.Status.Phase.Finished() || w.Spec.Control.Cancel != nil {
				return fmt.Errorf("the wave %s is over: nothing is left to cancel", w.Name)
			}
			err = c.Change(kit.Context(cmd), w, func() { w.Spec.Control.Cancel = &cxv1.CancelRequest{Reason: reason} })
			if err != nil {
				return err
			}
			return k.Print(cmd, c.Lang, &Done{
				TypeMeta: kit.Type("WaveDone"), Action: Cancelled, Survey: string(w.Spec.Template.Survey), Wave: w.Name, Reason: reason,
				At: k.Clock().UTC().Truncate(time.Second),
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why; needed")
	return cmd
}

func find(cmd *cobra.Command, k *kit.Kit, name string) (*act.Cluster, *cxv1.SurveyWave, error) {
	c, err := act.Open(cmd, k)
	if err != nil {
		return nil, nil, err
	}
	w := &cxv1.SurveyWave{}
	return c, w, c.Find(kit.Context(cmd), name, w)
}

func approve(k *kit.Kit) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "approve WAVE",
		Short: "Let a large wave go out to just the people who were counted",
		Long: "Show whom a wave would invite that is larger than its survey's approval.above, ask, and approve it in your own name. The " +
			"approval counts for just these people: after an import it takes another one. Needs the role cx-approve.",
		Example:           "  kubectl cx wave approve checkout-pulse-20270104t0900 -n retail",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: k.OfCluster((*kit.Source).Waves),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, w, err := find(cmd, k, args[0])
			if err != nil {
				return err
			}
			if err := mayApprove(w); err != nil {
				return err
			}
			me, err := c.Me(kit.Context(cmd))
			if err != nil {
				return err
			}
			counts := countsOf(w)
			page := kit.NewPage(c.Lang, 0)
			counts.text(page)
			cmd.PrintErr(page.String())
			question := page.T("Invite these %d people?", "Пригласить этих людей (%d)?", counts.Invited)
			if err := act.Confirm(cmd, c.Lang, yes, question); err != nil {
				return err
			}
			hash := w.Status.AudienceHash
			err = c.Change(kit.Context(cmd), w, func() {
				w.Spec.Control.Approval = &cxv1.AudienceApproval{Hash: hash, By: me.Name}
			})
			if err != nil {
				return err
			}
			return k.Print(cmd, c.Lang, &Done{
				TypeMeta: kit.Type("WaveDone"), Action: Approved, Survey: string(w.Spec.Template.Survey), Wave: w.Name, By: me.Name,
				Hash: hash, Counts: counts, At: k.Clock().UTC().Truncate(time.Second),
			})
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// mayApprove says why there is nothing to approve. The optimistic lock of the write then makes sure that the people are still those
// who were shown.
func mayApprove(w *cxv1.SurveyWave) error {
	switch {
	case w.Status.Phase.Finished():
		return fmt.Errorf("the wave %s is over: nothing is left to approve", w.Name)
	case w.Status.Phase != cxv1.WaveAwaiting || w.Status.AudienceHash == "":
		return fmt.Errorf("the wave %s waits for no approval: it is %s", w.Name, first(string(w.Status.Phase), "not looked at yet"))
	case w.Spec.Control.Approval != nil && w.Spec.Control.Approval.Hash == w.Status.AudienceHash:
		return fmt.Errorf("%s has approved these people already: the operator lets the wave go out", w.Spec.Control.Approval.By)
	}
	return nil
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
