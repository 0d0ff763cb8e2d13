// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

func TestANewObjectOfEachKindIsNotSeenYet(t *testing.T) {
	h := harness.New(t)
	for kind, object := range build.All("minimal") {
		h.Create(object)
		h.Get(object)
		status, ok := object.(interface{ CommonStatus() *v1alpha1.ObjectStatus })
		if !ok {
			t.Fatalf("%s has no common status", kind)
		}
		if diff := cmp.Diff(&v1alpha1.ObjectStatus{ObservedGeneration: -1}, status.CommonStatus()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
	}
}

// What people leave out is visible in the object, also where the whole group of options is left out.
func TestDefaultsAreVisibleInTheObject(t *testing.T) {
	h := harness.New(t)
	leftOut := map[string]fields{"Assessment": {"spec.framework": nil, "spec.counts[0].level": nil}}
	for kind, want := range map[string]fields{
		"Program": {"spec.timeZone": "UTC", "spec.ownership.acceptance": "Required", "spec.frameworks[0].profile": "standard"},
		"Survey": {
			"spec.schedule.catchUp.policy": "Latest", "spec.schedule.catchUp.window": "24h", "spec.openFor": "14d",
			"spec.overlap": "Forbid", "spec.anonymity": "Confidential", "spec.wavesHistoryLimit": int64(12), "spec.minReport": int64(5),
		},
		"KPI":        {"spec.ttl": "90d", "spec.minResponses": int64(5), "spec.onNoData": "Unknown"},
		"Owner":      {"spec.type": "Person", "spec.state": "Active"},
		"Journey":    {"spec.state": "Current", "spec.stages[0].touchpoints[0].importance": int64(3)},
		"Initiative": {"spec.subject": "Customer", "spec.requestedPhase": "Proposed", "spec.origin": "Plan"},
		"Assessment": {"spec.framework": "six-stages", "spec.counts[0].level": "All"},
		"Framework": {
			"spec.profiles": []any{"standard"}, "spec.evaluation.demotionGrace": "14d", "spec.evaluation.attestation": map[string]any{
				"atLeast": int64(2), "sharePercent": int64(60), "lowerBoundPercent": int64(50), "minLevelSharePercent": int64(40), "validFor": "180d",
			},
			"spec.stages[1].criteria[0].mode": "Observed", "spec.stages[1].criteria[0].weight": "Required",
		},
	} {
		object := minimal(t, kind, h.Namespace)
		leftOut[kind].set(t, object)
		if err := h.Client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
		defaulted := object.DeepCopy()
		want.set(t, defaulted)
		if diff := cmp.Diff(defaulted.Object, object.Object); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
	}
}

func TestEverySelectableFieldSelects(t *testing.T) {
	for _, c := range loadCRDs(t) {
		schemas := map[string]*apiextensionsv1.JSONSchemaProps{}
		for _, n := range c.nodes() {
			schemas[n.path] = n.schema
		}
		for _, selectable := range c.Spec.Versions[0].SelectableFields {
			path := strings.TrimPrefix(selectable.JSONPath, ".")
			t.Run(c.Spec.Names.Kind+" "+path, func(t *testing.T) {
				h := harness.New(t)
				values := []string{"one", "other"}
				if enum := schemas[path].Enum; len(enum) > 1 {
					values = []string{strings.Trim(string(enum[0].Raw), `"`), strings.Trim(string(enum[1].Raw), `"`)}
				}
				for i, value := range values {
					object := minimal(t, c.Spec.Names.Kind, h.Namespace)
					fields{"metadata.name": fmt.Sprint("number-", i), path: value}.set(t, object)
					if err := h.Client.Create(t.Context(), object); err != nil {
						t.Fatal(err)
					}
				}
				found := &unstructured.UnstructuredList{}
				found.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(c.Spec.Names.ListKind))
				err := h.Client.List(t.Context(), found, client.InNamespace(h.Namespace), client.MatchingFields{path: values[1]})
				if err != nil {
					t.Fatal(err)
				}
				if len(found.Items) != 1 || found.Items[0].GetName() != "number-1" {
					t.Errorf("%s=%s finds %d objects, want number-1 alone", path, values[1], len(found.Items))
				}
			})
		}
	}
}

