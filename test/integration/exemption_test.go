// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// result is what the Scorecard says of a criterion.
func (w *world) result(criterion string) cxv1.CriterionOutcome {
	w.Helper()
	card := build.Scorecard("six-stages")
	w.Get(card)
	i := slices.IndexFunc(card.Status.Criteria, func(c cxv1.CriterionResult) bool { return c.ID == criterion })
	if i < 0 {
		return ""
	}
	return card.Status.Criteria[i].Result
}

// From the request to its end: the approver is asked, a yes counts, another reason is asked anew. The answers of the same
// assessment are shown on the Program.
func TestAnExemptionIsAskedForApprovedAndAskedAnew(t *testing.T) {
	clk := stillClock()
	w := newWorld(t, clk, 1)
	today := cxv1.Date(clk.Now().UTC().Format(time.DateOnly))
	a := build.Assessment("waiver", func(a *cxv1.Assessment) {
		a.Spec.Date = today
		a.Spec.Counts = []cxv1.AttestationCounts{{Question: "Q09", Level: cxv1.AttestationAll, Answers: []int64{1, 2, 50, 7}}}
		a.Spec.Exemptions = []cxv1.Exemption{{
			Criterion: "mob-budget", Reason: "merger under way", RequestedBy: "lead", ApprovedBy: "boss",
			Until: cxv1.Date(clk.Now().UTC().AddDate(0, 0, 30).Format(time.DateOnly)),
		}}
	})
	w.createAll(a, build.Owner("boss"), build.Owner("lead"), build.Program(func(p *cxv1.Program) { p.Spec.ID = "exempt" }))
	expect := func(state cxv1.ExemptionPhase, result cxv1.CriterionOutcome) {
		t.Helper()
		w.await(fmt.Sprintf("the exemption to be %s and mob-budget %s", state, result), func() string {
			w.Get(a)
			if len(a.Status.Exemptions) != 1 || a.Status.Exemptions[0].State != state {
				return fmt.Sprintf("exemptions are %+v", a.Status.Exemptions)
			}
			if got := w.result("mob-budget"); got != result {
				return fmt.Sprintf("mob-budget is %q", got)
			}
			return ""
		})
	}
	w.awaitReady(4)
	expect(cxv1.ExemptionPending, cxv1.OutcomeFalse)
	p := build.Program()
	w.await("the gap between words and deeds to be shown", func() string {
		w.Get(p)
		if c := kube.Condition(p, cxv1.ConditionEvidenceGap); c == nil || c.Reason != cxv1.ReasonWordsAheadOfDeeds {
			return fmt.Sprintf("EvidenceGap is %+v", c)
		}
		return ""
	})
	w.acceptAll(4)
	expect(cxv1.ExemptionInForce, cxv1.OutcomeExempt)
	edit(w, a, func(a *cxv1.Assessment) { a.Spec.Exemptions[0].Reason = "there is no money" })
	expect(cxv1.ExemptionPending, cxv1.OutcomeFalse)
	w.acceptAll(4)
	expect(cxv1.ExemptionInForce, cxv1.OutcomeExempt)
	w.expectNoWrites()
}
