// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
)

// directed is the example with a CX director who reports to the CEO and sponsors the program.
func directed() []program.Object {
	s := program.New("retail", example()...)
	boss := s.Owner("boss")
	boss.Spec.Roles, boss.Spec.ReportsTo = []cxv1.OwnerRole{cxv1.OwnerCXDirector}, "ceo"
	return s.All()
}

func TestFactsAboutTheDirector(t *testing.T) {
	director := func(accepted, reports any) map[string]any {
		return map[string]any{"cxDirectorAccepted": accepted, "cxDirectorReportsToCeo": reports}
	}
	alone := func(s *program.Snapshot) { s.Program.Spec.Sponsor, s.Program.Spec.Governance = "", nil }
	checkFacts(t, directed, map[string]factsCase{
		"a director who sponsors":  {ev: known, want: director(true, true)},
		"without evidence":         {want: director(nil, nil)},
		"nobody has the role":      {change: func(s *program.Snapshot) { s.Owner("boss").Spec.Roles = nil }, want: director(false, false)},
		"the role alone":           {ev: known, change: alone, want: director(false, false)},
		"the role alone, no offer": {change: func(s *program.Snapshot) { alone(s); s.Program.Spec.Lead = "" }, want: director(false, false)},
		"asked and silent": {ev: known, change: func(s *program.Snapshot) {
			withdraw(cxv1.RoleSponsor, "boss")(s)
			withdraw(cxv1.RoleGovernanceMember, "boss")(s)
		}, want: director(false, false)},
		"on the committee": {ev: known, change: func(s *program.Snapshot) { s.Program.Spec.Sponsor = "" }, want: director(true, true)},
		"once on the committee": {ev: known, change: func(s *program.Snapshot) {
			s.Program.Spec.Sponsor, s.Program.Spec.Governance.Members = "", []cxv1.Ref{"builder"}
		}, want: director(false, false)},
		"who leads": {ev: known, change: func(s *program.Snapshot) {
			alone(s)
			s.Program.Spec.Lead = "boss"
			s.Assignments = slices.DeleteFunc(s.Assignments, func(a *cxv1.OwnerAssignment) bool { return a.Spec.Role == cxv1.RoleLead })
			s.Add(inProgram(cxv1.RoleLead, "boss"))
		}, want: director(true, true)},
		"in the working group only": {ev: known, change: func(s *program.Snapshot) {
			alone(s)
			s.Program.Spec.WorkingGroup = []cxv1.Ref{"boss"}
			s.Add(inProgram(cxv1.RoleGroupMember, "boss"))
		}, want: director(false, false)},
		"who left":           {ev: known, change: func(s *program.Snapshot) { s.Owner("boss").Spec.State = cxv1.OwnerLeft }, want: director(false, false)},
		"not in the top":     {ev: known, change: func(s *program.Snapshot) { s.Owner("boss").Spec.Level = cxv1.LevelSeniorManager }, want: director(false, false)},
		"under another boss": {ev: known, change: func(s *program.Snapshot) { s.Owner("boss").Spec.ReportsTo = "lead" }, want: director(true, false)},
		"under nobody known": {ev: known, change: func(s *program.Snapshot) { s.Owner("boss").Spec.ReportsTo = "ghost" }, want: director(true, false)},
		"one accepted, another one reports to the CEO": {ev: known, change: func(s *program.Snapshot) {
			s.Owner("boss").Spec.ReportsTo = "lead"
			other := owner("other", "board", cxv1.LevelExecutive)
			other.Spec.Roles, other.Spec.ReportsTo = s.Owner("boss").Spec.Roles, "ceo"
			s.Add(other)
		}, want: director(true, false)},
	})
}

// meeting sets the committee's rhythm and the days on which it met, so many days ago each.
func meeting(every cxv1.Duration, daysAgo ...int) func(*program.Snapshot) {
	return func(s *program.Snapshot) {
		s.Program.Spec.Governance.ReviewEvery = every
		for _, n := range daysAgo {
			s.Program.Spec.Governance.Reviews = append(s.Program.Spec.Governance.Reviews, cxv1.Review{Date: dayAgo(n), Evidence: "https://example.com/m"})
		}
	}
}

