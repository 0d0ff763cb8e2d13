// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const day24 = 24 * time.Hour

// decided is a Decision a table can hold: slots by name, the wake-up as RFC 3339 in UTC.
type decided struct {
	Due, Next, Missed string
	More, Completed   bool
	Wake              string
}

func summary(d Decision) decided {
	name := func(s *Slot) string {
		if s == nil {
			return ""
		}
		return s.Name()
	}
	out := decided{Due: name(d.Due), Next: name(d.Next), Missed: name(d.Missed), More: d.MissedMore, Completed: d.Completed}
	if !d.Wake.IsZero() {
		out.Wake = d.Wake.UTC().Format(time.RFC3339)
	}
	return out
}

func checkDecision(t *testing.T, now string, s *Schedule, st State, p Policy, want decided) {
	t.Helper()
	if diff := cmp.Diff(want, summary(Decide(instant(t, now), s, st, p))); diff != "" {
		t.Errorf("Decide at %s (-want +got):\n%s", now, diff)
	}
}

func TestTheCatchUpRunsThatCronJobLoses(t *testing.T) {
	// Kubernetes 1.36.3 starts nothing in these three cases. 2027-01-07 is a Thursday.
	tests := map[string]struct {
		cron, last, back string
		want             decided
	}{
		"three runs on Friday missed, back on Sunday noon": {"30 6-16/4 * * 1-5", "2027-01-07T14:30:00Z", "2027-01-10T12:00:00Z",
			decided{Due: "20270108t1430", Next: "20270111t0630", Missed: "20270108t1030", More: true, Wake: "2027-01-10T12:00:00Z"}},
		"two runs a minute apart missed, back at three": {"0,1 0 * * *", "2027-01-07T00:01:00Z", "2027-01-08T03:00:00Z",
			decided{Due: "20270108t0001", Next: "20270109t0000", Missed: "20270108t0000", Wake: "2027-01-08T03:00:00Z"}},
		"Mondays and Tuesdays, back after ten days": {"0 9 * * 1,2", "2027-01-05T09:00:00Z", "2027-01-15T09:00:00Z",
			decided{Due: "20270112t0900", Next: "20270118t0900", Missed: "20270111t0900", Wake: "2027-01-15T09:00:00Z"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := mustParse(t, Spec{Cron: tt.cron, TimeZone: "UTC"})
			st := State{Created: instant(t, "2026-01-01T00:00:00Z"), LastSlot: instant(t, tt.last)}
			checkDecision(t, tt.back, s, st, Policy{Window: 7 * day24}, tt.want)
		})
	}
}

