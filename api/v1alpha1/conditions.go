// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// Condition types that every kind may have. Ready says that the controller did its work, not that a number is good: a
// KPI below its target is Ready=True and TargetMet=False.
const (
	// ConditionReady is present once the controller has seen the object. False when something that the object needs is
	// missing or wrong; Unknown when the controller could not look.
	ConditionReady = "Ready"
	// ConditionReconciling is present only while true: the controller is waiting for something that will come by itself.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is present only while true: nothing will change until a person edits this object or one that its
	// message names.
	ConditionStalled = "Stalled"
)

// Domain condition types. All are positive: True is good.
const (
	// ConditionOwned says whether the object (of a Journey: each of its touchpoints) names an owner who is there.
	ConditionOwned = "Owned"
	// ConditionAccepted says whether an assignment was accepted by its owner.
	ConditionAccepted = "Accepted"
	// ConditionVerified says whether the owner in force confirmed within the program's reverifyEvery that it is still theirs.
	ConditionVerified = "Verified"
	// ConditionNotified says whether an owner was told what waits for them; absent when they are not written to.
	ConditionNotified = "Notified"
	// ConditionEnforced says whether admission policies let only the owners who are asked decide.
	ConditionEnforced = "Enforced"
	// ConditionWithinCapacity says whether an owner answers for no more than their capacity.
	ConditionWithinCapacity = "WithinCapacity"
	// ConditionFresh says whether a KPI's newest value is younger than its ttl, or whether the answers of an Assessment, and
	// those that a Scorecard needs, are young enough to count.
	ConditionFresh = "Fresh"
	// ConditionTargetMet says whether a KPI's value meets its target (Strict: with its whole interval).
	ConditionTargetMet = "TargetMet"
	// ConditionAttained says whether all KPIs below a goal meet their targets.
	ConditionAttained = "Attained"
	// ConditionComplete says whether a goal has everything that makes it steerable: owner, KPI, due date, business link.
	ConditionComplete = "Complete"
	// ConditionOnSchedule says whether waves are created when due, or whether a goal or initiative is not overdue.
	ConditionOnSchedule = "OnSchedule"
	// ConditionOpen says whether a wave takes answers.
	ConditionOpen = "Open"
	// ConditionPhaseReached says whether an initiative is in the phase that its people ask for; when it is not, its reason says
	// what is in the way.
	ConditionPhaseReached = "PhaseReached"
	// ConditionWithinBudget says whether an initiative spent no more than planned.
	ConditionWithinBudget = "WithinBudget"
	// ConditionEvidenceBased says whether a persona rests on evidence rather than on assumption.
	ConditionEvidenceBased = "EvidenceBased"
	// ConditionReachable says whether a persona that is asked has contacts who can be written to.
	ConditionReachable = "Reachable"
	// ConditionOwnershipComplete says whether every subject of the program has an accepted owner.
	ConditionOwnershipComplete = "OwnershipComplete"
	// ConditionEvidenceGap says that words are ahead of deeds. It is the one condition of which True is not good.
	ConditionEvidenceGap = "EvidenceGap"
	// ConditionSending says whether mail to people goes out.
	ConditionSending = "Sending"
	// ConditionPublished says whether the figures of a wave were sent to all of its publishTo.
	ConditionPublished = "Published"
	// ConditionAttested says whether the answers to a wave that asked a framework's questions stand in an Assessment.
	ConditionAttested = "Attested"
	// ConditionMaturityAssessed says whether the program's stage could be computed.
	ConditionMaturityAssessed = "MaturityAssessed"
)

// Reasons used by several kinds.
const (
	// ReasonReady: everything that the object needs is there.
	ReasonReady = "Ready"
	// ReasonReferenceNotFound: an object that this one names does not exist (yet).
	ReasonReferenceNotFound = "ReferenceNotFound"
	// ReasonNoProgram: the namespace has no Program named "program".
	ReasonNoProgram = "NoProgram"
	// ReasonProgramNotReady: the namespace's Program is itself not Ready, e.g. because its id is in use.
	ReasonProgramNotReady = "ProgramNotReady"
	// ReasonReferenceCycle: the object refers to itself, directly or through others.
	ReasonReferenceCycle = "ReferenceCycle"
	// ReasonInvalidSpec: a field has a value that the schema could not refuse but that makes no sense.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonStoreUnavailable: the store could not be read or written; the controller tries again.
	ReasonStoreUnavailable = "StoreUnavailable"
	// ReasonReadFailed: the API server could not be read; the controller tries again.
	ReasonReadFailed = "ReadFailed"
	// ReasonForeignObject: an object of the needed name exists and belongs to somebody else.
	ReasonForeignObject = "ForeignObject"
)

