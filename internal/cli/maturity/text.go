// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"fmt"
	"strings"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// Text writes a block for each competency.
func (r *Result) Text(p *kit.Page) {
	p.Wrap("", p.In(kit.Bold, r.title(p)))
	if line := r.stages(p); line != "" {
		p.Wrap("", line)
	}
	if r.Evidence == "Unknown" {
		p.Wrap("", p.In(kit.Doubt, blind(p)))
	}
	r.list(p, p.T("Signs of this stage", "Признаки этапа"), r.Signs)
	for _, c := range r.Competencies {
		p.Title(c.title(p))
		for i := range c.Criteria {
			c.Criteria[i].text(p, r.Stage != nil)
		}
	}
	r.list(p, p.T("How others left this stage", "Как выходят с этого этапа"), r.Advice)
}

func (r *Result) list(p *kit.Page, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	p.Title(title)
	for _, line := range lines {
		p.Item("  ", "- ", line)
	}
}

func (r *Result) title(p *kit.Page) string {
	if r.Stage == nil {
		return p.T("%s: %s, profile %s", "%s: %s, профиль %s", r.Organization, r.Framework, r.Profile)
	}
	return p.T("%s: stage %d %s (%s, profile %s)", "%s: этап %d %s (%s, профиль %s)",
		r.Organization, *r.Stage, r.StageName, r.Framework, r.Profile)
}

func (r *Result) stages(p *kit.Page) string {
	var parts []string
	if r.ObservedStage != nil {
		parts = append(parts, p.T("Objects show stage %d.", "По объектам: этап %d.", *r.ObservedStage))
	}
	if r.AttestedStage != nil {
		parts = append(parts, p.T("People attest stage %d.", "По опросу людей: этап %d.", *r.AttestedStage))
	}
	if c := r.Counts; c != nil {
		parts = append(parts, p.T("Criteria: %d met, %d not, %d unknown, %d exempt.",
			"Критерии: выполнено %d, не выполнено %d, неизвестно %d, исключений %d.", c.Met, c.Unmet, c.Unknown, c.Exempted))
	}
	return strings.Join(parts, " ")
}

func blind(p *kit.Page) string {
	return p.T("No evidence was given: what only the operator's store knows is unknown here, see --evidence.",
		"Журнал не передан (--evidence): что знает только хранилище оператора, здесь неизвестно.")
}

func (c Competency) title(p *kit.Page) string {
	if c.Level == nil {
		return p.Word(c.Name)
	}
	return p.T("%s: level %d", "%s: уровень %d", p.Word(c.Name), *c.Level)
}

// textIndent is where the criterion's name begins.
const textIndent = "    "

func (c *Criterion) text(p *kit.Page, staged bool) {
	if c.Result == cxv1.OutcomeNotApplicable {
		return
	}
	number := ""
	if staged {
		number = fmt.Sprintf("%d ", c.Stage)
	}
	p.Item("  ", number, p.In(kit.Bold, c.name())+" ("+c.ID+"): "+p.In(c.tone(), p.Word(string(c.Result)))+p.In(kit.Dim, c.notes(p)))
	if c.Message != "" {
		p.Wrap(textIndent, c.Message)
	}
	if len(c.Objects) > 0 {
		p.Wrap(textIndent, p.In(kit.Dim, p.T("Evidence: ", "На чём основано: ")+c.objects(p)))
	}
	if c.Do != "" {
		p.Wrap(textIndent, p.T("Do: ", "Что делать: ")+c.Do)
	}
}

func (c *Criterion) name() string {
	if c.Title == "" {
		return c.ID
	}
	return c.Title
}

// notes are the weight, where it is not the usual one, and the grade of evidence.
func (c *Criterion) notes(p *kit.Page) string {
	notes := ""
	if c.Grade != "" {
		notes = ", " + p.Word(string(c.Grade))
	}
	if c.Weight == cxv1.CriterionAdvisory {
		notes += ", " + p.T("advisory", "рекомендация")
	}
	return notes
}

func (c *Criterion) objects(p *kit.Page) string {
	text := strings.Join(c.Objects, ", ")
	if c.ObjectsMore > 0 {
		text += p.T(" and %d more", " и ещё %d", c.ObjectsMore)
	}
	return text
}

func (c *Criterion) tone() kit.Tone {
	switch c.Result {
	case cxv1.OutcomeTrue:
		return kit.Good
	case cxv1.OutcomeFalse:
		return kit.Bad
	default:
		return kit.Doubt
	}
}

// Markdown writes a table for each competency.
func (r *Result) Markdown(p *kit.Page) {
	p.Line("## %s", kit.Escape(r.title(p)))
	if line := r.stages(p); line != "" {
		p.Line("\n%s", kit.Escape(line))
	}
	if r.Evidence == "Unknown" {
		p.Line("\n> %s", kit.Escape(blind(p)))
	}
	head := []string{p.T("Stage", "Этап"), p.T("Criterion", "Критерий"), p.T("Result", "Итог"), p.T("Evidence", "Основание"),
		p.T("Why", "Почему"), p.T("Do", "Что делать")}
	for _, competency := range r.Competencies {
		p.Line("\n### %s\n", kit.Escape(competency.title(p)))
		var rows [][]kit.Cell
		for i := range competency.Criteria {
			c := &competency.Criteria[i]
			if c.Result == cxv1.OutcomeNotApplicable {
				continue
			}
			evidence := strings.TrimPrefix(c.notes(p), ", ")
			if len(c.Objects) > 0 {
				evidence += ": " + c.objects(p)
			}
			rows = append(rows, kit.Cells(fmt.Sprint(c.Stage), c.name()+" ("+c.ID+")", p.Word(string(c.Result)), evidence, c.Message, c.Do))
		}
		p.MarkdownTable(head, rows)
	}
}
