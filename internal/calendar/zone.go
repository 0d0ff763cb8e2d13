// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import (
	"math"
	"regexp"
	"time"
	_ "time/tzdata" // so that schedules mean the same in an image without a zone database
)

// notIANA are names that time.LoadLocation may find though they mean something else on another machine.
var notIANA = regexp.MustCompile(`^(Local|localtime|posixrules|posix/.*|right/.*)$`)

func loadZone(name string) (*time.Location, *ParseError) {
	const hint = "write a name of the IANA time zone database, for example Europe/Berlin or UTC"
	if name == "" {
		return nil, refuse(FieldTimeZone, ReasonUnknownTimeZone, "no time zone is set; %s", hint)
	}
	loc, err := time.LoadLocation(name)
	if err != nil || notIANA.MatchString(name) {
		return nil, refuse(FieldTimeZone, ReasonUnknownTimeZone, "%q is not a known time zone; %s", name, hint)
	}
	return loc, nil
}

// A wall time is due at the first instant at which the clocks of the zone show that time or a later one. This one rule says all of:
//   - a time that exists is due when it comes;
//   - a time in a gap is due at the first instant after the gap, together with every other time of the gap and with a
//     time planned for that very instant;
//   - a time that exists twice is due the first time only.
//
// It never decreases from one wall time to the next, which is why the schedule can be searched on the zone-less clock,
// and the local times of two due instants never coincide, which is why they can name waves.

// maxOffset is larger, in seconds, than any distance from UTC that a zone has or had (the extreme is 15:56 hours).
const maxOffset = secondsPerDay

// period is a time during which a zone keeps one offset from UTC; unix seconds, the end excluded.
type period struct{ start, end, offset int64 }

func periodAt(loc *time.Location, unix int64) period {
	t := time.Unix(unix, 0).In(loc)
	_, offset := t.Zone()
	p := period{start: math.MinInt64, end: math.MaxInt64, offset: int64(offset)}
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		p.start = start.Unix()
	}
	if !end.IsZero() {
		p.end = end.Unix()
	}
	if p.end <= unix {
		// Past the years that its tables list, Go ends every year after 365 days (golang/go#81583). On 31 December of a leap
		// year (UTC) the end it gives has therefore passed; the year, and with it the offset, goes on to the next midnight.
		p.end = (floorDiv(unix, secondsPerDay) + 1) * secondsPerDay
	}
	return p
}

// due is the instant of a wall time in loc.
func due(loc *time.Location, m minute) time.Time {
	wall := int64(m) * 60
	// At this instant the clocks were certainly still short of wall, and had never shown it.
	from := wall - maxOffset
	for {
		p := periodAt(loc, from)
		if at := max(from, wall-p.offset); at < p.end {
			return time.Unix(at, 0).In(loc)
		}
		from = p.end
	}
}

// reached is the last wall minute that is due at t or earlier.
func reached(loc *time.Location, t time.Time) minute {
	unix := t.Unix()
	p := periodAt(loc, unix)
	last := floorDiv(unix+p.offset, 60)
	// Clocks that were set back recently may have shown a later time before.
	for p.start > unix-2*maxOffset {
		end := p.start
		p = periodAt(loc, end-1)
		last = max(last, floorDiv(end-1+p.offset, 60))
	}
	return minute(last)
}
