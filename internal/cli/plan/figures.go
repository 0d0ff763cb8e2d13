// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"strings"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/plan"
)

// schedule says that one became another; a survey that comes or goes has none on one side.
func (w writer) schedule(before, after string) string {
	switch {
	case after == "":
		return w.p.T(" It has no schedule any more, was “%s”.", " Расписания больше нет, было «%s».", before)
	case before == "":
		return w.p.T(" Schedule “%s”, was none.", " Расписание «%s», раньше не было.", after)
	}
	return w.p.T(" Schedule “%s”, was “%s”.", " Расписание «%s», было «%s».", after, before)
}

func (w writer) waves() section {
	s := section{title: w.p.T("Waves of the next 90 days", "Волны ближайших 90 дней")}
	for _, c := range w.Waves {
		line := w.p.T("%s: %s waves, were %s; the next one %s, was %s.", "%s: волн %s, было %s; ближайшая %s, была %s.", c.Survey,
			count(c.Count.After, c.More.After), count(c.Count.Before, c.More.Before), w.moment(c.Next.After), w.moment(c.Next.Before))
		if c.Schedule.Before != c.Schedule.After {
			line += w.schedule(c.Schedule.Before, c.Schedule.After)
		}
		if len(c.Moved) > 0 {
			line += w.p.T(" Moved: %s.", " Сдвигаются: %s.", w.moved(c.Moved))
		}
		if len(c.Appear) > 0 {
			line += w.p.T(" New: %s.", " Новые: %s.", w.moments(c.Appear))
		}
		if len(c.Disappear) > 0 {
			line += w.p.T(" Gone: %s.", " Исчезают: %s.", w.moments(c.Disappear))
		}
		if r := c.Reminders; r != nil {
			line += w.p.T(" Reminders after: %s, was: %s.", " Напоминания через: %s, было: %s.", w.durations(r.After), w.durations(r.Before))
		}
		s.lines = append(s.lines, line)
	}
	return s
}

func count(n int, more bool) string {
	if more {
		return fmt.Sprintf("%d+", n)
	}
	return fmt.Sprint(n)
}

func (w writer) moved(moved []plan.Change[time.Time]) string {
	texts := make([]string, len(moved))
	for i, m := range moved {
		texts[i] = kit.Moment(m.Before, w.zone) + " → " + kit.Moment(m.After, w.zone)
	}
	const most = 3
	if len(texts) > most {
		return strings.Join(texts[:most], ", ") + w.p.T(" and %d more", " и ещё %d", len(texts)-most)
	}
	return strings.Join(texts, ", ")
}

func (w writer) durations(list []cxv1.Duration) string {
	if len(list) == 0 {
		return w.p.T("none", "нет")
	}
	texts := make([]string, len(list))
	for i, d := range list {
		texts[i] = string(d)
	}
	return strings.Join(texts, ", ")
}

func (w writer) load() section {
	s := section{
		title: w.p.T("How often one person is asked, at most", "Как часто спрашивают одного человека, самое большее"),
		head: []string{w.p.T("persona", "персона"), w.p.T("days", "дней"), w.p.T("waves", "волн"), w.p.T("invitations", "приглашений"),
			w.p.T("reminders", "напоминаний"), w.p.T("rules allow", "правила разрешают")},
	}
	if c := w.ContactRules; c != nil {
		s.lines = append(s.lines, w.p.T("Contact rules: %s; were: %s.", "Правила контактов: %s; были: %s.", w.rules(c.After), w.rules(c.Before)))
	}
	for _, l := range w.Load {
		for _, row := range []struct {
			days string
			load plan.Change[plan.Load]
		}{{"30", l.Days30}, {"90", l.Days90}} {
			b, a := row.load.Before, row.load.After
			s.rows = append(s.rows, []string{l.Persona, row.days, turned(b.Waves, a.Waves), turned(b.Invitations, a.Invitations),
				turned(b.Reminders, a.Reminders), turned(b.Allowed, a.Allowed)})
		}
	}
	if len(s.rows) > 0 {
		s.lines = append(s.lines, w.p.T("How many people that is depends on the contacts, which are not in the files: unknown.",
			"Сколько это людей, зависит от списка контактов, которого в файлах нет: неизвестно."))
	}
	return s
}

func (w writer) rules(rules []string) string {
	if len(rules) == 0 {
		return w.p.T("none", "нет")
	}
	return strings.Join(rules, "; ")
}

// turned shows a number on both sides.
func turned(before, after int) string {
	if before == after {
		return fmt.Sprint(after)
	}
	return fmt.Sprintf("%d → %d", before, after)
}

func (w writer) terms() section {
	s := section{title: w.p.T("On which terms people are asked", "На каких условиях спрашивают")}
	for _, t := range w.Terms {
		line := w.p.T("%s: %s is %s, was %s.", "%s: %s — %s, было %s.", t.Survey, t.Field, w.value(t.After), w.value(t.Before))
		if t.Weaker {
			line += w.p.T(" People are promised less than before.", " Людям обещано меньше, чем прежде.")
		}
		s.lines = append(s.lines, line)
	}
	return s
}

