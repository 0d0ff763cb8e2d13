// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Group is a part of the table.
type Group struct {
	Title   string
	Metrics []*Metric
}

// Table has every metric.
func Table() []Group {
	return []Group{
		{"Objects and their conditions", []*Metric{&Objects, &Conditions, &ConditionLongest, &ConditionTransitions, &ReadFailures, &BuildInfo,
			&SecretFileInUse}},
		{"Programs", []*Metric{&ProgramStage, &ScorecardCriteria, &ProgramSubjects, &Assignments, &AssignmentsWaiting,
			&AssignmentsWaitingLongest, &FollowUps, &FollowUpsOverdue}},
		{"Figures", []*Metric{&KPIValue, &KPILow, &KPIHigh, &KPITarget, &KPIResponses, &KPIAge}},
		{"Surveys", []*Metric{&Waves, &NextWave, &SurveyInvitations, &SurveyAnswers, &WaveSkew}},
		{"Mail", []*Metric{&ProgramSending, &ProgramMailAttempts, &MailAttempts, &OutboxMessages, &OutboxAge, &OutboxUnattended}},
		{"Notices to owners", []*Metric{&NoticeAttempts, &OwnersUntold}},
		{"Survey pages", []*Metric{&GatewayRequests, &GatewaySeconds, &GatewayAnswers, &GatewayTurnedAway, &GatewayInFlight}},
		{"Store", []*Metric{&StoreSeconds, &StoreFailures}},
	}
}

// Objects and their conditions.
var (
	Objects = Metric{
		Name: "cx_objects", Type: Gauge, Help: "Objects that there are.", Labels: []Label{kind, anyHome},
		For: "How large programs are.",
	}
	Conditions = Metric{
		Name: "cx_conditions", Type: Gauge, Help: "Objects that have a condition, by its status.",
		Labels: []Label{kind, anyHome, conditionType, status},
		For:    "What is not Ready, Stalled, or not as it should be, and where.",
	}
	ConditionLongest = Metric{
		Name: "cx_condition_longest_seconds", Type: Gauge,
		Help:   "How long the object that has been in this state longest has been in it.",
		Labels: []Label{kind, anyHome, conditionType, status},
		For:    "Alerts about what does not pass by itself.",
	}
	ConditionTransitions = Metric{
		Name: "cx_condition_transitions_total", Type: Counter,
		Help:   "Changes of conditions to this status, since the process leads.",
		Labels: []Label{kind, anyHome, conditionType, status},
		For:    "What goes back and forth.",
	}
	ReadFailures = Metric{
		Name: "cx_metrics_read_failures_total", Type: Counter, Help: "Times that what metrics are computed from could not be read.",
		Labels: []Label{{Name: "part", Values: []string{PartObjects, PartOutbox}}},
		For:    "Whether figures are missing.",
	}
	SecretFileInUse = Metric{
		Name: "cx_secret_file_in_use", Type: Gauge,
		Help:   "1 when what a file with secrets says is in use; 0 when it is wrong and what it said before is in use.",
		Labels: []Label{{Name: "file", Values: []string{FileLinkKeys, FileAPITokens, FilePrometheusToken}}},
		For:    "Keys and tokens that were replaced by something wrong.",
	}
	BuildInfo = Metric{
		Name: "cx_build_info", Type: Gauge, Help: "Always 1; the label tells the version.",
		Labels: []Label{{Name: "version", Of: "the running version"}},
		For:    "Whether the operator runs, and which version.",
	}
)

