// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package initiative_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/initiative"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// today is the date of build.Monday.
const today = "2027-01-04"

type change = func(*initiative.Input)

// made is an improvement looked at on Monday in UTC.
func made(changes ...change) initiative.Input {
	in := initiative.Input{Initiative: build.Initiative("redesign"), Zone: time.UTC, Now: build.Monday}
	for _, c := range changes {
		c(&in)
	}
	return in
}

func requested(phase cxv1.InitiativePhase) change {
	return func(in *initiative.Input) { in.Initiative.Spec.RequestedPhase = phase }
}

func reached(phase cxv1.InitiativePhase) change {
	return func(in *initiative.Input) { in.Initiative.Status.Phase = phase }
}

func approvedBy(owner cxv1.Ref, said bool) change {
	return func(in *initiative.Input) { in.Initiative.Spec.ApprovedBy, in.Approved = owner, said }
}

// after makes the initiative depend on one in that phase; "" is one that does not exist.
func after(name cxv1.Ref, phase cxv1.InitiativePhase) change {
	return func(in *initiative.Input) {
		in.Initiative.Spec.DependsOn = append(in.Initiative.Spec.DependsOn, name)
		if in.Dependencies == nil {
			in.Dependencies = map[string]cxv1.InitiativePhase{}
		}
		if phase != "" {
			in.Dependencies[string(name)] = phase
		}
	}
}

func starts(day cxv1.Date) change {
	return func(in *initiative.Input) { in.Initiative.Spec.Start = day }
}

func step(name string, due, doneOn cxv1.Date) change {
	return func(in *initiative.Input) {
		in.Initiative.Spec.Milestones = append(in.Initiative.Spec.Milestones, cxv1.Milestone{Name: name, Due: due, DoneOn: doneOn})
	}
}

func experiment(in *initiative.Input) {
	in.Initiative.Spec.Type, in.Initiative.Spec.Hypothesis = cxv1.InitiativeExperiment, "If we ask, then they answer."
}

func refuted(in *initiative.Input) {
	in.Initiative.Spec.Result = &cxv1.InitiativeResult{Verdict: cxv1.VerdictRefuted, Summary: "No.", Evidence: "https://wiki.example.com/1"}
}

func find(j initiative.Judgement, kind string) *metav1.Condition {
	for i := range j.Conditions {
		if j.Conditions[i].Type == kind {
			return &j.Conditions[i]
		}
	}
	return nil
}

func said(j initiative.Judgement, kind string) string {
	if c := find(j, kind); c != nil {
		return fmt.Sprintf("%s/%s", c.Status, c.Reason)
	}
	return "absent"
}

