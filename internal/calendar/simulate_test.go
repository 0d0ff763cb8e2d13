// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"sort"
	"testing"
	"time"
)

// maxDecisions ends the simulation of a dense schedule.
const maxDecisions = 1500

// record is one decision of a simulated controller, with all that it was based on.
type record struct {
	now       time.Time
	candidate int
	edited    time.Time // the newest of creation, edit and resumption
	suspended bool
	waves     int32
	decision  Decision
}

// world is a survey whose controller sleeps, oversleeps, goes down, and whose schedule people edit and suspend.
type world struct {
	t          *testing.T
	r          seeded
	candidates []candidate
	current    int
	state      State
	policy     Policy
	now        time.Time
	log        []record
}

// simulate runs a survey through a span and compares what was started with what the walk found.
func simulate(t *testing.T, r seeded, candidates []candidate, from, to time.Time, total *coverage) {
	t.Helper()
	w := &world{t: t, r: r, candidates: candidates, policy: drawPolicy(r), now: from}
	w.state.Created = from.Add(time.Duration(r.intn(7200)) * time.Second)
	for w.now = w.state.Created; w.now.Before(to) && len(w.log) < maxDecisions; {
		w.step(total)
	}
	w.checkStarts()
	w.checkNothingMissed(total)
	total.decisions += len(w.log)
}

func drawPolicy(r seeded) Policy {
	p := Policy{Window: time.Duration(r.intn(72)) * time.Hour, Seed: time.Duration(r.Uint64()).String()}
	if r.intn(3) == 0 {
		p.CatchUp = CatchUpSkip
	}
	if r.intn(4) == 0 {
		p.Jitter = time.Duration(1+r.intn(7200)) * time.Second
	}
	if r.intn(4) == 0 {
		p.MaxWaves = 1 + int32(r.intn(50))
	}
	return p
}

func (w *world) step(total *coverage) {
	d := Decide(w.now, w.candidates[w.current].schedule, w.state, w.policy)
	edited := latest(w.state.Created, w.state.ScheduleEdited, w.state.Resumed)
	w.log = append(w.log, record{w.now, w.current, edited, w.state.Suspended, w.state.WavesDone, d})
	w.checkNext(d)
	switch {
	case d.Due != nil:
		w.state.LastSlot = d.Due.At
		w.state.WavesDone++
	case d.Missed != nil:
		w.state.LastSlot = d.Missed.At
	}
	if d.Missed != nil {
		total.missed++
	}
	w.pass(d, total)
}

// pass lets time go by until the next decision.
func (w *world) pass(d Decision, total *coverage) {
	switch chance := w.r.intn(100); {
	case chance < 3:
		w.now = w.now.Add(w.seconds(2 * day24))
		w.current = w.r.intn(len(w.candidates))
		w.state.ScheduleEdited = w.now
		total.edits++
	case chance < 6:
		w.now = w.now.Add(w.seconds(day24))
		w.state.Suspended = !w.state.Suspended
		if !w.state.Suspended {
			w.state.Resumed = w.now
			total.suspensions++
		}
	case chance < 12: // Down.
		w.now = w.now.Add(w.seconds(7 * day24))
	case chance < 20 || d.Wake.IsZero(): // Something else wakes it.
		w.now = w.now.Add(w.seconds(3 * time.Hour))
	case d.Wake.Before(w.now) || d.Wake.Equal(w.now) && d.Due == nil:
		w.t.Errorf("%s: at %v it wants to wake at %v", w.candidates[w.current].text, w.now, d.Wake)
		w.now = w.now.Add(time.Minute)
	case chance < 60:
		w.now = d.Wake
	default: // A busy queue.
		w.now = d.Wake.Add(w.seconds(30 * time.Second))
	}
}

func (w *world) seconds(atMost time.Duration) time.Duration {
	return time.Duration(w.r.Int64N(int64(atMost/time.Second))) * time.Second
}

