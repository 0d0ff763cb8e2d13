// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/people"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

// rules follow up the very angry at the checkout at once, and all other detractors within two days.
func rules(w *cxv1.SurveyWave) {
	w.Spec.Template.FollowUpRules = []cxv1.FollowUpRule{
		{Name: "furious", When: "a.recommend <= 2", RespondWithin: "4h", JourneyRef: "buying", Touchpoint: "checkout"},
		{Name: "detractor", When: "a.recommend <= 6"},
	}
}

func TestOnlyCompleteAnswersOfThoseWhoAgreedAreFollowedUp(t *testing.T) {
	a := ask(t, consent, rules)
	a.importContacts(people.Contacts("shopper", 6)...)
	a.look()
	a.deliver()
	a.answerAs(people.Address("shopper", 1), `{"recommend":1}`, people.MayContact)
	a.answerAs(people.Address("shopper", 2), `{"recommend":6}`, people.MayContact)
	a.answerAs(people.Address("shopper", 3), `{"recommend":0}`) // no consent
	a.answerAs(people.Address("shopper", 4), `{"recommend":0}`, people.MayContact, people.Partial)
	a.answerAs(people.Address("shopper", 5), `{"recommend":7}`, people.MayContact) // no rule fits
	answered := a.Clock.Now()
	status := a.after(10 * time.Second)
	var got []string
	for _, f := range a.followUps() {
		c := f.Spec.Case
		got = append(got, fmt.Sprintf("%s by %s, journey %q, touchpoint %q", c.Rule, c.DueBy.Sub(answered), c.Journey, c.Touchpoint))
		if c.Survey != "pulse" || c.Slot != slot || !c.OpenedAt.Time.Equal(answered) || len(f.OwnerReferences) != 0 {
			t.Errorf("case %+v of %v", c, f.OwnerReferences)
		}
	}
	slices.Sort(got)
	want := []string{`detractor by 48h0m0s, journey "", touchpoint ""`, `furious by 4h0m0s, journey "buying", touchpoint "checkout"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("follow-ups (-want +got):\n%s", diff)
	}
	if status.FollowUps == nil || *status.FollowUps != 2 || status.FollowUpsLeftOut != 0 {
		t.Errorf("status counts %v and %d left out", status.FollowUps, status.FollowUpsLeftOut)
	}
	// It is finished: now it counts.
	a.answerAs(people.Address("shopper", 4), `{"recommend":0}`, people.MayContact)
	a.after(10 * time.Second)
	if n := len(a.followUps()); n != 3 || len(a.evidence().FollowUps) != 3 {
		t.Errorf("%d follow-ups, %d in the log, want three", n, len(a.evidence().FollowUps))
	}
	a.Still(a.waves, a.wave)
	a.restart()
	a.Still(a.waves, a.wave)
}

func TestAnonymousAnswersAreNeverFollowedUp(t *testing.T) {
	a := ask(t, func(w *cxv1.SurveyWave) {
		rules(w) // which no API server lets a Survey have
		w.Spec.Template.Anonymity = cxv1.AnonymityAnonymous
	})
	a.importContacts(people.Contacts("shopper", 6)...)
	a.look()
	a.deliver()
	for n := range 6 {
		a.answerAs(people.Address("shopper", n+1), `{"recommend":1}`, people.MayContact)
	}
	if status := a.after(open + time.Hour); len(a.followUps()) != 0 || len(a.evidence().FollowUps) != 0 || status.FollowUps != nil {
		t.Errorf("followed up: %v, status counts %v", a.followUps(), status.FollowUps)
	}
}

func TestAFollowUpToWhichSomebodyRespondedIsNotOpenedAgain(t *testing.T) {
	a := ask(t, consent, rules)
	a.importContacts(people.Contacts("shopper", 3)...)
	a.look()
	a.deliver()
	a.answerAs(people.Address("shopper", 1), `{"recommend":1}`, people.MayContact)
	a.after(10 * time.Second)
	f := a.followUps()[0]
	closed := store.FollowUp{
		ID: f.Name, Survey: "pulse", Slot: slot, Rule: "furious", AnswerKey: f.Spec.Case.AnswerKey,
		OpenedAt: f.Spec.Case.OpenedAt.Time, DueBy: f.Spec.Case.DueBy.Time,
		FirstResponseAt: a.Clock.Now(), Reached: true, RootCause: "queue", ClosedAt: a.Clock.Now().Add(time.Hour),
	}
	if _, err := a.Store.RecordFollowUp(t.Context(), world.ProgramID, closed); err != nil {
		t.Fatal(err)
	}
	a.Delete(&f)
	a.restart()
	a.answerAs(people.Address("shopper", 2), `{"recommend":6}`, people.MayContact)
	a.after(10 * time.Second)
	if left := a.followUps(); len(left) != 1 || left[0].Spec.Case.Rule != "detractor" {
		t.Errorf("follow-ups %+v", left)
	}
	logged := a.evidence().FollowUps
	if i := slices.IndexFunc(logged, func(f store.FollowUp) bool { return f.ID == closed.ID }); i < 0 || !cmp.Equal(closed, logged[i], cmp.Transformer("UTC", time.Time.UTC)) {
		t.Errorf("the log has %+v, want it closed as before", logged)
	}
	// One that nobody looked after comes back.
	a.Delete(&a.followUps()[0])
	a.restart()
	a.after(10 * time.Second)
	if n := len(a.followUps()); n != 1 {
		t.Errorf("%d follow-ups, want the open one made again", n)
	}
}

func TestAProgramHasOnlySoManyOpenFollowUpsAndTheOthersAreCounted(t *testing.T) {
	const most = 500
	a := ask(t, consent, rules)
	a.importContacts(people.Contacts("shopper", 4)...)
	a.look()
	a.deliver()
	for n := range most - 2 {
		a.Create(build.FollowUp(fmt.Sprintf("earlier-%03d", n)))
	}
	finished := build.FollowUp("finished")
	a.Create(finished)
	finished.Status.Phase = cxv1.FollowUpClosed // which takes nobody's time any more
	a.SetStatus(finished)
	for n := range 4 {
		a.answerAs(people.Address("shopper", n+1), `{"recommend":1}`, people.MayContact)
		a.Clock.SetTime(a.Clock.Now().Add(time.Second))
	}
	for range 2 {
		status := a.after(10 * time.Second)
		if *status.FollowUps != 2 || status.FollowUpsLeftOut != 2 {
			t.Errorf("status counts %d and %d left out", *status.FollowUps, status.FollowUpsLeftOut)
		}
		a.restart()
	}
	var opened []time.Time
	for _, f := range a.followUps() {
		if strings.HasPrefix(f.Name, "pulse-") {
			opened = append(opened, f.Spec.Case.OpenedAt.UTC())
		}
	}
	slices.SortFunc(opened, time.Time.Compare)
	if diff := cmp.Diff([]time.Time{build.Monday, build.Monday.Add(time.Second)}, opened); diff != "" {
		t.Errorf("the oldest ones are followed up (-want +got):\n%s", diff)
	}
	if n := len(a.evidence().FollowUps); n != 2 {
		t.Errorf("the log has %d", n)
	}
}
