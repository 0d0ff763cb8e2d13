// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package initiative_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/initiative"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

func TestMain(m *testing.M) { harness.Main(m) }

const day = 24 * time.Hour

func made(name string, changes ...func(*cxv1.Initiative)) *cxv1.Initiative {
	return build.Initiative(name, changes...)
}

// requested asks for a phase; what is asked to be Done has something to show.
func requested(phase cxv1.InitiativePhase) func(*cxv1.Initiative) {
	return func(i *cxv1.Initiative) {
		i.Spec.RequestedPhase = phase
		if phase == cxv1.InitiativeDone {
			i.Spec.Result = &cxv1.InitiativeResult{Verdict: cxv1.VerdictDelivered, Summary: "It works", Evidence: "https://wiki.example.com"}
		}
	}
}

func after(names ...cxv1.Ref) func(*cxv1.Initiative) {
	return func(i *cxv1.Initiative) { i.Spec.DependsOn = names }
}

func approvedBy(owner cxv1.Ref) func(*cxv1.Initiative) {
	return func(i *cxv1.Initiative) { i.Spec.ApprovedBy = owner }
}

// worldOf has the controller.
type worldOf struct {
	*world.World
	t           *testing.T
	initiatives *initiative.Reconciler
	decisions   int
}

func newWorld(t *testing.T, changes ...func(*cxv1.Program)) *worldOf {
	t.Helper()
	w := &worldOf{World: world.New(t, changes...), t: t}
	w.initiatives = initiative.New(w.Kit, w.Store)
	return w
}

// look looks once at each, and once more to see that nothing is left to write.
func (w *worldOf) look(all ...*cxv1.Initiative) (after time.Duration) {
	w.t.Helper()
	for _, i := range all {
		after = w.Look(w.initiatives, i)
		w.Still(w.initiatives, i)
	}
	return after
}

func (w *worldOf) update(i *cxv1.Initiative, change func(*cxv1.Initiative)) {
	w.t.Helper()
	world.Update(w.World, i, change)
}

func (w *worldOf) expectPhase(i *cxv1.Initiative, want cxv1.InitiativePhase, said string) {
	w.t.Helper()
	if i.Status.Phase != want {
		w.t.Errorf("%s is %s, want %s", i.Name, i.Status.Phase, want)
	}
	w.Expect(i, cxv1.ConditionPhaseReached, said, "")
}

