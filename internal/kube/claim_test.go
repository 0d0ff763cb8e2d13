// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube_test

import (
	"context"
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
)

// A store that was restored forgets who claimed what, and no object changes by that: nothing would wake those who wait.
func TestWhoWaitsForAClaimLooksAgain(t *testing.T) {
	notClaimed := errors.New("not claimed")
	scheme := runtime.NewScheme()
	if err := cxv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	goal := &cxv1.Goal{ObjectMeta: metav1.ObjectMeta{Namespace: "retail", Name: "loyalty"}}
	c := fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(goal).WithObjects(goal).Build()
	kit := kube.Kit{Client: c, Clock: clocktesting.NewFakePassiveClock(time.Unix(0, 0))}
	r := kube.NewReconciler(kit, func(context.Context, *cxv1.Goal) (kube.Result, error) {
		return kube.Result{}, kube.FromStore(notClaimed, notClaimed)
	})
	result, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(goal)})
	if err != nil || result.RequeueAfter <= 0 {
		t.Errorf("looks again after %s (%v), want it soon", result.RequeueAfter, err)
	}
}
