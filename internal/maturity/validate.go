// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

const (
	// maxCriteria and maxStages bound the work of one evaluation and the size of a Scorecard.
	maxCriteria  = 200
	maxStages    = 12
	maxNames     = 16 // competencies, profiles, indicators of stage 1
	maxAdvice    = 6
	maxStageName = 60
	// maxRuleText bounds the time to compile all rules, in bytes; the built-in framework has about 3,000.
	maxRuleText = 50_000
	// maxText keeps what people read readable, and results bounded.
	maxText = 300
)

// identifier is the form of ids, listedName that of competencies and profiles; rules read parameters, so theirs must be a CEL name.
var (
	identifier    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)
	listedName    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,31}$`)
	parameterName = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,31}$`)
)

// Validate checks everything that needs no CEL: ids, references, modes, profiles, and that every stage has a required
// criterion for every competency in every profile. It returns Problems.
func (f *Framework) Validate() error { return f.problems().errOrNil() }

func (f *Framework) problems() Problems {
	v := &validator{framework: f, seen: map[string]bool{}}
	v.names()
	v.questions()
	v.stages()
	v.criteria()
	v.cells()
	return v.problems
}

// validator collects problems about one framework.
type validator struct {
	framework *Framework
	problems  Problems
	seen      map[string]bool
}

func (v *validator) addf(id, format string, args ...any) {
	v.problems = append(v.problems, Problem{ID: id, Line: v.framework.lines[id], Message: fmt.Sprintf(format, args...)})
}

func (v *validator) names() {
	f := v.framework
	if f.Name == "" {
		v.addf("", "metadata.name is empty")
	}
	v.list("competencies", f.Competencies)
	v.list("profiles", f.Profiles)
	a := f.Evaluation.Attestation
	v.share("share", a.Share)
	v.share("lowerBound", a.LowerBound)
	v.share("minLevelShare", a.MinLevelShare)
	if (len(f.Stages) == 0) == (len(f.Criteria) == 0) {
		v.addf("", "a framework has either stages (a ladder) or criteria at the top (a standard)")
	}
}

func (v *validator) share(name string, share float64) {
	if share >= 0 && share <= 1 {
		return
	}
	v.addf("", "evaluation.attestation.%s is %v; write a share from 0 to 1", name, share) // NaN ends here too
}

func (v *validator) list(name string, values []string) {
	if len(values) == 0 || len(values) > maxNames {
		v.addf("", "%s has %d names; give 1 to %d", name, len(values), maxNames)
	}
	seen := map[string]bool{}
	for _, value := range values {
		if !listedName.MatchString(value) {
			v.addf("", "%s: %q is not a name; use letters, digits and dashes", name, value)
		}
		if seen[value] {
			v.addf("", "%s: %q stands twice", name, value)
		}
		seen[value] = true
	}
}

// id checks form and uniqueness over criteria, indicators and questions together: one name, one thing.
func (v *validator) id(id string) {
	if !identifier.MatchString(id) {
		v.addf(id, "the id %q is not a name; use letters, digits and dashes", id)
	}
	if v.seen[id] {
		v.addf(id, "the id is used twice")
	}
	v.seen[id] = true
}

func (v *validator) text(id string, text Text) {
	if text.EN == "" {
		v.addf(id, "en is empty; say in one sentence what it is")
	}
	if utf8.RuneCountInString(text.EN) > maxText || utf8.RuneCountInString(text.RU) > maxText {
		v.addf(id, "the text is longer than %d characters", maxText)
	}
}

func (v *validator) questions() {
	f := v.framework
	for _, name := range sortedKeys(f.Scales) {
		steps := f.Scales[name]
		for i, step := range steps {
			if step.Value != i || step.Text.EN == "" {
				v.addf("", "scale %s: step %d needs value %d and a text in en", name, i+1, i)
			}
		}
		if len(steps) < 2 {
			v.addf("", "scale %s has fewer than two steps", name)
		}
	}
	for _, id := range sortedKeys(f.Questions) {
		question := f.Questions[id]
		v.id(id)
		v.text(id, question.Text)
		if _, ok := f.Scales[question.Scale]; !ok {
			v.addf(id, "the scale %q is not defined under scales", question.Scale)
		}
		if question.DontKnow != "exclude" && question.DontKnow != "zero" {
			v.addf(id, `dontKnow is %q; write "exclude" or "zero"`, question.DontKnow)
		}
	}
}

