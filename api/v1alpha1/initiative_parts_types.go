// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// InitiativeKPITarget is a KPI that an initiative shall move.
type InitiativeKPITarget struct {
	// kpiRef is the KPI.
	// +required
	KPIRef Ref `json:"kpiRef"`
	// to is the value that the initiative shall bring it to, in the direction of the KPI's own target.
	// +required
	To Decimal `json:"to"`
}

// Milestone is a step of an initiative.
type Milestone struct {
	// name is the step in a few words, unique within the initiative.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	Name string `json:"name"`
	// due is the last day on which the step shall be done.
	// +optional
	Due Date `json:"due,omitempty"`
	// doneOn is the day on which the step was done; absent while it is open.
	// +optional
	DoneOn Date `json:"doneOn,omitempty"`
}

// Cost is what an initiative costs.
type Cost struct {
	// currency is the ISO 4217 code, e.g. EUR.
	// +required
	// +kubebuilder:validation:Pattern=`^[A-Z]{3}$`
	// +kubebuilder:validation:MaxLength=3
	Currency string `json:"currency"`
	// planned is what it shall cost.
	// +optional
	Planned Decimal `json:"planned,omitempty"`
	// spent is what it has cost so far.
	// +optional
	Spent Decimal `json:"spent,omitempty"`
	// accepted is the loss that a decision for the customer takes on knowingly.
	// +optional
	Accepted Decimal `json:"accepted,omitempty"`
}

// InitiativeResult is what came out of an initiative.
type InitiativeResult struct {
	// verdict is Confirmed, Refuted or Inconclusive for a hypothesis; Delivered for anything else.
	// +required
	Verdict Verdict `json:"verdict"`
	// summary is the result in a few words.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=500
	Summary string `json:"summary"`
	// evidence links to the numbers, minutes or page that show it.
	// +required
	Evidence Evidence `json:"evidence"`
}

// Verdict is what came out.
// +kubebuilder:validation:Enum=Confirmed;Refuted;Inconclusive;Delivered
type Verdict string

// The verdicts.
const (
	VerdictConfirmed    Verdict = "Confirmed"
	VerdictRefuted      Verdict = "Refuted"
	VerdictInconclusive Verdict = "Inconclusive"
	VerdictDelivered    Verdict = "Delivered"
)

// Publication says when and to whom a result was told.
type Publication struct {
	// date is the day on which it was told.
	// +required
	Date Date `json:"date"`
	// functions are the units that were told.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=30
	Functions []Function `json:"functions"`
	// evidence links to the minutes, page or recording.
	// +required
	Evidence Evidence `json:"evidence"`
}

// Announcement says that customers were told.
type Announcement struct {
	// date is the day on which they were told.
	// +required
	Date Date `json:"date"`
	// url is where it can be read.
	// +required
	// +kubebuilder:validation:MaxLength=500
	// +kubebuilder:validation:Pattern=`^https?://[^\s]+$`
	URL string `json:"url"`
}

// Insight is one thing that is known about customers: a wave, a study or a cause of follow-ups.
// +kubebuilder:validation:ExactlyOneOf=survey;initiativeRef;rootCause
// +kubebuilder:validation:XValidation:rule="has(self.survey) == has(self.wave)",message="answers come from one wave of a survey: set survey and wave together"
type Insight struct {
	// survey is the Survey whose wave it is.
	// +optional
	Survey Ref `json:"survey,omitempty"`
	// wave is the wave's slot, the part of its name after the survey, e.g. "20270104t0900". It counts when the wave was
	// answered.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=20
	Wave string `json:"wave,omitempty"`
	// initiativeRef is an Initiative of type Research. It counts when it is Done.
	// +optional
	InitiativeRef Ref `json:"initiativeRef,omitempty"`
	// rootCause is a root cause of follow-ups. It counts when there are such follow-ups.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=60
	RootCause string `json:"rootCause,omitempty"`
}
