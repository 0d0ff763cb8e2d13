// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Scorecard is how a program stands against a framework: every criterion with its result, the evidence it rests on and since
// when, and the stage that follows. It is made by the controller.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cxsc,categories=cx
// +kubebuilder:selectablefield:JSONPath=`.spec.framework`
// +kubebuilder:printcolumn:name="Framework",type=string,JSONPath=`.spec.framework`
// +kubebuilder:printcolumn:name="Profile",type=string,JSONPath=`.spec.profile`
// +kubebuilder:printcolumn:name="Stage",type=string,JSONPath=`.status.stageName`
// +kubebuilder:printcolumn:name="Observed",type=integer,JSONPath=`.status.observedStage`
// +kubebuilder:printcolumn:name="Attested",type=integer,priority=1,JSONPath=`.status.attestedStage`
// +kubebuilder:printcolumn:name="To next",type=string,JSONPath=`.status.progress`
// +kubebuilder:printcolumn:name="Weakest",type=string,JSONPath=`.status.weakestCompetency`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type Scorecard struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the name, namespace, labels and annotations of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is which framework is applied and how.
	// +required
	Spec ScorecardSpec `json:"spec"`
	// status is what the controllers found.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status ScorecardStatus `json:"status,omitempty"`
}

// ScorecardSpec says which framework is applied and how.
type ScorecardSpec struct {
	// framework is the name of the framework.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=48
	Framework string `json:"framework"`
	// profile picks the thresholds.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Profile string `json:"profile"`
}

// ScorecardStatus is how a program stands against a framework.
type ScorecardStatus struct {
	ObjectStatus `json:",inline"`
	// stage is the stage reached.
	// +optional
	Stage *int32 `json:"stage,omitempty"`
	// stageName is the stage with its name, e.g. "2 Explore".
	// +optional
	// +kubebuilder:validation:MaxLength=64
	StageName string `json:"stageName,omitempty"`
	// observedStage is the stage as far as resources show it.
	// +optional
	ObservedStage *int32 `json:"observedStage,omitempty"`
	// attestedStage is the stage as people attest it; absent without an assessment.
	// +optional
	AttestedStage *int32 `json:"attestedStage,omitempty"`
	// since is when this stage was reached.
	// +optional
	Since *metav1.Time `json:"since,omitempty"`
	// keptUntil is when the stage will be lost unless it is shown again until then; absent while it is shown.
	// +optional
	KeptUntil *metav1.Time `json:"keptUntil,omitempty"`
	// counts are how many criteria came out how.
	// +optional
	Counts *CriterionCounts `json:"counts,omitempty"`
	// progress counts the required criteria of the next stage that are met, e.g. "4/10".
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Progress string `json:"progress,omitempty"`
	// weakestCompetency is the competency that holds the stage down.
	// +optional
	// +kubebuilder:validation:MaxLength=40
	WeakestCompetency string `json:"weakestCompetency,omitempty"`
	// competencies are the levels reached in each competency; the lowest one is the stage.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	Competencies []CompetencyLevel `json:"competencies,omitempty"`
	// criteria are the results, by stage.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=200
	Criteria []CriterionResult `json:"criteria,omitempty"`
	// indicators are the signs of the first stage that still show.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MaxLength=300
	Indicators []string `json:"indicators,omitempty"`
	// nextSteps say what is missing for the next stage, at most ten.
	// +optional
	// +listType=map
	// +listMapKey=criterion
	// +kubebuilder:validation:MaxItems=10
	NextSteps []NextStep `json:"nextSteps,omitempty"`
	// nextStepsMore counts the steps that were left out.
	// +optional
	NextStepsMore int32 `json:"nextStepsMore,omitempty"`
	// advice is how companies leave this stage.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=6
	// +kubebuilder:validation:items:MaxLength=300
	Advice []string `json:"advice,omitempty"`
}

