// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownerassignment_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// approvals is a world with a budget, a standard and an exemption that a and b shall approve.
func approvals(t *testing.T) *world {
	w := newWorld(t, func(p *cxv1.Program) {
		p.Spec.Budget = &cxv1.Budget{Amount: "120000", Currency: "EUR", Year: 2027, ApprovedBy: "a"}
		p.Spec.Standard = &cxv1.Standard{Version: "1.2", URL: "https://wiki.example.com/cx", State: cxv1.StandardInForce, ApprovedBy: "a"}
	})
	w.kinds = append(w.kinds, "Assessment")
	w.Create(build.Assessment("q1", func(a *cxv1.Assessment) {
		a.Spec.Exemptions = []cxv1.Exemption{
			{Criterion: "mob-budget", Reason: "The board meets in March.", RequestedBy: "a", ApprovedBy: "b", Until: "2027-03-31"}}
	}))
	return w
}

// approval is the assignment of the approver of an item.
func (w *world) approval(kind cxv1.SubjectKind, name cxv1.Ref, item string) *cxv1.OwnerAssignment {
	w.Helper()
	claim := ownership.Claim{Subject: cxv1.AssignmentSubject{Kind: kind, Name: name, Item: item}, Role: cxv1.RoleApprover}
	a := &cxv1.OwnerAssignment{ObjectMeta: metav1.ObjectMeta{Name: claim.Name()}}
	w.Get(a)
	return a
}

func (w *world) budget() *cxv1.OwnerAssignment {
	w.Helper()
	return w.approval(cxv1.SubjectProgram, cxv1.ProgramName, cxv1.ItemBudget)
}

// answer accepts the offer of an assignment.
func (w *world) answer(a *cxv1.OwnerAssignment) {
	w.Helper()
	if a.Spec.Proposed == nil {
		w.Fatalf("nobody is asked: %+v", a.Spec)
	}
	offer := a.Spec.Proposed.OfferID
	edit(w, a, func(a *cxv1.OwnerAssignment) {
		a.Spec.Decision = &cxv1.Decision{OfferID: offer, Result: cxv1.DecisionAccepted}
	})
}

func (w *world) amount(amount cxv1.Decimal) {
	w.Helper()
	edit(w, build.Program(), func(p *cxv1.Program) { p.Spec.Budget.Amount = amount })
}

func (w *world) expectBudget(want, message string) {
	w.Helper()
	a := w.budget()
	if got, said := standing(a), kube.Condition(a, cxv1.ConditionAccepted).Message; got != want || said != message {
		w.Errorf("the budget stands at %q: %s\nwant %q: %s", got, said, want, message)
	}
}

func TestEveryApprovalSaysWhatIsApproved(t *testing.T) {
	w := approvals(t)
	w.settle()
	w.expectNames("assessment-q1-mob-budget-approver", "kpi-nps", "program-budget-approver", "program-standard-approver")
	for _, test := range []struct {
		a     *cxv1.OwnerAssignment
		terms string
	}{
		{w.budget(), "budget 120000 EUR for 2027"},
		{w.approval(cxv1.SubjectProgram, cxv1.ProgramName, cxv1.ItemStandard), "standard version 1.2"},
		{w.approval(cxv1.SubjectAssessment, "q1", "mob-budget"), "exemption from mob-budget until 2027-03-31: The board meets in March."},
	} {
		if test.a.Spec.Proposed == nil || test.a.Spec.Proposed.Terms != test.terms {
			t.Errorf("%s proposes %+v, want the terms %q", test.a.Name, test.a.Spec.Proposed, test.terms)
		}
	}
	if got := w.budget().Status.Subject; got != "program/budget" {
		t.Errorf("the subject reads %q", got)
	}
}

func TestAnotherSumOpensTheApprovalAgain(t *testing.T) {
	w := approvals(t)
	w.settle()
	w.answer(w.budget())
	w.settle()
	w.expectBudget("Active a", "a accepted: budget 120000 EUR for 2027.")
	first := w.budget().Spec.Decision

	w.amount("150000")
	w.writes.Reset()
	w.settle()
	w.expectWrites(map[string]int{"apply OwnerAssignment": 1, "patch OwnerAssignment/status": 1})
	a := w.budget()
	w.expectBudget("Pending (a) asks a", "Waiting for a to decide on offer "+a.Spec.Proposed.OfferID+": budget 150000 EUR for 2027.")
	if diff := cmp.Diff(first, a.Spec.Decision); diff != "" || a.Status.AcceptedAt != nil {
		t.Errorf("accepted at %v; the decision changed (-want +got):\n%s", a.Status.AcceptedAt, diff)
	}
	w.advance(time.Hour)
	w.answer(a)
	w.settle()
	w.expectBudget("Active a", "a accepted: budget 150000 EUR for 2027.")

	decisions, err := w.store.Decisions(t.Context(), w.programID, "Program", cxv1.ProgramName)
	if err != nil {
		t.Fatal(err)
	}
	decided := store.Decision{
		SubjectKind: "Program", SubjectName: cxv1.ProgramName, Item: "budget", Role: "Approver", Owner: "a", Terms: "budget 120000 EUR for 2027",
		Result: store.Accepted, DecidedBy: "unknown", Means: "OwnerAssignment", At: build.Monday,
	}
	again := decided
	again.Terms, again.At = "budget 150000 EUR for 2027", build.Monday.Add(time.Hour)
	if diff := cmp.Diff([]store.Decision{decided, again}, decisions, cmpopts.IgnoreFields(store.Decision{}, "OfferID")); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
}

