// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"fmt"
	"slices"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// company is everything together, with a CX director, reviews, a fund, incentives, surveys and follow-ups: a company in which
// every fact has a value that something can change.
func company() ([]program.Object, *store.Evidence) {
	s := program.New("retail", everything()...)
	furnishProgram(s.Program)
	s.Owner("boss").Spec.Roles, s.Owner("boss").Spec.ReportsTo = []cxv1.OwnerRole{cxv1.OwnerCXDirector}, "ceo"
	s.Journey("visit").Spec.StandardVersion = "1"
	s.Add(&cxv1.Persona{ObjectMeta: meta("colleague"), Spec: cxv1.PersonaSpec{Type: cxv1.PersonaEmployee}},
		owner("planner", "plans", cxv1.LevelStaff), accept(cxv1.SubjectGoal, "alone", cxv1.RoleAccountable, "planner"),
		survey("nps", "shopper"), survey("pulse", "colleague"), survey("frank", "shopper"), survey("old", "shopper"))
	s.Survey("frank").Spec.MinReport, s.Survey("frank").Spec.OpenFor = new(int32(3)), "7d"
	s.Survey("old").Spec.StandardVersion = "0.9"
	furnishKPIs(s)
	furnishInitiatives(s)
	return s.All(), furnishedLog()
}

// furnishKPIs makes figures come from surveys and from people, fresh and stale, comparable and not.
func furnishKPIs(s *program.Snapshot) {
	s.KPI("nps").Spec.Incentives = []cxv1.Incentive{
		{Function: "shops", Level: cxv1.LevelStaff, Scope: cxv1.ScopeTeam, Evidence: "https://example.com/pay"},
		{Function: "it", Level: cxv1.LevelManager, Scope: cxv1.ScopeUnit, Evidence: "https://example.com/pay"},
	}
	csat := s.KPI("csat")
	csat.Spec.Metric, csat.Spec.Method, csat.Spec.Scale = "csat", cxv1.MethodCSAT, &cxv1.Scale{Min: 1, Max: 5}
	csat.Spec.JourneyRef, csat.Spec.PersonaRef = "visit", "shopper"
	for _, name := range []cxv1.Ref{"nps", "csat", "minutes"} {
		s.KPI(name).Spec.Source = cxv1.KPISource{Survey: &cxv1.SurveySource{SurveyRef: "nps", Question: string(name)}}
	}
	s.KPI("minutes").Status.Trend = cxv1.TrendDown
	s.KPI("mood").Status.AsOf = daysAgo(200)
	seven, shops := kpi("csat-of-seven", cxv1.KPIExperience, ""), kpi("nps-of-shops", cxv1.KPIExperience, "")
	seven.Spec.Metric, seven.Spec.Method, seven.Spec.Scale = "csat", cxv1.MethodCSAT, &cxv1.Scale{Min: 1, Max: 7}
	seven.Status.N, shops.Status.N = nil, nil
	s.Add(seven, shops)
}

// furnishInitiatives gives initiatives origins, insights and people.
func furnishInitiatives(s *program.Snapshot) {
	s.Initiative("interviews").Spec.Methods = []cxv1.ResearchMethod{cxv1.MethodInterviews}
	s.Initiative("signs").Spec.RootCauses = []string{"late"}
	s.Initiative("signs").Spec.Publications[0].Functions = []cxv1.Function{"it"}
	idea := &s.Initiative("quiet-room").Spec
	idea.Origin, idea.Participants = cxv1.OriginEmployeeIdea, []cxv1.Ref{"builder"}
	idea.Announcement = &cxv1.Announcement{Date: dayAgo(3), URL: "https://example.com/news"}
	for name, insight := range map[cxv1.Ref]cxv1.Insight{
		"course": {Survey: "nps", Wave: wave("nps", 10).Slot}, "desk": {InitiativeRef: "interviews"}, "refund": {RootCause: "maze"},
	} {
		s.Initiative(name).Spec.Insights = []cxv1.Insight{insight}
	}
	pair := done("counter", cxv1.InitiativeRedesign)
	pair.Spec.Functions, pair.Spec.Participants = nil, []cxv1.Ref{"builder"}
	s.Add(pair)
	for i, name := range []string{"running", "rival"} {
		active := done(name, cxv1.InitiativeImprovement)
		active.Status.Phase, active.Status.DoneSince, active.Spec.Rank = cxv1.InitiativeActive, nil, new(int32(1+i))
		s.Add(active)
	}
}

