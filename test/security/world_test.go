// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package security_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/retry"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/controllers/program"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/operator"
	"github.com/cx-operator/cx-operator/internal/testing/people"
)

const (
	// home is where the operator runs, account what it runs as.
	home, account = "cx-operator-system", "cx-operator"
	// administrator is who the test is to the API server.
	administrator = "admin"
	// patience bounds every wait; a machine under load needs more than people have.
	patience = 3 * time.Minute
)

var decoder = serializer.NewCodecFactory(harness.Scheme).UniversalDeserializer()

// world is a namespace, and an operator whose account has the rights that a test gives it.
type world struct {
	*harness.Harness
	*testing.T
	record *record
	clock  *operator.Clock
	store  *sqlite.Store
	mail   *people.Mailboxes
	// watched are the namespaces that the operator looks after; all when empty.
	watched []string
	running *operator.Operator
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Harness: harness.New(t), T: t, record: newRecord(), clock: &operator.Clock{}}
	w.mail = &people.Mailboxes{ProgramID: w.Namespace}
	w.store = operator.StoreAt(t, w.clock.Now)
	return w
}

// config is that of the operator's account, whose requests are recorded.
func (w *world) config() *rest.Config {
	cfg := rest.CopyConfig(w.Config)
	cfg.Impersonate = rest.ImpersonationConfig{
		UserName: "system:serviceaccount:" + home + ":" + account,
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:" + home, "system:authenticated"},
	}
	cfg.Wrap(w.record.wrap)
	return cfg
}

// start begins a life of the operator, as the process does; letters stay with the test.
func (w *world) start() {
	w.Helper()
	hosts, err := delivery.ParseAllowList([]string{"smtp.example.com"})
	if err != nil {
		w.Fatal(err)
	}
	services := controllers.Services{
		Evidence: w.store, People: w.store, Offers: w.store, Links: people.Keys(), Routes: w.mail, PublicURL: "https://feedback.example.com",
		Sending: program.Sending{
			Allowed: func(namespace string) bool { return namespace == w.Namespace }, Channels: &delivery.Registry{Hosts: hosts}, Pauses: w.store,
		},
	}
	w.running = operator.Start(w.T, w.config(), operator.Options{
		Store: w.store, Clock: w.clock, Namespaces: w.watched,
		Setup: func(ctx context.Context, mgr ctrl.Manager) error {
			return controllers.Setup(ctx, mgr, services, w.clock)
		},
	})
}

// restart ends the life of the operator and begins another, a while later.
func (w *world) restart(after time.Duration) {
	w.Helper()
	if err := w.running.Stop(); err != nil {
		w.Fatal(err)
	}
	w.clock.Step(after)
	w.start()
}

// await polls until nothing is missing any more.
func (w *world) await(what string, missing func() string) {
	w.Helper()
	var last string
	if err := wait.PollUntilContextTimeout(w.Context(), 100*time.Millisecond, patience, true, func(context.Context) (bool, error) {
		last = missing()
		return last == "", nil
	}); err != nil {
		w.Fatalf("waited for %s: %v: %s\nrefused: %v", what, err, last, w.record.refusals())
	}
}

// eventually waits until something is so, and no longer than that may take; it need not be.
func (w *world) eventually(so func() bool) {
	_ = wait.PollUntilContextTimeout(w.Context(), 100*time.Millisecond, patience, true, func(context.Context) (bool, error) { // says the caller
		return so(), nil
	})
}

// list reads a list of ours in the namespace.
func list[L client.ObjectList](w *world, into L) L {
	w.Helper()
	if err := w.Client.List(w.Context(), into, client.InNamespace(w.Namespace)); err != nil {
		w.Fatal(err)
	}
	return into
}

// edit changes an object as it is now, while controllers write it.
func edit[T client.Object](w *world, obj T, change func(T)) {
	w.Helper()
	if err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		w.Get(obj)
		change(obj)
		return w.Client.Update(w.Context(), obj)
	}); err != nil {
		w.Fatalf("edit %T %s: %v", obj, obj.GetName(), err)
	}
}

// shipped reads the objects of a file under config/.
func shipped(t *testing.T, path ...string) []client.Object {
	t.Helper()
	root, err := controlplane.Root()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(append([]string{root, "config"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	var objs []client.Object
	for document := range strings.SplitSeq(string(content), "\n---\n") {
		obj, _, err := decoder.Decode([]byte(document), nil, nil)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		objs = append(objs, obj.(client.Object))
	}
	return objs
}

// give binds rules to the operator's account: in the namespace alone, or where that is empty in the whole cluster.
func (w *world) give(namespace, name string, rules []rbacv1.PolicyRule) {
	w.Helper()
	meta := metav1.ObjectMeta{Namespace: namespace, Name: name}
	subjects := []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: home, Name: account}}
	objs := []client.Object{
		&rbacv1.Role{ObjectMeta: meta, Rules: rules},
		&rbacv1.RoleBinding{ObjectMeta: meta, Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name}},
	}
	if namespace == "" {
		objs = []client.Object{
			&rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules},
			&rbacv1.ClusterRoleBinding{ObjectMeta: meta, Subjects: subjects, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name}},
		}
	}
	for _, obj := range objs {
		if err := w.Client.Create(w.Context(), obj); err != nil {
			w.Fatal(err)
		}
		w.Cleanup(func() {
			if err := w.Client.Delete(context.WithoutCancel(w.Context()), obj); err != nil {
				w.Error(err)
			}
		})
	}
}

// secret is in the test's namespace.
func secret(name string, data map[string]string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, StringData: data}
}
