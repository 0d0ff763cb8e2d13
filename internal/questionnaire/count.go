// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package questionnaire

import (
	"fmt"
	"iter"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Counts are how many people answered what. They are exact, and so not to be shown before they are known to be many
// enough.
type Counts struct {
	// Complete and Partial are numbers of answers, MayContact of people who said yes to being contacted.
	Complete, Partial, MayContact int64
	// Questions are in the order of the questionnaire.
	Questions []QuestionCounts
}

// QuestionCounts are how many people gave each answer to a question. An answer that is not complete counts for the
// questions that it answers.
type QuestionCounts struct {
	ID   string
	Type cxv1.QuestionType
	// N is how many answered the question.
	N int64
	// Numbers is how many gave each number; internal/measure takes it as measure.Answers. Nil for other questions.
	Numbers map[int]int64
	// Options is how many chose each option, also those that nobody chose. With multiple choices their sum may be more than
	// N. Nil for other questions.
	Options map[string]int64
}

// Count counts the answers to a questionnaire as the store yields them. An error of theirs ends it; so does an answer to
// another questionnaire.
func Count(q cxv1.Questionnaire, answers iter.Seq2[store.StoredAnswer, error]) (Counts, error) {
	counts := Counts{Questions: make([]QuestionCounts, len(q.Questions))}
	for i, question := range q.Questions {
		counts.Questions[i] = emptyCounts(question)
	}
	for stored, err := range answers {
		if err != nil {
			return Counts{}, err
		}
		given, err := Decode(q, stored.Values)
		if err != nil {
			return Counts{}, fmt.Errorf("a stored answer does not fit the wave's questionnaire: %w", err)
		}
		if stored.Complete {
			counts.Complete++
		} else {
			counts.Partial++
		}
		if stored.MayContact {
			counts.MayContact++
		}
		for i := range counts.Questions {
			counts.Questions[i].add(given)
		}
	}
	return counts, nil
}

func emptyCounts(question cxv1.Question) QuestionCounts {
	c := QuestionCounts{ID: question.ID, Type: question.Type}
	if _, _, ok := Range(question); ok {
		c.Numbers = map[int]int64{}
	}
	if len(question.Options) > 0 {
		c.Options = map[string]int64{}
		for _, option := range question.Options {
			c.Options[option.ID] = 0
		}
	}
	return c
}

func (c *QuestionCounts) add(given Answers) {
	answer, ok := given[c.ID]
	if !ok {
		return
	}
	c.N++
	switch v := answer.(type) {
	case int:
		c.Numbers[v]++
	case []string:
		for _, id := range v {
			c.Options[id]++
		}
	case string:
		if c.Options != nil {
			c.Options[v]++
		}
	}
}
