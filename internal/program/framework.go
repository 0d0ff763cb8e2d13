// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
)

const (
	// Defaults of a Framework that never went through an API server.
	defaultGrace         = 14 * 24 * time.Hour
	defaultValidFor      = 180 * 24 * time.Hour
	defaultAtLeast       = 2
	defaultShare         = 60
	defaultLowerBound    = 50
	defaultMinLevelShare = 40
	// maxProblems is how many problems of a framework its status shows.
	maxProblems = 20
)

// ErrNoFramework says that there is no framework of a name. It may still come.
var ErrNoFramework = errors.New("neither a Framework of this namespace nor built in")

// FrameworkOf is what a namespace means by the name of a framework: its own Framework, else the one that is built in. The error
// wraps ErrNoFramework, or is maturity.Problems.
func FrameworkOf(s *Snapshot, name string) (*maturity.Framework, error) {
	return frameworkNamed(name, s.Framework(name))
}

// frameworkNamed is FrameworkOf where own is the namespace's Framework of that name, or nil.
func frameworkNamed(name string, own *cxv1.Framework) (*maturity.Framework, error) {
	if own != nil {
		return readFramework(own)
	}
	framework, err := maturity.Builtin(name)
	if err != nil {
		return nil, fmt.Errorf("%q is %w: create it, or name %q", name, ErrNoFramework, maturity.SixStages)
	}
	return framework, nil
}

// JudgeFramework fills in the status of a Framework, conditions aside, and returns what is wrong with it: nothing when its rules
// can be used in every profile.
func JudgeFramework(o *cxv1.Framework) maturity.Problems {
	framework, err := readFramework(o)
	var models map[string]*maturity.Model
	if err == nil {
		models, err = maturity.CompileAll(framework)
	}
	o.Status = cxv1.FrameworkStatus{
		ObjectStatus: o.Status.ObjectStatus,
		Stages:       new(int32(len(o.Spec.Stages))), Criteria: new(criteriaOf(o)), Questions: new(int32(len(o.Spec.Questions))),
	}
	if err == nil {
		var cost uint64
		for _, model := range models {
			cost = max(cost, model.Cost())
		}
		o.Status.Cost = new(int64(min(cost, maturity.MaxModelCost))) // Compile refuses more
		return nil
	}
	problems := problemsIn(err)
	for _, problem := range problems[:min(len(problems), maxProblems)] {
		o.Status.Problems = append(o.Status.Problems, cxv1.FrameworkProblem{ID: clip(problem.ID, 64), Message: clip(problem.Message, 400)})
	}
	o.Status.ProblemsMore = int32(len(problems) - len(o.Status.Problems))
	return problems
}

func criteriaOf(o *cxv1.Framework) int32 {
	n := len(o.Spec.Criteria)
	for i := range o.Spec.Stages {
		n += len(o.Spec.Stages[i].Criteria)
	}
	return int32(n)
}

// problemsIn takes the problems out of an error of this package or of maturity.
func problemsIn(err error) maturity.Problems {
	var problems maturity.Problems
	if errors.As(err, &problems) {
		return problems
	}
	return maturity.Problems{{Message: err.Error()}}
}

// FrameworkMessage says in a sentence what a Framework is, after JudgeFramework found nothing wrong.
func FrameworkMessage(o *cxv1.Framework) string {
	s := &o.Status
	what := "A standard without stages"
	if *s.Stages > 0 {
		what = fmt.Sprintf("A ladder of %d stages", *s.Stages)
	}
	return fmt.Sprintf("%s: %d criteria, %d questions; its rules cost at most %d.", what, *s.Criteria, *s.Questions, *s.Cost)
}

// FirstProblem is the first of what an error says about a framework, and how many there are beside it.
func FirstProblem(err error) string {
	problems := problemsIn(err)
	first := strings.TrimSuffix(problems[0].String(), ".")
	if more := len(problems) - 1; more > 0 {
		first += fmt.Sprintf(" (and %d more, see status.problems of the Framework)", more)
	}
	return first
}

// FrameworkNotReady says why nothing can be judged by a framework, and what to do.
func FrameworkNotReady(name string, err error) string {
	if errors.Is(err, ErrNoFramework) {
		return fmt.Sprintf("spec.frameworks of the Program: %v. Until then the last result stands.", err)
	}
	return fmt.Sprintf("The framework %q cannot be used: %s. Until that is corrected the last result stands.", name, FirstProblem(err))
}

