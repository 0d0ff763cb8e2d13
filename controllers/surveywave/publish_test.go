// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/surveywave"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/people"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

func TestTheFiguresOfAClosedWaveGoToItsOwnersOnce(t *testing.T) {
	p := newPress(t)
	if after := p.close(); after != time.Second {
		t.Errorf("the figures of a wave that has just closed are sent after %s", after)
	}
	p.expectMails(map[string]int{}) // first they must stand in the object
	if diff := cmp.Diff([]string{"1 answers were given faster than one can read; they count."}, p.wave.Status.Doubts); diff != "" {
		t.Errorf("doubts (-want +got):\n%s", diff)
	}
	p.later()
	p.expectMails(both)
	p.Expect(p.wave, cxv1.ConditionPublished, "True/Published", "sent to 2 of 2 owners")
	outcome := p.outcome()
	if p.wave.Status.PublishedAt == nil || !outcome.PublishedAt.Equal(p.wave.Status.PublishedAt.Time) {
		t.Errorf("published at %v in status, %v in the store", p.wave.Status.PublishedAt, outcome.PublishedAt)
	}
	if diff := cmp.Diff([]string{"customer-experience", "stores"}, outcome.PublishedTo); diff != "" {
		t.Errorf("functions (-want +got):\n%s", diff)
	}
	if outcome.Counts.Responded != 10 {
		t.Errorf("publishing changed what is recorded of the wave: %+v", outcome.Counts)
	}
	result := p.wave.Status.Results[0]
	for _, says := range []string{
		"How likely are you to recommend us?\n  NPS: " + string(result.Value), string(result.Low), string(result.High), "answers: 10", "Answers: 10.",
		"1 answers were given faster",
	} {
		if !strings.Contains(p.post.letters[0].Text, says) {
			t.Errorf("the mail does not say %q:\n%s", says, p.post.letters[0].Text)
		}
	}
	p.Still(p.controller(p.Store), p.wave)
	p.expectMails(both)
}

func TestMarksOfEarlierPublicationsAreForgotten(t *testing.T) {
	p := newPress(t)
	const earlier = "published/pulse/20260105t0900"
	for _, marks := range []map[string]string{{"head-of-cx": program.MarkSent}, program.PublicationDone()} {
		if _, err := p.Store.SinceAll(t.Context(), world.ProgramID, earlier, marks, build.Monday); err != nil {
			t.Fatal(err)
		}
	}
	p.close()
	p.later()
	want := map[string]string{"*": program.MarkDone, "head-of-cx": program.MarkSent, "head-of-stores": program.MarkSent}
	evidence, err := p.Store.Evidence(t.Context(), world.ProgramID, store.EvidenceQuery{Now: p.Clock.Now()})
	if diff := cmp.Diff(want, p.marks()); diff != "" || err != nil || len(evidence.Marks) != len(want) {
		t.Errorf("%+v, %v (-want +got):\n%s", evidence.Marks, err, diff)
	}
}

