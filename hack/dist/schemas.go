// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// schema is a JSON schema, or one of OpenAPI in a CRD.
type schema = map[string]any

// draft is what editors and kubeconform all read.
const draft = "http://json-schema.org/draft-07/schema#"

// kind is what a CRD says of the objects in one version.
type kind struct {
	group, version, name string
	schema               schema
}

// crd is the part of a CustomResourceDefinition that is read here.
type crd struct {
	Spec struct {
		Group    string `json:"group"`
		Names    struct{ Kind string }
		Versions []struct {
			Name   string `json:"name"`
			Schema struct {
				OpenAPIV3Schema schema `json:"openAPIV3Schema"`
			} `json:"schema"`
		} `json:"versions"`
	} `json:"spec"`
}

// crdFiles are the CRDs in the order of their names.
func crdFiles(root string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(root, "config", "crd", "*_*.yaml"))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("no CRDs in %s", root)
	}
	return files, err
}

func readKinds(root string) ([]kind, error) {
	files, err := crdFiles(root)
	if err != nil {
		return nil, err
	}
	var kinds []kind
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var c crd
		if err := yaml.Unmarshal(data, &c); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, v := range c.Spec.Versions {
			kinds = append(kinds, kind{c.Spec.Group, v.Name, c.Spec.Names.Kind, v.Schema.OpenAPIV3Schema})
		}
	}
	return kinds, nil
}

// schemas writes JSON schemas of all kinds under the names by which kubeconform looks for them. Strict ones refuse fields that
// there are not, as editors should; lax ones let them pass, for files that are older or newer than the kinds.
func schemas(_ context.Context, r *release) error {
	kinds, err := readKinds(r.root)
	if err != nil {
		return err
	}
	for _, strictness := range []struct {
		folder string
		strict bool
	}{{"lax", false}, {"strict", true}} {
		definitions := schema{}
		for _, k := range kinds {
			s := k.json(strictness.strict)
			definitions[k.name+"_"+k.version] = s
			name := strings.ToLower(k.name) + "_" + k.version + ".json"
			if err := r.writeSchema(path.Join("schemas", strictness.folder, name), s); err != nil {
				return err
			}
		}
		all := every(kinds, definitions, strictness.strict)
		if err := r.writeSchema(path.Join("schemas", strictness.folder, "all.json"), all); err != nil {
			return err
		}
	}
	return nil
}

func (r *release) writeSchema(name string, s schema) error {
	s = maps.Clone(s)
	s["$schema"] = draft
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return r.write(name, append(data, '\n'))
}

// every picks the schema by the object's kind, so that an editor tells what is wrong with that kind instead of that none fits.
func every(kinds []kind, definitions schema, strict bool) schema {
	var choices []any
	var versions, names []string
	for _, k := range kinds {
		version := k.group + "/" + k.version
		versions, names = append(versions, version), append(names, k.name)
		choices = append(choices, schema{
			"if": schema{
				"required":   []string{"apiVersion", "kind"},
				"properties": schema{"apiVersion": schema{"const": version}, "kind": schema{"const": k.name}},
			},
			"then": schema{"$ref": "#/definitions/" + k.name + "_" + k.version},
		})
	}
	slices.Sort(versions)
	slices.Sort(names)
	s := schema{"title": "Objects of cx-operator", "type": "object", "allOf": choices, "definitions": definitions}
	if strict {
		s["required"] = []string{"apiVersion", "kind"}
		s["properties"] = schema{"apiVersion": schema{"enum": slices.Compact(versions)}, "kind": schema{"enum": slices.Compact(names)}}
	}
	return s
}

// json is the schema of the objects of a kind. A CRD leaves to the API server what it says here of the fields every object has.
func (k kind) json(strict bool) schema {
	s := convert(k.schema, strict)
	properties := s["properties"].(schema)
	properties["apiVersion"] = schema{"const": k.group + "/" + k.version}
	properties["kind"] = schema{"const": k.name}
	properties["metadata"] = metadata(strict)
	s["title"] = k.name
	s["required"] = []string{"apiVersion", "kind", "metadata"}
	return s
}

func metadata(strict bool) schema {
	text := func() schema { return schema{"type": "string"} }
	texts := func() schema { return schema{"type": "object", "additionalProperties": text()} }
	things := func(of string) schema { return schema{"type": "array", "items": schema{"type": of}} }
	properties := schema{
		"annotations": texts(), "labels": texts(), "finalizers": things("string"), "ownerReferences": things("object"),
		"managedFields": things("object"), "generation": schema{"type": "integer"}, "deletionGracePeriodSeconds": schema{"type": "integer"},
	}
	for _, name := range []string{"name", "generateName", "namespace", "uid", "resourceVersion", "selfLink"} {
		properties[name] = text()
	}
	for _, name := range []string{"creationTimestamp", "deletionTimestamp"} {
		properties[name] = schema{"type": []string{"string", "null"}, "format": "date-time"}
	}
	s := schema{"type": "object", "properties": properties}
	if strict {
		s["additionalProperties"] = false
	}
	return s
}

// convert turns a schema of OpenAPI 3.0, as CRDs have it, into one of JSON Schema. What only an API server understands is left out:
// kubectl cx lint checks that.
func convert(from schema, strict bool) schema {
	to := schema{}
	for key, value := range from {
		switch key {
		case "properties":
			properties := schema{}
			for name, property := range value.(schema) {
				properties[name] = convert(property.(schema), strict)
			}
			to[key] = properties
		case "items", "additionalProperties", "not":
			to[key] = value
			if inner, ok := value.(schema); ok {
				to[key] = convert(inner, strict)
			}
		case "allOf", "anyOf", "oneOf":
			to[key] = convertEach(value.([]any))
		case "nullable", "exclusiveMinimum", "exclusiveMaximum":
		default:
			if !strings.HasPrefix(key, "x-kubernetes-") {
				to[key] = value
			}
		}
	}
	bounds(from, to)
	choices(from, to)
	_, fields := to["properties"]
	_, more := to["additionalProperties"]
	if strict && fields && !more && from["x-kubernetes-preserve-unknown-fields"] != true {
		to["additionalProperties"] = false
	}
	return to
}

// convertEach is for schemas that say more of the same value: they name a part of its fields, and must not refuse the others.
func convertEach(from []any) []any {
	to := make([]any, 0, len(from))
	for _, s := range from {
		to = append(to, convert(s.(schema), false))
	}
	return to
}

// bounds: OpenAPI 3.0 says whether a bound is exclusive, JSON Schema has exclusive bounds.
func bounds(from, to schema) {
	for exclusive, bound := range map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"} {
		if from[exclusive] == true {
			to[exclusive] = to[bound]
			delete(to, bound)
		}
	}
}

// choices: values that may be null or of two types.
func choices(from, to schema) {
	if from["x-kubernetes-int-or-string"] == true {
		to["type"] = []string{"integer", "string"}
		delete(to, "anyOf") // says the same
	}
	if from["nullable"] == true {
		if name, ok := to["type"].(string); ok {
			to["type"] = []string{name, "null"}
		}
		if values, ok := to["enum"].([]any); ok {
			to["enum"] = append(slices.Clone(values), nil)
		}
	}
}
