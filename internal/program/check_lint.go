// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
)

// Lint finds what Check finds, each mistake in an object by itself, and warns of what no controller would refuse and what
// nevertheless does not become what people meant: waves that invite nobody, owners who cannot decide or answer for too much, texts
// in one language only, words without deeds. It is in the order of All, then of fields.
func Lint(s *Snapshot, now time.Time) []Finding {
	c := newChecker(s, now)
	c.detailed = true
	c.check()
	if s.Program != nil {
		c.contactRules(s.Program, s.Program.Spec.ContactRules)
	}
	c.owners()
	c.schedules()
	for _, survey := range s.Surveys {
		c.texts(survey)
		c.followUpTouchpoints(survey)
	}
	for _, framework := range s.Frameworks {
		c.frameworkTexts(framework)
	}
	for _, kpi := range s.KPIs {
		c.kpiQuestion(kpi)
	}
	c.claims()
	return c.sorted()
}

// owners warns of owners who answer for more than they can, or who are asked and cannot answer.
func (c *checker) owners() {
	accountable, asked := map[string]int32{}, map[string]string{}
	for _, obj := range c.all {
		for _, claim := range ownership.Subjects(obj) {
			if claim.Role == cxv1.RoleAccountable {
				accountable[claim.Owner]++
			}
			if c.mustDecide(claim) && asked[claim.Owner] == "" {
				asked[claim.Owner] = Key(obj)
			}
		}
	}
	for _, owner := range c.s.Owners {
		if owner.Spec.State == cxv1.OwnerLeft {
			continue // whoever names them is told
		}
		c.load(owner, accountable[owner.Name])
		identity := owner.Spec.Identity
		if first := asked[owner.Name]; first != "" && owner.Spec.NotifySecretRef == "" && len(identity.Users)+len(identity.Groups) == 0 {
			c.warn(owner, RuleOwnerCannotDecide, "spec", "", ReasonUnused,
				"the owner is asked to decide on what %s names them for, and cannot: set spec.identity (by which accounts they decide) or "+
					"spec.notifySecretRef (where they get a link)", first)
		}
	}
}

// mustDecide tells whether something is not settled before its owner says so. With Trusted whoever is named is accountable at once.
func (c *checker) mustDecide(claim ownership.Claim) bool {
	return claim.Role != cxv1.RoleAccountable || c.program.Spec.Ownership.Acceptance != cxv1.AcceptanceTrusted
}

func (c *checker) load(owner *cxv1.Owner, accountable int32) {
	limit, field := c.program.Spec.Ownership.MaxPerOwner, "spec"
	if owner.Spec.Capacity != nil {
		limit, field = owner.Spec.Capacity, "spec.capacity"
	}
	if limit != nil && accountable > *limit {
		c.warn(owner, RuleOwnerOverloaded, field, "", cxv1.ReasonOverloaded,
			"accountable for %d, which is more than %d: name other owners for some of it, or raise spec.capacity", accountable, *limit)
	}
}

// frameworkTexts warns of questions and answers of a framework that are there in English only.
func (c *checker) frameworkTexts(o *cxv1.Framework) {
	if !slices.Contains(c.program.Spec.Languages, cxv1.LanguageRU) {
		return
	}
	warn := func(field string, text cxv1.FrameworkText) {
		if text.RU == "" {
			c.warn(o, RuleTextUntranslated, field, "", cxv1.ReasonInvalidFramework,
				"%s has no text in \"ru\", which is a language of the Program: people who read it get the English one", field)
		}
	}
	for i := range o.Spec.Questions {
		warn(fmt.Sprintf("spec.questions[%d]", i), o.Spec.Questions[i].FrameworkText)
	}
	for i := range o.Spec.Scales {
		for j := range o.Spec.Scales[i].Steps {
			warn(fmt.Sprintf("spec.scales[%d].steps[%d]", i, j), o.Spec.Scales[i].Steps[j].FrameworkText)
		}
	}
}

// texts warns of texts beside the questionnaire that are there in some languages of the Program only: people get another one.
func (c *checker) texts(survey *cxv1.Survey) {
	warn := func(field string, text cxv1.LocalizedText) {
		if text == (cxv1.LocalizedText{}) {
			return // there is a default in every language, or nothing is said
		}
		for _, language := range c.program.Spec.Languages {
			if !text.Has(language) {
				c.warn(survey, RuleTextUntranslated, field, "", cxv1.ReasonInvalidQuestionnaire,
					"%s has no text in %q, which is a language of the Program: people who read it get the other one", field, language)
			}
		}
	}
	if delivery := survey.Spec.Delivery; delivery != nil {
		warn("spec.delivery.subject", delivery.Subject)
		warn("spec.delivery.body", delivery.Body)
	}
	if notice := survey.Spec.PrivacyNotice; notice != nil {
		warn("spec.privacyNotice.text", notice.Text)
	}
	if thanks := survey.Spec.ThankYou; thanks != nil {
		warn("spec.thankYou.text", thanks.Text)
	}
}

