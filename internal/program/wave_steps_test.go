// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
)

// openWave asks for NPS, and only some people for how satisfied they are.
func openWave(promoters, detractors, satisfied int64) (*cxv1.WaveTemplate, questionnaire.Counts) {
	t := waveOf(cxv1.PersonaCustomer)
	t.Anonymity = cxv1.AnonymityIdentified
	t.Questionnaire.Questions = t.Questionnaire.Questions[:2]
	counts := answered(promoters, 0, detractors)
	counts.Questions = counts.Questions[:2]
	counts.Questions[1] = questionnaire.QuestionCounts{ID: "satisfied", Type: cxv1.QuestionCSAT, N: satisfied, Numbers: map[int]int64{5: satisfied}}
	return t, counts
}

func TestAFigureOfAnOpenWaveMovesOnlyWithEnoughFurtherAnswers(t *testing.T) {
	var shown []cxv1.QuestionResult
	for _, step := range []struct {
		promoters, detractors, satisfied int64
		nps, csat                        string // n of what is shown
	}{
		{3, 1, 1, "", ""},
		{4, 1, 4, "5", ""},
		{8, 1, 5, "5", "5"},   // nine answered, which is four more
		{9, 1, 6, "10", "5"},  // one more said how satisfied they are
		{90, 1, 9, "91", "5"}, // and four more, whatever became of the other question
		{90, 1, 10, "91", "10"},
	} {
		template, counts := openWave(step.promoters, step.detractors, step.satisfied)
		shown = program.OpenResults(template, shown, counts, 0)
		got := []string{"", ""}
		for i, result := range shown {
			if result.N != nil {
				got[i] = string(rune('0'+*result.N/10)) + string(rune('0'+*result.N%10))
				if *result.N < 10 {
					got[i] = got[i][1:]
				}
			}
		}
		if diff := cmp.Diff([]string{step.nps, step.csat}, got); diff != "" {
			t.Errorf("after %+v (-want +got):\n%s", step, diff)
		}
	}
}

// Whatever comes in between, two different figures of one question are MinReport answers apart, and what is shown is true of the
// answers at the time at which it was shown.
func TestNoTwoFiguresOfAnOpenWaveAreFewAnswersApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var promoters, detractors, satisfied int64
		var shown []cxv1.QuestionResult
		for range rapid.IntRange(1, 12).Draw(t, "looks") {
			promoters += rapid.Int64Range(0, 6).Draw(t, "promoters")
			detractors += rapid.Int64Range(0, 3).Draw(t, "detractors")
			satisfied += rapid.Int64Range(0, 4).Draw(t, "satisfied")
			template, counts := openWave(promoters, detractors, satisfied)
			next := program.OpenResults(template, shown, counts, 0)
			for i, result := range next {
				if shown == nil || cmp.Equal(shown[i], result) {
					continue
				}
				if diff := cmp.Diff(program.WaveResults(template, counts, 0)[i], result); diff != "" {
					t.Fatalf("a new figure is not that of the answers:\n%s", diff)
				}
				if old := shown[i].N; old != nil && (result.N == nil || *result.N < *old+program.MinReport(template)) {
					t.Fatalf("from %+v to %+v", shown[i], result)
				}
			}
			shown = next
		}
	})
}

// The final figures are exact. Whoever subtracts from them what was shown before must not learn what fewer than MinReport people
// said, unless those answered under their names.
func TestTheLastAnswersToAnOpenWaveDoNotComeOutAsADifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		anonymity := rapid.SampledFrom([]cxv1.Anonymity{cxv1.AnonymityConfidential, cxv1.AnonymityAnonymous}).Draw(t, "anonymity")
		audience := rapid.SampledFrom([]cxv1.PersonaType{cxv1.PersonaCustomer, cxv1.PersonaEmployee}).Draw(t, "audience")
		var promoters, detractors int64
		var shown []cxv1.QuestionResult
		for range rapid.IntRange(1, 5).Draw(t, "looks") {
			promoters += rapid.Int64Range(0, 20).Draw(t, "promoters")
			detractors += rapid.Int64Range(0, 20).Draw(t, "detractors")
			template, counts := openWave(promoters, detractors, promoters)
			template.Anonymity, template.Audience = anonymity, []cxv1.PersonaType{audience}
			shown = program.OpenResults(template, shown, counts, 0)
			final := program.WaveResults(template, counts, 0)
			for i, result := range shown {
				want := cxv1.QuestionResult{Question: final[i].Question, Method: final[i].Method, State: cxv1.ResultSuppressed}
				if diff := cmp.Diff(want, result); diff != "" {
					t.Fatalf("a figure before the end (-want +got):\n%s", diff)
				}
			}
		}
	})
}
