// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"text/template"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/notice"
	"github.com/cx-operator/cx-operator/internal/store"
)

//go:embed notice.txt.tmpl
var noticeText string

//go:embed notice.html.tmpl
var noticeHTML string

var (
	noticeTextTemplate = template.Must(template.New("notice").Parse(noticeText))
	noticeHTMLTemplate = htmltemplate.Must(htmltemplate.New("notice").Parse(noticeHTML))
)

// MessageNotice is a mail to an owner about what they answer for. It is in no outbox: whoever sends it sees to it that it goes
// out once.
const MessageNotice store.MessageKind = "Notice"

// Notices are what one owner is told in one letter.
type Notices struct {
	// Organization signs; Colour is the brand's, empty for the usual one.
	Organization, Colour string
	// Language is that of the letter.
	Language cxv1.Language
	// Zone is the one in which days are told.
	Zone *time.Location
	// Owner is the owner's name, DisplayName what people call it.
	Owner, DisplayName string
	// Items are what they are told. At least one.
	Items []notice.Notice
	// Link makes the address at which an offer can be decided; "" for none. Only mail has such addresses: they decide in the
	// owner's name, and a chat is read by many.
	Link func(notice.Notice) string
}

// noticePage is what the templates show.
type noticePage struct {
	noticeWords
	Lang, Subject, Organization, Colour, Greeting, Why string
	Items                                              []noticeItem
	Linked                                             bool
}

type noticeItem struct {
	Sentences     []string
	Link, Command string
}

// Letter writes the mail.
func (n Notices) Letter() (Letter, error) {
	p := n.page()
	var text, html bytes.Buffer
	if err := noticeTextTemplate.Execute(&text, p); err != nil {
		return Letter{}, err
	}
	if err := noticeHTMLTemplate.Execute(&html, p); err != nil {
		return Letter{}, err
	}
	return Letter{Subject: p.Subject, Text: text.String(), HTML: html.String()}, nil
}

// inChat is how many notices a message to a chat has at most. Teams refuses what is longer than 28 KB, and Slack cuts it.
const inChat = 20

// Chat is the same for a chat, in plain text and without links that decide; of very many it has the first.
func (n Notices) Chat() string {
	n.Link = nil
	p := n.page()
	var b strings.Builder
	b.WriteString(p.Subject)
	for _, item := range p.Items[:min(inChat, len(p.Items))] {
		b.WriteString("\n\n" + strings.Join(item.Sentences, " "))
		if item.Command != "" {
			b.WriteString("\n" + p.InCluster + " " + item.Command)
		}
	}
	if left := len(p.Items) - inChat; left > 0 {
		b.WriteString("\n\n" + fmt.Sprintf(p.more, left))
	}
	return b.String()
}

// To addresses the letter. The same notices have always the same Message-ID, so that servers that know it may drop a repetition.
func (n Notices) To(programID, address string) store.Message {
	m := store.Message{
		Wave: store.WaveKey{ProgramID: programID}, Kind: MessageNotice, Attempt: 1,
		Contact: store.Contact{Key: n.Owner, Address: address, Name: n.DisplayName},
	}
	about := []string{"notice", programID, n.Owner}
	for _, item := range n.Items {
		about = append(about, item.Key())
	}
	sum := sha256.Sum256([]byte(strings.Join(about, "\n")))
	copy(m.Link.ID[:], sum[:])
	return m
}

func (n Notices) page() noticePage {
	lang := n.Language
	w, ok := noticePhrases[lang]
	if !ok {
		lang, w = cxv1.LanguageEN, noticePhrases[cxv1.LanguageEN]
	}
	p := noticePage{
		noticeWords: w, Lang: string(lang), Organization: n.Organization, Colour: colourOf(n.Colour),
		Greeting: w.Hello + ", " + n.DisplayName, Why: fmt.Sprintf(w.WhyYou, n.Owner),
	}
	if len(n.Items) == 1 {
		p.Subject = oneLine(fmt.Sprintf(w.subjects[n.Items[0].Kind], w.about(n.Items[0].Subject)))
	} else {
		p.Subject = fmt.Sprintf(w.many, len(n.Items))
	}
	for _, item := range n.Items {
		shown := noticeItem{Sentences: n.sentences(item, w)}
		if item.OfferID != "" {
			shown.Command = "kubectl get cxoa " + item.Assignment
			if n.Link != nil {
				shown.Link = n.Link(item)
			}
		}
		p.Linked = p.Linked || shown.Link != ""
		p.Items = append(p.Items, shown)
	}
	return p
}

// about names what a notice is about, e.g. "KPI relationship-nps" or "journey buying / pay".
func (w noticeWords) about(subject cxv1.AssignmentSubject) string {
	text := w.kinds[subject.Kind]
	if subject.Kind != cxv1.SubjectProgram {
		text += " " + string(subject.Name)
	}
	for _, part := range []string{string(subject.Touchpoint), subject.Item} {
		if part != "" {
			text += " / " + part
		}
	}
	return text
}

func (n Notices) sentences(item notice.Notice, w noticeWords) []string {
	about := w.about(item.Subject)
	if item.Kind == notice.Orphaned {
		return []string{fmt.Sprintf(w.orphaned, about, item.Missing)}
	}
	var all []string
	if reminder := w.reminders[item.Kind]; reminder != "" {
		all = append(all, reminder)
	}
	if item.InForce == item.To {
		return append(all, fmt.Sprintf(w.verify, about))
	}
	all = append(all, fmt.Sprintf(w.asks[item.Role], about))
	if item.Terms != "" {
		all = append(all, fmt.Sprintf(w.terms, item.Terms))
	}
	if item.InsteadOf != "" {
		all = append(all, fmt.Sprintf(w.insteadOf, item.InsteadOf))
	}
	return append(append(all, w.meanwhile(item)...), n.until(item, w))
}

// meanwhile says who answers for it until then, in the roles in which that is a question.
func (w noticeWords) meanwhile(item notice.Notice) []string {
	switch {
	case !passesOn(item.Role):
		return nil
	case item.InForce == "":
		return []string{w.nobody}
	}
	return []string{fmt.Sprintf(w.inForce, item.InForce)}
}

func (n Notices) until(item notice.Notice, w noticeWords) string {
	if item.Kind == notice.Overdue {
		return w.overdue
	}
	by := item.DecideBy
	if n.Zone != nil {
		by = by.In(n.Zone)
	}
	sentence := w.by
	if passesOn(item.Role) {
		sentence = w.passesOn
	}
	return fmt.Sprintf(sentence, by.Format(w.day))
}

// passesOn says whether somebody has to hold the role, so that others are asked when one does not decide.
func passesOn(role cxv1.AssignmentRole) bool {
	return role == cxv1.RoleAccountable || role == cxv1.RoleLead || role == cxv1.RoleSponsor
}
