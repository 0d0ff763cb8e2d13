// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// SurveyWave is one round of a Survey: the questionnaire as it was when the wave was created, open for a limited time. Waves
// are made by the Survey's schedule, never by hand.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cxw,categories=cx
// +kubebuilder:selectablefield:JSONPath=`.spec.template.survey`
// +kubebuilder:printcolumn:name="Survey",type=string,priority=1,JSONPath=`.spec.template.survey`
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Due",type=string,priority=1,JSONPath=`.spec.template.dueAt`
// +kubebuilder:printcolumn:name="Opens",type=string,JSONPath=`.spec.template.opensAt`
// +kubebuilder:printcolumn:name="Closes",type=string,JSONPath=`.spec.template.closesAt`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type SurveyWave struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the name, namespace, labels and annotations of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what the wave is; only control may change.
	// +required
	Spec SurveyWaveSpec `json:"spec"`
	// status is what the controllers found.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status SurveyWaveStatus `json:"status,omitempty"`
}

// SurveyWaveSpec is what a wave is. That a cancellation stays is checked here and not in control, because a rule on control
// does not run when control is removed.
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.control) || !has(oldSelf.control.cancel) || (has(self.control) && has(self.control.cancel))",message="a cancelled wave stays cancelled: ask for a new one with the annotation cx-operator.io/wave-requested-at on the Survey"
type SurveyWaveSpec struct {
	// template is the wave as its Survey made it.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a wave keeps what people were promised when it was created: change the Survey for later waves, or cancel this one"
	Template WaveTemplate `json:"template"`
	// control is what people may still decide about the wave.
	// +optional
	Control WaveControl `json:"control,omitempty"`
}

// WaveTemplate is the immutable part of a wave.
type WaveTemplate struct {
	// survey is the name of the Survey that made this wave.
	// +required
	Survey Ref `json:"survey"`
	// surveyUID is the identity of the Survey that made this wave.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	SurveyUID string `json:"surveyUID"`
	// slot is the local time at which the wave was due, e.g. "20270104t0900".
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=20
	Slot string `json:"slot"`
	// dueAt is the instant at which the wave was due.
	// +required
	DueAt metav1.Time `json:"dueAt"`
	// opensAt is when the wave takes answers: dueAt plus the survey's jitter.
	// +required
	OpensAt metav1.Time `json:"opensAt"`
	// closesAt is when the wave stops taking new answers.
	// +required
	ClosesAt metav1.Time `json:"closesAt"`
	// graceUntil is when answers that were under way stop being taken.
	// +required
	GraceUntil metav1.Time `json:"graceUntil"`
	// anonymity is what respondents are promised.
	// +required
	Anonymity Anonymity `json:"anonymity"`
	// personas are the Personas who are asked.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	Personas []Ref `json:"personas"`
	// audience are the types of those personas, sorted.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=4
	Audience []PersonaType `json:"audience"`
	// questionnaire is what is asked.
	// +required
	Questionnaire Questionnaire `json:"questionnaire"`
	// framework is the framework whose questions these are; absent when the survey asks its own.
	// +optional
	Framework *WaveFramework `json:"framework,omitempty"`
	// questionnaireHash identifies the questionnaire; waves with different hashes are compared question by question.
	// +required
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=64
	QuestionnaireHash string `json:"questionnaireHash"`
	// languages are the Program's languages when the wave was made: its page and its mails exist in these.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=2
	Languages []Language `json:"languages,omitempty"`
	// timeZone is the zone in which the wave's quiet hours are meant for contacts whose own zone is not known.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	TimeZone    string `json:"timeZone,omitempty"`
	SurveyTerms `json:",inline"`
}

// WaveFramework is the framework whose questions a wave asks.
type WaveFramework struct {
	// name is the framework's name, e.g. six-stages.
	// +required
	Name Ref `json:"name"`
	// questions are the ids that the framework gives to the questions, in the order of the questionnaire, e.g. Q03.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=40
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=32
	Questions []string `json:"questions"`
}

// WaveControl is what people may still decide about a wave.
type WaveControl struct {
	// cancel ends the wave at once. It cannot be taken back.
	// +optional
	Cancel *CancelRequest `json:"cancel,omitempty"`
	// approval lets a wave go out whose audience is larger than the survey's approval.above. It counts for the audience with
	// this hash only: copy status.audienceHash.
	// +optional
	Approval *AudienceApproval `json:"approval,omitempty"`
}

// AudienceApproval approves an audience.
type AudienceApproval struct {
	// hash is status.audienceHash of the audience that is approved.
	// +required
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=64
	Hash string `json:"hash"`
	// by is the user name under which you approve, as kubectl auth whoami shows it. The admission policies let nobody write
	// another's.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	By string `json:"by"`
}

// CancelRequest says why a wave is cancelled.
type CancelRequest struct {
	// reason is shown in status for as long as the wave exists.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=300
	Reason string `json:"reason"`
}

