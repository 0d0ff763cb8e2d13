// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

const (
	asked    = "head-of-cx@example.com"
	previous = "head-of-marketing@example.com"
	editor   = "cx-editor@example.com"
	deputy   = "duty-manager@example.com"
)

// handover makes the assignment of a goal that goes from the head of marketing to the head of CX.
func (c *company) handover(name string, changes ...func(*cxv1.OwnerAssignment)) *cxv1.OwnerAssignment {
	c.Helper()
	a := build.OwnerAssignment(name, append([]func(*cxv1.OwnerAssignment){func(a *cxv1.OwnerAssignment) {
		a.Spec.Owner = "head-of-marketing"
		a.Spec.Proposed.Approvers = []string{"user:" + asked, "group:cx-team"}
	}}, changes...)...)
	c.Create(a)
	return a
}

// decision is the merge patch that decides; by may be empty.
func decision(offerID string, result cxv1.DecisionResult, by string) string {
	d := cxv1.Decision{OfferID: offerID, Result: result, Reason: "It is so", By: by}
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"decision": d}})
	if err != nil {
		panic(err)
	}
	return string(patch)
}

func TestOnlyThoseWhoAreAskedDecideAndInTheirOwnName(t *testing.T) {
	c := newCompany(t)
	for _, user := range []string{asked, previous, "member@example.com"} {
		c.bind(user, "cx-owner")
	}
	c.bindWriters(editor, "cx-team")
	c.bind(deputy, "cx-owner", "cx-decide-for-others")
	number := 0
	for _, tc := range []struct {
		what   string
		as     client.Client
		by     string
		offer  string
		change func(*cxv1.OwnerAssignment)
		refuse string
	}{
		{what: "the owner who is asked", as: c.as(asked), by: asked},
		{what: "a member of the team that is asked", as: c.as("member@example.com", "cx-team"), by: "member@example.com"},
		{what: "who may decide for others, in their own name", as: c.as(deputy), by: deputy},
		{what: "an administrator", as: c.as("admin@example.com", "system:masters"), by: "admin@example.com"},
		{what: "the owner on a newer offer, over an answer to the one before", as: c.as(asked), by: asked,
			change: func(a *cxv1.OwnerAssignment) {
				a.Spec.Decision = &cxv1.Decision{OfferID: "offer-0000", Result: cxv1.DecisionAccepted, By: previous}
			}},
		{what: "the previous owner", as: c.as(previous), by: previous,
			refuse: "this is for head-of-cx to decide: " + previous + " is not in spec.proposed.approvers"},
		{what: "somebody who may write everything", as: c.as(editor), by: editor,
			refuse: "Who may decide for others holds the role cx-decide-for-others"},
		{what: "a stranger who writes the owner's name", as: c.as(editor), by: asked,
			refuse: "you decide in your own name: set spec.decision.by to " + editor},
		{what: "who may decide for others, in the owner's name", as: c.as(deputy), by: asked,
			refuse: "you decide in your own name: set spec.decision.by to " + deputy},
		{what: "the owner without a name", as: c.as(asked), by: "",
			refuse: "you decide in your own name: set spec.decision.by to " + asked},
		{what: "a member without the group", as: c.as("member@example.com"), by: "member@example.com", refuse: "is not in spec.proposed.approvers"},
		{what: "a user who is called like the group", as: c.as("cx-team", "system:masters-of-disguise"), by: "cx-team",
			refuse: "is not in spec.proposed.approvers"},
		{what: "the owner on a stale offer", as: c.as(asked), by: asked, offer: "offer-0000", refuse: "the offer is another one by now"},
		{what: "the owner where nobody is asked", as: c.as(asked), by: asked,
			change: func(a *cxv1.OwnerAssignment) { a.Spec.Proposed = nil }, refuse: "nobody is asked here"},
		{what: "the owner a second time", as: c.as(asked), by: asked,
			change: func(a *cxv1.OwnerAssignment) {
				a.Spec.Decision = &cxv1.Decision{OfferID: "offer-0001", Result: cxv1.DecisionDeclined, Reason: "Too much", By: asked}
			}, refuse: "this offer is decided on already"},
		{what: "where the owner has no account", as: c.as(asked), by: asked,
			change: func(a *cxv1.OwnerAssignment) { a.Spec.Proposed.Approvers = nil }, refuse: "is not in spec.proposed.approvers"},
	} {
		c.Run(tc.what, func(t *testing.T) {
			c := c.in(t)
			var changes []func(*cxv1.OwnerAssignment)
			if tc.change != nil {
				changes = append(changes, tc.change)
			}
			number++
			a := c.handover(fmt.Sprint("case-", number), changes...)
			err := patch(t.Context(), tc.as, a, decision(cmp.Or(tc.offer, "offer-0001"), cxv1.DecisionAccepted, tc.by))
			if tc.refuse == "" {
				c.allowed(err)
			} else {
				c.refused(err, tc.refuse)
			}
		})
	}
}

