// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"fmt"
	"slices"
	"testing"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// askingTheBoss is a program that asks the boss for a budget and for the go-ahead of an initiative.
func askingTheBoss() *program.Snapshot {
	redesign := &cxv1.Initiative{ObjectMeta: meta("redesign"), Spec: cxv1.InitiativeSpec{
		Type: cxv1.InitiativeImprovement, ApprovedBy: "boss", RequestedPhase: cxv1.InitiativeActive}}
	return program.New("retail", slices.Concat(example(), []program.Object{redesign})...)
}

// decided answers every open offer to the boss in the assignment itself, as kubectl would.
func decided(s *program.Snapshot, result cxv1.DecisionResult) *program.Snapshot {
	for _, a := range program.Evaluate(s, nil, now).Snapshot.Assignments {
		if a.Spec.Proposed != nil && a.Spec.Proposed.Owner == "boss" {
			a.Spec.Decision = &cxv1.Decision{OfferID: a.Spec.Proposed.OfferID, Result: result, Reason: "too much"}
			s.Add(a)
		}
	}
	return s
}

// records are the decisions that stand in the assignments, as the operator would record them.
func records(s *program.Snapshot) *store.Evidence {
	ev := &store.Evidence{}
	owners := ownership.Owners{}
	for _, owner := range s.Owners {
		owners[owner.Name] = owner
	}
	for _, a := range s.Assignments {
		for _, obj := range s.All() {
			claim, found := ownership.ClaimOf(obj, a)
			if !found || a.Spec.Decision == nil {
				continue
			}
			plan := ownership.Decide(ownership.Input{Claim: claim, ProgramID: s.Program.Spec.ID, Existing: &a.Spec, Owners: owners, Now: now})
			ev.Decisions = append(ev.Decisions, *plan.Record)
		}
	}
	return ev
}

// What an owner wrote into an assignment counts in a folder as it does in a cluster, where it is recorded first.
func TestAnApprovalCountsWhereverItStands(t *testing.T) {
	standing := func(s *program.Snapshot, ev *store.Evidence) string {
		after := program.Evaluate(s, ev, now).Snapshot
		budget := slices.IndexFunc(after.Scorecards[0].Status.Criteria, func(c cxv1.CriterionResult) bool { return c.ID == "mob-budget" })
		return fmt.Sprintf("budget %s, redesign %s", after.Scorecards[0].Status.Criteria[budget].Result, after.Initiative("redesign").Status.Phase)
	}
	yes, no := decided(askingTheBoss(), cxv1.DecisionAccepted), decided(askingTheBoss(), cxv1.DecisionDeclined)
	for name, tc := range map[string]struct {
		s    *program.Snapshot
		ev   *store.Evidence
		want string
	}{
		"nobody decided":                             {askingTheBoss(), &store.Evidence{}, "budget False, redesign Proposed"},
		"yes in the assignment, an empty log":        {yes, &store.Evidence{}, "budget True, redesign Active"},
		"yes in the assignment and in the log":       {yes, records(yes), "budget True, redesign Active"},
		"yes in the log alone":                       {askingTheBoss(), records(yes), "budget True, redesign Active"},
		"no in the log, yes in the assignment since": {yes, records(no), "budget False, redesign Proposed"},
		"yes in the assignment, and no log at all":   {yes, nil, "budget Unknown, redesign Active"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := standing(tc.s, tc.ev); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}
