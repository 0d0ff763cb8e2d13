// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package survey_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/delivery"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// drafts is the store, and how often something was published to it.
type drafts struct {
	store.People
	published int
	fails     error
}

func (d *drafts) PublishWave(ctx context.Context, wave store.PublishedWave) error {
	d.published++
	if d.fails != nil {
		return d.fails
	}
	return d.People.PublishWave(ctx, wave)
}

// drafting lets the survey controller publish drafts.
func (w *world) drafting() *drafts {
	d := &drafts{People: w.store.(store.People)}
	w.surveys.Drafts(d)
	return d
}

func (w *world) draft(d *drafts) store.PublishedWave {
	w.Helper()
	shown, err := d.PublishedWave(w.Context(), store.WaveKey{ProgramID: programID, Survey: "nps", Slot: store.DraftSlot})
	if err != nil {
		w.Fatal(err)
	}
	return shown
}

func TestADraftShowsWhatTheNextWaveShowsAndTakesNothing(t *testing.T) {
	w := newWorld(t)
	d := w.drafting()
	w.advance(-time.Minute)
	w.pass()
	w.expectNames()
	shown := w.draft(d)
	w.advance(time.Minute)
	w.pass()
	program := build.Program()
	w.Get(program)
	wave, err := delivery.Published(program, &w.wavesNow()[0].Spec.Template)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(wave.Page), string(shown.Page)); diff != "" {
		t.Errorf("the page (-wave +draft):\n%s", diff)
	}
	if diff := cmp.Diff(string(wave.Mail), string(shown.Mail)); diff != "" {
		t.Errorf("the mail (-wave +draft):\n%s", diff)
	}
	if lasts := shown.GraceUntil.Sub(shown.OpensAt); lasts != 33*time.Minute {
		t.Errorf("the draft says that links are good for %s, want the half hour that the survey is open and 3 minutes of grace", lasts)
	}
	for _, at := range []time.Time{w.clock.Now(), w.clock.Now().AddDate(1000, 0, 0)} {
		if shown.TakesAny(at) || shown.Late(at) || shown.Sends(at) {
			t.Errorf("at %s the draft takes answers, or counts late ones, or sends", at)
		}
	}
	answer := store.Answer{Values: []byte(`{}`), Complete: true, Channel: "kiosk"}
	if _, err := d.SubmitForeign(t.Context(), shown.WaveKey, "key", answer, w.clock.Now()); !errors.Is(err, store.ErrGone) {
		t.Errorf("an answer to the draft: %v, want it refused", err)
	}
	invite := func(store.Candidate) store.Verdict {
		t.Error("somebody is invited to a draft")
		return store.Verdict{Skip: "draft"}
	}
	if _, err := d.Invite(t.Context(), shown.WaveKey, []string{"shopper"}, []string{"a"}, invite, w.clock.Now()); !errors.Is(err, store.ErrGone) {
		t.Errorf("inviting to the draft: %v, want it refused", err)
	}
	totals, err := w.store.WaveTotals(t.Context(), programID, "nps")
	if err != nil || totals.Started != 1 {
		t.Errorf("the store knows %d waves (%v), want the one that opened", totals.Started, err)
	}
}

func TestADraftIsPublishedWhenItChangesAndOnlyThen(t *testing.T) {
	w := newWorld(t, func(s *cxv1.Survey) { s.Spec.Suspend = true })
	d := w.drafting()
	for range 3 {
		w.pass()
	}
	if d.published != 1 {
		t.Errorf("published %d times, want once", d.published)
	}
	// The promise, too, which a wave that opened could not change.
	for _, promise := range []cxv1.Anonymity{cxv1.AnonymityAnonymous, cxv1.AnonymityIdentified} {
		w.surveyed.Spec.Anonymity = promise
		if err := w.Client.Update(t.Context(), w.surveyed); err != nil {
			t.Fatal(err)
		}
		w.pass()
		page, err := questionnaire.ParsePage(w.draft(d).Page)
		if err != nil || page.Anonymity != promise {
			t.Errorf("the draft promises %s (%v), want %s", page.Anonymity, err, promise)
		}
	}
	program := build.Program()
	w.Get(program)
	program.Spec.Brand = &cxv1.Brand{Name: "Example Shops"}
	if err := w.Client.Update(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	w.pass()
	page, err := questionnaire.ParsePage(w.draft(d).Page)
	if err != nil || page.Name() != "Example Shops" {
		t.Errorf("the draft is of %q (%v), want the new brand", page.Name(), err)
	}
	if d.published != 4 {
		t.Errorf("published %d times, want once for each change", d.published)
	}
}

func TestAWaveOpensAlsoWhenItsDraftCannotBePublished(t *testing.T) {
	w := newWorld(t)
	d := w.drafting()
	d.fails = store.ErrUnavailable
	_, err := w.surveys.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(w.surveyed)})
	if !errors.Is(err, store.ErrUnavailable) || len(w.wavesNow()) != 1 {
		t.Errorf("%d waves and %v, want one, and to be tried again", len(w.wavesNow()), err)
	}
	d.fails = nil
	w.pass()
	w.expectReason(cxv1.ConditionReady, cxv1.ReasonReady)
	w.draft(d)
}
