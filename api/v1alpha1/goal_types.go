// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Goal is an outcome that the program is after, in a tree: business goals above, experience goals that serve them, and
// operational goals that bring them about. KPIs measure it; its status rolls up everything below it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cxg,categories=cx
// +kubebuilder:selectablefield:JSONPath=`.spec.parentRef`
// +kubebuilder:selectablefield:JSONPath=`.spec.ownerRef`
// +kubebuilder:selectablefield:JSONPath=`.spec.kind`
// +kubebuilder:printcolumn:name="Kind",type=string,JSONPath=`.spec.kind`
// +kubebuilder:printcolumn:name="Parent",type=string,JSONPath=`.spec.parentRef`
// +kubebuilder:printcolumn:name="Owner",type=string,JSONPath=`.spec.ownerRef`
// +kubebuilder:printcolumn:name="Due",type=string,JSONPath=`.spec.due`
// +kubebuilder:printcolumn:name="KPIs met",type=string,JSONPath=`.status.summary`
// +kubebuilder:printcolumn:name="Complete",type=string,JSONPath=`.status.conditions[?(@.type=="Complete")].status`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 48",message="the name is too long for the objects made from it: use at most 48 characters"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.parentRef) || self.spec.parentRef != self.metadata.name",message="a goal cannot be its own parent: name the goal above it in parentRef"
type Goal struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the name, namespace, labels and annotations of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what people say about the goal.
	// +required
	Spec GoalSpec `json:"spec"`
	// status is what the controllers found.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status GoalStatus `json:"status,omitempty"`
}

// GoalSpec is what people say about a goal.
type GoalSpec struct {
	// displayName is the goal in a few words, e.g. "More customers come back".
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=150
	DisplayName string `json:"displayName"`
	// kind is Business, Experience or Operational.
	// +required
	Kind GoalKind `json:"kind"`
	// parentRef is the Goal that this one serves.
	// +optional
	ParentRef Ref `json:"parentRef,omitempty"`
	// ownerRef is the Owner who answers for the goal.
	// +optional
	OwnerRef Ref `json:"ownerRef,omitempty"`
	// valueDriver is how the goal creates value for the business.
	// +optional
	ValueDriver ValueDriver `json:"valueDriver,omitempty"`
	// businessOutcome is what the business gets out of an experience goal that has no business goal above it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=300
	BusinessOutcome string `json:"businessOutcome,omitempty"`
	// due is the last day on which the goal shall be attained, in the program's time zone.
	// +optional
	Due Date `json:"due,omitempty"`
}

// GoalKind says in which terms a goal is meant.
// +kubebuilder:validation:Enum=Business;Experience;Operational
type GoalKind string

// The kinds of goal.
const (
	GoalBusiness    GoalKind = "Business"
	GoalExperience  GoalKind = "Experience"
	GoalOperational GoalKind = "Operational"
)

// ValueDriver is how experience turns into value.
// +kubebuilder:validation:Enum=Retention;Acquisition;Spend;CostToServe;Reputation;Workforce;Risk
type ValueDriver string

// GoalStatus is what the controllers found out about a goal.
type GoalStatus struct {
	ObjectStatus `json:",inline"`
	// children is how many goals name this one as parent.
	// +optional
	Children *int32 `json:"children,omitempty"`
	// kpis counts the KPIs of this goal and of all goals below it.
	// +optional
	KPIs *KPIRollup `json:"kpis,omitempty"`
	// summary is KPIs met of KPIs with a judgement, e.g. "3/5".
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Summary string `json:"summary,omitempty"`
	// missing names what makes the goal incomplete.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:items:MaxLength=64
	Missing []string `json:"missing,omitempty"`
}

// GoalList is a list of Goal objects.
// +kubebuilder:object:root=true
type GoalList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Goal `json:"items"`
}
