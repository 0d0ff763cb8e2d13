// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// exemption excuses from a criterion until a day.
func exemption(criterion string, until cxv1.Date) cxv1.Exemption {
	return cxv1.Exemption{Criterion: criterion, Reason: "merger under way", RequestedBy: "lead", ApprovedBy: "boss", Until: until}
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	instant, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func TestAnswersCountFromTheirDayUntilTheyExpireInTheZoneOfTheProgram(t *testing.T) {
	for _, tt := range []struct {
		name, zone, now, fresh string
		validFor               cxv1.Duration
		summary, wake          string
	}{
		{"the evening before", "UTC", "2027-01-03T23:59:59Z", "Unknown/DatedInFuture", "", "", "2027-01-04T00:00:00Z"},
		{"the first instant of the day", "UTC", "2027-01-04T00:00:00Z", "True/Fresh", "", "1/1", "2027-07-03T00:00:00Z"},
		{"the day has begun in the east", "Asia/Tokyo", "2027-01-03T15:00:00Z", "True/Fresh", "", "1/1", "2027-07-02T15:00:00Z"},
		{"and not yet in the west", "America/New_York", "2027-01-04T04:59:59Z", "Unknown/DatedInFuture", "", "", "2027-01-04T05:00:00Z"},
		{"the last instant", "UTC", "2027-07-02T23:59:59Z", "True/Fresh", "", "1/1", "2027-07-03T00:00:00Z"},
		{"too old", "UTC", "2027-07-03T00:00:00Z", "False/AttestationExpired", "", "0/1", ""},
		{"sooner, when the assessment says so", "UTC", "2027-02-03T00:00:00Z", "False/AttestationExpired", "30d", "0/1", ""},
		{"later, when the assessment says so", "UTC", "2027-12-31T00:00:00Z", "True/Fresh", "365d", "1/1", "2028-01-04T00:00:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := build.Assessment("spring", func(a *cxv1.Assessment) {
				a.Spec.ValidFor = tt.validFor
				a.Spec.Counts = []cxv1.AttestationCounts{polled("Q03", cxv1.AttestationAll, 30, 40)}
			})
			p := build.Program(func(p *cxv1.Program) { p.Spec.TimeZone = tt.zone })
			j := program.JudgeAssessment(program.AssessmentInput{Assessment: a, Framework: sixStages(t), Program: p, Now: at(t, tt.now)})
			wake := ""
			if !j.Wake.IsZero() {
				wake = j.Wake.UTC().Format(time.RFC3339)
			}
			fresh := string(j.Conditions[0].Status) + "/" + j.Conditions[0].Reason
			if diff := cmp.Diff([]string{tt.fresh, tt.summary, tt.wake}, []string{fresh, a.Status.Summary, wake}); diff != "" {
				t.Errorf("fresh, summary, wake (-want +got):\n%s", diff)
			}
			if tt.fresh == "False/AttestationExpired" {
				if v := a.Status.Verdicts[0]; v.Result != cxv1.OutcomeUnknown || v.Reason != "AttestationExpired" || v.N != nil {
					t.Errorf("old answers: %+v", v)
				}
			}
		})
	}
}

func TestExemptionsAreInForceOnceApprovedUntilTheEndOfTheirLastDay(t *testing.T) {
	yes, no := func(cxv1.Exemption) bool { return true }, func(cxv1.Exemption) bool { return false }
	for _, tt := range []struct {
		name, now string
		approved  func(cxv1.Exemption) bool
		change    func(*cxv1.Exemption)
		want      cxv1.ExemptionPhase
		wake      string
	}{
		{"nobody approved it", "2027-01-04T09:00:00Z", no, nil, cxv1.ExemptionPending, "2027-02-28T23:00:00Z"},
		{"approved", "2027-01-04T09:00:00Z", yes, nil, cxv1.ExemptionInForce, "2027-02-28T23:00:00Z"},
		{"its last second in Berlin", "2027-02-28T22:59:59Z", yes, nil, cxv1.ExemptionInForce, "2027-02-28T23:00:00Z"},
		{"over", "2027-02-28T23:00:00Z", yes, nil, cxv1.ExemptionExpired, ""},
		{"over before anybody approved it", "2027-03-01T00:00:00Z", no, nil, cxv1.ExemptionExpired, ""},
		{"the assessment is dated tomorrow", "2027-01-03T12:00:00Z", yes, nil, cxv1.ExemptionPending, "2027-01-03T23:00:00Z"},
		{"approved by the one who asks", "2027-01-04T09:00:00Z", yes, func(e *cxv1.Exemption) { e.RequestedBy = "boss" },
			cxv1.ExemptionPending, "2027-02-28T23:00:00Z"},
		{"of a criterion that is none", "2027-01-04T09:00:00Z", yes, func(e *cxv1.Exemption) { e.Criterion = "mob-money" },
			cxv1.ExemptionPending, "2027-02-28T23:00:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := exemption("mob-budget", "2027-02-28")
			if tt.change != nil {
				tt.change(&e)
			}
			a := build.Assessment("waiver", func(a *cxv1.Assessment) { a.Spec.Counts, a.Spec.Exemptions = nil, []cxv1.Exemption{e} })
			p := build.Program(func(p *cxv1.Program) { p.Spec.TimeZone = "Europe/Berlin" })
			j := program.JudgeAssessment(program.AssessmentInput{
				Assessment: a, Framework: sixStages(t), Program: p, Approved: tt.approved, Now: at(t, tt.now)})
			wake := ""
			if !j.Wake.IsZero() {
				wake = j.Wake.UTC().Format(time.RFC3339)
			}
			if got := a.Status.Exemptions[0].State; got != tt.want || wake != tt.wake {
				t.Errorf("%s, wakes %s; want %s, %s", got, wake, tt.want, tt.wake)
			}
		})
	}
}

