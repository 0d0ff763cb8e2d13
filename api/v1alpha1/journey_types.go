// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Journey is the path of one or more personas towards something they need, in stages with touchpoints. Its status shows who
// answers for each touchpoint, how the KPIs measured there do, and where the gaps are.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cxj,categories=cx
// +kubebuilder:selectablefield:JSONPath=`.spec.ownerRef`
// +kubebuilder:selectablefield:JSONPath=`.spec.state`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.spec.state`
// +kubebuilder:printcolumn:name="Owner",type=string,JSONPath=`.spec.ownerRef`
// +kubebuilder:printcolumn:name="Touchpoints",type=integer,JSONPath=`.status.touchpoints`
// +kubebuilder:printcolumn:name="Owned",type=string,JSONPath=`.status.ownedSummary`
// +kubebuilder:printcolumn:name="Worst",type=string,JSONPath=`.status.worstTouchpoint`
// +kubebuilder:printcolumn:name="Gaps",type=integer,JSONPath=`.status.gapCount`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 48",message="the name is too long for the objects made from it: use at most 48 characters"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.targetOf) || (has(self.spec.state) && self.spec.state == 'Target')",message="targetOf says which current journey this one replaces: set state to Target, or leave targetOf out"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.targetOf) || self.spec.targetOf != self.metadata.name",message="a journey cannot be the target of itself: name the current journey in targetOf"
type Journey struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the name, namespace, labels and annotations of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what people say about the journey.
	// +required
	Spec JourneySpec `json:"spec"`
	// status is what the controllers found.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status JourneyStatus `json:"status,omitempty"`
}

// JourneySpec is what people say about a journey.
type JourneySpec struct {
	// displayName is the journey's name, e.g. "Buying online, collecting in the shop".
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	DisplayName string `json:"displayName"`
	// personas are the Personas who walk this path.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=20
	Personas []Ref `json:"personas,omitempty"`
	// standardVersion is the version of the company's CX standard that the journey follows, as in the Program's
	// spec.standard.version.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	StandardVersion string `json:"standardVersion,omitempty"`
	// need is what the personas are after, in their words.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=500
	Need string `json:"need,omitempty"`
	// ownerRef is the Owner who answers for the whole journey.
	// +optional
	OwnerRef Ref `json:"ownerRef,omitempty"`
	// state is Current (how it is) or Target (how it shall be). Default: Current.
	// +optional
	// +kubebuilder:default=Current
	State JourneyState `json:"state,omitempty"`
	// targetOf is the current Journey that this target journey shall replace.
	// +optional
	TargetOf Ref `json:"targetOf,omitempty"`
	// stages are the parts of the path, in order.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:XValidation:rule="self.all(s, !has(s.touchpoints) || self.filter(o, has(o.touchpoints) && sets.intersects(s.touchpoints.map(t, t.name), o.touchpoints.map(t, t.name))).size() <= 1)",message="a touchpoint name stands in two stages: touchpoint names must be unique within the journey"
	Stages []JourneyStage `json:"stages"`
}

// JourneyState says whether a journey is how things are or how they shall be.
// +kubebuilder:validation:Enum=Current;Target
type JourneyState string

// The states of a journey.
const (
	JourneyCurrent JourneyState = "Current"
	JourneyTarget  JourneyState = "Target"
)

// TouchpointName names a stage or touchpoint within its journey.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=40
// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
type TouchpointName string

// JourneyStage is a part of a journey.
type JourneyStage struct {
	// name is the stage's name within the journey, e.g. "collect".
	// +required
	Name TouchpointName `json:"name"`
	// touchpoints are the moments in which the persona meets the organization, in order.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=20
	Touchpoints []Touchpoint `json:"touchpoints,omitempty"`
}

// Touchpoint is a moment in which a persona meets the organization.
type Touchpoint struct {
	// name is the touchpoint's name, unique within the journey, e.g. "pickup-desk".
	// +required
	Name TouchpointName `json:"name"`
	// ownerRef is the Owner who answers for this touchpoint.
	// +optional
	OwnerRef Ref `json:"ownerRef,omitempty"`
	// channel is where the meeting happens.
	// +optional
	Channel Channel `json:"channel,omitempty"`
	// kind is MomentOfTruth where the meeting decides whether the persona stays, else Ordinary. Default: Ordinary.
	// +optional
	// +kubebuilder:default=Ordinary
	Kind TouchpointKind `json:"kind,omitempty"`
	// promise is what the organization says in public about this touchpoint, e.g. "ready in two hours".
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=300
	Promise string `json:"promise,omitempty"`
	// serviceStandard is what staff are asked to deliver here, or a link to it. A touchpoint without one is a gap.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=500
	ServiceStandard string `json:"serviceStandard,omitempty"`
	// importance weighs the touchpoint when the worst one is chosen, 1 (low) to 5 (high). Default: 3.
	// +optional
	// +kubebuilder:default=3
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=5
	Importance *int32 `json:"importance,omitempty"`
}

