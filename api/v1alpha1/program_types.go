// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ProgramName is the only name that a Program may have: a namespace is a program.
const ProgramName = "program"

// Program is an organization's customer-experience program: who leads and backs it, by which framework its maturity is
// judged, and how ownership works. There is exactly one per namespace and its name is "program"; everything else in the
// namespace belongs to it.
//
// Its status says which maturity stage the organization has reached, why, and what to do next.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=cxp,categories=cx
// +kubebuilder:printcolumn:name="Stage",type=string,JSONPath=`.status.stageName`
// +kubebuilder:printcolumn:name="Observed",type=integer,JSONPath=`.status.observedStage`
// +kubebuilder:printcolumn:name="Attested",type=integer,priority=1,JSONPath=`.status.attestedStage`
// +kubebuilder:printcolumn:name="To next",type=string,JSONPath=`.status.progress`
// +kubebuilder:printcolumn:name="Weakest",type=string,JSONPath=`.status.weakestCompetency`
// +kubebuilder:printcolumn:name="Owned",type=string,JSONPath=`.status.coverage.summary`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name == 'program'",message="a namespace holds one Program and its name is 'program': set metadata.name to 'program'"
type Program struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the name, namespace, labels and annotations of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what people say about the program.
	// +required
	Spec ProgramSpec `json:"spec"`
	// status is what the controllers found.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status ProgramStatus `json:"status,omitempty"`
}

