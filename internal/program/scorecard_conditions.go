// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
)

// Conditions say whether words and deeds agree, and whether the answers that the framework needs are young enough. Ready is
// not among them.
func (a *Assessment) Conditions(standing maturity.Standing) []metav1.Condition {
	return []metav1.Condition{a.evidenceGap(), a.fresh(standing)}
}

// CopyConditions are the conditions of a Scorecard that the Program shows too; none when there are none yet.
func CopyConditions(scorecard *cxv1.Scorecard) []metav1.Condition {
	var copied []metav1.Condition
	if scorecard == nil {
		return nil
	}
	for _, kind := range []string{cxv1.ConditionEvidenceGap, cxv1.ConditionFresh} {
		if c := meta.FindStatusCondition(scorecard.Status.Conditions, kind); c != nil {
			copied = append(copied, condition(kind, c.Status, c.Reason, c.Message))
		}
	}
	return copied
}

// evidenceGap says on which side the difference between words and deeds lies.
func (a *Assessment) evidenceGap() metav1.Condition {
	r := &a.Result
	gap := func(status metav1.ConditionStatus, reason, message string) metav1.Condition {
		return condition(cxv1.ConditionEvidenceGap, status, reason, message)
	}
	switch {
	case r.EvidenceGap:
		return gap(metav1.ConditionTrue, cxv1.ReasonWordsAheadOfDeeds, "People attest what resources do not show: "+
			a.apart(r.EvidenceGapCriteria)+". Do what is said, or find out what people mean.")
	case r.NotFelt:
		return gap(metav1.ConditionFalse, cxv1.ReasonNotFelt, "People do not notice what resources show: "+
			a.apart(r.NotFeltCriteria)+". Tell them about it, and ask again.")
	case len(a.model.Framework().Questions) == 0:
		return gap(metav1.ConditionFalse, cxv1.ReasonNoGap, "The framework asks people nothing.")
	case a.answered() > 0:
		return gap(metav1.ConditionFalse, cxv1.ReasonNoGap, "What people say and what resources show agree.")
	case len(a.expired(a.model.Stages())) > 0:
		return gap(metav1.ConditionUnknown, cxv1.ReasonAttestationExpired, "All answers are too old to compare with what resources show.")
	case len(a.said.verdicts) > 0:
		return gap(metav1.ConditionUnknown, cxv1.ReasonNotAttested, "There are too few answers to compare with what resources show.")
	}
	return gap(metav1.ConditionUnknown, cxv1.ReasonNotAttested,
		"Nobody was asked: record the answers to the framework's questions in an Assessment.")
}

// apart names the criteria on which words and deeds differ, or the two stages.
func (a *Assessment) apart(criteria []string) string {
	if len(criteria) > 0 {
		return named(criteria)
	}
	attested := "answers deny an earlier stage"
	if n := a.Result.AttestedStage; n > 0 {
		attested = fmt.Sprintf("answers show stage %d", n)
	}
	return fmt.Sprintf("%s, resources show stage %d", attested, a.Result.ObservedStage)
}

// answered counts the questions that people's answers decide.
func (a *Assessment) answered() (n int) {
	for _, verdict := range a.said.verdicts {
		if verdict.Result != maturity.Unknown {
			n++
		}
	}
	return n
}

// expired lists the questions whose answers are too old, as far as a criterion that counts up to a stage needs them.
func (a *Assessment) expired(stage int) []string {
	var ids []string
	for i := range a.Result.Criteria {
		c := &a.Result.Criteria[i]
		if !c.Required || c.Stage > stage || c.Result == maturity.Exempt || c.Result == maturity.NotApplicable {
			continue
		}
		for _, id := range c.Questions {
			if a.said.verdicts[maturity.Asked{Question: id, AtLeast: c.AtLeast}].Reason == maturity.ReasonAttestationExpired {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// fresh says whether answers are missing only because they are too old.
func (a *Assessment) fresh(standing maturity.Standing) metav1.Condition {
	expired := a.expired(a.model.Stages())
	switch {
	case len(expired) > 0:
		message := "The answers to " + named(expired) + " are older than they may be: repeat the assessment"
		// A stage that falls for another reason sets no date for the answers.
		if at := a.keptUntil(standing); !at.IsZero() && len(a.expired(standing.Stage)) > 0 {
			message += " before " + at.UTC().Format(time.DateOnly)
		}
		return condition(cxv1.ConditionFresh, metav1.ConditionFalse, cxv1.ReasonAttestationExpired, message+".")
	case len(a.said.verdicts) == 0:
		return condition(cxv1.ConditionFresh, metav1.ConditionUnknown, cxv1.ReasonNotAttested, "There are no answers that could be too old.")
	}
	return condition(cxv1.ConditionFresh, metav1.ConditionTrue, cxv1.ReasonFresh, "No answer that is needed is too old.")
}

// unmet lists the required criteria up to a stage that are not met.
func (a *Assessment) unmet(stage int) []string {
	var ids []string
	for i := range a.Result.Criteria {
		c := &a.Result.Criteria[i]
		if c.Required && !c.Result.Passes() && c.Stage <= stage {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// maxNamed is how many ids a sentence names.
const maxNamed = 10

// named lists ids in a sentence.
func named(ids []string) string {
	if over := len(ids) - maxNamed; over > 0 {
		return strings.Join(ids[:maxNamed], ", ") + fmt.Sprintf(" and %d more", over)
	}
	return strings.Join(ids, ", ")
}

func countsOf(c maturity.Counts) *cxv1.CriterionCounts {
	return &cxv1.CriterionCounts{
		Met: int32(c.True), Unmet: int32(c.False), Unknown: int32(c.Unknown), Exempted: int32(c.Exempt),
		NotApplicable: int32(c.NotApplicable),
	}
}
