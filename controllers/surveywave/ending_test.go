// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/people"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

func TestSuspendedMailWaitsAndGoesOutOnce(t *testing.T) {
	a := ask(t)
	a.importContacts(people.Contacts("shopper", 3)...)
	suspend := func(suspended bool, status metav1.ConditionStatus, reason string) {
		if err := a.People.Pause(t.Context(), world.ProgramID, suspended); err != nil {
			t.Fatal(err)
		}
		a.sending(status, reason)
	}
	suspend(true, metav1.ConditionFalse, cxv1.ReasonSuspended)
	if status := a.look(); status.Counts.Invited != 3 {
		t.Errorf("counts %+v: whom to ask does not wait", status.Counts)
	}
	a.Expect(a.wave, cxv1.ConditionSending, "False/Suspended", "")
	a.once(a.deliver(), 0)
	suspend(false, metav1.ConditionTrue, cxv1.ReasonSendingOn)
	a.after(time.Hour)
	a.once(a.deliver(), 3)
	suspend(true, metav1.ConditionFalse, cxv1.ReasonSuspended)
	a.after(time.Hour)
	suspend(false, metav1.ConditionTrue, cxv1.ReasonSendingOn)
	a.after(time.Hour)
	a.once(a.deliver(), 3)
}

func TestMailThatSomebodyStoppedByHandWaitsAndGoesOut(t *testing.T) {
	a := ask(t)
	a.importContacts(people.Contacts("shopper", 3)...)
	byHand := func(paused bool) {
		t.Helper()
		if err := a.People.PauseByHand(t.Context(), world.ProgramID, paused); err != nil {
			t.Fatal(err)
		}
	}
	byHand(true)
	a.sending(metav1.ConditionFalse, cxv1.ReasonPausedByHand)
	if status := a.look(); status.Counts == nil || status.Counts.Invited != 3 {
		t.Errorf("counts %+v: whom to ask does not wait", status.Counts)
	}
	a.Expect(a.wave, cxv1.ConditionSending, "False/PausedByHand", "")
	a.once(a.deliver(), 0)
	byHand(false)
	a.sending(metav1.ConditionTrue, cxv1.ReasonSendingOn)
	a.after(time.Hour)
	a.once(a.deliver(), 3)
}

func TestACancelledWaveSendsNothingMoreAndItsPageIsGone(t *testing.T) {
	a := ask(t, func(w *cxv1.SurveyWave) { w.Spec.Template.SpreadOver = "24h" })
	a.importContacts(people.Contacts("shopper", 20)...)
	a.look()
	a.Clock.SetTime(a.Clock.Now().Add(12 * time.Hour))
	mailed := len(a.deliver())
	if mailed == 0 || mailed == 20 {
		t.Fatalf("%d of 20 mails went out in half the time", mailed)
	}
	answered := a.boxes.Invited("pulse")[0]
	a.answerAs(answered, `{"recommend":3}`)
	world.Update(a.World, a.wave, func(w *cxv1.SurveyWave) { w.Spec.Control.Cancel = &cxv1.CancelRequest{Reason: "wrong question"} })
	status := a.look()
	if status.Phase != cxv1.WaveCancelled || a.published() != store.WaveTakesNothing {
		t.Errorf("phase %s, page %s", status.Phase, a.published())
	}
	a.Expect(a.wave, cxv1.ConditionSending, "absent", "")
	if c := a.counts(); c.Queued != 0 || c.Cancelled != int64(20-mailed) {
		t.Errorf("counts %+v, want what had not gone out cancelled", c)
	}
	a.after(24 * time.Hour)
	a.once(a.deliver(), mailed)
	waves := a.evidence().Waves
	if len(waves) != 1 || waves[0].Phase != store.WaveCancelled || waves[0].Counts.Responded != 1 {
		t.Errorf("recorded %+v", waves)
	}
	if status.Counts.Responded != 1 || npsOf(status) != "Suppressed" {
		t.Errorf("counts %+v, results %s", status.Counts, npsOf(status))
	}
}

