// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Survey says what is asked, of whom and when. Each due time of its schedule becomes a SurveyWave, named after the survey and
// the local time. A wave is never made for a time before the survey was created, un-suspended or its schedule last edited.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cxs,categories=cx
// +kubebuilder:selectablefield:JSONPath=`.spec.ownerRef`
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Schedule",type=string,priority=1,JSONPath=`.status.schedule`
// +kubebuilder:printcolumn:name="Next wave",type=string,JSONPath=`.status.nextWave`
// +kubebuilder:printcolumn:name="Last wave",type=string,JSONPath=`.status.lastWave`
// +kubebuilder:printcolumn:name="Waves",type=integer,JSONPath=`.status.wavesDone`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 48",message="the name is too long for the objects made from it: use at most 48 characters"
type Survey struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the name, namespace, labels and annotations of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what people say about the survey.
	// +required
	Spec SurveySpec `json:"spec"`
	// status is what the controllers found.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status SurveyStatus `json:"status,omitempty"`
}

// SurveySpec is what people say about a survey.
// +kubebuilder:validation:XValidation:rule="has(self.questionnaire) != has(self.frameworkRef)",message="a survey asks questions of its own or those of a framework: set one of questionnaire and frameworkRef"
// +kubebuilder:validation:XValidation:rule="!has(self.frameworkRef) || !has(self.anonymity) || self.anonymity != 'Identified'",message="nobody is asked by name how their company stands: set anonymity to Confidential or Anonymous"
// +kubebuilder:validation:XValidation:rule="!has(self.followUpRules) || !has(self.anonymity) || self.anonymity != 'Anonymous'",message="nobody can be followed up who answers anonymously: remove followUpRules, or choose Confidential"
// +kubebuilder:validation:XValidation:rule="!has(self.followUpRules) || (has(self.anonymity) && self.anonymity == 'Anonymous') || (has(self.contactConsent) && self.contactConsent == 'Ask')",message="people are contacted about their answer only if they said yes to it: set contactConsent to Ask, or remove followUpRules"
// +kubebuilder:validation:XValidation:rule="!has(self.contactConsent) || self.contactConsent == 'DontAsk' || !has(self.anonymity) || self.anonymity != 'Anonymous'",message="whoever is asked for a contact is not anonymous: set contactConsent to DontAsk, or choose Confidential"
type SurveySpec struct {
	// displayName is the survey as people call it, e.g. "Quarterly relationship survey".
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	DisplayName string `json:"displayName"`
	// ownerRef is the Owner who answers for the survey.
	// +optional
	OwnerRef Ref `json:"ownerRef,omitempty"`
	// personaRefs are the Personas who are asked.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	PersonaRefs []Ref `json:"personaRefs"`
	// questionnaire is what is asked. Each wave keeps the questionnaire with which it was created.
	// +optional
	Questionnaire *Questionnaire `json:"questionnaire,omitempty"`
	// frameworkRef is the framework whose questions are asked instead, e.g. six-stages: a Framework of this namespace, else one
	// that is built in. The answers to each wave become an Assessment.
	// +optional
	FrameworkRef Ref `json:"frameworkRef,omitempty"`
	// schedule says when waves are due.
	// +required
	Schedule Schedule `json:"schedule"`
	// overlap says what happens when a wave is due while the last one is still open: Forbid skips it, Allow starts it.
	// Default: Forbid.
	// +optional
	// +kubebuilder:default=Forbid
	Overlap OverlapPolicy `json:"overlap,omitempty"`
	// openFor is how long a wave takes answers, 10s at least. Answers under way when it closes have a tenth of that
	// time more, one hour at most. Default: 14d.
	// +optional
	// +kubebuilder:default="14d"
	OpenFor Duration `json:"openFor,omitempty"`
	// anonymity is what respondents are promised, frozen into each wave. Employees and internal customers are never
	// asked as Identified. Default: Confidential.
	// +optional
	// +kubebuilder:default=Confidential
	Anonymity Anonymity `json:"anonymity,omitempty"`
	// standardVersion is the version of the company's CX standard that the survey follows, as in the Program's
	// spec.standard.version.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	StandardVersion string `json:"standardVersion,omitempty"`
	SurveyTerms     `json:",inline"`
	// suspend is true while no wave shall start. Waves already open go on. After un-suspending, times that passed
	// meanwhile are not made up for.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
	// wavesHistoryLimit is how many finished waves are kept as objects; their outcome stays in the store. Default: 12.
	// +optional
	// +kubebuilder:default=12
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	WavesHistoryLimit *int32 `json:"wavesHistoryLimit,omitempty"`
}

// Questionnaire is a list of questions.
type Questionnaire struct {
	// title is shown above the questions.
	// +required
	Title LocalizedText `json:"title"`
	// questions are asked in this order.
	// +required
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=40
	Questions []Question `json:"questions"`
}

