// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

const (
	// dontKnow is the option of not knowing; the others are the values of the scale: 0, 1, 2 and so on.
	dontKnow = "dont-know"
	// maxAsked is how many questions a questionnaire has at most.
	maxAsked = 40
	// levelAttribute is the contacts' attribute that says where in the organization they stand.
	levelAttribute = "level"
)

// SurveyFramework is the framework whose questions a survey asks, nil when it asks its own. The error wraps ErrNoFramework or is
// maturity.Problems.
func SurveyFramework(s *Snapshot, survey *cxv1.Survey) (*maturity.Framework, error) {
	if survey.Spec.FrameworkRef == "" {
		return nil, nil
	}
	framework, err := FrameworkOf(s, string(survey.Spec.FrameworkRef))
	if err != nil {
		return nil, err
	}
	return framework, framework.Validate()
}

// asked is what a survey asks, and the framework that it is made from. The error is a *SurveyError.
func (in SurveyInput) asked() (cxv1.Questionnaire, *cxv1.WaveFramework, error) {
	field, asked, framework := "spec.questionnaire", cxv1.Questionnaire{}, (*cxv1.WaveFramework)(nil)
	switch spec := in.Survey.Spec; {
	case spec.FrameworkRef != "" && in.Framework == nil:
		return asked, nil, &SurveyError{cxv1.ReasonFrameworkNotReady, fmt.Sprintf("spec.frameworkRef: %q cannot be used.", spec.FrameworkRef)}
	case spec.FrameworkRef != "":
		field = "spec.frameworkRef"
		var err error
		if asked, framework, err = FrameworkQuestionnaire(in.Framework); err != nil {
			return asked, nil, &SurveyError{cxv1.ReasonInvalidQuestionnaire, field + ": " + err.Error() + "."}
		}
	case spec.Questionnaire != nil:
		asked = *spec.Questionnaire.DeepCopy()
	}
	if err := questionnaire.Check(asked, in.Program.Spec.Languages); err != nil {
		return asked, nil, &SurveyError{cxv1.ReasonInvalidQuestionnaire, field + ": " + err.Error() + "."}
	}
	return asked, framework, nil
}

// FrameworkQuestionnaire asks the questions of a framework, in the order of their ids: one choice each, of the steps of its scale and
// of not knowing. The error says why they cannot be asked.
func FrameworkQuestionnaire(f *maturity.Framework) (cxv1.Questionnaire, *cxv1.WaveFramework, error) {
	asked := cxv1.Questionnaire{Title: cxv1.LocalizedText{
		EN: "How we work for our customers: what is true where you work?", RU: "Как мы работаем для клиентов: что верно там, где вы работаете?",
	}}
	from := &cxv1.WaveFramework{Name: cxv1.Ref(f.Name), Questions: slices.SortedFunc(maps.Keys(f.Questions), compareIDs)}
	if n := len(from.Questions); n == 0 || n > maxAsked {
		return asked, nil, fmt.Errorf("the framework %s has %d questions: a survey asks 1 to %d", f.Name, n, maxAsked)
	}
	seen := map[string]bool{}
	for _, id := range from.Questions {
		question := cxv1.Question{
			ID: strings.Trim(strings.ToLower(id), "-"), Type: cxv1.QuestionSingleChoice, Answer: cxv1.AnswerRequired,
			Text: localized(f.Questions[id].Text),
		}
		if seen[question.ID] {
			return asked, nil, fmt.Errorf("the framework %s has two questions %s, which differ in capital letters or dashes only: rename one",
				f.Name, question.ID)
		}
		seen[question.ID] = true
		for _, step := range f.Scales[f.Questions[id].Scale] {
			question.Options = append(question.Options, cxv1.Option{ID: strconv.Itoa(step.Value), Text: localized(step.Text)})
		}
		question.Options = append(question.Options, cxv1.Option{ID: dontKnow, Text: cxv1.LocalizedText{EN: "I don’t know", RU: "Не знаю"}})
		asked.Questions = append(asked.Questions, question)
	}
	return asked, from, nil
}

func localized(t maturity.Text) cxv1.LocalizedText { return cxv1.LocalizedText{EN: t.EN, RU: t.RU} }

// compareIDs orders Q2 before Q10.
func compareIDs(a, b string) int {
	nameA, numberA := splitID(a)
	nameB, numberB := splitID(b)
	return cmp.Or(strings.Compare(nameA, nameB), cmp.Compare(numberA, numberB), strings.Compare(a, b))
}

func splitID(id string) (name string, number int) {
	name = strings.TrimRight(id, "0123456789")
	number, _ = strconv.Atoi(id[len(name):]) // no number is 0
	return name, number
}

// Attests says whether the answers to a wave still have to become an Assessment.
func Attests(wave *cxv1.SurveyWave) bool {
	t := &wave.Spec.Template
	done := meta.FindStatusCondition(wave.Status.Conditions, cxv1.ConditionAttested)
	return wave.Status.Phase == cxv1.WaveClosed && t.Framework != nil && !t.DryRun && (done == nil || done.Reason == cxv1.ReasonForeignObject)
}

