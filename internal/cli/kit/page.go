// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"bytes"
	"fmt"
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
	p.Line("%s", p.In(Bold, text))
}

// Wrap writes a text indented, in lines that fit into the terminal. Where the output is no terminal nothing is broken.
func (p *Page) Wrap(indent, text string) {
	line := indent
	for _, word := range strings.Fields(text) {
		if p.width > 0 && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > p.width && line != indent {
			p.Line("%s", line)
			line = indent
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	p.Line("%s", line)
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

// Table writes rows under a head in capital letters, like kubectl. What does not fit into the terminal is cut in the last
// column, with an ellipsis; -o json has it whole.
func (p *Page) Table(head []string, rows [][]Cell) {
	widths := make([]int, len(head))
	for i, title := range head {
		widths[i] = utf8.RuneCountInString(title)
		for _, row := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i].Text))
		}
	}
	if p.width > 0 {
		used := len(columnGap) * (len(head) - 1)
		for _, width := range widths[:len(head)-1] {
			used += width
		}
		last := len(head) - 1
		widths[last] = min(widths[last], max(p.width-used, utf8.RuneCountInString(head[last])))
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

func (p *Page) row(cells []Cell, widths []int) {
	for i, cell := range cells {
		text, last := cell.Text, i == len(cells)-1
		if last && utf8.RuneCountInString(text) > widths[i] {
			text = string([]rune(text)[:max(0, widths[i]-1)]) + "…"
		}
		p.WriteString(p.In(cell.Tone, text))
		if !last {
			p.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text)) + columnGap)
		}
	}
	p.WriteByte('\n')
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
