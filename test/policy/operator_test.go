// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"context"
	"fmt"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

// operatorConfig is that of the operator's account: it has the rights of config/rbac and no more.
func (c *company) operatorConfig() *rest.Config {
	return c.config("system:serviceaccount:cx-operator-system:cx-operator", "system:serviceaccounts", "system:serviceaccounts:cx-operator-system")
}

// awaitThat polls an object until it is as it should be.
func awaitThat[T client.Object](c *company, obj T, what string, ok func(T) bool) {
	c.Helper()
	c.In(obj)
	c.await(what, func(ctx context.Context) error {
		if err := c.Client.Get(ctx, client.ObjectKeyFromObject(obj), obj); err != nil {
			return err
		}
		if !ok(obj) {
			return fmt.Errorf("it is %+v", obj)
		}
		return nil
	})
}

func saysOf(conditionType string, status metav1.ConditionStatus, reason string) func(*cxv1.Program) bool {
	return func(p *cxv1.Program) bool {
		found := kube.Condition(p, conditionType)
		return found != nil && found.Status == status && found.Reason == reason
	}
}

// assignment finds the one assignment of a goal.
func (c *company) assignment(goal string) *cxv1.OwnerAssignment {
	c.Helper()
	found := &cxv1.OwnerAssignment{}
	c.await("an assignment of "+goal, func(ctx context.Context) error {
		list := &cxv1.OwnerAssignmentList{}
		if err := c.Client.List(ctx, list, client.InNamespace(c.Namespace), client.MatchingFields{"spec.subject.name": goal}); err != nil {
			return err
		}
		if len(list.Items) != 1 {
			return fmt.Errorf("there are %d", len(list.Items))
		}
		list.Items[0].DeepCopyInto(found)
		return nil
	})
	return found
}

// offered waits until an owner is asked about a goal.
func (c *company) offered(goal string, owner cxv1.Ref) *cxv1.OwnerAssignment {
	c.Helper()
	a := c.assignment(goal)
	awaitThat(c, a, fmt.Sprintf("%s to be asked about %s", owner, goal), func(a *cxv1.OwnerAssignment) bool {
		return a.Spec.Proposed != nil && a.Spec.Proposed.Owner == owner
	})
	return a
}

// inForce waits until an owner answers for a goal and nobody is asked.
func (c *company) inForce(goal string, owner cxv1.Ref) {
	c.Helper()
	awaitThat(c, c.assignment(goal), fmt.Sprintf("%s to answer for %s", owner, goal), func(a *cxv1.OwnerAssignment) bool {
		return a.Spec.Owner == owner && a.Status.Phase == cxv1.AssignmentActive && a.Spec.Proposed == nil
	})
}

// The real controllers, under their own role, with the policies in force.
func TestTheOperatorWorksUnderItsRoleWithPoliciesInForce(t *testing.T) {
	c := newCompany(t)
	for _, user := range []string{asked, previous} {
		c.bind(user, "cx-owner")
	}
	op := operator.Start(t, c.operatorConfig(), operator.Options{})
	identity := func(user string) func(*cxv1.Owner) {
		return func(o *cxv1.Owner) { o.Spec.Identity.Users = []string{user} }
	}
	goal := build.Goal("loyalty", func(g *cxv1.Goal) { g.Spec.OwnerRef = "head-of-marketing" })
	program := build.Program(func(p *cxv1.Program) { p.Spec.ID = "policies" })
	c.Create(program, build.Owner("head-of-marketing", identity(previous)), build.Owner("head-of-cx", identity(asked)), goal,
		build.Persona("shopper"), build.Survey("pulse"))
	awaitThat(c, program, "the Program to know of the policies", saysOf(cxv1.ConditionEnforced, metav1.ConditionTrue, cxv1.ReasonPoliciesInForce))
	awaitThat(c, build.Scorecard("six-stages"), "a scorecard", func(s *cxv1.Scorecard) bool { return kube.IsTrue(s, cxv1.ConditionReady) })

	first := c.offered("loyalty", "head-of-marketing")
	yes := func(user string, a *cxv1.OwnerAssignment) error {
		return patch(t.Context(), c.as(user), a.DeepCopy(), decision(a.Spec.Proposed.OfferID, cxv1.DecisionAccepted, user))
	}
	c.refused(yes(asked, first), "this is for head-of-marketing to decide")
	c.allowed(yes(previous, first))
	c.inForce("loyalty", "head-of-marketing")

	c.allowed(patch(t.Context(), c.Client, goal, `{"spec":{"ownerRef":"head-of-cx"}}`))
	second := c.offered("loyalty", "head-of-cx")
	if second.Spec.Owner != "head-of-marketing" {
		t.Errorf("during the handover %q is in force", second.Spec.Owner)
	}
	c.refused(yes(previous, second), "this is for head-of-cx to decide")
	second.Spec.Proposed.OfferID = first.Spec.Proposed.OfferID
	c.refused(yes(asked, second), "the offer is another one by now")
	c.allowed(yes(asked, c.offered("loyalty", "head-of-cx")))
	c.inForce("loyalty", "head-of-cx")

	// Naming nobody ends it: the operator deletes the assignment.
	last := c.assignment("loyalty")
	c.allowed(patch(t.Context(), c.Client, goal, `{"spec":{"ownerRef":null}}`))
	c.awaitGone(last)
	c.checkTrialWithoutBinding(op, program)
}