func TestAPhaseIsReachedAsFarAsTheWayIsOpen(t *testing.T) {
	const (
		proposed, accepted, active, done, cancelled = cxv1.InitiativeProposed, cxv1.InitiativeAccepted, cxv1.InitiativeActive,
			cxv1.InitiativeDone, cxv1.InitiativeCancelled
		fine = "True/PhaseReached"
	)
	for name, tc := range map[string]struct {
		in   initiative.Input
		want cxv1.InitiativePhase
		said string
		do   string // what the message asks for
	}{
		"nothing is requested":                             {made(), proposed, fine, ""},
		"an idea stays an idea":                            {made(requested(proposed), approvedBy("coo", false)), proposed, fine, ""},
		"nothing is in the way of acceptance":              {made(requested(accepted)), accepted, fine, ""},
		"nor of work":                                      {made(requested(active)), active, fine, ""},
		"nor of the end":                                   {made(requested(done)), done, fine, ""},
		"the approver has not said yes":                    {made(requested(accepted), approvedBy("coo", false)), proposed, "False/AwaitingApproval", "coo has not accepted"},
		"the message names the assignment":                 {made(requested(done), approvedBy("coo", false)), proposed, "False/AwaitingApproval", "spec.subject.name=redesign,spec.role=Approver"},
		"the approver has said yes":                        {made(requested(active), approvedBy("coo", true)), active, fine, ""},
		"it depends on one at work":                        {made(requested(active), after("first", active)), accepted, "False/WaitingForDependencies", "must be Done first: first"},
		"it depends on one that nobody has seen":           {made(requested(active), after("first", "")), accepted, "False/WaitingForDependencies", "must be Done first: first"},
		"it depends on one that is done":                   {made(requested(active), after("first", done)), active, fine, ""},
		"it depends on one that was cancelled":             {made(requested(active), after("first", cancelled), after("second", active)), accepted, "False/WaitingForDependencies", "cancelled: first. Take that out of spec.dependsOn"},
		"to be accepted it waits for nothing":              {made(requested(accepted), after("first", active), starts("2027-02-01")), accepted, fine, ""},
		"it begins tomorrow":                               {made(requested(active), starts("2027-01-05")), accepted, "False/NotStarted", "starts on 2027-01-05"},
		"it begins today":                                  {made(requested(active), starts(today)), active, fine, ""},
		"a milestone is open":                              {made(requested(done), step("plan", "", "2027-01-01"), step("build", "", "")), active, "False/MilestonesOpen", "not done: build. Write the day in doneOn"},
		"all milestones are done":                          {made(requested(done), step("plan", "", "2027-01-01"), step("build", "", today)), done, fine, ""},
		"a milestone is done tomorrow":                     {made(requested(done), step("build", "", "2027-01-05")), active, "False/MilestonesOpen", "not done: build"},
		"an open milestone does not keep it from work":     {made(requested(active), step("build", "", "")), active, fine, ""},
		"an experiment without a result":                   {made(experiment, requested(done)), active, "False/ResultMissing", "Write spec.result"},
		"an experiment that was refuted":                   {made(experiment, requested(done), refuted), done, fine, ""},
		"an experiment at work needs no result":            {made(experiment, requested(active)), active, fine, ""},
		"other kinds need no result":                       {made(requested(done)), done, fine, ""},
		"the first thing in the way is named":              {made(experiment, requested(done), approvedBy("coo", false), after("first", active), step("build", "", "")), proposed, "False/AwaitingApproval", "coo"},
		"then the next":                                    {made(experiment, requested(done), approvedBy("coo", true), after("first", active), step("build", "", "")), accepted, "False/WaitingForDependencies", "first"},
		"who asks to cancel gets it":                       {made(requested(cancelled), approvedBy("coo", false), after("first", active)), cancelled, fine, ""},
		"what is done stays done, whatever becomes of it":  {made(experiment, requested(done), reached(done), approvedBy("coo", false), after("first", active), step("new", "", "")), done, fine, ""},
		"what is done goes back when its people say so":    {made(requested(active), reached(done)), active, fine, ""},
		"and is not done again for having been":            {made(requested(done), reached(active), step("build", "", "")), active, "False/MilestonesOpen", "build"},
		"what was cancelled can be taken up":               {made(requested(active), reached(cancelled)), active, fine, ""},
		"what is at work waits when something comes first": {made(requested(active), reached(active), after("first", active)), accepted, "False/WaitingForDependencies", "first"},
		"a long list is cut": {made(requested(active), after("a", ""), after("b", ""), after("c", ""), after("d", ""), after("e", ""), after("f", ""), after("g", "")),
			accepted, "False/WaitingForDependencies", "a, b, c, d, e and 2 more"},
	} {
		t.Run(name, func(t *testing.T) {
			j := initiative.Judge(tc.in)
			if got := tc.in.Initiative.Status.Phase; got != tc.want {
				t.Errorf("it is %s, want %s", got, tc.want)
			}
			if got := said(j, cxv1.ConditionPhaseReached); got != tc.said {
				t.Errorf("PhaseReached is %s, want %s", got, tc.said)
			}
			message := find(j, cxv1.ConditionPhaseReached).Message
			if !strings.Contains(message, tc.do) || (tc.do != "" && j.Message != message) || !strings.HasSuffix(message, ".") {
				t.Errorf("condition: %s\nReady: %s\nwant ...%s...", message, j.Message, tc.do)
			}
			if !strings.HasPrefix(j.Message, "The initiative is "+string(tc.want)+", not yet") && !strings.HasPrefix(j.Message, string(tc.want)+", as requested") {
				t.Errorf("the message does not begin with the phase: %s", j.Message)
			}
		})
	}
}

