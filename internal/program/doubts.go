// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"fmt"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/measure"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Doubts are what feeds doubt about a wave's figures, in English words. before is the wave before it, nil for the first.
func Doubts(counts store.AudienceCounts, flagged int64, before *store.WaveOutcome) []string {
	var doubts []string
	for _, doubt := range DoubtTexts(counts, flagged, before) {
		doubts = append(doubts, doubt.EN)
	}
	return doubts
}

// DoubtTexts are Doubts in all languages.
func DoubtTexts(counts store.AudienceCounts, flagged int64, before *store.WaveOutcome) []cxv1.LocalizedText {
	var doubts []cxv1.LocalizedText
	add := func(en, ru string, args ...any) {
		doubts = append(doubts, cxv1.LocalizedText{EN: fmt.Sprintf(en, args...), RU: fmt.Sprintf(ru, args...)})
	}
	if flagged > 0 {
		add("%d answers were given faster than one can read; they count.",
			"Ответов, данных быстрее, чем можно прочитать вопросы: %d; они учтены.", flagged)
	}
	if counts.Ambiguous > 0 {
		add("Of %d invitations nobody knows whether they went out.",
			"Приглашений, о которых неизвестно, ушли ли они: %d.", counts.Ambiguous)
	}
	if before != nil && before.Counts.Invited > 0 && counts.Invited > 0 {
		now, err1 := measure.ResponseRate(counts.Responded, counts.Invited, measure.OfInvited)
		then, err2 := measure.ResponseRate(before.Counts.Responded, before.Counts.Invited, measure.OfInvited)
		if err1 == nil && err2 == nil && !measure.ComparableRates(now, then) {
			add("The response rate differs by more than half from the wave before (%.0f %% and %.0f %%): the two may not be comparable.",
				"Доля ответивших отличается от прошлой волны больше чем вдвое (%.0f %% и %.0f %%): сравнивать их, возможно, нельзя.",
				now.Percent(), then.Percent())
		}
	}
	return doubts
}
