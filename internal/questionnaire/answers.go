// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package questionnaire

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// MaxText is the most characters that a free text may have.
const MaxText = 4000

// Entered is what somebody entered, by question id, as a form sends it: one text, for multiple choices one for each
// option. Nothing in it is to be believed.
type Entered map[string][]string

// Answers are good answers by question id: an int for a number, an option's id (string) for a single choice, the ids in
// the questionnaire's order ([]string) for a multiple choice, a string for a free text. Only questions that were asked and
// answered are in it.
type Answers map[string]any

// Reading is what was made of what somebody entered.
type Reading struct {
	// Answers are those that are good.
	Answers Answers
	// Shown are the ids of the questions that are asked after these answers, in order. The others are neither required nor
	// kept.
	Shown []string
	// Problems are what is wrong, in the order of the questionnaire.
	Problems []Problem
}

// Complete says that nothing is wrong and nothing required is missing.
func (r Reading) Complete() bool { return len(r.Problems) == 0 }

// Read takes the answers out of what somebody entered, and says what is wrong with the rest.
func Read(q cxv1.Questionnaire, entered Entered) Reading { return readAll(q, entered, nil) }

// readAll is told in mistyped what is wrong with answers that could not even be entered.
func readAll(q cxv1.Questionnaire, entered Entered, mistyped map[string]cxv1.LocalizedText) Reading {
	r := Reading{Answers: Answers{}}
	known := map[string]bool{}
	for _, question := range q.Questions {
		known[question.ID] = true
		if !shown(question, r.Answers) {
			continue
		}
		r.Shown = append(r.Shown, question.ID)
		answer, problem := read(question, entered[question.ID])
		if text, ok := mistyped[question.ID]; ok {
			problem = wrong(question, text)
		}
		switch {
		case problem != nil:
			r.Problems = append(r.Problems, *problem)
		case answer != nil:
			r.Answers[question.ID] = answer
		case question.Answer != cxv1.AnswerOptional:
			r.Problems = append(r.Problems, missing(question))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(entered)) {
		if !known[id] {
			r.Problems = append(r.Problems, unknown(id))
		}
	}
	return r
}

// read returns nil, nil for a question that was left out.
func read(question cxv1.Question, entered []string) (any, *Problem) {
	given := slices.DeleteFunc(slices.Clone(entered), func(s string) bool { return strings.TrimSpace(s) == "" })
	if len(given) == 0 {
		return nil, nil
	}
	if question.Type == cxv1.QuestionMultipleChoice {
		return readChoices(question, given)
	}
	if len(given) > 1 {
		return nil, wrong(question, tooMany)
	}
	switch question.Type {
	case cxv1.QuestionSingleChoice:
		if optionIndex(question, given[0]) < 0 {
			return nil, wrong(question, notOffered)
		}
		return given[0], nil
	case cxv1.QuestionFreeText:
		return readText(question, given[0])
	}
	return readNumber(question, given[0])
}

// readNumber takes one spelling of a number only: not 07, +7 or 7.0.
func readNumber(question cxv1.Question, given string) (any, *Problem) {
	lowest, highest, _ := Range(question)
	n, err := strconv.Atoi(given)
	if err != nil || strconv.Itoa(n) != given || n < lowest || n > highest {
		return nil, wrong(question, notOnScale(lowest, highest))
	}
	return n, nil
}

func readChoices(question cxv1.Question, given []string) (any, *Problem) {
	for _, id := range given {
		if optionIndex(question, id) < 0 {
			return nil, wrong(question, notOffered)
		}
	}
	slices.SortFunc(given, func(a, b string) int { return optionIndex(question, a) - optionIndex(question, b) })
	return slices.Compact(given), nil
}

func readText(question cxv1.Question, given string) (any, *Problem) {
	text := clean(given)
	if n := utf8.RuneCountInString(text); n > MaxText {
		return nil, wrong(question, tooLong(n))
	}
	if text == "" {
		return nil, nil
	}
	return text, nil
}

// clean makes a text that every store and every terminal can bear: valid UTF-8, one kind of line break, no other control
// characters, no space around it.
func clean(text string) string {
	text = strings.ToValidUTF8(text, string(utf8.RuneError))
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}

// JSON is the one way in which answers are stored: an object by question id, its keys in order.
func (a Answers) JSON() []byte {
	data, err := json.Marshal(a) // sorts keys
	if err != nil {
		panic(err) // ints, strings and lists of strings always encode
	}
	return data
}

// Entered is what somebody has to enter to give these answers.
func (a Answers) Entered() Entered {
	entered := Entered{}
	for id, answer := range a {
		switch v := answer.(type) {
		case int:
			entered[id] = []string{strconv.Itoa(v)}
		case string:
			entered[id] = []string{v}
		case []string:
			entered[id] = slices.Clone(v)
		}
	}
	return entered
}

// Decode reads stored answers, complete or not. An error means that they are not answers to this questionnaire.
func Decode(q cxv1.Questionnaire, data []byte) (Answers, error) {
	r, err := ReadJSON(q, data)
	if err != nil {
		return nil, err
	}
	for _, problem := range r.Problems {
		if !problem.Missing {
			return nil, fmt.Errorf("question %q: %s", problem.Question, problem.Text.EN)
		}
	}
	return r.Answers, nil
}
