// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// Who copies YAML out of a document gets something that the API server, or the chart, takes, with every field known.
func TestEveryBlockOfYAMLIsTaken(t *testing.T) {
	h, inSample := harness.New(t), harness.New(t)
	sample := sampleOf(t, inSample, "retailer")
	seen := map[string]int{}
	for _, b := range blocks(t) {
		if b.language != "yaml" && b.language != "yml" {
			continue
		}
		kind, err := "objects", error(nil)
		switch name, isPart := strings.CutPrefix(b.kind, "part of "); {
		case isPart:
			kind, err = "part", addTo(t, inSample, sample, name, b.text)
		case b.kind == "":
			err = apply(t, h, b.text)
		case b.kind == "values":
			kind, err = b.kind, render(t, b.text)
		case b.kind == "github-actions", b.kind == "gitlab-ci":
			kind = b.kind // they run: see TestEveryRunnableCommandRuns
		default:
			err = fmt.Errorf("no test knows what %q is: see the comment of this package", b.kind)
		}
		seen[kind]++
		if err != nil {
			t.Errorf("%s:%d: %v", b.file, b.line, err)
		}
	}
	for _, kind := range []string{"objects", "part"} {
		if seen[kind] == 0 {
			t.Errorf("no block of kind %s was tested: %v", kind, seen)
		}
	}
}

// A test of documents that takes everything tests nothing.
func TestYAMLThatIsWrongIsRefused(t *testing.T) {
	h, inSample := harness.New(t), harness.New(t)
	sample := sampleOf(t, inSample, "first-day")
	for name, refused := range map[string]error{
		"an unknown field":           apply(t, h, "apiVersion: cx-operator.io/v1alpha1\nkind: Goal\nmetadata: {name: a}\nspec: {kind: Business, knid: x}\n"),
		"a wrong value":              apply(t, h, "apiVersion: cx-operator.io/v1alpha1\nkind: Goal\nmetadata: {name: a}\nspec: {kind: Commerce}\n"),
		"no object":                  apply(t, h, "spec: {}\n"),
		"an empty block":             apply(t, h, "# nothing\n"),
		"an unknown field of a part": addTo(t, inSample, sample, "program/program", "spec: {orgnization: x}\n"),
		"a part of nothing":          addTo(t, inSample, sample, "program/programme", "spec: {}\n"),
	} {
		if refused == nil {
			t.Error(name, "is taken")
		}
	}
}

func strict(h *harness.Harness) client.Client {
	return client.WithFieldValidation(h.Client, metav1.FieldValidationStrict)
}

// apply asks the API server whether it would take the objects. They may say in which namespace they are.
func apply(t *testing.T, h *harness.Harness, text string) error {
	documents := utilyaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 1<<16)
	var errs []error
	for count := 0; ; count++ {
		object := &unstructured.Unstructured{}
		switch err := documents.Decode(object); {
		case errors.Is(err, io.EOF) && count == 0:
			return errors.New("the block is empty")
		case errors.Is(err, io.EOF):
			return errors.Join(errs...)
		case err != nil:
			return err
		}
		if object.GetNamespace() == "" || object.GroupVersionKind().Group == "cx-operator.io" {
			object.SetNamespace(h.Namespace)
		}
		ensureNamespace(t, h, object.GetNamespace())
		err := strict(h).Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("docs"), client.ForceOwnership, client.DryRunAll)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err))
		}
	}
}

func ensureNamespace(t *testing.T, h *harness.Harness, name string) {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := client.IgnoreAlreadyExists(h.Client.Create(t.Context(), namespace)); err != nil {
		t.Fatal(err)
	}
}

// sampleOf creates a sample program in the test's namespace and returns its objects by kind/name.
func sampleOf(t *testing.T, h *harness.Harness, name string) map[string]*unstructured.Unstructured {
	t.Helper()
	found := map[string]*unstructured.Unstructured{}
	for _, file := range tracked(t, "config/samples/"+name+"/*.yaml") {
		data, err := os.Open(filepath.Join(repository(t), file))
		if err != nil {
			t.Fatal(err)
		}
		documents := utilyaml.NewYAMLOrJSONDecoder(data, 1<<16)
		for {
			object := &unstructured.Unstructured{}
			if documents.Decode(object) != nil {
				break
			}
			if object.GroupVersionKind().Group == "cx-operator.io" {
				found[strings.ToLower(object.GetKind())+"/"+object.GetName()] = object
				h.Create(object)
			}
		}
		_ = data.Close() // it was only read
	}
	return found
}

// addTo asks the API server whether the object of the sample would be right with this in addition.
func addTo(t *testing.T, h *harness.Harness, sample map[string]*unstructured.Unstructured, name, text string) error {
	object, known := sample[name]
	if !known {
		return fmt.Errorf("the sample has no %s", name)
	}
	patch, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		return err
	}
	if fields := map[string]any{}; json.Unmarshal(patch, &fields) != nil || len(fields) == 0 {
		return errors.New("the block is no part of an object")
	}
	return strict(h).Patch(t.Context(), object.DeepCopy(), client.RawPatch(types.MergePatchType, patch), client.DryRunAll)
}

// render asks the chart whether it takes the values.
func render(t *testing.T, text string) error {
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	command := exec.CommandContext(t.Context(), filepath.Join(repository(t), "bin", "tools", "helm"), "template", "cx-operator",
		filepath.Join(repository(t), "charts", "cx-operator"), "--kube-version", "1.36", "--namespace", "cx-operator-system", "--values", file)
	command.Stdout = io.Discard
	var complaint strings.Builder
	command.Stderr = &complaint
	if err := command.Run(); err != nil {
		return fmt.Errorf("helm: %w\n%s", err, complaint.String())
	}
	return nil
}
