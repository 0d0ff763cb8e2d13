// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"slices"
	"strings"
)

// explain says in words which fact values made a rule what it is.
func (e *evaluation) explain(logic *condition, at parts) Text {
	return inBoth(func(w *words) string { return e.phrase(w, logic, at, true) })
}

// phrase writes a condition: "a; b" for what must all hold, "one of these is enough: a; b" for alternatives that are
// still open.
func (e *evaluation) phrase(w *words, c *condition, at parts, outermost bool) string {
	if c.kind == isAtom {
		return e.atomPhrase(w, c.atom, at)
	}
	shown := c.shown(at)
	phrases := make([]string, len(shown))
	for i, part := range shown {
		phrases[i] = e.phrase(w, part, at, len(shown) == 1 && outermost)
	}
	text := strings.Join(phrases, "; ")
	if len(shown) < 2 || c.kind == allOf && outermost {
		return text
	}
	if c.kind == anyOf && c.outcome(at) != True {
		text = w.oneIsEnough + text
	}
	if outermost {
		return text
	}
	return "(" + text + ")"
}

// atomPhrase writes "accepted members of the working group (groupMembers): 1, needs at least 3".
func (e *evaluation) atomPhrase(w *words, a *atom, at parts) string {
	switch {
	case a.text != "":
		return e.factValues(w, a.facts, ", ") + ", " + w.needs + " " + a.text
	case a.op == "":
		wanted := w.yes
		if !a.wanted {
			wanted = w.no
		}
		value := e.factValue(w, a.facts[0])
		if value == wanted {
			return w.fact(a.facts[0]) + ": " + value
		}
		return w.fact(a.facts[0]) + ": " + value + ", " + w.needs + " " + wanted
	}
	return e.comparison(w, a, at)
}

// comparison writes both sides; a sum shows each fact, because the reader may raise any of them.
func (e *evaluation) comparison(w *words, a *atom, at parts) string {
	unit := Facts[a.left.facts[0]].Unit
	threshold := a.right.value
	if threshold == nil {
		threshold = at(a.right.id)
	}
	value, limit := w.apart(at(a.left.id), threshold, unit)
	left, needs := a.left.text+": "+value, w.needs
	switch {
	case a.left.sum && len(a.left.facts) == 1:
		left = w.fact(a.left.facts[0]) + ": " + value + e.notes(w, a.left.facts[0])
	case a.left.sum:
		left, needs = e.factValues(w, a.left.facts, " + "), w.together
	}
	if len(a.right.facts) > 0 {
		limit = a.right.text + ", " + w.which + " " + limit
	}
	return left + ", " + needs + " " + w.compare[a.op] + " " + limit
}

func (e *evaluation) factValues(w *words, facts []int, separator string) string {
	values := make([]string, len(facts))
	for i, fact := range facts {
		values[i] = w.fact(fact) + ": " + e.factValue(w, fact)
	}
	return strings.Join(values, separator)
}

func (e *evaluation) factValue(w *words, fact int) string {
	return w.value(e.values[fact], Facts[fact].Unit) + e.notes(w, fact)
}

func (e *evaluation) notes(w *words, fact int) string {
	note := e.in.Facts[Facts[fact].Name].Note
	if note.EN == "" {
		return ""
	}
	return " (" + note.In(w.lang) + ")"
}

// explainVerdicts says what the answers to a criterion's questions are.
func (e *evaluation) explainVerdicts(c *compiledCriterion) Text {
	return inBoth(func(w *words) string {
		phrases := make([]string, len(c.Questions))
		for i, id := range c.Questions {
			phrases[i] = w.quote(id, e.model.framework.Questions[id]) + ": " + e.model.framework.say(w, c.asks(id), e.in.Verdicts[c.asks(id)])
		}
		return strings.Join(phrases, "; ")
	})
}

