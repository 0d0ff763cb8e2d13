// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package chart_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// emptyCluster is an API server of its own that knows nothing of ours, as before the first installation.
func emptyCluster(t *testing.T) *cluster {
	t.Helper()
	assets, err := controlplane.Assets()
	if err != nil {
		t.Fatal(err)
	}
	plane, err := controlplane.StartEmpty(assets)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plane.Stop(); err != nil {
			t.Error(err)
		}
	})
	c, err := client.NewWithWatch(plane.Config, client.Options{Scheme: harness.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	return withKubeconfig(t, &harness.Harness{Plane: plane, Config: plane.Config, Client: c})
}

// program is one that somebody writes.
func (c *cluster) program(namespace string) *cxv1.Program {
	c.Helper()
	program := build.Program()
	program.Namespace, program.Spec.ID = namespace, namespace
	c.await("the kind Program to be served", func(ctx context.Context) error {
		err := c.Client.Create(ctx, program)
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		return err
	})
	if err := c.Client.Get(c.Context(), client.ObjectKeyFromObject(program), program); err != nil {
		c.Fatal(err)
	}
	return program
}

// kept fails the test unless the same program is there.
func (c *cluster) kept(program *cxv1.Program) {
	c.Helper()
	now := program.DeepCopy()
	if err := c.Client.Get(c.Context(), client.ObjectKeyFromObject(program), now); err != nil {
		c.Fatalf("the program is gone: %v", err)
	}
	if now.UID != program.UID {
		c.Error("the program is another one")
	}
}

func TestInstallUpgradeUninstallAndBack(t *testing.T) {
	for _, helm := range helms {
		t.Run(helm, func(t *testing.T) {
			c := emptyCluster(t)
			space := "installed-by-" + helm
			c.namespaces(append(teams, space)...)
			at := []string{release, chart(t), "--namespace", space, "--values", "-"}

			notes := c.helm(helm, "", append([]string{"install"}, at...)...)
			if !strings.Contains(notes, "kubectl -n "+space+" rollout status deployment/cx-operator") {
				t.Errorf("the notes do not say how to see that it works:\n%s", notes)
			}
			installed := parse(t, c.helm(helm, "", "get", "manifest", release, "--namespace", space))
			for _, object := range installed {
				if !c.there(object) {
					t.Errorf("%s was not made", id(object))
				}
			}
			program := c.program(space)

			t.Log("an upgrade changes what its values change, and nothing that people wrote")
			notes = c.helm(helm, sendingOn, append([]string{"upgrade"}, at...)...)
			if !strings.Contains(notes, "Programs in team-a may send through smtp.example.com") {
				t.Errorf("the notes do not say who may send:\n%s", notes)
			}
			live := one(t, installed, "Deployment", release).DeepCopy()
			if err := c.Client.Get(t.Context(), client.ObjectKeyFromObject(live), live); err != nil {
				t.Fatal(err)
			}
			if p := pod(t, []*unstructured.Unstructured{live}); !strings.Contains(fmt.Sprint(p.Spec.Containers[0].Args), "--sending-namespaces=team-a") {
				t.Errorf("the pod does not send: %v", p.Spec.Containers[0].Args)
			}
			c.kept(program)

			t.Log("who forgets the CRDs in an upgrade does not lose all programs")
			c.helm(helm, "crds: {enabled: false}", append([]string{"upgrade"}, at...)...)
			c.kept(program)

			t.Log("uninstalling leaves kinds, programs and evidence, and nothing else")
			c.helm(helm, "", "uninstall", release, "--namespace", space)
			for _, object := range installed {
				keeps := object.GetKind() == "CustomResourceDefinition" || object.GetKind() == "PersistentVolumeClaim"
				if c.there(object) != keeps {
					t.Errorf("%s is there: %v, want %v", id(object), !keeps, keeps)
				}
			}
			c.kept(program)

			t.Log("installing again takes over what was kept")
			c.helm(helm, "", append([]string{"install"}, at...)...)
			c.kept(program)
			c.helm(helm, "", "uninstall", release, "--namespace", space)
		})
	}
}

func TestWhatIsNotKeptGoes(t *testing.T) {
	c := emptyCluster(t)
	c.namespaces("not-kept")
	const values = "{crds: {keep: false}, persistence: {keep: false}}"
	notes := c.helm("helm", values, "install", release, chart(t), "--namespace", "not-kept", "--values", "-")
	if !strings.Contains(notes, "uninstalling this release deletes the evidence of every program") {
		t.Errorf("the notes do not warn:\n%s", notes)
	}
	objects := parse(t, c.helm("helm", "", "get", "manifest", release, "--namespace", "not-kept"))
	c.helm("helm", "", "uninstall", release, "--namespace", "not-kept")
	for _, object := range objects {
		if c.there(object) {
			t.Errorf("%s is still there", id(object))
		}
	}
}