// CompetencyLevel is the level reached in a competency.
type CompetencyLevel struct {
	// name is the competency, e.g. culture.
	// +required
	// +kubebuilder:validation:MaxLength=40
	Name string `json:"name"`
	// level is the highest stage whose required criteria in this competency are all met.
	// +required
	Level int32 `json:"level"`
}

// CriterionResult is how a program stands against one criterion.
type CriterionResult struct {
	// id is the criterion, e.g. exp-group.
	// +required
	// +kubebuilder:validation:MaxLength=64
	ID string `json:"id"`
	// stage is the stage that the criterion belongs to.
	// +required
	Stage int32 `json:"stage"`
	// competency is the competency that it belongs to.
	// +required
	// +kubebuilder:validation:MaxLength=40
	Competency string `json:"competency"`
	// weight is Required or Advisory; advisory criteria do not hold a stage down.
	// +required
	Weight CriterionWeight `json:"weight"`
	// result is whether the criterion is met. Unknown never counts as met.
	// +required
	Result CriterionOutcome `json:"result"`
	// observed is the rule's half of the result; absent where no rule decides.
	// +optional
	Observed CriterionOutcome `json:"observed,omitempty"`
	// attested is the questions' half of the result; absent where nobody is asked.
	// +optional
	Attested CriterionOutcome `json:"attested,omitempty"`
	// grade is the weakest evidence that the result rests on: System (the operator saw it), Attested (people said so) or
	// Declared (somebody typed it).
	// +optional
	Grade EvidenceGrade `json:"grade,omitempty"`
	// reason is the result's reason in one word.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason"`
	// message says in plain words why.
	// +optional
	// +kubebuilder:validation:MaxLength=400
	Message string `json:"message,omitempty"`
	// objects are the objects that the result rests on, at most five.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=5
	// +kubebuilder:validation:items:MaxLength=128
	Objects []string `json:"objects,omitempty"`
	// objectsMore counts the objects that were left out.
	// +optional
	ObjectsMore int32 `json:"objectsMore,omitempty"`
	// since is when the result became what it is.
	// +optional
	Since *metav1.Time `json:"since,omitempty"`
}

// CriterionCounts counts criteria by result.
type CriterionCounts struct {
	// met is how many are True.
	// +required
	Met int32 `json:"met"`
	// unmet is how many are False.
	// +required
	Unmet int32 `json:"unmet"`
	// unknown is how many are Unknown.
	// +required
	Unknown int32 `json:"unknown"`
	// exempted is how many are excused for now.
	// +required
	Exempted int32 `json:"exempted"`
	// notApplicable is how many do not belong to the profile.
	// +required
	NotApplicable int32 `json:"notApplicable"`
}

// CriterionWeight says whether a criterion can hold a stage down.
// +kubebuilder:validation:Enum=Required;Advisory
type CriterionWeight string

// The weights of criteria.
const (
	CriterionRequired CriterionWeight = "Required"
	CriterionAdvisory CriterionWeight = "Advisory"
)

// CriterionOutcome is whether a criterion is met.
// +kubebuilder:validation:Enum="True";"False";Unknown;Exempt;NotApplicable
type CriterionOutcome string

// The outcomes of criteria.
const (
	OutcomeTrue          CriterionOutcome = "True"
	OutcomeFalse         CriterionOutcome = "False"
	OutcomeUnknown       CriterionOutcome = "Unknown"
	OutcomeExempt        CriterionOutcome = "Exempt"
	OutcomeNotApplicable CriterionOutcome = "NotApplicable"
)

// EvidenceGrade is what a result rests on.
// +kubebuilder:validation:Enum=System;Attested;Declared
type EvidenceGrade string

// The grades of evidence.
const (
	GradeSystem   EvidenceGrade = "System"
	GradeAttested EvidenceGrade = "Attested"
	GradeDeclared EvidenceGrade = "Declared"
)

// ScorecardList is a list of Scorecard objects.
// +kubebuilder:object:root=true
type ScorecardList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Scorecard `json:"items"`
}
