// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// LevelHeadcount is how many people stand on a level.
type LevelHeadcount struct {
	// level is the level.
	// +required
	Level OwnerLevel `json:"level"`
	// count is how many people stand on it.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10000000
	Count int64 `json:"count"`
}

// Governance is the committee that steers a program.
// +kubebuilder:validation:XValidation:rule="!has(self.reviews) || has(self.reviewEvery)",message="whether a review was held in time depends on how often there shall be one: set reviewEvery, e.g. 35d for once a month"
type Governance struct {
	// members are the Owners on the committee. Each counts once accepted.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=50
	Members []Ref `json:"members"`
	// reviewEvery is the longest time from one review to the next, in days, e.g. 35d for once a month or 100d for once a
	// quarter.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.matches('^[1-9][0-9]*d')",message="the time from one review to the next is counted in days: set e.g. 35d for once a month"
	ReviewEvery Duration `json:"reviewEvery,omitempty"`
	// reviews are the meetings that were held. Each is due reviewEvery after the one before.
	// +optional
	// +listType=map
	// +listMapKey=date
	// +kubebuilder:validation:MaxItems=200
	Reviews []Review `json:"reviews,omitempty"`
}

// Review is a meeting of the committee.
type Review struct {
	// date is the day on which it was held, in the program's time zone.
	// +required
	Date Date `json:"date"`
	// evidence links to the minutes.
	// +required
	Evidence Evidence `json:"evidence"`
}

// IdeaFund is money for ideas of staff.
type IdeaFund struct {
	// amount is the money set aside, in currency.
	// +required
	Amount Decimal `json:"amount"`
	// currency is the ISO 4217 code, e.g. EUR.
	// +required
	// +kubebuilder:validation:Pattern=`^[A-Z]{3}$`
	// +kubebuilder:validation:MaxLength=3
	Currency string `json:"currency"`
	// spent is what was paid out for ideas.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=200
	Spent []IdeaSpending `json:"spent,omitempty"`
}

// IdeaSpending is money paid out of the idea fund.
type IdeaSpending struct {
	// date is the day on which it was paid out.
	// +required
	Date Date `json:"date"`
	// amount is how much, in the fund's currency.
	// +required
	Amount Decimal `json:"amount"`
	// initiativeRef is the Initiative that it was paid for.
	// +optional
	InitiativeRef Ref `json:"initiativeRef,omitempty"`
	// evidence links to what shows it: a ticket, an invoice number, minutes.
	// +required
	Evidence Evidence `json:"evidence"`
}

// Budget is a year's money for customer experience.
type Budget struct {
	// amount is the sum in currency, e.g. 120000 or "99999.50".
	// +required
	Amount Decimal `json:"amount"`
	// currency is the ISO 4217 code, e.g. EUR.
	// +required
	// +kubebuilder:validation:Pattern=`^[A-Z]{3}$`
	// +kubebuilder:validation:MaxLength=3
	Currency string `json:"currency"`
	// year is the calendar year that the money is for, e.g. 2027.
	// +required
	// +kubebuilder:validation:Minimum=2000
	// +kubebuilder:validation:Maximum=2200
	Year int32 `json:"year"`
	// approvedBy is the Owner who approved the budget. It counts once that owner has accepted, is an Executive or CEO,
	// and is not the lead (unless the CEO leads). Another amount or year asks anew.
	// +optional
	ApprovedBy Ref `json:"approvedBy,omitempty"`
}

// Standard is the company's own CX standard.
// +kubebuilder:validation:XValidation:rule="has(self.reviewedAt) == has(self.reviewEvidence)",message="that the standard was gone over must be shown: set reviewedAt and reviewEvidence together"
// +kubebuilder:validation:XValidation:rule="!has(self.state) || self.state != 'InForce' || has(self.approvedBy)",message="a standard is put into force by somebody: set approvedBy, or leave state at Draft"
type Standard struct {
	// version is the standard's version as people cite it, e.g. "1.2".
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Version string `json:"version"`
	// url says where the standard can be read.
	// +required
	// +kubebuilder:validation:MaxLength=500
	// +kubebuilder:validation:Pattern=`^https?://[^\s]+$`
	URL string `json:"url"`
	// state is Draft while the standard is being written, InForce once it binds. Default: Draft.
	// +optional
	// +kubebuilder:default=Draft
	State StandardState `json:"state,omitempty"`
	// approvedBy is the Owner who put the standard into force. It counts once that owner has accepted; a new version asks
	// anew.
	// +optional
	ApprovedBy Ref `json:"approvedBy,omitempty"`
	// sections are the matters that the standard settles.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=10
	Sections []StandardSection `json:"sections,omitempty"`
	// reviewedAt is the day on which the standard was last gone over as a whole, in the program's time zone.
	// +optional
	ReviewedAt Date `json:"reviewedAt,omitempty"`
	// reviewEvidence links to the minutes of that review.
	// +optional
	ReviewEvidence Evidence `json:"reviewEvidence,omitempty"`
}

// StandardState says whether a standard binds.
// +kubebuilder:validation:Enum=Draft;InForce
type StandardState string

// The states of a standard.
const (
	StandardDraft   StandardState = "Draft"
	StandardInForce StandardState = "InForce"
)

// StandardSection is a matter that a standard settles: DataHandling (how customer data are collected and handled),
// ProcessChange, ServiceChange and ProductChange (how processes, services and products are changed).
// +kubebuilder:validation:Enum=DataHandling;ProcessChange;ServiceChange;ProductChange
type StandardSection string

// The sections of a standard.
const (
	SectionDataHandling  StandardSection = "DataHandling"
	SectionProcessChange StandardSection = "ProcessChange"
	SectionServiceChange StandardSection = "ServiceChange"
	SectionProductChange StandardSection = "ProductChange"
)
