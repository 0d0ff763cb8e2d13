// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"fmt"
	"slices"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/measure"
)

const (
	// minReport is the privacy threshold: nothing is said about fewer answers by themselves, neither a number nor the name of
	// a level.
	minReport = 5
	// minDeciding is how many answers decide where they are not most of the organization. Five who all say yes would pass
	// Wilson's interval also in a firm of two thousand, and be five who like the topic.
	minDeciding = 2 * minReport
	// rounding is far below what one answer among all people on earth would change.
	rounding = 1e-12
)

// people are those for whom answers speak. 0 is not known, and taken to be many.
type people struct {
	all     int64
	byLevel map[cxv1.AttestationLevel]int64
}

func peopleOf(program *cxv1.Program) people {
	p := people{byLevel: map[cxv1.AttestationLevel]int64{}}
	if program.Spec.Headcount != nil {
		p.all = *program.Spec.Headcount
	}
	for _, level := range program.Spec.HeadcountByLevel {
		p.byLevel[cxv1.AttestationLevel(level.Level)] = level.Count
	}
	return p
}

// ballot is how people answered a question: yes of n. Who left the question out with "I don't know" was asked, but has no
// part in n.
type ballot struct{ yes, n, left int64 }

func (b ballot) share() float64 { return float64(b.yes) / float64(b.n) }

// asked is how many people stand behind the ballot.
func (b ballot) asked() int64 { return b.n + b.left }

// ballotOf counts one level's answers at a threshold. The counts must have as many steps as the scale.
func ballotOf(counts *cxv1.AttestationCounts, dontKnow string, atLeast int) ballot {
	var b ballot
	for value, people := range counts.Answers {
		b.n += people
		if value >= atLeast {
			b.yes += people
		}
	}
	if dontKnow == dontKnowZero {
		b.n += counts.DontKnow
	} else {
		b.left = counts.DontKnow
	}
	return b
}

// dontKnowZero is maturity.Question.DontKnow where not knowing is itself the answer.
const dontKnowZero = "zero"

// attested is what answers prove, and the estimate behind it; nil where it must not be shown.
type attested struct {
	verdict  maturity.Verdict
	estimate *measure.Estimate
}

// attest judges the answers to one question at one threshold:
//
//   - True: the share of a yes and the lower end of its interval are high enough, and so is the share on every level that has
//     enough answers to be spoken of;
//   - False: the upper end of the interval is below the share that is needed, or one such level is below its minimum;
//   - Unknown otherwise: too few to tell.
//
// The interval is Wilson's, corrected for the finite population: when everybody was asked there is nothing left to guess, and
// the answers decide exactly. Who doesn't know and is left out is no longer one of those whose opinion could be guessed.
func attest(counts []cxv1.AttestationCounts, dontKnow string, atLeast int, rule maturity.Attestation, headcount int64) attested {
	var total ballot
	levels := make(map[cxv1.AttestationLevel]ballot, len(counts))
	for i := range counts {
		b := ballotOf(&counts[i], dontKnow, atLeast)
		levels[counts[i].Level] = b
		total = ballot{yes: total.yes + b.yes, n: total.n + b.n, left: total.left + b.left}
	}
	population := max(headcount-total.left, 0)
	estimate, err := measure.Share{Chosen: total.yes, Total: total.n}.Estimate(population)
	if err != nil || isFew(total, headcount) {
		return attested{verdict: maturity.Verdict{Result: maturity.Unknown, Reason: maturity.ReasonTooFewAnswers}}.show(total, estimate, err)
	}
	level, short := shortLevel(levels, rule.MinLevelShare)
	v := maturity.Verdict{Result: maturity.Unknown, Reason: maturity.ReasonTooFewAnswers}
	switch low, high := estimate.Interval.Low/100, estimate.Interval.High/100; {
	case high < rule.Share-rounding:
		v = maturity.Verdict{Result: maturity.False}
	case short:
		v = maturity.Verdict{Result: maturity.False, Reason: maturity.ReasonLevelBelowMinimum, Level: level}
	case total.share() >= rule.Share-rounding && low >= rule.LowerBound-rounding:
		v = maturity.Verdict{Result: maturity.True}
	}
	return attested{verdict: v}.show(total, estimate, nil)
}

