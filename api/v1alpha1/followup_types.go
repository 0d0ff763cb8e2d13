// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// FollowUp is an answer that a rule says must be followed up: whose it is to answer, by when, and what came of it. It holds no
// personal data; whom to contact stands in the store. It is made by the controller and removed some time after it was closed;
// its outcome stays in the store. People write spec.response and spec.closing, nothing else.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cxfu,categories=cx
// +kubebuilder:selectablefield:JSONPath=`.spec.case.survey`
// +kubebuilder:printcolumn:name="Survey",type=string,JSONPath=`.spec.case.survey`
// +kubebuilder:printcolumn:name="Rule",type=string,JSONPath=`.spec.case.rule`
// +kubebuilder:printcolumn:name="Owner",type=string,JSONPath=`.status.owner`
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Due",type=string,JSONPath=`.spec.case.dueBy`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type FollowUp struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the name, namespace, labels and annotations of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is the case and what people did about it.
	// +required
	Spec FollowUpSpec `json:"spec"`
	// status is what the controllers found.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status FollowUpStatus `json:"status,omitempty"`
}

// FollowUpSpec is a case and what people did about it.
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.response) || (has(self.response) && self.response == oldSelf.response)",message="the first response is recorded once: leave spec.response as it is"
// +kubebuilder:validation:XValidation:rule="!has(self.closing) || has(self.response)",message="say first whether the customer was reached: set spec.response, then spec.closing"
type FollowUpSpec struct {
	// case is what is to be followed up, as the controller made it.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a case stays as it was opened: write spec.response and spec.closing"
	Case FollowUpCase `json:"case"`
	// response is the first response to the customer.
	// +optional
	Response *FirstResponse `json:"response,omitempty"`
	// closing says why it came to this and what was done.
	// +optional
	Closing *Closing `json:"closing,omitempty"`
}

// FollowUpCase is what is to be followed up.
type FollowUpCase struct {
	// survey is the Survey whose answer it is.
	// +required
	Survey Ref `json:"survey"`
	// slot is the wave's slot.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=20
	Slot string `json:"slot"`
	// rule is the name of the survey's rule that opened it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	Rule string `json:"rule"`
	// answerKey names the answer in the store.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	AnswerKey string `json:"answerKey"`
	// journey is the Journey that the rule names.
	// +optional
	Journey Ref `json:"journey,omitempty"`
	// touchpoint is where on the journey.
	// +optional
	Touchpoint TouchpointName `json:"touchpoint,omitempty"`
	// openedAt is when the answer was given.
	// +required
	OpenedAt metav1.Time `json:"openedAt"`
	// dueBy is until when the customer shall hear from somebody.
	// +required
	DueBy metav1.Time `json:"dueBy"`
}

// FirstResponse is the first response to the customer.
type FirstResponse struct {
	// result is Reached or NotReached.
	// +required
	Result ResponseResult `json:"result"`
	// note says in a few words how, without naming the customer.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=300
	Note string `json:"note,omitempty"`
}

// ResponseResult says whether the customer was reached.
// +kubebuilder:validation:Enum=Reached;NotReached
type ResponseResult string

// The results of a first response.
const (
	ResponseReached    ResponseResult = "Reached"
	ResponseNotReached ResponseResult = "NotReached"
)

// Closing says why it came to this and what was done.
type Closing struct {
	// rootCause is one of the Program's rootCauses, or other.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=60
	RootCause string `json:"rootCause"`
	// resolution says what was done, without naming the customer.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=500
	Resolution string `json:"resolution"`
}

// FollowUpStatus is what the controllers found out about a follow-up.
type FollowUpStatus struct {
	ObjectStatus `json:",inline"`
	// phase is where it stands.
	// +optional
	Phase FollowUpPhase `json:"phase,omitempty"`
	// owner is the Owner whose it is to answer: of the touchpoint, else the journey, else the survey; their deputy while they are
	// away.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Owner string `json:"owner,omitempty"`
	// respondedAt is when the first response was seen.
	// +optional
	RespondedAt *metav1.Time `json:"respondedAt,omitempty"`
	// closedAt is when it was closed.
	// +optional
	ClosedAt *metav1.Time `json:"closedAt,omitempty"`
}

// FollowUpPhase is where a follow-up stands.
// +kubebuilder:validation:Enum=Open;Responded;Closed
type FollowUpPhase string

// The phases of a follow-up.
const (
	FollowUpOpen      FollowUpPhase = "Open"
	FollowUpResponded FollowUpPhase = "Responded"
	FollowUpClosed    FollowUpPhase = "Closed"
)

// FollowUpList is a list of FollowUp objects.
// +kubebuilder:object:root=true
type FollowUpList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []FollowUp `json:"items"`
}
