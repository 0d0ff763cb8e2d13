// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package verbs_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/act"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/controlplane"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// The people of the tests.
const (
	headOfCX = "head-of-cx@example.com"
	editor   = "editor@example.com"
	visitor  = "visitor@example.com"
)

// patience bounds every wait; a machine under load needs more than people have.
const patience = 5 * time.Minute

// installed: rights and policies are of the whole cluster.
var installed sync.Once

// company is a namespace of a cluster with the shipped rights and policies.
type company struct {
	*harness.Harness
	*testing.T
	kubeconfig string
}

func newCompany(t *testing.T) *company {
	t.Helper()
	c := &company{Harness: harness.New(t), T: t}
	c.kubeconfig = file(t, "kubeconfig", string(c.Plane.Kubeconfig))
	installed.Do(func() {
		for _, pattern := range []string{"rbac/cx_*_role.yaml", "policy/policy.yaml"} {
			c.install(pattern)
		}
	})
	err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
		err := c.Client.Create(ctx, c.In(build.OwnerAssignment("cx-operator-policy-check")), client.DryRunAll)
		return err != nil && strings.Contains(err.Error(), "are in force"), nil
	})
	if err != nil {
		t.Fatal("the policies do not get in force:", err)
	}
	for user, roles := range map[string][]string{
		headOfCX: {"cx-view", "cx-owner", "cx-approve"}, editor: {"cx-view", "cx-edit"}, visitor: {"cx-view"},
	} {
		c.bind(user, roles...)
	}
	c.await(headOfCX, "respond", "followups")
	c.await(editor, "patch", "surveys")
	c.await(visitor, "get", "programs")
	return c
}

// await waits until the API server knows of a right, which is a moment after it was given.
func (c *company) await(user, verb, resource string) {
	c.Helper()
	err := wait.PollUntilContextTimeout(c.Context(), 20*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
		review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
			User: user, Groups: []string{"system:authenticated"}, ResourceAttributes: &authorizationv1.ResourceAttributes{
				Namespace: c.Namespace, Verb: verb, Group: cxv1.GroupVersion.Group, Resource: resource,
			},
		}}
		err := c.Client.Create(ctx, review)
		return review.Status.Allowed, err
	})
	if err != nil {
		c.Fatalf("%s may not %s %s: %v", user, verb, resource, err)
	}
}

// install applies the manifests of config that fit a pattern.
func (c *company) install(pattern string) {
	c.Helper()
	root, err := controlplane.Root()
	if err != nil {
		c.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "config", pattern))
	if err != nil || len(files) == 0 {
		c.Fatalf("%s: %v, %v", pattern, files, err)
	}
	for _, name := range files {
		data, err := os.Open(name)
		if err != nil {
			c.Fatal(err)
		}
		documents := yaml.NewYAMLOrJSONDecoder(data, 1<<16)
		for {
			object := &unstructured.Unstructured{}
			if documents.Decode(object) != nil {
				break
			}
			if err := c.Client.Create(c.Context(), object); err != nil && !apierrors.IsAlreadyExists(err) {
				c.Fatal(err)
			}
		}
		_ = data.Close() // it was only read
	}
}

func (c *company) bind(user string, roles ...string) {
	c.Helper()
	for _, role := range roles {
		c.Create(&rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: strings.NewReplacer("@", "-", ".", "-").Replace(user) + "-" + role},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
		})
	}
}

// as runs a verb as a user.
func (c *company) as(user, stdin string, args ...string) said {
	c.Helper()
	args = append(args, "--kubeconfig", c.kubeconfig, "-n", c.Namespace)
	if user != "" {
		args = append(args, "--as", user, "--as-group", "system:authenticated")
	}
	return run(c.T, stdin, args...)
}

// status writes what a controller found.
func (c *company) status(obj client.Object, change func()) {
	c.Helper()
	change()
	if err := c.Client.Status().Update(c.Context(), obj); err != nil {
		c.Fatal(err)
	}
}

