// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// now is an hour after Monday's waves.
var now = build.Monday.Add(time.Hour)

func below(boss string) func(*cxv1.Owner) {
	return func(o *cxv1.Owner) { o.Spec.ReportsTo = cxv1.Ref(boss) }
}

func approvedBudget(amount string) func(*cxv1.Program) {
	return func(p *cxv1.Program) {
		p.Spec.Budget = &cxv1.Budget{Amount: cxv1.Decimal(amount), Currency: "EUR", Year: 2027, ApprovedBy: "boss"}
	}
}

func mailed(cron string) func(*cxv1.Survey) {
	return func(s *cxv1.Survey) {
		s.Spec.OwnerRef, s.Spec.Schedule.Cron, s.Spec.OpenFor = "a", cron, "3d"
		s.Spec.Delivery = &cxv1.Delivery{Channel: "mail"}
		s.Spec.Reminders = []cxv1.Duration{"1d"}
		s.Spec.Anonymity = cxv1.AnonymityAnonymous
	}
}

func ownedBy(owner string) func(*cxv1.KPI) {
	return func(k *cxv1.KPI) { k.Spec.OwnerRef = cxv1.Ref(owner) }
}

// company is a small program. Each test changes something in it.
func company(changes ...program.Object) *program.Snapshot {
	s := program.New("",
		build.Program(approvedBudget("100"), func(p *cxv1.Program) {
			p.Spec.Lead = "a"
			p.Spec.Channels = []cxv1.ContactChannel{{Name: "mail", File: &cxv1.FileChannel{}}}
			p.Spec.ContactRules = []cxv1.ContactRule{{AtMost: 1, Window: "10d"}}
		}),
		build.Owner("a", below("boss")), build.Owner("b", below("boss")), build.Owner("boss"), build.Persona("shopper"),
		build.KPI("wait", ownedBy("a")), build.Survey("pulse", mailed("0 9 * * MON")), build.Goal("growth"),
	)
	s.Add(changes...)
	return s
}

// accepted is the evidence of a program in which everybody accepted an hour ago what they are asked for.
func accepted(s *program.Snapshot) *store.Evidence {
	ev := &store.Evidence{}
	for _, a := range program.Evaluate(s, nil, now).Snapshot.Assignments {
		offer, about := a.Spec.Proposed, a.Spec.Subject
		ev.Decisions = append(ev.Decisions, store.Decision{
			OfferID: offer.OfferID, SubjectKind: string(about.Kind), SubjectName: string(about.Name), Touchpoint: string(about.Touchpoint),
			Item: about.Item, Role: string(a.Spec.Role), Owner: string(offer.Owner), Terms: offer.Terms, Result: store.Accepted,
			At: now.Add(-time.Hour),
		})
	}
	return ev
}

