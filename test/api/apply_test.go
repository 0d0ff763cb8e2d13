// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	apply "github.com/cx-operator/cx-operator/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

const (
	controller = client.FieldOwner("cx-operator")
	person     = client.FieldOwner("kubectl")
)

func offer(h *harness.Harness, owner, offerID string) *apply.OwnerAssignmentApplyConfiguration {
	return apply.OwnerAssignment("goal-loyalty", h.Namespace).WithSpec(apply.OwnerAssignmentSpec().
		WithSubject(apply.AssignmentSubject().WithKind(v1alpha1.SubjectGoal).WithName("loyalty")).
		WithRole(v1alpha1.RoleAccountable).
		WithProposed(apply.Proposal().WithOwner(v1alpha1.Ref(owner)).WithOfferID(offerID).WithApprovers("user:" + owner)))
}

func accept(h *harness.Harness, offerID string) *apply.OwnerAssignmentApplyConfiguration {
	return apply.OwnerAssignment("goal-loyalty", h.Namespace).WithSpec(apply.OwnerAssignmentSpec().
		WithDecision(apply.Decision().WithOfferID(offerID).WithResult(v1alpha1.DecisionAccepted)))
}

// The controller applies what it knows and does not know what the owner decides; neither takes the other's part away.
func TestApplyingAnOfferKeepsTheOwnersDecision(t *testing.T) {
	h := harness.New(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(h.Client.Apply(t.Context(), offer(h, "head-of-cx", "offer-0001"), controller, client.ForceOwnership))
	must(h.Client.Apply(t.Context(), accept(h, "offer-0001"), person))
	must(h.Client.Apply(t.Context(), offer(h, "ceo", "offer-0002"), controller, client.ForceOwnership))
	must(h.Client.Status().Apply(t.Context(), apply.OwnerAssignment("goal-loyalty", h.Namespace).
		WithStatus(apply.OwnerAssignmentStatus().WithPhase(v1alpha1.AssignmentHandingOver).WithObservedGeneration(3)), controller))

	got := &v1alpha1.OwnerAssignment{ObjectMeta: metav1.ObjectMeta{Name: "goal-loyalty"}}
	h.Get(got)
	want := v1alpha1.OwnerAssignmentSpec{
		Subject:  v1alpha1.AssignmentSubject{Kind: v1alpha1.SubjectGoal, Name: "loyalty"},
		Role:     v1alpha1.RoleAccountable,
		Proposed: &v1alpha1.Proposal{Owner: "ceo", OfferID: "offer-0002", Approvers: []string{"user:ceo"}},
		Decision: &v1alpha1.Decision{OfferID: "offer-0001", Result: v1alpha1.DecisionAccepted},
	}
	if diff := cmp.Diff(want, got.Spec); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
	if got.Status.Phase != v1alpha1.AssignmentHandingOver || got.Status.ObservedGeneration != 3 || got.Generation != 3 {
		t.Errorf("phase %s of generation %d at generation %d, want HandingOver of 3 at 3",
			got.Status.Phase, got.Status.ObservedGeneration, got.Generation)
	}

	// What the generated types read back as the controller's is exactly what it applied.
	extracted, err := apply.ExtractOwnerAssignmentFrom(got, string(controller), "")
	must(err)
	if diff := cmp.Diff(offer(h, "ceo", "offer-0002").Spec, extracted.Spec); diff != "" {
		t.Errorf("the controller's part (-applied +extracted):\n%s", diff)
	}
}

// A person who applies over the controller's fields is told so; kubectl shows the conflict.
func TestApplyingOverTheControllersFieldsIsAConflict(t *testing.T) {
	h := harness.New(t)
	if err := h.Client.Apply(t.Context(), offer(h, "head-of-cx", "offer-0001"), controller); err != nil {
		t.Fatal(err)
	}
	if err := h.Client.Apply(t.Context(), offer(h, "ceo", "offer-0001"), person); !apierrors.IsConflict(err) {
		t.Errorf("got %v, want a conflict", err)
	}
}
