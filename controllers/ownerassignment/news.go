// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownerassignment

import (
	corev1 "k8s.io/api/core/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Reasons of the events of an assignment. That its owner is to confirm, and did, are events of the condition Verified.
const (
	// EventOffered: somebody else is asked than before. The first offer of a new assignment is no event: its status says it.
	EventOffered = "Offered"
	// EventAccepted: the owner whom the subject names accepted.
	EventAccepted = "Accepted"
	// EventEscalated: somebody of the line accepted in their place.
	EventEscalated = "Escalated"
	// EventDeclined: whoever was asked declined.
	EventDeclined = "Declined"
	// EventLapsed: whoever was asked said nothing in time.
	EventLapsed = "Lapsed"
	// EventHandedOver: somebody else is in force than before.
	EventHandedOver = "HandedOver"
	// EventOrphaned: whoever was in force is not there any more.
	EventOrphaned = "Orphaned"
)

// tell emits the events of decisions that have just been recorded. It does so at once: when the status is written, they are
// recorded already and no news any more.
func (d desk) tell(a *cxv1.OwnerAssignment, named string, recorded []store.Decision) {
	for _, decision := range recorded {
		if e, news := decided(named, decision); news {
			d.kit.Event(a, e.Type, e.Reason, e.Action, e.Note)
		}
	}
}

// decided is the event of a decision, false when a condition tells it.
func decided(named string, d store.Decision) (kube.Event, bool) {
	e := kube.Event{Type: corev1.EventTypeNormal, Action: "Decide"}
	switch {
	case d.Result == store.Accepted && ownership.Confirming(d.OfferID):
		return e, false
	case d.Result == store.Accepted && d.Owner == named:
		e.Reason, e.Note = EventAccepted, d.Owner+" accepted."
	case d.Result == store.Accepted:
		e.Reason, e.Note = EventEscalated, d.Owner+" accepted in place of "+named+"."
	case d.Result == store.Declined:
		e.Type, e.Reason, e.Note = corev1.EventTypeWarning, EventDeclined, d.Owner+" declined."
	default:
		e.Type, e.Reason, e.Note = corev1.EventTypeWarning, EventLapsed, d.Owner+" said nothing in time."
	}
	return e, true
}

// news are the events that follow from what was reported before and what is now. An assignment that was never reported has
// none: after a start, or when it was applied again, nothing has happened.
func news(before, now *cxv1.OwnerAssignmentStatus) []kube.Event {
	if before.Phase == "" {
		return nil
	}
	var events []kube.Event
	tell := func(eventType, reason, note string) {
		events = append(events, kube.Event{Type: eventType, Reason: reason, Action: "Assign", Note: note})
	}
	inForce := func(s *cxv1.OwnerAssignmentStatus) bool {
		return s.Phase == cxv1.AssignmentActive || s.Phase == cxv1.AssignmentHandingOver
	}
	if inForce(before) && inForce(now) && before.Owner != now.Owner {
		tell(corev1.EventTypeNormal, EventHandedOver, before.Owner+" is released, "+now.Owner+" is in force.")
	}
	if now.Phase == cxv1.AssignmentOrphaned && before.Phase != now.Phase {
		tell(corev1.EventTypeWarning, EventOrphaned, "Nobody answers for it any more.")
	}
	if now.WaitsFor != "" && before.WaitsFor != now.WaitsFor && now.WaitsFor != now.Owner {
		tell(corev1.EventTypeNormal, EventOffered, now.WaitsFor+" is asked.")
	}
	return events
}
