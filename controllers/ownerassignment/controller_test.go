// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownerassignment_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

func TestEveryStepTakesTheFewestWrites(t *testing.T) {
	w := newWorld(t)
	w.settle()
	w.expect("Pending (a) asks a")
	w.expectWrites(map[string]int{"apply OwnerAssignment": 1, "patch OwnerAssignment/status": 1})

	w.decides(cxv1.DecisionAccepted)
	w.settle()
	w.expect("Active a")
	w.expectWrites(map[string]int{"apply OwnerAssignment": 1, "patch OwnerAssignment/status": 1})

	w.names("b")
	w.settle()
	w.expect("HandingOver a asks b")
	w.expectWrites(map[string]int{"apply OwnerAssignment": 1, "patch OwnerAssignment/status": 1})

	w.settle()
	w.expectWrites(map[string]int{})
}

func TestADecisionSurvivesWhatTheControllerWrites(t *testing.T) {
	w := newWorld(t)
	w.settle()
	w.decides(cxv1.DecisionAccepted)
	want := w.one().Spec.Decision
	w.settle()
	w.names("b")
	w.settle()
	if diff := cmp.Diff(want, w.one().Spec.Decision); diff != "" {
		t.Errorf("the decision changed (-want +got):\n%s", diff)
	}
}

func TestAHandoverNeverLeavesAGap(t *testing.T) {
	w := newWorld(t)
	w.settle()
	w.decides(cxv1.DecisionAccepted)
	w.settle()
	w.names("b")
	w.settle()
	w.decides(cxv1.DecisionDeclined)
	w.settle()
	w.expect("Active a")
	if c := kube.Condition(w.one(), cxv1.ConditionAccepted); c.Reason != cxv1.ReasonDeclined {
		t.Errorf("condition Accepted is %+v", c)
	}
	w.names("a")
	w.settle()
	w.advance(time.Hour)
	w.names("b")
	w.settle()
	w.expect("HandingOver a asks b")
	w.decides(cxv1.DecisionAccepted)
	w.settle()
	w.expect("Active b")
}

func TestADecisionIsRecordedBeforeTheSpecMoves(t *testing.T) {
	w := newWorld(t)
	w.settle()
	w.advance(time.Hour)
	w.decides(cxv1.DecisionAccepted)
	w.settle()
	decisions, err := w.store.Decisions(t.Context(), w.programID, "KPI", "nps")
	if err != nil {
		t.Fatal(err)
	}
	want := []store.Decision{{
		OfferID: w.one().Spec.Decision.OfferID, SubjectKind: "KPI", SubjectName: "nps", Role: "Accountable", Owner: "a",
		Result: store.Accepted, Reason: "no time", DecidedBy: "unknown", Means: "OwnerAssignment", At: build.Monday.Add(time.Hour),
	}}
	if diff := cmp.Diff(want, decisions); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	if at := w.one().Status.AcceptedAt; at == nil || !at.Time.Equal(build.Monday.Add(time.Hour)) {
		t.Errorf("accepted at %v, want an hour after Monday", at)
	}
}

