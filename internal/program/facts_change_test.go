// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"testing"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

func journey(name string, touchpoints ...cxv1.Touchpoint) *cxv1.Journey {
	return &cxv1.Journey{ObjectMeta: meta(name), Spec: cxv1.JourneySpec{
		Personas: []cxv1.Ref{"shopper"}, Need: "buy without waiting",
		Stages: []cxv1.JourneyStage{{Name: "buy", Touchpoints: touchpoints}},
	}}
}

func journeys() []program.Object {
	pay, ask := cxv1.Touchpoint{Name: "pay", OwnerRef: "clerk"}, cxv1.Touchpoint{Name: "ask", OwnerRef: "clerk"}
	accepted := accept(cxv1.SubjectJourney, "visit", cxv1.RoleAccountable, "clerk")
	accepted.Spec.Subject.Touchpoint = "pay"
	measured := kpi("nps", cxv1.KPIExperience, "")
	measured.Spec.JourneyRef, measured.Spec.PersonaRef = "visit", "shopper"
	return append(example(), journey("visit", pay, ask), journey("return"), accepted, measured,
		&cxv1.Persona{ObjectMeta: meta("shopper")})
}

func TestFactsAboutJourneys(t *testing.T) {
	checkFacts(t, journeys, map[string]factsCase{
		"two journeys": {ev: known, want: map[string]any{
			"journeys": 2, "journeysWithPersona": 2, "journeysWithPersonaRatio": 1.0, "journeysWithNeedRatio": 1.0,
			"journeysWithPersonaKpiRatio": 0.5, "touchpointsOwnerAcceptedRatio": 0.5,
		}},
		"without evidence": {want: map[string]any{"journeysWithPersona": 2, "touchpointsOwnerAcceptedRatio": nil}},
		"none": {ev: known, change: func(s *program.Snapshot) { s.Journeys = nil }, want: map[string]any{
			"journeys": 0, "journeysWithPersona": 0, "journeysWithPersonaRatio": nil, "journeysWithNeedRatio": nil,
			"journeysWithPersonaKpiRatio": nil, "touchpointsOwnerAcceptedRatio": nil,
		}},
		"a persona that does not exist is none": {ev: known, change: func(s *program.Snapshot) { s.Personas = nil },
			want: map[string]any{"journeysWithPersona": 0, "journeysWithPersonaRatio": 0.0, "journeysWithPersonaKpiRatio": 0.0}},
		"the journey's owner does not answer for its touchpoints": {ev: known, change: func(s *program.Snapshot) {
			for _, a := range s.Assignments {
				a.Spec.Subject.Touchpoint = ""
			}
		}, want: map[string]any{"touchpointsOwnerAcceptedRatio": 0.0}},
		"a number too small to be shown is not read per persona": {ev: known, change: func(s *program.Snapshot) {
			s.KPI("nps").Status.N = new(int64(2))
		}, want: map[string]any{"journeysWithPersonaKpiRatio": 0.0}},
	})
}

// done is an initiative that was finished a month ago and told to the IT department three weeks ago.
func done(name string, kind cxv1.InitiativeType) *cxv1.Initiative {
	i := &cxv1.Initiative{ObjectMeta: meta(name), Spec: cxv1.InitiativeSpec{Type: kind, OwnerRef: "clerk", Subject: cxv1.SubjectCustomer,
		Functions:    []cxv1.Function{"shops", "logistics"},
		Result:       &cxv1.InitiativeResult{Verdict: cxv1.VerdictRefuted, Evidence: "https://example.com/minutes"},
		Publications: []cxv1.Publication{{Date: dayAgo(21), Functions: []cxv1.Function{"it", "logistics"}, Evidence: "https://example.com/talk"}},
	}}
	i.Status.Phase, i.Status.ActiveSince, i.Status.DoneSince = cxv1.InitiativeDone, daysAgo(60), daysAgo(30)
	return i
}

func initiatives() []program.Object {
	decision := done("refund", cxv1.InitiativeDecision)
	decision.Spec.Cost = &cxv1.Cost{Currency: "EUR", Accepted: "500"}
	team := done("quiet-room", cxv1.InitiativeImprovement)
	team.Spec.Subject = cxv1.SubjectEmployee
	return append(example(), done("signs", cxv1.InitiativeExperiment), done("interviews", cxv1.InitiativeResearch),
		done("course", cxv1.InitiativeTraining), done("open-day", cxv1.InitiativeEvent), done("desk", cxv1.InitiativeRedesign),
		decision, team)
}

func each(change func(*cxv1.Initiative)) func(*program.Snapshot) {
	return func(s *program.Snapshot) {
		for _, i := range s.Initiatives {
			change(i)
		}
	}
}