func (w *words) said(verdict Verdict) string {
	switch verdict.Reason {
	case ReasonTooFewAnswers:
		return w.tooFew
	case ReasonAttestationExpired:
		return w.expired
	case ReasonNotAttested:
		return w.notAsked
	case ReasonLevelBelowMinimum:
		if verdict.Level != "" {
			return w.levelBelow + " (" + verdict.Level + ")"
		}
		return w.levelBelow
	case "", ReasonAttestedTrue, ReasonAttestedFalse:
		if verdict.Result == True {
			return w.yes
		}
		return w.reason
	default:
		return verdict.Reason
	}
}

// nextSteps lists what would lead to the next stage, and the advice for leaving this one.
func (e *evaluation) nextSteps(result *Result, rulings []ruling) {
	advance := e.model.framework.Stages[result.Stage-1].Advance
	for i, en := range advance.EN {
		text := Text{EN: en}
		if len(advance.RU) > 0 {
			text.RU = advance.RU[i]
		}
		result.Advice = append(result.Advice, text)
	}
	var steps []NextStep
	for _, outcome := range []Outcome{False, Unknown} {
		for i := range result.Criteria {
			c := &result.Criteria[i]
			if c.Stage == result.Stage+1 && c.Required && c.Result == outcome {
				steps = append(steps, e.step(&e.model.criteria[i], c, rulings[i]))
			}
		}
	}
	if over := len(steps) - MaxNextSteps; over > 0 {
		steps, result.NextStepsLeftOut = slices.Clip(steps[:MaxNextSteps]), over
	}
	result.NextSteps = steps
}

// step says what would satisfy one criterion: fields to change, questions to ask.
func (e *evaluation) step(c *compiledCriterion, result *CriterionResult, ruling ruling) NextStep {
	step := NextStep{Criterion: c.ID, Result: result.Result, Missing: c.Text, Now: result.Message}
	var todo []Text
	if c.rule != nil && ruling.err == nil && result.Observed != True {
		todo = append(todo, inBoth(func(w *words) string { return e.remedy(w, c.rule.logic, ruling.parts, true) }))
		step.Fields = fields(c.rule.logic, ruling.parts)
	}
	if ruling.err != nil {
		todo = append(todo, textMendRule)
	}
	for _, id := range c.Questions {
		if verdict := e.in.Verdicts[c.asks(id)]; verdict.Result != True {
			step.Questions = append(step.Questions, id)
			todo = append(todo, inBoth(func(w *words) string {
				return w.ask(verdict) + w.quote(id, e.model.framework.Questions[id])
			}))
		}
	}
	step.Do = joinTexts("; ", todo...).capitalized().clip(MaxDo)
	return step
}

func (w *words) ask(verdict Verdict) string {
	switch {
	case verdict.Result == False:
		return w.changeAndAsk
	case verdict.Reason == ReasonTooFewAnswers:
		return w.askMore
	case verdict.Reason == ReasonAttestationExpired:
		return w.askAgain
	default:
		return w.askFirst
	}
}

// remedy says what to change so that the open parts of a rule become true.
func (e *evaluation) remedy(w *words, c *condition, at parts, outermost bool) string {
	var clauses []string
	separator := "; "
	if c.kind == isAtom {
		separator = w.or // any fact of a sum may grow
		for _, fact := range c.atom.facts {
			remedy := Remedies[Facts[fact].Name]
			clauses = appendNew(clauses, Text{EN: remedy.EN, RU: remedy.RU}.In(w.lang))
		}
	} else {
		if c.kind == anyOf {
			separator = w.or
		}
		shown := c.shown(at)
		for _, part := range shown {
			clauses = appendNew(clauses, e.remedy(w, part, at, outermost && len(shown) == 1))
		}
	}
	text := strings.Join(clauses, separator)
	if len(clauses) < 2 || outermost || separator == w.or {
		return text // alternatives between semicolons need no brackets
	}
	return "(" + text + ")"
}

// fields lists the fields that remedies of the open parts name, in rule order.
func fields(c *condition, at parts) []string {
	var names []string
	if c.kind == isAtom {
		for _, fact := range c.atom.facts {
			names = appendNew(names, Remedies[Facts[fact].Name].Field)
		}
		return names
	}
	for _, part := range c.shown(at) {
		for _, name := range fields(part, at) {
			names = appendNew(names, name)
		}
	}
	return names
}