// The rules cost too much for the API server if they only work on small objects.
func TestTheLargestObjectsStayWithinTheCostOfRules(t *testing.T) {
	h := harness.New(t)
	touchpoint := func(s, i int) string { return fmt.Sprintf("touchpoint-of-forty-characters-%04d-%04d", s, i) }
	stages := list(20, func(s int) any {
		return stage(fmt.Sprint("stage-", s), toStrings(list(20, func(i int) any { return touchpoint(s, i) }))...)
	})
	asked := list(40, func(i int) any {
		return map[string]any{
			"id": fmt.Sprint("q-", i), "type": "MultipleChoice", "options": numbered(30), "text": map[string]any{"en": long(1000), "ru": long(1000)},
		}
	})
	for kind, largest := range map[string]fields{
		"Journey":    {"spec.stages": stages, "spec.personas": refs(20)},
		"Survey":     {"spec.questionnaire.questions": asked, "spec.personaRefs": refs(20)},
		"SurveyWave": {"spec.template.questionnaire.questions": asked, "spec.template.personas": refs(20)},
		"Owner":      {"spec.away": list(20, func(int) any { return absence("2027-07-01", "2027-07-15", long(63)) })},
		"Initiative": {
			"spec.dependsOn": refs(20), "spec.goalRefs": refs(20),
			"spec.publications": list(20, func(int) any {
				return map[string]any{"date": "2027-03-31", "functions": refs(30), "evidence": "https://wiki.example.com/" + long(470)}
			}),
			"spec.insights": list(20, func(i int) any { return map[string]any{"rootCause": fmt.Sprint(long(50), i)} }),
		},
		"KPI": {
			"spec.target": map[string]any{"value": "45", "confidence": "Strict"},
			"spec.incentives": list(50, func(i int) any {
				return map[string]any{"function": fmt.Sprint(long(50), i), "level": "Staff", "scope": "Unit", "evidence": "https://" + long(490)}
			}),
		},
		"Program": {
			"spec.governance.members": refs(50), "spec.governance.reviewEvery": "35d",
			"spec.governance.reviews": list(200, func(i int) any {
				return map[string]any{"date": fmt.Sprintf("%d-03-31", 2000+i), "evidence": "https://" + long(490)}
			}),
			"spec.ideaFund": map[string]any{"amount": int64(5000), "currency": "EUR", "spent": list(200, func(int) any {
				return map[string]any{"date": "2027-03-31", "amount": "120.50", "evidence": "https://" + long(490)}
			})},
		},
		"Assessment": {
			"spec.counts": list(300, func(i int) any {
				level := []string{"Staff", "Manager", "SeniorManager", "Executive", "CEO"}[i%5]
				return counted(fmt.Sprint(long(28), i/5), level, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
			}),
			"spec.exemptions": list(20, func(i int) any { return exempted(fmt.Sprint("criterion-", i), "2027-06-30", long(63)) }),
		},
		"Framework": {
			"spec.stages": list(10, func(s int) any {
				stage := map[string]any{"number": int64(s + 1), "name": long(60), "advance": list(6, func(int) any { return map[string]any{"en": long(300), "ru": long(300)} })}
				if s > 0 {
					stage["criteria"] = list(40, func(i int) any {
						return criterion(map[string]any{"id": fmt.Sprintf("criterion-%d-%d", s, i), "rule": long(2000), "en": long(300)})
					})
				}
				return stage
			}),
			"spec.scales": list(10, func(i int) any {
				return map[string]any{"name": fmt.Sprint("scale-", i), "steps": steps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)}
			}),
		},
	} {
		if err := dryRun(t, h, kind, largest); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func toStrings(values []any) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprint(v)
	}
	return texts
}

func TestDiscoveryNamesTheKindsAsDesigned(t *testing.T) {
	h := harness.New(t)
	h.Create(build.Owner("head-of-cx"), build.KPI("nps", func(k *v1alpha1.KPI) {
		k.Spec.Target = &v1alpha1.KPITarget{Value: "45"}
	}))
	kubectl := kubectl(t, h)

	if got := kubectl("get", "cx", "-o", "name"); got != "kpi.cx-operator.io/nps\nowner.cx-operator.io/head-of-cx\n" {
		t.Errorf("kubectl get cx:\n%s", got)
	}
	if got := kubectl("get", "all", "-o", "name"); strings.Contains(got, "cx-operator.io") {
		t.Errorf("kubectl get all shows our objects:\n%s", got)
	}
	if got := kubectl("get", "cxk", "nps"); !strings.Contains(got, "TARGET   MET") {
		t.Errorf("kubectl get cxk nps:\n%s", got)
	}
	if got := kubectl("get", "cxk", "nps", "-o", "wide"); !strings.Contains(got, "first-response-minutes   Operational") {
		t.Errorf("kubectl get cxk nps:\n%s", got)
	}
	if got := kubectl("explain", "cxk.spec.target.confidence"); !strings.Contains(got, "Point (the value meets the target)") {
		t.Errorf("kubectl explain:\n%s", got)
	}
}

// kubectl returns a function that runs the real kubectl in the test's namespace.
func kubectl(t *testing.T, h *harness.Harness) func(arguments ...string) string {
	t.Helper()
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, h.Plane.Kubeconfig, 0o600); err != nil {
		t.Fatal(err)
	}
	return func(arguments ...string) string {
		t.Helper()
		command := exec.CommandContext(t.Context(), filepath.Join(h.Plane.Assets, "kubectl"),
			append([]string{"--kubeconfig", kubeconfig, "--namespace", h.Namespace, "--cache-dir", filepath.Dir(kubeconfig)}, arguments...)...)
		output, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("kubectl %s: %v\n%s", strings.Join(arguments, " "), err, output)
		}
		return string(output)
	}
}

// Selecting by a field that is not listed is an error, not a silent list of everything.
func TestOtherFieldsDoNotSelect(t *testing.T) {
	h := harness.New(t)
	err := h.Client.List(t.Context(), &v1alpha1.GoalList{}, client.MatchingFields{"spec.displayName": "x"})
	if err == nil || !strings.Contains(err.Error(), "field label not supported") {
		t.Errorf("got %v", err)
	}
}
