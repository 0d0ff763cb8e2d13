// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

const (
	approver = "data-protection@example.com"
	tenant   = "system:serviceaccount:flux-system:kustomize-controller"
)

func approval(by string) string {
	return fmt.Sprintf(`{"spec":{"control":{"approval":{"hash":"0123456789","by":%q}}}}`, by)
}

func TestAudiencesAreApprovedByThoseWhoMayAndInTheirOwnName(t *testing.T) {
	c := newCompany(t)
	c.bind(editor, "cx-view", "cx-edit")
	c.bind(approver, "cx-approve")
	wave := build.SurveyWave("pulse-20270104t0900")
	c.Create(wave)
	c.refused(patch(t.Context(), c.as(editor), wave, approval(editor)), editor+" may not approve audiences: that takes the role cx-approve")
	c.refused(patch(t.Context(), c.as(editor), wave, approval(approver)), "you approve in your own name: set spec.control.approval.by to "+editor)
	c.refused(patch(t.Context(), c.as(approver), wave, approval(editor)), "you approve in your own name: set spec.control.approval.by to "+approver)
	c.allowed(patch(t.Context(), c.as(approver), wave, approval(approver)))
	c.refused(patch(t.Context(), c.as(editor), wave, `{"spec":{"control":{"approval":{"hash":"9876543210"}}}}`), "you approve in your own name")
	c.refused(patch(t.Context(), c.as(editor), wave, `{"spec":{"control":{"approval":null}}}`), "may not approve audiences")
	c.allowed(patch(t.Context(), c.as(editor), wave, `{"spec":{"control":{"cancel":{"reason":"wrong question"}}}}`))
	c.allowed(patch(t.Context(), c.as(approver), wave, `{"spec":{"control":{"approval":null}}}`))
}

func TestFollowUpsAreAnsweredByOwners(t *testing.T) {
	c := newCompany(t)
	c.bindWriters(editor)
	c.bind(asked, "cx-owner")
	f := build.FollowUp("unhappy")
	c.Create(f)
	const response, closing = `{"spec":{"response":{"result":"Reached"}}}`, `{"spec":{"closing":{"rootCause":"other","resolution":"Repaired"}}}`
	c.refused(patch(t.Context(), c.as(editor), f, response), editor+" may not follow up: that takes the role cx-owner")
	c.allowed(patch(t.Context(), c.as(asked), f, response))
	c.refused(patch(t.Context(), c.as(editor), f, closing), "may not follow up")
	c.allowed(patch(t.Context(), c.as(asked), f, closing))
}

func TestWhoAnOwnerIsIsSaidByThoseWhoMay(t *testing.T) {
	c := newCompany(t)
	c.bind(editor, "cx-view", "cx-edit")
	c.bind(tenant, "cx-view", "cx-edit", "cx-identify")
	edit, gitOps := c.as(editor), c.as(tenant)

	// A team, for groups are for teams.
	identified := build.Owner("identified", func(o *cxv1.Owner) {
		o.Spec.Type = cxv1.OwnerTeam
		o.Spec.Identity = cxv1.Identity{Users: []string{asked}, Groups: []string{"cx-team"}}
		o.Spec.NotifySecretRef = "mail"
	})
	const identity, notify = "may not say by which accounts an owner decides: leave spec.identity as it is, or get the role cx-identify",
		"may not say where an owner is written to: leave spec.notifySecretRef as it is, or get the role cx-identify"
	c.refused(edit.Create(t.Context(), c.In(identified.DeepCopy())), editor+" "+identity)
	c.refused(edit.Create(t.Context(), c.In(build.Owner("written-to", func(o *cxv1.Owner) { o.Spec.NotifySecretRef = "mail" }))), notify)
	c.allowed(edit.Create(t.Context(), c.In(build.Owner("nobody"))))
	c.allowed(gitOps.Create(t.Context(), c.In(identified)))

	for merge, words := range map[string]string{
		`{"spec":{"identity":{"users":["` + editor + `"]}}}`: identity,
		`{"spec":{"identity":{"groups":["everybody"]}}}`:     identity,
		`{"spec":{"identity":null}}`:                         identity,
		`{"spec":{"notifySecretRef":"mine"}}`:                notify,
		`{"spec":{"notifySecretRef":null}}`:                  notify,
	} {
		c.refused(patch(t.Context(), edit, identified, merge), words)
	}
	c.allowed(patch(t.Context(), edit, identified, `{"spec":{"displayName":"The same","state":"Left"}}`))
	c.allowed(patch(t.Context(), gitOps, identified, `{"spec":{"identity":{"users":["somebody@example.com"]},"notifySecretRef":"other"}}`))
}

