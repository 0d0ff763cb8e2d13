// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package history is the verb that says what a program did and reached, in the order in which it happened.
package history

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/cx-operator/cx-operator/internal/cli/api"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Command tells the history.
func Command(k *kit.Kit) *cobra.Command {
	var flags api.Flags
	var of Filter
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Say what happened: stages, decisions, waves, values of KPIs",
		Long: "Tell the program's history from its evidence: maturity stages that were reached and lost, what owners decided, waves and " +
			"how many answered, values of KPIs with n and interval. The evidence comes from the operator's store, with a token for operate, or " +
			"from a file that kubectl cx export wrote. Old points are left out: of each KPI the latest 12 are there.",
		Example: "  kubectl cx history --kpi relationship-nps\n  kubectl cx history --evidence evidence.json --owner head-of-cx",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			lang, err := k.Language(nil)
			if err != nil {
				return err
			}
			evidence, err := read(cmd, k, &flags)
			if err != nil {
				return err
			}
			return k.Print(cmd, lang, Of(evidence, of))
		},
	}
	flags.AddFlags(cmd.Flags())
	cmd.Flags().StringVar(&of.KPI, "kpi", "", "only the values of this KPI")
	cmd.Flags().StringVar(&of.Survey, "survey", "", "only the waves of this Survey")
	cmd.Flags().StringVar(&of.Owner, "owner", "", "only what this Owner decided")
	cmd.MarkFlagsMutuallyExclusive("kpi", "survey", "owner")
	return cmd
}

// read takes the evidence from the file of --evidence, else from the operator.
func read(cmd *cobra.Command, k *kit.Kit, flags *api.Flags) (*store.Evidence, error) {
	evidence, err := k.Evidence()
	if err != nil || evidence != nil {
		return evidence, err
	}
	c, err := flags.Client()
	if err != nil {
		return nil, fmt.Errorf("%w; or name a file that kubectl cx export wrote with --evidence", err)
	}
	data, err := c.Evidence(kit.Context(cmd))
	if err != nil {
		return nil, err
	}
	evidence = &store.Evidence{}
	if err := json.Unmarshal(data, evidence); err != nil {
		return nil, err
	}
	if evidence.APIVersion != store.EvidenceAPIVersion {
		return nil, errors.New("the operator's evidence is of another version than this plugin reads: update the older of them")
	}
	return evidence, nil
}

// Filter is what somebody wants to know; the zero value is everything.
type Filter struct{ KPI, Survey, Owner string }

// Of puts what happened in order.
func Of(e *store.Evidence, of Filter) *History {
	h := &History{TypeMeta: kit.Type("History"), Program: e.Program.ID, TakenAt: e.TakenAt.UTC(), Entries: []Entry{}}
	if of == (Filter{}) {
		h.stages(e)
	}
	for _, d := range e.Decisions {
		if of == (Filter{}) || of.Owner == d.Owner {
			h.add(decision(d))
		}
	}
	for _, w := range e.Waves {
		if of == (Filter{}) || of.Survey == w.Survey {
			h.add(wave(w))
		}
	}
	for _, p := range e.Points {
		if of == (Filter{}) || of.KPI == p.KPI {
			h.add(point(p))
		}
	}
	slices.SortStableFunc(h.Entries, func(a, b Entry) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return h
}

func (h *History) add(e Entry) {
	e.At = e.At.UTC()
	h.Entries = append(h.Entries, e)
}

func (h *History) stages(e *store.Evidence) {
	before := map[string]int64{}
	for _, s := range e.Stages {
		entry := Entry{At: s.At, Kind: KindStage, Name: s.Framework, Stage: &Stage{Stage: s.Stage, Reason: s.Reason}}
		if from, known := before[s.Framework]; known {
			entry.Stage.From = &from
		}
		before[s.Framework] = s.Stage
		h.add(entry)
	}
}

func decision(d store.Decision) Entry {
	name := d.SubjectKind + "/" + d.SubjectName
	for _, part := range []string{d.Touchpoint, d.Item} {
		if part != "" {
			name += "/" + part
		}
	}
	return Entry{At: d.At, Kind: KindDecision, Name: name, Decision: &Decision{
		Owner: d.Owner, Role: d.Role, Result: string(d.Result), Terms: d.Terms, Means: d.Means,
	}}
}

func wave(w store.WaveOutcome) Entry {
	at := w.DueAt
	for _, later := range []time.Time{w.OpenedAt, w.ClosedAt} {
		if !later.IsZero() {
			at = later
		}
	}
	return Entry{At: at, Kind: KindWave, Name: w.Survey, Wave: &Wave{
		Slot: w.Slot, Phase: string(w.Phase), Invited: w.Counts.Invited, Responded: w.Counts.Responded,
	}}
}

func point(p store.KPIPoint) Entry {
	return Entry{At: p.AsOf, Kind: KindPoint, Name: p.KPI, Point: &Point{
		Value: p.Value, N: p.N, Low: p.Low, High: p.High, Source: p.Source, Revision: p.Revision,
	}}
}