// offer asks somebody to answer for a goal.
func (c *company) offer(name, approver string, changes ...func(*cxv1.OwnerAssignment)) *cxv1.OwnerAssignment {
	c.Helper()
	a := build.OwnerAssignment(name, append([]func(*cxv1.OwnerAssignment){func(a *cxv1.OwnerAssignment) {
		a.Spec.Proposed.Approvers, a.Spec.Proposed.OfferID = []string{approver}, "offer-"+name
	}}, changes...)...)
	c.Create(a)
	return a
}

func (c *company) expectDecision(a *cxv1.OwnerAssignment, want *cxv1.Decision) {
	c.Helper()
	c.Get(a)
	switch got := a.Spec.Decision; {
	case want == nil && got != nil:
		c.Errorf("%s is decided on: %+v", a.Name, got)
	case want != nil && (got == nil || *got != *want):
		c.Errorf("%s: decision %+v, want %+v", a.Name, got, want)
	}
}

func TestOwnersAcceptAndDeclineWhatWaitsForThem(t *testing.T) {
	c := newCompany(t)
	c.Create(build.Program())
	c.as(headOfCX, "", "accept").ok().says("Nothing waits for you (" + headOfCX + ").")
	loyalty := c.offer("loyalty", "user:"+headOfCX)
	c.status(loyalty, func() {
		loyalty.Status.OfferedAt, loyalty.Status.Next = new(build.At(0)), "goes to ceo on 2027-01-18"
	})
	budget := c.offer("budget", "user:"+headOfCX, func(a *cxv1.OwnerAssignment) {
		a.Spec.Subject, a.Spec.Role = cxv1.AssignmentSubject{Kind: cxv1.SubjectProgram, Name: "program", Item: cxv1.ItemBudget}, cxv1.RoleApprover
		a.Spec.Proposed.Terms = "budget 120000 EUR for 2027"
	})
	others := c.offer("others", "user:ceo@example.com")

	listed := c.as(headOfCX, "", "accept").ok().says("loyalty   Goal/loyalty", "goes to ceo on 2027-01-18", "budget 120000 EUR for 2027")
	if strings.Contains(listed.out, "others") {
		t.Errorf("what is somebody else's is listed:\n%s", listed.out)
	}
	c.as(headOfCX, "", "accept", "-o", "json", "--lang", "ru").ok().says(`"kind": "Offers"`, `"offerID": "offer-loyalty"`, `"role": "Approver"`)

	c.as(headOfCX, "", "decline", "budget").fails("needs a --reason")
	c.as(headOfCX, "", "decline", "budget", "--reason", "Too little", "--lang", "ru").ok().
		says("Отклонено: Program/program/budget, утверждает, head-of-cx (budget 120000 EUR for 2027)", headOfCX)
	c.expectDecision(budget, &cxv1.Decision{OfferID: "offer-budget", Result: cxv1.DecisionDeclined, Reason: "Too little", By: headOfCX})

	c.as(headOfCX, "", "accept", "others").fails("this is for head-of-cx to decide: "+headOfCX+" is not in spec.proposed.approvers", "cx-decide-for-others")
	c.as(visitor, "", "accept", "loyalty").fails("is not in spec.proposed.approvers")
	c.as(headOfCX, "", "accept", "nothing").fails(`there is no "nothing" among the ownerassignments`)
	c.expectDecision(others, nil)
	c.expectDecision(loyalty, nil)

	c.as(headOfCX, "", "accept", "loyalty").ok().says("Accepted: Goal/loyalty, accountable, head-of-cx", "Decided by "+headOfCX)
	c.expectDecision(loyalty, &cxv1.Decision{OfferID: "offer-loyalty", Result: cxv1.DecisionAccepted, By: headOfCX})
	c.as(headOfCX, "", "accept", "loyalty").fails("decided on already (Accepted)")
	c.as(headOfCX, "", "accept").ok().says("Nothing waits for you")
}

