// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// insights are what the evidence knows about customers.
type insights struct {
	// waves were answered.
	waves set[waveKey]
	// causes stand in follow-ups.
	causes set[string]
}

type waveKey struct{ survey, slot string }

func (f *facts) readInsights() insights {
	known := insights{waves: set[waveKey]{}, causes: set[string]{}}
	if f.ev == nil {
		return known
	}
	for i := range f.ev.Waves {
		if wave := &f.ev.Waves[i]; answered(wave) {
			known.waves.add(waveKey{wave.Survey, wave.Slot})
		}
	}
	for i := range f.ev.FollowUps {
		if followUp := &f.ev.FollowUps[i]; hasCause(followUp) {
			known.causes.add(followUp.RootCause)
		}
	}
	return known
}

// restsOnInsight counts a started initiative that rests on something known about customers: a wave that was answered, a study
// that is finished, a cause that customers met. A name that leads nowhere is no insight.
func (f *facts) restsOnInsight(sums *initiativeSums, i *cxv1.Initiative, known insights) {
	unknown := false
	for _, insight := range i.Spec.Insights {
		if f.resolves(insight, known) {
			sums.insights.add("Initiative", i.Name)
			return
		}
		unknown = unknown || insight.InitiativeRef == ""
	}
	sums.insightUnknown = sums.insightUnknown || unknown
}

func (f *facts) resolves(insight cxv1.Insight, known insights) bool {
	switch {
	case insight.Survey != "":
		return known.waves.has(waveKey{string(insight.Survey), insight.Wave})
	case insight.InitiativeRef != "":
		study := f.s.Initiative(insight.InitiativeRef)
		return study != nil && study.Spec.Type == cxv1.InitiativeResearch && study.Status.Phase == cxv1.InitiativeDone
	}
	return known.causes.has(insight.RootCause)
}

// listens tells whether a study went to people, and did not only read about them.
func listens(i *cxv1.Initiative) bool {
	return slices.ContainsFunc(i.Spec.Methods, func(method cxv1.ResearchMethod) bool {
		return method == cxv1.MethodInterviews || method == cxv1.MethodImmersion || method == cxv1.MethodEventListening
	})
}

// announced counts an initiative that was done lately, and whether customers were told.
func (f *facts) announced(sums *initiativeSums, i *cxv1.Initiative) {
	sums.done.add("Initiative", i.Name)
	if i.Spec.Announcement == nil || i.Spec.Announcement.URL == "" {
		return
	}
	if told, ok := i.Spec.Announcement.Date.Start(f.zone); ok && !told.After(f.now) {
		sums.announced.add("Initiative", i.Name)
	}
}

// idea notes on which levels the people stand whose idea was carried out.
func (f *facts) idea(sums *initiativeSums, i *cxv1.Initiative) {
	if i.Spec.Origin != cxv1.OriginEmployeeIdea {
		return
	}
	before := len(sums.ideaLevels)
	for _, owner := range f.people(i) {
		sums.ideaLevels.add(owner.Spec.Level)
	}
	if len(sums.ideaLevels) > before {
		sums.ideas.add("Initiative", i.Name)
	}
}

// people are the owner and the participants of an initiative, each once, as far as they exist.
func (f *facts) people(i *cxv1.Initiative) []*cxv1.Owner {
	var people []*cxv1.Owner
	for _, ref := range append([]cxv1.Ref{i.Spec.OwnerRef}, i.Spec.Participants...) {
		if owner := f.s.Owner(ref); owner != nil && !slices.Contains(people, owner) {
			people = append(people, owner)
		}
	}
	return people
}