// readFramework makes what rules are compiled from out of what people write. The error is maturity.Problems.
func readFramework(o *cxv1.Framework) (*maturity.Framework, error) {
	r := frameworkReader{}
	spec := &o.Spec
	framework := &maturity.Framework{
		Name: o.Name, Competencies: spec.Competencies, Profiles: spec.Profiles, Evaluation: readEvaluation(&spec.Evaluation),
		Scales: map[string][]maturity.ScaleStep{}, Questions: map[string]maturity.Question{},
		Criteria: r.criteria(spec.Criteria),
	}
	if len(framework.Profiles) == 0 {
		framework.Profiles = []string{defaultProfile}
	}
	for _, scale := range spec.Scales {
		for _, step := range inOrder(scale.Steps, func(s cxv1.FrameworkScaleStep) int32 { return s.Value }) {
			framework.Scales[scale.Name] = append(framework.Scales[scale.Name],
				maturity.ScaleStep{Value: int(step.Value), Text: readText(step.FrameworkText)})
		}
	}
	for _, q := range spec.Questions {
		framework.Questions[q.ID] = maturity.Question{
			Scale: q.Scale, DontKnow: lower(q.DontKnow, cxv1.DontKnowExclude), Text: readText(q.FrameworkText)}
	}
	for _, stage := range inOrder(spec.Stages, func(s cxv1.FrameworkStage) int32 { return s.Number }) {
		framework.Stages = append(framework.Stages, r.stage(&stage))
	}
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return framework, nil
}

// inOrder sorts a list that is keyed by a number: whoever applies a part of it may have put that part anywhere.
func inOrder[T any](list []T, number func(T) int32) []T {
	return slices.SortedStableFunc(slices.Values(list), func(a, b T) int { return cmp.Compare(number(a), number(b)) })
}

// lower is how package maturity writes a choice.
func lower[T ~string](value, fallback T) string {
	if value == "" {
		value = fallback
	}
	return strings.ToLower(string(value))
}

func readText(t cxv1.FrameworkText) maturity.Text { return maturity.Text{EN: t.EN, RU: t.RU} }

func readEvaluation(e *cxv1.FrameworkEvaluation) maturity.Evaluation {
	a := &e.Attestation
	share := func(percent *int32, fallback int32) float64 { return float64(valueOr(percent, fallback)) / 100 }
	return maturity.Evaluation{
		DemotionGrace: maturity.Duration(e.DemotionGrace.Or(defaultGrace)),
		Attestation: maturity.Attestation{
			AtLeast: int(valueOr(a.AtLeast, defaultAtLeast)), Share: share(a.SharePercent, defaultShare),
			LowerBound: share(a.LowerBoundPercent, defaultLowerBound), MinLevelShare: share(a.MinLevelSharePercent, defaultMinLevelShare),
			ValidFor: maturity.Duration(a.ValidFor.Or(defaultValidFor)),
		},
	}
}

func valueOr(value *int32, fallback int32) int32 {
	if value == nil {
		return fallback
	}
	return *value
}

type frameworkReader struct{ problems maturity.Problems }

func (r *frameworkReader) stage(s *cxv1.FrameworkStage) maturity.Stage {
	stage := maturity.Stage{
		Number: int(s.Number), Name: s.Name, RU: s.RU, Criteria: r.criteria(s.Criteria), Advance: readAdvance(s.Advance),
	}
	for _, in := range s.Indicators {
		stage.Indicators = append(stage.Indicators, maturity.Indicator{
			ID: in.ID, Seed: in.Seed, Text: readText(in.FrameworkText), Rule: in.Rule, ClearedBy: in.ClearedBy})
	}
	return stage
}

// readAdvance keeps the two languages in step: where only some lines are translated, the others stand in English.
func readAdvance(lines []cxv1.FrameworkText) maturity.Advance {
	var advance maturity.Advance
	translated := slices.ContainsFunc(lines, func(t cxv1.FrameworkText) bool { return t.RU != "" })
	for _, line := range lines {
		advance.EN = append(advance.EN, line.EN)
		if translated {
			advance.RU = append(advance.RU, readText(line).In("ru"))
		}
	}
	return advance
}

func (r *frameworkReader) criteria(list []cxv1.FrameworkCriterion) []maturity.Criterion {
	var criteria []maturity.Criterion
	for i := range list {
		c := &list[i]
		criteria = append(criteria, maturity.Criterion{
			ID: c.ID, Competency: c.Competency, Required: c.Weight != cxv1.CriterionAdvisory, Seed: c.Seed,
			Mode: maturity.Mode(lower(c.Mode, cxv1.ModeObserved)), Questions: c.Questions, AtLeast: int(valueOr(c.AtLeast, 0)),
			Text: readText(c.FrameworkText), Rule: c.Rule, Params: r.parameters(c), AppliesTo: c.AppliesTo,
		})
	}
	return criteria
}

func (r *frameworkReader) parameters(c *cxv1.FrameworkCriterion) map[string]map[string]float64 {
	if len(c.Parameters) == 0 {
		return nil
	}
	params := map[string]map[string]float64{}
	for _, p := range c.Parameters {
		// No API server holds the pattern of a Decimal against an integer.
		value, ok := p.Value.Float()
		if !ok {
			r.problems = append(r.problems, maturity.Problem{ID: c.ID, Message: fmt.Sprintf(
				"the parameter %s has the value %s in the profile %s; write at most 12 digits, and 6 after the point", p.Name, p.Value, p.Profile)})
			continue
		}
		if params[p.Profile] == nil {
			params[p.Profile] = map[string]float64{}
		}
		params[p.Profile][p.Name] = value
	}
	return params
}
