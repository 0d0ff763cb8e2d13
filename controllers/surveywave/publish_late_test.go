// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

// Somebody says stop while a pass is sending; the Program that it read before does not say so.
func TestFiguresRespectThePauseOfTheStoreFromOneMailToTheNext(t *testing.T) {
	p := newPress(t)
	p.close()
	pause := func(paused bool) {
		if err := p.people.Pause(t.Context(), world.ProgramID, paused); err != nil {
			t.Fatal(err)
		}
	}
	p.post.answer = func(store.Message) store.SentResult {
		pause(true)
		return store.SentAccepted
	}
	for range 2 {
		if after := p.later(); after != time.Minute {
			t.Errorf("looks again after %s", after)
		}
		p.expectMails(map[string]int{cxMail: 1})
		p.Expect(p.wave, cxv1.ConditionPublished, "Unknown/Suspended", "The figures wait")
	}
	p.post.answer = nil
	pause(false)
	p.later()
	p.expectMails(both)
	p.Expect(p.wave, cxv1.ConditionPublished, "True/Published", "2 of 2")
}

// Whoever turns sending on after a long time does not mail everything that has piled up.
func TestFiguresOfLongAgoAreNotSentAnyMore(t *testing.T) {
	for name, tc := range map[string]struct {
		after time.Duration // since the wave closed
		mails map[string]int
		says  string
	}{
		"just in time": {7 * day, both, "True/Published"},
		"too late":     {7*day + time.Second, map[string]int{}, "False/TooLate"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPress(t)
			p.sending(metav1.ConditionFalse)
			p.close()
			p.later()
			p.sending(metav1.ConditionTrue)
			p.Clock.SetTime(p.wave.Status.ClosedAt.Add(tc.after - time.Minute))
			p.later()
			p.expectMails(tc.mails)
			p.Expect(p.wave, cxv1.ConditionPublished, tc.says, "")
			if after := p.later(); after != 0 {
				t.Errorf("looks again after %s, though nothing is left to be done", after)
			}
			p.forget() // and again with a status that was lost
			p.later()
			p.later()
			p.expectMails(tc.mails)
			p.Expect(p.wave, cxv1.ConditionPublished, tc.says, "")
			p.Expect(p.wave, cxv1.ConditionReady, "True/Ready", "")
		})
	}
}

// Nothing waits for a Secret, or for sending to be turned on, for ever.
func TestWhoCouldNotBeReachedForAWeekIsNotToldAnyMore(t *testing.T) {
	p := newPress(t)
	p.Delete(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "stores-mail"}})
	p.close()
	p.later()
	p.Clock.SetTime(p.wave.Status.ClosedAt.Add(8 * day))
	p.sending(metav1.ConditionFalse)
	p.secret("stores-mail", storesMail)
	if after := p.later(); after != 0 {
		t.Errorf("looks again after %s", after)
	}
	p.expectMails(map[string]int{cxMail: 1})
	p.Expect(p.wave, cxv1.ConditionPublished, "False/TooLate", "7 days")
	if p.wave.Status.PublishedAt == nil {
		t.Error("the status does not say any more when the first one was told")
	}
}
