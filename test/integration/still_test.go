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
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/build"
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

// What does not alter the stage is written nowhere but at the object that changed: its own status says that the change was seen.
func TestAChangeThatAltersNothingElseIsOneWrite(t *testing.T) {
	const n = 30
	w := newWorld(t, stillClock(), 1)
	w.createAll(mixed("one-write", n)...)
	w.acceptAll(n)
	w.awaitRest()
	for kind, edit := range map[string]struct {
		obj    client.Object
		change string
	}{
		"Owner":      {build.Owner("owner-7"), `{"spec":{"displayName":"another name"}}`},
		"Persona":    {build.Persona("persona-8"), `{"spec":{"displayName":"another name"}}`},
		"Journey":    {build.Journey("journey-9"), `{"spec":{"displayName":"another name"}}`},
		"Goal":       {build.Goal("goal-10"), `{"spec":{"displayName":"another name"}}`},
		"KPI":        {build.KPI("kpi-11"), `{"spec":{"displayName":"another name"}}`},
		"Survey":     {build.Survey("survey-12"), `{"spec":{"displayName":"another name"}}`},
		"Initiative": {build.Initiative("initiative-6"), `{"spec":{"displayName":"another name"}}`},
		"Program":    {build.Program(), `{"spec":{"organization":"another name"}}`},
	} {
		for _, op := range w.operators {
			op.Writes.Reset()
		}
		edit.obj.SetNamespace(w.Namespace)
		if err := w.Client.Patch(t.Context(), edit.obj, client.RawPatch(types.MergePatchType, []byte(edit.change))); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		w.await("a write after the change of a "+kind, func() string {
			if len(w.writes()) == 0 {
				return "there is none"
			}
			return ""
		})
		w.awaitRest()
		if diff := cmp.Diff(map[string]int{"patch " + kind + "/status": 1}, w.writes()); diff != "" {
			t.Errorf("writes after the change of a %s (-want +got):\n%s", kind, diff)
		}
	}
}