func TestWaitingForListsWhatIsNotDone(t *testing.T) {
	for name, tc := range map[string]struct {
		in   initiative.Input
		want string
	}{
		"nothing":                     {made(requested(cxv1.InitiativeActive)), ""},
		"all but what is done":        {made(after("b", cxv1.InitiativeActive), after("a", ""), after("c", cxv1.InitiativeDone)), "b a"},
		"nothing once it is done":     {made(requested(cxv1.InitiativeDone), reached(cxv1.InitiativeDone), after("a", "")), ""},
		"nothing once it is given up": {made(requested(cxv1.InitiativeCancelled), after("a", "")), ""},
	} {
		t.Run(name, func(t *testing.T) {
			tc.in.Initiative.Status.WaitingFor = []string{"of-an-earlier-look"}
			initiative.Judge(tc.in)
			if got := strings.Join(tc.in.Initiative.Status.WaitingFor, " "); got != tc.want {
				t.Errorf("waits for %q, want %q", got, tc.want)
			}
		})
	}
}

// random draws an initiative with a few things around it.
func random(t *rapid.T) initiative.Input {
	phases := []cxv1.InitiativePhase{"", cxv1.InitiativeProposed, cxv1.InitiativeAccepted, cxv1.InitiativeActive, cxv1.InitiativeDone, cxv1.InitiativeCancelled}
	phase := rapid.SampledFrom(phases)
	days := rapid.SampledFrom([]cxv1.Date{"", "2026-12-31", "2027-01-03", today, "2027-01-05", "2027-03-01"})
	in := made(requested(phase.Draw(t, "requested")), reached(phase.Draw(t, "status")), starts(days.Draw(t, "start")))
	in.Initiative.Spec.Due = days.Draw(t, "due")
	if rapid.Bool().Draw(t, "approver") {
		approvedBy("coo", rapid.Bool().Draw(t, "approved"))(&in)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "dependencies") {
		after(cxv1.Ref(fmt.Sprint("d", i)), phase.Draw(t, "dependency"))(&in)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "milestones") {
		step(fmt.Sprint("m", i), days.Draw(t, "step due"), days.Draw(t, "step done"))(&in)
	}
	if rapid.Bool().Draw(t, "experiment") {
		experiment(&in)
	}
	if rapid.Bool().Draw(t, "result") {
		refuted(&in)
	}
	in.Now = build.Monday.Add(time.Duration(rapid.IntRange(-100, 2000).Draw(t, "hours")) * time.Hour)
	return in
}

var order = []cxv1.InitiativePhase{cxv1.InitiativeProposed, cxv1.InitiativeAccepted, cxv1.InitiativeActive, cxv1.InitiativeDone}

func TestNobodyGetsFurtherThanAskedAndLookingTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := random(t)
		asked := in.Initiative.Spec.RequestedPhase
		if asked == "" {
			asked = cxv1.InitiativeProposed
		}
		j := initiative.Judge(in)
		got := in.Initiative.Status.Phase
		if (got == cxv1.InitiativeCancelled) != (asked == cxv1.InitiativeCancelled) {
			t.Fatalf("asked for %s, got %s", asked, got)
		}
		if slices.Index(order, got) > slices.Index(order, asked) {
			t.Fatalf("asked for %s, got %s", asked, got)
		}
		if behind := got != asked; behind == (find(j, cxv1.ConditionPhaseReached).Status == metav1.ConditionTrue) {
			t.Fatalf("asked for %s, got %s, PhaseReached is %s", asked, got, said(j, cxv1.ConditionPhaseReached))
		}
		again := in
		again.Initiative = in.Initiative.DeepCopy()
		if k := initiative.Judge(again); k.Message != j.Message || again.Initiative.Status.Phase != got || !k.Wake.Equal(j.Wake) {
			t.Fatalf("a second look says %s (%s), the first %s (%s)", again.Initiative.Status.Phase, k.Message, got, j.Message)
		}
	})
}

// Whoever sleeps until Wake misses nothing: in between, looking gives the same.
func TestNothingChangesBeforeItWakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := random(t)
		j := initiative.Judge(in)
		until := j.Wake
		if until.IsZero() {
			until = in.Now.AddDate(2, 0, 0)
		}
		if !until.After(in.Now) {
			t.Fatalf("wakes at %s, it is %s", until, in.Now)
		}
		later := in
		later.Initiative = in.Initiative.DeepCopy()
		later.Now = in.Now.Add(time.Duration(rapid.Int64Range(0, int64(until.Sub(in.Now))-1).Draw(t, "later")))
		k := initiative.Judge(later)
		a, b := fmt.Sprint(j.Conditions, in.Initiative.Status), fmt.Sprint(k.Conditions, later.Initiative.Status)
		if a != b {
			t.Fatalf("at %s, before it wakes at %s:\n%s\n%s", later.Now, until, a, b)
		}
	})
}
