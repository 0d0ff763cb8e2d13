// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

const (
	maxJourneyGaps    = 10
	defaultImportance = 3
)

// JourneyInput is all that the judgement of a journey rests on.
type JourneyInput struct {
	Journey *cxv1.Journey
	// OwnerIsThere says whether an Owner of that name exists and has not left.
	OwnerIsThere func(cxv1.Ref) bool
	// KPIs are those measured on the journey; their status has already been judged.
	KPIs []*cxv1.KPI
	// Initiatives are those that change the journey.
	Initiatives []*cxv1.Initiative
}

// JudgeJourney fills in the status of a journey. The condition says whether every touchpoint has an owner who is there.
func JudgeJourney(in JourneyInput) metav1.Condition {
	status := &in.Journey.Status
	rollup := Rollup(in.KPIs)
	status.KPIs = &rollup
	status.Channels = nil
	var total, owned int
	var unowned []string
	for _, touchpoint := range touchpoints(in.Journey) {
		total++
		if touchpoint.OwnerRef != "" && in.OwnerIsThere(touchpoint.OwnerRef) {
			owned++
		} else {
			unowned = append(unowned, nameOfTouchpoint(touchpoint))
		}
		if touchpoint.Channel != "" {
			status.Channels = append(status.Channels, touchpoint.Channel)
		}
	}
	slices.Sort(status.Channels)
	status.Channels = slices.Compact(status.Channels)
	status.Touchpoints, status.OwnedTouchpoints = count(total), count(owned)
	status.OwnedSummary = fmt.Sprintf("%d/%d", owned, total)
	status.WorstTouchpoint = worstTouchpoint(in)
	gaps := gapsOf(in)
	status.Gaps, status.GapCount = gaps[:min(len(gaps), maxJourneyGaps)], count(len(gaps))
	return ownedCondition(in, unowned)
}

func touchpoints(journey *cxv1.Journey) []cxv1.Touchpoint {
	var all []cxv1.Touchpoint
	for _, stage := range journey.Spec.Stages {
		all = append(all, stage.Touchpoints...)
	}
	return all
}

// nameOfTouchpoint marks the moments that decide whether a persona stays.
func nameOfTouchpoint(t cxv1.Touchpoint) string {
	if t.Kind == cxv1.TouchpointMomentOfTruth {
		return string(t.Name) + " (moment of truth)"
	}
	return string(t.Name)
}

func ownedCondition(in JourneyInput, unowned []string) metav1.Condition {
	owner := in.Journey.Spec.OwnerRef
	switch {
	case len(unowned) > 0:
		return condition(cxv1.ConditionOwned, metav1.ConditionFalse, cxv1.ReasonSomeTouchpointsUnowned,
			"No owner who is there: "+strings.Join(unowned, ", ")+". Name one in ownerRef of the touchpoint.")
	case owner == "":
		return condition(cxv1.ConditionOwned, metav1.ConditionFalse, cxv1.ReasonNoOwner,
			"Nobody answers for the journey as a whole: name an Owner in spec.ownerRef.")
	case !in.OwnerIsThere(owner):
		return condition(cxv1.ConditionOwned, metav1.ConditionFalse, cxv1.ReasonOwnerNotFound,
			fmt.Sprintf("Owner %q does not exist or has left: name another one in spec.ownerRef.", owner))
	}
	return condition(cxv1.ConditionOwned, metav1.ConditionTrue, cxv1.ReasonOwned,
		"The journey and each touchpoint name an owner who is there.")
}

// worstTouchpoint is the one with the largest share of missed targets, weighed by importance; of equals the one that comes
// first on the journey. Without a missed target there is none.
func worstTouchpoint(in JourneyInput) string {
	worst, highest := "", 0.0
	for _, touchpoint := range touchpoints(in.Journey) {
		r := Rollup(kpisAt(in.KPIs, touchpoint.Name))
		if r.Missed == 0 {
			continue
		}
		importance := int32(defaultImportance)
		if touchpoint.Importance != nil {
			importance = *touchpoint.Importance
		}
		if score := float64(importance) * float64(r.Missed) / float64(r.Met+r.Missed); score > highest {
			worst, highest = string(touchpoint.Name), score
		}
	}
	return worst
}

func kpisAt(kpis []*cxv1.KPI, touchpoint cxv1.TouchpointName) []*cxv1.KPI {
	var at []*cxv1.KPI
	for _, kpi := range kpis {
		if kpi.Spec.Touchpoint == touchpoint {
			at = append(at, kpi)
		}
	}
	return at
}

// gapsOf finds the service gaps that resources can show. A target journey has none: it is not how things are.
func gapsOf(in JourneyInput) []cxv1.JourneyGap {
	if in.Journey.Spec.State == cxv1.JourneyTarget {
		return nil
	}
	inWork := map[cxv1.ServiceGap]bool{}
	for _, initiative := range in.Initiatives {
		if initiative.Status.Phase == cxv1.InitiativeActive && initiative.Spec.Gap != "" {
			inWork[initiative.Spec.Gap] = true
		}
	}
	var gaps []cxv1.JourneyGap
	for _, touchpoint := range touchpoints(in.Journey) {
		for _, gap := range gapsAt(touchpoint, kpisAt(in.KPIs, touchpoint.Name)) {
			if !inWork[gap.Gap] {
				gaps = append(gaps, gap)
			}
		}
	}
	return gaps
}

func gapsAt(touchpoint cxv1.Touchpoint, kpis []*cxv1.KPI) []cxv1.JourneyGap {
	var gaps []cxv1.JourneyGap
	add := func(gap cxv1.ServiceGap, message string) {
		gaps = append(gaps, cxv1.JourneyGap{Gap: gap, Touchpoint: string(touchpoint.Name), Message: message})
	}
	if touchpoint.ServiceStandard == "" {
		add(cxv1.GapStandards, "Nobody wrote down what staff shall deliver here: agree on a serviceStandard, starting from what customers want.")
	}
	missed := missedKPIs(kpis, func(k *cxv1.KPI) bool { return k.Spec.Class == cxv1.KPIOperational })
	if missed != "" {
		add(cxv1.GapDelivery, "What is delivered falls short ("+missed+"): train, empower, or automate the process.")
	}
	missed = missedKPIs(kpis, func(*cxv1.KPI) bool { return true })
	if touchpoint.Promise != "" && missed != "" {
		add(cxv1.GapCommunication, "What is promised is not what is delivered ("+missed+"): promise what you keep, or keep what you promise.")
	}
	return gaps
}

func missedKPIs(kpis []*cxv1.KPI, counts func(*cxv1.KPI) bool) string {
	const shown = 3
	var names []string
	for _, kpi := range kpis {
		if counts(kpi) && verdict(kpi) == metav1.ConditionFalse {
			names = append(names, kpi.Name)
		}
	}
	slices.Sort(names)
	if len(names) > shown {
		names = append(names[:shown], "...")
	}
	return strings.Join(names, ", ")
}

// HasTouchpoint reports whether a journey has a touchpoint of that name.
func HasTouchpoint(journey *cxv1.Journey, name cxv1.TouchpointName) bool {
	return slices.ContainsFunc(touchpoints(journey), func(t cxv1.Touchpoint) bool { return t.Name == name })
}
