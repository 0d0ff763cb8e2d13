// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"math/bits"
	"regexp"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Only the parser of robfig/cron is used: its Next skips or doubles runs when clocks change.
var cronParser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// cronField is a list of `*`, a value or a range, each with an optional step. robfig's parser reads more than that: it
// takes `*-5` for `*` and an empty list for "never", and panics on some strings that begin with `TZ=`.
var cronField = regexp.MustCompile(`^` + cronItem + `(,` + cronItem + `)*$`)

const (
	cronValue = `([0-9]{1,2}|[A-Za-z]{3})`
	cronItem  = `([*?]|` + cronValue + `(-` + cronValue + `)?)(/[0-9]{1,2})?`
)

// unrestricted is the bit that robfig's parser sets in a field that has a plain `*`.
const unrestricted = 1 << 63

func parseCron(text string) (plan, *ParseError) {
	fields := strings.Fields(text)
	if err := checkCronShape(text, fields); err != nil {
		return plan{}, err
	}
	parsed, err := cronParser.Parse(strings.Join(fields, " "))
	if err != nil {
		return plan{}, refuse(FieldCron, ReasonInvalidCron,
			"%q cannot be read (%v); minutes are 0-59, hours 0-23, days 1-31, months 1-12 or JAN-DEC, "+
				"days of the week 0-6 or SUN-SAT", text, err)
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return plan{}, refuse(FieldCron, ReasonInvalidCron, "%q is not a five-field expression", text)
	}
	// The classic rule is that either day is enough, which surprises nearly everybody: `0 9 1-7 * 1` is not the first
	// Monday of the month.
	if spec.Dom&unrestricted == 0 && spec.Dow&unrestricted == 0 {
		return plan{}, refuse(FieldCron, ReasonAmbiguousDays,
			"%q restricts both the day of the month and the day of the week; leave one of them as *, or write an rrule, "+
				"for example FREQ=MONTHLY;BYDAY=1MO for the first Monday", text)
	}
	return plan{
		dates: cronDates{
			monthDays: spec.Dom &^ unrestricted,
			months:    spec.Month &^ unrestricted,
			weekdays:  spec.Dow &^ unrestricted,
		},
		clock: clock{hours: spec.Hour &^ unrestricted, minutes: spec.Minute &^ unrestricted},
	}, nil
}

func checkCronShape(text string, fields []string) *ParseError {
	const shape = `write five fields: minute, hour, day of the month, month, day of the week, for example "0 9 * * MON"`
	switch {
	case strings.HasPrefix(text, "@"):
		return refuse(FieldCron, ReasonInvalidCron, "%q: shortcuts such as @weekly are not supported; %s", text, shape)
	case strings.Contains(text, "TZ="):
		return refuse(FieldCron, ReasonInvalidCron,
			"%q: the time zone does not belong in the expression; set schedule.timeZone and %s", text, shape)
	case len(fields) != 5:
		return refuse(FieldCron, ReasonInvalidCron, "%q has %d fields; %s", text, len(fields), shape)
	}
	for _, f := range fields {
		if !cronField.MatchString(f) {
			return refuse(FieldCron, ReasonInvalidCron,
				"%q: cannot read %q; a field is *, a value, a range such as 1-5, a list such as 1,15 or a step such as */10", text, f)
		}
	}
	return nil
}

// cronDates holds the days of a cron expression as bits: days 1-31, months 1-12, weekdays 0-6 from Sunday.
type cronDates struct{ monthDays, months, weekdays uint64 }

// maxMonths covers the rarest expression there is: 29 February is up to eight years away (1896 to 1904, 2096 to 2104).
// As the day of the month and the day of the week are never both restricted, nothing is rarer.
const maxMonths = 8*12 + 1

func (c cronDates) onOrAfter(d day) (day, bool) {
	y, m, dd := d.midnight().Date()
	excluded := below(dd)
	for i := range maxMonths {
		if set := c.daysOf(y, m+time.Month(i)) &^ excluded; set != 0 {
			return dayOf(y, int(m)+i, bits.TrailingZeros64(set)), true
		}
		excluded = 0
	}
	return 0, false
}

func (c cronDates) onOrBefore(d day) (day, bool) {
	y, m, dd := d.midnight().Date()
	allowed := below(dd + 1)
	for i := range maxMonths {
		if set := c.daysOf(y, m-time.Month(i)) & allowed; set != 0 {
			return dayOf(y, int(m)-i, highestBit(set)), true
		}
		allowed = below(32)
	}
	return 0, false
}

// daysOf is the set of days of one month that match. The month may be out of range, as for time.Date.
func (c cronDates) daysOf(year int, month time.Month) uint64 {
	first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	if c.months&(1<<first.Month()) == 0 {
		return 0
	}
	length := first.AddDate(0, 1, -1).Day()
	// Five copies of the week after one another, so that bit n is the weekday of n days after a Sunday; shifted so that
	// bit 1 is the weekday of the first.
	week := c.weekdays | c.weekdays<<7 | c.weekdays<<14 | c.weekdays<<21 | c.weekdays<<28 | c.weekdays<<35
	return c.monthDays & (week >> first.Weekday() << 1) & below(length+1)
}
