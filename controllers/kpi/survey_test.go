// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kpi_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/kpi"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/people"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

// asked is a KPI that the survey "pulse" gives its values.
func asked(t *testing.T, changes ...func(*cxv1.KPI)) *worldOf {
	t.Helper()
	k := build.KPI("nps", append([]func(*cxv1.KPI){func(k *cxv1.KPI) {
		k.Spec.Method, k.Spec.Class, k.Spec.Metric = cxv1.MethodNPS, cxv1.KPIExperience, "nps"
		k.Spec.Source = cxv1.KPISource{Survey: &cxv1.SurveySource{SurveyRef: "pulse", Question: "recommend"}}
	}}, changes...)...)
	w := &worldOf{World: world.New(t), t: t, kpi: k}
	w.kpis = kpi.New(w.Kit, w.Store, w.People)
	w.Create(build.Survey("pulse"), k)
	return w
}

// wave is one that closed some days after Monday and got so many answers of each kind; change is what it asked otherwise.
func (w *worldOf) wave(days int, answers map[string]int, changes ...func(*cxv1.SurveyWave)) *cxv1.SurveyWave {
	w.t.Helper()
	wave := w.openWave(days, changes...)
	w.submit(wave, answers)
	w.close(wave)
	return wave
}

func (w *worldOf) openWave(days int, changes ...func(*cxv1.SurveyWave)) *cxv1.SurveyWave {
	w.t.Helper()
	closes := build.Monday.AddDate(0, 0, days)
	slot := closes.Format("20060102t1504")
	wave := build.SurveyWave("pulse-"+slot, append([]func(*cxv1.SurveyWave){func(wave *cxv1.SurveyWave) {
		wave.Labels = map[string]string{cxv1.LabelSurvey: "pulse"}
		t := &wave.Spec.Template
		t.Slot, t.OpensAt, t.ClosesAt, t.GraceUntil = slot, metav1.NewTime(closes.Add(-day)), metav1.NewTime(closes), metav1.NewTime(closes)
	}}, changes...)...)
	w.Create(wave)
	w.publish(wave, store.WaveTakesAnswers)
	return wave
}

func keyOf(wave *cxv1.SurveyWave) store.WaveKey {
	return store.WaveKey{ProgramID: world.ProgramID, Survey: string(wave.Spec.Template.Survey), Slot: wave.Spec.Template.Slot}
}

func (w *worldOf) publish(wave *cxv1.SurveyWave, state store.WaveState) {
	w.t.Helper()
	t := wave.Spec.Template
	if err := w.People.PublishWave(w.t.Context(), store.PublishedWave{
		WaveKey: keyOf(wave), State: state, OpensAt: t.OpensAt.Time, ClosesAt: t.ClosesAt.Time, Anonymity: string(t.Anonymity), QuestionnaireHash: "12345678",
	}); err != nil {
		w.t.Fatal(err)
	}
}

