// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// rruleParts are the parts that a rule may have. The empty ones are supported; the others say what to do instead.
var rruleParts = map[string]string{
	"FREQ": "", "INTERVAL": "", "WKST": "",
	"BYMONTH": "", "BYMONTHDAY": "", "BYYEARDAY": "", "BYDAY": "", "BYSETPOS": "", "BYHOUR": "", "BYMINUTE": "",
	"DTSTART":  "set schedule.start",
	"UNTIL":    "set schedule.end",
	"COUNT":    "set schedule.maxWaves",
	"BYSECOND": "schedules are kept to the minute; leave it out",
	"BYWEEKNO": "name the days by BYMONTH and BYDAY instead, for example BYMONTH=1,4,7,10;BYDAY=1MO",
}

var (
	byDay = regexp.MustCompile(`^` + byDayItem + `(,` + byDayItem + `)*$`)
	// numberedDay finds a weekday with a number, such as 1MO or -1FR.
	numberedDay = regexp.MustCompile(`[0-9](MO|TU|WE|TH|FR|SA|SU)`)
)

const byDayItem = `([+-]?[1-9][0-9]?)?(MO|TU|WE|TH|FR|SA|SU)`

// maxInterval keeps the arithmetic far from overflow; a longer interval is a mistake in any unit.
const maxInterval = 1000

// parseRRule reads the value of an RRULE; start, as loc shows it, is what the rule counts from.
func parseRRule(text string, start time.Time, loc *time.Location) (plan, *ParseError) {
	text = strings.TrimPrefix(strings.ToUpper(text), "RRULE:")
	if err := checkRRuleText(text); err != nil {
		return plan{}, err
	}
	if start.IsZero() {
		return plan{}, refuse(FieldStart, ReasonStartRequired,
			"an rrule counts from its start; set schedule.start to the first time it may come due")
	}
	if start.Nanosecond() != 0 || start.In(loc).Second() != 0 {
		return plan{}, refuse(FieldStart, ReasonInvalidStart,
			"%s is between two minutes; set a start with zero seconds", start.Format(time.RFC3339Nano))
	}
	if !strings.Contains(text, "INTERVAL=") {
		text += ";INTERVAL=1"
	}
	rule, err := rrule.StrToROption(text)
	if err != nil {
		return plan{}, refuse(FieldRRule, ReasonInvalidRRule,
			"%q cannot be read (%v); write for example FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", text, err)
	}
	return planRRule(*rule, start.In(loc))
}

// checkRRuleText refuses what is not ours to follow, and what rrule-go would read without a word.
func checkRRuleText(text string) *ParseError {
	parts := map[string]string{}
	for part := range strings.SplitSeq(text, ";") {
		name, value, _ := strings.Cut(part, "=")
		instead, known := rruleParts[name]
		switch _, twice := parts[name]; {
		case !known || value == "" || strings.ContainsAny(value, "= \t\r\n"):
			return refuse(FieldRRule, ReasonInvalidRRule,
				"cannot read %q; write parts as NAME=VALUE joined by semicolons, for example FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", part)
		case instead != "":
			return refuse(FieldRRule, ReasonInvalidRRule, "%s is not supported in an rrule: %s", name, instead)
		case twice:
			return refuse(FieldRRule, ReasonInvalidRRule, "%s is given twice; keep one", name)
		}
		parts[name] = value
	}
	return checkRRuleParts(parts)
}

func checkRRuleParts(parts map[string]string) *ParseError {
	freq, days := parts["FREQ"], parts["BYDAY"]
	has := func(name string) bool { return parts[name] != "" }
	numbered := numberedDay.MatchString(days)
	refusals := []struct {
		when    bool
		message string
	}{
		{freq == "",
			"FREQ is missing; start with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY"},
		{!slices.Contains([]string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}, freq),
			"FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY; for times of the day add BYHOUR and BYMINUTE"},
		{has("BYDAY") && !byDay.MatchString(days),
			"BYDAY must list MO, TU, WE, TH, FR, SA or SU, with a number for the nth one (1MO, -1FR)"},
		{has("WKST") && !slices.Contains([]string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}, parts["WKST"]),
			"WKST must be one of MO, TU, WE, TH, FR, SA or SU"},
		{numbered && freq != "MONTHLY" && freq != "YEARLY",
			"BYDAY may have numbers such as 1MO only with FREQ=MONTHLY or YEARLY; leave the number out"},
		{has("BYMONTHDAY") && freq == "WEEKLY",
			"BYMONTHDAY does not go with FREQ=WEEKLY; use FREQ=MONTHLY or BYDAY"},
		{has("BYYEARDAY") && freq != "YEARLY",
			"BYYEARDAY goes with FREQ=YEARLY only; use BYMONTH and BYMONTHDAY"},
	}
	for _, r := range refusals {
		if r.when {
			return refuse(FieldRRule, ReasonInvalidRRule, "%s", r.message)
		}
	}
	return nil
}

// planRRule checks the numbers of a rule and splits it into days and times of day.
func planRRule(rule rrule.ROption, start time.Time) (plan, *ParseError) {
	if rule.Interval < 1 || rule.Interval > maxInterval {
		return plan{}, refuse(FieldRRule, ReasonInvalidRRule, "INTERVAL must be between 1 and %d", maxInterval)
	}
	if err := checkNthWeekdays(rule); err != nil {
		return plan{}, err
	}
	// Searches want the lists sorted, and long lists of equal numbers would cost time at each.
	for _, list := range []*[]int{&rule.Bymonth, &rule.Bymonthday, &rule.Byyearday, &rule.Bysetpos, &rule.Byhour, &rule.Byminute} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	rule.Byweekday = distinct(rule.Byweekday)
	rule.Dtstart = start // Without one, rrule-go asks the clock of the machine.
	if _, err := rrule.NewRRule(rule); err != nil {
		return plan{}, refuse(FieldRRule, ReasonInvalidRRule, "a number is out of range (%v); correct it", err)
	}
	c := clock{hours: bitSet(rule.Byhour, start.Hour()), minutes: bitSet(rule.Byminute, start.Minute())}
	if len(rule.Bysetpos) > 0 && c.count() > 1 {
		return plan{}, refuse(FieldRRule, ReasonInvalidRRule, "BYSETPOS counts days here; give one BYHOUR and one BYMINUTE with it")
	}
	rule.Byhour, rule.Byminute = nil, nil
	return plan{dates: newRRuleDates(rule, start), clock: c}, nil
}

func checkNthWeekdays(rule rrule.ROption) *ParseError {
	if rule.Freq == rrule.YEARLY && len(rule.Bymonth) == 0 {
		return nil // They count within the year; rrule-go knows the limit.
	}
	for _, d := range rule.Byweekday {
		if n := d.N(); n > 5 || n < -5 {
			return refuse(FieldRRule, ReasonInvalidRRule,
				"a month has at most five of each weekday; use a number from 1 to 5 or -1 to -5 in BYDAY")
		}
	}
	return nil
}

func distinct(list []rrule.Weekday) []rrule.Weekday {
	var out []rrule.Weekday
	for _, d := range list {
		if !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// bitSet is the set of values, or of the one value that stands in for an empty list.
func bitSet(values []int, otherwise int) uint64 {
	if len(values) == 0 {
		return 1 << otherwise
	}
	var set uint64
	for _, v := range values {
		set |= 1 << v
	}
	return set
}
