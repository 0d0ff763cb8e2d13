// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/store"
)

const (
	// Defaults of a Program that never went through an API server.
	defaultFramework = maturity.SixStages
	defaultProfile   = "standard"
	// Keys of the marks in the store.
	criterionMark = "criterion/"
	fallingMark   = "falling"
)

// Frameworks are those by which a program is judged; the first one decides its stage.
func Frameworks(program *cxv1.Program) []cxv1.FrameworkUse {
	if len(program.Spec.Frameworks) == 0 {
		return []cxv1.FrameworkUse{{Name: defaultFramework, Profile: defaultProfile}}
	}
	uses := slices.Clone(program.Spec.Frameworks)
	for i := range uses {
		if uses[i].Profile == "" {
			uses[i].Profile = defaultProfile
		}
	}
	return uses
}

// Language is the one in which a program is told where it stands: its first.
func Language(program *cxv1.Program) string {
	if len(program.Spec.Languages) == 0 {
		return string(cxv1.LanguageEN)
	}
	return string(program.Spec.Languages[0])
}

// Assessment is where a program stands against a framework now, next to the stage that it held so far. The stage that counts
// follows from both: it rises at once, and falls when it has been lower for the framework's whole grace (see Settle).
type Assessment struct {
	// Result is what facts and answers say now.
	Result maturity.Result

	framework string
	model     *maturity.Model
	held      maturity.Standing
	said      testimony
	now       time.Time
}

// Assess computes facts and judges them. The stage held so far stands in the evidence; without evidence there is none.
func Assess(model *maturity.Model, s *Snapshot, ev *store.Evidence, now time.Time) *Assessment {
	program := s.Program
	if program == nil {
		program = &cxv1.Program{}
	}
	said := testify(s, model.Framework(), program, ev, now)
	a := &Assessment{
		Result: maturity.Evaluate(model, maturity.Input{
			Facts: Facts(s, ev, now), Verdicts: said.verdicts, Exemptions: said.exemptions, Now: now,
		}),
		framework: model.Framework().Name, model: model, said: said, now: now,
	}
	if ev == nil {
		return a
	}
	for _, change := range ev.Stages {
		if change.Framework == a.framework && model.Stages() > 0 {
			a.held = maturity.Standing{Stage: int(change.Stage), Since: change.At}
		}
	}
	return a
}

// Scope is the scope of the assessment's marks in the store.
func (a *Assessment) Scope() string { return "scorecard/" + a.framework }

// Marks are the values of which the store remembers since when they have been so: the result of every criterion, and that
// the stage is falling.
func (a *Assessment) Marks() map[string]string {
	marks := make(map[string]string, len(a.Result.Criteria)+1)
	for i := range a.Result.Criteria {
		c := &a.Result.Criteria[i]
		marks[criterionMark+c.ID] = string(c.Result)
	}
	marks[fallingMark] = ""
	if a.Result.Stage < a.held.Stage {
		marks[fallingMark] = "yes"
	}
	return marks
}

// Settle is the stage that counts. since is what the store answers to Marks.
func (a *Assessment) Settle(since map[string]time.Time) maturity.Standing {
	held := a.held
	switch {
	case a.model.Stages() == 0:
		return maturity.Standing{}
	case held.Stage > a.model.Stages(): // of an earlier framework of that name
		return maturity.Standing{Stage: a.Result.Stage, Since: a.now}
	}
	held.FallingSince = since[fallingMark]
	return held.Settle(a.Result.Stage, a.model.DemotionGrace(), a.now)
}

// Change is what to add to the history of stages; false when the stage is the one that was held.
func (a *Assessment) Change(standing maturity.Standing) (store.StageChange, bool) {
	if standing.Stage == a.held.Stage {
		return store.StageChange{}, false
	}
	change := store.StageChange{
		Framework: a.framework, Stage: int64(standing.Stage), At: standing.Since,
		Observed: int64(a.Result.ObservedStage), Attested: int64(a.Result.AttestedStage),
		Reason: "All required criteria up to this stage are met.",
	}
	var results strings.Builder
	for i := range a.Result.Criteria {
		c := &a.Result.Criteria[i]
		results.WriteString(c.ID + "=" + string(c.Result) + "\n")
	}
	sum := sha256.Sum256([]byte(results.String()))
	change.ScorecardHash = hex.EncodeToString(sum[:16])
	if standing.Stage < a.held.Stage {
		change.Reason = "No longer met: " + strings.Join(a.unmet(a.held.Stage), ", ") + "."
	}
	if a.held.Stage > a.model.Stages() {
		change.Reason = fmt.Sprintf("The framework has %d stages now.", a.model.Stages())
	}
	return change, true
}

