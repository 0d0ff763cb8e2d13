// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/cel-go/cel"
	celtypes "github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"
)

const (
	// ruleDeadline stops a rule whose loops are slower than their cost says. Rules without loops do the same few steps
	// every time and need no clock.
	ruleDeadline = 50 * time.Millisecond
	// modelDeadline stops all rules with long loops of one evaluation together, so that a framework full of slow rules does
	// not hold up the programs that wait behind it.
	modelDeadline = 100 * time.Millisecond
	// clockedCost is the cost above which a rule with loops is put under the clock. Below, a rule ends within a millisecond,
	// and a machine that stands still for a moment shall not make it Unknown.
	clockedCost = 1_000
	// interruptEvery is how many loop steps pass between two looks at the deadline.
	interruptEvery = 20
)

// Outcome is the answer to a criterion, rule or question.
type Outcome string

// Outcomes. Verdicts and rules give the first three; a criterion may also be exempt or not apply to the profile.
const (
	True          Outcome = "True"
	False         Outcome = "False"
	Unknown       Outcome = "Unknown"
	Exempt        Outcome = "Exempt"
	NotApplicable Outcome = "NotApplicable"
)

// Passes tells whether the outcome lets a stage be reached: True, or excused.
func (o Outcome) Passes() bool { return o == True || o == Exempt || o == NotApplicable }

// both joins the observed and the attested half: False if either is False, else Unknown if either is, else True.
func both(a, b Outcome) Outcome {
	switch {
	case a == False || b == False:
		return False
	case a == Unknown || b == Unknown:
		return Unknown
	default:
		return True
	}
}

// rule is one planned expression.
type rule struct {
	program cel.Program
	readings
	// patterns marks each fact of the rule as unknown; parallel to facts.
	patterns []*cel.AttributePatternType
	// logic is the rule's && and || over atoms, for explanations.
	logic *condition
	// clocked rules heed the deadlines.
	clocked bool
}

// planRule plans the program, in one of two ways, because in cel-go 0.29 recording the parts of an evaluation silently
// turns cost tracking off.
//
// Without loops, a rule takes a step for each of its characters at most, and Compile has bounded it. It is evaluated
// exhaustively and every part is recorded: who reads "False" wants all the numbers, not those left of the first false
// one, and Kleene's && and || give the same answer either way.
//
// With loops, cost and time are limited while it runs, and only the answer is known.
func planRule(env *cel.Env, checked *cel.Ast, read readings, cost uint64) (*rule, error) {
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptPartialEval | cel.OptExhaustiveEval | cel.OptTrackState)}
	if read.loops {
		options = []cel.ProgramOption{
			cel.EvalOptions(cel.OptPartialEval | cel.OptTrackCost), cel.CostLimit(MaxRuleCost), cel.InterruptCheckFrequency(interruptEvery),
		}
	}
	program, err := env.Program(checked, options...)
	if err != nil {
		return nil, fmt.Errorf("plan the rule: %w", err)
	}
	r := &rule{program: program, readings: read, logic: newCondition(checked, read.loops), clocked: read.loops && cost > clockedCost}
	for _, i := range read.facts {
		r.patterns = append(r.patterns, cel.AttributePattern(factPrefix+Facts[i].Name))
	}
	return r, nil
}

// ruling is what one evaluation of a rule gave.
type ruling struct {
	outcome Outcome
	// parts is nil when err is set.
	parts parts
	// err is set when the rule could not be evaluated; the outcome is then Unknown, never False.
	err error
}

// parts looks up the recorded value of a part of the rule by its expression id; nil when it has none.
type parts func(id int64) ref.Val

// evaluate runs the rule over values. Facts without data are CEL unknowns. Only a clocked rule heeds ctx.
func (r *rule) evaluate(ctx context.Context, values factValues) ruling {
	var unknown []*cel.AttributePatternType
	for i, fact := range r.facts {
		if values[fact] == nil {
			unknown = append(unknown, r.patterns[i])
		}
	}
	vars, err := cel.PartialVars(values, unknown...)
	if err != nil {
		return ruling{outcome: Unknown, err: err}
	}
	value, details, err := r.run(ctx, vars)
	if err != nil {
		return ruling{outcome: Unknown, err: plain(err)}
	}
	if r.loops {
		return ruling{outcome: outcomeOf(value), parts: func(int64) ref.Val { return value }}
	}
	state := details.State()
	recorded := func(id int64) ref.Val {
		part, _ := state.Value(id)
		return part
	}
	return ruling{outcome: r.logic.outcome(recorded), parts: recorded}
}

func (r *rule) run(ctx context.Context, vars any) (ref.Val, *cel.EvalDetails, error) {
	if !r.clocked {
		return r.program.Eval(vars)
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, ruleDeadline)
	defer cancel()
	return r.program.ContextEval(ctx, vars)
}

// plain names the two ways in which a rule is stopped.
func plain(err error) error {
	var cancelled interpreter.EvalCancelledError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("it took longer than %v, or all rules with lists longer than %v", ruleDeadline, modelDeadline)
	case errors.As(err, &cancelled):
		return fmt.Errorf("it cost more than %d", MaxRuleCost)
	default:
		return err
	}
}

func outcomeOf(value ref.Val) Outcome {
	switch value {
	case celtypes.True:
		return True
	case celtypes.False:
		return False
	default:
		return Unknown
	}
}

// factValues holds the value of every fact by its place in Facts, nil without data. It is the CEL activation.
type factValues []ref.Val

// ResolveName implements cel.Activation.
func (v factValues) ResolveName(name string) (any, bool) {
	i, ok := variables[name]
	if !ok || v[i] == nil {
		return nil, false
	}
	return v[i], true
}

// Parent implements cel.Activation.
func (v factValues) Parent() cel.Activation { return nil }

// values converts facts once for all rules.
func values(facts map[string]Fact) factValues {
	converted := make(factValues, len(Facts))
	for i := range Facts {
		if fact, ok := facts[Facts[i].Name]; ok && fact.Value != nil {
			converted[i] = celValue(Facts[i].Type, fact.Value)
		}
	}
	return converted
}
