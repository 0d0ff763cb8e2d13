// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/program"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
)

// trials answers the trial writes of a Program's controller, and counts them.
type trials struct {
	answer error
	count  int
}

// ask lets the world's controller make its trial writes against the answers.
func (w *world) ask(answers *trials) {
	w.Helper()
	c := interceptor.NewClient(harness.NewIndexes().Client(w.Client), interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, o ...client.CreateOption) error {
			assignment, isAssignment := obj.(*cxv1.OwnerAssignment)
			if !isAssignment || len((&client.CreateOptions{}).ApplyOptions(o).DryRun) == 0 {
				return c.Create(ctx, obj, o...)
			}
			if assignment.Namespace != w.Namespace {
				w.Errorf("tried in namespace %q", assignment.Namespace)
			}
			answers.count++
			return answers.answer
		},
	})
	w.programs = program.New(kube.Kit{Client: w.writes.Count(c), Clock: w.clock}, w.Client, w.store, program.Sending{})
}

// forbidden is a refusal by the API server.
func forbidden(why string) error {
	resource := cxv1.GroupVersion.WithResource("ownerassignments").GroupResource()
	return apierrors.NewForbidden(resource, "cx-operator-policy-check", errors.New(why))
}

func TestTheProgramSaysWhetherPoliciesAreInForce(t *testing.T) {
	w := newWorld(t, operator.Store(t), "guarded")
	for _, tc := range []struct {
		what   string
		answer error
		status metav1.ConditionStatus
		reason string
		words  string
	}{
		{"the trial write would have come through", nil, metav1.ConditionFalse, cxv1.ReasonNotEnforced, "kubectl apply -k config/policy"},
		{"somebody made the object of the trial", apierrors.NewAlreadyExists(cxv1.GroupVersion.WithResource("ownerassignments").GroupResource(), "x"),
			metav1.ConditionFalse, cxv1.ReasonNotEnforced, "can decide for anybody"},
		{"the policies refuse it", forbidden("denied request: the policies of cx-operator, version 1, are in force"),
			metav1.ConditionTrue, cxv1.ReasonPoliciesInForce, "in their own name"},
		{"policies of a later version refuse it", forbidden("denied request: the policies of cx-operator, version 10, are in force"),
			metav1.ConditionFalse, cxv1.ReasonNotEnforced, "of another version"},
		{"rights are missing", forbidden("User cannot create resource"), metav1.ConditionUnknown, cxv1.ReasonReadFailed, "tried again"},
		{"the API server is away", errors.New("connection refused"), metav1.ConditionUnknown, cxv1.ReasonReadFailed, "tried again"},
	} {
		w.ask(&trials{answer: tc.answer})
		w.pass()
		w.pass()
		if c := w.expect(cxv1.ConditionEnforced, tc.status, tc.reason); !strings.Contains(c.Message, tc.words) {
			t.Errorf("%s: %s", tc.what, c.Message)
		}
		w.expect(cxv1.ConditionReady, metav1.ConditionTrue, cxv1.ReasonReady)
	}
}

func TestWithoutPoliciesARealAPIServerAcceptsTheTrialAndKeepsNothing(t *testing.T) {
	w := newWorld(t, operator.Store(t), "unguarded")
	w.pass()
	w.expect(cxv1.ConditionEnforced, metav1.ConditionFalse, cxv1.ReasonNotEnforced)
	list := &cxv1.OwnerAssignmentList{}
	if err := w.Client.List(t.Context(), list, client.InNamespace(w.Namespace)); err != nil || len(list.Items) != 0 {
		t.Errorf("the trial left %d assignments behind (%v)", len(list.Items), err)
	}
}

func TestPoliciesAreTriedEveryTwoMinutesAtMostAndAfterAFailureAtOnce(t *testing.T) {
	w := newWorld(t, operator.Store(t), "tried")
	answers := &trials{}
	w.ask(answers)
	tried := func(want int, what string) {
		t.Helper()
		w.pass()
		if answers.count != want {
			t.Errorf("%s: %d trials, want %d", what, answers.count, want)
		}
	}
	tried(1, "first look")
	tried(1, "second look")
	w.clock.SetTime(w.clock.Now().Add(time.Minute))
	tried(1, "a minute later")
	w.writes.Reset()
	w.clock.SetTime(w.clock.Now().Add(time.Minute))
	tried(2, "two minutes later")
	if n := w.writes.Total(); n != 0 {
		t.Errorf("nothing changed, and this was written: %v", w.writes.ByKind())
	}
	result, err := w.programs.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(w.program)})
	if err != nil || result.RequeueAfter <= 0 || result.RequeueAfter > 10*time.Minute {
		t.Errorf("looks again after %s (%v)", result.RequeueAfter, err)
	}
	w.clock.SetTime(w.clock.Now().Add(5 * time.Minute))
	answers.answer = errors.New("connection refused")
	tried(3, "the API server is away")
	tried(4, "it is still away")
}

// What the policies say and what the operator waits for stand in two files.
func TestTheShippedPoliciesSayWhatTheOperatorWaitsFor(t *testing.T) {
	policies, err := os.ReadFile("../../config/policy/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, operator.Store(t), "worded")
	const begin, end = `message: "the policies of cx-operator, version`, `"`
	_, rest, found := strings.Cut(string(policies), begin)
	words, _, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatal("the policies have no words for the trial")
	}
	w.ask(&trials{answer: forbidden("denied request: the policies of cx-operator, version" + words)})
	w.pass()
	w.expect(cxv1.ConditionEnforced, metav1.ConditionTrue, cxv1.ReasonPoliciesInForce)
}
