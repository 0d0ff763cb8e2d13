// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// whyWidth is how much of a reason fits beside the rest on a wide terminal, in characters.
const whyWidth = 100

// printScorecard shows what the stage of a program rests on, up to the stage that comes next.
func (w *world) printScorecard(ctx context.Context, p *cxv1.Program) error {
	framework := p.Spec.Frameworks[0].Name
	s := &cxv1.Scorecard{}
	if err := w.client.Get(ctx, client.ObjectKey{Namespace: p.Namespace, Name: framework}, s); err != nil {
		return err
	}
	say("its Scorecard up to the next stage; kubectl describe cxsc %s -n %s shows all of it", framework, p.Namespace)
	return writeScorecard(os.Stdout, &s.Status)
}

// writeScorecard writes a line for each criterion up to the next stage, and then what is to be said about words and deeds.
func writeScorecard(out io.Writer, s *cxv1.ScorecardStatus) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "  STAGE\tCRITERION\tRESULT\tEVIDENCE\tWHY") // Flush returns the first error
	for i := range s.Criteria {
		c := &s.Criteria[i]
		if s.Stage != nil && c.Stage > *s.Stage+1 {
			continue
		}
		id := c.ID
		if c.Weight == cxv1.CriterionAdvisory {
			id += " (advisory)"
		}
		_, _ = fmt.Fprintf(table, "  %d\t%s\t%s\t%s\t%s\n", c.Stage, id, c.Result, c.Grade, cut(c.Message, whyWidth))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, condition := range s.Conditions {
		if condition.Type == cxv1.ConditionEvidenceGap {
			_, err := fmt.Fprintf(out, "\n  Words and deeds: %s\n", condition.Message)
			return err
		}
	}
	return nil
}

// cut shortens a text to that many characters.
func cut(text string, width int) string {
	if runes := []rune(text); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return text
}
