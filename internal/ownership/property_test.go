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
}

var people = []string{"a", "b", "c", "d"}

func anyone(t *rapid.T) string { return rapid.SampledFrom(people).Draw(t, "who") }

// nobodyOr is anyone or nobody.
func nobodyOr(t *rapid.T) v1alpha1.Ref {
	return v1alpha1.Ref(rapid.SampledFrom(append(people, "")).Draw(t, "above"))
}

func newMachine(t *rapid.T) *machine {
	m := &machine{world: newWorld()}
	claim := rapid.SampledFrom([]Claim{kpiClaim(""), leadClaim(""), memberClaim(""), budgetClaim("", "100")}).Draw(t, "claim")
	claim.Owner = anyone(t)
	m.name(claim)
	m.key, m.object = claim.Key(), claim.Name()
	for _, name := range people {
		m.owners[name] = owner(name, reportsTo(string(nobodyOr(t))))
	}
	m.policy.FallbackOwner = nobodyOr(t)
	m.policy.ReverifyEvery = v1alpha1.Duration(rapid.SampledFrom([]string{"", "30d"}).Draw(t, "reverify"))
	return m
}

// actions are what may happen, in any order, with the controller running whenever it likes.
func (m *machine) actions() map[string]func(*rapid.T) {
	decide := func(result v1alpha1.DecisionResult) func(*rapid.T) {
		return func(*rapid.T) { m.decide(m.object, result, "no time") }
	}
	policy := func(change func(*v1alpha1.Ownership)) func(*rapid.T) { return func(*rapid.T) { change(&m.policy) } }
	pass := func(t *rapid.T, most int) {
		m.now = m.now.Add(time.Duration(rapid.IntRange(1, most).Draw(t, "hours")) * time.Hour)
	}
	return map[string]func(*rapid.T){
		"name":    m.nameSomebody,
		"reword":  m.reword,
		"unname":  func(*rapid.T) { m.unname(m.key) },
		"accept":  decide(v1alpha1.DecisionAccepted),
		"decline": decide(v1alpha1.DecisionDeclined),
		"click": func(t *rapid.T) {
			m.click(m.object, rapid.SampledFrom([]store.DecisionResult{store.Accepted, store.Declined}).Draw(t, "answer"), "no time")
		},
		"leave":         func(t *rapid.T) { m.edit(anyone(t), left) },
		"return":        func(t *rapid.T) { name := anyone(t); m.owners[name] = owner(name, reportsTo(string(nobodyOr(t)))) },
		"move":          func(t *rapid.T) { m.edit(anyone(t), reportsTo(string(nobodyOr(t)))) },
		"vanish":        func(t *rapid.T) { delete(m.owners, anyone(t)) },
		"be away":       func(t *rapid.T) { m.edit(anyone(t), away(m.now, m.now.AddDate(0, 0, 3), anyone(t))) },
		"trust":         policy(func(o *v1alpha1.Ownership) { o.Acceptance = v1alpha1.AcceptanceTrusted }),
		"require":       policy(func(o *v1alpha1.Ownership) { o.Acceptance = v1alpha1.AcceptanceRequired }),
		"fall back":     func(t *rapid.T) { m.policy.FallbackOwner = nobodyOr(t) },
		"delete":        func(*rapid.T) { delete(m.objects, m.object) },
		"some time":     func(t *rapid.T) { pass(t, 72) },
		"a longer time": func(t *rapid.T) { pass(t, 800) },
		"crash": func(t *rapid.T) {
			m.reconcile(m.key, rapid.IntRange(1, 4).Draw(t, "writes"))
			m.now = m.now.Add(time.Second)
		},
		"settle": m.settle,
	}
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
	claim.Terms = budgetClaim("", rapid.SampledFrom([]string{"100", "120"}).Draw(t, "amount")).Terms
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
	m.reconcile(m.key, 0)
	if m.reconcile(m.key, 0) {
		t.Fatalf("a second pass wrote something: %s", render(m.objects[m.object]))
	}
	if m.withdrawn[m.key] {
		return
	}
	claim := m.named[m.key]
	m.checkInForce(t, claim)
	m.checkOffer(t, claim)
	m.checkHistory(t, claim)
	m.checkStrangeDecisions(t, claim)
	m.checkTerms(t, claim)
	m.checkNext(t, claim)
}

// checkTerms: who is in force accepted the present terms, and the assignment and the log agree on whether the one named did.
func (m *machine) checkTerms(t *rapid.T, claim Claim) {
	object := m.objects[m.object]
	if Explicit(&object) {
		latest := decisionsAbout(claim, m.log).latest[string(object.Spec.Owner)]
		if latest.Terms != claim.Terms.String() || latest.Result != store.Accepted {
			t.Fatalf("%s is in force by acceptance of %q, present is %q, and last said %s", object.Spec.Owner, latest.Terms, claim.Terms, latest.Result)
		}
	}
	said := Explicit(&object) && string(object.Spec.Owner) == claim.Owner
	if agreed := claim.accepted(m.log); m.owners.Absent(claim.Owner) == "" && agreed != said {
		t.Fatalf("the log says that %s accepted: %v, the assignment: %v", claim.Owner, agreed, said)
	}
}

// lastToAccept follows the log as it was written: whoever accepted last holds it, but for a shared role that was given back.
func (m *machine) lastToAccept(claim Claim) string {
	holder := ""
	for _, d := range m.log {
		switch {
		case d.Result == store.Accepted:
			holder = d.Owner
		case d.Result == store.Declined && d.Owner == holder && claim.Shared():
			holder = ""
		}
	}
	return holder
}

