// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// generated are the kinds that the operator writes.
var generated = []string{"OwnerAssignment", "SurveyWave", "Scorecard", "FollowUp"}

func plural(kind string) string { return strings.ToLower(kind) + "s" }

// Custom roles give people more than the shipped ones: a namespace may hand out every verb of Kubernetes.
func TestGeneratedObjectsAreMadeByTheOperatorAlone(t *testing.T) {
	c := newCompany(t)
	c.bindWriters(editor)
	for _, kind := range generated {
		obj := c.In(build.All("made-by-hand")[kind])
		c.refused(c.as(editor).Create(t.Context(), obj), plural(kind)+" are made by the operator alone: ")
	}
	output, err := c.tryKubectl(editor, `
apiVersion: cx-operator.io/v1alpha1
kind: OwnerAssignment
metadata: {name: made-by-apply}
spec: {subject: {kind: Goal, name: loyalty}, role: Accountable, owner: head-of-cx}
`, "apply", "--server-side", "-f", "-")
	c.refused(err, "name an owner on the subject, and it makes one")
	if strings.Contains(output, "serverside-applied") {
		t.Error(output)
	}
}

// Who deletes an assignment to have it made anew would be rid of a refusal in the object; the evidence stays either way.
func TestGeneratedObjectsAreNotDeletedByPeople(t *testing.T) {
	c := newCompany(t)
	c.bindWriters(editor)
	for kind, what := range map[string]string{
		"OwnerAssignment": "name another owner on the subject, or delete the subject",
		"SurveyWave":      "to stop a wave, set spec.control.cancel",
		"Scorecard":       "remove the framework from spec.frameworks of the Program",
		"FollowUp":        "close it with spec.response and spec.closing",
	} {
		obj := build.All("kept")[kind]
		c.Create(obj)
		c.refused(c.as(editor).Delete(t.Context(), obj), what)
		c.refused(c.as(editor).DeleteAllOf(t.Context(), obj, client.InNamespace(c.Namespace)), what)
		c.Get(obj)
	}
}

// Everybody may delete what objects are made from: that is what programs are for, and evidence stays.
func TestSubjectsAndOwnersMayBeDeleted(t *testing.T) {
	c := newCompany(t)
	c.bind(editor, "cx-edit")
	goal, owner := build.Goal("loyalty"), build.Owner("head-of-cx", func(o *cxv1.Owner) { o.Spec.Identity.Users = []string{asked} })
	c.Create(goal, owner)
	c.allowed(c.as(editor).Delete(t.Context(), goal))
	c.allowed(c.as(editor).Delete(t.Context(), owner))
}

func TestMetadataOfGeneratedObjectsIsFrozen(t *testing.T) {
	c := newCompany(t)
	c.bindWriters(editor)
	for _, kind := range generated {
		obj := build.All("frozen")[kind]
		obj.SetLabels(map[string]string{cxv1.LabelSurvey: "pulse"})
		obj.SetAnnotations(map[string]string{"example.com/made-by": "operator"})
		obj.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "x", UID: "1", Controller: new(true)}})
		obj.SetFinalizers([]string{"example.com/kept"})
		c.Create(obj)
		for what, merge := range map[string]string{
			"a label added":           `{"metadata":{"labels":{"team":"mine"}}}`,
			"a label changed":         `{"metadata":{"labels":{"cx-operator.io/survey":"other"}}}`,
			"labels removed":          `{"metadata":{"labels":null}}`,
			"an annotation added":     `{"metadata":{"annotations":{"example.com/mine":"yes"}}}`,
			"an annotation changed":   `{"metadata":{"annotations":{"example.com/made-by":"me"}}}`,
			"annotations removed":     `{"metadata":{"annotations":null}}`,
			"an owner changed":        `{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"y","uid":"2"}]}}`,
			"owners removed":          `{"metadata":{"ownerReferences":null}}`,
			"a finalizer added":       `{"metadata":{"finalizers":["example.com/kept","example.com/mine"]}}`,
			"finalizers removed":      `{"metadata":{"finalizers":null}}`,
			"hidden behind a request": `{"metadata":{"annotations":{"cx-operator.io/reconcile-requested-at":"now"},"labels":{"team":"mine"}}}`,
		} {
			t.Log(kind, what)
			c.refused(patch(t.Context(), c.as(editor), obj, merge), "labels, annotations, owner references and finalizers of "+plural(kind))
		}
		c.allowed(patch(t.Context(), c.as(editor), obj, `{"metadata":{"annotations":{"cx-operator.io/reconcile-requested-at":"now"}}}`))
		c.allowed(patch(t.Context(), c.as(editor), obj, `{"metadata":{"annotations":{"cx-operator.io/reconcile-requested-at":null}}}`))
		c.allowed(patch(t.Context(), c.Client, obj, `{"metadata":{"finalizers":null}}`)) // else the namespace stays
	}
}

