// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"errors"
	"testing"
	"time"
)

// checkAnySchedule holds for whatever a stranger sends: a refusal with advice, or slots that follow one another and are
// found backwards too.
func checkAnySchedule(t *testing.T, spec Spec, after time.Time) {
	s, err := Parse(spec)
	if err != nil {
		var refused *ParseError
		if !errors.As(err, &refused) || refused.Field == "" || refused.Reason == "" || refused.Message == "" {
			t.Fatalf("Parse(%+v) = %#v; want a complete *ParseError", spec, err)
		}
		return
	}
	for range 5 {
		slot, ok := s.Next(after)
		if !ok {
			return
		}
		if !slot.At.After(after) || len(slot.Name()) != len("20270104t0900") {
			t.Fatalf("%+v: after %v comes %v, named %s", spec, after, slot.At, slot.Name())
		}
		if newest, found := s.Latest(after, slot.At); !found || newest != slot {
			t.Fatalf("%+v: Latest(%v, %v) = %v, %v; want the slot at its end", spec, after, slot.At, newest.At, found)
		}
		if between, found := s.Latest(after, slot.At.Add(-1)); found {
			t.Fatalf("%+v: Next(%v) = %v has jumped over %v", spec, after, slot.At, between.At)
		}
		after = slot.At
	}
}

// anyTime lies between 1970 and 2106.
func anyTime(unix uint32) time.Time { return time.Unix(int64(unix), 0).UTC() }

func FuzzCron(f *testing.F) {
	for _, text := range []string{
		"0 9 * * MON", "*/5 2-4 1,15 jan-MAR/2 *", "30 6-16/4 * * 1-5", "0 0 29 2 *", "0 9 31 2 *", "0 9 1-7 * 1",
		"TZ=UTC", "CRON_TZ=Europe/Berlin 0 9 * * *", "@every 1h", "*-5 * * * *", ", * * * *", "0 9 ? * ?", "60 24 32 13 8", "1/99 * * * *",
	} {
		f.Add(text, "Australia/Lord_Howe", uint32(1_800_000_000))
	}
	f.Fuzz(func(t *testing.T, text, zone string, unix uint32) {
		checkAnySchedule(t, Spec{Cron: text, TimeZone: zone}, anyTime(unix))
		checkAnySchedule(t, Spec{Cron: text, TimeZone: "America/Santiago"}, anyTime(unix))
	})
}

func FuzzRRule(f *testing.F) {
	for _, text := range []string{
		"FREQ=DAILY", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=53MO",
		"FREQ=YEARLY;BYYEARDAY=-1,366;BYHOUR=0,23;BYMINUTE=0,59", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "FREQ=YEARLY;BYEASTER=400",
		"DTSTART:20270104T090000Z\nRRULE:FREQ=DAILY", "FREQ=DAILY;COUNT=2;UNTIL=20270104", "FREQ=HOURLY", "freq=daily;bymonthday=30;bymonth=2", "FREQ=DAILY;INTERVAL=9999999999999999999",
	} {
		f.Add(text, uint32(1_700_000_000), uint32(1_800_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, start, unix uint32) {
		checkAnySchedule(t, Spec{RRule: text, TimeZone: "America/Santiago", Start: anyTime(start / 60 * 60)}, anyTime(unix))
	})
}
