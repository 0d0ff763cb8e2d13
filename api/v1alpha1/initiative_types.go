// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Initiative is a change that is being made for customers, employees or partners: from an idea to a result that others hear
// of. What people ask for is requestedPhase; what the initiative has reached is status.phase.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cxi,categories=cx
// +kubebuilder:selectablefield:JSONPath=`.spec.ownerRef`
// +kubebuilder:selectablefield:JSONPath=`.spec.type`
// +kubebuilder:printcolumn:name="Type",type=string,JSONPath=`.spec.type`
// +kubebuilder:printcolumn:name="Owner",type=string,JSONPath=`.spec.ownerRef`
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Progress",type=string,JSONPath=`.status.progress`
// +kubebuilder:printcolumn:name="Due",type=string,JSONPath=`.spec.due`
// +kubebuilder:printcolumn:name="On schedule",type=string,JSONPath=`.status.conditions[?(@.type=="OnSchedule")].status`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 48",message="the name is too long for the objects made from it: use at most 48 characters"
// +kubebuilder:validation:XValidation:rule="!has(self.spec.dependsOn) || !(self.metadata.name in self.spec.dependsOn)",message="an initiative cannot depend on itself: remove its own name from dependsOn"
type Initiative struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the name, namespace, labels and annotations of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what people say about the initiative.
	// +required
	Spec InitiativeSpec `json:"spec"`
	// status is what the controllers found.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status InitiativeStatus `json:"status,omitempty"`
}

// InitiativeSpec is what people say about an initiative.
// +kubebuilder:validation:XValidation:rule="!has(self.origin) || self.origin != 'FollowUps' || has(self.rootCauses)",message="an initiative that comes from follow-ups takes away causes that they name: add rootCauses, or set origin to Plan"
// +kubebuilder:validation:XValidation:rule="self.requestedPhase != 'Done' || !(self.type in ['Training', 'Event']) || (has(self.publications) && self.publications.size() > 0)",message="that a training or an event was held must be shown: add publications with date, functions and evidence"
// +kubebuilder:validation:XValidation:rule="self.requestedPhase != 'Done' || !(self.type in ['Research', 'Decision', 'Improvement', 'Redesign']) || has(self.result)",message="what a study, a decision or a change came to must be shown: add result with verdict, summary and evidence"
// +kubebuilder:validation:XValidation:rule="self.requestedPhase != 'Done' || self.type != 'Idea'",message="an idea that was carried out is a change: set type to Improvement, Redesign or Experiment, or set requestedPhase to Cancelled"
// +kubebuilder:validation:XValidation:rule="!has(self.methods) || self.type == 'Research'",message="methods belong to a study: remove methods, or set type to Research"
// +kubebuilder:validation:XValidation:rule="self.type != 'Experiment' || has(self.hypothesis)",message="an experiment tests something: write the hypothesis, e.g. 'If we ... then ... because ...'"
// +kubebuilder:validation:XValidation:rule="!has(self.start) || !has(self.due) || self.due >= self.start",message="an initiative is due on or after its start: correct start or due"
// +kubebuilder:validation:XValidation:rule="!has(self.result) || self.type in ['Experiment', 'Research', 'Decision', 'Improvement', 'Redesign']",message="a result belongs to an experiment, a study, a decision or a change: remove result, or change type"
type InitiativeSpec struct {
	// displayName is the initiative in a few words.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=150
	DisplayName string `json:"displayName"`
	// type says what kind of change this is.
	// +required
	Type InitiativeType `json:"type"`
	// subject is whose experience is to change. Default: Customer.
	// +optional
	// +kubebuilder:default=Customer
	Subject InitiativeSubject `json:"subject,omitempty"`
	// origin is where the initiative comes from: Plan, EmployeeIdea or FollowUps (causes that customers met again and again).
	// Default: Plan.
	// +optional
	// +kubebuilder:default=Plan
	Origin InitiativeOrigin `json:"origin,omitempty"`
	// ownerRef is the Owner who answers for the initiative.
	// +optional
	OwnerRef Ref `json:"ownerRef,omitempty"`
	// sponsorRef is the Owner in management who backs it.
	// +optional
	SponsorRef Ref `json:"sponsorRef,omitempty"`
	// approvedBy is the Owner whose yes it needs: it stays Proposed until that owner has accepted.
	// +optional
	ApprovedBy Ref `json:"approvedBy,omitempty"`
	// functions are the units that take part.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=30
	Functions []Function `json:"functions,omitempty"`
	// participants are the Owners who take part.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	Participants []Ref `json:"participants,omitempty"`
	// rank is the initiative's place in the order of priorities, 1 first. Active initiatives need distinct ranks.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	Rank *int32 `json:"rank,omitempty"`
	// goalRefs are the Goals that it serves.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=20
	GoalRefs []Ref `json:"goalRefs,omitempty"`
	// kpiTargets are the KPIs that it shall move.
	// +optional
	// +listType=map
	// +listMapKey=kpiRef
	// +kubebuilder:validation:MaxItems=20
	KPITargets []InitiativeKPITarget `json:"kpiTargets,omitempty"`
	// journeyRefs are the Journeys that it changes.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=20
	JourneyRefs []Ref `json:"journeyRefs,omitempty"`
	// personaRefs are the Personas for whom it is made.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=20
	PersonaRefs []Ref `json:"personaRefs,omitempty"`
	// gap is which of the five service gaps it closes; it takes the gap off the list of its journeys while it is Active.
	// +optional
	Gap ServiceGap `json:"gap,omitempty"`
	// insights are what is known about customers that the initiative rests on: a wave, a study or a cause of follow-ups.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	Insights []Insight `json:"insights,omitempty"`
	// rootCauses are the root causes of follow-ups that the initiative takes away, as they stand in the follow-ups.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=60
	RootCauses []string `json:"rootCauses,omitempty"`
	// methods are how a study listens to people.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=6
	Methods []ResearchMethod `json:"methods,omitempty"`
	// hypothesis is what an experiment tests.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=500
	Hypothesis string `json:"hypothesis,omitempty"`
	// milestones are steps with a due date.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=30
	Milestones []Milestone `json:"milestones,omitempty"`
	// start is the day on which it begins, in the program's time zone.
	// +optional
	Start Date `json:"start,omitempty"`
	// due is the last day on which it shall be done, in the program's time zone.
	// +optional
	Due Date `json:"due,omitempty"`
	// cost is what it costs.
	// +optional
	Cost *Cost `json:"cost,omitempty"`
	// result is what came out.
	// +optional
	Result *InitiativeResult `json:"result,omitempty"`
	// publications say when and to whom the result was told.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	Publications []Publication `json:"publications,omitempty"`
	// announcement says when and where customers were told of the change.
	// +optional
	Announcement *Announcement `json:"announcement,omitempty"`
	// dependsOn are Initiatives that must be Done before this one becomes Active.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=20
	DependsOn []Ref `json:"dependsOn,omitempty"`
	// requestedPhase is where its people say it stands. status.phase follows as far as approval, dependencies,
	// milestones and results allow. Default: Proposed.
	// +optional
	// +kubebuilder:default=Proposed
	RequestedPhase InitiativePhase `json:"requestedPhase,omitempty"`
}

