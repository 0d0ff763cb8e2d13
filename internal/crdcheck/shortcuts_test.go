// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package crdcheck

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

var between = regexp.MustCompile(`(?m)^-- \S+ --$|^---$`)

// written are the objects of the samples and of the tests of the command line, right ones and wrong ones.
func written(t *testing.T) []map[string]any {
	t.Helper()
	var objects []map[string]any
	for _, root := range []string{"../../config/samples", "../cli/testdata"} {
		err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := os.ReadFile(name)
			for _, text := range between.Split(string(data), -1) {
				var object map[string]any
				if document, err := yaml.YAMLToJSON([]byte(text)); err == nil && utiljson.Unmarshal(document, &object) == nil && object != nil {
					objects = append(objects, object)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return objects
}

// variants are an object and, for each field of its spec, the object without it: most rules are about what stands together.
func variants(object map[string]any) []map[string]any {
	all := []map[string]any{object}
	spec, _ := object["spec"].(map[string]any)
	for name := range spec {
		without := runtime.DeepCopyJSON(object)
		delete(without["spec"].(map[string]any), name)
		all = append(all, without)
	}
	return all
}

func TestRulesSayTheSameOfNarrowedSchemas(t *testing.T) {
	schemas, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	whole := map[string]*cel.Validator{}
	judged, refused := 0, 0
	for _, object := range written(t) {
		name, _ := object["kind"].(string)
		k := schemas.kinds[name]
		if k == nil {
			continue
		}
		if whole[name] == nil {
			whole[name] = cel.NewValidator(k.structural, true, celconfig.PerCallLimit)
		}
		for _, variant := range variants(object) {
			defaulting.Default(variant, k.structural)
			want, _ := whole[name].Validate(context.Background(), nil, k.structural, variant, nil, celconfig.RuntimeCELCostBudget)
			got := k.checkRules(variant)
			if diff := cmp.Diff(texts(want), texts(got)); diff != "" {
				t.Errorf("%s %v (-whole +narrowed):\n%s", name, variant["metadata"], diff)
			}
			judged++
			if len(want) > 0 {
				refused++
			}
		}
	}
	if judged < 500 || refused < 20 {
		t.Errorf("%d objects, of which rules refuse %d: too few to tell", judged, refused)
	}
}

// odd are values that many fields must not have, and some may.
var odd = []any{nil, "", "x", "2027-02-31", "2027-02-03", "A b", int64(0), int64(-1), int64(1) << 40, 1.5, true, []any{}, []any{"a", "a"}, map[string]any{}}

// oddities are an object with one value, however deep, replaced by each of the odd ones.
func oddities(value any, yield func()) {
	switch v := value.(type) {
	case map[string]any:
		for name, was := range v {
			for _, other := range odd {
				v[name] = other
				yield()
			}
			delete(v, name)
			yield()
			v[name] = was
			oddities(was, yield)
		}
	case []any:
		for i, was := range v {
			for _, other := range odd {
				v[i] = other
				yield()
			}
			v[i] = was
			oddities(was, yield)
		}
	}
}

// What is plainly right is right, and what is right is nearly always plainly so.
func TestWhatIsPlainlyRightIsRight(t *testing.T) {
	schemas, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	right, plain, judged := 0, 0, 0
	for n, object := range written(t) {
		name, _ := object["kind"].(string)
		k := schemas.kinds[name]
		if k == nil {
			continue
		}
		defaulting.Default(object, k.structural)
		if len(validation.ValidateCustomResource(nil, object, k.validator)) == 0 {
			right++
			if plainlyRight(object, k.structural) {
				plain++
			}
		}
		if n%5 != 0 { // every fifth object is changed in every way
			continue
		}
		oddities(object["spec"], func() {
			judged++
			if !plainlyRight(object, k.structural) {
				return
			}
			if errs := validation.ValidateCustomResource(nil, object, k.validator); len(errs) > 0 {
				t.Errorf("%s %v is plainly right, but %v", name, object["metadata"], errs)
			}
		})
	}
	if right < 100 || plain*10 < right*9 || judged < 1000 {
		t.Errorf("of %d right objects %d are plainly so; %d were changed", right, plain, judged)
	}
	t.Logf("of %d right objects %d are plainly so; %d changed ones were judged", right, plain, judged)
}

func texts(errs field.ErrorList) []string {
	var out []string
	for _, err := range errs {
		out = append(out, err.Error())
	}
	return out
}
