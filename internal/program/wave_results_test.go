// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// waveOf is a wave that asks for NPS, satisfaction, a reason and a text.
func waveOf(audience cxv1.PersonaType) *cxv1.WaveTemplate {
	return &cxv1.WaveTemplate{
		Survey: "relationship", Slot: "20270104t0900", Audience: []cxv1.PersonaType{audience},
		Questionnaire: cxv1.Questionnaire{Questions: []cxv1.Question{
			{ID: "nps", Type: cxv1.QuestionNPS},
			{ID: "satisfied", Type: cxv1.QuestionCSAT, Scale: &cxv1.Scale{Min: 1, Max: 5}},
			{ID: "reason", Type: cxv1.QuestionSingleChoice, Options: []cxv1.Option{{ID: "price"}, {ID: "delivery"}}},
			{ID: "why", Type: cxv1.QuestionFreeText},
		}},
	}
}

func answered(promoters, passives, detractors int64) questionnaire.Counts {
	n := promoters + passives + detractors
	return questionnaire.Counts{Complete: n, Questions: []questionnaire.QuestionCounts{
		{ID: "nps", Type: cxv1.QuestionNPS, N: n, Numbers: map[int]int64{10: promoters, 7: passives, 0: detractors}},
		{ID: "satisfied", Type: cxv1.QuestionCSAT, N: n, Numbers: map[int]int64{5: promoters, 3: passives + detractors}},
		{ID: "reason", Type: cxv1.QuestionSingleChoice, N: n, Options: map[string]int64{"price": passives + detractors, "delivery": promoters}},
		{ID: "why", Type: cxv1.QuestionFreeText, N: n},
	}}
}

