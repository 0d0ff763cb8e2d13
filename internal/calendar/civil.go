// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"math/bits"
	"time"
)

// Schedules are worked out on a clock without a zone, where every day has 24 hours: days and minutes are plain counts
// from 1970-01-01 00:00 of that clock. Only zone.go knows how such a minute becomes an instant.
type (
	day    int64
	minute int64
)

const (
	minutesPerDay = 24 * 60
	secondsPerDay = 24 * 60 * 60
)

func minuteAt(d day, timeOfDay int) minute { return minute(d)*minutesPerDay + minute(timeOfDay) }

// split returns the day of m and the minutes since its midnight.
func (m minute) split() (day, int) {
	d := floorDiv(int64(m), minutesPerDay)
	return day(d), int(int64(m) - d*minutesPerDay)
}

// dayOf accepts months and days out of range as time.Date does.
func dayOf(year, month, dayOfMonth int) day {
	return day(floorDiv(time.Date(year, time.Month(month), dayOfMonth, 0, 0, 0, 0, time.UTC).Unix(), secondsPerDay))
}

// midnight is the start of d with the zone-less clock written as UTC, as rrule-go wants it.
func (d day) midnight() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// wallDay is the day that t's clock shows in t's location.
func wallDay(t time.Time) day {
	y, m, d := t.Date()
	return dayOf(y, int(m), d)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// clock is the set of times of day of a schedule: every hour of hours with every minute of minutes, as bits. Both
// are never empty.
type clock struct{ hours, minutes uint64 }

func (c clock) first() int { return bits.TrailingZeros64(c.hours)*60 + bits.TrailingZeros64(c.minutes) }

func (c clock) last() int { return highestBit(c.hours)*60 + highestBit(c.minutes) }

func (c clock) count() int { return bits.OnesCount64(c.hours) * bits.OnesCount64(c.minutes) }

// onOrAfter is the earliest time of day that is not before t (minutes since midnight).
func (c clock) onOrAfter(t int) (int, bool) {
	h, m := t/60, t%60
	if later := c.minutes >> m; c.hours&(1<<h) != 0 && later != 0 {
		return h*60 + m + bits.TrailingZeros64(later), true
	}
	later := c.hours >> (h + 1)
	if later == 0 {
		return 0, false
	}
	return (h+1+bits.TrailingZeros64(later))*60 + bits.TrailingZeros64(c.minutes), true
}

// onOrBefore is the latest time of day that is not after t (minutes since midnight).
func (c clock) onOrBefore(t int) (int, bool) {
	h, m := t/60, t%60
	if earlier := c.minutes & below(m+1); c.hours&(1<<h) != 0 && earlier != 0 {
		return h*60 + highestBit(earlier), true
	}
	earlier := c.hours & below(h)
	if earlier == 0 {
		return 0, false
	}
	return highestBit(earlier)*60 + highestBit(c.minutes), true
}

// below is the set of all bits smaller than n.
func below(n int) uint64 { return 1<<n - 1 }

func highestBit(set uint64) int { return bits.Len64(set) - 1 }

// dates is the set of days of a schedule. Both searches are bounded however rare the days are.
type dates interface {
	onOrAfter(day) (day, bool)
	onOrBefore(day) (day, bool)
}

// plan is what a person wrote, without a zone: every date of dates at every time of clock.
type plan struct {
	dates
	clock
}

// next is the first planned minute that is not before m.
func (p plan) next(m minute) (minute, bool) {
	from, timeOfDay := m.split()
	d, ok := p.dates.onOrAfter(from)
	if ok && d == from {
		if t, found := p.clock.onOrAfter(timeOfDay); found {
			return minuteAt(d, t), true
		}
		d, ok = p.dates.onOrAfter(from + 1)
	}
	return minuteAt(d, p.clock.first()), ok
}

// last is the last planned minute that is not after m.
func (p plan) last(m minute) (minute, bool) {
	from, timeOfDay := m.split()
	d, ok := p.dates.onOrBefore(from)
	if ok && d == from {
		if t, found := p.clock.onOrBefore(timeOfDay); found {
			return minuteAt(d, t), true
		}
		d, ok = p.dates.onOrBefore(from - 1)
	}
	return minuteAt(d, p.clock.last()), ok
}
