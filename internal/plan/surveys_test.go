// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

func pulse(changes ...func(*cxv1.Survey)) *cxv1.Survey {
	return build.Survey("pulse", append([]func(*cxv1.Survey){mailed("0 9 * * MON")}, changes...)...)
}

// weeks are Mondays at nine and days after them.
func weeks(from, to, days int) []time.Time {
	var times []time.Time
	for week := from; week <= to; week++ {
		times = append(times, build.Monday.AddDate(0, 0, 7*week+days))
	}
	return times
}

func TestWavesMove(t *testing.T) {
	thursdays := weeks(0, 12, 3)
	var moved []Change[time.Time]
	for i, at := range weeks(1, 12, 0) {
		moved = append(moved, Change[time.Time]{at, thursdays[i]})
	}
	suspended := pulse(func(s *cxv1.Survey) { s.Spec.Suspend = true })
	for name, tc := range map[string]struct {
		before, after *program.Snapshot
		want          Waves
	}{
		"another day": {company(), company(build.Survey("pulse", mailed("0 9 * * THU"))), Waves{
			Schedule: Change[string]{"0 9 * * MON UTC", "0 9 * * THU UTC"}, Next: Change[*time.Time]{&moved[0].Before, &thursdays[0]},
			Count: Change[int]{12, 13}, Moved: moved, Appear: thursdays[12:],
		}},
		"no more": {company(), company(suspended), Waves{
			Schedule: Change[string]{"0 9 * * MON UTC", "0 9 * * MON UTC"}, Next: Change[*time.Time]{&moved[0].Before, nil},
			Count: Change[int]{12, 0}, Disappear: weeks(1, 12, 0),
		}},
		"other reminders": {company(), company(pulse(func(s *cxv1.Survey) { s.Spec.Reminders = nil })), Waves{
			Schedule: Change[string]{"0 9 * * MON UTC", "0 9 * * MON UTC"}, Next: Change[*time.Time]{&moved[0].Before, &moved[0].Before},
			Count: Change[int]{12, 12}, Reminders: &Change[[]cxv1.Duration]{[]cxv1.Duration{"1d"}, []cxv1.Duration{}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			tc.want.Survey = "pulse"
			got := Compare(tc.before, tc.after, nil, now)
			same := cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })
			if diff := cmp.Diff([]Waves{tc.want}, got.Waves, same, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnOpenWaveKeepsTheNextOneFromStarting(t *testing.T) {
	before, after := company(), company(pulse(func(s *cxv1.Survey) { s.Spec.OpenFor = "10d" }))
	ev := &store.Evidence{
		Waves: []store.WaveOutcome{{Survey: "pulse", Slot: "20270104t0900", DueAt: build.Monday, OpenedAt: build.Monday,
			Phase: store.WaveStarted}},
		Surveys: []store.WaveTotals{{Survey: "pulse", Started: 1, LastDueAt: build.Monday}},
	}
	got := Compare(before, after, ev, now)
	if len(got.Waves) != 1 || got.Waves[0].Count != (Change[int]{12, 6}) || !got.Waves[0].Disappear[0].Equal(build.Monday.AddDate(0, 0, 7)) {
		t.Errorf("%+v, want six of twelve waves, and the next one to be skipped", got.Waves)
	}
}

func TestHowOftenOnePersonIsAsked(t *testing.T) {
	second := build.Survey("second", mailed("0 12 * * MON"))
	rules := func(rules ...cxv1.ContactRule) *program.Snapshot {
		s := company()
		p := s.Program.DeepCopy()
		p.Spec.ContactRules = rules
		s.Add(p)
		return s
	}
	weekly := Load{Waves: 4, Invitations: 2, Reminders: 2, Allowed: 3}
	quarter := Load{Waves: 12, Invitations: 6, Reminders: 6, Allowed: 9}
	for name, tc := range map[string]struct {
		after  *program.Snapshot
		days30 Load
		days90 Load
	}{
		// One in ten days: every second Monday, whichever survey comes first.
		"a second survey asks nobody more often": {company(second), Load{9, 3, 3, 3}, Load{25, 7, 7, 9}},
		"looser rules":                           {rules(cxv1.ContactRule{AtMost: 2, Window: "10d"}), Load{4, 4, 4, 6}, Load{12, 12, 12, 18}},
		"reminders count": {rules(cxv1.ContactRule{AtMost: 2, Window: "15d", Reminders: cxv1.RemindersCount}),
			Load{4, 2, 2, 4}, Load{12, 4, 4, 12}},
		"the tightest rule counts": {rules(cxv1.ContactRule{AtMost: 9, Window: "10d"}, cxv1.ContactRule{AtMost: 1, Window: "60d"}),
			Load{4, 1, 1, 1}, Load{12, 2, 2, 2}},
		"nobody is mailed": {company(pulse(func(s *cxv1.Survey) { s.Spec.Delivery = nil })), Load{Allowed: 3}, Load{Allowed: 9}},
		"a dry run":        {company(pulse(func(s *cxv1.Survey) { s.Spec.DryRun = true })), Load{Allowed: 3}, Load{Allowed: 9}},
	} {
		t.Run(name, func(t *testing.T) {
			got := Compare(company(), tc.after, nil, now)
			want := []PersonaLoad{{"shopper", Change[Load]{weekly, tc.days30}, Change[Load]{quarter, tc.days90}}}
			if diff := cmp.Diff(want, got.Load); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	got := Compare(company(), rules(cxv1.ContactRule{AtMost: 1, Window: "20d"}), nil, now)
	if diff := cmp.Diff(&Change[[]string]{[]string{"1 in 10d"}, []string{"1 in 20d"}}, got.ContactRules); diff != "" {
		t.Errorf("contact rules (-want +got):\n%s", diff)
	}
}

func TestPromisesAndTerms(t *testing.T) {
	after := company(pulse(func(s *cxv1.Survey) {
		s.Spec.Anonymity, s.Spec.MinReport, s.Spec.Retention = cxv1.AnonymityConfidential, new(int32(3)), "90d"
	}))
	want := []Term{
		{Survey: "pulse", Field: "anonymity", Change: Change[string]{`"Anonymous"`, `"Confidential"`}, Weaker: true},
		{Survey: "pulse", Field: "minReport", Change: Change[string]{"", "3"}, Weaker: true},
		{Survey: "pulse", Field: "retention", Change: Change[string]{"", `"90d"`}},
	}
	if diff := cmp.Diff(want, Compare(company(), after, nil, now).Terms); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatIsAskedAndWhetherTheTrendBreaks(t *testing.T) {
	fromPulse := build.KPI("nps", func(k *cxv1.KPI) {
		k.Spec.Method = cxv1.MethodNPS
		k.Spec.Source = cxv1.KPISource{Survey: &cxv1.SurveySource{SurveyRef: "pulse", Question: "recommend"}}
	})
	why := cxv1.Question{ID: "why", Type: cxv1.QuestionFreeText, Text: cxv1.LocalizedText{EN: "Why?"}}
	for name, tc := range map[string]struct {
		change func(*cxv1.Questionnaire)
		want   Questionnaire
		breaks bool
	}{
		"a free text more": {func(q *cxv1.Questionnaire) { q.Questions = append(q.Questions, why) }, Questionnaire{Added: []string{"why"}}, false},
		"in front":         {func(q *cxv1.Questionnaire) { q.Questions = append([]cxv1.Question{why}, q.Questions...) }, Questionnaire{Added: []string{"why"}}, false},
		"another title":    {func(q *cxv1.Questionnaire) { q.Title.EN = "Hello" }, Questionnaire{}, false},
		"other words in what is scored": {func(q *cxv1.Questionnaire) { q.Questions[0].Text.EN = "Would you recommend us?" },
			Questionnaire{Changed: []string{"recommend"}, BreaksTrend: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			asked := build.Questionnaire()
			tc.change(&asked)
			got := Compare(company(fromPulse), company(fromPulse, pulse(func(s *cxv1.Survey) { s.Spec.Questionnaire = &asked })), nil, now)
			tc.want.Survey = "pulse"
			tc.want.Hash = Change[string]{questionnaire.Hash(build.Questionnaire()), questionnaire.Hash(asked)}
			if diff := cmp.Diff([]Questionnaire{tc.want}, got.Questionnaires); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if broken := len(got.KPIs) == 1 && got.KPIs[0].KPI == "nps" && got.KPIs[0].BreaksTrend; broken != tc.breaks {
				t.Errorf("KPIs %+v, want the trend of nps broken: %t", got.KPIs, tc.breaks)
			}
		})
	}
}

func TestKPIsAndTargets(t *testing.T) {
	kpi := func(change func(*cxv1.KPISpec)) *program.Snapshot {
		return company(build.KPI("wait", ownedBy("a"), func(k *cxv1.KPI) {
			k.Spec.Target = &cxv1.KPITarget{Value: "40"}
			change(&k.Spec)
		}), build.Goal("growth", func(g *cxv1.Goal) { g.Spec.Due = cxv1.Date(fmt.Sprintf("2027-%02d-01", 1+len(k(change).Unit))) }))
	}
	before := kpi(func(*cxv1.KPISpec) {})
	after := kpi(func(k *cxv1.KPISpec) { k.Unit, k.Target.Value, k.MinResponses = "min", "50", new(int32(9)) })
	got := Compare(before, after, nil, now)
	kpis := []KPI{{KPI: "wait", Fields: []string{"unit", "minResponses"}, Measured: Change[string]{"Value", "Value min"}, BreaksTrend: true}}
	if diff := cmp.Diff(kpis, got.KPIs); diff != "" {
		t.Errorf("KPIs (-want +got):\n%s", diff)
	}
	targets := []Target{
		{Object: "KPI/wait", What: "target", Change: Change[string]{"AtLeast 40 Point", "AtLeast 50 Point"}, Met: &Change[string]{"True", "False"}},
		{Object: "Goal/growth", What: "due", Change: Change[string]{"2027-01-01", "2027-04-01"}},
	}
	if diff := cmp.Diff(targets, got.Targets); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
}

func TestAnotherQueryIsAnotherMeasure(t *testing.T) {
	asking := func(source cxv1.PrometheusSource) *program.Snapshot {
		return company(build.KPI("wait", ownedBy("a"), func(k *cxv1.KPI) { k.Spec.Source = cxv1.KPISource{Prometheus: &source} }))
	}
	long := strings.Repeat("a", 200)
	for name, tc := range map[string]struct {
		before, after cxv1.PrometheusSource
		want          []KPI
	}{
		"nothing": {cxv1.PrometheusSource{Query: "avg(wait)"}, cxv1.PrometheusSource{Query: "avg(wait)"}, []KPI{}},
		"another one": {cxv1.PrometheusSource{Query: "avg(wait)"}, cxv1.PrometheusSource{Query: "max(\n  wait\n)"}, []KPI{{KPI: "wait",
			Fields: []string{"source.prometheus"}, Measured: Change[string]{"Value PromQL avg(wait)", "Value PromQL max( wait )"}, BreaksTrend: true}}},
		"asked less often": {cxv1.PrometheusSource{Query: "avg(wait)"}, cxv1.PrometheusSource{Query: "avg(wait)", Every: "1d"}, []KPI{{KPI: "wait",
			Fields: []string{"source.prometheus"}, Measured: Change[string]{"Value PromQL avg(wait)", "Value PromQL avg(wait)"}}}},
		"a long one": {cxv1.PrometheusSource{Query: "avg(wait)"}, cxv1.PrometheusSource{Query: long}, []KPI{{KPI: "wait",
			Fields: []string{"source.prometheus"}, Measured: Change[string]{"Value PromQL avg(wait)", "Value PromQL " + long[:120] + "…"}, BreaksTrend: true}}},
	} {
		if diff := cmp.Diff(tc.want, Compare(asking(tc.before), asking(tc.after), nil, now).KPIs); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// k is what a change makes of an empty KPI.
func k(change func(*cxv1.KPISpec)) cxv1.KPISpec {
	spec := cxv1.KPISpec{Target: &cxv1.KPITarget{}}
	change(&spec)
	return spec
}

func TestCriteriaStepsAndWhatCeasesToBeRight(t *testing.T) {
	before := company(build.Goal("growth", func(g *cxv1.Goal) { g.Spec.OwnerRef = "a" }))
	got := Compare(before, company(build.Goal("growth", func(g *cxv1.Goal) { g.Spec.ParentRef = "nowhere" })), accepted(before), now)
	var ids []string
	for _, c := range got.Criteria {
		ids = append(ids, c.ID+" "+string(c.Result.Before)+" "+string(c.Result.After))
	}
	if diff := cmp.Diff([]string{"exp-goal True False"}, ids); diff != "" {
		t.Errorf("criteria (-want +got):\n%s", diff)
	}
	if len(got.NextSteps.Added) == 0 || got.NextSteps.Added[0].Criterion != "exp-goal" && got.Stage == nil {
		t.Errorf("next steps %+v, stage %+v", got.NextSteps, got.Stage)
	}
	if len(got.Readiness) != 1 || got.Readiness[0].Object != "Goal/growth" || got.Readiness[0].Ready || got.Readiness[0].Message == "" {
		t.Errorf("readiness %+v", got.Readiness)
	}
}
