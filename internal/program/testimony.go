// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"errors"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/store"
)

// testimony is what people say about a program, and what it is excused from.
type testimony struct {
	verdicts   map[maturity.Asked]maturity.Verdict
	exemptions map[string]maturity.Exemption
	// wake is when time alone changes something of it; zero for never.
	wake time.Time
}

// givenAnswers are the answers to one question that count, and from when to when.
type givenAnswers struct {
	questionCounts
	from, until time.Time
}

// testify reads the assessments of a framework: of several that have answers to a question the newest counts, by date, then
// by name. Answers that are wrong are as if they had not been given.
func testify(s *Snapshot, framework *maturity.Framework, program *cxv1.Program, ev *store.Evidence, now time.Time) testimony {
	w := witness{
		framework: framework, who: peopleOf(program), zone: Zone(program), now: now, newest: map[string]givenAnswers{},
		testimony: testimony{verdicts: map[maturity.Asked]maturity.Verdict{}, exemptions: map[string]maturity.Exemption{}},
	}
	if ev != nil {
		w.recorded = ev.Decisions
	}
	for _, a := range s.Assessments {
		if cmp.Or(a.Spec.Framework, defaultFramework) == framework.Name {
			w.hear(s, a)
		}
	}
	w.judge()
	return w.testimony
}

// witness is one run over the assessments of a framework.
type witness struct {
	testimony
	framework *maturity.Framework
	who       people
	zone      *time.Location
	now       time.Time
	newest    map[string]givenAnswers
	recorded  []store.Decision
}

func (w *witness) hear(s *Snapshot, a *cxv1.Assessment) {
	from, until := answersCount(a, w.framework, w.zone)
	if w.now.Before(from) {
		w.wake = sooner(w.wake, from)
		return
	}
	for _, q := range byQuestion(a.Spec.Counts) {
		if w.counts(q, from) {
			w.newest[q.id] = givenAnswers{questionCounts: q, from: from, until: until}
		}
	}
	approved := ApprovedExemptions(s, a, w.recorded)
	for _, e := range a.Spec.Exemptions {
		state, end := phaseOf(e, from, w.framework, w.zone, w.now)
		if state != cxv1.ExemptionInForce || !approved(e) {
			continue
		}
		w.wake = sooner(w.wake, end)
		if end.After(w.exemptions[e.Criterion].Until) { // of two for one criterion the longer one counts
			w.exemptions[e.Criterion] = maturity.Exemption{Reason: e.Reason, ApprovedBy: string(e.ApprovedBy), Until: end}
		}
	}
}

// counts tells whether answers count rather than those that were found so far. Assessments come in the order of names.
func (w *witness) counts(q questionCounts, from time.Time) bool {
	reason, _ := wrongCounts(w.framework, q.id, q.counts, w.who)
	return reason == "" && !from.IsZero() && !from.Before(w.newest[q.id].from)
}

func (w *witness) judge() {
	for _, asked := range w.framework.Asked() {
		answers, given := w.newest[asked.Question]
		if !given {
			continue
		}
		expired := !w.now.Before(answers.until)
		if !expired {
			w.wake = sooner(w.wake, answers.until)
		}
		w.verdicts[asked] = answers.judge(w.framework, asked, w.who.all, expired).verdict
	}
}

// AskedFramework is the framework whose questions an assessment answers; it is valid, though its rules need not be. The error
// wraps ErrNoFramework or is maturity.Problems.
func AskedFramework(s *Snapshot, a *cxv1.Assessment) (*maturity.Framework, error) {
	framework, err := FrameworkOf(s, cmp.Or(a.Spec.Framework, defaultFramework))
	if err != nil {
		return nil, err
	}
	return framework, framework.Validate()
}

// checkAssessment finds what does not count of an assessment, and that its framework cannot be used.
func (c *checker) checkAssessment(a *cxv1.Assessment) {
	name := cmp.Or(a.Spec.Framework, defaultFramework)
	framework, err := AskedFramework(c.s, a)
	if err != nil {
		c.frameworkNotReady(a, "spec.framework", name, err)
		return
	}
	c.assessmentMistakes(a, mistakesIn(a, framework, c.program), CheckAssessment(a, framework, c.program))
}

// frameworkNotReady reports that an object names a framework that cannot be used.
func (c *checker) frameworkNotReady(obj Object, field, name string, err error) {
	rule := RuleFrameworkInvalid
	if errors.Is(err, ErrNoFramework) {
		rule = RuleFrameworkNotFound
	}
	c.error(obj, rule, field, name, cxv1.ReasonFrameworkNotReady, "%s: %q cannot be used: %s", field, name, FirstProblem(err))
	if rule == RuleFrameworkNotFound {
		c.found[len(c.found)-1].Names = "Framework/" + name
	}
}

// judgeAssessments judges what people attested. Without evidence no exemption is approved.
func (e *evaluator) judgeAssessments() {
	for _, a := range e.s.Assessments {
		framework, err := AskedFramework(e.s, a)
		if err != nil {
			continue // Check says so
		}
		judgement := JudgeAssessment(AssessmentInput{
			Assessment: a, Framework: framework, Program: e.program, Now: e.now,
			Approved: ApprovedExemptions(e.s, a, e.evidence.Decisions),
		})
		for _, c := range judgement.Conditions {
			e.condition(a, c)
		}
	}
}