func TestLatestCatchesUpWithTheNewestSlotInsideTheWindowOnly(t *testing.T) {
	s := mustParse(t, Spec{Cron: "0 9 * * *", TimeZone: "UTC"})
	st := State{Created: instant(t, "2026-12-01T00:00:00Z"), LastSlot: instant(t, "2027-01-04T09:00:00Z")}
	next := "20270106t0900"
	tests := map[string]struct {
		now    string
		policy Policy
		want   decided
	}{
		"before the slot: wait for it": {"2027-01-05T08:59:59Z", Policy{Window: day24},
			decided{Next: "20270105t0900", Wake: "2027-01-05T09:00:00Z"}},
		"at the slot: start it": {"2027-01-05T09:00:00Z", Policy{Window: day24},
			decided{Due: "20270105t0900", Next: next, Wake: "2027-01-05T09:00:00Z"}},
		"an hour late, inside the window: start it": {"2027-01-05T10:00:00Z", Policy{CatchUp: CatchUpLatest, Window: time.Hour},
			decided{Due: "20270105t0900", Next: next, Wake: "2027-01-05T10:00:00Z"}},
		"a second past the window: it is missed": {"2027-01-05T10:00:01Z", Policy{CatchUp: CatchUpLatest, Window: time.Hour},
			decided{Missed: "20270105t0900", Next: next, Wake: "2027-01-06T09:00:00Z"}},
		"days late: one slot is started, the others are missed": {"2027-01-09T10:00:00Z", Policy{Window: day24},
			decided{Due: "20270109t0900", Missed: "20270108t0900", More: true, Next: "20270110t0900", Wake: "2027-01-09T10:00:00Z"}},
		"no window at all: a start within the grace is on time": {"2027-01-05T09:01:00Z", Policy{},
			decided{Due: "20270105t0900", Next: next, Wake: "2027-01-05T09:01:00Z"}},
		"skip, within the grace: start it": {"2027-01-05T09:01:00Z", Policy{CatchUp: CatchUpSkip, Window: day24},
			decided{Due: "20270105t0900", Next: next, Wake: "2027-01-05T09:01:00Z"}},
		"skip, past the grace: it is missed": {"2027-01-05T09:01:01Z", Policy{CatchUp: CatchUpSkip, Window: day24},
			decided{Missed: "20270105t0900", Next: next, Wake: "2027-01-06T09:00:00Z"}},
		"skip, days late: the newest is missed and so are others": {"2027-01-09T10:00:00Z", Policy{CatchUp: CatchUpSkip},
			decided{Missed: "20270109t0900", More: true, Next: "20270110t0900", Wake: "2027-01-10T09:00:00Z"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { checkDecision(t, tt.now, s, st, tt.policy, tt.want) })
	}
}

func TestNothingFromBeforeTheLatestEditIsStartedOrMissed(t *testing.T) {
	s := mustParse(t, Spec{Cron: "0 9 * * *", TimeZone: "UTC"})
	const now = "2027-01-05T10:00:00Z"
	quiet := decided{Next: "20270106t0900", Wake: "2027-01-06T09:00:00Z"}
	tests := map[string]struct {
		state State
		want  decided
	}{
		"created after the slot":                {State{Created: instant(t, "2027-01-05T09:30:00Z")}, quiet},
		"created in the very second":            {State{Created: instant(t, "2027-01-05T09:00:00Z")}, quiet},
		"the schedule edited after the slot":    {State{Created: instant(t, "2026-01-01T00:00:00Z"), ScheduleEdited: instant(t, "2027-01-05T09:59:00Z")}, quiet},
		"resumed after the slot":                {State{Created: instant(t, "2026-01-01T00:00:00Z"), Resumed: instant(t, "2027-01-05T09:59:00Z")}, quiet},
		"edited a second before the slot":       {State{ScheduleEdited: instant(t, "2027-01-05T08:59:59Z")}, decided{Due: "20270105t0900", Next: "20270106t0900", Wake: now}},
		"the slot is done":                      {State{LastSlot: instant(t, "2027-01-05T09:00:00Z")}, quiet},
		"the clock went back behind a done one": {State{LastSlot: instant(t, "2027-01-07T09:00:00Z")}, decided{Next: "20270108t0900", Wake: "2027-01-08T09:00:00Z"}},
		"the API server's clock is ahead":       {State{Created: instant(t, "2027-01-06T09:30:00Z")}, decided{Next: "20270107t0900", Wake: "2027-01-07T09:00:00Z"}},
		"suspended":                             {State{Suspended: true, Created: instant(t, "2026-01-01T00:00:00Z")}, quiet},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { checkDecision(t, now, s, tt.state, Policy{Window: 7 * day24}, tt.want) })
	}
}

