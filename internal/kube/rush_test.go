// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube_test

import (
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"github.com/cx-operator/cx-operator/internal/kube"
)

func TestFourUrgentWritesAtOnceAreARushForWhatIsLessUrgent(t *testing.T) {
	clock := clocktesting.NewFakePassiveClock(time.Now())
	rush := kube.NewRush(clock)
	var done []func()
	begin := func(u kube.Urgency) { done = append(done, rush.Begin(u)) }
	expect := func(when string, creation, firstReport bool) {
		t.Helper()
		if got := rush.On(kube.Creation); got != creation {
			t.Errorf("%s: a rush of creations: %t", when, got)
		}
		if got := rush.On(kube.FirstReport); got != firstReport {
			t.Errorf("%s: a rush of creations and first reports: %t", when, got)
		}
	}
	for range 3 {
		begin(kube.Creation)
	}
	expect("three creations", false, false)
	begin(kube.FirstReport)
	expect("three creations and a first report", false, true)
	begin(kube.Creation)
	expect("four creations and a first report", true, true)
	done[0]()
	expect("one of them has just ended", true, true)
	clock.SetTime(clock.Now().Add(time.Second))
	expect("a while later", false, true)
	done[3]()
	clock.SetTime(clock.Now().Add(time.Second))
	expect("a while after the first report has ended, too", false, false)
}

func TestWithoutARushNothingWaits(t *testing.T) {
	var none *kube.Rush
	for range 10 {
		defer none.Begin(kube.Creation)()
	}
	if none.On(kube.FirstReport) {
		t.Error("it is a rush")
	}
}

func TestWhatIsPutOffComesAfterTheRestButMissesNothingDue(t *testing.T) {
	for name, tc := range map[string]struct {
		wake, want time.Duration
		priority   func(int) bool
	}{
		"nothing is due":  {0, 2 * time.Second, func(p int) bool { return p < 0 }},
		"due in an hour":  {time.Hour, 2 * time.Second, func(p int) bool { return p < 0 }},
		"due in a second": {time.Second, time.Second, func(p int) bool { return p == 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			got := kube.AfterRush(tc.wake)
			if got.RequeueAfter != tc.want || !tc.priority(*got.Priority) {
				t.Errorf("again after %s with priority %d, want it after %s", got.RequeueAfter, *got.Priority, tc.want)
			}
		})
	}
}
