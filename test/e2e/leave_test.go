// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// uninstall removes the release. Definitions of kinds, objects and evidence stay; nothing else of it does.
func (c *cluster) uninstall(t *testing.T) {
	t.Helper()
	before := c.kinds(t)
	objects := c.programObjects(t)
	c.helm(t, "uninstall", release, "--namespace", system, "--wait", "--timeout", "1m")
	until(t, 30*time.Second, "the pod's end", func(ctx context.Context) string {
		pods, err := c.pods(ctx)
		if err != nil || len(pods) > 0 {
			return fmt.Sprintf("%d pods %v", len(pods), err)
		}
		return ""
	})
	if diff := cmp.Diff(before, c.kinds(t)); diff != "" || len(before) == 0 {
		t.Errorf("definitions of kinds are to be kept: -before +after\n%s", diff)
	}
	c.sameObjects(t, objects)
	if claims := c.names(t, "pvc", "--namespace", system); !slices.Equal(claims, []string{"persistentvolumeclaim/" + release}) {
		t.Errorf("the claim is to be kept: %v", claims)
	}
	left := c.names(t, "all,serviceaccounts,networkpolicies,poddisruptionbudgets,configmaps", "--namespace", system)
	left = append(left, c.names(t, "roles,rolebindings", "--all-namespaces")...)
	left = append(left, c.names(t, "clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings")...)
	for _, name := range left {
		if strings.Contains(name, "/cx-") {
			t.Errorf("left behind: %s", name)
		}
	}
}

// leave removes what was kept, too. The operator is gone: nothing may wait for it.
func (c *cluster) leave(t *testing.T) {
	t.Helper()
	step(t, "namespaces and definitions are deleted, without an operator")
	c.kubectl(t, "delete", "namespace", "--selector", visitors, "--wait=false")
	c.kubectl(t, "delete", "namespace", retailer, system, "--wait", "--timeout", "1m")
	c.kubectl(t, "wait", "namespace", "--selector", visitors, "--for=delete", "--timeout=1m")
	c.kubectl(t, append([]string{"delete", "--wait", "--timeout", "1m"}, c.kinds(t)...)...)
	c.kubectl(t, "delete", "pv/evidence", "storageclass/local", "--wait", "--timeout", "1m")
	if namespaces := c.kubectl(t, "get", "namespaces"); strings.Contains(namespaces, "Terminating") || strings.Contains(namespaces, retailer) {
		t.Errorf("namespaces are left:\n%s", namespaces)
	}
	if left := append(c.kinds(t), c.names(t, "pv")...); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// names are the objects of kinds, as kubectl names them.
func (c *cluster) names(t *testing.T, kinds string, args ...string) []string {
	t.Helper()
	return strings.Fields(c.kubectl(t, append([]string{"get", kinds, "--output", "name"}, args...)...))
}

// kinds are the definitions of ours, and not those that the node brought along.
func (c *cluster) kinds(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(c.names(t, "crd"), func(name string) bool { return !strings.HasSuffix(name, ".cx-operator.io") })
}

// object is what must not change when the operator comes, goes, or becomes another one.
type object struct {
	UID  string
	Spec json.RawMessage
}

// programObjects are all objects of our kinds, by kind and name.
func (c *cluster) programObjects(t *testing.T) map[string]object {
	t.Helper()
	var list struct {
		Items []struct {
			Kind     string
			Metadata struct{ Name, UID string }
			Spec     json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(c.kubectl(t, "get", "cx", "--namespace", retailer, "--output", "json")), &list); err != nil {
		t.Fatal(err)
	}
	objects := map[string]object{}
	for _, item := range list.Items {
		objects[item.Kind+"/"+item.Metadata.Name] = object{item.Metadata.UID, item.Spec}
	}
	if len(objects) < 50 {
		t.Fatalf("%d objects: the sample has more", len(objects))
	}
	return objects
}

// sameObjects checks that the objects are still there, and still the same. There may be more.
func (c *cluster) sameObjects(t *testing.T, before map[string]object) {
	t.Helper()
	after := c.programObjects(t)
	for name, was := range before {
		is, ok := after[name]
		if !ok || is.UID != was.UID || string(is.Spec) != string(was.Spec) {
			t.Errorf("%s was %s %s, and is %s %s", name, was.UID, was.Spec, is.UID, is.Spec)
		}
	}
}
