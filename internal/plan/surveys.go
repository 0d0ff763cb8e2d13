// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
)

const (
	// Horizon is how far waves are looked ahead.
	Horizon = 90 * 24 * time.Hour
	// mostWaves is how many waves of one survey are looked at; one that has more than four a day asks the same people too often anyway.
	mostWaves = 400
)

// Waves is what happens to the waves of a survey in the next 90 days. Times are when waves are due.
type Waves struct {
	Survey string `json:"survey"`
	// Schedule is the schedule with its zone; empty where the survey is not there or cannot start waves.
	Schedule Change[string] `json:"schedule"`
	// Next is the next wave, also beyond the 90 days; absent for none.
	Next Change[*time.Time] `json:"next"`
	// Count is how many there are. More says that there are more than were looked at, 400.
	Count Change[int]  `json:"count"`
	More  Change[bool] `json:"more"`
	// Moved are waves that come at another time; Appear and Disappear are those beyond them.
	Moved     []Change[time.Time] `json:"moved,omitempty"`
	Appear    []time.Time         `json:"appear,omitempty"`
	Disappear []time.Time         `json:"disappear,omitempty"`
	// Reminders are how long after the invitation people are reminded, where that changes.
	Reminders *Change[[]cxv1.Duration] `json:"reminders,omitempty"`
}

// Term is something else that changes in how people are asked.
type Term struct {
	Survey string `json:"survey"`
	// Field is its name under spec, e.g. "anonymity".
	Field string `json:"field"`
	// Before and After are the values as JSON; empty for none.
	Change[string] `json:",inline"`
	// Weaker says that people are promised less than before: to be less anonymous, or figures about fewer of them.
	Weaker bool `json:"weaker,omitempty"`
}

// Questionnaire is what changes in what is asked.
type Questionnaire struct {
	Survey string `json:"survey"`
	// Hash identifies what is asked.
	Hash Change[string] `json:"hash"`
	// Added, Removed and Changed are ids of questions. Reordered says that they come in another order.
	Added     []string `json:"added,omitempty"`
	Removed   []string `json:"removed,omitempty"`
	Changed   []string `json:"changed,omitempty"`
	Reordered bool     `json:"reordered,omitempty"`
	// BreaksTrend says that a question that gives a number is not the same any more: figures before and after do not compare.
	BreaksTrend bool `json:"breaksTrend"`
}

// surveyInput is what is known of a survey on one side.
type surveyInput struct {
	in      program.SurveyInput
	survey  *cxv1.Survey
	asked   *cxv1.Questionnaire
	waves   []*cxv1.SurveyWave
	more    bool
	planned bool
}

// survey finds out about a survey; the zero value when there is none.
func (v *side) survey(name string) surveyInput {
	if known, found := v.inputs[name]; found {
		return known
	}
	known := surveyInput{}
	if survey := v.judged.Survey(cxv1.Ref(name)); survey != nil {
		known.survey = survey
		in, err := program.InputOf(v.judged, survey, v.ev, v.now)
		if known.in = in; err == nil {
			if draft, err := program.WaveDraft(in, v.now); err == nil {
				known.asked = &draft.Questionnaire
			}
		}
	}
	v.inputs[name] = known
	return known
}

// upcoming finds the survey's waves of the next 90 days. A survey with mistakes has none.
func (v *side) upcoming(name string) surveyInput {
	known := v.survey(name)
	if known.planned || known.survey == nil {
		return known
	}
	known.planned = true
	if known.asked != nil {
		if waves, more, err := program.Upcoming(known.in, v.now.Add(Horizon), mostWaves); err == nil {
			known.waves, known.more = waves, more
		}
	}
	v.inputs[name] = known
	return known
}

// surveys compares those surveys that differ, and those whose schedule the Program or a framework changes.
func (c *comparison) surveys() {
	names := map[string]bool{}
	for _, v := range []*side{c.before, c.after} {
		for _, survey := range v.s.Surveys {
			names[survey.Name] = true
		}
	}
	rules := c.rulesChanged()
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !c.changed["Survey/"+name] && !rules && !c.frameworkChanged(name) {
			continue
		}
		c.waves(name)
		c.terms(name)
		c.questionnaire(name)
	}
}

// rulesChanged tells whether the Program changes what surveys rest on.
func (c *comparison) rulesChanged() bool {
	was, is := c.before.program().Spec, c.after.program().Spec
	return was.TimeZone != is.TimeZone || !slices.Equal(was.Languages, is.Languages) ||
		!equality.Semantic.DeepEqual(was.ContactRules, is.ContactRules) || !equality.Semantic.DeepEqual(was.Channels, is.Channels)
}

func (c *comparison) frameworkChanged(survey string) bool {
	s := c.after.s.Survey(cxv1.Ref(survey))
	return s != nil && s.Spec.FrameworkRef != "" && c.changed["Framework/"+string(s.Spec.FrameworkRef)]
}

