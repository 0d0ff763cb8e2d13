// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/measure"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

const (
	// usualMinReport is the number of answers below which nothing is shown, where a survey does not ask for more; and the least
	// that employees are shown by.
	usualMinReport = 5
	// unanimousCells is how many times minReport a cell of employees must have before it may be unanimous: below, a figure
	// says what each of them answered.
	unanimousCells = 2
	// surveySource is the source of points that waves gave.
	surveySource = "survey"
)

// WaveResults are the figures of a wave by question, in the order of the questionnaire. Free texts have none. population is how
// many people were eligible when all of them were asked, else 0.
func WaveResults(t *cxv1.WaveTemplate, counts questionnaire.Counts, population int64) []cxv1.QuestionResult {
	var results []cxv1.QuestionResult
	for i, question := range t.Questionnaire.Questions {
		if question.Type == cxv1.QuestionFreeText {
			continue
		}
		method, option, sample := ownFigure(question, counts.Questions[i])
		result := cxv1.QuestionResult{Question: question.ID, Method: method, State: cxv1.ResultSuppressed}
		if isShowable(t, question, counts.Questions[i]) {
			// Below the threshold not even the option that most people chose may be named.
			result.Option = option
			show(&result, sample, population)
		}
		results = append(results, result)
	}
	return results
}

func show(result *cxv1.QuestionResult, sample measure.Sample, population int64) {
	estimate, err := sample.Estimate(population)
	if err != nil {
		return
	}
	point, err := withEstimate(store.KPIPoint{}, estimate)
	if err != nil {
		return
	}
	result.State, result.N = cxv1.ResultShown, &point.N
	result.Value, result.Low, result.High = cxv1.Decimal(point.Value), cxv1.Decimal(point.Low), cxv1.Decimal(point.High)
}

// ownFigure is the figure by which a wave shows a question: the one that its type is named after, and for effort the plain mean,
// because vendors disagree on all others.
func ownFigure(question cxv1.Question, c questionnaire.QuestionCounts) (method cxv1.KPIMethod, option string, sample measure.Sample) {
	answers := measure.Answers(c.Numbers)
	lowest, highest, _ := questionnaire.Range(question)
	var err error
	switch question.Type {
	case cxv1.QuestionNPS:
		method = cxv1.MethodNPS
		sample, err = measure.NPS(answers)
	case cxv1.QuestionCSAT:
		method = cxv1.MethodCSAT
		sample, err = measure.CSAT(answers, lowest, highest, int(topFrom(*question.Scale)))
	case cxv1.QuestionCES:
		method = cxv1.MethodCESMean
		sample, err = measure.CESMean(answers, lowest, highest)
	case cxv1.QuestionSingleChoice, cxv1.QuestionMultipleChoice:
		option = mostChosen(question, c)
		return cxv1.MethodShare, option, measure.Share{Chosen: c.Options[option], Total: c.N}
	default:
		method = cxv1.MethodMean
		sample, err = measure.MeanOf(answers, lowest, highest)
	}
	if err != nil {
		return method, "", measure.Share{} // which has no estimate
	}
	return method, "", sample
}

// mostChosen is the first of the options that most people chose.
func mostChosen(question cxv1.Question, c questionnaire.QuestionCounts) string {
	best := question.Options[0].ID
	for _, option := range question.Options[1:] {
		if c.Options[option.ID] > c.Options[best] {
			best = option.ID
		}
	}
	return best
}

// MinReport is the number of answers below which a wave shows no figure.
func MinReport(t *cxv1.WaveTemplate) int64 {
	least := int64(usualMinReport)
	if t.MinReport != nil {
		least = int64(*t.MinReport)
	}
	if asksInside(t.Audience) {
		least = max(least, usualMinReport)
	}
	return least
}

func asksInside(audience []cxv1.PersonaType) bool {
	return slices.Contains(audience, cxv1.PersonaEmployee) || slices.Contains(audience, cxv1.PersonaInternalCustomer)
}

// isShowable says whether a question's figure may be shown: enough answers, and among employees no small cell in which all
// answers count alike, because then the figure says what each of them answered.
func isShowable(t *cxv1.WaveTemplate, question cxv1.Question, c questionnaire.QuestionCounts) bool {
	least := MinReport(t)
	if c.N < least {
		return false
	}
	if !asksInside(t.Audience) || c.N >= unanimousCells*least {
		return true
	}
	classes := map[int]int64{}
	for number, n := range c.Numbers {
		classes[classOf(question, number)] += n
	}
	alike := func(n int64) bool { return n == c.N }
	return !slices.ContainsFunc(slices.Collect(maps.Values(classes)), alike) &&
		!slices.ContainsFunc(slices.Collect(maps.Values(c.Options)), alike)
}

