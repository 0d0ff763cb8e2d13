// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// machine plays people, time and a controller that crashes, for one subject and role.
type machine struct {
	*world
	key, object string
	// held is who was in force by acceptance when the controller last finished, "" for nobody.
	held string
}

var people = []string{"a", "b", "c"}

func anyone(t *rapid.T) string { return rapid.SampledFrom(people).Draw(t, "who") }

func newMachine(t *rapid.T) *machine {
	m := &machine{world: newWorld()}
	claim := rapid.SampledFrom([]Claim{kpiClaim(""), leadClaim(""), memberClaim(""), budgetClaim("", "100")}).Draw(t, "claim")
	claim.Owner = anyone(t)
	m.name(claim)
	m.key, m.object = claim.Key(), claim.Name()
	for _, name := range people {
		m.owners[name] = owner(name)
	}
	return m
}

// actions are what may happen, in any order, with the controller running whenever it likes.
func (m *machine) actions() map[string]func(*rapid.T) {
	decide := func(result v1alpha1.DecisionResult) func(*rapid.T) {
		return func(*rapid.T) { m.decide(m.object, result, "no time") }
	}
	return map[string]func(*rapid.T){
		"name":    m.nameSomebody,
		"reword":  m.reword,
		"unname":  func(*rapid.T) { m.unname(m.key) },
		"accept":  decide(v1alpha1.DecisionAccepted),
		"decline": decide(v1alpha1.DecisionDeclined),
		"leave":   func(t *rapid.T) { m.edit(anyone(t), left) },
		"return":  func(t *rapid.T) { name := anyone(t); m.owners[name] = owner(name) },
		"vanish":  func(t *rapid.T) { delete(m.owners, anyone(t)) },
		"be away": func(t *rapid.T) { m.edit(anyone(t), away(m.now, m.now.AddDate(0, 0, 3), anyone(t))) },
		"trust":   func(*rapid.T) { m.policy = trusted },
		"require": func(*rapid.T) { m.policy = required },
		"delete":  func(*rapid.T) { delete(m.objects, m.object) },
		"tick":    func(t *rapid.T) { m.now = m.now.Add(time.Duration(rapid.IntRange(1, 72).Draw(t, "hours")) * time.Hour) },
		"crash":   m.crash,
		"settle":  m.settle,
	}
}

// crash runs the controller and ends it between the log and the object. What is recorded has happened.
func (m *machine) crash(*rapid.T) {
	known := len(m.log)
	m.reconcile(m.key, true)
	if len(m.log) > known && m.log[known].Result == store.Accepted {
		m.held = m.log[known].Owner
	}
	m.now = m.now.Add(time.Second)
}

// nameSomebody names another owner, or the same one again. For a shared role another owner would be another claim.
func (m *machine) nameSomebody(t *rapid.T) {
	claim := m.named[m.key]
	if !claim.Shared() {
		claim.Owner = anyone(t)
	}
	m.name(claim)
}

// reword asks for another sum. Whoever approved the one before has not approved this one.
func (m *machine) reword(t *rapid.T) {
	claim := m.named[m.key]
	if claim.Terms == (Terms{}) {
		return
	}
	before := claim.Terms
	claim.Terms = budgetClaim("", rapid.SampledFrom([]string{"100", "120"}).Draw(t, "amount")).Terms
	if claim.Terms != before {
		m.held = ""
	}
	withdrawn := m.withdrawn[m.key]
	m.name(claim)
	if withdrawn {
		m.unname(m.key)
	}
}

func (m *machine) edit(name string, change ownerOption) {
	if was := m.owners[name]; was != nil {
		changed := was.DeepCopy()
		change(changed)
		m.owners[name] = changed
	}
}

func (m *machine) settle(t *rapid.T) {
	m.now = m.now.Add(time.Second)
	m.reconcile(m.key, false)
	if m.reconcile(m.key, false) {
		t.Fatalf("a second pass wrote something: %s", render(m.objects[m.object]))
	}
	claim := m.named[m.key]
	if m.withdrawn[m.key] {
		m.held = ""
		return
	}
	m.checkInForce(t, claim)
	m.checkHistory(t, claim)
	m.checkStrangeDecisions(t, claim)
	m.checkTerms(t, claim)
}

