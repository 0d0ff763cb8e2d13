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

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
)

// crd is a generated CustomResourceDefinition.
type crd struct {
	apiextensionsv1.CustomResourceDefinition
	size int
}

// node is a schema and where it stands: "spec.stages[].name", "" for the object.
type node struct {
	path   string
	schema *apiextensionsv1.JSONSchemaProps
}

func loadCRDs(t *testing.T) []*crd {
	t.Helper()
	root, err := controlplane.Root()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "config", "crd", "cx-operator.io_*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no CRDs in config/crd: %v", err)
	}
	crds := make([]*crd, 0, len(files))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c := &crd{size: len(data)}
		if err := yaml.UnmarshalStrict(data, &c.CustomResourceDefinition); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		crds = append(crds, c)
	}
	return crds
}

// nodes lists every schema of the only version.
func (c *crd) nodes() []node {
	return walk("", c.Spec.Versions[0].Schema.OpenAPIV3Schema)
}

func walk(path string, schema *apiextensionsv1.JSONSchemaProps) []node {
	nodes := []node{{path, schema}}
	for name, property := range schema.Properties {
		nodes = append(nodes, walk(strings.TrimPrefix(path+"."+name, "."), &property)...)
	}
	if schema.Items != nil {
		nodes = append(nodes, walk(path+"[]", schema.Items.Schema)...)
	}
	return nodes
}

func TestNamesAreAsDesigned(t *testing.T) {
	short := map[string]string{}
	for _, c := range loadCRDs(t) {
		names := c.Spec.Names
		if !slices.Equal(names.Categories, []string{"cx"}) {
			t.Errorf("%s: categories %v, want cx alone: `kubectl get all` is not ours", names.Kind, names.Categories)
		}
		if c.Spec.Scope != apiextensionsv1.NamespaceScoped {
			t.Errorf("%s is not namespaced", names.Kind)
		}
		short[names.Kind] = strings.Join(names.ShortNames, " ")
	}
	want := map[string]string{
		"Program": "cxp", "Owner": "cxo", "Persona": "cxpn", "Journey": "cxj", "Goal": "cxg", "KPI": "cxk", "Survey": "cxs",
		"Initiative": "cxi", "SurveyWave": "cxw", "OwnerAssignment": "cxoa", "Scorecard": "cxsc",
		"Framework": "cxf", "Assessment": "cxa", "FollowUp": "cxfu",
	}
	if diff := cmp.Diff(want, short); diff != "" {
		t.Errorf("short names (-want +got):\n%s", diff)
	}
}

func TestCRDsStaySmallEnoughForKubectlApply(t *testing.T) {
	const annotationLimit = 262144
	for _, c := range loadCRDs(t) {
		if c.size >= annotationLimit {
			t.Errorf("%s: %d bytes, the annotation of kubectl apply holds fewer than %d", c.Name, c.size, annotationLimit)
		}
	}
}

func TestStatusIsNotSeenYetByDefault(t *testing.T) {
	for _, c := range loadCRDs(t) {
		status := c.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["status"]
		if status.Default == nil || string(status.Default.Raw) != `{"observedGeneration":-1}` {
			t.Errorf("%s: status has default %v", c.Spec.Names.Kind, status.Default)
		}
		if c.Spec.Versions[0].Subresources == nil || c.Spec.Versions[0].Subresources.Status == nil {
			t.Errorf("%s: status is no subresource", c.Spec.Names.Kind)
		}
	}
}

func TestEveryTextAndListIsBounded(t *testing.T) {
	for _, c := range loadCRDs(t) {
		for _, n := range c.nodes() {
			if problem := unbounded(n); problem != "" {
				t.Errorf("%s %s: %s", c.Spec.Names.Kind, n.path, problem)
			}
		}
	}
}

// unbounded says what lets a value grow without limit or be merged in an undefined way. What Kubernetes itself brings
// (apiVersion, kind) is left alone.
func unbounded(n node) string {
	text := n.schema.Type == "string" || n.schema.XIntOrString
	switch {
	case n.path == "apiVersion" || n.path == "kind":
		return ""
	case text && n.schema.MaxLength == nil && len(n.schema.Enum) == 0 && n.schema.Format != "date-time":
		return "a text without maxLength, enum or date-time format"
	case n.schema.Type == "array" && n.schema.MaxItems == nil:
		return "a list without maxItems"
	case n.schema.Type == "array" && n.schema.XListType == nil:
		return "a list without x-kubernetes-list-type"
	case n.schema.AdditionalProperties != nil || n.schema.XPreserveUnknownFields != nil:
		return "a map; use a list of named entries"
	case n.schema.Type == "number":
		return "a float; use Decimal"
	}
	return ""
}

var unfinished = regexp.MustCompile(`(?i)\b(TODO|FIXME|XXX|TBD|lorem)\b`)

func TestExplainReadsLikeDocumentation(t *testing.T) {
	for _, c := range loadCRDs(t) {
		for _, n := range c.nodes() {
			name := n.path[strings.LastIndex(n.path, ".")+1:]
			description := strings.TrimSpace(n.schema.Description)
			switch {
			case unfinished.MatchString(description):
				t.Errorf("%s %s is unfinished: %q", c.Spec.Names.Kind, n.path, description)
			case n.path == "":
				if !strings.HasPrefix(description, c.Spec.Names.Kind+" is ") && !strings.HasPrefix(description, c.Spec.Names.Kind+" says ") {
					t.Errorf("%s does not say what it is: %q", c.Spec.Names.Kind, description)
				}
			case n.path == "apiVersion" || n.path == "kind" || n.path == "metadata" || strings.HasSuffix(name, "[]"):
			case !strings.HasPrefix(description, name+" "):
				t.Errorf("%s %s: the description does not begin with %q: %q", c.Spec.Names.Kind, n.path, name, description)
			}
		}
	}
}

func TestEveryDefaultIsDocumented(t *testing.T) {
	for _, c := range loadCRDs(t) {
		for _, n := range c.nodes() {
			if n.schema.Default == nil || n.path == "status" || string(n.schema.Default.Raw) == "{}" {
				continue
			}
			says := "Default: "
			if n.schema.Type != "array" {
				says += strings.Trim(string(n.schema.Default.Raw), `"`) + "."
			}
			if !strings.Contains(strings.Join(strings.Fields(n.schema.Description), " "), says) {
				t.Errorf("%s %s: the description does not say %q: %q", c.Spec.Names.Kind, n.path, says, n.schema.Description)
			}
		}
	}
}

func TestSelectableFieldsStayBelowTheLimit(t *testing.T) {
	for _, c := range loadCRDs(t) {
		if n := len(c.Spec.Versions[0].SelectableFields); n > 8 {
			t.Errorf("%s: %d selectable fields, an API server takes eight", c.Spec.Names.Kind, n)
		}
	}
}

// kubectl shows a date as its age, and one that is still to come as <invalid>. Since when somebody has been asked is never to come.
func TestOnlyAgesAreShownAsDates(t *testing.T) {
	ages := []string{".metadata.creationTimestamp", ".status.offeredAt", ".status.waitingSince"}
	for _, c := range loadCRDs(t) {
		for _, column := range c.Spec.Versions[0].AdditionalPrinterColumns {
			if column.Type == "date" && !slices.Contains(ages, column.JSONPath) {
				t.Errorf("%s: the column %s is a date; show %s as a string", c.Spec.Names.Kind, column.Name, column.JSONPath)
			}
		}
	}
}
