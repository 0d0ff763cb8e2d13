// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package chart_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// labelled is the way of the matrix that sets labels which the chart sets, too.
func labelled(t *testing.T) way {
	t.Helper()
	for _, w := range matrix {
		if w.name == "labels that the chart has as well" {
			return w
		}
	}
	t.Fatal("the matrix has no such way")
	return way{}
}

// That no label is there twice is for parse to see.
func TestLabelsMaySayOtherwiseButNotByWhichPodsAreFound(t *testing.T) {
	objects := labelled(t).objects(t)
	own := map[string]string{
		"app.kubernetes.io/name": "cx-operator", "app.kubernetes.io/instance": release, "app.kubernetes.io/component": "operator",
	}
	found := as[appsv1.Deployment](t, one(t, objects, "Deployment", release)).Spec.Selector.MatchLabels
	if diff := cmp.Diff(own, found); diff != "" {
		t.Errorf("the Deployment looks for other pods (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(own, as[corev1.Service](t, one(t, objects, "Service", release+"-metrics")).Spec.Selector); diff != "" {
		t.Errorf("the Service looks for other pods (-want +got):\n%s", diff)
	}
	for kind, want := range map[string]map[string]string{
		"pod":            {"team": "cx", "app.kubernetes.io/version": "v9", "app.kubernetes.io/part-of": "platform", "release": "prometheus"},
		"ServiceMonitor": {"team": "platform", "release": "another", "app.kubernetes.io/part-of": "platform"},
		"NetworkPolicy":  {"team": "platform", "release": "prometheus", "app.kubernetes.io/part-of": "platform"},
	} {
		got := pod(t, objects).Labels
		if kind != "pod" {
			got = one(t, objects, kind, release).GetLabels()
		}
		for _, labels := range []map[string]string{own, want} {
			for name, value := range labels {
				if got[name] != value {
					t.Errorf("%s: label %s is %q, want %q", kind, name, got[name], value)
				}
			}
		}
	}
	want := map[string]string{"kubectl.kubernetes.io/default-container": "proxy", "example.com/note": "theirs"}
	if diff := cmp.Diff(want, pod(t, objects).Annotations); diff != "" {
		t.Errorf("annotations of the pod (-want +got):\n%s", diff)
	}
}

// In YAML a name of digits is a number, which no label can be.
func TestAReleaseMayHaveANameOfDigits(t *testing.T) {
	for _, helm := range helms {
		text, err := run(t, nil, "", tool(t, helm), "template", "2027", chart(t), "--namespace", home)
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range parse(t, text) {
			if got := object.GetLabels()["app.kubernetes.io/instance"]; got != "2027" {
				t.Errorf("%s: %s: the label of the release is %q", helm, id(object), got)
			}
		}
	}
}

// keeping are the annotations that keep an object from Helm and from Argo CD.
var keeping = []string{"helm.sh/resource-policy", "argocd.argoproj.io/sync-options"}

// Argo CD prunes what a chart does not render any more, whatever Helm's annotation says.
func TestWhatIsKeptIsKeptFromArgoCDAsWell(t *testing.T) {
	for values, want := range map[string][]string{
		"": {"keep", "Prune=false,Delete=false"},
		"{persistence: {keep: false}, crds: {keep: false}}":                            {"", ""},
		"{commonAnnotations: {argocd.argoproj.io/sync-options: ServerSideApply=true}}": {"keep", "ServerSideApply=true,Prune=false,Delete=false"},
	} {
		kept := 0
		for _, object := range (way{values: values}).objects(t) {
			expected := []string{"", ""}
			if strings.Contains(values, "ServerSideApply") {
				expected[1] = "ServerSideApply=true"
			}
			if kind := object.GetKind(); kind == "CustomResourceDefinition" || kind == "PersistentVolumeClaim" {
				expected = want
				kept++
			}
			for i, name := range keeping {
				if got := object.GetAnnotations()[name]; got != expected[i] {
					t.Errorf("with %q %s has %s: %q, want %q", values, id(object), name, got, expected[i])
				}
			}
		}
		if kept < 15 {
			t.Errorf("only %d kinds and claims", kept)
		}
	}
}
