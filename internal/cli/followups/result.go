// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package followups

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/api"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// List are follow-ups.
type List struct {
	metav1.TypeMeta `json:",inline"`
	FollowUps       []FollowUp `json:"followUps"`

	zone *time.Location
}

// FollowUp is one of them. It says nothing about the customer.
type FollowUp struct {
	Name       string `json:"name"`
	Survey     string `json:"survey"`
	Slot       string `json:"slot"`
	Rule       string `json:"rule"`
	Journey    string `json:"journey,omitempty"`
	Touchpoint string `json:"touchpoint,omitempty"`
	// Owner is whose it is; empty when nobody answers for it.
	Owner string `json:"owner,omitempty"`
	// Phase is that of the status: the operator sets it within seconds.
	Phase    cxv1.FollowUpPhase `json:"phase"`
	OpenedAt metav1.Time        `json:"openedAt"`
	DueBy    metav1.Time        `json:"dueBy"`
	// Overdue: nobody responded in time.
	Overdue bool `json:"overdue"`
	// Response is Reached or NotReached, once there was one.
	Response   string `json:"response,omitempty"`
	RootCause  string `json:"rootCause,omitempty"`
	Resolution string `json:"resolution,omitempty"`
}

func (l *List) table(p *kit.Page) ([]string, [][]kit.Cell) {
	var rows [][]kit.Cell
	for _, f := range l.FollowUps {
		due := kit.Cell{Text: kit.Moment(f.DueBy.Time, l.zone)}
		if f.Overdue {
			due = kit.Cell{Text: due.Text + p.T(" overdue", " просрочено"), Tone: kit.Bad}
		}
		where := f.Touchpoint
		if where == "" {
			where = f.Journey
		}
		rows = append(rows, []kit.Cell{{Text: f.Name}, due, {Text: f.Owner}, {Text: phase(p, f)}, {Text: f.Rule}, {Text: where}})
	}
	return []string{p.T("name", "имя"), p.T("due", "срок"), p.T("owner", "владелец"), p.T("state", "состояние"), p.T("rule", "правило"),
		p.T("where", "где")}, rows
}

func phase(p *kit.Page, f FollowUp) string {
	switch {
	case f.RootCause != "":
		return p.T("closed: ", "закрыто: ") + f.RootCause
	case f.Response == string(cxv1.ResponseReached):
		return p.T("reached", "связались")
	case f.Response != "":
		return p.T("not reached", "не связались")
	}
	return p.T("open", "открыто")
}

// Text writes a table.
func (l *List) Text(p *kit.Page) {
	if len(l.FollowUps) == 0 {
		p.Line("%s", p.T("Nothing is to be followed up.", "Обращений, ждущих ответа, нет."))
		return
	}
	p.Table(l.table(p))
}

// Markdown writes a table.
func (l *List) Markdown(p *kit.Page) { p.MarkdownTable(l.table(p)) }

// Person is whom a follow-up is about, and what they said.
type Person struct {
	metav1.TypeMeta `json:",inline"`
	api.Person      `json:",inline"`
}

func (w *Person) rows(p *kit.Page) [][]kit.Cell {
	c := w.Contact
	rows := [][]kit.Cell{}
	for _, field := range [][2]string{
		{p.T("key", "ключ"), c.Key}, {p.T("name", "имя"), c.Name}, {p.T("address", "адрес"), c.Address}, {p.T("language", "язык"), c.Language},
	} {
		if field[1] != "" {
			rows = append(rows, kit.Cells(field[0], field[1]))
		}
	}
	if c.OptedOut {
		rows = append(rows, []kit.Cell{{Text: "!"}, {Text: p.T("opted out of surveys: call rather than write",
			"отказ от опросов: лучше позвоните"), Tone: kit.Doubt}})
	}
	if c.Invalid {
		rows = append(rows, []kit.Cell{{Text: "!"}, {Text: p.T("the address bounced", "письма на адрес не доходят"), Tone: kit.Doubt}})
	}
	rows = append(rows, kit.Cells(p.T("answered", "ответ дан"), kit.Moment(w.Answer.At, time.UTC)))
	questions := make([]string, 0, len(w.Answer.Values))
	for question := range w.Answer.Values {
		questions = append(questions, question)
	}
	slices.Sort(questions)
	for _, question := range questions {
		rows = append(rows, kit.Cells(question, said(w.Answer.Values[question])))
	}
	return rows
}

func said(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(data)
}

// Text writes what is known.
func (w *Person) Text(p *kit.Page) {
	p.Title(w.FollowUp)
	p.Rows("  ", w.rows(p))
}

// Markdown writes what is known.
func (w *Person) Markdown(p *kit.Page) {
	p.MarkdownTable([]string{kit.Escape(w.FollowUp), ""}, w.rows(p))
}