// Flux and Helm apply with their own field manager, again and again; editors apply the same file without changing who is who.
func TestOwnersAreAppliedFromFiles(t *testing.T) {
	c := newCompany(t)
	c.bind(editor, "cx-view", "cx-edit")
	c.bind(tenant, "cx-view", "cx-edit", "cx-identify")
	manifest := func(name string) string {
		return fmt.Sprintf(`
apiVersion: cx-operator.io/v1alpha1
kind: Owner
metadata: {name: head-of-cx}
spec:
  displayName: %s
  function: marketing
  level: Manager
  identity: {users: [head-of-cx@example.com]}
  notifySecretRef: mail
`, name)
	}
	for _, step := range []struct{ as, name string }{{tenant, "Head of CX"}, {tenant, "Head of CX"}, {editor, "Head of CX and more"}, {tenant, "Head of CX"}} {
		_, err := c.tryKubectl(step.as, manifest(step.name), "apply", "--server-side", "--force-conflicts", "--field-manager", "flux", "-f", "-")
		c.allowed(err)
	}
	_, err := c.tryKubectl(editor, manifest("Head of CX"), "apply", "-f", "-")
	c.allowed(err)
}

func TestWhatTheOperatorCountedStaysCounted(t *testing.T) {
	c := newCompany(t)
	c.bind(editor, "cx-view", "cx-edit")
	edit := c.as(editor)
	marked := func(a *cxv1.Assessment) { a.Labels = map[string]string{cxv1.LabelWave: "pulse-20270104t0900"} }
	const label, counted = "it is set by the operator alone", "these answers were counted by the operator and stay"

	c.refused(edit.Create(t.Context(), c.In(build.Assessment("forged", marked))), label)
	own, made := build.Assessment("own"), build.Assessment("made", marked)
	c.allowed(edit.Create(t.Context(), c.In(own)))
	c.Create(made)
	c.refused(patch(t.Context(), edit, own, `{"metadata":{"labels":{"cx-operator.io/wave":"pulse-20270104t0900"}}}`), label)
	c.refused(patch(t.Context(), edit, made, `{"metadata":{"labels":{"cx-operator.io/wave":null}}}`), label)
	c.refused(patch(t.Context(), edit, made, `{"metadata":{"labels":{"cx-operator.io/wave":"other"}}}`), label)
	for _, merge := range []string{
		`{"spec":{"counts":[{"question":"Q03","answers":[0,0,0,99]}]}}`, `{"spec":{"counts":null,"exemptions":` + exemptions + `}}`,
		`{"spec":{"date":"2026-01-01"}}`, `{"spec":{"evidence":"https://wiki.example.com/other"}}`, `{"spec":{"framework":"mine"}}`,
	} {
		c.refused(patch(t.Context(), edit, made, merge), counted)
		c.allowed(edit.Patch(t.Context(), own.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(merge)), client.DryRunAll))
	}
	c.allowed(patch(t.Context(), edit, made, `{"metadata":{"labels":{"team":"mine"}},"spec":{"validFor":"90d","exemptions":`+exemptions+`}}`))
	c.allowed(edit.Delete(t.Context(), &cxv1.Assessment{ObjectMeta: metav1.ObjectMeta{Name: "made", Namespace: c.Namespace}}))
}

const exemptions = `[{"criterion":"mob-training","reason":"No time","requestedBy":"head-of-cx","approvedBy":"ceo","until":"2027-06-30"}]`