func TestFactsAboutReviews(t *testing.T) {
	is := func(ratio any) map[string]any { return map[string]any{"reviewsHeldOnTimeRatio": ratio} }
	kiritimati := func(change func(*program.Snapshot)) func(*program.Snapshot) {
		return func(s *program.Snapshot) {
			change(s)
			s.Program.Spec.TimeZone = "Pacific/Kiritimati" // where it is the day after already
		}
	}
	checkFacts(t, example, map[string]factsCase{
		"one in time, one late":                       {change: meeting("35d", 100, 70, 30), want: is(0.5)},
		"held on the very day is in time":             {change: meeting("35d", 80, 45, 20), want: is(1.0)},
		"a day later is late":                         {change: meeting("35d", 81, 45, 20), want: is(0.5)},
		"the order in the file does not matter":       {change: meeting("35d", 20, 80, 45), want: is(1.0)},
		"due today and not held is not missed yet":    {change: meeting("35d", 70, 35), want: is(1.0)},
		"due yesterday and not held is missed":        {change: meeting("35d", 70, 36), want: is(0.5)},
		"yesterday is that of the program's zone":     {change: kiritimati(meeting("35d", 70, 35)), want: is(0.5)},
		"one each time that the rhythm passes":        {change: meeting("35d", 140, 106), want: is(0.25)},
		"one meeting does not make up for a long gap": {change: meeting("35d", 300, 10), want: is(0.0)},
		"a long gap counts as many as it lasted":      {change: meeting("35d", 220, 190, 10), want: is(1.0 / 6)},
		"only the last year counts":                   {change: meeting("35d", 900, 400), want: is(0.0)},
		"in time, but more than a year ago":           {change: meeting("400d", 800, 770), want: is(nil)},
		"a first meeting was due at no time":          {change: meeting("35d", 5), want: is(nil)},
		"early, and not due yet":                      {change: meeting("35d", 20, 10), want: is(nil)},
		"early, and due meanwhile":                    {change: meeting("35d", 40, 33), want: is(1.0)},
		"a date in the future has not happened":       {change: meeting("35d", 70, -5), want: is(0.0)},
		"no rhythm":                                   {change: meeting("", 70, 35), want: is(nil)},
		"an unreadable rhythm":                        {change: meeting("monthly", 70, 35), want: is(nil)},
		"no meetings":                                 {change: meeting("35d"), want: is(nil)},
		"no committee":                                {change: func(s *program.Snapshot) { s.Program.Spec.Governance = nil }, want: is(nil)},
		"a meeting without minutes cannot be shown": {change: func(s *program.Snapshot) {
			meeting("35d", 80, 45, 20)(s)
			s.Program.Spec.Governance.Reviews[1].Evidence = ""
		}, want: is(0.0)},
		"several on one day are one": {change: meeting("35d", 80, 45, 45, 20), want: is(1.0)},
		"a rhythm in hours":          {change: meeting("36h", 6, 5, 3), want: is(1.0 / 3)},
	})
}

// The count skips what lies before the year; a plain walk from due date to due date must come to the same.
func TestReviewsAreCountedAsAPlainWalkWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := rapid.IntRange(1, 120).Draw(t, "every")
		held := rapid.SliceOfNDistinct(rapid.IntRange(0, 900), 0, 30, rapid.ID[int]).Draw(t, "days ago")
		s := program.New("retail", example()...)
		meeting(cxv1.Duration(fmt.Sprintf("%dd", every)), held...)(s)

		slices.Sort(held)
		slices.Reverse(held)
		due, onTime := 0, 0
		in := func(daysAgo int) bool { return daysAgo >= 0 && daysAgo < 365 }
		for i, last := range held {
			next := 0
			if i+1 < len(held) {
				if next = held[i+1]; next >= last-every {
					if in(last - every) {
						due, onTime = due+1, onTime+1
					}
					continue
				}
			}
			for d := last - every; d > next; d -= every {
				if in(d) {
					due++
				}
			}
		}
		var want any
		if due > 0 {
			want = float64(onTime) / float64(due)
		}
		if got := program.Facts(s, known, now)["reviewsHeldOnTimeRatio"].Value; got != want {
			t.Fatalf("got %v, want %v (%d of %d)", got, want, onTime, due)
		}
	})
}

