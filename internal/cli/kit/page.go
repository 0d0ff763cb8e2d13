// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Page is text that is being written. The zero value has no colours and is as wide as it needs to be.
type Page struct {
	bytes.Buffer
	// Lang is the language to write in.
	Lang   cxv1.Language
	width  int
	colour bool
}

// Tone is what a text says besides its words; shown as a colour where there are any. Words must do without it.
type Tone string

// The tones, as ANSI escapes have them.
const (
	Plain Tone = ""
	Good  Tone = "32"
	Bad   Tone = "31"
	Doubt Tone = "33"
	Dim   Tone = "2"
	Bold  Tone = "1"
)

// NewPage makes a page of that many columns, as for a terminal without colours; 0 is no terminal: nothing is cut, broken or
// drawn.
func NewPage(lang cxv1.Language, width int) *Page { return &Page{Lang: lang, width: width} }

// Width is how many columns there are; 0 where the output is no terminal.
func (p *Page) Width() int { return p.width }

// In gives a text a tone.
func (p *Page) In(tone Tone, text string) string {
	if !p.colour || tone == Plain || text == "" {
		return text
	}
	return "\x1b[" + string(tone) + "m" + text + "\x1b[0m"
}

// Line writes a line.
func (p *Page) Line(format string, args ...any) {
	if len(args) == 0 {
		p.WriteString(format)
	} else {
		_, _ = fmt.Fprintf(p, format, args...) // a buffer takes everything
	}
	p.WriteByte('\n')
}

// Title writes a heading, after an empty line unless it is the first line.
func (p *Page) Title(text string) {
	if p.Len() > 0 {
		p.WriteByte('\n')
	}
	p.Wrap("", p.In(Bold, text))
}

// Wrap writes a text indented, in lines that fit into the terminal. Where the output is no terminal nothing is broken.
func (p *Page) Wrap(indent, text string) { p.Item(indent, "", text) }

// Item is Wrap behind a mark, e.g. "- ", under which further lines do not go.
func (p *Page) Item(indent, mark, text string) {
	line, begin := indent+mark, true
	for _, word := range strings.Fields(text) {
		if !begin && p.width > 0 && seen(line)+1+seen(word) > p.width {
			p.Line("%s", line)
			line, begin = indent+strings.Repeat(" ", utf8.RuneCountInString(mark)), true
		}
		if !begin {
			line += " "
		}
		line, begin = line+word, false
	}
	p.Line("%s", line)
}

// seen counts the characters of a text that show: tones do not.
func seen(text string) int {
	n, inTone := 0, false
	for _, r := range text {
		switch {
		case r == '\x1b':
			inTone = true
		case inTone:
			inTone = r != 'm'
		default:
			n++
		}
	}
	return n
}

// Cell is one field of a table.
type Cell struct {
	Text string
	Tone Tone
}

// Cells makes a row without tones.
func Cells(texts ...string) []Cell {
	row := make([]Cell, len(texts))
	for i, text := range texts {
		row[i] = Cell{Text: text}
	}
	return row
}

// columnGap is what kubectl leaves between columns.
const columnGap = "   "

// minLastColumn is what the last column is cut to at most: less says nothing, so that the rows are written in another way.
const minLastColumn = 20

// Clip cuts a text to a number of characters, with an ellipsis.
func Clip(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:max(0, width-1)]) + "…"
}

// Rows writes rows without a head, indented, in columns. What does not fit into the terminal is cut in the last column. Where too
// little would be left of that each row goes over several lines, and nothing is cut.
func (p *Page) Rows(indent string, rows [][]Cell) {
	if len(rows) == 0 {
		return
	}
	none := make([]string, len(rows[0]))
	widths, fit := p.widths(len(indent), none, rows)
	for _, row := range rows {
		if !fit {
			p.stack(indent, none, row)
			continue
		}
		p.WriteString(indent)
		p.row(row, widths)
	}
}

// Table writes rows under a head in capital letters, like kubectl. What does not fit into the terminal is cut in the last
// column, with an ellipsis; -o json has it whole. Where too little would be left of that it does as Rows.
func (p *Page) Table(head []string, rows [][]Cell) {
	widths, fit := p.widths(0, head, rows)
	if !fit {
		for _, row := range rows {
			p.stack("", head, row)
		}
		return
	}
	titles := make([]Cell, len(head))
	for i, title := range head {
		titles[i] = Cell{Text: strings.ToUpper(title), Tone: Dim}
	}
	p.row(titles, widths)
	for _, row := range rows {
		p.row(row, widths)
	}
}

// stack writes a row over several lines: the first cell, and below it all others.
func (p *Page) stack(indent string, head []string, row []Cell) {
	p.Wrap(indent, p.In(Bold, row[0].Text))
	var rest []string
	for i, cell := range row[1:] {
		if cell.Text != "" {
			rest = append(rest, strings.TrimSpace(p.In(Dim, head[i+1])+" "+p.In(cell.Tone, cell.Text)))
		}
	}
	if len(rest) > 0 {
		p.Wrap(indent+"  ", strings.Join(rest, ", "))
	}
}

// widths are those of columns that hold all of their cells; the last one ends where the terminal does. They do not fit when too
// little is left of that.
func (p *Page) widths(indent int, head []string, rows [][]Cell) (widths []int, fit bool) {
	widths = make([]int, len(head))
	used := indent + len(columnGap)*(len(head)-1)
	for i, title := range head {
		widths[i] = utf8.RuneCountInString(title)
		for _, row := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i].Text))
		}
		used += widths[i]
	}
	last := len(head) - 1
	if p.width == 0 || used <= p.width {
		return widths, true
	}
	least := max(utf8.RuneCountInString(head[last]), min(minLastColumn, widths[last]))
	widths[last] -= used - p.width
	return widths, widths[last] >= least
}

func (p *Page) row(cells []Cell, widths []int) {
	for i, cell := range cells {
		text := Clip(cell.Text, widths[i])
		p.WriteString(p.In(cell.Tone, text))
		if i < len(cells)-1 && !empty(cells[i+1:]) {
			p.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text)) + columnGap)
		}
	}
	p.WriteByte('\n')
}

func empty(cells []Cell) bool {
	return !slices.ContainsFunc(cells, func(c Cell) bool { return c.Text != "" })
}

// MarkdownTable writes a table of GitHub's Markdown.
func (p *Page) MarkdownTable(head []string, rows [][]Cell) {
	p.Line("| %s |", strings.Join(head, " | "))
	p.Line("|%s", strings.Repeat(" --- |", len(head)))
	for _, row := range rows {
		texts := make([]string, len(row))
		for i, cell := range row {
			texts[i] = Escape(cell.Text)
		}
		p.Line("| %s |", strings.Join(texts, " | "))
	}
}

// markdownText escapes what Markdown or HTML would read as something else, also in the cell of a table; @ would call people.
var markdownText = strings.NewReplacer("\\", "\\\\", "|", "\\|", "\n", " ", "<", "&lt;", ">", "&gt;", "*", "\\*", "_", "\\_", "`", "\\`",
	"[", "\\[", "]", "\\]", "@", "@\u200b")

// Escape makes a text mean itself in Markdown: names and titles are written by whoever opens a pull request.
func Escape(text string) string { return markdownText.Replace(text) }
