// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package build makes the smallest valid object of each kind, for tests to change where it matters to them:
//
//	build.Goal("loyalty", func(g *v1alpha1.Goal) { g.Spec.ParentRef = "growth" })
//
// No object has a namespace, and none names another object unless it must.
package build

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Monday is the time that the objects are about: Monday, 4 January 2027, 09:00 UTC.
var Monday = time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC)

// At returns a time as objects have it, a while after Monday.
func At(after time.Duration) metav1.Time { return metav1.NewTime(Monday.Add(after)) }

// change applies the changes in order.
func change[T any](object T, changes []func(T)) T {
	for _, c := range changes {
		c(object)
	}
	return object
}

func meta(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Name: name} }

// Program makes the Program of the fictional firm Example Retail. Where programs share a store, give each its own id.
func Program(changes ...func(*v1alpha1.Program)) *v1alpha1.Program {
	return change(&v1alpha1.Program{
		ObjectMeta: meta(v1alpha1.ProgramName),
		Spec:       v1alpha1.ProgramSpec{ID: "example-retail", Organization: "Example Retail"},
	}, changes)
}

// Owner makes a manager in marketing.
func Owner(name string, changes ...func(*v1alpha1.Owner)) *v1alpha1.Owner {
	return change(&v1alpha1.Owner{
		ObjectMeta: meta(name),
		Spec:       v1alpha1.OwnerSpec{DisplayName: "Owner " + name, Function: "marketing", Level: v1alpha1.LevelManager},
	}, changes)
}

// Persona makes a group of customers, assumed rather than known.
func Persona(name string, changes ...func(*v1alpha1.Persona)) *v1alpha1.Persona {
	return change(&v1alpha1.Persona{
		ObjectMeta: meta(name),
		Spec:       v1alpha1.PersonaSpec{DisplayName: "Persona " + name, Type: v1alpha1.PersonaCustomer},
	}, changes)
}

// Journey makes a journey of one stage, "buy", with one touchpoint, "checkout".
func Journey(name string, changes ...func(*v1alpha1.Journey)) *v1alpha1.Journey {
	return change(&v1alpha1.Journey{
		ObjectMeta: meta(name),
		Spec: v1alpha1.JourneySpec{
			DisplayName: "Journey " + name,
			Stages:      []v1alpha1.JourneyStage{{Name: "buy", Touchpoints: []v1alpha1.Touchpoint{{Name: "checkout"}}}},
		},
	}, changes)
}

// Goal makes an experience goal.
func Goal(name string, changes ...func(*v1alpha1.Goal)) *v1alpha1.Goal {
	return change(&v1alpha1.Goal{
		ObjectMeta: meta(name),
		Spec:       v1alpha1.GoalSpec{DisplayName: "Goal " + name, Kind: v1alpha1.GoalExperience},
	}, changes)
}

// KPI makes an operational KPI with the bare value 42, as of Monday.
func KPI(name string, changes ...func(*v1alpha1.KPI)) *v1alpha1.KPI {
	return change(&v1alpha1.KPI{
		ObjectMeta: meta(name),
		Spec: v1alpha1.KPISpec{
			DisplayName: "KPI " + name,
			Metric:      "first-response-minutes",
			Class:       v1alpha1.KPIOperational,
			Method:      v1alpha1.MethodValue,
			Source:      v1alpha1.KPISource{Manual: &v1alpha1.ManualSource{AsOf: At(0), Value: "42"}},
		},
	}, changes)
}

// Questionnaire makes one NPS question, "recommend".
func Questionnaire() v1alpha1.Questionnaire {
	return v1alpha1.Questionnaire{
		Title: v1alpha1.LocalizedText{EN: "How are we doing?"},
		Questions: []v1alpha1.Question{{
			ID:   "recommend",
			Type: v1alpha1.QuestionNPS,
			Text: v1alpha1.LocalizedText{EN: "How likely are you to recommend us?"},
		}},
	}
}

// Survey makes a survey of the persona "shopper", Mondays at nine.
func Survey(name string, changes ...func(*v1alpha1.Survey)) *v1alpha1.Survey {
	return change(&v1alpha1.Survey{
		ObjectMeta: meta(name),
		Spec: v1alpha1.SurveySpec{
			DisplayName:   "Survey " + name,
			PersonaRefs:   []v1alpha1.Ref{"shopper"},
			Questionnaire: new(Questionnaire()),
			Schedule:      v1alpha1.Schedule{Cron: "0 9 * * MON"},
		},
	}, changes)
}

