// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package goal_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/goal"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

func TestMain(m *testing.M) { harness.Main(m) }

// made makes an operational goal below a parent.
func made(name string, parent cxv1.Ref, changes ...func(*cxv1.Goal)) *cxv1.Goal {
	return build.Goal(name, append([]func(*cxv1.Goal){func(g *cxv1.Goal) {
		g.Spec.Kind, g.Spec.ParentRef = cxv1.GoalOperational, parent
	}}, changes...)...)
}

func measures(name string, goal cxv1.Ref) *cxv1.KPI {
	return build.KPI(name, func(k *cxv1.KPI) { k.Spec.GoalRef = goal })
}

func summary(g *cxv1.Goal) string {
	if g.Status.KPIs == nil {
		return "unknown"
	}
	return fmt.Sprintf("%d of %d in %d", g.Status.KPIs.Met, g.Status.KPIs.Total, *g.Status.Children)
}

func TestAGoalIsJudgedWithOneWrite(t *testing.T) {
	w := world.New(t)
	loyalty := build.Goal("loyalty", func(g *cxv1.Goal) {
		g.Spec.OwnerRef, g.Spec.ParentRef, g.Spec.Due, g.Spec.ValueDriver = "head", "growth", "2027-01-10", "Retention"
	})
	hit, miss := measures("hit", "loyalty"), measures("miss", "loyalty")
	w.Create(build.Owner("head"), made("growth", "", func(g *cxv1.Goal) { g.Spec.Kind = cxv1.GoalBusiness }), loyalty,
		made("quick", "loyalty"), hit, miss, measures("other", "growth"))
	w.Report(hit, cxv1.ConditionTargetMet, metav1.ConditionTrue)
	w.Report(miss, cxv1.ConditionTargetMet, metav1.ConditionFalse)
	goals := goal.New(w.Kit)
	if after := w.Look(goals, loyalty); after != time.Date(2027, 1, 11, 0, 0, 0, 0, time.UTC).Sub(build.Monday) {
		t.Errorf("looks again after %s, which is not the end of the last day", after)
	}
	w.Expect(loyalty, cxv1.ConditionReady, "True/Ready", "1/2 of the judged KPIs")
	w.Expect(loyalty, cxv1.ConditionComplete, "True/Complete", "")
	w.Expect(loyalty, cxv1.ConditionAttained, "False/NotAttained", "1 of 2 KPIs miss their target")
	w.Expect(loyalty, cxv1.ConditionOnSchedule, "True/OnSchedule", "")
	if got := summary(loyalty); got != "1 of 2 in 1" {
		t.Errorf("rolled up %s", got)
	}
	if diff := cmp.Diff(map[string]int{"patch Goal/status": 1}, w.Writes.ByKind()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if len(w.Events) != 0 {
		t.Errorf("a new object is no event: %v", w.Events)
	}
	w.Still(goals, loyalty)
}

func TestAGoalIsOverdueWhenItsDayIsOverWhereTheProgramLives(t *testing.T) {
	for zone, over := range map[string]string{
		"UTC": "2027-01-11T00:00:00Z", "Asia/Tokyo": "2027-01-10T15:00:00Z", "America/New_York": "2027-01-11T05:00:00Z",
	} {
		t.Run(zone, func(t *testing.T) {
			w := world.New(t, func(p *cxv1.Program) { p.Spec.TimeZone = zone })
			// A reference that does not resolve must not stop the clock.
			g := made("quick", "later", func(g *cxv1.Goal) { g.Spec.Due = "2027-01-10" })
			w.Create(g)
			goals := goal.New(w.Kit)
			after := w.Look(goals, g)
			if at := build.Monday.Add(after).UTC().Format(time.RFC3339); at != over {
				t.Fatalf("looks again at %s, want %s", at, over)
			}
			w.Clock.SetTime(build.Monday.Add(after - time.Second))
			w.Still(goals, g)
			w.Clock.SetTime(build.Monday.Add(after))
			w.Look(goals, g)
			w.Expect(g, cxv1.ConditionOnSchedule, "False/Overdue", "due on 2027-01-10 and is not attained: set a new date")
			if len(w.Events) != 1 || !strings.HasPrefix(w.Events[0], "quick Overdue: ") {
				t.Errorf("events %v", w.Events)
			}
			w.Still(goals, g)
		})
	}
}

func TestEveryMistakeCanBeCorrected(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*cxv1.Goal)
		ready  string
		text   string
		fix    func(*world.World, *cxv1.Goal)
	}{
		"a parent that is not there": {func(g *cxv1.Goal) { g.Spec.ParentRef = "growth" }, "False/ReferenceNotFound", `spec.parentRef names Goal "growth"`,
			func(w *world.World, _ *cxv1.Goal) { w.Create(build.Goal("growth")) }},
		"an owner that is not there": {func(g *cxv1.Goal) { g.Spec.OwnerRef = "head" }, "False/ReferenceNotFound", `spec.ownerRef names Owner "head"`,
			func(w *world.World, _ *cxv1.Goal) { w.Create(build.Owner("head")) }},
		"a name that is wrong": {func(g *cxv1.Goal) { g.Spec.OwnerRef = "haed" }, "False/ReferenceNotFound", "or correct the name",
			func(w *world.World, g *cxv1.Goal) {
				world.Update(w, g, func(g *cxv1.Goal) { g.Spec.OwnerRef = "" })
			}},
		"a circle": {func(g *cxv1.Goal) { g.Spec.ParentRef = "above" }, "False/ReferenceCycle", "its own ancestor: loyalty → above → loyalty. Change parentRef of one of them",
			func(w *world.World, _ *cxv1.Goal) {
				world.Update(w, build.Goal("above"), func(g *cxv1.Goal) { g.Spec.ParentRef = "" })
			}},
		"a circle that a missing owner is in": {func(g *cxv1.Goal) { g.Spec.ParentRef, g.Spec.OwnerRef = "above", "head" }, "False/ReferenceCycle", "loyalty → above → loyalty",
			func(w *world.World, g *cxv1.Goal) {
				world.Update(w, g, func(g *cxv1.Goal) { g.Spec.ParentRef, g.Spec.OwnerRef = "", "" })
			}},
	} {
		t.Run(name, func(t *testing.T) {
			w := world.New(t)
			g := build.Goal("loyalty", tc.change)
			w.Create(g, build.Goal("above", func(g *cxv1.Goal) { g.Spec.ParentRef = "loyalty" }))
			goals := goal.New(w.Kit)
			w.Look(goals, g)
			w.Expect(g, cxv1.ConditionReady, tc.ready, tc.text)
			w.Still(goals, g)
			tc.fix(w, g)
			w.Look(goals, g)
			w.Expect(g, cxv1.ConditionReady, "True/Ready", "")
			w.Expect(g, cxv1.ConditionStalled, "absent", "")
			w.Expect(g, cxv1.ConditionReconciling, "absent", "")
			w.Still(goals, g)
		})
	}
}