func TestNobodyIsAskedTwiceWhenEverythingIsAppliedAgain(t *testing.T) {
	w := newWorld(t)
	w.settle()
	w.decides(cxv1.DecisionAccepted)
	w.settle()
	w.names("b")
	w.settle()
	offer := w.one().Spec.Proposed.OfferID
	for _, obj := range []*cxv1.OwnerAssignment{w.one()} {
		if err := w.Client.Delete(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Client.Delete(t.Context(), w.kpi); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.advance(24 * time.Hour)
	w.kpi = build.KPI("nps", func(k *cxv1.KPI) { k.Spec.OwnerRef = "b" })
	w.Create(w.kpi)
	w.settle()
	w.expect("HandingOver a asks b")
	if got := w.one().Spec.Proposed.OfferID; got != offer {
		t.Errorf("b is asked again with offer %s, was asked with %s", got, offer)
	}
}

func TestWhoeverDeclinedIsNotAskedAgainUntilNamedAnew(t *testing.T) {
	w := newWorld(t)
	w.settle()
	w.decides(cxv1.DecisionDeclined)
	w.settle()
	w.expect("Declined (a)")
	if err := w.Client.Delete(t.Context(), w.one()); err != nil {
		t.Fatal(err)
	}
	w.advance(time.Hour)
	w.settle()
	w.expect("Declined (a)")

	w.names("")
	w.settle()
	w.expectNames()
	w.advance(time.Hour)
	w.names("a")
	w.settle()
	w.expect("Pending (a) asks a")
}

func TestTheOwnersDecideWhatBecomesOfAnAssignment(t *testing.T) {
	w := newWorld(t, func(p *cxv1.Program) { p.Spec.Ownership.FallbackOwner = "b" })
	w.settle()
	w.decides(cxv1.DecisionAccepted)
	w.settle()
	w.expect("Active a")

	a := build.Owner("a")
	edit(w, a, func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerLeft })
	w.settle()
	w.expect("Orphaned (a) asks b")
	if status := w.one().Status; status.Suggested != "b" || status.WaitsFor != "b" || status.OfferedAt == nil {
		t.Errorf("suggested %q, waits for %q since %v, want b", status.Suggested, status.WaitsFor, status.OfferedAt)
	}

	edit(w, a, func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerActive })
	w.settle()
	w.expect("Active a")

	if err := w.Client.Delete(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.expect("Orphaned (a)")
	if c := kube.Condition(w.one(), cxv1.ConditionAccepted); c.Reason != cxv1.ReasonOwnerNotFound {
		t.Errorf("condition Accepted is %+v", c)
	}
	w.advance(time.Hour) // by now it was no mistake
	w.settle()
	w.expect("Orphaned (a) asks b")
}

func TestADeputyActsAtTheRightInstants(t *testing.T) {
	w := newWorld(t)
	w.settle()
	w.decides(cxv1.DecisionAccepted)
	edit(w, build.Owner("a"), func(o *cxv1.Owner) {
		o.Spec.Deputy = "b"
		o.Spec.Away = []cxv1.Absence{{From: build.At(time.Hour), Until: build.At(3 * time.Hour)}}
	})
	acting := func() string { return w.one().Status.Acting }
	if after := w.settle(); after != time.Hour || acting() != "" {
		t.Errorf("%q acts for a and the next look is in %s, want nobody and an hour", acting(), after)
	}
	w.advance(time.Hour)
	if after := w.settle(); after != 2*time.Hour || acting() != "b" {
		t.Errorf("%s acts and the next look is in %s, want b and two hours", acting(), after)
	}
	if until := w.one().Status.ActingUntil; until == nil || !until.Time.Equal(build.Monday.Add(3*time.Hour)) {
		t.Errorf("b acts until %v", until)
	}
	w.advance(2 * time.Hour)
	if after := w.settle(); after != 0 || acting() != "" || w.one().Status.ActingUntil != nil {
		t.Errorf("%q acts for a and the next look is in %s, want nobody and never", acting(), after)
	}
}

func TestThePolicyOfTheProgramCounts(t *testing.T) {
	w := newWorld(t, func(p *cxv1.Program) { p.Spec.Ownership.Acceptance = cxv1.AcceptanceTrusted })
	w.settle()
	w.expect("Active a asks a")
	a := w.one()
	if c := kube.Condition(a, cxv1.ConditionAccepted); c.Status != metav1.ConditionFalse || c.Reason != cxv1.ReasonTrusted {
		t.Errorf("condition Accepted is %+v", c)
	}
	if a.Status.AcceptedAt != nil {
		t.Errorf("accepted at %v without having been asked", a.Status.AcceptedAt)
	}
}

func TestWhatOthersWriteIsTakenBack(t *testing.T) {
	proposal := &cxv1.Proposal{Owner: "b", OfferID: "made-up-offer", Approvers: []string{"user:somebody"}}
	tests := map[string]struct {
		accepted bool
		tamper   func(*cxv1.OwnerAssignment)
	}{
		"an owner whom nobody asked":        {false, func(a *cxv1.OwnerAssignment) { a.Spec.Owner = "b" }},
		"another owner in force":            {true, func(a *cxv1.OwnerAssignment) { a.Spec.Owner = "b" }},
		"no owner in force":                 {true, func(a *cxv1.OwnerAssignment) { a.Spec.Owner = "" }},
		"an offer that was not made":        {true, func(a *cxv1.OwnerAssignment) { a.Spec.Proposed = proposal }},
		"an identity that may not decide":   {false, func(a *cxv1.OwnerAssignment) { a.Spec.Proposed.Approvers = []string{"user:somebody"} }},
		"an offer that was taken away":      {false, func(a *cxv1.OwnerAssignment) { a.Spec.Proposed = nil }},
		"an object that belongs to nothing": {true, func(a *cxv1.OwnerAssignment) { a.OwnerReferences = nil }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.settle()
			if test.accepted {
				w.decides(cxv1.DecisionAccepted)
				w.settle()
			}
			want := w.one()
			edit(w, w.one(), test.tamper)
			w.settle()
			got := w.one()
			if diff := cmp.Diff(want.Spec, got.Spec); diff != "" {
				t.Errorf("spec (-want +got):\n%s", diff)
			}
			if !metav1.IsControlledBy(got, w.kpi) {
				t.Errorf("owner references: %+v", got.OwnerReferences)
			}
			w.writes.Reset()
			w.settle()
			w.expectWrites(map[string]int{})
		})
	}
}

