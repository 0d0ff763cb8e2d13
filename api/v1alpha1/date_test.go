// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func TestADayBeginsAndEndsWithTheClockOfItsZone(t *testing.T) {
	for name, tc := range map[string]struct {
		day        Date
		zone       string
		start, end string
	}{
		"an ordinary day":                      {"2027-03-31", "Europe/Berlin", "2027-03-30T22:00:00Z", "2027-03-31T22:00:00Z"},
		"UTC":                                  {"2027-12-31", "UTC", "2027-12-31T00:00:00Z", "2028-01-01T00:00:00Z"},
		"a day of 23 hours":                    {"2027-03-28", "Europe/Berlin", "2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z"},
		"no midnight in Santiago":              {"2026-09-06", "America/Santiago", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"},
		"the day before has no last hour less": {"2026-09-05", "America/Santiago", "2026-09-05T04:00:00Z", "2026-09-06T04:00:00Z"},
		"two midnights in Havana":              {"2026-11-01", "America/Havana", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
		"no midnight east of Greenwich":        {"2018-03-25", "Asia/Beirut", "2018-03-24T22:00:00Z", "2018-03-25T21:00:00Z"},
		"a leap day":                           {"2028-02-29", "Asia/Kathmandu", "2028-02-28T18:15:00Z", "2028-02-29T18:15:00Z"},
		"a day that Samoa left out":            {"2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			zone, err := time.LoadLocation(tc.zone)
			if err != nil {
				t.Fatal(err)
			}
			start, okStart := tc.day.Start(zone)
			end, okEnd := tc.day.End(zone)
			if !okStart || !okEnd {
				t.Fatal("the day was not understood")
			}
			if got := start.UTC().Format(time.RFC3339); got != tc.start {
				t.Errorf("starts %s, want %s", got, tc.start)
			}
			if got := end.UTC().Format(time.RFC3339); got != tc.end {
				t.Errorf("ends %s, want %s", got, tc.end)
			}
		})
	}
}

func TestADayThatDoesNotExistIsNoDay(t *testing.T) {
	for _, day := range []Date{"", "2027-02-30", "2027-13-01", "tomorrow", "2027-1-1", "2027-01-01T00:00:00Z"} {
		if start, ok := day.Start(time.UTC); ok {
			t.Errorf("%q starts %s", day, start)
		}
		if end, ok := day.End(time.UTC); ok {
			t.Errorf("%q ends %s", day, end)
		}
	}
}

// Every instant belongs to exactly the day that the zone's clock shows, whatever the clock does. A day between two equal
// instants is one that the zone left out.
func TestADayHoldsTheInstantsThatShowIt(t *testing.T) {
	for _, name := range []string{
		"America/New_York", "America/Santiago", "America/Havana", "Asia/Beirut", "Atlantic/Azores", "Australia/Lord_Howe",
		"Africa/Cairo", "Asia/Tehran", "America/Sao_Paulo", "Pacific/Apia", "Europe/Lisbon", "America/Asuncion",
	} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		last := time.Date(2013, 1, 1, 0, 0, 0, 0, time.UTC)
		for at := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC); at.Before(last); at = at.Add(30 * time.Minute) {
			day := Date(at.In(zone).Format(time.DateOnly))
			start, _ := day.Start(zone)
			end, _ := day.End(zone)
			// Clocks set back over midnight show the end of a day twice: the day is over when the next one has begun.
			again := !at.Before(end) && at.Before(end.Add(2*time.Hour))
			if at.Before(start) || !at.Before(end) && !again {
				t.Fatalf("%s: %s is not within %s (%s to %s)", name, at.In(zone), day, start, end)
			}
		}
	}
}