func TestAResponseRateFarFromThatOfTheWaveBeforeIsADoubt(t *testing.T) {
	p := newPress(t, func(w *cxv1.SurveyWave) { w.Spec.Template.Delivery = &cxv1.Delivery{Channel: "mail"} })
	for responded, due := range map[int64]time.Time{
		1: build.Monday.Add(-14 * day), 90: build.Monday.Add(-7 * day), 2: build.Monday.Add(7 * day),
	} {
		if _, err := p.Store.RecordWave(t.Context(), world.ProgramID, store.WaveOutcome{
			Survey: "pulse", Slot: due.Format("20060102t1504"), DueAt: due, ClosedAt: due.Add(day), Phase: store.WaveClosed,
			Counts: store.WaveCounts{Invited: 100, Responded: responded},
		}); err != nil {
			t.Fatal(err)
		}
	}
	contacts := people.Each(people.Contacts("shopper", 10))
	if _, err := p.people.ImportContacts(t.Context(), world.ProgramID, "shopper", contacts, p.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	r := surveywave.New(p.Kit, p.Store, p.people, people.Keys()).Publishes(
		surveywave.Publishing{Secrets: p.Client, Memory: p.Store, Routes: p.post})
	p.Look(r, p.wave)
	p.Clock.SetTime(p.wave.Spec.Template.GraceUntil.Time)
	p.Look(r, p.wave)
	if doubts := p.wave.Status.Doubts; len(doubts) != 1 || !strings.Contains(doubts[0], "(0 % and 90 %)") {
		t.Errorf("doubts %q, counts %+v", doubts, p.wave.Status.Counts)
	}
}

func TestARehearsalIsToldToNobody(t *testing.T) {
	p := newPress(t, func(w *cxv1.SurveyWave) { w.Spec.Template.DryRun = true })
	p.close()
	p.later()
	p.expectMails(map[string]int{})
	p.Expect(p.wave, cxv1.ConditionPublished, "absent", "")
}

func TestAnOwnerWithoutASecretHoldsUpNobodyElseAndIsToldLater(t *testing.T) {
	p := newPress(t)
	p.Delete(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "stores-mail"}})
	p.close()
	after := p.later()
	p.expectMails(map[string]int{cxMail: 1})
	p.Expect(p.wave, cxv1.ConditionPublished, "False/OwnersNotReached", `the Secret "stores-mail" of Owner "head-of-stores" is missing: create it`)
	first := p.outcome()
	if diff := cmp.Diff([]string{"customer-experience"}, first.PublishedTo); diff != "" || first.PublishedAt.IsZero() {
		t.Errorf("published at %s; functions (-want +got):\n%s", first.PublishedAt, diff)
	}
	if after != time.Minute {
		t.Errorf("looks for the Secret after %s", after)
	}
	p.Still(p.controller(p.Store), p.wave)
	p.secret("stores-mail", storesMail)
	p.later()
	p.expectMails(both)
	p.Expect(p.wave, cxv1.ConditionPublished, "True/Published", "2 of 2")
	if outcome := p.outcome(); len(outcome.PublishedTo) != 2 || !outcome.PublishedAt.Equal(first.PublishedAt) {
		t.Errorf("published at %s, first %s, to %v", outcome.PublishedAt, first.PublishedAt, outcome.PublishedTo)
	}
}

func TestNothingIsToldWhileSendingIsOff(t *testing.T) {
	p := newPress(t)
	p.close()
	p.sending(metav1.ConditionFalse)
	if after := p.later(); after != time.Minute {
		t.Errorf("looks again after %s", after)
	}
	p.Expect(p.wave, cxv1.ConditionPublished, "Unknown/Reported", "The figures wait")
	world.Update(p.World, p.program, func(program *cxv1.Program) { program.Spec.SuspendSending = true })
	p.sending(metav1.ConditionTrue) // which is not true any more
	p.later()
	p.Expect(p.wave, cxv1.ConditionPublished, "Unknown/Suspended", "The figures wait")
	world.Update(p.World, p.program, func(program *cxv1.Program) { program.Spec.SuspendSending = false })
	p.post.off = true // the operator was started anew, without sending; the condition is an old one
	p.later()
	p.Expect(p.wave, cxv1.ConditionPublished, "Unknown/MailWaits", "0 of 2")
	p.expectMails(map[string]int{})
	if outcome := p.outcome(); !outcome.PublishedAt.IsZero() {
		t.Errorf("the store says published at %s", outcome.PublishedAt)
	}
	p.post.off = false
	p.later()
	p.expectMails(both)
}

func TestAServerThatTakesNoMailIsAskedAgainAndOneThatRefusesIsNot(t *testing.T) {
	p := newPress(t)
	p.close()
	p.post.answer = func(store.Message) store.SentResult { return store.SentLater }
	p.later()
	p.Expect(p.wave, cxv1.ConditionPublished, "Unknown/MailWaits", "0 of 2")
	if diff := cmp.Diff(map[string]int{cxMail: 1}, p.post.offered); diff != "" {
		t.Errorf("the others are tried although the server takes nothing (-want +got):\n%s", diff)
	}
	p.post.answer = func(m store.Message) store.SentResult {
		if m.Contact.Address == storesMail {
			return store.SentBounced
		}
		return store.SentAccepted
	}
	p.later()
	p.expectMails(map[string]int{cxMail: 1})
	p.Expect(p.wave, cxv1.ConditionPublished, "True/Published", "refused the mail to head-of-stores")
	p.later()
	if diff := cmp.Diff(map[string]int{cxMail: 2, storesMail: 1}, p.post.offered); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"customer-experience"}, p.outcome().PublishedTo); diff != "" {
		t.Errorf("functions (-want +got):\n%s", diff)
	}
}

func TestWhoseMailWasRefusedDoesNotCountAsToldWhileOthersAreWaitedFor(t *testing.T) {
	p := newPress(t)
	p.Delete(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "cx-mail"}})
	p.close()
	p.post.answer = func(store.Message) store.SentResult { return store.SentFailed }
	p.later()
	p.secret("cx-mail", cxMail)
	p.post.answer = nil
	p.later()
	p.expectMails(map[string]int{cxMail: 1})
	p.Expect(p.wave, cxv1.ConditionPublished, "True/Published", "1 of 2 owners. The mail server refused the mail to head-of-stores")
}

