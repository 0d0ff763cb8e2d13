// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// KPI is a number that matters: what it is, where it comes from, who answers for it and what it should be. Its status shows
// the value with sample size and interval; a number without them is said to be without them.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=kpis,shortName=cxk,categories=cx
// +kubebuilder:selectablefield:JSONPath=`.spec.goalRef`
// +kubebuilder:selectablefield:JSONPath=`.spec.ownerRef`
// +kubebuilder:selectablefield:JSONPath=`.spec.journeyRef`
// +kubebuilder:selectablefield:JSONPath=`.spec.class`
// +kubebuilder:printcolumn:name="Metric",type=string,priority=1,JSONPath=`.spec.metric`
// +kubebuilder:printcolumn:name="Class",type=string,priority=1,JSONPath=`.spec.class`
// +kubebuilder:printcolumn:name="Value",type=string,JSONPath=`.status.value`
// +kubebuilder:printcolumn:name="±",type=string,JSONPath=`.status.margin`
// +kubebuilder:printcolumn:name="N",type=integer,JSONPath=`.status.n`
// +kubebuilder:printcolumn:name="Target",type=string,JSONPath=`.status.target`
// +kubebuilder:printcolumn:name="Met",type=string,JSONPath=`.status.conditions[?(@.type=="TargetMet")].status`
// +kubebuilder:printcolumn:name="Trend",type=string,JSONPath=`.status.trend`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 48",message="the name is too long for the objects made from it: use at most 48 characters"
type KPI struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the name, namespace, labels and annotations of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what people say about the KPI.
	// +required
	Spec KPISpec `json:"spec"`
	// status is what the controllers found.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status KPIStatus `json:"status,omitempty"`
}

// KPISpec is what people say about a KPI.
// +kubebuilder:validation:XValidation:rule="!has(self.incentives) || (has(self.target) && self.target.confidence == 'Strict')",message="pay may depend on a number only when chance cannot decide it: set target.confidence to Strict, or remove incentives"
// +kubebuilder:validation:XValidation:rule="!has(self.touchpoint) || has(self.journeyRef)",message="touchpoint names a place on a journey: set journeyRef too"
// +kubebuilder:validation:XValidation:rule="!(self.method in ['CSAT', 'CESMean', 'CESTopBox', 'CESNet']) || has(self.scale)",message="this method needs its answer scale: set scale, e.g. {min: 1, max: 5}"
// +kubebuilder:validation:XValidation:rule="self.method != 'NPS' || !has(self.scale) || (self.scale.min == 0 && self.scale.max == 10)",message="NPS is asked on 0 to 10: leave scale out, or choose another method"
// +kubebuilder:validation:XValidation:rule="!(self.method in ['CESTopBox', 'CESNet']) || !has(self.scale) || (self.scale.min == 1 && self.scale.max == 7)",message="CESTopBox and CESNet are defined on 1 to 7: set scale {min: 1, max: 7}, or choose CESMean"
type KPISpec struct {
	// displayName is the KPI as people call it, e.g. "Relationship NPS".
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	DisplayName string `json:"displayName"`
	// metric is the name of what is measured, the same for every KPI that measures the same thing, e.g. "nps" or
	// "first-response-minutes".
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=60
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Metric string `json:"metric"`
	// class is Experience, Operational, Business or Employee.
	// +required
	Class KPIClass `json:"class"`
	// method is how the number is computed; never assumed, because vendors disagree.
	// +required
	Method KPIMethod `json:"method"`
	// scale is the answer scale. CSAT and the CES methods need it.
	// +optional
	Scale *Scale `json:"scale,omitempty"`
	// unit is what a bare number counts, e.g. "min", "EUR" or "%". NPS, CSAT, CES and shares have their own.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=20
	Unit string `json:"unit,omitempty"`
	// goalRef is the Goal that the KPI measures.
	// +optional
	GoalRef Ref `json:"goalRef,omitempty"`
	// ownerRef is the Owner who answers for the number.
	// +optional
	OwnerRef Ref `json:"ownerRef,omitempty"`
	// journeyRef is the Journey on which it is measured.
	// +optional
	JourneyRef Ref `json:"journeyRef,omitempty"`
	// touchpoint is where on the journey it is measured.
	// +optional
	Touchpoint TouchpointName `json:"touchpoint,omitempty"`
	// personaRef is the Persona on whom it is measured.
	// +optional
	PersonaRef Ref `json:"personaRef,omitempty"`
	// source is where the number comes from.
	// +required
	Source KPISource `json:"source"`
	// target is what the number should be.
	// +optional
	Target *KPITarget `json:"target,omitempty"`
	// ttl is how long a value is fresh, counted from its asOf. Default: 90d.
	// +optional
	// +kubebuilder:default="90d"
	TTL Duration `json:"ttl,omitempty"`
	// minResponses is the number of answers below which the KPI is InsufficientData. It does not apply to bare values.
	// Default: 5.
	// +optional
	// +kubebuilder:default=5
	// +kubebuilder:validation:Minimum=3
	// +kubebuilder:validation:Maximum=1000000
	MinResponses *int32 `json:"minResponses,omitempty"`
	// incentives say whose pay or goals depend on this number. They go with confidence Strict and never with one person's
	// own score: what is paid for is asked for.
	// +optional
	// +listType=map
	// +listMapKey=function
	// +listMapKey=level
	// +kubebuilder:validation:MaxItems=50
	Incentives []Incentive `json:"incentives,omitempty"`
	// onNoData says how a stale value is judged: Unknown, or KeepLast (the last value counts until a new one comes). It
	// is never taken as zero. Default: Unknown.
	// +optional
	// +kubebuilder:default=Unknown
	OnNoData NoDataPolicy `json:"onNoData,omitempty"`
}

