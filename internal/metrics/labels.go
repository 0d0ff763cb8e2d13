// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// What a stage rests on: everything, what resources show, what people attest.
const (
	BasisReached  = "reached"
	BasisObserved = "observed"
	BasisAttested = "attested"
)

// Who answers for a subject: an owner who accepted, one who is asked, one who is gone, nobody.
const (
	SubjectsAccepted = "accepted"
	SubjectsPending  = "pending"
	SubjectsOrphaned = "orphaned"
	SubjectsUnowned  = "unowned"
)

// The results of criteria.
const (
	CriteriaMet           = "met"
	CriteriaUnmet         = "unmet"
	CriteriaUnknown       = "unknown"
	CriteriaExempted      = "exempted"
	CriteriaNotApplicable = "not_applicable"
)

// Why the gateway turned a request away: too many at once, the store, too many of an address or of a link, or a link that takes
// nothing (any more).
const (
	AwayBusy    = "busy"
	AwayStore   = "store"
	AwayAddress = "address"
	AwayLink    = "link"
	AwayGone    = "gone"
)

// What is read when metrics are asked for.
const (
	PartObjects = "objects"
	PartOutbox  = "outbox"
)

// Files with secrets, by their flags.
const (
	FileLinkKeys        = "link-keys"
	FileAPITokens       = "api-tokens"
	FilePrometheusToken = "prometheus-token-file"
)

// Where an owner is told, by the keys of their Secret.
const (
	ByEmail   = "email"
	BySlack   = "slack"
	ByTeams   = "teams"
	ByWebhook = "webhook"
)

// texts turns words of the API into values of a label.
func texts[T ~string](words ...T) []string {
	values := make([]string, len(words))
	for i, word := range words {
		values[i] = string(word)
	}
	return values
}

var (
	namespace = Label{Name: "namespace", Of: "namespaces with a Program"}
	anyHome   = Label{Name: "namespace", Of: "namespaces with objects of ours"}
	kind      = Label{Name: "kind", Values: []string{
		"Assessment", "FollowUp", "Framework", "Goal", "Initiative", "Journey", "KPI", "Owner", "OwnerAssignment", "Persona", "Program",
		"Scorecard", "Survey", "SurveyWave",
	}}
	conditionType = Label{Name: "type", Values: []string{
		cxv1.ConditionReady, cxv1.ConditionReconciling, cxv1.ConditionStalled, cxv1.ConditionOwned, cxv1.ConditionAccepted,
		cxv1.ConditionVerified, cxv1.ConditionNotified, cxv1.ConditionEnforced, cxv1.ConditionWithinCapacity, cxv1.ConditionFresh,
		cxv1.ConditionTargetMet, cxv1.ConditionAttained, cxv1.ConditionComplete, cxv1.ConditionOnSchedule, cxv1.ConditionOpen,
		cxv1.ConditionPhaseReached, cxv1.ConditionWithinBudget, cxv1.ConditionEvidenceBased, cxv1.ConditionReachable,
		cxv1.ConditionOwnershipComplete, cxv1.ConditionEvidenceGap, cxv1.ConditionSending, cxv1.ConditionPublished,
		cxv1.ConditionAttested, cxv1.ConditionMaturityAssessed,
	}}
	status = Label{Name: "status", Values: []string{"True", "False", "Unknown"}}
	kpi    = Label{Name: "kpi", Of: "KPI objects"}
	survey = Label{Name: "survey", Of: "Survey objects"}
	route  = Label{Name: "route", Of: "routes of the gateway, never paths"}

	// result is what became of an attempt to send something.
	result = Label{Name: "result", Values: []string{"Accepted", "Bounced", "Later", "Ambiguous", "Failed"}}

	operation = Label{Name: "operation", Values: Operations}
)

// Operations are the calls of the store: the methods of its interfaces.
var Operations = []string{
	"AcceptRestored", "AnswerOffer", "AnsweredOffers", "AnswersRevision", "AudienceCounts", "Backlog", "BeginSending", "CancelMessages",
	"Candidates", "Claim", "ClaimMessages", "Close", "ConfirmWave", "ContactsRevision", "CountContacts", "Decisions", "DropAnswers",
	"DueForDropping", "EraseContact", "Evidence", "FollowedUp", "ImportContacts", "Invitation", "Invite", "MailBars", "MailsBegun",
	"OfferByLink", "OptOut", "OptOutByLink", "OptOutWave", "Pause", "PauseByHand", "Points", "PreviewImport", "PublishOffer",
	"PublishWave", "PublishedOffer", "PublishedWave", "QueuedWaves", "RecordDecision", "RecordFollowUp", "RecordPoint", "RecordStage",
	"RecordWave", "RecordWaveStarted", "Revision", "SettleMessage", "SinceAll", "Stranded", "SubmitAnswer", "SubmitForeign",
	"WaveAnswers", "WaveTotals", "WithdrawOffer",
}