func TestFactsAboutTheIdeaFund(t *testing.T) {
	base := func() []program.Object {
		s := program.New("retail", example()...)
		furnishProgram(s.Program)
		return s.All()
	}
	spending := func(change func(*cxv1.IdeaSpending)) func(*program.Snapshot) {
		return func(s *program.Snapshot) { change(&s.Program.Spec.IdeaFund.Spent[0]) }
	}
	spent := func(sum any) map[string]any {
		return map[string]any{"ideaFundAmount": 5000.0, "ideaFundSpent365d": sum}
	}
	checkFacts(t, base, map[string]factsCase{
		"two spendings of this year": {want: spent(450.5)},
		"a year ago to the day":      {change: spending(func(i *cxv1.IdeaSpending) { i.Date = dayAgo(365) }), want: spent(150.5)},
		"to be spent":                {change: spending(func(i *cxv1.IdeaSpending) { i.Date = dayAgo(-1) }), want: spent(150.5)},
		"spent without a receipt":    {change: spending(func(i *cxv1.IdeaSpending) { i.Evidence = "" }), want: spent(150.5)},
		"an unreadable sum":          {change: spending(func(i *cxv1.IdeaSpending) { i.Amount = "much" }), want: spent(150.5)},
		"nothing was spent":          {change: func(s *program.Snapshot) { s.Program.Spec.IdeaFund.Spent = nil }, want: spent(0.0)},
		"no fund": {change: func(s *program.Snapshot) { s.Program.Spec.IdeaFund = nil },
			want: map[string]any{"ideaFundAmount": nil, "ideaFundSpent365d": nil}},
	})
}

func TestFactsAboutTheStandardsContent(t *testing.T) {
	base := func() []program.Object {
		objs, _ := company()
		return objs
	}
	sections := func(list ...cxv1.StandardSection) func(*program.Snapshot) {
		return func(s *program.Snapshot) { s.Program.Spec.Standard.Sections = list }
	}
	reviewed := func(day cxv1.Date) func(*program.Snapshot) {
		return func(s *program.Snapshot) { s.Program.Spec.Standard.ReviewedAt = day }
	}
	ago := func(days any) map[string]any { return map[string]any{"standardReviewedDaysAgo": days} }
	checkFacts(t, base, map[string]factsCase{
		"all sections": {want: map[string]any{"standardHasDataSection": true, "standardHasChangeSection": true,
			"standardReviewedDaysAgo": 40.0, "journeysOnStandardRatio": 0.5}},
		"data only": {change: sections(cxv1.SectionDataHandling),
			want: map[string]any{"standardHasDataSection": true, "standardHasChangeSection": false}},
		"two of the three kinds of change": {change: sections(cxv1.SectionProcessChange, cxv1.SectionProductChange),
			want: map[string]any{"standardHasDataSection": false, "standardHasChangeSection": false}},
		"reviewed today":           {change: reviewed(dayAgo(0)), want: ago(0.0)},
		"to be reviewed":           {change: reviewed(dayAgo(-1)), want: ago(nil)},
		"never reviewed":           {change: reviewed(""), want: ago(nil)},
		"reviewed without minutes": {change: func(s *program.Snapshot) { s.Program.Spec.Standard.ReviewEvidence = "" }, want: ago(nil)},
		"reviewed on what is yesterday already over there": {change: func(s *program.Snapshot) {
			reviewed(dayAgo(0))(s)
			s.Program.Spec.TimeZone = "Pacific/Kiritimati"
		}, want: ago(1.0)},
		"a new version is followed by nobody yet": {change: func(s *program.Snapshot) { s.Program.Spec.Standard.Version = "2" },
			want: map[string]any{"journeysOnStandardRatio": 0.0, "surveysConformingRatio": 0.0}},
		"without a standard there is none to follow": {change: func(s *program.Snapshot) {
			s.Program.Spec.Standard = nil
			for _, j := range s.Journeys {
				j.Spec.StandardVersion = ""
			}
			for _, survey := range s.Surveys {
				survey.Spec.StandardVersion = ""
			}
		}, want: map[string]any{"standardHasDataSection": false, "standardHasChangeSection": false, "standardReviewedDaysAgo": nil,
			"journeysOnStandardRatio": 0.0, "surveysConformingRatio": 0.0}},
		"without journeys": {change: func(s *program.Snapshot) { s.Journeys = nil }, want: map[string]any{"journeysOnStandardRatio": nil}},
	})
}

// A day is a day when clocks change: in Santiago, midnight itself falls out.
func TestDaysSinceAReviewAreCalendarDays(t *testing.T) {
	s := program.New("retail", example()...)
	furnishProgram(s.Program)
	s.Program.Spec.TimeZone, s.Program.Spec.Standard.ReviewedAt = "America/Santiago", "2027-09-04"
	at := time.Date(2027, time.September, 5, 4, 30, 0, 0, time.UTC) // half an hour into the day that begins at one
	if got := program.Facts(s, known, at)["standardReviewedDaysAgo"].Value; got != 1.0 {
		t.Errorf("got %v, want 1", got)
	}
}