// KPIClass says what a number is about.
// +kubebuilder:validation:Enum=Experience;Operational;Business;Employee
type KPIClass string

// The classes of KPI.
const (
	KPIExperience  KPIClass = "Experience"
	KPIOperational KPIClass = "Operational"
	KPIBusiness    KPIClass = "Business"
	KPIEmployee    KPIClass = "Employee"
)

// KPIMethod says how a number is computed: NPS (percent promoters minus percent detractors, -100 to 100), CSAT (percent
// of answers in the top boxes), CESMean (mean of the effort scale), CESTopBox (percent of 5 to 7), CESNet (percent of 6
// and 7 minus percent of 1 to 3), Share (percent chosen), Mean (arithmetic mean), Value (a bare figure).
// +kubebuilder:validation:Enum=NPS;CSAT;CESMean;CESTopBox;CESNet;Share;Mean;Value
type KPIMethod string

// The methods.
const (
	MethodNPS       KPIMethod = "NPS"
	MethodCSAT      KPIMethod = "CSAT"
	MethodCESMean   KPIMethod = "CESMean"
	MethodCESTopBox KPIMethod = "CESTopBox"
	MethodCESNet    KPIMethod = "CESNet"
	MethodShare     KPIMethod = "Share"
	MethodMean      KPIMethod = "Mean"
	MethodValue     KPIMethod = "Value"
)

// Scale is an answer scale of whole numbers.
// +kubebuilder:validation:XValidation:rule="!has(self.topFrom) || (self.topFrom > self.min && self.topFrom <= self.max)",message="topFrom is the lowest answer that counts as satisfied: it lies above min and not above max"
type Scale struct {
	// min is the lowest answer, e.g. 1.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1
	Min int32 `json:"min"`
	// max is the highest answer, e.g. 5.
	// +required
	// +kubebuilder:validation:Minimum=2
	// +kubebuilder:validation:Maximum=100
	Max int32 `json:"max"`
	// topFrom is the lowest answer that counts as satisfied in CSAT. Default: max - 1.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	TopFrom *int32 `json:"topFrom,omitempty"`
}

// Incentive says whose pay or goals depend on a number.
type Incentive struct {
	// function is the unit.
	// +required
	Function Function `json:"function"`
	// level is where in the unit.
	// +required
	Level OwnerLevel `json:"level"`
	// scope says whose result counts: that of the Team, of the Unit or of the whole Company.
	// +required
	Scope IncentiveScope `json:"scope"`
	// evidence links to the rule on pay or goals.
	// +required
	Evidence Evidence `json:"evidence"`
}

// IncentiveScope says whose result counts.
// +kubebuilder:validation:Enum=Team;Unit;Company
type IncentiveScope string

// The scopes of incentives. There is none for a person: whoever is paid for their own score begs for it.
const (
	ScopeTeam    IncentiveScope = "Team"
	ScopeUnit    IncentiveScope = "Unit"
	ScopeCompany IncentiveScope = "Company"
)

