// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package policy_test holds config/policy and config/rbac against a real API server: who may write what in a program, and with
// which words others are refused.
package policy_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// patience bounds every wait; a machine under load needs more than people have.
const patience = 5 * time.Minute

// probe is the name whose creation the policies refuse to everybody.
const probe = "cx-operator-policy-check"

// company is a namespace on a control plane with the shipped rights and policies.
type company struct {
	*harness.Harness
	*testing.T
}

// installed: rights and policies are of the whole cluster.
var installed sync.Once

func newCompany(t *testing.T) *company {
	t.Helper()
	c := &company{Harness: harness.New(t), T: t}
	installed.Do(func() {
		for _, folder := range []string{"rbac", "policy"} {
			if _, err := c.run("", "apply", "--kustomize", c.folder("config", folder)); err != nil {
				t.Fatal(err)
			}
		}
	})
	c.await("the policies to be in force", func(ctx context.Context) error {
		err := c.Client.Create(ctx, c.In(build.OwnerAssignment(probe)), client.DryRunAll)
		if err == nil {
			return errors.New("the trial write was not refused")
		}
		if !strings.Contains(err.Error(), "are in force") {
			return err
		}
		return nil
	})
	return c
}

// in is the same company in a subtest.
func (c *company) in(t *testing.T) *company { return &company{Harness: c.Harness, T: t} }

// folder is a folder of the checkout.
func (c *company) folder(path ...string) string {
	c.Helper()
	root, err := controlplane.Root()
	if err != nil {
		c.Fatal(err)
	}
	return filepath.Join(append([]string{root}, path...)...)
}

// await polls until the check passes.
func (c *company) await(what string, check func(context.Context) error) {
	c.Helper()
	var last error
	err := wait.PollUntilContextTimeout(c.Context(), 50*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
		last = check(ctx)
		return last == nil, nil
	})
	if err != nil {
		c.Fatalf("waited for %s: %v: %v", what, err, last)
	}
}

// config is that of a user.
func (c *company) config(user string, groups ...string) *rest.Config {
	cfg := rest.CopyConfig(c.Config)
	cfg.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: append(groups, "system:authenticated")}
	return cfg
}

// as is a client of a user.
func (c *company) as(user string, groups ...string) client.Client {
	c.Helper()
	as, err := client.New(c.config(user, groups...), client.Options{Scheme: harness.Scheme})
	if err != nil {
		c.Fatal(err)
	}
	return as
}

// bind gives roles that ship to a user of the namespace.
func (c *company) bind(user string, roles ...string) {
	c.Helper()
	for _, role := range roles {
		binding := &rbacv1.RoleBinding{}
		binding.Name = strings.ReplaceAll(user, ":", "-") + "-" + role
		binding.RoleRef = rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role}
		binding.Subjects = []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}}
		c.Create(binding)
		given := &rbacv1.ClusterRole{}
		if err := c.Client.Get(c.Context(), client.ObjectKey{Name: role}, given); err != nil {
			c.Fatal(err)
		}
		c.awaitRights(user, given.Rules)
	}
}

// awaitRights waits until the API server knows of rights, which is a moment after they were given.
func (c *company) awaitRights(user string, rules []rbacv1.PolicyRule) {
	c.Helper()
	for _, rule := range rules {
		if len(rule.Resources) == 0 {
			continue
		}
		resource, sub, _ := strings.Cut(rule.Resources[0], "/")
		asked := &authorizationv1.ResourceAttributes{
			Namespace: c.Namespace, Verb: rule.Verbs[0], Group: rule.APIGroups[0], Resource: resource, Subresource: sub,
		}
		if len(rule.ResourceNames) > 0 {
			asked.Name = rule.ResourceNames[0]
		}
		c.await(fmt.Sprintf("%s to have the right %+v", user, asked), func(ctx context.Context) error {
			review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
				User: user, Groups: []string{"system:authenticated"}, ResourceAttributes: asked,
			}}
			if err := c.Client.Create(ctx, review); err != nil || review.Status.Allowed {
				return err
			}
			return errors.New("it is not known yet")
		})
	}
}

