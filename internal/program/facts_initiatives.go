// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// proposalAge is how old an idea must be before it counts as proposed and not heard.
const proposalAge = 90 * 24 * time.Hour

// initiativeSums are what initiatives add up to.
type initiativeSums struct {
	proposed, accepted, active, ranked tally
	started, employee, decisions       tally
	experiments, refuted               tally
	studiesStarted, studiesTold        tally
	trainings, events                  tally
	redesigns, redesignsByPeople       tally
	done, announced, ideas, listening  tally
	insights                           tally
	// insightUnknown says that a started initiative rests on something that only the evidence knows.
	insightUnknown bool
	// ideaLevels are the levels of people whose ideas were carried out.
	ideaLevels set[cxv1.OwnerLevel]
	// audience and trained are functions reached by studies and by trainings.
	audience, trained               set[cxv1.Function]
	audienceObjects, trainedObjects []string
	// ranks counts the active initiatives of each rank.
	ranks map[int32]int
	// startUnknown and doneUnknown say that the status does not tell since when: nobody gave the evidence.
	startUnknown, doneUnknown bool
	// Own functions of the working group and of the CX team: telling them is no news.
	groupFunctions, teamFunctions set[cxv1.Function]
}

func (f *facts) readInitiatives() {
	sums := &initiativeSums{
		audience: set[cxv1.Function]{}, trained: set[cxv1.Function]{}, ranks: map[int32]int{}, ideaLevels: set[cxv1.OwnerLevel]{},
		groupFunctions: f.functionsOf(f.program.Spec.WorkingGroup...), teamFunctions: f.functionsOf(f.program.Spec.Lead),
	}
	if f.program.Spec.Lead == "" {
		sums.teamFunctions = sums.groupFunctions
	}
	for _, initiative := range f.s.Initiatives {
		if initiative.Status.Phase == cxv1.InitiativeActive && initiative.Spec.Rank != nil {
			sums.ranks[*initiative.Spec.Rank]++
		}
	}
	known := f.readInsights()
	for _, initiative := range f.s.Initiatives {
		f.phases(sums, initiative)
		f.started(sums, initiative, known)
		f.finished(sums, initiative)
	}
	f.wavesAsResearch(sums)
	f.recordInitiatives(sums)
}

func (f *facts) recordInitiatives(sums *initiativeSums) {
	f.count("proposedInitiatives", sums.proposed)
	f.count("acceptedInitiatives", sums.accepted)
	f.count("activeInitiatives", sums.active)
	f.ratio("activeInitiativesRankedRatio", sums.ranked, sums.active.n)
	f.count("experimentsPublished365d", sums.experiments)
	f.count("experimentsRefutedPublished365d", sums.refuted)
	f.count("listeningActivities365d", sums.listening)
	if f.ev == nil {
		f.recordWithoutEvidence(sums)
		return
	}
	f.recordSince(sums)
	f.mixed("researchStarted365d", sums.studiesStarted)
	f.mixed("researchPublished365d", sums.studiesTold)
	f.mixed("researchAudienceFunctions", sums.listeners())
}

func (f *facts) recordSince(sums *initiativeSums) {
	f.count("startedInitiatives365d", sums.started)
	f.count("employeeInitiativesDone365d", sums.employee)
	f.count("customerDecisionsWithCost365d", sums.decisions)
	f.count("trainingDone365d", sums.trainings)
	f.set("trainingFunctions", len(sums.trained), sums.trainedObjects...)
	f.count("internalEvents365d", sums.events)
	f.count("redesignCrossFunctional365d", sums.redesigns)
	f.count("redesignByPeople365d", sums.redesignsByPeople)
	f.set("ideasDoneLevels365d", len(sums.ideaLevels), sums.ideas.objects...)
	f.ratio("startedInitiativesWithInsightRatio365d", sums.insights, sums.started.n)
	f.ratio("doneInitiativesAnnouncedRatio", sums.announced, sums.done.n)
}

