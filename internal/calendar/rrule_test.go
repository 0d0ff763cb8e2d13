// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"
)

func TestRRuleRefusals(t *testing.T) {
	const start = "2027-01-04T09:00:00Z"
	tests := map[string]struct {
		rrule, start string
		field        Field
		reason       Reason
		advice       string
	}{
		"no start":                          {"FREQ=DAILY", "", FieldStart, ReasonStartRequired, "schedule.start"},
		"a start between two minutes":       {"FREQ=DAILY", "2027-01-04T09:00:30Z", FieldStart, ReasonInvalidStart, "zero seconds"},
		"no frequency":                      {"INTERVAL=2", start, FieldRRule, ReasonInvalidRRule, "FREQ=DAILY"},
		"hourly":                            {"FREQ=HOURLY", start, FieldRRule, ReasonInvalidRRule, "BYHOUR"},
		"secondly":                          {"FREQ=SECONDLY", start, FieldRRule, ReasonInvalidRRule, "BYHOUR"},
		"an unknown frequency":              {"FREQ=FORTNIGHTLY", start, FieldRRule, ReasonInvalidRRule, "WEEKLY"},
		"an embedded start":                 {"DTSTART=20270104T090000Z;FREQ=DAILY", start, FieldRRule, ReasonInvalidRRule, "schedule.start"},
		"an embedded start on its own line": {"DTSTART:20270104T090000Z\nRRULE:FREQ=DAILY", start, FieldRRule, ReasonInvalidRRule, "NAME=VALUE"},
		"a count":                           {"FREQ=DAILY;COUNT=3", start, FieldRRule, ReasonInvalidRRule, "schedule.maxWaves"},
		"an embedded end":                   {"FREQ=DAILY;UNTIL=20280101T000000Z", start, FieldRRule, ReasonInvalidRRule, "schedule.end"},
		"seconds":                           {"FREQ=DAILY;BYSECOND=0", start, FieldRRule, ReasonInvalidRRule, "minute"},
		"week numbers":                      {"FREQ=YEARLY;BYWEEKNO=53", start, FieldRRule, ReasonInvalidRRule, "BYMONTH"},
		"Easter, on which rrule-go panics":  {"FREQ=YEARLY;BYEASTER=9999", start, FieldRRule, ReasonInvalidRRule, "NAME=VALUE"},
		"an unknown part":                   {"FREQ=DAILY;BYMOON=1", start, FieldRRule, ReasonInvalidRRule, "NAME=VALUE"},
		"a part without a value":            {"FREQ=DAILY;BYHOUR=", start, FieldRRule, ReasonInvalidRRule, "NAME=VALUE"},
		"a part twice":                      {"FREQ=DAILY;BYHOUR=9;BYHOUR=10", start, FieldRRule, ReasonInvalidRRule, "keep one"},
		"a semicolon at the end":            {"FREQ=DAILY;", start, FieldRRule, ReasonInvalidRRule, "semicolons"},
		"an interval of zero":               {"FREQ=DAILY;INTERVAL=0", start, FieldRRule, ReasonInvalidRRule, "between 1 and"},
		"a negative interval":               {"FREQ=DAILY;INTERVAL=-1", start, FieldRRule, ReasonInvalidRRule, "between 1 and"},
		"an interval without sense":         {"FREQ=DAILY;INTERVAL=99999", start, FieldRRule, ReasonInvalidRRule, "between 1 and"},
		"an hour too large":                 {"FREQ=DAILY;BYHOUR=24", start, FieldRRule, ReasonInvalidRRule, "byhour"},
		"not a number":                      {"FREQ=DAILY;BYHOUR=nine", start, FieldRRule, ReasonInvalidRRule, "cannot be read"},
		"day 0 of the month":                {"FREQ=MONTHLY;BYMONTHDAY=0", start, FieldRRule, ReasonInvalidRRule, "bymonthday"},
		"the 53rd Monday of a month":        {"FREQ=MONTHLY;BYDAY=53MO", start, FieldRRule, ReasonInvalidRRule, "five"},
		"the 6th Monday of a named month":   {"FREQ=YEARLY;BYMONTH=1;BYDAY=6MO", start, FieldRRule, ReasonInvalidRRule, "five"},
		"the 54th Monday of a year":         {"FREQ=YEARLY;BYDAY=54MO", start, FieldRRule, ReasonInvalidRRule, "out of range"},
		"the zeroth Monday":                 {"FREQ=MONTHLY;BYDAY=0MO", start, FieldRRule, ReasonInvalidRRule, "BYDAY"},
		"the first Monday of a week":        {"FREQ=WEEKLY;BYDAY=1MO", start, FieldRRule, ReasonInvalidRRule, "FREQ=MONTHLY"},
		"a day of the month in a week":      {"FREQ=WEEKLY;BYMONTHDAY=1", start, FieldRRule, ReasonInvalidRRule, "FREQ=MONTHLY"},
		"a day of the year in a month":      {"FREQ=MONTHLY;BYYEARDAY=1", start, FieldRRule, ReasonInvalidRRule, "FREQ=YEARLY"},
		"a numbered first day of the week":  {"FREQ=WEEKLY;WKST=1MO", start, FieldRRule, ReasonInvalidRRule, "WKST"},
		"positions among several times":     {"FREQ=MONTHLY;BYDAY=MO;BYHOUR=9,15;BYSETPOS=1", start, FieldRRule, ReasonInvalidRRule, "BYSETPOS"},
		"no second day of a single day":     {"FREQ=DAILY;BYSETPOS=2", start, FieldRRule, ReasonNeverFires, "no day"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := refusal(t, Spec{RRule: tt.rrule, TimeZone: "UTC", Start: instant(t, tt.start)})
			if got.Field != tt.field || got.Reason != tt.reason || !strings.Contains(got.Message, tt.advice) {
				t.Errorf("refused as %s %s: %s; want %s %s with %q", got.Field, got.Reason, got.Message, tt.field, tt.reason, tt.advice)
			}
		})
	}
}

