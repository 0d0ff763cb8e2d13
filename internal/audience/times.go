// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"fmt"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// QuietHours are the hours of the day in which nobody is written to, in minutes since midnight on the clocks of a zone: from
// From up to, and not including, To. From after To means over midnight; the zero value means never.
type QuietHours struct{ From, To int }

// QuietOf reads quiet hours as they are written; nil means never.
func QuietOf(written *cxv1.QuietHours) (QuietHours, error) {
	if written == nil {
		return QuietHours{}, nil
	}
	var minutes [2]int
	for i, text := range []string{written.From, written.To} {
		at, err := time.Parse("15:04", text)
		if err != nil || len(text) != 5 {
			return QuietHours{}, fmt.Errorf("quiet hours: %q is not a time: write it like 08:00", text)
		}
		minutes[i] = at.Hour()*60 + at.Minute()
	}
	return QuietHours{From: minutes[0], To: minutes[1]}, nil
}

// quiet says whether an instant is in the quiet hours of a zone.
func (q QuietHours) quiet(at time.Time, zone *time.Location) bool {
	local := at.In(zone)
	minute := local.Hour()*60 + local.Minute()
	if q.From <= q.To {
		return q.From <= minute && minute < q.To
	}
	return q.From <= minute || minute < q.To
}

// Next is the first instant, not before at, that is not in the quiet hours of the zone. Whoever sends later than planned asks
// it again.
func (q QuietHours) Next(at time.Time, zone *time.Location) time.Time {
	for q.quiet(at, zone) {
		local := at.In(zone)
		left := time.Duration(q.To)*time.Minute - time.Duration(local.Hour())*time.Hour - time.Duration(local.Minute())*time.Minute -
			time.Duration(local.Second())*time.Second - time.Duration(local.Nanosecond())
		if left <= 0 {
			left += 24 * time.Hour
		}
		next := at.Add(left)
		// When the clocks are changed before that, they show something else: look again from there.
		if _, change := local.ZoneBounds(); change.After(at) && change.Before(next) {
			next = change
		}
		at = next
	}
	return at
}

// Zone is the first of the named zones that is known, e.g. the contact's before the wave's; UTC when none is.
func Zone(names ...string) *time.Location {
	for _, name := range names {
		if known, err := zone(name); err == nil {
			return known
		}
	}
	return time.UTC
}

// timeline is the time in which people of one zone may be written to, within the time over which a wave is spread.
type timeline struct {
	start time.Time
	parts []part
	total time.Duration
}

// part is a stretch without quiet hours, of which before lie before it.
type part struct {
	from   time.Time
	before time.Duration
}

func (q QuietHours) timeline(start, end time.Time, zone *time.Location) timeline {
	t := timeline{start: start}
	for from := q.Next(start, zone); from.Before(end); {
		until := end
		if q.From != q.To {
			loud := QuietHours{From: q.To, To: q.From}
			if quiet := loud.Next(from, zone); quiet.Before(end) {
				until = quiet
			}
		}
		t.parts = append(t.parts, part{from: from, before: t.total})
		t.total += until.Sub(from)
		from = q.Next(until, zone)
	}
	return t
}

// at is the instant behind a share of the timeline: draw out of 2^64. The start when there is no time.
func (t timeline) at(draw uint64) time.Time {
	if t.total <= 0 {
		return t.start
	}
	offset := time.Duration(below(draw, uint64(t.total)))
	last := t.parts[0]
	for _, p := range t.parts[1:] {
		if p.before > offset {
			break
		}
		last = p
	}
	return last.from.Add(offset - last.before)
}