func TestCompletedIsReachedAndKept(t *testing.T) {
	ends := mustParse(t, Spec{Cron: "0 9 * * *", TimeZone: "UTC", End: instant(t, "2027-01-05T12:00:00Z")})
	open := mustParse(t, Spec{Cron: "0 9 * * *", TimeZone: "UTC"})
	st := State{Created: instant(t, "2027-01-04T12:00:00Z")}
	done := State{Created: st.Created, LastSlot: instant(t, "2027-01-05T09:00:00Z"), WavesDone: 2}
	tests := map[string]struct {
		now      string
		schedule *Schedule
		state    State
		policy   Policy
		want     decided
	}{
		"the last slot before the end": {"2027-01-05T09:00:00Z", ends, st, Policy{}, decided{Due: "20270105t0900", Wake: "2027-01-05T09:00:00Z"}},
		"after it":                     {"2027-01-05T09:00:01Z", ends, done, Policy{}, decided{Completed: true}},
		"years later":                  {"2037-01-05T09:00:01Z", ends, done, Policy{}, decided{Completed: true}},
		"the last slot is caught up after the end":  {"2027-01-05T15:00:00Z", ends, st, Policy{Window: day24}, decided{Due: "20270105t0900", Wake: "2027-01-05T15:00:00Z"}},
		"the last slot is missed, and that is said": {"2027-01-08T15:00:00Z", ends, st, Policy{Window: day24}, decided{Missed: "20270105t0900", Completed: true}},
		"suspended past the end":                    {"2027-01-08T15:00:00Z", ends, State{Suspended: true}, Policy{}, decided{Completed: true}},
		"all waves done":                            {"2027-01-06T09:00:00Z", open, done, Policy{MaxWaves: 2}, decided{Completed: true}},
		"one wave left: nothing comes after it":     {"2027-01-06T09:00:00Z", open, done, Policy{MaxWaves: 3}, decided{Due: "20270106t0900", Wake: "2027-01-06T09:00:00Z"}},
		"waves left, none due":                      {"2027-01-05T10:00:00Z", open, done, Policy{MaxWaves: 3}, decided{Next: "20270106t0900", Wake: "2027-01-06T09:00:00Z"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { checkDecision(t, tt.now, tt.schedule, tt.state, tt.policy, tt.want) })
	}
}

func TestJitterDelaysTheStartAndNothingElse(t *testing.T) {
	s := mustParse(t, Spec{Cron: "0 9 * * *", TimeZone: "UTC"})
	p := Policy{CatchUp: CatchUpSkip, Jitter: time.Hour, Seed: "3a1f7a2e-0000-4000-8000-000000000001"}
	st := State{LastSlot: instant(t, "2027-01-04T09:00:00Z")}
	before := Decide(instant(t, "2027-01-05T08:00:00Z"), s, st, p)
	start := before.Wake
	if at := instant(t, "2027-01-05T09:00:00Z"); !start.After(at) || !start.Before(at.Add(time.Hour)) {
		t.Fatalf("wake = %v, want within the hour after the slot", start)
	}
	wake := start.Format(time.RFC3339)
	waiting := decided{Next: "20270105t0900", Wake: wake}
	checkDecision(t, start.Add(-time.Second).Format(time.RFC3339), s, st, p, waiting)
	checkDecision(t, wake, s, st, p, decided{Due: "20270105t0900", Next: "20270106t0900", Wake: wake})
	missed := Decide(start.Add(Grace+time.Second), s, st, p)
	if missed.Due != nil || missed.Missed == nil || missed.Missed.Name() != "20270105t0900" {
		t.Errorf("past the grace = %+v, want the slot missed", summary(missed))
	}
	// A slot whose jitter still runs has already taken the place of those before it.
	st.LastSlot = instant(t, "2027-01-02T09:00:00Z")
	waiting.Missed, waiting.More = "20270104t0900", true
	checkDecision(t, start.Add(-time.Second).Format(time.RFC3339), s, st, p, waiting)
}

func TestJitterIsStableSpreadAndLeavesHalfTheTimeToTheNextSlot(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		spec := drawCron(rapidSource{rt})
		s, err := Parse(Spec{Cron: spec.text, TimeZone: "Australia/Lord_Howe"})
		if err != nil {
			rt.Fatal(err)
		}
		p := Policy{Jitter: time.Duration(rapid.Int64Range(0, int64(3*day24)).Draw(rt, "jitter")), Seed: rapid.String().Draw(rt, "seed")}
		slot, _ := s.Next(time.Unix(rapid.Int64Range(0, 4e9).Draw(rt, "after"), 0))
		next, _ := s.Next(slot.At)
		start := p.StartOf(s, slot)
		if !start.Equal(p.StartOf(s, slot)) {
			rt.Fatal("two answers for one slot")
		}
		if offset := start.Sub(slot.At); offset < 0 || offset > 0 && offset >= p.Jitter || offset > next.At.Sub(slot.At)/2 {
			rt.Fatalf("%q %v starts %v late, with a jitter of %v and the next slot at %v", spec.text, slot.At, offset, p.Jitter, next.At)
		}
	})
	s := mustParse(t, Spec{Cron: "0 9 * * *", TimeZone: "UTC"})
	slot, _ := s.Next(instant(t, "2027-01-01T00:00:00Z"))
	const seeds, parts = 10000, 10
	var counts [parts]int
	for i := range seeds {
		p := Policy{Jitter: parts * time.Minute, Seed: time.Unix(int64(i), 0).String()}
		counts[p.StartOf(s, slot).Sub(slot.At)/time.Minute]++
	}
	for minute, n := range counts {
		if n < seeds/parts*8/10 || n > seeds/parts*12/10 {
			t.Errorf("%d of %d seeds start in minute %d, want about %d", n, seeds, minute, seeds/parts)
		}
	}
}

// countedDates counts the searches for a day; each is bounded by itself (97 months for cron).
type countedDates struct {
	dates
	searches int
}

func (c *countedDates) onOrAfter(d day) (day, bool)  { c.searches++; return c.dates.onOrAfter(d) }
func (c *countedDates) onOrBefore(d day) (day, bool) { c.searches++; return c.dates.onOrBefore(d) }

func TestDecidingCostsTheSameAfterOneMissAndAfterMillions(t *testing.T) {
	const most = 16
	now := instant(t, "2027-01-05T09:00:30Z")
	for name, p := range map[string]Policy{
		"latest": {Window: day24}, "skip": {CatchUp: CatchUpSkip}, "with jitter": {Window: day24, Jitter: time.Hour, Seed: "x"},
	} {
		for _, cron := range []string{"* * * * *", "0,1 0 * * *", "0 0 29 2 *"} {
			for _, down := range []time.Duration{time.Minute, day24, 5 * 365 * day24} {
				s := mustParse(t, Spec{Cron: cron, TimeZone: "America/New_York"})
				counted := &countedDates{dates: s.plan.dates}
				s.plan.dates = counted
				d := Decide(now, s, State{LastSlot: now.Add(-down)}, p)
				if counted.searches > most || d.Next == nil {
					t.Errorf("%s, %s, down %v: %d searches, want at most %d", name, cron, down, counted.searches, most)
				}
			}
		}
	}
}
