// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/initiative"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Evaluate does what the controllers do, away from a cluster: it judges everything in the order in which one thing rests on
// another. Without evidence (ev is nil) whatever only the store knows stays unknown: who accepted, since when something is
// so, what was answered.
func Evaluate(s *Snapshot, ev *store.Evidence, now time.Time) Evaluation {
	return new(Models).Evaluate(s, ev, now)
}

// Evaluate is the function Evaluate with models that are kept from one call to the next: for one program whose frameworks stay as
// they are.
func (m *Models) Evaluate(s *Snapshot, ev *store.Evidence, now time.Time) Evaluation {
	return evaluate(m, s, ev, now, Check(s, now))
}

// recordAssessment takes a judgement into the evidence, as the store would.
func (e *evaluator) recordAssessment(assessment *Assessment, standing maturity.Standing) {
	if e.ev == nil {
		return
	}
	recorded := *e.evidence
	recorded.Marks = e.marked(assessment.Scope(), assessment.Marks())
	if change, changed := assessment.Change(standing); changed {
		recorded.Stages = append(slices.Clip(recorded.Stages), change)
	}
	e.evidence, e.ev = &recorded, &recorded
}

// recordPhases takes in since when initiatives have been where they are.
func (e *evaluator) recordPhases() {
	if e.ev == nil {
		return
	}
	values := map[string]string{}
	for _, i := range e.s.Initiatives {
		maps.Copy(values, initiative.Marks(i))
	}
	recorded := *e.evidence
	recorded.Marks = e.marked(initiative.MarkScope, values)
	e.evidence, e.ev = &recorded, &recorded
}

// marked are the marks with these values of a scope; what has its value already keeps since when.
func (e *evaluator) marked(scope string, values map[string]string) []store.Mark {
	marks := make([]store.Mark, 0, len(e.evidence.Marks)+len(values))
	for _, mark := range e.evidence.Marks {
		value, given := values[mark.Key]
		switch {
		case mark.Scope != scope || !given:
			marks = append(marks, mark)
		case mark.Value == value:
			marks = append(marks, mark)
			values[mark.Key] = ""
		}
	}
	for key, value := range values {
		if value != "" {
			marks = append(marks, store.Mark{Scope: scope, Key: key, Value: value, Since: e.now})
		}
	}
	slices.SortFunc(marks, func(a, b store.Mark) int { return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Key, b.Key)) })
	return marks
}