func TestWhoDecidesForOthersDoesSoInTheirOwnName(t *testing.T) {
	c := newCompany(t)
	const office = "office@example.com"
	c.bind(office, "cx-decide-for-others")
	c.await(office, "decide", "ownerassignments")
	a := c.offer("loyalty", "user:"+headOfCX)
	c.as(office, "", "accept", "loyalty").ok()
	c.expectDecision(a, &cxv1.Decision{OfferID: "offer-loyalty", Result: cxv1.DecisionAccepted, By: office})
}

func TestAllThatWaitsIsAcceptedAfterAYes(t *testing.T) {
	c := newCompany(t)
	first, second := c.offer("first", "user:"+headOfCX), c.offer("second", "group:system:authenticated")
	asked := c.as(headOfCX, "n\n", "accept", "--all")
	asked.fails("nothing was changed")
	if !strings.Contains(asked.err, "Accept all 2?") || !strings.Contains(asked.err, "Goal/loyalty") {
		t.Errorf("it asks %q", asked.err)
	}
	c.as(headOfCX, "", "accept", "--all").fails("nothing was changed")
	c.expectDecision(first, nil)
	c.as(headOfCX, "", "accept", "--all", "first").fails("not both")
	c.as(headOfCX, "y\n", "accept", "--all").ok()
	c.expectDecision(first, &cxv1.Decision{OfferID: "offer-first", Result: cxv1.DecisionAccepted, By: headOfCX})
	c.expectDecision(second, &cxv1.Decision{OfferID: "offer-second", Result: cxv1.DecisionAccepted, By: headOfCX})
	c.as(headOfCX, "", "accept", "--all").ok().says("Nothing waits for you")
}

// A new offer after an old decision, and an offer that cannot be written to: what could be decided is, the rest is said.
func TestWhatCannotBeDecidedKeepsNothingElseBack(t *testing.T) {
	c := newCompany(t)
	again := c.offer("again", "user:"+headOfCX, func(a *cxv1.OwnerAssignment) {
		a.Spec.Decision = &cxv1.Decision{OfferID: "offer-before", Result: cxv1.DecisionDeclined, Reason: "No time"}
	})
	inForce := c.offer("in-force", "user:"+headOfCX, func(a *cxv1.OwnerAssignment) { a.Spec.Proposed, a.Spec.Owner = nil, "ceo" })
	got := c.as(headOfCX, "", "accept", "in-force", "again")
	got.fails("in-force: nobody is asked here: ceo answers for it").says("Accepted: Goal/loyalty")
	c.expectDecision(again, &cxv1.Decision{OfferID: "offer-again", Result: cxv1.DecisionAccepted, By: headOfCX})
	c.expectDecision(inForce, nil)
	c.as(editor, "", "accept", "in-force").fails("nobody is asked here")
	c.offer("for-the-editor", "user:"+editor)
	c.as(editor, "", "accept", "for-the-editor").fails("cannot patch", "docs/policies.md")
}