// checkTrialWithoutBinding leaves the namespace out of the binding, and expects the next life of the operator to find out.
func (c *company) checkTrialWithoutBinding(op *operator.Operator, program *cxv1.Program) {
	c.Helper()
	if err := op.Stop(); err != nil {
		c.Fatal(err)
	}
	c.bound(&metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{
		Key: "kubernetes.io/metadata.name", Operator: metav1.LabelSelectorOpNotIn, Values: []string{c.Namespace},
	}}})
	c.Cleanup(func() { c.bound(nil) })
	c.await("the binding to leave the namespace out", func(ctx context.Context) error {
		return c.Client.Create(ctx, c.In(build.OwnerAssignment(probe)), client.DryRunAll)
	})
	operator.Start(c.T, c.operatorConfig(), operator.Options{})
	c.allowed(patch(c.Context(), c.Client, program, `{"spec":{"organization":"Another Retail"}}`))
	awaitThat(c, program, "the Program to miss the policies", saysOf(cxv1.ConditionEnforced, metav1.ConditionFalse, cxv1.ReasonNotEnforced))
	if program.Status.ObservedGeneration < 0 || meta.FindStatusCondition(program.Status.Conditions, cxv1.ConditionReady) == nil {
		c.Errorf("status %+v", program.Status)
	}
}

// bound changes for which namespaces the binding is.
func (c *company) bound(namespaces *metav1.LabelSelector) {
	c.Helper()
	ctx := context.WithoutCancel(c.Context())
	if err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		binding := &admissionv1.ValidatingAdmissionPolicyBinding{}
		if err := c.Client.Get(ctx, client.ObjectKey{Name: "cx-operator"}, binding); err != nil {
			return err
		}
		binding.Spec.MatchResources = nil
		if namespaces != nil {
			binding.Spec.MatchResources = &admissionv1.MatchResources{NamespaceSelector: namespaces}
		}
		return c.Client.Update(ctx, binding)
	}); err != nil {
		c.Fatal(err)
	}
}

// Everything that the controllers write, by hand: some of it happens rarely.
func TestTheOperatorsAccountWritesWhatItGenerates(t *testing.T) {
	c := newCompany(t)
	as, err := client.New(c.operatorConfig(), client.Options{Scheme: c.Client.Scheme()})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range generated {
		obj := c.In(build.All("made")[kind])
		obj.SetLabels(map[string]string{cxv1.LabelSurvey: "pulse"})
		c.allowed(as.Create(t.Context(), obj))
		c.allowed(as.Status().Patch(t.Context(), obj, client.RawPatch("application/merge-patch+json", []byte(`{"status":{"observedGeneration":1}}`))))
		c.allowed(as.Delete(t.Context(), obj))
	}
	a := build.OwnerAssignment("offered")
	c.allowed(as.Create(t.Context(), c.In(a)))
	c.allowed(patch(t.Context(), as, a, `{"spec":{"owner":"head-of-cx","proposed":null}}`))
	counted := build.Assessment("pulse-20270104t0900", func(a *cxv1.Assessment) { a.Labels = map[string]string{cxv1.LabelWave: "pulse-20270104t0900"} })
	c.allowed(as.Create(t.Context(), c.In(counted)))
	c.allowed(patch(t.Context(), as, counted, `{"spec":{"date":"2027-01-05"}}`))
	// But for the one that tells it of the policies.
	c.refused(as.Create(t.Context(), c.In(build.OwnerAssignment(probe)), client.DryRunAll), "the policies of cx-operator, version 1, are in force")
}
