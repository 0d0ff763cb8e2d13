// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"fmt"
	htmltemplate "html/template"
	"text/template"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

//go:embed figures.txt.tmpl
var figuresText string

//go:embed figures.html.tmpl
var figuresHTML string

var (
	figuresTextTemplate = template.Must(template.New("figures").Parse(figuresText))
	figuresHTMLTemplate = htmltemplate.Must(htmltemplate.New("figures").Parse(figuresHTML))
)

// MessageFigures is a mail with the figures of a wave. It is in no outbox: whoever sends it sees to it that it goes out once.
const MessageFigures store.MessageKind = "Figures"

// Figures are what owners are told of a wave that is over: what its status shows, and so nothing about fewer people than may be
// spoken of, no single answer and no free text.
type Figures struct {
	// Organization signs the mail; Colour is the brand's, empty for the usual one.
	Organization, Colour string
	// Language is that of the mail.
	Language cxv1.Language
	// Template has the questions, Status their figures.
	Template *cxv1.WaveTemplate
	Status   *cxv1.SurveyWaveStatus
	// Doubts are what to keep in mind about the figures.
	Doubts []cxv1.LocalizedText
	// Zone is the one in which days are told.
	Zone *time.Location
}

// FiguresTo addresses the figures of a wave to an owner. The mail has always the same Message-ID, so that servers that know it may
// drop a repetition.
func FiguresTo(wave store.WaveKey, owner, name, address string) store.Message {
	m := store.Message{
		Wave: wave, Kind: MessageFigures, Attempt: 1, Contact: store.Contact{Key: owner, Address: address, Name: name},
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "figures\n%s\n%s\n%s\n%s", wave.ProgramID, wave.Survey, wave.Slot, owner))
	copy(m.Link.ID[:], sum[:])
	return m
}

// figuresPage is what the templates show.
type figuresPage struct {
	figureWords
	Lang, Subject, Organization, Colour, Intro, Answers string
	Rows                                                []figureRow
	Doubts                                              []string
}

type figureRow struct{ Question, Figure string }

// Letter writes the mail.
func (f Figures) Letter() (Letter, error) {
	lang := string(f.Language)
	w, ok := figurePhrases[f.Language]
	if !ok {
		lang, w = string(cxv1.LanguageEN), figurePhrases[cxv1.LanguageEN]
	}
	title := f.Template.Questionnaire.Title.In(lang)
	p := figuresPage{
		figureWords: w, Lang: lang, Subject: oneLine(w.subject + title), Organization: f.Organization, Colour: colourOf(f.Colour),
		Intro: f.intro(title, w), Answers: f.answers(w),
	}
	for _, result := range f.Status.Results {
		p.Rows = append(p.Rows, f.row(result, lang, w))
	}
	for _, doubt := range f.Doubts {
		p.Doubts = append(p.Doubts, doubt.In(lang))
	}
	var text, html bytes.Buffer
	if err := figuresTextTemplate.Execute(&text, p); err != nil {
		return Letter{}, err
	}
	if err := figuresHTMLTemplate.Execute(&html, p); err != nil {
		return Letter{}, err
	}
	return Letter{Subject: p.Subject, Text: text.String(), HTML: html.String()}, nil
}

func (f Figures) intro(title string, w figureWords) string {
	from, to := f.day(f.Template.OpensAt.Time, w), f.day(f.closedAt(), w)
	if from == to {
		return fmt.Sprintf(w.introOfOneDay, title, from)
	}
	return fmt.Sprintf(w.intro, title, from, to)
}

func (f Figures) closedAt() time.Time {
	if f.Status.ClosedAt != nil {
		return f.Status.ClosedAt.Time
	}
	return f.Template.ClosesAt.Time
}

func (f Figures) day(t time.Time, w figureWords) string {
	if f.Zone != nil {
		t = t.In(f.Zone)
	}
	return t.Format(w.day)
}

// answers says how many answered, and of whom. A rate without its denominator means nothing.
func (f Figures) answers(w figureWords) string {
	counts := f.Status.Counts
	if counts == nil {
		return ""
	}
	text := fmt.Sprintf(w.answers, counts.Responded, counts.Invited)
	if f.Status.ResponseRate != "" {
		text += fmt.Sprintf(w.rate, f.Status.ResponseRate)
	}
	return text
}

func (f Figures) row(result cxv1.QuestionResult, lang string, w figureWords) figureRow {
	row := figureRow{Question: result.Question, Figure: w.TooFew}
	for _, question := range f.Template.Questionnaire.Questions {
		if question.ID != result.Question {
			continue
		}
		row.Question = question.Text.In(lang)
		if result.State == cxv1.ResultShown && result.N != nil {
			row.Figure = w.figure(question, result, lang)
		}
	}
	return row
}

// figure is one number with its interval and what it rests on.
func (w figureWords) figure(question cxv1.Question, result cxv1.QuestionResult, lang string) string {
	text := w.measure(question, result, lang)
	if result.Low != "" && result.High != "" {
		text += fmt.Sprintf(w.interval, result.Low, result.High)
	}
	return text + fmt.Sprintf(w.n, *result.N)
}

func (w figureWords) measure(question cxv1.Question, result cxv1.QuestionResult, lang string) string {
	switch result.Method {
	case cxv1.MethodCSAT:
		return fmt.Sprintf(w.satisfied, result.Value)
	case cxv1.MethodShare:
		chosen := result.Option
		for _, option := range question.Options {
			if option.ID == result.Option {
				chosen = option.Text.In(lang)
			}
		}
		return fmt.Sprintf(w.share, chosen, result.Value)
	case cxv1.MethodMean, cxv1.MethodCESMean:
		if question.Scale != nil {
			return fmt.Sprintf(w.mean, question.Scale.Min, question.Scale.Max, result.Value)
		}
	}
	return fmt.Sprintf("%s: %s", result.Method, result.Value)
}