func TestWavesAreRequestedCancelledAndApproved(t *testing.T) {
	c := newCompany(t)
	survey := build.Survey("pulse")
	c.Create(build.Program(), survey)
	began := time.Now().UTC().Truncate(time.Second)
	c.as(editor, "", "wave", "request", "pulse").ok().says("A wave of pulse is asked for as of ")
	c.Get(survey)
	if at, err := time.Parse(time.RFC3339, survey.Annotations[cxv1.AnnotationWaveRequestedAt]); err != nil || at.Before(began) || at.After(time.Now()) {
		t.Errorf("annotations %v: %v", survey.Annotations, err)
	}
	c.as(visitor, "", "wave", "request", "pulse").fails("cannot patch")
	c.as(editor, "", "wave", "request", "nothing").fails(`there is no "nothing" among the surveys`)
	survey.Spec.Suspend = true
	if err := c.Client.Update(t.Context(), survey); err != nil {
		t.Fatal(err)
	}
	c.as(editor, "", "wave", "request", "pulse").fails("is suspended")

	wave := build.SurveyWave("pulse-20270104t0900")
	c.Create(wave)
	c.as(headOfCX, "", "wave", "approve", wave.Name).fails("waits for no approval: it is not looked at yet")
	c.status(wave, func() {
		wave.Status.Phase, wave.Status.AudienceHash = cxv1.WaveAwaiting, "0123456789abcdef"
		wave.Status.Counts = &cxv1.WaveCounts{Eligible: 7000, Sampled: 6500, Invited: 6000, Skipped: []cxv1.SkipCount{
			{Reason: "notSampled", Count: 500}, {Reason: "contactRule", Count: 500},
		}}
	})
	asked := c.as(headOfCX, "no\n", "wave", "approve", wave.Name)
	asked.fails("nothing was changed")
	for _, text := range []string{"eligible 7000, sampled 6500, invited 6000", "not invited (contactRule): 500", "Invite these 6000 people?"} {
		if !strings.Contains(asked.err, text) {
			t.Errorf("no %q in %q", text, asked.err)
		}
	}
	c.as(editor, "", "wave", "approve", wave.Name, "--yes").fails(editor + " may not approve audiences: that takes the role cx-approve")
	c.as(headOfCX, "", "wave", "approve", wave.Name, "--yes", "-o", "json").ok().says(`"action": "Approved"`, `"invited": 6000`, `"contactRule": 500`)
	c.Get(wave)
	if want := (cxv1.AudienceApproval{Hash: "0123456789abcdef", By: headOfCX}); wave.Spec.Control.Approval == nil || *wave.Spec.Control.Approval != want {
		t.Errorf("approval %+v, want %+v", wave.Spec.Control.Approval, want)
	}
	c.as(headOfCX, "", "wave", "approve", wave.Name, "--yes").fails(headOfCX + " has approved these people already")

	c.as(editor, "", "wave", "cancel", wave.Name).fails("--reason")
	c.as(editor, "", "wave", "cancel", wave.Name, "--reason", "Wrong question", "--lang", "ru").ok().says("отменена: Wrong question")
	c.Get(wave)
	if wave.Spec.Control.Cancel == nil || wave.Spec.Control.Cancel.Reason != "Wrong question" || wave.Spec.Control.Approval == nil {
		t.Errorf("control %+v", wave.Spec.Control)
	}
	c.as(editor, "", "wave", "cancel", wave.Name, "--reason", "Again").fails("nothing is left to cancel")
}