// Wake is when time alone changes something: a falling stage is lost, answers expire or begin to count, an exemption ends. It
// is zero for never; facts about the last 365 days are not counted.
func (a *Assessment) Wake(standing maturity.Standing) time.Time {
	return sooner(a.keptUntil(standing), a.said.wake)
}

// keptUntil is when a falling stage will be lost; zero when none is falling.
func (a *Assessment) keptUntil(standing maturity.Standing) time.Time {
	at, falling := standing.FallsAt(a.model.DemotionGrace())
	if !falling {
		return time.Time{}
	}
	return at
}

// Message says in a sentence where the program stands.
func (a *Assessment) Message(standing maturity.Standing) string {
	if p := a.Result.Progress; a.model.Stages() == 0 {
		return fmt.Sprintf("%d of %d required criteria are met.", p.Met, p.Required)
	}
	message := "Stage " + stageName(a.model, standing.Stage, "en")
	if p := a.Result.Progress; p.Stage > 0 {
		message += fmt.Sprintf("; %d of %d required criteria of stage %d are met", p.Met, p.Required, p.Stage)
	}
	if at := a.keptUntil(standing); !at.IsZero() {
		message += fmt.Sprintf("; the stage is kept until %s, by then these must be met again: %s",
			at.UTC().Format(time.DateOnly), named(a.unmet(standing.Stage)))
	}
	return message + "."
}

func stageName(model *maturity.Model, stage int, lang string) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", stage, model.StageName(stage).In(lang)))
}

// Report fills in the status of a Scorecard, conditions aside.
func (a *Assessment) Report(status *cxv1.ScorecardStatus, standing maturity.Standing, since map[string]time.Time, lang string) {
	*status = cxv1.ScorecardStatus{ObjectStatus: status.ObjectStatus}
	if a.model.Stages() > 0 {
		status.Stage = new(int32(standing.Stage))
		status.StageName = clip(stageName(a.model, standing.Stage, lang), 64)
		status.ObservedStage = new(int32(a.Result.ObservedStage))
	}
	if a.Result.AttestedStage > 0 {
		status.AttestedStage = new(int32(a.Result.AttestedStage))
	}
	status.Since, status.KeptUntil = seconds(standing.Since), seconds(a.keptUntil(standing))
	status.Counts = countsOf(a.Result.Counts)
	if p := a.Result.Progress; p.Required > 0 {
		status.Progress = fmt.Sprintf("%d/%d", p.Met, p.Required)
	}
	status.WeakestCompetency = a.Result.Weakest
	for _, competency := range a.Result.Competencies {
		status.Competencies = append(status.Competencies, cxv1.CompetencyLevel{Name: competency.Name, Level: int32(competency.Level)})
	}
	for i := range a.Result.Criteria {
		c := &a.Result.Criteria[i]
		status.Criteria = append(status.Criteria, criterionResult(c, since[criterionMark+c.ID], lang))
	}
	for _, indicator := range a.Result.Indicators {
		if indicator.Result == maturity.True {
			status.Indicators = append(status.Indicators, clip(indicator.Title.In(lang), 300))
		}
	}
	for _, step := range a.Result.NextSteps {
		status.NextSteps = append(status.NextSteps, cxv1.NextStep{
			Criterion: step.Criterion, Missing: clip(step.Missing.In(lang), 300), Do: clip(step.Do.In(lang), 600),
		})
	}
	status.NextStepsMore = int32(a.Result.NextStepsLeftOut)
	for _, advice := range a.Result.Advice[:min(len(a.Result.Advice), 6)] {
		status.Advice = append(status.Advice, clip(advice.In(lang), 300))
	}
}

func criterionResult(c *maturity.CriterionResult, since time.Time, lang string) cxv1.CriterionResult {
	weight := cxv1.CriterionAdvisory
	if c.Required {
		weight = cxv1.CriterionRequired
	}
	return cxv1.CriterionResult{
		ID: c.ID, Stage: int32(c.Stage), Competency: c.Competency, Weight: weight,
		Result: cxv1.CriterionOutcome(c.Result), Observed: cxv1.CriterionOutcome(c.Observed), Attested: cxv1.CriterionOutcome(c.Attested),
		Grade: cxv1.EvidenceGrade(c.Grade), Reason: c.Reason,
		Message: clip(c.Message.In(lang), 400), Objects: c.Objects[:min(len(c.Objects), 5)], Since: seconds(since),
		ObjectsMore: int32(c.ObjectsLeftOut),
	}
}

// seconds is a time as the API server keeps it; nil for none.
func seconds(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	return new(metav1.NewTime(t.Truncate(time.Second)))
}

// clip cuts a text to a number of characters, as schemas count them, and marks the cut.
func clip(text string, limit int) string {
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return string(runes[:limit-1]) + "…"
}
