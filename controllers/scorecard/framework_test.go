// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package scorecard_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// ruled makes a ladder of two stages named six-stages with one rule.
func ruled(rule string) *cxv1.Framework {
	return build.Framework("six-stages", func(f *cxv1.Framework) { f.Spec.Stages[1].Criteria[0].Rule = rule })
}

// write changes the rule of a Framework that is there.
func (w *world) write(f *cxv1.Framework, rule string) {
	w.Helper()
	w.Get(f)
	f.Spec.Stages[1].Criteria[0].Rule = rule
	if err := w.Client.Update(w.Context(), f); err != nil {
		w.Fatal(err)
	}
}

func (w *world) expect(condition, want, says string) {
	w.Helper()
	c := kube.Condition(w.card, condition)
	if c == nil || string(c.Status)+"/"+c.Reason != want || !strings.Contains(c.Message, says) {
		w.Fatalf("%s is %+v, want %s with %q", condition, c, want, says)
	}
}

func TestAFrameworkOfTheNamespaceReplacesTheBuiltInOneUntilItGoes(t *testing.T) {
	w := newWorld(t)
	w.mustPass()
	w.expectStage(1, "1 Ignore")
	own := ruled("f.acceptedOwners == 0")
	w.Create(own)
	w.mustPass()
	w.expectStage(2, "2 Journeys")
	if n := len(w.card.Status.Criteria); n != 1 {
		t.Errorf("%d criteria, want the own one", n)
	}
	w.write(own, "f.acceptedOwners > 0")
	w.mustPass()
	w.expectStage(2, "2 Journeys") // kept for the grace
	if got := w.criterion("has-journey").Result; got != cxv1.OutcomeFalse {
		t.Errorf("the new generation says %s, want False", got)
	}
	if err := w.Client.Delete(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	w.mustPass()
	w.expectStage(2, "2 Explore")
	if n := len(w.card.Status.Criteria); n != 51 {
		t.Errorf("%d criteria after it was deleted, want those of the built-in framework", n)
	}
	// Made again, it is generation 1 once more, and another object.
	again := ruled("f.acceptedOwners == 0 && f.journeys == 0")
	w.Create(again)
	w.mustPass()
	if got := w.criterion("has-journey").Result; got != cxv1.OutcomeTrue {
		t.Errorf("the object made again says %s, want True", got)
	}
}

func TestAFrameworkThatCannotBeUsedLeavesTheLastResultStanding(t *testing.T) {
	w := newWorld(t)
	own := ruled("f.acceptedOwners == 0")
	w.Create(own)
	w.mustPass()
	w.expectStage(2, "2 Journeys")
	before := w.card.Status.DeepCopy()
	for _, mistake := range []struct{ rule, says string }{
		{"f.acceptedOwner == 0", "has-journey: the rule reads f.acceptedOwner, which is no fact (did you mean f.acceptedOwners?)"},
		{"f.acceptedOwners +", "has-journey: the rule is not valid CEL at character "},
		{"[1,1,1].all(a, [1].all(b, [1].all(c, f.journeys > 0)))", "has-journey: list macros stand inside each other 3 deep"},
		{manyTimes(460), "has-journey: the rule may cost 10"},
	} {
		w.write(own, mistake.rule)
		w.mustPass()
		w.expect(cxv1.ConditionReady, "False/FrameworkNotReady", mistake.says)
		w.expect(cxv1.ConditionStalled, "True/FrameworkNotReady", "Until that is corrected the last result stands.")
		after := w.card.Status.DeepCopy()
		before.ObjectStatus, after.ObjectStatus = cxv1.ObjectStatus{}, cxv1.ObjectStatus{}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("the result changed (-before +after):\n%s", diff)
		}
		w.writes.Reset()
		w.mustPass()
		if n := w.writes.Total(); n != 0 {
			t.Errorf("%d writes at the second look", n)
		}
	}
	w.write(own, "f.acceptedOwners == 0")
	w.mustPass()
	w.expect(cxv1.ConditionReady, "True/Ready", "")
	if kube.Condition(w.card, cxv1.ConditionStalled) != nil {
		t.Error("still Stalled after the correction")
	}
	if diff := cmp.Diff([]int64{2}, w.history()); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

// manyTimes is a rule with a loop of n steps inside a loop of n steps.
func manyTimes(n int) string {
	list := "[" + strings.TrimSuffix(strings.Repeat("1,", n), ",") + "]"
	return list + ".all(x, " + list + ".all(y, f.journeys >= 0))"
}

func TestAProfileThatTheOwnFrameworkLacksIsNamed(t *testing.T) {
	w := newWorld(t)
	w.Create(build.Framework("six-stages", func(f *cxv1.Framework) { f.Spec.Profiles = []string{"big", "little"} }))
	w.mustPass()
	w.expect(cxv1.ConditionStalled, "True/FrameworkNotReady", `the profile "standard" is not one of [big little]`)
}

func TestAStandardHasNoStage(t *testing.T) {
	w := newWorld(t)
	w.Create(build.Framework("six-stages", func(f *cxv1.Framework) {
		f.Spec.Stages = nil
		f.Spec.Criteria = []cxv1.FrameworkCriterion{
			{ID: "nobody", Competency: "culture", Rule: "f.acceptedOwners == 0", FrameworkText: cxv1.FrameworkText{EN: "Nobody"}},
			{ID: "somebody", Competency: "culture", Rule: "f.acceptedOwners > 0", FrameworkText: cxv1.FrameworkText{EN: "Somebody"}},
		}
	}))
	w.mustPass()
	w.expect(cxv1.ConditionReady, "True/Ready", "1 of 2 required criteria are met.")
	if s := w.card.Status; s.Stage != nil || s.StageName != "" || s.Progress != "1/2" || len(s.Criteria) != 2 || s.Criteria[0].Stage != 0 {
		t.Errorf("status %+v", s)
	}
	if stages := w.history(); len(stages) != 0 {
		t.Errorf("history %v of a standard", stages)
	}
	w.writes.Reset()
	w.mustPass()
	if n := w.writes.Total(); n != 0 {
		t.Errorf("%d writes at the second look", n)
	}
}

// One namespace spends all that a framework may; the other's is judged as if it were alone.
func TestACostlyFrameworkHarmsNoOtherProgram(t *testing.T) {
	r := run(t, "costly", 1)
	other := r.beside("beside")
	heavy := build.Framework("six-stages", func(f *cxv1.Framework) {
		for i := range 24 {
			c := f.Spec.Stages[1].Criteria[0]
			c.ID += "-" + string(rune('a'+i))
			c.Rule = manyTimes(285)
			f.Spec.Stages[1].Criteria = append(f.Spec.Stages[1].Criteria, c)
		}
	})
	r.Create(heavy)
	light := ruled("[f.journeys, f.topGoals, f.journeys].filter(n, n == 0).size() == 3")
	other.Create(light)
	stage := func(p *cxv1.Program) bool { return assessed(p) && p.Status.StageName == "2 Journeys" }
	other.await("the stage of the own framework", stage)
	for i := range 5 { // each change of any object lets the costly one be judged again
		r.Create(build.Goal("goal-" + string(rune('a'+i))))
		other.Create(build.Goal("goal-" + string(rune('a'+i))))
	}
	got := other.await("five goals", func(p *cxv1.Program) bool { return p.Status.Coverage != nil && p.Status.Coverage.Subjects == 5 })
	if !stage(got) {
		t.Errorf("beside a costly framework: %q, %+v", got.Status.StageName, kube.Condition(got, cxv1.ConditionMaturityAssessed))
	}
	r.await("an answer", func(p *cxv1.Program) bool { return kube.IsTrue(p, cxv1.ConditionMaturityAssessed) })
}

// beside is another program under the same operator.
func (r *running) beside(id string) *running {
	r.Helper()
	other := &running{Harness: harness.New(r.T), T: r.T, store: r.store, ops: r.ops}
	id += other.Namespace[strings.LastIndex(other.Namespace, "-"):]
	other.Create(build.Program(func(p *cxv1.Program) { p.Spec.ID = id }))
	return other
}

// Nothing but the objects moves: no restart, no poke.
func TestAProgramFollowsItsFrameworkByItself(t *testing.T) {
	r := run(t, "follows", 1)
	at := func(want string) func(*cxv1.Program) bool {
		return func(p *cxv1.Program) bool { return assessed(p) && p.Status.StageName == want }
	}
	notReady := func(p *cxv1.Program) bool {
		c := kube.Condition(p, cxv1.ConditionMaturityAssessed)
		return c != nil && c.Reason == cxv1.ReasonFrameworkNotReady && c.Status == metav1.ConditionFalse && strings.Contains(c.Message, "has-journey")
	}
	r.await("the built-in framework", at("1 Ignore"))
	own := ruled("f.acceptedOwners == 0")
	r.Create(own)
	r.await("the own framework", at("2 Journeys"))
	r.change(own, "f.nothing")
	if p := r.await("the mistake", notReady); p.Status.StageName != "2 Journeys" {
		t.Errorf("stage %q while the framework is broken, want the last one", p.Status.StageName)
	}
	r.change(own, "f.acceptedOwners == 0")
	r.await("the correction", at("2 Journeys"))
	if err := r.Client.Delete(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	r.await("the built-in framework again", func(p *cxv1.Program) bool { return assessed(p) && p.Status.StageName == "2 Explore" })
}

func (r *running) change(f *cxv1.Framework, rule string) {
	r.Helper()
	r.Get(f)
	f.Spec.Stages[1].Criteria[0].Rule = rule
	if err := r.Client.Update(r.Context(), f); err != nil {
		r.Fatal(err)
	}
}
