// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

// gapStages is by how many stages words and deeds must differ to be reported.
const gapStages = 2

// climb is the ladder: the highest stage s, from 1 to top, such that every criterion that counts in stages 2..s passes.
func climb(criteria []CriterionResult, top int, counts, passes func(*CriterionResult) bool) int {
	reached := top
	for i := range criteria {
		c := &criteria[i]
		if c.Stage <= reached && counts(c) && !passes(c) {
			reached = max(c.Stage-1, 1)
		}
	}
	return reached
}

func isRequired(c *CriterionResult) bool { return c.Required }

func resultPasses(c *CriterionResult) bool { return c.Result.Passes() }

// observedPasses ignores questions. No observed half means that only people can say, or that the criterion is excused.
func observedPasses(c *CriterionResult) bool { return c.Observed == True || c.Observed == "" }

// attestedPasses ignores rules. No attested half means that only deeds can tell, or that the criterion is excused.
func attestedPasses(c *CriterionResult) bool { return c.Attested == True || c.Attested == "" }

// notDenied is attestedPasses with the benefit of the doubt: only a clear no stops. Without it a program that asked
// nobody would be told that its people do not feel what is done.
func notDenied(c *CriterionResult) bool { return c.Attested != False }

// standing fills stages, competencies, progress and the gaps between stages.
func (e *evaluation) standing(result *Result) {
	stages := e.model.framework.Stages
	top, criteria := len(stages), result.Criteria
	result.Stage = top
	for _, name := range e.model.framework.Competencies {
		level := climb(criteria, top, func(c *CriterionResult) bool { return c.Required && c.Competency == name }, resultPasses)
		result.Competencies = append(result.Competencies, CompetencyLevel{Name: name, Level: level})
		result.Stage = min(result.Stage, level)
	}
	result.StageName = e.model.StageName(result.Stage)
	result.ObservedStage = climb(criteria, top, isRequired, observedPasses)
	if e.anyVerdict() {
		result.AttestedStage = climb(criteria, top, isRequired, attestedPasses)
	}
	result.Weakest = weakest(result)
	if result.Stage < top {
		result.Progress = progress(criteria, result.Stage+1, "")
	}
	felt := climb(criteria, top, isRequired, notDenied)
	result.EvidenceGap = result.EvidenceGap || result.AttestedStage-result.ObservedStage >= gapStages
	result.NotFelt = result.NotFelt || result.ObservedStage-felt >= gapStages
}

// anyVerdict tells whether some question of the framework has an answer.
func (e *evaluation) anyVerdict() bool {
	for asked, verdict := range e.in.Verdicts {
		if _, ok := e.model.framework.Questions[asked.Question]; ok && (verdict.Result == True || verdict.Result == False) {
			return true
		}
	}
	return false
}

// progress counts the required, applicable criteria of a stage, of one competency or (empty) of all.
func progress(criteria []CriterionResult, stage int, competency string) Progress {
	p := Progress{Stage: stage}
	for i := range criteria {
		c := &criteria[i]
		if c.Stage != stage || !c.Required || c.Result == NotApplicable || (competency != "" && c.Competency != competency) {
			continue
		}
		p.Required++
		if c.Result.Passes() {
			p.Met++
		}
	}
	return p
}

// weakest names the competency that holds the stage down. At the highest stage none does.
func weakest(result *Result) string {
	name, least := "", 2.0
	for _, competency := range result.Competencies {
		if competency.Level != result.Stage {
			continue
		}
		p := progress(result.Criteria, result.Stage+1, competency.Name)
		if p.Required == 0 {
			continue
		}
		if share := float64(p.Met) / float64(p.Required); share < least {
			name, least = competency.Name, share
		}
	}
	return name
}

// StageName gives a stage's name in both languages; empty outside the ladder.
func (m *Model) StageName(number int) Text {
	if number < 1 || number > len(m.framework.Stages) {
		return Text{}
	}
	stage := m.framework.Stages[number-1]
	return Text{EN: stage.Name, RU: stage.RU}
}

// StageName names a stage of the built-in six, e.g. StageName(2, "en") is "Explore"; lang is "en" or "ru". It is empty
// for a number outside 1..6.
func StageName(number int, lang string) string {
	framework, err := Builtin(SixStages)
	if err != nil {
		return "" // the embedded file is broken, which the tests of this package would not let through
	}
	return (&Model{framework: framework}).StageName(number).In(lang)
}
