// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"bytes"
	_ "embed"
	htmltemplate "html/template"
	"slices"
	"strings"
	"text/template"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

//go:embed mail.txt.tmpl
var textSource string

//go:embed mail.html.tmpl
var htmlSource string

var (
	textTemplate = template.Must(template.New("text").Parse(textSource))
	htmlTemplate = htmltemplate.Must(htmltemplate.New("html").Parse(htmlSource))
)

// MessageTrial is an invitation that is sent to see what it looks like. It is in no outbox and counts nowhere.
const MessageTrial store.MessageKind = "Test"

// Letter is a mail as one person gets it.
type Letter struct {
	Subject, Text, HTML string
	// Answer is the link to the survey page; it is in Text and HTML, too.
	Answer string
	// Unsubscribe is the address for one click, RFC 8058; empty for mail that is no invitation.
	Unsubscribe string
}

// Links are the addresses in a letter.
type Links struct {
	// Answer is the survey page, OptOut the page for opting out.
	Answer, OptOut string
	ExpiresAt      time.Time
}

// page is what the templates show.
type page struct {
	words
	Lang, Subject, Organization, Colour string
	Paragraphs                          []string
	Question                            string
	Buttons                             []button
	Answer, OptOut                      string
	Expires, Promise                    string
}

type button struct {
	Label int32
	Link  string
}

// Render writes a letter in the person's language.
func Render(mail Mail, message store.Message, links Links) (Letter, error) {
	lang := languageOf(mail, message.Contact.Language)
	w := phrases[lang]
	p := page{
		words: w, Lang: string(lang), Organization: mail.Organization, Colour: colourOf(mail.Colour),
		Answer: links.Answer, OptOut: links.OptOut,
		Expires: w.until(links.ExpiresAt), Promise: w.promises[mail.Promise],
	}
	fill := strings.NewReplacer("{name}", nameOr(message.Contact.Name, w.anybody), "{organization}", mail.Organization).Replace
	p.Subject = oneLine(fill(orDefault(mail.Subject.In(string(lang)), mail.Title.In(string(lang)))))
	switch message.Kind {
	case store.MessageReminder:
		p.Subject = w.reminder + p.Subject
	case MessageTrial:
		p.Subject = w.trial + p.Subject
	}
	for paragraph := range strings.SplitSeq(fill(orDefault(mail.Body.In(string(lang)), w.body)), "\n") {
		if paragraph = strings.TrimSpace(paragraph); paragraph != "" {
			p.Paragraphs = append(p.Paragraphs, paragraph)
		}
	}
	p.addButtons(mail.First, lang)
	letter := Letter{Subject: p.Subject, Answer: links.Answer, Unsubscribe: links.OptOut}
	var text, html bytes.Buffer
	if err := textTemplate.Execute(&text, p); err != nil {
		return Letter{}, err
	}
	if err := htmlTemplate.Execute(&html, p); err != nil {
		return Letter{}, err
	}
	letter.Text, letter.HTML = text.String(), html.String()
	return letter, nil
}

// addButtons offers the answers to the first question. They only preselect: mail scanners open every link.
func (p *page) addButtons(first *FirstQuestion, lang cxv1.Language) {
	if first == nil {
		return
	}
	p.Question = first.Text.In(string(lang))
	for value := first.Min; value <= first.Max; value++ {
		p.Buttons = append(p.Buttons, button{Label: value, Link: p.Answer + "?q=" + first.ID + "&v=" + itoa(value)})
	}
}

// languageOf is the contact's language if the questionnaire has it, else the questionnaire's first.
func languageOf(mail Mail, wanted string) cxv1.Language {
	if slices.Contains(mail.Languages, cxv1.Language(wanted)) {
		return cxv1.Language(wanted)
	}
	if len(mail.Languages) > 0 {
		return mail.Languages[0]
	}
	return cxv1.LanguageEN
}

const usualColour = "#1f5fbf"

func colourOf(colour string) string {
	if len(colour) == len(usualColour) && strings.Trim(colour, "#0123456789abcdefABCDEF") == "" {
		return colour
	}
	return usualColour
}

func orDefault(text, otherwise string) string {
	if strings.TrimSpace(text) == "" {
		return otherwise
	}
	return text
}

func nameOr(name, otherwise string) string { return oneLine(orDefault(name, otherwise)) }

// oneLine keeps line breaks out of headers, however they came into a name.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
