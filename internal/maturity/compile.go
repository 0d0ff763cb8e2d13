// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/google/cel-go/cel"
	celtypes "github.com/google/cel-go/common/types"
)

// Limits on rules. A rule over them is refused by Compile; the runtime limits in rule.go are the second fence.
const (
	// MaxRuleLength in characters.
	MaxRuleLength = 2000
	// MaxRuleCost is the worst-case CEL cost of one rule.
	MaxRuleCost = 1_000_000
	// MaxModelCost is the worst-case CEL cost of all rules of a framework together, and of all frameworks of a program.
	MaxModelCost = 10_000_000
	// maxNesting of parentheses and operators; the parser recurses on it.
	maxNesting = 60
)

// Model is a Framework compiled for one profile. It never changes and is safe for concurrent use.
type Model struct {
	framework  *Framework
	profile    string
	criteria   []compiledCriterion
	indicators []compiledIndicator
	cost       uint64
}

type compiledCriterion struct {
	*Criterion
	stage      int
	applicable bool
	atLeast    int
	rule       *rule // nil when no rule decides or the profile excludes the criterion
}

type compiledIndicator struct {
	*Indicator
	rule *rule
}

// CompileAll compiles every profile: models by profile, or the problems of all. Use it to judge a framework; a rule that
// only one profile uses can be wrong in that profile alone.
func CompileAll(framework *Framework) (map[string]*Model, error) {
	models := map[string]*Model{}
	var problems Problems
	for _, profile := range framework.Profiles {
		model, err := Compile(framework, profile)
		var found Problems
		if errors.As(err, &found) {
			for _, problem := range found {
				if !slices.Contains(problems, problem) {
					problems = append(problems, problem)
				}
			}
		} else if err != nil {
			return nil, err
		}
		models[profile] = model
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return models, nil
}

// Compile checks and plans every rule that applies to a profile. The error is Problems: each names the criterion and
// what to do. All of them are found at once, but for rules that are too long to be read.
func Compile(framework *Framework, profile string) (*Model, error) {
	problems := framework.problems()
	if length, _ := framework.ruleText(); length > maxRuleText {
		return nil, problems
	}
	if !slices.Contains(framework.Profiles, profile) {
		return nil, append(problems, Problem{Message: fmt.Sprintf("the profile %q is not one of %v", profile, framework.Profiles)})
	}
	env, err := baseEnv()
	if err != nil {
		return nil, err
	}
	c := &compiler{env: env, model: &Model{framework: framework, profile: profile}, problems: problems}
	for i := range framework.Stages {
		stage := &framework.Stages[i]
		for j := range stage.Indicators {
			in := &stage.Indicators[j]
			c.model.indicators = append(c.model.indicators, compiledIndicator{Indicator: in, rule: c.rule(in.ID, in.Rule, nil)})
		}
		c.criteria(stage.Number, stage.Criteria)
	}
	c.criteria(0, framework.Criteria)
	if len(c.problems) == 0 && c.model.cost > MaxModelCost {
		c.add(c.costliest, fmt.Sprintf("the rules together may cost %d, more than %d; this one costs most (%d)",
			c.model.cost, MaxModelCost, c.highest))
	}
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	return c.model, nil
}

// baseEnv declares the facts once: building a CEL environment takes longer than compiling all rules.
var baseEnv = sync.OnceValues(func() (*cel.Env, error) {
	options := []cel.EnvOption{
		cel.CrossTypeNumericComparisons(true), // f.ratio >= 1 and f.count >= 0.5 mean what they say
		cel.EnableMacroCallTracking(),         // so that a message can print the expression as it was written
		cel.ParserExpressionSizeLimit(MaxRuleLength),
		cel.ParserRecursionLimit(maxNesting),
	}
	for name, i := range variables {
		options = append(options, cel.Variable(name, celType(Facts[i].Type)))
	}
	return cel.NewEnv(options...)
})

func celType(typ FactType) *cel.Type {
	switch typ {
	case TypeBool:
		return cel.BoolType
	case TypeCount:
		return cel.IntType
	default:
		return cel.DoubleType
	}
}

type compiler struct {
	env       *cel.Env
	model     *Model
	problems  Problems
	costliest string
	highest   uint64
}

func (c *compiler) add(id, message string) {
	message = clip(strings.Map(printable, message), MaxMessage) // CEL repeats what it was given
	c.problems = append(c.problems, Problem{ID: id, Line: c.model.framework.lines[id], Message: message})
}

// printable keeps what may stand in a status and on a terminal.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}

func (c *compiler) criteria(stage int, criteria []Criterion) {
	for i := range criteria {
		criterion := &criteria[i]
		compiled := compiledCriterion{
			Criterion:  criterion,
			stage:      stage,
			applicable: criterion.appliesTo(c.model.profile),
			atLeast:    c.model.framework.atLeast(criterion),
		}
		if criterion.Rule != "" && compiled.applicable {
			compiled.rule = c.rule(criterion.ID, criterion.Rule, criterion.Params[c.model.profile])
			c.unused(compiled)
		}
		c.model.criteria = append(c.model.criteria, compiled)
	}
}

// unused refuses parameters that the rule does not read: most often a misspelt name on one side.
func (c *compiler) unused(criterion compiledCriterion) {
	if criterion.rule == nil {
		return
	}
	for _, name := range sortedKeys(criterion.Params[c.model.profile]) {
		if !slices.Contains(criterion.rule.params, name) {
			c.add(criterion.ID, fmt.Sprintf("the parameter %s is not read by the rule; write p.%s in the rule or remove it", name, name))
		}
	}
}

// rule compiles one expression; nil after adding a problem, and where there is one already.
func (c *compiler) rule(id, source string, params map[string]float64) *rule {
	if slices.ContainsFunc(c.problems, func(p Problem) bool { return p.ID == id }) {
		return nil
	}
	compiled, cost, err := compileRule(c.env, source, params)
	if err != nil {
		c.add(id, err.Error())
		return nil
	}
	if cost > c.highest {
		c.highest, c.costliest = cost, id
	}
	c.model.cost += cost
	return compiled
}

// compileRule parses, vets, checks, bounds and plans one expression.
func compileRule(env *cel.Env, source string, params map[string]float64) (*rule, uint64, error) {
	if length := len([]rune(source)); length > MaxRuleLength {
		return nil, 0, fmt.Errorf("the rule has %d characters, more than %d; split it into several criteria", length, MaxRuleLength)
	}
	parsed, issues := env.Parse(source)
	if err := issueError(issues); err != nil {
		return nil, 0, err
	}
	read, err := vet(parsed, params)
	if err != nil {
		return nil, 0, err
	}
	if len(params) > 0 {
		if env, err = env.Extend(constants(params)...); err != nil {
			return nil, 0, fmt.Errorf("declare parameters: %w", err)
		}
	}
	checked, issues := env.Check(parsed)
	if err := issueError(issues); err != nil {
		return nil, 0, err
	}
	if len(read.facts) == 0 {
		return nil, 0, errors.New("the rule reads no fact, so nothing that happens could change it; use f.<fact>")
	}
	if !checked.OutputType().IsExactType(cel.BoolType) {
		return nil, 0, fmt.Errorf("the rule gives %s, not true or false; compare it with something", checked.OutputType())
	}
	cost, err := worstCost(env, checked)
	if err != nil {
		return nil, 0, err
	}
	planned, err := planRule(env, checked, read, cost)
	return planned, cost, err
}

// constants declares a profile's parameters. A whole value is an int, as in the rules people write: p.members with 3.
func constants(params map[string]float64) []cel.EnvOption {
	options := make([]cel.EnvOption, 0, len(params))
	for _, name := range sortedKeys(params) {
		value := params[name]
		if isWhole(value) {
			options = append(options, cel.Constant(paramPrefix+name, cel.IntType, celtypes.Int(int64(value))))
			continue
		}
		options = append(options, cel.Constant(paramPrefix+name, cel.DoubleType, celtypes.Double(value)))
	}
	return options
}

func worstCost(env *cel.Env, checked *cel.Ast) (uint64, error) {
	estimate, err := env.EstimateCost(checked, unknownSizes{})
	if err != nil {
		return 0, fmt.Errorf("estimate cost: %w", err)
	}
	if estimate.Max > MaxRuleCost {
		return 0, fmt.Errorf("the rule may cost %d, more than %d; use fewer or shorter lists", estimate.Max, MaxRuleCost)
	}
	return estimate.Max, nil
}

// issueError turns the first CEL issue into a sentence; the rest mostly repeat it, and writing all of them down (Issues.Err)
// takes longer than everything else. Nil when there is none.
func issueError(issues *cel.Issues) error {
	if len(issues.Errors()) == 0 {
		return nil
	}
	first := issues.Errors()[0]
	message := "the rule is not valid CEL: " + first.Message
	if column := first.Location.Column(); column >= 0 {
		message = fmt.Sprintf("the rule is not valid CEL at character %d: %s", column+1, first.Message)
	}
	if isOverloadError(first.Message) {
		message += "; mind that counts and numbers only mix in <, <=, > and >=: elsewhere write double(f.count), and 1.0 rather than 1"
	}
	return errors.New(message)
}
