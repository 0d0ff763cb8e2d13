// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"testing"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
)

// started are two initiatives that began two months ago, a finished study and one under way.
func started() []program.Object {
	s := program.New("retail", example()...)
	for _, name := range []string{"faster", "kinder"} {
		s.Add(done(name, cxv1.InitiativeImprovement))
	}
	study, reading := done("study", cxv1.InitiativeResearch), done("reading", cxv1.InitiativeResearch)
	study.Status.ActiveSince, reading.Status.ActiveSince = daysAgo(400), daysAgo(400)
	reading.Status.Phase, reading.Status.DoneSince = cxv1.InitiativeActive, nil
	s.Add(study, reading)
	return s.All()
}

func restsOn(insights ...cxv1.Insight) func(*program.Snapshot) {
	return func(s *program.Snapshot) { s.Initiative("faster").Spec.Insights = insights }
}

func TestFactsAboutInsights(t *testing.T) {
	ev := evidence(wave("nps", 10, "Customer"), wave("nps", 500, "Customer"))
	ev.Waves[1].Slot, ev.FollowUps = "long-ago", append(about("late", 1, 300), about("other", 1, 20)...)
	silent := wave("nps", 20)
	silent.Slot, silent.Counts.Responded = "silent", 0
	ev.Waves = append(ev.Waves, silent)
	is := func(ratio any) map[string]any { return map[string]any{"startedInitiativesWithInsightRatio365d": ratio} }
	insight := func(survey cxv1.Ref, slot string) cxv1.Insight { return cxv1.Insight{Survey: survey, Wave: slot} }
	checkFacts(t, started, map[string]factsCase{
		"none is named":               {ev: ev, want: is(0.0)},
		"a wave that was answered":    {ev: ev, change: restsOn(insight("nps", wave("nps", 10).Slot)), want: is(0.5)},
		"also an older one":           {ev: ev, change: restsOn(insight("nps", "long-ago")), want: is(0.5)},
		"a wave that nobody answered": {ev: ev, change: restsOn(insight("nps", "silent")), want: is(0.0)},
		"a wave that never was":       {ev: ev, change: restsOn(insight("nps", "someday")), want: is(0.0)},
		"a wave of another survey":    {ev: ev, change: restsOn(insight("ces", wave("nps", 10).Slot)), want: is(0.0)},
		"a finished study":            {ev: ev, change: restsOn(cxv1.Insight{InitiativeRef: "study"}), want: is(0.5)},
		"a study under way":           {ev: ev, change: restsOn(cxv1.Insight{InitiativeRef: "reading"}), want: is(0.0)},
		"what is no study":            {ev: ev, change: restsOn(cxv1.Insight{InitiativeRef: "kinder"}), want: is(0.0)},
		"a study that does not exist": {ev: ev, change: restsOn(cxv1.Insight{InitiativeRef: "ghost"}), want: is(0.0)},
		"a cause that was met":        {ev: ev, change: restsOn(cxv1.Insight{RootCause: "late"}), want: is(0.5)},
		"a cause that nobody met":     {ev: ev, change: restsOn(cxv1.Insight{RootCause: "price"}), want: is(0.0)},
		"something else is no cause":  {ev: ev, change: restsOn(cxv1.Insight{RootCause: "other"}), want: is(0.0)},
		"one that holds is enough":    {ev: ev, change: restsOn(insight("nps", "someday"), cxv1.Insight{InitiativeRef: "study"}), want: is(0.5)},
		"nothing was started":         {ev: ev, change: each(func(i *cxv1.Initiative) { i.Status.ActiveSince = daysAgo(366) }), want: is(nil)},
		"without evidence a study is known": {change: restsOn(cxv1.Insight{InitiativeRef: "study"}),
			want: is(0.5)},
		"without evidence a wave is not": {change: restsOn(insight("nps", "someday")), want: is(nil)},
		"without evidence nobody knows when it began": {change: each(func(i *cxv1.Initiative) { i.Status.ActiveSince = nil }),
			want: is(nil)},
	})
}

