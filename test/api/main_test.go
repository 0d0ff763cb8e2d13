// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package api_test holds the language against a real API server: what it accepts, what it refuses and with which words,
// and that nothing in config/crd is without such a test.
package api_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// fields are values by path, as people write them: {"spec.stages[0].name": "buy"}. A nil value removes the field.
type fields map[string]any

// minimal makes the smallest valid object of a kind, as sent over the wire.
func minimal(t *testing.T, kind, namespace string) *unstructured.Unstructured {
	t.Helper()
	typed := build.All("minimal")[kind]
	if typed == nil {
		t.Fatalf("package build makes no %s", kind)
	}
	gvk, err := apiutil.GVKForObject(typed, harness.Scheme)
	if err != nil {
		t.Fatal(err)
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
	if err != nil {
		t.Fatal(err)
	}
	object := &unstructured.Unstructured{Object: content}
	object.SetGroupVersionKind(gvk)
	object.SetNamespace(namespace)
	dropEmpty(object.Object)
	return object
}

// dropEmpty removes empty groups of fields: typed objects carry them, people write none.
func dropEmpty(object map[string]any) {
	for name, value := range object {
		if group, ok := value.(map[string]any); ok {
			if dropEmpty(group); len(group) == 0 {
				delete(object, name)
			}
		}
	}
}

// set writes the fields into the object, each after what it is part of.
func (f fields) set(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(f)) {
		changed, err := setPath(object.Object, strings.Split(strings.ReplaceAll(path, "[", ".["), "."), f[path])
		if err != nil {
			t.Fatalf("set %s: %v", path, err)
		}
		object.Object = changed.(map[string]any)
	}
}

// setPath returns node with value at path; what is missing on the way is made, list entries only one behind the last.
func setPath(node any, path []string, value any) (any, error) {
	if len(path) == 0 {
		return runtime.DeepCopyJSONValue(value), nil
	}
	if index, isIndex := strings.CutPrefix(path[0], "["); isIndex {
		list, _ := node.([]any)
		i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
		if err != nil || i > len(list) {
			return nil, fmt.Errorf("index %s in a list of %d", path[0], len(list))
		}
		if i == len(list) {
			list = append(list, nil)
		}
		list[i], err = setPath(list[i], path[1:], value)
		return list, err
	}
	object, _ := node.(map[string]any)
	if object == nil {
		object = map[string]any{}
	}
	if len(path) == 1 && value == nil {
		delete(object, path[0])
		return object, nil
	}
	child, err := setPath(object[path[0]], path[1:], value)
	object[path[0]] = child
	return object, err
}

var anyIndex = regexp.MustCompile(`\[\d+\]`)

// schemaPath turns the path of a field into that of its schema: "spec.stages[3].name" into "spec.stages[].name".
func schemaPath(field string) string {
	if field == "<nil>" { // how the API server writes the object itself
		return ""
	}
	return anyIndex.ReplaceAllString(field, "[]")
}

// long is a valid name of n characters.
func long(n int) string { return strings.Repeat("n", n) }

// list repeats a value, numbered where it is a format.
func list(n int, each func(i int) any) []any {
	values := make([]any, n)
	for i := range values {
		values[i] = each(i)
	}
	return values
}
