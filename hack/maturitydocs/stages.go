// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cx-operator/cx-operator/internal/maturity"
)

// stageTables are the parts of a page that explains the model in one language.
func (m *model) stageTables(w *words) parts {
	result := parts{
		"stages": m.overview(w), "settings": m.settings(w), "profiles": m.profiles(w),
		"questions": m.questions(w), "scales": m.scales(w), "verdicts": m.verdicts(w),
	}
	for i := range m.framework.Stages {
		stage := &m.framework.Stages[i]
		text := m.criteriaTable(w, stage.Number)
		if len(stage.Indicators) > 0 {
			text = m.signTable(w)
		}
		advice := stage.Advance.EN
		if w.lang == "ru" {
			advice = stage.Advance.RU
		}
		result[fmt.Sprintf("stage-%d", stage.Number)] = text + "\n\n" + w.advice + "\n\n- " + strings.Join(advice, "\n- ")
	}
	return result
}

func (m *model) overview(w *words) string {
	var rows [][]string
	for i := range m.framework.Stages {
		stage := &m.framework.Stages[i]
		required, advisory := 0, 0
		for _, c := range m.of(stage.Number) {
			if c.Required {
				required++
			} else {
				advisory++
			}
		}
		name := maturity.Text{EN: stage.Name, RU: stage.RU}.In(w.lang)
		rows = append(rows, []string{strconv.Itoa(stage.Number), name, strconv.Itoa(required), strconv.Itoa(advisory)})
	}
	return table(w.stages, rows)
}

func (m *model) signTable(w *words) string {
	var rows [][]string
	for _, sign := range m.signs {
		var needs []string
		for _, text := range sign.Needs {
			needs = append(needs, text.In(w.lang))
		}
		rows = append(rows, []string{
			sign.Title.In(w.lang) + "\n" + code(sign.ID), strings.Join(append(needs, code(sign.Rule)), "\n"), codes(sign.ClearedBy), sign.Seed,
		})
	}
	return table(w.signs, rows)
}

func (m *model) criteriaTable(w *words, stage int) string {
	var rows [][]string
	for _, c := range m.of(stage) {
		weight := w.advisory
		if c.Required {
			weight = w.required
		}
		if len(c.AppliesTo) > 0 {
			weight += "\n" + fmt.Sprintf(w.only, strings.Join(c.AppliesTo, ", "))
		}
		rows = append(rows, []string{
			c.Text.In(w.lang) + "\n" + code(c.ID), w.competency(c.Competency) + "\n" + weight, m.decides(w, &c), c.Seed,
		})
	}
	return table(w.criteria, rows)
}

// decides says what decides a criterion: its rule in words and as written, its questions.
func (m *model) decides(w *words, c *criterion) string {
	lines := m.needs(w, c)
	if c.Rule != "" {
		lines = append(lines, code(c.Rule))
	}
	for _, id := range c.Questions {
		lines = append(lines, w.people+id+" "+w.quote(m.framework.Questions[id].Text.In(w.lang)))
	}
	return strings.Join(lines, "\n")
}

// needs is the rule in words as the first profile that has the criterion reads it, and where another one differs, how.
func (m *model) needs(w *words, c *criterion) []string {
	profiles := m.framework.Profiles
	if len(c.AppliesTo) > 0 {
		profiles = c.AppliesTo
	}
	lines := c.needs(profiles[0], w.lang)
	for _, profile := range profiles[1:] {
		others := c.needs(profile, w.lang)
		for i, need := range c.needs(profiles[0], w.lang) {
			same := slices.IndexFunc(others, func(other string) bool { return label(other) == label(need) })
			switch {
			case same < 0:
				lines[i] += " (" + fmt.Sprintf(w.notIn, code(profile)) + ")"
				continue
			case others[same] != need:
				lines[i] += " (" + fmt.Sprintf(w.inside, code(profile)) + strings.TrimPrefix(others[same], label(need)) + ")"
			}
			others = slices.Delete(others, same, same+1)
		}
		for _, other := range others {
			lines = append(lines, fmt.Sprintf(w.inside, code(profile))+other)
		}
	}
	return lines
}

