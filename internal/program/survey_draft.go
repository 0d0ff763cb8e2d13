// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
)

// WaveDraft is what a wave of the survey freezes when it opens, but for its slot; the error is a *SurveyError. Of in it needs Survey,
// Program, Framework and Personas.
func WaveDraft(in SurveyInput, opens time.Time) (cxv1.WaveTemplate, error) {
	asked, framework, err := in.asked()
	if err != nil {
		return cxv1.WaveTemplate{}, err
	}
	openFor := in.Survey.Spec.OpenFor.Or(defaultOpenFor)
	closes := opens.Add(openFor)
	return cxv1.WaveTemplate{
		Survey:            cxv1.Ref(in.Survey.Name),
		SurveyUID:         string(in.Survey.UID),
		OpensAt:           metav1.NewTime(opens),
		ClosesAt:          metav1.NewTime(closes),
		GraceUntil:        metav1.NewTime(closes.Add(min(openFor/10, maxGrace).Truncate(time.Second))),
		Anonymity:         cmp.Or(in.Survey.Spec.Anonymity, cxv1.AnonymityConfidential),
		Personas:          slices.Clone(in.Survey.Spec.PersonaRefs),
		Audience:          personaTypes(in.Personas),
		Questionnaire:     asked,
		Framework:         framework,
		QuestionnaireHash: questionnaire.Hash(asked),
		Languages:         slices.Clone(in.Program.Spec.Languages),
		TimeZone:          surveyZone(in.Survey, in.Program),
		SurveyTerms:       *in.Survey.Spec.SurveyTerms.DeepCopy(),
	}, nil
}
