// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownerassignment_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

const day = 24 * time.Hour

// newLine is a world in which a reports to b, and b to top.
func newLine(t *testing.T, change ...func(*cxv1.Program)) *world {
	t.Helper()
	w := newWorld(t, change...)
	w.Create(build.Owner("top"))
	w.reports("a", "b")
	w.reports("b", "top")
	return w
}

func (w *world) reports(owner string, manager cxv1.Ref) {
	w.Helper()
	edit(w, build.Owner(owner), func(o *cxv1.Owner) { o.Spec.ReportsTo = manager })
}

// told are the events since the last call, without those of the API.
func (w *world) expectEvents(want ...string) {
	w.Helper()
	w.events.mu.Lock()
	defer w.events.mu.Unlock()
	var got []string
	for _, note := range w.events.notes {
		_, what, _ := strings.Cut(note, " ")
		got = append(got, what)
	}
	w.events.notes = nil
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("events (-want +got):\n%s", diff)
	}
}

// restart makes the controllers anew, as after a crash.
func (w *world) restart() { w.use(w.Client, w.store) }

func (w *world) decisions() []string {
	w.Helper()
	decisions, err := w.store.Decisions(w.Context(), w.programID, "KPI", "nps")
	if err != nil {
		w.Fatal(err)
	}
	var lines []string
	for _, d := range decisions {
		lines = append(lines, fmt.Sprintf("%s %s by %s, %s", d.Owner, d.Result, d.DecidedBy, d.Means))
	}
	return lines
}

func TestAnOfferThatNobodyAnswersGoesUpTheLine(t *testing.T) {
	w := newLine(t)
	if after := w.settle(); after != 14*day {
		t.Errorf("the next look is in %s, want fourteen days", after)
	}
	w.expect("Pending (a) asks a")
	if status := w.one().Status; status.WaitsFor != "a" || !status.OfferedAt.Time.Equal(build.Monday) || status.Next != "to b 2027-01-18" {
		t.Errorf("waits for %q since %v, next %q", status.WaitsFor, status.OfferedAt, status.Next)
	}
	w.expectEvents()
	w.writes.Reset()
	w.advance(14 * day)
	w.settle()
	w.expect("Pending (a) asks b")
	w.expectWrites(map[string]int{"apply OwnerAssignment": 1, "patch OwnerAssignment/status": 1})
	w.expectEvents("Lapsed: a said nothing in time.", "Offered: b is asked.")
	if got := w.one().Spec.Proposed.InsteadOf; got != "a" {
		t.Errorf("asked in place of %q", got)
	}

	// Years later, one step at a time all the same.
	w.advance(1000 * day)
	w.restart()
	w.settle()
	w.expect("Pending (a) asks top")
	w.expectEvents("Lapsed: b said nothing in time.", "Offered: top is asked.")
	w.advance(14 * day)
	if after := w.settle(); after != 0 {
		t.Errorf("looks again in %s although nothing more happens by itself", after)
	}
	w.expect("Pending (a) asks top")
	if c := kube.Condition(w.one(), cxv1.ConditionAccepted); c.Reason != cxv1.ReasonUndecided {
		t.Errorf("condition Accepted is %+v", c)
	}

	w.decides(cxv1.DecisionAccepted)
	w.settle()
	w.expect("Active top")
	w.expectEvents("Escalated: top accepted in place of a.")
	w.restart()
	w.settle()
	w.expectEvents()
	if diff := cmp.Diff([]string{"a Lapsed by nobody, Timeout", "b Lapsed by nobody, Timeout", "top Accepted by unknown, OwnerAssignment"},
		w.decisions()); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
}

func TestTransitionsAreToldOnce(t *testing.T) {
	w := newLine(t, func(p *cxv1.Program) { p.Spec.Ownership.ReverifyEvery = "90d" })
	step := func(do func(), want ...string) {
		t.Helper()
		do()
		w.settle()
		w.advance(time.Hour)
		w.restart()
		w.settle()
		w.expectEvents(want...)
	}
	step(func() {})
	step(func() { w.decides(cxv1.DecisionAccepted) }, "Accepted: a accepted.")
	step(func() { w.names("b") }, "Offered: b is asked.")
	step(func() { w.decides(cxv1.DecisionDeclined) }, "Declined: b declined.", "Offered: top is asked.")
	step(func() { w.decides(cxv1.DecisionAccepted) }, "Escalated: top accepted in place of b.", "HandedOver: a is released, top is in force.")
	due := "VerificationDue: top last said on 2027-01-04 that it is theirs. They stay; offer "
	step(func() { w.advance(90 * day) }, due+w.offerOf("top", 1)+"v asks them whether it still is.")
	step(func() { w.decides(cxv1.DecisionAccepted) }, "Verified: top said so on 2027-04-04.")
	top := build.Owner("top")
	step(func() { edit(w, top, func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerLeft }) }, "Orphaned: Nobody answers for it any more.")
	step(func() {
		if err := w.Client.Delete(t.Context(), w.one()); err != nil {
			t.Fatal(err)
		}
	})
	w.expect("Orphaned (b)")
}

