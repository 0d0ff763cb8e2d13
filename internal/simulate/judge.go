// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// judge looks at the whole program at the start and whenever a day begins, and tells what is otherwise than the day before.
func (r *run) judge() {
	var models program.Models
	ev, at := *r.evidence, r.Start
	judged := models.Evaluate(r.s, &ev, at)
	before := look(judged.Snapshot)
	r.result.Summary.StageBefore = before.stage
	for {
		local := at.In(r.zone)
		at = time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, r.zone)
		if at.After(r.end) {
			break
		}
		judged = models.Evaluate(r.s, r.known(judged.Evidence, at), at)
		now := look(judged.Snapshot)
		r.tell(before, now, at)
		before = now
	}
	r.result.Summary.StageAfter = before.stage
}

// known is the evidence at an instant: what evaluations handed on, and what happened until then.
func (r *run) known(ev *store.Evidence, at time.Time) *store.Evidence {
	out := *ev
	out.Decisions = slices.Clip(r.evidence.Decisions)
	for _, decision := range r.decisions {
		if !decision.At.After(at) {
			out.Decisions = append(out.Decisions, decision)
		}
	}
	out.Points = slices.Clip(r.evidence.Points)
	for _, point := range r.points {
		if !point.AsOf.After(at) {
			out.Points = append(out.Points, point)
		}
	}
	slices.SortStableFunc(out.Points, func(a, b store.KPIPoint) int { return cmp.Or(cmp.Compare(a.KPI, b.KPI), a.AsOf.Compare(b.AsOf)) })
	out.Waves, out.Surveys = r.ended(at)
	return &out
}

// ended are the waves that have ended, and their totals.
func (r *run) ended(at time.Time) ([]store.WaveOutcome, []store.WaveTotals) {
	waves, totals := slices.Clip(r.evidence.Waves), slices.Clone(r.evidence.Surveys)
	for _, outcome := range r.outcomes {
		if outcome.ClosedAt.After(at) {
			continue
		}
		waves = append(waves, outcome)
		i := slices.IndexFunc(totals, func(t store.WaveTotals) bool { return t.Survey == outcome.Survey })
		if i < 0 {
			i, totals = len(totals), append(totals, store.WaveTotals{Survey: outcome.Survey})
		}
		totals[i].Started, totals[i].Ended, totals[i].Closed = totals[i].Started+1, totals[i].Ended+1, totals[i].Closed+1
		if outcome.DueAt.After(totals[i].LastDueAt) {
			totals[i].LastSlot, totals[i].LastDueAt = outcome.Slot, outcome.DueAt
		}
	}
	slices.SortStableFunc(waves, func(a, b store.WaveOutcome) int {
		return cmp.Or(cmp.Compare(a.Survey, b.Survey), a.DueAt.Compare(b.DueAt))
	})
	return waves, totals
}

// picture is what a program looks like at an instant.
type picture struct {
	stage int32
	name  string
	// conditions and criteria are by object and by what they are about.
	conditions map[[2]string]metav1.Condition
	criteria   map[[2]string]cxv1.CriterionResult
}

func look(s *program.Snapshot) picture {
	p := picture{conditions: map[[2]string]metav1.Condition{}, criteria: map[[2]string]cxv1.CriterionResult{}}
	if s.Program != nil && s.Program.Status.Stage != nil {
		p.stage, p.name = *s.Program.Status.Stage, s.Program.Status.StageName
	}
	for _, obj := range s.All() {
		switch obj.(type) {
		case *cxv1.OwnerAssignment, *cxv1.Scorecard, *cxv1.Program:
			continue // told apart, as offers, criteria and stages
		}
		for _, c := range obj.CommonStatus().Conditions {
			p.conditions[[2]string{program.Key(obj), c.Type}] = c
		}
	}
	for _, card := range s.Scorecards {
		for _, c := range card.Status.Criteria {
			p.criteria[[2]string{program.Key(card), c.ID}] = c
		}
	}
	return p
}

// tell notes what is otherwise.
func (r *run) tell(before, now picture, at time.Time) {
	for key, is := range now.conditions {
		if was := before.conditions[key]; was.Status != is.Status || was.Reason != is.Reason {
			r.add(Event{At: at, Kind: Condition, Object: key[0], What: key[1], Status: string(is.Status), Text: is.Message})
		}
	}
	for key, is := range now.criteria {
		if was := before.criteria[key]; was.Result != is.Result {
			r.add(Event{At: at, Kind: Criterion, Object: key[0], What: key[1], Status: string(is.Result), Text: is.Message})
		}
	}
	if before.stage != now.stage {
		r.add(Event{At: at, Kind: Stage, Object: "Program/" + cxv1.ProgramName, Status: strconv.Itoa(int(now.stage)), Text: now.name})
	}
}
