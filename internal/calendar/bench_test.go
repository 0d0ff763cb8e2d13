// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"testing"
	"time"
)

// benchmarkDecide decides once per round, five years after the last slot.
func benchmarkDecide(b *testing.B, spec Spec, p Policy) {
	spec.TimeZone = "America/New_York"
	s := mustParse(b, spec)
	now := instant(b, "2027-01-05T09:00:30Z")
	st := State{Created: now.AddDate(-6, 0, 0), LastSlot: now.AddDate(-5, 0, 0)}
	b.ReportAllocs()
	for b.Loop() {
		if d := Decide(now, s, st, p); d.Next == nil || d.Missed == nil {
			b.Fatalf("%+v", d)
		}
	}
}

func BenchmarkDecideAfterFiveYearsDown(b *testing.B) {
	start := instant(b, "2020-01-06T09:00:00Z")
	for name, spec := range map[string]Spec{
		"minutely":        {Cron: "* * * * *"},
		"weekdays":        {Cron: "30 6-16/4 * * 1-5"},
		"leap days":       {Cron: "0 9 29 2 *"},
		"daily rrule":     {RRule: "FREQ=DAILY", Start: start},
		"quarterly rrule": {RRule: "FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO", Start: start},
		"yearly rrule":    {RRule: "FREQ=YEARLY;BYMONTH=1;BYDAY=MO", Start: start},
	} {
		b.Run(name, func(b *testing.B) { benchmarkDecide(b, spec, Policy{Window: 24 * time.Hour}) })
	}
	b.Run("minutely with jitter", func(b *testing.B) {
		benchmarkDecide(b, Spec{Cron: "* * * * *"}, Policy{Window: 24 * time.Hour, Jitter: time.Minute, Seed: "x"})
	})
}

func BenchmarkParse(b *testing.B) {
	for name, spec := range map[string]Spec{
		"cron":                   {Cron: "30 6-16/4 * * 1-5", TimeZone: "America/New_York"},
		"rrule":                  {RRule: "FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO", TimeZone: "America/New_York", Start: instant(b, "2020-01-06T09:00:00Z")},
		"rrule that never fires": {RRule: "FREQ=DAILY;BYMONTHDAY=30;BYMONTH=2", TimeZone: "America/New_York", Start: instant(b, "2020-01-06T09:00:00Z")},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Parse(spec)
			}
		})
	}
}
