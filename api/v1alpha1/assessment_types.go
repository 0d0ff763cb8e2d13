// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Assessment is what people attest: how many of them gave which answer to the questions of a framework on a day. It may also
// exempt the program from criteria for a time. Of several assessments the newest answer to each question counts.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cxa,categories=cx
// +kubebuilder:selectablefield:JSONPath=`.spec.framework`
// +kubebuilder:printcolumn:name="Framework",type=string,JSONPath=`.spec.framework`
// +kubebuilder:printcolumn:name="Date",type=string,JSONPath=`.spec.date`
// +kubebuilder:printcolumn:name="True",type=string,JSONPath=`.status.summary`
// +kubebuilder:printcolumn:name="Expires",type=string,JSONPath=`.status.expiresAt`
// +kubebuilder:printcolumn:name="Fresh",type=string,JSONPath=`.status.conditions[?(@.type=="Fresh")].status`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 48",message="the name is too long for the objects made from it: use at most 48 characters"
type Assessment struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the name, namespace, labels and annotations of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what people say about the assessment.
	// +required
	Spec AssessmentSpec `json:"spec"`
	// status is what the controllers found.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status AssessmentStatus `json:"status,omitempty"`
}

// AssessmentSpec is what people attest.
// +kubebuilder:validation:XValidation:rule="!has(self.counts) || has(self.evidence)",message="counts must be shown to come from people: set evidence, e.g. a link to the poll or to the minutes of the session"
// +kubebuilder:validation:XValidation:rule="has(self.counts) || has(self.exemptions)",message="an assessment says something: set counts, or exemptions, or both"
// +kubebuilder:validation:XValidation:rule="!has(self.exemptions) || self.exemptions.all(e, e.until >= self.date)",message="an exemption that ended before the assessment never counts: set until to the date of the assessment or later"
type AssessmentSpec struct {
	// framework is the name of the framework whose questions were asked. Default: six-stages.
	// +optional
	// +kubebuilder:default=six-stages
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=48
	Framework string `json:"framework,omitempty"`
	// date is the day on which people answered, in the program's time zone. What is dated in the future does not count yet.
	// +required
	Date Date `json:"date"`
	// validFor is how long the answers count, from date on. Default: that of the framework.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.matches('[1-9]')",message="answers that count for no time prove nothing: set e.g. 180d, or leave validFor out"
	ValidFor Duration `json:"validFor,omitempty"`
	// evidence links to where the answers were counted: the poll, the sheet, the minutes of the joint session.
	// +optional
	Evidence Evidence `json:"evidence,omitempty"`
	// counts are the answers by question and level. For a small firm, a joint session of everybody may be recorded here.
	// +optional
	// +listType=map
	// +listMapKey=question
	// +listMapKey=level
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=300
	// +kubebuilder:validation:XValidation:rule="self.all(a, a.level != 'All' || !self.exists(b, b.question == a.question && b.level != 'All'))",message="counts of one question are either for level All or by level, else people are counted twice: remove one of them"
	Counts []AttestationCounts `json:"counts,omitempty"`
	// exemptions excuse the program from criteria for a time. Each counts once its approver accepted.
	// +optional
	// +listType=map
	// +listMapKey=criterion
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	Exemptions []Exemption `json:"exemptions,omitempty"`
}

// AttestationCounts are the answers of one level to one question.
// +kubebuilder:validation:XValidation:rule="self.answers.sum() + (has(self.dontKnow) ? self.dontKnow : 0) > 0",message="nobody answered: correct answers, or remove the entry"
type AttestationCounts struct {
	// question is the question's id, e.g. Q03.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Question string `json:"question"`
	// level is where in the organization those stand who answered; All when that was not asked. Default: All.
	// +optional
	// +kubebuilder:default=All
	Level AttestationLevel `json:"level,omitempty"`
	// answers are how many people chose each step of the scale, the lowest step first, e.g. [2, 5, 20, 8].
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=2
	// +kubebuilder:validation:MaxItems=11
	// +kubebuilder:validation:items:Minimum=0
	// +kubebuilder:validation:items:Maximum=10000000
	Answers []int64 `json:"answers"`
	// dontKnow is how many people said that they don't know. Default: 0.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10000000
	DontKnow int64 `json:"dontKnow,omitempty"`
}

