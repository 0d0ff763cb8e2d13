// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// PersonaUse counts what in the program is about a persona.
type PersonaUse struct{ Journeys, Surveys, KPIs int }

// DescribePersona fills in the status of a persona: what is about it, and what its description lacks. The condition says
// whether it rests on evidence.
func DescribePersona(persona *cxv1.Persona, use PersonaUse) metav1.Condition {
	status := &persona.Status
	status.Journeys, status.Surveys, status.KPIs = count(use.Journeys), count(use.Surveys), count(use.KPIs)
	status.Gaps = nil
	for _, part := range []struct {
		name  string
		empty bool
	}{
		{"goals", len(persona.Spec.Goals) == 0},
		{"needs", len(persona.Spec.Needs) == 0},
		{"pains", len(persona.Spec.Pains) == 0},
		{"evidence", len(persona.Spec.Evidence) == 0},
	} {
		if part.empty {
			status.Gaps = append(status.Gaps, part.name)
		}
	}
	c := metav1.Condition{
		Type: cxv1.ConditionEvidenceBased, Status: metav1.ConditionTrue,
		Reason: cxv1.ReasonEvidenceGiven, Message: "The persona names the evidence behind it.",
	}
	if len(persona.Spec.Evidence) == 0 {
		c.Status, c.Reason = metav1.ConditionFalse, cxv1.ReasonAssumed
		c.Message = "The persona is an assumption: talk to such people, then link what you learned in spec.evidence."
	}
	return c
}

// CountReachable fills in how many contacts a persona has; nil when nobody can be asked. The condition says whether there is anybody
// to write to; nil while no survey asks.
func CountReachable(persona *cxv1.Persona, contacts *store.ContactCounts) *metav1.Condition {
	status := &persona.Status
	status.Contacts = nil
	if contacts == nil {
		return nil
	}
	status.Contacts = &cxv1.PersonaContacts{
		Known: contacts.Known, Reachable: contacts.Reachable, OptedOut: contacts.OptedOut, Invalid: contacts.Invalid,
	}
	c := &metav1.Condition{Type: cxv1.ConditionReachable, Status: metav1.ConditionFalse}
	switch {
	case contacts.Reachable > 0:
		c.Status, c.Reason = metav1.ConditionTrue, cxv1.ReasonContactsReachable
		c.Message = "The persona has contacts who can be written to."
	case status.Surveys == nil || *status.Surveys == 0:
		return nil
	case contacts.Known == 0:
		c.Reason = cxv1.ReasonNoContacts
		c.Message = "Surveys ask the persona and it has no contacts: import some with cx-operator contacts import; see docs/contacts.md."
	default:
		c.Reason = cxv1.ReasonNobodyReachable
		c.Message = "Every contact opted out or has an address that bounced: correct the addresses and import the contacts again."
	}
	return c
}

// PersonaMessage sums a persona up.
func PersonaMessage(persona *cxv1.Persona) string {
	if len(persona.Status.Gaps) == 0 {
		return "The description is complete."
	}
	return "Usable; the description lacks " + strings.Join(persona.Status.Gaps, ", ") + "."
}

// count makes a number of a status, which is there even when it is zero.
func count(n int) *int32 { return new(int32(n)) }