func TestFactsAboutFinishedInitiatives(t *testing.T) {
	checkFacts(t, initiatives, map[string]factsCase{
		"one of each": {ev: known, want: map[string]any{
			"experimentsPublished365d": 1, "experimentsRefutedPublished365d": 1, "researchStarted365d": 1, "researchPublished365d": 1,
			"researchAudienceFunctions": 1, "trainingDone365d": 1, "trainingFunctions": 2, "internalEvents365d": 1,
			"redesignCrossFunctional365d": 1, "employeeInitiativesDone365d": 1, "customerDecisionsWithCost365d": 1,
			"startedInitiatives365d": 7, "acceptedInitiatives": 7, "proposedInitiatives": 7, "activeInitiatives": 0,
			"activeInitiativesRankedRatio": nil,
		}},
		"more than a year ago": {ev: known, change: each(func(i *cxv1.Initiative) {
			i.Status.ActiveSince, i.Status.DoneSince = daysAgo(400), daysAgo(366)
			i.Spec.Publications[0].Date = dayAgo(366)
		}), want: map[string]any{
			"experimentsPublished365d": 0, "researchStarted365d": 0, "researchPublished365d": 0, "researchAudienceFunctions": 0,
			"trainingDone365d": 0, "trainingFunctions": 0, "internalEvents365d": 0, "redesignCrossFunctional365d": 0,
			"employeeInitiativesDone365d": 0, "customerDecisionsWithCost365d": 0, "startedInitiatives365d": 0, "acceptedInitiatives": 7,
		}},
		"a date in the future has not happened": {ev: known, change: each(func(i *cxv1.Initiative) {
			i.Spec.Publications[0].Date = dayAgo(-2)
		}), want: map[string]any{"experimentsPublished365d": 0, "researchPublished365d": 0}},
		"an experiment told to the owner's own function only": {ev: known, change: each(func(i *cxv1.Initiative) {
			i.Spec.Publications[0].Functions = []cxv1.Function{"shops"}
		}), want: map[string]any{"experimentsPublished365d": 0, "experimentsRefutedPublished365d": 0}},
		"an experiment that was confirmed counts, but not as refuted": {ev: known, change: func(s *program.Snapshot) {
			s.Initiative("signs").Spec.Result.Verdict = cxv1.VerdictConfirmed
		}, want: map[string]any{"experimentsPublished365d": 1, "experimentsRefutedPublished365d": 0}},
		"told before it was finished": {ev: known, change: each(func(i *cxv1.Initiative) { i.Status.Phase = cxv1.InitiativeActive }),
			want: map[string]any{"experimentsPublished365d": 0, "researchPublished365d": 0, "researchStarted365d": 1}},
		"told to nobody": {ev: known, change: each(func(i *cxv1.Initiative) { i.Spec.Publications = nil }), want: map[string]any{
			"experimentsPublished365d": 0, "researchPublished365d": 0, "trainingDone365d": 0, "internalEvents365d": 0}},
		"a decision that cost nothing": {ev: known, change: func(s *program.Snapshot) {
			s.Initiative("refund").Spec.Cost.Accepted = "0"
		}, want: map[string]any{"customerDecisionsWithCost365d": 0}},
		"a redesign by one function": {ev: known, change: each(func(i *cxv1.Initiative) { i.Spec.Functions = i.Spec.Functions[:1] }),
			want: map[string]any{"redesignCrossFunctional365d": 0, "trainingFunctions": 1}},
		"training one's own team teaches nobody new": {ev: known, change: each(func(i *cxv1.Initiative) {
			i.Spec.Functions = []cxv1.Function{"service"}
		}), want: map[string]any{"trainingDone365d": 1, "trainingFunctions": 0}},
	})
}

func TestFactsAboutPhasesAndRanks(t *testing.T) {
	active := each(func(i *cxv1.Initiative) { i.Status.Phase = cxv1.InitiativeActive })
	checkFacts(t, initiatives, map[string]factsCase{
		"fresh ideas are not unheard yet": {ev: known, change: each(func(i *cxv1.Initiative) {
			i.Status.Phase, i.CreationTimestamp = cxv1.InitiativeProposed, *daysAgo(90)
		}), want: map[string]any{"proposedInitiatives": 0, "acceptedInitiatives": 0}},
		"old ideas are": {ev: known, change: each(func(i *cxv1.Initiative) {
			i.Status.Phase, i.CreationTimestamp = cxv1.InitiativeProposed, *daysAgo(91)
		}), want: map[string]any{"proposedInitiatives": 7, "acceptedInitiatives": 0}},
		"so are those that were dropped": {ev: known, change: each(func(i *cxv1.Initiative) {
			i.Status.Phase = cxv1.InitiativeCancelled
		}), want: map[string]any{"proposedInitiatives": 7, "acceptedInitiatives": 0}},
		"nothing seen yet": {ev: known, change: each(func(i *cxv1.Initiative) { i.Status = cxv1.InitiativeStatus{} }),
			want: map[string]any{"proposedInitiatives": 0, "acceptedInitiatives": 0, "startedInitiatives365d": 0}},
		"active without ranks": {ev: known, change: active,
			want: map[string]any{"activeInitiatives": 7, "activeInitiativesRankedRatio": 0.0}},
		"a rank counts when no other active one has it": {ev: known, change: func(s *program.Snapshot) {
			active(s)
			for i, rank := range []int32{1, 2, 2, 3} {
				s.Initiatives[i].Spec.Rank = &rank
			}
		}, want: map[string]any{"activeInitiativesRankedRatio": 2.0 / 7}},
	})
}

