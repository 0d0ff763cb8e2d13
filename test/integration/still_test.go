// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// stillClock shows the present for as long as the test runs: nothing happens because a minute passes.
func stillClock() *clocktesting.FakePassiveClock {
	return clocktesting.NewFakePassiveClock(time.Now().Truncate(time.Second))
}

// made names what the operators made, with the owner in force and the phase.
func (w *world) made() []string {
	w.Helper()
	var names []string
	for _, obj := range w.objects() {
		switch o := obj.(type) {
		case *cxv1.OwnerAssignment:
			names = append(names, fmt.Sprintf("%s %s %s", key(o), o.Spec.Owner, o.Status.Phase))
		case *cxv1.Scorecard, *cxv1.SurveyWave:
			names = append(names, key(o))
		}
	}
	slices.Sort(names)
	return names
}

func TestTwoManagersMakeNoDuplicates(t *testing.T) {
	const n = 30
	clk := stillClock()
	run := func(t *testing.T, operators int) []string {
		w := newWorld(t, clk, operators)
		w.createAll(mixed("shared", n)...)
		w.acceptAll(n)
		for _, a := range w.assignments() {
			if a.Status.Phase != cxv1.AssignmentActive {
				t.Errorf("%s is %s although its owner accepted", a.Name, a.Status.Phase)
			}
		}
		w.expectNoWrites()
		return w.made()
	}
	var one, two []string
	t.Run("one manager", func(t *testing.T) { one = run(t, 1) })
	t.Run("two managers", func(t *testing.T) { two = run(t, 2) })
	if len(one) < n/2 {
		t.Errorf("one manager made only %v", one)
	}
	if diff := cmp.Diff(one, two); diff != "" {
		t.Errorf("what two managers make (-one +two):\n%s", diff)
	}
}

func TestIdleObjectsAreNotWritten(t *testing.T) {
	const n = 300
	w := newWorld(t, stillClock(), 1)
	w.createAll(mixed("idle", n)...)
	w.awaitReady(n)
	w.awaitRest()
	if wrote := w.writes(); len(wrote) == 0 || wrote["patch KPI/status"] == 0 {
		t.Fatalf("writes are not counted: %v", slices.Collect(maps.Keys(wrote)))
	}
	w.expectNoWrites()
}
