// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package followup_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/followup"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

func TestMain(m *testing.M) { harness.Main(m) }

const day = 24 * time.Hour

// loop is a world with one follow-up, of an answer about the checkout, due on Wednesday at nine.
type loop struct {
	*world.World
	t         *testing.T
	followUps *followup.Reconciler
	followUp  *cxv1.FollowUp
}

func newLoop(t *testing.T, changes ...func(*cxv1.FollowUp)) *loop {
	t.Helper()
	l := &loop{World: world.New(t, func(p *cxv1.Program) { p.Spec.RootCauses = []string{"queue"} }), t: t}
	l.followUps = followup.New(l.Kit, l.Store)
	l.followUp = build.FollowUp("case", append([]func(*cxv1.FollowUp){func(f *cxv1.FollowUp) {
		f.Spec.Case.Journey, f.Spec.Case.Touchpoint = "buying", "checkout"
	}}, changes...)...)
	l.Create(l.followUp)
	return l
}

// look passes once over the follow-up, and once more to see that nothing is left to write.
func (l *loop) look() time.Duration {
	l.t.Helper()
	after := l.Look(l.followUps, l.followUp)
	l.Still(l.followUps, l.followUp)
	return after
}

func (l *loop) later(d time.Duration) { l.Clock.SetTime(l.Clock.Now().Add(d)) }

func (l *loop) update(change func(*cxv1.FollowUp)) {
	l.t.Helper()
	world.Update(l.World, l.followUp, change)
}

func (l *loop) evidence() *store.Evidence {
	l.t.Helper()
	evidence, err := l.Store.Evidence(l.t.Context(), world.ProgramID, store.EvidenceQuery{Now: l.Clock.Now()})
	if err != nil {
		l.t.Fatal(err)
	}
	return evidence
}

func (l *loop) logged() store.FollowUp {
	l.t.Helper()
	logged := l.evidence().FollowUps
	if len(logged) != 1 {
		l.t.Fatalf("the log has %+v", logged)
	}
	return logged[0]
}

// facts are those with the given names, as the program sees them now.
func (l *loop) facts(names ...string) map[string]any {
	l.t.Helper()
	all, got := program.Facts(program.New(l.Namespace, build.Program()), l.evidence(), l.Clock.Now()), map[string]any{}
	for _, name := range names {
		got[name] = all[name].Value
	}
	return got
}

// answers makes somebody answer for a subject, with a deputy who acts or "".
func (l *loop) answers(kind cxv1.SubjectKind, name string, touchpoint cxv1.TouchpointName, owner cxv1.Ref, acting string) *cxv1.OwnerAssignment {
	l.t.Helper()
	claim := ownership.Claim{Subject: cxv1.AssignmentSubject{Kind: kind, Name: cxv1.Ref(name), Touchpoint: touchpoint}, Role: cxv1.RoleAccountable}
	a := build.OwnerAssignment(claim.Name(), func(a *cxv1.OwnerAssignment) {
		a.Spec = cxv1.OwnerAssignmentSpec{Subject: claim.Subject, Role: claim.Role, Owner: owner}
	})
	l.Create(a)
	a.Status.Acting = acting
	l.SetStatus(a)
	return a
}

func reached(f *cxv1.FollowUp) {
	f.Spec.Response = &cxv1.FirstResponse{Result: cxv1.ResponseReached, Note: "Called the same afternoon"}
}

func closed(cause string) func(*cxv1.FollowUp) {
	return func(f *cxv1.FollowUp) {
		f.Spec.Closing = &cxv1.Closing{RootCause: cause, Resolution: "A second till is open."}
	}
}

func TestAFollowUpIsForTheTouchpointsElseTheJourneysElseTheSurveysOwner(t *testing.T) {
	l := newLoop(t)
	expect := func(owner, says string) {
		t.Helper()
		l.look()
		if l.followUp.Status.Owner != owner {
			t.Errorf("it is for %q, want %q", l.followUp.Status.Owner, owner)
		}
		l.Expect(l.followUp, cxv1.ConditionReady, "True/Ready", says)
	}
	expect("", "nobody: give the survey, or the touchpoint of the rule, an owner")
	l.answers(cxv1.SubjectSurvey, "nps", "", "head-of-research", "")
	expect("head-of-research", "to be answered by head-of-research")
	l.answers(cxv1.SubjectJourney, "buying", "", "head-of-stores", "")
	expect("head-of-stores", "to be answered by head-of-stores")
	desk := l.answers(cxv1.SubjectJourney, "buying", "checkout", "till-lead", "")
	expect("till-lead", "to be answered by till-lead")
	desk.Status.Acting = "till-deputy"
	l.SetStatus(desk)
	expect("till-deputy", "to be answered by till-deputy")
	desk.Status.Acting = ""
	l.SetStatus(desk)
	expect("till-lead", "")
	// Nobody is in force there any more: the one asked has not answered, or the owner left.
	world.Update(l.World, desk, func(a *cxv1.OwnerAssignment) {
		a.Spec.Owner, a.Spec.Proposed = "", &cxv1.Proposal{Owner: "new-lead", OfferID: "offer-0002"}
	})
	expect("head-of-stores", "")
}