// a → b → c → a, and d below a. Each member names the circle from its own place; who hangs below it is not stuck.
func TestACircleIsToldByItsMembersAlone(t *testing.T) {
	w := world.New(t)
	a, b, c, d := made("a", "b"), made("b", "c"), made("c", "a"), made("d", "a")
	hit := measures("hit", "d")
	w.Create(a, b, c, d, hit)
	w.Report(hit, cxv1.ConditionTargetMet, metav1.ConditionTrue)
	goals := goal.New(w.Kit)
	w.Look(goals, a, b, c, d)
	for g, path := range map[*cxv1.Goal]string{a: "a → b → c → a", b: "b → c → a → b", c: "c → a → b → c"} {
		w.Expect(g, cxv1.ConditionReady, "False/ReferenceCycle", "ancestor: "+path+".")
		w.Expect(g, cxv1.ConditionStalled, "True/ReferenceCycle", "")
	}
	w.Expect(d, cxv1.ConditionReady, "True/Ready", "")
	if got := summary(d); got != "1 of 1 in 0" {
		t.Errorf("below the circle, rolled up %s", got)
	}
	world.Update(w, c, func(g *cxv1.Goal) { g.Spec.ParentRef = "" })
	w.Look(goals, a, b, c)
	for _, g := range []*cxv1.Goal{a, b, c} {
		w.Expect(g, cxv1.ConditionReady, "True/Ready", "")
		if got := summary(g); got[:6] != "1 of 1" {
			t.Errorf("%s rolled up %s", g.Name, got)
		}
	}
}

