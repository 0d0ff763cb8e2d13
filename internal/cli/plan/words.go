// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/plan"
)

func (w writer) headline() string {
	o := w.Objects
	if !w.Changes {
		return w.p.T("Plan: nothing changes", "План: ничего не меняется")
	}
	return w.p.T("Plan: objects changed %d, added %d, removed %d", "План: объектов изменено %d, добавлено %d, удалено %d",
		len(o.Changed), len(o.Added), len(o.Removed))
}

// notes say what was compared, and what nobody knows.
func (w writer) notes() []string {
	notes := []string{w.p.T("From %s to %s, judged as of %s.", "С %s на %s, на момент %s.", w.From, w.To, kit.Moment(w.Now, w.zone))}
	if !w.Evidence {
		notes = append(notes, w.p.T("No evidence was given: who accepted what, what was answered and since when something is so is unknown. "+
			"Who is in force is not shown, and criteria that rest on it are unknown.",
			"Журнал не передан: кто что принял, кто что ответил и с какого времени что-то верно, неизвестно. Действующие владельцы "+
				"не показаны, критерии, которые от них зависят, неизвестны."))
	}
	return notes
}

// somebody names an owner, or says that there is none.
func (w writer) somebody(owner string) string {
	if owner == "" {
		return w.p.T("nobody", "никто")
	}
	return owner
}

// named is a part of a sentence about names, which is left out when there are none.
type named struct {
	en, ru string
	names  []string
}

func (w writer) named(parts []named) (line string) {
	for _, part := range parts {
		if len(part.names) > 0 {
			line += w.p.T(part.en, part.ru, w.list(part.names))
		}
	}
	return line
}

func (w writer) approvers() section {
	s := section{title: w.p.T("Who has to agree", "Кто должен согласиться")}
	for _, a := range w.Approvers {
		line := a.Owner + ":"
		line += w.named([]named{
			{" answers for %s;", " отвечает за %s;", a.AnswersFor}, {" is asked to accept %s;", " должен принять %s;", a.Accepts},
			{" is asked to approve %s;", " должен утвердить %s;", a.Approves},
		})
		s.lines = append(s.lines, line[:len(line)-1])
	}
	return s
}

func (w writer) owners() section {
	s := section{title: w.p.T("Who gains and loses what", "Кто что получает и теряет")}
	for _, o := range w.Owners {
		line := o.Owner + ":"
		line += w.named([]named{
			{" asked to take %s;", " предлагается взять %s;", o.Asked}, {" takes at once %s;", " сразу берёт %s;", o.Gains},
			{" keeps until somebody else accepts %s;", " оставляет за собой, пока не примет другой, %s;", o.Keeps},
			{" loses %s;", " больше не отвечает за %s;", o.Loses},
			{" is no longer asked for %s;", " больше не предлагается %s;", o.Withdrawn},
		})
		if o.Accountable != nil {
			line += w.p.T(" accountable for %d, then %d, %d once all have accepted;", " отвечает за %d, затем за %d, когда все примут — за %d;",
				o.Accountable.Before, o.Accountable.After, *o.IfAccepted)
		}
		if o.Overloaded {
			line += w.p.T(" that is more than %d;", " это больше, чем %d;", *o.Limit)
		}
		s.lines = append(s.lines, line[:len(line)-1])
	}
	return s
}

// effects are what happens to something owned.
var effects = map[plan.Effect][2]string{
	plan.Handover: {"is handed over", "передаётся"}, plan.Asked: {"an owner is asked", "владельцу предлагается"},
	plan.Takes: {"is taken at once", "сразу переходит"}, plan.Ends: {"ends", "прекращается"},
	plan.Withdrawn: {"the offer is withdrawn", "предложение отозвано"},
	plan.Vacant:    {"nobody answers for it and nobody is asked", "никто не отвечает, и никому не предложено"},
}

func (w writer) assignments() section {
	s := section{title: w.p.T("Handovers and offers", "Передачи и предложения")}
	for _, a := range w.Assignments {
		words := effects[a.Effect]
		line := fmt.Sprintf("%s (%s): %s.", a.Subject, w.p.Word(string(a.Role)), w.p.T(words[0], words[1]))
		if a.Named.Before != a.Named.After {
			line += w.p.T(" Named: %s, was %s.", " Указано: %s, было: %s.", w.somebody(a.Named.After), w.somebody(a.Named.Before))
		}
		switch {
		case a.InForce == nil:
		case a.Effect == plan.Handover:
			line += w.p.T(" %s stays until then.", " До тех пор отвечает %s.", a.InForce.After)
		case a.InForce.Before != a.InForce.After:
			line += w.p.T(" In force: %s, was %s.", " Действует: %s, было: %s.", w.somebody(a.InForce.After), w.somebody(a.InForce.Before))
		}
		s.lines = append(s.lines, line+w.turns(a))
	}
	return s
}