func TestFactsAboutAnnouncements(t *testing.T) {
	told := func(date cxv1.Date) func(*program.Snapshot) {
		return func(s *program.Snapshot) {
			s.Initiative("faster").Spec.Announcement = &cxv1.Announcement{Date: date, URL: "https://example.com/news"}
		}
	}
	is := func(ratio any) map[string]any { return map[string]any{"doneInitiativesAnnouncedRatio": ratio} }
	checkFacts(t, started, map[string]factsCase{
		"nobody was told":         {ev: known, want: is(0.0)},
		"one of three":            {ev: known, change: told(dayAgo(3)), want: is(1.0 / 3)},
		"told today":              {ev: known, change: told(dayAgo(0)), want: is(1.0 / 3)},
		"told long before":        {ev: known, change: told(dayAgo(500)), want: is(1.0 / 3)},
		"to be told tomorrow":     {ev: known, change: told(dayAgo(-1)), want: is(0.0)},
		"told on an unknown date": {ev: known, change: told("soon"), want: is(0.0)},
		"told where nobody reads": {ev: known, change: func(s *program.Snapshot) {
			told(dayAgo(3))(s)
			s.Initiative("faster").Spec.Announcement.URL = ""
		}, want: is(0.0)},
		"done more than a year ago": {ev: known, change: each(func(i *cxv1.Initiative) { i.Status.DoneSince = daysAgo(366) }), want: is(nil)},
		"without evidence":          {change: each(func(i *cxv1.Initiative) { i.Status.DoneSince = nil }), want: is(nil)},
	})
}

func TestFactsAboutIdeasOfStaff(t *testing.T) {
	idea := func(change func(*cxv1.Initiative)) func(*program.Snapshot) {
		return func(s *program.Snapshot) {
			i := s.Initiative("faster")
			i.Spec.Origin, i.Spec.Participants = cxv1.OriginEmployeeIdea, []cxv1.Ref{"builder", "lead", "ghost"}
			change(i)
		}
	}
	is := func(levels any) map[string]any { return map[string]any{"ideasDoneLevels365d": levels} }
	checkFacts(t, started, map[string]factsCase{
		"nobody had one":                     {ev: known, want: is(0)},
		"owner and participants, as we know": {ev: known, change: idea(func(*cxv1.Initiative) {}), want: is(3)},
		"two of one level":                   {ev: known, change: idea(func(i *cxv1.Initiative) { i.Spec.OwnerRef = "builder" }), want: is(2)},
		"the owner alone":                    {ev: known, change: idea(func(i *cxv1.Initiative) { i.Spec.Participants = nil }), want: is(1)},
		"nobody who exists": {ev: known, change: idea(func(i *cxv1.Initiative) {
			i.Spec.OwnerRef, i.Spec.Participants = "", []cxv1.Ref{"ghost"}
		}), want: is(0)},
		"a plan is no idea of staff": {ev: known, change: idea(func(i *cxv1.Initiative) { i.Spec.Origin = cxv1.OriginPlan }), want: is(0)},
		"not done yet":               {ev: known, change: idea(func(i *cxv1.Initiative) { i.Status.Phase = cxv1.InitiativeActive }), want: is(0)},
		"done more than a year ago":  {ev: known, change: idea(func(i *cxv1.Initiative) { i.Status.DoneSince = daysAgo(366) }), want: is(0)},
		"without evidence":           {change: idea(func(i *cxv1.Initiative) { i.Status.DoneSince = nil }), want: is(nil)},
	})
}

func TestFactsAboutListeningInPerson(t *testing.T) {
	methods := func(list ...cxv1.ResearchMethod) func(*program.Snapshot) {
		return func(s *program.Snapshot) { s.Initiative("study").Spec.Methods = list }
	}
	is := func(n int) map[string]any { return map[string]any{"listeningActivities365d": n} }
	checkFacts(t, started, map[string]factsCase{
		"no method is named": {want: is(0)},
		"interviews":         {change: methods(cxv1.MethodInterviews), want: is(1)},
		"immersion":          {change: methods(cxv1.MethodDesk, cxv1.MethodImmersion), want: is(1)},
		"listening at events, which is one activity with interviews": {change: methods(cxv1.MethodEventListening, cxv1.MethodInterviews),
			want: is(1)},
		"reading what others found": {change: methods(cxv1.MethodDesk), want: is(0)},
		"not finished": {change: func(s *program.Snapshot) {
			s.Initiative("reading").Spec.Methods = []cxv1.ResearchMethod{cxv1.MethodInterviews}
		}, want: is(0)},
		"told to nobody": {change: func(s *program.Snapshot) {
			methods(cxv1.MethodInterviews)(s)
			s.Initiative("study").Spec.Publications = nil
		}, want: is(0)},
		"told more than a year ago": {change: func(s *program.Snapshot) {
			methods(cxv1.MethodInterviews)(s)
			s.Initiative("study").Spec.Publications[0].Date = dayAgo(366)
		}, want: is(0)},
		"told without a link": {change: func(s *program.Snapshot) {
			methods(cxv1.MethodInterviews)(s)
			s.Initiative("study").Spec.Publications[0].Evidence = ""
		}, want: is(0)},
		"no study at all": {change: func(s *program.Snapshot) {
			s.Initiative("faster").Spec.Methods = []cxv1.ResearchMethod{cxv1.MethodInterviews}
		}, want: is(0)},
	})
}