// label is what a part of a rule is about: all of "journeys: at least 2" but the threshold.
func label(need string) string {
	if end := strings.LastIndex(need, ": "); end >= 0 {
		return need[:end+len(": ")]
	}
	return need
}

// profiles lists the criteria that differ between profiles, with what differs.
func (m *model) profiles(w *words) string {
	head := slices.Clone(w.profiles)
	for _, profile := range m.framework.Profiles {
		head = append(head, code(profile))
	}
	var rows [][]string
	for i := range m.criteria {
		c := &m.criteria[i]
		row, cells := []string{code(c.ID)}, map[string]bool{}
		for _, profile := range m.framework.Profiles {
			cell := strings.Join(m.own(c, profile, w.lang), "\n")
			if !c.inProfile[profile].Applies {
				cell = w.leftOut
			}
			row, cells[cell] = append(row, cell), true
		}
		if len(cells) > 1 {
			rows = append(rows, row)
		}
	}
	return table(head, rows)
}

// own are the needs of a criterion that not every profile has.
func (m *model) own(c *criterion, profile, lang string) []string {
	return slices.DeleteFunc(c.needs(profile, lang), func(need string) bool {
		for _, other := range m.framework.Profiles {
			if !slices.Contains(c.needs(other, lang), need) {
				return false
			}
		}
		return true
	})
}

func (m *model) questions(w *words) string {
	var rows [][]string
	for _, id := range slices.Sorted(maps.Keys(m.framework.Questions)) {
		question := m.framework.Questions[id]
		unsure := w.dropped
		if question.DontKnow == "zero" {
			unsure = w.counted
		}
		var askers, steps []string
		for i := range m.criteria {
			if c := &m.criteria[i]; slices.Contains(c.Questions, id) {
				askers = append(askers, c.ID)
				step := m.framework.Scales[question.Scale][c.atLeast()]
				steps = append(steps, fmt.Sprintf("%d %s", step.Value, w.quote(step.Text.In(w.lang))))
			}
		}
		rows = append(rows, []string{
			id, question.Text.In(w.lang), code(question.Scale), strings.Join(slices.Compact(steps), "\n"), unsure, codes(askers),
		})
	}
	return table(w.questions, rows)
}

func (m *model) scales(w *words) string {
	names := slices.Sorted(maps.Keys(m.framework.Scales))
	head, longest := slices.Clone(w.scale), 0
	for _, name := range names {
		head, longest = append(head, code(name)), max(longest, len(m.framework.Scales[name]))
	}
	var rows [][]string
	for value := range longest {
		row := []string{strconv.Itoa(value)}
		for _, name := range names {
			cell := ""
			if steps := m.framework.Scales[name]; value < len(steps) {
				cell = steps[value].Text.In(w.lang)
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	return table(head, rows)
}

// settings are the thresholds that hold for the whole framework.
func (m *model) settings(w *words) string {
	e := m.framework.Evaluation
	percent := func(share float64) string { return strconv.FormatFloat(share*100, 'f', -1, 64) + " %" }
	days := func(d maturity.Duration) string { return fmt.Sprintf(w.days, int(time.Duration(d).Hours()/24)) }
	return table(w.settings, [][]string{
		{w.yes, fmt.Sprintf(w.answer, e.Attestation.AtLeast)},
		{w.share, percent(e.Attestation.Share)},
		{w.low, percent(e.Attestation.LowerBound)},
		{w.level, percent(e.Attestation.MinLevelShare)},
		{w.age, days(e.Attestation.ValidFor)},
		{w.grace, days(e.DemotionGrace)},
	})
}

func (w *words) competency(name string) string {
	if own := w.competencies[name]; own != "" {
		return own
	}
	return name
}

func (w *words) quote(text string) string { return w.quoteFrom + text + w.quoteTo }