func TestRRuleExamples(t *testing.T) {
	tests := map[string]struct {
		rrule, start string
		want         []string
	}{
		"the first Monday of the quarter": {"FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO", "2027-01-04T09:00:00+01:00",
			[]string{"2027-01-04T09:00:00+01:00", "2027-04-05T09:00:00+02:00", "2027-07-05T09:00:00+02:00", "2027-10-04T09:00:00+02:00"}},
		"every second Tuesday": {"RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "2027-01-01T09:00:00+01:00",
			[]string{"2027-01-12T09:00:00+01:00", "2027-01-26T09:00:00+01:00"}},
		"the last Friday of the quarter": {"freq=monthly;bymonth=3,6,9,12;byday=-1fr", "2027-01-01T16:30:00+01:00",
			[]string{"2027-03-26T16:30:00+01:00", "2027-06-25T16:30:00+02:00", "2027-09-24T16:30:00+02:00", "2027-12-31T16:30:00+01:00"}},
		"the last working day of the month": {"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2027-01-01T09:00:00+01:00",
			[]string{"2027-01-29T09:00:00+01:00", "2027-02-26T09:00:00+01:00", "2027-03-31T09:00:00+02:00"}},
		"twice a day at named hours": {"FREQ=DAILY;BYHOUR=8,18;BYMINUTE=15", "2027-01-01T09:00:00+01:00",
			[]string{"2027-01-01T18:15:00+01:00", "2027-01-02T08:15:00+01:00", "2027-01-02T18:15:00+01:00"}},
		"a month without a 31st has none": {"FREQ=MONTHLY", "2027-01-31T09:00:00+01:00",
			[]string{"2027-01-31T09:00:00+01:00", "2027-03-31T09:00:00+02:00"}},
		"the anniversary of 29 February": {"FREQ=YEARLY", "2028-02-29T09:00:00+01:00",
			[]string{"2028-02-29T09:00:00+01:00", "2032-02-29T09:00:00+01:00"}},
		"Wednesdays and the first Monday are both meant": {"FREQ=MONTHLY;BYDAY=WE,1MO", "2027-02-01T09:00:00+01:00",
			[]string{"2027-02-01T09:00:00+01:00", "2027-02-03T09:00:00+01:00", "2027-02-10T09:00:00+01:00"}},
		"the whole first week counts for positions": {"FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1", "2027-01-06T09:00:00+01:00",
			[]string{"2027-01-11T09:00:00+01:00", "2027-01-18T09:00:00+01:00"}},
		"a start that the rule does not name is no slot": {"FREQ=WEEKLY;BYDAY=MO", "2027-01-05T09:00:00+01:00",
			[]string{"2027-01-11T09:00:00+01:00"}},
		"a gap moves a slot of a rule too": {"FREQ=DAILY", "2027-03-27T02:30:00+01:00",
			[]string{"2027-03-27T02:30:00+01:00", "2027-03-28T03:00:00+02:00", "2027-03-29T02:30:00+02:00"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := mustParse(t, Spec{RRule: tt.rrule, TimeZone: "Europe/Berlin", Start: instant(t, tt.start)})
			if diff := cmp.Diff(tt.want, following(s, time.Time{}, len(tt.want))); diff != "" {
				t.Errorf("slots (-want +got):\n%s", diff)
			}
		})
	}
}