func furnishProgram(p *cxv1.Program) {
	p.Spec.Governance.ReviewEvery = "35d"
	for _, ago := range []int{100, 70, 30} {
		p.Spec.Governance.Reviews = append(p.Spec.Governance.Reviews, cxv1.Review{Date: dayAgo(ago), Evidence: "https://example.com/minutes"})
	}
	p.Spec.IdeaFund = &cxv1.IdeaFund{Amount: "5000", Currency: "EUR", Spent: []cxv1.IdeaSpending{
		{Date: dayAgo(20), Amount: "300", InitiativeRef: "quiet-room", Evidence: "INV-7"}, {Date: dayAgo(200), Amount: "150.50", Evidence: "INV-3"},
	}}
	p.Spec.Standard.Sections = []cxv1.StandardSection{
		cxv1.SectionDataHandling, cxv1.SectionProcessChange, cxv1.SectionServiceChange, cxv1.SectionProductChange}
	p.Spec.Standard.ReviewedAt, p.Spec.Standard.ReviewEvidence = dayAgo(40), "https://example.com/review"
}

// survey is one that follows the standard.
func survey(name string, personas ...cxv1.Ref) *cxv1.Survey {
	s := &cxv1.Survey{ObjectMeta: meta(name), Spec: cxv1.SurveySpec{
		PersonaRefs: personas, Anonymity: cxv1.AnonymityConfidential, StandardVersion: "1", OpenFor: "14d",
	}}
	s.Spec.MinReport, s.Spec.Retention = new(int32(5)), "365d"
	s.Status.Phase = cxv1.SurveyScheduled
	return s
}

// furnishedLog has waves of customers and of employees, closed and open, and follow-ups about two causes.
func furnishedLog() *store.Evidence {
	told, open := wave("nps", 10, "Customer"), wave("nps", 0, "Customer")
	told.PublishedAt, told.PublishedTo = now.AddDate(0, 0, -6), []string{"it", "board"}
	told.FollowUpRules = []string{"detractors", "furious"}
	open.Slot, open.Phase, open.ClosedAt, open.FollowUpRules = "open", store.WaveStarted, time.Time{}, []string{"detractors", "efforts"}
	pulse := wave("pulse", 7, "Employee")
	pulse.OpenedAt = time.Time{}
	ev := evidence(told, open, pulse, wave("dealers", 6, "Partner"))
	ev.Decisions = slices.Clone(known.Decisions)
	for i, cause := range []string{"late", "late", "late", "price", "price", "price", "maze", "other", ""} {
		ev.FollowUps = append(ev.FollowUps, followUp(fmt.Sprintf("f-%d", i), 20, cause))
	}
	ev.FollowUps[0].FirstResponseAt = ev.FollowUps[0].DueBy.Add(time.Hour)
	ev.FollowUps[1].FirstResponseAt, ev.FollowUps[1].Reached = time.Time{}, false
	return ev
}

// followUp was opened so many days ago, was due after two days, and answered and closed in time.
func followUp(id string, openedDaysAgo int, cause string) store.FollowUp {
	opened := now.AddDate(0, 0, -openedDaysAgo)
	return store.FollowUp{
		ID: id, Survey: "nps", Slot: "s", Rule: "detractors", OpenedAt: opened, DueBy: opened.AddDate(0, 0, 2),
		FirstResponseAt: opened.AddDate(0, 0, 1), Reached: true, RootCause: cause, ClosedAt: opened.AddDate(0, 0, 3),
	}
}
