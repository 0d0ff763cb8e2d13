// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"strings"

	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// section is a part of the plan that both forms show: lines, and then perhaps a table.
type section struct {
	title string
	lines []string
	head  []string
	rows  [][]string
	// more is how many lines or rows were left out.
	more int
}

// writer makes sections of at most so many lines, which name at most so many things each. 0 is no limit.
type writer struct {
	*result
	p     *kit.Page
	limit int
}

// list names things; those beyond the limit are counted.
func (w writer) list(names []string) string {
	if w.limit > 0 && len(names) > w.limit {
		return strings.Join(names[:w.limit], ", ") + w.p.T(" and %d more", " и ещё %d", len(names)-w.limit)
	}
	return strings.Join(names, ", ")
}

// cut keeps the section within the limit.
func (w writer) cut(s section) section {
	if w.limit > 0 && len(s.lines) > w.limit {
		s.more, s.lines = len(s.lines)-w.limit, s.lines[:w.limit]
	}
	if w.limit > 0 && len(s.rows) > w.limit {
		s.more, s.rows = s.more+len(s.rows)-w.limit, s.rows[:w.limit]
	}
	return s
}

// sections are the parts that say anything.
func (w writer) sections() []section {
	var out []section
	for _, make := range []func() section{
		w.approvers, w.owners, w.assignments, w.approvals, w.coverage, w.waves, w.load, w.terms, w.questionnaires, w.kpis, w.targets,
		w.stage, w.nextSteps, w.readiness, w.objects,
	} {
		if s := make(); len(s.lines)+len(s.rows) > 0 {
			out = append(out, w.cut(s))
		}
	}
	return out
}

// Text writes the plan for a terminal.
func (r *result) Text(p *kit.Page) {
	w := writer{result: r, p: p}
	p.Line("%s", p.In(kit.Bold, w.headline()))
	for _, note := range w.notes() {
		p.Wrap("", note)
	}
	for _, s := range w.sections() {
		p.Title(s.title)
		for _, line := range s.lines {
			p.Wrap("  ", line)
		}
		if len(s.rows) > 0 {
			p.Table(s.head, cells(s.rows))
		}
	}
}

func cells(rows [][]string) [][]kit.Cell {
	out := make([][]kit.Cell, len(rows))
	for i, row := range rows {
		out[i] = kit.Cells(row...)
	}
	return out
}

const (
	// marker is by what the comment is found again that is to be replaced.
	marker = "<!-- cx-plan -->"
	// mostBytes is how long a comment on GitHub may be. It counts characters, of which there are never more than bytes.
	mostBytes = 65_536
)

// Markdown writes the plan as a comment on a pull request. Where that would become too long, sections are shortened, and say by how
// much.
func (r *result) Markdown(p *kit.Page) {
	for limit := 0; ; limit = shorter(limit) {
		draft := kit.NewPage(p.Lang, 0)
		w := writer{result: r, p: draft, limit: limit}
		w.markdown()
		if draft.Len()+p.Len() <= mostBytes || limit == 1 {
			p.Write(draft.Bytes())
			return
		}
	}
}

// shorter halves what is shown.
func shorter(limit int) int {
	const most = 256
	if limit == 0 {
		return most
	}
	return max(1, limit/2)
}

func (w writer) markdown() {
	p := w.p
	p.Line(marker)
	p.Line("## %s", kit.Escape(w.headline()))
	for _, note := range w.notes() {
		p.Line("\n%s", kit.Escape(note))
	}
	for _, s := range w.sections() {
		p.Line("\n### %s\n", s.title)
		for _, line := range s.lines {
			p.Line("- %s", kit.Escape(line))
		}
		if len(s.rows) > 0 {
			if len(s.lines) > 0 {
				p.Line("")
			}
			p.MarkdownTable(s.head, cells(s.rows))
		}
		if s.more > 0 {
			p.Line("\n%s", p.T("… and %d more, left out because a comment has no more room: `kubectl cx plan` shows them.",
				"… и ещё %d; для комментария это слишком много, всё показывает `kubectl cx plan`.", s.more))
		}
	}
}