// AttestationLevel is an OwnerLevel, or All.
// +kubebuilder:validation:Enum=All;Staff;Manager;SeniorManager;Executive;CEO
type AttestationLevel string

// AttestationAll stands for people of all levels, counted together.
const AttestationAll AttestationLevel = "All"

// Exemption excuses a program from a criterion for a time.
// +kubebuilder:validation:XValidation:rule="self.approvedBy != self.requestedBy",message="nobody approves their own exemption: name another owner in approvedBy"
type Exemption struct {
	// criterion is the id of the criterion, e.g. mob-budget.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][-._A-Za-z0-9]*$`
	Criterion string `json:"criterion"`
	// reason says why the criterion shall not count for now.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=300
	Reason string `json:"reason"`
	// requestedBy is the Owner who asks for the exemption.
	// +required
	RequestedBy Ref `json:"requestedBy"`
	// approvedBy is the Owner who grants it. It counts once that owner has accepted; a change of criterion, reason or until
	// asks anew.
	// +required
	ApprovedBy Ref `json:"approvedBy"`
	// until is the last day on which the exemption counts, in the program's time zone.
	// +required
	Until Date `json:"until"`
}

// AssessmentStatus is what the controllers found out about an assessment.
type AssessmentStatus struct {
	ObjectStatus `json:",inline"`
	// summary is how many of the questions came out true, e.g. "7/20".
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Summary string `json:"summary,omitempty"`
	// expiresAt is when the answers stop counting.
	// +optional
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`
	// verdicts say what the answers to each question prove, once for each answer that some criterion counts as a yes.
	// +optional
	// +listType=map
	// +listMapKey=question
	// +listMapKey=atLeast
	// +kubebuilder:validation:MaxItems=200
	Verdicts []QuestionVerdict `json:"verdicts,omitempty"`
	// exemptions say which exemptions are in force.
	// +optional
	// +listType=map
	// +listMapKey=criterion
	// +kubebuilder:validation:MaxItems=20
	Exemptions []ExemptionState `json:"exemptions,omitempty"`
}

// QuestionVerdict is what the answers to a question prove.
type QuestionVerdict struct {
	// question is the question's id.
	// +required
	// +kubebuilder:validation:MaxLength=32
	Question string `json:"question"`
	// atLeast is the lowest answer that counts as a yes, a value of the question's scale.
	// +required
	AtLeast int32 `json:"atLeast"`
	// result is True, False or Unknown.
	// +required
	Result CriterionOutcome `json:"result"`
	// reason is the result's reason in one word.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason"`
	// message says it in a sentence.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=400
	Message string `json:"message,omitempty"`
	// n is how many answers count; absent when there are too few to show.
	// +optional
	N *int64 `json:"n,omitempty"`
	// sharePercent is the share of a yes in percent, e.g. "72.5"; absent when there are too few answers to show.
	// +optional
	SharePercent Decimal `json:"sharePercent,omitempty"`
	// lowPercent is the lower end of its 95 % interval.
	// +optional
	LowPercent Decimal `json:"lowPercent,omitempty"`
	// highPercent is the upper end of its 95 % interval.
	// +optional
	HighPercent Decimal `json:"highPercent,omitempty"`
}

// ExemptionState says whether an exemption is in force.
type ExemptionState struct {
	// criterion is the id of the criterion.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Criterion string `json:"criterion"`
	// state is Pending (not approved yet), InForce or Expired.
	// +required
	State ExemptionPhase `json:"state"`
}

// ExemptionPhase is where an exemption stands.
// +kubebuilder:validation:Enum=Pending;InForce;Expired
type ExemptionPhase string

// The phases of exemptions.
const (
	ExemptionPending ExemptionPhase = "Pending"
	ExemptionInForce ExemptionPhase = "InForce"
	ExemptionExpired ExemptionPhase = "Expired"
)

// AssessmentList is a list of Assessment objects.
// +kubebuilder:object:root=true
type AssessmentList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Assessment `json:"items"`
}
