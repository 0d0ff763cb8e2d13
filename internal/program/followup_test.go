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

func TestAFollowUpThatIsOpenAgainIsClosedAnewLater(t *testing.T) {
	f := build.FollowUp("case", closedFor("other"))
	judge := func(after time.Duration) program.FollowUpPlan {
		plan := program.JudgeFollowUp(f, build.Program(), "", build.Monday.Add(after))
		f.Status = plan.Status
		return plan
	}
	judge(time.Hour)
	closing := f.Spec.Closing
	f.Spec.Closing, f.Generation = nil, 2
	if plan := judge(2 * time.Hour); plan.Status.Phase != cxv1.FollowUpResponded || plan.Status.ClosedAt != nil || !plan.Record.ClosedAt.IsZero() {
		t.Errorf("opened again: %+v, record %+v", plan.Status, plan.Record)
	}
	f.Spec.Closing, f.Generation = closing, 3
	if plan := judge(3 * time.Hour); !plan.Record.ClosedAt.Equal(build.Monday.Add(3 * time.Hour)) {
		t.Errorf("closed again at %s, want three hours after nine", plan.Record.ClosedAt)
	}
}

func TestACauseThatIsTakenOffTheListOpensNothingAgain(t *testing.T) {
	causes := build.Program(func(p *cxv1.Program) { p.Spec.RootCauses = []string{"late-delivery"} })
	f := build.FollowUp("case", closedFor("late-delivery"))
	f.Generation = 2
	f.Status = program.JudgeFollowUp(f, causes, "", build.Monday).Status
	f.Status.ObservedGeneration = 2
	causes.Spec.RootCauses = nil
	plan := program.JudgeFollowUp(f, causes, "", build.Monday.Add(time.Hour))
	if plan.Mistake != "" || plan.Status.Phase != cxv1.FollowUpClosed || !plan.Record.ClosedAt.Equal(build.Monday) {
		t.Errorf("%s: %q, record %+v", plan.Status.Phase, plan.Mistake, plan.Record)
	}
	f.Generation, f.Spec.Closing.RootCause = 3, "late"
	if plan := program.JudgeFollowUp(f, causes, "", build.Monday.Add(time.Hour)); plan.Mistake == "" {
		t.Error("somebody writes another cause that is not on the list, and is not told")
	}
}

func TestAFollowUpThatIsAppliedAnewIsAsTheLogKnowsIt(t *testing.T) {
	logged := store.FollowUp{FirstResponseAt: build.Monday.Add(time.Hour), Reached: true, RootCause: "late-delivery", ClosedAt: build.Monday.Add(2 * time.Hour)}
	f := build.FollowUp("case", closedFor("late-delivery")) // a cause that is on no list any more
	program.RecallFollowUp(f, logged)
	plan := program.JudgeFollowUp(f, build.Program(), "", build.Monday.Add(80*time.Hour))
	if plan.Mistake != "" || plan.OnSchedule.Status != metav1.ConditionTrue || !plan.Record.ClosedAt.Equal(logged.ClosedAt) ||
		!plan.Record.FirstResponseAt.Equal(logged.FirstResponseAt) {
		t.Errorf("mistake %q, on schedule %s, record %+v", plan.Mistake, plan.OnSchedule.Status, plan.Record)
	}
	// A store that was restored from an older copy takes nothing back.
	f.Status = plan.Status
	program.RecallFollowUp(f, store.FollowUp{})
	if again := program.JudgeFollowUp(f, build.Program(), "", build.Monday.Add(81*time.Hour)); again.Record != plan.Record {
		t.Errorf("record %+v, before %+v", again.Record, plan.Record)
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
