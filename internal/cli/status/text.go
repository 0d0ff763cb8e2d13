// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"strings"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// How much of each list fits on one screen. The rest is counted, with the verb that shows it.
const (
	maxSteps     = 4
	maxOverdue   = 5
	maxWaves     = 4
	maxAttention = 4
)

// Text writes one screen.
func (r *Result) Text(p *kit.Page) {
	r.head(p)
	r.steps(p)
	r.late(p)
	r.asked(p)
	r.attention(p)
	r.foot(p)
}

func (r *Result) head(p *kit.Page) {
	p.Wrap("", p.In(kit.Bold, r.title(p)))
	if progress := r.progress(p); progress != "" {
		p.Wrap("", progress)
	}
	if levels := r.levels(p); levels != "" {
		p.Wrap("", levels)
	}
	if r.Evidence == EvidenceUnknown {
		p.Wrap("", p.In(kit.Doubt, r.blind(p)))
	}
}

func (r *Result) title(p *kit.Page) string {
	if r.Stage == nil {
		return p.T("%s: no stage", "%s: этапа нет", r.Organization)
	}
	return p.T("%s: stage %d %s", "%s: этап %d %s", r.Organization, r.Stage.Number, r.Stage.Name)
}

func (r *Result) progress(p *kit.Page) string {
	var parts []string
	met, of, _ := strings.Cut(r.Progress, "/")
	switch {
	case r.Progress == "":
	case r.Stage == nil:
		parts = append(parts, p.T("%s of %s required criteria are met.", "Выполнено обязательных критериев: %s из %s.", met, of))
	case r.Stage.Next != "":
		parts = append(parts, p.T("%s of %s required criteria of stage %d %s are met.",
			"Выполнено обязательных критериев: %s из %s для этапа %d %s.", met, of, r.Stage.Number+1, r.Stage.Next))
	}
	if r.Weakest != "" {
		parts = append(parts, p.T("Weakest competency: %s.", "Самая слабая компетенция: %s.", p.Word(r.Weakest)))
	}
	if r.Stage != nil && r.Stage.KeptUntil != nil {
		parts = append(parts, p.T("The stage is lost on %s unless it is shown again.", "Этап будет потерян %s, если его не подтвердить.",
			kit.Day(r.Stage.KeptUntil.Time, r.zone)))
	}
	if r.Stage == nil && r.Message != "" {
		parts = append(parts, r.Message)
	}
	return strings.Join(parts, " ")
}

func (r *Result) levels(p *kit.Page) string {
	var levels []string
	for _, c := range r.Competencies {
		levels = append(levels, fmt.Sprintf("%s %d", p.Word(c.Name), c.Level))
	}
	if len(levels) == 0 {
		return ""
	}
	return p.T("Levels: ", "Уровни: ") + strings.Join(levels, ", ")
}

func (r *Result) blind(p *kit.Page) string {
	return p.T("No evidence was given: who accepted, what was answered and since when is not known here, see --evidence.",
		"Журнал не передан (--evidence): кто принял назначения, кто ответил и с какого времени, здесь неизвестно.")
}

// steps says what holds the program down, and what would help.
func (r *Result) steps(p *kit.Page) {
	if len(r.Missing) == 0 {
		return
	}
	p.Title(r.missingTitle(p))
	do := r.advice()
	for i, c := range r.ordered() {
		if i == maxSteps {
			p.Line("  %s", p.In(kit.Dim, p.T("and %d more: kubectl cx maturity", "и ещё %d: kubectl cx maturity", len(r.Missing)-i)))
			break
		}
		p.Item("  ", fmt.Sprintf("%d. ", i+1), fmt.Sprintf("%s: %s (%s)", c.name(), p.In(tone(c.Result), p.Word(string(c.Result))), c.ID))
		if c.Message != "" {
			p.Line("     %s", p.In(kit.Dim, r.cut(p, 5, c.Message)))
		}
		if do[c.ID] != "" {
			p.Wrap("     ", p.T("Do: ", "Что делать: ")+do[c.ID])
		}
	}
}

