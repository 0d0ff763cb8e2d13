// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package questionnaire

import (
	"fmt"
	"slices"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// The ends of NPS's scale.
const (
	npsMin = 0
	npsMax = 10
)

// Range returns the lowest and highest answer to a question that is answered with a whole number; ok is false for all
// other questions.
func Range(q cxv1.Question) (lowest, highest int, ok bool) {
	switch q.Type {
	case cxv1.QuestionNPS:
		return npsMin, npsMax, true
	case cxv1.QuestionCSAT, cxv1.QuestionCES, cxv1.QuestionScale:
		if q.Scale != nil {
			return int(q.Scale.Min), int(q.Scale.Max), true
		}
	}
	return 0, 0, false
}

// unfounded names the conditions that no answer can meet, or that look at what is not asked before.
func unfounded(q cxv1.Questionnaire) (mistakes []Mistake) {
	earlier := map[string]cxv1.Question{}
	for i, question := range q.Questions {
		if question.ShowIf != nil {
			if problem := impossible(*question.ShowIf, earlier); problem != "" {
				mistakes = append(mistakes, Mistake{
					Field: fmt.Sprintf("questions[%d].showIf", i), Text: fmt.Sprintf("question %q is shown %s", question.ID, problem)})
			}
		}
		earlier[question.ID] = question
	}
	return mistakes
}

func impossible(condition cxv1.ShowIf, earlier map[string]cxv1.Question) string {
	question, ok := earlier[condition.Question]
	if !ok {
		return fmt.Sprintf("after answers to %q, which is not asked before it", condition.Question)
	}
	lowest, highest, number := Range(question)
	switch {
	case question.Type == cxv1.QuestionFreeText:
		return fmt.Sprintf("after answers to %q, a free text, which cannot be compared", question.ID)
	case number != (len(condition.OneOf) == 0):
		return fmt.Sprintf("after answers to %q: numbers compare by atMost or atLeast, choices by oneOf", question.ID)
	case condition.AtMost != nil && int(*condition.AtMost) < lowest, condition.AtLeast != nil && int(*condition.AtLeast) > highest:
		return fmt.Sprintf("after answers to %q that its scale from %d to %d does not have", question.ID, lowest, highest)
	}
	for _, id := range condition.OneOf {
		if optionIndex(question, id) < 0 {
			return fmt.Sprintf("after the option %q, which %q does not have", id, question.ID)
		}
	}
	return ""
}

// shown says whether a question is asked after these answers to the questions before it.
func shown(question cxv1.Question, answers Answers) bool {
	condition := question.ShowIf
	if condition == nil {
		return true
	}
	switch answer := answers[condition.Question].(type) {
	case int:
		return (condition.AtMost != nil && answer <= int(*condition.AtMost)) ||
			(condition.AtLeast != nil && answer >= int(*condition.AtLeast))
	case string:
		return slices.Contains(condition.OneOf, answer)
	case []string:
		return slices.ContainsFunc(answer, func(id string) bool { return slices.Contains(condition.OneOf, id) })
	}
	return false // not answered, or not asked either
}

func optionIndex(question cxv1.Question, id string) int {
	return slices.IndexFunc(question.Options, func(o cxv1.Option) bool { return o.ID == id })
}
