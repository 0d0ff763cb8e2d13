// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package pause is the verb that stops all mail of a program at the store, and lets it go on.
package pause

import (
	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cx-operator/cx-operator/internal/cli/api"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// Command stops all mail, or lets it go on.
func Command(k *kit.Kit) *cobra.Command {
	var flags api.Flags
	var resume bool
	cmd := &cobra.Command{
		Use:   "pause",
		Short: "Stop all mail of a program at once, or let it go on",
		Long: "Stop all mail of the program that the token is for, in the operator's store: nothing more is begun, whatever is in the " +
			"cluster or in Git, also while the API server is away. Mail waits; nothing is lost and nothing goes out twice. With --resume it " +
			"goes on, unless the Program's spec.suspendSending holds it up. Needs a token for operate.",
		Example: "  kubectl cx pause\n  kubectl cx pause --resume",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			lang, err := k.Language(nil)
			if err != nil {
				return err
			}
			c, err := flags.Client()
			if err != nil {
				return err
			}
			state, err := c.Pause(kit.Context(cmd), !resume)
			if err != nil {
				return err
			}
			return k.Print(cmd, lang, &Sending{TypeMeta: kit.Type("Sending"), Sending: state})
		},
	}
	flags.AddFlags(cmd.Flags())
	cmd.Flags().BoolVar(&resume, "resume", false, "let mail go on")
	return cmd
}

// Sending is whether the store holds up the mail of a program.
type Sending struct {
	metav1.TypeMeta `json:",inline"`
	api.Sending     `json:",inline"`
}

func (s *Sending) line(p *kit.Page) string {
	switch {
	case s.PausedByHand:
		return p.T("No mail of the program %s goes out. It waits until: kubectl cx pause --resume. The condition Sending of the Program says so "+
			"within a minute.", "Письма программы %s не отправляются. Они ждут команды kubectl cx pause --resume. Условие Sending у Program "+
			"покажет это в течение минуты.", s.Program)
	case s.Paused:
		return p.T("Nobody holds up the mail of the program %s by hand any more, but the spec.suspendSending of the Program does: "+
			"set it to false.",
			"Вручную письма программы %s больше никто не задерживает, но их задерживает spec.suspendSending у Program: задайте false.", s.Program)
	}
	return p.T("Nothing in the store holds up the mail of the program %s. The condition Sending of the Program says whether it goes out.",
		"В хранилище письма программы %s ничто не задерживает. Уходят ли они, покажет условие Sending у Program.", s.Program)
}

// Text says how it stands.
func (s *Sending) Text(p *kit.Page) { p.Wrap("", s.line(p)) }

// Markdown says how it stands.
func (s *Sending) Markdown(p *kit.Page) { p.Line("%s", kit.Escape(s.line(p))) }
