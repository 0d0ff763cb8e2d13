// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package tree

import (
	"fmt"
	"strings"
	"unicode/utf8"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// gap is what stands between columns, minOwner what the last one needs at least to be read.
const (
	gap      = "   "
	minOwner = 24
)

// line is a node on the page.
type line struct {
	// tree is the node behind its branches, below the branches of what comes on a line of its own under it.
	tree, below string
	state       kit.Cell
	owner       kit.Cell
}

// Text draws the tree: with box characters on a terminal, else indented.
func (r *Result) Text(p *kit.Page) {
	p.Line("%s", p.In(kit.Bold, r.Organization))
	var lines []line
	for _, n := range r.Goals {
		lines = append(lines, n.lines(p, "", "")...)
	}
	write(p, lines)
	if len(r.Goals) == 0 {
		p.Line("%s", p.T("There is no goal yet.", "Целей пока нет."))
	}
	if len(r.Rest) == 0 {
		return
	}
	p.Title(p.T("Serves no goal, or no KPI measures it", "Вне целей или без показателя"))
	lines = nil
	for _, n := range r.Rest {
		lines = append(lines, n.lines(p, "", "")...)
	}
	write(p, lines)
}

// lines are those of a node and what is below it: head stands before the node, rest before its children.
func (n *Node) lines(p *kit.Page, head, rest string) []line {
	branch, last, bar, none := "├─ ", "└─ ", "│  ", "   "
	if p.Width() == 0 {
		branch, last, bar, none = "  ", "  ", "  ", "  "
	}
	below := rest
	if len(n.Children) > 0 {
		below += bar
	} else {
		below += none
	}
	out := []line{{tree: head + p.Word(n.Kind) + " " + n.Name, below: below, state: n.state(p), owner: n.Owner.cell(p)}}
	for i, child := range n.Children {
		if i < len(n.Children)-1 {
			out = append(out, child.lines(p, rest+branch, rest+bar)...)
		} else {
			out = append(out, child.lines(p, rest+last, rest+none)...)
		}
	}
	return out
}

// write puts lines into columns. Where the terminal is too narrow for that, state and owner follow the node, or go under it.
func write(p *kit.Page, lines []line) {
	tree, state, owner := 0, 0, 0
	for _, l := range lines {
		tree, state = max(tree, utf8.RuneCountInString(l.tree)), max(state, utf8.RuneCountInString(l.state.Text))
		owner = max(owner, utf8.RuneCountInString(l.owner.Text))
	}
	room := owner
	if p.Width() > 0 {
		room = min(owner, p.Width()-tree-state-2*len(gap))
	}
	for _, l := range lines {
		if room < min(owner, minOwner) {
			l.narrow(p)
			continue
		}
		cell := p.In(l.state.Tone, l.state.Text)
		p.Line("%s%s%s", pad(l.tree, tree), pad(cell, state+len(cell)-len(l.state.Text)), p.In(l.owner.Tone, kit.Clip(l.owner.Text, room)))
	}
}

// narrow writes a line without columns: on one line if that fits, else on two.
func (l line) narrow(p *kit.Page) {
	text := l.owner.Text
	state := ""
	if l.state.Text != "" {
		text, state = l.state.Text+", "+text, p.In(l.state.Tone, l.state.Text)+", "
	}
	width := utf8.RuneCountInString(text)
	if utf8.RuneCountInString(l.tree)+2+width <= p.Width() {
		p.Line("%s: %s%s", l.tree, state, p.In(l.owner.Tone, l.owner.Text))
		return
	}
	p.Line("%s:", kit.Clip(l.tree, p.Width()-1))
	under := l.below + "  "
	if room := p.Width() - utf8.RuneCountInString(under); width > room {
		p.Line("%s%s", under, kit.Clip(text, max(1, room)))
		return
	}
	p.Line("%s%s%s", under, state, p.In(l.owner.Tone, l.owner.Text))
}

// pad fills a column up, and leaves the gap to the next.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text))) + gap
}

