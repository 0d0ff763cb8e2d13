// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// attesting is the template of a wave that asks employees the questions of six-stages.
func attesting(t testing.TB, change ...func(*cxv1.WaveTemplate)) *cxv1.WaveTemplate {
	t.Helper()
	asked, from, err := program.FrameworkQuestionnaire(sixStages(t))
	if err != nil {
		t.Fatal(err)
	}
	template := build.SurveyWave("maturity-20270104t0900", func(w *cxv1.SurveyWave) {
		w.Spec.Template.Survey, w.Spec.Template.Questionnaire, w.Spec.Template.Framework = "maturity", asked, from
		w.Spec.Template.Audience = []cxv1.PersonaType{cxv1.PersonaEmployee}
	}).Spec.Template
	for _, c := range change {
		c(&template)
	}
	return &template
}

// chose are so many people of a level who choose the same option for each of the questions.
func chose(level string, people int, options map[string]string) []store.StoredAnswer {
	given := questionnaire.Answers{}
	for id, option := range options {
		given[id] = option
	}
	one := store.StoredAnswer{Answer: store.Answer{Values: given.JSON(), Complete: true}}
	if level != "" {
		one.Attributes = map[string]string{"level": level, "unit": "shops"}
	}
	return slices.Repeat([]store.StoredAnswer{one}, people)
}

func all(answers ...[]store.StoredAnswer) iter.Seq2[store.StoredAnswer, error] {
	return func(yield func(store.StoredAnswer, error) bool) {
		for _, answer := range slices.Concat(answers...) {
			if !yield(answer, nil) {
				return
			}
		}
	}
}

func q03(option string) map[string]string { return map[string]string{"q03": option} }

