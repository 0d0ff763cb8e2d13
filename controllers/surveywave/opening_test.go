// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/people"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

func TestAWaveThatOpensShowsItsPageAndInvitesEverybodyOnce(t *testing.T) {
	a := ask(t)
	contacts := people.Contacts("shopper", 6)
	contacts[4].Address = contacts[0].Address // a duplicate, under a key of its own
	a.importContacts(contacts...)
	a.importAs("visitor", people.Contacts("visitor", 3)) // whom the wave does not ask
	if err := a.People.OptOut(t.Context(), world.ProgramID, people.Address("shopper", 2), "test", a.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	a.Clock.SetTime(a.Clock.Now().Add(-time.Minute))
	if status := a.look(); status.Phase != cxv1.WavePending || a.published() != "none" || status.Counts != nil {
		t.Errorf("before it opens: %s, page %s, counts %+v", status.Phase, a.published(), status.Counts)
	}
	status := a.after(time.Minute)
	want := &cxv1.WaveCounts{Eligible: 4, Sampled: 4, Invited: 4, Skipped: []cxv1.SkipCount{{Reason: "duplicate", Count: 1}, {Reason: "optOut", Count: 1}}}
	if diff := cmp.Diff(want, status.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if sum(status.Counts) != 6 || status.InvitedAt == nil {
		t.Errorf("invited at %v; counts do not add up: %+v", status.InvitedAt, status.Counts)
	}
	a.Expect(a.wave, cxv1.ConditionSending, "True/SendingOn", "")
	a.Expect(a.wave, cxv1.ConditionOpen, "True/Open", "")
	published, err := a.People.PublishedWave(t.Context(), aWave)
	if err != nil {
		t.Fatal(err)
	}
	page, err := questionnaire.ParsePage(published.Page)
	if err != nil || page.Name() != "Example Retail" || published.State != store.WaveTakesAnswers {
		t.Errorf("page %+v, state %s, %v", page, published.State, err)
	}
	a.Still(a.waves, a.wave)
	a.once(a.deliver(), 4)
	if status = a.after(10 * time.Second); status.Counts.Accepted != 4 || status.ResponseRate != "0" {
		t.Errorf("after the mails went out: %+v, response rate %q", status.Counts, status.ResponseRate)
	}
	a.once(a.deliver(), 4)
}

func TestContactsWhoComeLaterAreAskedByTheNextWave(t *testing.T) {
	a := ask(t)
	a.importContacts(people.Contacts("shopper", 2)...)
	a.look()
	a.importContacts(people.Contacts("shopper", 5)...)
	a.restart()
	if status := a.after(time.Minute); status.Counts.Eligible != 2 {
		t.Errorf("counts %+v, want the two who were there", status.Counts)
	}
	a.once(a.deliver(), 2)
}

func TestAWaveWithoutContactsSaysSoAndInvitesThoseWhoAreImported(t *testing.T) {
	a := ask(t)
	if status := a.look(); status.InvitedAt != nil {
		t.Errorf("invited at %s, though there was nobody", status.InvitedAt)
	}
	a.Expect(a.wave, cxv1.ConditionReady, "True/Ready", "no contacts: import some")
	a.importContacts(people.Contacts("shopper", 3)...)
	if status := a.after(10 * time.Second); status.InvitedAt == nil || status.Counts.Invited != 3 {
		t.Errorf("after the import: %+v", status.Counts)
	}
	a.Expect(a.wave, cxv1.ConditionReady, "True/Ready", "takes answers")
	a.once(a.deliver(), 3)
}

func TestADryRunCountsAndInvitesNobody(t *testing.T) {
	a := ask(t, func(w *cxv1.SurveyWave) {
		w.Spec.Template.DryRun = true
		w.Spec.Template.Approval = &cxv1.WaveApproval{Above: 1} // nothing to approve: nobody is asked
		w.Spec.Template.Sampling = &cxv1.Sampling{Size: new(int64(2))}
	})
	a.sending(metav1.ConditionFalse, cxv1.ReasonSendingOff) // which changes nothing
	a.importContacts(people.Contacts("shopper", 5)...)
	for range 3 { // it goes on saying so
		status := a.after(10 * time.Second)
		want := &cxv1.WaveCounts{Eligible: 5, Sampled: 2, Invited: 2, Skipped: []cxv1.SkipCount{{Reason: "notSampled", Count: 3}}}
		if diff := cmp.Diff(want, status.Counts); diff != "" || status.Phase != cxv1.WaveOpen {
			t.Errorf("%s, counts (-want +got):\n%s", status.Phase, diff)
		}
		a.Expect(a.wave, cxv1.ConditionReady, "True/Ready", "Dry run: 2 of 5 people would be invited, nobody is.")
	}
	a.once(a.deliver(), 0)
	if diff := cmp.Diff(store.AudienceCounts{}, a.counts(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("rows of a dry run:\n%s", diff)
	}
}

// What a rehearsal says is what status says while the wave is open, what the store counts, and what is recorded in the end.
func TestADryRunTheStatusAndTheRecordCountAlike(t *testing.T) {
	count := func(dryRun bool) (*cxv1.WaveCounts, store.WaveCounts) {
		a := ask(t, func(w *cxv1.SurveyWave) {
			w.Spec.Template.DryRun = dryRun
			w.Spec.Template.Sampling = &cxv1.Sampling{Size: new(int64(3))}
		})
		contacts := people.Contacts("shopper", 9)
		contacts[7].Address = contacts[0].Address
		a.importContacts(contacts...)
		for _, n := range []int{2, 5} {
			if err := a.People.OptOut(t.Context(), world.ProgramID, people.Address("shopper", n), "test", a.Clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
		shown := a.look().Counts
		a.after(open + time.Hour)
		if diff := cmp.Diff(shown, a.wave.Status.Counts); diff != "" {
			t.Errorf("counts in the end (-open +closed):\n%s", diff)
		}
		return shown, a.evidence().Waves[0].Counts
	}
	want := &cxv1.WaveCounts{Eligible: 6, Sampled: 3, Invited: 3,
		Skipped: []cxv1.SkipCount{{Reason: "duplicate", Count: 1}, {Reason: "notSampled", Count: 3}, {Reason: "optOut", Count: 2}}}
	rehearsed, _ := count(true)
	invited, recorded := count(false)
	if diff := cmp.Diff([]*cxv1.WaveCounts{want, want}, []*cxv1.WaveCounts{rehearsed, invited}); diff != "" {
		t.Errorf("a dry run and a wave (-want +got):\n%s", diff)
	}
	wantRecord := store.WaveCounts{Eligible: 6, Sampled: 3, Invited: 3, Skipped: map[string]int64{"duplicate": 1, "notSampled": 3, "optOut": 2}}
	if diff := cmp.Diff(wantRecord, recorded); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

func TestALargeAudienceWaitsForTheApprovalOfJustThesePeople(t *testing.T) {
	a := ask(t, func(w *cxv1.SurveyWave) { w.Spec.Template.Approval = &cxv1.WaveApproval{Above: 3} })
	approve := func(hash string) {
		world.Update(a.World, a.wave, func(w *cxv1.SurveyWave) {
			w.Spec.Control.Approval = &cxv1.AudienceApproval{Hash: hash, By: "head-of-cx"}
		})
	}
	a.importContacts(people.Contacts("shopper", 4)...)
	first := a.look()
	if first.Phase != cxv1.WaveAwaiting || first.AudienceHash == "" || a.published() != "none" {
		t.Fatalf("%s, hash %q, page %s", first.Phase, first.AudienceHash, a.published())
	}
	a.Expect(a.wave, cxv1.ConditionOpen, "False/AwaitingApproval", "4 people would be invited, more than 3: approve with spec.control.approval and hash "+first.AudienceHash)
	approve("0123456789abcdef")
	if status := a.look(); status.Phase != cxv1.WaveAwaiting {
		t.Errorf("%s after the approval of somebody else", status.Phase)
	}
	a.Expect(a.wave, cxv1.ConditionOpen, "False/AwaitingApproval", "given for other people")

	a.importContacts(people.Contacts("shopper", 5)...)
	second := a.after(time.Minute) // nobody has to touch it
	if second.AudienceHash == first.AudienceHash {
		t.Error("one more person, and the same hash")
	}
	approve(first.AudienceHash)
	if status := a.look(); status.Phase != cxv1.WaveAwaiting || a.counts().Invited != 0 {
		t.Errorf("%s, %d invited after the approval of those who were there before", status.Phase, a.counts().Invited)
	}
	if by := a.wave.Status.Approval; by != nil {
		t.Errorf("%+v stands in status though nobody approved these", by)
	}
	approve(second.AudienceHash)
	if status := a.look(); status.Phase != cxv1.WaveOpen || status.Counts.Invited != 5 {
		t.Errorf("%s, counts %+v", status.Phase, status.Counts)
	}
	at := metav1.NewTime(a.Clock.Now())
	world.Update(a.World, a.wave, func(w *cxv1.SurveyWave) { w.Spec.Control.Approval.By = "somebody-else" }) // afterwards
	a.after(time.Minute)
	if by := a.wave.Status.Approval; by == nil || by.By != "head-of-cx" || !by.At.Equal(&at) {
		t.Errorf("approved by %+v, want head-of-cx at %s", by, at)
	}
	a.Expect(a.wave, cxv1.ConditionOpen, "True/Open", "head-of-cx approved its 5 invitations at "+at.UTC().Format(time.RFC3339))
	a.once(a.deliver(), 5)
}

func TestASmallAudienceNeedsNoApprovalAndANeverApprovedWaveEnds(t *testing.T) {
	a := ask(t, func(w *cxv1.SurveyWave) { w.Spec.Template.Approval = &cxv1.WaveApproval{Above: 3} })
	a.importContacts(people.Contacts("shopper", 3)...)
	if status := a.look(); status.Phase != cxv1.WaveOpen || status.Counts.Invited != 3 {
		t.Errorf("%s, counts %+v", status.Phase, status.Counts)
	}
	b := ask(t, func(w *cxv1.SurveyWave) { w.Spec.Template.Approval = &cxv1.WaveApproval{} })
	b.importContacts(people.Contacts("shopper", 1)...)
	b.look()
	if status := b.after(open + time.Hour); status.Phase != cxv1.WaveClosed || status.Counts.Eligible != 0 {
		t.Errorf("%s, counts %+v", status.Phase, status.Counts)
	}
	b.once(b.deliver(), 0)
}

func TestWhereSendingIsOffNobodyIsInvitedUntilItIsOn(t *testing.T) {
	for name, tc := range map[string]struct {
		status metav1.ConditionStatus
		reason string
	}{
		"off in the namespace":     {metav1.ConditionFalse, cxv1.ReasonSendingOff},
		"a channel without Secret": {metav1.ConditionFalse, cxv1.ReasonChannelNotUsable},
		"not known yet":            {metav1.ConditionUnknown, cxv1.ReasonSendingOff},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t)
			a.sending(tc.status, tc.reason)
			a.importContacts(people.Contacts("shopper", 3)...)
			if status := a.look(); status.InvitedAt != nil || a.counts().Invited != 0 || a.published() != store.WaveTakesAnswers {
				t.Errorf("%+v, %d rows, page %s", status.Counts, a.counts().Invited, a.published())
			}
			a.Expect(a.wave, cxv1.ConditionSending, string(tc.status)+"/"+tc.reason, "So says the Program.")
			a.sending(metav1.ConditionTrue, cxv1.ReasonSendingOn)
			if status := a.after(10 * time.Second); status.Counts.Invited != 3 {
				t.Errorf("turned on while the wave is open: %+v", status.Counts)
			}
			a.once(a.deliver(), 3)
		})
	}
}

func TestABrokenChannelKeepsNoOtherSurveyFromInviting(t *testing.T) {
	for channel, want := range map[string]struct {
		sending string
		mails   int
	}{people.Channel: {"True/SendingOn", 3}, "broken": {"False/ChannelNotUsable", 0}} {
		a := ask(t, func(w *cxv1.SurveyWave) { w.Spec.Template.Delivery.Channel = channel })
		world.Update(a.World, a.program, func(p *cxv1.Program) {
			p.Spec.Channels = append(p.Spec.Channels, cxv1.ContactChannel{Name: "broken", File: &cxv1.FileChannel{}})
		})
		a.program.Status.Channels = []cxv1.ChannelStatus{
			{Name: people.Channel, Ready: metav1.ConditionTrue, Reason: cxv1.ReasonChannelUsable},
			{Name: "broken", Ready: metav1.ConditionFalse, Reason: cxv1.ReasonChannelNotUsable, Message: "There is no Secret."},
		}
		a.SetStatus(a.program)
		a.sending(metav1.ConditionFalse, cxv1.ReasonSomeChannelsNotUsable)
		a.importContacts(people.Contacts("shopper", 3)...)
		a.look()
		a.Expect(a.wave, cxv1.ConditionSending, want.sending, "channel")
		a.once(a.deliver(), want.mails)
	}
}

func TestARunThatWasCutShortWhileSendingWasOffIsFinishedLater(t *testing.T) {
	a := ask(t)
	a.importContacts(people.Contacts("shopper", 3)...)
	// A crash left a row for one of them, and no status.
	a.importContacts(people.Contacts("shopper", 1)...)
	a.look()
	a.Delete(a.wave)
	a.importContacts(people.Contacts("shopper", 3)...)
	a.wave = a.waveOf()
	a.Create(a.wave)
	a.sending(metav1.ConditionFalse, cxv1.ReasonSendingOff)
	a.restart()
	a.look()
	a.sending(metav1.ConditionTrue, cxv1.ReasonSendingOn)
	if status := a.after(10 * time.Second); status.Counts.Invited != 3 {
		t.Errorf("%+v, want all three", status.Counts)
	}
	a.once(a.deliver(), 3)
}

func TestAWaveWithoutDeliveryTakesAnswersFromElsewhere(t *testing.T) {
	a := ask(t, identified, func(w *cxv1.SurveyWave) { w.Spec.Template.Delivery = nil })
	a.importContacts(people.Contacts("shopper", 3)...)
	a.look()
	a.Expect(a.wave, cxv1.ConditionSending, "False/NoChannel", "nobody is invited")
	for n := range 6 {
		answer := store.Answer{Values: []byte(`{"recommend":10}`), Complete: true, Channel: "till"}
		if _, err := a.People.SubmitForeign(t.Context(), aWave, string(rune('a'+n)), answer, a.Clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	status := a.after(10 * time.Second)
	if status.Counts.Responded != 6 || status.Counts.Invited != 0 || status.ResponseRate != "" || npsOf(status) != "100 of 06" {
		t.Errorf("counts %+v, response rate %q, results %s", status.Counts, status.ResponseRate, npsOf(status))
	}
	a.once(a.deliver(), 0)
}

// A wave keeps the terms that it was made with. What is wrong with them is said, and it closes in time all the same.
func TestMistakesSayWhatToDo(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*cxv1.WaveTemplate)
		says   string
	}{
		"a contact rule over years":   {func(w *cxv1.WaveTemplate) { w.ContactRules = []cxv1.ContactRule{{AtMost: 1, Window: "900d"}} }, "contact rule: at most 1 in 900d makes no sense"},
		"a zone that nobody knows":    {func(w *cxv1.WaveTemplate) { w.TimeZone = "Europe/Atlantis" }, "Europe/Atlantis"},
		"a channel that is not there": {func(w *cxv1.WaveTemplate) { w.Delivery.Channel = "pigeon" }, `no channel "pigeon"`},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, func(w *cxv1.SurveyWave) { tc.change(&w.Spec.Template) })
			a.importContacts(people.Contacts("shopper", 2)...)
			status := a.look()
			if said := world.Said(a.wave, cxv1.ConditionReady) + world.Said(a.wave, cxv1.ConditionSending); !strings.Contains(said, "InvalidSpec") && !strings.Contains(said, "NoChannel") {
				t.Errorf("it says %s", said)
			}
			if text := textOf(a.wave); !strings.Contains(text, tc.says) {
				t.Errorf("it says %s, want %q", text, tc.says)
			}
			if status.Phase != cxv1.WaveOpen || a.published() != store.WaveTakesAnswers {
				t.Errorf("phase %s, page %s", status.Phase, a.published())
			}
			a.once(a.deliver(), 0)
			if status := a.after(open + time.Hour); status.Phase != cxv1.WaveClosed || len(a.evidence().Waves) != 1 {
				t.Errorf("phase %s, recorded %+v", status.Phase, a.evidence().Waves)
			}
			a.Expect(a.wave, cxv1.ConditionReady, "True/Ready", "")
		})
	}
}

func TestAMistakeInTheProgramIsCorrectedWhileTheWaveIsOpen(t *testing.T) {
	a := ask(t)
	rules := func(window cxv1.Duration) {
		world.Update(a.World, a.program, func(p *cxv1.Program) { p.Spec.ContactRules = []cxv1.ContactRule{{AtMost: 1, Window: window}} })
	}
	a.importContacts(people.Contacts("shopper", 2)...)
	rules("900d")
	a.look()
	a.Expect(a.wave, cxv1.ConditionStalled, "True/InvalidSpec", "Correct it in the Program")
	rules("7d")
	if status := a.look(); status.Counts.Invited != 2 {
		t.Errorf("counts %+v", status.Counts)
	}
	a.Expect(a.wave, cxv1.ConditionReady, "True/Ready", "")
}

func textOf(wave *cxv1.SurveyWave) string {
	var texts []string
	for _, c := range wave.Status.Conditions {
		texts = append(texts, c.Message)
	}
	return strings.Join(texts, " ")
}
