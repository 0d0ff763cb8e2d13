// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package questionnaire

import (
	"encoding/json"
	"errors"
	"slices"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// errNoObject says what answers look like.
var errNoObject = errors.New(`answers are a JSON object by question id, e.g. {"nps": 9, "why": "price"}`)

// ReadJSON is Read for answers as programs send them: numbers for numbers, an option's id or a list of ids for choices, a
// string for a free text; null, or nothing, for a question that was left out. An error when it is no JSON object at all.
func ReadJSON(q cxv1.Questionnaire, data []byte) (Reading, error) {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(data, &values); err != nil || values == nil {
		return Reading{}, errNoObject
	}
	entered := Entered{}
	mistyped := map[string]cxv1.LocalizedText{}
	for id, value := range values {
		i := slices.IndexFunc(q.Questions, func(q cxv1.Question) bool { return q.ID == id })
		if i < 0 {
			entered[id] = nil // Read says that there is no such question
			continue
		}
		given, ok := texts(q.Questions[i], value)
		if ok {
			entered[id] = given
		} else {
			mistyped[id] = otherType(q.Questions[i])
		}
	}
	return readAll(q, entered, mistyped), nil
}

// texts turns a JSON value into what a form would send; not ok when a program sends another type than the question has.
func texts(question cxv1.Question, value json.RawMessage) ([]string, bool) {
	if string(value) == "null" {
		return nil, true
	}
	switch question.Type {
	case cxv1.QuestionMultipleChoice:
		var ids []string
		return ids, json.Unmarshal(value, &ids) == nil
	case cxv1.QuestionSingleChoice, cxv1.QuestionFreeText:
		var text string
		ok := json.Unmarshal(value, &text) == nil
		return []string{text}, ok
	}
	var number json.Number
	ok := value[0] != '"' && json.Unmarshal(value, &number) == nil
	return []string{number.String()}, ok
}
