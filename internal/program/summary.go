// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/ownership"
)

// maxAttention is how many objects that need attention are named.
const maxAttention = 10

// Summarize fills in what the status of the Program says about everything else: coverage, the next wave, attention, and the
// condition OwnershipComplete, which it returns.
func Summarize(s *Snapshot, status *cxv1.ProgramStatus) metav1.Condition {
	coverage, taken := coverageOf(s)
	status.Coverage = &coverage
	status.NextWave = nextWave(s.Surveys)
	status.Attention, status.AttentionMore = attention(s, taken)
	return ownershipComplete(coverage)
}

func coverageOf(s *Snapshot) (cxv1.Coverage, []ownership.Claim) {
	var claims []ownership.Claim
	var unowned []cxv1.AssignmentSubject
	for _, obj := range s.All() {
		claims = append(claims, ownership.Subjects(obj)...)
		unowned = append(unowned, ownership.Unowned(obj)...)
	}
	assignments := make([]cxv1.OwnerAssignment, len(s.Assignments))
	for i, assignment := range s.Assignments {
		assignments[i] = *assignment
	}
	return ownership.CoverageOf(claims, unowned, assignments)
}

// nextWave is the wave that is due first; of two at one time, that of the first survey by name.
func nextWave(surveys []*cxv1.Survey) *cxv1.NextWave {
	var next *cxv1.NextWave
	for _, survey := range surveys {
		at := survey.Status.NextWaveAt
		if at != nil && (next == nil || at.Before(&next.At)) {
			next = &cxv1.NextWave{Survey: survey.Name, At: *at}
		}
	}
	return next
}

// attention names subjects whose owners cannot be asked, and then objects that are not Ready. One that no controller has seen
// yet is not counted: it will be in a moment.
func attention(s *Snapshot, taken []ownership.Claim) (shown []cxv1.Attention, more int32) {
	show := func(object, reason, message string) {
		if len(shown) == maxAttention {
			more++
			return
		}
		shown = append(shown, cxv1.Attention{Object: clip(object, 128), Reason: clip(reason, 64), Message: clip(message, 400)})
	}
	for _, claim := range taken {
		show(string(claim.Subject.Kind)+"/"+string(claim.Subject.Name), cxv1.ReasonForeignObject, claim.Taken())
	}
	for _, obj := range s.All() {
		if _, self := obj.(*cxv1.Program); self {
			continue
		}
		ready := meta.FindStatusCondition(obj.CommonStatus().Conditions, cxv1.ConditionReady)
		if ready != nil && ready.Status != metav1.ConditionTrue {
			show(Key(obj), ready.Reason, ready.Message)
		}
	}
	return shown, more
}

func ownershipComplete(c cxv1.Coverage) metav1.Condition {
	out := metav1.Condition{Type: cxv1.ConditionOwnershipComplete}
	switch {
	case c.Subjects == 0:
		out.Status, out.Reason = metav1.ConditionUnknown, cxv1.ReasonNothingToOwn
		out.Message = "There is no goal, KPI, journey, survey or initiative yet that somebody could own."
	case c.Accepted == c.Subjects:
		out.Status, out.Reason = metav1.ConditionTrue, cxv1.ReasonAllAccepted
		out.Message = fmt.Sprintf("All %d have an owner who accepted.", c.Subjects)
	default:
		out.Status, out.Reason = metav1.ConditionFalse, cxv1.ReasonOwnersMissing
		out.Message = ownersMissing(c)
	}
	return out
}

func ownersMissing(c cxv1.Coverage) string {
	var parts []string
	for _, part := range []struct {
		n    int32
		what string
	}{
		{c.Pending, "waiting for an owner's decision"},
		{c.Unowned, "without a named owner"},
		{c.Orphaned, "whose owner left or does not exist"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return fmt.Sprintf("%d of %d have an owner who accepted: %s. See kubectl get cxoa.", c.Accepted, c.Subjects,
		cmp.Or(strings.Join(parts, ", "), "the others are trusted, were declined, or cannot be asked (attention names those)"))
}

// CopyStage copies the summary of the first framework's Scorecard into the status of the Program, and returns the condition
// MaturityAssessed. Without a result the stage known so far is kept.
func CopyStage(scorecard *cxv1.Scorecard, status *cxv1.ProgramStatus) metav1.Condition {
	out := metav1.Condition{
		Type: cxv1.ConditionMaturityAssessed, Status: metav1.ConditionUnknown, Reason: cxv1.ReasonAssessing,
		Message: "The scorecard has not been computed yet.",
	}
	if scorecard == nil {
		return out
	}
	from := &scorecard.Status
	if from.Stage != nil {
		status.Stage, status.StageName = from.Stage, from.StageName
		status.ObservedStage, status.AttestedStage = from.ObservedStage, from.AttestedStage
		status.Progress, status.WeakestCompetency = from.Progress, from.WeakestCompetency
		status.NextSteps, status.Advice = from.NextSteps, from.Advice
	}
	ready := meta.FindStatusCondition(from.Conditions, cxv1.ConditionReady)
	if ready == nil || from.ObservedGeneration < scorecard.Generation {
		return out
	}
	out.Message = ready.Message
	switch ready.Status {
	case metav1.ConditionTrue:
		if from.Stage == nil {
			return withoutStages(scorecard, status)
		}
		out.Status, out.Reason = metav1.ConditionTrue, cxv1.ReasonAssessed
	case metav1.ConditionFalse:
		out.Status, out.Reason = metav1.ConditionFalse, ready.Reason
	default:
		out.Reason = ready.Reason
	}
	return out
}

// withoutStages takes the stage away: it was decided by another framework than the one that decides now, which has none.
func withoutStages(scorecard *cxv1.Scorecard, status *cxv1.ProgramStatus) metav1.Condition {
	status.Stage, status.StageName, status.ObservedStage, status.AttestedStage = nil, "", nil, nil
	status.Progress, status.WeakestCompetency, status.NextSteps, status.Advice = "", "", nil, nil
	return metav1.Condition{
		Type: cxv1.ConditionMaturityAssessed, Status: metav1.ConditionFalse, Reason: cxv1.ReasonNoStages,
		Message: fmt.Sprintf("The framework %q is a standard, it has no stages and decides none; its scorecard says: %s To have a stage, "+
			"name a framework with stages first in spec.frameworks, e.g. %s.", scorecard.Spec.Framework,
			meta.FindStatusCondition(scorecard.Status.Conditions, cxv1.ConditionReady).Message, maturity.SixStages),
	}
}
