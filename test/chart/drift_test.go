// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package chart_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// make generate copies them, as a chart may not point out of its folder.
func TestTheChartHasWhatConfigHas(t *testing.T) {
	copied := 0
	for folder, pattern := range map[string]string{
		"crds": "crd/cx-operator.io_*.yaml", "rbac": "rbac/*role.yaml", "policy": "policy/policy.yaml",
	} {
		sources, err := filepath.Glob(path(t, "config", filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		copies, err := filepath.Glob(filepath.Join(chart(t), "files", folder, "*"))
		if err != nil {
			t.Fatal(err)
		}
		if len(sources) == 0 || len(sources) != len(copies) {
			t.Errorf("%d files in config/%s, %d in the chart: run make generate", len(sources), pattern, len(copies))
		}
		for _, source := range sources {
			name := filepath.Base(source)
			if read(t, "config", filepath.Dir(pattern), name) != read(t, "charts", "cx-operator", "files", folder, name) {
				t.Errorf("files/%s/%s in the chart differs from config: run make generate", folder, name)
			}
			copied++
		}
	}
	if copied < 20 {
		t.Errorf("only %d files were compared", copied)
	}
}

// kustomize is what kubectl makes of a folder in config.
func kustomize(t *testing.T, c *cluster, folder string) []*unstructured.Unstructured {
	t.Helper()
	return parse(t, c.kubectl("", "kustomize", path(t, "config", filepath.FromSlash(folder))))
}

// ours leaves out by what an installation may differ: the marks of Helm, and what only kustomize can bring along.
func ours(objects []*unstructured.Unstructured) map[string]map[string]any {
	same := map[string]map[string]any{}
	for _, object := range objects {
		if object.GetKind() == "Namespace" {
			continue
		}
		o := object.DeepCopy()
		for _, at := range [][]string{{"metadata"}, {"spec", "template", "metadata"}} {
			for _, mark := range []string{"helm.sh/chart", "app.kubernetes.io/managed-by"} {
				unstructured.RemoveNestedField(o.Object, append(at, "labels", mark)...)
			}
			for _, mark := range keeping {
				unstructured.RemoveNestedField(o.Object, append(at, "annotations", mark)...)
			}
		}
		if len(o.GetAnnotations()) == 0 {
			o.SetAnnotations(nil)
		}
		same[id(o)] = o.Object
	}
	return same
}

func TestKustomizeAndTheChartInstallTheSame(t *testing.T) {
	c := newCluster(t)
	for folder, w := range map[string]way{
		"default": {},
		"overlays/pages": {values: `pages: {publicURL: "https://feedback.example.com", linkKeys: {existingSecret: cx-link-keys}}
sending: {namespaces: [my-program], allowHosts: [smtp.example.com]}
api: {tokens: {existingSecret: cx-api-tokens}}`},
		"overlays/namespaced": {values: "watchNamespaces: [my-program]"},
		"overlays/monitoring": {kinds: monitored},
	} {
		t.Run(folder, func(t *testing.T) {
			byKustomize, byHelm := ours(kustomize(t, c, folder)), ours(w.objects(t))
			for _, objects := range []map[string]map[string]any{byKustomize, byHelm} {
				deployment := &unstructured.Unstructured{Object: objects["Deployment cx-operator-system cx-operator"]}
				sortArgs(t, deployment)
			}
			if diff := cmp.Diff(byKustomize, byHelm); diff != "" {
				t.Errorf("config/%s and the chart differ (-kustomize +chart):\n%s", folder, diff)
			}
		})
	}
}

// sortArgs: the order of flags says nothing.
func sortArgs(t *testing.T, deployment *unstructured.Unstructured) {
	t.Helper()
	containers, _, err := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "containers")
	if err != nil || len(containers) != 1 {
		t.Fatalf("%d containers: %v", len(containers), err)
	}
	container := containers[0].(map[string]any)
	flags := map[string]any{}
	for _, argument := range container["args"].([]any) {
		name, value, _ := strings.Cut(argument.(string), "=")
		flags[name] = value
	}
	container["args"] = flags
	if err := unstructured.SetNestedSlice(deployment.Object, containers, "spec", "template", "spec", "containers"); err != nil {
		t.Fatal(err)
	}
}

// What is built by kubectl is taken by the API server as well.
func TestTheAPIServerTakesConfig(t *testing.T) {
	c := newCluster(t)
	c.namespaces("my-program")
	for _, folder := range []string{"default", "overlays/pages", "overlays/namespaced", "overlays/monitoring"} {
		c.kubectl("", "apply", "--server-side", "--force-conflicts", "--kustomize", path(t, "config", filepath.FromSlash(folder)))
		for _, object := range kustomize(t, c, folder) {
			if !c.there(object) {
				t.Errorf("%s: %s was not made", folder, id(object))
			}
		}
	}
}
