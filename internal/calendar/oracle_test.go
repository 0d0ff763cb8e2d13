// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The sweep visits every zone. By default each gets a few weeks around a change of its clocks, and every yearsEvery-th
// two years. CALENDAR_YEARS=n gives n years to each; CALENDAR_SEED=n draws other schedules and events.
const (
	shortSpan  = 40 * day24
	yearsEvery = 40
)

func environment(t *testing.T, name string) int {
	text := os.Getenv(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func zones(t *testing.T) []string {
	text, err := os.ReadFile("testdata/zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Split(strings.TrimSpace(string(text)), "\n")[1:]
	if len(names) < 590 {
		t.Fatalf("only %d zones", len(names))
	}
	return names
}

// walk is the oracle: it looks at each minute that passes in a zone and asks what its clocks show. A wall time is used
// when clocks show it, or jump over it, for the first time. It knows nothing of how the package searches.
func walk(t *testing.T, loc *time.Location, from, to time.Time, planned func(minute) bool) []time.Time {
	var slots []time.Time
	begin := from.Add(-2 * day24).Unix()
	var highest minute
	for unix := begin; unix <= to.Unix(); unix += 60 {
		_, offset := time.Unix(unix, 0).In(loc).Zone()
		if offset%60 != 0 {
			t.Fatalf("%v: an offset of %d seconds, which the walk cannot follow", loc, offset)
		}
		shown := minute((unix + int64(offset)) / 60)
		if unix == begin {
			highest = shown
		}
		isDue := false
		for ; highest < shown; highest++ {
			isDue = isDue || planned(highest+1)
		}
		if isDue && unix > from.Unix() {
			slots = append(slots, time.Unix(unix, 0))
		}
	}
	return slots
}

// plannedByDay answers for a cron expression, matching dates once a day.
func plannedByDay(c cronSpec) func(minute) bool {
	var today day = -1
	var matches bool
	var minutes, hours [60]bool
	for m := range c.minutes {
		minutes[m] = true
	}
	for h := range c.hours {
		hours[h] = true
	}
	return func(m minute) bool {
		d := day(m / minutesPerDay)
		if d != today {
			today, matches = d, c.matchesDate(time.Unix(int64(m)*60, 0).UTC())
		}
		return matches && minutes[m%60] && hours[m/60%24]
	}
}

// candidate is a schedule with all its slots in a span.
type candidate struct {
	text     string
	schedule *Schedule
	slots    []time.Time
}

// count is how many slots lie at or before an instant.
func (c candidate) count(at time.Time) int {
	return sort.Search(len(c.slots), func(i int) bool { return c.slots[i].After(at) })
}

func drawCandidate(t *testing.T, r seeded, loc *time.Location, from, to time.Time) candidate {
	spec := Spec{TimeZone: loc.String()}
	var planned func(minute) bool
	if r.intn(4) == 0 {
		spec.RRule, spec.Start, planned = drawPlannedRRule(t, r, loc, from, to)
	} else {
		c := drawCron(r)
		spec.Cron, planned = c.text, plannedByDay(c)
	}
	if r.intn(8) == 0 {
		spec.End = from.Add(time.Duration(r.Int64N(int64(to.Sub(from)))))
	}
	if _, err := Parse(spec); err != nil { // Nothing fires before that end.
		spec.End = time.Time{}
	}
	c := candidate{text: fmt.Sprintf("%+v", spec), schedule: mustParse(t, spec), slots: walk(t, loc, from, to, planned)}
	if !spec.End.IsZero() {
		c.slots = c.slots[:c.count(spec.End)]
	}
	return c
}

// drawPlannedRRule makes a rule that began a while before the span, with its wall times as rrule-go lists them.
func drawPlannedRRule(t *testing.T, r seeded, loc *time.Location, from, to time.Time) (string, time.Time, func(minute) bool) {
	for {
		text := drawRRule(r)
		start := from.Add(-time.Duration(20+r.intn(1500)) * day24).Truncate(time.Minute).In(loc)
		if _, err := Parse(Spec{RRule: text, Start: start, TimeZone: loc.String()}); err != nil {
			continue // It never fires; another test looks at that.
		}
		y, mo, d := start.Date()
		next := plainRule(t, text, time.Date(y, mo, d, start.Hour(), start.Minute(), 0, 0, time.UTC))
		walls := map[minute]bool{}
		for at, ok := next(); ok && at.Before(to.Add(2*day24)); at, ok = next() {
			walls[minute(at.Unix()/60)] = true
		}
		return text, start, func(m minute) bool { return walls[m] }
	}
}

// pickSpan finds a time for a zone: mostly around a change of its clocks.
func pickSpan(r seeded, loc *time.Location, length time.Duration) (time.Time, time.Time) {
	at := time.Date(1975+r.intn(100), 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.intn(365)) * day24)
	if _, end := at.In(loc).ZoneBounds(); !end.IsZero() && r.intn(8) > 0 {
		at = end
	}
	from := at.Add(-time.Duration(r.Int64N(int64(length)))).Truncate(time.Minute).UTC()
	return from, from.Add(length)
}

type coverage struct {
	zones, schedules, slots, decisions, started, caughtUp, missed, edits, suspensions int
	days                                                                              int // of all schedules; a Duration ends at 292 years
}

func TestEveryZoneAgainstAWalkThroughItsMinutes(t *testing.T) {
	years, seed := environment(t, "CALENDAR_YEARS"), environment(t, "CALENDAR_SEED")
	var total coverage
	for i, name := range zones(t) {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		r := seeded{rand.New(rand.NewPCG(uint64(seed), uint64(i)))}
		length := shortSpan
		if i%yearsEvery == seed%yearsEvery {
			length = 2 * 365 * day24
		}
		if years > 0 {
			length = time.Duration(years) * 365 * day24
		}
		from, to := pickSpan(r, loc, length)
		candidates := []candidate{drawCandidate(t, r, loc, from, to), drawCandidate(t, r, loc, from, to)}
		total.zones++
		for _, c := range candidates {
			total.schedules++
			total.slots += len(c.slots)
			total.days += int(length / day24)
			checkSlots(t, r, c, from, to)
		}
		for range 4 {
			simulate(t, r, candidates, from, to, &total)
		}
		if t.Failed() {
			t.Fatalf("seed %d, zone %s, from %v to %v", seed, name, from, to)
		}
	}
	t.Logf("%d zones, %d schedules, %.1f schedule-zone-years, %d slots; simulated: %d decisions, %d started, %d of them caught up, %d missed, %d edits, %d suspensions",
		total.zones, total.schedules, float64(total.days)/365, total.slots, total.decisions, total.started, total.caughtUp, total.missed, total.edits, total.suspensions)
	if total.started == 0 || total.caughtUp == 0 || total.missed == 0 || total.edits == 0 || total.suspensions == 0 {
		t.Error("something was never tried")
	}
}

// checkSlots compares Next and Latest with the walk.
func checkSlots(t *testing.T, r seeded, c candidate, from, to time.Time) {
	t.Helper()
	names := map[string]bool{}
	after := from
	for _, want := range c.slots {
		slot, ok := c.schedule.Next(after)
		if !ok || !slot.At.Equal(want) {
			t.Errorf("%s: Next(%v) = %v, %v; the walk finds %v", c.text, after, slot.At, ok, want)
			return
		}
		if names[slot.Name()] {
			t.Errorf("%s: two slots are named %s", c.text, slot.Name())
		}
		names[slot.Name()] = true
		after = slot.At
	}
	if slot, ok := c.schedule.Next(after); ok && !slot.At.After(to) {
		t.Errorf("%s: Next(%v) = %v, which the walk does not find", c.text, after, slot.At)
	}
	for range 50 {
		low := from.Add(time.Duration(r.Int64N(int64(to.Sub(from)))))
		high := from.Add(time.Duration(r.Int64N(int64(to.Sub(from)))))
		if r.intn(2) == 0 && len(c.slots) > 0 { // Exactly at a slot.
			high = c.slots[r.intn(len(c.slots))]
		}
		slot, ok := c.schedule.Latest(low, high)
		n := c.count(high)
		if want := n > 0 && c.slots[n-1].After(low); ok != want || ok && !slot.At.Equal(c.slots[n-1]) {
			t.Errorf("%s: Latest(%v, %v) = %v, %v; the walk finds %v", c.text, low, high, slot.At, ok, want)
		}
	}
}
