// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

func TestAttentionIsCappedAndCountsTheRest(t *testing.T) {
	s := program.New("retail")
	for i := range 13 {
		g := goal(fmt.Sprintf("g%02d", i), cxv1.GoalExperience, "")
		g.Status.Conditions = []metav1.Condition{{
			Type: cxv1.ConditionReady, Status: metav1.ConditionFalse, Reason: "ReferenceNotFound", Message: strings.Repeat("я", 500)}}
		s.Add(g)
	}
	var status cxv1.ProgramStatus
	program.Summarize(s, &status)
	if len(status.Attention) != 10 || status.AttentionMore != 3 || status.Attention[0].Object != "Goal/g00" {
		t.Errorf("%d named (first %v), %d more: want 10 and 3", len(status.Attention), status.Attention[0].Object, status.AttentionMore)
	}
	if n := len([]rune(status.Attention[0].Message)); n != 400 {
		t.Errorf("a message of %d characters, want it cut to 400", n)
	}
}

func TestASubjectWhoseOwnerCannotBeAskedNeedsAttention(t *testing.T) {
	s := program.New("retail", sound()...)
	s = program.Evaluate(s, known, now).Snapshot
	var status cxv1.ProgramStatus
	program.Summarize(s, &status)
	if len(status.Attention) != 0 || status.Coverage.Pending != 2 {
		t.Fatalf("before: attention %v, coverage %+v", status.Attention, status.Coverage)
	}
	i := slices.IndexFunc(s.Assignments, func(a *cxv1.OwnerAssignment) bool { return a.Spec.Subject.Kind == cxv1.SubjectGoal })
	taken := s.Assignments[i]
	goal := "Goal/" + string(taken.Spec.Subject.Name)
	taken.Spec.Subject.Name = "something-else"
	program.Summarize(s, &status)
	want := []cxv1.Attention{{Object: goal, Reason: cxv1.ReasonForeignObject, Message: "lead is not asked to be Accountable: the " +
		"OwnerAssignment " + taken.Name + " is about something else. Delete it."}}
	if diff := cmp.Diff(want, status.Attention); diff != "" || status.Coverage.Pending != 1 {
		t.Errorf("%d pending, attention (-want +got):\n%s", status.Coverage.Pending, diff)
	}
}

func TestTheNextWaveIsTheEarliestOfAllSurveys(t *testing.T) {
	s := program.New("retail")
	for name, days := range map[string]int{"a": -3, "c": -2, "b": -2, "d": -9} {
		s.Add(&cxv1.Survey{ObjectMeta: meta(name), Status: cxv1.SurveyStatus{NextWaveAt: daysAgo(days)}})
	}
	s.Add(&cxv1.Survey{ObjectMeta: meta("suspended")})
	var status cxv1.ProgramStatus
	program.Summarize(s, &status)
	if want := (&cxv1.NextWave{Survey: "b", At: *daysAgo(-2)}); !cmp.Equal(status.NextWave, want) {
		t.Errorf("next wave %+v, want %+v", status.NextWave, want)
	}
}

func TestOwnershipIsCompleteWhenEverySubjectIsAccepted(t *testing.T) {
	base := program.Evaluate(program.New("retail", sound()...), known, now).Snapshot
	for name, tc := range map[string]struct {
		change func(*program.Snapshot)
		status metav1.ConditionStatus
		reason string
		says   string
	}{
		"nobody decided yet": {func(*program.Snapshot) {}, metav1.ConditionFalse, cxv1.ReasonOwnersMissing,
			"0 of 4 have an owner who accepted: 2 waiting for an owner's decision, 2 without a named owner."},
		"one left": {func(s *program.Snapshot) { s.Assignments[0].Status.Phase = cxv1.AssignmentOrphaned }, metav1.ConditionFalse,
			cxv1.ReasonOwnersMissing, "1 whose owner left or does not exist"},
		"nothing to own": {func(s *program.Snapshot) { s.Goals, s.KPIs, s.Surveys, s.Journeys = nil, nil, nil, nil },
			metav1.ConditionUnknown, cxv1.ReasonNothingToOwn, "no goal"},
		"all accepted": {func(s *program.Snapshot) {
			s.Surveys, s.Journeys = nil, nil
			for _, a := range s.Assignments {
				a.Spec.Owner, a.Status.Owner, a.Status.AcceptedAt, a.Status.Phase = "lead", "lead", daysAgo(1), cxv1.AssignmentActive
			}
		}, metav1.ConditionTrue, cxv1.ReasonAllAccepted, "All 2 have"},
	} {
		t.Run(name, func(t *testing.T) {
			s := program.New("retail", clones(base.All())...)
			tc.change(s)
			c := program.Summarize(s, &cxv1.ProgramStatus{})
			if c.Status != tc.status || c.Reason != tc.reason || !strings.Contains(c.Message, tc.says) {
				t.Errorf("%s/%s: %s; want %s/%s saying %q", c.Status, c.Reason, c.Message, tc.status, tc.reason, tc.says)
			}
		})
	}
}

