// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

func responded(f *cxv1.FollowUp) {
	f.Spec.Response = &cxv1.FirstResponse{Result: cxv1.ResponseReached}
}

func closedFor(cause string) func(*cxv1.FollowUp) {
	return func(f *cxv1.FollowUp) {
		responded(f)
		f.Spec.Closing = &cxv1.Closing{RootCause: cause, Resolution: "The parcel was sent again."}
	}
}

func TestAFollowUpGoesFromOpenToClosed(t *testing.T) {
	causes := build.Program(func(p *cxv1.Program) { p.Spec.RootCauses = []string{"late-delivery"} })
	for name, tc := range map[string]struct {
		change  func(*cxv1.FollowUp)
		after   time.Duration
		phase   cxv1.FollowUpPhase
		onTime  metav1.ConditionStatus
		record  func(store.FollowUp) bool
		mistake string
	}{
		"nobody answered, there is time": {nil, time.Hour, cxv1.FollowUpOpen, metav1.ConditionTrue,
			func(f store.FollowUp) bool { return f.FirstResponseAt.IsZero() && f.ClosedAt.IsZero() }, ""},
		"nobody answered in time": {nil, 49 * time.Hour, cxv1.FollowUpOpen, metav1.ConditionFalse,
			func(f store.FollowUp) bool { return f.FirstResponseAt.IsZero() }, ""},
		"answered in time": {responded, time.Hour, cxv1.FollowUpResponded, metav1.ConditionTrue,
			func(f store.FollowUp) bool { return f.FirstResponseAt.Equal(build.Monday.Add(time.Hour)) && f.Reached }, ""},
		"answered too late": {responded, 49 * time.Hour, cxv1.FollowUpResponded, metav1.ConditionFalse,
			func(f store.FollowUp) bool { return f.Reached }, ""},
		"closed with a cause of the program": {closedFor("late-delivery"), time.Hour, cxv1.FollowUpClosed, metav1.ConditionTrue,
			func(f store.FollowUp) bool { return f.RootCause == "late-delivery" && !f.ClosedAt.IsZero() }, ""},
		"closed with another": {closedFor(program.OtherCause), time.Hour, cxv1.FollowUpClosed, metav1.ConditionTrue,
			func(f store.FollowUp) bool { return f.RootCause == "other" }, ""},
		"a cause that is not listed does not close": {closedFor("bad-luck"), time.Hour, cxv1.FollowUpResponded, metav1.ConditionTrue,
			func(f store.FollowUp) bool { return f.RootCause == "" && f.ClosedAt.IsZero() }, "rootCauses"},
	} {
		t.Run(name, func(t *testing.T) {
			f := build.FollowUp("case")
			if tc.change != nil {
				tc.change(f)
			}
			plan := program.JudgeFollowUp(f, causes, "shop-manager", build.Monday.Add(tc.after))
			if plan.Status.Phase != tc.phase || plan.OnSchedule.Status != tc.onTime || !tc.record(plan.Record) {
				t.Errorf("phase %s, on schedule %s, record %+v", plan.Status.Phase, plan.OnSchedule.Status, plan.Record)
			}
			if (tc.mistake == "") != (plan.Mistake == "") || !strings.Contains(plan.Mistake, tc.mistake) {
				t.Errorf("mistake %q, want %q", plan.Mistake, tc.mistake)
			}
			if plan.Status.Phase == cxv1.FollowUpOpen && tc.onTime == metav1.ConditionTrue && !plan.Wake.After(build.Monday.Add(48*time.Hour)) {
				t.Errorf("wakes at %s, want just after it is due", plan.Wake)
			}
		})
	}
}

func TestTheFirstTimeAtWhichAResponseWasSeenStays(t *testing.T) {
	f := build.FollowUp("case", responded)
	f.Status = program.JudgeFollowUp(f, build.Program(), "", build.Monday.Add(time.Hour)).Status
	later := program.JudgeFollowUp(f, build.Program(), "", build.Monday.Add(60*time.Hour))
	if !later.Record.FirstResponseAt.Equal(build.Monday.Add(time.Hour)) || later.OnSchedule.Status != metav1.ConditionTrue {
		t.Errorf("first response at %s, on schedule %s", later.Record.FirstResponseAt, later.OnSchedule.Status)
	}
}

func TestAClosedFollowUpIsRemovedAMonthLater(t *testing.T) {
	f := build.FollowUp("case", closedFor("other"))
	plan := program.JudgeFollowUp(f, build.Program(), "", build.Monday)
	f.Status = plan.Status
	if plan.Delete || program.JudgeFollowUp(f, build.Program(), "", plan.Wake.Add(-time.Second)).Delete {
		t.Error("it is removed too early")
	}
	if !program.JudgeFollowUp(f, build.Program(), "", plan.Wake).Delete {
		t.Error("it is not removed when its time has come")
	}
}

func TestTheNameOfAFollowUpFollowsFromTheAnswerAndFits(t *testing.T) {
	long := strings.Repeat("relationship-", 4)[:48]
	a, b := program.FollowUpName(long, "20270104t0900", "k1"), program.FollowUpName(long, "20270104t0900", "k2")
	if a == b || a != program.FollowUpName(long, "20270104t0900", "k1") || len(a) > 48 {
		t.Errorf("names %q and %q", a, b)
	}
}
