// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

// Rule names what kind of mistake was found. Rules never change their names: people switch on them in CI, and docs/lint.md has a
// line about each.
type Rule string

// The rules about files and what they hold.
const (
	RuleUnreadableFile   Rule = "unreadable-file"
	RuleYAMLSyntax       Rule = "yaml-syntax"
	RuleYAMLTab          Rule = "yaml-tab"
	RuleYAMLDuplicateKey Rule = "yaml-duplicate-key"
	RuleNotAnObject      Rule = "not-an-object"
	RuleUnknownKind      Rule = "unknown-kind"
	RuleMissingName      Rule = "missing-name"
	RuleDuplicateObject  Rule = "duplicate-object"
	RuleMixedNamespaces  Rule = "mixed-namespaces"
	RuleKustomizeBuild   Rule = "kustomize-build"
	RuleKustomizeRemote  Rule = "kustomize-remote"
)

// The rules about single objects: what the API server would refuse.
const (
	RuleUnknownField   Rule = "unknown-field"
	RuleRequiredField  Rule = "required-field"
	RuleWrongType      Rule = "wrong-type"
	RuleInvalidValue   Rule = "invalid-value"
	RuleInvalidName    Rule = "invalid-name"
	RuleDuplicateEntry Rule = "duplicate-entry"
	RuleSchemaRule     Rule = "schema-rule"
)

// The rules about objects next to each other: what the controllers would report.
const (
	RuleNoProgram             Rule = "no-program"
	RuleSeveralPrograms       Rule = "several-programs"
	RuleUnknownTimeZone       Rule = "unknown-time-zone"
	RuleReferenceNotFound     Rule = "reference-not-found"
	RuleReferenceCycle        Rule = "reference-cycle"
	RuleFrameworkNotFound     Rule = "framework-not-found"
	RuleFrameworkInvalid      Rule = "framework-invalid"
	RuleFrameworkProfile      Rule = "framework-profile"
	RuleJourneyTarget         Rule = "journey-target"
	RuleTouchpointNotFound    Rule = "touchpoint-not-found"
	RuleKPIFigure             Rule = "kpi-figure"
	RuleKPIQuestion           Rule = "kpi-question"
	RulePromQLSyntax          Rule = "promql-syntax"
	RulePromQLType            Rule = "promql-type"
	RuleScheduleInvalid       Rule = "schedule-invalid"
	RuleScheduleNeverFires    Rule = "schedule-never-fires"
	RuleSurveyTerms           Rule = "survey-terms"
	RuleChannelNotFound       Rule = "channel-not-found"
	RuleAnonymityRequired     Rule = "anonymity-required"
	RuleQuestionnaire         Rule = "questionnaire-invalid"
	RuleQuestionUntranslated  Rule = "question-untranslated"
	RuleFollowUpRule          Rule = "follow-up-rule"
	RuleAssessmentCounts      Rule = "assessment-counts"
	RuleAssessmentExemption   Rule = "assessment-exemption"
	RuleOwnerLeft             Rule = "owner-left"
	RuleFrameworkWithoutStage Rule = "framework-without-stages"
	RuleUnusedOwner           Rule = "unused-owner"
	RuleUnusedPersona         Rule = "unused-persona"
	RuleUnusedFramework       Rule = "unused-framework"
	RuleKPIWithoutGoal        Rule = "kpi-without-goal"
	RuleGoalWithoutKPI        Rule = "goal-without-kpi"
)

// The rules about what no controller would refuse and what nevertheless does not become what people meant; see Lint.
const (
	RuleScheduleOverlaps     Rule = "schedule-overlaps"
	RuleScheduleClash        Rule = "schedule-clash"
	RuleTextUntranslated     Rule = "text-untranslated"
	RuleOwnerOverloaded      Rule = "owner-overloaded"
	RuleOwnerCannotDecide    Rule = "owner-cannot-decide"
	RuleClaimWithoutEvidence Rule = "claim-without-evidence"
)

// RuleInfo describes a rule.
type RuleInfo struct {
	ID Rule
	// Severity is that of all its findings.
	Severity Severity
	// Summary says in a sentence what is wrong when the rule finds something.
	Summary string
}

