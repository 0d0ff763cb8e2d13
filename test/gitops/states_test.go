// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package gitops_test checks what GitOps tools make of our objects, and that the examples in config/gitops do what they say.
package gitops_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

var update = flag.Bool("update", false, "write testdata/states.json anew")

const statesFile = "testdata/states.json"

// state is an object as the API server holds it, and what tools should make of it. test/gitops/flux reads them too.
type state struct {
	Name string `json:"name"`
	// Argo is the health in Argo CD: Healthy, Progressing, Degraded or Suspended. Kstatus is that of Flux: Current, InProgress, Failed.
	Argo    string         `json:"argo"`
	Kstatus string         `json:"kstatus"`
	Object  map[string]any `json:"object"`
}

// situation is what a controller may find.
type situation struct {
	argo, kstatus string
	// edit changes the object before the controller sees it, after when it has.
	edit, after func(kube.Object)
	outcome     error
	unseen      bool
}

// badNews are conditions that say that the program is not well, which is no fault of the controller.
func badNews(obj kube.Object) {
	for _, condition := range []string{
		cxv1.ConditionOwned, cxv1.ConditionAccepted, cxv1.ConditionVerified, cxv1.ConditionNotified, cxv1.ConditionEnforced,
		cxv1.ConditionWithinCapacity, cxv1.ConditionFresh, cxv1.ConditionTargetMet, cxv1.ConditionAttained, cxv1.ConditionComplete,
		cxv1.ConditionOnSchedule, cxv1.ConditionOpen, cxv1.ConditionPhaseReached, cxv1.ConditionWithinBudget,
		cxv1.ConditionEvidenceBased, cxv1.ConditionReachable, cxv1.ConditionOwnershipComplete, cxv1.ConditionSending,
		cxv1.ConditionPublished, cxv1.ConditionAttested, cxv1.ConditionMaturityAssessed,
	} {
		kube.SetCondition(obj, begin, condition, metav1.ConditionFalse, "NotWell", "It is not well.")
	}
	kube.SetCondition(obj, begin, cxv1.ConditionEvidenceGap, metav1.ConditionTrue, "WordsOnly", "Words are ahead of deeds.")
}

// suspend is for kinds that people can halt.
func suspend(obj kube.Object) {
	switch o := obj.(type) {
	case *cxv1.Survey:
		o.Spec.Suspend = true
	case *cxv1.Program:
		o.Spec.SuspendSending = true
	}
}

func situations(kind string) map[string]situation {
	halted := "Healthy"
	if kind == "Survey" || kind == "Program" {
		halted = "Suspended"
	}
	return map[string]situation{
		"just applied":                  {argo: "Progressing", kstatus: "InProgress", unseen: true},
		"done":                          {argo: "Healthy", kstatus: "Current"},
		"done, and things are bad":      {argo: "Healthy", kstatus: "Current", edit: badNews},
		"a reference is not there":      {argo: "Progressing", kstatus: "InProgress", outcome: kube.Waiting("ReferenceNotFound", 0, "Not there.")},
		"a person must edit":            {argo: "Degraded", kstatus: "Failed", outcome: kube.Stalled("InvalidSpec", "Correct it.")},
		"halted":                        {argo: halted, kstatus: "Current", edit: suspend},
		"halted, and a person must act": {argo: "Degraded", kstatus: "Failed", edit: suspend, outcome: kube.Stalled("InvalidSpec", "Correct it.")},
		"the store is down":             {argo: "Progressing", kstatus: "InProgress", outcome: kube.Failed(cxv1.ReasonStoreUnavailable, errDown)},
		"edited since it was looked at": {argo: "Progressing", kstatus: "InProgress", after: func(obj kube.Object) { obj.SetGeneration(2) }},
		"repaired": {argo: "Progressing", kstatus: "InProgress", outcome: kube.Stalled("InvalidSpec", "Correct it."),
			after: func(obj kube.Object) { obj.SetGeneration(2) }},
	}
}

var errDown = errors.New("down")

var begin = time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)

// states puts every kind through every situation with the driver that all controllers have.
func states(t *testing.T) []state {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := cxv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	var all []state
	objects := build.All("example")
	for _, kind := range slices.Sorted(maps.Keys(objects)) {
		for _, name := range slices.Sorted(maps.Keys(situations(kind))) {
			s := situations(kind)[name]
			obj := objects[kind].DeepCopyObject().(kube.Object)
			obj.SetGeneration(1)
			obj.GetObjectKind().SetGroupVersionKind(cxv1.GroupVersion.WithKind(kind))
			obj.CommonStatus().ObservedGeneration = -1 // the default of the CRD
			if !s.unseen {
				obj = reconciled(t, scheme, obj, s)
			}
			fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, state{Name: kind + ": " + name, Argo: s.argo, Kstatus: s.kstatus, Object: fields})
		}
	}
	return all
}

// reconciled is the object after a controller has looked at it.
func reconciled(t *testing.T, scheme *runtime.Scheme, obj kube.Object, s situation) kube.Object {
	t.Helper()
	kind := obj.GetObjectKind().GroupVersionKind()
	if s.edit != nil {
		s.edit(obj)
	}
	c := fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(obj).WithObjects(obj).Build()
	kit := kube.Kit{Client: c, Clock: clocktesting.NewFakePassiveClock(begin), Events: nobody{}}
	err := drivers[kind.Kind](t.Context(), kit, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(obj)}, s.outcome)
	if err != nil && !errors.Is(err, errDown) {
		t.Fatal(err)
	}
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(obj), obj); err != nil {
		t.Fatal(err)
	}
	if s.after != nil {
		s.after(obj)
	}
	obj.GetObjectKind().SetGroupVersionKind(kind)
	obj.SetResourceVersion("")
	return obj
}

// drivers run the driver of controllers once for an object of a kind.
var drivers = map[string]func(context.Context, kube.Kit, ctrl.Request, error) error{
	"Program": once[*cxv1.Program], "Owner": once[*cxv1.Owner], "Persona": once[*cxv1.Persona], "Journey": once[*cxv1.Journey],
	"Goal": once[*cxv1.Goal], "KPI": once[*cxv1.KPI], "Survey": once[*cxv1.Survey], "SurveyWave": once[*cxv1.SurveyWave],
	"Initiative": once[*cxv1.Initiative], "OwnerAssignment": once[*cxv1.OwnerAssignment], "Scorecard": once[*cxv1.Scorecard],
	"Framework": once[*cxv1.Framework], "Assessment": once[*cxv1.Assessment], "FollowUp": once[*cxv1.FollowUp],
}

// once is one pass; what the step finds is given.
func once[T kube.Object](ctx context.Context, kit kube.Kit, request ctrl.Request, outcome error) error {
	r := kube.NewReconciler(kit, func(context.Context, T) (kube.Result, error) { return kube.Result{}, outcome })
	_, err := r.Reconcile(ctx, request)
	return err
}

// nobody hears events.
type nobody struct{}

func (nobody) Eventf(runtime.Object, runtime.Object, string, string, string, string, ...any) {}

// What other modules test with is what controllers write today.
func TestTheStatesAreThoseThatControllersWrite(t *testing.T) {
	got, err := json.MarshalIndent(states(t), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(statesFile, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(statesFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("if it is meant: go test ./test/gitops -update (-want +got):\n%s", diff)
	}
}
