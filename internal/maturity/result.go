// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import "time"

// Input is everything a result depends on besides the model.
type Input struct {
	// Facts by name; a missing one has no data.
	Facts map[string]Fact
	// Verdicts by question and threshold; a missing one was not asked.
	Verdicts map[Asked]Verdict
	// Exemptions by criterion id.
	Exemptions map[string]Exemption
	// Now decides which exemptions are in force.
	Now time.Time
}

// Verdict is what people's answers say about one question.
type Verdict struct {
	// Result is True, False or Unknown.
	Result Outcome
	// Reason says why it is not True, e.g. ReasonTooFewAnswers. Empty otherwise.
	Reason string
	// Reached of Answers answers reach the question's threshold. Leave both 0 when they must not be shown.
	Reached, Answers int
	// Level names the organisational level that decided, when it may be named.
	Level string
}

// Exemption excuses a program from a criterion for a time.
type Exemption struct {
	// Reason and ApprovedBy are shown with the result.
	Reason, ApprovedBy string
	// Until is the first instant at which the exemption no longer counts.
	Until time.Time
}

// Reasons of a criterion's result. A Verdict may bring further ones.
const (
	// ReasonRuleTrue and ReasonRuleFalse: the facts decide.
	ReasonRuleTrue  = "RuleTrue"
	ReasonRuleFalse = "RuleFalse"
	// ReasonNoData: a fact that matters has no data.
	ReasonNoData = "NoData"
	// ReasonRuleFailed: the rule could not be evaluated (cost, time, overflow).
	ReasonRuleFailed = "RuleFailed"
	// ReasonAttestedTrue and ReasonAttestedFalse: people's answers decide.
	ReasonAttestedTrue  = "AttestedTrue"
	ReasonAttestedFalse = "AttestedFalse"
	// ReasonNotAttested: nobody was asked.
	ReasonNotAttested = "NotAttested"
	// ReasonTooFewAnswers, ReasonLevelBelowMinimum and ReasonAttestationExpired come with verdicts.
	ReasonTooFewAnswers      = "TooFewAnswers"
	ReasonLevelBelowMinimum  = "LevelBelowMinimum"
	ReasonAttestationExpired = "AttestationExpired"
	// ReasonDoneAndFelt: deeds and answers agree that it is so.
	ReasonDoneAndFelt = "DoneAndFelt"
	// ReasonNotFelt: the deeds are there, the people do not see them.
	ReasonNotFelt = "NotFelt"
	// ReasonWordsOnly: people say so, the deeds are missing.
	ReasonWordsOnly = "WordsOnly"
	// ReasonExempted: an exemption is in force.
	ReasonExempted = "Exempted"
	// ReasonOtherProfile: the criterion belongs to another profile.
	ReasonOtherProfile = "OtherProfile"
)

// CriterionResult is the answer to one criterion and why.
type CriterionResult struct {
	ID string
	// Stage is 0 in a framework without stages.
	Stage      int
	Competency string
	Required   bool
	Mode       Mode
	Title      Text
	Result     Outcome
	// Observed and Attested are the two halves; empty where the mode has none, and for Exempt and NotApplicable.
	Observed, Attested Outcome
	// Grade is the weakest evidence that the result rests on; empty when there is none.
	Grade Grade
	// Reason is one of the Reason constants or comes with a Verdict.
	Reason string
	// Message says why, in at most MaxMessage characters.
	Message Text
	// Objects that the deciding facts rest on, at most MaxObjects; ObjectsLeftOut counts the others.
	Objects        []string
	ObjectsLeftOut int
	// MissingFacts names deciding facts without data.
	MissingFacts []string
	// Questions of the criterion, with the threshold at which it reads their answers.
	Questions []string
	AtLeast   int
}

// MaxObjects caps CriterionResult.Objects.
const MaxObjects = 5

// IndicatorResult is a sign of stage 1. True means that the sign is seen.
type IndicatorResult struct {
	ID        string
	Title     Text
	Result    Outcome
	Message   Text
	ClearedBy []string
}

// CompetencyLevel is how far one competency has come.
type CompetencyLevel struct {
	Name  string
	Level int
}

// Progress counts the required, applicable criteria of one stage; in a framework without stages, of all.
type Progress struct {
	// Stage is the next stage, 0 when the highest is reached or there are none.
	Stage int
	// Met of Required criteria are True or exempt.
	Met, Required int
}

// Counts of criteria by result.
type Counts struct {
	True, False, Unknown, Exempt, NotApplicable int
}

// NextStep is a criterion of the next stage that is not met, and what would meet it.
type NextStep struct {
	Criterion string
	// Result of the criterion: False or Unknown.
	Result Outcome
	// Missing is the criterion's title.
	Missing Text
	// Now says which values or answers keep it from being met; it is the criterion's message.
	Now Text
	// Do says which object and field to change, or which question to ask; at most MaxDo characters.
	Do Text
	// Fields to change, as Kind.path.
	Fields []string
	// Questions to ask.
	Questions []string
}

// Caps of what a Result holds, in items and characters.
const (
	MaxNextSteps = 10
	MaxMessage   = 400
	MaxDo        = 600
)

// Result is where a program stands. Order is that of the framework throughout, so equal inputs give equal results.
type Result struct {
	// Stage is the lowest competency level; 0 in a framework without stages.
	Stage     int
	StageName Text
	// ObservedStage ignores questions. AttestedStage ignores rules; it is 0 when no question has a verdict, because
	// nobody having been asked is no achievement.
	ObservedStage, AttestedStage int
	Competencies                 []CompetencyLevel
	// Weakest competency: the lowest level, then the smallest share of its next stage, then order.
	Weakest    string
	Progress   Progress
	Criteria   []CriterionResult
	Counts     Counts
	Indicators []IndicatorResult
	// EvidenceGap: words are ahead of deeds, by two stages or on the criteria of EvidenceGapCriteria.
	EvidenceGap         bool
	EvidenceGapCriteria []string
	// NotFelt: deeds are ahead of what people see, by two stages or on the criteria of NotFeltCriteria.
	NotFelt         bool
	NotFeltCriteria []string
	// NextSteps has required criteria of the next stage, False before Unknown, otherwise in order.
	NextSteps []NextStep
	// NextStepsLeftOut counts the steps over MaxNextSteps.
	NextStepsLeftOut int
	// Advice for leaving this stage; it follows the steps.
	Advice []Text
}
