// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import "strings"

// needs says what a rule asks for, whatever the facts are now: one text for each part that must hold by itself, such as
// "accepted members of the working group: at least 3".
func (c *condition) needs() []Text {
	parts := []*condition{c}
	if c.kind == allOf {
		parts = c.kids
	}
	texts := make([]Text, len(parts))
	for i, part := range parts {
		texts[i] = inBoth(func(w *words) string { return w.need(part) })
	}
	return texts
}

func (w *words) need(c *condition) string {
	if c.kind == isAtom {
		return w.atomNeed(c.atom)
	}
	phrases := make([]string, len(c.kids))
	for i, kid := range c.kids {
		phrases[i] = w.need(kid)
		if kid.kind != isAtom {
			phrases[i] = "(" + phrases[i] + ")"
		}
	}
	if c.kind == anyOf {
		return strings.Join(phrases, w.or)
	}
	return strings.Join(phrases, w.and)
}

func (w *words) atomNeed(a *atom) string {
	switch {
	case a.text != "":
		return w.labels(a.facts, ", ") + ": " + a.text
	case a.op == "" && a.wanted:
		return w.labels(a.facts, ", ")
	case a.op == "":
		return w.labels(a.facts, ", ") + ": " + w.no
	}
	subject, limit := a.left.text, a.right.text
	if a.left.sum {
		subject = w.labels(a.left.facts, " + ")
	}
	if a.right.value != nil {
		limit = w.value(a.right.value, Facts[a.left.facts[0]].Unit)
	}
	return subject + ": " + w.compare[a.op] + " " + limit
}

func (w *words) labels(facts []int, separator string) string {
	labels := make([]string, len(facts))
	for i, fact := range facts {
		labels[i] = Facts[fact].Label.In(w.lang)
	}
	return strings.Join(labels, separator)
}