func TestAnAssignmentMadeByHandIsRefused(t *testing.T) {
	w := newWorld(t)
	byHand := build.OwnerAssignment("by-hand", func(a *cxv1.OwnerAssignment) {
		a.Spec.Subject = cxv1.AssignmentSubject{Kind: cxv1.SubjectKPI, Name: "nps"}
	})
	lost := build.OwnerAssignment("lost")
	// The one that the KPI's own owner will be asked by, in the hands of another object.
	held := build.OwnerAssignment(kpiAssignment(), func(a *cxv1.OwnerAssignment) {
		a.Spec.Subject = cxv1.AssignmentSubject{Kind: cxv1.SubjectKPI, Name: "nps"}
		a.OwnerReferences = []metav1.OwnerReference{
			{APIVersion: "v1", Kind: "ConfigMap", Name: "other", UID: "other", Controller: ptr.To(true)}}
	})
	w.Create(byHand, lost, held)
	w.settle()
	w.Get(byHand)
	if c := kube.Condition(byHand, cxv1.ConditionStalled); c == nil || c.Reason != cxv1.ReasonForeignObject {
		t.Errorf("condition Stalled is %+v", c)
	}
	if byHand.Spec.Proposed == nil || byHand.Spec.Owner != "" {
		t.Errorf("the controller wrote %+v", byHand.Spec)
	}
	w.Get(held)
	if c := kube.Condition(held, cxv1.ConditionStalled); c == nil || c.Reason != cxv1.ReasonForeignObject ||
		!strings.Contains(c.Message, `ConfigMap "other"`) {
		t.Errorf("condition Stalled of an assignment that belongs to something else is %+v", c)
	}
	w.Get(lost)
	if c := kube.Condition(lost, cxv1.ConditionReady); c == nil || c.Reason != cxv1.ReasonReferenceNotFound {
		t.Errorf("condition Ready is %+v", c)
	}
}

func TestNothingHappensWithoutAProgramThatHoldsItsID(t *testing.T) {
	tests := map[string]func(*world, *cxv1.Program){
		"no Program": func(w *world, p *cxv1.Program) {
			if err := w.Client.Delete(w.Context(), p); err != nil {
				w.Fatal(err)
			}
		},
		"a Program that nobody has seen": func(w *world, p *cxv1.Program) {
			p.Status = cxv1.ProgramStatus{ObjectStatus: cxv1.ObjectStatus{ObservedGeneration: -1}}
			if err := w.Client.Status().Update(w.Context(), p); err != nil {
				w.Fatal(err)
			}
		},
		"a Program that is stalled": func(w *world, p *cxv1.Program) {
			kube.SetCondition(p, w.clock.Now(), cxv1.ConditionStalled, metav1.ConditionTrue, cxv1.ReasonIDInUse, "It is.")
			if err := w.Client.Status().Update(w.Context(), p); err != nil {
				w.Fatal(err)
			}
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			program := build.Program()
			w.Get(program)
			test(w, program)
			w.settle()
			w.expectNames()
		})
	}
}

func TestApproversFollowTheIdentityOfTheOneAsked(t *testing.T) {
	w := newWorld(t)
	edit(w, build.Owner("a"), func(o *cxv1.Owner) { o.Spec.Identity.Users = []string{"one", "two"} })
	w.settle()
	edit(w, build.Owner("a"), func(o *cxv1.Owner) {
		o.Spec.Type, o.Spec.Capacity = cxv1.OwnerTeam, ptr.To[int32](3)
		o.Spec.Identity = cxv1.Identity{Users: []string{"two"}, Groups: []string{"cx"}}
	})
	w.settle()
	if diff := cmp.Diff([]string{"group:cx", "user:two"}, w.one().Spec.Proposed.Approvers); diff != "" {
		t.Errorf("approvers (-want +got):\n%s", diff)
	}
}