func TestAMailOfWhichNobodyKnowsIsNotSentAgain(t *testing.T) {
	p := newPress(t)
	p.close()
	p.post.answer = func(store.Message) store.SentResult { return store.SentAmbiguous }
	p.later()
	p.later()
	p.expectMails(both)
}

func TestWhoWasToldStaysToldWhenTheStatusIsLost(t *testing.T) {
	p := newPress(t)
	p.close()
	p.later()
	p.forget()
	p.later()
	p.later()
	p.expectMails(both)
	p.Expect(p.wave, cxv1.ConditionPublished, "True/Published", "the store says so")
	if p.wave.Status.PublishedAt == nil {
		t.Error("the status does not say when")
	}
}

func TestWhoWasNotToldIsToldAlsoWhenTheStatusIsLost(t *testing.T) {
	p := newPress(t)
	p.Delete(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "stores-mail"}})
	p.close()
	p.later()
	p.forget()
	p.secret("stores-mail", storesMail)
	p.later()
	p.later()
	p.expectMails(both)
	p.Expect(p.wave, cxv1.ConditionPublished, "True/Published", "2 of 2")
}

// A process dies before or after each of its writes. Nobody is told twice; and whoever is not told had begun to be.
func TestACrashAtAnyPointTellsNobodyTwice(t *testing.T) {
	died := errors.New("the process died")
	for _, before := range []bool{true, false} {
		for at := 1; ; at++ {
			p, writes := newPress(t), 0
			p.close()
			strike := func(string) error {
				if writes++; writes == at {
					return died
				}
				return nil
			}
			faulty := &storetest.Faulty{Store: p.Store, AfterWrite: strike}
			if before {
				faulty = &storetest.Faulty{Store: p.Store, BeforeWrite: strike}
			}
			p.Clock.SetTime(p.Clock.Now().Add(time.Second))
			_, err := p.Try(p.controller(faulty), p.wave)
			lost := 0
			for _, value := range p.marks() {
				if value == program.MarkSent {
					lost++
				}
			}
			lost -= len(p.post.taken)
			p.later()
			p.later()
			p.Expect(p.wave, cxv1.ConditionPublished, "True/Published", "")
			for _, address := range slices.Collect(maps.Keys(both)) {
				if n := p.post.taken[address]; n > 1 {
					t.Errorf("death at write %d: %d mails to %s", at, n, address)
				}
			}
			if got := len(p.post.taken); got != 2-lost || lost > 1 {
				t.Errorf("death at write %d (before it: %t): %d were told, %d mails were lost", at, before, got, lost)
			}
			if outcome := p.outcome(); len(outcome.PublishedTo) != 2 {
				t.Errorf("death at write %d: published to %v", at, outcome.PublishedTo)
			}
			if err == nil {
				if at < 5 {
					t.Errorf("there were only %d writes to die at", at-1)
				}
				break
			}
		}
	}
}

// The status is written last: mails are out, and the API server does not hear of it.
func TestAStatusThatIsNotWrittenTellsNobodyTwice(t *testing.T) {
	p := newPress(t)
	p.close()
	kit := p.Kit
	kit.Client = silent{p.Kit.Client}
	r := surveywave.New(kit, p.Store, p.people, link.Keys{}).Publishes(surveywave.Publishing{Secrets: p.Client, Memory: p.Store, Routes: p.post})
	p.Clock.SetTime(p.Clock.Now().Add(time.Second))
	if _, err := p.Try(r, p.wave); err == nil {
		t.Fatal("the status was written")
	}
	p.expectMails(both)
	p.later()
	p.expectMails(both)
	p.Expect(p.wave, cxv1.ConditionPublished, "True/Published", "")
}

// A second process looks while the first one is sending.
func TestTwoProcessesTellNobodyTwice(t *testing.T) {
	p := newPress(t)
	p.close()
	var others int
	p.post.answer = func(store.Message) store.SentResult {
		if others++; others == 1 {
			p.Clock.SetTime(p.Clock.Now().Add(time.Millisecond))
			if _, err := p.controller(p.Store).Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(p.wave)}); err != nil {
				t.Error(err)
			}
		}
		return store.SentAccepted
	}
	p.later()
	p.later()
	p.expectMails(both)
	p.Expect(p.wave, cxv1.ConditionPublished, "True/Published", "")
	if !kube.IsTrue(p.wave, cxv1.ConditionReady) {
		t.Errorf("the wave is not Ready: %+v", p.wave.Status.Conditions)
	}
}