// plainRule is what rrule-go says, walking from the start.
func plainRule(t rapid.TB, text string, start time.Time) rrule.Next {
	option, err := rrule.StrToROption(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	option.Dtstart = start
	rule, err := rrule.NewRRule(*option)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return rule.Iterator()
}

// The search near a day, decades after the start, finds what a walk from the start finds.
func TestRRuleDecadesLaterIsWhatAWalkFromTheStartGives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := drawRRule(rapidSource{rt})
		start := time.Date(rapid.IntRange(1970, 2030).Draw(rt, "year"), time.Month(rapid.IntRange(1, 12).Draw(rt, "month")),
			rapid.IntRange(1, 31).Draw(rt, "day"), rapid.IntRange(0, 23).Draw(rt, "hour"), rapid.IntRange(0, 59).Draw(rt, "minute"), 0, 0, time.UTC)
		plain := plainRule(rt, text, start)
		s, err := Parse(Spec{RRule: text, TimeZone: "UTC", Start: start})
		if err != nil {
			var refused *ParseError
			if at, ok := plain(); !errors.As(err, &refused) || refused.Reason != ReasonNeverFires || ok && at.Year() < 2300 {
				rt.Fatalf("%q from %v: %v, but a plain walk finds %v", text, start, err, at)
			}
			return
		}
		checkAgainstPlain(rt, s, plain, start.AddDate(rapid.IntRange(0, 80).Draw(rt, "years later"), 0, 7))
	})
}

// checkAgainstPlain compares thirty slots from a time on, which is at least a week after the start: rrule-go cuts the
// first week short for BYSETPOS.
func checkAgainstPlain(rt *rapid.T, s *Schedule, plain rrule.Next, from time.Time) {
	at, ok := plain()
	for ok && !at.After(from) {
		at, ok = plain()
	}
	previous := from
	for range 30 {
		if !ok || at.Year() > 2200 {
			return
		}
		for _, after := range []time.Time{previous, at.Add(-1)} {
			if slot, found := s.Next(after); !found || !slot.At.Equal(at) {
				rt.Fatalf("Next(%v) = %v, %v; a plain walk gives %v", after, slot.At, found, at)
			}
		}
		if slot, found := s.Latest(previous, at); !found || !slot.At.Equal(at) {
			rt.Fatalf("Latest(%v, %v) = %v, %v; want the slot at its end", previous, at, slot.At, found)
		}
		if slot, found := s.Latest(from, at.Add(-1)); found != (previous != from) || found && !slot.At.Equal(previous) {
			rt.Fatalf("Latest(%v, just before %v) = %v, %v; a plain walk gives %v", from, at, slot.At, found, previous)
		}
		previous = at
		for ok && at.Equal(previous) { // rrule-go repeats a slot for a number that is listed twice.
			at, ok = plain()
		}
	}
}

func TestRRuleCostDoesNotGrowWithTheYearsSinceItsStart(t *testing.T) {
	for _, text := range []string{"FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO", "FREQ=YEARLY;BYMONTH=3,9;BYDAY=-1FR"} {
		s := mustParse(t, Spec{RRule: text, TimeZone: "UTC", Start: instant(t, "1970-01-01T09:00:00Z")})
		filled := countPeriods(t, s)
		for _, at := range []string{"1971-06-01T00:00:00Z", "2027-06-01T00:00:00Z", "2970-06-01T00:00:00Z"} {
			*filled = 0
			if _, ok := s.Next(instant(t, at)); !ok {
				t.Errorf("%s: no slot after %s", text, at)
			}
			if _, ok := s.Latest(time.Time{}, instant(t, at)); !ok {
				t.Errorf("%s: no slot before %s", text, at)
			}
			if *filled > 4 {
				t.Errorf("%s around %s: looked into %d periods, want at most 4", text, at, *filled)
			}
		}
	}
}

func TestARuleThatNeverFiresIsRefusedAfterOneCycleOfTheCalendar(t *testing.T) {
	start := instant(t, "2027-01-04T09:00:00Z")
	for text, limit := range map[string]int{
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30":                         146098,
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30":                        401,
		"FREQ=DAILY;INTERVAL=7;BYDAY=TU":                             146098,
		"FREQ=DAILY;INTERVAL=999;BYMONTH=2;BYMONTHDAY=30,31":         146098,
		"FREQ=MONTHLY;INTERVAL=12;BYMONTH=2":                         4801,
		"FREQ=YEARLY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=29;BYDAY=TU": 401,
	} {
		option, err := rrule.StrToROption(text)
		if err != nil {
			t.Fatal(err)
		}
		option.Interval = max(option.Interval, 1)
		dates := newRRuleDates(*option, start)
		filled, fill := 0, dates.fill
		dates.fill = func(n int64) []day { filled++; return fill(n) }
		if d, ok := dates.onOrAfter(wallDay(start)); ok {
			t.Errorf("%s fires on %v", text, d.midnight())
		}
		if filled > limit {
			t.Errorf("%s: looked into %d periods, want at most %d", text, filled, limit)
		}
	}
}

// countPeriods counts how many periods of a rule are looked into.
func countPeriods(t *testing.T, s *Schedule) *int {
	dates, ok := s.plan.dates.(*rruleDates)
	if !ok {
		t.Fatal("not a rule")
	}
	filled, fill := new(int), dates.fill
	dates.fill = func(n int64) []day { *filled++; return fill(n) }
	return filled
}
