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
// +kubebuilder:printcolumn:name="Due",type=date,priority=1,JSONPath=`.spec.template.dueAt`
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
	// questionnaireHash identifies the questionnaire; waves with different hashes are compared question by question.
	// +required
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=64
	QuestionnaireHash string `json:"questionnaireHash"`
}

// WaveControl is what people may still decide about a wave.
type WaveControl struct {
	// cancel ends the wave at once. It cannot be taken back.
	// +optional
	Cancel *CancelRequest `json:"cancel,omitempty"`
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
}

// WavePhase is where a wave stands.
// +kubebuilder:validation:Enum=Pending;Open;Closing;Closed;Cancelled
type WavePhase string

// The phases. Closed and Cancelled are final.
const (
	WavePending   WavePhase = "Pending"
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