func TestAnAssessmentIsSummedUp(t *testing.T) {
	yes := func(e cxv1.Exemption) bool { return e.Criterion == "mob-budget" }
	a := build.Assessment("spring", func(a *cxv1.Assessment) {
		a.Spec.Counts = []cxv1.AttestationCounts{
			polled("Q03", cxv1.AttestationAll, 30, 40), polled("Q01", cxv1.AttestationAll, 3, 40), polled("Q99", cxv1.AttestationAll, 3, 40)}
		a.Spec.Exemptions = []cxv1.Exemption{exemption("mob-budget", "2027-02-28"), exemption("mob-lead", "2027-02-28")}
	})
	j := program.JudgeAssessment(program.AssessmentInput{
		Assessment: a, Framework: sixStages(t), Program: firm(0), Approved: yes, Now: build.Monday})
	if j.Message != "1 of 2 questions came out true. 1 of 2 exemptions are in force." {
		t.Errorf("message %q", j.Message)
	}
	if a.Status.ExpiresAt == nil || !a.Status.ExpiresAt.Equal(new(build.At(180*24*time.Hour-9*time.Hour))) || a.Status.Summary != "1/2" {
		t.Errorf("expires %v, summary %q", a.Status.ExpiresAt, a.Status.Summary)
	}
}

func TestMistakesOfAnAssessmentAreNamed(t *testing.T) {
	counts := func(c ...cxv1.AttestationCounts) func(*cxv1.Assessment) {
		return func(a *cxv1.Assessment) { a.Spec.Counts = c }
	}
	exempt := func(e cxv1.Exemption) func(*cxv1.Assessment) {
		return func(a *cxv1.Assessment) { a.Spec.Exemptions = []cxv1.Exemption{e} }
	}
	own := exemption("mob-budget", "2027-02-28")
	own.RequestedBy = own.ApprovedBy
	for _, tt := range []struct {
		name    string
		change  func(*cxv1.Assessment)
		reason  string
		message string
	}{
		{"nothing is wrong", counts(polled("Q03", "Staff", 100, 100), polled("Q03", "CEO", 1, 1)), "", ""},
		{"a question that nobody asks", counts(polled("Q99", "All", 5, 9)), cxv1.ReasonUnknownQuestion,
			"spec.counts: Q99 is not a question of the framework six-stages. "},
		{"another scale", counts(cxv1.AttestationCounts{Question: "Q03", Answers: []int64{1, 2}}), cxv1.ReasonUnknownQuestion,
			"spec.counts: Q03 has 4 answers to choose from, the counts have 2. "},
		{"more answers than people", counts(polled("Q03", "All", 50, 121)), cxv1.ReasonCountsInconsistent,
			"spec.counts: Q03 was answered by 121 people, more than the 120 in headcount of the Program. "},
		{"more answers than people of a level", counts(polled("Q03", "CEO", 1, 2)), cxv1.ReasonCountsInconsistent,
			"spec.counts: Q03 was answered by more people of level CEO than the 1 in headcountByLevel of the Program. "},
		{"those who don't know were asked too", func(a *cxv1.Assessment) {
			a.Spec.Counts = []cxv1.AttestationCounts{polled("Q01", "All", 50, 100)}
			a.Spec.Counts[0].DontKnow = 21
		}, cxv1.ReasonCountsInconsistent, "Q01 was answered by 121 people"},
		{"a criterion that is none", exempt(exemption("mob-money", "2027-02-28")), cxv1.ReasonUnknownCriterion,
			"spec.exemptions: mob-money is not a criterion of the framework six-stages. "},
		{"one's own exemption", exempt(own), cxv1.ReasonInvalidSpec, "spec.exemptions: mob-budget is approved by the one who asks for it, boss. "},
		{"a day that is none", exempt(exemption("mob-budget", "2027-02-29")), cxv1.ReasonInvalidSpec, "no such day"},
		{"answers of no day", func(a *cxv1.Assessment) { a.Spec.Date = "2027-02-30" }, cxv1.ReasonInvalidSpec,
			"spec.date: there is no day 2027-02-30. "},
		{"many mistakes", counts(polled("A", "All", 1, 9), polled("B", "All", 1, 9), polled("C", "All", 1, 9), polled("D", "All", 1, 9),
			polled("E", "All", 1, 9), polled("F", "All", 1, 9), polled("G", "All", 1, 9)), cxv1.ReasonUnknownQuestion, "; and 2 more. "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := build.Assessment("spring", tt.change)
			p := firm(120)
			p.Spec.HeadcountByLevel = []cxv1.LevelHeadcount{{Level: cxv1.LevelCEO, Count: 1}, {Level: cxv1.LevelStaff, Count: 100}}
			err := program.CheckAssessment(a, sixStages(t), p)
			var mistake *program.AssessmentError
			if !errors.As(err, &mistake) {
				if tt.reason != "" || err != nil {
					t.Errorf("got %v, want %s", err, tt.reason)
				}
				return
			}
			if mistake.Reason != tt.reason || !strings.Contains(mistake.Message, tt.message) {
				t.Errorf("%s: %s\nwant %s: ...%s...", mistake.Reason, mistake.Message, tt.reason, tt.message)
			}
		})
	}
}
