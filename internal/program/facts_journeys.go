// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

func (f *facts) readJourneys() {
	perPersona := f.journeysReadPerPersona()
	var journeys, persona, need, measured, standard tally
	version := f.standardVersion()
	for _, journey := range f.s.Journeys {
		journeys.add("Journey", journey.Name)
		if f.hasPersona(journey) {
			persona.add("Journey", journey.Name)
		}
		if journey.Spec.Need != "" {
			need.add("Journey", journey.Name)
		}
		if perPersona.has(cxv1.Ref(journey.Name)) {
			measured.add("Journey", journey.Name)
		}
		if version != "" && journey.Spec.StandardVersion == version {
			standard.add("Journey", journey.Name)
		}
	}
	f.count("journeys", journeys)
	f.count("journeysWithPersona", persona)
	f.ratio("journeysWithPersonaRatio", persona, journeys.n)
	f.ratio("journeysWithNeedRatio", need, journeys.n)
	f.ratio("journeysWithPersonaKpiRatio", measured, journeys.n)
	f.ratio("journeysOnStandardRatio", standard, journeys.n)
	f.readTouchpoints()
}

func (f *facts) readTouchpoints() {
	var accepted tally
	total, named := 0, false
	for _, journey := range f.s.Journeys {
		for _, touchpoint := range touchpoints(journey) {
			total++
			if touchpoint.OwnerRef == "" {
				continue
			}
			named = true
			if f.accepted.accountable(cxv1.SubjectJourney, journey.Name, touchpoint.Name) != nil {
				accepted.add("Journey", journey.Name)
			}
		}
	}
	if f.ev == nil && named {
		f.withoutEvidence("touchpointsOwnerAcceptedRatio")
		return
	}
	accepted.objects = slices.Compact(accepted.objects)
	f.ratio("touchpointsOwnerAcceptedRatio", accepted, total)
}

func (f *facts) hasPersona(journey *cxv1.Journey) bool {
	for _, ref := range journey.Spec.Personas {
		if f.s.Persona(ref) != nil {
			return true
		}
	}
	return false
}

// journeysReadPerPersona are the journeys with an experience KPI measured on one persona by enough answers.
func (f *facts) journeysReadPerPersona() set[cxv1.Ref] {
	journeys := set[cxv1.Ref]{}
	for _, kpi := range f.s.KPIs {
		if kpi.Spec.Class == cxv1.KPIExperience && kpi.Spec.JourneyRef != "" && f.s.Persona(kpi.Spec.PersonaRef) != nil &&
			enoughAnswers(kpi) {
			journeys.add(kpi.Spec.JourneyRef)
		}
	}
	return journeys
}
