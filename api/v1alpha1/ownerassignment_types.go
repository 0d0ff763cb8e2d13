// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// OwnerAssignment says that an owner answers for something in a role, and whether they agreed. There is one for every subject
// and role that names an owner; it is made by the controller and goes with its subject. Owners decide on an offer by writing
// spec.decision; nothing else is written by people.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cxoa,categories=cx
// +kubebuilder:selectablefield:JSONPath=`.spec.owner`
// +kubebuilder:selectablefield:JSONPath=`.spec.proposed.owner`
// +kubebuilder:selectablefield:JSONPath=`.spec.role`
// +kubebuilder:selectablefield:JSONPath=`.spec.subject.kind`
// +kubebuilder:selectablefield:JSONPath=`.spec.subject.name`
// +kubebuilder:printcolumn:name="Kind",type=string,priority=1,JSONPath=`.spec.subject.kind`
// +kubebuilder:printcolumn:name="Subject",type=string,priority=1,JSONPath=`.status.subject`
// +kubebuilder:printcolumn:name="Role",type=string,priority=1,JSONPath=`.spec.role`
// +kubebuilder:printcolumn:name="Owner",type=string,JSONPath=`.status.owner`
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Acting",type=string,priority=1,JSONPath=`.status.acting`
// +kubebuilder:printcolumn:name="Waits For",type=string,JSONPath=`.status.waitsFor`
// +kubebuilder:printcolumn:name="Since",type=date,JSONPath=`.status.offeredAt`
// +kubebuilder:printcolumn:name="Next",type=string,JSONPath=`.status.next`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,priority=1,JSONPath=`.metadata.creationTimestamp`
type OwnerAssignment struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the name, namespace, labels and annotations of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is the assignment; people write decision only.
	// +required
	Spec OwnerAssignmentSpec `json:"spec"`
	// status is what the controllers found.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status OwnerAssignmentStatus `json:"status,omitempty"`
}

// OwnerAssignmentSpec is an assignment.
type OwnerAssignmentSpec struct {
	// subject is what is to be answered for.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="an assignment keeps its subject: change the owner on the subject itself"
	Subject AssignmentSubject `json:"subject"`
	// role is in which way.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="an assignment keeps its role: change the roles on the subject itself"
	Role AssignmentRole `json:"role"`
	// owner is the Owner in force: who answers for the subject now. Absent until somebody does.
	// +optional
	Owner Ref `json:"owner,omitempty"`
	// proposed is the offer that waits for a decision.
	// +optional
	Proposed *Proposal `json:"proposed,omitempty"`
	// decision is what the proposed owner decided. A decision on another offer is ignored.
	// +optional
	Decision *Decision `json:"decision,omitempty"`
}

// AssignmentSubject is what is to be answered for.
type AssignmentSubject struct {
	// kind is the subject's kind.
	// +required
	Kind SubjectKind `json:"kind"`
	// name is the subject's name.
	// +required
	Name Ref `json:"name"`
	// touchpoint is the touchpoint of a Journey; absent for the journey itself.
	// +optional
	Touchpoint TouchpointName `json:"touchpoint,omitempty"`
	// item is the part of the subject that an approver approves: budget or standard of the Program, or the criterion from
	// which an Assessment exempts it. Absent for the subject itself.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][-._A-Za-z0-9]*$`
	Item string `json:"item,omitempty"`
}

// The items of a Program that an approver approves.
const (
	ItemBudget   = "budget"
	ItemStandard = "standard"
)

// SubjectKind is a kind whose objects somebody answers for.
// +kubebuilder:validation:Enum=Program;Journey;Goal;KPI;Survey;Initiative;Assessment
type SubjectKind string

// The kinds of subject.
const (
	SubjectProgram    SubjectKind = "Program"
	SubjectJourney    SubjectKind = "Journey"
	SubjectGoal       SubjectKind = "Goal"
	SubjectKPI        SubjectKind = "KPI"
	SubjectSurvey     SubjectKind = "Survey"
	SubjectInitiative SubjectKind = "Initiative"
	SubjectAssessment SubjectKind = "Assessment"
)

// AssignmentRole is in which way an owner answers for a subject.
// +kubebuilder:validation:Enum=Accountable;Sponsor;Lead;GroupMember;GovernanceMember;Ambassador;Approver
type AssignmentRole string

// The roles. Only Accountable may be trusted; all others must be accepted explicitly.
const (
	RoleAccountable      AssignmentRole = "Accountable"
	RoleSponsor          AssignmentRole = "Sponsor"
	RoleLead             AssignmentRole = "Lead"
	RoleGroupMember      AssignmentRole = "GroupMember"
	RoleGovernanceMember AssignmentRole = "GovernanceMember"
	RoleAmbassador       AssignmentRole = "Ambassador"
	RoleApprover         AssignmentRole = "Approver"
)