// isFew tells whether the answers cannot decide, whatever they are. Below the privacy threshold they do only when everybody was
// asked: then it was a joint session, and no secret.
func isFew(b ballot, headcount int64) bool {
	isMost, isAll := headcount > 0 && 2*b.asked() > headcount, headcount > 0 && b.asked() == headcount
	return (b.n < minDeciding && !isMost) || (b.n < minReport && !isAll)
}

// shortLevel finds the level with the smallest share below the minimum, among those that may be spoken of. Where nobody was
// asked for a level, there is none.
func shortLevel(levels map[cxv1.AttestationLevel]ballot, minimum float64) (name string, found bool) {
	least := minimum - rounding
	for _, level := range attestationLevels {
		b, answered := levels[level]
		if !answered || b.n < minReport || b.share() >= least {
			continue
		}
		name, least, found = string(level), b.share(), true
	}
	return name, found
}

// attestationLevels are the levels of an organization, from the lowest.
var attestationLevels = []cxv1.AttestationLevel{
	cxv1.AttestationLevel(cxv1.LevelStaff), cxv1.AttestationLevel(cxv1.LevelManager), cxv1.AttestationLevel(cxv1.LevelSeniorManager),
	cxv1.AttestationLevel(cxv1.LevelExecutive), cxv1.AttestationLevel(cxv1.LevelCEO),
}

// show puts the numbers in, if they may be shown. A few who all say the same are shown no more than one of them would be.
func (a attested) show(b ballot, estimate measure.Estimate, err error) attested {
	unanimous := b.yes == 0 || b.yes == b.n
	if err != nil || b.n < minReport || (unanimous && b.n < 2*minReport) {
		return a
	}
	a.verdict.Reached, a.verdict.Answers = int(b.yes), int(b.n)
	a.estimate = &estimate
	return a
}

// wrongCounts says what is wrong with the counts of one question; empty when they can be judged. They may only be judged
// then.
func wrongCounts(framework *maturity.Framework, id string, counts []cxv1.AttestationCounts, who people) (reason, message string) {
	question, known := framework.Questions[id]
	if !known {
		return cxv1.ReasonUnknownQuestion, fmt.Sprintf("%s is not a question of the framework %s", id, framework.Name)
	}
	steps := len(framework.Scales[question.Scale])
	var asked int64
	for i := range counts {
		if n := len(counts[i].Answers); n != steps {
			return cxv1.ReasonUnknownQuestion, fmt.Sprintf("%s has %d answers to choose from, the counts have %d", id, steps, n)
		}
		here := ballotOf(&counts[i], dontKnowZero, 0).n
		if level, known := who.byLevel[counts[i].Level]; known && here > level {
			return cxv1.ReasonCountsInconsistent, fmt.Sprintf("%s was answered by more people of level %s than the %d in headcountByLevel "+
				"of the Program", id, counts[i].Level, level)
		}
		asked += here
	}
	if who.all > 0 && asked > who.all {
		return cxv1.ReasonCountsInconsistent, fmt.Sprintf("%s was answered by %d people, more than the %d in headcount of the Program",
			id, asked, who.all)
	}
	return "", ""
}

// questionCounts is what an assessment says about one question.
type questionCounts struct {
	id     string
	counts []cxv1.AttestationCounts
}

// byQuestion groups counts, in the order of ids.
func byQuestion(all []cxv1.AttestationCounts) []questionCounts {
	var grouped []questionCounts
	place := map[string]int{}
	for _, c := range all {
		i, known := place[c.Question]
		if !known {
			i = len(grouped)
			place[c.Question] = i
			grouped = append(grouped, questionCounts{id: c.Question})
		}
		grouped[i].counts = append(grouped[i].counts, c)
	}
	slices.SortFunc(grouped, func(a, b questionCounts) int { return cmp.Compare(a.id, b.id) })
	return grouped
}