func TestAFailedReadMakesReadyUnknownAndKeepsWhatWasKnown(t *testing.T) {
	w := world.New(t)
	g := made("quick", "")
	w.Create(g)
	w.Look(goal.New(w.Kit), g)
	broken := w.Kit
	broken.Client = world.FailList(w.Kit.Client)
	if _, err := w.Try(goal.New(broken), g); err == nil {
		t.Error("a read that fails is no error, so nobody would try again")
	}
	w.Expect(g, cxv1.ConditionReady, "Unknown/ReadFailed", "the operator's log says why")
	w.Expect(g, cxv1.ConditionComplete, "False/Incomplete", "")
	w.Look(goal.New(w.Kit), g)
	w.Expect(g, cxv1.ConditionReady, "True/Ready", "")
}

// What a goal rests on changes without the goal: each of these must wake its controller, also far up and down the tree.
func TestChangesClimbTheTreeAndCirclesDissolve(t *testing.T) {
	w := world.New(t)
	root, middle, leaf := made("root", ""), made("middle", "root"), made("leaf", "middle")
	hit := measures("hit", "leaf")
	w.Create(leaf, middle, root, hit)
	w.Run(func(kit kube.Kit) world.Controller { return goal.New(kit) })
	shows := func(g *cxv1.Goal, want string) {
		t.Helper()
		world.Await(w, g, want, func(g *cxv1.Goal) bool { return summary(g) == want })
	}
	says := func(want string, goals ...*cxv1.Goal) {
		t.Helper()
		for _, g := range goals {
			world.Await(w, g, want, func(g *cxv1.Goal) bool {
				ready := kube.Condition(g, cxv1.ConditionReady)
				return ready != nil && strings.Contains(world.Said(g, cxv1.ConditionReady)+": "+ready.Message, want)
			})
		}
	}
	shows(root, "0 of 1 in 1")
	w.Report(hit, cxv1.ConditionTargetMet, metav1.ConditionTrue)
	shows(root, "1 of 1 in 1")
	more := measures("more", "middle")
	w.Create(more)
	shows(root, "1 of 2 in 1")
	world.Update(w, leaf, func(g *cxv1.Goal) { g.Spec.ParentRef = "" }) // the tree that it left must forget it
	shows(root, "0 of 1 in 1")
	shows(middle, "0 of 1 in 0")
	w.Delete(more)
	shows(root, "0 of 0 in 1")

	world.Update(w, leaf, func(g *cxv1.Goal) { g.Spec.ParentRef = "middle" })
	world.Update(w, root, func(g *cxv1.Goal) { g.Spec.ParentRef = "leaf" })
	says("False/ReferenceCycle", root, middle, leaf)
	world.Update(w, root, func(g *cxv1.Goal) { g.Spec.ParentRef = "" })
	says("True/Ready", root, middle, leaf)
	shows(root, "1 of 1 in 1")

	world.Update(w, middle, func(g *cxv1.Goal) { g.Spec.OwnerRef = "head" })
	says(`names Owner "head"`, middle)
	w.Create(build.Owner("head"))
	says("True/Ready", middle)
	w.Delete(root)
	says(`names Goal "root"`, middle)
}

// What serves a business goal depends on everything above, so news from there must reach the bottom.
func TestABusinessGoalFarAboveCompletesAnExperienceGoal(t *testing.T) {
	w := world.New(t)
	top, between := made("top", ""), made("between", "top")
	bottom := build.Goal("bottom", func(g *cxv1.Goal) { g.Spec.ParentRef = "between" })
	w.Create(top, between, bottom)
	w.Run(func(kit kube.Kit) world.Controller { return goal.New(kit) })
	lacks := func(missing bool) func(*cxv1.Goal) bool {
		return func(g *cxv1.Goal) bool {
			return g.Status.ObservedGeneration > 0 && slices.Contains(g.Status.Missing, "businessOutcome or Business parent") == missing
		}
	}
	world.Await(w, bottom, "no business goal above", lacks(true))
	world.Update(w, top, func(g *cxv1.Goal) { g.Spec.Kind = cxv1.GoalBusiness })
	world.Await(w, bottom, "a business goal above", lacks(false))
}