func TestAWaveShowsEachQuestionsOwnFigureWithItsInterval(t *testing.T) {
	got := program.WaveResults(waveOf(cxv1.PersonaCustomer), answered(40, 40, 20), 0)
	n := int64(100)
	want := []cxv1.QuestionResult{
		{Question: "nps", Method: cxv1.MethodNPS, State: cxv1.ResultShown, N: &n, Value: "20", Low: "4.97", High: "33.86"},
		{Question: "satisfied", Method: cxv1.MethodCSAT, State: cxv1.ResultShown, N: &n, Value: "40", Low: "30.94", High: "49.8"},
		{Question: "reason", Method: cxv1.MethodShare, Option: "price", State: cxv1.ResultShown, N: &n, Value: "60", Low: "50.2", High: "69.06"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhenEverybodyWasAskedTheIntervalIsThatOfTheFinitePopulation(t *testing.T) {
	got := program.WaveResults(waveOf(cxv1.PersonaCustomer), answered(20, 12, 8), 45)[0]
	if high, _ := got.High.Float(); got.Value != "30" || high > 38 {
		t.Errorf("NPS of 40 of 45: %+v, want 30 with a margin of about 8", got)
	}
	wide := program.WaveResults(waveOf(cxv1.PersonaCustomer), answered(20, 12, 8), 0)[0]
	low, _ := got.Low.Float()
	wideLow, _ := wide.Low.Float()
	if low <= wideLow {
		t.Errorf("the interval of 40 of 45 begins at %v, that of 40 of many at %v: it must be narrower", got.Low, wide.Low)
	}
}

func TestTooFewAnswersShowNothingNotEvenWhichOptionMostPeopleChose(t *testing.T) {
	for _, result := range program.WaveResults(waveOf(cxv1.PersonaCustomer), answered(2, 1, 1), 0) {
		want := cxv1.QuestionResult{Question: result.Question, Method: result.Method, State: cxv1.ResultSuppressed}
		if diff := cmp.Diff(want, result); diff != "" {
			t.Errorf("four answers show something (-want +got):\n%s", diff)
		}
	}
}

func TestAmongEmployeesASmallCellThatAgreesIsNotShown(t *testing.T) {
	inside, customers := waveOf(cxv1.PersonaEmployee), waveOf(cxv1.PersonaCustomer)
	inside.MinReport = new(int32(3)) // 5 all the same
	for name, tc := range map[string]struct {
		template *cxv1.WaveTemplate
		counts   questionnaire.Counts
		want     cxv1.ResultState
	}{
		"six employees who agree":     {inside, answered(6, 0, 0), cxv1.ResultSuppressed},
		"six employees who don't":     {inside, answered(5, 0, 1), cxv1.ResultShown},
		"six promoters by two scores": {inside, differently(6), cxv1.ResultSuppressed},
		"ten employees who agree":     {inside, answered(10, 0, 0), cxv1.ResultShown},
		"four employees":              {inside, answered(2, 1, 1), cxv1.ResultSuppressed},
		"six customers who agree":     {customers, answered(6, 0, 0), cxv1.ResultShown},
		"a customer short of being":   {customers, answered(4, 0, 0), cxv1.ResultSuppressed},
	} {
		if got := program.WaveResults(tc.template, tc.counts, 0)[0].State; got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

// differently is the answers of promoters who did not all say the same.
func differently(n int64) questionnaire.Counts {
	counts := answered(n, 0, 0)
	counts.Questions[0].Numbers = map[int]int64{9: 1, 10: n - 1}
	return counts
}

func TestAWaveThatMayNotBeShownIsNotTakenTogetherWithOthers(t *testing.T) {
	together := surveyKPI(func(k *cxv1.KPI) { k.Spec.Source.Survey.Waves = new(int32(2)) })
	point, err := program.SurveyPoint(together, []program.ClosedWave{closedWave(answered(10, 5, 5)), closedWave(answered(2, 1, 1))}, build.Monday)
	if err != nil || point.N != 20 {
		t.Errorf("n is %d (%v), want 20: with 24 everybody could tell what the four said", point.N, err)
	}
}

func TestPointsThatAreMeasuredInAnotherWayDoNotCompare(t *testing.T) {
	share := func(change func(*cxv1.KPI)) string {
		kpi := surveyKPI(func(k *cxv1.KPI) {
			k.Spec.Method, k.Spec.Source.Survey.Question, k.Spec.Source.Survey.Option = cxv1.MethodShare, "reason", "price"
		}, change)
		hash, err := program.SourceHash(kpi, waveOf(cxv1.PersonaCustomer).Questionnaire)
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	same := share(func(*cxv1.KPI) {})
	if same != share(func(k *cxv1.KPI) { k.Spec.Target = nil }) {
		t.Error("another target makes another measurement")
	}
	for name, change := range map[string]func(*cxv1.KPI){
		"another option":   func(k *cxv1.KPI) { k.Spec.Source.Survey.Option = "delivery" },
		"more waves":       func(k *cxv1.KPI) { k.Spec.Source.Survey.Waves = new(int32(2)) },
		"another question": func(k *cxv1.KPI) { k.Spec.Source.Survey.Question = "satisfied" },
	} {
		if share(change) == same {
			t.Errorf("%s is the same measurement", name)
		}
	}
}

func surveyKPI(changes ...func(*cxv1.KPI)) *cxv1.KPI {
	return build.KPI("nps", append([]func(*cxv1.KPI){func(k *cxv1.KPI) {
		k.Spec.Method, k.Spec.Class = cxv1.MethodNPS, cxv1.KPIExperience
		k.Spec.Source = cxv1.KPISource{Survey: &cxv1.SurveySource{SurveyRef: "relationship", Question: "nps"}}
	}}, changes...)...)
}

func closedWave(counts questionnaire.Counts) program.ClosedWave {
	template := waveOf(cxv1.PersonaCustomer)
	return program.ClosedWave{Questionnaire: template.Questionnaire, Template: template, ClosedAt: build.Monday, Counts: counts}
}

func TestAClosedWaveGivesAPoint(t *testing.T) {
	point, err := program.SurveyPoint(surveyKPI(), []program.ClosedWave{closedWave(answered(40, 40, 20))}, build.Monday)
	if err != nil {
		t.Fatal(err)
	}
	if point.Value != "20" || point.Low != "4.97" || point.High != "33.86" || point.N != 100 || !point.AsOf.Equal(build.Monday) {
		t.Errorf("point: %+v", point)
	}
}

func TestSeveralWavesAreTakenTogetherAsLongAsTheQuestionStaysTheSame(t *testing.T) {
	together := surveyKPI(func(k *cxv1.KPI) { k.Spec.Source.Survey.Waves = new(int32(3)) })
	other := closedWave(answered(0, 0, 50))
	other.Questionnaire.Questions = append([]cxv1.Question{}, other.Questionnaire.Questions...)
	other.Questionnaire.Questions[0].Text.EN = "Would you tell your family about us?"
	point, err := program.SurveyPoint(together,
		[]program.ClosedWave{closedWave(answered(20, 20, 10)), closedWave(answered(20, 20, 10)), other}, build.Monday)
	if err != nil || point.Value != "20" || point.N != 100 {
		t.Errorf("point %+v, %v; want 20 of 100", point, err)
	}
}

func TestAKPIThatCannotBeReadFromItsQuestionSaysWhy(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*cxv1.KPI)
		want   string
	}{
		"a question that is not there": {func(k *cxv1.KPI) { k.Spec.Source.Survey.Question = "csat" }, "no question"},
		"NPS of a satisfaction scale":  {func(k *cxv1.KPI) { k.Spec.Source.Survey.Question = "satisfied" }, "choose the method"},
		"a mean of a choice":           {func(k *cxv1.KPI) { k.Spec.Method, k.Spec.Source.Survey.Question = cxv1.MethodMean, "reason" }, "choose the method"},
		"effort of another scale":      {func(k *cxv1.KPI) { k.Spec.Method, k.Spec.Source.Survey.Question = cxv1.MethodCESTopBox, "satisfied" }, "from 1 to 7"},
		"a share without its option":   {func(k *cxv1.KPI) { k.Spec.Method, k.Spec.Source.Survey.Question = cxv1.MethodShare, "reason" }, "option"},
	} {
		_, err := program.SurveyPoint(surveyKPI(tc.change), []program.ClosedWave{closedWave(answered(40, 40, 20))}, build.Monday)
		var mistake *program.KPIError
		if !errors.As(err, &mistake) || !strings.Contains(mistake.Message, tc.want) {
			t.Errorf("%s: %v, want a mistake with %q", name, err, tc.want)
		}
	}
}

func TestAWaveWithTooFewAnswersGivesNoPoint(t *testing.T) {
	if _, err := program.SurveyPoint(surveyKPI(), []program.ClosedWave{closedWave(answered(2, 1, 1))}, build.Monday); !errors.Is(err, program.ErrNoPoint) {
		t.Errorf("got %v, want ErrNoPoint", err)
	}
}

func TestOnlyWhoAllWereAskedAreAPopulation(t *testing.T) {
	for name, tc := range map[string]struct {
		counts store.AudienceCounts
		want   int64
	}{
		"everybody was asked":    {store.AudienceCounts{Invited: 45}, 45},
		"some were not drawn":    {store.AudienceCounts{Invited: 45, Skipped: map[string]int64{audience.SkipNotSampled: 1}}, 0},
		"some were asked lately": {store.AudienceCounts{Invited: 45, Skipped: map[string]int64{audience.SkipContactRule: 1}}, 0},
		"some are not eligible": {store.AudienceCounts{Invited: 45, Skipped: map[string]int64{
			audience.SkipOptOut: 3, audience.SkipInvalid: 2, audience.SkipDuplicate: 1}}, 45},
		"some answered from beyond": {store.AudienceCounts{Invited: 45, Foreign: 1}, 0},
	} {
		if got := program.Population(tc.counts); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
}

func TestDoubtsAreSaid(t *testing.T) {
	before := &store.WaveOutcome{Counts: store.WaveCounts{Invited: 100, Responded: 40}}
	for name, tc := range map[string]struct {
		counts  store.AudienceCounts
		flagged int64
		want    string
	}{
		"nothing to doubt":     {store.AudienceCounts{Invited: 100, Responded: 30}, 0, ""},
		"fast answers":         {store.AudienceCounts{Invited: 100, Responded: 30}, 3, "3 answers were given faster"},
		"ambiguous mails":      {store.AudienceCounts{Invited: 100, Responded: 30, Ambiguous: 2}, 0, "2 invitations"},
		"far fewer than last":  {store.AudienceCounts{Invited: 100, Responded: 10}, 0, "may not be comparable"},
		"nobody asked to date": {store.AudienceCounts{}, 0, ""},
	} {
		got := strings.Join(program.Doubts(tc.counts, tc.flagged, before), " ")
		if (tc.want == "") != (got == "") || !strings.Contains(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