// Reasons of a Program.
const (
	// ReasonIDInUse: spec.id is claimed by a Program in another namespace.
	ReasonIDInUse = "IdInUse"
	// ReasonUnknownTimeZone: the name is not in the IANA time zone database.
	ReasonUnknownTimeZone = "UnknownTimeZone"
	// ReasonFrameworkNotReady: the framework is unknown or does not compile; the last stage is kept.
	ReasonFrameworkNotReady = "FrameworkNotReady"
	// ReasonNoStages: the framework that should decide the stage is a standard, which has none.
	ReasonNoStages = "NoStages"
	// ReasonAssessed: the stage was computed.
	ReasonAssessed = "Assessed"
	// ReasonAllAccepted: every subject has an accepted owner.
	ReasonAllAccepted = "AllAccepted"
	// ReasonNothingToOwn: the program has no subject yet.
	ReasonNothingToOwn = "NothingToOwn"
	// ReasonOwnersMissing: some subjects have no accepted owner.
	ReasonOwnersMissing = "OwnersMissing"
	// ReasonNoGap: words and deeds agree.
	ReasonNoGap = "NoGap"
	// ReasonWordsAheadOfDeeds: people say what cannot be seen.
	ReasonWordsAheadOfDeeds = "WordsAheadOfDeeds"
	// ReasonNotFelt: what is done, people do not notice.
	ReasonNotFelt = "NotFelt"
	// ReasonNotAttested: nobody was asked.
	ReasonNotAttested = "NotAttested"
	// ReasonAttestationExpired: answers are older than they may be.
	ReasonAttestationExpired = "AttestationExpired"
	// ReasonAssessing: the scorecard has not been computed yet.
	ReasonAssessing = "Assessing"
)

// Reasons of frameworks and assessments.
const (
	// ReasonInvalidFramework: a criterion or another part of the framework cannot be used; status.problems says which.
	ReasonInvalidFramework = "InvalidFramework"
	// ReasonUnknownQuestion: counts name a question that the framework does not have, or have another number of steps.
	ReasonUnknownQuestion = "UnknownQuestion"
	// ReasonUnknownCriterion: an exemption names a criterion that the framework does not have.
	ReasonUnknownCriterion = "UnknownCriterion"
	// ReasonDatedInFuture: the date has not come yet.
	ReasonDatedInFuture = "DatedInFuture"
)

// Reasons of ownership: Owned, Accepted and WithinCapacity.
const (
	// ReasonAcceptedByOwner: the owner decided so on this offer.
	ReasonAcceptedByOwner = "AcceptedByOwner"
	// ReasonTrusted: the program trusts assignments; nobody was asked.
	ReasonTrusted = "Trusted"
	// ReasonAwaitingDecision: the owner has not decided on the offer.
	ReasonAwaitingDecision = "AwaitingDecision"
	// ReasonDeclined: the owner declined the offer.
	ReasonDeclined = "Declined"
	// ReasonEscalated: somebody of the line above the owner whom the subject names accepted in their place.
	ReasonEscalated = "Escalated"
	// ReasonUndecided: everybody up the line was asked, and nobody accepted.
	ReasonUndecided = "Undecided"
	// ReasonVerified: the owner confirmed in time.
	ReasonVerified = "Verified"
	// ReasonVerificationDue: the owner is asked whether it is still theirs.
	ReasonVerificationDue = "VerificationDue"
	// ReasonPoliciesInForce: the admission policies refuse what they shall refuse.
	ReasonPoliciesInForce = "PoliciesInForce"
	// ReasonNotEnforced: the admission policies are not there; whoever may patch assignments can decide for anybody.
	ReasonNotEnforced = "NotEnforced"
	// ReasonOwnerLeft: the owner's state is Left.
	ReasonOwnerLeft = "OwnerLeft"
	// ReasonOwnerNotFound: no Owner of that name exists.
	ReasonOwnerNotFound = "OwnerNotFound"
	// ReasonNoOwner: the subject names no owner.
	ReasonNoOwner = "NoOwner"
	// ReasonOwned: an owner is named and there.
	ReasonOwned = "Owned"
	// ReasonSomeTouchpointsUnowned: at least one touchpoint names no owner who is there.
	ReasonSomeTouchpointsUnowned = "SomeTouchpointsUnowned"
	// ReasonWithinCapacity: the owner answers for no more than their capacity.
	ReasonWithinCapacity = "WithinCapacity"
	// ReasonOverloaded: the owner answers for more than their capacity.
	ReasonOverloaded = "Overloaded"
)