var tones = map[string]kit.Tone{Good: kit.Good, Bad: kit.Bad, Unknown: kit.Doubt}

// state says how the node does, in words.
func (n *Node) state(p *kit.Page) kit.Cell {
	cell := kit.Cell{Text: stateWord(p, n.State), Tone: tones[n.Verdict]}
	if n.Value != "" && n.Value != "0/0" {
		value := p.T(n.Value, strings.ReplaceAll(n.Value, ".", ","))
		cell.Text = strings.TrimSpace(cell.Text + " " + value)
	}
	if n.Late {
		cell.Text, cell.Tone = strings.TrimPrefix(cell.Text+", "+p.T("late", "просрочено"), ", "), kit.Bad
	}
	return cell
}

// states are what states are called, in English and in Russian.
var states = map[string][2]string{
	cxv1.ReasonTargetMet: {"on target", "цель достигнута"}, cxv1.ReasonTargetMissed: {"off target", "ниже цели"},
	cxv1.ReasonNotProven: {"not proven", "не доказано"}, cxv1.ReasonAttained: {"attained", "достигнута"},
	cxv1.ReasonNotAttained: {"not attained", "не достигнута"}, cxv1.ReasonNoTarget: {"no target", "нет цели"},
	cxv1.ReasonNoData: {"no data", "нет данных"}, cxv1.ReasonStale: {"stale", "устарело"},
	cxv1.ReasonInsufficientData: {"too few answers", "мало ответов"}, cxv1.ReasonIntervalUnknown: {"no interval", "нет интервала"},
	"Gap": {"gap", "разрыв"}, "NoGap": {}, "NotReady": {"not ready", "не готово"}, string(cxv1.InitiativeActive): {"active", "в работе"},
}

func stateWord(p *kit.Page, state string) string {
	if words, known := states[state]; known {
		return p.T(words[0], words[1])
	}
	return p.Word(state)
}

// cell says who answers for a node.
func (o *Owner) cell(p *kit.Page) kit.Cell {
	switch o.State {
	case "None":
		return kit.Cell{Text: p.T("nobody", "никто"), Tone: kit.Bad}
	case "Waiting":
		return kit.Cell{Text: o.Name + " " + p.T("(asked)", "(ждём ответа)"), Tone: kit.Doubt}
	case "Declined":
		return kit.Cell{Text: o.Name + " " + p.T("(declined)", "(отказ)"), Tone: kit.Bad}
	case "Orphaned":
		return kit.Cell{Text: o.Name + " " + p.T("(not there)", "(нет на месте)"), Tone: kit.Bad}
	case "HandingOver":
		return kit.Cell{Text: fmt.Sprintf("%s > %s", o.Name, o.To), Tone: kit.Doubt}
	case "Named":
		return kit.Cell{Text: o.Name + " " + p.T("(named)", "(назван)"), Tone: kit.Doubt}
	}
	if o.Acting != "" {
		return kit.Cell{Text: o.Name + p.T(", acting: ", ", замещает: ") + o.Acting}
	}
	return kit.Cell{Text: o.Name}
}

// Markdown writes a nested list.
func (r *Result) Markdown(p *kit.Page) {
	p.Line("## %s\n", kit.Escape(r.Organization))
	for _, n := range r.Goals {
		n.markdown(p, "")
	}
	if len(r.Rest) > 0 {
		p.Line("\n### %s\n", p.T("Serves no goal, or no KPI measures it", "Вне целей или без показателя"))
		for _, n := range r.Rest {
			n.markdown(p, "")
		}
	}
}

func (n *Node) markdown(p *kit.Page, indent string) {
	text := p.Word(n.Kind) + " **" + kit.Escape(n.Name) + "**"
	if state := n.state(p).Text; state != "" {
		text += ": " + kit.Escape(state)
	}
	p.Line("%s- %s; %s", indent, text, kit.Escape(n.Owner.cell(p).Text))
	for _, child := range n.Children {
		child.markdown(p, indent+"  ")
	}
}