// TouchpointKind says how much hangs on a touchpoint.
// +kubebuilder:validation:Enum=Ordinary;MomentOfTruth
type TouchpointKind string

// The kinds of touchpoint.
const (
	TouchpointOrdinary      TouchpointKind = "Ordinary"
	TouchpointMomentOfTruth TouchpointKind = "MomentOfTruth"
)

// Channel is where a persona meets the organization.
// +kubebuilder:validation:Enum=Store;Web;App;Phone;Email;Chat;Messenger;Post;Field;Event;Workplace;Other
type Channel string

// JourneyStatus is what the controllers found out about a journey.
type JourneyStatus struct {
	ObjectStatus `json:",inline"`
	// touchpoints is how many touchpoints there are.
	// +optional
	Touchpoints *int32 `json:"touchpoints,omitempty"`
	// ownedTouchpoints is how many of them name an owner who is there.
	// +optional
	OwnedTouchpoints *int32 `json:"ownedTouchpoints,omitempty"`
	// ownedSummary is owned of touchpoints, e.g. "7/9".
	// +optional
	// +kubebuilder:validation:MaxLength=32
	OwnedSummary string `json:"ownedSummary,omitempty"`
	// channels are the channels that the journey crosses, sorted.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=12
	Channels []Channel `json:"channels,omitempty"`
	// kpis counts the KPIs measured on this journey by how they do.
	// +optional
	KPIs *KPIRollup `json:"kpis,omitempty"`
	// worstTouchpoint is the touchpoint with the largest share of missed targets, weighed by importance.
	// +optional
	// +kubebuilder:validation:MaxLength=40
	WorstTouchpoint string `json:"worstTouchpoint,omitempty"`
	// gaps are the service gaps found on this journey, at most ten.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=10
	Gaps []JourneyGap `json:"gaps,omitempty"`
	// gapCount is how many gaps there are, those left out included.
	// +optional
	GapCount *int32 `json:"gapCount,omitempty"`
}

// JourneyGap is a service gap at a touchpoint.
type JourneyGap struct {
	// gap is which of the five service gaps this is.
	// +required
	Gap ServiceGap `json:"gap"`
	// touchpoint is where it is.
	// +required
	// +kubebuilder:validation:MaxLength=40
	Touchpoint string `json:"touchpoint"`
	// message says how it shows up and what helps.
	// +required
	// +kubebuilder:validation:MaxLength=400
	Message string `json:"message"`
}

// ServiceGap is one of the five service gaps: between what customers want and leaders believe (Understanding), leaders
// and the standard (Standards), the standard and what staff do (Delivery), promise and delivery (Communication), and
// expectation and experience (Perception).
// +kubebuilder:validation:Enum=Understanding;Standards;Delivery;Communication;Perception
type ServiceGap string

// The five service gaps.
const (
	GapUnderstanding ServiceGap = "Understanding"
	GapStandards     ServiceGap = "Standards"
	GapDelivery      ServiceGap = "Delivery"
	GapCommunication ServiceGap = "Communication"
	GapPerception    ServiceGap = "Perception"
)

// KPIRollup counts KPIs by how they do.
type KPIRollup struct {
	// total is how many KPIs there are.
	// +required
	Total int32 `json:"total"`
	// met is how many meet their target.
	// +required
	Met int32 `json:"met"`
	// missed is how many miss their target.
	// +required
	Missed int32 `json:"missed"`
	// unknown is how many have no target, no data or stale data.
	// +required
	Unknown int32 `json:"unknown"`
	// fresh is how many have a value younger than their ttl.
	// +required
	Fresh int32 `json:"fresh"`
}

// JourneyList is a list of Journey objects.
// +kubebuilder:object:root=true
type JourneyList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Journey `json:"items"`
}
