// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/people"
)

// small is a program that asks shoppers by mail, at the given rate.
func (a *asking) small(perMinute int32) []client.Object {
	channel := a.post.Channel(a.T)
	channel.SMTP.RatePerMinute = &perMinute
	return []client.Object{
		build.Program(func(p *cxv1.Program) { p.Spec.ID, p.Spec.Channels = a.id, []cxv1.ContactChannel{channel} }),
		build.Persona("shopper"),
		build.Survey("pulse", func(s *cxv1.Survey) {
			s.Spec.Schedule.Cron, s.Spec.Delivery = "0 9 1 1 *", &cxv1.Delivery{Channel: people.Channel}
		}),
	}
}

func (a *asking) importShoppers(n int) {
	a.Helper()
	lines := []string{"email"}
	for i := range n {
		lines = append(lines, people.Address("shopper", i+1))
	}
	if status, says := a.importContacts("shopper", strings.Join(lines, "\n")+"\n"); status != http.StatusOK {
		a.Fatalf("importing: %d %s", status, says)
	}
}

// expectLetters waits until n people have a letter, and fails the test when one of them has two.
func (a *asking) expectLetters(n int) {
	a.Helper()
	a.await(fmt.Sprintf("letters to %d people", n), func() string {
		if counts := a.post.Counts(); len(counts) < n {
			return fmt.Sprintf("there are %v", counts)
		}
		return ""
	})
	for address, letters := range a.post.Counts() {
		if letters != 1 {
			a.Errorf("%s got %d letters", address, letters)
		}
	}
	if got := len(a.post.Counts()); got != n {
		a.Errorf("%d people got letters, want %d", got, n)
	}
}

func TestDeletingEverythingAndApplyingItAgainWritesToNobodyTwice(t *testing.T) {
	const n = 12
	a := newAsking(t, "once", 2) // two managers on one store
	a.createAll(a.small(6000)...)
	a.awaitReady(3)
	a.importShoppers(n)
	a.waveNow(build.Survey("pulse"))
	a.expectLetters(n)
	first := a.theWave("all accepted", func(w *cxv1.SurveyWave) bool { return w.Status.Counts != nil && w.Status.Counts.Accepted == n })
	a.answer(people.Address("shopper", 1), url.Values{"q.recommend": {"9"}})

	for _, op := range a.operators {
		if err := op.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	a.operators = nil
	a.clear()
	a.startOperator()
	a.startOperator()
	a.createAll(a.small(6000)...)
	a.awaitReady(3)
	a.waveNow(build.Survey("pulse"))
	again := a.theWave("settled", func(w *cxv1.SurveyWave) bool { return w.Status.InvitedAt != nil })
	// In the same minute it is the same wave, with its rows; later, nobody may be asked again for a month.
	if c := again.Status.Counts; c.Eligible != n || (again.Name == first.Name) != (c.Invited == n) {
		t.Errorf("%s after %s: %+v", again.Name, first.Name, c)
	}
	a.awaitRest()
	a.expectLetters(n)
	if status, _ := a.get(a.link(people.Address("shopper", 2), answerLink)); status != http.StatusOK {
		t.Errorf("a link of the first wave: %d", status)
	}
}

func TestWhileTheAPIServerIsAwayMailGoesOutAndAnswersComeIn(t *testing.T) {
	const n = 10
	a := newAsking(t, "away", 1)
	objects := a.small(60)    // a letter each second
	release := a.post.Hold(1) // the others come when the way is cut
	t.Cleanup(release)
	for _, object := range objects {
		if survey, ok := object.(*cxv1.Survey); ok {
			survey.Spec.Anonymity = cxv1.AnonymityIdentified // its figures are shown while it is open
		}
	}
	a.createAll(objects...)
	a.awaitReady(3)
	a.importShoppers(n)
	a.waveNow(build.Survey("pulse"))
	a.theWave("settled", func(w *cxv1.SurveyWave) bool { return w.Status.InvitedAt != nil })
	a.await("the first letter", func() string {
		if len(a.post.Counts()) == 0 {
			return "there is none"
		}
		return ""
	})
	a.way.set(true)
	if got := len(a.post.Counts()); got >= n {
		t.Fatalf("all %d letters had gone out before", got)
	}
	release()
	a.expectLetters(n)
	for i := range 6 {
		a.answer(people.Address("shopper", i+1), url.Values{"q.recommend": {"9"}})
	}
	// The object knows nothing of it, the store everything.
	wave := a.theWave("behind", func(w *cxv1.SurveyWave) bool { return w.Status.Counts.Responded == 0 })
	key := store.WaveKey{ProgramID: a.id, Survey: "pulse", Slot: wave.Spec.Template.Slot}
	if counts, err := a.people.AudienceCounts(t.Context(), key); err != nil || counts.Responded != 6 || counts.Accepted != n {
		t.Errorf("the store counts %+v, %v", counts, err)
	}
	a.way.set(false)
	a.theWave("counted", func(w *cxv1.SurveyWave) bool {
		return w.Status.Counts.Accepted == n && w.Status.Counts.Responded == 6 && len(w.Status.Results) == 1 && w.Status.Results[0].State == cxv1.ResultShown
	})
	a.expectLetters(n)
}

// A wave that is deleted while the operator is away writes to nobody more once it is back.
func TestAWaveThatIsDeletedMeanwhileSendsNothingMore(t *testing.T) {
	const n = 200
	a := newAsking(t, "stopped", 1)
	a.createAll(a.small(60)...)
	a.awaitReady(3)
	a.importShoppers(n)
	a.waveNow(build.Survey("pulse"))
	wave := a.theWave("settled", func(w *cxv1.SurveyWave) bool { return w.Status.InvitedAt != nil })
	if err := a.operators[0].Stop(); err != nil {
		t.Fatal(err)
	}
	letters := len(a.post.Counts())
	if err := a.Client.Delete(t.Context(), wave); err != nil {
		t.Fatal(err)
	}
	a.operators = nil
	a.startOperator()
	key := store.WaveKey{ProgramID: a.id, Survey: "pulse", Slot: wave.Spec.Template.Slot}
	a.await("its mail to be cancelled", func() string {
		counts, err := a.people.AudienceCounts(t.Context(), key)
		if err != nil || counts.Cancelled == 0 || counts.Queued != 0 {
			return fmt.Sprintf("%+v, %v", counts, err)
		}
		return ""
	})
	if got := len(a.post.Counts()); got != letters {
		t.Errorf("%d letters went out before, %d in the end", letters, got)
	}
}