// checkInForce: exactly one, unless the phase says why nobody; who is there; and whoever accepted last stays until somebody else
// accepts, or is trusted with it.
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
	trusted := m.policy.Acceptance == v1alpha1.AcceptanceTrusted && claim.Role == v1alpha1.RoleAccountable && holder == claim.Owner
	if last := m.lastToAccept(claim); last != "" && m.owners.Absent(last) == "" && holder != last && !trusted && claim.Terms == (Terms{}) {
		t.Fatalf("%s accepted last and is there, and in force is %q: %s", last, holder, render(object))
	}
	if holder != "" && !trusted && !slices.ContainsFunc(m.log, func(d store.Decision) bool {
		return d.Owner == holder && d.Result == store.Accepted
	}) {
		t.Fatalf("%s is in force without having accepted: %s", holder, render(object))
	}
	m.checkNobody(t, claim)
}

// checkNobody: an assignment is Declined only when everybody of the line who is there declined or was silent.
func (m *machine) checkNobody(t *rapid.T, claim Claim) {
	object := m.objects[m.object]
	if object.Status.Phase != v1alpha1.AssignmentDeclined {
		return
	}
	in := m.input(claim)
	log := decisionsAbout(claim, m.log)
	for _, owner := range in.line() {
		if m.owners.Absent(owner) == "" && log.refusal(owner, in.NamedSince) == nil {
			t.Fatalf("%s was not asked, and the assignment is %s", owner, render(object))
		}
	}
}

// checkOffer: nobody is asked twice in one step, nobody who is not there, nobody outside of the line, and only on one offer.
func (m *machine) checkOffer(t *rapid.T, claim Claim) {
	object := m.objects[m.object]
	if object.Spec.Proposed == nil {
		return
	}
	in, asked := m.input(claim), string(object.Spec.Proposed.Owner)
	log := decisionsAbout(claim, m.log)
	refusal := log.refusal(asked, in.NamedSince)
	if refusal != nil && (refusal.Result != store.Lapsed || !in.trusts()) {
		t.Fatalf("%s is asked again after %+v: %s", asked, refusal, render(object))
	}
	if m.owners.Absent(asked) != "" {
		t.Fatalf("%s is asked and %s", asked, m.owners.Absent(asked))
	}
	confirming := Confirming(object.Spec.Proposed.OfferID)
	if confirming != (asked == string(object.Spec.Owner) && log.holder(claim.Terms) != nil && log.holder(claim.Terms).Owner == asked) {
		t.Fatalf("the offer %s to %s does not fit: %s", object.Spec.Proposed.OfferID, asked, render(object))
	}
	if !confirming && !slices.Contains(in.line(), asked) {
		t.Fatalf("%s is asked, who is not of the line %v", asked, in.line())
	}
	if log.offers[object.Spec.Proposed.OfferID] {
		t.Fatalf("%s answered offer %s and is asked again", asked, object.Spec.Proposed.OfferID)
	}
}

// checkHistory: deleting the object changes nothing, nor does forgetting what was decided before the latest decisions.
func (m *machine) checkHistory(t *rapid.T, claim Claim) {
	in := m.input(claim)
	kept := Decide(in)
	in.Decisions = m.latest()
	m.equal(t, "knowing latest decisions only", kept, Decide(in), cmpopts.IgnoreFields(Plan{}, "AcceptedAt"))
	in.Decisions = m.log
	in.Existing = nil
	m.equal(t, "deleting the object", kept, Decide(in))
}

// checkNext: until the instant that the plan names, nothing changes by itself.
func (m *machine) checkNext(t *rapid.T, claim Claim) {
	in := m.input(claim)
	now := Decide(in)
	if now.Record != nil {
		t.Fatalf("at rest, there is something to record: %+v", now.Record)
	}
	until := in.Now.AddDate(0, 0, 60)
	if !now.Next.IsZero() {
		until = now.Next.Add(-time.Microsecond)
	}
	if !until.After(in.Now) {
		return
	}
	for _, at := range []time.Time{until, in.Now.Add(until.Sub(in.Now) / 2)} {
		in.Now = at
		m.equal(t, "time alone, before "+now.NextText, now, Decide(in))
	}
}

// checkStrangeDecisions: whatever is written about another offer, nothing follows but a remark.
func (m *machine) checkStrangeDecisions(t *rapid.T, claim Claim) {
	in := m.input(claim)
	quiet := *in.Existing
	quiet.Decision = nil
	strange := quiet
	result := rapid.SampledFrom([]v1alpha1.DecisionResult{v1alpha1.DecisionAccepted, v1alpha1.DecisionDeclined}).Draw(t, "strange")
	strange.Decision = &v1alpha1.Decision{OfferID: OfferID(programID, claim, 1000), Reason: "no time", Result: result}
	in.Existing = &quiet
	without := Decide(in)
	in.Existing = &strange
	in.Answer = &LinkAnswer{OfferID: strange.Decision.OfferID, Result: store.DecisionResult(result), Reason: "no time", At: in.Now}
	with := Decide(in)
	if with.Ignored != strange.Decision.OfferID {
		t.Fatalf("the decision on offer %s was not ignored", strange.Decision.OfferID)
	}
	m.equal(t, "a decision on another offer", without, with)
}

func (m *machine) equal(t *rapid.T, what string, before, after Plan, more ...cmp.Option) {
	t.Helper()
	options := append(more, cmpopts.IgnoreUnexported(Plan{}, Verified{}), cmpopts.IgnoreFields(Plan{}, "Ignored", "Message"))
	if diff := cmp.Diff(before, after, options...); diff != "" {
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