// In a large company a redesign is shared when units do it together; in a small one, when two people do. The facts give both
// counts, and the framework's profile says which one matters.
func TestFactsAboutSharedRedesigns(t *testing.T) {
	redesign := func(change func(*cxv1.Initiative)) func(*program.Snapshot) {
		return func(s *program.Snapshot) {
			i := done("counter", cxv1.InitiativeRedesign)
			i.Spec.Functions = []cxv1.Function{"shops"}
			change(i)
			s.Add(i)
		}
	}
	is := func(units, people any) map[string]any {
		return map[string]any{"redesignCrossFunctional365d": units, "redesignByPeople365d": people}
	}
	pair := func(i *cxv1.Initiative) { i.Spec.Participants = []cxv1.Ref{"builder"} }
	checkFacts(t, example, map[string]factsCase{
		"by one person of one unit": {ev: known, change: redesign(func(*cxv1.Initiative) {}), want: is(0, 0)},
		"by two people of one unit": {ev: known, change: redesign(pair), want: is(0, 1)},
		"by one person, named twice": {ev: known, change: redesign(func(i *cxv1.Initiative) { i.Spec.Participants = []cxv1.Ref{"clerk"} }),
			want: is(0, 0)},
		"with somebody who does not exist": {ev: known, change: redesign(func(i *cxv1.Initiative) { i.Spec.Participants = []cxv1.Ref{"ghost"} }),
			want: is(0, 0)},
		"two units are two people": {ev: known, change: redesign(func(i *cxv1.Initiative) { i.Spec.Functions = []cxv1.Function{"shops", "it"} }),
			want: is(1, 1)},
		"under way": {ev: known, change: redesign(func(i *cxv1.Initiative) {
			pair(i)
			i.Status.Phase, i.Status.DoneSince = cxv1.InitiativeActive, nil
		}), want: is(0, 1)},
		"proposed": {ev: known, change: redesign(func(i *cxv1.Initiative) { pair(i); i.Status.Phase = cxv1.InitiativeProposed }), want: is(0, 0)},
		"long ago": {ev: known, change: redesign(func(i *cxv1.Initiative) { pair(i); i.Status.DoneSince = daysAgo(366) }), want: is(0, 0)},
		"without evidence nobody knows when it was done": {change: redesign(func(i *cxv1.Initiative) { pair(i); i.Status.DoneSince = nil }),
			want: is(nil, nil)},
		"an improvement is no redesign": {ev: known, change: redesign(func(i *cxv1.Initiative) { pair(i); i.Spec.Type = cxv1.InitiativeImprovement }),
			want: is(0, 0)},
	})
}

func TestARedesignByTwoPeopleCountsInASmallFirmOnly(t *testing.T) {
	framework, err := maturity.Builtin(maturity.SixStages)
	if err != nil {
		t.Fatal(err)
	}
	s := program.New("retail", example()...)
	i := done("counter", cxv1.InitiativeRedesign)
	i.Spec.Functions, i.Spec.Participants = nil, []cxv1.Ref{"builder"}
	s.Add(i)
	for profile, want := range map[string]maturity.Outcome{"small": maturity.True, "standard": maturity.False} {
		model, err := maturity.Compile(framework, profile)
		if err != nil {
			t.Fatal(err)
		}
		result := maturity.Evaluate(model, maturity.Input{Facts: program.Facts(s, known, now), Now: now})
		for _, c := range result.Criteria {
			if c.ID == "ops-redesign" && c.Observed != want {
				t.Errorf("profile %s: %s, want %s (%s)", profile, c.Observed, want, c.Message.EN)
			}
		}
	}
}

