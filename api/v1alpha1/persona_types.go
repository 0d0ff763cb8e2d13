// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Persona is a group of people whose experience matters: customers, employees, partners, or colleagues who are served by
// other colleagues.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cxpn,categories=cx
// +kubebuilder:selectablefield:JSONPath=`.spec.type`
// +kubebuilder:printcolumn:name="Type",type=string,JSONPath=`.spec.type`
// +kubebuilder:printcolumn:name="Journeys",type=integer,JSONPath=`.status.journeys`
// +kubebuilder:printcolumn:name="Surveys",type=integer,JSONPath=`.status.surveys`
// +kubebuilder:printcolumn:name="KPIs",type=integer,JSONPath=`.status.kpis`
// +kubebuilder:printcolumn:name="Contacts",type=integer,JSONPath=`.status.contacts.known`
// +kubebuilder:printcolumn:name="Reachable",type=integer,JSONPath=`.status.contacts.reachable`
// +kubebuilder:printcolumn:name="Evidence",type=string,JSONPath=`.status.conditions[?(@.type=="EvidenceBased")].status`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 63",message="the name is too long to be named by other objects: use at most 63 characters"
type Persona struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the name, namespace, labels and annotations of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what people know about the persona.
	// +required
	Spec PersonaSpec `json:"spec"`
	// status is what the controllers found.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status PersonaStatus `json:"status,omitempty"`
}

// PersonaSpec is what people know about a persona.
type PersonaSpec struct {
	// displayName is the persona's name, e.g. "Weekend shopper".
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	DisplayName string `json:"displayName"`
	// type says what these people are to the organization.
	// +required
	Type PersonaType `json:"type"`
	// goals are what these people want to get done.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=300
	Goals []string `json:"goals,omitempty"`
	// needs are what these people need on the way.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=300
	Needs []string `json:"needs,omitempty"`
	// pains are what gets in their way.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=300
	Pains []string `json:"pains,omitempty"`
	// evidence links to the interviews, studies or data behind this persona. Without any, the persona is reported as an
	// assumption.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	Evidence []Evidence `json:"evidence,omitempty"`
}

// PersonaType says what people are to the organization.
// +kubebuilder:validation:Enum=Customer;Employee;Partner;InternalCustomer
type PersonaType string

// The types of persona.
const (
	PersonaCustomer         PersonaType = "Customer"
	PersonaEmployee         PersonaType = "Employee"
	PersonaPartner          PersonaType = "Partner"
	PersonaInternalCustomer PersonaType = "InternalCustomer"
)

// PersonaStatus is what the controllers found out about a persona.
type PersonaStatus struct {
	ObjectStatus `json:",inline"`
	// journeys is how many journeys are about this persona.
	// +optional
	Journeys *int32 `json:"journeys,omitempty"`
	// surveys is how many surveys ask this persona.
	// +optional
	Surveys *int32 `json:"surveys,omitempty"`
	// kpis is how many KPIs are measured on this persona.
	// +optional
	KPIs *int32 `json:"kpis,omitempty"`
	// contacts counts the people of this persona in the store. They are counted when some were imported, opted out or were erased, or
	// when an address bounced, at most once a minute. Absent while nobody can be asked.
	// +optional
	Contacts *PersonaContacts `json:"contacts,omitempty"`
	// gaps names what the description lacks: goals, needs, pains, evidence.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=4
	// +kubebuilder:validation:items:MaxLength=32
	Gaps []string `json:"gaps,omitempty"`
}

// PersonaContacts counts people who can be asked. Some may have opted out and have an address that bounced, too.
type PersonaContacts struct {
	// known is how many contacts there are.
	// +required
	Known int64 `json:"known"`
	// reachable is how many of them neither opted out nor have an address that bounced. Contact rules may still forbid to write to them.
	// +required
	Reachable int64 `json:"reachable"`
	// optedOut is how many of them want no mail.
	// +required
	OptedOut int64 `json:"optedOut"`
	// invalid is how many of them have an address that bounced for good.
	// +required
	Invalid int64 `json:"invalid"`
}

// PersonaList is a list of Persona objects.
// +kubebuilder:object:root=true
type PersonaList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Persona `json:"items"`
}
