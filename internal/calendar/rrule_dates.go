// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"slices"
	"time"

	"github.com/teambition/rrule-go"
)

// rruleDates finds the days of a rule (RFC 5545, section 3.3.10). The calendar is cut into the periods of the rule (days,
// weeks, months or years), every INTERVAL-th of which counts from the one with the start, which is number 0. A search
// looks at the periods near the day in question, in either direction. Only the parser of rrule-go is used: its
// iterator walks forward from DTSTART, which takes longer with every year, has no end for a rule that never fires,
// cuts the first week short for BYSETPOS, and reads BYDAY=WE,1MO as both at once.
type rruleDates struct {
	rule     rrule.ROption // lists sorted, without duplicates
	unit     unit
	interval int64
	first    int64 // the period of the start, counted in units
	// fill returns the days of a period by its number. A field so that tests can count.
	fill func(number int64) []day
}

// unit is a way to cut the calendar into periods without gaps.
type unit struct {
	of       func(day) int64
	firstDay func(int64) day
	// cycle is how many periods 400 years have. The Gregorian calendar repeats after them, to the weekday, so that a rule
	// without a day in that many of its periods has none at all.
	cycle int64
}

// lastDay is the last one whose year has four digits, as names and RFC 3339 want it.
var lastDay = dayOf(9999, 12, 31)

func newRRuleDates(rule rrule.ROption, start time.Time) *rruleDates {
	rule = withDefaults(rule, start)
	r := &rruleDates{rule: rule, unit: unitOf(rule), interval: int64(rule.Interval)}
	r.first = r.unit.of(wallDay(start))
	r.fill = r.daysOf
	return r
}

// withDefaults writes out what a rule takes from its start.
func withDefaults(rule rrule.ROption, start time.Time) rrule.ROption {
	if len(rule.Bymonthday)+len(rule.Byyearday)+len(rule.Byweekday) > 0 {
		return rule
	}
	switch rule.Freq {
	case rrule.YEARLY:
		if len(rule.Bymonth) == 0 {
			rule.Bymonth = []int{int(start.Month())}
		}
		rule.Bymonthday = []int{start.Day()}
	case rrule.MONTHLY:
		rule.Bymonthday = []int{start.Day()}
	case rrule.WEEKLY:
		weekdays := []rrule.Weekday{rrule.SU, rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA}
		rule.Byweekday = weekdays[start.Weekday():][:1]
	}
	return rule
}

func unitOf(rule rrule.ROption) unit {
	const daysIn400Years = 146097
	switch rule.Freq {
	case rrule.YEARLY:
		return unit{
			of:       func(d day) int64 { return int64(d.midnight().Year()) },
			firstDay: func(n int64) day { return dayOf(int(n), 1, 1) },
			cycle:    400,
		}
	case rrule.MONTHLY:
		return unit{
			of:       func(d day) int64 { y, m, _ := d.midnight().Date(); return int64(y)*12 + int64(m) - 1 },
			firstDay: func(n int64) day { return dayOf(0, int(n)+1, 1) },
			cycle:    400 * 12,
		}
	case rrule.WEEKLY:
		// 1970-01-05 was a Monday, which is weekday 0 of rrule-go.
		begin := 4 + int64(rule.Wkst.Day())
		return unit{
			of:       func(d day) int64 { return floorDiv(int64(d)-begin, 7) },
			firstDay: func(n int64) day { return day(n*7 + begin) },
			cycle:    daysIn400Years / 7,
		}
	default: // DAILY; parseRRule lets nothing finer through.
		return unit{
			of:       func(d day) int64 { return int64(d) },
			firstDay: func(n int64) day { return day(n) },
			cycle:    daysIn400Years,
		}
	}
}

// periodOf is the number of the last period that counts and does not begin after d; negative before the start.
func (r *rruleDates) periodOf(d day) int64 { return floorDiv(r.unit.of(d)-r.first, r.interval) }

func (r *rruleDates) onOrAfter(d day) (day, bool) {
	from := max(r.periodOf(d), 0)
	// The days of the first period may all lie before d: that is one more than a cycle.
	for n := from; n <= min(from+r.unit.cycle, r.periodOf(lastDay)); n++ {
		for _, found := range r.fill(n) {
			if found >= d {
				return found, true
			}
		}
	}
	return 0, false
}

func (r *rruleDates) onOrBefore(d day) (day, bool) {
	from := r.periodOf(d)
	for n := from; n >= max(from-r.unit.cycle, 0); n-- {
		days := r.fill(n)
		for i := len(days) - 1; i >= 0; i-- {
			if days[i] <= d {
				return days[i], true
			}
		}
	}
	return 0, false
}

// daysOf are the days of the period with a number, in order.
func (r *rruleDates) daysOf(number int64) []day {
	n := r.first + number*r.interval
	var days []day
	for d, end := r.unit.firstDay(n), r.unit.firstDay(n+1); d < end; d++ {
		if r.matches(d) {
			days = append(days, d)
		}
	}
	if len(r.rule.Bysetpos) == 0 {
		return days
	}
	var chosen []day
	for i, d := range days {
		if slices.Contains(r.rule.Bysetpos, i+1) || slices.Contains(r.rule.Bysetpos, i-len(days)) {
			chosen = append(chosen, d)
		}
	}
	return chosen
}

// matches says whether every BYxxx part allows d.
func (r *rruleDates) matches(d day) bool {
	t := d.midnight()
	year, month, monthDay := t.Date()
	if len(r.rule.Bymonth) > 0 && !slices.Contains(r.rule.Bymonth, int(month)) {
		return false
	}
	monthLength := int(dayOf(year, int(month)+1, 1) - dayOf(year, int(month), 1))
	if len(r.rule.Bymonthday) > 0 && !counted(r.rule.Bymonthday, monthDay, monthLength) {
		return false
	}
	yearDay, yearLength := t.YearDay(), int(dayOf(year+1, 1, 1)-dayOf(year, 1, 1))
	if len(r.rule.Byyearday) > 0 && !counted(r.rule.Byyearday, yearDay, yearLength) {
		return false
	}
	if len(r.rule.Byweekday) == 0 {
		return true
	}
	if r.rule.Freq == rrule.YEARLY && len(r.rule.Bymonth) == 0 {
		return r.matchesWeekday(t.Weekday(), yearDay, yearLength)
	}
	return r.matchesWeekday(t.Weekday(), monthDay, monthLength)
}

// counted says whether a sorted list has the n-th of length days, counted from either end.
func counted(list []int, n, length int) bool {
	_, fromStart := slices.BinarySearch(list, n)
	_, fromEnd := slices.BinarySearch(list, n-length-1)
	return fromStart || fromEnd
}

// matchesWeekday says whether BYDAY has w, which is the n-th of the length days that numbers such as 1MO and -1FR count in.
func (r *rruleDates) matchesWeekday(w time.Weekday, n, length int) bool {
	for _, by := range r.rule.Byweekday {
		if by.Day() != (int(w)+6)%7 {
			continue
		}
		if nth := by.N(); nth == 0 || nth == (n-1)/7+1 || nth == -((length-n)/7+1) {
			return true
		}
	}
	return false
}
