// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/yannh/kubeconform/pkg/validator"
)

// written are the schemas of the product's kinds.
func written(t *testing.T) string {
	t.Helper()
	r := &release{source: source{root: filepath.Join("..", "..")}, out: t.TempDir()}
	if err := schemas(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(r.out, "schemas")
}

var kubeconformCommand = regexp.MustCompile(`(?m)^kubeconform .*/(\{\{\S+\.json)' -skip (\S+) `)

// kubeconform checks objects as the command does that the documents tell; it says which are not valid, and why.
func kubeconform(t *testing.T, folder string, objects []byte) []string {
	t.Helper()
	told := kubeconformCommand.FindSubmatch(read(t, filepath.Join("..", "..", "docs", "operations", "air-gapped.md")))
	if told == nil {
		t.Fatal("docs/operations/air-gapped.md tells no command with kubeconform")
	}
	skip := map[string]struct{}{}
	for kind := range strings.SplitSeq(string(told[2]), ",") {
		skip[kind] = struct{}{}
	}
	v := must(validator.New([]string{filepath.Join(folder, string(told[1]))}, validator.Opts{SkipKinds: skip}))(t)
	var wrong []string
	for _, result := range v.Validate("objects", io.NopCloser(bytes.NewReader(objects))) {
		if result.Status == validator.Invalid || result.Status == validator.Error {
			wrong = append(wrong, result.Err.Error())
		}
	}
	return wrong
}

func TestSamplesFitTheSchemas(t *testing.T) {
	folder := written(t)
	files := 0
	root := filepath.Join("..", "..", "config", "samples")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		files++
		for _, strictness := range []string{"strict", "lax"} {
			for _, why := range kubeconform(t, filepath.Join(folder, strictness), must(os.ReadFile(path))(t)) {
				t.Errorf("%s, %s: %s", path, strictness, why)
			}
		}
		return nil
	})
	if err != nil || files < 10 {
		t.Errorf("%d files of samples: %v", files, err)
	}
}

const program = `apiVersion: cx-operator.io/v1alpha1
kind: Program
metadata: {name: program, labels: {team: cx}}
spec:
  id: shop
  timeZone: Europe/Berlin
  organization: Shop
`

func TestSchemasKnowWhatIsWrong(t *testing.T) {
	folder := written(t)
	for name, tc := range map[string]struct {
		from, to    string
		strict, lax bool // whether they let it pass
	}{
		"nothing":                      {"", "", true, true},
		"a field there is not":         {"timeZone:", "timezone: UTC\n  timeZone:", false, true},
		"a field in metadata":          {"labels:", "label: {}, labels:", false, true},
		"a field beside spec":          {"spec:", "specs: {}\nspec:", false, true},
		"a number where a text is":     {"id: shop", "id: 5", false, false},
		"a language that is not known": {"Europe/Berlin", "Europe/Berlin\n  languages: [xx]", false, false},
		"a label that is a number":     {"team: cx", "team: 5", false, false},
		"no field that there must be":  {"  organization: Shop\n", "", false, false},
	} {
		text := []byte(strings.Replace(program, tc.from, tc.to, 1))
		for strictness, passes := range map[string]bool{"strict": tc.strict, "lax": tc.lax} {
			if wrong := kubeconform(t, filepath.Join(folder, strictness), text); (wrong == nil) != passes {
				t.Errorf("%s, %s: %v", name, strictness, wrong)
			}
		}
	}
}

func TestOneSchemaForEditorsKnowsEveryKind(t *testing.T) {
	folder := written(t)
	compiler := jsonschema.NewCompiler()
	all := must(compiler.Compile(filepath.Join(folder, "strict", "all.json")))(t)
	kinds := must(readKinds(filepath.Join("..", "..")))(t)
	for _, k := range kinds {
		object := map[string]any{
			"apiVersion": k.group + "/" + k.version, "kind": k.name, "metadata": map[string]any{"name": "x"}, "sepc": map[string]any{},
		}
		if err := all.Validate(object); err == nil || !strings.Contains(err.Error(), "sepc") {
			t.Errorf("%s: a typo is let pass: %v", k.name, err)
		}
	}
	if err := all.Validate(map[string]any{"apiVersion": "cx-operator.io/v1alpha1", "kind": "Programme"}); err == nil {
		t.Error("a kind that there is not passes")
	}
	if entries := must(os.ReadDir(filepath.Join(folder, "lax")))(t); len(entries) != len(kinds)+1 {
		t.Errorf("%d files for %d kinds", len(entries), len(kinds))
	}
}

func TestSchemasOfCRDsBecomeJSONSchemas(t *testing.T) {
	from := `{"type": "object", "nullable": true, "x-kubernetes-validations": [{"rule": "true"}], "required": ["n"], "properties": {
		"n": {"type": "number", "minimum": 0, "exclusiveMinimum": true, "maximum": 9, "exclusiveMaximum": false},
		"oneOf": {"type": "string", "enum": ["a"], "nullable": true},
		"port": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
		"free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"a": {"type": "string"}}},
		"map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"b": {"type": "string"}}}},
		"either": {"type": "object", "properties": {"c": {"type": "string"}}, "oneOf": [{"required": ["c"], "properties": {"c": {}}}]}
	}}`
	want := `{"type": ["object", "null"], "required": ["n"], "additionalProperties": false, "properties": {
		"n": {"type": "number", "exclusiveMinimum": 0, "maximum": 9},
		"oneOf": {"type": ["string", "null"], "enum": ["a", null]},
		"port": {"type": ["integer", "string"]},
		"free": {"type": "object", "properties": {"a": {"type": "string"}}},
		"map": {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": false, "properties": {"b": {"type": "string"}}}},
		"either": {"type": "object", "additionalProperties": false, "properties": {"c": {"type": "string"}},
			"oneOf": [{"required": ["c"], "properties": {"c": {}}}]}
	}}`
	got := must(json.Marshal(convert(document(t, from).(schema), true)))(t)
	if diff := cmp.Diff(document(t, want), document(t, string(got))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