func (v *validator) stages() {
	f := v.framework
	if len(f.Stages) > maxStages {
		v.addf("", "%d stages are more than %d", len(f.Stages), maxStages)
	}
	for i := range f.Stages {
		v.stage(i+1, &f.Stages[i])
		v.advance(i+1, f.Stages[i].Advance)
	}
}

func (v *validator) stage(place int, stage *Stage) {
	if stage.Number != place {
		v.addf("", "stage number %d stands in place %d; number stages 1, 2, 3 in order", stage.Number, place)
	}
	if stage.Name == "" || utf8.RuneCountInString(stage.Name) > maxStageName || utf8.RuneCountInString(stage.RU) > maxStageName {
		v.addf("", "stage %d needs a name of at most %d characters", place, maxStageName)
	}
	if place == 1 && len(stage.Criteria) > 0 {
		v.addf("", "stage 1 is the floor and has no criteria; put them in stage 2")
	}
	if place > 1 && len(stage.Indicators) > 0 {
		v.addf("", "stage %d has indicators; only stage 1 is explained by them", place)
	}
	if len(stage.Indicators) > maxNames {
		v.addf("", "stage %d has %d indicators, more than %d", place, len(stage.Indicators), maxNames)
	}
}

func (v *validator) advance(stage int, advance Advance) {
	if len(advance.RU) > 0 && len(advance.RU) != len(advance.EN) {
		v.addf("", "stage %d: advance has %d lines in en and %d in ru; translate all or none", stage, len(advance.EN), len(advance.RU))
	}
	if len(advance.EN) > maxAdvice {
		v.addf("", "stage %d: advance has %d lines, more than %d", stage, len(advance.EN), maxAdvice)
	}
	for i, line := range advance.EN {
		text := Text{EN: line}
		if len(advance.RU) == len(advance.EN) {
			text.RU = advance.RU[i]
		}
		v.text("", text)
	}
}

func (v *validator) criteria() {
	all := v.framework.AllCriteria()
	if len(all) > maxCriteria {
		v.addf("", "%d criteria are more than %d", len(all), maxCriteria)
	}
	for _, c := range all {
		v.criterion(c)
	}
	if length, longest := v.framework.ruleText(); length > maxRuleText {
		v.addf(longest.ID, "the rules have %d bytes together, more than %d; this one has most (%d)", length, maxRuleText, len(longest.Rule))
	}
	for _, stage := range v.framework.Stages {
		for i := range stage.Indicators {
			v.indicator(&stage.Indicators[i])
		}
	}
}

func (v *validator) criterion(c *Criterion) {
	v.id(c.ID)
	v.text(c.ID, c.Text)
	if !slices.Contains(v.framework.Competencies, c.Competency) {
		v.addf(c.ID, "the competency %q is not one of %s", c.Competency, strings.Join(v.framework.Competencies, ", "))
	}
	hasRule, hasQuestions := c.Rule != "", len(c.Questions) > 0
	switch {
	case c.Mode != ModeObserved && c.Mode != ModeAttested && c.Mode != ModeBoth:
		v.addf(c.ID, "mode is %q; write observed, attested or both", c.Mode)
	case hasRule != (c.Mode != ModeAttested):
		v.addf(c.ID, "mode %s %s a rule", c.Mode, needs(!hasRule))
	case hasQuestions != (c.Mode != ModeObserved):
		v.addf(c.ID, "mode %s %s questions", c.Mode, needs(!hasQuestions))
	}
	v.asked(c)
	v.profiles(c)
}

func needs(missing bool) string {
	if missing {
		return "needs"
	}
	return "has no use for"
}