func TestAWaveClosesAndItsOutcomeIsRecorded(t *testing.T) {
	a := ask(t, consent, detractors)
	a.importContacts(people.Contacts("shopper", 8)...)
	a.look()
	a.deliver()
	a.answer(1, 5, `{"recommend":9}`, `{"recommend":2}`)
	a.answerAs(people.Address("shopper", 6), `{}`, func(answer *store.Answer) { answer.Complete = false })
	if status := a.after(open); status.Phase != cxv1.WaveClosing || a.published() != store.WaveTakesUnderWay {
		t.Errorf("phase %s, page %s", status.Phase, a.published())
	}
	a.Expect(a.wave, cxv1.ConditionSending, "absent", "")
	// Begun before the end and finished in the time of grace; and one who comes too late.
	a.answerAs(people.Address("shopper", 6), `{"recommend":10}`)
	status := a.after(time.Hour)
	if status.Phase != cxv1.WaveClosed || a.published() != store.WaveTakesNothing {
		t.Errorf("phase %s, page %s", status.Phase, a.published())
	}
	want := &cxv1.WaveCounts{Eligible: 8, Sampled: 8, Invited: 8, Accepted: 8, Responded: 6}
	if diff := cmp.Diff(want, status.Counts); diff != "" || status.ResponseRate != "75" || npsOf(status) != "33.33 of 06" {
		t.Errorf("response rate %s, results %s, counts (-want +got):\n%s", status.ResponseRate, npsOf(status), diff)
	}
	outcome := a.evidence().Waves
	if len(outcome) != 1 {
		t.Fatalf("recorded %+v", outcome)
	}
	wantCounts := store.WaveCounts{Eligible: 8, Sampled: 8, Invited: 8, Accepted: 8, Responded: 6}
	if diff := cmp.Diff(wantCounts, outcome[0].Counts); diff != "" {
		t.Errorf("recorded counts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"detractor"}, outcome[0].FollowUpRules); diff != "" || outcome[0].Phase != store.WaveClosed {
		t.Errorf("recorded %+v, rules (-want +got):\n%s", outcome[0], diff)
	}
	a.Still(a.waves, a.wave)
	a.restart()
	a.Still(a.waves, a.wave)
}

func TestAWaveThatNobodyAnsweredAppliedNoRules(t *testing.T) {
	a := ask(t, consent, detractors)
	a.importContacts(people.Contacts("shopper", 2)...)
	a.look()
	a.after(open + time.Hour)
	if w := a.evidence().Waves; len(w) != 1 || w[0].FollowUpRules != nil || w[0].Counts.Invited != 2 {
		t.Errorf("recorded %+v", w)
	}
}

func TestAWaveThatWasOverBeforeAnybodyLookedIsClosed(t *testing.T) {
	a := ask(t)
	a.importContacts(people.Contacts("shopper", 2)...)
	if status := a.after(open + time.Hour); status.Phase != cxv1.WaveClosed || status.InvitedAt != nil {
		t.Errorf("phase %s, invited at %v", status.Phase, status.InvitedAt)
	}
	a.once(a.deliver(), 0)
}

func TestMailIsNotConfirmedWithoutEnd(t *testing.T) {
	a := ask(t, func(w *cxv1.SurveyWave) { w.Spec.Template.SpreadOver = "72h" })
	a.importContacts(people.Contacts("shopper", 20)...)
	a.look()
	a.Clock.SetTime(a.Clock.Now().Add(25 * time.Hour)) // the operator was away
	a.once(a.deliver(), 0)
	a.look()
	if n := len(a.deliver()); n == 0 {
		t.Error("the wave was seen again, and no mail goes out")
	}
	a.after(30 * time.Hour)
	for range 5 {
		a.after(12 * time.Hour)
		a.deliver()
	}
	a.once(a.deliver(), 20)
}

// Rows are keyed by program, survey, slot and contact: whatever is deleted and made again, nobody is written to twice.
func TestWhatIsDeletedAndMadeAgainWritesToNobodyTwice(t *testing.T) {
	for name, again := range map[string]func(*asking){
		"the wave": func(a *asking) {},
		"the survey and its wave": func(a *asking) {
			a.Delete(a.survey)
			a.survey.ResourceVersion, a.survey.UID = "", ""
			a.Create(a.survey)
		},
		"the Program and the wave": func(a *asking) {
			a.Delete(a.program)
			a.program.ResourceVersion, a.program.UID = "", ""
			a.Create(a.program)
			a.Claim()
			a.Report(a.program, cxv1.ConditionReady, metav1.ConditionTrue)
			a.sending(metav1.ConditionTrue, cxv1.ReasonSendingOn)
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, func(w *cxv1.SurveyWave) { w.Spec.Template.Sampling = &cxv1.Sampling{Percent: new(int32(50))} })
			a.importContacts(people.Contacts("shopper", 20)...)
			before := a.look()
			a.deliver()
			answering := a.boxes.Invited("pulse")[0]
			a.answerAs(answering, `{"recommend":9}`)
			a.Delete(a.wave)
			again(a)
			a.wave = a.waveOf(func(w *cxv1.SurveyWave) { w.Spec.Template.Sampling = &cxv1.Sampling{Percent: new(int32(50))} })
			a.Create(a.wave)
			a.restart()
			status := a.after(time.Minute)
			if status.Counts.Invited != before.Counts.Invited || status.Counts.Eligible != 20 || status.Counts.Responded != 1 {
				t.Errorf("counts %+v, before %+v", status.Counts, before.Counts)
			}
			a.once(a.deliver(), int(before.Counts.Invited))
		})
	}
}

