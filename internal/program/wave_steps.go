// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
)

// OpenResults are the figures of a wave that has not ended, where shown are those that people may have seen so far. Only those of
// an Identified wave are there before its end: the final figures are exact, and whoever subtracts the last ones of before learns
// what the last answers were, however few those are. Even there a figure moves only when MinReport further people have answered
// its question. Each question is counted by itself, because many answer the first one and few what only detractors are asked.
func OpenResults(t *cxv1.WaveTemplate, shown []cxv1.QuestionResult, counts questionnaire.Counts, population int64) []cxv1.QuestionResult {
	results := WaveResults(t, counts, population)
	if t.Anonymity != cxv1.AnonymityIdentified {
		for i, result := range results {
			results[i] = cxv1.QuestionResult{Question: result.Question, Method: result.Method, State: cxv1.ResultSuppressed}
		}
		return results
	}
	answered := make(map[string]int64, len(counts.Questions))
	for _, question := range counts.Questions {
		answered[question.ID] = question.N
	}
	before := make(map[string]cxv1.QuestionResult, len(shown))
	for _, result := range shown {
		before[result.Question] = result
	}
	for i, result := range results {
		if old := before[result.Question]; old.N != nil && answered[result.Question] < *old.N+MinReport(t) {
			results[i] = old
		}
	}
	return results
}
