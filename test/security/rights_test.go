// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package security_test

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
)

// unasked are the rights for which no request of the operator's asks, each with the reason why it has them all the same.
var unasked = map[string]string{
	"control assessments.cx-operator.io":      byPolicies,
	"control followups.cx-operator.io":        byPolicies,
	"control ownerassignments.cx-operator.io": byPolicies,
	"control scorecards.cx-operator.io":       byPolicies,
	"control surveywaves.cx-operator.io":      byPolicies,
}

const byPolicies = "no verb of Kubernetes: config/policy asks for it, within the API server, at each write; TestTheOperatorsAccountWritesWhatItGenerates"

// shippedRules are those of a role under config/rbac.
func shippedRules(t *testing.T, file, name string) []rbacv1.PolicyRule {
	t.Helper()
	for _, obj := range shipped(t, "rbac", file) {
		switch role := obj.(type) {
		case *rbacv1.ClusterRole:
			if role.Name == name {
				return role.Rules
			}
		case *rbacv1.Role:
			if role.Name == name {
				return role.Rules
			}
		}
	}
	t.Fatalf("%s has no role %s", file, name)
	return nil
}

// expectUsed fails the test for what was refused, and for what is granted without being needed.
func (w *world) expectUsed(granted ...[]rbacv1.PolicyRule) {
	w.Helper()
	all := rights(slices.Concat(granted...))
	vain := func() []string {
		return slices.DeleteFunc(w.record.unused(all), func(right string) bool { return unasked[right] != "" })
	}
	w.eventually(func() bool { return len(vain()) == 0 })
	w.Logf("asked for:\n%s", w.record.summary())
	for _, refused := range w.record.refusals() {
		w.Errorf("the shipped role lacks: %s", refused)
	}
	for _, right := range vain() {
		w.Errorf("nothing needs: %s", right)
	}
}

// enforced puts the shipped policies into force, as on most clusters.
func (w *world) enforced() {
	w.Helper()
	for _, obj := range shipped(w.T, "policy", "policy.yaml") {
		if err := w.Client.Create(w.Context(), obj); err != nil {
			w.Fatal(err)
		}
		w.Cleanup(func() {
			if err := w.Client.Delete(context.WithoutCancel(w.Context()), obj); err != nil {
				w.Error(err)
			}
		})
	}
	w.await("the policies to be in force", func() string {
		err := w.Client.Create(w.Context(), w.In(build.OwnerAssignment("cx-operator-policy-check")), client.DryRunAll)
		if err == nil {
			return "the trial write was not refused"
		}
		return ""
	})
}

// The operator lives through all that it does, with the rights of config/rbac: none is lacking, and none is there in vain. Secrets
// can be read in the one namespace that sends.
func TestTheOperatorNeedsWhatItIsGivenAndNothingElse(t *testing.T) {
	w := newWorld(t)
	w.mail.ProgramID = "rights-everywhere"
	w.enforced()
	rules, secrets := shippedRules(t, "role.yaml", "cx-operator"), shippedRules(t, "role.yaml", "cx-operator-secrets")
	w.give("", "rights", rules)
	w.give(w.Namespace, "rights-secrets", secrets)
	w.everything()
	w.repeatAnEvent()
	w.record.old.Store(true) // an API server that streams no lists, as those before 1.32
	w.restart(time.Second)
	w.expectUsed(rules, secrets)
}

// With --watch-namespaces the very rules, in Roles of that namespace alone, are enough. A Role grants reading its own namespace, too.
func TestRolesInOneNamespaceAreEnough(t *testing.T) {
	w := newWorld(t)
	w.mail.ProgramID, w.watched = "rights-one", []string{w.Namespace}
	w.enforced()
	rules, secrets := shippedRules(t, "role.yaml", "cx-operator"), shippedRules(t, "role.yaml", "cx-operator-secrets")
	w.give(w.Namespace, "rights", rules)
	w.give(w.Namespace, "rights-secrets", secrets)
	w.everything()
	w.repeatAnEvent()
	w.record.old.Store(true)
	w.restart(time.Second)
	w.expectUsed(rules, secrets)
}

// repeatAnEvent tells the same of the same object twice: the library makes a series of it, which is a patch.
func (w *world) repeatAnEvent() {
	w.Helper()
	about := build.Persona("any")
	w.In(about)
	about.UID, about.ResourceVersion = "1", "1"
	recorder := w.running.Manager.GetEventRecorder("cx-operator")
	w.await("a series of events", func() string {
		recorder.Eventf(about, nil, corev1.EventTypeNormal, "Repeated", "Test", "again")
		if !w.record.has(right{"patch", "events", "events.k8s.io"}) {
			return "none was patched"
		}
		return ""
	})
}