// classOf is what an answer counts as in its question's figure: a promoter, passive or detractor; satisfied or not; else itself.
func classOf(question cxv1.Question, number int) int {
	switch {
	case question.Type == cxv1.QuestionNPS && number >= 9:
		return 2
	case question.Type == cxv1.QuestionNPS && number >= 7:
		return 1
	case question.Type == cxv1.QuestionNPS:
		return 0
	case question.Type == cxv1.QuestionCSAT && question.Scale != nil && number >= int(topFrom(*question.Scale)):
		return 1
	case question.Type == cxv1.QuestionCSAT:
		return 0
	}
	return number
}

// Population is how many people were eligible if all of them were asked, else 0: then what the answers say of the others is
// a guess like any other.
func Population(counts store.AudienceCounts) int64 {
	asked := audience.CountsOf(counts.Invited, counts.Skipped)
	if asked.Invited < asked.Eligible || counts.Foreign > 0 { // nobody knows how many could have answered elsewhere
		return 0
	}
	return asked.Eligible
}

// ClosedWave is a closed wave with its answers.
type ClosedWave struct {
	Questionnaire cxv1.Questionnaire
	Template      *cxv1.WaveTemplate
	ClosedAt      time.Time
	Counts        questionnaire.Counts
	Population    int64
}

// SurveyPoint computes the point that waves of a survey give for a KPI whose source they are. The newest wave comes first; older
// ones are taken in as far as the KPI asks for and the question stayed the same. The error is ErrNoPoint when there is nothing
// to show (yet), or a *KPIError.
func SurveyPoint(kpi *cxv1.KPI, waves []ClosedWave, now time.Time) (store.KPIPoint, error) {
	source := kpi.Spec.Source.Survey
	if source == nil || len(waves) == 0 {
		return store.KPIPoint{KPI: kpi.Name}, ErrNoPoint
	}
	question, err := sourceQuestion(source, waves[0].Questionnaire)
	if err != nil {
		return store.KPIPoint{KPI: kpi.Name}, err
	}
	hash := sourceHash(kpi, question)
	taken, population := takeTogether(kpi, waves, hash)
	point := store.KPIPoint{
		KPI: kpi.Name, AsOf: waves[0].ClosedAt.UTC().Truncate(time.Second), Source: surveySource,
		Method: string(kpi.Spec.Method), ScaleHash: hash, RecordedAt: now,
	}
	if taken.N == 0 {
		return point, ErrNoPoint
	}
	sample, err := figureFor(kpi, question, taken)
	if err != nil {
		return point, err
	}
	estimate, err := sample.Estimate(population)
	if err != nil {
		return point, ErrNoPoint
	}
	return withEstimate(point, estimate)
}

func orOne(n *int32) int32 {
	if n == nil {
		return 1
	}
	return *n
}

// takeTogether adds up the answers of as many waves as the KPI asks for, from the newest on, until one asked something else or
// may not be shown by itself: what it hides must not come out as a difference. population is 0 unless it is one wave's.
func takeTogether(kpi *cxv1.KPI, waves []ClosedWave, hash string) (taken questionnaire.QuestionCounts, population int64) {
	taken = questionnaire.QuestionCounts{Numbers: map[int]int64{}, Options: map[string]int64{}}
	source := kpi.Spec.Source.Survey
	for i, wave := range waves[:min(len(waves), int(orOne(source.Waves)))] {
		question, err := sourceQuestion(source, wave.Questionnaire)
		if err != nil || sourceHash(kpi, question) != hash {
			break
		}
		index := slices.IndexFunc(wave.Questionnaire.Questions, func(q cxv1.Question) bool { return q.ID == source.Question })
		counts := wave.Counts.Questions[index]
		if !isShowable(wave.Template, question, counts) {
			break
		}
		merge(&taken, counts)
		if population = wave.Population; i > 0 {
			population = 0 // some may have answered in several waves
		}
	}
	return taken, population
}

