// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/surveywave"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/people"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

// watched counts what is asked of a store, by method.
type watched struct {
	store.People
	calls map[string]int
}

func (w *watched) PublishWave(ctx context.Context, wave store.PublishedWave) error {
	w.calls["PublishWave"]++
	return w.People.PublishWave(ctx, wave)
}

func (w *watched) PublishedWave(ctx context.Context, wave store.WaveKey) (store.PublishedWave, error) {
	w.calls["PublishedWave"]++
	return w.People.PublishedWave(ctx, wave)
}

func (w *watched) ConfirmWave(ctx context.Context, wave store.WaveKey) error {
	w.calls["ConfirmWave"]++
	return w.People.ConfirmWave(ctx, wave)
}

func (w *watched) AudienceCounts(ctx context.Context, wave store.WaveKey) (store.AudienceCounts, error) {
	w.calls["AudienceCounts"]++
	return w.People.AudienceCounts(ctx, wave)
}

func (w *watched) Candidates(ctx context.Context, wave store.WaveKey, personas []string, after string, now time.Time,
) iter.Seq2[store.Candidate, error] {
	w.calls["Candidates"]++
	return w.People.Candidates(ctx, wave, personas, after, now)
}

func (w *watched) WaveAnswers(ctx context.Context, wave store.WaveKey) iter.Seq2[store.StoredAnswer, error] {
	w.calls["WaveAnswers"]++
	return w.People.WaveAnswers(ctx, wave)
}

func (w *watched) AnswersRevision(ctx context.Context, wave store.WaveKey) (int64, error) {
	w.calls["AnswersRevision"]++
	return w.People.AnswersRevision(ctx, wave)
}

func TestAnOpenWaveOfWhichNothingBecomesCostsOneSmallRead(t *testing.T) {
	a := ask(t)
	w := &watched{People: a.People, calls: map[string]int{}}
	a.waves = surveywave.New(a.Kit, a.Store, w, people.Keys())
	a.importContacts(people.Contacts("shopper", 3)...)
	a.look()
	a.once(a.deliver(), 3)
	a.after(10 * time.Second) // sees that the mail went out
	expect := func(what string, want map[string]int) {
		t.Helper()
		if diff := cmp.Diff(want, w.calls); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	version, before := a.wave.ResourceVersion, a.wave.Status.DeepCopy()
	w.calls = map[string]int{}
	for range 30 {
		a.after(10 * time.Second)
	}
	expect("five quiet minutes", map[string]int{"AnswersRevision": 30})
	if diff := cmp.Diff(before, &a.wave.Status); diff != "" || a.wave.ResourceVersion != version {
		t.Errorf("the status was written (-before +after):\n%s", diff)
	}

	w.calls = map[string]int{}
	a.answer(1, 1, `{"recommend":9}`)
	if status := a.after(10 * time.Second); status.Counts.Responded != 1 || status.ResponseRate != "33.3" {
		t.Errorf("counts %+v, response rate %s", status.Counts, status.ResponseRate)
	}
	expect("an answer", map[string]int{"AnswersRevision": 1, "AudienceCounts": 1, "WaveAnswers": 1})

	w.calls = map[string]int{}
	world.Update(a.World, a.program, func(p *cxv1.Program) { p.Spec.Brand = &cxv1.Brand{Name: "Example Stores"} })
	a.after(10 * time.Second)
	expect("another brand", map[string]int{"AnswersRevision": 1, "PublishedWave": 1, "PublishWave": 1, "ConfirmWave": 1})

	w.calls = map[string]int{}
	a.after(10 * time.Minute)
	expect("ten minutes later", map[string]int{"AnswersRevision": 1, "PublishedWave": 1, "PublishWave": 1, "ConfirmWave": 1})
}

// While mail is on its way, what became of it is counted though nobody answered.
func TestMailOnItsWayIsCounted(t *testing.T) {
	a := ask(t, func(w *cxv1.SurveyWave) { w.Spec.Template.SpreadOver = "24h" })
	a.importContacts(people.Contacts("shopper", 20)...)
	a.look()
	for range 26 {
		mailed := len(a.deliver())
		if status := a.after(time.Hour); status.Counts.Accepted != int64(mailed) {
			t.Fatalf("%d mails went out, counts %+v", mailed, status.Counts)
		}
	}
	a.once(a.deliver(), 20)
}
