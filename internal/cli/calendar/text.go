// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"strings"

	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// Text writes a table.
func (r *Result) Text(p *kit.Page) {
	if len(r.Entries) == 0 {
		p.Line("%s", p.T("Nothing comes until %s.", "До %s ничего нет.", kit.Day(r.Until.Time, r.Location)))
		return
	}
	p.Table([]string{p.T("when", "когда"), p.T("what", "что"), p.T("object", "объект"), p.T("who", "кто")}, r.rows(p))
	p.Line("")
	p.Wrap("", p.In(kit.Dim, r.clock(p)))
	r.cuts(p, "")
}

// clock says by which clock times are shown.
func (r *Result) clock(p *kit.Page) string {
	return p.T("Times are those of %s.", "Время: %s.", r.Location)
}

func (r *Result) cuts(p *kit.Page, mark string) {
	for _, cut := range r.Cut {
		p.Wrap("", mark+p.T("Survey %s has more waves after %s: only the first %d are listed.",
			"У опроса %s есть волны и после %s: показаны первые %d.", cut.Survey, kit.Moment(cut.After.Time, r.Location), maxWaves))
	}
}

func (r *Result) rows(p *kit.Page) [][]kit.Cell {
	var rows [][]kit.Cell
	for i := range r.Entries {
		e := &r.Entries[i]
		when := string(e.Day)
		if when == "" {
			when = e.At.In(r.Location).Format("2006-01-02 15:04")
		}
		rows = append(rows, kit.Cells(when, e.what(p), e.about(p), e.who()))
	}
	return rows
}

// what says what happens.
func (e *Entry) what(p *kit.Page) string {
	switch e.Kind {
	case Wave:
		return p.T("wave", "волна опроса")
	case Reminder:
		return p.T("reminder", "напоминание")
	case Closes:
		return p.T("wave closes", "волна закрывается")
	case Decision:
		return p.T("decide by", "решить до")
	case Confirmation:
		return p.T("confirm", "подтвердить")
	case ExemptionEnds:
		return p.T("exemption ends", "исключение кончается")
	case ApprovalEnds:
		return p.T("approval ends", "одобрение кончается")
	case AnswersExpire:
		return p.T("answers expire", "ответы устаревают")
	case Review:
		return p.T("review due", "заседание комитета")
	case FollowUpDue:
		return p.T("answer a customer", "ответить клиенту")
	}
	return p.T("due", "срок")
}

// about says what it is about.
func (e *Entry) about(p *kit.Page) string {
	text := e.Objects[0]
	if more := len(e.Objects) - 1; more > 0 {
		text += p.T(" and %d more", " и ещё %d", more)
	}
	if e.Name != "" {
		text += ": " + e.Name
	}
	return text
}

func (e *Entry) who() string {
	if e.Kind == Closes {
		return ""
	}
	if len(e.Personas) > 0 {
		return named(e.Personas)
	}
	return e.Owner
}

// Markdown writes the same table.
func (r *Result) Markdown(p *kit.Page) {
	p.Line("## %s\n", kit.Escape(p.T("%s: what comes until %s", "%s: календарь до %s", r.Organization, kit.Day(r.Until.Time, r.Location))))
	p.MarkdownTable([]string{p.T("When", "Когда"), p.T("What", "Что"), p.T("Object", "Объект"), p.T("Who", "Кто")}, r.rows(p))
	p.Line("\n%s\n", kit.Escape(r.clock(p)))
	r.cuts(p, "- ")
}

// summary is an entry in one line, for a calendar.
func (e *Entry) summary(p *kit.Page) string {
	text := e.what(p) + ": " + e.about(p)
	if who := e.who(); who != "" {
		text += " (" + who + ")"
	}
	first := []rune(text)[:1]
	return strings.ToUpper(string(first)) + string([]rune(text)[1:])
}
