// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package store

import "time"

// EvidenceAPIVersion and EvidenceKind name the format of an exported Evidence. A change that an older reader
// would misread gets a new version.
const (
	EvidenceAPIVersion = "evidence.cx-operator.io/v1"
	EvidenceKind       = "Evidence"
)

// Bounds that apply where an EvidenceQuery names none.
const (
	DefaultPointsPerKPI = 12
	// DefaultWaveAge lets an initiative that began a year ago still be traced to a wave of the year before.
	DefaultWaveAge        = 800 * 24 * time.Hour
	DefaultWavesPerSurvey = 400
	DefaultFollowUpAge    = 400 * 24 * time.Hour
	DefaultFollowUps      = 10_000
	// StagesPerFramework is how many of the latest stage changes of a framework Evidence holds.
	StagesPerFramework = 100
)

// EvidenceQuery bounds what Evidence returns. Zero values mean the defaults above.
type EvidenceQuery struct {
	// Now is the instant that WaveAge counts back from. Required.
	Now time.Time
	// PointsPerKPI is how many of the latest points of each KPI are returned.
	PointsPerKPI int
	// WaveAge leaves out waves that were due longer ago.
	WaveAge time.Duration
	// WavesPerSurvey is how many of the latest waves of each survey are returned.
	WavesPerSurvey int
	// FollowUpAge leaves out follow-ups that were opened longer ago.
	FollowUpAge time.Duration
	// FollowUps is how many of the latest follow-ups are returned. Evidence.FollowUpsLeftOut counts the others.
	FollowUps int
}

// Evidence is what the log knows about one program. Lists are never nil and have a fixed order, so that equal
// evidence is equal JSON. It can be exported to a file and given to the same decisions away from the cluster.
type Evidence struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Program    Claim     `json:"program"`
	Revision   int64     `json:"revision"`
	TakenAt    time.Time `json:"takenAt"`
	// Surveys has the totals of every survey that ever had a wave, by name.
	Surveys []WaveTotals `json:"surveys"`
	// Waves are ordered by survey, then due time.
	Waves []WaveOutcome `json:"waves"`
	// FollowUps are ordered by opening, then id.
	FollowUps []FollowUp `json:"followUps"`
	// FollowUpsLeftOut is how many follow-ups were opened in the time asked for, beyond the number asked for.
	FollowUpsLeftOut int64 `json:"followUpsLeftOut,omitempty"`
	// Decisions has the latest decision for each (subject, touchpoint, item, role, owner), in that order.
	Decisions []Decision `json:"decisions"`
	// Points has the current revision of the latest points, ordered by KPI, then time.
	Points []KPIPoint `json:"points"`
	// Stages are ordered by framework, then as they happened.
	Stages []StageChange `json:"stages"`
	// Marks are ordered by scope, then key.
	Marks []Mark `json:"marks"`
}

// Holder is who uses a program id. A namespace is a program, so the namespace's UID decides who may use it; the
// Program object may be deleted and created again.
type Holder struct {
	NamespaceUID string `json:"namespaceUID"`
	// Namespace is its name, for messages.
	Namespace string `json:"namespace"`
	// ProgramUID is the UID of the Program object.
	ProgramUID string `json:"programUID"`
}

// Claim says who holds a program id and since when.
type Claim struct {
	ID        string    `json:"id"`
	Holder    Holder    `json:"holder"`
	ClaimedAt time.Time `json:"claimedAt"`
}

// WavePhase is how far a wave came.
type WavePhase string

// The phases of a wave in the log. WaveStarted is every wave that has not ended yet.
const (
	WaveStarted   WavePhase = "Started"
	WaveClosed    WavePhase = "Closed"
	WaveCancelled WavePhase = "Cancelled"
	WaveFailed    WavePhase = "Failed"
)

// Ended says whether nothing but the publication can change any more.
func (p WavePhase) Ended() bool { return p == WaveClosed || p == WaveCancelled || p == WaveFailed }

// WaveStart identifies a wave that was just created.
type WaveStart struct {
	Survey string
	// Slot is the wave's name, made from the local time it is due.
	Slot  string
	DueAt time.Time
}

// WaveOutcome is one wave of a survey, unique by (program, survey, slot).
type WaveOutcome struct {
	Survey string    `json:"survey"`
	Slot   string    `json:"slot"`
	DueAt  time.Time `json:"dueAt"`
	// OpenedAt is zero when the wave never opened.
	OpenedAt time.Time `json:"openedAt,omitzero"`
	// ClosedAt is when the wave ended, in whichever way. Required once Phase says that it ended.
	ClosedAt time.Time `json:"closedAt,omitzero"`
	Phase    WavePhase `json:"phase"`
	// Audience has the persona types that were asked.
	Audience []string `json:"audience,omitempty"`
	// QuestionnaireHash covers all that was asked; ScoredHash only the scored questions and their scales. Trends
	// are drawn only across waves with the same ScoredHash.
	QuestionnaireHash string     `json:"questionnaireHash,omitempty"`
	ScoredHash        string     `json:"scoredHash,omitempty"`
	Anonymity         string     `json:"anonymity,omitempty"`
	Counts            WaveCounts `json:"counts"`
	// PublishedAt is when results were first shared; PublishedTo has the functions they were shared with.
	PublishedAt time.Time `json:"publishedAt,omitzero"`
	PublishedTo []string  `json:"publishedTo,omitempty"`
	// FollowUpRules are the names of the follow-up rules that were applied to its answers, whether or not any fired.
	FollowUpRules []string `json:"followUpRules,omitempty"`
}

