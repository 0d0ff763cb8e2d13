// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Owner is a person or a team that can answer for things: where they stand in the organization, who stands in for
// them, and by which accounts they decide. Owners are named by goals, KPIs, journeys, touchpoints, surveys, initiatives and
// the Program; each such naming becomes an OwnerAssignment that the owner accepts.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cxo,categories=cx
// +kubebuilder:selectablefield:JSONPath=`.spec.reportsTo`
// +kubebuilder:selectablefield:JSONPath=`.spec.function`
// +kubebuilder:selectablefield:JSONPath=`.spec.state`
// +kubebuilder:printcolumn:name="Function",type=string,JSONPath=`.spec.function`
// +kubebuilder:printcolumn:name="Level",type=string,JSONPath=`.spec.level`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.spec.state`
// +kubebuilder:printcolumn:name="Accountable",type=integer,JSONPath=`.status.accountable`
// +kubebuilder:printcolumn:name="Pending",type=integer,JSONPath=`.status.pending`
// +kubebuilder:printcolumn:name="Waiting",type=date,JSONPath=`.status.waitingSince`
// +kubebuilder:printcolumn:name="Orphaned",type=integer,JSONPath=`.status.orphaned`
// +kubebuilder:printcolumn:name="Acting",type=string,JSONPath=`.status.actingDeputy`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,priority=1,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 63",message="the name is too long to be named by other objects: use at most 63 characters"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.reportsTo) || self.spec.reportsTo != self.metadata.name",message="an owner cannot report to themselves: name their manager in reportsTo, or leave it out at the top"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.deputy) || self.spec.deputy != self.metadata.name",message="an owner cannot be their own deputy: name another owner"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.away) || self.spec.away.all(a, !has(a.deputy) || a.deputy != self.metadata.name)",message="an owner cannot stand in for themselves: name another owner as deputy of that absence"
type Owner struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the name, namespace, labels and annotations of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what people say about the owner.
	// +required
	Spec OwnerSpec `json:"spec"`
	// status is what the controllers found.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status OwnerStatus `json:"status,omitempty"`
}

// OwnerSpec is what people say about an owner.
// +kubebuilder:validation:XValidation:rule="!has(self.identity) || !has(self.identity.groups) || (has(self.type) && self.type == 'Team')",message="a person decides under their own name, or nobody knows who did: list user names in identity.users, or set type: Team"
type OwnerSpec struct {
	// displayName is the role or team as people call it, e.g. "Head of Customer Experience".
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	DisplayName string `json:"displayName"`
	// type is Person or Team: a person decides under user names only, a team may decide as a group. Default: Person.
	// +optional
	// +kubebuilder:default=Person
	Type OwnerType `json:"type,omitempty"`
	// function is the unit that the owner belongs to, e.g. "marketing".
	// +required
	Function Function `json:"function"`
	// level is where the owner stands in the organization.
	// +required
	Level OwnerLevel `json:"level"`
	// roles are posts that the owner holds. CXDirector counts once that owner has accepted to lead or sponsor the program or
	// to sit on its committee.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=5
	Roles []OwnerRole `json:"roles,omitempty"`
	// reportsTo is the Owner above this one; empty at the top.
	// +optional
	ReportsTo Ref `json:"reportsTo,omitempty"`
	// deputy is the Owner who acts while this one is away, unless that absence names another.
	// +optional
	Deputy Ref `json:"deputy,omitempty"`
	// away lists absences. While one lasts the deputy acts; the owner stays accountable.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	Away []Absence `json:"away,omitempty"`
	// state is Active, or Left once the owner is no longer there: everything of theirs is then orphaned. Default:
	// Active.
	// +optional
	// +kubebuilder:default=Active
	State OwnerState `json:"state,omitempty"`
	// sharePercent is the share of working time that the owner gives to customer experience, 0 to 100.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	SharePercent *int32 `json:"sharePercent,omitempty"`
	// identity says by which cluster accounts this owner decides, and as whom they review changes.
	// +optional
	Identity Identity `json:"identity,omitempty"`
	// notifySecretRef is a Secret in this namespace that says where the owner is written to: email is an address, slack and teams
	// are URLs of incoming webhooks, webhook is any other URL, and webhookKey signs what goes there. Figures of surveys go by mail
	// only. Addresses are personal data and stand in no object of ours. Default: the owner is not written to.
	// +optional
	NotifySecretRef Ref `json:"notifySecretRef,omitempty"`
	// language is the language in which the owner is written to. Default: the first of the program's languages.
	// +optional
	Language Language `json:"language,omitempty"`
	// capacity is how many things the owner can answer for. Default: the program's maxPerOwner.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10000
	Capacity *int32 `json:"capacity,omitempty"`
}