// checkNext wants the next time to be shown whenever there is one, and Completed otherwise.
func (w *world) checkNext(d Decision) {
	c := w.candidates[w.current]
	if d.Completed != (d.Due == nil && d.Next == nil) || d.Completed != d.Wake.IsZero() {
		w.t.Errorf("%s: at %v it is neither completed nor waiting: %+v", c.text, w.now, d)
	}
	after := latest(w.now, w.state.Created, w.state.LastSlot)
	n := c.count(after)
	finished := w.policy.MaxWaves > 0 && w.state.WavesDone >= w.policy.MaxWaves
	if n == len(c.slots) || finished || d.Due != nil {
		return
	}
	// With jitter, the slot before may be the one that is still to come.
	if d.Next == nil || !d.Next.At.Equal(c.slots[n]) && (w.policy.Jitter == 0 || n == 0 || !d.Next.At.Equal(c.slots[n-1])) {
		w.t.Errorf("%s: at %v the next slot is %+v, want %v", c.text, w.now, d.Next, c.slots[n])
	}
}

// checkStarts: nothing is doubled, nothing is from before an edit, and all are slots of the schedule in force.
func (w *world) checkStarts() {
	var previous time.Time
	for _, entry := range w.log {
		if entry.decision.Due == nil {
			continue
		}
		at := entry.decision.Due.At
		c := w.candidates[entry.candidate]
		n := c.count(at)
		switch {
		case !at.After(previous):
			w.t.Errorf("%s: started %v after %v", c.text, at, previous)
		case !at.After(entry.edited):
			w.t.Errorf("%s: started %v, from before the edit at %v", c.text, at, entry.edited)
		case entry.suspended:
			w.t.Errorf("%s: started %v while suspended", c.text, at)
		case at.After(entry.now):
			w.t.Errorf("%s: started %v early, at %v", c.text, at, entry.now)
		case n == 0 || !c.slots[n-1].Equal(at):
			w.t.Errorf("%s: started %v, which the walk does not find", c.text, at)
		case w.policy.MaxWaves > 0 && entry.waves >= w.policy.MaxWaves:
			w.t.Errorf("%s: started %v as wave %d of %d", c.text, at, entry.waves+1, w.policy.MaxWaves)
		}
		previous = at
	}
}

// checkNothingMissed asks of every slot that the walk found: who decided first after its start, could that decision have
// started it, and did it?
func (w *world) checkNothingMissed(total *coverage) {
	for index, c := range w.candidates {
		for n, at := range c.slots {
			start := w.policy.StartOf(c.schedule, Slot{At: at})
			i := sort.Search(len(w.log), func(i int) bool { return !w.log[i].now.Before(start) })
			if i == len(w.log) {
				break
			}
			entry := w.log[i]
			if entry.candidate != index || entry.suspended || !at.After(entry.edited) || w.policy.MaxWaves > 0 && entry.waves >= w.policy.MaxWaves {
				continue
			}
			overtaken := n+1 < len(c.slots) && !c.slots[n+1].After(entry.now)
			inTime := entry.now.Sub(start) <= Grace || w.policy.CatchUp != CatchUpSkip && entry.now.Sub(start) <= w.policy.Window
			started := entry.decision.Due != nil && entry.decision.Due.At.Equal(at)
			if started != (inTime && !overtaken) {
				w.t.Errorf("%s: %v with start %v, first decided at %v: started is %v; in time is %v, overtaken is %v", c.text, at, start, entry.now, started, inTime, overtaken)
			}
			if started {
				total.started++
				if entry.now.Sub(start) > Grace {
					total.caughtUp++
				}
			}
			missed := entry.decision.Missed
			if !started && (missed == nil || missed.At.Before(at)) {
				w.t.Errorf("%s: %v was missed at %v without a word: %+v", c.text, at, entry.now, entry.decision)
			}
		}
	}
}