// offerOf is the offer of the KPI to an owner.
func (w *world) offerOf(owner string, round int) string {
	return ownership.OfferID(w.programID, ownership.Claim{
		Subject: cxv1.AssignmentSubject{Kind: cxv1.SubjectKPI, Name: "nps"}, Role: cxv1.RoleAccountable, Owner: owner}, round)
}

func TestOwnersConfirm(t *testing.T) {
	w := newLine(t, func(p *cxv1.Program) { p.Spec.Ownership.ReverifyEvery = "90d" })
	w.settle()
	if c := kube.Condition(w.one(), cxv1.ConditionVerified); c != nil {
		t.Errorf("condition Verified is %+v before anybody accepted", c)
	}
	w.decides(cxv1.DecisionAccepted)
	if after := w.settle(); after != 90*day {
		t.Errorf("the next look is in %s, want ninety days", after)
	}
	verified := func() string {
		c := kube.Condition(w.one(), cxv1.ConditionVerified)
		return fmt.Sprint(c.Status, c.Reason, w.one().Status.VerifiedAt.Time.Sub(build.Monday))
	}
	if got := verified(); got != fmt.Sprint(metav1.ConditionTrue, cxv1.ReasonVerified, 0*day) {
		t.Errorf("verified: %s", got)
	}
	w.advance(90 * day)
	w.settle()
	w.expect("Active a asks a")
	if got := verified(); got != fmt.Sprint(metav1.ConditionFalse, cxv1.ReasonVerificationDue, 0*day) {
		t.Errorf("verified: %s", got)
	}
	w.advance(day)
	w.decides(cxv1.DecisionAccepted)
	w.settle()
	w.expect("Active a")
	if got := verified(); got != fmt.Sprint(metav1.ConditionTrue, cxv1.ReasonVerified, 91*day) {
		t.Errorf("verified: %s", got)
	}
	if at := w.one().Status.AcceptedAt; !at.Time.Equal(build.Monday) {
		t.Errorf("accepted at %v", at)
	}
	edit(w, build.Program(), func(p *cxv1.Program) { p.Spec.Ownership.ReverifyEvery = "" })
	w.settle()
	if c := kube.Condition(w.one(), cxv1.ConditionVerified); c != nil || w.one().Status.VerifiedAt != nil {
		t.Errorf("condition Verified is %+v although nobody is asked again", c)
	}
}

// publish lets somebody decide on the KPI's offer by a link, and answers it if there is a result.
func (w *world) publish(result store.DecisionResult) [32]byte {
	w.Helper()
	offer := store.Offer{
		OfferKey: store.OfferKey{ProgramID: w.programID, Assignment: kpiAssignment()}, OfferID: w.one().Spec.Proposed.OfferID,
		Owner: string(w.one().Spec.Proposed.Owner), Page: []byte(`{}`), LinkID: [16]byte{1}, ExpiresAt: w.clock.Now().Add(30 * day),
	}
	offer.Link = sha256.Sum256([]byte(w.programID + offer.OfferID))
	if _, err := w.offers.PublishOffer(w.Context(), offer, [16]byte{}); err != nil {
		w.Fatal(err)
	}
	if result != "" {
		if _, err := w.offers.AnswerOffer(w.Context(), offer.Link, store.OfferAnswer{Result: result, Reason: "no time"}, w.clock.Now()); err != nil {
			w.Fatal(err)
		}
	}
	return offer.Link
}

func (w *world) linked() bool {
	w.Helper()
	_, _, err := w.offers.PublishedOffer(w.Context(), w.programID, kpiAssignment())
	if err != nil && !errors.Is(err, store.ErrGone) {
		w.Fatal(err)
	}
	return err == nil
}

func TestOwnersDecideByLink(t *testing.T) {
	w := newLine(t)
	w.settle()
	w.advance(time.Hour)
	link := w.publish(store.Declined)
	w.advance(time.Hour)
	w.settle()
	w.expect("Pending (a) asks b")
	if diff := cmp.Diff([]string{"a Declined by mail link sent to a, MailLink"}, w.decisions()); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	if _, answer, err := w.offers.OfferByLink(t.Context(), link, w.clock.Now()); err != nil || answer == nil || answer.Result != store.Declined {
		t.Errorf("the page does not say what was answered: %v, %v", answer, err)
	}
	w.publish(store.Accepted)
	w.settle()
	w.expect("Active b")
}

func TestLinksOfOffersThatAreNotOpenAreWithdrawn(t *testing.T) {
	for name, close := range map[string]func(*world){
		"somebody else is named": func(w *world) { w.names("b") },
		"nobody is named":        func(w *world) { w.names("") },
		"it was decided in the object": func(w *world) {
			w.decides(cxv1.DecisionAccepted)
		},
		"it lapsed": func(w *world) { w.advance(14 * day) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newLine(t)
			w.settle()
			w.publish("")
			w.settle()
			if !w.linked() {
				t.Fatal("the link of the open offer is gone")
			}
			close(w)
			w.settle()
			if w.linked() {
				t.Error("the link still takes an answer")
			}
		})
	}
}

