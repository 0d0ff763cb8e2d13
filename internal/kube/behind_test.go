// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube_test

import (
	"context"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
)

// lagging is a goal that is read through a cache, which can stand still.
type lagging struct {
	*testing.T
	client client.Client
	still  bool
	// deaf: the server finds nothing to change in what is written.
	deaf  bool
	shown *cxv1.Goal
	// missing is what the next pass reports.
	missing []string
	pass    func() ctrl.Result
}

func newLagging(t *testing.T) *lagging {
	scheme := runtime.NewScheme()
	if err := cxv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	goal := &cxv1.Goal{ObjectMeta: metav1.ObjectMeta{Namespace: "retail", Name: "loyalty", Generation: 1}}
	l := &lagging{T: t}
	l.client = fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(goal).WithObjects(goal).
		WithInterceptorFuncs(interceptor.Funcs{Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object,
			opts ...client.GetOption) error {
			if l.still {
				l.shown.DeepCopyInto(obj.(*cxv1.Goal))
				return nil
			}
			err := c.Get(ctx, key, obj, opts...)
			l.shown = obj.(*cxv1.Goal).DeepCopy()
			return err
		}, SubResourcePatch: func(ctx context.Context, c client.Client, name string, obj client.Object, patch client.Patch,
			opts ...client.SubResourcePatchOption) error {
			if l.deaf {
				return nil // nothing to change, and the version stays
			}
			return c.SubResource(name).Patch(ctx, obj, patch, opts...)
		}}).Build()
	kit := kube.Kit{Client: l.client, Clock: clocktesting.NewFakePassiveClock(time.Unix(0, 0))}
	r := kube.NewReconciler(kit, func(_ context.Context, goal *cxv1.Goal) (kube.Result, error) {
		goal.Status.Missing = l.missing
		return kube.Result{}, nil
	})
	l.pass = func() ctrl.Result {
		l.Helper()
		result, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(goal)})
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	return l
}

// What is decided from a stale read can be what that read shows already. Resting then would leave what was written in between.
func TestAPassDoesNotRestOnAReadFromBeforeItsLastWrite(t *testing.T) {
	l := newLagging(t)
	l.missing = []string{"due"}
	l.pass()
	l.pass() // reads what was written
	l.still = true
	l.missing = nil
	l.pass() // writes
	l.missing = []string{"due"}
	result := l.pass() // decides what the cache still shows
	if result.RequeueAfter == 0 {
		t.Error("it rests although the cluster shows something else")
	}
	l.still = false
	if result := l.pass(); result.RequeueAfter != 0 {
		t.Error("it does not rest when the cache has caught up:", result)
	}
	if got := l.shownNow(); len(got) != 1 {
		t.Errorf("the cluster shows %q", got)
	}
}

// A write that changes nothing leaves the version as it was: it must not be waited for.
func TestAPassRestsWhereTheServerFoundNothingToChange(t *testing.T) {
	l := newLagging(t)
	l.pass()
	l.deaf, l.missing = true, []string{"due"}
	for range 3 {
		if result := l.pass(); result.RequeueAfter != 0 {
			t.Fatal("it does not rest:", result)
		}
	}
}

func (l *lagging) shownNow() []string {
	l.Helper()
	goal := &cxv1.Goal{}
	if err := l.client.Get(l.Context(), client.ObjectKey{Namespace: "retail", Name: "loyalty"}, goal); err != nil {
		l.Fatal(err)
	}
	return goal.Status.Missing
}
