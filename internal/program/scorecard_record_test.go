// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// What an evaluation hands on is what a store would hold: the next one goes on from there.
func TestAnEvaluationHandsOnWhatAStoreWouldHold(t *testing.T) {
	const day = 24 * time.Hour
	now := build.Monday
	s := New("", build.Program())
	var models Models
	held := &store.Evidence{Stages: []store.StageChange{{Framework: maturity.SixStages, Stage: 3, At: now.Add(-100 * day)}}}
	first := models.Evaluate(s, held, now)
	kept := first.Snapshot.Program.Status
	until := first.Snapshot.Scorecard(maturity.SixStages).Status.KeptUntil
	if *kept.Stage != 3 || until == nil {
		t.Fatalf("stage %d until %v, want 3 for the time of grace", *kept.Stage, until)
	}
	if len(held.Marks) > 0 || len(held.Stages) != 1 {
		t.Error("the evidence that was given is changed")
	}
	later := models.Evaluate(s, first.Evidence, now.Add(day))
	if diff := cmp.Diff(until, later.Snapshot.Scorecard(maturity.SixStages).Status.KeptUntil); diff != "" {
		t.Errorf("the grace begins anew (-first +next day):\n%s", diff)
	}
	lost := models.Evaluate(s, later.Evidence, until.Time)
	stages := lost.Evidence.Stages
	if last := stages[len(stages)-1]; len(stages) != 2 || last.Stage != 1 || !last.At.Equal(until.Time) {
		t.Errorf("stages %+v, want 1 after the grace", stages)
	}
	if none := models.Evaluate(s, nil, now); none.Evidence != nil || none.Snapshot.Program.Status.Stage == nil {
		t.Error("without evidence there is nothing to hand on")
	}
}
