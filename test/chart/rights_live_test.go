// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package chart_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// served is the operator as a process, with the flags of a render and the rights of its ServiceAccount.
type served struct {
	command *exec.Cmd
	log     string
}

// serve builds and starts it.
func (c *cluster) serve(flags []string) *served {
	c.Helper()
	folder := c.TempDir()
	program := filepath.Join(folder, "cx-operator")
	if _, err := run(c.T, nil, "", "go", "build", "-C", path(c.T), "-o", program, "./cmd/cx-operator"); err != nil {
		c.Fatal(err)
	}
	config, err := clientcmd.Load(c.Plane.Kubeconfig)
	if err != nil {
		c.Fatal(err)
	}
	account := "system:serviceaccount:" + home + ":" + release
	for _, user := range config.AuthInfos {
		user.Impersonate, user.ImpersonateGroups = account, []string{"system:serviceaccounts", "system:authenticated"}
	}
	kubeconfig := filepath.Join(folder, "kubeconfig")
	if err := clientcmd.WriteToFile(*config, kubeconfig); err != nil {
		c.Fatal(err)
	}
	s := &served{log: filepath.Join(folder, "log")}
	log, err := os.Create(s.log)
	if err != nil {
		c.Fatal(err)
	}
	s.command = exec.CommandContext(context.WithoutCancel(c.Context()), program, append(flags, "--kubeconfig="+kubeconfig,
		"--store=sqlite:"+filepath.Join(folder, "evidence.db"), "--metrics-bind-address=0", "--health-probe-bind-address=0")...)
	s.command.Stdout, s.command.Stderr = log, log
	if err := s.command.Start(); err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() {
		if c.Failed() {
			c.Log(s.text(c))
		}
		err := errors.Join(s.command.Process.Signal(syscall.SIGTERM), s.command.Wait(), log.Close())
		if err != nil {
			c.Errorf("the operator ended badly: %v", err)
		}
	})
	return s
}

func (s *served) text(c *cluster) string {
	c.Helper()
	text, err := os.ReadFile(s.log)
	if err != nil {
		c.Fatal(err)
	}
	return string(text)
}

// seen is whether the operator looked at everything in the namespace.
func (c *cluster) seen(namespace string) error {
	program, owner := build.Program(), build.Owner("head-of-cx")
	for _, object := range []client.Object{program, owner} {
		object.SetNamespace(namespace)
		if err := c.Client.Get(c.Context(), client.ObjectKeyFromObject(object), object); err != nil {
			return err
		}
	}
	if !meta.IsStatusConditionPresentAndEqual(program.Status.Conditions, cxv1.ConditionEnforced, "True") {
		return fmt.Errorf("the program has %v", program.Status.Conditions)
	}
	if len(owner.Status.Conditions) == 0 {
		return errors.New("the owner has no conditions")
	}
	return nil
}

// With Roles only, the operator does all of its work in its namespaces, and asks for nothing beyond them.
func TestTheOperatorWorksWithTheRightsThatTheChartGives(t *testing.T) {
	c := newCluster(t)
	c.namespaces(append(teams, home)...)
	// Kinds, roles and policies, by an administrator.
	c.kubectl("", "apply", "--server-side", "--force-conflicts", "--kustomize", path(t, "config", "crd"))
	c.kubectl("", "apply", "--server-side", "--force-conflicts", "--kustomize", path(t, "config", "policy"))
	for _, team := range teams {
		c.program(team)
		owner := build.Owner("head-of-cx")
		owner.Namespace = team
		if err := c.Client.Create(t.Context(), owner); err != nil {
			t.Fatal(err)
		}
	}
	for _, w := range []way{
		{name: "in one namespace", values: "watchNamespaces: [team-a]"},
		{name: "in all namespaces", values: "{crds: {enabled: false}, admissionPolicies: {enabled: false}}"},
	} {
		t.Run(w.name, func(t *testing.T) {
			c := c.in(t)
			c.kubectl("", "delete", "clusterrolebinding,rolebinding", "--all-namespaces", "--ignore-not-found",
				"--selector", "app.kubernetes.io/name=cx-operator")
			text := render(t, "helm", home, w.values)
			c.kubectl(text, "apply", "--server-side", "--force-conflicts", "--filename", "-")
			var flags []string
			for _, flag := range pod(t, parse(t, text)).Spec.Containers[0].Args {
				if !strings.HasPrefix(flag, "--store=") {
					flags = append(flags, flag)
				}
			}
			operator := c.serve(flags)
			c.await("the operator to work in team-a", func(context.Context) error { return c.seen("team-a") })
			if everywhere := !strings.Contains(w.values, "watchNamespaces"); everywhere {
				c.await("the operator to work in team-b", func(context.Context) error { return c.seen("team-b") })
			} else if c.seen("team-b") == nil {
				t.Error("it works in team-b as well, which it is not told to watch")
			}
			if log := operator.text(c); strings.Contains(log, "forbidden") {
				t.Errorf("it asks for what it may not have:\n%s", log)
			}
		})
	}
}

// A Role gives the namespace that it is in, although namespaces are of the whole cluster: the operator reads their UIDs.
func TestARoleLetsTheOperatorReadItsOwnNamespaceOnly(t *testing.T) {
	c := newCluster(t)
	c.namespaces(append(teams, home)...)
	c.kubectl("", "delete", "clusterrolebinding,rolebinding", "--all-namespaces", "--selector", "app.kubernetes.io/name=cx-operator")
	c.kubectl(render(t, "helm", home, "watchNamespaces: [team-a]"), "apply", "--server-side", "--force-conflicts", "--filename", "-")
	for _, may := range []struct {
		arguments []string
		want      bool
	}{
		{[]string{"get", "namespace", "team-a"}, true},
		{[]string{"get", "namespace", "team-b"}, false},
		{[]string{"get", "namespaces"}, false},
		{[]string{"get", "programs.cx-operator.io", "--namespace", "team-a"}, true},
		{[]string{"get", "programs.cx-operator.io", "--namespace", "team-b"}, false},
		{[]string{"get", "secrets", "--namespace", "team-a"}, false},
		{[]string{"get", "secret", "cx-link-keys", "--namespace", home}, false},
		{[]string{"get", "customresourcedefinitions"}, false},
	} {
		// The API server knows of a right a moment after it was given, and of one less as late.
		c.await(fmt.Sprintf("%v to be allowed: %v", may.arguments, may.want), func(context.Context) error {
			_, err := c.tryKubectl("", append([]string{"--as", "system:serviceaccount:" + home + ":" + release}, may.arguments...)...)
			switch {
			case err == nil && !may.want:
				return errors.New("it is allowed")
			case err != nil && (may.want || !strings.Contains(err.Error(), "(Forbidden)")):
				return err
			}
			return nil
		})
	}
}