// Proposal is an offer to an owner.
type Proposal struct {
	// owner is who is asked.
	// +required
	Owner Ref `json:"owner"`
	// insteadOf is the Owner whom the subject names, when somebody of the line above is asked in their place. Absent when owner
	// is that one.
	// +optional
	InsteadOf Ref `json:"insteadOf,omitempty"`
	// offerID identifies the offer; a decision must name it.
	// +required
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=64
	OfferID string `json:"offerID"`
	// terms are what exactly the owner approves by accepting, e.g. "budget 120000 EUR for 2027". Other terms are another
	// offer. Absent where the subject says it all.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=500
	Terms string `json:"terms,omitempty"`
	// approvers are the identities that may decide, as user:NAME and group:NAME.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=260
	Approvers []string `json:"approvers,omitempty"`
}

// Decision is what an owner decided on an offer.
// +kubebuilder:validation:XValidation:rule="self.result != 'Declined' || has(self.reason)",message="a refusal needs a reason, so that the next one asked knows it: set decision.reason"
type Decision struct {
	// offerID is the offer that is decided on: copy spec.proposed.offerID.
	// +required
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=64
	OfferID string `json:"offerID"`
	// result is Accepted or Declined.
	// +required
	Result DecisionResult `json:"result"`
	// reason says why; needed when declining.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=300
	Reason string `json:"reason,omitempty"`
	// by is the user name under which you decide, as kubectl auth whoami shows it. The admission policies let nobody write
	// another's; without them it is not recorded, as nothing proves it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	By string `json:"by,omitempty"`
}

// DecisionResult is yes or no.
// +kubebuilder:validation:Enum=Accepted;Declined
type DecisionResult string

// The results of a decision.
const (
	DecisionAccepted DecisionResult = "Accepted"
	DecisionDeclined DecisionResult = "Declined"
)

// OwnerAssignmentStatus is what the controllers found out about an assignment.
type OwnerAssignmentStatus struct {
	ObjectStatus `json:",inline"`
	// phase is where the assignment stands.
	// +optional
	Phase AssignmentPhase `json:"phase,omitempty"`
	// subject is the subject's name, with the touchpoint or item after a slash.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	Subject string `json:"subject,omitempty"`
	// owner is who answers for the subject, or who is asked to: "(head-of-cx)" while undecided.
	// +optional
	// +kubebuilder:validation:MaxLength=80
	Owner string `json:"owner,omitempty"`
	// acting is the deputy who acts while the owner in force is away; empty while the owner acts.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Acting string `json:"acting,omitempty"`
	// actingUntil is when the owner is back, while a deputy acts.
	// +optional
	ActingUntil *metav1.Time `json:"actingUntil,omitempty"`
	// acceptedAt is when the owner in force accepted; absent when trusted.
	// +optional
	AcceptedAt *metav1.Time `json:"acceptedAt,omitempty"`
	// verifiedAt is when the owner in force last said that it is still theirs; absent when the program does not ask.
	// +optional
	VerifiedAt *metav1.Time `json:"verifiedAt,omitempty"`
	// waitsFor is the Owner whose decision is waited for; empty while nobody is asked.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	WaitsFor string `json:"waitsFor,omitempty"`
	// offeredAt is since when that owner has been asked.
	// +optional
	OfferedAt *metav1.Time `json:"offeredAt,omitempty"`
	// next is what happens next by itself and when, e.g. "to ceo 2027-01-18"; empty when nothing does.
	// +optional
	// +kubebuilder:validation:MaxLength=160
	Next string `json:"next,omitempty"`
	// suggested is who could take over an orphaned subject.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Suggested string `json:"suggested,omitempty"`
}

// AssignmentPhase is where an assignment stands.
// +kubebuilder:validation:Enum=Pending;Active;HandingOver;Declined;Orphaned
type AssignmentPhase string

// The phases: Pending (asked, nobody in force), Active, HandingOver (one in force, another one asked), Declined (the one
// asked said no and nobody is in force), Orphaned (the owner left or does not exist).
const (
	AssignmentPending     AssignmentPhase = "Pending"
	AssignmentActive      AssignmentPhase = "Active"
	AssignmentHandingOver AssignmentPhase = "HandingOver"
	AssignmentDeclined    AssignmentPhase = "Declined"
	AssignmentOrphaned    AssignmentPhase = "Orphaned"
)

// OwnerAssignmentList is a list of OwnerAssignment objects.
// +kubebuilder:object:root=true
type OwnerAssignmentList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []OwnerAssignment `json:"items"`
}
