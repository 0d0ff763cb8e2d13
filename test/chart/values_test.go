// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package chart_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// free are values that Kubernetes describes: the schema leaves what is in them to the API server, or names more than the defaults set.
var free = []string{"resources", "startupProbe", "livenessProbe", "readinessProbe", "global"}

// What hack/valuesdocs demands of values.yaml, a comment for each value, is worth something only if nothing else can be set.
func TestValuesAndTheirSchemaNameTheSame(t *testing.T) {
	var values, schema map[string]any
	if err := yaml.Unmarshal([]byte(read(t, "charts", "cx-operator", "values.yaml")), &values); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(read(t, "charts", "cx-operator", "values.schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	if compared := compareValues(t, "", values, schema); compared < 100 {
		t.Errorf("only %d values were compared", compared)
	}
}

func compareValues(t *testing.T, above string, values, schema map[string]any) (compared int) {
	t.Helper()
	if schema["additionalProperties"] != false {
		t.Errorf("%q in the schema takes whatever is written: set additionalProperties: false", above)
	}
	properties := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		path := above + name
		if slices.Contains(free, path) {
			continue
		}
		preset, ok := values[name]
		if !ok {
			t.Errorf("%s is in the schema, not in values.yaml: nobody finds it", path)
			continue
		}
		compared++
		property := properties[name].(map[string]any)
		if property["type"] == nil && property["enum"] == nil {
			t.Errorf("%s has no type in the schema", path)
		}
		if _, closed := property["properties"]; closed {
			compared += compareValues(t, path+".", preset.(map[string]any), property)
		}
	}
	for name := range values {
		if _, ok := properties[name]; !ok {
			t.Errorf("%s is in values.yaml, not in the schema", above+name)
		}
	}
	return compared
}

// leaves are the paths of values, as far as they are ours to name.
func leaves(above string, values, presets map[string]any) []string {
	var paths []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		path := above + name
		below, isMap := values[name].(map[string]any)
		preset, _ := presets[name].(map[string]any)
		if isMap && len(preset) > 0 && !slices.Contains(free, path) && !strings.HasSuffix(path, "ecurityContext") && !strings.HasSuffix(path, "labels") {
			paths = append(paths, leaves(path+".", below, preset)...)
			continue
		}
		paths = append(paths, path)
	}
	return paths
}

// without is a copy of values that lacks what is at the path.
func without(t *testing.T, values, path string) string {
	t.Helper()
	var tree map[string]any
	if err := yaml.Unmarshal([]byte(values), &tree); err != nil {
		t.Fatal(err)
	}
	unstructured.RemoveNestedField(tree, strings.Split(path, ".")...)
	less, err := yaml.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(less)
}

// Each value is set by some way of the matrix, which is refused, or comes out otherwise, without it;
// monitoring_test.go sees to those whose files others write.
func TestEveryValueMakesADifference(t *testing.T) {
	var presets map[string]any
	if err := yaml.Unmarshal([]byte(read(t, "charts", "cx-operator", "values.yaml")), &presets); err != nil {
		t.Fatal(err)
	}
	matters := map[string]bool{}
	for _, w := range matrix {
		var set map[string]any
		if err := yaml.Unmarshal([]byte(w.values), &set); err != nil {
			t.Fatal(err)
		}
		whole := render(t, "helm", home, w.values, w.flags()...)
		for _, path := range leaves("", set, presets) {
			if matters[path] {
				continue
			}
			less, err := tryRender(t, "helm", home, without(t, w.values, path), w.flags()...)
			matters[path] = err != nil || less != whole
		}
	}
	for _, path := range leaves("", presets, presets) {
		if elsewhere := strings.HasPrefix(path, "metrics.dashboards") || path == "metrics.prometheusRule.labels"; !matters[path] && !elsewhere {
			t.Errorf("%s: no way of the matrix comes out otherwise without it", path)
		}
	}
}
