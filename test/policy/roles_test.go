// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file that a person can read.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", name, diff)
	}
}

// table writes a role as resource and verbs, every rule taken apart.
func table(name string, labels map[string]string, rules []rbacv1.PolicyRule) string {
	verbs := map[string][]string{}
	for _, rule := range rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				if group != "" {
					resource += "." + group
				}
				for _, only := range rule.ResourceNames {
					resource += "/" + only
				}
				resource = strings.TrimSuffix(resource, "."+cxv1.GroupVersion.Group)
				verbs[resource] = append(verbs[resource], rule.Verbs...)
			}
		}
	}
	text := &strings.Builder{}
	fmt.Fprintln(text, name)
	for _, label := range sorted(labels) {
		if part, found := strings.CutPrefix(label, "rbac.authorization.k8s.io/aggregate-to-"); found {
			fmt.Fprintln(text, "  is part of", part)
		}
	}
	for _, resource := range slices.Sorted(maps.Keys(verbs)) {
		slices.Sort(verbs[resource])
		fmt.Fprintf(text, "  %-26s %s\n", resource, strings.Join(slices.Compact(verbs[resource]), " "))
	}
	return text.String() + "\n"
}

// What each shipped role may do, in one table: a right that somebody adds is seen in review.
func TestTheShippedRolesAreThese(t *testing.T) {
	files, err := filepath.Glob("../../config/rbac/*role.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]string{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for document := range bytes.SplitSeq(content, []byte("\n---\n")) {
			role := &rbacv1.ClusterRole{} // a Role has the same fields
			if err := yaml.Unmarshal(document, role); err != nil {
				t.Fatal(err)
			}
			if role.Kind == "ClusterRole" || role.Kind == "Role" {
				tables[role.Name] = table(role.Kind+" "+role.Name, role.Labels, role.Rules)
			}
		}
	}
	text := ""
	for _, name := range sorted(tables) {
		text += tables[name]
	}
	golden(t, "roles.txt", text)
}