// recordWithoutEvidence records what is known all the same: where nothing could have been added, there is nothing.
func (f *facts) recordWithoutEvidence(sums *initiativeSums) {
	f.recordSince(sums)
	if sums.startUnknown {
		f.withoutEvidence("startedInitiatives365d")
	}
	if sums.startUnknown || sums.insightUnknown {
		f.withoutEvidence("startedInitiativesWithInsightRatio365d")
	}
	if sums.doneUnknown {
		for _, name := range []string{"employeeInitiativesDone365d", "customerDecisionsWithCost365d", "trainingDone365d",
			"trainingFunctions", "internalEvents365d", "redesignCrossFunctional365d", "redesignByPeople365d", "ideasDoneLevels365d",
			"doneInitiativesAnnouncedRatio"} {
			f.withoutEvidence(name)
		}
	}
	surveys := len(f.s.Surveys) > 0 // which may have been answered
	f.count("researchStarted365d", sums.studiesStarted)
	f.count("researchPublished365d", sums.studiesTold)
	f.count("researchAudienceFunctions", sums.listeners())
	if sums.startUnknown || surveys {
		f.withoutEvidence("researchStarted365d")
	}
	if surveys {
		f.withoutEvidence("researchPublished365d")
		f.withoutEvidence("researchAudienceFunctions")
	}
}

func (s *initiativeSums) listeners() tally {
	return tally{n: len(s.audience), objects: s.audienceObjects, declared: s.studiesTold.declared}
}

// functionsOf are the units of the owners named, whether or not they accepted: telling one's own unit is telling nobody.
func (f *facts) functionsOf(refs ...cxv1.Ref) set[cxv1.Function] {
	functions := set[cxv1.Function]{}
	for _, ref := range refs {
		if owner := f.s.Owner(ref); owner != nil {
			functions.add(owner.Spec.Function)
		}
	}
	return functions
}

func (f *facts) phases(sums *initiativeSums, i *cxv1.Initiative) {
	switch i.Status.Phase {
	case cxv1.InitiativeProposed:
		if !i.CreationTimestamp.IsZero() && f.now.Sub(i.CreationTimestamp.Time) > proposalAge {
			sums.proposed.add("Initiative", i.Name)
		}
	case cxv1.InitiativeCancelled:
		sums.proposed.add("Initiative", i.Name)
	case cxv1.InitiativeActive:
		sums.active.add("Initiative", i.Name)
		if i.Spec.Rank != nil && sums.ranks[*i.Spec.Rank] == 1 {
			sums.ranked.add("Initiative", i.Name)
		}
		fallthrough
	case cxv1.InitiativeAccepted, cxv1.InitiativeDone:
		sums.proposed.add("Initiative", i.Name)
		sums.accepted.add("Initiative", i.Name)
	}
}

// noteUnknown notes that the status says that something began or ended, but not when.
func (s *initiativeSums) noteUnknown(i *cxv1.Initiative) {
	s.startUnknown = s.startUnknown || (isActiveOrDone(i) && i.Status.ActiveSince == nil)
	s.doneUnknown = s.doneUnknown || (i.Status.Phase == cxv1.InitiativeDone && i.Status.DoneSince == nil)
}

func (f *facts) started(sums *initiativeSums, i *cxv1.Initiative, known insights) {
	sums.noteUnknown(i)
	if i.Status.ActiveSince != nil && f.recent(i.Status.ActiveSince.Time) {
		sums.started.add("Initiative", i.Name)
		f.restsOnInsight(sums, i, known)
		if i.Spec.Type == cxv1.InitiativeResearch && isActiveOrDone(i) {
			sums.studiesStarted.typed("Initiative", i.Name)
		}
	}
	if i.Spec.Type == cxv1.InitiativeRedesign {
		f.redesign(sums, i)
	}
}

// redesign counts a redesign by several functions, and one by several people, while it lasts and for a year after. Several
// functions are several people.
func (f *facts) redesign(sums *initiativeSums, i *cxv1.Initiative) {
	if i.Status.Phase != cxv1.InitiativeActive && !f.doneRecently(i) {
		return
	}
	if len(i.Spec.Functions) >= 2 {
		sums.redesigns.add("Initiative", i.Name)
	}
	if len(i.Spec.Functions) >= 2 || len(f.people(i)) >= 2 {
		sums.redesignsByPeople.add("Initiative", i.Name)
	}
}

func isActiveOrDone(i *cxv1.Initiative) bool {
	return i.Status.Phase == cxv1.InitiativeActive || i.Status.Phase == cxv1.InitiativeDone
}

