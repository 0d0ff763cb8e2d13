// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package chart_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
)

// schemas are files for kubeconform, made from what the API server publishes, in which no object has a field that is not named.
type schemas struct {
	folder string
}

// newSchemas writes those of the objects' kinds.
func newSchemas(c *cluster, objects []*unstructured.Unstructured) schemas {
	c.Helper()
	s := schemas{folder: c.TempDir()}
	client, err := discovery.NewDiscoveryClientForConfig(c.Config)
	if err != nil {
		c.Fatal(err)
	}
	paths, err := client.OpenAPIV3().Paths()
	if err != nil {
		c.Fatal(err)
	}
	known := map[string]document{}
	for _, object := range objects {
		version := object.GroupVersionKind().GroupVersion()
		at := "apis/" + version.String()
		if version.Group == "" {
			at = "api/" + version.Version
		}
		if _, ok := known[at]; !ok {
			published, err := paths[at].Schema("application/json")
			if err != nil {
				c.Fatalf("%s: %v", at, err)
			}
			known[at] = newDocument(c.T, published)
		}
		s.write(c.T, object, known[at])
	}
	return s
}

// document is a version's OpenAPI.
type document struct {
	Components struct {
		Schemas map[string]map[string]any `json:"schemas"`
	} `json:"components"`
}

func newDocument(t *testing.T, published []byte) document {
	t.Helper()
	var d document
	if err := json.Unmarshal(published, &d); err != nil {
		t.Fatal(err)
	}
	for _, schema := range d.Components.Schemas {
		closeSchema(schema)
	}
	return d
}

// closeSchema forbids fields that are not named, where some are.
func closeSchema(schema map[string]any) {
	properties, named := schema["properties"].(map[string]any)
	for _, property := range properties {
		closeSchema(property.(map[string]any))
	}
	_, open := schema["x-kubernetes-preserve-unknown-fields"]
	if _, more := schema["additionalProperties"]; named && !more && !open {
		schema["additionalProperties"] = false
	}
	for _, key := range []string{"items", "additionalProperties", "not"} {
		if inner, ok := schema[key].(map[string]any); ok {
			closeSchema(inner)
		}
	}
	for _, key := range []string{"oneOf", "anyOf"} { // what is in allOf restricts the rest, and names nothing of its own
		inner, _ := schema[key].([]any)
		for _, one := range inner {
			closeSchema(one.(map[string]any))
		}
	}
}

func (s schemas) write(t *testing.T, object *unstructured.Unstructured, d document) {
	t.Helper()
	for name, schema := range d.Components.Schemas {
		kinds, _ := schema["x-kubernetes-group-version-kind"].([]any)
		for _, kind := range kinds {
			k := kind.(map[string]any)
			want := object.GroupVersionKind()
			if k["kind"] != want.Kind || k["group"] != want.Group || k["version"] != want.Version {
				continue
			}
			content, err := json.Marshal(map[string]any{"$ref": "#/components/schemas/" + name, "components": d.Components})
			if err != nil {
				t.Fatal(err)
			}
			group, _, _ := strings.Cut(object.GetAPIVersion(), "/") // kubeconform calls the core group v1
			file := fmt.Sprintf("%s_%s_%s.json", group, want.Version, strings.ToLower(want.Kind))
			if err := os.WriteFile(filepath.Join(s.folder, file), content, 0o600); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("the API server publishes no schema of %s", object.GroupVersionKind())
}

func (s schemas) conform(t *testing.T, manifests string) error {
	t.Helper()
	_, err := run(t, nil, manifests, tool(t, "kubeconform"), "-strict",
		"-schema-location", filepath.Join(s.folder, "{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json"))
	return err
}

func TestEveryWayConformsToTheSchemas(t *testing.T) {
	c := newCluster(t)
	texts := map[string]string{}
	var objects []*unstructured.Unstructured
	for _, w := range matrix {
		for _, helm := range helms {
			text := render(t, helm, home, w.values, w.flags()...)
			texts[w.name+", "+helm] = text
			objects = append(objects, parse(t, text)...)
		}
	}
	s := newSchemas(c, distinct(objects))
	for name, text := range texts {
		if err := s.conform(t, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// distinct has one object of each kind.
func distinct(objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	seen := map[string]bool{}
	var kinds []*unstructured.Unstructured
	for _, object := range objects {
		if kind := object.GroupVersionKind().String(); !seen[kind] {
			seen[kind] = true
			kinds = append(kinds, object)
		}
	}
	return kinds
}

func TestTheSchemasRefuseMistakes(t *testing.T) {
	c := newCluster(t)
	w := way{values: sendingOn + everything, kinds: monitored}
	text := render(t, "helm", home, w.values, w.flags()...)
	s := newSchemas(c, distinct(parse(t, text)))
	if err := s.conform(t, text); err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]struct{ right, wrong, want string }{
		"a field that is not there":        {"  replicas: 1", "  replica: 1", "'replica' not allowed"},
		"a type that is another":           {"  replicas: 1", "  replicas: one", "got string, want integer"},
		"deep in a pod":                    {"readOnlyRootFilesystem: true", "readOnlyRootFileSystem: true", "'readOnlyRootFileSystem' not allowed"},
		"in a kind that others define":     {"    - port: metrics", "    - ports: metrics", "'ports' not allowed"},
		"in the definition of a kind":      {"additionalPrinterColumns:", "printerColumns:", "'printerColumns' not allowed"},
		"a kind that nobody knows":         {"kind: PodDisruptionBudget", "kind: PodDisruptionBudgets", "could not find schema"},
		"a version that is served no more": {"apiVersion: policy/v1", "apiVersion: policy/v1beta1", "could not find schema"},
	} {
		t.Run(name, func(t *testing.T) {
			broken := strings.Replace(text, m.right, m.wrong, 1)
			if broken == text {
				t.Fatalf("there is no %q in it", m.right)
			}
			if err := s.conform(t, broken); err == nil || !strings.Contains(err.Error(), m.want) {
				t.Errorf("got %v, want ...%s...", err, m.want)
			}
		})
	}
}