func TestFactsAboutIncentives(t *testing.T) {
	pays := func(kpi cxv1.Ref, function cxv1.Function, level cxv1.OwnerLevel) func(*program.Snapshot) {
		return func(s *program.Snapshot) {
			k := s.KPI(kpi)
			k.Spec.Incentives = append(k.Spec.Incentives, cxv1.Incentive{Function: function, Level: level, Evidence: "https://example.com/pay"})
		}
	}
	all := func(changes ...func(*program.Snapshot)) func(*program.Snapshot) {
		return func(s *program.Snapshot) {
			for _, change := range changes {
				change(s)
			}
		}
	}
	// The owners of the example are of four functions: service, board, shops and it.
	is := func(levels int, functions any) map[string]any {
		return map[string]any{"incentiveLevels": levels, "incentiveFunctionsRatio": functions}
	}
	checkFacts(t, goals, map[string]factsCase{
		"nobody":                            {want: is(0, 0.0)},
		"one level of one function":         {change: pays("nps", "shops", cxv1.LevelStaff), want: is(1, 0.25)},
		"two levels of one function":        {change: all(pays("nps", "shops", cxv1.LevelStaff), pays("csat", "shops", cxv1.LevelManager)), want: is(2, 0.25)},
		"two functions on one level":        {change: all(pays("nps", "shops", cxv1.LevelStaff), pays("csat", "it", cxv1.LevelStaff)), want: is(1, 0.5)},
		"a function where nobody is":        {change: pays("nps", "sales", cxv1.LevelStaff), want: is(1, 0.0)},
		"pay for minutes is not for CX":     {change: pays("minutes", "shops", cxv1.LevelStaff), want: is(0, 0.0)},
		"pay that no rule shows":            {change: all(pays("nps", "shops", cxv1.LevelStaff), func(s *program.Snapshot) { s.KPI("nps").Spec.Incentives[0].Evidence = "" }), want: is(0, 0.0)},
		"a company of nobody":               {change: all(pays("nps", "shops", cxv1.LevelStaff), func(s *program.Snapshot) { s.Owners = nil }), want: is(1, nil)},
		"a unit whose people have all left": {change: all(pays("nps", "shops", cxv1.LevelStaff), func(s *program.Snapshot) { s.Owner("clerk").Spec.State = cxv1.OwnerLeft }), want: is(1, 0.0)},
	})
}

// Figures that came in through a survey were seen to come in; figures that somebody entered were not.
func TestGradesOfFiguresTellWhereTheyComeFrom(t *testing.T) {
	measured := func(change func(*program.Snapshot)) map[string]maturity.Fact {
		s := program.New("retail", goals()...)
		s.Add(survey("wave", "shopper"))
		for _, k := range s.KPIs {
			k.Status.Trend = cxv1.TrendUp
			k.Spec.Source = cxv1.KPISource{Survey: &cxv1.SurveySource{SurveyRef: "wave", Question: "q"}}
		}
		change(s)
		return program.Facts(s, known, now)
	}
	for _, fact := range []string{"experienceKpisWithInterval", "kpisWithTestedTrend"} {
		if got := measured(func(*program.Snapshot) {})[fact].Grade; got != maturity.GradeSystem {
			t.Errorf("%s from surveys has grade %s, want System", fact, got)
		}
		fetched := func(s *program.Snapshot) {
			s.KPI("nps").Spec.Source = cxv1.KPISource{Prometheus: &cxv1.PrometheusSource{Query: "nps"}}
		}
		if got := measured(fetched)[fact].Grade; got != maturity.GradeSystem {
			t.Errorf("%s of which one was fetched from Prometheus has grade %s, want System", fact, got)
		}
		entered := func(s *program.Snapshot) { s.KPI("nps").Spec.Source = cxv1.KPISource{Manual: &cxv1.ManualSource{}} }
		if got := measured(entered)[fact].Grade; got != maturity.GradeDeclared {
			t.Errorf("%s of which one was entered has grade %s, want Declared", fact, got)
		}
	}
	if got := measured(func(s *program.Snapshot) { s.Surveys = nil })["experienceKpisDefined"].Value; got != 0 {
		t.Errorf("%v KPIs are defined by a survey that does not exist, want none", got)
	}
	queried := func(s *program.Snapshot) {
		s.Surveys = nil
		s.KPI("nps").Spec.Source = cxv1.KPISource{Prometheus: &cxv1.PrometheusSource{Query: "nps"}}
	}
	if got := measured(queried)["experienceKpisDefined"].Value; got != 1 {
		t.Errorf("%v KPIs are defined by a query, want one", got)
	}
}
