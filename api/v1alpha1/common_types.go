// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Ref is the bare name of another object in the same namespace. A reference that does not resolve yet is reported as
// Ready=False/ReferenceNotFound and resolves by itself once the object exists.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
type Ref string

// LocalizedText is a text in the languages that the operator speaks. At least one must be given; where a language is
// missing the other one is shown.
// +kubebuilder:validation:MinProperties=1
type LocalizedText struct {
	// en is the English text, e.g. "How likely are you to recommend us?".
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1000
	EN string `json:"en,omitempty"`
	// ru is the Russian text, e.g. "Насколько вероятно, что вы порекомендуете нас?".
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1000
	RU string `json:"ru,omitempty"`
}

// In returns the text in language lang ("en", "ru"), or in the other one where that is missing.
func (t LocalizedText) In(lang string) string {
	if (lang == string(LanguageRU) && t.RU != "") || t.EN == "" {
		return t.RU
	}
	return t.EN
}

// Has reports whether the text exists in language lang.
func (t LocalizedText) Has(lang Language) bool {
	if lang == LanguageRU {
		return t.RU != ""
	}
	return t.EN != ""
}

// Language is a language the operator speaks to people.
// +kubebuilder:validation:Enum=en;ru
type Language string

// The languages.
const (
	LanguageEN Language = "en"
	LanguageRU Language = "ru"
)

// ObjectStatus is the part of status that every kind has.
type ObjectStatus struct {
	// conditions report the state of the object. Ready is always there once the controller has seen the object;
	// Reconciling and Stalled are there only while they are true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// observedGeneration is the generation of the spec that this status describes; -1 means not seen yet.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
}

// Evidence is a link to something that shows that a claim is true, e.g. minutes or a page, or the number of a ticket or an
// invoice.
// +kubebuilder:validation:XValidation:rule="self.matches('://|[0-9]')",message="evidence is something that others can look up: write a link, e.g. https://wiki.example.com/minutes/2027-03, or the number of a ticket or an invoice"
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=500
type Evidence string

// Function is a unit of the organization as people there call it, e.g. "marketing" or "logistics". Two functions are
// the same when their names are equal letter by letter.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=60
// +kubebuilder:validation:Pattern=`^[^\s](.*[^\s])?$`
type Function string

// Date is a calendar day, YYYY-MM-DD, in the program's time zone, e.g. "2027-03-31".
// +kubebuilder:validation:Format=date
// +kubebuilder:validation:MinLength=10
// +kubebuilder:validation:MaxLength=10
// +kubebuilder:validation:Pattern=`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`
type Date string
