// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

// choice of makes the test of a field that takes one of a few words: those, and neither another word nor another case.
func oneOf(kind, path string, with fields, words ...any) limit {
	return limit{kind: kind, path: path, with: with, good: words, bad: []any{"Nonsense", "", "unknown", int64(1)}}
}

var (
	decided      = fields{"spec.decision": map[string]any{"offerID": "offer-0001", "reason": "too much"}}
	withHunch    = fields{"spec.hypothesis": "If we call back, they stay"}
	withResult   = fields{"spec.result": map[string]any{"summary": "Shorter queues", "evidence": "https://wiki.example.com/queues"}}
	withStandard = fields{"spec.standard": map[string]any{"version": "1.2", "url": "https://wiki.example.com/cx", "approvedBy": "ceo"}}
	withQuestion = fields{"spec.questions[0]": map[string]any{"id": "Q01", "scale": "practice", "en": "We write it down"}}
	askedOnly    = fields{"spec.stages[1].criteria[0]": criterion(map[string]any{"rule": nil, "questions": []any{"Q01"}})}
	askedToo     = fields{"spec.stages[1].criteria[0]": criterion(map[string]any{"questions": []any{"Q01"}})}
	withBonus    = fields{
		"spec.target": map[string]any{"value": "45", "confidence": "Strict"}, "spec.incentives[0]": bonus,
	}
	withTarget = fields{"spec.target.value": "45"}
)

// choices are the fields with a fixed set of words.
var choices = []limit{
	oneOf("Program", "spec.ownership.acceptance", nil, "Required", "Trusted"),
	oneOf("Program", "spec.standard.state", withStandard, "Draft", "InForce"),
	oneOf("Program", "spec.standard.sections[0]", withStandard, "DataHandling", "ProcessChange", "ServiceChange", "ProductChange"),
	oneOf("Program", "spec.headcountByLevel[0].level", fields{"spec.headcountByLevel[0].count": int64(1)},
		"Staff", "Manager", "SeniorManager", "Executive", "CEO"),
	oneOf("Owner", "spec.type", nil, "Person", "Team"),
	oneOf("Owner", "spec.level", nil, "Staff", "Manager", "SeniorManager", "Executive", "CEO"),
	oneOf("Owner", "spec.state", nil, "Active", "Left"),
	oneOf("Owner", "spec.roles[0]", nil, "CXDirector"),
	oneOf("Persona", "spec.type", nil, "Customer", "Employee", "Partner", "InternalCustomer"),
	oneOf("Journey", "spec.state", nil, "Current", "Target"),
	oneOf("Journey", "spec.stages[0].touchpoints[0].kind", nil, "Ordinary", "MomentOfTruth"),
	oneOf("Journey", "spec.stages[0].touchpoints[0].channel", nil,
		"Store", "Web", "App", "Phone", "Email", "Chat", "Messenger", "Post", "Field", "Event", "Workplace", "Other"),
	oneOf("Goal", "spec.kind", nil, "Business", "Experience", "Operational"),
	oneOf("Goal", "spec.valueDriver", nil, "Retention", "Acquisition", "Spend", "CostToServe", "Reputation", "Workforce", "Risk"),
	oneOf("KPI", "spec.class", nil, "Experience", "Operational", "Business", "Employee"),
	oneOf("KPI", "spec.method", fields{"spec.scale": scale(1, 7)}, "CSAT", "CESMean", "CESTopBox", "CESNet", "Share", "Mean", "Value"),
	oneOf("KPI", "spec.method", nil, "NPS"),
	oneOf("KPI", "spec.onNoData", nil, "Unknown", "KeepLast"),
	oneOf("KPI", "spec.incentives[0].scope", withBonus, "Team", "Unit", "Company"),
	oneOf("KPI", "spec.target.direction", withTarget, "AtLeast", "AtMost"),
	oneOf("KPI", "spec.target.confidence", withTarget, "Point", "Strict"),
	oneOf("Survey", "spec.overlap", nil, "Forbid", "Allow"),
	oneOf("Survey", "spec.anonymity", nil, "Identified", "Confidential", "Anonymous"),
	oneOf("Survey", "spec.schedule.catchUp.policy", nil, "Latest", "Skip"),
	oneOf("Survey", "spec.questionnaire.questions[0].answer", nil, "Required", "Optional"),
	oneOf("Survey", "spec.questionnaire.questions[0].type", nil, "NPS", "FreeText"),
	oneOf("Survey", "spec.questionnaire.questions[0].type", fields{"spec.questionnaire.questions[0].scale": scale(1, 5)}, "CSAT", "CES", "Scale"),
	oneOf("Survey", "spec.questionnaire.questions[0].type", fields{"spec.questionnaire.questions[0].options": numbered(2)},
		"SingleChoice", "MultipleChoice"),
	oneOf("Initiative", "spec.type", withHunch,
		"Improvement", "Redesign", "Research", "Training", "Event", "Experiment", "Decision", "Idea"),
	oneOf("Initiative", "spec.subject", nil, "Customer", "Employee", "Partner"),
	oneOf("Initiative", "spec.origin", fields{"spec.rootCauses": []any{"long-wait"}}, "Plan", "EmployeeIdea", "FollowUps"),
	oneOf("Initiative", "spec.methods[0]", fields{"spec.type": "Research"}, "Interviews", "Immersion", "EventListening", "Desk"),
	oneOf("Initiative", "spec.gap", nil, "Understanding", "Standards", "Delivery", "Communication", "Perception"),
	oneOf("Initiative", "spec.requestedPhase", fields{"spec.result": result}, "Proposed", "Accepted", "Active", "Done", "Cancelled"),
	oneOf("Initiative", "spec.result.verdict", withResult, "Confirmed", "Refuted", "Inconclusive", "Delivered"),
	oneOf("OwnerAssignment", "spec.role", nil,
		"Accountable", "Sponsor", "Lead", "GroupMember", "GovernanceMember", "Ambassador", "Approver"),
	oneOf("OwnerAssignment", "spec.subject.kind", nil, "Program", "Journey", "Goal", "KPI", "Survey", "Initiative",
		"Assessment"),
	oneOf("OwnerAssignment", "spec.decision.result", decided, "Accepted", "Declined"),
	oneOf("Framework", "spec.stages[1].criteria[0].weight", nil, "Required", "Advisory"),
	oneOf("Framework", "spec.stages[1].criteria[0].mode", nil, "Observed"),
	oneOf("Framework", "spec.stages[1].criteria[0].mode", askedOnly, "Attested"),
	oneOf("Framework", "spec.stages[1].criteria[0].mode", askedToo, "Both"),
	oneOf("Framework", "spec.questions[0].dontKnow", withQuestion, "Exclude", "Zero"),
	oneOf("Assessment", "spec.counts[0].level", nil, "All", "Staff", "Manager", "SeniorManager", "Executive", "CEO"),
}
