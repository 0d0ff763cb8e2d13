// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package decide

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// Offers are what waits for a user.
type Offers struct {
	metav1.TypeMeta `json:",inline"`
	// User is whom it waits for, as the API server knows them.
	User   string  `json:"user"`
	Offers []Offer `json:"offers"`

	zone *time.Location
}

// Offer is one OwnerAssignment whose owner is asked.
type Offer struct {
	// Name is that of the OwnerAssignment, Subject as KIND/NAME.
	Name    string              `json:"name"`
	Subject string              `json:"subject"`
	Role    cxv1.AssignmentRole `json:"role"`
	// Owner is who is asked, InsteadOf whom the subject names when that is another one.
	Owner     string `json:"owner"`
	InsteadOf string `json:"insteadOf,omitempty"`
	OfferID   string `json:"offerID"`
	// Terms are what exactly is approved.
	Terms string `json:"terms,omitempty"`
	// Since is when they were asked, Next what happens by itself when they do not decide.
	Since *metav1.Time `json:"since,omitempty"`
	Next  string       `json:"next,omitempty"`
}

func (o Offer) since() time.Time {
	if o.Since == nil {
		return time.Time{}
	}
	return o.Since.Time
}

func (r *Offers) table(p *kit.Page) ([]string, [][]kit.Cell) {
	head := []string{p.T("name", "имя"), p.T("subject", "за что"), p.T("role", "роль"), p.T("since", "с"), p.T("terms, and what happens next",
		"условия и что дальше")}
	var rows [][]kit.Cell
	for _, o := range r.Offers {
		since, more := "", o.Terms
		if o.Since != nil {
			since = kit.Day(o.Since.Time, r.zone)
		}
		if more != "" && o.Next != "" {
			more += "; "
		}
		rows = append(rows, kit.Cells(o.Name, o.Subject, p.Word(string(o.Role)), since, more+o.Next))
	}
	return head, rows
}

// Text writes the offers as a table.
func (r *Offers) Text(p *kit.Page) {
	if len(r.Offers) == 0 {
		p.Line("%s", p.T("Nothing waits for you (%s).", "Вас ничего не ждёт (%s).", r.User))
		return
	}
	p.Table(r.table(p))
	p.Line("")
	p.Wrap("", p.T("Accept with: kubectl cx accept NAME, or decline with: kubectl cx decline NAME --reason WHY",
		"Принять: kubectl cx accept ИМЯ, отказаться: kubectl cx decline ИМЯ --reason ПОЧЕМУ"))
}

// Markdown writes the offers as a table.
func (r *Offers) Markdown(p *kit.Page) {
	if len(r.Offers) == 0 {
		p.Line("%s", p.T("Nothing waits for %s.", "%s ничего не ждёт.", kit.Escape(r.User)))
		return
	}
	p.MarkdownTable(r.table(p))
}

// Decisions are what a user decided.
type Decisions struct {
	metav1.TypeMeta `json:",inline"`
	// By is who decided, as the API server knows them.
	By        string     `json:"by"`
	Decisions []Decision `json:"decisions"`
}

// Decision is an offer that was decided on.
type Decision struct {
	Offer  `json:",inline"`
	Result cxv1.DecisionResult `json:"result"`
	Reason string              `json:"reason,omitempty"`
}

func (r *Decisions) lines(p *kit.Page, each func(string)) {
	for _, d := range r.Decisions {
		word := p.T("Accepted", "Принято")
		if d.Result == cxv1.DecisionDeclined {
			word = p.T("Declined", "Отклонено")
		}
		each(word + ": " + d.line(p))
	}
}

// line is an offer in a sentence.
func (o *Offer) line(p *kit.Page) string {
	line := o.Subject + ", " + p.Word(string(o.Role)) + ", " + o.Owner
	if o.Terms != "" {
		line += " (" + o.Terms + ")"
	}
	return line
}

// Text writes a line for each decision.
func (r *Decisions) Text(p *kit.Page) {
	r.lines(p, func(line string) { p.Wrap("", line) })
	p.Wrap("", p.T("Decided by %s; the operator records it within seconds.",
		"Решение записано от имени %s; оператор учтёт его за секунды.", r.By))
}

// Markdown writes a list.
func (r *Decisions) Markdown(p *kit.Page) {
	r.lines(p, func(line string) { p.Line("- %s", kit.Escape(line)) })
}
