// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownerassignment_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/ownerassignment"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

func TestEveryNamingGetsAnAssignmentOfItsSubject(t *testing.T) {
	w := newWorld(t, func(p *cxv1.Program) {
		p.Spec.Lead, p.Spec.Sponsor = "a", "b"
		p.Spec.WorkingGroup, p.Spec.Ambassadors = []cxv1.Ref{"a", "b"}, []cxv1.Ref{"b"}
	})
	w.kinds = []string{"Program", "Journey", "Goal", "KPI", "Survey", "Initiative"}
	journey := build.Journey("buying", func(j *cxv1.Journey) {
		j.Labels, j.Annotations = map[string]string{"team": "cx"}, map[string]string{"note": "ours"}
		j.Spec.OwnerRef, j.Spec.Stages[0].Touchpoints[0].OwnerRef = "a", "b"
	})
	w.Create(journey, build.Goal("loyalty", func(g *cxv1.Goal) { g.Spec.OwnerRef = "a" }), build.Goal("unowned"),
		build.Survey("pulse", func(s *cxv1.Survey) { s.Spec.OwnerRef = "a" }),
		build.Initiative("faq", func(i *cxv1.Initiative) {
			i.Spec.OwnerRef, i.Spec.SponsorRef, i.Spec.ApprovedBy = "a", "b", "b"
		}))
	w.settle()
	w.expectNames(
		"goal-loyalty",
		"initiative-faq", "initiative-faq-approver", "initiative-faq-sponsor",
		"journey-buying", "journey-buying-checkout",
		"kpi-nps",
		"program-ambassador-b", "program-groupmember-a", "program-groupmember-b", "program-lead", "program-sponsor",
		"survey-pulse",
	)
	for _, a := range w.all() {
		if len(a.Labels) > 0 || len(a.Annotations) > 0 {
			t.Errorf("%s has labels %v and annotations %v", a.Name, a.Labels, a.Annotations)
		}
		if a.Spec.Subject.Kind == cxv1.SubjectJourney && !metav1.IsControlledBy(&a, journey) {
			t.Errorf("%s does not belong to the journey: %+v", a.Name, a.OwnerReferences)
		}
	}
}

func TestWhatIsNotNamedAnyMoreIsPruned(t *testing.T) {
	w := newWorld(t, func(p *cxv1.Program) { p.Spec.WorkingGroup = []cxv1.Ref{"a", "b", "gone"} })
	foreign := build.OwnerAssignment("by-hand", func(a *cxv1.OwnerAssignment) {
		a.Spec.Subject = cxv1.AssignmentSubject{Kind: cxv1.SubjectProgram, Name: "program"}
	})
	w.Create(foreign)
	w.settle()
	edit(w, build.Program(), func(p *cxv1.Program) { p.Spec.WorkingGroup = []cxv1.Ref{"b"} })
	w.writes.Reset()
	w.settle()
	w.expectWrites(map[string]int{"delete OwnerAssignment": 2})
	w.expectNames("by", "kpi-nps", "program-groupmember-b")
	if evidence := w.marks(); len(evidence) != 2 {
		t.Errorf("marks %v, want those of the KPI and of b", evidence)
	}
}

// marks are the claims that the store knows to be made.
func (w *world) marks() (keys []string) {
	w.Helper()
	evidence, err := w.store.Evidence(w.Context(), w.programID, evidenceQuery(w.clock.Now()))
	if err != nil {
		w.Fatal(err)
	}
	for _, mark := range evidence.Marks {
		if mark.Scope == ownership.MarkScope {
			keys = append(keys, mark.Key+"="+mark.Value)
		}
	}
	return keys
}

func TestANameThatIsTakenIsSaidAndLeftAlone(t *testing.T) {
	w := newWorld(t)
	taken := build.OwnerAssignment(kpiAssignment())
	w.Create(taken)
	w.settle()
	w.Get(taken)
	if taken.Spec.Subject.Kind != cxv1.SubjectGoal || taken.Spec.Proposed.Owner != "head-of-cx" {
		t.Errorf("the controller wrote %+v", taken.Spec)
	}
	want := "nps ForeignObject: a is not asked to be Accountable: the OwnerAssignment " + kpiAssignment() +
		" is about something else. Delete it."
	if !slices.Contains(w.events.all(), want) {
		t.Errorf("events %v, want %q", w.events.all(), want)
	}
	if err := w.Client.Delete(t.Context(), taken); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.expect("Pending (a) asks a")
}