func TestAFrameworkIsAskedInBothLanguagesWithEveryAnswerItKnows(t *testing.T) {
	framework := sixStages(t)
	asked, from, err := program.FrameworkQuestionnaire(framework)
	if err != nil {
		t.Fatal(err)
	}
	if err := questionnaire.Check(asked, []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU}); err != nil {
		t.Error(err)
	}
	if from.Name != maturity.SixStages || len(from.Questions) != len(framework.Questions) || len(asked.Questions) != len(framework.Questions) {
		t.Fatalf("%d questions from %q, %d asked, the framework has %d", len(from.Questions), from.Name, len(asked.Questions), len(framework.Questions))
	}
	got := asked.Questions[2]
	want := cxv1.Question{
		ID: "q03", Type: cxv1.QuestionSingleChoice, Answer: cxv1.AnswerRequired,
		Text: cxv1.LocalizedText{EN: "I know who leads CX and how to get help.", RU: "Я знаю, кто отвечает за CX и как получить помощь."},
		Options: []cxv1.Option{
			{ID: "0", Text: cxv1.LocalizedText{EN: "Never", RU: "Никогда"}}, {ID: "1", Text: cxv1.LocalizedText{EN: "Sometimes", RU: "Иногда"}},
			{ID: "2", Text: cxv1.LocalizedText{EN: "Usually", RU: "Обычно"}}, {ID: "3", Text: cxv1.LocalizedText{EN: "Always", RU: "Всегда"}},
			{ID: "dont-know", Text: cxv1.LocalizedText{EN: "I don’t know", RU: "Не знаю"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" || from.Questions[2] != "Q03" {
		t.Errorf("%s (-want +got):\n%s", from.Questions[2], diff)
	}
}

// standard is a framework of one's own with questions of these ids.
func standard(ids ...string) *maturity.Framework {
	f := &maturity.Framework{
		Name: "house", Scales: map[string][]maturity.ScaleStep{"so": {{Value: 0, Text: maturity.Text{EN: "No"}}, {Value: 1, Text: maturity.Text{EN: "Yes"}}}},
		Questions: map[string]maturity.Question{},
	}
	for _, id := range ids {
		f.Questions[id] = maturity.Question{Scale: "so", Text: maturity.Text{EN: "Is it so?"}}
	}
	return f
}

func TestQuestionsAreAskedInTheOrderOfTheirNumbers(t *testing.T) {
	_, from, err := program.FrameworkQuestionnaire(standard("Q10", "Q2", "culture-1", "Q1", "A", "culture-"))
	if diff := cmp.Diff([]string{"A", "Q1", "Q2", "Q10", "culture-", "culture-1"}, from.Questions); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestWhatCannotBeAskedOfAFrameworkIsSaid(t *testing.T) {
	var many []string
	for i := range 41 {
		many = append(many, fmt.Sprint("Q", i))
	}
	for name, tc := range map[string]struct {
		framework *maturity.Framework
		says      string
	}{
		"nothing":                       {standard(), "house has 0 questions: a survey asks 1 to 40"},
		"too much":                      {standard(many...), "house has 41 questions"},
		"two ids but for their letters": {standard("Q1", "q1"), "two questions q1, which differ in capital letters"},
		"two ids but for a dash":        {standard("Q1", "Q1-"), "two questions q1"},
	} {
		if _, _, err := program.FrameworkQuestionnaire(tc.framework); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, want %q", name, err, tc.says)
		}
	}
}

func TestAnswersByFormBecomeTheCountsThatSomebodyWouldWriteByHand(t *testing.T) {
	template := attesting(t)
	got, err := program.Attestation(template, all(
		chose("Staff", 8, map[string]string{"q03": "0", "q04": "1"}), chose("Staff", 16, map[string]string{"q03": "1", "q04": "2"}),
		chose("Staff", 38, q03("2")), chose("Staff", 27, q03("3")), chose("Staff", 3, q03("dont-know")),
		chose("Manager", 1, map[string]string{"q03": "1", "q04": "3"}), chose("Manager", 6, q03("2")), chose(" manager ", 7, q03("3")),
	))
	// Q04 was answered by one manager: told by level, everybody knew what they said.
	want := []cxv1.AttestationCounts{
		{Question: "Q03", Level: "Staff", Answers: []int64{8, 16, 38, 27}, DontKnow: 3},
		{Question: "Q03", Level: "Manager", Answers: []int64{0, 1, 6, 7}},
		{Question: "Q04", Level: cxv1.AttestationAll, Answers: []int64{0, 8, 16, 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatalf("%v (-want +got):\n%s", err, diff)
	}
	wave := &cxv1.SurveyWave{ObjectMeta: metav1.ObjectMeta{Name: "maturity-20270104t0900"}, Spec: cxv1.SurveyWaveSpec{Template: *template}}
	wave.Status.ClosedAt = new(metav1.NewTime(time.Date(2027, time.January, 17, 23, 30, 0, 0, time.UTC)))
	prog := build.Program(func(p *cxv1.Program) { p.Spec.TimeZone, p.Spec.Headcount = "Europe/Berlin", new(int64(212)) })
	made := program.WaveAssessment(wave, prog, got)
	if made.Spec.Date != "2027-01-18" || made.Spec.Evidence != "SurveyWave maturity-20270104t0900" || made.Spec.Framework != "six-stages" {
		t.Errorf("the assessment says %+v", made.Spec)
	}
	if made.Name != "maturity-20270104t0900" || made.Labels[cxv1.LabelWave] != wave.Name || len(made.OwnerReferences) > 0 {
		t.Errorf("the assessment is %+v", made.ObjectMeta)
	}
	if err := program.CheckAssessment(made, sixStages(t), prog); err != nil {
		t.Error(err)
	}
	byHand := &cxv1.Assessment{Spec: cxv1.AssessmentSpec{Framework: "six-stages", Date: "2027-01-18", Evidence: "poll 7", Counts: want}}
	for _, a := range []*cxv1.Assessment{made, byHand} {
		program.JudgeAssessment(program.AssessmentInput{
			Assessment: a, Framework: sixStages(t), Program: prog, Now: wave.Status.ClosedAt.Add(time.Hour),
			Approved: func(cxv1.Exemption) bool { return false },
		})
	}
	if diff := cmp.Diff(byHand.Status.Verdicts, made.Status.Verdicts); diff != "" || made.Status.Summary == "" {
		t.Errorf("%q: verdicts (-by hand +made):\n%s", made.Status.Summary, diff)
	}
}

func TestNothingIsToldOfAFew(t *testing.T) {
	staff := chose("Staff", 6, q03("1"))
	mixed := slices.Concat(chose("Staff", 3, q03("1")), chose("Staff", 3, q03("2")))
	of := func(level string, answers ...int64) cxv1.AttestationCounts {
		return cxv1.AttestationCounts{Question: "Q03", Level: cxv1.AttestationLevel(level), Answers: answers}
	}
	for name, tc := range map[string]struct {
		change  func(*cxv1.WaveTemplate)
		answers []store.StoredAnswer
		want    []cxv1.AttestationCounts
	}{
		"enough of each level": {nil, slices.Concat(mixed, chose("CEO", 3, q03("0")), chose("CEO", 2, q03("3"))),
			[]cxv1.AttestationCounts{of("Staff", 0, 3, 3, 0), of("CEO", 3, 0, 0, 2)}},
		"one level is small, and the others would give it away": {nil, slices.Concat(mixed, chose("CEO", 1, q03("0"))),
			[]cxv1.AttestationCounts{of("All", 1, 3, 3, 0)}},
		"one level says the same":                  {nil, slices.Concat(mixed, chose("Manager", 9, q03("3"))), []cxv1.AttestationCounts{of("All", 0, 3, 3, 9)}},
		"many who say the same":                    {nil, slices.Concat(mixed, chose("Manager", 10, q03("3"))), []cxv1.AttestationCounts{of("Staff", 0, 3, 3, 0), of("Manager", 0, 0, 0, 10)}},
		"the level of one is not known":            {nil, slices.Concat(mixed, mixed, chose("", 1, q03("3"))), []cxv1.AttestationCounts{of("All", 0, 6, 6, 1)}},
		"the level of many is not known":           {nil, slices.Concat(mixed, chose("", 3, q03("0")), chose("", 3, q03("3"))), []cxv1.AttestationCounts{of("All", 3, 3, 3, 3)}},
		"a level that is none":                     {nil, slices.Concat(mixed, chose("Boss", 6, q03("3"))), []cxv1.AttestationCounts{of("All", 0, 3, 3, 6)}},
		"four in all":                              {nil, chose("Staff", 4, q03("1")), nil},
		"a few in all who say the same":            {nil, staff, nil},
		"a few in all, of whom some do not know":   {nil, slices.Concat(staff, chose("Staff", 1, q03("dont-know"))), []cxv1.AttestationCounts{{Question: "Q03", Level: "Staff", Answers: []int64{0, 6, 0, 0}, DontKnow: 1}}},
		"a few who all do not know":                {nil, chose("Staff", 9, q03("dont-know")), nil},
		"nobody":                                   {nil, nil, nil},
		"an anonymous wave, whatever stands there": {func(w *cxv1.WaveTemplate) { w.Anonymity = cxv1.AnonymityAnonymous }, slices.Concat(mixed, mixed), []cxv1.AttestationCounts{of("All", 0, 6, 6, 0)}},
		"a survey that asks for more people":       {func(w *cxv1.WaveTemplate) { w.MinReport = new(int32(7)) }, slices.Concat(mixed, chose("Manager", 9, q03("0"))), []cxv1.AttestationCounts{of("All", 9, 3, 3, 0)}},
		"one that asks for fewer, of partners": {func(w *cxv1.WaveTemplate) {
			w.MinReport, w.Audience = new(int32(3)), []cxv1.PersonaType{cxv1.PersonaPartner}
		}, slices.Concat(chose("Staff", 2, q03("0")), chose("Staff", 2, q03("1"))), nil},
	} {
		t.Run(name, func(t *testing.T) {
			template := attesting(t)
			if tc.change != nil {
				tc.change(template)
			}
			got, err := program.Attestation(template, all(tc.answers))
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// Whatever people answer: nobody is counted twice, no level is told that is too small, and what is told is what was answered.
func TestCountsOfAnyAnswersAddUpAndTellNothingOfAFew(t *testing.T) {
	template := attesting(t)
	options := []string{"0", "1", "2", "3", "dont-know", ""}
	levels := []string{"Staff", "Manager", "SeniorManager", "Executive", "CEO", "", "Intern"}
	rapid.Check(t, func(t *rapid.T) {
		var answers [][]store.StoredAnswer
		given := map[string]int64{}
		for range rapid.IntRange(0, 60).Draw(t, "people") {
			chosen := map[string]string{}
			for _, id := range []string{"q01", "q03"} {
				if option := rapid.SampledFrom(options).Draw(t, id); option != "" {
					chosen[id] = option
					given[strings.ToUpper(id)]++
				}
			}
			answers = append(answers, chose(rapid.SampledFrom(levels).Draw(t, "level"), 1, chosen))
		}
		counts, err := program.Attestation(template, all(answers...))
		if err != nil {
			t.Fatal(err)
		}
		told, everybody := map[string]int64{}, map[string]bool{}
		for _, c := range counts {
			n := c.DontKnow
			for _, people := range c.Answers {
				n += people
			}
			if n < 5 {
				t.Fatalf("%+v tells of %d people", c, n)
			}
			told[c.Question] += n
			everybody[c.Question] = everybody[c.Question] || c.Level == cxv1.AttestationAll
			if everybody[c.Question] && told[c.Question] != n {
				t.Fatalf("%s is counted by level and for all: %+v", c.Question, counts)
			}
		}
		for question, n := range told {
			if n != given[question] {
				t.Fatalf("%s: %d are told, %d answered", question, n, given[question])
			}
		}
	})
}

func TestAnswersThatCannotBeReadAreAnError(t *testing.T) {
	broken := errors.New("the disk is full")
	failing := func(yield func(store.StoredAnswer, error) bool) { yield(store.StoredAnswer{}, broken) }
	if _, err := program.Attestation(attesting(t), failing); !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
	if _, err := program.Attestation(attesting(t), all(chose("Staff", 1, q03("4")))); err == nil {
		t.Error("an answer that was not offered counts")
	}
}

func TestLongNamesOfWavesAreCutInTheNamesOfAssessments(t *testing.T) {
	names := map[string]bool{}
	for _, survey := range []string{"maturity", strings.Repeat("a", 34), strings.Repeat("a", 35), strings.Repeat("a", 48), strings.Repeat("a", 47) + "b",
		strings.Repeat("ab-", 15) + "abc"} {
		wave := build.SurveyWave(survey+"-20270104t0900", func(w *cxv1.SurveyWave) {
			w.Spec.Template.Survey, w.Spec.Template.Framework = cxv1.Ref(survey), &cxv1.WaveFramework{Name: "six-stages"}
		})
		name := program.WaveAssessment(wave, build.Program(), nil).Name
		if len(name) > 48 || !strings.HasSuffix(name, "-20270104t0900") || strings.Contains(name, "--") {
			t.Errorf("%s: %s", survey, name)
		}
		if len(survey) <= 34 && name != wave.Name {
			t.Errorf("%s is not named after its wave, %s", name, wave.Name)
		}
		names[name] = true
	}
	if len(names) != 6 {
		t.Errorf("two surveys have assessments of one name: %v", slices.Sorted(maps.Keys(names)))
	}
}

func TestOnlyClosedWavesThatAskedAFrameworkAreAttested(t *testing.T) {
	attested := func(reason string) func(*cxv1.SurveyWave) {
		return func(w *cxv1.SurveyWave) {
			w.Status.Conditions = []metav1.Condition{{Type: cxv1.ConditionAttested, Reason: reason}}
		}
	}
	for name, tc := range map[string]struct {
		change func(*cxv1.SurveyWave)
		want   bool
	}{
		"closed":                  {func(*cxv1.SurveyWave) {}, true},
		"the name is taken":       {attested(cxv1.ReasonForeignObject), true},
		"made":                    {attested(cxv1.ReasonAssessmentMade), false},
		"too few":                 {attested(cxv1.ReasonTooFewAnswers), false},
		"cancelled":               {func(w *cxv1.SurveyWave) { w.Status.Phase = cxv1.WaveCancelled }, false},
		"open":                    {func(w *cxv1.SurveyWave) { w.Status.Phase = cxv1.WaveOpen }, false},
		"questions of its own":    {func(w *cxv1.SurveyWave) { w.Spec.Template.Framework = nil }, false},
		"a rehearsal of a survey": {func(w *cxv1.SurveyWave) { w.Spec.Template.DryRun = true }, false},
	} {
		wave := endedWave(func(w *cxv1.SurveyWave) { w.Spec.Template.Framework = &cxv1.WaveFramework{Name: "six-stages"} }, tc.change)
		if got := program.Attests(wave); got != tc.want {
			t.Errorf("%s: %t, want %t", name, got, tc.want)
		}
	}
}

func TestASurveyOfAFrameworkFreezesItsQuestions(t *testing.T) {
	ask := func(s *cxv1.Survey) { s.Spec.Questionnaire, s.Spec.FrameworkRef = nil, "six-stages" }
	in := input(weekly(ask), monday)
	if _, err := program.DecideSurvey(in); err == nil || !strings.Contains(err.Error(), `"six-stages" cannot be used`) {
		t.Errorf("without its framework: %v", err)
	}
	var err error
	if in.Framework, err = program.SurveyFramework(&program.Snapshot{}, in.Survey); err != nil {
		t.Fatal(err)
	}
	plan, err := program.DecideSurvey(in)
	if err != nil || plan.Start == nil {
		t.Fatalf("no wave: %v", err)
	}
	template := plan.Start.Spec.Template
	if want := attesting(t); cmp.Diff(want.Questionnaire, template.Questionnaire)+cmp.Diff(want.Framework, template.Framework) != "" ||
		template.QuestionnaireHash != questionnaire.Hash(want.Questionnaire) {
		t.Errorf("the wave asks %+v", template)
	}
	in.Program.Spec.Languages = []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU}
	in.Framework = standard("Q1")
	if _, err := program.DecideSurvey(in); err == nil || !strings.Contains(err.Error(), `spec.frameworkRef: question "q1" has no text in "ru"`) {
		t.Errorf("a framework without Russian: %v", err)
	}
}

func TestAFrameworkThatIsNotThereIsFound(t *testing.T) {
	asking := func(framework cxv1.Ref) []program.Finding {
		objects := sound()
		for _, o := range objects {
			if survey, ok := o.(*cxv1.Survey); ok {
				survey.Spec.Questionnaire, survey.Spec.FrameworkRef = nil, framework
			}
		}
		return program.Check(program.New("", objects...), now)
	}
	found := asking("house")
	if len(found) != 1 || found[0].Object != "Survey/pulse" || found[0].Field != "spec.frameworkRef" || found[0].Names != "Framework/house" ||
		found[0].Reason != cxv1.ReasonFrameworkNotReady {
		t.Errorf("found %+v", found)
	}
	if found := asking("six-stages"); len(found) > 0 {
		t.Errorf("of one that is built in: found %+v", found)
	}
}