func TestAnInitiativeIsJudgedWithOneWrite(t *testing.T) {
	w := newWorld(t)
	i := made("redesign", requested(cxv1.InitiativeActive), func(i *cxv1.Initiative) {
		i.Spec.OwnerRef, i.Spec.SponsorRef, i.Spec.GoalRefs = "head", "coo", []cxv1.Ref{"loyalty"}
		i.Spec.JourneyRefs, i.Spec.PersonaRefs, i.Spec.DependsOn = []cxv1.Ref{"buy"}, []cxv1.Ref{"shopper"}, []cxv1.Ref{"study"}
		i.Spec.KPITargets = []cxv1.InitiativeKPITarget{{KPIRef: "nps", To: "40"}, {KPIRef: "minutes", To: "5"}}
		i.Spec.Milestones = []cxv1.Milestone{{Name: "plan", Due: "2026-12-01"}, {Name: "build", DoneOn: "2027-01-04"}}
		i.Spec.Due, i.Spec.Cost = "2027-01-10", &cxv1.Cost{Currency: "EUR", Planned: "10", Spent: "11"}
	})
	study := made("study", requested(cxv1.InitiativeDone))
	nps, minutes := build.KPI("nps"), build.KPI("minutes")
	w.Create(build.Owner("head"), build.Owner("coo"), build.Goal("loyalty"), build.Journey("buy"), build.Persona("shopper"), study, i, nps, minutes)
	for _, k := range []*cxv1.KPI{nps, minutes} {
		k.Status.Value = "42"
		w.SetStatus(k)
		w.Report(k, cxv1.ConditionFresh, metav1.ConditionTrue)
	}
	world.Update(w.World, minutes, func(k *cxv1.KPI) { k.Spec.Target = &cxv1.KPITarget{Value: "1", Direction: cxv1.AtMost} })
	w.look(study)
	w.Writes.Reset()
	if got := w.Look(w.initiatives, i); got != time.Date(2027, 1, 11, 0, 0, 0, 0, time.UTC).Sub(build.Monday) {
		t.Errorf("looks again after %s, which is not the end of the last day", got)
	}
	if diff := cmp.Diff(map[string]int{"patch Initiative/status": 1}, w.Writes.ByKind()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	w.Expect(i, cxv1.ConditionReady, "True/Ready", "Active, as requested; 1/2 milestones done.")
	w.Expect(i, cxv1.ConditionOnSchedule, "False/Overdue", "plan (2026-12-01)")
	w.Expect(i, cxv1.ConditionWithinBudget, "False/OverBudget", "11 of 10 EUR")
	w.expectPhase(i, cxv1.InitiativeActive, "True/PhaseReached")
	want := cxv1.InitiativeStatus{
		ObjectStatus: i.Status.ObjectStatus, Phase: cxv1.InitiativeActive, ActiveSince: new(build.At(0)), Progress: "1/2",
		Overdue: []string{"plan"}, KPITargetsMet: "1/2",
	}
	if diff := cmp.Diff(want, i.Status); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if len(w.Events) != 0 {
		t.Errorf("a new object is no event: %v", w.Events)
	}
	w.Still(w.initiatives, i)
	w.update(i, func(i *cxv1.Initiative) { i.Spec.Cost.Spent = "" })
	w.look(i)
	w.Expect(i, cxv1.ConditionWithinBudget, "absent", "")
}

// decide records what an owner decided about the initiative.
func (w *worldOf) decide(i *cxv1.Initiative, role cxv1.AssignmentRole, owner string, results ...store.DecisionResult) {
	w.t.Helper()
	for _, result := range results {
		w.decisions++
		if _, err := w.Store.RecordDecision(w.t.Context(), world.ProgramID, store.Decision{
			OfferID: fmt.Sprint("offer-", w.decisions), SubjectKind: "Initiative", SubjectName: i.Name, Role: string(role),
			Owner: owner, Result: result, DecidedBy: "unknown", Means: "test", At: build.Monday.Add(time.Duration(w.decisions) * time.Second),
		}); err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestAnApprovalIsWaitedForAndBelongsToWhomItIsAsked(t *testing.T) {
	w := newWorld(t)
	i := made("refund", requested(cxv1.InitiativeActive), approvedBy("coo"))
	w.Create(build.Owner("coo"), i)
	w.look(i)
	w.expectPhase(i, cxv1.InitiativeProposed, "False/AwaitingApproval")
	w.Expect(i, cxv1.ConditionReady, "True/Ready", "not yet Active: coo has not accepted to approve it")
	w.decide(i, cxv1.RoleApprover, "coo", store.Accepted)
	w.look(i)
	w.expectPhase(i, cxv1.InitiativeActive, "True/PhaseReached")

	// The yes of one is not that of another one who is named later.
	world.Update(w.World, i, approvedBy("cfo"))
	w.Create(build.Owner("cfo"))
	w.look(i)
	w.expectPhase(i, cxv1.InitiativeProposed, "False/AwaitingApproval")
	w.decide(i, cxv1.RoleApprover, "cfo", store.Accepted)
	w.look(i)
	w.expectPhase(i, cxv1.InitiativeActive, "True/PhaseReached")
}

func TestTheLastWordOfTheApproverCountsWhetherOrNotTheyAreThere(t *testing.T) {
	yes, no := store.Accepted, store.Declined
	for name, tc := range map[string]struct {
		results []store.DecisionResult
		owner   string
		role    cxv1.AssignmentRole
		want    cxv1.InitiativePhase
	}{
		"said yes":                    {[]store.DecisionResult{yes}, "coo", cxv1.RoleApprover, cxv1.InitiativeActive},
		"said no":                     {[]store.DecisionResult{no}, "coo", cxv1.RoleApprover, cxv1.InitiativeProposed},
		"said no and then yes":        {[]store.DecisionResult{no, yes}, "coo", cxv1.RoleApprover, cxv1.InitiativeActive},
		"said yes and then no":        {[]store.DecisionResult{yes, no}, "coo", cxv1.RoleApprover, cxv1.InitiativeProposed},
		"said nothing":                {nil, "coo", cxv1.RoleApprover, cxv1.InitiativeProposed},
		"somebody else said yes":      {[]store.DecisionResult{yes}, "cfo", cxv1.RoleApprover, cxv1.InitiativeProposed},
		"accepted something else":     {[]store.DecisionResult{yes}, "coo", cxv1.RoleSponsor, cxv1.InitiativeProposed},
		"declined something else too": {[]store.DecisionResult{no}, "coo", cxv1.RoleSponsor, cxv1.InitiativeProposed},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			i := made("refund", requested(cxv1.InitiativeActive), approvedBy("coo"))
			w.Create(build.Owner("coo", func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerLeft }), i)
			w.decide(i, tc.role, tc.owner, tc.results...)
			w.decide(made("other"), cxv1.RoleApprover, "coo", yes) // about something else
			w.look(i)
			if i.Status.Phase != tc.want {
				t.Errorf("it is %s, want %s", i.Status.Phase, tc.want)
			}
		})
	}
}