// Who sends nothing needs no Secret; who may not read one where mail shall be sent says whose turn it is.
func TestWithoutTheRightToSecretsAProgramSaysWhatToDo(t *testing.T) {
	w := newWorld(t)
	w.mail.ProgramID, w.watched = "rights-none", []string{w.Namespace}
	w.give(w.Namespace, "rights", shippedRules(t, "role.yaml", "cx-operator"))
	w.start()
	objs := w.sample()
	w.Create(secret("smtp-login", map[string]string{"username": "mailer", "password": "correct-horse-battery"}))
	w.Create(objs...)
	prog := build.Program()
	w.await("the program to say what is missing", func() string {
		w.Get(prog)
		if c := kube.Condition(prog, cxv1.ConditionSending); c == nil || !strings.Contains(c.Message, "cx-operator-secrets") {
			return kube.Condition(prog, cxv1.ConditionSending).String()
		}
		return ""
	})
	for _, refused := range w.record.refusals() {
		if !strings.HasPrefix(refused, "get secrets ") {
			t.Errorf("the shipped role lacks: %s", refused)
		}
	}
	w.clear()
}

// The lease, in the operator's own namespace: taken, renewed, given back, taken by the next one, who announces itself.
func TestTheRoleOfTheLeaseIsEnoughAndNotMore(t *testing.T) {
	w := newWorld(t)
	rules := shippedRules(t, "leader_election_role.yaml", "cx-operator-leader-election")
	w.give(w.Namespace, "lease", rules)
	for range 2 {
		w.lead()
	}
	w.expectUsed(rules)
}

// lead holds the lease for a while, as the process does, and gives it back.
func (w *world) lead() {
	w.Helper()
	o := controllers.ManagerOptions(w.Namespace)
	o.Metrics = metricsserver.Options{BindAddress: "0"}
	o.LeaderElection, o.LeaderElectionID, o.LeaderElectionNamespace = true, "cx-operator.cx-operator.io", w.Namespace
	o.LeaderElectionReleaseOnCancel = true
	// Tried often, so that it is renewed soon; but not lost on a busy machine, which would end the manager.
	o.LeaseDuration, o.RenewDeadline, o.RetryPeriod = new(2*patience), new(patience), new(100*time.Millisecond)
	mgr, err := ctrl.NewManager(w.config(), o)
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	select {
	case <-mgr.Elected():
	case err := <-ended:
		w.Fatalf("it ended before it had the lease: %v", err)
	}
	before := w.record.count(right{"update", "leases", "coordination.k8s.io"})
	w.await("the lease to be renewed", func() string {
		if w.record.count(right{"update", "leases", "coordination.k8s.io"}) == before {
			return "it was not"
		}
		return ""
	})
	cancel()
	if err := <-ended; err != nil {
		w.Error(err)
	}
}

// What is not granted cannot be asked for: the account reads no other namespace's Secrets, and lists none.
func TestTheOperatorsAccountReadsNoOtherSecrets(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	w.give("", "rights-elsewhere", shippedRules(t, "role.yaml", "cx-operator"))
	w.give(w.Namespace, "rights-secrets", shippedRules(t, "role.yaml", "cx-operator-secrets"))
	w.Create(secret("known", map[string]string{"a": "b"}))
	other.Create(secret("known", map[string]string{"a": "b"}))
	as, err := client.New(w.config(), client.Options{Scheme: w.Client.Scheme()})
	if err != nil {
		t.Fatal(err)
	}
	found := &corev1.Secret{}
	if err := as.Get(t.Context(), client.ObjectKey{Namespace: w.Namespace, Name: "known"}, found); err != nil {
		t.Errorf("reading one where mail is sent from: %v", err)
	}
	if err := as.Get(t.Context(), client.ObjectKey{Namespace: other.Namespace, Name: "known"}, found); !apierrors.IsForbidden(err) {
		t.Errorf("reading one elsewhere: %v", err)
	}
	for _, namespace := range []string{w.Namespace, ""} {
		if err := as.List(t.Context(), &corev1.SecretList{}, client.InNamespace(namespace)); !apierrors.IsForbidden(err) {
			t.Errorf("listing them in %q: %v", namespace, err)
		}
	}
	if err := as.Create(t.Context(), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "shell"}}); !apierrors.IsForbidden(err) {
		t.Errorf("starting a pod: %v", err)
	}
}

// No role that ships has a wildcard, or a right by which an account gives itself more.
func TestNoShippedRoleHasAWildcardOrRaisesItself(t *testing.T) {
	root, err := controlplane.Root()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "config", "rbac", "*role.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	roles := map[string][]rbacv1.PolicyRule{}
	for _, file := range files {
		for _, obj := range shipped(t, "rbac", filepath.Base(file)) {
			switch role := obj.(type) {
			case *rbacv1.ClusterRole:
				roles[role.Name] = role.Rules
			case *rbacv1.Role:
				roles[role.Name] = role.Rules
			}
		}
	}
	for name, rules := range roles {
		for _, r := range rights(rules) {
			if strings.Contains(r.String(), "*") {
				t.Errorf("%s: %s has a wildcard", name, r)
			}
			if r.verb == "escalate" || r.verb == "bind" || r.verb == "impersonate" || r.group == rbacv1.GroupName || r.resource == "serviceaccounts/token" {
				t.Errorf("%s: %s lets the account have more than it is given", name, r)
			}
		}
		for _, rule := range rules {
			if len(rule.NonResourceURLs) > 0 {
				t.Errorf("%s: %v is about no resource", name, rule.NonResourceURLs)
			}
		}
	}
	if want := 9; len(roles) != want {
		t.Errorf("%d roles: %v, want %d", len(roles), slices.Sorted(maps.Keys(roles)), want)
	}
}
