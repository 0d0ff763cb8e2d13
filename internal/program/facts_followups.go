// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"maps"
	"strings"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

const (
	// loopWindow is how far back facts with 90d in their name look.
	loopWindow = 90 * 24 * time.Hour
	// A cause repeats when repeats follow-ups of causeWindow have it.
	causeWindow = 180 * 24 * time.Hour
	repeats     = 3
	// otherCause is what people choose when no cause of the list fits. It says that the cause is not known.
	otherCause = "other"
)

// readFollowUps reads the closed loop from the evidence: objects of closed follow-ups are gone.
func (f *facts) readFollowUps() {
	if f.ev == nil {
		for _, name := range []string{
			"followUpRulesWorking", "followUpsDue90d", "firstResponseInTimeRatio90d", "customersReachedRatio90d",
			"rootCauseSpecificRatio90d", "repeatedCausesWithInitiativeRatio",
		} {
			f.withoutEvidence(name)
		}
		return
	}
	f.readRules()
	var due, inTime, reached, closed, specific tally
	for i := range f.ev.FollowUps {
		followUp := &f.ev.FollowUps[i]
		if within(followUp.DueBy, loopWindow, f.now) {
			due.add("FollowUp", followUp.ID)
			if !followUp.FirstResponseAt.IsZero() && !followUp.FirstResponseAt.After(followUp.DueBy) {
				inTime.add("FollowUp", followUp.ID)
			}
			if followUp.Reached {
				reached.add("FollowUp", followUp.ID)
			}
		}
		if within(followUp.ClosedAt, loopWindow, f.now) {
			closed.add("FollowUp", followUp.ID)
			if hasCause(followUp) {
				specific.add("FollowUp", followUp.ID)
			}
		}
	}
	f.count("followUpsDue90d", due)
	f.ratio("firstResponseInTimeRatio90d", inTime, due.n)
	f.ratio("customersReachedRatio90d", reached, due.n)
	f.ratio("rootCauseSpecificRatio90d", specific, closed.n)
	f.readCauses()
}

// readRules counts the rules that real answers went through. A rule that never met an answer may be wrong in any way.
func (f *facts) readRules() {
	type rule struct{ survey, name string }
	var rules tally
	seen := set[rule]{}
	for i := range f.ev.Waves {
		wave := &f.ev.Waves[i]
		open := wave.Phase == store.WaveStarted && f.recent(wave.OpenedAt)
		closed := wave.Phase == store.WaveClosed && f.recent(wave.ClosedAt)
		if !answered(wave) || !open && !closed {
			continue
		}
		for _, name := range wave.FollowUpRules {
			if r := (rule{wave.Survey, name}); !seen.has(r) {
				seen.add(r)
				rules.add("Survey", wave.Survey)
			}
		}
	}
	f.count("followUpRulesWorking", rules)
}

// readCauses reads whether causes that customers met again and again are taken on. The follow-ups are seen; that an
// initiative is about their cause, somebody wrote.
func (f *facts) readCauses() {
	const name = "repeatedCausesWithInitiativeRatio"
	repeated, met := f.repeatedCauses()
	taken, by := set[string]{}, []string{}
	for _, i := range f.s.Initiatives {
		before := len(taken)
		for _, cause := range i.Spec.RootCauses {
			if repeated[cause] > 0 && isAcceptedOrLater(i) {
				taken.add(cause)
			}
		}
		if len(taken) > before {
			by = capped(by, "Initiative/"+i.Name)
		}
	}
	switch {
	case !met:
		f.set(name, nil)
	case len(repeated) == 0:
		f.set(name, 1.0)
	default:
		f.set(name, float64(len(taken))/float64(len(repeated)), by...)
	}
	f.seenUnless(name, len(taken) > 0)
}

// repeatedCauses counts the follow-ups of each cause that customers met again and again; met tells whether there was any
// follow-up at all.
func (f *facts) repeatedCauses() (counts map[string]int, met bool) {
	counts = map[string]int{}
	for i := range f.ev.FollowUps {
		followUp := &f.ev.FollowUps[i]
		if !within(followUp.OpenedAt, causeWindow, f.now) {
			continue
		}
		met = true
		if hasCause(followUp) {
			counts[followUp.RootCause]++
		}
	}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n < repeats })
	return counts, met
}

func isAcceptedOrLater(i *cxv1.Initiative) bool {
	return i.Status.Phase == cxv1.InitiativeAccepted || isActiveOrDone(i)
}

// hasCause tells whether it is known why the customer had to be called.
func hasCause(followUp *store.FollowUp) bool {
	return followUp.RootCause != "" && !strings.EqualFold(followUp.RootCause, otherCause)
}