func TestACopyOfAWaveThatHasEndedAsksNobody(t *testing.T) {
	a := ask(t)
	a.importContacts(people.Contacts("shopper", 2)...)
	a.look()
	world.Update(a.World, a.wave, func(w *cxv1.SurveyWave) { w.Spec.Control.Cancel = &cxv1.CancelRequest{Reason: "wrong question"} })
	a.look()
	a.Delete(a.wave)
	a.wave = a.waveOf()
	a.Create(a.wave)
	a.importContacts(people.Contacts("shopper", 4)...)
	a.look()
	a.Expect(a.wave, cxv1.ConditionStalled, "True/ForeignObject", "Delete it, and ask for another wave with the annotation cx-operator.io/wave-requested-at")
	a.once(a.deliver(), 0)
	a.after(open + time.Hour)
	if w := a.evidence().Waves; len(w) != 1 || w[0].Phase != store.WaveCancelled {
		t.Errorf("recorded %+v, want how it ended first", w)
	}
}

func TestAWaveOfAnotherPromiseAsksNobody(t *testing.T) {
	for name, change := range map[string]func(*cxv1.WaveTemplate){
		"another anonymity":     func(w *cxv1.WaveTemplate) { w.Anonymity = cxv1.AnonymityIdentified },
		"another questionnaire": func(w *cxv1.WaveTemplate) { w.QuestionnaireHash = "fedcba9876543210" },
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t)
			a.importContacts(people.Contacts("shopper", 2)...)
			a.look()
			before, _ := a.shown()
			a.Delete(a.wave)
			a.wave = a.waveOf(func(w *cxv1.SurveyWave) { change(&w.Spec.Template) })
			a.Create(a.wave)
			a.look()
			a.Expect(a.wave, cxv1.ConditionStalled, "True/ForeignObject", "promised something else")
			if after, _ := a.shown(); after.Anonymity != before.Anonymity {
				t.Errorf("the page promises %s, and before %s", after.Anonymity, before.Anonymity)
			}
		})
	}
}

func identified(w *cxv1.SurveyWave) { w.Spec.Template.Anonymity = cxv1.AnonymityIdentified }

func consent(w *cxv1.SurveyWave) { w.Spec.Template.ContactConsent = cxv1.ConsentAsk }

func detractors(w *cxv1.SurveyWave) {
	w.Spec.Template.FollowUpRules = []cxv1.FollowUpRule{{Name: "detractor", When: "a.recommend <= 6"}}
}
