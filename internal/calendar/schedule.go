// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package calendar says when waves are due. It is pure: the caller brings the clock and the state. The Survey controller
// and the command line share Decide, so that both say the same.
//
// A schedule is worked out on a clock without a zone and then placed in its time zone; zone.go has the one rule for that.
// Times that exist twice are used once: when clocks are set back, an hourly schedule therefore pauses for an hour.
package calendar

import "time"

// Spec is a schedule as people write it.
type Spec struct {
	// Cron is an expression of five fields (minute, hour, day of the month, month, day of the week) with names, lists,
	// ranges and steps. Exactly one of Cron and RRule is set.
	Cron string
	// RRule is the value of an RFC 5545 RRULE, for example FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO. Start is its DTSTART (which
	// is a slot only if the rule says so), End its UNTIL.
	RRule string
	// TimeZone is an IANA name. It has no default: the caller knows whose zone applies.
	TimeZone string
	// Start and End bound the slots, both included; zero is no bound.
	Start, End time.Time
}

// Schedule is a Spec that Parse found right. It never changes and may be shared.
type Schedule struct {
	plan       plan
	loc        *time.Location
	start, end time.Time
}

// Slot is one due time of a schedule.
type Slot struct {
	// At is the instant, in the schedule's time zone: its clock shows the local time at which the slot is due, which is
	// later than the planned time if that falls in a gap.
	At time.Time
}

// Name is the local time at which the slot is due, such as 20270104t0900. No two slots of a schedule share a name.
func (s Slot) Name() string { return s.At.Format("20060102t1504") }

// Parse checks a schedule. Its errors are of type *ParseError.
func Parse(spec Spec) (*Schedule, error) {
	s, err := parse(spec)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func parse(spec Spec) (*Schedule, *ParseError) {
	loc, err := loadZone(spec.TimeZone)
	if err != nil {
		return nil, err
	}
	if !spec.Start.IsZero() && !spec.End.IsZero() && spec.End.Before(spec.Start) {
		return nil, refuse(FieldEnd, ReasonInvalidEnd, "the end %s is before the start %s; set a later end",
			spec.End.Format(time.RFC3339), spec.Start.Format(time.RFC3339))
	}
	s := &Schedule{loc: loc, start: spec.Start, end: spec.End}
	field := FieldCron
	switch {
	case (spec.Cron == "") == (spec.RRule == ""):
		return nil, refuse(FieldSchedule, ReasonOneRule, "set exactly one of cron and rrule")
	case spec.Cron != "":
		s.plan, err = parseCron(spec.Cron)
	default:
		field = FieldRRule
		s.plan, err = parseRRule(spec.RRule, spec.Start, loc)
	}
	if err != nil {
		return nil, err
	}
	if err := s.checkFires(field); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Schedule) checkFires(field Field) *ParseError {
	if _, ok := s.plan.next(reached(s.loc, s.start)); !ok {
		return refuse(field, ReasonNeverFires, "the schedule never comes due: no day matches all of its parts; change the days or the months")
	}
	if s.start.IsZero() {
		return nil // There are always slots before the end.
	}
	if _, ok := s.Next(s.start.Add(-1)); !ok {
		return refuse(FieldEnd, ReasonNeverFires, "the schedule has no time between its start and its end; set a later end")
	}
	return nil
}

// At gives any instant its place on the schedule's clock, to name a wave that was asked for outside the schedule.
func (s *Schedule) At(t time.Time) Slot { return Slot{At: t.In(s.loc)} }

// Next is the first slot after an instant; there is none once the schedule has ended.
func (s *Schedule) Next(after time.Time) (Slot, bool) {
	if after.Before(s.start) {
		after = s.start.Add(-1)
	}
	m, ok := s.plan.next(reached(s.loc, after) + 1)
	if !ok {
		return Slot{}, false
	}
	at := due(s.loc, m)
	if !s.end.IsZero() && at.After(s.end) {
		return Slot{}, false
	}
	return Slot{At: at}, true
}

// Latest is the newest slot with after < At ≤ notAfter. Its cost does not depend on how many there are.
func (s *Schedule) Latest(after, notAfter time.Time) (Slot, bool) {
	if !s.end.IsZero() && notAfter.After(s.end) {
		notAfter = s.end
	}
	m, ok := s.plan.last(reached(s.loc, notAfter))
	if !ok {
		return Slot{}, false
	}
	at := due(s.loc, m)
	if !at.After(after) || at.Before(s.start) {
		return Slot{}, false
	}
	return Slot{At: at}, true
}