// Question is one thing that is asked.
// +kubebuilder:validation:XValidation:rule="(self.type in ['SingleChoice', 'MultipleChoice']) == has(self.options)",message="choices need options, and only choices have them: add options, or remove them, or change type"
// +kubebuilder:validation:XValidation:rule="(self.type in ['CSAT', 'CES', 'Scale']) == has(self.scale)",message="CSAT, CES and Scale questions need a scale, and only they have one: NPS is always 0 to 10"
type Question struct {
	// id names the question within the questionnaire; results and KPIs refer to it. Never reuse an id for another
	// question.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	ID string `json:"id"`
	// type says how it is answered.
	// +required
	Type QuestionType `json:"type"`
	// text is the question itself.
	// +required
	Text LocalizedText `json:"text"`
	// showIf says after which answers to an earlier question this one is asked. Default: always.
	// +optional
	ShowIf *ShowIf `json:"showIf,omitempty"`
	// answer is Required or Optional. Default: Required.
	// +optional
	// +kubebuilder:default=Required
	Answer AnswerPolicy `json:"answer,omitempty"`
	// scale is the answer scale of CSAT, CES and Scale questions.
	// +optional
	Scale *Scale `json:"scale,omitempty"`
	// options are the choices of SingleChoice and MultipleChoice questions.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MinItems=2
	// +kubebuilder:validation:MaxItems=30
	Options []Option `json:"options,omitempty"`
}

// QuestionType says how a question is answered.
// +kubebuilder:validation:Enum=NPS;CSAT;CES;Scale;SingleChoice;MultipleChoice;FreeText
type QuestionType string

// The types of question.
const (
	QuestionNPS            QuestionType = "NPS"
	QuestionCSAT           QuestionType = "CSAT"
	QuestionCES            QuestionType = "CES"
	QuestionScale          QuestionType = "Scale"
	QuestionSingleChoice   QuestionType = "SingleChoice"
	QuestionMultipleChoice QuestionType = "MultipleChoice"
	QuestionFreeText       QuestionType = "FreeText"
)

// AnswerPolicy says whether a question must be answered.
// +kubebuilder:validation:Enum=Required;Optional
type AnswerPolicy string

// The answer policies.
const (
	AnswerRequired AnswerPolicy = "Required"
	AnswerOptional AnswerPolicy = "Optional"
)

// Option is a choice.
type Option struct {
	// id names the choice within the question.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	ID string `json:"id"`
	// text is the choice itself.
	// +required
	Text LocalizedText `json:"text"`
}

// Schedule says when waves are due.
// +kubebuilder:validation:XValidation:rule="has(self.cron) != has(self.rrule)",message="a schedule is either a cron expression or an RFC 5545 rrule: set one of cron and rrule"
// +kubebuilder:validation:XValidation:rule="!has(self.rrule) || has(self.start)",message="an rrule counts from its start: set schedule.start, e.g. 2027-01-04T09:00:00Z"
// +kubebuilder:validation:XValidation:rule="!has(self.start) || !has(self.end) || self.end > self.start",message="the schedule ends after it starts: set end later than start"
// +kubebuilder:validation:XValidation:rule="!has(self.cron) || !self.cron.contains('TZ=')",message="the zone does not go into the cron expression: set schedule.timeZone"
type Schedule struct {
	// cron is five fields: minute, hour, day of month, month, day of week; names and steps are allowed, e.g.
	// "0 9 * * MON". Restricting both days is refused because readers disagree on its meaning: use rrule.
	// +optional
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=120
	Cron string `json:"cron,omitempty"`
	// rrule is an RFC 5545 recurrence rule with FREQ DAILY to YEARLY, e.g. "FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO" for the
	// first Monday of every third month. The time of day is that of start unless BYHOUR and BYMINUTE say otherwise.
	// +optional
	// +kubebuilder:validation:MinLength=10
	// +kubebuilder:validation:MaxLength=200
	RRule string `json:"rrule,omitempty"`
	// timeZone is the IANA zone in which the schedule is meant, e.g. "Europe/Berlin". A time that does not exist there
	// becomes the first instant after the gap; one that exists twice is used once. Default: the program's zone.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	TimeZone string `json:"timeZone,omitempty"`
	// start is the first instant at which a wave may be due; an rrule counts from it.
	// +optional
	Start *metav1.Time `json:"start,omitempty"`
	// end is the last instant at which a wave may be due.
	// +optional
	End *metav1.Time `json:"end,omitempty"`
	// maxWaves is how many waves there will be in all; after that the survey is Completed and stays so.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000
	MaxWaves *int32 `json:"maxWaves,omitempty"`
	// catchUp says what happens to times that passed while the operator was down.
	// +optional
	// +kubebuilder:default={}
	CatchUp CatchUp `json:"catchUp,omitempty"`
	// jitter spreads the opening of waves that are due together: each survey opens up to this much later, always by the
	// same amount. Default: none.
	// +optional
	Jitter Duration `json:"jitter,omitempty"`
}

