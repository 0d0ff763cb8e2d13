// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import "time"

// Start is the first instant of the day in a zone; ok is false when there is no such day.
//
// It is not always midnight: where clocks are set forward over midnight the day begins after the gap, and where they are
// set back over it, it begins at the first of the two midnights.
func (d Date) Start(zone *time.Location) (start time.Time, ok bool) {
	day, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}, false
	}
	return firstInstant(day, zone), true
}

// End is the instant at which the day is over in a zone, which is the first one of the next day; ok is false when there is
// no such day.
func (d Date) End(zone *time.Location) (end time.Time, ok bool) {
	day, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}, false
	}
	return firstInstant(day.AddDate(0, 0, 1), zone), true
}

// firstInstant is when the day that is given as midnight UTC begins in a zone. In a gap time.Date answers with an instant
// on either side of it.
func firstInstant(day time.Time, zone *time.Location) time.Time {
	t := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
	from, to := t.ZoneBounds()
	_, offset := t.Zone()
	switch shown := t.Unix() + int64(offset); {
	case shown < day.Unix():
		return to
	case shown > day.Unix():
		return from
	}
	if from.IsZero() {
		return t
	}
	_, before := from.Add(-time.Second).Zone()
	if first := t.Add(time.Duration(offset-before) * time.Second); first.Before(from) {
		return first
	}
	return t
}
