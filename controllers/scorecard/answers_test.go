// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package scorecard_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/scorecard"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

const day = 24 * time.Hour

// asked is a ladder of two stages: people must know who leads customer experience, and there must be a journey.
func asked() *cxv1.Framework {
	return build.Framework("six-stages", func(f *cxv1.Framework) {
		f.Spec.Scales = []cxv1.FrameworkScale{{Name: "yesno", Steps: []cxv1.FrameworkScaleStep{
			{Value: 0, FrameworkText: cxv1.FrameworkText{EN: "No"}}, {Value: 1, FrameworkText: cxv1.FrameworkText{EN: "Yes"}}}}}
		f.Spec.Questions = []cxv1.FrameworkQuestion{{ID: "Q1", Scale: "yesno", FrameworkText: cxv1.FrameworkText{EN: "Do you know?"}}}
		c := &f.Spec.Stages[1].Criteria[0]
		c.ID, c.Mode, c.Questions, c.AtLeast = "known", cxv1.ModeBoth, []string{"Q1"}, new(int32(1))
	})
}

// yes is an assessment of that day in which nine of ten people say yes.
func yes(name string, date cxv1.Date) *cxv1.Assessment {
	return build.Assessment(name, func(a *cxv1.Assessment) {
		a.Spec.Date, a.Spec.ValidFor = date, "30d"
		a.Spec.Counts = []cxv1.AttestationCounts{{Question: "Q1", Level: cxv1.AttestationAll, Answers: []int64{1, 9}}}
	})
}

func TestExpiredAnswersKeepTheStageForItsGraceAcrossARestart(t *testing.T) {
	w := newWorld(t)
	w.Create(asked(), build.Journey("visit"), yes("winter", "2027-01-04"))
	w.mustPass()
	w.expectStage(2, "2 Journeys")
	w.expect(cxv1.ConditionFresh, "True/Fresh", "")
	w.expect(cxv1.ConditionEvidenceGap, "False/NoGap", "")
	if w.card.Status.KeptUntil != nil {
		t.Errorf("kept until %v though it is shown", w.card.Status.KeptUntil)
	}
	expiry := time.Date(2027, 2, 3, 0, 0, 0, 0, time.UTC)
	w.clock.SetTime(expiry.Add(-10 * time.Minute))
	if result := w.mustPass(); result.RequeueAfter != 10*time.Minute {
		t.Errorf("looks again after %s, want ten minutes: then the answers expire", result.RequeueAfter)
	}
	w.clock.SetTime(expiry)
	w.mustPass()
	kept := func() {
		t.Helper()
		w.expectStage(2, "2 Journeys")
		w.expect(cxv1.ConditionFresh, "False/AttestationExpired", "The answers to Q1 are older than they may be")
		w.expect(cxv1.ConditionEvidenceGap, "Unknown/AttestationExpired", "")
		w.expect(cxv1.ConditionReady, "True/Ready", "kept until 2027-02-17, by then these must be met again: known")
		if until := w.card.Status.KeptUntil; until == nil || !until.Time.Equal(expiry.Add(14*day)) {
			t.Errorf("kept until %v, want %s", until, expiry.Add(14*day))
		}
	}
	kept()
	// A new process, a new Scorecard: the store knows since when the stage has been falling.
	w.scorecard = scorecard.New(kube.Kit{Client: w.Client, Clock: w.clock}, w.store)
	if err := w.Client.Delete(t.Context(), w.card); err != nil {
		t.Fatal(err)
	}
	program := build.Program()
	w.Get(program)
	w.card = cardOf(t, program)
	w.Create(w.card)
	w.clock.SetTime(expiry.Add(13*day + 23*time.Hour + 30*time.Minute))
	if result := w.mustPass(); result.RequeueAfter != 30*time.Minute {
		t.Errorf("looks again after %s, want the rest of the grace", result.RequeueAfter)
	}
	kept()
	w.clock.SetTime(expiry.Add(14 * day))
	w.mustPass()
	w.expectStage(1, "1 Start")
	w.expect(cxv1.ConditionFresh, "False/AttestationExpired", "repeat the assessment")
	if w.card.Status.KeptUntil != nil {
		t.Errorf("kept until %v though it is lost", w.card.Status.KeptUntil)
	}
	w.Create(yes("spring", "2027-02-17"))
	w.mustPass()
	w.expectStage(2, "2 Journeys")
	w.expect(cxv1.ConditionFresh, "True/Fresh", "")
	if diff := cmp.Diff([]int64{2, 1, 2}, w.history()); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func TestWordsWithoutDeedsAreShownAsAGap(t *testing.T) {
	w := newWorld(t)
	journey := build.Journey("visit")
	w.Create(asked(), journey)
	w.mustPass()
	w.expect(cxv1.ConditionEvidenceGap, "Unknown/NotAttested", "Nobody was asked")
	w.expect(cxv1.ConditionFresh, "Unknown/NotAttested", "")
	w.Create(yes("winter", "2027-01-04"))
	if err := w.Client.Delete(t.Context(), journey); err != nil {
		t.Fatal(err)
	}
	w.mustPass()
	w.expect(cxv1.ConditionEvidenceGap, "True/WordsAheadOfDeeds", "known")
	if c := w.criterion("known"); c.Observed != cxv1.OutcomeFalse || c.Attested != cxv1.OutcomeTrue || c.Reason != "WordsOnly" {
		t.Errorf("%+v", c)
	}
	w.writes.Reset()
	w.mustPass()
	if w.writes.Total() != 0 {
		t.Errorf("%d writes though nothing changed", w.writes.Total())
	}
}
