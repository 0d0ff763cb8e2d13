// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"context"
	"slices"
)

// Evaluate says where a program stands. It is pure but for the deadline that stops rules with slow loops.
func Evaluate(m *Model, in Input) Result {
	e := &evaluation{model: m, in: in, values: values(in.Facts)}
	rulings, signs := e.rulings()
	result := Result{Criteria: make([]CriterionResult, len(m.criteria))}
	for i := range m.criteria {
		result.Criteria[i] = e.criterion(&m.criteria[i], rulings[i])
		result.Criteria[i].Message = result.Criteria[i].Message.clip(MaxMessage)
		result.Counts.add(result.Criteria[i].Result)
	}
	for i := range m.indicators {
		result.Indicators = append(result.Indicators, e.indicator(&m.indicators[i], signs[i]))
	}
	e.gaps(&result)
	if m.Stages() == 0 {
		result.Progress = progress(result.Criteria, 0, "")
		return result
	}
	e.standing(&result)
	e.nextSteps(&result, rulings)
	return result
}

func (c *Counts) add(outcome Outcome) {
	switch outcome {
	case True:
		c.True++
	case False:
		c.False++
	case Exempt:
		c.Exempt++
	case NotApplicable:
		c.NotApplicable++
	default:
		c.Unknown++
	}
}

// evaluation is one run over one input.
type evaluation struct {
	model  *Model
	in     Input
	values factValues
}

// rulings evaluates the rules of criteria and indicators; a criterion without a rule has an empty ruling.
func (e *evaluation) rulings() (criteria, indicators []ruling) {
	ctx, cancel := context.WithTimeout(context.Background(), modelDeadline)
	defer cancel()
	criteria = make([]ruling, len(e.model.criteria))
	for i := range e.model.criteria {
		if rule := e.model.criteria[i].rule; rule != nil {
			criteria[i] = rule.evaluate(ctx, e.values)
		}
	}
	indicators = make([]ruling, len(e.model.indicators))
	for i := range e.model.indicators {
		indicators[i] = e.model.indicators[i].rule.evaluate(ctx, e.values)
	}
	return criteria, indicators
}

func (e *evaluation) criterion(c *compiledCriterion, ruled ruling) CriterionResult {
	r := CriterionResult{
		ID: c.ID, Stage: c.stage, Competency: c.Competency, Required: c.Required, Mode: c.Mode, Title: c.Text, Questions: c.Questions,
		AtLeast: c.atLeast,
	}
	if !c.applicable {
		r.Result, r.Reason, r.Message = NotApplicable, ReasonOtherProfile, textOtherProfile(e.model.profile)
		return r
	}
	if exemption, ok := e.in.Exemptions[c.ID]; ok && e.in.Now.Before(exemption.Until) {
		r.Result, r.Reason, r.Message = Exempt, ReasonExempted, textExempted(exemption)
		return r
	}
	switch c.Mode {
	case ModeAttested:
		e.attest(c, &r)
	case ModeObserved:
		e.observe(c, ruled, &r)
	default:
		e.observeAndAttest(c, ruled, &r)
	}
	return r
}

// observe fills the result from the rule.
func (e *evaluation) observe(c *compiledCriterion, ruled ruling, r *CriterionResult) {
	r.Result, r.Observed = ruled.outcome, ruled.outcome
	switch {
	case ruled.err != nil:
		r.Reason, r.Message = ReasonRuleFailed, textRuleFailed(ruled.err)
		return
	case r.Result == True:
		r.Reason = ReasonRuleTrue
	case r.Result == False:
		r.Reason = ReasonRuleFalse
	default:
		r.Reason = ReasonNoData
	}
	r.Message = e.explain(c.rule.logic, ruled.parts)
	e.evidence(c.rule.logic, ruled.parts, r)
}

// evidence fills grade, objects and missing facts from the atoms that decided.
func (e *evaluation) evidence(logic *condition, at parts, r *CriterionResult) {
	r.Grade = logic.grade(at, e.grade)
	for _, atom := range logic.atoms(at) {
		for _, fact := range atom.facts {
			if e.values[fact] == nil {
				r.MissingFacts = appendNew(r.MissingFacts, Facts[fact].Name)
			}
			for _, object := range e.in.Facts[Facts[fact].Name].Objects {
				r.Objects = appendNew(r.Objects, object)
			}
		}
	}
	if over := len(r.Objects) - MaxObjects; over > 0 {
		r.Objects, r.ObjectsLeftOut = r.Objects[:MaxObjects:MaxObjects], over
	}
}

