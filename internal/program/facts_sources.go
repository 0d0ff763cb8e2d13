// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"slices"

	"github.com/cx-operator/cx-operator/internal/maturity"
)

// FactSource says where a fact comes from.
type FactSource struct {
	// Fact is its name in maturity.Facts.
	Fact string
	// Grade of the evidence. Where a fact has two kinds of source it is the weaker one, and Facts gives the better one
	// when only that contributed.
	Grade maturity.Grade
	// Fields it is read from, as Kind.path; Evidence is the store's.
	Fields []string
}

// FactSources has one entry for every fact in maturity.Facts, in the same order.
var FactSources = []FactSource{
	seenFact("acceptedOwners", sourceAccepted),
	seenFact("groupMembers", "Program.spec.workingGroup", sourceAccepted),
	seenFact("groupFunctions", "Program.spec.workingGroup", sourceAccepted, "Owner.spec.function"),
	seenFact("ambassadorsStaff", "Program.spec.ambassadors", sourceAccepted, "Owner.spec.level"),
	seenFact("ambassadorsMiddle", "Program.spec.ambassadors", sourceAccepted, "Owner.spec.level"),
	seenFact("sponsorAccepted", "Program.spec.sponsor", sourceAccepted, "Owner.spec.level"),
	seenFact("executiveSponsorAccepted", "Program.spec.sponsor", sourceAccepted, "Owner.spec.level"),
	seenFact("cxLeadAccepted", "Program.spec.lead", sourceAccepted),
	typedFact("cxLeadShare", "Program.spec.lead", "Owner.spec.sharePercent"),
	seenFact("cxDirectorAccepted", "Owner.spec.roles", "Owner.spec.level", "Program.spec.lead", "Program.spec.sponsor",
		"Program.spec.governance.members", sourceAccepted),
	typedFact("cxDirectorReportsToCeo", "Owner.spec.roles", "Owner.spec.level", "Owner.spec.reportsTo", "Program.spec.lead",
		"Program.spec.sponsor", "Program.spec.governance.members", sourceAccepted),
	seenFact("cxOwnerIsCeoOrDirectReport", "Program.spec.lead", sourceAccepted, "Owner.spec.level", "Owner.spec.reportsTo"),
	seenFact("steeringFunctions", "Program.spec.governance.members", sourceAccepted, "Owner.spec.function"),
	typedFact("reviewsHeldOnTimeRatio", "Program.spec.governance.reviewEvery", "Program.spec.governance.reviews.date",
		"Program.spec.governance.reviews.evidence"),
	seenFact("budgetApproved", "Program.spec.budget.amount", "Program.spec.budget.currency", "Program.spec.budget.year",
		"Program.spec.budget.approvedBy", sourceApproved, "Owner.spec.level", "Program.spec.lead"),
	typedFact("budgetAmount", "Program.spec.budget.amount", "Program.spec.budget.year"),
	typedFact("ideaFundAmount", "Program.spec.ideaFund.amount"),
	typedFact("ideaFundSpent365d", "Program.spec.ideaFund.spent.date", "Program.spec.ideaFund.spent.amount",
		"Program.spec.ideaFund.spent.evidence"),
	typedFact("ideasDoneLevels365d", "Initiative.spec.origin", sourcePhase, sourceDone, "Initiative.spec.ownerRef",
		"Initiative.spec.participants", "Owner.spec.level"),
	typedFact("standardExists", "Program.spec.standard"),
	seenFact("standardInForce", "Program.spec.standard.state", "Program.spec.standard.version", "Program.spec.standard.approvedBy",
		sourceApproved),
	typedFact("standardHasDataSection", "Program.spec.standard.sections"),
	typedFact("standardHasChangeSection", "Program.spec.standard.sections"),
	typedFact("standardReviewedDaysAgo", "Program.spec.standard.reviewedAt", "Program.spec.standard.reviewEvidence"),

	typedFact("experienceGoals", "Goal.spec.kind"),
	seenFact("experienceGoalsOwnerAccepted", "Goal.spec.kind", "Goal.spec.ownerRef", sourceAccepted),
	typedFact("topGoals", "Goal.spec.kind", "Goal.spec.parentRef"),
	typedFact("leafGoals", "Goal.spec.parentRef"),
	typedFact("topGoalsWithBusinessOutcomeRatio", "Goal.spec.businessOutcome", "Goal.spec.parentRef", "Goal.spec.kind"),
	typedFact("leafGoalsWithOperationalKpiRatio", "Goal.spec.parentRef", "KPI.spec.goalRef", "KPI.spec.class"),
	typedFact("leafGoalsWithFreshKpiRatio", "Goal.spec.parentRef", "KPI.spec.goalRef", "KPI.status.value", "KPI.status.asOf",
		"KPI.spec.ttl"),
	typedFact("experienceKpis", "KPI.spec.class"),
	typedFact("experienceKpisDefined", "KPI.spec.class", "KPI.spec.ownerRef", "Owner.spec.state", "KPI.spec.source",
		"KPI.spec.method", "KPI.spec.scale"),
	typedFact("experienceKpisWithInterval", "KPI.spec.class", "KPI.spec.source", "KPI.status.n", "KPI.spec.minResponses",
		"KPI.status.low", "KPI.status.high"),
	typedFact("experienceKpisLinkedToBusinessRatio", "KPI.spec.goalRef", "KPI.spec.class", "Goal.spec.parentRef"),
	typedFact("experienceKpisLinkedToEmployeeRatio", "KPI.spec.goalRef", "KPI.spec.class", "Goal.spec.parentRef"),
	typedFact("kpisCompleteRatio", "KPI.spec.ownerRef", sourceAccepted, "KPI.spec.source", "KPI.spec.target", "KPI.spec.method"),
	typedFact("kpisWithTestedTrend", "KPI.status.trend", "KPI.spec.source"),
	typedFact("conflictingMetricDefinitions", "KPI.spec.class", "KPI.spec.metric", "KPI.spec.method", "KPI.spec.scale"),
	typedFact("incentiveLevels", "KPI.spec.class", "KPI.spec.incentives.level", "KPI.spec.incentives.evidence"),
	typedFact("incentiveFunctionsRatio", "KPI.spec.class", "KPI.spec.incentives.function", "KPI.spec.incentives.evidence",
		"Owner.spec.function", "Owner.spec.state"),
	waveFact("wavesClosedOnTime365d", "Evidence.waves.closedAt", "Evidence.waves.dueAt", "Evidence.waves.openedAt",
		"Evidence.waves.survey", "Survey.spec.openFor"),
	waveFact("insideWavesClosed365d", "Evidence.waves.audience", "Evidence.waves.closedAt"),
	waveFact("employeeWavesClosed365d", "Evidence.waves.audience", "Evidence.waves.closedAt"),
	waveFact("publishLagDaysP90", "Evidence.waves.closedAt", "Evidence.waves.publishedAt"),
	waveFact("publishFunctionsRatio", "Evidence.waves.closedAt", "Evidence.waves.publishedTo", "Owner.spec.function",
		"Owner.spec.state"),
	typedFact("surveysConformingRatio", "Survey.spec.standardVersion", "Program.spec.standard.version", "Survey.spec.retention",
		"Survey.spec.minReport", "Survey.spec.anonymity", "Survey.spec.personaRefs", "Persona.spec.type", "Survey.spec.suspend",
		"Survey.status.phase"),
	waveFact("followUpRulesWorking", "Evidence.waves.followUpRules", "Evidence.waves.survey", "Evidence.waves.openedAt",
		"Evidence.waves.closedAt"),
	seenFact("followUpsDue90d", "Evidence.followUps.dueBy"),
	seenFact("firstResponseInTimeRatio90d", "Evidence.followUps.dueBy", "Evidence.followUps.firstResponseAt"),
	typedFact("customersReachedRatio90d", "Evidence.followUps.dueBy", "Evidence.followUps.reached"),
	typedFact("rootCauseSpecificRatio90d", "Evidence.followUps.closedAt", "Evidence.followUps.rootCause"),
	typedFact("repeatedCausesWithInitiativeRatio", "Evidence.followUps.rootCause", "Evidence.followUps.openedAt",
		"Initiative.spec.rootCauses", sourcePhase),

	typedFact("journeys", "Journey.metadata.name"),
	typedFact("journeysWithPersona", "Journey.spec.personas"),
	typedFact("journeysWithPersonaRatio", "Journey.spec.personas"),
	typedFact("journeysWithNeedRatio", "Journey.spec.need"),
	typedFact("journeysWithPersonaKpiRatio", "KPI.spec.journeyRef", "KPI.spec.personaRef", "KPI.spec.class", "KPI.status.n",
		"KPI.spec.minResponses"),
	typedFact("journeysOnStandardRatio", "Journey.spec.standardVersion", "Program.spec.standard.version"),
	seenFact("touchpointsOwnerAcceptedRatio", "Journey.spec.stages.touchpoints.ownerRef", sourceAccepted),
	typedFact("proposedInitiatives", sourcePhase),
	typedFact("acceptedInitiatives", sourcePhase),
	typedFact("activeInitiatives", sourcePhase),
	typedFact("activeInitiativesRankedRatio", sourcePhase, "Initiative.spec.rank"),
	typedFact("experimentsPublished365d", "Initiative.spec.type", sourcePhase, "Initiative.spec.publications",
		"Initiative.spec.ownerRef", "Owner.spec.function"),
	typedFact("experimentsRefutedPublished365d", "Initiative.spec.type", sourcePhase, "Initiative.spec.publications",
		"Initiative.spec.ownerRef", "Owner.spec.function", "Initiative.spec.result.verdict", "Initiative.spec.result.evidence"),
	typedFact("researchStarted365d", "Initiative.spec.type", sourcePhase, "Initiative.status.activeSince", "Evidence.waves.survey",
		"Evidence.waves.openedAt", "Evidence.waves.counts.responded"),
	typedFact("researchPublished365d", "Initiative.spec.type", sourcePhase, "Initiative.spec.publications", "Evidence.waves.phase",
		"Evidence.waves.closedAt", "Evidence.waves.publishedAt", "Evidence.waves.counts.responded"),
	typedFact("researchAudienceFunctions", "Initiative.spec.type", sourcePhase, "Initiative.spec.publications",
		"Evidence.waves.phase", "Evidence.waves.closedAt", "Evidence.waves.publishedAt", "Evidence.waves.publishedTo",
		"Evidence.waves.counts.responded", "Program.spec.workingGroup", "Owner.spec.function"),
	typedFact("listeningActivities365d", "Initiative.spec.type", "Initiative.spec.methods", sourcePhase,
		"Initiative.spec.publications"),
	typedFact("trainingDone365d", "Initiative.spec.type", sourcePhase, sourceDone, "Initiative.spec.publications.evidence"),
	typedFact("trainingFunctions", "Initiative.spec.type", "Initiative.spec.functions", sourcePhase, sourceDone,
		"Initiative.spec.publications.evidence", "Program.spec.lead", "Program.spec.workingGroup", "Owner.spec.function"),
	typedFact("internalEvents365d", "Initiative.spec.type", sourcePhase, sourceDone, "Initiative.spec.publications.evidence"),
	typedFact("redesignCrossFunctional365d", "Initiative.spec.type", sourcePhase, sourceDone, "Initiative.spec.functions"),
	typedFact("redesignByPeople365d", "Initiative.spec.type", sourcePhase, sourceDone, "Initiative.spec.functions",
		"Initiative.spec.ownerRef", "Initiative.spec.participants"),
	typedFact("employeeInitiativesDone365d", "Initiative.spec.subject", sourcePhase, sourceDone),
	typedFact("customerDecisionsWithCost365d", "Initiative.spec.type", sourcePhase, sourceDone, "Initiative.spec.cost.accepted",
		"Initiative.spec.result.evidence"),
	typedFact("startedInitiatives365d", "Initiative.status.activeSince"),
	typedFact("startedInitiativesWithInsightRatio365d", "Initiative.status.activeSince", "Initiative.spec.insights.survey",
		"Initiative.spec.insights.wave", "Initiative.spec.insights.initiativeRef", "Initiative.spec.insights.rootCause",
		"Initiative.spec.type", sourcePhase, "Evidence.waves.survey", "Evidence.waves.slot", "Evidence.waves.counts.responded",
		"Evidence.followUps.rootCause"),
	typedFact("doneInitiativesAnnouncedRatio", sourcePhase, sourceDone, "Initiative.spec.announcement.date",
		"Initiative.spec.announcement.url"),
}