// asked checks the questions of a criterion, and that its threshold lies on their scales.
func (v *validator) asked(c *Criterion) {
	for _, id := range c.Questions {
		question, ok := v.framework.Questions[id]
		if !ok {
			v.addf(c.ID, "the question %q is not defined under questions", id)
			continue
		}
		atLeast := v.framework.atLeast(c)
		steps, scaled := v.framework.Scales[question.Scale] // that there is none is said of the question
		if scaled && (atLeast < 1 || atLeast >= max(len(steps), 1)) {
			v.addf(c.ID, "atLeast is %d; the scale of %s goes from 1 to %d", atLeast, id, len(steps)-1)
		}
	}
	if len(c.Questions) == 0 && c.AtLeast != 0 {
		v.addf(c.ID, "atLeast is set, but no question is asked")
	}
}

func (v *validator) profiles(c *Criterion) {
	for _, profile := range c.AppliesTo {
		if !slices.Contains(v.framework.Profiles, profile) {
			v.addf(c.ID, "appliesTo names the profile %q, which is not one of %s", profile, strings.Join(v.framework.Profiles, ", "))
		}
	}
	names := map[string]bool{}
	for _, profile := range sortedKeys(c.Params) { // in order: the problems stand in a status
		if !slices.Contains(v.framework.Profiles, profile) {
			v.addf(c.ID, "a parameter names the profile %q, which is not one of %s", profile, strings.Join(v.framework.Profiles, ", "))
		}
		for name := range c.Params[profile] {
			names[name] = true
		}
	}
	for _, name := range sortedKeys(names) {
		if !parameterName.MatchString(name) {
			v.addf(c.ID, "the parameter %q is not a name; use letters and digits, a small letter first", name)
		}
		for _, profile := range v.framework.Profiles {
			if _, ok := c.Params[profile][name]; !ok && c.appliesTo(profile) {
				v.addf(c.ID, "the parameter %s has no value for the profile %s; add one", name, profile)
			}
		}
	}
}

func (v *validator) indicator(in *Indicator) {
	v.id(in.ID)
	v.text(in.ID, in.Text)
	if in.Rule == "" {
		v.addf(in.ID, "an indicator needs a rule")
	}
	for _, id := range in.ClearedBy {
		if !slices.ContainsFunc(v.framework.AllCriteria(), func(c *Criterion) bool { return c.ID == id }) {
			v.addf(in.ID, "clearedBy names %q, which is no criterion", id)
		}
	}
}

// cells refuses a stage that a competency could reach with nothing to show: the minimum over competencies would then
// depend on fewer than all of them.
func (v *validator) cells() {
	for i := range v.framework.Stages {
		stage := &v.framework.Stages[i]
		if stage.Number < 2 {
			continue
		}
		for _, competency := range v.framework.Competencies {
			for _, profile := range v.framework.Profiles {
				if !slices.ContainsFunc(stage.Criteria, func(c Criterion) bool {
					return c.Required && c.Competency == competency && c.appliesTo(profile)
				}) {
					v.addf("", "stage %d has no required criterion for %s in the profile %s; add one", stage.Number, competency, profile)
				}
			}
		}
	}
}

// AllCriteria lists criteria in file order.
func (f *Framework) AllCriteria() []*Criterion {
	var all []*Criterion
	for i := range f.Stages {
		for j := range f.Stages[i].Criteria {
			all = append(all, &f.Stages[i].Criteria[j])
		}
	}
	for i := range f.Criteria {
		all = append(all, &f.Criteria[i])
	}
	return all
}

// ruleText is how many bytes the rules of criteria have together, and which has most.
func (f *Framework) ruleText() (length int, longest *Criterion) {
	longest = &Criterion{}
	for _, c := range f.AllCriteria() {
		length += len(c.Rule)
		if len(c.Rule) > len(longest.Rule) {
			longest = c
		}
	}
	return length, longest
}

// atLeast is the scale value that answers to the criterion's questions must reach.
func (f *Framework) atLeast(c *Criterion) int {
	if c.AtLeast > 0 {
		return c.AtLeast
	}
	return f.Evaluation.Attestation.AtLeast
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
