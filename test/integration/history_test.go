// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

func (w *world) evidence(programID string) *store.Evidence {
	w.Helper()
	e, err := w.store.Evidence(w.Context(), programID, store.EvidenceQuery{Now: w.clock.Now()})
	if err != nil {
		w.Fatal(err)
	}
	return e
}

// history is what may never change afterwards.
func history(e *store.Evidence) map[string]any {
	return map[string]any{"decisions": e.Decisions, "points": e.Points, "stages": e.Stages, "surveys": e.Surveys, "waves": e.Waves}
}

func TestDeletingAndReapplyingEverythingForgetsNothing(t *testing.T) {
	const id = "never-forgets"
	clk := stillClock()
	w := newWorld(t, clk, 1)
	w.StartControllerManager()
	objs := retailer(t, id)
	again := copies(objs)
	w.createAll(objs...)
	w.acceptAll(len(objs))
	asOf := yesterday()
	addPoint := func(k *cxv1.KPI) { k.Spec.Source.Manual.AsOf, k.Spec.Source.Manual.Value = asOf, "11" }
	with := func(objs []client.Object) *cxv1.KPI {
		for _, obj := range objs {
			if k, ok := obj.(*cxv1.KPI); ok && k.Spec.Source.Manual != nil && k.Spec.Source.Manual.Value != "" && k.Spec.Method == cxv1.MethodValue {
				return k
			}
		}
		t.Fatal("the sample has no KPI with a bare value")
		return nil
	}
	edit(w, with(objs), addPoint)
	addPoint(with(again))
	w.acceptAll(len(objs))
	before, made := w.evidence(id), w.made()
	entered := 0 // the KPI of a survey has no point before a wave was answered
	for _, obj := range objs {
		if k, ok := obj.(*cxv1.KPI); ok && k.Spec.Source.Manual != nil {
			entered++
		}
	}
	stages := before.Stages
	if len(before.Decisions) < 20 || len(stages) == 0 || stages[len(stages)-1].Stage != 2 || len(before.Points) != entered+1 {
		t.Fatalf("too little happened to be forgotten: %d decisions, %d points, stages %v",
			len(before.Decisions), len(before.Points), before.Stages)
	}

	for _, obj := range objs {
		if err := w.Client.Delete(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
	}
	w.await("everything to be gone", func() string {
		var left []string
		for _, obj := range w.objects() {
			left = append(left, key(obj))
		}
		return strings.Join(left, " ")
	})
	w.awaitRest()
	clk.SetTime(clk.Now().Add(time.Minute)) // what is recorded anew would be of another time
	w.createAll(again...)
	w.awaitReady(len(again))
	w.awaitRest()
	for _, a := range w.assignments() {
		if a.Spec.Proposed != nil {
			t.Errorf("%s: %s has accepted and is asked again", a.Name, a.Spec.Proposed.Owner)
		}
	}
	if diff := gocmp.Diff(made, w.made()); diff != "" {
		t.Errorf("what the operator makes is not what it was (-before +after):\n%s", diff)
	}
	if diff := gocmp.Diff(history(before), history(w.evidence(id))); diff != "" {
		t.Errorf("history has changed (-before +after):\n%s", diff)
	}
}

func copies(objs []client.Object) []client.Object {
	var all []client.Object
	for _, obj := range objs {
		all = append(all, obj.DeepCopyObject().(client.Object))
	}
	return all
}

func TestTheSampleLooksTheSameInAnyOrder(t *testing.T) {
	w := newWorld(t, stillClock(), 1)
	var first map[string]string
	for seed := range uint64(2) {
		t.Run(fmt.Sprintf("shuffled with seed %d", seed), func(t *testing.T) {
			b := w.beside(t)
			objs := retailer(t, fmt.Sprintf("order-%d", seed))
			rand.New(rand.NewPCG(seed, seed)).Shuffle(len(objs), func(i, j int) { objs[i], objs[j] = objs[j], objs[i] })
			b.Create(objs...)
			b.acceptAll(len(objs))
			looks := b.looks()
			if first == nil {
				first = looks
			}
			if len(looks) < len(objs)+40 {
				t.Errorf("only %d objects", len(looks))
			}
			if diff := gocmp.Diff(first, looks); diff != "" {
				t.Errorf("the order of creation shows (-first +second):\n%s", diff)
			}
		})
	}
}

// looks is the status of every object as people see it: without what belongs to one object alone, its uid, and how often it
// was edited.
func (w *world) looks() map[string]string {
	w.Helper()
	looks := map[string]string{}
	for _, obj := range w.objects() {
		status := obj.CommonStatus()
		status.ObservedGeneration = 0
		for i := range status.Conditions {
			status.Conditions[i].ObservedGeneration = 0
		}
		slices.SortFunc(status.Conditions, func(a, b metav1.Condition) int { return cmp.Compare(a.Type, b.Type) })
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
		if err != nil {
			w.Fatal(err)
		}
		text, err := json.MarshalIndent(content["status"], "", " ")
		if err != nil {
			w.Fatal(err)
		}
		looks[key(obj)] = string(text)
	}
	return looks
}
