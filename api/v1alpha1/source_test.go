// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// source parses the types of this package.
func source(t *testing.T) []*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "zz_") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// constant is a string constant with its type ("" without) and comment.
type constant struct{ name, typ, value, comment string }

func constants(t *testing.T) []constant {
	t.Helper()
	var found []constant
	for _, file := range source(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			literal, ok := spec.Values[0].(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			value, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			c := constant{name: spec.Names[0].Name, value: value, comment: strings.TrimSpace(spec.Doc.Text())}
			if typ, ok := spec.Type.(*ast.Ident); ok {
				c.typ = typ.Name
			}
			found = append(found, c)
			return true
		})
	}
	return found
}

var enumMarker = regexp.MustCompile(`\+kubebuilder:validation:Enum=(\S+)`)

// enums are the choices by type, from the markers.
func enums(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, file := range source(t) {
		for _, declaration := range file.Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok || general.Tok != token.TYPE || general.Doc == nil {
				continue
			}
			for _, line := range general.Doc.List { // Text() leaves markers out
				if marker := enumMarker.FindStringSubmatch(line.Text); marker != nil {
					name := general.Specs[0].(*ast.TypeSpec).Name.Name
					found[name] = strings.Split(strings.ReplaceAll(marker[1], `"`, ""), ";")
				}
			}
		}
	}
	return found
}

func TestConstantsAreExactlyTheChoicesOfTheirType(t *testing.T) {
	want, got := enums(t), map[string][]string{}
	for _, c := range constants(t) {
		if _, isEnum := want[c.typ]; isEnum {
			got[c.typ] = append(got[c.typ], c.value)
		}
	}
	got["AttestationLevel"] = append(got["AttestationLevel"], got["OwnerLevel"]...) // which it is, and All
	for typ := range want {
		if got[typ] == nil { // Channel and ValueDriver are only passed on
			delete(want, typ)
		}
	}
	if len(want) < 30 {
		t.Fatalf("only %d types with choices found", len(want))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("choices (-markers +constants):\n%s", diff)
	}
}

// Conditions and reasons are part of the API: dashboards and health checks are written against them.
func TestConditionsAndReasonsAreDistinctAndDocumented(t *testing.T) {
	camelCase := regexp.MustCompile(`^[A-Z][A-Za-z]{1,63}$`)
	seen := map[string]string{}
	for _, c := range constants(t) {
		prefix := ""
		for _, p := range []string{"Condition", "Reason"} {
			if strings.HasPrefix(c.name, p) {
				prefix = p
			}
		}
		if prefix == "" {
			continue
		}
		if !camelCase.MatchString(c.value) {
			t.Errorf("%s = %q is not CamelCase", c.name, c.value)
		}
		if other := seen[prefix+c.value]; other != "" {
			t.Errorf("%s and %s are both %q", other, c.name, c.value)
		}
		seen[prefix+c.value] = c.name
		if !strings.HasPrefix(c.comment, c.name) {
			t.Errorf("%s: the comment does not say what it means: %q", c.name, c.comment)
		}
	}
	if len(seen) < 50 {
		t.Fatalf("only %d conditions and reasons found", len(seen))
	}
	for _, required := range []string{"ConditionReady", "ConditionReconciling", "ConditionStalled", "ReasonReferenceNotFound", "ReasonNoProgram"} {
		if !slices.Contains(slices.Collect(maps.Values(seen)), required) {
			t.Errorf("%s is missing", required)
		}
	}
}
