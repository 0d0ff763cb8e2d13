// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// chapters are those that the page of every kind has, in this order; there may be others between them.
var chapters = []string{"Example", "Writing one", "Working with it", "Status and conditions", "Troubleshooting"}

// Whoever knows one page finds everything on the others.
func TestThePagesOfKindsHaveTheSameChapters(t *testing.T) {
	pages := kindPages(t)
	if len(pages) < 14 {
		t.Fatalf("there are %d pages of kinds", len(pages))
	}
	heading := regexp.MustCompile(`(?m)^## (.+)$`)
	for kind, text := range pages {
		var found []string
		for _, match := range heading.FindAllStringSubmatch(text, -1) {
			if slices.Contains(chapters, match[1]) {
				found = append(found, match[1])
			}
		}
		if !slices.Equal(found, chapters) {
			t.Errorf("the page of %s has the chapters %q", kind, found)
		}
	}
}

// Whatever reason the operator gives, some page explains it.
func TestEveryReasonIsExplained(t *testing.T) {
	values := constants(t)
	everything := strings.Join(slices.Collect(maps.Values(kindPages(t))), "\n") + page(t, "docs/kinds/README.md") + page(t, "docs/sending.md")
	checked := 0
	for name, value := range values {
		if strings.HasPrefix(name, "Reason") {
			checked++
			if !strings.Contains(everything, "`"+value+"`") {
				t.Errorf("no page explains the reason %s", value)
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d reasons were found: are they where they were?", checked)
	}
}

// explained checks that the page of its kind has each condition of an object of the samples in its table, with the reason. It waits until
// the controllers have said something about all the objects there are.
func explained(t *testing.T, h *harness.Harness) {
	t.Helper()
	pages := kindPages(t)
	seen, enough := map[string][]unstructured.Unstructured{}, 200
	err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
		found := 0
		for kind := range h.Client.Scheme().KnownTypes(cxv1.GroupVersion) {
			if _, isKind := pages[strings.ToLower(kind)]; !isKind {
				continue
			}
			list := &unstructured.UnstructuredList{}
			list.SetGroupVersionKind(cxv1.GroupVersion.WithKind(kind + "List"))
			if err := h.Client.List(ctx, list); err != nil {
				return false, err
			}
			for _, object := range list.Items {
				found += len(conditionsOf(object))
			}
			seen[kind] = list.Items
		}
		return found >= enough, nil
	})
	if err != nil {
		t.Errorf("the samples do not have %d conditions in all: %v", enough, err)
	}
	for kind, objects := range seen {
		text := pages[strings.ToLower(kind)]
		for _, object := range objects {
			for _, one := range conditionsOf(object) {
				condition := one.(map[string]any)
				name, reason := condition["type"].(string), condition["reason"].(string)
				if !strings.Contains(text, "| `"+name+"` |") || !strings.Contains(text, "`"+reason+"`") {
					t.Errorf("%s %s has the condition %s with the reason %s, which the page of the kind does not explain", kind,
						object.GetName(), name, reason)
				}
			}
		}
	}
}

func conditionsOf(object unstructured.Unstructured) []any {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	return conditions
}

func page(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository(t), file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// kindPages are the pages of kinds by the name of the kind in lower case.
func kindPages(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, file := range tracked(t, "docs/kinds/*.md") {
		if kind := strings.TrimSuffix(filepath.Base(file), ".md"); kind != "README" {
			pages[kind] = page(t, file)
		}
	}
	return pages
}

// constants are those of conditions.go by their names.
func constants(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(repository(t), "api", "v1alpha1", "conditions.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range spec.Names {
			if literal, ok := spec.Values[i].(*ast.BasicLit); ok {
				if value, err := strconv.Unquote(literal.Value); err == nil {
					found[name.Name] = value
				}
			}
		}
		return true
	})
	return found
}