// turns say who is asked, and what happens if they do not answer.
func (w writer) turns(a plan.Assignment) string {
	text := ""
	for i, turn := range a.Asked {
		until := kit.Day(turn.Until, w.zone)
		switch i {
		case 0:
			text += w.p.T(" %s must accept by %s", " %s должен принять до %s", turn.Owner, until)
		default:
			text += w.p.T("; without an answer %s is asked, until %s", "; без ответа предлагается %s, до %s", turn.Owner, until)
		}
	}
	switch {
	case text == "":
		return ""
	case a.Finally == nil:
		return text + w.p.T("; what follows without an answer depends on who has it now, which is unknown.",
			"; что будет без ответа, зависит от того, за кем это сейчас: неизвестно.")
	case *a.Finally == "":
		return text + w.p.T("; then nobody answers for it.", "; затем никто за это не отвечает.")
	}
	return text + w.p.T("; then it stays with %s.", "; затем остаётся за %s.", *a.Finally)
}

func (w writer) approvals() section {
	s := section{title: w.p.T("Approvals to be asked for", "Что нужно утвердить")}
	for _, a := range w.Approvals {
		line := w.p.T("%s: %s is asked for “%s”", "%s: %s должен утвердить «%s»", a.Subject, a.Approver, a.Terms.After)
		if a.Terms.Before != "" {
			line += w.p.T(", it was “%s”", ", было «%s»", a.Terms.Before)
		}
		if a.Lost != nil && *a.Lost {
			line += w.p.T("; the approval there is does not cover that", "; прежнее утверждение на это не распространяется")
		}
		s.lines = append(s.lines, line)
	}
	return s
}

func (w writer) coverage() section {
	s := section{title: w.p.T("Owners: coverage", "Владельцы: покрытие")}
	c := w.Coverage
	if c == nil {
		return s
	}
	for _, row := range []struct {
		en, ru string
		counts *plan.Change[int32]
	}{
		{"Subjects: %d, were %d.", "Всего: %d, было %d.", &c.Subjects},
		{"With an owner in force: %d, were %d.", "С действующим владельцем: %d, было %d.", c.Owned},
		{"Accepted: %d, were %d.", "Принято: %d, было %d.", c.Accepted},
		{"Waiting for a decision: %d, were %d.", "Ждут решения: %d, было %d.", c.Pending},
		{"Naming nobody: %d, were %d.", "Никто не указан: %d, было %d.", &c.Unowned},
		{"Orphaned: %d, were %d.", "Без владельца: %d, было %d.", &c.Orphaned},
	} {
		if row.counts != nil && row.counts.Before != row.counts.After {
			s.lines = append(s.lines, w.p.T(row.en, row.ru, row.counts.After, row.counts.Before))
		}
	}
	if names := gapNames(c.Opened); len(names) > 0 {
		s.lines = append(s.lines, w.p.T("Gaps opened: %s.", "Новые пробелы: %s.", w.list(names)))
	}
	if names := gapNames(c.Closed); len(names) > 0 {
		s.lines = append(s.lines, w.p.T("Gaps closed: %s.", "Закрытые пробелы: %s.", w.list(names)))
	}
	return s
}

func gapNames(gaps []plan.Gap) []string {
	names := make([]string, len(gaps))
	for i, gap := range gaps {
		names[i] = gap.Subject + " (" + gap.Why + ")"
	}
	return names
}

// moment writes an instant, or that there is none.
func (w writer) moment(at *time.Time) string {
	if at == nil {
		return w.p.T("none", "нет")
	}
	return kit.Moment(*at, w.zone)
}

func (w writer) moments(times []time.Time) string {
	texts := make([]string, len(times))
	for i := range times {
		texts[i] = kit.Moment(times[i], w.zone)
	}
	const most = 6
	if len(texts) > most {
		return w.list(texts[:most]) + w.p.T(" and %d more", " и ещё %d", len(texts)-most)
	}
	return w.list(texts)
}

func (w writer) objects() section {
	s := section{title: w.p.T("Objects", "Объекты")}
	for _, changed := range w.Objects.Changed {
		s.lines = append(s.lines, changed.Object+": "+w.list(changed.Fields))
	}
	slices.Sort(s.lines)
	for _, added := range w.Objects.Added {
		s.lines = append(s.lines, w.p.T("%s is added", "%s добавляется", added))
	}
	for _, removed := range w.Objects.Removed {
		s.lines = append(s.lines, w.p.T("%s is removed", "%s удаляется", removed))
	}
	return s
}