func (f *facts) doneRecently(i *cxv1.Initiative) bool {
	return i.Status.Phase == cxv1.InitiativeDone && i.Status.DoneSince != nil && f.recent(i.Status.DoneSince.Time)
}

// finished reads what became of initiatives that are Done. Whether something was told in time is a matter of the day on
// which it was told; everything else of the day on which it was done.
func (f *facts) finished(sums *initiativeSums, i *cxv1.Initiative) {
	if i.Status.Phase != cxv1.InitiativeDone {
		return
	}
	told := f.toldTo(i)
	switch {
	case i.Spec.Type == cxv1.InitiativeExperiment:
		f.finishedExperiment(sums, i, told)
	case i.Spec.Type == cxv1.InitiativeResearch && len(told) > 0:
		sums.studiesTold.typed("Initiative", i.Name)
		if listens(i) {
			sums.listening.add("Initiative", i.Name)
		}
		sums.tell("Initiative/"+i.Name, told)
	}
	if f.doneRecently(i) {
		f.announced(sums, i)
		f.idea(sums, i)
		finishedRecently(sums, i)
	}
}

func finishedRecently(sums *initiativeSums, i *cxv1.Initiative) {
	if i.Spec.Subject == cxv1.SubjectEmployee {
		sums.employee.add("Initiative", i.Name)
	}
	switch i.Spec.Type {
	case cxv1.InitiativeTraining:
		finishedTraining(sums, i)
	case cxv1.InitiativeEvent:
		if isShown(i) {
			sums.events.add("Initiative", i.Name)
		}
	case cxv1.InitiativeDecision:
		finishedDecision(sums, i)
	}
}

// finishedDecision counts a decision that knowingly cost something and has a result to show.
func finishedDecision(sums *initiativeSums, i *cxv1.Initiative) {
	if i.Spec.Cost == nil || i.Spec.Result == nil || i.Spec.Result.Evidence == "" {
		return
	}
	if accepted, ok := i.Spec.Cost.Accepted.Float(); ok && accepted > 0 {
		sums.decisions.add("Initiative", i.Name)
	}
}

// finishedExperiment counts an experiment that others heard of. Whose others they are is the owner's function; without an
// owner who exists nobody can tell.
func (f *facts) finishedExperiment(sums *initiativeSums, i *cxv1.Initiative, told set[cxv1.Function]) {
	owner := f.s.Owner(i.Spec.OwnerRef)
	if owner == nil {
		return
	}
	for function := range told {
		if function == owner.Spec.Function {
			continue
		}
		sums.experiments.add("Initiative", i.Name)
		if i.Spec.Result != nil && i.Spec.Result.Evidence != "" && i.Spec.Result.Verdict == cxv1.VerdictRefuted {
			sums.refuted.add("Initiative", i.Name)
		}
		return
	}
}

// finishedTraining counts a training that a publication shows to have been held.
func finishedTraining(sums *initiativeSums, i *cxv1.Initiative) {
	if !isShown(i) {
		return
	}
	sums.trainings.add("Initiative", i.Name)
	before := len(sums.trained)
	for _, function := range i.Spec.Functions {
		if !sums.teamFunctions.has(function) {
			sums.trained.add(function)
		}
	}
	if len(sums.trained) > before {
		sums.trainedObjects = capped(sums.trainedObjects, "Initiative/"+i.Name)
	}
}

// isShown tells whether something shows that it took place.
func isShown(i *cxv1.Initiative) bool {
	return slices.ContainsFunc(i.Spec.Publications, func(p cxv1.Publication) bool { return p.Evidence != "" })
}

// toldTo are the functions to which the initiative's result was told in the window, as far as something shows it.
func (f *facts) toldTo(i *cxv1.Initiative) set[cxv1.Function] {
	told := set[cxv1.Function]{}
	for _, publication := range i.Spec.Publications {
		if f.recentDay(publication.Date) && publication.Evidence != "" {
			told.add(publication.Functions...)
		}
	}
	return told
}

// tell adds an audience, leaving out the working group's own functions.
func (s *initiativeSums) tell(object string, told set[cxv1.Function]) {
	before := len(s.audience)
	for function := range told {
		if !s.groupFunctions.has(function) {
			s.audience.add(function)
		}
	}
	if len(s.audience) > before {
		s.audienceObjects = capped(s.audienceObjects, object)
	}
}