func TestTimeAloneStartsItAndMakesItLate(t *testing.T) {
	w := newWorld(t, func(p *cxv1.Program) { p.Spec.TimeZone = "Asia/Tokyo" })
	// A reference that does not resolve must not stop the clock.
	i := made("redesign", requested(cxv1.InitiativeActive), func(i *cxv1.Initiative) {
		i.Spec.Start, i.Spec.Due, i.Spec.OwnerRef = "2027-01-06", "2027-01-07", "head"
	})
	w.Create(i)
	wait := w.look(i)
	w.expectPhase(i, cxv1.InitiativeAccepted, "False/NotStarted")
	if at := build.Monday.Add(wait).UTC().Format(time.RFC3339); at != "2027-01-05T15:00:00Z" {
		t.Fatalf("looks again at %s", at)
	}
	w.Clock.SetTime(build.Monday.Add(wait - time.Second))
	w.Still(w.initiatives, i)
	w.Clock.SetTime(build.Monday.Add(wait))
	wait = w.look(i)
	w.expectPhase(i, cxv1.InitiativeActive, "True/PhaseReached")
	w.Expect(i, cxv1.ConditionOnSchedule, "True/OnSchedule", "")
	if at := w.Clock.Now().Add(wait).UTC().Format(time.RFC3339); at != "2027-01-07T15:00:00Z" {
		t.Fatalf("looks again at %s", at)
	}
	w.Clock.SetTime(w.Clock.Now().Add(wait))
	w.look(i)
	w.Expect(i, cxv1.ConditionOnSchedule, "False/Overdue", "the initiative itself (2027-01-07)")
	if got := strings.Join(w.Events, "\n"); !strings.Contains(got, "redesign PhaseReached: ") || !strings.Contains(got, "redesign Overdue: ") || len(w.Events) != 2 {
		t.Errorf("events:\n%s", got)
	}
}

// activeSince and doneSince are evidence: neither deleting the objects nor another controller changes them.
func TestSinceWhenSurvivesTheObjects(t *testing.T) {
	w := newWorld(t)
	i := made("redesign", requested(cxv1.InitiativeActive))
	w.Create(i)
	w.look(i)
	w.Clock.SetTime(build.Monday.Add(10 * day))
	w.update(i, requested(cxv1.InitiativeDone))
	w.look(i)
	again := func(want string) {
		t.Helper()
		got := "-"
		if i.Status.ActiveSince != nil {
			got = fmt.Sprint(int(i.Status.ActiveSince.Sub(build.Monday) / day))
		}
		if i.Status.DoneSince != nil {
			got += fmt.Sprint(" ", int(i.Status.DoneSince.Sub(build.Monday)/day))
		}
		if got != want {
			t.Errorf("active and done since day %s, want %s", got, want)
		}
	}
	again("0 10")
	w.Clock.SetTime(build.Monday.Add(20 * day))
	w.Delete(i)
	i = made("redesign", requested(cxv1.InitiativeDone))
	w.Create(i)
	w.initiatives = initiative.New(w.Kit, w.Store)
	w.look(i)
	again("0 10")

	// While something is in the way again after a new beginning, what was done is not forgotten.
	w.Delete(i)
	i = made("redesign", requested(cxv1.InitiativeDone), after("study"))
	study := made("study")
	w.Create(i, study)
	w.look(study, i)
	w.expectPhase(i, cxv1.InitiativeAccepted, "False/WaitingForDependencies")
	w.update(study, requested(cxv1.InitiativeDone))
	w.look(study, i)
	again("0 10")

	// Taken back by its people: it is done anew.
	w.update(i, requested(cxv1.InitiativeActive))
	w.look(i)
	again("0")
	w.update(i, requested(cxv1.InitiativeDone))
	w.look(i)
	again("0 20")
}

func TestAStoreThatIsDownMakesReadyUnknownAndKeepsWhatWasKnown(t *testing.T) {
	w := newWorld(t)
	i := made("redesign", requested(cxv1.InitiativeAccepted))
	w.Create(i)
	w.look(i)
	down := initiative.New(w.Kit, &storetest.Faulty{Store: w.Store, BeforeWrite: func(string) error { return store.ErrUnavailable }})
	w.update(i, requested(cxv1.InitiativeActive))
	if _, err := w.Try(down, i); err == nil {
		t.Error("a store that is down is no error, so nobody would try again")
	}
	w.Expect(i, cxv1.ConditionReady, "Unknown/StoreUnavailable", "")
	if i.Status.Phase != cxv1.InitiativeAccepted {
		t.Errorf("it is %s although the store does not know", i.Status.Phase)
	}
	w.look(i)
	w.Expect(i, cxv1.ConditionReady, "True/Ready", "")
	w.expectPhase(i, cxv1.InitiativeActive, "True/PhaseReached")
}
