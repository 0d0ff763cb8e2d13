// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

func in(t interface{ Fatal(...any) }, name string) *time.Location {
	loc, err := zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestQuietHoursEndInTheContactsZone(t *testing.T) {
	night := QuietHours{From: 20 * 60, To: 8 * 60}
	for name, c := range map[string]struct {
		quiet          QuietHours
		zone, at, want string
	}{
		"by day":                          {night, "Europe/Madrid", "2027-01-04T12:00:00Z", "2027-01-04T12:00:00Z"},
		"in the evening":                  {night, "Europe/Madrid", "2027-01-04T19:00:00Z", "2027-01-05T07:00:00Z"},
		"after midnight":                  {night, "Europe/Madrid", "2027-01-05T02:30:11Z", "2027-01-05T07:00:00Z"},
		"when they end":                   {night, "Europe/Madrid", "2027-01-05T07:00:00Z", "2027-01-05T07:00:00Z"},
		"the same instant elsewhere":      {night, "Asia/Tokyo", "2027-01-04T12:00:00Z", "2027-01-04T23:00:00Z"},
		"over noon":                       {QuietHours{From: 12 * 60, To: 13 * 60}, "UTC", "2027-01-04T12:59:59Z", "2027-01-04T13:00:00Z"},
		"none":                            {QuietHours{}, "UTC", "2027-01-04T00:00:00Z", "2027-01-04T00:00:00Z"},
		"their end is skipped in spring":  {QuietHours{From: 60, To: 150}, "Europe/Madrid", "2027-03-28T00:30:00Z", "2027-03-28T01:00:00Z"},
		"a night with an hour more":       {night, "Europe/Madrid", "2027-10-30T22:00:00Z", "2027-10-31T07:00:00Z"},
		"an hour that comes twice passes": {QuietHours{From: 0, To: 150}, "Europe/Madrid", "2027-10-30T23:00:00Z", "2027-10-31T00:30:00Z"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.quiet.Next(at, in(t, c.zone)).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

var someZones = rapid.SampledFrom([]string{"UTC", "Europe/Madrid", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
	"America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia", "Asia/Tehran"})

var someQuiet = rapid.Custom(func(t *rapid.T) QuietHours {
	return QuietHours{From: rapid.IntRange(0, 1439).Draw(t, "from"), To: rapid.IntRange(0, 1439).Draw(t, "to")}
})

func TestNextIsTheFirstMomentThatIsNotQuiet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		quiet, zone := someQuiet.Draw(t, "quiet"), in(t, someZones.Draw(t, "zone"))
		at := noon.Add(time.Duration(rapid.IntRange(0, 400*24*60).Draw(t, "minute"))*time.Minute + time.Second)
		next := quiet.Next(at, zone)
		if next.Before(at) || quiet.quiet(next, zone) {
			t.Fatalf("%s is before %s, or quiet", next, at)
		}
		for m := at.Truncate(time.Minute); m.Before(next); m = m.Add(time.Minute) {
			if !m.Before(at) && !quiet.quiet(m, zone) {
				t.Fatalf("%s is not quiet, %s was found", m, next)
			}
		}
	})
}

// Invitations are spread over the time that is not quiet: in each of ten parts of it about a tenth of them.
func TestInvitationsAreSpreadEvenlyOverTheTimeThatIsNotQuiet(t *testing.T) {
	madrid := in(t, "Europe/Madrid")
	night := QuietHours{From: 20 * 60, To: 8 * 60}
	start := time.Date(2027, time.January, 4, 18, 0, 0, 0, madrid)
	line := night.timeline(start, start.Add(3*day), madrid)
	if line.total != 36*time.Hour {
		t.Fatalf("%s are not quiet within three days, want 36h", line.total)
	}
	const n = 10000
	parts := [36]int{}
	for i := range uint64(n) {
		at := line.at(i * ((1<<64 - 1) / n))
		if at.Before(start) || !at.Before(start.Add(3*day)) || night.quiet(at, madrid) {
			t.Fatalf("%s is too early, too late or quiet", at)
		}
		hour := 0 // the how-manieth hour that is not quiet
		for h := start; h.Add(time.Hour).Before(at) || h.Add(time.Hour).Equal(at); h = h.Add(time.Hour) {
			if !night.quiet(h, madrid) {
				hour++
			}
		}
		parts[hour]++
	}
	for hour, got := range parts {
		if got < n/36-2 || got > n/36+2 {
			t.Errorf("%d invitations in hour %d, want about %d", got, hour, n/36)
		}
	}
}

func TestSpreadingWhereAllIsQuiet(t *testing.T) {
	night := QuietHours{From: 20 * 60, To: 8 * 60}
	start := time.Date(2027, time.January, 4, 21, 0, 0, 0, time.UTC)
	if at := night.timeline(start, start.Add(time.Hour), time.UTC).at(1 << 63); !at.Equal(start) {
		t.Errorf("got %s, want the start, from which Next goes on", at)
	}
	if at := (QuietHours{}).timeline(start, start, time.UTC).at(1 << 63); !at.Equal(start) {
		t.Errorf("got %s without any time to spread over", at)
	}
}

func TestQuietHoursAsTheyAreWritten(t *testing.T) {
	got, err := QuietOf(&cxv1.QuietHours{From: "20:30", To: "08:00"})
	if err != nil || got != (QuietHours{From: 20*60 + 30, To: 480}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := QuietOf(nil); err != nil || got != (QuietHours{}) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"", "8:00", "24:00", "20:60", "noon"} {
		if _, err := QuietOf(&cxv1.QuietHours{From: bad, To: "08:00"}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
