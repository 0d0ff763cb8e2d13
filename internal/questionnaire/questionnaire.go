// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package questionnaire knows what is asked and what is answered: whether a questionnaire can be asked as it is, which two
// questionnaires ask the same, which answers are good, and how many gave which. It is pure.
package questionnaire

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Check says what keeps a questionnaire from being asked in all of these languages, and what to do about it; nil when
// nothing does. All problems are named at once.
func Check(q cxv1.Questionnaire, languages []cxv1.Language) error {
	var texts, conditions []string
	for _, m := range Mistakes(q, languages) {
		if m.Untranslated {
			texts = append(texts, m.Text)
		} else {
			conditions = append(conditions, m.Text)
		}
	}
	var sentences []string
	if len(texts) > 0 {
		sentences = append(sentences, list(texts)+": "+translate)
	}
	if len(conditions) > 0 {
		sentences = append(sentences, list(conditions)+": "+correct)
	}
	if len(sentences) == 0 {
		return nil
	}
	return errors.New(strings.Join(sentences, ". And "))
}

// What to do about mistakes.
const (
	translate = "add the texts, or take the language out of the Program's languages"
	correct   = "correct showIf"
)

// Mistake is one of the things that keep a questionnaire from being asked.
type Mistake struct {
	// Field is where it is, e.g. "questions[0].options[1].text".
	Field string
	// Untranslated says that a text is missing in a language; else a condition cannot be met.
	Untranslated bool
	// Text says what is wrong.
	Text string
}

// Advice says what to do about it.
func (m Mistake) Advice() string {
	if m.Untranslated {
		return translate
	}
	return correct
}

// Mistakes are what Check finds, one by one.
func Mistakes(q cxv1.Questionnaire, languages []cxv1.Language) []Mistake {
	var mistakes []Mistake
	missing := func(field, where string, text cxv1.LocalizedText) {
		for _, language := range languages {
			if !text.Has(language) {
				mistakes = append(mistakes, Mistake{field, true, fmt.Sprintf("%s has no text in %q", where, language)})
			}
		}
	}
	missing("title", "the title", q.Title)
	for i, question := range q.Questions {
		at := fmt.Sprintf("questions[%d]", i)
		missing(at+".text", fmt.Sprintf("question %q", question.ID), question.Text)
		for j, option := range question.Options {
			missing(fmt.Sprintf("%s.options[%d].text", at, j), fmt.Sprintf("option %q of question %q", option.ID, question.ID), option.Text)
		}
	}
	return append(mistakes, unfounded(q)...)
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
