// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Framework says what good looks like: criteria by competency, with the rule or the questions that decide each of them. With
// stages it is a maturity ladder, without them a standard to audit against. The framework six-stages is built in; a Framework
// of that name replaces it in its namespace.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cxf,categories=cx
// +kubebuilder:printcolumn:name="Stages",type=integer,JSONPath=`.status.stages`
// +kubebuilder:printcolumn:name="Criteria",type=integer,JSONPath=`.status.criteria`
// +kubebuilder:printcolumn:name="Questions",type=integer,JSONPath=`.status.questions`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 48",message="the name is too long for the objects made from it: use at most 48 characters"
type Framework struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the name, namespace, labels and annotations of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is the framework.
	// +required
	Spec FrameworkSpec `json:"spec"`
	// status is what the controllers found.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status FrameworkStatus `json:"status,omitempty"`
}

// FrameworkSpec is a framework.
// +kubebuilder:validation:XValidation:rule="has(self.stages) != has(self.criteria)",message="a ladder has its criteria in stages, a standard has no stages and lists criteria: set one of stages and criteria"
type FrameworkSpec struct {
	// competencies are the areas that criteria belong to, in the order in which they are shown, e.g. culture. In a ladder
	// the lowest of them is the stage.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=12
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=32
	// +kubebuilder:validation:items:Pattern=`^[A-Za-z][-A-Za-z0-9]*$`
	Competencies []string `json:"competencies"`
	// profiles are the readings of the framework that thresholds may differ by. Default: [standard].
	// +optional
	// +listType=set
	// +kubebuilder:default={standard}
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=5
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=32
	// +kubebuilder:validation:items:Pattern=`^[A-Za-z][-A-Za-z0-9]*$`
	Profiles []string `json:"profiles,omitempty"`
	// evaluation says how answers and lost stages are judged.
	// +optional
	// +kubebuilder:default={}
	Evaluation FrameworkEvaluation `json:"evaluation,omitempty"`
	// scales are the answers that people can choose from.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=10
	Scales []FrameworkScale `json:"scales,omitempty"`
	// questions are statements that people rate.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=60
	Questions []FrameworkQuestion `json:"questions,omitempty"`
	// stages are the steps of the ladder, numbered from 1 without a gap. The first one is the floor and has no criteria.
	// +optional
	// +listType=map
	// +listMapKey=number
	// +kubebuilder:validation:MinItems=2
	// +kubebuilder:validation:MaxItems=10
	// +kubebuilder:validation:XValidation:rule="self.all(s, s.number <= self.size())",message="stages are numbered from 1 without a gap: renumber them"
	// +kubebuilder:validation:XValidation:rule="self.all(s, s.number != 1 || !has(s.criteria) || s.criteria.size() == 0)",message="the first stage is where everybody starts: move its criteria to stage 2"
	// +kubebuilder:validation:XValidation:rule="self.all(s, s.number == 1 || !has(s.indicators) || s.indicators.size() == 0)",message="indicators explain the first stage: move them there, or make them criteria"
	Stages []FrameworkStage `json:"stages,omitempty"`
	// criteria are the requirements of a framework without stages.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=100
	Criteria []FrameworkCriterion `json:"criteria,omitempty"`
}

// FrameworkEvaluation says how answers and lost stages are judged.
type FrameworkEvaluation struct {
	// demotionGrace is how long a lost stage is kept. Default: 14d.
	// +optional
	// +kubebuilder:default="14d"
	DemotionGrace Duration `json:"demotionGrace,omitempty"`
	// attestation says when answers make a criterion true.
	// +optional
	// +kubebuilder:default={}
	Attestation AttestationRule `json:"attestation,omitempty"`
}

// AttestationRule says when answers make a criterion true.
type AttestationRule struct {
	// atLeast is the answer that counts as a yes, a value of the scale. Default: 2.
	// +optional
	// +kubebuilder:default=2
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10
	AtLeast *int32 `json:"atLeast,omitempty"`
	// sharePercent is how many of the answers must be a yes, 1 to 100. Default: 60.
	// +optional
	// +kubebuilder:default=60
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	SharePercent *int32 `json:"sharePercent,omitempty"`
	// lowerBoundPercent is what the lower end of the 95 % interval of that share must reach, 0 to 100. Default: 50.
	// +optional
	// +kubebuilder:default=50
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	LowerBoundPercent *int32 `json:"lowerBoundPercent,omitempty"`
	// minLevelSharePercent is the share of a yes that each level of the organization must reach, 0 to 100. Default: 40.
	// +optional
	// +kubebuilder:default=40
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	MinLevelSharePercent *int32 `json:"minLevelSharePercent,omitempty"`
	// validFor is how long answers count. Default: 180d.
	// +optional
	// +kubebuilder:default="180d"
	ValidFor Duration `json:"validFor,omitempty"`
}

// FrameworkStage is one step of a ladder.
type FrameworkStage struct {
	// number is the stage's number, from 1.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10
	Number int32 `json:"number"`
	// name is the stage's English name in a word or two, e.g. Explore.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=60
	Name string `json:"name"`
	// ru is its Russian name. Default: the English one is shown.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=60
	RU string `json:"ru,omitempty"`
	// indicators are signs that explain the first stage. They decide nothing.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=10
	Indicators []FrameworkIndicator `json:"indicators,omitempty"`
	// criteria are what the stage requires or recommends.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=40
	Criteria []FrameworkCriterion `json:"criteria,omitempty"`
	// advance is advice for leaving the stage, line by line.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=6
	Advance []FrameworkText `json:"advance,omitempty"`
}