// cut keeps a text on one line of a terminal; kubectl cx maturity has all of it.
func (r *Result) cut(p *kit.Page, indent int, text string) string {
	if p.Width() == 0 {
		return text
	}
	return kit.Clip(text, max(20, p.Width()-indent))
}

func (r *Result) missingTitle(p *kit.Page) string {
	if r.Stage == nil {
		return p.T("What is missing", "Чего не хватает")
	}
	return p.T("Missing for stage %d %s, and what to do", "Чего не хватает для этапа %d %s и что делать", r.Stage.Number+1, r.Stage.Next)
}

func (c Criterion) name() string {
	if c.Title == "" {
		return c.ID
	}
	return c.Title
}

func (r *Result) advice() map[string]string {
	do := map[string]string{}
	for _, step := range r.NextSteps {
		do[step.Criterion] = step.Do
	}
	return do
}

// ordered has the criteria with a next step first, in the order of the steps: the most useful first.
func (r *Result) ordered() []Criterion {
	byID := map[string]Criterion{}
	for _, c := range r.Missing {
		byID[c.ID] = c
	}
	var out []Criterion
	for _, step := range r.NextSteps {
		if c, found := byID[step.Criterion]; found {
			out = append(out, c)
			delete(byID, step.Criterion)
		}
	}
	for _, c := range r.Missing {
		if _, left := byID[c.ID]; left {
			out = append(out, c)
		}
	}
	return out
}

func tone(result cxv1.CriterionOutcome) kit.Tone {
	switch result {
	case cxv1.OutcomeTrue:
		return kit.Good
	case cxv1.OutcomeFalse:
		return kit.Bad
	default:
		return kit.Doubt
	}
}

func (r *Result) late(p *kit.Page) {
	p.Title(p.T("Overdue", "Просрочено"))
	if len(r.Overdue) == 0 {
		p.Line("  %s", p.T("nothing", "ничего"))
		return
	}
	p.Rows("  ", r.lateRows(p, maxOverdue))
	if n := len(r.Overdue) - maxOverdue; n > 0 {
		p.Line("  %s", p.In(kit.Dim, p.T("and %d more: kubectl cx owners, kubectl cx tree", "и ещё %d: kubectl cx owners, kubectl cx tree", n)))
	}
}

func (r *Result) lateRows(p *kit.Page, most int) [][]kit.Cell {
	var rows [][]kit.Cell
	for _, l := range r.Overdue[:min(len(r.Overdue), most)] {
		since := ""
		if l.Since != nil { // midnight is the end of the day before
			since = kit.Day(l.Since.Add(-1), r.zone)
		}
		rows = append(rows, []kit.Cell{{Text: since, Tone: kit.Bad}, {Text: l.Object}, {Text: l.Owner}, {Text: l.what(p)}})
	}
	return rows
}

func (l Late) what(p *kit.Page) string {
	switch l.Kind {
	case "Offer":
		return p.T("has not decided", "нет решения")
	case "Confirmation":
		return p.T("has not confirmed that it is still theirs", "нет подтверждения")
	case "FollowUp":
		return p.T("the customer has heard from nobody", "клиенту никто не ответил")
	case "Review":
		return p.T("the committee has not met", "заседания комитета не было")
	}
	if len(l.What) == 0 || (len(l.What) == 1 && l.What[0] == "due") {
		return p.T("the due date has passed", "срок прошёл")
	}
	return strings.Join(l.What, ", ")
}

func (r *Result) asked(p *kit.Page) {
	p.Title(p.T("Who is asked next", "Кого спросят дальше"))
	if len(r.Waves) == 0 {
		p.Line("  %s", p.T("nobody: no survey has a next wave", "никого: ни у одного опроса нет следующей волны"))
		return
	}
	p.Rows("  ", r.waveRows(maxWaves))
	if n := len(r.Waves) - maxWaves; n > 0 {
		p.Line("  %s", p.In(kit.Dim, p.T("and %d more: kubectl cx calendar", "и ещё %d: kubectl cx calendar", n)))
	}
}

func (r *Result) waveRows(most int) [][]kit.Cell {
	var rows [][]kit.Cell
	for _, w := range r.Waves[:min(len(r.Waves), most)] {
		var personas []string
		for _, persona := range w.Personas {
			personas = append(personas, string(persona))
		}
		rows = append(rows, kit.Cells(kit.Moment(w.At.Time, r.zone), w.Survey, strings.Join(personas, ", ")))
	}
	return rows
}

