// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// KPISource is where a number comes from.
// +kubebuilder:validation:XValidation:rule="[has(self.manual), has(self.survey), has(self.prometheus)].filter(set, set).size() == 1",message="a number comes from one place: set one of manual, survey and prometheus"
type KPISource struct {
	// manual is a number that somebody enters, best as counts.
	// +optional
	Manual *ManualSource `json:"manual,omitempty"`
	// survey is a question of a survey: each closed wave gives a value.
	// +optional
	Survey *SurveySource `json:"survey,omitempty"`
	// prometheus is a query of the Prometheus that whoever runs the operator named.
	// +optional
	Prometheus *PrometheusSource `json:"prometheus,omitempty"`
}

// PrometheusSource is a query of a Prometheus. Which one it is, and whose series are seen there, is up to whoever runs the operator.
type PrometheusSource struct {
	// query is PromQL that gives one number in the KPI's unit. No series, and NaN, are no value; several series are a mistake.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	Query string `json:"query"`
	// countQuery is PromQL that gives how many answers or cases the number rests on. It is shown as n, and minResponses applies to
	// it. Fractions are cut off, because increase() estimates.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	CountQuery string `json:"countQuery,omitempty"`
	// every is how often it is asked: at the full hour of UTC, or every so many of them, e.g. 1d for midnight. Default: 1h.
	// +optional
	// +kubebuilder:default="1h"
	// +kubebuilder:validation:XValidation:rule="self.matches('^([1-9][0-9]*d)?([1-9][0-9]*h)?$')",message="every value is kept for good: write whole hours and days, 1h at least, e.g. 1h, 12h or 1d"
	Every Duration `json:"every,omitempty"`
}

// SurveySource is a question of a survey.
type SurveySource struct {
	// surveyRef is the Survey.
	// +required
	SurveyRef Ref `json:"surveyRef"`
	// question is the id of the question.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	Question string `json:"question"`
	// option is the option whose share is measured, for a choice.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	Option string `json:"option,omitempty"`
	// waves is how many of the latest closed waves are taken together into one value. Default: 1.
	// +optional
	// +kubebuilder:default=1
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=52
	Waves *int32 `json:"waves,omitempty"`
}

// ManualSource is a number entered by hand: either counts of answers, which give an interval, or a bare value.
// +kubebuilder:validation:XValidation:rule="has(self.value) != has(self.counts)",message="enter either counts (better: they give an interval) or a bare value"
type ManualSource struct {
	// asOf is the time that the number is about. A new asOf adds a point to the history; the same asOf corrects it.
	// +required
	AsOf metav1.Time `json:"asOf"`
	// value is a bare figure. It has no interval.
	// +optional
	Value Decimal `json:"value,omitempty"`
	// sampleSize is how many answers or cases the number rests on. With counts it must equal their sum.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000000
	SampleSize *int64 `json:"sampleSize,omitempty"`
	// population is how many people were eligible when everybody was asked, e.g. all 45 key clients. It narrows the
	// interval.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000000
	Population *int64 `json:"population,omitempty"`
	// counts are the answers behind the number.
	// +optional
	Counts *Counts `json:"counts,omitempty"`
}

// Counts are the answers behind a number, in one of four shapes: promoters, passives and detractors (NPS); chosen out of
// total (CSAT, CESTopBox, Share); mean, standardDeviation and total (CESMean, Mean); or answers, the number of people per
// answer (any method).
type Counts struct {
	// promoters answered 9 or 10.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000000
	Promoters *int64 `json:"promoters,omitempty"`
	// passives answered 7 or 8.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000000
	Passives *int64 `json:"passives,omitempty"`
	// detractors answered 0 to 6.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000000
	Detractors *int64 `json:"detractors,omitempty"`
	// chosen is how many answered in the top boxes or chose the option.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000000
	Chosen *int64 `json:"chosen,omitempty"`
	// total is how many answered at all.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000000
	Total *int64 `json:"total,omitempty"`
	// mean is the arithmetic mean of the answers.
	// +optional
	Mean Decimal `json:"mean,omitempty"`
	// standardDeviation is the sample standard deviation of the answers.
	// +optional
	StandardDeviation Decimal `json:"standardDeviation,omitempty"`
	// answers says how many people gave each answer.
	// +optional
	// +listType=map
	// +listMapKey=answer
	// +kubebuilder:validation:MaxItems=101
	Answers []AnswerCount `json:"answers,omitempty"`
}

// AnswerCount is how many people gave one answer.
type AnswerCount struct {
	// answer is a point of the scale.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Answer int32 `json:"answer"`
	// count is how many people gave it.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000000
	Count int64 `json:"count"`
}
