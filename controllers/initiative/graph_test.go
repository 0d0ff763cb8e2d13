// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package initiative_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/initiative"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

func TestEveryMistakeCanBeCorrected(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*cxv1.Initiative)
		text   string
		fix    func(*worldOf, *cxv1.Initiative)
	}{
		"owner":    {func(i *cxv1.Initiative) { i.Spec.OwnerRef = "x" }, `spec.ownerRef names Owner "x"`, func(w *worldOf, _ *cxv1.Initiative) { w.Create(build.Owner("x")) }},
		"sponsor":  {func(i *cxv1.Initiative) { i.Spec.SponsorRef = "x" }, `spec.sponsorRef names Owner "x"`, func(w *worldOf, _ *cxv1.Initiative) { w.Create(build.Owner("x")) }},
		"approver": {func(i *cxv1.Initiative) { i.Spec.ApprovedBy = "x" }, `spec.approvedBy names Owner "x"`, func(w *worldOf, _ *cxv1.Initiative) { w.Create(build.Owner("x")) }},
		"goal":     {func(i *cxv1.Initiative) { i.Spec.GoalRefs = []cxv1.Ref{"x"} }, `spec.goalRefs names Goal "x"`, func(w *worldOf, _ *cxv1.Initiative) { w.Create(build.Goal("x")) }},
		"KPI": {func(i *cxv1.Initiative) { i.Spec.KPITargets = []cxv1.InitiativeKPITarget{{KPIRef: "x", To: "1"}} }, `spec.kpiTargets names KPI "x"`,
			func(w *worldOf, _ *cxv1.Initiative) { w.Create(build.KPI("x")) }},
		"journey":    {func(i *cxv1.Initiative) { i.Spec.JourneyRefs = []cxv1.Ref{"x"} }, `spec.journeyRefs names Journey "x"`, func(w *worldOf, _ *cxv1.Initiative) { w.Create(build.Journey("x")) }},
		"persona":    {func(i *cxv1.Initiative) { i.Spec.PersonaRefs = []cxv1.Ref{"x"} }, `spec.personaRefs names Persona "x"`, func(w *worldOf, _ *cxv1.Initiative) { w.Create(build.Persona("x")) }},
		"initiative": {after("x"), `spec.dependsOn names Initiative "x"`, func(w *worldOf, _ *cxv1.Initiative) { w.Create(made("x")) }},
		"wrong name": {after("x"), "Create what is missing, or correct the name", func(w *worldOf, i *cxv1.Initiative) { w.update(i, after()) }},
	} {
		t.Run(name+" that is not there", func(t *testing.T) {
			w := newWorld(t)
			i := made("redesign", tc.change)
			w.Create(i)
			w.look(i)
			w.Expect(i, cxv1.ConditionReady, "False/ReferenceNotFound", tc.text)
			w.Expect(i, cxv1.ConditionReconciling, "True/ReferenceNotFound", "")
			w.Expect(i, cxv1.ConditionStalled, "absent", "")
			w.expectPhase(i, cxv1.InitiativeProposed, "True/PhaseReached")
			tc.fix(w, i)
			w.look(i)
			w.Expect(i, cxv1.ConditionReady, "True/Ready", "")
			w.Expect(i, cxv1.ConditionReconciling, "absent", "")
		})
	}
}

// a waits for b, b for c, c for a, and d for a. Each member names the circle from its own place; d only waits.
func TestACircleIsToldByItsMembersAlone(t *testing.T) {
	w := newWorld(t)
	all := map[string]*cxv1.Initiative{}
	for name, needs := range map[string]cxv1.Ref{"a": "b", "b": "c", "c": "a", "d": "a"} {
		all[name] = made(name, requested(cxv1.InitiativeDone), after(needs))
		w.Create(all[name])
	}
	for name, path := range map[string]string{"a": "a → b → c → a", "b": "b → c → a → b", "c": "c → a → b → c"} {
		w.look(all[name])
		w.Expect(all[name], cxv1.ConditionReady, "False/ReferenceCycle", "waits for itself: "+path+". Take a step out of dependsOn of one of them.")
		w.Expect(all[name], cxv1.ConditionStalled, "True/ReferenceCycle", "")
		w.expectPhase(all[name], cxv1.InitiativeAccepted, "False/WaitingForDependencies")
	}
	w.look(all["d"])
	w.Expect(all["d"], cxv1.ConditionReady, "True/Ready", "these initiatives must be Done first: a")
	w.update(all["c"], after())
	for _, name := range []string{"c", "b", "a", "d"} {
		w.look(all[name])
		w.Expect(all[name], cxv1.ConditionReady, "True/Ready", "")
		w.Expect(all[name], cxv1.ConditionStalled, "absent", "")
		w.expectPhase(all[name], cxv1.InitiativeDone, "True/PhaseReached")
	}
}