// ProgramSpec is what people say about a program.
// +kubebuilder:validation:XValidation:rule="!has(self.headcount) || !has(self.headcountByLevel) || self.headcountByLevel.map(l, l.count).sum() <= self.headcount",message="more people stand on the levels than work in the organization: correct headcount or headcountByLevel"
type ProgramSpec struct {
	// id names the program's rows in the store, so that its history survives deleting and re-applying every object.
	// Choose it once, unique among all programs that share a store, e.g. "example-retail". It cannot be changed.
	// +required
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])$`
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="id names the program's history in the store and cannot be changed: restore the old value, or delete the Program and create one with a new id"
	ID string `json:"id"`
	// organization is the name of the company or unit, e.g. "Example Retail".
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	Organization string `json:"organization"`
	// headcount is how many people work in the organization. Answers to assessments are judged against it: five answers say
	// a lot in a firm of six and little in one of two thousand. Default: unknown, and taken to be large.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000000
	Headcount *int64 `json:"headcount,omitempty"`
	// headcountByLevel is how many of them stand on each level. Default: unknown, and taken to be large.
	// +optional
	// +listType=map
	// +listMapKey=level
	// +kubebuilder:validation:MaxItems=5
	HeadcountByLevel []LevelHeadcount `json:"headcountByLevel,omitempty"`
	// timeZone is the IANA zone in which dates are meant and schedules run that name no zone of their own, e.g.
	// "Europe/Berlin". Default: UTC.
	// +optional
	// +kubebuilder:default=UTC
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	TimeZone string `json:"timeZone,omitempty"`
	// languages are the languages in which the program speaks to people, the first one first: it is the language of
	// next steps in status, and every question must exist in all of them. Default: [en].
	// +optional
	// +listType=set
	// +kubebuilder:default={en}
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=2
	Languages []Language `json:"languages,omitempty"`
	// lead is the Owner who leads customer experience. It counts once that owner has accepted.
	// +optional
	Lead Ref `json:"lead,omitempty"`
	// sponsor is the Owner in management who backs the program. It counts once that owner has accepted.
	// +optional
	Sponsor Ref `json:"sponsor,omitempty"`
	// workingGroup are the Owners who do the work together. Each counts once accepted.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	WorkingGroup []Ref `json:"workingGroup,omitempty"`
	// ambassadors are the Owners who carry the topic into their own units. Each counts once accepted.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=200
	Ambassadors []Ref `json:"ambassadors,omitempty"`
	// governance is the cross-functional committee that steers the program.
	// +optional
	Governance *Governance `json:"governance,omitempty"`
	// budget is this year's money for customer experience.
	// +optional
	Budget *Budget `json:"budget,omitempty"`
	// ideaFund is money that staff can get to carry out ideas for customers.
	// +optional
	IdeaFund *IdeaFund `json:"ideaFund,omitempty"`
	// standard is the company's own CX standard.
	// +optional
	Standard *Standard `json:"standard,omitempty"`
	// frameworks are the maturity models by which the program is judged; the first one decides the stage. Default:
	// six-stages with the profile standard.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:default={{name: six-stages}}
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=4
	Frameworks []FrameworkUse `json:"frameworks,omitempty"`
	// contactRules keep people from being asked too often, over all surveys. Default: one invitation in 30d.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=5
	ContactRules []ContactRule `json:"contactRules,omitempty"`
	// channels are the ways to reach people.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=10
	Channels []ContactChannel `json:"channels,omitempty"`
	// brand is how pages and mails look.
	// +optional
	Brand *Brand `json:"brand,omitempty"`
	// suspendSending stops all mail to people while it is true. Nothing is lost, and nothing is sent twice.
	// +optional
	SuspendSending bool `json:"suspendSending,omitempty"`
	// rootCauses are the causes that a FollowUp can be closed with; "other" is always one of them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=60
	RootCauses []string `json:"rootCauses,omitempty"`
	// ownership says how people become accountable.
	// +optional
	// +kubebuilder:default={}
	Ownership Ownership `json:"ownership,omitempty"`
}

// FrameworkUse names a maturity framework and how strictly it is read.
type FrameworkUse struct {
	// name is the framework; six-stages is built in.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=48
	Name string `json:"name"`
	// profile picks the thresholds: standard, or small for a firm in which one person wears several hats. Default:
	// standard.
	// +optional
	// +kubebuilder:default=standard
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Profile string `json:"profile,omitempty"`
}

// Ownership says how people become accountable.
type Ownership struct {
	// acceptance is Required (an assignment is Pending until its owner accepts) or Trusted (it is Active at once, but
	// maturity counts explicit acceptances only). Lead, sponsor, group members and approvers must accept in any case.
	// Default: Required.
	// +optional
	// +kubebuilder:default=Required
	Acceptance AcceptancePolicy `json:"acceptance,omitempty"`
	// acceptWithin is how long an owner is given to decide on an offer. Whoever declines or says nothing is passed over: the
	// offer goes to whom they report to, once for each step of the line, and at its end to fallbackOwner. Default: 14d.
	// +optional
	AcceptWithin Duration `json:"acceptWithin,omitempty"`
	// reverifyEvery is how often owners are asked whether it is still theirs, counted from their last yes. Whoever does not
	// answer stays accountable, and the assignment is Verified=False. Default: they are not asked.
	// +optional
	ReverifyEvery Duration `json:"reverifyEvery,omitempty"`
	// maxPerOwner is how many things one owner may be accountable for before being reported as overloaded; an Owner's
	// own capacity goes first. Default: no limit.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	MaxPerOwner *int32 `json:"maxPerOwner,omitempty"`
	// fallbackOwner is asked at the end of the line: when everybody whom the owner reports to declined, said nothing or left.
	// +optional
	FallbackOwner Ref `json:"fallbackOwner,omitempty"`
}

// AcceptancePolicy says whether owners are asked.
// +kubebuilder:validation:Enum=Required;Trusted
type AcceptancePolicy string

// The acceptance policies.
const (
	AcceptanceRequired AcceptancePolicy = "Required"
	AcceptanceTrusted  AcceptancePolicy = "Trusted"
)

// ProgramStatus is what the controllers found out about a program.
type ProgramStatus struct {
	ObjectStatus `json:",inline"`
	// stage is the maturity stage reached, 1 to 6; absent until it has been computed.
	// +optional
	Stage *int32 `json:"stage,omitempty"`
	// stageName is the stage with its name, e.g. "2 Explore".
	// +optional
	// +kubebuilder:validation:MaxLength=64
	StageName string `json:"stageName,omitempty"`
	// observedStage is the stage as far as resources show it, whatever people attest.
	// +optional
	ObservedStage *int32 `json:"observedStage,omitempty"`
	// attestedStage is the stage as people attest it, whatever resources show; absent without an assessment.
	// +optional
	AttestedStage *int32 `json:"attestedStage,omitempty"`
	// progress counts the required criteria of the next stage that are met, e.g. "4/10"; empty on the last stage.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Progress string `json:"progress,omitempty"`
	// weakestCompetency is the competency that holds the stage down.
	// +optional
	// +kubebuilder:validation:MaxLength=40
	WeakestCompetency string `json:"weakestCompetency,omitempty"`
	// nextSteps say what is missing for the next stage and what would satisfy it, at most ten, most useful first.
	// +optional
	// +listType=map
	// +listMapKey=criterion
	// +kubebuilder:validation:MaxItems=10
	NextSteps []NextStep `json:"nextSteps,omitempty"`
	// advice is how companies leave this stage.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=6
	// +kubebuilder:validation:items:MaxLength=300
	Advice []string `json:"advice,omitempty"`
	// coverage counts what has an owner.
	// +optional
	Coverage *Coverage `json:"coverage,omitempty"`
	// nextWave is the survey wave that is due next in the whole program.
	// +optional
	NextWave *NextWave `json:"nextWave,omitempty"`
	// channels say which of spec.channels can be used; absent where sending is off.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=10
	Channels []ChannelStatus `json:"channels,omitempty"`
	// attention lists subjects whose owners cannot be asked and objects that are not Ready, at most ten.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=10
	Attention []Attention `json:"attention,omitempty"`
	// mailsBegun counts the attempts to send mail that ever began, as far as the store was seen. A store that knows of fewer was
	// restored from a backup: then Sending is False, and says what to do.
	// +optional
	// +kubebuilder:validation:Minimum=0
	MailsBegun int64 `json:"mailsBegun,omitempty"`
	// attentionMore counts the objects that are not Ready and were left out of attention.
	// +optional
	AttentionMore int32 `json:"attentionMore,omitempty"`
}

// ChannelStatus says whether a channel can be used.
type ChannelStatus struct {
	// name is the name of the channel in spec.channels.
	// +required
	// +kubebuilder:validation:MaxLength=40
	Name string `json:"name"`
	// ready is True when mail can go out by the channel, else False.
	// +required
	// +kubebuilder:validation:Enum=True;False
	Ready metav1.ConditionStatus `json:"ready"`
	// reason is ChannelUsable or ChannelNotUsable.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason"`
	// message says what keeps the channel from being used, and what to do.
	// +optional
	// +kubebuilder:validation:MaxLength=400
	Message string `json:"message,omitempty"`
}

