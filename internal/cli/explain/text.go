// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// Text writes the conditions, and then what is wrong with what would change it.
func (r *Result) Text(p *kit.Page) {
	p.Wrap("", p.In(kit.Bold, r.heading()))
	var rows [][]kit.Cell
	for _, c := range r.Conditions {
		rows = append(rows, []kit.Cell{{Text: c.Type}, {Text: p.Word(string(c.Status)), Tone: c.tone()}, {Text: c.Reason}})
	}
	p.Rows("  ", rows)
	if len(r.Because) == 0 {
		p.Line("")
		p.Line("%s", p.T("Nothing is wrong with it.", "Всё в порядке."))
		return
	}
	p.Title(p.T("Why, and what would change it", "Почему и что это изменит"))
	for _, c := range r.Because {
		c.text(p, r.Object, "  ")
	}
}

func (r *Result) heading() string {
	text := r.Object
	if r.Title != "" {
		text += ": " + r.Title
	}
	if r.Place != "" {
		text += " (" + r.Place + ")"
	}
	return text
}

func (c Condition) tone() kit.Tone {
	good := well(&metav1.Condition{Type: c.Type, Status: c.Status})
	switch {
	case good:
		return kit.Good
	case c.Status == metav1.ConditionUnknown:
		return kit.Doubt
	}
	return kit.Bad
}

// text writes a cause with what it comes from below it. The object is left out where it is the one above.
func (c *Cause) text(p *kit.Page, above, indent string) {
	p.Item(indent, "- ", p.In(kit.Bold, c.head(p, above))+c.rest(p, above))
	if change := c.change(p); change != "" {
		p.Wrap(indent+"  ", p.In(kit.Good, p.T("Change: ", "Что изменит: "))+change)
	}
	for _, below := range c.Because {
		below.text(p, c.Object, indent+"  ")
	}
}

// head says what it is about.
func (c *Cause) head(p *kit.Page, above string) string {
	name := conditionWord(p, c.Condition)
	if c.Status == metav1.ConditionUnknown {
		name = unknownWord(p, c.Condition)
	}
	switch {
	case c.Object == above && name != "":
		return capital(name)
	case c.Object == above && c.Message != "":
		return "" // the message says it all
	case c.Object == above:
		return c.Reason
	case name == "":
		return c.Object
	}
	return c.Object + ": " + name
}

func (c *Cause) rest(p *kit.Page, above string) string {
	text, message := " ("+c.Reason+")", c.Message
	if c.ru != "" {
		message = p.T(c.Message, c.ru)
	}
	switch {
	case c.Object == above && c.Condition == "" && message != "":
		text = message
	case message != "":
		text += ": " + message
	}
	if c.Place != "" && c.Object != above {
		text += " " + p.In(kit.Dim, "["+c.Place+"]")
	}
	return text
}

// change is what would change it, in words.
func (c *Cause) change(p *kit.Page) string {
	words, known := changes[c.Change]
	if !known {
		return ""
	}
	return p.T(words[0], words[1])
}

func capital(text string) string {
	runes := []rune(text)
	return strings.ToUpper(string(runes[:1])) + string(runes[1:])
}

// conditionWords say that a condition is not as it should be, in English and in Russian.
var conditionWords = map[string][2]string{
	cxv1.ConditionReady: {"not ready", "не готово"}, cxv1.ConditionStalled: {"stalled", "остановлено"},
	cxv1.ConditionReconciling: {"in progress", "в процессе"}, cxv1.ConditionOwned: {"not owned", "нет владельца"},
	cxv1.ConditionAccepted: {"not accepted", "не принято"}, cxv1.ConditionVerified: {"not confirmed", "не подтверждено"},
	cxv1.ConditionTargetMet: {"not on target", "цель не достигнута"}, cxv1.ConditionFresh: {"not fresh", "не свежее"},
	cxv1.ConditionAttained: {"not attained", "не достигнута"}, cxv1.ConditionComplete: {"not complete", "не полна"},
	cxv1.ConditionOnSchedule:   {"not on schedule", "не по графику"},
	cxv1.ConditionPhaseReached: {"not where it shall be", "не на нужном этапе"},
	cxv1.ConditionWithinBudget: {"over budget", "сверх бюджета"}, cxv1.ConditionWithinCapacity: {"overloaded", "перегрузка"},
	cxv1.ConditionEvidenceBased: {"rests on no evidence", "без подтверждений"}, cxv1.ConditionReachable: {"not reachable", "недоступны"},
	cxv1.ConditionOwnershipComplete: {"ownership not complete", "не у всего есть владельцы"},
	cxv1.ConditionEvidenceGap:       {"words and deeds differ", "слова и дела расходятся"},
	cxv1.ConditionSending:           {"nothing is sent", "рассылки нет"}, cxv1.ConditionPublished: {"not published", "не опубликовано"},
	cxv1.ConditionAttested: {"not attested", "нет оценки людей"}, cxv1.ConditionMaturityAssessed: {"stage not known", "этап неизвестен"},
	cxv1.ConditionEnforced: {"not enforced", "не защищено"}, cxv1.ConditionNotified: {"not told", "не извещён"},
}

func conditionWord(p *kit.Page, condition string) string {
	if words, known := conditionWords[condition]; known {
		return p.T(words[0], words[1])
	}
	return condition
}

// unknownWords say that it is not known whether a condition is as it should be.
var unknownWords = map[string][2]string{
	cxv1.ConditionTargetMet: {"unknown whether on target", "неизвестно, достигнута ли цель"},
	cxv1.ConditionAttained:  {"unknown whether attained", "неизвестно, достигнута ли"},
	cxv1.ConditionFresh:     {"unknown whether fresh", "неизвестно, свежее ли"},
	cxv1.ConditionAccepted:  {"unknown whether accepted", "неизвестно, принято ли"},
	cxv1.ConditionOwned:     {"unknown whether owned", "неизвестно, есть ли владелец"},
	cxv1.ConditionReady:     {"unknown whether ready", "неизвестно, готово ли"},
}

func unknownWord(p *kit.Page, condition string) string {
	if words, known := unknownWords[condition]; known {
		return p.T(words[0], words[1])
	}
	return condition + " " + p.Word(string(metav1.ConditionUnknown))
}

// Markdown writes a nested list.
func (r *Result) Markdown(p *kit.Page) {
	p.Line("## %s\n", kit.Escape(r.heading()))
	var rows [][]kit.Cell
	for _, c := range r.Conditions {
		rows = append(rows, kit.Cells(c.Type, p.Word(string(c.Status)), c.Reason, c.Message))
	}
	p.MarkdownTable([]string{
		p.T("Condition", "Условие"), p.T("Status", "Статус"), p.T("Reason", "Причина"), p.T("Message", "Сообщение")}, rows)
	if len(r.Because) == 0 {
		return
	}
	p.Line("\n### %s\n", p.T("Why, and what would change it", "Почему и что это изменит"))
	for _, c := range r.Because {
		c.markdown(p, r.Object, "")
	}
}

func (c *Cause) markdown(p *kit.Page, above, indent string) {
	head := kit.Escape(c.head(p, above))
	if head != "" {
		head = "**" + head + "**"
	}
	p.Line("%s- %s%s", indent, head, kit.Escape(c.rest(p, above)))
	if change := c.change(p); change != "" {
		p.Line("%s  %s%s", indent, p.T("Change: ", "Что изменит: "), kit.Escape(change))
	}
	for _, below := range c.Because {
		below.markdown(p, c.Object, indent+"  ")
	}
}
