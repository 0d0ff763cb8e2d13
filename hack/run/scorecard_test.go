// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

func TestTheScorecardIsShownUpToTheNextStageWithItsEvidence(t *testing.T) {
	s := &cxv1.ScorecardStatus{Stage: new(int32(2)), Criteria: []cxv1.CriterionResult{
		{ID: "exp-group", Stage: 2, Weight: cxv1.CriterionRequired, Result: cxv1.OutcomeTrue, Grade: "System", Message: "five members"},
		{ID: "mob-heard", Stage: 3, Weight: cxv1.CriterionAdvisory, Result: cxv1.OutcomeUnknown, Message: strings.Repeat("ю", 200)},
		{ID: "ops-loop", Stage: 4, Weight: cxv1.CriterionRequired, Result: cxv1.OutcomeFalse, Message: "later"},
	}}
	s.Conditions = []metav1.Condition{{Type: cxv1.ConditionEvidenceGap, Message: "They agree."}}
	var out strings.Builder
	if err := writeScorecard(&out, s); err != nil {
		t.Fatal(err)
	}
	want := "  STAGE  CRITERION             RESULT   EVIDENCE  WHY\n" +
		"  2      exp-group             True     System    five members\n" +
		"  3      mob-heard (advisory)  Unknown            " + strings.Repeat("ю", 99) + "…\n" +
		"\n  Words and deeds: They agree.\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("scorecard (-want +got):\n%s", diff)
	}
}
