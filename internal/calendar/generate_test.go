// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// source is where generators take numbers from: rapid, which shrinks, or a seeded generator for long sweeps.
type source interface{ intn(n int) int }

type rapidSource struct{ t *rapid.T }

func (s rapidSource) intn(n int) int { return rapid.IntRange(0, n-1).Draw(s.t, "n") }

type seeded struct{ *rand.Rand }

func (s seeded) intn(n int) int { return s.IntN(n) }

// cronSpec is a cron expression with what it means, said without a parser.
type cronSpec struct {
	text                                   string
	minutes, hours, days, months, weekdays map[int]bool
}

// matches checks a minute field by field.
func (c cronSpec) matches(m minute) bool {
	t := time.Unix(int64(m)*60, 0).UTC()
	return c.minutes[t.Minute()] && c.hours[t.Hour()] && c.matchesDate(t)
}

func (c cronSpec) matchesDate(t time.Time) bool {
	return c.days[t.Day()] && c.months[int(t.Month())] && c.weekdays[int(t.Weekday())]
}

// everFires looks at each day of a leap year; weekdays and days of the month are never restricted together.
func (c cronSpec) everFires() bool {
	for d := time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() == 2028; d = d.AddDate(0, 0, 1) {
		if c.matchesDate(d) {
			return true
		}
	}
	return false
}

// drawCron makes an expression that fires, often at night, when clocks change.
func drawCron(s source) cronSpec {
	for {
		c := cronSpec{}
		var fields [5]string
		fields[0], c.minutes = drawField(s, 0, 59, nil)
		fields[1], c.hours = drawField(s, 0, 23, nil)
		if s.intn(2) == 0 {
			late := s.intn(5)
			fields[1], c.hours = fmt.Sprintf("0-%d", late), span(0, late, 1)
		}
		fields[2], c.days = "*", span(1, 31, 1)
		fields[4], c.weekdays = "*", span(0, 6, 1)
		fields[3], c.months = "*", span(1, 12, 1)
		switch s.intn(4) {
		case 0:
			fields[2], c.days = drawField(s, 1, 31, nil)
		case 1:
			fields[4], c.weekdays = drawField(s, 0, 6, []string{"SUN", "mon", "Tue", "WED", "thu", "FRI", "sat"})
		}
		if s.intn(4) == 0 {
			fields[3], c.months = drawField(s, 1, 12, []string{"", "jan", "FEB", "Mar", "apr", "MAY", "jun", "JUL", "aug", "SEP", "oct", "NOV", "dec"})
		}
		c.text = strings.Join(fields[:], " ")
		if c.everFires() {
			return c
		}
	}
}

// drawField makes one field and the set of values that it stands for.
func drawField(s source, low, high int, names []string) (string, map[int]bool) {
	name := func(v int) string {
		if names != nil && s.intn(2) == 0 {
			return names[v]
		}
		return fmt.Sprint(v)
	}
	one := low + s.intn(high-low+1)
	two := one + s.intn(high-one+1)
	step := 1 + s.intn(high-low+1)
	switch s.intn(9) {
	case 0:
		return "*", span(low, high, 1)
	case 5:
		return fmt.Sprintf("%d/%d", one, step), span(one, high, step)
	case 1:
		return fmt.Sprintf("*/%d", step), span(low, high, step)
	case 2:
		return name(one) + "-" + name(two), span(one, two, 1)
	case 3:
		return fmt.Sprintf("%s-%s/%d", name(one), name(two), step), span(one, two, step)
	case 4:
		set := span(one, two, step)
		other := low + s.intn(high-low+1)
		set[other] = true
		return fmt.Sprintf("%d,%s-%s/%d", other, name(one), name(two), step), set
	default:
		return name(one), span(one, one, 1)
	}
}

func span(low, high, step int) map[int]bool {
	set := map[int]bool{}
	for v := low; v <= high; v += step {
		set[v] = true
	}
	return set
}

// drawRRule makes a rule within RFC 5545 and what rrule-go agrees with the RFC on: it reads a mixture of MO and 1MO in BYDAY as both at once.
func drawRRule(s source) string {
	freq := []string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}[s.intn(4)]
	parts := []string{"FREQ=" + freq}
	add := func(oneIn int, name string, value func() string) {
		if s.intn(oneIn) == 0 {
			parts = append(parts, name+"="+value())
		}
	}
	add(2, "INTERVAL", func() string { return fmt.Sprint(1 + s.intn(15)) })
	add(3, "WKST", func() string { return weekdayNames[s.intn(7)] })
	add(3, "BYMONTH", func() string { return drawList(s, 4, func() int { return 1 + s.intn(12) }) })
	if freq != "WEEKLY" {
		add(4, "BYMONTHDAY", func() string { return drawList(s, 4, func() int { return drawSigned(s, 31) }) })
	}
	if freq == "YEARLY" {
		add(4, "BYYEARDAY", func() string { return drawList(s, 4, func() int { return drawSigned(s, 366) }) })
	}
	numbers := 0
	if freq == "MONTHLY" || freq == "YEARLY" {
		numbers = s.intn(2) * 5
	}
	add(2, "BYDAY", func() string { return drawByDay(s, numbers) })
	times := s.intn(3)
	if times > 0 {
		add(1, "BYHOUR", func() string { return drawList(s, times, func() int { return s.intn(24) }) })
		add(2, "BYMINUTE", func() string { return drawList(s, times, func() int { return s.intn(60) }) })
	}
	if times < 2 && len(parts) > 1 {
		add(3, "BYSETPOS", func() string { return drawList(s, 3, func() int { return drawSigned(s, 5) }) })
	}
	return strings.Join(parts, ";")
}

var weekdayNames = []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}

func drawByDay(s source, numbers int) string {
	var days []string
	for range 1 + s.intn(4) {
		d := weekdayNames[s.intn(7)]
		if numbers > 0 {
			d = fmt.Sprint(drawSigned(s, numbers)) + d
		}
		days = append(days, d)
	}
	return strings.Join(days, ",")
}

func drawList(s source, atMost int, value func() int) string {
	var list []string
	for range 1 + s.intn(atMost) {
		list = append(list, fmt.Sprint(value()))
	}
	return strings.Join(list, ",")
}

func drawSigned(s source, limit int) int {
	n := 1 + s.intn(limit)
	if s.intn(3) == 0 {
		return -n
	}
	return n
}