// hasty publishes the next offer just after the present one was read, as a process may that sees the assignment change before
// the link of the earlier offer is withdrawn.
type hasty struct {
	store.Offers
	publish func()
}

func (h hasty) PublishedOffer(ctx context.Context, programID, assignment string) (store.Offer, *store.OfferAnswer, error) {
	offer, answer, err := h.Offers.PublishedOffer(ctx, programID, assignment)
	h.publish()
	return offer, answer, err
}

func TestTheLinkOfTheNextOfferIsNotWithdrawnWithTheLast(t *testing.T) {
	w := newLine(t)
	w.settle()
	w.publish("")
	next := store.Offer{
		OfferKey: store.OfferKey{ProgramID: w.programID, Assignment: kpiAssignment()}, OfferID: w.offerOf("b", 0),
		Owner: "b", Page: []byte(`{}`), LinkID: [16]byte{2}, Link: [32]byte{2}, ExpiresAt: w.clock.Now().Add(30 * day),
	}
	offers := w.offers
	w.offers = hasty{offers, func() {
		if _, err := offers.PublishOffer(t.Context(), next, [16]byte{}); err != nil {
			t.Error(err)
		}
	}}
	w.decides(cxv1.DecisionDeclined)
	w.restart()
	w.look(w.assignments, []client.Object{w.one()})
	if _, _, err := offers.OfferByLink(t.Context(), next.Link, w.clock.Now()); err != nil {
		t.Errorf("the link of the offer to b is dead: %v", err)
	}
	if got := w.one().Spec.Proposed.OfferID; got != next.OfferID {
		t.Errorf("the next offer is %s, not %s", got, next.OfferID)
	}
}

func TestALinkOutlivesThatEverythingIsAppliedAgain(t *testing.T) {
	w := newLine(t)
	w.settle()
	w.publish("")
	for _, obj := range w.all() {
		if err := w.Client.Delete(t.Context(), &obj); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	if !w.linked() {
		t.Fatal("the link is gone")
	}
}

func TestAnswersByLinkWakeTheAssignment(t *testing.T) {
	w := newLine(t)
	w.run()
	w.awaits("Pending (a) asks a")
	w.publish(store.Declined)
	w.awaits("Pending (a) asks b")
	w.publish(store.Accepted)
	w.awaits("Active b")
}

func TestTheOneWhoDecidedIsRecordedUnderPoliciesOnly(t *testing.T) {
	for status, want := range map[metav1.ConditionStatus]string{
		metav1.ConditionTrue: "a Accepted by a@example.com, OwnerAssignment", metav1.ConditionFalse: "a Accepted by unknown, OwnerAssignment",
	} {
		t.Run(string(status), func(t *testing.T) {
			w := newLine(t)
			program := build.Program()
			w.Get(program)
			kube.SetCondition(program, w.clock.Now(), cxv1.ConditionEnforced, status, cxv1.ReasonNotEnforced, "As it is.")
			if err := w.Client.Status().Update(t.Context(), program); err != nil {
				t.Fatal(err)
			}
			w.settle()
			a := w.one()
			edit(w, a, func(a *cxv1.OwnerAssignment) {
				a.Spec.Decision = &cxv1.Decision{OfferID: a.Spec.Proposed.OfferID, Result: cxv1.DecisionAccepted, By: "a@example.com"}
			})
			w.settle()
			if !slices.Equal(w.decisions(), []string{want}) {
				t.Errorf("decisions %q, want %q", w.decisions(), want)
			}
		})
	}
}

func TestChangesUpTheLineWakeTheAssignment(t *testing.T) {
	w := newLine(t)
	w.run()
	w.awaits("Pending (a) asks a")
	w.decides(cxv1.DecisionDeclined)
	w.awaits("Pending (a) asks b")
	edit(w, build.Owner("b"), func(o *cxv1.Owner) { o.Spec.Identity.Users = []string{"b@example.com"} })
	w.eventually("b's identity to be the one that decides", func() (string, bool) {
		got := w.one().Spec.Proposed.Approvers
		return fmt.Sprint(got), slices.Equal(got, []string{"user:b@example.com"})
	})
	w.decides(cxv1.DecisionDeclined)
	w.awaits("Pending (a) asks top")
	edit(w, build.Owner("top"), func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerLeft })
	w.awaits("Declined (a)")
	w.Create(build.Owner("new-top"))
	w.reports("b", "new-top")
	w.awaits("Pending (a) asks new-top")
	edit(w, build.Owner("new-top"), func(o *cxv1.Owner) { o.Spec.State = cxv1.OwnerLeft })
	edit(w, build.Program(), func(p *cxv1.Program) { p.Spec.Ownership.FallbackOwner = "spare" })
	w.Create(build.Owner("spare"))
	w.awaits("Pending (a) asks spare")
}
