// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package harness gives a test package one real API server and each test a namespace of its own.
//
//	func TestMain(m *testing.M) { harness.Main(m) }
//
//	func TestSomething(t *testing.T) {
//		h := harness.New(t)
//		h.Create(build.Program(), build.Owner("head-of-cx"))
//	}
//
// The API server starts with the first New, so that tests without one stay fast.
package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
)

// Scheme knows our kinds and those of Kubernetes.
var Scheme = func() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	return scheme
}()

// shared is the one control plane of this test process.
var shared struct {
	stoppable bool // Main runs
	start     sync.Once
	plane     *controlplane.ControlPlane
	client    client.WithWatch
	err       error
	namespace atomic.Int64
}

// Main runs the tests of a package and stops the control plane that they used. It does not return.
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is Main for who has to do something else before the process ends: it returns the exit code.
func Run(m *testing.M) (code int) {
	shared.stoppable = true
	code = m.Run()
	if shared.plane != nil {
		if err := shared.plane.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop the control plane:", err)
			code = max(code, 1)
		}
	}
	return code
}

// Harness is one test's view of the control plane.
type Harness struct {
	// Plane is the control plane, shared by the tests of the package.
	Plane *controlplane.ControlPlane
	// Config is an administrator's.
	Config *rest.Config
	// Client reads and writes without a cache.
	Client client.WithWatch
	// Namespace belongs to this test alone.
	Namespace string

	t testing.TB
}

// New gives the test a fresh namespace on the package's control plane, which it starts if need be. The test fails when there
// is nothing to start: a skipped test would look like a passed one.
func New(t testing.TB) *Harness {
	t.Helper()
	shared.start.Do(func() { shared.err = start() })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	name := namespaceName(t.Name(), shared.namespace.Add(1))
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := shared.client.Create(t.Context(), namespace); err != nil {
		t.Fatalf("create the test's namespace: %v", err)
	}
	return &Harness{Plane: shared.plane, Config: shared.plane.Config, Client: shared.client, Namespace: name, t: t}
}

func start() error {
	if !shared.stoppable {
		return errors.New("the package needs a TestMain that calls harness.Main, or the control plane would never stop")
	}
	assets, err := controlplane.Assets()
	if err != nil {
		return err
	}
	if shared.plane, err = controlplane.Start(assets); err != nil {
		return err
	}
	shared.client, err = client.NewWithWatch(shared.plane.Config, client.Options{Scheme: Scheme})
	return err
}

// StartControllerManager runs a kube-controller-manager until the test ends.
func (h *Harness) StartControllerManager(flags ...string) {
	h.t.Helper()
	// Not the test's context: that one ends before cleanup, and Stop could not tell an end by itself from ours.
	manager, err := h.Plane.StartControllerManager(context.WithoutCancel(h.t.Context()), flags...)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		if err := manager.Stop(); err != nil {
			h.t.Error(err)
		}
	})
}

// In puts the object into the test's namespace and returns it.
func (h *Harness) In(object client.Object) client.Object {
	object.SetNamespace(h.Namespace)
	return object
}

// Create creates the objects in the test's namespace, in the given order.
func (h *Harness) Create(objects ...client.Object) {
	h.t.Helper()
	for _, object := range objects {
		if err := h.Client.Create(h.t.Context(), h.In(object)); err != nil {
			h.t.Fatalf("create %T %q: %v", object, object.GetName(), err)
		}
	}
}

// Get reads the object of that kind and name from the test's namespace into object.
func (h *Harness) Get(object client.Object) {
	h.t.Helper()
	h.In(object)
	if err := h.Client.Get(h.t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		h.t.Fatalf("get %T %q: %v", object, object.GetName(), err)
	}
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// namespaceName makes a name that tells which test it belongs to and is different in each run of it (-count, subtests).
func namespaceName(test string, number int64) string {
	name := notInNames.ReplaceAllString(strings.ToLower(test), "-")
	return fmt.Sprintf("%.50s-%d", strings.Trim(name, "-"), number)
}