func TestNothingChanges(t *testing.T) {
	s := company()
	for name, after := range map[string]*program.Snapshot{"the same": s, "the same again": company()} {
		for _, ev := range []*store.Evidence{nil, accepted(s)} {
			got := Compare(s, after, ev, now)
			want := &Plan{Now: now, Evidence: ev != nil, Unknown: []Unknown{UnknownContacts}}
			if ev == nil {
				want.Unknown = []Unknown{UnknownAcceptances, UnknownAnswers, UnknownHistory, UnknownContacts}
			}
			want.noNulls()
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
}

func TestAnotherOwnerIsNamed(t *testing.T) {
	before, after := company(), company(build.KPI("wait", ownedBy("b")))
	got := Compare(before, after, accepted(before), now)
	claim := ownership.Subjects(after.KPIs[0])[0]
	id, finally := after.Program.Spec.ID, "a"
	boss := claim
	boss.Owner = "boss"
	day := 24 * time.Hour
	want := []Assignment{{
		Name: claim.Name(), Subject: "KPI/wait", Role: cxv1.RoleAccountable, Effect: Handover, Named: Change[string]{"a", "b"},
		InForce: &Change[string]{"a", "a"}, Phase: &Change[cxv1.AssignmentPhase]{cxv1.AssignmentActive, cxv1.AssignmentHandingOver},
		Asked: []Turn{
			{Owner: "b", OfferID: ownership.OfferID(id, claim, 0), Until: now.Add(14 * day), Lapses: true},
			{Owner: "boss", OfferID: ownership.OfferID(id, boss, 0), Until: now.Add(28 * day)},
		},
		Finally: &finally,
	}}
	if diff := cmp.Diff(want, got.Assignments); diff != "" {
		t.Errorf("assignments (-want +got):\n%s", diff)
	}
	two, one := int32(2), int32(1)
	owners := []Owner{
		{Owner: "a", Keeps: []string{"KPI/wait (Accountable)"}, Accountable: &Change[int32]{2, 2}, IfAccepted: &one},
		{Owner: "b", Asked: []string{"KPI/wait (Accountable)"}, Accountable: &Change[int32]{}, IfAccepted: &one},
	}
	if diff := cmp.Diff(owners, got.Owners); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
	approvers := []Approver{{Owner: "a", AnswersFor: []string{"KPI/wait"}}, {Owner: "b", Accepts: []string{"KPI/wait (Accountable)"}}}
	if diff := cmp.Diff(approvers, got.Approvers); diff != "" {
		t.Errorf("approvers (-want +got):\n%s", diff)
	}
	if got.Coverage == nil || *got.Coverage.Pending != (Change[int32]{0, 1}) || *got.Coverage.Owned != (Change[int32]{two, two}) {
		t.Errorf("coverage %+v", got.Coverage)
	}
}

func TestWithoutEvidenceNobodyIsSaidToBeInForce(t *testing.T) {
	got := Compare(company(), company(build.KPI("wait", ownedBy("b"))), nil, now)
	if len(got.Assignments) != 1 {
		t.Fatalf("assignments %+v", got.Assignments)
	}
	a := got.Assignments[0]
	if a.InForce != nil || a.Phase != nil || a.Finally != nil || len(a.Asked) != 1 || a.Effect != Asked {
		t.Errorf("assignment %+v", a)
	}
	for _, owner := range got.Owners {
		if owner.Accountable != nil || owner.IfAccepted != nil {
			t.Errorf("owner %+v", owner)
		}
	}
	if got.Coverage != nil {
		t.Errorf("coverage %+v: as many are named as before, and more nobody knows", got.Coverage)
	}
}

func TestWhatBecomesOfWhatIsOwned(t *testing.T) {
	trusting := func(s *program.Snapshot) *program.Snapshot {
		p := s.Program.DeepCopy()
		p.Spec.Ownership.Acceptance = cxv1.AcceptanceTrusted
		s.Add(p)
		return s
	}
	withoutKPI := func(s *program.Snapshot) *program.Snapshot {
		s.KPIs = nil
		return s
	}
	left := build.Owner("b", func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerLeft })
	for name, tc := range map[string]struct {
		before, after *program.Snapshot
		accepted      bool
		effect        Effect
		inForce       Change[string]
		opened        []Gap
		closed        []Gap
	}{
		"a handover":                        {company(), company(build.KPI("wait", ownedBy("b"))), true, Handover, Change[string]{"a", "a"}, []Gap{}, []Gap{}},
		"nobody had it":                     {company(), company(build.KPI("wait", ownedBy("b"))), false, Asked, Change[string]{}, []Gap{}, []Gap{}},
		"the new one is trusted":            {trusting(company()), trusting(company(build.KPI("wait", ownedBy("b")))), false, Takes, Change[string]{"a", "b"}, []Gap{}, []Gap{}},
		"nobody is named any more":          {company(), company(build.KPI("wait", ownedBy(""))), true, Ends, Change[string]{"a", ""}, []Gap{{"KPI/wait", "Unowned"}}, []Gap{}},
		"an offer is taken back":            {company(), withoutKPI(company()), false, Withdrawn, Change[string]{}, []Gap{}, []Gap{{"KPI/wait", "Pending"}}},
		"it goes with its object":           {company(), withoutKPI(company()), true, Ends, Change[string]{"a", ""}, []Gap{}, []Gap{}},
		"who is named left, and has nobody": {company(), company(build.KPI("wait", ownedBy("b")), left), false, Vacant, Change[string]{}, []Gap{}, []Gap{}},
	} {
		t.Run(name, func(t *testing.T) {
			ev := &store.Evidence{}
			if tc.accepted {
				ev = accepted(tc.before)
			}
			got := Compare(tc.before, tc.after, ev, now)
			i := slices.IndexFunc(got.Assignments, func(a Assignment) bool { return a.Subject == "KPI/wait" })
			if i < 0 {
				t.Fatalf("nothing is said about the KPI: %+v", got.Assignments)
			}
			a := got.Assignments[i]
			if a.Effect != tc.effect || *a.InForce != tc.inForce {
				t.Errorf("effect %s, in force %v, want %s, %v", a.Effect, *a.InForce, tc.effect, tc.inForce)
			}
			opened, closed := []Gap{}, []Gap{}
			if got.Coverage != nil {
				opened, closed = got.Coverage.Opened, got.Coverage.Closed
			}
			if diff := cmp.Diff([][]Gap{tc.opened, tc.closed}, [][]Gap{opened, closed}); diff != "" {
				t.Errorf("gaps opened, closed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhoDeclinedIsAskedAgainWhenNamedAnew(t *testing.T) {
	before, after := company(), company(build.KPI("wait", ownedBy("b")))
	claim := ownership.Subjects(after.KPIs[0])[0]
	ev := accepted(before)
	ev.Decisions = append(ev.Decisions, store.Decision{
		OfferID: ownership.OfferID(before.Program.Spec.ID, claim, 0), SubjectKind: "KPI", SubjectName: "wait", Role: "Accountable", Owner: "b",
		Result: store.Declined, At: now.Add(-2 * time.Hour),
	})
	ev.Marks = []store.Mark{{Scope: ownership.MarkScope, Key: claim.Key(), Value: "a", Since: now.Add(-time.Hour)}}
	got := Compare(before, after, ev, now)
	if len(got.Assignments) != 1 || got.Assignments[0].Effect != Handover || got.Assignments[0].Asked[0].Owner != "b" {
		t.Errorf("assignments %+v, want b to be asked: naming them anew asks anew", got.Assignments)
	}
}

func TestOtherTermsHaveToBeApprovedAnew(t *testing.T) {
	before, after := company(), company()
	dearer := after.Program.DeepCopy()
	approvedBudget("250")(dearer)
	after.Add(dearer)
	yes := true
	got := Compare(before, after, accepted(before), now)
	want := []Approval{{
		Subject: "Program/program/budget", Approver: "boss", Terms: Change[string]{"budget 100 EUR for 2027", "budget 250 EUR for 2027"}, Lost: &yes,
	}}
	if diff := cmp.Diff(want, got.Approvals); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if i := slices.IndexFunc(got.Approvers, func(a Approver) bool { return a.Owner == "boss" }); i < 0 ||
		!slices.Equal(got.Approvers[i].Approves, []string{"Program/program/budget: budget 250 EUR for 2027"}) {
		t.Errorf("approvers %+v", got.Approvers)
	}
}