// Reasons of measures: Fresh, TargetMet, Attained and Complete.
const (
	// ReasonFresh: the newest value is younger than the ttl.
	ReasonFresh = "Fresh"
	// ReasonStale: the newest value is older than the ttl.
	ReasonStale = "Stale"
	// ReasonNoData: there is no value yet.
	ReasonNoData = "NoData"
	// ReasonNoTarget: there is no target to meet.
	ReasonNoTarget = "NoTarget"
	// ReasonTargetMet: the value meets the target.
	ReasonTargetMet = "TargetMet"
	// ReasonTargetMissed: the value does not meet the target.
	ReasonTargetMissed = "TargetMissed"
	// ReasonNotProven: the value meets the target, its interval does not (confidence Strict).
	ReasonNotProven = "NotProven"
	// ReasonInsufficientData: fewer answers than minResponses.
	ReasonInsufficientData = "InsufficientData"
	// ReasonIntervalUnknown: a bare value has no interval, so confidence Strict cannot be judged.
	ReasonIntervalUnknown = "IntervalUnknown"
	// ReasonCountsInconsistent: the counts do not add up.
	ReasonCountsInconsistent = "CountsInconsistent"
	// ReasonInvalidQuery: the PromQL cannot be read, or never gives a number.
	ReasonInvalidQuery = "InvalidQuery"
	// ReasonUnusableAnswer: Prometheus gave something of which no number can be taken, e.g. several series.
	ReasonUnusableAnswer = "UnusableAnswer"
	// ReasonPrometheusUnavailable: Prometheus could not be asked; the controller tries again.
	ReasonPrometheusUnavailable = "PrometheusUnavailable"
	// ReasonNoPrometheus: whoever runs the operator named no Prometheus.
	ReasonNoPrometheus = "NoPrometheus"
	// ReasonAttained: all KPIs below the goal meet their targets.
	ReasonAttained = "Attained"
	// ReasonNotAttained: some KPI below the goal misses its target.
	ReasonNotAttained = "NotAttained"
	// ReasonComplete: nothing is missing.
	ReasonComplete = "Complete"
	// ReasonIncomplete: the message says what is missing.
	ReasonIncomplete = "Incomplete"
	// ReasonEvidenceGiven: evidence is named.
	ReasonEvidenceGiven = "EvidenceGiven"
	// ReasonAssumed: no evidence is named; the persona is an assumption.
	ReasonAssumed = "Assumed"
	// ReasonContactsReachable: some of the persona's contacts can be written to.
	ReasonContactsReachable = "ContactsReachable"
	// ReasonNoContacts: surveys ask the persona, and it has no contacts.
	ReasonNoContacts = "NoContacts"
	// ReasonNobodyReachable: all contacts of the persona opted out or have an address that bounced.
	ReasonNobodyReachable = "NobodyReachable"
)

// Reasons of sending.
const (
	// ReasonSendingOn: mail goes out.
	ReasonSendingOn = "SendingOn"
	// ReasonSendingOff: whoever runs the operator did not turn sending on for the namespace.
	ReasonSendingOff = "SendingOff"
	// ReasonPausedByHand: somebody stopped all mail of the program with kubectl cx pause.
	ReasonPausedByHand = "PausedByHand"
	// ReasonStoreRestored: the store is an older copy, in which mail waits that has gone out.
	ReasonStoreRestored = "StoreRestored"
	// ReasonNoChannel: the program names no channel, or a survey one that the program does not have.
	ReasonNoChannel = "NoChannel"
	// ReasonChannelNotUsable: a channel's host is not allowed, or its Secret is missing.
	ReasonChannelNotUsable = "ChannelNotUsable"
	// ReasonChannelUsable: mail can go out by the channel.
	ReasonChannelUsable = "ChannelUsable"
	// ReasonSomeChannelsNotUsable: mail goes out by the others.
	ReasonSomeChannelsNotUsable = "SomeChannelsNotUsable"
	// ReasonToldAll: the owner was told what waits for them.
	ReasonToldAll = "ToldAll"
	// ReasonDigestWaits: the owner has had the letters of the day; the rest comes tomorrow.
	ReasonDigestWaits = "DigestWaits"
	// ReasonNoAddress: the owner's Secret has no address that can be used.
	ReasonNoAddress = "NoAddress"
	// ReasonRefused: the other side refused for good.
	ReasonRefused = "Refused"
	// ReasonMailWaits: the mail server takes no mail at the moment.
	ReasonMailWaits = "MailWaits"
	// ReasonPublished: the figures were sent.
	ReasonPublished = "Published"
	// ReasonTooLate: the wave closed so long ago that its figures are not sent any more.
	ReasonTooLate = "TooLate"
	// ReasonOwnersNotReached: some owners have no address, or the Secret with it is missing.
	ReasonOwnersNotReached = "OwnersNotReached"
)