// NextStep is one thing to do to reach the next stage.
type NextStep struct {
	// criterion is the id of the criterion that is not met, e.g. mob-exec-sponsor.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Criterion string `json:"criterion"`
	// missing says what the criterion asks for, in the program's first language.
	// +required
	// +kubebuilder:validation:MaxLength=300
	Missing string `json:"missing"`
	// do says which object and field to change, or which question to ask.
	// +optional
	// +kubebuilder:validation:MaxLength=600
	Do string `json:"do,omitempty"`
}

// Coverage counts the subjects of a program (and its roles) by who answers for them.
type Coverage struct {
	// subjects is how many goals, KPIs, journeys, touchpoints, surveys and initiatives there are.
	// +required
	Subjects int32 `json:"subjects"`
	// owned is how many of them have an owner in force.
	// +required
	Owned int32 `json:"owned"`
	// accepted is how many of them have an owner who accepted.
	// +required
	Accepted int32 `json:"accepted"`
	// pending is how many wait for an owner's decision.
	// +required
	Pending int32 `json:"pending"`
	// orphaned is how many have lost their owner.
	// +required
	Orphaned int32 `json:"orphaned"`
	// unowned is how many name no owner at all.
	// +required
	Unowned int32 `json:"unowned"`
	// summary is owned of subjects, e.g. "17/20".
	// +required
	// +kubebuilder:validation:MaxLength=32
	Summary string `json:"summary"`
}

// NextWave is the wave that is due next.
type NextWave struct {
	// survey is the name of the Survey.
	// +required
	// +kubebuilder:validation:MaxLength=63
	Survey string `json:"survey"`
	// at is when it is due.
	// +required
	At metav1.Time `json:"at"`
}

// Attention is an object that needs somebody's attention.
type Attention struct {
	// object is its kind and name, e.g. "KPI/nps".
	// +required
	// +kubebuilder:validation:MaxLength=128
	Object string `json:"object"`
	// reason is the reason of its Ready condition, or ForeignObject when its owner cannot be asked.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason"`
	// message is the message of its Ready condition, or says why its owner cannot be asked.
	// +optional
	// +kubebuilder:validation:MaxLength=400
	Message string `json:"message,omitempty"`
}

// ProgramList is a list of Programs.
// +kubebuilder:object:root=true
type ProgramList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Program `json:"items"`
}
