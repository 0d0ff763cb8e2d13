// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"errors"
	"fmt"
	"strings"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/calendar"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
)

// surveyMistake is one of the things that keep a survey from starting waves.
type surveyMistake struct {
	rule  Rule
	field string
	err   *SurveyError
}

// surveyMistakes are all of them, in the order in which they are told. Of in it needs Survey, Program, Framework and Personas.
func surveyMistakes(in SurveyInput) []surveyMistake {
	survey, program := in.Survey, in.Program
	var found []surveyMistake
	add := func(rule Rule, field string, err error) {
		var mistake *SurveyError
		if errors.As(err, &mistake) {
			found = append(found, surveyMistake{rule, field, mistake})
		}
	}
	if _, err := SurveySchedule(survey, program); err != nil {
		rule, field := scheduleMistake(err)
		add(rule, field, &SurveyError{cxv1.ReasonInvalidSchedule, "spec.schedule." + err.Error()})
	}
	if survey.Spec.OpenFor.Or(defaultOpenFor) < minOpenFor {
		add(RuleSurveyTerms, "spec.openFor", &SurveyError{cxv1.ReasonInvalidSpec, fmt.Sprintf(
			"spec.openFor is %s: nobody can answer in that time, set 10s at least.", survey.Spec.OpenFor)})
	}
	asked, _, err := in.asked()
	add(RuleQuestionnaire, askedField(survey), err)
	add(RuleChannelNotFound, "spec.delivery.channel", CheckDelivery(survey, program))
	add(RuleSurveyTerms, "spec", checkTerms(survey, program))
	if _, err := CompileFollowUpRules(asked, survey.Spec.FollowUpRules); err != nil {
		add(RuleFollowUpRule, "spec.followUpRules", ruleMistake(err))
	}
	add(RuleAnonymityRequired, "spec.anonymity", checkInside(survey, in.Personas))
	return found
}

// askedField is where a survey says what it asks.
func askedField(survey *cxv1.Survey) string {
	if survey.Spec.FrameworkRef != "" {
		return "spec.frameworkRef"
	}
	return "spec.questionnaire"
}

func ruleMistake(err error) error {
	return &SurveyError{cxv1.ReasonInvalidSpec, "spec.followUpRules: " + err.Error() + "."}
}

func scheduleMistake(err error) (rule Rule, field string) {
	var mistake *calendar.ParseError
	if !errors.As(err, &mistake) {
		return RuleScheduleInvalid, "spec.schedule"
	}
	field = "spec.schedule." + string(mistake.Field)
	switch mistake.Reason {
	case calendar.ReasonNeverFires, calendar.ReasonInvalidEnd:
		return RuleScheduleNeverFires, field
	case calendar.ReasonUnknownTimeZone:
		return RuleUnknownTimeZone, field
	}
	return RuleScheduleInvalid, field
}

// surveyMistakes reports the first mistake, as the Survey's controller does, or all, each where it stands.
func (c *checker) surveyMistakes(in SurveyInput) {
	mistakes := surveyMistakes(in)
	if !c.detailed {
		mistakes = mistakes[:min(1, len(mistakes))]
	}
	for _, m := range mistakes {
		if !c.detailed || !c.detail(in, m) {
			c.error(in.Survey, m.rule, m.field, "", m.err.Reason, "%s", m.err.Message)
		}
	}
}

// detail reports the parts of a mistake that has some, or nothing where it follows from another one.
func (c *checker) detail(in SurveyInput, m surveyMistake) (told bool) {
	switch {
	case m.rule == RuleQuestionnaire && in.Survey.Spec.Questionnaire != nil:
		c.questionnaireMistakes(in)
	case m.rule == RuleFollowUpRule:
		c.followUpRuleMistakes(in)
	case m.rule == RuleSurveyTerms && m.field == "spec":
		c.termMistakes(in.Survey)
	default:
		return m.rule == RuleChannelNotFound && c.s.Program == nil // without a Program there is no channel
	}
	return true
}

// questionnaireMistakes names every text that is missing and every condition that cannot be met where it stands.
func (c *checker) questionnaireMistakes(in SurveyInput) {
	const at = "spec.questionnaire"
	for _, m := range questionnaire.Mistakes(*in.Survey.Spec.Questionnaire, in.Program.Spec.Languages) {
		rule := RuleQuestionnaire
		if m.Untranslated {
			rule = RuleQuestionUntranslated
		}
		c.error(in.Survey, rule, at+"."+m.Field, "", cxv1.ReasonInvalidQuestionnaire, "%s: %s: %s", at, m.Text, m.Advice())
	}
}

// termMistakes names what checkTerms finds in the survey where it stands. The Program's own rules are told once; see contactRules.
func (c *checker) termMistakes(survey *cxv1.Survey) {
	c.contactRules(survey, survey.Spec.ContactRules)
	if _, err := audience.QuietOf(survey.Spec.QuietHours); err != nil {
		c.error(survey, RuleSurveyTerms, "spec.quietHours", "", cxv1.ReasonInvalidSpec, "spec.quietHours: %v", err)
	}
}

// contactRules names the rules of a Program or a survey that make no sense.
func (c *checker) contactRules(obj Object, rules []cxv1.ContactRule) {
	for i, rule := range rules {
		if _, err := audience.RulesOf([]cxv1.ContactRule{rule}); err != nil {
			field := fmt.Sprintf("spec.contactRules[%d]", i)
			c.error(obj, RuleSurveyTerms, field, "", cxv1.ReasonInvalidSpec, "%s: %v", field, err)
		}
	}
}

func (c *checker) followUpRuleMistakes(in SurveyInput) {
	asked, _, _ := in.asked() // what is wrong with it is reported, and the rules may be right all the same
	for i, rule := range in.Survey.Spec.FollowUpRules {
		if _, err := CompileFollowUpRules(asked, []cxv1.FollowUpRule{rule}); err != nil {
			field := fmt.Sprintf("spec.followUpRules[%d].when", i)
			c.error(in.Survey, RuleFollowUpRule, field, "", cxv1.ReasonInvalidSpec, "%s", ruleMistake(err).Error())
		}
	}
}

// assessmentMistakes reports what does not count of an assessment: in one finding, as its controller does, or one by one.
func (c *checker) assessmentMistakes(a *cxv1.Assessment, mistakes []assessmentMistake, err error) {
	var all *AssessmentError
	if !errors.As(err, &all) {
		return
	}
	if !c.detailed {
		field, _, _ := strings.Cut(all.Message, ":")
		c.error(a, mistakes[0].rule, field, "", all.Reason, "%s", all.Message)
		return
	}
	for _, m := range mistakes {
		c.error(a, m.rule, m.field, m.value, m.reason, "%s: correct it; what is right beside it counts", m.text)
	}
}
