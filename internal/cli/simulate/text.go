// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/simulate"
)

func persona(name string) cxv1.Reference { return cxv1.Reference{Kind: "Persona", Name: name} }

// Text writes a summary, and a calendar by month.
func (r *result) Text(p *kit.Page) {
	p.Title(r.headline(p))
	for _, line := range r.summary(p) {
		p.Wrap("  ", line)
	}
	for month, events := range r.months() {
		p.Title(month)
		for i := range events {
			p.Item("  ", r.when(&events[i])+"   ", r.what(p, &events[i]))
		}
	}
}

// Markdown writes the same as lists.
func (r *result) Markdown(p *kit.Page) {
	p.Line("## %s\n", kit.Escape(r.headline(p)))
	for _, line := range r.summary(p) {
		p.Line("- %s", kit.Escape(line))
	}
	for month, events := range r.months() {
		p.Line("\n### %s\n", month)
		for i := range events {
			p.Line("- %s %s", r.when(&events[i]), kit.Escape(r.what(p, &events[i])))
		}
	}
}

// months are the events by month, in their order.
func (r *result) months() func(yield func(string, []simulate.Event) bool) {
	month := func(e *simulate.Event) string { return e.At.In(r.zone).Format("2006-01") }
	return func(yield func(string, []simulate.Event) bool) {
		for begin := 0; begin < len(r.Events); {
			end := begin
			for end < len(r.Events) && month(&r.Events[end]) == month(&r.Events[begin]) {
				end++
			}
			if !yield(month(&r.Events[begin]), r.Events[begin:end]) {
				return
			}
			begin = end
		}
	}
}

func (r *result) when(e *simulate.Event) string { return e.At.In(r.zone).Format("2006-01-02 15:04") }

func (r *result) headline(p *kit.Page) string {
	return p.T("From %s to %s", "С %s по %s", kit.Day(r.Start, r.zone), kit.Day(r.End, r.zone))
}

func (r *result) summary(p *kit.Page) []string {
	s := r.Summary
	lines := []string{
		p.T("Waves: %d. Contacts made up: %d, of them invited: %d.", "Волн: %d. Условных контактов: %d, из них приглашено: %d.",
			s.Waves, s.People, s.Invited),
		p.T("Invitations: %d; one person got at most %d, %.2f on average. Reminders: %d.",
			"Приглашений: %d; одному человеку самое большее %d, в среднем %.2f. Напоминаний: %d.", s.Invitations, s.Most, s.Mean, s.Reminders),
	}
	if len(s.Skipped) > 0 {
		lines = append(lines, p.T("Not invited: %s.", "Не приглашены: %s.", skipped(p, s.Skipped)))
	}
	if r.Seed != nil {
		lines = append(lines, p.T("Answers, made up with seed %d: %d.", "Ответов (условных, seed %d): %d.", *r.Seed, s.Answers))
	}
	offers := p.T("Offers: %d, not answered in time: %d, of them with nobody to go to: %d.",
		"Предложений: %d, без ответа в срок: %d, из них передавать некому: %d.", s.Offers, s.Lapsed+s.Overdue, s.Overdue)
	if r.Owners == silent {
		offers += p.T(" Nobody answers offers here; --owners accept shows the other extreme.",
			" Здесь никто не отвечает на предложения; --owners accept показывает другую крайность.")
	}
	lines = append(lines, offers, p.T("Stage: %d at the start, %d at the end.", "Этап: %d в начале, %d в конце.", s.StageBefore, s.StageAfter))
	if !r.Evidence {
		lines = append(lines, p.T("No evidence was given: the program begins, and nobody has accepted anything yet.",
			"Журнал не передан: программа начинается с нуля, никто ещё ничего не принял."))
	}
	for _, k := range r.KPIs {
		lines = append(lines, p.T("KPI/%s from made-up answers: %s (%s to %s), n %d.", "KPI/%s по условным ответам: %s (от %s до %s), n %d.",
			k.KPI, k.Value, k.Low, k.High, k.N))
	}
	if len(r.Cut) > 0 {
		lines = append(lines, p.T("More waves than are shown: %s.", "Волн больше, чем показано: %s.", strings.Join(r.Cut, ", ")))
	}
	return lines
}

// reasons are why people are not invited.
var reasons = map[string][2]string{
	audience.SkipContactRule: {"asked too recently", "спрашивали недавно"}, audience.SkipNotSampled: {"not drawn", "не попали в выборку"},
	audience.SkipDeferredExpired: {"the wave closes before they may be written to", "волна закрывается раньше, чем им можно писать"},
}

func skipped(p *kit.Page, counts map[string]int64) string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		words, known := reasons[reason]
		if !known {
			words = [2]string{reason, reason}
		}
		parts = append(parts, fmt.Sprintf("%s %d", p.T(words[0], words[1]), counts[reason]))
	}
	return strings.Join(parts, ", ")
}

// sentences are what happens, in English and Russian, with Who and Names.
var sentences = map[simulate.Kind][2]string{
	simulate.OfferMade:    {"%s is asked to take %s", "%s: предлагается взять %s"},
	simulate.OfferLapses:  {"%s said nothing about %s", "%s: нет ответа о %s"},
	simulate.OfferOverdue: {"%s said nothing, and nobody comes next for %s", "%s: нет ответа, и предложить больше некому: %s"},
	simulate.Accepted:     {"%s accepts %s", "%s: принято %s"},
	simulate.Confirm:      {"%s is asked whether it is still theirs: %s", "%s: нужно подтвердить %s"},
	simulate.Acts:         {"%s acts now for %s", "%s: теперь действует за %s"},
}

// what tells an event in a line.
func (r *result) what(p *kit.Page, e *simulate.Event) string {
	if words, found := sentences[e.Kind]; found {
		return p.T(words[0], words[1], e.Who, names(p, e.Names))
	}
	switch e.Kind {
	case simulate.WaveOpens:
		if e.Count == nil {
			return p.T("%s: a wave opens; the survey invites nobody itself", "%s: волна открыта; сам опрос никого не приглашает", e.Object)
		}
		text := p.T("%s: a wave opens, invited: %d", "%s: волна открыта, приглашено: %d", e.Object, *e.Count)
		if len(e.Skipped) > 0 {
			text += p.T("; not invited: %s", "; не приглашены: %s", skipped(p, e.Skipped))
		}
		if e.Status != "" {
			text += p.T(" (a dry run: nobody is written to)", " (пробный запуск: никому не пишут)")
		}
		return text
	case simulate.WaveCloses:
		return p.T("%s: the wave closes, answers: %d", "%s: волна закрыта, ответов: %d", e.Object, *e.Count)
	case simulate.ReviewDue:
		return p.T("the committee's next review is due", "подошёл срок заседания комитета")
	case simulate.Stage:
		return p.T("stage %s", "этап %s", e.Text)
	case simulate.Criterion:
		return p.T("criterion %s: %s. %s", "критерий %s: %s. %s", e.What, p.Word(e.Status), e.Text)
	}
	return fmt.Sprintf("%s: %s %s. %s", e.Object, e.What, p.Word(e.Status), e.Text)
}

// names lists what is owned; many are counted.
func names(p *kit.Page, names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + p.T(" and %d more", " и ещё %d", len(names)-most)
}