func (c *comparison) waves(name string) {
	before, after := c.before.upcoming(name), c.after.upcoming(name)
	w := Waves{
		Survey: name, Schedule: Change[string]{scheduleOf(before), scheduleOf(after)},
		Next:  Change[*time.Time]{nextOf(before), nextOf(after)},
		Count: Change[int]{len(before.waves), len(after.waves)}, More: Change[bool]{before.more, after.more},
	}
	was, is := dueTimes(before.waves), dueTimes(after.waves)
	w.Disappear, w.Appear = missing(was, is), missing(is, was)
	if before.survey != nil && after.survey != nil {
		paired := min(len(w.Disappear), len(w.Appear))
		for i := range paired {
			w.Moved = append(w.Moved, Change[time.Time]{w.Disappear[i], w.Appear[i]})
		}
		w.Disappear, w.Appear = w.Disappear[paired:], w.Appear[paired:]
	}
	if a, b := remindersOf(before.survey), remindersOf(after.survey); !slices.Equal(a, b) {
		w.Reminders = &Change[[]cxv1.Duration]{a, b}
	}
	if w.Reminders != nil || w.Schedule.Before != w.Schedule.After || w.More.Before != w.More.After ||
		len(w.Moved)+len(w.Appear)+len(w.Disappear) > 0 || !sameTime(w.Next.Before, w.Next.After) {
		c.plan.Waves = append(c.plan.Waves, w)
	}
}

func scheduleOf(i surveyInput) string {
	if i.survey == nil {
		return ""
	}
	return i.survey.Status.Schedule
}

func nextOf(i surveyInput) *time.Time {
	if i.survey == nil || i.survey.Status.NextWaveAt == nil {
		return nil
	}
	return &i.survey.Status.NextWaveAt.Time
}

func sameTime(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

func remindersOf(survey *cxv1.Survey) []cxv1.Duration {
	if survey == nil {
		return []cxv1.Duration{}
	}
	return append([]cxv1.Duration{}, survey.Spec.Reminders...)
}

func dueTimes(waves []*cxv1.SurveyWave) []time.Time {
	times := make([]time.Time, len(waves))
	for i, wave := range waves {
		times[i] = wave.Spec.Template.DueAt.Time
	}
	return times
}

// missing are the times that are not among the others. Both are sorted.
func missing(times, others []time.Time) []time.Time {
	var out []time.Time
	for _, at := range times {
		if _, found := slices.BinarySearchFunc(others, at, time.Time.Compare); !found {
			out = append(out, at)
		}
	}
	return out
}

// ownWords are the fields of a survey that have a section of their own, or say nothing about how people are asked.
var ownWords = []string{"displayName", "ownerRef", "schedule", "questionnaire", "reminders", "wavesHistoryLimit"}

// terms compares everything else that a survey says about how people are asked.
func (c *comparison) terms(name string) {
	before, after := c.before.s.Survey(cxv1.Ref(name)), c.after.s.Survey(cxv1.Ref(name))
	if before == nil || after == nil {
		return
	}
	was, is := fieldsOf(before.Spec), fieldsOf(after.Spec)
	for _, field := range slices.Sorted(maps.Keys(union(was, is))) {
		if was[field] == is[field] || slices.Contains(ownWords, field) {
			continue
		}
		c.plan.Terms = append(c.plan.Terms, Term{
			Survey: name, Field: field, Change: Change[string]{was[field], is[field]}, Weaker: weaker(field, before, after),
		})
	}
}

func fieldsOf(spec cxv1.SurveySpec) map[string]string {
	var raw map[string]json.RawMessage
	data, err := json.Marshal(spec)
	if err == nil {
		err = json.Unmarshal(data, &raw)
	}
	if err != nil {
		panic(err) // what was read from JSON can be written as JSON
	}
	fields := make(map[string]string, len(raw))
	for name, value := range raw {
		fields[name] = string(value)
	}
	return fields
}

func union(a, b map[string]string) map[string]string {
	both := maps.Clone(a)
	maps.Copy(both, b)
	return both
}

// promises are from the weakest to the strongest.
var promises = []cxv1.Anonymity{cxv1.AnonymityIdentified, cxv1.AnonymityConfidential, cxv1.AnonymityAnonymous}

// weaker tells whether people are promised less.
func weaker(field string, before, after *cxv1.Survey) bool {
	switch field {
	case "anonymity":
		return slices.Index(promises, after.Spec.Anonymity) < slices.Index(promises, before.Spec.Anonymity)
	case "minReport":
		return reported(after) < reported(before)
	}
	return false
}

// reported is the number of answers below which no figure is shown.
func reported(survey *cxv1.Survey) int32 {
	const defaultMinReport = 5
	if n := survey.Spec.MinReport; n != nil {
		return *n
	}
	return defaultMinReport
}

func (c *comparison) questionnaire(name string) {
	was, is := c.before.survey(name).asked, c.after.survey(name).asked
	if was == nil || is == nil {
		return
	}
	q := Questionnaire{Survey: name, Hash: Change[string]{questionnaire.Hash(*was), questionnaire.Hash(*is)}}
	if q.Hash.Before == q.Hash.After {
		return
	}
	q.BreaksTrend = questionnaire.ScoredHash(*was) != questionnaire.ScoredHash(*is)
	old := map[string]cxv1.Question{}
	var oldOrder, newOrder []string
	for _, question := range was.Questions {
		old[question.ID] = question
	}
	for _, question := range is.Questions {
		before, known := old[question.ID]
		switch {
		case !known:
			q.Added = append(q.Added, question.ID)
			continue
		case !equality.Semantic.DeepEqual(before, question):
			q.Changed = append(q.Changed, question.ID)
		}
		newOrder = append(newOrder, question.ID)
	}
	for _, question := range was.Questions {
		if slices.Contains(newOrder, question.ID) {
			oldOrder = append(oldOrder, question.ID)
		} else {
			q.Removed = append(q.Removed, question.ID)
		}
	}
	q.Reordered = !slices.Equal(oldOrder, newOrder)
	c.plan.Questionnaires = append(c.plan.Questionnaires, q)
}
