// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package owners

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// maxListed is how many assignments are listed below the table of all owners; one owner's are listed all.
const maxListed = 12

// Text writes the owners, and then what is amiss or waited for.
func (r *Result) Text(p *kit.Page) {
	if r.one {
		r.card(p)
	} else {
		p.Table(r.head(p), r.rows(p))
	}
	if len(r.Vacant) > 0 {
		p.Title(p.T("Nobody answers for", "Никто не отвечает за"))
		p.Rows("  ", r.vacancies(p))
	}
	r.assignments(p)
}

// card is what there is to say about one owner.
func (r *Result) card(p *kit.Page) {
	o := &r.Owners[0]
	title := o.Name
	if o.DisplayName != "" {
		title += ": " + o.DisplayName
	}
	p.Wrap("", p.In(kit.Bold, title))
	head, row := r.head(p), r.row(p, o)
	for i := 1; i < len(head); i++ {
		if row[i].Text != "" {
			p.Line("  %s: %s", head[i], p.In(row[i].Tone, row[i].Text))
		}
	}
}

func (r *Result) head(p *kit.Page) []string {
	return []string{p.T("owner", "владелец"), p.T("answers for", "отвечает"), p.T("roles", "роли"), p.T("asked", "ждём решения"),
		p.T("since", "с"), p.T("note", "примечание")}
}

func (r *Result) rows(p *kit.Page) [][]kit.Cell {
	var rows [][]kit.Cell
	for i := range r.Owners {
		rows = append(rows, r.row(p, &r.Owners[i]))
	}
	return rows
}

func (r *Result) row(p *kit.Page, o *Owner) []kit.Cell {
	answers := kit.Cell{Text: fmt.Sprint(o.Accountable)}
	if o.Limit != nil {
		answers.Text = p.T("%d of %d", "%d из %d", o.Accountable, *o.Limit)
	}
	if o.Overloaded {
		answers.Tone = kit.Bad
	}
	asked := kit.Cell{Text: fmt.Sprint(o.Pending)}
	if o.Pending > 0 {
		asked.Tone = kit.Doubt
	}
	return []kit.Cell{{Text: o.Name}, answers, {Text: fmt.Sprint(o.Roles)}, asked, {Text: r.day(o.PendingSince)}, o.note(p, r)}
}

func (r *Result) day(at *metav1.Time) string {
	if at == nil {
		return ""
	}
	return kit.Day(at.Time, r.Location)
}

// note says what is out of the ordinary about an owner.
func (o *Owner) note(p *kit.Page, r *Result) kit.Cell {
	var notes []string
	tone := kit.Plain
	add := func(t kit.Tone, text string) { notes, tone = append(notes, text), t }
	if o.Acting != "" {
		add(kit.Doubt, p.T("away until %s, %s acts", "нет до %s, замещает %s", r.day(o.ActingUntil), o.Acting))
	}
	switch {
	case o.State == "Missing":
		add(kit.Bad, p.T("there is no such Owner", "такого Owner нет"))
	case o.State == string(cxv1.OwnerLeft):
		add(kit.Bad, p.T("left", "больше не работает"))
	}
	if o.Overloaded {
		add(kit.Bad, p.T("overloaded", "перегрузка"))
	}
	if o.Orphaned > 0 {
		add(kit.Bad, p.T("orphaned: %d", "без владельца: %d", o.Orphaned))
	}
	return kit.Cell{Text: strings.Join(notes, "; "), Tone: tone}
}

func (r *Result) vacancies(p *kit.Page) [][]kit.Cell {
	var rows [][]kit.Cell
	for _, v := range r.Vacant {
		next := ""
		switch {
		case v.WaitsFor != "":
			next = p.T("%s is asked", "спрошен %s", v.WaitsFor)
		case v.Suggested != "":
			next = p.T("name somebody, e.g. %s", "назовите владельца, например %s", v.Suggested)
		default:
			next = p.T("name somebody", "назовите владельца")
		}
		rows = append(rows, []kit.Cell{{Text: v.Subject}, {Text: p.Word(string(v.Role))}, {Text: v.why(p), Tone: kit.Bad}, {Text: next}})
	}
	return rows
}

func (v Vacancy) why(p *kit.Page) string {
	switch v.Reason {
	case cxv1.ReasonNoOwner:
		return p.T("names no owner", "владелец не указан")
	case cxv1.ReasonOwnerLeft:
		return p.T("%s left", "%s больше не работает", v.Named)
	case cxv1.ReasonOwnerNotFound:
		return p.T("no Owner %s", "нет Owner %s", v.Named)
	case cxv1.ReasonUndecided:
		return p.T("nobody decided", "никто не решил")
	}
	return p.T("declined", "отказ")
}

