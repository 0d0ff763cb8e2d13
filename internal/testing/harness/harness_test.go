// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package harness_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

func TestAMissingControlPlaneSaysWhatToDo(t *testing.T) {
	for _, folder := range []string{"", t.TempDir()} {
		t.Setenv("KUBEBUILDER_ASSETS", folder)
		_, err := controlplane.Assets()
		if !errors.Is(err, controlplane.ErrNoAssets) || !strings.Contains(err.Error(), "run `make test`") {
			t.Errorf("KUBEBUILDER_ASSETS=%q: got error %v", folder, err)
		}
	}
}

func TestEachTestHasItsOwnNamespace(t *testing.T) {
	one, other := harness.New(t), harness.New(t)
	one.Create(build.Owner("head-of-cx"))

	var owners v1alpha1.OwnerList
	if err := one.Client.List(t.Context(), &owners, client.InNamespace(other.Namespace)); err != nil {
		t.Fatal(err)
	}
	if len(owners.Items) != 0 {
		t.Errorf("a new namespace holds %d owners of another test", len(owners.Items))
	}
	one.Get(&v1alpha1.Owner{ObjectMeta: metav1.ObjectMeta{Name: "head-of-cx"}})
}

func TestEveryBuilderMakesAValidObject(t *testing.T) {
	h := harness.New(t)
	for _, object := range build.All("minimal") {
		h.Create(object)
	}
}

// A child goes with its parent, and a namespace goes with what is in it: both take a real kube-controller-manager.
func TestTheControllerManagerCollectsGarbageAndEmptiesNamespaces(t *testing.T) {
	h := harness.New(t)
	h.StartControllerManager()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a busy machine needs long to start the manager
	defer cancel()

	survey := build.Survey("pulse")
	h.Create(survey)
	wave := build.SurveyWave("pulse-20270104t0900")
	if err := controllerutil.SetControllerReference(survey, h.In(wave), harness.Scheme); err != nil {
		t.Fatal(err)
	}
	h.Create(wave)
	waves, err := h.Client.Watch(ctx, &v1alpha1.SurveyWaveList{}, client.InNamespace(h.Namespace))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Client.Delete(ctx, survey); err != nil {
		t.Fatal(err)
	}
	awaitDeletion(t, waves)

	namespaces, err := h.Client.Watch(ctx, &corev1.NamespaceList{}, client.MatchingFields{"metadata.name": h.Namespace})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Client.Delete(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: h.Namespace}}); err != nil {
		t.Fatal(err)
	}
	awaitDeletion(t, namespaces)
}

// awaitDeletion returns when the watch reports that an object is gone; a watch ends with its context.
func awaitDeletion(t *testing.T, watched watch.Interface) {
	t.Helper()
	defer watched.Stop()
	for event := range watched.ResultChan() {
		if event.Type == watch.Deleted {
			return
		}
	}
	t.Fatal("nothing was deleted in time")
}
