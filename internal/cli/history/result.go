// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package history

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Kind is what an entry is about.
type Kind string

// The kinds of entry. Each has the field of its name.
const (
	KindStage    Kind = "Stage"
	KindDecision Kind = "Decision"
	KindWave     Kind = "Wave"
	KindPoint    Kind = "Point"
)

// History is what happened in a program, the oldest first.
type History struct {
	metav1.TypeMeta `json:",inline"`
	// Program is its id; TakenAt is as of when.
	Program string    `json:"program"`
	TakenAt time.Time `json:"takenAt"`
	Entries []Entry   `json:"entries"`
}

// Entry is one thing that happened.
type Entry struct {
	// At is when: of a point the time it is of, of a wave when it closed, or how far it is.
	At   time.Time `json:"at"`
	Kind Kind      `json:"kind"`
	// Name is that of the framework, of the subject as KIND/NAME, of the survey, of the KPI.
	Name     string    `json:"name"`
	Stage    *Stage    `json:"stage,omitempty"`
	Decision *Decision `json:"decision,omitempty"`
	Wave     *Wave     `json:"wave,omitempty"`
	Point    *Point    `json:"point,omitempty"`
}

// Stage is a maturity stage that was reached or lost; From is the one before, absent for the first.
type Stage struct {
	Stage  int64  `json:"stage"`
	From   *int64 `json:"from,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Decision is what an owner decided: Accepted, Declined or Lapsed. Means is how.
type Decision struct {
	Owner  string `json:"owner"`
	Role   string `json:"role"`
	Result string `json:"result"`
	Terms  string `json:"terms,omitempty"`
	Means  string `json:"means,omitempty"`
}

// Wave is a round of a survey.
type Wave struct {
	Slot      string `json:"slot"`
	Phase     string `json:"phase"`
	Invited   int64  `json:"invited"`
	Responded int64  `json:"responded"`
}

// Point is the value of a KPI; N is 0 and Low and High are empty when they are not known. Revision is above 1 once it was corrected.
type Point struct {
	Value    string `json:"value"`
	N        int64  `json:"n"`
	Low      string `json:"low,omitempty"`
	High     string `json:"high,omitempty"`
	Source   string `json:"source"`
	Revision int64  `json:"revision"`
}

func kindWord(p *kit.Page, kind Kind) string {
	switch kind {
	case KindStage:
		return p.T("stage", "этап")
	case KindDecision:
		return p.T("decision", "решение")
	case KindWave:
		return p.T("wave", "волна")
	}
	return p.T("value", "значение")
}

// what says what happened.
func (e Entry) what(p *kit.Page) kit.Cell {
	switch e.Kind {
	case KindStage:
		return e.Stage.cell(p)
	case KindDecision:
		return e.Decision.cell(p)
	case KindWave:
		return e.Wave.cell(p)
	}
	return e.Point.cell(p)
}

func (s *Stage) cell(p *kit.Page) kit.Cell {
	switch {
	case s.From == nil:
		return kit.Cell{Text: p.T("stage %d", "этап %d", s.Stage)}
	case s.Stage < *s.From:
		return kit.Cell{Text: p.T("fell to stage %d from %d", "снижение до этапа %d с %d", s.Stage, *s.From), Tone: kit.Bad}
	}
	return kit.Cell{Text: p.T("reached stage %d, from %d", "достигнут этап %d, был %d", s.Stage, *s.From), Tone: kit.Good}
}

func (d *Decision) cell(p *kit.Page) kit.Cell {
	c := kit.Cell{}
	switch store.DecisionResult(d.Result) {
	case store.Accepted:
		c = kit.Cell{Text: p.T("%s accepted", "%s: принято", d.Owner), Tone: kit.Good}
	case store.Declined:
		c = kit.Cell{Text: p.T("%s declined", "%s: отказ", d.Owner), Tone: kit.Bad}
	default:
		c = kit.Cell{Text: p.T("%s did not decide in time", "%s: нет решения в срок", d.Owner), Tone: kit.Doubt}
	}
	c.Text += p.T(", %s", " (роль: %s)", p.Word(d.Role))
	if d.Terms != "" {
		c.Text += " (" + d.Terms + ")"
	}
	return c
}

func (w *Wave) cell(p *kit.Page) kit.Cell {
	c := kit.Cell{}
	switch store.WavePhase(w.Phase) {
	case store.WaveClosed:
		c.Text = p.T("closed", "закрыта")
	case store.WaveCancelled:
		c = kit.Cell{Text: p.T("cancelled", "отменена"), Tone: kit.Doubt}
	case store.WaveFailed:
		c = kit.Cell{Text: p.T("failed", "не удалась"), Tone: kit.Bad}
	default:
		c.Text = p.T("under way", "идёт")
	}
	c.Text = w.Slot + " " + c.Text
	if w.Invited > 0 || w.Responded > 0 {
		c.Text += p.T(", invited %d, answered %d", ", приглашены %d, ответили %d", w.Invited, w.Responded)
	}
	return c
}

func (v *Point) cell(p *kit.Page) kit.Cell {
	parts := []string{v.Value}
	if v.Low != "" {
		parts = append(parts, fmt.Sprintf("[%s, %s]", v.Low, v.High))
	}
	if v.N > 0 {
		parts = append(parts, fmt.Sprintf("n=%d", v.N))
	}
	if v.Revision > 1 {
		parts = append(parts, p.T("corrected", "исправлено"))
	}
	return kit.Cell{Text: strings.Join(parts, " ")}
}

func (h *History) table(p *kit.Page) ([]string, [][]kit.Cell) {
	var rows [][]kit.Cell
	for _, e := range h.Entries {
		rows = append(rows, []kit.Cell{{Text: kit.Moment(e.At, time.UTC)}, {Text: kindWord(p, e.Kind)}, {Text: e.Name}, e.what(p)})
	}
	return []string{p.T("when", "когда"), p.T("kind", "вид"), p.T("of", "объект"), p.T("what", "событие")}, rows
}

// Text writes a table.
func (h *History) Text(p *kit.Page) {
	if len(h.Entries) == 0 {
		p.Line("%s", p.T("Nothing of this has happened yet.", "Этого ещё не было."))
		return
	}
	p.Table(h.table(p))
}

// Markdown writes a table.
func (h *History) Markdown(p *kit.Page) { p.MarkdownTable(h.table(p)) }