func TestTheStageOfTheProgramIsThatOfItsScorecard(t *testing.T) {
	card := &cxv1.Scorecard{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
	card.Status = cxv1.ScorecardStatus{Stage: new(int32(2)), StageName: "2 Explore", Progress: "4/12"}
	card.Status.ObservedGeneration = 2
	ready := func(status metav1.ConditionStatus, reason string) {
		card.Status.Conditions = []metav1.Condition{{Type: cxv1.ConditionReady, Status: status, Reason: reason, Message: "Because."}}
	}
	for name, tc := range map[string]struct {
		change func() *cxv1.Scorecard
		status metav1.ConditionStatus
		reason string
		stage  string
	}{
		"no scorecard yet keeps what was known": {func() *cxv1.Scorecard { return nil }, metav1.ConditionUnknown, cxv1.ReasonAssessing, "1 Ignore"},
		"computed":                              {func() *cxv1.Scorecard { ready("True", "Ready"); return card }, metav1.ConditionTrue, cxv1.ReasonAssessed, "2 Explore"},
		"the framework is wrong": {func() *cxv1.Scorecard { ready("False", cxv1.ReasonFrameworkNotReady); return card },
			metav1.ConditionFalse, cxv1.ReasonFrameworkNotReady, "2 Explore"},
		"the store is away": {func() *cxv1.Scorecard { ready("Unknown", cxv1.ReasonStoreUnavailable); return card },
			metav1.ConditionUnknown, cxv1.ReasonStoreUnavailable, "2 Explore"},
		"another profile, not computed yet": {func() *cxv1.Scorecard { ready("True", "Ready"); card.Generation = 3; return card },
			metav1.ConditionUnknown, cxv1.ReasonAssessing, "2 Explore"},
	} {
		t.Run(name, func(t *testing.T) {
			card.Generation = 2
			status := &cxv1.ProgramStatus{StageName: "1 Ignore"}
			c := program.CopyStage(tc.change(), status)
			if c.Status != tc.status || c.Reason != tc.reason || status.StageName != tc.stage {
				t.Errorf("%s/%s with stage %q, want %s/%s and %q", c.Status, c.Reason, status.StageName, tc.status, tc.reason, tc.stage)
			}
		})
	}
}

// A lost stage is kept for the grace, and the history says why it went.
func TestTheHistoryOfStagesSaysWhy(t *testing.T) {
	framework, err := maturity.Builtin(maturity.SixStages)
	if err != nil {
		t.Fatal(err)
	}
	model, err := maturity.Compile(framework, "standard")
	if err != nil {
		t.Fatal(err)
	}
	ev := &store.Evidence{Stages: []store.StageChange{{Framework: maturity.SixStages, Stage: 2, At: now.AddDate(0, -2, 0)}}}
	a := program.Assess(model, program.New("retail", sound()...), ev, now)
	if got := a.Marks()["falling"]; got != "yes" {
		t.Errorf("falling is marked %q", got)
	}
	for _, tc := range []struct {
		fallingFor time.Duration
		stage      int
		reason     string
	}{
		{13 * 24 * time.Hour, 2, ""},
		{14 * 24 * time.Hour, 1, "No longer met: exp-group, exp-goal, exp-research, exp-first-proof."},
	} {
		standing := a.Settle(map[string]time.Time{"falling": now.Add(-tc.fallingFor)})
		change, changed := a.Change(standing)
		if standing.Stage != tc.stage || changed != (tc.reason != "") || change.Reason != tc.reason {
			t.Errorf("falling for %s: stage %d, change %+v; want %d and %q", tc.fallingFor, standing.Stage, change, tc.stage, tc.reason)
		}
	}
	if diff := cmp.Diff(a.Marks(), program.Assess(model, program.New("retail", sound()...), ev, now).Marks()); diff != "" {
		t.Errorf("marks differ from one run to the next:\n%s", diff)
	}
}
