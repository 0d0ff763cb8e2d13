// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

func daysAgo(days int) *metav1.Time { return new(metav1.NewTime(now.AddDate(0, 0, -days))) }

func assignment(name string, status cxv1.OwnerAssignmentStatus, condition metav1.Condition) *cxv1.OwnerAssignment {
	a := &cxv1.OwnerAssignment{Spec: cxv1.OwnerAssignmentSpec{Owner: "keeper"}, Status: status}
	a.Name, a.Status.Conditions = name, []metav1.Condition{condition}
	return a
}

func TestWhatIsOverdue(t *testing.T) {
	no := metav1.ConditionFalse
	late := &cxv1.Initiative{Spec: cxv1.InitiativeSpec{OwnerRef: "lead", Due: "2027-03-01", Milestones: []cxv1.Milestone{
		{Name: "plan", Due: "2026-12-31"}, {Name: "signs", Due: "2027-02-01"}}}}
	late.Name, late.Status.Phase, late.Status.Overdue = "desk", cxv1.InitiativeActive, []string{"plan"}
	done := &cxv1.Initiative{}
	done.Name, done.Status.Phase, done.Status.Overdue = "done", cxv1.InitiativeDone, []string{"due"}
	unheard, heard, soon := &cxv1.FollowUp{}, &cxv1.FollowUp{}, &cxv1.FollowUp{}
	unheard.Name, unheard.Spec.Case.DueBy, unheard.Status.Owner = "unheard", *daysAgo(1), "shop-lead"
	heard.Name, heard.Spec.Case.DueBy, heard.Status.RespondedAt = "heard", *daysAgo(1), daysAgo(0)
	soon.Name, soon.Spec.Case.DueBy = "soon", *daysAgo(-1)
	p := build.Program()
	p.Spec.Ownership = cxv1.Ownership{AcceptWithin: "7d", ReverifyEvery: "180d"}
	p.Spec.Governance = &cxv1.Governance{ReviewEvery: "30d", Reviews: []cxv1.Review{{Date: "2026-11-01", Evidence: "https://wiki.example.com/1"}}}
	s := program.New("", p, late, done, unheard, heard, soon,
		assignment("undecided", cxv1.OwnerAssignmentStatus{WaitsFor: "ceo", OfferedAt: daysAgo(10)},
			metav1.Condition{Type: cxv1.ConditionAccepted, Status: no, Reason: cxv1.ReasonUndecided}),
		assignment("asked", cxv1.OwnerAssignmentStatus{WaitsFor: "ceo", OfferedAt: daysAgo(1)},
			metav1.Condition{Type: cxv1.ConditionAccepted, Status: no, Reason: cxv1.ReasonAwaitingDecision}),
		assignment("unconfirmed", cxv1.OwnerAssignmentStatus{VerifiedAt: daysAgo(200)},
			metav1.Condition{Type: cxv1.ConditionVerified, Status: no, Reason: cxv1.ReasonVerificationDue}))
	var got []string
	for _, l := range overdue(&kit.Source{Snapshot: s, Now: now}) {
		got = append(got, fmt.Sprint(l.Kind, " ", l.Object, " ", l.Owner, " ", l.Since.Format(time.DateOnly), l.What))
	}
	want := []string{
		"Review Program/program  2026-12-02[]",
		"Confirmation OwnerAssignment/unconfirmed keeper 2026-12-15[]",
		"Initiative Initiative/desk lead 2027-01-01[plan]",
		"Offer OwnerAssignment/undecided ceo 2027-01-01[]",
		"FollowUp FollowUp/unheard shop-lead 2027-01-03[]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