// Rules are all rules, in the order in which they are looked at.
var Rules = []RuleInfo{
	{RuleUnreadableFile, SeverityError, "A file cannot be read, or is larger than any object may be."},
	{RuleYAMLSyntax, SeverityError, "A file is not valid YAML."},
	{RuleYAMLTab, SeverityError, "A line is indented with a tab, which YAML does not allow."},
	{RuleYAMLDuplicateKey, SeverityError, "A field stands twice in one object; the second would silently replace the first."},
	{RuleNotAnObject, SeverityError, "A document is a list or a text, not an object with apiVersion, kind, metadata and spec."},
	{RuleUnknownKind, SeverityError, "apiVersion or kind is missing, or names nothing that there is."},
	{RuleMissingName, SeverityError, "An object has no metadata.name."},
	{RuleDuplicateObject, SeverityError, "Two objects of one kind have one name."},
	{RuleMixedNamespaces, SeverityError, "Objects of one folder are in different namespaces; a program is one namespace."},
	{RuleKustomizeBuild, SeverityError, "The kustomization cannot be built."},
	{RuleKustomizeRemote, SeverityError, "The kustomization takes something from another machine, which lint does not fetch."},
	{RuleUnknownField, SeverityError, "No object of that kind has such a field."},
	{RuleRequiredField, SeverityError, "A field that every object of that kind must have is missing."},
	{RuleWrongType, SeverityError, "A value has another type than its field takes, e.g. a text for a number, or a day that there is not."},
	{RuleInvalidValue, SeverityError, "A value is not one that its field can have."},
	{RuleInvalidName, SeverityError, "metadata.name has characters that no name may have."},
	{RuleDuplicateEntry, SeverityError, "An entry of a list stands there twice."},
	{RuleSchemaRule, SeverityError, "Fields of an object contradict each other, or one is missing beside another."},
	{RuleNoProgram, SeverityError, "There is no Program, and everything else waits for it."},
	{RuleSeveralPrograms, SeverityError, "There are several Programs; a namespace holds one."},
	{RuleUnknownTimeZone, SeverityError, "A time zone is not in the IANA database."},
	{RuleReferenceNotFound, SeverityError, "An object names another one that does not exist."},
	{RuleReferenceCycle, SeverityError, "Objects name each other in a circle."},
	{RuleFrameworkNotFound, SeverityError, "A framework is named that is neither in the folder nor built in."},
	{RuleFrameworkInvalid, SeverityError, "A part of a Framework cannot be used, e.g. because the CEL rule of a criterion does not compile."},
	{RuleFrameworkProfile, SeverityError, "The Program names a profile that the framework does not have."},
	{RuleJourneyTarget, SeverityError, "A target journey is the target of another target."},
	{RuleTouchpointNotFound, SeverityError, "A touchpoint is named that the journey does not have."},
	{RuleKPIFigure, SeverityError, "The figure of a KPI contradicts itself, or lies outside of what its method gives."},
	{RuleKPIQuestion, SeverityError, "A KPI cannot be measured by the question that it names."},
	{RulePromQLSyntax, SeverityError, "The PromQL of a KPI cannot be read."},
	{RulePromQLType, SeverityError, "The PromQL of a KPI never gives a number, but e.g. the course of a series over time."},
	{RuleScheduleInvalid, SeverityError, "A schedule cannot be read."},
	{RuleScheduleNeverFires, SeverityError, "A schedule never comes due."},
	{RuleSurveyTerms, SeverityError, "The terms of a survey make no sense, e.g. its contact rules or the time for which it is open."},
	{RuleChannelNotFound, SeverityError, "A survey is delivered by a channel that the Program does not have."},
	{RuleAnonymityRequired, SeverityError, "Employees or internal customers would be asked by name."},
	{RuleQuestionnaire, SeverityError, "A questionnaire cannot be asked, e.g. because showIf looks at a later question."},
	{RuleQuestionUntranslated, SeverityError, "A question, option or title has no text in a language of the Program; the survey asks nobody."},
	{RuleFollowUpRule, SeverityError, "The CEL expression of a follow-up rule does not compile for the questionnaire."},
	{RuleAssessmentCounts, SeverityError, "Counts of an assessment fit no question, or are more people than there are."},
	{RuleAssessmentExemption, SeverityError, "An exemption excuses from no criterion of the framework."},
	{RuleOwnerLeft, SeverityWarning, "Something names an owner who left."},
	{RuleFrameworkWithoutStage, SeverityWarning, "The framework that should decide the stage has none."},
	{RuleUnusedOwner, SeverityWarning, "Nothing names the owner."},
	{RuleUnusedPersona, SeverityWarning, "Nothing is about the persona."},
	{RuleUnusedFramework, SeverityWarning, "The program is not judged by the framework."},
	{RuleKPIWithoutGoal, SeverityWarning, "The KPI measures no goal."},
	{RuleGoalWithoutKPI, SeverityWarning, "Nothing measures or serves the goal."},
	{RuleScheduleOverlaps, SeverityWarning, "A wave is due while the one before is still open, and is skipped."},
	{RuleScheduleClash, SeverityWarning, "By the contact rules a wave invites nobody of a persona, because all were asked shortly before."},
	{RuleTextUntranslated, SeverityWarning, "A text that people read is missing in a language of the Program; they get it in another one."},
	{RuleOwnerOverloaded, SeverityWarning, "An owner answers for more than their capacity."},
	{RuleOwnerCannotDecide, SeverityWarning, "An owner is asked for a decision and has neither an account nor an address to decide with."},
	{RuleClaimWithoutEvidence, SeverityWarning, "People attest what no object shows."},
}
