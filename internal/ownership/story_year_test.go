// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

var (
	returns = subject(v1alpha1.SubjectJourney, "returns")
	csat    = subject(v1alpha1.SubjectKPI, "csat")
	loyalty = subject(v1alpha1.SubjectGoal, "loyalty")
	kiosk   = subject(v1alpha1.SubjectInitiative, "kiosk")
)

// clicks answers everything that the owner is asked about now by the link in a mail.
func clicks(name string, result store.DecisionResult, only ...v1alpha1.AssignmentSubject) func(*world) {
	return func(w *world) {
		for _, object := range w.objects {
			offer := object.Spec.Proposed
			if offer != nil && string(offer.Owner) == name && (len(only) == 0 || only[0] == object.Spec.Subject) {
				w.click(object.Name, result, "not mine to promise")
			}
		}
	}
}

// year is the other story. What people answer on a day is asked before that day.
func year() []event {
	yes, no := v1alpha1.DecisionAccepted, v1alpha1.DecisionDeclined
	return []event{
		{0, "policy: fourteen days to decide, asked again after half a year, fallback owner head-of-cx", func(w *world) {
			w.policy = v1alpha1.Ownership{AcceptWithin: "14d", ReverifyEvery: "182d", FallbackOwner: "head-of-cx"}
		}},
		{0, "owner ceo", joins(owner("ceo"))},
		{0, "owner head-of-cx reports to ceo", joins(owner("head-of-cx", reportsTo("ceo")))},
		{0, "owner coo reports to ceo", joins(owner("coo", reportsTo("ceo")))},
		{0, "owner service-lead reports to coo, deputy web-lead", joins(owner("service-lead", reportsTo("coo"), deputy("web-lead")))},
		{0, "owner web-lead reports to coo", joins(owner("web-lead", reportsTo("coo")))},
		{0, "owner store-lead reports to service-lead", joins(owner("store-lead", reportsTo("service-lead")))},
		{0, "program names head-of-cx as lead", namesRole(v1alpha1.RoleLead, "head-of-cx")},
		{0, "program names ceo as sponsor", namesRole(v1alpha1.RoleSponsor, "ceo")},
		{0, "program names store-lead for the working group", namesRole(v1alpha1.RoleGroupMember, "store-lead")},
		{0, "journey returns names store-lead", names(returns, "store-lead")},
		{0, "KPI csat names service-lead", names(csat, "service-lead")},
		{0, "goal loyalty names head-of-cx", names(loyalty, "head-of-cx")},
		{2, "head-of-cx accepts everything", answers("head-of-cx", yes)},
		{3, "ceo accepts by mail", clicks("ceo", store.Accepted)},
		{4, "service-lead accepts", answers("service-lead", yes)},
		{5, "store-lead accepts the working group only", answers("store-lead", yes, program(v1alpha1.RoleGroupMember, "").Subject)},
		// nobody says a word about returns: on the 14th day it goes to service-lead
		{20, "service-lead declines returns: too much already", answers("service-lead", no, returns)},
		{22, "coo accepts returns in place of store-lead", clicks("coo", store.Accepted, returns)},
		{30, "initiative kiosk names web-lead", names(kiosk, "web-lead")},
		{31, "web-lead declines", answers("web-lead", no)},
		// coo says nothing: it goes to ceo, who says nothing, and to head-of-cx, where it stays
		{80, "head-of-cx takes kiosk at last", answers("head-of-cx", yes)},
		{90, "owner kiosk-lead joins, and reports to web-lead", joins(owner("kiosk-lead", reportsTo("web-lead")))},
		{90, "initiative kiosk names kiosk-lead", names(kiosk, "kiosk-lead")},
		{91, "kiosk-lead accepts by mail", clicks("kiosk-lead", store.Accepted)},
		{100, "every object is deleted and applied again", func(w *world) { clear(w.objects) }},
		{120, "service-lead plans three weeks of holidays", changes("service-lead", away(day(150), day(171), ""))},
		{160, "web-lead falls ill for a week", changes("web-lead", away(day(160), day(167), ""))},
		{181, "reorganization: head-of-service joins and reports to coo", joins(owner("head-of-service", reportsTo("coo")))},
		{181, "reorganization: service-lead and store-lead report to head-of-service", func(w *world) {
			changes("service-lead", reportsTo("head-of-service"))(w)
			changes("store-lead", reportsTo("head-of-service"))(w)
		}},
		// returns is coo's in place of store-lead, and now there is somebody in between
		{183, "head-of-service accepts returns", answers("head-of-service", yes, returns)},
		// half a year has passed since the first yes: who leads, sponsors and answers is asked again
		{188, "head-of-cx confirms everything", answers("head-of-cx", yes)},
		{189, "service-lead does not want csat any more", answers("service-lead", no, csat)},
		{190, "store-lead leaves the working group", answers("store-lead", no)},
		{191, "head-of-service takes csat", clicks("head-of-service", store.Accepted, csat)},
		// ceo does not confirm, and stays sponsor
		{220, "kiosk-lead leaves", changes("kiosk-lead", left)},
		{221, "web-lead declines kiosk again", answers("web-lead", no, kiosk)},
		{225, "coo takes it", answers("coo", yes, kiosk)},
		{240, "head-of-cx is deleted by mistake", func(w *world) { delete(w.owners, "head-of-cx") }},
		{241, "and applied again", joins(owner("head-of-cx", reportsTo("ceo")))},
		{250, "coo leaves", changes("coo", left)},
		{252, "ceo takes kiosk, and confirms the rest", answers("ceo", yes)},
		{260, "owner cto joins, reports to ceo; web-lead reports to cto", func(w *world) {
			w.owners["cto"] = owner("cto", reportsTo("ceo"))
			changes("web-lead", reportsTo("cto"))(w)
		}},
		{261, "initiative kiosk names web-lead", names(kiosk, "web-lead")},
		{262, "web-lead accepts, now that it is asked properly", answers("web-lead", yes)},
		{300, "KPI csat, which names service-lead, is applied once more", names(csat, "service-lead")},
		{301, "KPI csat names store-lead", names(csat, "store-lead")},
		// store-lead says nothing, and it stays with head-of-service
		{330, "goal loyalty names cto", names(loyalty, "cto")},
		{332, "cto declines", answers("cto", no)},
		{333, "ceo declines too", clicks("ceo", store.Declined, loyalty)},
		{364, "the year is over", func(*world) {}},
	}
}