// value shows a JSON value, shortened.
func (w writer) value(text string) string {
	const most = 120
	if text == "" {
		return w.p.T("not set", "не задано")
	}
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return strings.Trim(text, `"`)
}

func (w writer) questionnaires() section {
	s := section{title: w.p.T("What is asked", "О чём спрашивают")}
	for _, q := range w.Questionnaires {
		line := q.Survey + ":"
		line += w.named([]named{
			{" new %s;", " новые %s;", q.Added}, {" gone %s;", " удалены %s;", q.Removed},
			{" other words or answers in %s;", " изменены %s;", q.Changed},
		})
		if q.Reordered {
			line += w.p.T(" another order;", " другой порядок;")
		}
		if q.BreaksTrend {
			line += w.p.T(" the trend breaks, as figures before and after do not compare.", " тренд прерывается: значения до и после не сравнимы.")
		} else {
			line += w.p.T(" figures before and after still compare.", " значения до и после сравнимы.")
		}
		s.lines = append(s.lines, line)
	}
	return s
}

func (w writer) kpis() section {
	s := section{title: w.p.T("How KPIs are measured", "Как измеряются показатели")}
	for _, k := range w.KPIs {
		line := w.p.T("%s: %s, was %s", "%s: %s, было %s", k.KPI, k.Measured.After, k.Measured.Before)
		if len(k.Fields) > 0 {
			line += " (" + w.list(k.Fields) + ")"
		}
		if k.BreaksTrend {
			line += w.p.T("; the trend breaks", "; тренд прерывается")
		}
		s.lines = append(s.lines, line+".")
	}
	return s
}

func (w writer) targets() section {
	s := section{title: w.p.T("Targets", "Цели показателей и сроки")}
	for _, t := range w.Targets {
		line := w.p.T("%s %s: %s, was %s", "%s %s: %s, было %s", t.Object, t.What, w.value(t.After), w.value(t.Before))
		if t.Met != nil && t.Met.Before != t.Met.After {
			line += w.p.T("; met: %s, was %s", "; достигнуто: %s, было: %s", w.p.Word(t.Met.After), w.p.Word(t.Met.Before))
		}
		s.lines = append(s.lines, line+".")
	}
	return s
}

func (w writer) stage() section {
	s := section{title: w.p.T("Stage and criteria", "Этап и критерии")}
	if c := w.Stage; c != nil {
		for _, row := range []struct {
			en, ru string
			text   plan.Change[string]
		}{
			{"Stage: %s, was %s.", "Этап: %s, был %s.", c.Name}, {"Required criteria of the next stage that are met: %s, were %s.",
				"Выполнено обязательных критериев следующего этапа: %s, было %s.", c.Progress},
			{"Weakest competency: %s, was %s.", "Самая слабая компетенция: %s, была %s.", c.Weakest},
		} {
			if row.text.Before != row.text.After {
				s.lines = append(s.lines, w.p.T(row.en, row.ru, w.value(w.p.Word(row.text.After)), w.value(w.p.Word(row.text.Before))))
			}
		}
		if at := c.KeptUntil.After; at != nil && c.KeptUntil.Before == nil {
			s.lines = append(s.lines, w.p.T("The stage is not earned any more and is lost on %s.", "Этап больше не подтверждён и будет потерян %s.",
				kit.Day(*at, w.zone)))
		}
	}
	for _, c := range w.Criteria {
		s.lines = append(s.lines, w.p.T("%s: %s, was %s. %s", "%s: %s, было %s. %s", c.ID, w.p.Word(string(c.Result.After)),
			w.p.Word(string(c.Result.Before)), c.Message))
	}
	return s
}

func (w writer) nextSteps() section {
	s := section{title: w.p.T("Next steps", "Следующие шаги")}
	for _, step := range w.NextSteps.Added {
		s.lines = append(s.lines, w.p.T("New: %s. %s", "Новый: %s. %s", strings.TrimSuffix(step.Missing, "."), step.Do))
	}
	if len(w.NextSteps.Done) > 0 {
		s.lines = append(s.lines, w.p.T("No longer asked for: %s.", "Больше не требуется: %s.", w.list(w.NextSteps.Done)))
	}
	return s
}

func (w writer) readiness() section {
	s := section{title: w.p.T("What begins or ceases to be right", "Что становится верным или неверным")}
	for _, r := range w.Readiness {
		if r.Ready {
			s.lines = append(s.lines, w.p.T("%s is right now.", "%s теперь в порядке.", r.Object))
			continue
		}
		s.lines = append(s.lines, w.p.T("%s is not Ready: %s", "%s не готов (Ready): %s", r.Object, r.Message))
	}
	return s
}
