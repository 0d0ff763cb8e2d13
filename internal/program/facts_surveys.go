// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

const (
	// Below so many answers a figure may be shown to nobody, whatever a survey says: people could be recognized. Colleagues
	// know each other better.
	lowestMinReport       = 3
	lowestMinReportInside = 5
	defaultMinReport      = 5
)

// readSurveys reads how many of the surveys that will ask again follow the company's standard.
func (f *facts) readSurveys() {
	var conforming tally
	active, version := 0, f.standardVersion()
	for _, survey := range f.s.Surveys {
		if survey.Spec.Suspend || survey.Status.Phase == cxv1.SurveyCompleted {
			continue
		}
		active++
		if version != "" && survey.Spec.StandardVersion == version && f.protectsAnswers(survey) {
			conforming.add("Survey", survey.Name)
		}
	}
	f.ratio("surveysConformingRatio", conforming, active)
}

// protectsAnswers tells whether a survey says for how long it keeps answers, and shows none that would betray who gave it.
func (f *facts) protectsAnswers(survey *cxv1.Survey) bool {
	minReport, lowest := int32(defaultMinReport), int32(lowestMinReport)
	if survey.Spec.MinReport != nil {
		minReport = *survey.Spec.MinReport
	}
	if f.asksColleagues(survey) {
		if lowest = lowestMinReportInside; survey.Spec.Anonymity == cxv1.AnonymityIdentified {
			return false
		}
	}
	return minReport >= lowest && survey.Spec.Retention.Or(0) > 0
}

func (f *facts) asksColleagues(survey *cxv1.Survey) bool {
	return slices.ContainsFunc(survey.Spec.PersonaRefs, func(ref cxv1.Ref) bool {
		persona := f.s.Persona(ref)
		return persona != nil && (persona.Spec.Type == cxv1.PersonaEmployee || persona.Spec.Type == cxv1.PersonaInternalCustomer)
	})
}
