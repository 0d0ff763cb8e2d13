// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package chart_test

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// as is the object as a type.
func as[T any](t *testing.T, object *unstructured.Unstructured) *T {
	t.Helper()
	typed := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, typed); err != nil {
		t.Fatalf("%s: %v", id(object), err)
	}
	return typed
}

// pod is the Deployment's.
func pod(t *testing.T, objects []*unstructured.Unstructured) *corev1.Pod {
	t.Helper()
	i := slices.IndexFunc(objects, func(o *unstructured.Unstructured) bool { return o.GetKind() == "Deployment" })
	deployment := as[appsv1.Deployment](t, objects[i])
	return &corev1.Pod{ObjectMeta: deployment.Spec.Template.ObjectMeta, Spec: deployment.Spec.Template.Spec}
}

// The API server enforces the level restricted by itself.
func TestEveryPodKeepsToRestricted(t *testing.T) {
	c := newCluster(t)
	c.namespaces("restricted")
	made := func(t *testing.T, p *corev1.Pod) error {
		t.Helper()
		p.Name, p.Namespace = "operator", "restricted"
		p.Spec.PriorityClassName = "" // for the namespaces of the system only
		return c.Client.Create(t.Context(), p, client.DryRunAll)
	}
	for _, w := range matrix {
		if err := made(t, pod(t, w.objects(t))); err != nil {
			t.Errorf("%s: %v", w.name, err)
		}
	}
	for name, loosen := range map[string]string{
		"root":                       `{podSecurityContext: {runAsNonRoot: false}}`,
		"more rights than its start": `{securityContext: {allowPrivilegeEscalation: true}}`,
		"no seccomp":                 `{podSecurityContext: {seccompProfile: {type: Unconfined}}}`,
		"a capability":               `{securityContext: {capabilities: {add: [NET_ADMIN]}}}`,
		"the node's files":           `{extraVolumes: [{name: node, hostPath: {path: /}}]}`,
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			err := made(t, pod(t, way{values: loosen}.objects(t)))
			if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), `violates PodSecurity "restricted`) {
				t.Errorf("got %v, want it refused by Pod Security", err)
			}
		})
	}
}

// Beyond the level restricted, no file of the image can be written, and nobody else gets the account's token.
func TestThePodWritesToItsVolumeOnly(t *testing.T) {
	for _, w := range matrix {
		objects := w.objects(t)
		p := pod(t, objects)
		container := p.Spec.Containers[0]
		if readOnly := container.SecurityContext.ReadOnlyRootFilesystem; readOnly == nil || !*readOnly {
			t.Errorf("%s: the root file system can be written", w.name)
		}
		for _, mount := range container.VolumeMounts {
			if !mount.ReadOnly && mount.Name != "evidence" && mount.Name != "more" {
				t.Errorf("%s: %s can be written", w.name, mount.MountPath)
			}
		}
		if mounted := p.Spec.AutomountServiceAccountToken; mounted == nil || !*mounted {
			t.Errorf("%s: the operator has no token", w.name)
		}
		for _, object := range objects {
			if object.GetKind() != "ServiceAccount" {
				continue
			}
			if account := as[corev1.ServiceAccount](t, object); account.AutomountServiceAccountToken == nil || *account.AutomountServiceAccountToken {
				t.Errorf("%s: every pod with the account gets its token", w.name)
			}
		}
	}
}

func TestNoRoleHasAWildcard(t *testing.T) {
	roles := 0
	for _, w := range matrix {
		for _, object := range w.objects(t) {
			if kind := object.GetKind(); kind != "Role" && kind != "ClusterRole" {
				continue
			}
			roles++
			for _, rule := range as[rbacv1.ClusterRole](t, object).Rules {
				for _, words := range [][]string{rule.Verbs, rule.Resources, rule.APIGroups, rule.NonResourceURLs} {
					if slices.ContainsFunc(words, func(word string) bool { return strings.Contains(word, "*") }) {
						t.Errorf("%s, %s: %v has a wildcard", w.name, id(object), rule)
					}
				}
			}
		}
	}
	if roles < len(matrix) {
		t.Errorf("only %d roles in %d ways", roles, len(matrix))
	}
}

// What reaches the pod besides the survey pages is said by values.
func TestOnlySurveyPagesAreOpenToAll(t *testing.T) {
	for values, want := range map[string][]string{
		"":                                     {"pages from all", "metrics from 1"},
		"networkPolicy: {metrics: {from: []}}": {"pages from all"},
		"networkPolicy: {api: {from: [{podSelector: {}}]}, health: {from: [{podSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8}}]}, " +
			"pages: {from: [{podSelector: {}}]}}": {"pages from 1", "api from 1", "metrics from 1", "health from 2"},
	} {
		policy := one(t, way{values: values}.objects(t), "NetworkPolicy", release)
		rules, _, err := unstructured.NestedSlice(policy.Object, "spec", "ingress")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, rule := range rules {
			r := rule.(map[string]any)
			from := "all"
			if list, ok := r["from"].([]any); ok {
				from = string(rune('0' + len(list)))
			}
			got = append(got, r["ports"].([]any)[0].(map[string]any)["port"].(string)+" from "+from)
		}
		if !slices.Equal(got, want) {
			t.Errorf("with %q: %v, want %v", values, got, want)
		}
	}
}