const (
	// sourceAccepted stands for the whole assignment: who accepted what.
	sourceAccepted = "OwnerAssignment.status.acceptedAt"
	// sourceApproved stands for the whole decision: who approved what, on which terms.
	sourceApproved = "Evidence.decisions.terms"
	sourcePhase    = "Initiative.status.phase"
	sourceDone     = "Initiative.status.doneSince"
)

// seenFact is for facts that the operator saw come about: an owner accepted, an answer came in.
func seenFact(fact string, fields ...string) FactSource {
	return factSource(fact, maturity.GradeSystem, fields)
}

// typedFact is for facts that somebody wrote down.
func typedFact(fact string, fields ...string) FactSource {
	return factSource(fact, maturity.GradeDeclared, fields)
}

// waveFact is for facts about waves in the evidence: each counts in its phase, and only when it was answered.
func waveFact(fact string, fields ...string) FactSource {
	return seenFact(fact, append(fields, "Evidence.waves.phase", "Evidence.waves.counts.responded")...)
}

// factSource adds that who accepted must still be there.
func factSource(fact string, grade maturity.Grade, fields []string) FactSource {
	if slices.Contains(fields, sourceAccepted) || slices.Contains(fields, sourceApproved) {
		fields = append(fields, "Owner.spec.state")
	}
	return FactSource{Fact: fact, Grade: grade, Fields: fields}
}

var factGrades = func() map[string]maturity.Grade {
	grades := make(map[string]maturity.Grade, len(FactSources))
	for _, source := range FactSources {
		grades[source.Fact] = source.Grade
	}
	return grades
}()
