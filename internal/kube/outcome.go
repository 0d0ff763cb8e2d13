// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"errors"
	"fmt"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Result is the outcome of a step that did its work.
type Result struct {
	// After is when to look again without being woken; zero means never.
	After time.Duration
	// Message is the message of Ready=True.
	Message string
	// Events are told when the status is written.
	Events []Event
	// Told are types of conditions whose changes are told by such events, or by the step itself, and by no others.
	Told []string
	// Now says that the status must not be put off in a rush: what it says is not found again at the next look.
	Now bool
}

// Event is something that happened. Reason and Action are CamelCase words, Note is for people.
type Event struct{ Type, Reason, Action, Note string }

// outcome is an error that is no failure: the place that knows the cause names the reason.
type outcome struct {
	kind    outcomeKind
	reason  string
	message string
	after   time.Duration
}

type outcomeKind int

const (
	stalled outcomeKind = iota
	waiting
	notYet
)

func (o *outcome) Error() string {
	if o.reason == "" {
		return o.message
	}
	return o.reason + ": " + o.message
}

// Stalled says that nothing will change until a person edits something: Ready=False and Stalled=True with this reason.
// It is not retried. The message says what to do.
func Stalled(reason, format string, args ...any) error {
	return &outcome{kind: stalled, reason: reason, message: fmt.Sprintf(format, args...)}
}

// Waiting says that something is missing that will come by itself: Ready=False and Reconciling=True with this reason. The
// step is run again after that time, or, when it is zero, when a watch wakes it.
func Waiting(reason string, after time.Duration, format string, args ...any) error {
	return &outcome{kind: waiting, reason: reason, message: fmt.Sprintf(format, args...), after: after}
}

// NotYet says that it is too early to say anything at all: no status is written, and a watch will wake the step.
func NotYet(why string) error {
	return &outcome{kind: notYet, message: why}
}

// NotYetFor is NotYet where no watch will wake the step: it is run again after that time.
func NotYetFor(after time.Duration, why string) error {
	return &outcome{kind: notYet, message: why, after: after}
}

// reasoned is a failure whose reason is known; it is retried.
type reasoned struct {
	reason string
	err    error
}

func (r *reasoned) Error() string { return r.err.Error() }
func (r *reasoned) Unwrap() error { return r.err }

// Failed gives a failure the reason with which Ready becomes Unknown while it is retried.
func Failed(reason string, err error) error {
	if err == nil {
		return nil
	}
	return &reasoned{reason: reason, err: err}
}

// claimDelay is how long the Program's controller is given to claim its id.
const claimDelay = 2 * time.Second

// FromStore gives an error of the evidence store its outcome. While nobody holds the program's id (notClaimed) it is too
// early to say anything; every other failure is retried.
func FromStore(err, notClaimed error) error {
	if errors.Is(err, notClaimed) {
		// A store that was restored or moved forgets claims without any object changing: no watch would wake the step.
		return NotYetFor(claimDelay, "the program's id is not claimed yet")
	}
	return Failed(cxv1.ReasonStoreUnavailable, err)
}

func is(err error, kind outcomeKind) bool {
	o := asOutcome(err)
	return o != nil && o.kind == kind
}

func asOutcome(err error) *outcome {
	var o *outcome
	if errors.As(err, &o) {
		return o
	}
	return nil
}