// bindWriters gives users every right to write that there is but the verbs of the policies: what is refused to them, the policies
// refuse.
func (c *company) bindWriters(users ...string) {
	c.Helper()
	role := &rbacv1.Role{}
	role.Name = "writers"
	role.Rules = []rbacv1.PolicyRule{{
		APIGroups: []string{cxv1.GroupVersion.Group}, Resources: []string{"*"},
		Verbs: []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"},
	}}
	binding := &rbacv1.RoleBinding{}
	binding.Name = role.Name
	binding.RoleRef = rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name}
	for _, user := range users {
		binding.Subjects = append(binding.Subjects, rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user})
	}
	c.Create(role, binding)
	for _, user := range users {
		c.awaitRights(user, role.Rules)
	}
}

// patch is a merge patch as kubectl patch sends it.
func patch(ctx context.Context, as client.Client, obj client.Object, merge string) error {
	return as.Patch(ctx, obj, client.RawPatch("application/merge-patch+json", []byte(merge)))
}

// refused fails the test unless the policies refused the write, with these words.
func (c *company) refused(err error, words string) {
	c.Helper()
	switch {
	case err == nil:
		c.Errorf("it was allowed; want it refused with %q", words)
	case !strings.Contains(err.Error(), "ValidatingAdmissionPolicy 'cx-operator'"):
		c.Errorf("not the policies refused it: %v", err)
	case !strings.Contains(err.Error(), words):
		c.Errorf("refused with\n  %v\nwant\n  ...%s...", err, words)
	}
}

// allowed fails the test unless the write came through.
func (c *company) allowed(err error) {
	c.Helper()
	if err != nil {
		c.Errorf("want it allowed, got: %v", err)
	}
}

// kubectl runs the real kubectl in the namespace, as somebody or, where that is empty, as an administrator.
func (c *company) kubectl(as string, arguments ...string) string {
	c.Helper()
	output, err := c.tryKubectl(as, "", arguments...)
	if err != nil {
		c.Fatal(err)
	}
	return output
}

// tryKubectl is kubectl with something to read from its standard input, which may fail.
func (c *company) tryKubectl(as, input string, arguments ...string) (string, error) {
	c.Helper()
	arguments = append([]string{"--namespace", c.Namespace}, arguments...)
	if as != "" {
		arguments = append(arguments, "--as", as)
	}
	return c.run(input, arguments...)
}

// run runs kubectl as an administrator, unless the arguments say otherwise.
func (c *company) run(input string, arguments ...string) (string, error) {
	c.Helper()
	kubeconfig := filepath.Join(c.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, c.Plane.Kubeconfig, 0o600); err != nil {
		c.Fatal(err)
	}
	command := exec.CommandContext(c.Context(), filepath.Join(c.Plane.Assets, "kubectl"),
		append([]string{"--kubeconfig", kubeconfig, "--cache-dir", filepath.Dir(kubeconfig)}, arguments...)...)
	command.Stdin = strings.NewReader(input)
	output, err := command.CombinedOutput()
	if err != nil {
		return string(output), fmt.Errorf("kubectl %s: %w\n%s", strings.Join(arguments, " "), err, output)
	}
	return string(output), nil
}

// specFields are the fields of a kind's spec, in order.
func (c *company) specFields(kind string) []string {
	c.Helper()
	content, err := os.ReadFile(filepath.Join(c.folder("config", "crd"), "cx-operator.io_"+strings.ToLower(kind)+"s.yaml"))
	if err != nil {
		c.Fatal(err)
	}
	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.Unmarshal(content, crd); err != nil {
		c.Fatal(err)
	}
	return sorted(crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"].Properties)
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
