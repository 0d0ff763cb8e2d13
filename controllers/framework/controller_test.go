// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package framework_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/framework"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

func TestMain(m *testing.M) { harness.Main(m) }

func rule(rule string) func(*cxv1.Framework) {
	return func(f *cxv1.Framework) { f.Spec.Stages[1].Criteria[0].Rule = rule }
}

func TestAFrameworkIsReadyWithOneWrite(t *testing.T) {
	w := world.New(t)
	ours := build.Framework("ours")
	w.Create(ours)
	frameworks := framework.New(w.Kit)
	if after := w.Look(frameworks, ours); after != 0 {
		t.Errorf("looks again after %s though nothing changes with time", after)
	}
	w.Expect(ours, cxv1.ConditionReady, "True/Ready", "A ladder of 2 stages: 1 criteria, 0 questions; its rules cost at most ")
	if s := ours.Status; *s.Stages != 2 || *s.Criteria != 1 || *s.Questions != 0 || *s.Cost < 1 || s.Problems != nil {
		t.Errorf("status %+v", s)
	}
	if diff := cmp.Diff(map[string]int{"patch Framework/status": 1}, w.Writes.ByKind()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	w.Still(frameworks, ours)
}

func TestAMistakeNamesTheCriterionAndGoesWithItsCorrection(t *testing.T) {
	w := world.New(t)
	ours := build.Framework("ours", rule("f.journey >= 1"))
	w.Create(ours)
	frameworks := framework.New(w.Kit)
	w.Look(frameworks, ours)
	w.Expect(ours, cxv1.ConditionReady, "False/InvalidFramework", "has-journey: the rule reads f.journey, which is no fact (did you mean f.journeys?)")
	w.Expect(ours, cxv1.ConditionStalled, "True/InvalidFramework", "keeps its last result until then")
	want := []cxv1.FrameworkProblem{{ID: "has-journey",
		Message: "the rule reads f.journey, which is no fact (did you mean f.journeys?); use one of the declared facts"}}
	if diff := cmp.Diff(want, ours.Status.Problems); diff != "" || ours.Status.Cost != nil {
		t.Errorf("cost %v, problems (-want +got):\n%s", ours.Status.Cost, diff)
	}
	w.Still(frameworks, ours)
	world.Update(w, ours, rule("f.journeys >= 1"))
	w.Look(frameworks, ours)
	w.Expect(ours, cxv1.ConditionReady, "True/Ready", "")
	w.Expect(ours, cxv1.ConditionStalled, "absent", "")
	if ours.Status.Problems != nil || ours.Status.Cost == nil {
		t.Errorf("after the correction %+v", ours.Status)
	}
}

// What the API server lets through at most must fit into the status, whatever is wrong with it.
func TestManyMistakesFitIntoTheStatus(t *testing.T) {
	w := world.New(t)
	ours := build.Framework("ours", func(f *cxv1.Framework) {
		f.Spec.Stages = nil
		for i := range 100 {
			f.Spec.Criteria = append(f.Spec.Criteria, cxv1.FrameworkCriterion{
				ID: strings.Repeat("c", 40) + string(rune('a'+i/26)) + string(rune('a'+i%26)), Competency: "culture",
				Rule: strings.Repeat("x", 400) + "(", FrameworkText: cxv1.FrameworkText{EN: "An item"}})
		}
	})
	w.Create(ours)
	w.Look(framework.New(w.Kit), ours)
	if len(ours.Status.Problems) != 20 || ours.Status.ProblemsMore != 80 {
		t.Errorf("%d problems and %d more", len(ours.Status.Problems), ours.Status.ProblemsMore)
	}
	w.Expect(ours, cxv1.ConditionReady, "False/InvalidFramework", "(and 99 more, see status.problems of the Framework)")
}

func TestAFrameworkNeedsAProgram(t *testing.T) {
	w := world.Empty(t)
	ours := build.Framework("ours")
	w.Create(ours)
	frameworks := framework.New(w.Kit)
	w.Look(frameworks, ours)
	w.Expect(ours, cxv1.ConditionReady, "False/NoProgram", `create one named "program"`)
	program := build.Program()
	w.Create(program)
	w.Report(program, cxv1.ConditionReady, metav1.ConditionTrue)
	w.Look(frameworks, ours)
	w.Expect(ours, cxv1.ConditionReady, "True/Ready", "")
}

// The copy for people goes through the API server unharmed, and comes out as the model that is built in.
func TestTheCopyOfTheBuiltInFrameworkIsTheSameModel(t *testing.T) {
	w := world.New(t)
	data, err := os.ReadFile("../../config/frameworks/six-stages.yaml")
	if err != nil {
		t.Fatal(err)
	}
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(data, &object.Object); err != nil {
		t.Fatal(err)
	}
	object.SetNamespace(w.Namespace)
	if err := w.Client.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("kubectl")); err != nil {
		t.Fatal(err)
	}
	six := build.Framework(maturity.SixStages)
	w.Get(six)
	w.Look(framework.New(w.Kit), six)
	w.Expect(six, cxv1.ConditionReady, "True/Ready", "A ladder of 6 stages: 51 criteria, 20 questions")

	models := &program.Models{}
	for _, profile := range six.Spec.Profiles {
		use := cxv1.FrameworkUse{Name: six.Name, Profile: profile}
		copied, err := models.Of(program.New(w.Namespace, six), nil, use)
		if err != nil {
			t.Fatal(err)
		}
		builtin, err := models.Of(program.New(w.Namespace), nil, use)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(maturity.Describe(builtin), maturity.Describe(copied)); diff != "" || builtin == copied || builtin.Cost() != copied.Cost() {
			t.Errorf("%s (-built in +copy):\n%s", profile, diff)
		}
	}
}

func TestAFrameworkFollowsItsSpecAndItsProgram(t *testing.T) {
	w := world.New(t)
	ours := build.Framework("ours")
	w.Create(ours)
	w.Run(func(kit kube.Kit) world.Controller { return framework.New(kit) })
	says := func(want string) {
		t.Helper()
		world.Await(w, ours, want, func(f *cxv1.Framework) bool { return world.Said(f, cxv1.ConditionReady) == want })
	}
	says("True/Ready")
	world.Update(w, ours, rule("f.nothing"))
	says("False/InvalidFramework")
	world.Update(w, ours, rule("f.standardExists"))
	says("True/Ready")
	w.Delete(build.Program())
	says("False/NoProgram")
}
