// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
)

// Names of what a form sends besides answers. Answers are named answerPrefix and the question's id; ids have neither dots
// nor underscores.
const (
	answerPrefix  = "q."
	fieldDo       = "_do"
	fieldSwitch   = "_switch"
	fieldLanguage = "_language"
	fieldAsked    = "_asked"
	fieldBegan    = "_began"
	fieldContact  = "_contact"

	doSend   = "send"
	doSave   = "save"
	doOptOut = "optout"
	yes      = "yes"
)

// mostBoxes is the most points of a scale that are shown as boxes to choose from; the number is typed above that.
const mostBoxes = 11

// said is a text and, where it is not in the language of the page, its language.
type said struct{ Text, Lang string }

func say(t cxv1.LocalizedText, language cxv1.Language) said {
	if t.Has(language) {
		return said{Text: t.In(string(language))}
	}
	other := cxv1.LanguageEN
	if language == cxv1.LanguageEN {
		other = cxv1.LanguageRU
	}
	return said{Text: t.In(string(language)), Lang: string(other)}
}

// sheet is what all pages have.
type sheet struct {
	T     texts
	Lang  cxv1.Language
	Title string
	// Name is who asks; empty where strangers must not learn it.
	Name  string
	Logo  template.URL
	Brand string // the colour without #
	// Languages are what to switch to; one or none means that there is no choice.
	Languages []languageChoice
	// InForm says that switching must keep what was entered.
	InForm bool
	// Trial says that nothing is stored.
	Trial bool
}

type languageChoice struct {
	Code    cxv1.Language
	Name    string
	Current bool
	// Query is where a link leads that switches.
	Query string
}

func languageChoices(offered []cxv1.Language, current cxv1.Language) (choices []languageChoice) {
	for _, language := range offered {
		choices = append(choices, languageChoice{
			Code: language, Name: textsIn(language).Name, Current: language == current,
			Query: "?" + url.Values{"lang": {string(language)}}.Encode(),
		})
	}
	return choices
}

func plainSheet(language cxv1.Language) sheet {
	return sheet{T: textsIn(language), Lang: language, Brand: plain[1:], Languages: languageChoices(spoken, language)}
}

func brandedSheet(page questionnaire.Page, language cxv1.Language) sheet {
	return sheet{
		T: textsIn(language), Lang: language, Name: page.Name(), Logo: logoOf(page.Brand), Brand: colourOf(page.Brand)[1:],
		Languages: languageChoices(page.Languages, language),
	}
}

// message is a page that only says something.
type message struct {
	sheet
	Heading said
	Texts   []said
}

// note is a page that says one thing in the operator's own words.
func note(s sheet, heading string, texts ...string) message {
	s.Title = heading
	m := message{sheet: s, Heading: said{Text: heading}}
	for _, text := range texts {
		m.Texts = append(m.Texts, said{Text: text})
	}
	return m
}

// optOutForm asks whether mails shall end.
type optOutForm struct {
	sheet
	Text string
}

// survey is the page with the questions.
type survey struct {
	sheet
	Heading   said
	Promise   string
	Notice    said
	NoticeURL string
	Questions []question
	// Alert is what the page is shown again for.
	Alert *alert
	// Began is when it was shown first, in milliseconds.
	Began            string
	AsksToContact    bool
	MayContact       bool
	CanSave          bool
	SendText, OptOut string
}

type alert struct {
	Heading, Text string
	// Wrong says that something must be corrected.
	Wrong bool
	// Places are where to look.
	Places []place
}

// place is a question to look at; Target is its first field, Text what is wrong with it.
type place struct {
	Target   string
	Question said
	Text     string
}

// question is a question on the page.
type question struct {
	ID, Name, Kind string // Kind is boxes, number, radio, checkbox or text
	Heading        said
	Optional       bool
	Hints          []string
	HintID         string
	Problem        string
	ProblemID      string
	Conditional    bool
	// New questions follow from answers that were just given.
	New     bool
	Choices []choice
	// Points is how many boxes there are.
	Points int
	// Value is what was typed, First the id of the first field.
	Value, First string
	MaxLength    int
}

type choice struct {
	ID, Value string
	Heading   said
	Checked   bool
	// None takes a choice back, which a radio button alone does not let one do.
	None bool
}

// DescribedBy are the ids of what a screen reader says after the question.
func (q question) DescribedBy() string {
	switch {
	case q.Problem != "" && len(q.Hints) > 0:
		return q.HintID + " " + q.ProblemID
	case q.Problem != "":
		return q.ProblemID
	case len(q.Hints) > 0:
		return q.HintID
	}
	return ""
}

// newQuestion shows a question with what was entered.
func newQuestion(q cxv1.Question, t texts, language cxv1.Language, entered []string) question {
	id := answerPrefix + q.ID
	v := question{
		ID: id, Name: id, Heading: say(q.Text, language), Optional: q.Answer == cxv1.AnswerOptional,
		HintID: id + ".hint", ProblemID: id + ".problem", Conditional: q.ShowIf != nil, First: id + ".field",
	}
	switch q.Type {
	case cxv1.QuestionFreeText:
		v.Kind, v.MaxLength = "text", questionnaire.MaxText
		v.Hints = []string{fmt.Sprintf(t.TextHint, questionnaire.MaxText)}
	case cxv1.QuestionSingleChoice, cxv1.QuestionMultipleChoice:
		v.Kind = "radio"
		if q.Type == cxv1.QuestionMultipleChoice {
			v.Kind, v.Hints = "checkbox", []string{t.SeveralChoices}
		}
		for _, o := range q.Options {
			v.Choices = append(v.Choices, choice{ID: id + "." + o.ID, Value: o.ID, Heading: say(o.Text, language)})
		}
	default:
		v.numbers(q, t)
	}
	if v.Optional && (v.Kind == "radio" || v.Kind == "boxes") {
		v.Choices = append(v.Choices, choice{ID: id + ".none", Heading: said{Text: t.NoAnswer}, None: true})
	}
	v.fill(entered)
	return v
}

func (v *question) numbers(q cxv1.Question, t texts) {
	lowest, highest, _ := questionnaire.Range(q)
	if low, high := ends(q.Type, t); low != "" {
		v.Hints = []string{fmt.Sprintf(t.End, lowest, low), fmt.Sprintf(t.End, highest, high)}
	}
	if highest-lowest >= mostBoxes {
		v.Kind = "number"
		v.Hints = append([]string{fmt.Sprintf(t.Numbers, lowest, highest)}, v.Hints...)
		return
	}
	v.Kind, v.Points = "boxes", highest-lowest+1
	for n := lowest; n <= highest; n++ {
		text := strconv.Itoa(n)
		v.Choices = append(v.Choices, choice{ID: v.ID + "." + text, Value: text, Heading: said{Text: text}})
	}
}

// ends are what the ends of a scale mean; a Scale's are in the question itself.
func ends(kind cxv1.QuestionType, t texts) (low, high string) {
	switch kind {
	case cxv1.QuestionNPS:
		return t.NPSLow, t.NPSHigh
	case cxv1.QuestionCSAT:
		return t.CSATLow, t.CSATHigh
	case cxv1.QuestionCES:
		return t.CESLow, t.CESHigh
	}
	return "", ""
}

// fill shows what was entered, however wrong it is.
func (v *question) fill(entered []string) {
	for i := range v.Choices {
		v.Choices[i].Checked = !v.Choices[i].None && slices.Contains(entered, v.Choices[i].Value)
	}
	if len(v.Choices) > 0 {
		v.First = v.Choices[0].ID
	} else if len(entered) > 0 {
		v.Value = entered[0]
	}
}