// Programs.
var (
	ProgramStage = Metric{
		Name: "cx_program_stage", Type: Gauge,
		Help:   "Maturity stage from 1 to 6: reached, as resources show it, or as people attest it. Absent until it is known.",
		Labels: []Label{namespace, {Name: "basis", Values: []string{BasisReached, BasisObserved, BasisAttested}}},
		For:    "The trend of a program.",
	}
	ScorecardCriteria = Metric{
		Name: "cx_scorecard_criteria", Type: Gauge, Help: "Criteria of a framework, by how the program stands against them.",
		Labels: []Label{anyHome, {Name: "scorecard", Of: "Scorecard objects"}, {Name: "result", Values: []string{
			CriteriaMet, CriteriaUnmet, CriteriaUnknown, CriteriaExempted, CriteriaNotApplicable,
		}}},
		For: "How far the next stage is, and how much is not known.",
	}
	ProgramSubjects = Metric{
		Name: "cx_program_subjects", Type: Gauge,
		Help: "Goals, KPIs, journeys, touchpoints, surveys and initiatives, by whether somebody answers for them.",
		Labels: []Label{namespace, {Name: "state", Values: []string{
			SubjectsAccepted, SubjectsPending, SubjectsOrphaned, SubjectsUnowned,
		}}},
		For: "Coverage by owners who accepted.",
	}
	Assignments = Metric{
		Name: "cx_assignments", Type: Gauge, Help: "OwnerAssignments, by phase.",
		Labels: []Label{namespace, {Name: "phase", Values: texts(cxv1.AssignmentPending, cxv1.AssignmentActive, cxv1.AssignmentHandingOver,
			cxv1.AssignmentDeclined, cxv1.AssignmentOrphaned)}},
		For: "Declined and orphaned subjects.",
	}
	AssignmentsWaiting = Metric{
		Name: "cx_assignments_waiting", Type: Gauge, Help: "OwnerAssignments that wait for an owner's decision.", Labels: []Label{namespace},
		For: "Owners who have not answered.",
	}
	AssignmentsWaitingLongest = Metric{
		Name: "cx_assignments_waiting_longest_seconds", Type: Gauge,
		Help: "How long the owner who has been asked longest has been asked; 0 when nobody is asked.", Labels: []Label{namespace},
		For: "Owners who do not answer.",
	}
	FollowUps = Metric{
		Name: "cx_followups", Type: Gauge, Help: "FollowUps, by phase.",
		Labels: []Label{namespace, {Name: "phase", Values: texts(cxv1.FollowUpOpen, cxv1.FollowUpResponded, cxv1.FollowUpClosed)}},
		For:    "Customers who wait for an answer.",
	}
	FollowUpsOverdue = Metric{
		Name: "cx_followups_overdue", Type: Gauge, Help: "FollowUps without a first response although it is due.", Labels: []Label{namespace},
		For: "Promises to customers that are not kept.",
	}
)

// Figures.
var (
	KPIValue = Metric{
		Name: "cx_kpi_value", Type: Gauge, Help: "Newest value of a KPI, in its own unit. Absent without data and below minResponses.",
		Labels: []Label{anyHome, kpi}, For: "The trend of a KPI; read it with its interval and its answers.",
	}
	KPILow = Metric{
		Name: "cx_kpi_low", Type: Gauge, Help: "Lower end of the 95 % interval of a KPI's newest value.", Labels: []Label{anyHome, kpi},
		For: "Whether a change is more than chance.",
	}
	KPIHigh = Metric{
		Name: "cx_kpi_high", Type: Gauge, Help: "Upper end of the 95 % interval of a KPI's newest value.", Labels: []Label{anyHome, kpi},
		For: "Whether a change is more than chance.",
	}
	KPITarget = Metric{
		Name: "cx_kpi_target", Type: Gauge, Help: "The value that a KPI shall reach.", Labels: []Label{anyHome, kpi},
		For: "The line beside the value.",
	}
	KPIResponses = Metric{
		Name: "cx_kpi_responses", Type: Gauge, Help: "Answers on which a KPI's newest value rests.", Labels: []Label{anyHome, kpi},
		For: "How far a value can be trusted.",
	}
	KPIAge = Metric{
		Name: "cx_kpi_age_seconds", Type: Gauge, Help: "Time since the instant that a KPI's newest value is about.",
		Labels: []Label{anyHome, kpi}, For: "Values that nobody renews.",
	}
)

// Surveys.
var (
	Waves = Metric{
		Name: "cx_waves", Type: Gauge, Help: "SurveyWaves, by phase.",
		Labels: []Label{namespace, {Name: "phase", Values: texts(cxv1.WavePending, cxv1.WaveAwaiting, cxv1.WaveOpen, cxv1.WaveClosing,
			cxv1.WaveClosed, cxv1.WaveCancelled)}},
		For: "Waves that wait for an approval; waves that take answers.",
	}
	NextWave = Metric{
		Name: "cx_survey_next_wave_timestamp_seconds", Type: Gauge, Help: "When the next wave of a survey is due, in seconds since 1970.",
		Labels: []Label{anyHome, survey}, For: "Waves that are due and not there.",
	}
	SurveyInvitations = Metric{
		Name: "cx_survey_invitations", Type: Gauge, Help: "Contacts who are invited to the newest wave of a survey that has opened.",
		Labels: []Label{namespace, survey}, For: "The size of a wave.",
	}
	SurveyAnswers = Metric{
		Name: "cx_survey_answers", Type: Gauge, Help: "Complete answers to the newest wave of a survey that has opened.",
		Labels: []Label{namespace, survey}, For: "The rate of answers, with the invitations.",
	}
	WaveSkew = Metric{
		Name: "cx_wave_creation_skew_seconds", Type: Histogram, Help: "How long after it was due a wave was created.",
		Buckets: []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 3600},
		For:     "Whether waves start on time.",
	}
)