// Reasons of surveys and waves.
const (
	// ReasonScheduled: the next wave is known.
	ReasonScheduled = "Scheduled"
	// ReasonSuspended: spec.suspend is true; no wave starts.
	ReasonSuspended = "Suspended"
	// ReasonBlocked: something is wrong with the survey or what it names; Ready says what.
	ReasonBlocked = "Blocked"
	// ReasonCompleted: maxWaves or end is reached; no further wave starts.
	ReasonCompleted = "Completed"
	// ReasonMissedWave: a slot passed without a wave and outside the catch-up window.
	ReasonMissedWave = "MissedWave"
	// ReasonInvalidSchedule: the schedule cannot be read or never fires.
	ReasonInvalidSchedule = "InvalidSchedule"
	// ReasonInvalidQuestionnaire: the questionnaire cannot be asked as it is.
	ReasonInvalidQuestionnaire = "InvalidQuestionnaire"
	// ReasonAnonymityRequired: employees and internal customers are never asked by name.
	ReasonAnonymityRequired = "AnonymityRequired"
	// ReasonWaveCreated: a wave was created.
	ReasonWaveCreated = "WaveCreated"
	// ReasonWaveOverlaps: the last wave is still open and overlap is Forbid; the slot is skipped.
	ReasonWaveOverlaps = "WaveOverlaps"
	// ReasonWaveNameTaken: an object of the wave's name belongs to somebody else; the slot is skipped.
	ReasonWaveNameTaken = "WaveNameTaken"
	// ReasonOpen: the wave takes answers.
	ReasonOpen = "Open"
	// ReasonWavePending: the wave opens later.
	ReasonWavePending = "Pending"
	// ReasonClosing: the wave is closed to new answers; those under way may still come in.
	ReasonClosing = "Closing"
	// ReasonAssessmentMade: the answers stand in an Assessment.
	ReasonAssessmentMade = "AssessmentMade"
	// ReasonTooFewAnswers: nothing can be told without telling what single people answered.
	ReasonTooFewAnswers = "TooFewAnswers"
	// ReasonClosed: the wave is over and its outcome recorded.
	ReasonClosed = "Closed"
	// ReasonCancelled: the wave was cancelled on request.
	ReasonCancelled = "Cancelled"
)

// Reasons of initiatives.
const (
	// ReasonPhaseReached: the initiative is in the phase that its people ask for.
	ReasonPhaseReached = "PhaseReached"
	// ReasonOnSchedule: nothing is overdue.
	ReasonOnSchedule = "OnSchedule"
	// ReasonOverdue: the due date or a milestone's due date has passed.
	ReasonOverdue = "Overdue"
	// ReasonAwaitingApproval: the approver has not accepted.
	ReasonAwaitingApproval = "AwaitingApproval"
	// ReasonWaitingForDependencies: an initiative that this one depends on is not done.
	ReasonWaitingForDependencies = "WaitingForDependencies"
	// ReasonMilestonesOpen: not every milestone is done.
	ReasonMilestonesOpen = "MilestonesOpen"
	// ReasonNotStarted: the start date is in the future.
	ReasonNotStarted = "NotStarted"
	// ReasonWithinBudget: spent is at most planned.
	ReasonWithinBudget = "WithinBudget"
	// ReasonOverBudget: spent is more than planned.
	ReasonOverBudget = "OverBudget"
	// ReasonResultMissing: an experiment cannot be done without a result.
	ReasonResultMissing = "ResultMissing"
)

// Annotations by which people ask the controllers for something.
const (
	// AnnotationReconcileRequestedAt asks for one reconcile; any new value will do.
	AnnotationReconcileRequestedAt = "cx-operator.io/reconcile-requested-at"
	// AnnotationWaveRequestedAt on a Survey asks for one extra wave named by that time (RFC 3339).
	AnnotationWaveRequestedAt = "cx-operator.io/wave-requested-at"
	// AnnotationAdoptFrom on a Program takes over spec.id from the namespace with that UID.
	AnnotationAdoptFrom = "cx-operator.io/adopt-from"
	// AnnotationAcceptRestoredStore on a Program goes on with a store that was restored from a backup; its value is status.mailsBegun.
	AnnotationAcceptRestoredStore = "cx-operator.io/accept-restored-store"
)

// Labels that controllers put on generated objects, so that people can select them. Their values are plain names, cut to
// the length of a label.
const (
	// LabelSurvey is the survey of a wave.
	LabelSurvey = "cx-operator.io/survey"
	// LabelWave is the wave that an Assessment was made of. People's own assessments do not have it.
	LabelWave = "cx-operator.io/wave"
)
