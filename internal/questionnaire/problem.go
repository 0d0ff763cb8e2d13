// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package questionnaire

import (
	"fmt"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Problem is what is wrong with the answer to a question, said to whoever gave it.
type Problem struct {
	// Question is the question's id, or what was entered in place of one.
	Question string
	// Missing says that a required answer is not there yet. What is not complete may be saved, but not sent.
	Missing bool
	// Text says what to do. It never repeats what was entered.
	Text cxv1.LocalizedText
}

var (
	tooMany    = cxv1.LocalizedText{EN: "Choose one answer only", RU: "Выберите только один ответ"}
	notOffered = cxv1.LocalizedText{EN: "Choose from the answers that are offered", RU: "Выберите из предложенных ответов"}
)

func notOnScale(lowest, highest int) cxv1.LocalizedText {
	return cxv1.LocalizedText{
		EN: fmt.Sprintf("Give a whole number from %d to %d", lowest, highest),
		RU: fmt.Sprintf("Укажите целое число от %d до %d", lowest, highest),
	}
}

func tooLong(n int) cxv1.LocalizedText {
	return cxv1.LocalizedText{
		EN: fmt.Sprintf("Write %d characters at most: there are %d", MaxText, n),
		RU: fmt.Sprintf("Напишите не больше %d знаков: сейчас их %d", MaxText, n),
	}
}

func otherType(question cxv1.Question) cxv1.LocalizedText {
	switch question.Type {
	case cxv1.QuestionSingleChoice:
		return cxv1.LocalizedText{EN: "Give the id of one option", RU: "Укажите id одного варианта"}
	case cxv1.QuestionMultipleChoice:
		return cxv1.LocalizedText{EN: "Give a list of option ids", RU: "Укажите список id вариантов"}
	case cxv1.QuestionFreeText:
		return cxv1.LocalizedText{EN: "Give a text", RU: "Укажите текст"}
	}
	lowest, highest, _ := Range(question)
	return notOnScale(lowest, highest)
}

func wrong(question cxv1.Question, text cxv1.LocalizedText) *Problem {
	return &Problem{Question: question.ID, Text: text}
}

func missing(question cxv1.Question) Problem {
	p := Problem{Question: question.ID, Missing: true}
	switch question.Type {
	case cxv1.QuestionMultipleChoice:
		p.Text = cxv1.LocalizedText{EN: "Choose one answer or more", RU: "Выберите один или несколько ответов"}
	case cxv1.QuestionFreeText:
		p.Text = cxv1.LocalizedText{EN: "Write an answer", RU: "Напишите ответ"}
	default:
		p.Text = cxv1.LocalizedText{EN: "Choose an answer", RU: "Выберите ответ"}
	}
	return p
}

func unknown(id string) Problem {
	return Problem{Question: id, Text: cxv1.LocalizedText{EN: "There is no such question", RU: "Такого вопроса нет"}}
}