func TestAnAssignmentOfAnEarlierSubjectIsLeftToGoWithIt(t *testing.T) {
	w := newWorld(t)
	w.settle()
	before := w.one()
	if err := w.Client.Delete(t.Context(), w.kpi); err != nil { // nothing collects garbage here
		t.Fatal(err)
	}
	w.kpi = build.KPI("nps", func(k *cxv1.KPI) { k.Spec.OwnerRef = "b" })
	w.Create(w.kpi)
	w.writes.Reset()
	w.settle()
	w.expectWrites(map[string]int{})
	if err := w.Client.Delete(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.expect("Pending (b) asks b")
	if !metav1.IsControlledBy(w.one(), w.kpi) {
		t.Errorf("owner references: %+v", w.one().OwnerReferences)
	}
}

func TestNothingIsPrunedAfterAReadThatFailed(t *testing.T) {
	w := newWorld(t)
	w.settle()
	w.names("")
	broken := brokenReads{Client: w.Client}
	for _, r := range ownerassignment.Subjects(kube.Kit{Client: broken, Clock: w.clock}, w.store, nil) {
		if r.Kind() != "KPI" {
			continue
		}
		_, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(w.kpi)})
		if !errors.Is(err, errRead) {
			t.Errorf("error %v, want %v", err, errRead)
		}
	}
	w.expectNames("kpi-nps")
	if len(w.marks()) != 1 {
		t.Errorf("marks %v, want the one of the KPI", w.marks())
	}
}

func TestAFailingStoreChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.settle()
	w.decides(cxv1.DecisionAccepted)
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	w.writes.Reset()
	_, err := w.assignments.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(w.one())})
	if err == nil {
		t.Error("a failing store must be tried again")
	}
	w.expectWrites(map[string]int{"patch OwnerAssignment/status": 1})
	a := w.one()
	if c := kube.Condition(a, cxv1.ConditionReady); c.Status != metav1.ConditionUnknown || c.Reason != cxv1.ReasonStoreUnavailable {
		t.Errorf("condition Ready is %+v", c)
	}
	if a.Spec.Owner != "" || a.Status.Phase != cxv1.AssignmentPending {
		t.Errorf("owner %q in phase %s although the decision is not recorded", a.Spec.Owner, a.Status.Phase)
	}
	for _, r := range w.subjects {
		if r.Kind() != "KPI" {
			continue
		}
		if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(w.kpi)}); err == nil {
			t.Error("a failing store must be tried again for the subject, too")
		}
	}
}

func TestControllersOfOneKindHaveNamesOfTheirOwn(t *testing.T) {
	var got []string
	for _, r := range ownerassignment.Subjects(kube.Kit{}, nil, nil) {
		got = append(got, r.Kind()+" "+r.Name())
	}
	want := strings.Split("Program program-assignments,Journey journey-assignments,Goal goal-assignments,KPI kpi-assignments,"+
		"Survey survey-assignments,Initiative initiative-assignments,Assessment assessment-assignments", ",")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("controllers (-want +got):\n%s", diff)
	}
}

func TestADecisionThatCannotBeRecordedIsSaid(t *testing.T) {
	w := newWorld(t)
	w.settle()
	offer := w.one().Spec.Proposed.OfferID
	edit(w, w.one(), func(a *cxv1.OwnerAssignment) {
		a.Spec.Decision = &cxv1.Decision{OfferID: offer, Result: cxv1.DecisionDeclined, Reason: "no\x00time"}
	})
	w.settle()
	if c := kube.Condition(w.one(), cxv1.ConditionStalled); c == nil || c.Reason != cxv1.ReasonInvalidSpec {
		t.Errorf("condition Stalled is %+v", c)
	}
	w.advance(time.Minute)
	w.decides(cxv1.DecisionDeclined)
	w.settle()
	w.expect("Declined (a)")
}