// followUpTouchpoints finds rules that send answers to a touchpoint that there is not.
func (c *checker) followUpTouchpoints(survey *cxv1.Survey) {
	for i, rule := range survey.Spec.FollowUpRules {
		journey := c.s.Journey(rule.JourneyRef)
		if rule.Touchpoint == "" || journey == nil || HasTouchpoint(journey, rule.Touchpoint) {
			continue
		}
		c.error(survey, RuleTouchpointNotFound, fmt.Sprintf("spec.followUpRules[%d].touchpoint", i), "", cxv1.ReasonReferenceNotFound,
			"spec.followUpRules: rule %q names touchpoint %q, which journey %q does not have: add it there, or correct the name",
			rule.Name, rule.Touchpoint, journey.Name)
	}
}

// kpiQuestion finds KPIs that the question which they name cannot measure. Its controller says so when the first wave is closed.
func (c *checker) kpiQuestion(kpi *cxv1.KPI) {
	source := kpi.Spec.Source.Survey
	if source == nil {
		return
	}
	survey := c.s.Survey(source.SurveyRef)
	if survey == nil || survey.Spec.Questionnaire == nil {
		return
	}
	question, err := sourceQuestion(source, *survey.Spec.Questionnaire)
	if err == nil {
		_, err = figureFor(kpi, question, questionnaire.QuestionCounts{})
	}
	var mistake *KPIError
	if errors.As(err, &mistake) {
		field, _, _ := strings.Cut(mistake.Message, " ")
		c.error(kpi, RuleKPIQuestion, strings.TrimSuffix(field, ":"), "", mistake.Reason, "%s", mistake.Message)
	}
}

// claims warns of answers that say of the organization what no object shows. Only what objects can show is looked at: what stands in
// the evidence alone is unknown here.
func (c *checker) claims() {
	if c.s.Program == nil {
		return
	}
	var judged *Snapshot // only when somebody claims something: it is the whole program
	for _, use := range Frameworks(c.program) {
		framework, err := FrameworkOf(c.s, use.Name)
		if err != nil || framework.Validate() != nil || !c.claimed(framework) {
			continue
		}
		if judged == nil {
			judged = evaluate(new(Models), c.s, nil, c.now, c.found).Snapshot
		}
		card := judged.Scorecard(use.Name)
		for i := range card.Status.Criteria {
			if result := &card.Status.Criteria[i]; result.Reason == maturity.ReasonWordsOnly {
				c.claim(framework, result)
			}
		}
	}
}

// claimed tells whether people say yes to a question to which objects, too, give an answer.
func (c *checker) claimed(framework *maturity.Framework) bool {
	if len(c.s.Assessments) == 0 {
		return false
	}
	yes := set[string]{}
	for asked, verdict := range testify(c.s, framework, c.program, nil, c.now).verdicts {
		if verdict.Result == maturity.True {
			yes.add(asked.Question)
		}
	}
	return slices.ContainsFunc(framework.AllCriteria(), func(criterion *maturity.Criterion) bool {
		return criterion.Mode == maturity.ModeBoth && slices.ContainsFunc(criterion.Questions, yes.has)
	})
}

// claim warns where the answers stand: in the newest assessment that has some to a question of the criterion.
func (c *checker) claim(framework *maturity.Framework, result *cxv1.CriterionResult) {
	criterion := framework.Criterion(result.ID)
	if criterion == nil {
		return
	}
	var newest *cxv1.Assessment
	var question string
	for _, a := range c.s.Assessments {
		if cmp.Or(a.Spec.Framework, defaultFramework) != framework.Name || (newest != nil && a.Spec.Date < newest.Spec.Date) {
			continue
		}
		i := slices.IndexFunc(a.Spec.Counts, func(n cxv1.AttestationCounts) bool { return slices.Contains(criterion.Questions, n.Question) })
		if i >= 0 {
			newest, question = a, a.Spec.Counts[i].Question
		}
	}
	if newest == nil {
		return
	}
	c.warn(newest, RuleClaimWithoutEvidence, "spec.counts.question", question, cxv1.ReasonWordsAheadOfDeeds,
		"people say so of %s (%s), and no object shows it: %s", result.ID, criterion.Text.EN, strings.TrimSuffix(result.Message, "."))
}