// Attestation counts the answers to a wave that asked a framework's questions, by question and level. What would tell about fewer
// people than may be spoken of is not told: as soon as one level of a question is that small, or answered alike while it is small,
// the question is counted for all levels together, for the others would give it away; and a question of which that is too little,
// too, is left out. Answers of a wave that is Anonymous, and of people whose level is not known, have no level.
func Attestation(t *cxv1.WaveTemplate, answers iter.Seq2[store.StoredAnswer, error]) ([]cxv1.AttestationCounts, error) {
	tallies := make([]levels, len(t.Questionnaire.Questions))
	for i := range tallies {
		tallies[i] = levels{}
	}
	for answer, err := range answers {
		if err != nil {
			return nil, err
		}
		given, err := questionnaire.Decode(t.Questionnaire, answer.Values)
		if err != nil {
			return nil, fmt.Errorf("a stored answer does not fit the wave's questionnaire: %w", err)
		}
		level := levelOf(t, answer)
		for i, question := range t.Questionnaire.Questions {
			if option, ok := given[question.ID].(string); ok {
				tallies[i].add(t.Framework.Questions[i], level, question, option)
			}
		}
	}
	var counts []cxv1.AttestationCounts
	for _, tally := range tallies {
		counts = append(counts, tally.tellable(max(minReport, MinReport(t)))...)
	}
	return counts, nil
}

func levelOf(t *cxv1.WaveTemplate, answer store.StoredAnswer) cxv1.AttestationLevel {
	if t.Anonymity == cxv1.AnonymityAnonymous {
		return cxv1.AttestationAll
	}
	said := strings.TrimSpace(answer.Attributes[levelAttribute])
	for _, level := range attestationLevels {
		if strings.EqualFold(said, string(level)) {
			return level
		}
	}
	return cxv1.AttestationAll
}

// levels are the counts of a question by level.
type levels map[cxv1.AttestationLevel]*cxv1.AttestationCounts

func (l levels) add(id string, level cxv1.AttestationLevel, question cxv1.Question, option string) {
	counts := l[level]
	if counts == nil {
		counts = &cxv1.AttestationCounts{Question: id, Level: level, Answers: make([]int64, len(question.Options)-1)}
		l[level] = counts
	}
	if step, err := strconv.Atoi(option); err == nil {
		counts.Answers[step]++
	} else {
		counts.DontKnow++
	}
}

// tellable are the counts by level where all levels may be told, else those of all together, else none.
func (l levels) tellable(least int64) []cxv1.AttestationCounts {
	var byLevel []cxv1.AttestationCounts
	var all *cxv1.AttestationCounts
	whole := true
	for _, level := range append([]cxv1.AttestationLevel{cxv1.AttestationAll}, attestationLevels...) {
		counts := l[level]
		if counts == nil {
			continue
		}
		// Counts are either by level or for all: people without a level would be in neither.
		whole = whole && level != cxv1.AttestationAll && mayTell(counts, least)
		byLevel = append(byLevel, *counts)
		if all == nil {
			all = &cxv1.AttestationCounts{Question: counts.Question, Level: cxv1.AttestationAll, Answers: make([]int64, len(counts.Answers))}
		}
		all.DontKnow += counts.DontKnow
		for step, n := range counts.Answers {
			all.Answers[step] += n
		}
	}
	switch {
	case all == nil:
		return nil
	case whole:
		return byLevel
	case mayTell(all, least):
		return []cxv1.AttestationCounts{*all}
	}
	return nil
}

// mayTell says whether counts tell nothing about single people: they are enough, and those of a few do not all say the same.
func mayTell(c *cxv1.AttestationCounts, least int64) bool {
	total, most := c.DontKnow, c.DontKnow
	for _, n := range c.Answers {
		total, most = total+n, max(most, n)
	}
	return total >= least && (most < total || total >= unanimousCells*least)
}

// WaveAssessment is the Assessment that the answers to a wave become. It has no owner: it outlives the wave.
func WaveAssessment(wave *cxv1.SurveyWave, program *cxv1.Program, counts []cxv1.AttestationCounts) *cxv1.Assessment {
	t := &wave.Spec.Template
	closed := t.ClosesAt.Time
	if wave.Status.ClosedAt != nil {
		closed = wave.Status.ClosedAt.Time
	}
	return &cxv1.Assessment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: wave.Namespace, Name: assessmentName(t),
			Labels: map[string]string{cxv1.LabelSurvey: string(t.Survey), cxv1.LabelWave: wave.Name},
		},
		Spec: cxv1.AssessmentSpec{
			Framework: string(t.Framework.Name), Date: cxv1.Date(closed.In(Zone(program)).Format(time.DateOnly)),
			Evidence: cxv1.Evidence("SurveyWave " + wave.Name), Counts: counts,
		},
	}
}

// maxAssessmentName is how long the name of an Assessment may be.
const maxAssessmentName = 48

// assessmentName is the name of the wave, cut where that is too long: the slot stays, and a hash tells surveys apart.
func assessmentName(t *cxv1.WaveTemplate) string {
	survey, slot := string(t.Survey), "-"+t.Slot
	if len(survey)+len(slot) <= maxAssessmentName {
		return survey + slot
	}
	sum := sha256.Sum256([]byte(survey))
	hash := "-" + hex.EncodeToString(sum[:4])
	return strings.TrimRight(survey[:maxAssessmentName-len(slot)-len(hash)], "-.") + hash + slot
}
