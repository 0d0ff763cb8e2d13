// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package wave

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
)

// Action is what was done about a wave.
type Action string

// The actions.
const (
	Requested Action = "Requested"
	Cancelled Action = "Cancelled"
	Approved  Action = "Approved"
)

// Done is what was written about a wave. The operator acts on it by itself.
type Done struct {
	metav1.TypeMeta `json:",inline"`
	Action          Action `json:"action"`
	Survey          string `json:"survey"`
	// Wave is absent for one that was only asked for.
	Wave string `json:"wave,omitempty"`
	// At is when it was written; of a request, the time that the wave is named after.
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
	// By is who approved, Hash which people, Counts how many.
	By     string  `json:"by,omitempty"`
	Hash   string  `json:"hash,omitempty"`
	Counts *Counts `json:"counts,omitempty"`
}

// Counts are whom a wave would invite.
type Counts struct {
	Eligible int64 `json:"eligible"`
	Sampled  int64 `json:"sampled"`
	Invited  int64 `json:"invited"`
	// Skipped are the others, by reason.
	Skipped map[string]int64 `json:"skipped,omitempty"`
	skipped []cxv1.SkipCount
}

func countsOf(w *cxv1.SurveyWave) *Counts {
	c := &Counts{}
	if of := w.Status.Counts; of != nil {
		c.Eligible, c.Sampled, c.Invited, c.skipped = of.Eligible, of.Sampled, of.Invited, of.Skipped
	}
	for _, skip := range c.skipped {
		if c.Skipped == nil {
			c.Skipped = map[string]int64{}
		}
		c.Skipped[skip.Reason] = skip.Count
	}
	return c
}

// reasons are those for which contacts are skipped, in Russian.
var reasons = map[string]string{
	"optOut": "отказались", "invalid": "негодный адрес", "duplicate": "тот же адрес", "notSampled": "не попали в выборку",
	"contactRule": "правила контактов", "deferredExpired": "не успеть до закрытия",
}

func (c *Counts) text(p *kit.Page) {
	p.Line("%s", p.T("eligible %d, sampled %d, invited %d", "подходят %d, в выборке %d, приглашаются %d", c.Eligible, c.Sampled, c.Invited))
	for _, skip := range c.skipped {
		reason := skip.Reason
		if p.Lang == cxv1.LanguageRU && reasons[reason] != "" {
			reason = reasons[reason]
		}
		p.Line("  %s", p.T("not invited (%s): %d", "не приглашаются (%s): %d", reason, skip.Count))
	}
}

func (d *Done) line(p *kit.Page) string {
	switch d.Action {
	case Cancelled:
		return p.T("The wave %s is cancelled: %s", "Волна %s отменена: %s", d.Wave, d.Reason)
	case Approved:
		return p.T("%s approved %s: %d people are invited.", "%s одобрил(а) %s: приглашаются %d.", d.By, d.Wave, d.Counts.Invited)
	}
	return p.T("A wave of %s is asked for as of %s. See it with: kubectl get cxw -l cx-operator.io/survey=%s; if none comes, "+
		"kubectl describe cxs %s says why.",
		"Запрошена волна опроса %s на %s. Посмотреть: kubectl get cxw -l cx-operator.io/survey=%s; если её нет, причина: kubectl describe cxs %s",
		d.Survey, kit.Moment(d.At, time.UTC), d.Survey, d.Survey)
}

// Text writes what was done.
func (d *Done) Text(p *kit.Page) { p.Wrap("", d.line(p)) }

// Markdown writes what was done.
func (d *Done) Markdown(p *kit.Page) { p.Line("%s", kit.Escape(d.line(p))) }