// SurveyWave makes the wave of the survey "pulse" that was due on Monday and is open for two weeks.
func SurveyWave(name string, changes ...func(*v1alpha1.SurveyWave)) *v1alpha1.SurveyWave {
	const open = 14 * 24 * time.Hour
	return change(&v1alpha1.SurveyWave{
		ObjectMeta: meta(name),
		Spec: v1alpha1.SurveyWaveSpec{Template: v1alpha1.WaveTemplate{
			Survey:            "pulse",
			SurveyUID:         "00000000-0000-0000-0000-000000000001",
			Slot:              "20270104t0900",
			DueAt:             At(0),
			OpensAt:           At(0),
			ClosesAt:          At(open),
			GraceUntil:        At(open + time.Hour),
			Anonymity:         v1alpha1.AnonymityConfidential,
			Personas:          []v1alpha1.Ref{"shopper"},
			Audience:          []v1alpha1.PersonaType{v1alpha1.PersonaCustomer},
			Questionnaire:     Questionnaire(),
			QuestionnaireHash: "0123456789abcdef",
		}},
	}, changes)
}

// Initiative makes an improvement.
func Initiative(name string, changes ...func(*v1alpha1.Initiative)) *v1alpha1.Initiative {
	return change(&v1alpha1.Initiative{
		ObjectMeta: meta(name),
		Spec:       v1alpha1.InitiativeSpec{DisplayName: "Initiative " + name, Type: v1alpha1.InitiativeImprovement},
	}, changes)
}

// OwnerAssignment makes the offer to "head-of-cx" to answer for the goal "loyalty".
func OwnerAssignment(name string, changes ...func(*v1alpha1.OwnerAssignment)) *v1alpha1.OwnerAssignment {
	return change(&v1alpha1.OwnerAssignment{
		ObjectMeta: meta(name),
		Spec: v1alpha1.OwnerAssignmentSpec{
			Subject:  v1alpha1.AssignmentSubject{Kind: v1alpha1.SubjectGoal, Name: "loyalty"},
			Role:     v1alpha1.RoleAccountable,
			Proposed: &v1alpha1.Proposal{Owner: "head-of-cx", OfferID: "offer-0001", Approvers: []string{"user:head-of-cx"}},
		},
	}, changes)
}

// Scorecard makes the scorecard of the built-in framework.
func Scorecard(name string, changes ...func(*v1alpha1.Scorecard)) *v1alpha1.Scorecard {
	return change(&v1alpha1.Scorecard{
		ObjectMeta: meta(name),
		Spec:       v1alpha1.ScorecardSpec{Framework: "six-stages", Profile: "standard"},
	}, changes)
}

// Framework makes the smallest ladder: two stages, one rule.
func Framework(name string, changes ...func(*v1alpha1.Framework)) *v1alpha1.Framework {
	return change(&v1alpha1.Framework{
		ObjectMeta: meta(name),
		Spec: v1alpha1.FrameworkSpec{
			Competencies: []string{"culture"},
			Stages: []v1alpha1.FrameworkStage{
				{Number: 1, Name: "Start"},
				{Number: 2, Name: "Journeys", Criteria: []v1alpha1.FrameworkCriterion{{
					ID: "has-journey", Competency: "culture", Rule: "f.journeys >= 1",
					FrameworkText: v1alpha1.FrameworkText{EN: "There is a journey"},
				}}},
			},
		},
	}, changes)
}

// Assessment makes an assessment of one question on Monday.
func Assessment(name string, changes ...func(*v1alpha1.Assessment)) *v1alpha1.Assessment {
	return change(&v1alpha1.Assessment{
		ObjectMeta: meta(name),
		Spec: v1alpha1.AssessmentSpec{
			Framework: "six-stages", Date: v1alpha1.Date(Monday.Format(time.DateOnly)), Evidence: "https://wiki.example.com/poll",
			Counts: []v1alpha1.AttestationCounts{{Question: "Q03", Level: v1alpha1.AttestationAll, Answers: []int64{2, 5, 20, 8}}},
		},
	}, changes)
}

// FollowUp makes a follow-up of an answer that a detractor gave on Monday.
func FollowUp(name string, changes ...func(*v1alpha1.FollowUp)) *v1alpha1.FollowUp {
	return change(&v1alpha1.FollowUp{
		ObjectMeta: meta(name),
		Spec: v1alpha1.FollowUpSpec{Case: v1alpha1.FollowUpCase{
			Survey: "nps", Slot: "20270104t0900", Rule: "detractor", AnswerKey: "k3j2h1",
			OpenedAt: At(0), DueBy: At(48 * time.Hour),
		}},
	}, changes)
}
