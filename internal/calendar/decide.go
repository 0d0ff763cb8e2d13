// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"time"
)

// CatchUp says what happens to a slot that could not be started when it was due.
type CatchUp string

const (
	// CatchUpLatest starts the newest missed slot, and only that one, if it is not older than Policy.Window.
	CatchUpLatest CatchUp = "Latest"
	// CatchUpSkip starts no slot later than Grace.
	CatchUpSkip CatchUp = "Skip"
)

// Grace is how late a start may be and still count as on time, under every policy: a busy queue or a change of leader
// is not a miss.
const Grace = time.Minute

// State is what has happened so far.
type State struct {
	// Created, ScheduleEdited and Resumed are when the survey was created, when its schedule last changed and when its last
	// suspension ended; zero is never. No slot at or before the latest of them is ever due or reported missed. A slot of
	// that very second is left out as well, since the API server cuts fractions of a second off.
	Created, ScheduleEdited, Resumed time.Time
	// LastSlot is the newest slot that was started or reported missed. Callers take the newest of their status and of the
	// waves that exist, so that a crash between the two writes starts nothing twice.
	LastSlot time.Time
	// Suspended surveys start nothing and miss nothing.
	Suspended bool
	// WavesDone counts the waves started so far.
	WavesDone int32
}

// Policy is how a survey wants its slots started.
type Policy struct {
	// CatchUp defaults to CatchUpLatest.
	CatchUp CatchUp
	// Window is how late CatchUpLatest may start a slot. A window shorter than Grace is Grace.
	Window time.Duration
	// MaxWaves is the number of waves after which the schedule is completed; 0 is no limit.
	MaxWaves int32
	// Jitter spreads starts: each slot starts later than its time by a share of Jitter, or of half the time to the next slot
	// if that is shorter. The share depends on Seed only, for example the UID of the survey. The slot keeps its name.
	Jitter time.Duration
	Seed   string
}

// Decision is what to do now.
type Decision struct {
	// Due is the slot to start now. Start it, set State.LastSlot, count the wave and decide again.
	Due *Slot
	// Next is the slot that comes after Due, or comes next; nil when there is none. A suspended survey has one too.
	Next *Slot
	// Missed is the newest slot that will not be started any more, though nothing forbade it; MissedMore says that there
	// are older ones. They are reported until State.LastSlot is set to Missed or a newer slot.
	Missed     *Slot
	MissedMore bool
	// Completed: nothing is due and nothing ever will be, until somebody edits the schedule.
	Completed bool
	// Wake is when to decide again: now while Due is set, zero once completed.
	Wake time.Time
}

// Decide says what a schedule asks for at now. It starts at most one slot, the newest, whatever was missed; what it
// costs does not depend on how many were.
func Decide(now time.Time, s *Schedule, st State, p Policy) Decision {
	if p.doneAfter(st.WavesDone) {
		return Decision{Completed: true}
	}
	floor := latest(st.Created, st.ScheduleEdited, st.Resumed, st.LastSlot)
	var d Decision
	if !st.Suspended {
		d = decidePast(now, s, floor, p)
	}
	if lastWave := d.Due != nil && p.doneAfter(st.WavesDone+1); d.Next == nil && !lastWave {
		if next, ok := s.Next(latest(now, floor)); ok {
			d.Next = &next
		}
	}
	switch {
	case d.Due != nil:
		d.Wake = now
	case d.Next != nil:
		d.Wake = p.StartOf(s, *d.Next)
	default:
		d.Completed = true
	}
	return d
}

// decidePast sorts the slots after floor that have come: the newest is Due, Missed, or (while its jitter runs) Next. All
// older ones are missed: a newer one has taken their place.
func decidePast(now time.Time, s *Schedule, floor time.Time, p Policy) Decision {
	newest, ok := s.Latest(floor, now)
	if !ok {
		return Decision{}
	}
	var d Decision
	switch late := now.Sub(p.StartOf(s, newest)); {
	case late < 0:
		d.Next = &newest
	case late <= p.tolerance():
		d.Due = &newest
	default:
		d.Missed = &newest
	}
	older, ok := s.Latest(floor, newest.At.Add(-1))
	if d.Missed != nil {
		d.MissedMore = ok
	} else if ok {
		d.Missed = &older
		_, d.MissedMore = s.Latest(floor, older.At.Add(-1))
	}
	return d
}

// doneAfter says whether so many waves are all that the survey wants.
func (p Policy) doneAfter(waves int32) bool { return p.MaxWaves > 0 && waves >= p.MaxWaves }

// tolerance is how late a slot may start.
func (p Policy) tolerance() time.Duration {
	if p.CatchUp == CatchUpSkip {
		return Grace
	}
	return max(p.Window, Grace)
}

// StartOf is when a slot starts: its time plus its jitter, in whole seconds. Half the time to the next slot stays free:
// a start just before the next slot would be overtaken by it whenever the caller is a little late.
func (p Policy) StartOf(s *Schedule, slot Slot) time.Time {
	room := p.Jitter
	if room <= 0 {
		return slot.At
	}
	if next, ok := s.Next(slot.At); ok {
		room = min(room, next.At.Sub(slot.At)/2)
	}
	sum := sha256.Sum256([]byte(p.Seed))
	// The seed as a fraction of 1, times the room.
	offset, _ := bits.Mul64(binary.BigEndian.Uint64(sum[:]), uint64(room/time.Second))
	return slot.At.Add(time.Duration(offset) * time.Second)
}

func latest(times ...time.Time) time.Time {
	var out time.Time
	for _, t := range times {
		if t.After(out) {
			out = t
		}
	}
	return out
}