// submit hands in answers, from another channel, so many of each kind.
func (w *worldOf) submit(wave *cxv1.SurveyWave, answers map[string]int) {
	w.t.Helper()
	for values, n := range answers {
		for i := range n {
			answer := store.Answer{Values: []byte(values), Complete: true, Channel: "till"}
			if _, err := w.People.SubmitForeign(w.t.Context(), keyOf(wave), fmt.Sprint(values, i), answer, wave.Spec.Template.OpensAt.Time); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

func (w *worldOf) close(wave *cxv1.SurveyWave) {
	w.t.Helper()
	w.publish(wave, store.WaveTakesNothing)
	wave.Status.Phase, wave.Status.ClosedAt = cxv1.WaveClosed, &wave.Spec.Template.ClosesAt
	w.SetStatus(wave)
	if at := wave.Status.ClosedAt.Time; at.After(w.Clock.Now()) {
		w.Clock.SetTime(at)
	}
}

func given(promoters, passives, detractors int) map[string]int {
	return map[string]int{`{"recommend":9}`: promoters, `{"recommend":8}`: passives, `{"recommend":3}`: detractors}
}

func TestEachClosedWaveGivesAValueWithItsInterval(t *testing.T) {
	w := asked(t, func(k *cxv1.KPI) { k.Spec.Target = &cxv1.KPITarget{Value: "10"} })
	w.look()
	w.Expect(w.kpi, cxv1.ConditionFresh, "Unknown/NoData", "no value yet")
	w.wave(1, given(40, 40, 20))
	w.look()
	w.Expect(w.kpi, cxv1.ConditionReady, "True/Ready", "20 (n = 100, 95 % interval 4.97 to 33.86). 20 against a target of at least 10: met.")
	if s := w.kpi.Status; s.Trend != cxv1.TrendInsufficientData || !s.AsOf.Time.Equal(build.Monday.Add(day)) {
		t.Errorf("status %+v", s)
	}
	w.wave(8, given(80, 15, 5))
	w.look()
	if got := values(w.kpi); got != "20 75" || w.kpi.Status.Trend != cxv1.TrendUp {
		t.Errorf("points %s, trend %s", got, w.kpi.Status.Trend)
	}
	if points := w.history(); len(points) != 2 || points[0].Source != "survey" || points[1].Revision != 1 {
		t.Errorf("the store has %+v", points)
	}
}

func TestAWaveThatIsOpenOrWasCancelledGivesNoValue(t *testing.T) {
	w := asked(t)
	open := w.openWave(1)
	w.submit(open, given(40, 40, 20))
	w.look()
	cancelled := w.openWave(2)
	w.submit(cancelled, given(40, 40, 20))
	cancelled.Status.Phase, cancelled.Status.ClosedAt = cxv1.WaveCancelled, &cancelled.Spec.Template.ClosesAt
	w.SetStatus(cancelled)
	w.Still(w.kpis, w.kpi)
	if len(w.history()) != 0 {
		t.Errorf("the store has %+v", w.history())
	}
}

func TestSeveralWavesAreTakenTogether(t *testing.T) {
	w := asked(t, func(k *cxv1.KPI) { k.Spec.Source.Survey.Waves = new(int32(2)) })
	w.wave(1, given(10, 0, 0))
	w.look()
	w.wave(8, given(0, 0, 10))
	w.look()
	w.wave(15, given(10, 20, 0))
	w.look()
	if got := values(w.kpi); got != "100 0 0" || *w.kpi.Status.N != 40 {
		t.Errorf("points %s of %d answers, want each with the wave before it", got, *w.kpi.Status.N)
	}
	w.update(func(k *cxv1.KPI) { k.Spec.Source.Survey.Waves = new(int32(1)) })
	w.look()
	if got := values(w.kpi); got != "100 0 33.33" || w.kpi.Status.Trend != cxv1.TrendBroken {
		t.Errorf("points %s, trend %s: waves by themselves do not compare with waves taken together", got, w.kpi.Status.Trend)
	}
}

func TestAChangedQuestionBreaksTheTrend(t *testing.T) {
	w := asked(t, func(k *cxv1.KPI) { k.Spec.Source.Survey.Waves = new(int32(2)) })
	w.wave(1, given(40, 40, 20))
	w.look()
	w.wave(8, given(80, 15, 5), func(wave *cxv1.SurveyWave) {
		wave.Spec.Template.Questionnaire.Questions[0].Text.EN = "Would you tell your family about us?"
	})
	w.look()
	if got := values(w.kpi); got != "20 75" || w.kpi.Status.Trend != cxv1.TrendBroken || *w.kpi.Status.N != 100 {
		t.Errorf("points %s of %d answers, trend %s; want the new question by itself", got, *w.kpi.Status.N, w.kpi.Status.Trend)
	}
}

func TestTooFewAnswersGiveNoValueAndAnEarlierOneStays(t *testing.T) {
	w := asked(t)
	w.wave(1, given(2, 1, 1))
	w.look()
	w.Expect(w.kpi, cxv1.ConditionFresh, "Unknown/NoData", "")
	w.wave(8, given(40, 40, 20))
	w.look()
	w.wave(15, given(1, 0, 0))
	w.Still(w.kpis, w.kpi)
	if got := values(w.kpi); got != "20" || len(w.history()) != 1 {
		t.Errorf("points %s, the store has %+v", got, w.history())
	}
}

func TestWhatIsRecordedNeedsNeitherAnswersNorWaves(t *testing.T) {
	w := asked(t)
	first, second := w.wave(1, given(40, 40, 20)), w.wave(8, given(80, 15, 5))
	w.Clock.SetTime(build.Monday.AddDate(0, 0, 9))
	w.look()
	w.Delete(second) // the older one is the newest now, and was never recorded
	w.look()
	if got := values(w.kpi); got != "20 75" {
		t.Errorf("points %s", got)
	}
	before := w.kpi.Status
	for _, wave := range []*cxv1.SurveyWave{first, second} {
		if n, err := w.People.DropAnswers(t.Context(), keyOf(wave), w.Clock.Now()); err != nil || n != 100 {
			t.Fatalf("dropped %d answers: %v", n, err)
		}
	}
	w.kpis = kpi.New(w.Kit, w.Store, w.People)
	w.Still(w.kpis, w.kpi)
	w.Delete(first, w.kpi)
	spec := w.kpi.Spec
	w.kpi = build.KPI("nps", func(k *cxv1.KPI) { k.Spec = spec })
	w.Create(w.kpi)
	w.look()
	before.ObjectStatus, w.kpi.Status.ObjectStatus = cxv1.ObjectStatus{}, cxv1.ObjectStatus{}
	if diff := cmp.Diff(before, w.kpi.Status); diff != "" {
		t.Errorf("status after everything was deleted (-before +after):\n%s", diff)
	}
}

// choices ask for a reason, satisfaction and effort besides.
func choices(wave *cxv1.SurveyWave) {
	text := func(en string) cxv1.LocalizedText { return cxv1.LocalizedText{EN: en} }
	wave.Spec.Template.Questionnaire.Questions = append(wave.Spec.Template.Questionnaire.Questions,
		cxv1.Question{ID: "reason", Type: cxv1.QuestionSingleChoice, Text: text("Why?"), Answer: cxv1.AnswerOptional,
			Options: []cxv1.Option{{ID: "price", Text: text("The price")}, {ID: "queue", Text: text("The queue")}}},
		cxv1.Question{ID: "ease", Type: cxv1.QuestionCES, Text: text("Was it easy?"), Answer: cxv1.AnswerOptional, Scale: &cxv1.Scale{Min: 1, Max: 5}})
}

func TestMistakesInTheSourceStallWithAMessageAndAreCorrected(t *testing.T) {
	for name, tc := range map[string]struct {
		wrong func(*cxv1.KPI)
		says  string
	}{
		"a question that is not asked": {func(k *cxv1.KPI) { k.Spec.Source.Survey.Question = "recommended" },
			`spec.source.survey.question: survey "pulse" has no question "recommended": name one of its questions`},
		"a method that does not fit": {func(k *cxv1.KPI) { k.Spec.Method, k.Spec.Scale = cxv1.MethodCSAT, &cxv1.Scale{Min: 1, Max: 5} },
			`spec.method is CSAT, but question "recommend" is of type NPS: choose the method that fits the question`},
		"an option that is not there": {func(k *cxv1.KPI) {
			k.Spec.Method, k.Spec.Source.Survey.Question, k.Spec.Source.Survey.Option = cxv1.MethodShare, "reason", "weather"
		}, `question "reason" has no option "weather"`},
		"effort on five points": {func(k *cxv1.KPI) {
			k.Spec.Method, k.Spec.Scale, k.Spec.Source.Survey.Question = cxv1.MethodCESTopBox, &cxv1.Scale{Min: 1, Max: 7}, "ease"
		},
			`is for a scale from 1 to 7, but that of question "ease" goes from 1 to 5: choose CESMean`},
	} {
		t.Run(name, func(t *testing.T) {
			w := asked(t, tc.wrong)
			w.wave(1, map[string]int{`{"recommend":9,"reason":"price","ease":5}`: 30, `{"recommend":2,"reason":"queue","ease":2}`: 10}, choices)
			w.look()
			w.Expect(w.kpi, cxv1.ConditionStalled, "True/InvalidSpec", tc.says)
			if len(w.history()) != 0 {
				t.Errorf("the mistake got into the history: %+v", w.history())
			}
			w.update(func(k *cxv1.KPI) {
				k.Spec.Method, k.Spec.Scale, k.Spec.Source.Survey = cxv1.MethodNPS, nil, &cxv1.SurveySource{SurveyRef: "pulse", Question: "recommend"}
			})
			w.look()
			w.Expect(w.kpi, cxv1.ConditionReady, "True/Ready", "50 (n = 40")
		})
	}
}

func TestAnotherOptionIsAnotherFigure(t *testing.T) {
	w := asked(t, func(k *cxv1.KPI) {
		k.Spec.Method, k.Spec.Source.Survey.Question, k.Spec.Source.Survey.Option = cxv1.MethodShare, "reason", "price"
	})
	w.wave(1, map[string]int{`{"recommend":9,"reason":"price"}`: 30, `{"recommend":2,"reason":"queue"}`: 10}, choices)
	w.look()
	if got := values(w.kpi); got != "75" {
		t.Errorf("points %s", got)
	}
	w.update(func(k *cxv1.KPI) { k.Spec.Source.Survey.Option = "queue" })
	w.look()
	if got := values(w.kpi); got != "25" {
		t.Errorf("points %s after another option was named", got)
	}
}

func TestWhenAllWereAskedTheIntervalIsNarrower(t *testing.T) {
	margin := func(everybody bool) float64 {
		w := asked(t)
		wave := w.openWave(1)
		if everybody {
			w.inviteAndAnswer(wave, given(20, 12, 8), 45)
		} else {
			w.submit(wave, given(20, 12, 8))
		}
		w.close(wave)
		w.look()
		if got := values(w.kpi); got != "30" {
			t.Errorf("points %s", got)
		}
		m, _ := w.kpi.Status.Margin.Float()
		return m
	}
	if all, some := margin(true), margin(false); all < 7 || all > 8.5 || some < 20 {
		t.Errorf("margins: %g of all 45, %g of who knows how many", all, some)
	}
}

// inviteAndAnswer invites so many people, of whom the first ones answer.
func (w *worldOf) inviteAndAnswer(wave *cxv1.SurveyWave, answers map[string]int, invited int) {
	w.t.Helper()
	var contacts []store.Contact
	var keys []string
	var said []string
	for n := range invited {
		address := fmt.Sprintf("shopper-%02d@example.org", n)
		contacts, keys = append(contacts, store.Contact{Key: address, Address: address}), append(keys, address)
	}
	for values, n := range answers {
		said = append(said, slices.Repeat([]string{values}, n)...)
	}
	opens := wave.Spec.Template.OpensAt.Time
	link := func(address string, kind byte) (hash [32]byte) {
		copy(hash[:], string(kind)+strings.Repeat(address, 2))
		return hash
	}
	if _, err := w.People.ImportContacts(w.t.Context(), world.ProgramID, "shopper", people.Each(contacts), opens); err != nil {
		w.t.Fatal(err)
	}
	if n, err := w.People.Invite(w.t.Context(), keyOf(wave), []string{"shopper"}, keys, func(c store.Candidate) store.Verdict {
		id := link(c.Key, 'i')
		return store.Verdict{Link: store.Link{ID: [16]byte(id[:]), Answer: link(c.Key, 'a'), OptOut: link(c.Key, 'o'), ExpiresAt: opens.Add(day)}}
	}, opens); err != nil || n != invited {
		w.t.Fatalf("%d are invited: %v", n, err)
	}
	for n, values := range said {
		answer := store.Answer{Values: []byte(values), Complete: true, Channel: "web"}
		if _, err := w.People.SubmitAnswer(w.t.Context(), link(keys[n], 'a'), answer, opens); err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestWavesWakeTheirKPIs(t *testing.T) {
	// The manager sees the KPIs of other tests, too, and they share the program's id.
	w := asked(t, func(k *cxv1.KPI) { k.Name = "of-this-test" })
	w.Run(func(kit kube.Kit) world.Controller { return kpi.New(kit, w.Store, w.People) })
	says := func(text string) {
		t.Helper()
		world.Await(w.World, w.kpi, text, func(k *cxv1.KPI) bool {
			ready := kube.Condition(k, cxv1.ConditionReady)
			return ready != nil && strings.Contains(ready.Message, text)
		})
	}
	says("no value yet")
	wave := w.openWave(-1)
	w.submit(wave, given(40, 40, 20))
	w.close(wave)
	says("20 (n = 100")
	w.Delete(build.Survey("pulse"))
	says(`names Survey "pulse"`)
}