func wave(survey string, closedDaysAgo int, audience ...string) store.WaveOutcome {
	closed := now.AddDate(0, 0, -closedDaysAgo)
	return store.WaveOutcome{
		Survey: survey, Slot: closed.Format("20060102t1504"), Phase: store.WaveClosed, Audience: audience,
		DueAt: closed.AddDate(0, 0, -14), OpenedAt: closed.AddDate(0, 0, -14), ClosedAt: closed,
		Counts: store.WaveCounts{Invited: 100, Responded: 30},
	}
}

func evidence(waves ...store.WaveOutcome) *store.Evidence { return &store.Evidence{Waves: waves} }

func TestFactsAboutWaves(t *testing.T) {
	unanswered, cancelled, late := wave("pulse", 5, "Employee"), wave("pulse", 5, "Employee"), wave("nps", 5, "Customer")
	unanswered.Counts.Responded = 0
	cancelled.Phase = store.WaveCancelled
	late.OpenedAt = late.ClosedAt.AddDate(0, 0, -16)
	told := wave("nps", 10, "Customer")
	told.PublishedAt, told.PublishedTo = now.AddDate(0, 0, -6), []string{"it", "shops", "press"}
	checkFacts(t, example, map[string]factsCase{
		"no evidence": {want: map[string]any{"insideWavesClosed365d": nil, "wavesClosedOnTime365d": nil, "publishLagDaysP90": nil}},
		"no waves": {ev: known, want: map[string]any{
			"wavesClosedOnTime365d": 0, "insideWavesClosed365d": 0, "employeeWavesClosed365d": 0, "publishLagDaysP90": nil,
			"publishFunctionsRatio": nil, "researchStarted365d": 0, "researchPublished365d": 0}},
		"waves that nobody answered do not count": {ev: evidence(unanswered), want: map[string]any{
			"wavesClosedOnTime365d": 0, "insideWavesClosed365d": 0, "researchStarted365d": 0, "publishLagDaysP90": nil}},
		"nor do cancelled ones": {ev: evidence(cancelled), want: map[string]any{"insideWavesClosed365d": 0, "researchStarted365d": 1}},
		"nor old ones":          {ev: evidence(wave("pulse", 366, "Employee")), want: map[string]any{"insideWavesClosed365d": 0}},
		"one that closed too late": {ev: evidence(late), want: map[string]any{
			"wavesClosedOnTime365d": 0, "researchStarted365d": 1}},
		"customers are not inside; customers with employees are not either": {
			ev: evidence(wave("nps", 3, "Customer"), wave("both", 4, "Customer", "Employee"), wave("desk", 5, "InternalCustomer"),
				wave("dealers", 6, "Partner")),
			want: map[string]any{"insideWavesClosed365d": 2, "employeeWavesClosed365d": 2, "wavesClosedOnTime365d": 4, "researchStarted365d": 4},
		},
		"publishing: a wave that was not shared counts the days until now": {ev: evidence(told, wave("nps", 20, "Customer")),
			want: map[string]any{"publishLagDaysP90": 20.0, "publishFunctionsRatio": 0.25, "researchPublished365d": 1,
				"researchAudienceFunctions": 1}},
	})
	facts := program.Facts(program.New("retail", example()...), evidence(told), now)
	if got := facts["researchStarted365d"].Grade; got != maturity.GradeSystem {
		t.Errorf("a study that is an answered wave has grade %q, want System", got)
	}
	facts = program.Facts(program.New("retail", initiatives()...), evidence(told), now)
	if got := facts["researchStarted365d"].Grade; got != maturity.GradeDeclared {
		t.Errorf("studies of which one was typed have grade %q, want Declared", got)
	}
	if got := facts["publishLagDaysP90"].Value; got != 4.0 {
		t.Errorf("a wave shared four days after closing has a lag of %v", got)
	}
}
