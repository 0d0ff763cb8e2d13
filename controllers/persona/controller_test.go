// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package persona_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/persona"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

func TestMain(m *testing.M) { harness.Main(m) }

// use counts what is about a persona, as "journeys surveys kpis".
func use(p *cxv1.Persona) string {
	if p.Status.Journeys == nil {
		return "unknown"
	}
	return fmt.Sprint(*p.Status.Journeys, *p.Status.Surveys, *p.Status.KPIs)
}

func TestAPersonaIsReadyWithOneWrite(t *testing.T) {
	w := world.New(t)
	shopper := build.Persona("shopper")
	w.Create(shopper, build.Persona("clerk"),
		build.Journey("buy", func(j *cxv1.Journey) { j.Spec.Personas = []cxv1.Ref{"shopper", "clerk"} }),
		build.Journey("work", func(j *cxv1.Journey) { j.Spec.Personas = []cxv1.Ref{"clerk"} }),
		build.Survey("nps"), build.Survey("csat"),
		build.KPI("effort", func(k *cxv1.KPI) { k.Spec.PersonaRef = "shopper" }), build.KPI("cost"))
	personas := persona.New(w.Kit, nil)
	if after := w.Look(personas, shopper); after != 0 {
		t.Errorf("looks again after %s though nothing changes with time", after)
	}
	w.Expect(shopper, cxv1.ConditionReady, "True/Ready", "the description lacks goals, needs, pains, evidence")
	w.Expect(shopper, cxv1.ConditionEvidenceBased, "False/Assumed", "spec.evidence")
	if got := use(shopper); got != "1 2 1" {
		t.Errorf("used by %s", got)
	}
	if diff := cmp.Diff(map[string]int{"patch Persona/status": 1}, w.Writes.ByKind()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if len(w.Events) != 0 {
		t.Errorf("a new object is no event: %v", w.Events)
	}
	w.Still(personas, shopper)
}

func TestEvidenceTurnsAnAssumptionIntoAPersona(t *testing.T) {
	w := world.New(t)
	shopper := build.Persona("shopper")
	w.Create(shopper)
	personas := persona.New(w.Kit, nil)
	w.Look(personas, shopper)
	world.Update(w, shopper, func(p *cxv1.Persona) { p.Spec.Evidence = []cxv1.Evidence{"https://wiki.example.com/interviews"} })
	w.Look(personas, shopper)
	w.Expect(shopper, cxv1.ConditionEvidenceBased, "True/EvidenceGiven", "")
	if len(w.Events) != 1 || !strings.HasPrefix(w.Events[0], "shopper EvidenceGiven: ") {
		t.Errorf("events %v, want one for the change", w.Events)
	}
	w.Still(personas, shopper)
}

func TestAPersonaNeedsAProgram(t *testing.T) {
	w := world.Empty(t)
	shopper := build.Persona("shopper")
	w.Create(shopper)
	personas := persona.New(w.Kit, nil)
	w.Look(personas, shopper)
	w.Expect(shopper, cxv1.ConditionReady, "False/NoProgram", `create one named "program"`)

	program := build.Program()
	w.Create(program)
	w.Still(personas, shopper) // its controller has not seen it
	w.Report(program, cxv1.ConditionStalled, metav1.ConditionTrue)
	w.Look(personas, shopper)
	w.Expect(shopper, cxv1.ConditionReady, "False/ProgramNotReady", "kubectl describe cxp program")

	program.Status.Conditions = nil
	w.SetStatus(program)
	w.Look(personas, shopper)
	w.Expect(shopper, cxv1.ConditionReady, "True/Ready", "")
	w.Expect(shopper, cxv1.ConditionReconciling, "absent", "")
}

// What is about a persona changes without the persona: each of these must wake its controller.
func TestAPersonaFollowsWhatIsAboutIt(t *testing.T) {
	w := world.New(t)
	shopper := build.Persona("shopper")
	w.Create(shopper)
	w.Run(func(kit kube.Kit) world.Controller { return persona.New(kit, nil) })
	shows := func(want string) {
		t.Helper()
		world.Await(w, shopper, "use "+want, func(p *cxv1.Persona) bool { return use(p) == want })
	}
	shows("0 0 0")
	journey := build.Journey("buy", func(j *cxv1.Journey) { j.Spec.Personas = []cxv1.Ref{"shopper"} })
	w.Create(journey)
	shows("1 0 0")
	w.Create(build.Survey("nps"))
	shows("1 1 0")
	w.Create(build.KPI("effort", func(k *cxv1.KPI) { k.Spec.PersonaRef = "shopper" }))
	shows("1 1 1")
	world.Update(w, journey, func(j *cxv1.Journey) { j.Spec.Personas = nil })
	shows("0 1 1")
	w.Delete(build.Survey("nps"))
	shows("0 0 1")
	world.Update(w, shopper, func(p *cxv1.Persona) { p.Spec.Pains = []string{"queues"} })
	world.Await(w, shopper, "one gap less", func(p *cxv1.Persona) bool { return len(p.Status.Gaps) == 3 })
	w.Delete(build.Program())
	world.Await(w, shopper, "no Program", func(p *cxv1.Persona) bool {
		return world.Said(p, cxv1.ConditionReady) == "False/NoProgram"
	})
}
