// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// Each of its controllers has an account of its own, as on most clusters; none of them holds the verbs of the policies.
func TestTheClusterDoesItsPartWithPoliciesInForce(t *testing.T) {
	c := newCompany(t)
	c.StartControllerManager("--use-service-account-credentials=true",
		"--controllers=clusterrole-aggregation-controller,validatingadmissionpolicy-status-controller")
	t.Run("the policies are checked against our kinds, without a warning", func(t *testing.T) { c.in(t).checkTypes() })
	t.Run("Kubernetes' own roles get their share of ours", func(t *testing.T) { c.in(t).checkAggregated() })
	t.Run("children go with what they were made from", func(t *testing.T) {
		c := c.in(t)
		goal, survey := build.Goal("loyalty"), build.Survey("pulse")
		c.Create(goal, survey)
		assignment, wave := build.OwnerAssignment("goal-loyalty"), build.SurveyWave("pulse-20270104t0900")
		c.childOf(goal, assignment)
		c.childOf(survey, wave)
		c.bind(editor, "cx-edit")
		c.allowed(c.as(editor).Delete(t.Context(), goal))
		c.allowed(c.as(editor).Delete(t.Context(), survey, client.PropagationPolicy(metav1.DeletePropagationForeground)))
		c.awaitGone(assignment, wave, survey)
	})
	t.Run("children that shall stay are let go", func(t *testing.T) {
		c := c.in(t)
		goal, assignment := build.Goal("orphaning"), build.OwnerAssignment("goal-orphaning")
		c.Create(goal)
		c.childOf(goal, assignment)
		c.allowed(c.Client.Delete(t.Context(), goal, client.PropagationPolicy(metav1.DeletePropagationOrphan)))
		c.awaitGone(goal)
		if c.Get(assignment); len(assignment.OwnerReferences) != 0 {
			t.Errorf("owner references %v", assignment.OwnerReferences)
		}
	})
	t.Run("namespaces are emptied", func(t *testing.T) {
		full := &company{Harness: harness.New(t), T: t}
		for _, obj := range build.All("left") {
			full.Create(obj)
		}
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: full.Namespace}}
		full.allowed(full.Client.Delete(t.Context(), namespace))
		full.await("the namespace to go", func(ctx context.Context) error {
			err := full.Client.Get(ctx, client.ObjectKeyFromObject(namespace), namespace)
			if apierrors.IsNotFound(err) {
				return nil
			}
			return errors.Join(err, fmt.Errorf("conditions %v", namespace.Status.Conditions))
		})
	})
}

// checkAggregated compares what Kubernetes' view, edit and admin may do with our kinds.
func (c *company) checkAggregated() {
	c.Helper()
	var text string
	c.await("the roles to be summed up", func(ctx context.Context) error {
		text = ""
		for _, name := range []string{"view", "edit", "admin"} {
			role := &rbacv1.ClusterRole{}
			if err := c.Client.Get(ctx, client.ObjectKey{Name: name}, role); err != nil {
				return err
			}
			ours := slices.DeleteFunc(role.Rules, func(r rbacv1.PolicyRule) bool {
				return !slices.Contains(r.APIGroups, cxv1.GroupVersion.Group) && !slices.Contains(r.APIGroups, "*")
			})
			if len(ours) == 0 {
				return fmt.Errorf("%s has nothing of ours", name)
			}
			text += table("ClusterRole "+name, nil, ours)
		}
		// A role is summed up from others that are summed up themselves, so a part may come later.
		if want, err := os.ReadFile(filepath.Join("testdata", "aggregated.txt")); err == nil && !*update && string(want) != text {
			return fmt.Errorf("aggregated.txt (-want +got; -update writes it anew):\n%s", cmp.Diff(string(want), text))
		}
		return nil
	})
	golden(c.T, "aggregated.txt", text)
}

// checkTypes waits for what the controller manager says about the expressions: kubectl describe shows it to administrators.
func (c *company) checkTypes() {
	c.Helper()
	policy := &admissionv1.ValidatingAdmissionPolicy{}
	c.await("the types to be checked", func(ctx context.Context) error {
		err := c.Client.Get(ctx, client.ObjectKey{Name: "cx-operator"}, policy)
		if err == nil && policy.Status.ObservedGeneration != policy.Generation {
			return fmt.Errorf("status %+v", policy.Status)
		}
		return err
	})
	if checked := policy.Status.TypeChecking; checked == nil || len(checked.ExpressionWarnings) > 0 {
		c.Errorf("type checking: %+v", checked)
	}
}

func (c *company) childOf(parent, child client.Object) {
	c.Helper()
	if err := controllerutil.SetControllerReference(parent, c.In(child), harness.Scheme); err != nil {
		c.Fatal(err)
	}
	c.Create(child)
}

func (c *company) awaitGone(objs ...client.Object) {
	c.Helper()
	for _, obj := range objs {
		c.await(fmt.Sprintf("%T %s to go", obj, obj.GetName()), func(ctx context.Context) error {
			err := c.Client.Get(ctx, client.ObjectKeyFromObject(obj), obj)
			if apierrors.IsNotFound(err) {
				return nil
			}
			return errors.Join(err, errors.New("it is there"))
		})
	}
}

// Accounts of the system clean up. What is in objects is none of their business.
func TestSystemAccountsCleanUpAndWriteNothingElse(t *testing.T) {
	c := newCompany(t)
	const account, alone = "system:serviceaccount:kube-system:generic-garbage-collector", "system:kube-controller-manager"
	c.bindWriters(account, alone)
	for user, as := range map[string]client.Client{
		account: c.as(account, "system:serviceaccounts", "system:serviceaccounts:kube-system"), alone: c.as(alone),
	} {
		a := c.handover("cleaned-up", func(a *cxv1.OwnerAssignment) {
			a.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "x", UID: "1"}}
			a.Finalizers = []string{metav1.FinalizerOrphanDependents}
		})
		c.allowed(patch(t.Context(), as, a, `{"metadata":{"ownerReferences":null,"finalizers":null}}`))
		c.refused(patch(t.Context(), as, a, `{"metadata":{"labels":{"team":"mine"}}}`), "leave metadata as it is")
		c.refused(patch(t.Context(), as, a, `{"spec":{"owner":"me"}}`), "write spec.decision and nothing else")
		c.refused(patch(t.Context(), as, a, decision("offer-0001", cxv1.DecisionAccepted, user)), "this is for head-of-cx to decide")
		c.refused(as.Status().Patch(t.Context(), a, client.RawPatch("application/merge-patch+json", []byte(`{"status":{"observedGeneration":7}}`))),
			"written by the operator alone")
		c.refused(as.Create(t.Context(), c.In(build.OwnerAssignment("made"))), "made by the operator alone")
		c.allowed(as.Delete(t.Context(), a))
	}
}
