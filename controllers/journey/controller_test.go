// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package journey_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/journey"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

func TestMain(m *testing.M) { harness.Main(m) }

// pickup is a journey of two touchpoints: the order online and the desk in the shop, which lacks a standard.
func pickup(changes ...func(*cxv1.Journey)) *cxv1.Journey {
	return build.Journey("pick-up", append([]func(*cxv1.Journey){func(j *cxv1.Journey) {
		j.Spec.OwnerRef = "head-of-stores"
		j.Spec.Stages = []cxv1.JourneyStage{
			{Name: "order", Touchpoints: []cxv1.Touchpoint{{Name: "app", OwnerRef: "shop-manager", ServiceStandard: "Two taps."}}},
			{Name: "collect", Touchpoints: []cxv1.Touchpoint{{Name: "desk", OwnerRef: "clerk", Promise: "Ready in two hours."}}},
		}
	}}, changes...)...)
}

func at(name string, touchpoint cxv1.TouchpointName) *cxv1.KPI {
	return build.KPI(name, func(k *cxv1.KPI) { k.Spec.JourneyRef, k.Spec.Touchpoint = "pick-up", touchpoint })
}

// redesign changes the journey and closes the gap of delivery.
func redesign() *cxv1.Initiative {
	return build.Initiative("redesign", func(i *cxv1.Initiative) {
		i.Spec.JourneyRefs, i.Spec.Gap = []cxv1.Ref{"pick-up"}, cxv1.GapDelivery
	})
}

func gaps(j *cxv1.Journey) string {
	var found []string
	for _, gap := range j.Status.Gaps {
		found = append(found, fmt.Sprintf("%s@%s", gap.Gap, gap.Touchpoint))
	}
	return strings.Join(found, " ")
}

func owners(w *world.World) {
	w.Create(build.Owner("head-of-stores"), build.Owner("shop-manager"), build.Owner("clerk"))
}

