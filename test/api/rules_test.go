// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// rule is one x-kubernetes-validations rule and what shows that it works.
type rule struct {
	kind string
	// path is where the rule stands in the schema, "" for the object.
	path string
	// says is the part of the message that tells what to do.
	says   string
	accept []attempt
	refuse []attempt
}

// attempt is the smallest object of a kind with fields set and, where update is given, with those changed afterwards.
type attempt struct {
	name   string
	create fields
	update fields
}

// rules are all rules of the API, by kind.
func rules() []rule {
	var all []rule
	for _, some := range [][]rule{
		programRules, ownerRules, personaRules, journeyRules, goalRules, kpiRules, surveyRules, waveRules, initiativeRules, assignmentRules,
		frameworkRules, assessmentRules, sendingRules,
	} {
		all = append(all, some...)
	}
	return all
}

func TestEveryRuleInTheCRDsHasAnAcceptAndARefuseCase(t *testing.T) {
	type key struct{ kind, path, message string }
	tested := map[key]int{}
	for _, crd := range loadCRDs(t) {
		for _, node := range crd.nodes() {
			for _, validation := range node.schema.XValidations {
				k := key{crd.Spec.Names.Kind, node.path, validation.Message}
				tested[k] = 0
				for _, r := range rules() {
					if r.kind == k.kind && r.path == k.path && strings.Contains(k.message, r.says) && len(r.accept) > 0 && len(r.refuse) > 0 {
						tested[k]++
					}
				}
				if tested[k] != 1 {
					t.Errorf("%s %q: rule %q has %d tests with an accept and a refuse case, want one", k.kind, k.path, k.message, tested[k])
				}
			}
		}
	}
	if len(rules()) != len(tested) {
		t.Errorf("%d rules in the CRDs, %d in the tests: a test is about no rule", len(tested), len(rules()))
	}
}

func TestRules(t *testing.T) {
	for _, r := range rules() {
		t.Run(r.kind+" "+r.says, func(t *testing.T) {
			for _, a := range r.accept {
				t.Run("accepts "+a.name, func(t *testing.T) {
					if err := a.try(t, r.kind); err != nil {
						t.Errorf("refused: %v", err)
					}
				})
			}
			for _, a := range r.refuse {
				t.Run("refuses "+a.name, func(t *testing.T) {
					refusal := onlyCause(t, a.try(t, r.kind))
					if schemaPath(refusal.Field) != r.path || !strings.Contains(refusal.Message, r.says) {
						t.Errorf("refused at %q with %q, want %q with %q", refusal.Field, refusal.Message, r.path, r.says)
					}
				})
			}
		})
	}
}

// try sends the attempt and returns the API server's answer to its last step.
func (a attempt) try(t *testing.T, kind string) error {
	t.Helper()
	h := harness.New(t)
	object := minimal(t, kind, h.Namespace)
	a.create.set(t, object)
	err := h.Client.Create(t.Context(), object)
	if a.update == nil {
		return err
	}
	if err != nil {
		t.Fatalf("the object before the change: %v", err)
	}
	changed := &unstructured.Unstructured{Object: object.Object}
	a.update.set(t, changed)
	return h.Client.Update(t.Context(), changed)
}

// onlyCause returns the one reason for which the API server refused an object as invalid.
func onlyCause(t *testing.T, err error) metav1.StatusCause {
	t.Helper()
	causes := causes(t, err)
	if len(causes) != 1 {
		t.Fatalf("refused for %d reasons, want one: %v", len(causes), err)
	}
	return causes[0]
}

// causes returns the reasons for which the API server refused an object as invalid, without its remark that it therefore
// checked no rules.
func causes(t *testing.T, err error) []metav1.StatusCause {
	t.Helper()
	var status *apierrors.StatusError
	if !errors.As(err, &status) || status.ErrStatus.Reason != metav1.StatusReasonInvalid {
		t.Fatalf("got answer %v, want a refusal as invalid", err)
	}
	return slices.DeleteFunc(status.ErrStatus.Details.Causes, func(cause metav1.StatusCause) bool {
		return strings.Contains(cause.Message, "some validation rules were not checked")
	})
}

// dryRun sends the smallest object with these fields, to be checked and not kept.
func dryRun(t *testing.T, h *harness.Harness, kind string, values fields) error {
	t.Helper()
	object := minimal(t, kind, h.Namespace)
	values.set(t, object)
	return h.Client.Create(t.Context(), object, client.DryRunAll)
}
