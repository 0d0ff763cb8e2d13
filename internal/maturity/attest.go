// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"cmp"
	"fmt"
	"slices"
)

// Asked is a question as a criterion reads it. Two criteria may read the same answers more and less strictly: then there are
// two verdicts.
type Asked struct {
	// Question is its id.
	Question string
	// AtLeast is the value on the question's scale from which on an answer counts as a yes.
	AtLeast int
}

// Asked lists every question that some criterion asks, once for each threshold, by id and threshold. A question that no
// criterion asks decides nothing and is left out.
func (f *Framework) Asked() []Asked {
	var all []Asked
	for _, c := range f.AllCriteria() {
		for _, id := range c.Questions {
			all = append(all, Asked{Question: id, AtLeast: f.atLeast(c)})
		}
	}
	slices.SortFunc(all, func(a, b Asked) int {
		return cmp.Or(cmp.Compare(a.Question, b.Question), cmp.Compare(a.AtLeast, b.AtLeast))
	})
	return slices.Compact(all)
}

// HasCriterion tells whether the framework has a criterion of that id, in whatever profile.
func (f *Framework) HasCriterion(id string) bool {
	return f.Criterion(id) != nil
}

// Criterion is the criterion of that id; nil when there is none.
func (f *Framework) Criterion(id string) *Criterion {
	all := f.AllCriteria()
	if i := slices.IndexFunc(all, func(c *Criterion) bool { return c.ID == id }); i >= 0 {
		return all[i]
	}
	return nil
}

// Say puts a verdict into words, e.g. `7 of 40 answers reach "Usually", needs 60 %`. asked must be one of Asked.
func (f *Framework) Say(asked Asked, verdict Verdict) Text {
	return inBoth(func(w *words) string { return f.say(w, asked, verdict) })
}

func (f *Framework) say(w *words, asked Asked, verdict Verdict) string {
	if verdict.Result != True && verdict.Result != False && verdict.Reason == "" {
		return w.notAsked
	}
	said := w.said(verdict)
	if verdict.Answers == 0 {
		return said
	}
	step := f.Scales[f.Questions[asked.Question].Scale][asked.AtLeast].Text.In(w.lang)
	counts := fmt.Sprintf(w.reached, verdict.Reached, verdict.Answers, step, w.percent(f.Evaluation.Attestation.Share, 1))
	if verdict.Reason == "" {
		return counts
	}
	return said + "; " + counts
}

// asks is one of the criterion's questions as the criterion reads it.
func (c *compiledCriterion) asks(question string) Asked {
	return Asked{Question: question, AtLeast: c.atLeast}
}
