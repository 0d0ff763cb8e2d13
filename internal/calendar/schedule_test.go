// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func mustParse(t testing.TB, spec Spec) *Schedule {
	t.Helper()
	s, err := Parse(spec)
	if err != nil {
		t.Fatalf("Parse(%+v): %v", spec, err)
	}
	return s
}

// instant reads RFC 3339; "" is no time.
func instant(t testing.TB, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// following lists n slots after an instant, as local time with offset.
func following(s *Schedule, after time.Time, n int) []string {
	var out []string
	for range n {
		slot, ok := s.Next(after)
		if !ok {
			return append(out, "none")
		}
		out = append(out, slot.At.Format(time.RFC3339))
		after = slot.At
	}
	return out
}

// refusal returns what Parse says against a spec.
func refusal(t *testing.T, spec Spec) *ParseError {
	t.Helper()
	s, err := Parse(spec)
	var refused *ParseError
	if !errors.As(err, &refused) {
		t.Fatalf("Parse(%+v) = %v, %v; want a *ParseError", spec, s, err)
	}
	if refused.Message == "" || s != nil {
		t.Errorf("Parse(%+v) = %v, %+v; want no schedule and a message", spec, s, refused)
	}
	return refused
}

func TestParseRefusesAScheduleThatCannotBeMeant(t *testing.T) {
	start, end := instant(t, "2027-02-01T09:00:00Z"), instant(t, "2027-01-01T09:00:00Z")
	tests := map[string]struct {
		spec   Spec
		field  Field
		reason Reason
	}{
		"neither cron nor rrule":                    {Spec{TimeZone: "UTC"}, FieldSchedule, ReasonOneRule},
		"both cron and rrule":                       {Spec{Cron: "0 9 * * *", RRule: "FREQ=DAILY", Start: start, TimeZone: "UTC"}, FieldSchedule, ReasonOneRule},
		"no time zone":                              {Spec{Cron: "0 9 * * *"}, FieldTimeZone, ReasonUnknownTimeZone},
		"a time zone that does not exist":           {Spec{Cron: "0 9 * * *", TimeZone: "Europe/Atlantis"}, FieldTimeZone, ReasonUnknownTimeZone},
		"the zone of the machine":                   {Spec{Cron: "0 9 * * *", TimeZone: "Local"}, FieldTimeZone, ReasonUnknownTimeZone},
		"a zone that counts leap seconds":           {Spec{Cron: "0 9 * * *", TimeZone: "right/Europe/Berlin"}, FieldTimeZone, ReasonUnknownTimeZone},
		"a path for a zone":                         {Spec{Cron: "0 9 * * *", TimeZone: "../../etc/passwd"}, FieldTimeZone, ReasonUnknownTimeZone},
		"an end before the start":                   {Spec{Cron: "0 9 * * *", TimeZone: "UTC", Start: start, End: end}, FieldEnd, ReasonInvalidEnd},
		"31 February":                               {Spec{Cron: "0 9 31 2 *", TimeZone: "UTC"}, FieldCron, ReasonNeverFires},
		"the 31st of months with 30 days":           {Spec{Cron: "0 9 31 4,6,9,11 *", TimeZone: "UTC"}, FieldCron, ReasonNeverFires},
		"31 February by rrule":                      {Spec{RRule: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", TimeZone: "UTC", Start: start}, FieldRRule, ReasonNeverFires},
		"Tuesdays of every seventh day from Monday": {Spec{RRule: "FREQ=DAILY;INTERVAL=7;BYDAY=TU", TimeZone: "UTC", Start: start}, FieldRRule, ReasonNeverFires},
		"no slot between start and end":             {Spec{Cron: "0 9 1 1 *", TimeZone: "UTC", Start: start, End: start.AddDate(0, 6, 0)}, FieldEnd, ReasonNeverFires},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := refusal(t, tt.spec)
			if got.Field != tt.field || got.Reason != tt.reason {
				t.Errorf("refused as %s %s (%s), want %s %s", got.Field, got.Reason, got.Message, tt.field, tt.reason)
			}
		})
	}
}

func TestStartAndEndAreIncludedAndNothingLiesOutside(t *testing.T) {
	s := mustParse(t, Spec{
		Cron: "0 9 * * *", TimeZone: "Europe/Berlin",
		Start: instant(t, "2027-01-04T09:00:00+01:00"), End: instant(t, "2027-01-06T09:00:00+01:00"),
	})
	want := []string{"2027-01-04T09:00:00+01:00", "2027-01-05T09:00:00+01:00", "2027-01-06T09:00:00+01:00", "none"}
	if diff := cmp.Diff(want, following(s, time.Time{}, 5)); diff != "" {
		t.Errorf("slots (-want +got):\n%s", diff)
	}
	if slot, ok := s.Latest(time.Time{}, instant(t, "2027-01-04T08:59:59+01:00")); ok {
		t.Errorf("Latest found %v before the start", slot.At)
	}
	slot, ok := s.Latest(time.Time{}, instant(t, "2030-01-01T00:00:00Z"))
	if !ok || slot.Name() != "20270106t0900" {
		t.Errorf("Latest after the end = %v, %v; want the slot at the end", slot.At, ok)
	}
}

func TestAnEndThatHasPassedIsNoMistake(t *testing.T) {
	s := mustParse(t, Spec{Cron: "0 9 * * *", TimeZone: "UTC", End: instant(t, "2020-01-01T00:00:00Z")})
	if slot, ok := s.Next(instant(t, "2027-01-01T00:00:00Z")); ok {
		t.Errorf("Next after the end = %v, want none", slot.At)
	}
}

func TestLatestIsTheNewestSlotOfAHalfOpenSpan(t *testing.T) {
	s := mustParse(t, Spec{Cron: "0 9 * * *", TimeZone: "UTC"})
	tests := map[string]struct{ after, notAfter, want string }{
		"a slot at notAfter counts":       {"2027-01-01T00:00:00Z", "2027-01-05T09:00:00Z", "20270105t0900"},
		"a slot at after does not count":  {"2027-01-05T09:00:00Z", "2027-01-05T12:00:00Z", ""},
		"the newest of many":              {"2020-01-01T00:00:00Z", "2027-01-05T08:59:59Z", "20270104t0900"},
		"none when notAfter is the older": {"2027-01-07T00:00:00Z", "2027-01-05T00:00:00Z", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			slot, ok := s.Latest(instant(t, tt.after), instant(t, tt.notAfter))
			got := ""
			if ok {
				got = slot.Name()
			}
			if got != tt.want {
				t.Errorf("Latest = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAnyInstantHasAName(t *testing.T) {
	s := mustParse(t, Spec{Cron: "0 9 * * *", TimeZone: "Asia/Kathmandu"})
	if got := s.At(instant(t, "2027-01-04T12:00:00Z")).Name(); got != "20270104t1745" {
		t.Errorf("name = %q, want 20270104t1745", got)
	}
}
