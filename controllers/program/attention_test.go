// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

func TestANameThatIsTakenNeedsAttention(t *testing.T) {
	w := newWorld(t, operator.Store(t), "taken")
	kpi := build.KPI("nps", func(k *cxv1.KPI) { k.Spec.OwnerRef = "head" })
	name := ownership.Subjects(kpi)[0].Name()
	foreign := build.OwnerAssignment(name) // about the goal loyalty
	w.Create(build.Owner("head"), kpi, foreign)
	w.pass()
	want := []cxv1.Attention{{Object: "KPI/nps", Reason: cxv1.ReasonForeignObject,
		Message: "head is not asked to be Accountable: the OwnerAssignment " + name + " is about something else. Delete it."}}
	if diff := cmp.Diff(want, w.program.Status.Attention); diff != "" {
		t.Errorf("attention (-want +got):\n%s", diff)
	}
	if c := w.program.Status.Coverage; c.Subjects != 1 || c.Pending != 0 {
		t.Errorf("coverage %+v: nobody is waited for", c)
	}
	if err := w.Client.Delete(t.Context(), foreign); err != nil {
		t.Fatal(err)
	}
	w.pass()
	if c := w.program.Status.Coverage; len(w.program.Status.Attention) != 0 || c.Pending != 1 {
		t.Errorf("attention %v, coverage %+v: the name is free", w.program.Status.Attention, c)
	}
}
