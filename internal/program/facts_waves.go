// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"math"
	"slices"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/store"
)

// closingSlack is how late after its planned end a wave may close and still be on time.
const closingSlack = 24 * time.Hour

// readWaves reads waves from the evidence: objects of old waves are gone.
func (f *facts) readWaves() {
	if f.ev == nil {
		for _, name := range []string{
			"wavesClosedOnTime365d", "insideWavesClosed365d", "employeeWavesClosed365d", "publishLagDaysP90", "publishFunctionsRatio",
		} {
			f.set(name, nil)
		}
		return
	}
	var onTime, inside, employees tally
	for i := range f.ev.Waves {
		wave := &f.ev.Waves[i]
		if !answered(wave) || wave.Phase != store.WaveClosed || !f.recent(wave.ClosedAt) {
			continue
		}
		f.waves = append(f.waves, wave)
		if !wave.ClosedAt.After(f.plannedEnd(wave).Add(closingSlack)) {
			onTime.add("SurveyWave", waveName(wave))
		}
		if len(wave.Audience) > 0 && !asks(wave, cxv1.PersonaCustomer) {
			inside.add("SurveyWave", waveName(wave))
		}
		if asks(wave, cxv1.PersonaEmployee, cxv1.PersonaInternalCustomer) {
			employees.add("SurveyWave", waveName(wave))
		}
	}
	f.count("wavesClosedOnTime365d", onTime)
	f.count("insideWavesClosed365d", inside)
	f.count("employeeWavesClosed365d", employees)
	f.readPublishing()
}

func waveName(wave *store.WaveOutcome) string { return wave.Survey + "-" + wave.Slot }

// answered tells whether a wave counts at all: sending it is no merit, an answer is.
func answered(wave *store.WaveOutcome) bool { return wave.Counts.Responded > 0 }

// asks tells whether a wave asked personas of one of the types.
func asks(wave *store.WaveOutcome, types ...cxv1.PersonaType) bool {
	return slices.ContainsFunc(wave.Audience, func(asked string) bool { return slices.Contains(types, cxv1.PersonaType(asked)) })
}

// plannedEnd is when a wave should have closed, as its survey says today. The wave itself may be gone, and then so is the
// duration it was created with.
func (f *facts) plannedEnd(wave *store.WaveOutcome) time.Time {
	openFor := time.Duration(defaultOpenFor)
	if survey := f.s.Survey(cxv1.Ref(wave.Survey)); survey != nil {
		openFor = survey.Spec.OpenFor.Or(defaultOpenFor)
	}
	opened := wave.DueAt
	if !wave.OpenedAt.IsZero() {
		opened = wave.OpenedAt
	}
	return opened.Add(openFor)
}

// readPublishing reads how fast and how far results were shared.
func (f *facts) readPublishing() {
	if len(f.waves) == 0 {
		f.set("publishLagDaysP90", nil)
		f.set("publishFunctionsRatio", nil)
		return
	}
	lags, shares := make([]float64, 0, len(f.waves)), 0.0
	var waves tally
	for _, wave := range f.waves {
		waves.add("SurveyWave", waveName(wave))
		until := f.now
		if !wave.PublishedAt.IsZero() && !wave.PublishedAt.After(f.now) {
			until = wave.PublishedAt
		}
		lags = append(lags, until.Sub(wave.ClosedAt).Hours()/24)
		reached := 0
		for _, function := range wave.PublishedTo {
			if f.functions.has(cxv1.Function(function)) {
				reached++
			}
		}
		shares += float64(reached) / float64(max(len(f.functions), 1))
	}
	slices.Sort(lags)
	rank := int(math.Ceil(0.9*float64(len(lags)))) - 1 // nearest rank
	f.set("publishLagDaysP90", max(lags[rank], 0), waves.objects...)
	if len(f.functions) == 0 {
		f.set("publishFunctionsRatio", nil)
		return
	}
	f.set("publishFunctionsRatio", shares/float64(len(f.waves)), waves.objects...)
}

// wavesAsResearch adds what surveys contribute to the study of customers.
func (f *facts) wavesAsResearch(sums *initiativeSums) {
	if f.ev == nil {
		return
	}
	asked := set[string]{}
	for i := range f.ev.Waves {
		wave := &f.ev.Waves[i]
		if answered(wave) && !wave.OpenedAt.IsZero() && f.recent(wave.OpenedAt) && !asked.has(wave.Survey) {
			asked.add(wave.Survey)
			sums.studiesStarted.add("Survey", wave.Survey)
		}
	}
	for _, wave := range f.waves {
		if wave.PublishedAt.IsZero() || wave.PublishedAt.After(f.now) {
			continue
		}
		sums.studiesTold.add("SurveyWave", waveName(wave))
		told := set[cxv1.Function]{}
		for _, function := range wave.PublishedTo {
			told.add(cxv1.Function(function))
		}
		sums.tell("SurveyWave/"+waveName(wave), told)
	}
}

func capped(objects []string, object string) []string {
	if len(objects) < maturity.MaxObjects {
		return append(objects, object)
	}
	return objects
}
