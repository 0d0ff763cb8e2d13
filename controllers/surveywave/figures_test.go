// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/surveywave"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
	"github.com/cx-operator/cx-operator/internal/testing/people"
)

func TestFiguresOfAnOpenWaveMoveInSteps(t *testing.T) {
	a := ask(t, identified)
	a.importContacts(people.Contacts("shopper", 30)...)
	a.look()
	a.deliver()
	expect := func(what, want string) {
		t.Helper()
		if got := npsOf(a.after(10 * time.Second)); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	expect("nobody answered", "Suppressed")
	a.answer(1, 4, `{"recommend":10}`)
	expect("four answered", "Suppressed")
	a.answer(5, 5, `{"recommend":0}`)
	expect("five answered", "60 of 05")
	a.answer(6, 9, `{"recommend":0}`)
	expect("four more", "60 of 05")
	a.restart()
	expect("four more, after a restart", "60 of 05")
	a.answer(10, 10, `{"recommend":0}`)
	expect("five more", "-20 of 10")
	a.answer(11, 11, `{"recommend":10}`)
	if status := a.after(open + time.Hour); npsOf(status) != "-9.09 of 11" || status.Counts.Responded != 11 {
		t.Errorf("in the end %s, counts %+v", npsOf(status), status.Counts)
	}
}

// The step from the last figure to the final one would say what the last person answered.
func TestFiguresOfAConfidentialWaveAreShownAtItsEndOnly(t *testing.T) {
	for _, anonymity := range []cxv1.Anonymity{cxv1.AnonymityConfidential, cxv1.AnonymityAnonymous} {
		a := ask(t, func(w *cxv1.SurveyWave) { w.Spec.Template.Anonymity = anonymity })
		a.importContacts(people.Contacts("shopper", 30)...)
		a.look()
		a.deliver()
		a.answer(1, 10, `{"recommend":10}`)
		if status := a.after(10 * time.Second); npsOf(status) != "Suppressed" || status.Counts.Responded != 10 {
			t.Errorf("%s: %s with %d answers while it is open", anonymity, npsOf(status), status.Counts.Responded)
		}
		a.answer(11, 11, `{"recommend":0}`)
		if status := a.after(open); status.Phase != cxv1.WaveClosing || npsOf(status) != "Suppressed" {
			t.Errorf("%s: %s while it is %s", anonymity, npsOf(status), status.Phase)
		}
		if status := a.after(time.Hour); npsOf(status) != "81.82 of 11" {
			t.Errorf("%s: %s in the end", anonymity, npsOf(status))
		}
	}
}

func TestAWaveIsLookedAtEveryTenSecondsAndAtTheEnd(t *testing.T) {
	a := ask(t)
	a.importContacts(people.Contacts("shopper", 1)...)
	if after := a.Look(a.waves, a.wave); after != 10*time.Second {
		t.Errorf("looks again after %s", after)
	}
	a.Clock.SetTime(a.wave.Spec.Template.ClosesAt.Add(-3 * time.Second))
	if after := a.Look(a.waves, a.wave); after != 3*time.Second {
		t.Errorf("looks again after %s, three seconds before it closes", after)
	}
}

// A status that could not be written is not lost: what was counted for it is written with the next one.
func TestFiguresSurviveAStatusThatCouldNotBeWritten(t *testing.T) {
	a := ask(t, identified, consent, detractors)
	a.importContacts(people.Contacts("shopper", 6)...)
	a.look()
	a.deliver()
	for n := range 6 {
		a.answerAs(people.Address("shopper", n+1), `{"recommend":5}`, people.MayContact)
	}
	failing := errors.New("the API server is away")
	down := a.Kit
	kitDown := true
	down.Client = interceptor.NewClient(a.Client, interceptor.Funcs{
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, obj client.Object, p client.Patch, o ...client.SubResourcePatchOption) error {
			if kitDown {
				return failing
			}
			return c.SubResource(sub).Patch(ctx, obj, p, o...)
		},
	})
	a.waves = surveywave.New(down, a.Store, a.People, people.Keys())
	if _, err := a.Try(a.waves, a.wave); !errors.Is(err, failing) {
		t.Fatalf("the pass says %v", err)
	}
	kitDown = false
	status := a.after(10 * time.Second)
	if npsOf(status) != "-100 of 06" || status.FollowUps == nil || *status.FollowUps != 6 {
		t.Errorf("results %s, follow-ups %v", npsOf(status), status.FollowUps)
	}
}

func TestAStoreThatIsDownMakesReadyUnknownAndKeepsTheFigures(t *testing.T) {
	a := ask(t, identified)
	a.importContacts(people.Contacts("shopper", 5)...)
	a.look()
	a.deliver()
	a.answer(1, 5, `{"recommend":10}`)
	before := a.after(10 * time.Second)
	down := &storetest.FaultyPeople{People: a.People}
	down.BeforeWrite = func(string) error { return store.ErrUnavailable }
	if _, err := a.Try(surveywave.New(a.Kit, a.Store, down, people.Keys()), a.wave); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("the pass says %v, want the store's error, so that it is tried again", err)
	}
	a.Expect(a.wave, cxv1.ConditionReady, "Unknown/StoreUnavailable", "the operator's log says why")
	if diff := cmp.Diff(before.Results, a.wave.Status.Results); diff != "" {
		t.Errorf("results changed:\n%s", diff)
	}
	a.after(10 * time.Second)
	a.Expect(a.wave, cxv1.ConditionReady, "True/Ready", "")
}