func (r *Result) assignments(p *kit.Page) {
	if len(r.Assignments) == 0 {
		return
	}
	most := len(r.Assignments)
	if r.one {
		p.Title(p.T("Theirs, or offered to them", "Закреплено или предложено"))
	} else {
		p.Title(p.T("Waited for, and what happens next", "Чего ждём и что будет дальше"))
		most = min(most, maxListed)
	}
	p.Rows("  ", r.listed(p, most))
	if n := len(r.Assignments) - most; n > 0 {
		p.Line("  %s", p.In(kit.Dim, p.T("and %d more: kubectl cx owners NAME, or -o json", "и ещё %d: kubectl cx owners NAME или -o json", n)))
	}
}

func (r *Result) listed(p *kit.Page, most int) [][]kit.Cell {
	var rows [][]kit.Cell
	for _, a := range r.Assignments[:most] {
		rows = append(rows, []kit.Cell{{Text: a.Subject}, {Text: p.Word(string(a.Role))}, a.state(p, r), {Text: a.next(p)}})
	}
	return rows
}

func (a Assignment) state(p *kit.Page, r *Result) kit.Cell {
	since := ""
	if a.OfferedAt != nil {
		since = p.T(" since ", " с ") + r.day(a.OfferedAt)
	}
	switch {
	case a.WaitsFor != "" && a.Owner == "":
		return kit.Cell{Text: p.T("%s is asked", "ждём ответа: %s", a.WaitsFor) + since, Tone: kit.Doubt}
	case a.WaitsFor != "" && a.WaitsFor != a.Owner:
		return kit.Cell{Text: p.T("%s hands over to %s", "%s передаёт, ждём ответа: %s", a.Owner, a.WaitsFor) + since, Tone: kit.Doubt}
	case a.WaitsFor != "":
		return kit.Cell{Text: p.T("%s confirms", "%s подтверждает", a.WaitsFor) + since, Tone: kit.Doubt}
	case a.Acting != "":
		return kit.Cell{Text: p.T("%s, %s acts", "%s, замещает %s", a.Owner, a.Acting)}
	case a.Owner != "":
		return kit.Cell{Text: a.Owner}
	}
	return kit.Cell{Text: p.Word(string(a.Phase)), Tone: kit.Bad}
}

// next is what the operator says will happen; in Russian its English words are translated.
func (a Assignment) next(p *kit.Page) string {
	if p.Lang != cxv1.LanguageRU {
		return a.Next
	}
	for _, words := range nextWords {
		if rest, found := strings.CutPrefix(a.Next, words[0]); found {
			return words[1] + rest
		}
	}
	return strings.Replace(a.Next, " acts ", " замещает ", 1)
}

// nextWords are the beginnings of what happens next, as internal/ownership says it.
var nextWords = [][2]string{
	{"to be confirmed ", "подтвердить "}, {"to ", "перейдёт к "}, {"stays ", "останется "}, {"overdue ", "срок "}, {"back ", "вернётся "},
}

// Markdown writes tables.
func (r *Result) Markdown(p *kit.Page) {
	p.Line("## %s\n", p.T("Owners", "Владельцы"))
	p.MarkdownTable(titled(r.head(p)), r.rows(p))
	if len(r.Vacant) > 0 {
		p.Line("\n### %s\n", p.T("Nobody answers for", "Никто не отвечает за"))
		p.MarkdownTable([]string{p.T("Subject", "Что"), p.T("Role", "Роль"), p.T("Why", "Почему"), p.T("Next", "Дальше")}, r.vacancies(p))
	}
	if len(r.Assignments) > 0 {
		p.Line("\n### %s\n", p.T("Assignments", "Назначения"))
		p.MarkdownTable([]string{p.T("Subject", "Что"), p.T("Role", "Роль"), p.T("State", "Состояние"), p.T("Next", "Дальше")},
			r.listed(p, len(r.Assignments)))
	}
}

// titled begins headings with a capital letter.
func titled(head []string) []string {
	out := make([]string, len(head))
	for i, text := range head {
		first, rest := []rune(text)[:1], []rune(text)[1:]
		out[i] = strings.ToUpper(string(first)) + string(rest)
	}
	return out
}
