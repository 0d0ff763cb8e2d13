// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package calendar

import "fmt"

// Field names the part of a Spec that a ParseError is about, as people write it in YAML under `schedule`.
type Field string

// The fields of a Spec.
const (
	FieldSchedule Field = "schedule"
	FieldCron     Field = "cron"
	FieldRRule    Field = "rrule"
	FieldTimeZone Field = "timeZone"
	FieldStart    Field = "start"
	FieldEnd      Field = "end"
)

// Reason is why a Spec was refused, in one word that a condition can carry.
type Reason string

// The reasons for which Parse refuses a Spec.
const (
	// ReasonOneRule: neither or both of cron and rrule are set.
	ReasonOneRule Reason = "ExactlyOneOfCronAndRRule"
	// ReasonInvalidCron: the cron expression cannot be read.
	ReasonInvalidCron Reason = "InvalidCron"
	// ReasonAmbiguousDays: the cron expression restricts the day of the month and the day of the week.
	ReasonAmbiguousDays Reason = "AmbiguousDays"
	// ReasonInvalidRRule: the recurrence rule cannot be read or uses a part that is not supported.
	ReasonInvalidRRule Reason = "InvalidRRule"
	// ReasonStartRequired: a recurrence rule without a start.
	ReasonStartRequired Reason = "StartRequired"
	// ReasonInvalidStart: a start between two minutes, which a recurrence rule cannot repeat.
	ReasonInvalidStart Reason = "InvalidStart"
	// ReasonInvalidEnd: an end before the start.
	ReasonInvalidEnd Reason = "InvalidEnd"
	// ReasonUnknownTimeZone: the time zone is empty or not in the IANA database.
	ReasonUnknownTimeZone Reason = "UnknownTimeZone"
	// ReasonNeverFires: the schedule reads well but has no slot at all.
	ReasonNeverFires Reason = "NeverFires"
)

// ParseError says what is wrong with a Spec and what to do about it. All errors of Parse are of this type; none goes
// away by trying again.
type ParseError struct {
	Field  Field
	Reason Reason
	// Message is a sentence for the person who wrote the schedule.
	Message string
}

// Error returns the field and the message.
func (e *ParseError) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Message) }

func refuse(field Field, reason Reason, format string, args ...any) *ParseError {
	return &ParseError{Field: field, Reason: reason, Message: fmt.Sprintf(format, args...)}
}