// Fields are frozen because they are not open, so that those of later versions are, too.
func TestSpecsOfGeneratedObjectsAreFrozenButForWhatPeopleDecide(t *testing.T) {
	c := newCompany(t)
	c.bindWriters(editor)
	writes := map[string]map[string]string{
		"OwnerAssignment": {
			"owner": `"me"`, "decision": "",
			"proposed": `{"approvers":["user:` + editor + `"]}`,
			"subject":  `{"name":"other"}`, "role": `"Sponsor"`,
		},
		"SurveyWave": {"template": `{"slot":"20270104t1000"}`, "control": ""},
		"Scorecard":  {"framework": `"mine"`, "profile": `"small"`},
		"FollowUp":   {"case": `{"rule":"other"}`, "response": "", "closing": ""},
	}
	// The schema refuses these before any policy is asked.
	immutable := map[string]string{
		"subject": "an assignment keeps its subject", "role": "an assignment keeps its role",
		"template": "a wave keeps what people were promised", "case": "a case stays as it was opened",
	}
	for kind, fields := range writes {
		if got := c.specFields(kind); !slices.Equal(got, sorted(fields)) {
			t.Errorf("%s: the fields of spec are %v, this test knows %v: say whether people may write the new one", kind, got, sorted(fields))
		}
		obj := build.All("frozen")[kind]
		c.Create(obj)
		for field, value := range fields {
			if value == "" {
				continue
			}
			err := patch(t.Context(), c.as(editor), obj, fmt.Sprintf(`{"spec":{%q:%s}}`, field, value))
			if words := immutable[field]; words == "" {
				c.refused(err, "the spec of "+plural(kind)+" is the operator's: ")
			} else if err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("%s %s: %v", kind, field, err)
			}
		}
	}
	a := &cxv1.OwnerAssignment{ObjectMeta: metav1.ObjectMeta{Name: "frozen", Namespace: c.Namespace}}
	c.refused(patch(t.Context(), c.as(editor), a, `{"spec":{"proposed":null}}`), "write spec.decision and nothing else")
	c.refused(patch(t.Context(), c.as(editor), a, `{"spec":{"proposed":{"terms":"for nothing"}}}`), "write spec.decision and nothing else")
}

func TestStatusOfGeneratedObjectsIsWrittenByTheOperatorAlone(t *testing.T) {
	c := newCompany(t)
	c.bindWriters(editor)
	for _, kind := range generated {
		obj := build.All("reported")[kind]
		c.Create(obj)
		words := "the status of " + plural(kind) + " is written by the operator alone"
		c.refused(c.as(editor).Status().Patch(t.Context(), obj, client.RawPatch("application/merge-patch+json",
			[]byte(`{"status":{"observedGeneration":7}}`))), words)
		c.Get(obj)
		c.refused(c.as(editor).Status().Update(t.Context(), obj), words)
		_, err := c.tryKubectl(editor, "", "patch", plural(kind), "reported", "--subresource", "status", "--type", "merge",
			"-p", `{"status":{"observedGeneration":7}}`)
		c.refused(err, words)
	}
}

// The role cx-edit itself: it reads generated kinds, and cancels waves.
func TestEditorsOfANamespaceWriteNoGeneratedKinds(t *testing.T) {
	c := newCompany(t)
	c.bind(editor, "cx-edit", "cx-view")
	for _, kind := range generated {
		obj := build.All("seen")[kind]
		c.Create(obj)
		as := c.as(editor)
		c.allowed(as.Get(t.Context(), client.ObjectKeyFromObject(obj), obj))
		for what, err := range map[string]error{
			"create": as.Create(t.Context(), c.In(build.All("new")[kind])),
			"delete": as.Delete(t.Context(), obj),
			"status": as.Status().Patch(t.Context(), obj, client.RawPatch("application/merge-patch+json", []byte(`{"status":{"observedGeneration":7}}`))),
			"patch":  patch(t.Context(), as, obj, `{"metadata":{"labels":{"team":"mine"}}}`),
		} {
			if err == nil || !strings.Contains(err.Error(), "forbidden") {
				t.Errorf("%s %s: %v", what, kind, err)
			}
		}
	}
}