func TestAYesThatCrossesAChangeOfTermsApprovesNothing(t *testing.T) {
	w := approvals(t)
	w.settle()
	a := w.budget()
	w.amount("150000") // and before the controller looks, the owner says yes to what they read
	w.answer(a)
	w.settle()
	if a = w.budget(); standing(a) != "Pending (a) asks a" {
		t.Errorf("the budget stands at %q", standing(a))
	}
	if decisions, err := w.store.Decisions(t.Context(), w.programID, "Program", cxv1.ProgramName); err != nil || len(decisions) > 0 {
		t.Errorf("recorded %v, %v", decisions, err)
	}
}

func TestADraftAndAnExemptionThatIsTakenBackAskNobody(t *testing.T) {
	w := approvals(t)
	w.settle()
	edit(w, build.Program(), func(p *cxv1.Program) { p.Spec.Standard.State = cxv1.StandardDraft })
	edit(w, build.Assessment("q1"), func(a *cxv1.Assessment) { a.Spec.Exemptions = nil })
	w.settle()
	w.expectNames("kpi-nps", "program-budget-approver")
}

func TestChangesOfAnAssessmentAndItsApproverWakeTheAssignment(t *testing.T) {
	w := newWorld(t)
	w.run()
	assessment := build.Assessment("q1", func(a *cxv1.Assessment) {
		a.Spec.Exemptions = []cxv1.Exemption{
			{Criterion: "mob-budget", Reason: "The board meets in March.", RequestedBy: "a", ApprovedBy: "c", Until: "2027-03-31"}}
	})
	w.Create(assessment)
	claim := ownership.Subjects(assessment)[0]
	awaits := func(want string) {
		t.Helper()
		w.eventually("the exemption to stand at "+want, func() (string, bool) {
			a := &cxv1.OwnerAssignment{}
			if err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: w.Namespace, Name: claim.Name()}, a); err != nil {
				return err.Error(), want == "gone"
			}
			got := standing(a)
			if a.Spec.Proposed != nil {
				got += " for " + a.Spec.Proposed.Terms
			}
			return got, got == want
		})
	}
	awaits("Orphaned (c)")
	w.Create(build.Owner("c"))
	awaits("Pending (c) asks c for exemption from mob-budget until 2027-03-31: The board meets in March.")
	edit(w, assessment, func(a *cxv1.Assessment) { a.Spec.Exemptions[0].Until = "2027-04-30" })
	awaits("Pending (c) asks c for exemption from mob-budget until 2027-04-30: The board meets in March.")
	if err := w.Client.Delete(t.Context(), w.approval(cxv1.SubjectAssessment, "q1", "mob-budget")); err != nil {
		t.Fatal(err)
	}
	awaits("Pending (c) asks c for exemption from mob-budget until 2027-04-30: The board meets in March.")
	edit(w, assessment, func(a *cxv1.Assessment) { a.Spec.Exemptions = nil })
	awaits("gone")
}

// Adoption writes metadata alone, so no new generation brings the assignment back.
func TestAnAssignmentThatIsAdoptedIsReported(t *testing.T) {
	w := newWorld(t)
	w.run()
	w.awaits("Pending (a) asks a")
	w.names("")
	w.awaits("gone")
	claim := ownership.Claim{Subject: cxv1.AssignmentSubject{Kind: cxv1.SubjectKPI, Name: "nps"}, Role: cxv1.RoleAccountable, Owner: "a"}
	byHand := build.OwnerAssignment(claim.Name(), func(a *cxv1.OwnerAssignment) {
		a.Spec = cxv1.OwnerAssignmentSpec{Subject: claim.Subject, Role: claim.Role, Proposed: &cxv1.Proposal{
			Owner: "a", OfferID: ownership.OfferID(w.programID, claim, 0)}}
	})
	w.Create(byHand)
	w.eventually("the assignment to be refused", func() (string, bool) {
		c := kube.Condition(w.one(), cxv1.ConditionStalled)
		return "", c != nil && c.Reason == cxv1.ReasonForeignObject
	})
	w.names("a")
	w.awaits("Pending (a) asks a")
	if got := w.one(); got.UID != byHand.UID || !metav1.IsControlledBy(got, w.kpi) || kube.IsTrue(got, cxv1.ConditionStalled) {
		t.Errorf("not adopted: %+v", got)
	}
}

func TestAnAssignmentThatIsTakenFromItsSubjectGoesBack(t *testing.T) {
	w := newWorld(t)
	w.run()
	w.awaits("Pending (a) asks a")
	edit(w, w.one(), func(a *cxv1.OwnerAssignment) { a.OwnerReferences = nil })
	w.eventually("the assignment to belong to the KPI", func() (string, bool) {
		a := w.one()
		return "", metav1.IsControlledBy(a, w.kpi)
	})
}