func (r *Result) attention(p *kit.Page) {
	if len(r.Attention) == 0 {
		return
	}
	p.Title(p.T("Needs attention", "Требует внимания"))
	shown := r.Attention[:min(len(r.Attention), maxAttention)]
	for _, a := range shown {
		p.Line("  %s %s", p.In(kit.Bad, a.Object+":"), r.cut(p, len(a.Object)+4, a.Message))
	}
	p.Line("  %s", p.In(kit.Dim, r.more(p, len(r.Attention)-len(shown)+int(r.AttentionMore), shown[0].Object)))
}

func (r *Result) more(p *kit.Page, n int, example string) string {
	if n > 0 {
		return p.T("and %d more; why: kubectl cx explain %s", "и ещё %d; почему: kubectl cx explain %s", n, example)
	}
	return p.T("why: kubectl cx explain %s", "почему: kubectl cx explain %s", example)
}

func (r *Result) foot(p *kit.Page) {
	if r.Coverage == nil {
		return
	}
	p.Line("")
	p.Wrap("", r.owners(p))
}

func (r *Result) owners(p *kit.Page) string {
	c := r.Coverage
	text := p.T("Owners: %d of %d named, %d accepted, %d asked, %d orphaned.",
		"Владельцы: назначено %d из %d, приняли %d, ждут решения %d, без владельца %d.",
		c.Subjects-c.Unowned, c.Subjects, c.Accepted, c.Pending, c.Orphaned)
	if c.Accepted < c.Subjects {
		text += p.T(" See kubectl cx owners", " Подробнее: kubectl cx owners")
	}
	return text
}

// Markdown writes the same for a page.
func (r *Result) Markdown(p *kit.Page) {
	p.Line("## %s", kit.Escape(r.title(p)))
	for _, text := range []string{r.progress(p), r.levels(p)} {
		if text != "" {
			p.Line("\n%s", kit.Escape(text))
		}
	}
	if r.Evidence == EvidenceUnknown {
		p.Line("\n> %s", kit.Escape(r.blind(p)))
	}
	r.markdownSteps(p)
	if len(r.Overdue) > 0 {
		p.Line("\n### %s\n", p.T("Overdue", "Просрочено"))
		p.MarkdownTable([]string{p.T("Since", "С"), p.T("Object", "Объект"), p.T("Owner", "Владелец"), p.T("What", "Что")},
			r.lateRows(p, len(r.Overdue)))
	}
	if len(r.Waves) > 0 {
		p.Line("\n### %s\n", p.T("Who is asked next", "Кого спросят дальше"))
		p.MarkdownTable([]string{p.T("When", "Когда"), p.T("Survey", "Опрос"), p.T("Personas", "Персоны")}, r.waveRows(len(r.Waves)))
	}
	if len(r.Attention) > 0 {
		p.Line("\n### %s\n", p.T("Needs attention", "Требует внимания"))
		for _, a := range r.Attention {
			p.Line("- **%s**: %s", kit.Escape(a.Object), kit.Escape(a.Message))
		}
		if r.AttentionMore > 0 {
			p.Line("- %s", p.T("and %d more", "и ещё %d", r.AttentionMore))
		}
	}
	if r.Coverage != nil {
		p.Line("\n%s", kit.Escape(r.owners(p)))
	}
}

func (r *Result) markdownSteps(p *kit.Page) {
	if len(r.Missing) == 0 {
		return
	}
	p.Line("\n### %s\n", kit.Escape(r.missingTitle(p)))
	do := r.advice()
	for i, c := range r.ordered() {
		p.Line("%d. **%s** (%s): %s", i+1, kit.Escape(c.name()), kit.Escape(c.ID), p.Word(string(c.Result)))
		if c.Message != "" {
			p.Line("   %s", kit.Escape(c.Message))
		}
		if do[c.ID] != "" {
			p.Line("   **%s** %s", p.T("Do:", "Что делать:"), kit.Escape(do[c.ID]))
		}
	}
}