func TestFollowUpsAreListedRespondedToAndResolved(t *testing.T) {
	c := newCompany(t)
	c.Create(build.Program(func(p *cxv1.Program) { p.Spec.RootCauses = []string{"order not ready"} }),
		build.Owner("head-of-cx", func(o *cxv1.Owner) { o.Spec.Identity.Users = []string{headOfCX} }))
	later, first, closed := build.FollowUp("later"), build.FollowUp("first"), build.FollowUp("closed")
	later.Spec.Case.DueBy = build.At(96 * time.Hour)
	c.Create(later, first, closed)
	c.status(first, func() {
		first.Status.Phase, first.Status.Owner = cxv1.FollowUpOpen, "head-of-cx"
		meta.SetStatusCondition(&first.Status.Conditions, metav1.Condition{
			Type: cxv1.ConditionOnSchedule, Status: metav1.ConditionFalse, Reason: cxv1.ReasonOverdue, Message: "Nobody answered.",
		})
	})
	c.status(closed, func() { closed.Status.Phase = cxv1.FollowUpClosed })

	all := c.as(headOfCX, "", "followups").ok().says("2027-01-06 09:00 +0000 overdue", "head-of-cx")
	if strings.Index(all.out, "first") > strings.Index(all.out, "later") || strings.Contains(all.out, "closed") {
		t.Errorf("the order, or what is closed:\n%s", all.out)
	}
	c.as(headOfCX, "", "followups", "--all", "-o", "json").ok().says(`"name": "closed"`, `"overdue": true`)
	if mine := c.as(headOfCX, "", "followups", "--mine").ok().says("first"); strings.Contains(mine.out, "later") {
		t.Errorf("not mine:\n%s", mine.out)
	}
	c.as(visitor, "", "followups", "--mine").fails("no Owner has the account " + visitor)

	respond := func(user string, args ...string) said {
		return c.as(user, "", append([]string{"followups", "respond", "first"}, args...)...)
	}
	resolve := func(user, cause string) said {
		return c.as(user, "", "followups", "resolve", "first", "--root-cause", cause, "--resolution", "Repaired")
	}
	respond(headOfCX).fails("--reached or --not-reached")
	resolve(headOfCX, "other").fails("say first whether the customer was reached")
	respond(visitor, "--reached").fails("cannot patch")
	c.bindWriter(editor)
	respond(editor, "--reached").fails(editor + " may not follow up: that takes the role cx-owner")
	respond(headOfCX, "--not-reached", "--note", "Called twice", "--lang", "ru").ok().says("не связались")
	respond(headOfCX, "--reached").fails("recorded already (NotReached)")
	resolve(headOfCX, "the weather").fails(`"the weather" is no root cause of this program: write one of order not ready, other`)
	resolve(headOfCX, "order not ready").ok().says("closed: order not ready")
	c.Get(first)
	if r := first.Spec.Response; r == nil || *r != (cxv1.FirstResponse{Result: cxv1.ResponseNotReached, Note: "Called twice"}) {
		t.Errorf("response %+v", r)
	}
	if r := first.Spec.Closing; r == nil || *r != (cxv1.Closing{RootCause: "order not ready", Resolution: "Repaired"}) {
		t.Errorf("closing %+v", r)
	}
}

// bindWriter lets somebody write follow-ups without the verb that the policies ask for.
func (c *company) bindWriter(user string) {
	c.Helper()
	c.Create(&rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "writer"}, Rules: []rbacv1.PolicyRule{{
		APIGroups: []string{cxv1.GroupVersion.Group}, Resources: []string{"followups"}, Verbs: []string{"patch"},
	}}}, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "writer"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "writer"},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	})
	c.await(user, "patch", "followups")
}

func TestWithoutAClusterAVerbSaysSo(t *testing.T) {
	empty := file(t, "kubeconfig", "apiVersion: v1\nkind: Config\n")
	for _, args := range [][]string{{"accept"}, {"followups"}, {"wave", "request", "pulse"}, {"doctor"}} {
		got := run(t, "", append(args, "--kubeconfig", empty)...)
		got.fails("no cluster is configured")
		if errors.Is(got.failed, context.DeadlineExceeded) {
			t.Error("it waited")
		}
	}
}

func TestWhatSomebodyElseChangedMeanwhileIsNotWrittenOver(t *testing.T) {
	c := newCompany(t)
	seen := c.offer("loyalty", "user:"+headOfCX)
	meanwhile := seen.DeepCopy()
	meanwhile.Spec.Proposed.Terms, meanwhile.Spec.Proposed.OfferID = "another offer", "offer-0002"
	if err := c.Client.Update(t.Context(), meanwhile); err != nil {
		t.Fatal(err)
	}
	desk := &act.Cluster{Client: c.Client, Namespace: c.Namespace}
	err := desk.Change(t.Context(), seen, func() {
		seen.Spec.Decision = &cxv1.Decision{OfferID: "offer-0002", Result: cxv1.DecisionAccepted, By: headOfCX}
	})
	if err == nil || !strings.Contains(err.Error(), "somebody changed it at the same time") {
		t.Errorf("got %v", err)
	}
	c.expectDecision(seen, nil)
}
