// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package questionnaire knows what is asked and what is answered: whether a questionnaire can be asked as it is, which two
// questionnaires ask the same, which answers are good, and how many gave which. It is pure.
package questionnaire

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Check says what keeps a questionnaire from being asked in all of these languages, and what to do about it; nil when
// nothing does. All problems are named at once.
func Check(q cxv1.Questionnaire, languages []cxv1.Language) error {
	var texts error
	if problems := untranslated(q, languages); len(problems) > 0 {
		texts = fmt.Errorf("%s: add the texts, or take the language out of the Program's languages", list(problems))
	}
	var conditions error
	if problems := unfounded(q); len(problems) > 0 {
		conditions = fmt.Errorf("%s: correct showIf", list(problems))
	}
	switch {
	case texts == nil:
		return conditions
	case conditions == nil:
		return texts
	}
	return fmt.Errorf("%w. And %w", texts, conditions)
}

func untranslated(q cxv1.Questionnaire, languages []cxv1.Language) (problems []string) {
	missing := func(where string, text cxv1.LocalizedText) {
		for _, language := range languages {
			if !text.Has(language) {
				problems = append(problems, fmt.Sprintf("%s has no text in %q", where, language))
			}
		}
	}
	missing("the title", q.Title)
	for _, question := range q.Questions {
		missing(fmt.Sprintf("question %q", question.ID), question.Text)
		for _, option := range question.Options {
			missing(fmt.Sprintf("option %q of question %q", option.ID, question.ID), option.Text)
		}
	}
	return problems
}

// list names the first few problems and counts the others.
func list(problems []string) string {
	const shown = 4
	text := strings.Join(problems[:min(shown, len(problems))], "; ")
	if len(problems) > shown {
		text += fmt.Sprintf("; and %d more", len(problems)-shown)
	}
	return text
}

// Hash identifies a questionnaire: whatever respondents see goes into it, in the order in which they see it. It is 32
// hexadecimal digits.
func Hash(q cxv1.Questionnaire) string { return digest(q) }

// ScoredHash identifies what is scored: ids, types, scales and texts of the questions that give a number. Results are
// compared only where it is equal. It is 32 hexadecimal digits, or empty when nothing is scored.
func ScoredHash(q cxv1.Questionnaire) string {
	var scored []cxv1.Question
	for _, question := range q.Questions {
		switch question.Type {
		case cxv1.QuestionNPS, cxv1.QuestionCSAT, cxv1.QuestionCES, cxv1.QuestionScale:
			scored = append(scored, question)
		}
	}
	if len(scored) == 0 {
		return ""
	}
	return digest(scored)
}

func digest(v any) string {
	// Structs of strings and integers always encode, and their fields in a fixed order.
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}
