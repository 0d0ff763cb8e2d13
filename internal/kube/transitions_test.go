// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/log"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
)

// counted are transitions as a Meter was told of them.
type counted []string

func (c *counted) Transition(kind, namespace, conditionType string, to metav1.ConditionStatus) {
	*c = append(*c, fmt.Sprintf("%s in %s: %s=%s", kind, namespace, conditionType, to))
}

// watched is one goal whose step does as it is told, with what is logged and counted about it.
type watched struct {
	*testing.T
	step  kube.Step[*cxv1.Goal]
	log   bytes.Buffer
	meter counted
	run   func() error
}

func newWatched(t *testing.T) *watched {
	scheme := runtime.NewScheme()
	if err := cxv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	goal := &cxv1.Goal{ObjectMeta: metav1.ObjectMeta{Namespace: "retail", Name: "loyalty", Generation: 1}}
	w := &watched{T: t}
	kit := kube.Kit{
		Client: fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(goal).WithObjects(goal).Build(),
		Clock:  clocktesting.NewFakePassiveClock(time.Unix(0, 0)), Meter: &w.meter,
	}
	r := kube.NewReconciler(kit, func(ctx context.Context, goal *cxv1.Goal) (kube.Result, error) { return w.step(ctx, goal) })
	ctx := log.IntoContext(t.Context(), logr.FromSlogHandler(slog.NewJSONHandler(&w.log, nil)))
	w.run = func() error {
		_, err := r.Reconcile(ctx, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(goal)})
		return err
	}
	return w
}

// told runs the step once and returns what was logged, as "object: type from→to, reason", and what was counted.
func (w *watched) told(step kube.Step[*cxv1.Goal]) (lines []string, count counted) {
	w.Helper()
	w.step = step
	w.log.Reset()
	w.meter = nil
	_ = w.run() // a step that fails is logged, too
	for text := range strings.Lines(w.log.String()) {
		var line struct{ Msg, Object, Type, From, To, Reason string }
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			w.Fatal(err)
		}
		if line.Msg != "condition changed" {
			w.Errorf("unexpected line %s", text)
		}
		lines = append(lines, fmt.Sprintf("%s: %s %s→%s, %s", line.Object, line.Type, line.From, line.To, line.Reason))
	}
	return lines, w.meter
}

func (w *watched) expect(what string, step kube.Step[*cxv1.Goal], lines []string, count counted) {
	w.Helper()
	gotLines, gotCount := w.told(step)
	if diff := cmp.Diff(lines, gotLines); diff != "" {
		w.Errorf("%s: log (-want +got):\n%s", what, diff)
	}
	if diff := cmp.Diff(count, gotCount); diff != "" {
		w.Errorf("%s: counted (-want +got):\n%s", what, diff)
	}
}

func fine(context.Context, *cxv1.Goal) (kube.Result, error) { return kube.Result{}, nil }

func TestEachTransitionOfAConditionIsALineAndACount(t *testing.T) {
	w := newWatched(t)
	waits := func(_ context.Context, goal *cxv1.Goal) (kube.Result, error) {
		return kube.Result{}, kube.Waiting(cxv1.ReasonNoProgram, 0, "Create one.")
	}
	w.expect("what appears", waits,
		[]string{"Goal retail/loyalty: Ready →False, NoProgram", "Goal retail/loyalty: Reconciling →True, NoProgram"},
		counted{"Goal in retail: Ready=False", "Goal in retail: Reconciling=True"})
	w.expect("nothing new", waits, nil, nil)
	w.expect("what changes and what goes", fine,
		[]string{"Goal retail/loyalty: Ready False→True, Ready", "Goal retail/loyalty: Reconciling True→, NoProgram"},
		counted{"Goal in retail: Ready=True"})
	w.expect("another message", func(context.Context, *cxv1.Goal) (kube.Result, error) {
		return kube.Result{Message: "All is well, in other words."}, nil
	}, nil, nil)
	w.expect("a failure", func(context.Context, *cxv1.Goal) (kube.Result, error) {
		return kube.Result{}, kube.Failed(cxv1.ReasonStoreUnavailable, errors.New("disk full"))
	}, []string{"Goal retail/loyalty: Ready True→Unknown, StoreUnavailable", "Goal retail/loyalty: Reconciling →True, StoreUnavailable"},
		counted{"Goal in retail: Ready=Unknown", "Goal in retail: Reconciling=True"})
}

func TestAReconcileThatChangesNothingLogsNothing(t *testing.T) {
	w := newWatched(t)
	w.told(fine)
	for range 3 {
		if w.told(fine); w.log.Len() > 0 {
			t.Errorf("it logged %s", w.log.String())
		}
	}
}

func TestWhatAMessageSaysIsNotLogged(t *testing.T) {
	w := newWatched(t)
	w.told(func(context.Context, *cxv1.Goal) (kube.Result, error) {
		return kube.Result{}, kube.Stalled(cxv1.ReasonInvalidSpec, "Customer canary@example.com is not happy.")
	})
	if text := w.log.String(); strings.Contains(text, "canary") || !strings.Contains(text, cxv1.ReasonInvalidSpec) {
		t.Errorf("the log says %s", text)
	}
}