func TestAJourneyIsJudgedWithOneWrite(t *testing.T) {
	w := world.New(t)
	owners(w)
	j, slow, happy := pickup(), at("minutes", "desk"), at("csat", "app")
	w.Create(j, slow, happy, at("other", ""), redesign())
	w.Report(slow, cxv1.ConditionTargetMet, metav1.ConditionFalse)
	w.Report(happy, cxv1.ConditionTargetMet, metav1.ConditionTrue)
	journeys := journey.New(w.Kit)
	if after := w.Look(journeys, j); after != 0 {
		t.Errorf("looks again after %s though nothing changes with time", after)
	}
	w.Expect(j, cxv1.ConditionReady, "True/Ready", "2/2 touchpoints have an owner; 3 gaps found.")
	w.Expect(j, cxv1.ConditionOwned, "True/Owned", "")
	if got := gaps(j); got != "Standards@desk Delivery@desk Communication@desk" || j.Status.WorstTouchpoint != "desk" {
		t.Errorf("gaps %s, worst %s", got, j.Status.WorstTouchpoint)
	}
	if diff := cmp.Diff(cxv1.KPIRollup{Total: 3, Met: 1, Missed: 1, Unknown: 1}, *j.Status.KPIs); diff != "" {
		t.Errorf("roll-up (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"patch Journey/status": 1}, w.Writes.ByKind()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if len(w.Events) != 0 {
		t.Errorf("a new object is no event: %v", w.Events)
	}
	w.Still(journeys, j)
}

func TestEveryMistakeCanBeCorrected(t *testing.T) {
	target := func(of cxv1.Ref) func(*cxv1.Journey) {
		return func(j *cxv1.Journey) { j.Spec.State, j.Spec.TargetOf = cxv1.JourneyTarget, of }
	}
	for name, tc := range map[string]struct {
		change  func(*cxv1.Journey)
		ready   string
		text    string
		stalled bool
		fix     func(*world.World, *cxv1.Journey)
	}{
		"a persona that is not there": {func(j *cxv1.Journey) { j.Spec.Personas = []cxv1.Ref{"shopper"} }, "False/ReferenceNotFound", `spec.personas names Persona "shopper"`, false,
			func(w *world.World, _ *cxv1.Journey) { w.Create(build.Persona("shopper")) }},
		"an owner that is not there": {func(j *cxv1.Journey) { j.Spec.OwnerRef = "head" }, "False/ReferenceNotFound", `spec.ownerRef names Owner "head"`, false,
			func(w *world.World, _ *cxv1.Journey) { w.Create(build.Owner("head")) }},
		"an owner of a touchpoint that is not there": {func(j *cxv1.Journey) { j.Spec.Stages[0].Touchpoints[0].OwnerRef = "buyer" }, "False/ReferenceNotFound", `spec.stages.touchpoints.ownerRef names Owner "buyer"`, false,
			func(w *world.World, j *cxv1.Journey) {
				world.Update(w, j, func(j *cxv1.Journey) { j.Spec.Stages[0].Touchpoints[0].OwnerRef = "clerk" })
			}},
		"a journey to replace that is not there": {target("today"), "False/ReferenceNotFound", `spec.targetOf names Journey "today"`, false,
			func(w *world.World, _ *cxv1.Journey) { w.Create(build.Journey("today")) }},
		"a target that replaces a target": {target("dream"), "False/InvalidSpec", `spec.targetOf names "dream", which is itself a target: name the journey as it is today`, true,
			func(w *world.World, _ *cxv1.Journey) {
				world.Update(w, build.Journey("dream"), func(j *cxv1.Journey) { j.Spec.State = cxv1.JourneyCurrent })
			}},
	} {
		t.Run(name, func(t *testing.T) {
			w := world.New(t)
			owners(w)
			j := pickup(tc.change)
			w.Create(j, build.Journey("dream", func(j *cxv1.Journey) { j.Spec.State = cxv1.JourneyTarget }))
			journeys := journey.New(w.Kit)
			w.Look(journeys, j)
			w.Expect(j, cxv1.ConditionReady, tc.ready, tc.text)
			if got := world.Said(j, cxv1.ConditionStalled) != "absent"; got != tc.stalled {
				t.Errorf("stalled: %v, want %v", got, tc.stalled)
			}
			w.Still(journeys, j)
			tc.fix(w, j)
			w.Look(journeys, j)
			w.Expect(j, cxv1.ConditionReady, "True/Ready", "")
			w.Expect(j, cxv1.ConditionOwned, "True/Owned", "")
			w.Still(journeys, j)
		})
	}
}

func TestAFailedReadMakesReadyUnknownAndKeepsWhatWasKnown(t *testing.T) {
	w := world.New(t)
	owners(w)
	j := pickup()
	w.Create(j)
	w.Look(journey.New(w.Kit), j)
	broken := w.Kit
	broken.Client = world.FailList(w.Kit.Client)
	if _, err := w.Try(journey.New(broken), j); err == nil {
		t.Error("a read that fails is no error, so nobody would try again")
	}
	w.Expect(j, cxv1.ConditionReady, "Unknown/ReadFailed", "")
	w.Expect(j, cxv1.ConditionOwned, "True/Owned", "")
	w.Look(journey.New(w.Kit), j)
	w.Expect(j, cxv1.ConditionReady, "True/Ready", "")
}

// What a journey shows changes without the journey: each of these must wake its controller.
func TestAJourneyFollowsWhatHappensOnIt(t *testing.T) {
	w := world.New(t)
	owners(w)
	j, slow, change := pickup(), at("minutes", "desk"), redesign()
	w.Create(j)
	w.Run(func(kit kube.Kit) world.Controller { return journey.New(kit) })
	shows := func(what string, ok func(*cxv1.Journey) bool) {
		t.Helper()
		world.Await(w, j, what, ok)
	}
	found := func(want string) func(*cxv1.Journey) bool {
		return func(j *cxv1.Journey) bool { return j.Status.ObservedGeneration > 0 && gaps(j) == want }
	}
	owned := func(want string) func(*cxv1.Journey) bool {
		return func(j *cxv1.Journey) bool {
			c := kube.Condition(j, cxv1.ConditionOwned)
			return c != nil && strings.Contains(j.Status.OwnedSummary+" "+world.Said(j, c.Type)+" "+c.Message, want)
		}
	}
	shows("no standard", found("Standards@desk"))
	w.Create(slow)
	w.Report(slow, cxv1.ConditionTargetMet, metav1.ConditionFalse)
	shows("delivery falls short", found("Standards@desk Delivery@desk Communication@desk"))

	w.Create(change)
	change.Status.Phase = cxv1.InitiativeActive
	w.SetStatus(change)
	shows("one gap is in work", found("Standards@desk Communication@desk"))
	change.Status.Phase = cxv1.InitiativeCancelled
	w.SetStatus(change)
	shows("nobody works on it any more", found("Standards@desk Delivery@desk Communication@desk"))
	w.Delete(slow)
	shows("nothing is measured", found("Standards@desk"))

	clerk := build.Owner("clerk")
	world.Update(w, clerk, func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerLeft })
	shows("the clerk left", owned("1/2 False/SomeTouchpointsUnowned No owner who is there: desk."))
	world.Update(w, clerk, func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerActive })
	shows("the clerk is back", owned("2/2 True/Owned"))
	w.Delete(build.Owner("head-of-stores"))
	shows("nobody has the whole", owned(`2/2 False/OwnerNotFound Owner "head-of-stores"`))
	w.Create(build.Owner("head-of-stores"))
	shows("the head is back", func(j *cxv1.Journey) bool { return kube.IsTrue(j, cxv1.ConditionReady) && owned("True/Owned")(j) })

	world.Update(w, j, func(j *cxv1.Journey) {
		j.Spec.Personas, j.Spec.State, j.Spec.TargetOf = []cxv1.Ref{"shopper"}, cxv1.JourneyTarget, "today"
	})
	says := func(text string) {
		t.Helper()
		shows(text, func(j *cxv1.Journey) bool {
			return strings.Contains(world.Said(j, cxv1.ConditionReady)+" "+kube.Condition(j, cxv1.ConditionReady).Message, text)
		})
	}
	says(`Persona "shopper"; spec.targetOf names Journey "today"`)
	w.Create(build.Persona("shopper"))
	says(`this namespace: spec.targetOf names Journey "today"`)
	today := build.Journey("today", func(j *cxv1.Journey) { j.Spec.State = cxv1.JourneyTarget })
	w.Create(today)
	says("which is itself a target")
	world.Update(w, today, func(j *cxv1.Journey) { j.Spec.State = cxv1.JourneyCurrent })
	says("True/Ready")
}