// CatchUp says what happens to times that passed while the operator was down.
type CatchUp struct {
	// policy is Latest (start the newest missed wave, if it is within window) or Skip. Default: Latest.
	// +optional
	// +kubebuilder:default=Latest
	Policy CatchUpPolicy `json:"policy,omitempty"`
	// window is how late a wave may start. Default: 24h.
	// +optional
	// +kubebuilder:default="24h"
	Window Duration `json:"window,omitempty"`
}

// CatchUpPolicy says what happens to missed waves.
// +kubebuilder:validation:Enum=Latest;Skip
type CatchUpPolicy string

// The catch-up policies.
const (
	CatchUpLatest CatchUpPolicy = "Latest"
	CatchUpSkip   CatchUpPolicy = "Skip"
)

// OverlapPolicy says whether two waves of a survey may be open at once.
// +kubebuilder:validation:Enum=Forbid;Allow
type OverlapPolicy string

// The overlap policies.
const (
	OverlapForbid OverlapPolicy = "Forbid"
	OverlapAllow  OverlapPolicy = "Allow"
)

// Anonymity is what respondents are promised: Identified (answers are linked to the person), Confidential (linked for
// reminders and follow-ups, never shown) or Anonymous (no link is stored).
// +kubebuilder:validation:Enum=Identified;Confidential;Anonymous
type Anonymity string

// The promises.
const (
	AnonymityIdentified   Anonymity = "Identified"
	AnonymityConfidential Anonymity = "Confidential"
	AnonymityAnonymous    Anonymity = "Anonymous"
)

// SurveyStatus is what the controllers found out about a survey.
type SurveyStatus struct {
	ObjectStatus `json:",inline"`
	// phase sums the survey up.
	// +optional
	Phase SurveyPhase `json:"phase,omitempty"`
	// schedule is the schedule with its zone as it is understood, e.g. "0 9 * * MON Europe/Berlin".
	// +optional
	// +kubebuilder:validation:MaxLength=300
	Schedule string `json:"schedule,omitempty"`
	// nextWave is the local time of the next wave with its offset, e.g. "2027-01-04 09:00 +0100".
	// +optional
	// +kubebuilder:validation:MaxLength=40
	NextWave string `json:"nextWave,omitempty"`
	// nextWaveAt is the instant of the next wave.
	// +optional
	NextWaveAt *metav1.Time `json:"nextWaveAt,omitempty"`
	// lastWave is the name of the newest wave.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	LastWave string `json:"lastWave,omitempty"`
	// lastWaveAt is the time at which the newest wave was due.
	// +optional
	LastWaveAt *metav1.Time `json:"lastWaveAt,omitempty"`
	// lastMissed is the newest time that passed without a wave.
	// +optional
	LastMissed *metav1.Time `json:"lastMissed,omitempty"`
	// missedReason says why.
	// +optional
	// +kubebuilder:validation:MaxLength=400
	MissedReason string `json:"missedReason,omitempty"`
	// wavesDone is how many waves were created so far, in the whole life of the program.
	// +optional
	WavesDone *int32 `json:"wavesDone,omitempty"`
	// openWaves is how many waves are not finished.
	// +optional
	OpenWaves *int32 `json:"openWaves,omitempty"`
	// decidedGeneration is the generation for which waves were last decided on, to notice edits that nobody saw.
	// +optional
	DecidedGeneration int64 `json:"decidedGeneration,omitempty"`
	// scheduleHash identifies the schedule that was last decided on, to notice edits.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	ScheduleHash string `json:"scheduleHash,omitempty"`
	// notBefore is when the schedule last changed or was resumed: no wave is due at or before it.
	// +optional
	NotBefore *metav1.Time `json:"notBefore,omitempty"`
	// handledRequest is the last wave-requested-at that was handled.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	HandledRequest string `json:"handledRequest,omitempty"`
}

// SurveyPhase sums a survey up.
// +kubebuilder:validation:Enum=Scheduled;Running;Suspended;Completed;Blocked
type SurveyPhase string

// The phases: Scheduled (a next wave is known), Running (a wave is open), Suspended, Completed (no further wave), Blocked
// (something must be repaired first).
const (
	SurveyScheduled SurveyPhase = "Scheduled"
	SurveyRunning   SurveyPhase = "Running"
	SurveySuspended SurveyPhase = "Suspended"
	SurveyCompleted SurveyPhase = "Completed"
	SurveyBlocked   SurveyPhase = "Blocked"
)

// SurveyList is a list of Survey objects.
// +kubebuilder:object:root=true
type SurveyList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Survey `json:"items"`
}
