// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
)

// Stage is where the program stands by the framework that decides its stage.
type Stage struct {
	// Stage is the stage that counts, 0 for none; Name is with its name, in the program's first language.
	Stage Change[int32]  `json:"stage"`
	Name  Change[string] `json:"name"`
	// Progress counts the required criteria of the next stage that are met, e.g. "4/10".
	Progress Change[string] `json:"progress"`
	// Weakest is the competency that holds the stage down.
	Weakest Change[string] `json:"weakest"`
	// KeptUntil is when a stage is lost that is not earned any more; absent for none.
	KeptUntil Change[*time.Time] `json:"keptUntil"`
}

// Criterion is a criterion that is met otherwise than before.
type Criterion struct {
	Framework string `json:"framework"`
	ID        string `json:"id"`
	// Stage is that for which it counts; 0 in a standard.
	Stage  int32                         `json:"stage,omitempty"`
	Weight cxv1.CriterionWeight          `json:"weight"`
	Result Change[cxv1.CriterionOutcome] `json:"result"`
	// Message says why, in the program's first language.
	Message string `json:"message"`
}

// NextSteps are the steps towards the next stage that come and go.
type NextSteps struct {
	Added []cxv1.NextStep `json:"added"`
	// Done are the criteria of steps that are not asked for any more.
	Done []string `json:"done"`
}

func (c *comparison) maturity() {
	was, is := c.before.program().Status, c.after.program().Status
	stage := Stage{
		Stage: Change[int32]{number(was.Stage), number(is.Stage)}, Name: Change[string]{was.StageName, is.StageName},
		Progress: Change[string]{was.Progress, is.Progress}, Weakest: Change[string]{was.WeakestCompetency, is.WeakestCompetency},
		KeptUntil: Change[*time.Time]{c.before.keptUntil(), c.after.keptUntil()},
	}
	if stage.Stage.Before != stage.Stage.After || stage.Progress.Before != stage.Progress.After ||
		stage.Weakest.Before != stage.Weakest.After || !sameTime(stage.KeptUntil.Before, stage.KeptUntil.After) {
		c.plan.Stage = &stage
	}
	for _, card := range c.after.judged.Scorecards {
		c.criteria(card)
	}
	c.nextSteps(was.NextSteps, is.NextSteps)
}

func number(n *int32) int32 {
	if n == nil {
		return 0
	}
	return *n
}

// keptUntil is when the program loses its stage.
func (v *side) keptUntil() *time.Time {
	card := v.judged.Scorecard(program.Frameworks(v.program())[0].Name)
	if card == nil || card.Status.KeptUntil == nil {
		return nil
	}
	return &card.Status.KeptUntil.Time
}

// criteria compares a scorecard with that of before, as far as both have a criterion.
func (c *comparison) criteria(after *cxv1.Scorecard) {
	before := c.before.judged.Scorecard(after.Name)
	if before == nil {
		return
	}
	was := map[string]cxv1.CriterionOutcome{}
	for _, criterion := range before.Status.Criteria {
		was[criterion.ID] = criterion.Result
	}
	for _, criterion := range after.Status.Criteria {
		if result, known := was[criterion.ID]; known && result != criterion.Result {
			c.plan.Criteria = append(c.plan.Criteria, Criterion{
				Framework: after.Name, ID: criterion.ID, Stage: criterion.Stage, Weight: criterion.Weight,
				Result: Change[cxv1.CriterionOutcome]{result, criterion.Result}, Message: criterion.Message,
			})
		}
	}
}

func (c *comparison) nextSteps(was, is []cxv1.NextStep) {
	left := map[string]bool{}
	for _, step := range was {
		left[step.Criterion] = true
	}
	for _, step := range is {
		if !left[step.Criterion] {
			c.plan.NextSteps.Added = append(c.plan.NextSteps.Added, step)
		}
		delete(left, step.Criterion)
	}
	for _, step := range was {
		if left[step.Criterion] {
			c.plan.NextSteps.Done = append(c.plan.NextSteps.Done, step.Criterion)
		}
	}
}
