// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCronRefusals(t *testing.T) {
	tests := map[string]struct {
		cron   string
		reason Reason
		advice string
	}{
		"seconds":                          {"0 0 9 * * *", ReasonInvalidCron, "five fields"},
		"four fields":                      {"0 9 * *", ReasonInvalidCron, "five fields"},
		"only blanks":                      {"   ", ReasonInvalidCron, "five fields"},
		"a shortcut":                       {"@weekly", ReasonInvalidCron, "five fields"},
		"a shortcut with a duration":       {"@every 5m", ReasonInvalidCron, "five fields"},
		"a zone in the text":               {"TZ=Europe/Berlin 0 9 * * *", ReasonInvalidCron, "schedule.timeZone"},
		"a zone in the text, the long way": {"CRON_TZ=UTC 0 9 * * *", ReasonInvalidCron, "schedule.timeZone"},
		"a zone alone, on which the parser panics": {"TZ=UTC", ReasonInvalidCron, "schedule.timeZone"},
		"both kinds of day":                        {"0 9 1-7 * 1", ReasonAmbiguousDays, "rrule"},
		"both kinds of day, one as a step":         {"0 9 */2 * MON", ReasonAmbiguousDays, "rrule"},
		"both kinds of day, one covering all":      {"0 9 1-31 * MON", ReasonAmbiguousDays, "rrule"},
		"a minute too large":                       {"60 9 * * *", ReasonInvalidCron, "0-59"},
		"day of the week 7":                        {"0 9 * * 7", ReasonInvalidCron, "SUN-SAT"},
		"day of the month 0":                       {"0 9 0 * *", ReasonInvalidCron, "1-31"},
		"a range backwards":                        {"0 9 * * 5-1", ReasonInvalidCron, "0-6"},
		"a step of zero":                           {"*/0 9 * * *", ReasonInvalidCron, "0-59"},
		"a star that begins a range":               {"*-5 9 * * *", ReasonInvalidCron, "*-5"},
		"an empty list":                            {", 9 * * *", ReasonInvalidCron, "list"},
		"a list with a hole":                       {"1,,2 9 * * *", ReasonInvalidCron, "list"},
		"a sign":                                   {"+5 9 * * *", ReasonInvalidCron, "+5"},
		"an unknown name":                          {"0 9 * * MOO", ReasonInvalidCron, "SUN-SAT"},
		"L for the last day":                       {"0 9 L * *", ReasonInvalidCron, "cannot read"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := refusal(t, Spec{Cron: tt.cron, TimeZone: "UTC"})
			if got.Field != FieldCron || got.Reason != tt.reason || !strings.Contains(got.Message, tt.advice) {
				t.Errorf("refused as %s %s: %s; want cron %s with %q", got.Field, got.Reason, got.Message, tt.reason, tt.advice)
			}
		})
	}
}

func TestCronForms(t *testing.T) {
	tests := map[string]struct {
		cron string
		want []string
	}{
		"names of days":              {"0 9 * * MON-FRI", []string{"2027-01-01T09:00:00Z", "2027-01-04T09:00:00Z"}},
		"names of months, any case":  {"0 9 1 apr,Jul *", []string{"2027-04-01T09:00:00Z", "2027-07-01T09:00:00Z"}},
		"steps":                      {"*/20 9 * * *", []string{"2027-01-01T09:00:00Z", "2027-01-01T09:20:00Z", "2027-01-01T09:40:00Z", "2027-01-02T09:00:00Z"}},
		"a range with a step":        {"30 6-16/4 * * 1-5", []string{"2027-01-01T06:30:00Z", "2027-01-01T10:30:00Z", "2027-01-01T14:30:00Z", "2027-01-04T06:30:00Z"}},
		"a question mark for a star": {"0 9 ? * 1", []string{"2027-01-04T09:00:00Z", "2027-01-11T09:00:00Z"}},
		"29 February":                {"0 9 29 2 *", []string{"2028-02-29T09:00:00Z", "2032-02-29T09:00:00Z"}},
		"the 31st":                   {"59 23 31 * *", []string{"2027-01-31T23:59:00Z", "2027-03-31T23:59:00Z"}},
		"several blanks":             {" 0   9 * *\t* ", []string{"2027-01-01T09:00:00Z"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := mustParse(t, Spec{Cron: tt.cron, TimeZone: "UTC"})
			if diff := cmp.Diff(tt.want, following(s, instant(t, "2026-12-31T23:59:59Z"), len(tt.want))); diff != "" {
				t.Errorf("slots (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheRarestCronIsFoundBothWays(t *testing.T) {
	s := mustParse(t, Spec{Cron: "0 0 29 2 *", TimeZone: "UTC"})
	if got := following(s, instant(t, "2096-02-29T00:00:00Z"), 1); got[0] != "2104-02-29T00:00:00Z" {
		t.Errorf("after 2096 comes %s, want 2104", got[0])
	}
	slot, ok := s.Latest(time.Time{}, instant(t, "2104-02-28T23:59:59Z"))
	if !ok || slot.Name() != "20960229t0000" {
		t.Errorf("before 2104 comes %s, want 2096", slot.Name())
	}
}

// Every minute of a few weeks, forwards and backwards, against a match of the fields.
func TestCronWalksEveryMatchingMinute(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := drawCron(rapidSource{rt})
		p, err := parseCron(c.text)
		if err != nil {
			rt.Fatalf("%q: %v", c.text, err)
		}
		first := minuteAt(dayOf(rapid.IntRange(1999, 2033).Draw(rt, "year"), rapid.IntRange(1, 12).Draw(rt, "month"), 27), 0)
		last := first + 14*minutesPerDay
		previous := minute(-1)
		for m := first; m < last; m++ {
			if !c.matches(m) {
				continue
			}
			for _, from := range []minute{max(previous+1, first), m} {
				if got, ok := p.next(from); !ok || got != m {
					rt.Fatalf("%q: next(%v) = %v, %v; want %v", c.text, wall(from), wall(got), ok, wall(m))
				}
			}
			if got, ok := p.last(m - 1); previous >= 0 && (!ok || got != previous) {
				rt.Fatalf("%q: last(%v) = %v, %v; want %v", c.text, wall(m-1), wall(got), ok, wall(previous))
			}
			if got, ok := p.last(m); !ok || got != m {
				rt.Fatalf("%q: last(%v) = %v, %v; want itself", c.text, wall(m), wall(got), ok)
			}
			previous = m
		}
	})
}

// wall shows a minute of the zone-less clock.
func wall(m minute) string { return time.Unix(int64(m)*60, 0).UTC().Format("2006-01-02 15:04") }
