// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// readDirector looks for a CX director in top management. The role alone is a word in a file: it counts once its owner has
// accepted to lead or back the program or to sit on its committee.
func (f *facts) readDirector() {
	var named, underCEO tally
	accepted, reports := false, false
	for _, owner := range f.s.Owners {
		if owner.Spec.State == cxv1.OwnerLeft || owner.Spec.Level != cxv1.LevelExecutive ||
			!slices.Contains(owner.Spec.Roles, cxv1.OwnerCXDirector) {
			continue
		}
		named.add("Owner", owner.Name)
		if !f.holdsOffice(owner) {
			continue
		}
		accepted = true
		if manager := f.s.Owner(owner.Spec.ReportsTo); manager != nil && manager.Spec.Level == cxv1.LevelCEO {
			reports = true
			underCEO.add("Owner", owner.Name)
		}
	}
	if f.ev == nil && named.n > 0 && f.namesOffices() {
		f.withoutEvidence("cxDirectorAccepted")
		f.withoutEvidence("cxDirectorReportsToCeo")
		return
	}
	f.set("cxDirectorAccepted", accepted, named.objects...)
	f.set("cxDirectorReportsToCeo", reports, underCEO.objects...)
}

// holdsOffice tells whether an owner is in force as lead, sponsor or member of the committee, and accepted that.
func (f *facts) holdsOffice(owner *cxv1.Owner) bool {
	spec := &f.program.Spec
	return spec.Lead != "" && f.accepted.ofProgram(cxv1.RoleLead, "") == owner ||
		spec.Sponsor != "" && f.accepted.ofProgram(cxv1.RoleSponsor, "") == owner ||
		slices.Contains(f.committee(), cxv1.Ref(owner.Name)) &&
			f.accepted.ofProgram(cxv1.RoleGovernanceMember, cxv1.Ref(owner.Name)) == owner
}

func (f *facts) namesOffices() bool {
	return f.program.Spec.Lead != "" || f.program.Spec.Sponsor != "" || len(f.committee()) > 0
}

// committee are those named as members of the committee.
func (f *facts) committee() []cxv1.Ref {
	if f.program.Spec.Governance == nil {
		return nil
	}
	return f.program.Spec.Governance.Members
}

// readReviews counts the committee's meetings that were due in the window, and those held in time.
func (f *facts) readReviews() {
	f.set("reviewsHeldOnTimeRatio", nil)
	governance := f.program.Spec.Governance
	if governance == nil {
		return
	}
	every := int64(governance.ReviewEvery.Or(0) / time.Second)
	held := f.pastDays(governance.Reviews)
	if every <= 0 || len(held) == 0 {
		return
	}
	today := dayNumber(f.now.In(f.zone))
	// A meeting has a day and no time, so two within a day are one.
	c := reviewCount{every: max(every, daySeconds), after: today - int64(factWindow/(24*time.Hour)), until: today}
	for i := 1; i < len(held); i++ {
		c.held(held[i-1], held[i])
	}
	c.missed(held[len(held)-1], today)
	if c.due > 0 {
		f.set("reviewsHeldOnTimeRatio", float64(c.onTime)/float64(c.due), "Program/"+f.program.Name)
	}
}

// pastDays are the days of reviews in order. A day that is still to come has not been a meeting, and one without minutes
// cannot be shown.
func (f *facts) pastDays(reviews []cxv1.Review) []int64 {
	var days []int64
	today := dayNumber(f.now.In(f.zone))
	for _, review := range reviews {
		day, err := time.Parse(time.DateOnly, string(review.Date))
		if err == nil && dayNumber(day) <= today && review.Evidence != "" {
			days = append(days, dayNumber(day))
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

const daySeconds = 24 * 60 * 60

// dayNumber counts the calendar day of an instant in its own zone, so that a day is one more than the day before whatever
// clocks do in between.
func dayNumber(t time.Time) int64 {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / daySeconds
}

// reviewCount counts due dates. Days are those of dayNumber.
type reviewCount struct {
	// every is the longest time between two reviews in seconds, a day at least.
	every int64
	// Due dates count after the day "after", until the day "until".
	after, until int64
	due, onTime  int
}

func (c *reviewCount) counts(day int64) bool { return day > c.after && day <= c.until }

// nth is the day on which the n-th review after the one on day last is due.
func (c *reviewCount) nth(last, n int64) int64 { return (last*daySeconds + n*c.every) / daySeconds }

// held counts a review that was held on day next; the one before it was held on day last.
func (c *reviewCount) held(last, next int64) {
	due := c.nth(last, 1)
	if next > due {
		c.missed(last, next)
		return
	}
	if c.counts(due) {
		c.due++
		c.onTime++
	}
}

// missed counts the reviews that were due between two days, one each time that every has passed. A meeting after a long gap
// makes up for none of them; else one meeting would turn half a year of silence into a single delay.
func (c *reviewCount) missed(last, next int64) {
	n := max(1, (c.after-last)*daySeconds/c.every)
	for due := c.nth(last, n); due < next; due = c.nth(last, n) {
		if c.counts(due) {
			c.due++
		}
		n++
	}
}

// readIdeaFund reads what was set aside and spent. Who has no fund has spent nothing that anybody could know of.
func (f *facts) readIdeaFund() {
	f.set("ideaFundAmount", nil)
	f.set("ideaFundSpent365d", nil)
	fund := f.program.Spec.IdeaFund
	if fund == nil {
		return
	}
	if amount, ok := fund.Amount.Float(); ok {
		f.set("ideaFundAmount", amount, "Program/"+f.program.Name)
	}
	spent, rests := 0.0, []string{"Program/" + f.program.Name}
	for _, spending := range fund.Spent {
		amount, ok := spending.Amount.Float()
		if !ok || !f.recentDay(spending.Date) || spending.Evidence == "" {
			continue
		}
		spent += amount
		if spending.InitiativeRef != "" {
			rests = capped(rests, "Initiative/"+string(spending.InitiativeRef))
		}
	}
	f.set("ideaFundSpent365d", spent, rests...)
}

// readStandard reads what the company's own standard covers and how old it is. Whether it is in force, readProgram says.
func (f *facts) readStandard() {
	standard := f.program.Spec.Standard
	if standard == nil {
		f.set("standardHasDataSection", false)
		f.set("standardHasChangeSection", false)
		f.set("standardReviewedDaysAgo", nil)
		return
	}
	has := func(sections ...cxv1.StandardSection) bool {
		return !slices.ContainsFunc(sections, func(s cxv1.StandardSection) bool { return !slices.Contains(standard.Sections, s) })
	}
	object := "Program/" + f.program.Name
	f.set("standardHasDataSection", has(cxv1.SectionDataHandling), object)
	f.set("standardHasChangeSection", has(cxv1.SectionProcessChange, cxv1.SectionServiceChange, cxv1.SectionProductChange), object)
	f.set("standardReviewedDaysAgo", nil)
	day, err := time.Parse(time.DateOnly, string(standard.ReviewedAt))
	if err != nil || standard.ReviewEvidence == "" {
		return
	}
	if ago := dayNumber(f.now.In(f.zone)) - dayNumber(day); ago >= 0 {
		f.set("standardReviewedDaysAgo", float64(ago), object)
	}
}

// standardVersion is the version that surveys and journeys shall follow; empty while there is no standard.
func (f *facts) standardVersion() string {
	if f.program.Spec.Standard == nil {
		return ""
	}
	return f.program.Spec.Standard.Version
}