func TestTheShorterOfTwoCirclesIsNamed(t *testing.T) {
	w := newWorld(t)
	i := made("a", after("b", "d"))
	w.Create(i, made("b", after("c")), made("c", after("a")), made("d", after("a")))
	w.look(i)
	w.Expect(i, cxv1.ConditionReady, "False/ReferenceCycle", "itself: a → d → a.")
}

// What an initiative rests on changes without it: each of these must wake its controller, and a chain goes on by itself.
func TestAnInitiativeFollowsWhatItDependsOn(t *testing.T) {
	w := newWorld(t)
	first, second, third := made("first"), made("second", requested(cxv1.InitiativeDone), after("first")), made("third", requested(cxv1.InitiativeDone), after("second"), approvedBy("coo"))
	w.Create(third, second, first)
	w.Run(func(kit kube.Kit) world.Controller { return initiative.New(kit, w.Store) })
	says := func(i *cxv1.Initiative, text string) {
		t.Helper()
		world.Await(w.World, i, text, func(i *cxv1.Initiative) bool {
			ready := kube.Condition(i, cxv1.ConditionReady)
			return ready != nil && strings.Contains(ready.Reason+" "+ready.Message, text)
		})
	}
	says(second, "must be Done first: first")
	says(third, `names Owner "coo"`)
	w.Create(build.Owner("coo"))
	says(third, "coo has not accepted")
	// The controller of assignments records the decision and then reports it.
	a := build.OwnerAssignment("third-approver", func(a *cxv1.OwnerAssignment) {
		a.Spec.Subject = cxv1.AssignmentSubject{Kind: cxv1.SubjectInitiative, Name: "third"}
		a.Spec.Role = cxv1.RoleApprover
	})
	w.Create(a)
	w.decide(third, cxv1.RoleApprover, "coo", store.Accepted)
	a.Status.Phase = cxv1.AssignmentActive
	w.SetStatus(a)
	says(third, "must be Done first: second")
	w.update(first, requested(cxv1.InitiativeDone))
	says(third, "Ready Done, as requested")

	// Circles of three: made by the last link and dissolved by another one, all members hear of both.
	w.update(first, func(i *cxv1.Initiative) {
		i.Spec.DependsOn, i.Spec.RequestedPhase = []cxv1.Ref{"third"}, cxv1.InitiativeActive
	})
	for _, i := range []*cxv1.Initiative{first, second, third} {
		says(i, "ReferenceCycle")
	}
	w.update(second, after())
	for _, i := range []*cxv1.Initiative{first, second, third} {
		says(i, "Ready ")
	}

	nps := build.KPI("nps")
	w.update(first, func(i *cxv1.Initiative) { i.Spec.KPITargets = []cxv1.InitiativeKPITarget{{KPIRef: "nps", To: "40"}} })
	says(first, `names KPI "nps"`)
	w.Create(nps)
	says(first, "Ready ")
	nps.Status.Value = "45"
	w.SetStatus(nps)
	w.Report(nps, cxv1.ConditionFresh, metav1.ConditionTrue)
	world.Await(w.World, first, "the target is met", func(i *cxv1.Initiative) bool { return i.Status.KPITargetsMet == "1/1" })
	w.Report(nps, cxv1.ConditionFresh, metav1.ConditionFalse)
	world.Await(w.World, first, "the value is stale", func(i *cxv1.Initiative) bool { return i.Status.KPITargetsMet == "0/1" })

	w.update(first, func(i *cxv1.Initiative) {
		i.Spec.GoalRefs, i.Spec.JourneyRefs, i.Spec.PersonaRefs = []cxv1.Ref{"loyalty"}, []cxv1.Ref{"buy"}, []cxv1.Ref{"shopper"}
	})
	says(first, "this namespace: spec.goalRefs")
	w.Create(build.Goal("loyalty"))
	says(first, "this namespace: spec.journeyRefs")
	w.Create(build.Journey("buy"))
	says(first, "this namespace: spec.personaRefs")
	w.Create(build.Persona("shopper"))
	says(first, "Ready ")
	w.Delete(build.Program())
	says(first, "NoProgram")
}
