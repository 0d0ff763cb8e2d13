// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import "github.com/cx-operator/cx-operator/api/v1alpha1"

// quarter is the story. Events of one day commute: they may be told, and be noticed, in any order.
func quarter() []event {
	yes, no := v1alpha1.DecisionAccepted, v1alpha1.DecisionDeclined
	return []event{
		{0, "policy: acceptance Required, fallback owner head-of-cx", func(w *world) {
			w.policy = v1alpha1.Ownership{Acceptance: v1alpha1.AcceptanceRequired, FallbackOwner: "head-of-cx"}
		}},
		{0, "owner ceo", joins(owner("ceo"))},
		{0, "owner head-of-cx reports to ceo", joins(owner("head-of-cx", reportsTo("ceo")))},
		{0, "owner service-lead reports to head-of-cx, deputy web-lead",
			joins(owner("service-lead", reportsTo("head-of-cx"), deputy("web-lead")))},
		{0, "owner web-lead reports to head-of-cx, deputy head-of-cx",
			joins(owner("web-lead", reportsTo("head-of-cx"), deputy("head-of-cx")))},
		{0, "owner store-lead reports to service-lead", joins(owner("store-lead", reportsTo("service-lead")))},
		{0, "program names head-of-cx as lead", namesRole(v1alpha1.RoleLead, "head-of-cx")},
		{0, "program names ceo as sponsor", namesRole(v1alpha1.RoleSponsor, "ceo")},
		{0, "program names service-lead for the working group", namesRole(v1alpha1.RoleGroupMember, "service-lead")},
		{0, "program names web-lead for the working group", namesRole(v1alpha1.RoleGroupMember, "web-lead")},
		{0, "journey buying names service-lead", names(buying, "service-lead")},
		{0, "touchpoint pay names web-lead", names(pay, "web-lead")},
		{0, "touchpoint pickup names store-lead", names(pickup, "store-lead")},
		{0, "KPI nps names analyst, who is not there yet", names(nps, "analyst")},
		{1, "ceo accepts everything", answers("ceo", yes)},
		{1, "head-of-cx accepts everything", answers("head-of-cx", yes)},
		{1, "service-lead accepts everything", answers("service-lead", yes)},
		{1, "web-lead declines pay", answers("web-lead", no, pay)},
		{1, "owner analyst joins", joins(owner("analyst", reportsTo("service-lead")))},
		{2, "web-lead accepts the rest", answers("web-lead", yes)},
		{2, "analyst accepts", answers("analyst", yes)},
		{7, "touchpoint pay names store-lead", names(pay, "store-lead")},
		{8, "store-lead accepts everything", answers("store-lead", yes)},
		{14, "service-lead plans to be away for a week from the 25th", changes("service-lead", away(day(21), day(28), ""))},
		{20, "web-lead will be away on the 27th", changes("web-lead", away(day(23), day(24), ""))},
		{35, "KPI nps names web-lead", names(nps, "web-lead")},
		{36, "every object is deleted and applied again", func(w *world) { clear(w.objects) }},
		{38, "web-lead accepts", answers("web-lead", yes)},
		{45, "store-lead leaves", changes("store-lead", left)},
		{46, "touchpoint pay names service-lead", names(pay, "service-lead")},
		{46, "touchpoint pickup names service-lead", names(pickup, "service-lead")},
		{47, "service-lead accepts pay", answers("service-lead", yes, pay)},
		{47, "service-lead declines pickup", answers("service-lead", no, pickup)},
		{49, "touchpoint pickup names head-of-cx", names(pickup, "head-of-cx")},
		{50, "head-of-cx accepts", answers("head-of-cx", yes)},
		{60, "program names cfo as sponsor, who is not there yet", namesRole(v1alpha1.RoleSponsor, "cfo")},
		{61, "owner cfo joins", joins(owner("cfo", reportsTo("ceo")))},
		{62, "cfo accepts", answers("cfo", yes)},
		{63, "program asks cfo for 100 EUR", asksForBudget("cfo", "100")},
		{64, "cfo approves", answers("cfo", yes)},
		{65, "program asks for 120 EUR instead", asksForBudget("cfo", "120")},
		{66, "cfo refuses", answers("cfo", no)},
		{67, "program asks for 100 EUR after all", asksForBudget("cfo", "100")},
		{68, "cfo approves once more", answers("cfo", yes)},
		{69, "program asks ceo for the same", asksForBudget("ceo", "100")},
		{70, "KPI nps names analyst again", names(nps, "analyst")},
		{71, "analyst declines", answers("analyst", no)},
		{77, "store-lead is back", changes("store-lead", func(o *v1alpha1.Owner) { o.Spec.State = v1alpha1.OwnerActive })},
		{78, "somebody decides on an offer that nobody made", func(w *world) {
			name := Claim{Subject: nps, Role: v1alpha1.RoleAccountable}.Name()
			object := w.objects[name]
			object.Spec.Decision = &v1alpha1.Decision{OfferID: "made-up-by-somebody", Result: yes}
			w.objects[name] = object
		}},
		{84, "the working group ends for web-lead", func(w *world) { w.unname(program(v1alpha1.RoleGroupMember, "web-lead").Key()) }},
	}
}