// WaveCounts are numbers of contacts. None is negative.
type WaveCounts struct {
	Eligible int64 `json:"eligible"`
	Sampled  int64 `json:"sampled"`
	Invited  int64 `json:"invited"`
	// Accepted is what a mail server took; whether it reached anybody is unknown.
	Accepted  int64 `json:"accepted"`
	Bounced   int64 `json:"bounced"`
	Responded int64 `json:"responded"`
	Partial   int64 `json:"partial"`
	Late      int64 `json:"late"`
	// Skipped is by reason, for example "contactRule".
	Skipped map[string]int64 `json:"skipped,omitempty"`
}

// WaveTotals counts a survey's waves over its whole life, also those that Evidence leaves out.
type WaveTotals struct {
	Survey string `json:"survey"`
	// Started counts every wave that was ever created; Ended those that closed, were cancelled or failed;
	// Closed only those that closed.
	Started int64 `json:"started"`
	Ended   int64 `json:"ended"`
	Closed  int64 `json:"closed"`
	// LastSlot and LastDueAt are those of the wave with the latest due time; empty without waves.
	LastSlot  string    `json:"lastSlot,omitempty"`
	LastDueAt time.Time `json:"lastDueAt,omitzero"`
}

// FollowUp is one answer that had to be followed up, unique by (program, id). It holds no word of the answer and nothing
// about who gave it.
type FollowUp struct {
	// ID names the follow-up for good.
	ID string `json:"id"`
	// Survey and Slot are the wave of the answer; Rule is the rule that fired.
	Survey string `json:"survey"`
	Slot   string `json:"slot"`
	Rule   string `json:"rule"`
	// AnswerKey names the answer within its wave; empty when it is not known. Exported evidence leaves it out: with the store
	// it leads to a person, see Cases.
	AnswerKey string `json:"-"`
	// OpenedAt is when the rule fired; DueBy is the last instant for a first response in time.
	OpenedAt time.Time `json:"openedAt"`
	DueBy    time.Time `json:"dueBy"`
	// FirstResponseAt is zero while nobody has responded.
	FirstResponseAt time.Time `json:"firstResponseAt,omitzero"`
	// Reached says that the customer was reached.
	Reached bool `json:"reached,omitempty"`
	// RootCause is one of the program's list of root causes; empty while it is not known.
	RootCause string `json:"rootCause,omitempty"`
	// ClosedAt is zero while the follow-up is open.
	ClosedAt time.Time `json:"closedAt,omitzero"`
}

// DecisionResult is what became of an offer.
type DecisionResult string

// What an owner answered to an offer, or, Lapsed, that nobody answered it in time.
const (
	Accepted DecisionResult = "Accepted"
	Declined DecisionResult = "Declined"
	Lapsed   DecisionResult = "Lapsed"
)

// Decision is what became of one offer to an owner, unique by (program, offer).
type Decision struct {
	OfferID     string `json:"offerID"`
	SubjectKind string `json:"subjectKind"`
	SubjectName string `json:"subjectName"`
	// Touchpoint and Item are empty when the subject is the object itself; Item is what of it was approved.
	Touchpoint string `json:"touchpoint,omitempty"`
	Item       string `json:"item,omitempty"`
	Role       string `json:"role"`
	Owner      string `json:"owner"`
	// Terms are what exactly was approved, in words; empty where the subject says it all.
	Terms  string         `json:"terms,omitempty"`
	Result DecisionResult `json:"result"`
	Reason string         `json:"reason,omitempty"`
	// DecidedBy is the authenticated user, "nobody" when it lapsed; Means is how they answered.
	DecidedBy string    `json:"decidedBy"`
	Means     string    `json:"means"`
	At        time.Time `json:"at"`
}

// KPIPoint is the value of a KPI for an instant, unique by (program, kpi, asOf, revision). Numbers with a fraction
// are decimal strings such as "42.5" in the KPI's own unit.
type KPIPoint struct {
	KPI   string    `json:"kpi"`
	AsOf  time.Time `json:"asOf"`
	Value string    `json:"value"`
	// N is the number of answers behind the value; 0 when it is not known.
	N int64 `json:"n"`
	// SD is the standard deviation of one answer in the unit of Value; empty when it is not known. Tests of change need it.
	SD string `json:"sd,omitempty"`
	// Low and High are the 95 % interval; both empty when it is not known.
	Low  string `json:"low,omitempty"`
	High string `json:"high,omitempty"`
	// Source and Method say where the value came from and how it was computed; ScaleHash covers the question and
	// scale, and two points with different ones are not comparable.
	Source     string    `json:"source"`
	Method     string    `json:"method,omitempty"`
	ScaleHash  string    `json:"scaleHash,omitempty"`
	RecordedAt time.Time `json:"recordedAt"`
	// Revision is set by the store: 1, and one more with each correction.
	Revision int64 `json:"revision"`
}

// StageChange is a maturity stage that a program reached or fell back to.
type StageChange struct {
	Framework string `json:"framework"`
	Stage     int64  `json:"stage"`
	// Observed and Attested are the stages by rules alone and by answers alone; 0 when unknown.
	Observed int64     `json:"observed,omitempty"`
	Attested int64     `json:"attested,omitempty"`
	At       time.Time `json:"at"`
	Reason   string    `json:"reason,omitempty"`
	// ScorecardHash identifies the results that the stage was computed from.
	ScorecardHash string `json:"scorecardHash,omitempty"`
}

// Mark says since when a key has had its value without a break.
type Mark struct {
	Scope string    `json:"scope"`
	Key   string    `json:"key"`
	Value string    `json:"value"`
	Since time.Time `json:"since"`
}
