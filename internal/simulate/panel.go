// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"cmp"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

// panel makes up answers.
type panel struct {
	*run
	// waves are those that somebody answered, in the order in which they open, by survey.
	waves map[string][]*answeredWave
}

type answeredWave struct {
	wave   *cxv1.SurveyWave
	counts questionnaire.Counts
}

func newPanel(r *run) *panel { return &panel{run: r, waves: map[string][]*answeredWave{}} }

// chance is a source of chance of its own for each purpose: what one person answers does not depend on who else is asked.
func (p *panel) chance(wave *cxv1.SurveyWave, key string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(wave.Name + "\n" + key)) // a hash takes everything
	return rand.New(rand.NewPCG(p.Answers.Seed, h.Sum64()))
}

// answer tells whether and when somebody answers who was written to.
func (p *panel) answer(wave *cxv1.SurveyWave, key string, sent time.Time) (time.Time, bool) {
	left := wave.Spec.Template.ClosesAt.Sub(sent)
	if p.Answers == nil || left <= 0 {
		return time.Time{}, false
	}
	chance := p.chance(wave, key)
	if chance.IntN(100) >= p.Answers.Percent {
		return time.Time{}, false
	}
	at := sent.Add(time.Duration(chance.Int64N(int64(left))))
	p.take(wave, chance)
	return at, true
}

// take counts the answers of one person to all questions that are asked of everybody.
func (p *panel) take(wave *cxv1.SurveyWave, chance *rand.Rand) {
	survey, asked := string(wave.Spec.Template.Survey), wave.Spec.Template.Questionnaire
	list := p.waves[survey]
	if len(list) == 0 || list[len(list)-1].wave != wave {
		counts, err := questionnaire.Count(asked, func(func(store.StoredAnswer, error) bool) {})
		if err != nil {
			return // there is no answer that could be wrong
		}
		list = append(list, &answeredWave{wave: wave, counts: counts})
		p.waves[survey] = list
	}
	counts := &list[len(list)-1].counts
	counts.Complete++
	for i, question := range asked.Questions {
		if question.ShowIf == nil {
			give(&counts.Questions[i], question, chance)
		}
	}
}

// give counts one answer. Of numbers the higher ones are more likely, as people who answer tend to be content.
func give(counts *questionnaire.QuestionCounts, question cxv1.Question, chance *rand.Rand) {
	low, high, number := questionnaire.Range(question)
	switch {
	case number:
		steps := high - low + 1
		counts.Numbers[low+max(chance.IntN(steps), chance.IntN(steps))]++
	case len(question.Options) > 0:
		counts.Options[question.Options[chance.IntN(len(question.Options))].ID]++
	default:
		return // free text makes no figure
	}
	counts.N++
}

// finish computes the points of KPIs whose source are surveys, each when a wave has ended.
func (p *panel) finish() {
	for _, kpi := range p.s.KPIs {
		source := kpi.Spec.Source.Survey
		if source == nil {
			continue
		}
		var closed []program.ClosedWave
		var last *store.KPIPoint
		for _, answered := range p.waves[string(source.SurveyRef)] {
			t := answered.wave.Spec.Template
			if t.GraceUntil.After(p.end) {
				continue
			}
			closed = slices.Insert(closed, 0, program.ClosedWave{
				Questionnaire: t.Questionnaire, Template: &t, ClosedAt: t.GraceUntil.Time, Counts: answered.counts,
			})
			if point, err := program.SurveyPoint(kpi, closed, t.GraceUntil.Time); err == nil {
				p.points, last = append(p.points, point), &point
			}
		}
		if last != nil {
			p.result.KPIs = append(p.result.KPIs, KPI{
				KPI: kpi.Name, AsOf: last.AsOf, Value: last.Value, Low: last.Low, High: last.High, N: last.N,
			})
		}
	}
	slices.SortStableFunc(p.points, func(a, b store.KPIPoint) int {
		return cmp.Or(cmp.Compare(a.KPI, b.KPI), a.AsOf.Compare(b.AsOf))
	})
}
