// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestClocksThatChange(t *testing.T) {
	tests := map[string]struct {
		cron, zone, after string
		want              []string
	}{
		"New York springs forward: 02:30 is due at 03:00": {"30 2 * * *", "America/New_York", "2027-03-13T12:00:00Z", []string{
			"2027-03-14T03:00:00-04:00", "2027-03-15T02:30:00-04:00"}},
		"Berlin springs forward: 02:30 is due at 03:00": {"30 2 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z", []string{
			"2027-03-28T03:00:00+02:00", "2027-03-29T02:30:00+02:00"}},
		"Santiago has no midnight": {"0 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z", []string{
			"2026-09-06T01:00:00-03:00", "2026-09-07T00:00:00-03:00"}},
		"Beirut has no midnight": {"0 0 * * *", "Asia/Beirut", "2027-03-27T12:00:00Z", []string{
			"2027-03-28T01:00:00+03:00", "2027-03-29T00:00:00+03:00"}},
		"Cairo has no midnight": {"15 0 * * *", "Africa/Cairo", "2027-04-29T12:00:00Z", []string{
			"2027-04-30T01:00:00+03:00", "2027-05-01T00:15:00+03:00"}},
		"Lord Howe skips half an hour": {"15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", []string{
			"2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"}},
		"Apia skips a day, and the next day's own slot comes after": {"0 12 * * *", "Pacific/Apia", "2011-12-29T12:00:00Z", []string{
			"2011-12-29T12:00:00-10:00", "2011-12-31T00:00:00+14:00", "2011-12-31T12:00:00+14:00"}},
		"Apia at midnight: the skipped day and the next are one slot": {"0 0 * * *", "Pacific/Apia", "2011-12-28T12:00:00Z", []string{
			"2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00"}},
		"New York falls back: 01:30 is due once, the first time": {"30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", []string{
			"2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"}},
		"Berlin falls back: an hourly schedule pauses an hour": {"0 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", []string{
			"2026-10-25T02:00:00+02:00", "2026-10-25T03:00:00+01:00"}},
		"Lord Howe falls back half an hour": {"45 1 * * *", "Australia/Lord_Howe", "2027-04-03T00:00:00Z", []string{
			"2027-04-04T01:45:00+11:00", "2027-04-05T01:45:00+10:30"}},
		"Kwajalein lived one day less": {"0 9 * * *", "Pacific/Kwajalein", "1993-08-20T12:00:00Z", []string{
			"1993-08-20T09:00:00-12:00", "1993-08-22T00:00:00+12:00", "1993-08-22T09:00:00+12:00"}},
		"the last day of a leap year beyond the tables of the zone": {"30 9 * * *", "Europe/Berlin", "2040-12-30T12:00:00Z", []string{
			"2040-12-31T09:30:00+01:00", "2041-01-01T09:30:00+01:00"}},
		"many times in a gap and one at its end are one slot": {"*/15 2,3 * * *", "America/New_York", "2027-03-13T12:00:00Z", []string{
			"2027-03-14T03:00:00-04:00", "2027-03-14T03:15:00-04:00"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := mustParse(t, Spec{Cron: tt.cron, TimeZone: tt.zone})
			if diff := cmp.Diff(tt.want, following(s, instant(t, tt.after), len(tt.want))); diff != "" {
				t.Errorf("slots (-want +got):\n%s", diff)
			}
			// Backwards, the same slots.
			newest, ok := s.Latest(instant(t, tt.after), instant(t, tt.want[len(tt.want)-1]).Add(-time.Second))
			if want := tt.want[len(tt.want)-2]; !ok || newest.At.Format(time.RFC3339) != want {
				t.Errorf("Latest = %v, %v; want %v", newest.At, ok, want)
			}
		})
	}
}

func TestASlotIsNamedAfterTheLocalTimeAtWhichItIsDue(t *testing.T) {
	s := mustParse(t, Spec{Cron: "30 2 * * *", TimeZone: "America/New_York"})
	slot, ok := s.Next(instant(t, "2027-03-13T12:00:00Z"))
	if !ok || slot.Name() != "20270314t0300" {
		t.Errorf("slot = %q, %v; want 20270314t0300", slot.Name(), ok)
	}
}

func TestNoSlotComesTwiceWhileAnHourRepeats(t *testing.T) {
	s := mustParse(t, Spec{Cron: "* * * * *", TimeZone: "America/New_York"})
	// 01:30 EST, the second time around: 01:59 EDT was the last new minute, 02:00 EST is the next.
	inside := instant(t, "2026-11-01T01:30:00-05:00")
	if got := following(s, inside, 1); got[0] != "2026-11-01T02:00:00-05:00" {
		t.Errorf("Next in the repeated hour = %s, want 02:00", got[0])
	}
	slot, ok := s.Latest(time.Time{}, inside)
	if !ok || slot.At.Format(time.RFC3339) != "2026-11-01T01:59:00-04:00" {
		t.Errorf("Latest in the repeated hour = %v, want 01:59 of the first", slot.At)
	}
}

// Go's bounds are wrong on some days of the far future; whoever walks from one to the next would never arrive.
func TestEveryPeriodContainsTheInstantItWasAskedFor(t *testing.T) {
	for _, name := range zones(t) {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for year := 2032; year < 2108; year += 4 {
			for unix := time.Date(year, 12, 30, 0, 0, 0, 0, time.UTC).Unix(); unix < time.Date(year+1, 1, 2, 0, 0, 0, 0, time.UTC).Unix(); unix += 6*3600 - 1 {
				p := periodAt(loc, unix)
				if p.start > unix || p.end <= unix {
					t.Fatalf("%s at %v: from %d to %d", name, time.Unix(unix, 0).In(loc), p.start, p.end)
				}
				if p.end != math.MaxInt64 && periodAt(loc, p.end-1) != p {
					t.Fatalf("%s at %v: another period begins before %d", name, time.Unix(unix, 0).In(loc), p.end)
				}
			}
		}
	}
}