func appendNew(list []string, item string) []string {
	if slices.Contains(list, item) {
		return list
	}
	return append(list, item)
}

func (e *evaluation) grade(fact int) Grade {
	if grade := e.in.Facts[Facts[fact].Name].Grade; grade != "" {
		return grade
	}
	return GradeDeclared
}

// verdict joins the verdicts of a criterion's questions: all must be True.
func (e *evaluation) verdict(c *compiledCriterion) (Outcome, string) {
	outcome, reason := True, ReasonAttestedTrue
	for _, id := range c.Questions {
		verdict, asked := e.in.Verdicts[c.asks(id)]
		switch {
		case verdict.Result == True:
		case verdict.Result == False:
			if outcome != False {
				outcome, reason = False, orElse(verdict.Reason, ReasonAttestedFalse)
			}
		case outcome == True && asked:
			outcome, reason = Unknown, orElse(verdict.Reason, ReasonNotAttested)
		case outcome == True:
			outcome, reason = Unknown, ReasonNotAttested
		}
	}
	return outcome, reason
}

func orElse(s, fallback string) string {
	if s != "" {
		return s
	}
	return fallback
}

// attest fills the result from the verdicts.
func (e *evaluation) attest(c *compiledCriterion, r *CriterionResult) {
	r.Attested, r.Reason = e.verdict(c)
	r.Result = r.Attested
	r.Message = e.explainVerdicts(c)
	if r.Result != Unknown {
		r.Grade = GradeAttested
	}
}

func (e *evaluation) observeAndAttest(c *compiledCriterion, ruled ruling, r *CriterionResult) {
	var asked CriterionResult
	e.attest(c, &asked)
	e.observe(c, ruled, r)
	observedReason := r.Reason
	r.Attested = asked.Attested
	r.Result = both(r.Observed, r.Attested)
	r.Message = joinTexts("; ", r.Message, asked.Message)
	switch {
	case r.Result == True:
		r.Reason, r.Grade = ReasonDoneAndFelt, weaker(r.Grade, asked.Grade)
	case r.Observed == False && r.Attested == True:
		r.Reason = ReasonWordsOnly
	case r.Observed == True && r.Attested == False:
		r.Reason, r.Grade = ReasonNotFelt, asked.Grade
	case r.Observed == False:
		r.Reason = observedReason // grade and reason stay those of the deeds
	case r.Attested == False:
		r.Reason, r.Grade = asked.Reason, asked.Grade
	case r.Observed == Unknown:
		r.Reason, r.Grade = observedReason, ""
	default:
		r.Reason, r.Grade = asked.Reason, ""
	}
}

func (e *evaluation) indicator(in *compiledIndicator, ruled ruling) IndicatorResult {
	result := IndicatorResult{ID: in.ID, Title: in.Text, Result: ruled.outcome, ClearedBy: in.ClearedBy}
	if ruled.err != nil {
		result.Message = textRuleFailed(ruled.err)
		return result
	}
	// A sign is nothing to satisfy: show the values, not what they "need".
	result.Message = inBoth(func(w *words) string { return e.factValues(w, in.rule.facts, "; ") }).clip(MaxMessage)
	return result
}

// gaps finds where words and deeds disagree on one criterion.
func (e *evaluation) gaps(result *Result) {
	for i := range result.Criteria {
		c := &result.Criteria[i]
		switch {
		case c.Attested == True && c.Observed == False:
			result.EvidenceGapCriteria = append(result.EvidenceGapCriteria, c.ID)
		case c.Attested == False && c.Observed == True:
			result.NotFeltCriteria = append(result.NotFeltCriteria, c.ID)
		}
	}
	result.EvidenceGap = len(result.EvidenceGapCriteria) > 0
	result.NotFelt = len(result.NotFeltCriteria) > 0
}