func TestAFollowUpWithoutAJourneyIsForTheSurveysOwner(t *testing.T) {
	l := newLoop(t, func(f *cxv1.FollowUp) { f.Spec.Case.Journey, f.Spec.Case.Touchpoint = "", "" })
	l.answers(cxv1.SubjectSurvey, "nps", "", "head-of-research", "head-of-nothing")
	l.look()
	if got := l.followUp.Status.Owner; got != "head-of-nothing" {
		t.Errorf("it is for %q, want the one who acts", got)
	}
}

func TestAnObjectThatSomebodyNamedLikeAnAssignmentSaysNothing(t *testing.T) {
	l := newLoop(t)
	a := l.answers(cxv1.SubjectJourney, "buying", "checkout", "till-lead", "")
	l.Delete(a)
	l.Create(build.OwnerAssignment(a.Name, func(a *cxv1.OwnerAssignment) { a.Spec.Proposed, a.Spec.Owner = nil, "intruder" }))
	l.look()
	if got := l.followUp.Status.Owner; got != "" {
		t.Errorf("it is for %q", got)
	}
}

func TestAFollowUpIsOnScheduleUntilItIsDue(t *testing.T) {
	l := newLoop(t)
	if after := l.look(); after != 2*day+time.Second {
		t.Errorf("looks again after %s, it is due in two days", after)
	}
	l.Expect(l.followUp, cxv1.ConditionOnSchedule, "True/OnSchedule", "until 2027-01-06 09:00 UTC")
	l.later(2 * day)
	l.look()
	l.Expect(l.followUp, cxv1.ConditionOnSchedule, "True/OnSchedule", "")
	l.later(time.Second)
	l.look()
	l.Expect(l.followUp, cxv1.ConditionOnSchedule, "False/Overdue", "Nobody answered the customer until 2027-01-06 09:00 UTC")
	l.update(reached)
	l.look()
	l.Expect(l.followUp, cxv1.ConditionOnSchedule, "False/Overdue", "")
	want := map[string]any{"followUpsDue90d": 1, "firstResponseInTimeRatio90d": 0.0, "customersReachedRatio90d": 1.0}
	if diff := cmp.Diff(want, l.facts("followUpsDue90d", "firstResponseInTimeRatio90d", "customersReachedRatio90d")); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func TestAResponseAndARootCauseCloseTheLoop(t *testing.T) {
	l := newLoop(t)
	l.answers(cxv1.SubjectJourney, "buying", "checkout", "till-lead", "")
	l.look()
	l.later(time.Hour)
	l.update(reached)
	l.look()
	if s := l.followUp.Status; s.Phase != cxv1.FollowUpResponded || !s.RespondedAt.Time.Equal(build.Monday.Add(time.Hour)) {
		t.Errorf("status %+v", s)
	}
	l.Expect(l.followUp, cxv1.ConditionReady, "True/Ready", "till-lead closes it with a root cause")
	l.later(time.Hour)
	l.update(closed("queue"))
	if after := l.look(); after != 30*day {
		t.Errorf("looks again after %s, want the month for which it is kept", after)
	}
	l.Expect(l.followUp, cxv1.ConditionReady, "True/Ready", "Closed: queue.")
	want := store.FollowUp{
		ID: "case", Survey: "nps", Slot: "20270104t0900", Rule: "detractor", AnswerKey: "k3j2h1", OpenedAt: build.Monday,
		DueBy:           build.Monday.Add(2 * day),
		FirstResponseAt: build.Monday.Add(time.Hour), Reached: true, RootCause: "queue", ClosedAt: build.Monday.Add(2 * time.Hour),
	}
	if diff := cmp.Diff(want, l.logged()); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
	l.later(3 * day)
	facts := map[string]any{"firstResponseInTimeRatio90d": 1.0, "rootCauseSpecificRatio90d": 1.0}
	if diff := cmp.Diff(facts, l.facts("firstResponseInTimeRatio90d", "rootCauseSpecificRatio90d")); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func TestACauseThatIsNotListedStallsAndCanBeCorrected(t *testing.T) {
	for name, fix := range map[string]func(*loop){
		"by another cause": func(l *loop) { l.update(closed("queue")) },
		"by other":         func(l *loop) { l.update(closed(program.OtherCause)) },
		"by adding it to the Program": func(l *loop) {
			world.Update(l.World, build.Program(), func(p *cxv1.Program) { p.Spec.RootCauses = append(p.Spec.RootCauses, "bad-luck") })
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLoop(t, reached, closed("bad-luck"))
			l.look()
			l.Expect(l.followUp, cxv1.ConditionStalled, "True/InvalidSpec", `spec.closing.rootCause is "bad-luck": name one of the Program's spec.rootCauses, add it there, or write "other"`)
			if l.followUp.Status.Phase != cxv1.FollowUpResponded || !l.logged().ClosedAt.IsZero() {
				t.Errorf("phase %s, log %+v", l.followUp.Status.Phase, l.logged())
			}
			l.later(time.Hour)
			fix(l)
			l.look()
			l.Expect(l.followUp, cxv1.ConditionReady, "True/Ready", "Closed")
			if l.logged().ClosedAt.IsZero() {
				t.Error("the log does not know that it is closed")
			}
		})
	}
}

func TestAClosedFollowUpGoesAMonthLaterAndItsLogStays(t *testing.T) {
	l := newLoop(t, reached, closed("queue"))
	after := l.look()
	before := l.logged()
	l.later(after - time.Second)
	l.look()
	l.later(time.Second)
	key := client.ObjectKeyFromObject(l.followUp)
	if _, err := l.followUps.Reconcile(t.Context(), request(key)); err != nil {
		t.Fatal(err)
	}
	if err := l.Client.Get(t.Context(), key, l.followUp); !apierrors.IsNotFound(err) {
		t.Errorf("it is still there: %v", err)
	}
	if diff := cmp.Diff(before, l.logged()); diff != "" {
		t.Errorf("the log changed:\n%s", diff)
	}
	if _, err := l.followUps.Reconcile(t.Context(), request(key)); err != nil {
		t.Errorf("looking at what is gone: %v", err)
	}
}

// Applied anew from a backup, without its status, on a Program that has other causes now: it is as it was.
func TestAFollowUpThatIsAppliedAnewIsAsItWas(t *testing.T) {
	l := newLoop(t, reached)
	l.look()
	l.later(time.Hour)
	l.update(closed("queue"))
	l.look()
	before := l.logged()
	l.Delete(l.followUp)
	world.Update(l.World, build.Program(), func(p *cxv1.Program) { p.Spec.RootCauses = []string{"delivery"} })
	l.later(10 * day)
	spec := l.followUp.Spec
	l.followUp = build.FollowUp("case", func(f *cxv1.FollowUp) { f.Spec = spec })
	l.Create(l.followUp)
	if after := l.look(); after != 20*day {
		t.Errorf("looks again after %s, want the rest of the month", after)
	}
	l.Expect(l.followUp, cxv1.ConditionOnSchedule, "True/OnSchedule", "in time")
	if diff := cmp.Diff(before, l.logged()); diff != "" {
		t.Errorf("the log changed:\n%s", diff)
	}
}

func TestAFollowUpCanBeOpenedAgain(t *testing.T) {
	l := newLoop(t, reached, closed("queue"))
	l.look()
	l.update(func(f *cxv1.FollowUp) { f.Spec.Closing = nil })
	l.look()
	if s := l.followUp.Status; s.Phase != cxv1.FollowUpResponded || s.ClosedAt != nil || !l.logged().ClosedAt.IsZero() {
		t.Errorf("status %+v, log %+v", s, l.logged())
	}
	l.later(day)
	l.update(closed("other"))
	l.look()
	if at := l.logged().ClosedAt; !at.Equal(build.Monday.Add(day)) {
		t.Errorf("closed at %s", at)
	}
}

func TestAStoreThatIsDownMakesReadyUnknownAndKeepsTheFollowUp(t *testing.T) {
	l := newLoop(t, reached, closed("queue"))
	down := followup.New(l.Kit, &storetest.Faulty{Store: l.Store, BeforeWrite: func(string) error { return store.ErrUnavailable }})
	l.later(60 * day)
	if _, err := l.Try(down, l.followUp); err == nil {
		t.Error("no error, so nobody would try again")
	}
	l.Expect(l.followUp, cxv1.ConditionReady, "Unknown/StoreUnavailable", "")
	l.look()
	l.Expect(l.followUp, cxv1.ConditionReady, "True/Ready", "Closed")
}

// Whose a follow-up is changes without the follow-up.
func TestAFollowUpFollowsItsOwner(t *testing.T) {
	l := newLoop(t)
	l.Run(func(kit kube.Kit) world.Controller { return followup.New(kit, l.Store) })
	owned := func(by string) {
		t.Helper()
		world.Await(l.World, l.followUp, "owner "+by, func(f *cxv1.FollowUp) bool { return f.Status.Owner == by && f.Status.Phase != "" })
	}
	owned("")
	desk := l.answers(cxv1.SubjectJourney, "buying", "checkout", "till-lead", "")
	owned("till-lead")
	desk.Status.Acting = "till-deputy"
	l.SetStatus(desk)
	owned("till-deputy")
	l.Delete(desk)
	owned("")
}

func request(key client.ObjectKey) ctrl.Request { return ctrl.Request{NamespacedName: key} }