// A decision is evidence: the one who made it cannot take it back or turn it round.
func TestADecisionStays(t *testing.T) {
	c := newCompany(t)
	c.bind(asked, "cx-owner")
	a := c.handover("decided")
	c.allowed(patch(t.Context(), c.as(asked), a, decision("offer-0001", cxv1.DecisionAccepted, asked)))
	c.refused(patch(t.Context(), c.as(asked), a, decision("offer-0001", cxv1.DecisionDeclined, asked)), "this offer is decided on already")
	c.refused(patch(t.Context(), c.as(asked), a, `{"spec":{"decision":null}}`), "a decision stays, it is evidence")
	c.refused(patch(t.Context(), c.as(asked), a, `{"spec":{"decision":{"reason":"I was drunk"}}}`), "this offer is decided on already")
	c.allowed(patch(t.Context(), c.as(asked), a, `{"spec":{"decision":{"result":"Accepted"}}}`)) // nothing changes
}

// Whoever writes identity and decision at once is refused both: what counts stood there before.
func TestNobodyMakesThemselvesAnApproverOnTheWay(t *testing.T) {
	c := newCompany(t)
	c.bindWriters(editor)
	a := c.handover("taken")
	c.Create(build.Owner("head-of-cx", func(o *cxv1.Owner) { o.Spec.Identity.Users = []string{asked} }))
	c.refused(patch(t.Context(), c.as(editor), a, fmt.Sprintf(
		`{"spec":{"proposed":{"approvers":["user:%[1]s"]},"decision":{"offerID":"offer-0001","result":"Accepted","by":%[1]q}}}`, editor)),
		"write spec.decision and nothing else")
	manifest := fmt.Sprintf(`
apiVersion: cx-operator.io/v1alpha1
kind: Owner
metadata: {name: head-of-cx}
spec:
  displayName: Head of CX
  function: marketing
  level: Manager
  identity: {users: [%[1]s]}
---
apiVersion: cx-operator.io/v1alpha1
kind: OwnerAssignment
metadata: {name: taken}
spec:
  subject: {kind: Goal, name: loyalty}
  role: Accountable
  decision: {offerID: offer-0001, result: Accepted, by: %[1]s}
`, editor)
	for _, serverSide := range []string{"--server-side", "--server-side=false"} {
		output, err := c.tryKubectl(editor, manifest, "apply", serverSide, "--force-conflicts="+fmt.Sprint(serverSide == "--server-side"), "-f", "-")
		c.refused(err, "may not say by which accounts an owner decides")
		c.refused(err, "this is for head-of-cx to decide")
		if strings.Contains(output, "configured") {
			t.Errorf("something was written:\n%s", output)
		}
	}
	// The editor could decide once the operator had copied an identity that somebody allowed wrote.
	owner := &cxv1.Owner{}
	owner.Name = "head-of-cx"
	if c.Get(owner); len(owner.Spec.Identity.Users) != 1 || owner.Spec.Identity.Users[0] != asked {
		t.Errorf("identity %v", owner.Spec.Identity)
	}
}

// Decisions come by kubectl patch, by server-side apply of the decision alone, and by kubectl apply of a file.
func TestEveryWayOfWritingADecisionWorks(t *testing.T) {
	c := newCompany(t)
	c.bind(asked, "cx-owner")
	c.handover("patched")
	c.kubectl(asked, "patch", "cxoa", "patched", "--type", "merge", "-p", decision("offer-0001", cxv1.DecisionAccepted, asked))
	for i, serverSide := range []string{"--server-side", "--server-side=false"} {
		name := fmt.Sprint("applied-", i)
		c.handover(name)
		manifest := fmt.Sprintf(`
apiVersion: cx-operator.io/v1alpha1
kind: OwnerAssignment
metadata: {name: %s}
spec:
  subject: {kind: Goal, name: loyalty}
  role: Accountable
  decision: {offerID: offer-0001, result: Declined, reason: I have too much, by: %s}
`, name, asked)
		if _, err := c.tryKubectl(asked, manifest, "apply", serverSide, "-f", "-"); err != nil {
			t.Error(err)
		}
	}
	c.handover("edited")
	edited := &cxv1.OwnerAssignment{}
	edited.Name = "edited"
	c.Get(edited)
	edited.Spec.Decision = &cxv1.Decision{OfferID: "offer-0001", Result: cxv1.DecisionAccepted, By: asked}
	writer := c.as("replacing@example.com", "cx-team")
	c.bindWriters("replacing@example.com")
	edited.Spec.Decision.By = "replacing@example.com"
	c.allowed(writer.Update(t.Context(), edited))
}