// OwnerType says whether an owner is one person or several.
// +kubebuilder:validation:Enum=Person;Team
type OwnerType string

// The types of owner.
const (
	OwnerPerson OwnerType = "Person"
	OwnerTeam   OwnerType = "Team"
)

// OwnerLevel is where an owner stands in the organization, from Staff up to CEO.
// +kubebuilder:validation:Enum=Staff;Manager;SeniorManager;Executive;CEO
type OwnerLevel string

// The levels, lowest first.
const (
	LevelStaff         OwnerLevel = "Staff"
	LevelManager       OwnerLevel = "Manager"
	LevelSeniorManager OwnerLevel = "SeniorManager"
	LevelExecutive     OwnerLevel = "Executive"
	LevelCEO           OwnerLevel = "CEO"
)

// OwnerRole is a post that an owner holds: CXDirector answers for customer experience in top management.
// +kubebuilder:validation:Enum=CXDirector
type OwnerRole string

// OwnerCXDirector answers for customer experience in top management.
const OwnerCXDirector OwnerRole = "CXDirector"

// OwnerState says whether an owner is still there.
// +kubebuilder:validation:Enum=Active;Left
type OwnerState string

// The states of an owner.
const (
	OwnerActive OwnerState = "Active"
	OwnerLeft   OwnerState = "Left"
)

// Absence is a time during which an owner's deputy acts.
// +kubebuilder:validation:XValidation:rule="self.until > self.from",message="an absence ends after it begins: set until later than from"
type Absence struct {
	// from is the first instant of the absence.
	// +required
	From metav1.Time `json:"from"`
	// until is the instant at which the owner is back.
	// +required
	Until metav1.Time `json:"until"`
	// deputy acts during this absence. Default: the owner's deputy.
	// +optional
	Deputy Ref `json:"deputy,omitempty"`
}

// Identity says by which cluster accounts an owner decides, and as whom they review changes.
type Identity struct {
	// users are user names as the API server sees them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=10
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	Users []string `json:"users,omitempty"`
	// groups are group names as the API server sees them. For a Team only.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=10
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	Groups []string `json:"groups,omitempty"`
	// gitHandle is the account or team that reviews changes of the YAML for the owner, without the @, e.g. "head-of-cx" or
	// "example-retail/cx-team". kubectl cx codeowners writes it; it gives no right in the cluster. Default: nobody is asked to review.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_][-._A-Za-z0-9]*(/[A-Za-z0-9_][-._A-Za-z0-9]*)*$`
	GitHandle string `json:"gitHandle,omitempty"`
}

// OwnerStatus is what the controllers found out about an owner.
type OwnerStatus struct {
	ObjectStatus `json:",inline"`
	// accountable is how many things the owner answers for, accepted or trusted.
	// +optional
	Accountable *int32 `json:"accountable,omitempty"`
	// roles is how many other roles (lead, sponsor, group member, approver, ...) the owner holds.
	// +optional
	Roles *int32 `json:"roles,omitempty"`
	// pending is how many offers wait for the owner's decision.
	// +optional
	Pending *int32 `json:"pending,omitempty"`
	// pendingAssignments names OwnerAssignments that wait for the owner's decision, at most ten.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=10
	// +kubebuilder:validation:items:MaxLength=253
	PendingAssignments []string `json:"pendingAssignments,omitempty"`
	// waitingSince is since when the oldest of these offers has waited.
	// +optional
	WaitingSince *metav1.Time `json:"waitingSince,omitempty"`
	// orphaned is how many things nobody answers for because this owner is named there and is not there any more; absent without
	// any. Name other owners for them.
	// +optional
	Orphaned *int32 `json:"orphaned,omitempty"`
	// actingDeputy is the Owner who acts for this one now.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	ActingDeputy string `json:"actingDeputy,omitempty"`
	// actingUntil is when the owner is back.
	// +optional
	ActingUntil *metav1.Time `json:"actingUntil,omitempty"`
}

// OwnerList is a list of Owner objects.
// +kubebuilder:object:root=true
type OwnerList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Owner `json:"items"`
}