// InitiativeType says what kind of change an initiative is.
// +kubebuilder:validation:Enum=Improvement;Redesign;Research;Training;Event;Experiment;Decision;Idea
type InitiativeType string

// The types of initiative.
const (
	InitiativeImprovement InitiativeType = "Improvement"
	InitiativeRedesign    InitiativeType = "Redesign"
	InitiativeResearch    InitiativeType = "Research"
	InitiativeTraining    InitiativeType = "Training"
	InitiativeEvent       InitiativeType = "Event"
	InitiativeExperiment  InitiativeType = "Experiment"
	InitiativeDecision    InitiativeType = "Decision"
	InitiativeIdea        InitiativeType = "Idea"
)

// InitiativeSubject says whose experience an initiative changes.
// +kubebuilder:validation:Enum=Customer;Employee;Partner
type InitiativeSubject string

// The subjects of initiatives.
const (
	SubjectCustomer InitiativeSubject = "Customer"
	SubjectEmployee InitiativeSubject = "Employee"
	SubjectPartner  InitiativeSubject = "Partner"
)

// InitiativePhase is where an initiative stands.
// +kubebuilder:validation:Enum=Proposed;Accepted;Active;Done;Cancelled
type InitiativePhase string

// The phases. Done and Cancelled are final until requestedPhase is set back.
const (
	InitiativeProposed  InitiativePhase = "Proposed"
	InitiativeAccepted  InitiativePhase = "Accepted"
	InitiativeActive    InitiativePhase = "Active"
	InitiativeDone      InitiativePhase = "Done"
	InitiativeCancelled InitiativePhase = "Cancelled"
)

// InitiativeOrigin is where an initiative comes from.
// +kubebuilder:validation:Enum=Plan;EmployeeIdea;FollowUps
type InitiativeOrigin string

// The origins.
const (
	OriginPlan         InitiativeOrigin = "Plan"
	OriginEmployeeIdea InitiativeOrigin = "EmployeeIdea"
	OriginFollowUps    InitiativeOrigin = "FollowUps"
)

// ResearchMethod is how a study listens to people: Interviews, Immersion (living the customer's day), EventListening (at
// events, in shops, on calls), Desk (what others found out).
// +kubebuilder:validation:Enum=Interviews;Immersion;EventListening;Desk
type ResearchMethod string

// The methods of research.
const (
	MethodInterviews     ResearchMethod = "Interviews"
	MethodImmersion      ResearchMethod = "Immersion"
	MethodEventListening ResearchMethod = "EventListening"
	MethodDesk           ResearchMethod = "Desk"
)

// InitiativeStatus is what the controllers found out about an initiative.
type InitiativeStatus struct {
	ObjectStatus `json:",inline"`
	// phase is what the initiative has reached.
	// +optional
	Phase InitiativePhase `json:"phase,omitempty"`
	// activeSince is when it was first seen at work (Active, or Done at once).
	// +optional
	ActiveSince *metav1.Time `json:"activeSince,omitempty"`
	// doneSince is when it was first seen Done.
	// +optional
	DoneSince *metav1.Time `json:"doneSince,omitempty"`
	// progress is milestones done of milestones, e.g. "2/5"; empty without milestones.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Progress string `json:"progress,omitempty"`
	// overdue names milestones whose due date has passed, at most ten; "due" stands for the initiative itself.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=10
	// +kubebuilder:validation:items:MaxLength=80
	Overdue []string `json:"overdue,omitempty"`
	// waitingFor names Initiatives that must be Done first.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MaxLength=63
	WaitingFor []string `json:"waitingFor,omitempty"`
	// kpiTargetsMet is how many of kpiTargets are reached, e.g. "1/2".
	// +optional
	// +kubebuilder:validation:MaxLength=32
	KPITargetsMet string `json:"kpiTargetsMet,omitempty"`
}

// InitiativeList is a list of Initiative objects.
// +kubebuilder:object:root=true
type InitiativeList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Initiative `json:"items"`
}