// FrameworkIndicator is a sign of the first stage.
type FrameworkIndicator struct {
	// id names the sign, e.g. ign-lone-voices.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[a-z][-a-z0-9]*$`
	ID string `json:"id"`
	// rule is a CEL expression over facts (f.NAME); the sign is seen while it is true.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	Rule string `json:"rule"`
	// clearedBy are the criteria that make the sign go away.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=10
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=64
	ClearedBy []string `json:"clearedBy,omitempty"`
	// seed says where the sign comes from, e.g. the document or the clause.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	Seed          string `json:"seed,omitempty"`
	FrameworkText `json:",inline"`
}

// FrameworkCriterion is one requirement.
// +kubebuilder:validation:XValidation:rule="self.mode == 'Attested' || has(self.rule)",message="a criterion that is observed needs a rule: set rule, e.g. 'f.journeys >= 1', or set mode to Attested"
// +kubebuilder:validation:XValidation:rule="self.mode == 'Observed' || has(self.questions)",message="a criterion that people attest needs questions: set questions, or set mode to Observed"
// +kubebuilder:validation:XValidation:rule="self.mode != 'Attested' || !has(self.rule)",message="mode Attested asks people only: remove rule, or set mode to Both"
// +kubebuilder:validation:XValidation:rule="self.mode != 'Observed' || !has(self.questions)",message="mode Observed asks nobody: remove questions, or set mode to Both"
// +kubebuilder:validation:XValidation:rule="!has(self.atLeast) || has(self.questions)",message="atLeast is about answers: remove it, or set questions"
// +kubebuilder:validation:XValidation:rule="!has(self.parameters) || self.parameters.size() == 0 || has(self.rule)",message="parameters are read by a rule: remove them, or set rule"
type FrameworkCriterion struct {
	// id names the criterion, e.g. mob-exec-sponsor. History and exemptions refer to it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[a-z][-a-z0-9]*$`
	ID string `json:"id"`
	// competency is the area that it belongs to, one of spec.competencies.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Competency string `json:"competency"`
	// weight is Required (it decides the stage) or Advisory. Default: Required.
	// +optional
	// +kubebuilder:default=Required
	Weight CriterionWeight `json:"weight,omitempty"`
	// mode says what decides: Observed (rule), Attested (questions) or Both. Default: Observed.
	// +optional
	// +kubebuilder:default=Observed
	Mode CriterionMode `json:"mode,omitempty"`
	// rule is a CEL expression over facts (f.NAME, see the table of facts) and parameters (p.NAME).
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2000
	Rule string `json:"rule,omitempty"`
	// parameters are numbers that the rule reads as p.NAME, by profile.
	// +optional
	// +listType=map
	// +listMapKey=profile
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=20
	Parameters []CriterionParameter `json:"parameters,omitempty"`
	// questions are the ids of the questions that people answer; all must be true.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=5
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=32
	Questions []string `json:"questions,omitempty"`
	// atLeast is the answer that counts as a yes for this criterion. Default: that of spec.evaluation.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10
	AtLeast *int32 `json:"atLeast,omitempty"`
	// appliesTo are the profiles in which the criterion counts. Default: all.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=5
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=32
	AppliesTo []string `json:"appliesTo,omitempty"`
	// seed says where the criterion comes from, e.g. the document or the clause.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	Seed          string `json:"seed,omitempty"`
	FrameworkText `json:",inline"`
}

// CriterionMode says what decides a criterion.
// +kubebuilder:validation:Enum=Observed;Attested;Both
type CriterionMode string

// The modes of criteria.
const (
	ModeObserved CriterionMode = "Observed"
	ModeAttested CriterionMode = "Attested"
	ModeBoth     CriterionMode = "Both"
)

// CriterionParameter is a number that a rule reads.
type CriterionParameter struct {
	// profile is the profile that the number is for.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Profile string `json:"profile"`
	// name is what follows p. in the rule.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:Pattern=`^[a-z][a-zA-Z0-9]*$`
	Name string `json:"name"`
	// value is the number, e.g. 3 or "0.8".
	// +required
	Value Decimal `json:"value"`
}

// FrameworkStatus is what the controllers found out about a framework.
type FrameworkStatus struct {
	ObjectStatus `json:",inline"`
	// stages is how many stages it has; 0 for a standard.
	// +optional
	Stages *int32 `json:"stages,omitempty"`
	// criteria is how many criteria it has.
	// +optional
	Criteria *int32 `json:"criteria,omitempty"`
	// questions is how many questions it has.
	// +optional
	Questions *int32 `json:"questions,omitempty"`
	// cost is the most that all rules together can cost at one evaluation, in CEL cost units; the limit is 10,000,000.
	// +optional
	Cost *int64 `json:"cost,omitempty"`
	// problems say what is wrong and with which criterion, at most twenty.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	Problems []FrameworkProblem `json:"problems,omitempty"`
	// problemsMore counts the problems that were left out.
	// +optional
	ProblemsMore int32 `json:"problemsMore,omitempty"`
}

// FrameworkProblem is what is wrong with a framework.
type FrameworkProblem struct {
	// id is the criterion, indicator or question; absent when another part of the framework is meant.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	ID string `json:"id,omitempty"`
	// message says what is wrong and what to do.
	// +required
	// +kubebuilder:validation:MaxLength=400
	Message string `json:"message"`
}

// FrameworkList is a list of Framework objects.
// +kubebuilder:object:root=true
type FrameworkList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Framework `json:"items"`
}