// sourceHash identifies all that the KPI's figure depends on: the question with its scale, the option, how many waves are taken
// together, what counts as satisfied.
func sourceHash(kpi *cxv1.KPI, question cxv1.Question) string {
	source := kpi.Spec.Source.Survey
	asked := questionnaire.ScoredHash(cxv1.Questionnaire{Questions: []cxv1.Question{question}})
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d\n%s", asked, source.Option, orOne(source.Waves), scaleKey(kpi)))
	return hex.EncodeToString(sum[:16])
}

// sourceQuestion finds the question of a KPI's source.
func sourceQuestion(source *cxv1.SurveySource, asked cxv1.Questionnaire) (cxv1.Question, error) {
	for _, question := range asked.Questions {
		if question.ID == source.Question {
			return question, nil
		}
	}
	return cxv1.Question{}, badSpec("spec.source.survey.question: survey %q has no question %q: name one of its questions.",
		source.SurveyRef, source.Question)
}

// SourceHash identifies how a KPI whose source is a survey is measured: points with other hashes do not compare. The error is
// a *KPIError.
func SourceHash(kpi *cxv1.KPI, asked cxv1.Questionnaire) (string, error) {
	question, err := sourceQuestion(kpi.Spec.Source.Survey, asked)
	if err != nil {
		return "", err
	}
	return sourceHash(kpi, question), nil
}

func merge(into *questionnaire.QuestionCounts, c questionnaire.QuestionCounts) {
	into.N += c.N
	for number, n := range c.Numbers {
		into.Numbers[number] += n
	}
	for option, n := range c.Options {
		into.Options[option] += n
	}
}

// figureFor reads the answers by the KPI's method, if the question can be read so.
func figureFor(kpi *cxv1.KPI, question cxv1.Question, c questionnaire.QuestionCounts) (measure.Sample, error) {
	method := kpi.Spec.Method
	if method == cxv1.MethodShare {
		return shareOf(kpi.Spec.Source.Survey, question, c)
	}
	lowest, highest, number := questionnaire.Range(question)
	switch {
	case !number, (method == cxv1.MethodNPS) != (question.Type == cxv1.QuestionNPS), method == cxv1.MethodValue:
		return nil, badSpec("spec.method is %s, but question %q is of type %s: choose the method that fits the question.",
			method, question.ID, question.Type)
	case (method == cxv1.MethodCESTopBox || method == cxv1.MethodCESNet) && (lowest != 1 || highest != 7):
		return nil, badSpec("spec.method %s is for a scale from 1 to 7, but that of question %q goes from %d to %d: choose CESMean.",
			method, question.ID, lowest, highest)
	}
	sample, err := numbersBy(kpi, question, measure.Answers(c.Numbers))
	if err != nil {
		return nil, badSpec("spec.method %s cannot be computed from question %q: %v.", method, question.ID, err)
	}
	return sample, nil
}

// numbersBy reads numbers by the KPI's method, which fits the question.
func numbersBy(kpi *cxv1.KPI, question cxv1.Question, answers measure.Answers) (measure.Sample, error) {
	lowest, highest, _ := questionnaire.Range(question)
	switch kpi.Spec.Method {
	case cxv1.MethodNPS:
		return measure.NPS(answers)
	case cxv1.MethodCSAT:
		return measure.CSAT(answers, lowest, highest, int(topFrom(*cmp.Or(kpi.Spec.Scale, question.Scale))))
	case cxv1.MethodCESTopBox:
		return measure.CESTopBox(answers)
	case cxv1.MethodCESNet:
		return measure.CESNet(answers)
	}
	return measure.MeanOf(answers, lowest, highest)
}

func shareOf(source *cxv1.SurveySource, question cxv1.Question, c questionnaire.QuestionCounts) (measure.Sample, error) {
	if !slices.ContainsFunc(question.Options, func(o cxv1.Option) bool { return o.ID == source.Option }) {
		return nil, badSpec("spec.source.survey.option: question %q has no option %q: name the option whose share is meant.",
			question.ID, source.Option)
	}
	return measure.Share{Chosen: c.Options[source.Option], Total: c.N}, nil
}

// ResponseRate is complete answers of invitations in percent; empty while nobody was invited.
func ResponseRate(counts store.AudienceCounts) cxv1.Decimal {
	if counts.Invited == 0 {
		return ""
	}
	text, err := measure.FormatDecimal(100*float64(counts.Responded)/float64(counts.Invited), 1)
	if err != nil {
		return ""
	}
	return cxv1.Decimal(text)
}