// KPITarget is what a number should be.
// +kubebuilder:validation:XValidation:rule="has(self.value) != has(self.changeFrom)",message="a target is either a value or a change from a baseline: set one of value and changeFrom"
type KPITarget struct {
	// value is the number to reach.
	// +optional
	Value Decimal `json:"value,omitempty"`
	// changeFrom is the target as a change from a baseline.
	// +optional
	ChangeFrom *ChangeFrom `json:"changeFrom,omitempty"`
	// direction is AtLeast (more is better) or AtMost (less is better). Default: AtLeast.
	// +optional
	// +kubebuilder:default=AtLeast
	Direction Direction `json:"direction,omitempty"`
	// confidence is Point (the value meets the target) or Strict (its whole 95 % interval does). Default: Point.
	// +optional
	// +kubebuilder:default=Point
	Confidence Confidence `json:"confidence,omitempty"`
}

// ChangeFrom is a target as a change from a baseline.
type ChangeFrom struct {
	// baseline is the number at the start.
	// +required
	Baseline Decimal `json:"baseline"`
	// by is how much to add to it; negative to go down.
	// +required
	By Decimal `json:"by"`
}

// Direction says on which side of a target a number should be.
// +kubebuilder:validation:Enum=AtLeast;AtMost
type Direction string

// The directions.
const (
	AtLeast Direction = "AtLeast"
	AtMost  Direction = "AtMost"
)

// Confidence says how sure one must be that a target is met.
// +kubebuilder:validation:Enum=Point;Strict
type Confidence string

// The degrees of confidence.
const (
	ConfidencePoint  Confidence = "Point"
	ConfidenceStrict Confidence = "Strict"
)

// NoDataPolicy says how a stale value is judged.
// +kubebuilder:validation:Enum=Unknown;KeepLast
type NoDataPolicy string

// The policies for stale values.
const (
	NoDataUnknown  NoDataPolicy = "Unknown"
	NoDataKeepLast NoDataPolicy = "KeepLast"
)

// Trend is how a number moves, tested against chance.
// +kubebuilder:validation:Enum=Up;Down;Flat;InsufficientData;Broken
type Trend string

// The trends. Broken means that the last two points were measured in different ways.
const (
	TrendUp               Trend = "Up"
	TrendDown             Trend = "Down"
	TrendFlat             Trend = "Flat"
	TrendInsufficientData Trend = "InsufficientData"
	TrendBroken           Trend = "Broken"
)

// KPIStatus is what the controllers found out about a KPI.
type KPIStatus struct {
	ObjectStatus `json:",inline"`
	// value is the newest number, e.g. "42.5"; absent without data and below minResponses.
	// +optional
	Value Decimal `json:"value,omitempty"`
	// margin is half the width of the 95 % interval, e.g. "6.2"; absent for bare values.
	// +optional
	Margin Decimal `json:"margin,omitempty"`
	// low is the lower end of the 95 % interval.
	// +optional
	Low Decimal `json:"low,omitempty"`
	// high is the upper end of the 95 % interval.
	// +optional
	High Decimal `json:"high,omitempty"`
	// n is how many answers the value rests on.
	// +optional
	N *int64 `json:"n,omitempty"`
	// asOf is the time that the value is about.
	// +optional
	AsOf *metav1.Time `json:"asOf,omitempty"`
	// target is the number to reach: the target's value, or its baseline plus the change.
	// +optional
	Target Decimal `json:"target,omitempty"`
	// trend compares the value with the one before.
	// +optional
	Trend Trend `json:"trend,omitempty"`
	// attainmentPercent is how much of the way from baseline (or zero) to target is done, 0 to 999.
	// +optional
	AttainmentPercent *int32 `json:"attainmentPercent,omitempty"`
	// points are the last twelve values, oldest first.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=12
	Points []KPIPoint `json:"points,omitempty"`
}

// KPIPoint is a value in the history of a KPI.
type KPIPoint struct {
	// asOf is the time that the value is about.
	// +required
	AsOf metav1.Time `json:"asOf"`
	// value is the number.
	// +required
	Value Decimal `json:"value"`
	// n is how many answers it rests on.
	// +optional
	N *int64 `json:"n,omitempty"`
	// low is the lower end of the 95 % interval.
	// +optional
	Low Decimal `json:"low,omitempty"`
	// high is the upper end of the 95 % interval.
	// +optional
	High Decimal `json:"high,omitempty"`
}

// KPIList is a list of KPI objects.
// +kubebuilder:object:root=true
type KPIList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []KPI `json:"items"`
}