// checkTerms: who is in force accepted the present terms, and the assignment and the log agree on whether the one named did.
func (m *machine) checkTerms(t *rapid.T, claim Claim) {
	object := m.objects[m.object]
	if Explicit(&object) {
		latest := decisions{}
		for _, d := range m.log {
			latest.add(d)
		}
		if got := latest[string(object.Spec.Owner)].Terms; got != claim.Terms.String() {
			t.Fatalf("%s is in force on the terms %q, present are %q", object.Spec.Owner, got, claim.Terms)
		}
	}
	said := Explicit(&object) && string(object.Spec.Owner) == claim.Owner
	if agreed := claim.accepted(m.log); m.owners.Absent(claim.Owner) == "" && agreed != said {
		t.Fatalf("the log says that %s accepted: %v, the assignment: %v", claim.Owner, agreed, said)
	}
}

// checkInForce: exactly one, unless the phase says why nobody; who is there; and never a gap after an acceptance.
func (m *machine) checkInForce(t *rapid.T, claim Claim) {
	object := m.objects[m.object]
	holder := string(object.Spec.Owner)
	nobody := slices.Contains([]v1alpha1.AssignmentPhase{
		v1alpha1.AssignmentPending, v1alpha1.AssignmentDeclined, v1alpha1.AssignmentOrphaned,
	}, object.Status.Phase)
	if nobody != (holder == "") {
		t.Fatalf("phase %s with owner %q", object.Status.Phase, holder)
	}
	if holder != "" && m.owners.Absent(holder) != "" {
		t.Fatalf("%s is in force and %s", holder, m.owners.Absent(holder))
	}
	if m.held != "" && m.owners.Absent(m.held) == "" && holder == "" {
		t.Fatalf("%s had accepted, is still there, and now nobody is in force: %s", m.held, render(object))
	}
	trust := m.policy.Acceptance == v1alpha1.AcceptanceTrusted && claim.Role == v1alpha1.RoleAccountable && holder == claim.Owner
	if holder != "" && object.Status.AcceptedAt == nil && !trust {
		t.Fatalf("%s is in force without having accepted: %s", holder, render(object))
	}
	m.held = ""
	if Explicit(&object) {
		m.held = holder
	}
}

// checkHistory: acceptances are in the log, no answered offer is open, and deleting the object changes nothing.
func (m *machine) checkHistory(t *rapid.T, claim Claim) {
	object := m.objects[m.object]
	accepted := slices.ContainsFunc(m.log, func(d store.Decision) bool {
		return d.Owner == string(object.Spec.Owner) && d.Result == store.Accepted
	})
	if object.Status.AcceptedAt != nil && !accepted {
		t.Fatalf("no acceptance of %s is recorded", object.Spec.Owner)
	}
	if object.Spec.Proposed != nil {
		for _, d := range m.log {
			if d.OfferID == object.Spec.Proposed.OfferID {
				t.Fatalf("%s answered offer %s and is asked again", d.Owner, d.OfferID)
			}
		}
	}
	in := m.input(claim)
	kept := Decide(in)
	in.Existing = nil
	m.equal(t, "deleting the object", kept, Decide(in))
}

// checkStrangeDecisions: whatever is written about another offer, nothing follows but a remark.
func (m *machine) checkStrangeDecisions(t *rapid.T, claim Claim) {
	in := m.input(claim)
	quiet := *in.Existing
	quiet.Decision = nil
	strange := quiet
	strange.Decision = &v1alpha1.Decision{
		OfferID: OfferID(programID, claim, 1000), Reason: "no time",
		Result: rapid.SampledFrom([]v1alpha1.DecisionResult{v1alpha1.DecisionAccepted, v1alpha1.DecisionDeclined}).Draw(t, "strange"),
	}
	in.Existing = &quiet
	without := Decide(in)
	in.Existing = &strange
	with := Decide(in)
	if with.Ignored != strange.Decision.OfferID {
		t.Fatalf("the decision on offer %s was not ignored", strange.Decision.OfferID)
	}
	m.equal(t, "a decision on another offer", without, with)
}

func (m *machine) equal(t *rapid.T, what string, before, after Plan) {
	if diff := cmp.Diff(before, after, cmpopts.IgnoreUnexported(Plan{}), cmpopts.IgnoreFields(Plan{}, "Ignored", "Message")); diff != "" {
		t.Fatalf("%s changed the plan (-before +after):\n%s", what, diff)
	}
}

func TestAtMostOneIsAccountableAndNeverAGap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		t.Repeat(m.actions())
		m.settle(t)
	})
}