// Mail.
var (
	ProgramSending = Metric{
		Name: "cx_program_sending", Type: Gauge, Help: "Always 1; the labels tell whether mail of a program goes out, and why not.",
		Labels: []Label{namespace, status, {Name: "reason", Values: []string{
			cxv1.ReasonSendingOn, cxv1.ReasonSendingOff, cxv1.ReasonSuspended, cxv1.ReasonPausedByHand, cxv1.ReasonStoreRestored,
			cxv1.ReasonNoChannel, cxv1.ReasonChannelNotUsable, cxv1.ReasonSomeChannelsNotUsable,
		}}},
		For: "Programs that are silent, by wish or not.",
	}
	ProgramMailAttempts = Metric{
		Name: "cx_program_mail_attempts_total", Type: Counter,
		Help: "Attempts to send mail of a program that ever began, as its status says: up to a minute behind.", Labels: []Label{namespace},
		For: "Which program sends how much.",
	}
	MailAttempts = Metric{
		Name: "cx_mail_attempts_total", Type: Counter, Help: "Attempts to send an invitation or a reminder, by what became of them.",
		Labels: []Label{result}, For: "Mail servers that refuse.",
	}
	OutboxMessages = Metric{
		Name: "cx_outbox_messages", Type: Gauge, Help: "Mails that wait in the outbox, those that are not due yet included.",
		Labels: []Label{namespace}, For: "How much is still to go out.",
	}
	OutboxAge = Metric{
		Name: "cx_outbox_oldest_seconds", Type: Gauge,
		Help:   "How long the mail that could have gone out longest has waited for it; 0 when none could.",
		Labels: []Label{namespace}, For: "Mail that does not go out.",
	}
	OutboxUnattended = Metric{
		Name: "cx_outbox_unattended_messages", Type: Gauge,
		Help: "Mails that wait for programs that the operator does not look after (any more): they go nowhere, and count nowhere else.",
		For:  "Namespaces that are not watched any more, and Programs that were deleted, while mail waited.",
	}
)

// Notices to owners.
var (
	NoticeAttempts = Metric{
		Name: "cx_notice_attempts_total", Type: Counter,
		Help:   "Attempts to tell an owner what waits for them, or the figures of a wave, by where they are told and what became of it.",
		Labels: []Label{{Name: "by", Values: []string{ByEmail, BySlack, ByTeams, ByWebhook}}, result},
		For:    "Mail servers, chats and webhooks that refuse notices.",
	}
	OwnersUntold = Metric{
		Name: "cx_owners_untold", Type: Gauge, Help: "Owners who were not told yet what waits for them, by what keeps it from them.",
		Labels: []Label{namespace, {Name: "reason", Values: []string{
			cxv1.ReasonSuspended, cxv1.ReasonSendingOff, cxv1.ReasonNoChannel, cxv1.ReasonMailWaits, cxv1.ReasonDigestWaits,
			cxv1.ReasonReferenceNotFound, cxv1.ReasonReadFailed, cxv1.ReasonNoAddress, cxv1.ReasonRefused,
		}}},
		For: "Owners who are asked and do not know it.",
	}
)

// Survey pages.
var (
	GatewayRequests = Metric{
		Name: "cx_gateway_requests_total", Type: Counter, Help: "Requests that were answered.",
		Labels: []Label{route, {Name: "method", Values: []string{"GET", "HEAD", "POST", "other"}}, {Name: "code", Of: "status codes of HTTP"}},
		For:    "Traffic and errors.",
	}
	GatewaySeconds = Metric{
		Name: "cx_gateway_request_seconds", Type: Histogram, Help: "Time that requests took.", Labels: []Label{route},
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		For:     "How long people wait for a page.",
	}
	GatewayAnswers = Metric{
		Name: "cx_gateway_answers_total", Type: Counter, Help: "Answers that were stored.",
		Labels: []Label{{Name: "channel", Values: []string{"web", "api"}}, {Name: "kind", Values: []string{"complete", "partial", "repeated"}}},
		For:    "Whether answers come in.",
	}
	GatewayTurnedAway = Metric{
		Name: "cx_gateway_turned_away_total", Type: Counter,
		Help: "Requests that were turned away: too many at once (busy), the store (store), too many of an address or of a link, " +
			"and links that take nothing any more (gone).",
		Labels: []Label{{Name: "reason", Values: []string{AwayBusy, AwayStore, AwayAddress, AwayLink, AwayGone}}},
		For:    "People who could not answer.",
	}
	GatewayInFlight = Metric{
		Name: "cx_gateway_in_flight", Type: Gauge, Help: "Requests that are being worked on.",
		For: "How near the gateway is to its limit.",
	}
)

// Store.
var (
	StoreSeconds = Metric{
		Name: "cx_store_operation_seconds", Type: Histogram, Help: "Time that calls of the store took.", Labels: []Label{operation},
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		For:     "Slow disks.",
	}
	StoreFailures = Metric{
		Name: "cx_store_failures_total", Type: Counter, Help: "Calls of the store that failed because of the store itself, or took too long.",
		Labels: []Label{operation}, For: "Full disks and broken files.",
	}
)
