// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// Severity is how bad a finding is.
type Severity string

// The severities. Skipped is what could not be looked at.
const (
	Error   Severity = "Error"
	Warning Severity = "Warning"
	Fine    Severity = "Fine"
	Skipped Severity = "Skipped"
)

// Report is what the doctor found.
type Report struct {
	metav1.TypeMeta `json:",inline"`
	Namespace       string    `json:"namespace"`
	Errors          int       `json:"errors"`
	Warnings        int       `json:"warnings"`
	Findings        []Finding `json:"findings"`
}

// Finding is what a check found: what is so, why, and what to do about it. What and Do are in the language that was asked for.
type Finding struct {
	// Check is server, kinds, rights, operator, policies, program, sending, channels, objects, deployment, version, pods, volume, roles,
	// api, token or pages.
	Check    string   `json:"check"`
	Severity Severity `json:"severity"`
	What     string   `json:"what"`
	Why      string   `json:"why,omitempty"`
	Do       string   `json:"do,omitempty"`
}

func (f Finding) mark(p *kit.Page) (string, kit.Tone) {
	switch f.Severity {
	case Error:
		return p.T("ERROR", "ОШИБКА"), kit.Bad
	case Warning:
		return p.T("warning", "внимание"), kit.Doubt
	case Skipped:
		return p.T("skipped", "пропущено"), kit.Dim
	}
	return p.T("fine", "в порядке"), kit.Good
}

func (r *Report) sum(p *kit.Page) string {
	return p.T("Errors: %d, warnings: %d.", "Ошибок: %d, предупреждений: %d.", r.Errors, r.Warnings)
}

// Text writes what is wrong first, each with what to do.
func (r *Report) Text(p *kit.Page) {
	for _, severity := range []Severity{Error, Warning, Skipped, Fine} {
		for _, f := range r.Findings {
			if f.Severity != severity {
				continue
			}
			mark, tone := f.mark(p)
			p.Wrap("", p.In(tone, mark)+": "+f.What)
			if f.Why != "" {
				p.Wrap("    ", f.Why)
			}
			if f.Do != "" {
				p.Wrap("    ", p.In(kit.Bold, "→ "+f.Do))
			}
		}
	}
	p.Line("")
	p.Line("%s", r.sum(p))
}

// Markdown writes a table.
func (r *Report) Markdown(p *kit.Page) {
	p.Line("%s\n", r.sum(p))
	var rows [][]kit.Cell
	for _, f := range r.Findings {
		mark, _ := f.mark(p)
		rows = append(rows, kit.Cells(mark, f.What, f.Why, f.Do))
	}
	p.MarkdownTable([]string{"", p.T("what", "что"), p.T("why", "почему"), p.T("what to do", "что делать")}, rows)
}
