// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	celtypes "github.com/google/cel-go/common/types"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

const (
	// followUpCost limits one look at one answer. Rules compare a few values; loops over the options of a choice are short.
	followUpCost = 10_000
	answerPrefix = "a."
)

// FollowUpRules are the rules of a survey, compiled for its questionnaire. They are safe for concurrent use.
type FollowUpRules struct{ rules []followUpRule }

type followUpRule struct {
	cxv1.FollowUpRule
	program cel.Program
	reads   []string
}

// CompileFollowUpRules compiles rules. The error names the rule and what to do.
func CompileFollowUpRules(questionnaire cxv1.Questionnaire, rules []cxv1.FollowUpRule) (*FollowUpRules, error) {
	compiled := &FollowUpRules{}
	if len(rules) == 0 {
		return compiled, nil
	}
	env, names, err := answerEnv(questionnaire)
	if err != nil {
		return nil, err
	}
	for _, rule := range rules {
		program, err := compileFollowUpRule(env, rule.When)
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", rule.Name, err)
		}
		compiled.rules = append(compiled.rules, followUpRule{FollowUpRule: rule, program: program, reads: names})
	}
	return compiled, nil
}

// answerEnv declares the answers: a number for NPS, CSAT, CES and Scale, an option's id for one choice, a list of ids for
// several. Free text is left out: what people write is no reason for a machine to act.
func answerEnv(questionnaire cxv1.Questionnaire) (env *cel.Env, names []string, err error) {
	options := []cel.EnvOption{cel.ParserExpressionSizeLimit(500), cel.ParserRecursionLimit(30)}
	for _, question := range questionnaire.Questions {
		var kind *cel.Type
		switch question.Type {
		case cxv1.QuestionSingleChoice:
			kind = cel.StringType
		case cxv1.QuestionMultipleChoice:
			kind = cel.ListType(cel.StringType)
		case cxv1.QuestionFreeText:
			continue
		default:
			kind = cel.IntType
		}
		name := answerPrefix + celName(question.ID)
		names = append(names, name)
		options = append(options, cel.Variable(name, kind))
	}
	env, err = cel.NewEnv(options...)
	return env, names, err
}

// celName is a question's id as rules write it.
func celName(id string) string { return strings.ReplaceAll(id, "-", "_") }

func compileFollowUpRule(env *cel.Env, when string) (cel.Program, error) {
	checked, issues := env.Compile(when)
	if issues.Err() != nil {
		return nil, fmt.Errorf("when is not valid CEL: %s; an answer is a.QUESTION with the question's id, hyphens as underscores, "+
			"e.g. a.nps <= 6", issues.Errors()[0].Message)
	}
	if !checked.OutputType().IsExactType(cel.BoolType) {
		return nil, errors.New("when gives no yes or no: compare the answer with something, e.g. a.nps <= 6")
	}
	program, err := env.Program(checked, cel.EvalOptions(cel.OptPartialEval|cel.OptTrackCost), cel.CostLimit(followUpCost))
	if err != nil {
		return nil, fmt.Errorf("when cannot be used: %w", err)
	}
	return program, nil
}

// Names of the rules, in order.
func (r *FollowUpRules) Names() []string {
	names := make([]string, 0, len(r.rules))
	for i := range r.rules {
		names = append(names, r.rules[i].Name)
	}
	return names
}

// First is the first rule that fits an answer; nil when none does. values are by question id, as questionnaires store them. A
// rule that rests on a question without an answer does not fit, nor does one that costs too much.
func (r *FollowUpRules) First(values map[string]any) *cxv1.FollowUpRule {
	if len(r.rules) == 0 {
		return nil
	}
	known := make(map[string]any, len(values))
	for id, value := range values {
		known[answerPrefix+celName(id)] = native(value)
	}
	var unknown []*cel.AttributePatternType
	for _, name := range r.rules[0].reads {
		if _, answered := known[name]; !answered {
			unknown = append(unknown, cel.AttributePattern(name))
		}
	}
	vars, err := cel.PartialVars(known, unknown...)
	if err != nil {
		return nil
	}
	for i := range r.rules {
		if fits, _, err := r.rules[i].program.Eval(vars); err == nil && fits == celtypes.True {
			return &r.rules[i].FollowUpRule
		}
	}
	return nil
}

// native turns what JSON gives into what CEL takes.
func native(value any) any {
	switch v := value.(type) {
	case float64:
		return int64(v)
	case []any:
		list := make([]string, 0, len(v))
		for _, item := range v {
			if text, ok := item.(string); ok {
				list = append(list, text)
			}
		}
		return list
	}
	return value
}
