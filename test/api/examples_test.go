// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// Who copies an example out of the documentation gets an object that the API server takes, with every field known.
func TestTheExamplesOfEveryKindApply(t *testing.T) {
	h := harness.New(t)
	root, err := controlplane.Root()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "kinds", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	folder, shown := t.TempDir(), map[string]bool{}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		var examples []string
		for _, block := range yamlBlock.FindAllSubmatch(text, -1) {
			var object struct{ Kind string }
			if err := yaml.Unmarshal(block[1], &object); err != nil {
				t.Errorf("%s: %v", page, err)
			}
			shown[strings.ToLower(object.Kind)] = true
			examples = append(examples, string(block[1]))
		}
		file := filepath.Join(folder, strings.TrimSuffix(filepath.Base(page), ".md")+".yaml")
		if err := os.WriteFile(file, []byte(strings.Join(examples, "---\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range loadCRDs(t) {
		kind := strings.ToLower(c.Spec.Names.Kind)
		if !shown[kind] || !slices.Contains(pages, filepath.Join(root, "docs", "kinds", kind+".md")) {
			t.Errorf("%s has no page with an example in docs/kinds", c.Spec.Names.Kind)
		}
	}
	kubectl(t, h)("apply", "--dry-run=server", "--validate=strict", "-f", folder)
}

// The samples are what newcomers begin with: each of their objects applies as it is.
func TestTheSamplesApply(t *testing.T) {
	h := harness.New(t)
	root, err := controlplane.Root()
	if err != nil {
		t.Fatal(err)
	}
	samples, err := filepath.Glob(filepath.Join(root, "config", "samples", "*", "kustomization.yaml"))
	if err != nil || len(samples) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	run := kubectl(t, h)
	for _, sample := range samples {
		folder := filepath.Dir(sample)
		// The namespace of the sample must be there before a server can check what is in it.
		run("apply", "-f", filepath.Join(folder, "namespace.yaml"))
		run("apply", "--dry-run=server", "--validate=strict", "--namespace", filepath.Base(folder), "-k", folder)
	}
}