// SurveyWaveStatus is what the controllers found out about a wave.
type SurveyWaveStatus struct {
	ObjectStatus `json:",inline"`
	// phase is where the wave stands.
	// +optional
	Phase WavePhase `json:"phase,omitempty"`
	// openedAt is when the wave began to take answers.
	// +optional
	OpenedAt *metav1.Time `json:"openedAt,omitempty"`
	// closedAt is when the wave ended.
	// +optional
	ClosedAt *metav1.Time `json:"closedAt,omitempty"`
	// publishedAt is when the figures were sent to the survey's publishTo.
	// +optional
	PublishedAt *metav1.Time `json:"publishedAt,omitempty"`
	// audienceHash identifies the people who would be invited; an approval names it.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	AudienceHash string `json:"audienceHash,omitempty"`
	// invitedAt is when it was settled for every contact whether they are invited, or would be in a dry run. Whoever is imported
	// later is asked by the next wave.
	// +optional
	InvitedAt *metav1.Time `json:"invitedAt,omitempty"`
	// approval says who approved the people who are invited; absent when nobody had to.
	// +optional
	Approval *ApprovalRecord `json:"approval,omitempty"`
	// counts are what became of the contacts of the personas: each is invited, or skipped for one reason.
	// +optional
	Counts *WaveCounts `json:"counts,omitempty"`
	// responseRate is complete answers of invitations in percent, e.g. "31.5"; absent while nobody was invited.
	// +optional
	ResponseRate Decimal `json:"responseRate,omitempty"`
	// results are the figures by question. Below the survey's minReport they are Suppressed, and until the wave has ended unless
	// it is Identified.
	// +optional
	// +listType=map
	// +listMapKey=question
	// +kubebuilder:validation:MaxItems=40
	Results []QuestionResult `json:"results,omitempty"`
	// doubts are what feeds doubt about the figures, at most ten: nothing is removed silently.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=10
	// +kubebuilder:validation:items:MaxLength=300
	Doubts []string `json:"doubts,omitempty"`
	// followUps is how many FollowUps the answers opened.
	// +optional
	FollowUps *int64 `json:"followUps,omitempty"`
	// followUpsLeftOut is how many more the answers called for while the program had as many open as it may have.
	// +optional
	FollowUpsLeftOut int64 `json:"followUpsLeftOut,omitempty"`
}

// ApprovalRecord is an approval that was used.
type ApprovalRecord struct {
	// by is who approved, as the approval said.
	// +required
	// +kubebuilder:validation:MaxLength=253
	By string `json:"by"`
	// at is when the approval let the wave go out.
	// +required
	At metav1.Time `json:"at"`
}

// WaveCounts are numbers of contacts and answers.
type WaveCounts struct {
	// eligible is how many contacts the personas have who did not opt out and have an address that is valid and nobody else's:
	// all but those who are skipped as optOut, invalid or duplicate.
	// +required
	Eligible int64 `json:"eligible"`
	// sampled is how many of the eligible were drawn: all but those who are skipped as notSampled.
	// +required
	Sampled int64 `json:"sampled"`
	// invited is how many of the sampled are invited, or would be in a dry run: all but those who are skipped for another reason.
	// +required
	Invited int64 `json:"invited"`
	// accepted is how many invitations a mail server took; whether they reached anybody is not known.
	// +required
	Accepted int64 `json:"accepted"`
	// bounced is how many addresses were refused for good.
	// +required
	Bounced int64 `json:"bounced"`
	// ambiguous is how many invitations may or may not have gone out.
	// +required
	Ambiguous int64 `json:"ambiguous"`
	// responded is how many complete answers there are.
	// +required
	Responded int64 `json:"responded"`
	// partial is how many answers are not complete.
	// +required
	Partial int64 `json:"partial"`
	// late is how many answers came after the wave's end and do not count.
	// +required
	Late int64 `json:"late"`
	// skipped is how many contacts are not invited, by reason.
	// +optional
	// +listType=map
	// +listMapKey=reason
	// +kubebuilder:validation:MaxItems=12
	Skipped []SkipCount `json:"skipped,omitempty"`
}

// SkipCount is how many contacts were skipped for a reason.
type SkipCount struct {
	// reason is optOut, invalid, duplicate, notSampled, contactRule or deferredExpired (the wave closes before they may be
	// written to); the first that applies, in this order.
	// +required
	// +kubebuilder:validation:MaxLength=32
	Reason string `json:"reason"`
	// count is how many.
	// +required
	Count int64 `json:"count"`
}

// QuestionResult is the figure of a question.
type QuestionResult struct {
	// question is the question's id.
	// +required
	// +kubebuilder:validation:MaxLength=40
	Question string `json:"question"`
	// method is how the figure is computed: NPS, CSAT, CESMean, Mean or Share.
	// +required
	Method KPIMethod `json:"method"`
	// option is the option whose share it is, for the most chosen option of a choice.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	Option string `json:"option,omitempty"`
	// state is Shown or Suppressed.
	// +required
	State ResultState `json:"state"`
	// n is how many answered the question; absent when suppressed.
	// +optional
	N *int64 `json:"n,omitempty"`
	// value is the figure, e.g. "42.5"; absent when suppressed.
	// +optional
	Value Decimal `json:"value,omitempty"`
	// low is the lower end of its 95 % interval.
	// +optional
	Low Decimal `json:"low,omitempty"`
	// high is the upper end of its 95 % interval.
	// +optional
	High Decimal `json:"high,omitempty"`
}

// ResultState says whether a figure may be shown.
// +kubebuilder:validation:Enum=Shown;Suppressed
type ResultState string

// The states of results.
const (
	ResultShown      ResultState = "Shown"
	ResultSuppressed ResultState = "Suppressed"
)

// WavePhase is where a wave stands.
// +kubebuilder:validation:Enum=Pending;AwaitingApproval;Open;Closing;Closed;Cancelled
type WavePhase string

// The phases. Closed and Cancelled are final.
const (
	WavePending   WavePhase = "Pending"
	WaveAwaiting  WavePhase = "AwaitingApproval"
	WaveOpen      WavePhase = "Open"
	WaveClosing   WavePhase = "Closing"
	WaveClosed    WavePhase = "Closed"
	WaveCancelled WavePhase = "Cancelled"
)

// Finished reports whether the phase is final.
func (p WavePhase) Finished() bool { return p == WaveClosed || p == WaveCancelled }

// SurveyWaveList is a list of SurveyWave objects.
// +kubebuilder:object:root=true
type SurveyWaveList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []SurveyWave `json:"items"`
}
