// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// FrameworkText is one sentence in English and, where it is given, in Russian.
type FrameworkText struct {
	// en is the English text.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=300
	EN string `json:"en"`
	// ru is the Russian text. Default: the English one is shown.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=300
	RU string `json:"ru,omitempty"`
}

// FrameworkScale is a list of answers.
type FrameworkScale struct {
	// name is how questions name the scale, e.g. practice.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Name string `json:"name"`
	// steps are the answers from the lowest to the highest; their values are 0, 1, 2 and so on.
	// +required
	// +listType=map
	// +listMapKey=value
	// +kubebuilder:validation:MinItems=2
	// +kubebuilder:validation:MaxItems=11
	// +kubebuilder:validation:XValidation:rule="self.all(s, s.value < self.size())",message="the steps of a scale have the values 0, 1, 2 and so on: renumber them"
	Steps []FrameworkScaleStep `json:"steps"`
}

// FrameworkScaleStep is one answer of a scale.
type FrameworkScaleStep struct {
	// value is the answer as a number.
	// +required
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10
	Value         int32 `json:"value"`
	FrameworkText `json:",inline"`
}

// FrameworkQuestion is a statement that people rate.
type FrameworkQuestion struct {
	// id is how criteria and assessments name the question, e.g. Q03.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:Pattern=`^[A-Za-z][-A-Za-z0-9]*$`
	ID string `json:"id"`
	// scale names the scale.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Scale string `json:"scale"`
	// dontKnow says what becomes of "I don't know": Exclude drops the answer, Zero counts it as the lowest one, where not
	// knowing is itself the answer. Default: Exclude.
	// +optional
	// +kubebuilder:default=Exclude
	DontKnow      DontKnowPolicy `json:"dontKnow,omitempty"`
	FrameworkText `json:",inline"`
}

// DontKnowPolicy says what becomes of "I don't know".
// +kubebuilder:validation:Enum=Exclude;Zero
type DontKnowPolicy string

// The policies for "I don't know".
const (
	DontKnowExclude DontKnowPolicy = "Exclude"
	DontKnowZero    DontKnowPolicy = "Zero"
)
